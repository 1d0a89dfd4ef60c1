/* SPDX-License-Identifier: MIT */
/*
 * --status: what a run does, told to programs while it does it.
 *
 * Events are made only from what the parent knows anyhow, and no reader is
 * waited for. One that comes late is told first what the run is and how far it
 * has come.
 */
#ifndef MCP_STATUS_H
#define MCP_STATUS_H

#include "progress.h"
#include "report.h"
#include "status_event.h"
#include "status_target.h"
#include "util.h"

struct status;

/*
 * Begins to tell COUNT TARGETS (up to OPTIONS_MAX_STATUS), which must stay, of
 * the run that START describes. Returns NULL, and has said why to REPORT, when
 * that cannot be.
 */
struct status *status_open(const char *const *targets, unsigned int count,
			   const struct status_event_start *start,
			   const struct report *report);

/* Nanoseconds between two calls of status_look. */
#define STATUS_INTERVAL (UTIL_SECOND / 10)

/*
 * Tells what PROGRESS shows at NOW, as util_now() says it, to those who are
 * there and those who have come.
 */
void status_look(struct status *status, const struct progress *progress,
		 uint64_t now);

/* Tell of one thing, with the next look. */
void status_file(struct status *status, const struct status_event_file *file);
void status_error(struct status *status, const struct err_told *parts);

/*
 * The same, of the LENGTH bytes of notes that a worker has sent; LOST were not.
 */
void status_notes(struct status *status, const uint8_t *notes, size_t length,
		  uint64_t lost);

/* All is done that will be, and this is what came of it, at NOW. */
void status_settle(struct status *status, const struct progress *progress,
		   uint64_t now);

/*
 * The last words: mcp exits with EXIT_STATUS, or dies of SIGNAL unless that is
 * 0. All is closed and freed. NULL is fine.
 */
void status_close(struct status *status, int exit_status, int signal);

#endif
