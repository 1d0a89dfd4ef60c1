/* SPDX-License-Identifier: MIT */
/*
 * The line at the foot of a terminal, which is stderr: shown, taken away, and
 * left behind.
 *
 * All that is needed of a terminal is carriage return, erase to the end of the
 * line, and its width. No setting of it is changed, so there is none to
 * restore.
 */
#ifndef MCP_TERM_H
#define MCP_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct term {
	bool can_show; /* stderr is a terminal that can erase */
	bool utf8;     /* and is written to in UTF-8 */
	bool stdout_too;
	unsigned int columns; /* how wide it is */
	pid_t group;	      /* ours */
	bool shown;	      /* its last row is our line */
	bool held; /* a question stands there, and is not to be touched */
};

/* What stderr is. */
struct term term_open(void);

/* Looks how wide it is now. */
void term_measure(struct term *term);

/*
 * Whether a line may be shown now: not in the background, where it would stop
 * us (tostop) or fall among others', nor while the terminal takes no output
 * (Ctrl-S), for which nobody should wait.
 */
bool term_may_show(const struct term *term);

/* Shows TEXT, of less than so many columns, in place of what was shown. */
void term_show(struct term *term, const char *text, size_t length);

/* Takes the line away, if there is one. */
void term_clear(struct term *term);

/* Leaves the line where it is, for good. */
void term_leave(struct term *term);

#endif
