/* SPDX-License-Identifier: MIT */
/*
 * All that mcp says: nobody else writes to stdout or stderr.
 *
 * The words are GNU cp's of the C locale, the names quoted as it quotes them,
 * a failure one line on stderr, written by one write(2). What was asked for
 * (-v) goes to stdout.
 */
#ifndef MCP_REPORT_H
#define MCP_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "dest.h"
#include "err.h"

struct term;

struct report {
	const char *program; /* the name mcp was called by */
	bool stdout_failed;  /* what was asked for could not be written */
	int stdout_errnum;

	/* Where a line may be shown, to be taken away first; NULL: nowhere. */
	struct term *term;
	bool quiet; /* no warnings */

	/* Waits until FD takes something: 0, or not if it will not; or NULL. */
	int (*wait)(void *arg, int fd);
	void *wait_arg;

	/* Where text goes instead of to the descriptor FD, or NULL. */
	void (*sink)(void *arg, int fd, const char *text, size_t length);
	void *sink_arg;

	/* Is told of errors besides, when they were said; NULL: nobody. */
	void (*listen)(void *arg, const struct err_told *parts);
	void *listen_arg;
};

/* A report for the program called as ARGV0. */
struct report report_open(const char *argv0);

/*
 * Has WAIT called before something is written, for the reader of a pipe or a
 * terminal may not read: what cannot be written then is left out.
 */
void report_wait(struct report *report, int (*wait)(void *arg, int fd),
		 void *arg);

/* ERR, from copying SOURCE to DEST, which is left as LEFT says. */
void report_failure(const struct report *report, const struct err *err,
		    const char *source, const char *dest, enum dest_left left);

/*
 * DEST, which was being rewritten or replaced, is left as LEFT says because
 * SIGNAL ends us. Nothing is said if it is as it was.
 */
void report_interrupted(const struct report *report, const char *dest,
			enum dest_left left, int signal);

/* "PROGRAM: WORDS[: reason of ERRNUM]"; NAME quoted for the %s in WORDS. */
void report_named(const struct report *report, int errnum, const char *words,
		  const char *name);

/* report_named of what is no failure, unless it is not wanted (-q). */
void report_warning(const struct report *report, const char *words,
		    const char *name);

/* "PROGRAM: WORDS: REASON", both harmless. */
void report_reason(const struct report *report, const char *words,
		   const char *reason);

/* LINE, which is harmless, to stdout, with a newline. */
void report_line(struct report *report, const char *line);

/* "PROGRAM: TEXT", how far it is, on stderr. */
void report_progress(const struct report *report, const char *text);

/* From now on a line may be shown at TERM; NULL: no more. */
void report_terminal(struct report *report, struct term *term);

/* "PROGRAM: WORDS", for the user to answer on the same line. */
void report_question(const struct report *report, const char *words,
		     const char *name);

/* It was answered, or never will be. */
void report_answered(const struct report *report);

/* report_named, and where help is to be had. */
void report_usage(const struct report *report, const char *words,
		  const char *name);

/*
 * Says TEXT, a whole sentence, made harmless for a terminal, or LINES, which
 * are harmless; then where help is to be had.
 */
void report_usage_lines(const struct report *report, const char *lines);
void report_usage_text(const struct report *report, const char *text);

/* "'SOURCE' -> 'DEST'" and "removed 'DEST'", for -v. */
void report_copy(struct report *report, const char *source, const char *dest);
void report_removed(struct report *report, const char *dest);

/* The same, and what was there is now called BACKUP; or is back again. */
void report_copy_backup(struct report *report, const char *source,
			const char *dest, const char *backup);
void report_unbackup(struct report *report, const char *backup,
		     const char *dest);

/* "SOURCE -> DEST", of a directory that --parents has made; cp quotes none. */
void report_parent(struct report *report, const char *source, const char *dest);

/* "skipped 'DEST'", for --debug. */
void report_skipped(struct report *report, const char *dest);

/* How the data of one file was copied, in cp's words, and in ours. */
struct report_facts {
	const char *offload;
	const char *reflink;
	const char *sparse;
	const char *engine;
	unsigned int workers;
	const char *why; /* by that engine */
};

void report_debug(struct report *report, const struct report_facts *facts);

/* Whole lines that another process has composed, for the descriptor FD. */
void report_text(struct report *report, int fd, const char *text,
		 size_t length);

/* From now on all that is said goes to SINK. */
void report_to(struct report *report,
	       void (*sink)(void *arg, int fd, const char *text, size_t length),
	       void *arg);

/* From now on LISTEN is told of errors; NULL: nobody. */
void report_listen(struct report *report,
		   void (*listen)(void *arg, const struct err_told *parts),
		   void *arg);

/*
 * Brings what is buffered for stdout out, before a fork and at the end.
 * Returns 0, or -1 when stdout has failed by now, with the errno in REPORT.
 */
int report_flush(struct report *report);

/* The last words: complains when stdout failed. Returns 0 or -1. */
int report_close(struct report *report);

#endif
