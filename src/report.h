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

#include "err.h"

struct report {
	const char *program; /* the name mcp was called by */
	bool stdout_failed;  /* what was asked for could not be written */
	int stdout_errnum;
};

/* A report for the program called as ARGV0. */
struct report report_open(const char *argv0);

/* ERR, of copying SOURCE to DEST; INCOMPLETE: DEST is cut off. */
void report_failure(const struct report *report, const struct err *err,
		    const char *source, const char *dest, bool incomplete);

/* DEST, which was being rewritten, is cut off because SIGNAL ends us. */
void report_interrupted(const struct report *report, const char *dest,
			int signal);

/* "PROGRAM: WORDS[: reason of ERRNUM]"; NAME quoted for the %s in WORDS. */
void report_named(const struct report *report, int errnum, const char *words,
		  const char *name);

/* report_named, and where help is to be had. */
void report_usage(const struct report *report, const char *words,
		  const char *name);

/* A whole sentence of getopt's, made harmless for a terminal, and the same. */
void report_usage_text(const struct report *report, const char *text);

/* "'SOURCE' -> 'DEST'" and "removed 'DEST'", for -v. */
void report_copy(struct report *report, const char *source, const char *dest);
void report_removed(struct report *report, const char *dest);

/*
 * Brings what is buffered for stdout out, before a fork and at the end.
 * Returns 0, or -1 when stdout has failed by now, with the errno in REPORT.
 */
int report_flush(struct report *report);

/* The last words: complains when stdout failed. Returns 0 or -1. */
int report_close(struct report *report);

#endif
