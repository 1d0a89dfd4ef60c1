/* SPDX-License-Identifier: MIT */
/*
 * What --status says, as JSON: doc/status.md is what this promises, and
 * tests/status.jq what it is held against.
 */
#ifndef MCP_STATUS_EVENT_H
#define MCP_STATUS_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "json.h"
#include "options.h"
#include "progress.h"

/* Raised when a field gets another meaning or goes, not when one is new. */
#define STATUS_EVENT_VERSION 1

/* What was asked for. */
struct status_event_start {
	char *const *command; /* argv */
	size_t command_count;
	char *const *options; /* each in full, its value behind "=" */
	size_t option_count;
	char *const *sources;
	size_t source_count;
	const char *dest; /* or NULL: it was not named */
	unsigned int workers;
};

/* What became of a file, or of what is no directory. */
enum status_event_outcome {
	STATUS_EVENT_COPIED,
	STATUS_EVENT_MADE,    /* a symlink, a device, a FIFO */
	STATUS_EVENT_LINKED,  /* to another name of it */
	STATUS_EVENT_SKIPPED, /* as was asked */
	STATUS_EVENT_FAILED,
	STATUS_EVENT_OUTCOMES /* how many there are */
};

/* One that was dealt with. */
struct status_event_file {
	const char *name;	    /* of the source */
	enum options_engine engine; /* AUTO: no bytes were moved */
	enum status_event_outcome outcome;
	uint64_t bytes; /* its size */
	uint64_t nanoseconds;
};

/* How it ended. */
struct status_event_end {
	const struct progress_view *view;
	const struct tally *tally;
	int status;
	int signal; /* that ends mcp, or 0 */
};

/* All return NULL when there is no memory. */
struct json *status_event_of_start(const struct status_event_start *start);
struct json *status_event_of_plan(const struct progress_view *view);
struct json *status_event_of_progress(const struct progress_view *view,
				      const struct progress *progress);
struct json *status_event_of_file(const struct status_event_file *file);
struct json *status_event_of_error(const struct err_told *parts);
struct json *status_event_of_end(const struct status_event_end *end);

/*
 * EVENT, a struct json, as a line; LOST is told in it unless it is 0. For
 * status_reader.
 */
char *status_event_compose(const void *event, uint64_t lost);

#endif
