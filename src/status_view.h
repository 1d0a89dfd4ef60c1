/* SPDX-License-Identifier: MIT */
/*
 * What --status has told, read again: the view of a copy that another process
 * makes.
 *
 * Whoever writes the lines is not trusted: whatever they hold, what comes out
 * is a view that can be shown.
 */
#ifndef MCP_STATUS_VIEW_H
#define MCP_STATUS_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "progress.h"

struct status_view {
	struct progress_view view; /* with its names in here */
	char *now;
	pid_t pid;     /* who copies; 0: it is not known */
	bool anything; /* an event came at all */
	bool strange;  /* one of a version that is not known here */
	bool ended;
	int status; /* when it has ended: its exit status ... */
	int signal; /* ... or what it died of, or 0 */
};

/*
 * Takes in one line, LENGTH bytes without a newline. What is no event is passed
 * over. A start begins a new copy, and forgets the one before.
 */
void status_view_take(struct status_view *view, const char *line,
		      size_t length);

void status_view_free(struct status_view *view);

#endif
