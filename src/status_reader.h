/* SPDX-License-Identifier: MIT */
/*
 * Somebody who is told lines, and is never waited for.
 *
 * What cannot be written at once waits in a queue of whole lines. What was sent
 * of a line is followed by its rest and by nothing else; a line for which there
 * is no room is lost, and the next one that has room tells how many were.
 */
#ifndef MCP_STATUS_READER_H
#define MCP_STATUS_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct status_reader {
	int fd;	      /* -1: gone, or a FIFO that nobody reads */
	bool regular; /* a file: it takes all that it has room for */
	bool socket;
	bool blocks;  /* others write to the descriptor and want it to block */
	bool stalled; /* it took less than it was given when last tried */
	bool begun;   /* the first line of the queue was sent in part */
	char *queue;
	size_t length;
	size_t capacity;
	uint64_t lost; /* lines, ever */
	uint64_t told; /* of these */
};

/* A line, as it is for somebody for whom LOST ones were lost; 0: not a word. */
struct status_reader_line {
	/* malloc'ed, with its newline at the end and no other; NULL: ENOMEM */
	char *(*compose)(const void *event, uint64_t lost);
	const void *event;
};

/*
 * Puts LINE in the queue of READER. TEXT is LINE composed for a reader that has
 * lost nothing, or NULL if it was not composed. LAST: there is room for it in
 * any case.
 */
void status_reader_tell(struct status_reader *reader,
			const struct status_reader_line *line, const char *text,
			bool last);

/* Writes what can be written without waiting; a reader that is gone, goes. */
void status_reader_flush(struct status_reader *reader);

/* Leaves the line that was begun, and LAST, told before, of what waits. */
void status_reader_shorten(struct status_reader *reader,
			   const struct status_reader_line *last);

/* Closes the descriptor, and is as new. */
void status_reader_close(struct status_reader *reader);

#endif
