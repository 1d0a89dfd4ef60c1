/* SPDX-License-Identifier: MIT */
/*
 * A whole run: plan, backend, records, exit status.
 */
#ifndef MCP_RUN_H
#define MCP_RUN_H

#include "options.h"
#include "report.h"
#include "signals.h"
#include "status.h"

/*
 * Copies what the COUNT operands name. Returns the exit status: 0, or 1 when
 * something was not done, which was then said. After a fatal signal, told by
 * SIGNALS, all is cleaned up and the caller ends the process by it. STATUS,
 * unless it is NULL, is told what happens, but for the last words.
 */
int run(const struct mcp_options *options, unsigned int count,
	char *const *operands, struct report *report, struct signals *signals,
	struct status *status);

#endif
