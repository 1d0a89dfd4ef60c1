/* SPDX-License-Identifier: MIT */
/*
 * What was done, in numbers, when all is over (--stats).
 */
#ifndef MCP_STATS_H
#define MCP_STATS_H

#include "options.h"
#include "progress.h"
#include "report.h"

/*
 * Sees to it that stats can be told in FORM. Returns 0, or -1 when that was
 * said to be impossible.
 */
int stats_open(enum options_stats form, const struct report *report);

/* Tells what PROGRESS has come to by NOW, in FORM. */
void stats_tell(enum options_stats form, const struct progress *progress,
		uint64_t now, struct report *report);

#endif
