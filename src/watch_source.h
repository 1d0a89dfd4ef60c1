/* SPDX-License-Identifier: MIT */
/*
 * The lines that --watch reads, from whatever --status writes to.
 */
#ifndef MCP_WATCH_SOURCE_H
#define MCP_WATCH_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "report.h"

struct watch_source {
	int fd;
	bool regular;  /* a file, which may still grow */
	bool skipping; /* the rest of a line that is too long */
	char *bytes;   /* the beginning of a line */
	size_t length;
};

enum watch_read {
	WATCH_READ_SOME,    /* and there may be more at once */
	WATCH_READ_NOTHING, /* now */
	WATCH_READ_END,	    /* nobody writes any more */
};

/*
 * Opens TARGET: a socket is connected to, a FIFO waited for later. Returns 0,
 * or -1, which was said to REPORT.
 */
int watch_source_open(struct watch_source *source, const char *target,
		      const struct report *report);

/* Reads what is there, without waiting, and gives each whole line to TAKE. */
enum watch_read watch_source_read(struct watch_source *source,
				  void (*take)(void *arg, const char *line,
					       size_t length),
				  void *arg);

void watch_source_close(struct watch_source *source);

#endif
