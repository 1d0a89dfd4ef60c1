/* SPDX-License-Identifier: MIT */
/*
 * --watch: the progress line of a copy that another process makes.
 */
#ifndef MCP_WATCH_H
#define MCP_WATCH_H

#include "options.h"
#include "report.h"
#include "signals.h"

/*
 * Shows what is told at options->watch, to its end. Returns the exit status:
 * that of the copy (128 and more when it died of a signal); 1 when its end was
 * not told, or there is nothing to watch, which was said. A fatal signal, told
 * by SIGNALS, ends it, too.
 */
int watch(const struct mcp_options *options, struct report *report,
	  struct signals *signals);

#endif
