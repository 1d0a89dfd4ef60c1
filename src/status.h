/* SPDX-License-Identifier: MIT */
/*
 * --status: what a run does, told to programs while it does it.
 *
 * Events are made only from what the parent knows anyhow, and nobody who reads
 * them is waited for. Who comes late is told first what the run is and how far
 * it has come.
 */
#ifndef MCP_STATUS_H
#define MCP_STATUS_H

#include "progress.h"
#include "report.h"
#include "status_event.h"
#include "status_target.h"

struct status;

/*
 * Begins to tell TARGET, which must stay, of the run that START describes.
 * Returns NULL, and has said why to REPORT, when that cannot be.
 */
struct status *status_open(const char *target,
			   const struct status_event_start *start,
			   const struct report *report);

/*
 * To be called often: tells what PROGRESS shows at NOW (as of util_now), at
 * most ten times a second.
 */
void status_tick(struct status *status, const struct progress *progress,
		 uint64_t now);

/* Nanoseconds from NOW until status_tick has something to do. */
uint64_t status_next(const struct status *status, uint64_t now);

void status_file(struct status *status, const struct status_event_file *file);
void status_error(struct status *status, const struct err_told *parts);

/* The last words, and all is closed and freed. NULL is fine. */
void status_close(struct status *status, const struct status_event_end *end);

#endif
