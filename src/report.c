/* SPDX-License-Identifier: MIT */
/*
 * All that mcp says: nobody else writes to stdout or stderr.
 */
#include "config.h"

#include "report.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "quote.h"
#include "util.h"

enum names {
	NAME_NONE,
	NAME_SOURCE,
	NAME_DEST,
	NAME_SOURCE_DEST,
	NAME_DEST_SOURCE,
};

/* What each operation is called when it fails: cp's words where it has any. */
static const struct {
	const char *words; /* a %s for each name */
	enum names names;
} phrases[] = {
	[ERR_STAT_SOURCE] = { "cannot stat %s", NAME_SOURCE },
	[ERR_OPEN_SOURCE] = { "cannot open %s for reading", NAME_SOURCE },
	[ERR_FSTAT_SOURCE] = { "cannot fstat %s", NAME_SOURCE },
	[ERR_READ] = { "error reading %s", NAME_SOURCE },
	[ERR_SOURCE_REPLACED] = { "skipping file %s, as it was replaced "
				  "while being copied",
				  NAME_SOURCE },
	[ERR_SOURCE_SHRANK] = { "error reading %s: source changed: it is "
				"shorter than when it was opened",
				NAME_SOURCE },
	[ERR_STAT_DEST] = { "cannot stat %s", NAME_DEST },
	[ERR_CREATE] = { "cannot create regular file %s", NAME_DEST },
	[ERR_FSTAT_DEST] = { "cannot fstat %s", NAME_DEST },
	[ERR_WRITE] = { "error writing %s", NAME_DEST },
	[ERR_CLOSE_DEST] = { "failed to close %s", NAME_DEST },
	[ERR_REMOVE_DEST] = { "cannot remove %s", NAME_DEST },
	[ERR_DEST_REPLACED] = { "not overwriting %s, as it was replaced "
				"while being copied",
				NAME_DEST },
	[ERR_SAME_FILE] = { "%s and %s are the same file", NAME_SOURCE_DEST },
	[ERR_OMIT_DIRECTORY] = { "-r not specified; omitting directory %s",
				 NAME_SOURCE },
	[ERR_DIRECTORY_DEST] = { "cannot overwrite directory %s with "
				 "non-directory %s",
				 NAME_DEST_SOURCE },
	[ERR_DANGLING_LINK] = { "not writing through dangling symlink %s",
				NAME_DEST },
	[ERR_JUST_CREATED] = { "will not overwrite just-created %s with %s",
			       NAME_DEST_SOURCE },
	[ERR_ENGINE] = { "the engine asked for cannot copy %s to %s",
			 NAME_SOURCE_DEST },
	[ERR_WORKER_DIED] = { "error copying %s to %s: two workers died at it",
			      NAME_SOURCE_DEST },
	[ERR_MEMORY] = { "memory exhausted", NAME_NONE },
};

_Static_assert(sizeof(phrases) / sizeof(phrases[0]) == ERR_OPS,
	       "every operation has its words");

struct report report_open(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');

	return (struct report){ .program = slash ? slash + 1 : argv0 };
}

/*
 * FORMAT, one of ours with a %s for FIRST and SECOND, with these quoted.
 * malloc'ed, or NULL.
 */
static char *compose(const char *format, const char *first, const char *second)
{
	char *quoted[2] = { quote_always(first), quote_always(second) };
	char *words = NULL;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	if (!quoted[0] || !quoted[1] ||
	    asprintf(&words, format, quoted[0], quoted[1]) < 0)
		words = NULL;
#pragma GCC diagnostic pop
	free(quoted[0]);
	free(quoted[1]);
	return words;
}

/* One line, in one write, so that nobody else's output falls into it. */
static void say(const struct report *report, const char *words,
		const char *reason)
{
	char *line;
	int length;

	/* As it happened: what was done before this went wrong. */
	fflush(stdout);
	length = asprintf(&line, "%s: %s%s\n", report->program,
			  words ? words : "memory exhausted", reason);
	if (length < 0)
		return;
	/* There is nobody to tell that stderr cannot be written to. */
	(void)!util_write_all(STDERR_FILENO, line, (size_t)length);
	free(line);
}

void report_failure(const struct report *report, const struct err *err,
		    const char *source, const char *dest, bool incomplete)
{
	enum names names = phrases[err->op].names;
	bool dest_first = names == NAME_DEST || names == NAME_DEST_SOURCE;
	char reason[160] = "";
	char *words;

	if (err->op == ERR_WORKER_DIED && err->errnum > 0)
		snprintf(reason, sizeof(reason), ", by signal %d (%s)",
			 err->errnum, strsignal(err->errnum));
	else if (err->errnum > 0)
		snprintf(reason, sizeof(reason), ": %s", strerror(err->errnum));
	if (incomplete)
		strcat(reason, " (destination left incomplete)");
	words = compose(phrases[err->op].words, dest_first ? dest : source,
			dest_first ? source : dest);
	say(report, words, reason);
	free(words);
}

void report_interrupted(const struct report *report, const char *dest,
			int signal)
{
	char *words = compose("%s left incomplete", dest, "");
	char reason[64];

	snprintf(reason, sizeof(reason), ": %s", strsignal(signal));
	say(report, words, reason);
	free(words);
}

void report_named(const struct report *report, int errnum, const char *words,
		  const char *name)
{
	char *composed = compose(words, name ? name : "", "");
	char reason[128] = "";

	if (errnum > 0)
		snprintf(reason, sizeof(reason), ": %s", strerror(errnum));
	say(report, composed, reason);
	free(composed);
}

/* WORDS, and where help is to be had: one message of two lines, as cp's. */
static void say_usage(const struct report *report, const char *words)
{
	char *hint;

	if (asprintf(&hint, "\nTry '%s --help' for more information.",
		     report->program) < 0)
		hint = NULL;
	say(report, words, hint ? hint : "");
	free(hint);
}

void report_usage(const struct report *report, const char *words,
		  const char *name)
{
	char *composed = compose(words, name ? name : "", "");

	say_usage(report, composed);
	free(composed);
}

void report_usage_text(const struct report *report, const char *text)
{
	char *harmless = strdup(text), *at;

	for (at = harmless; at && *at; at++)
		if (iscntrl((unsigned char)*at))
			*at = '?';
	say_usage(report, harmless);
	free(harmless);
}

/* Keeps the first reason why stdout could not be written to. */
static void note_stdout(struct report *report, bool failed)
{
	if (failed && !report->stdout_failed) {
		report->stdout_failed = true;
		report->stdout_errnum = errno;
	}
}

void report_copy(struct report *report, const char *source, const char *dest)
{
	char *from = quote_always(source), *to = quote_always(dest);

	note_stdout(report, !from || !to || printf("%s -> %s\n", from, to) < 0);
	free(from);
	free(to);
}

void report_removed(struct report *report, const char *dest)
{
	char *name = quote_always(dest);

	note_stdout(report, !name || printf("removed %s\n", name) < 0);
	free(name);
}

int report_flush(struct report *report)
{
	note_stdout(report, fflush(stdout) != 0);
	/* It failed before a message on stderr, which could not say so. */
	errno = 0;
	note_stdout(report, ferror(stdout) != 0);
	return report->stdout_failed ? -1 : 0;
}

int report_close(struct report *report)
{
	report_flush(report);
	if (!report->stdout_failed)
		return 0;
	report_named(report, report->stdout_errnum, "write error", NULL);
	return -1;
}
