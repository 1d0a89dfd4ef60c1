/* SPDX-License-Identifier: MIT */
/*
 * All that mcp says: nobody else writes to stdout or stderr.
 */
#include "config.h"

#include "report.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "phrase.h"
#include "quote.h"
#include "term.h"
#include "util.h"

/* What is said at most where there is no memory for more. */
#define BRIEF 1024

struct report report_open(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');

	return (struct report){ .program = slash ? slash + 1 : argv0 };
}

/* Makes room at the terminal for something to be said. */
static void clear_line(const struct report *report)
{
	if (report->term)
		term_clear(report->term);
}

/* Whether FD takes something; false when a signal ends the wait for that. */
static bool has_room(const struct report *report, int fd)
{
	return !report->wait || report->wait(report->wait_arg, fd) == 0;
}

/* fflush(3): EOF with errno. What nobody takes stays in the buffer. */
static int flush_stdout(const struct report *report)
{
	if (__fpending(stdout) > 0 && !has_room(report, STDOUT_FILENO))
		return 0;
	return fflush(stdout);
}

/* TEXT, in one write, so that nobody else's output falls into it. */
static void put_error(const struct report *report, const char *text,
		      size_t length)
{
	if (report->sink) {
		report->sink(report->sink_arg, STDERR_FILENO, text, length);
		return;
	}
	clear_line(report);
	/* As it happened: what was done before this went wrong. */
	flush_stdout(report);
	/* There is nobody to tell that stderr cannot be written to. */
	if (has_room(report, STDERR_FILENO))
		(void)!util_write_all(STDERR_FILENO, text, length);
}

/* As say, without memory: names that are too long are cut. */
static void say_briefly(const struct report *report, const char *words,
			const char *reason)
{
	char line[BRIEF];
	int length;

	length = snprintf(line, sizeof(line) - 1, "%s: %s%s", report->program,
			  words, reason);
	if (length < 0)
		return;
	length = (int)strlen(line);
	line[length++] = '\n';
	put_error(report, line, (size_t)length);
}

/*
 * One line, in one write, so that nobody else's output falls into it. PARTS,
 * all but the text of it, are for who listens; NULL: it is no error.
 */
static void say(const struct report *report, const char *words,
		const char *reason, struct err_told *parts)
{
	char *line;
	int length;

	if (!words)
		words = "memory exhausted";
	length = asprintf(&line, "%s: %s%s\n", report->program, words, reason);
	if (length < 0) {
		say_briefly(report, words, reason);
		return;
	}
	put_error(report, line, (size_t)length);
	if (parts && report->listen) {
		line[length - 1] = '\0';
		parts->text = line + strlen(report->program) + 2;
		report->listen(report->listen_arg, parts);
	}
	free(line);
}

void report_failure(const struct report *report, const struct err *err,
		    const char *source, const char *dest, enum dest_left left)
{
	struct err_told parts;
	char *words = phrase_failure(err, source, dest, &parts);
	char reason[160] = "";

	if (parts.signal > 0)
		snprintf(reason, sizeof(reason), ", by signal %d (%s)",
			 parts.signal, strsignal(parts.signal));
	else if (parts.errnum > 0)
		snprintf(reason, sizeof(reason), ": %s",
			 strerror(parts.errnum));
	if (left == DEST_LEFT_INCOMPLETE)
		strcat(reason, " (destination left incomplete)");
	else if (left == DEST_LEFT_REMOVED)
		strcat(reason, " (destination removed)");
	else if (left == DEST_LEFT_HIDDEN)
		strcat(reason, " (a temporary file is left beside it)");
	say(report, words, reason, &parts);
	free(words);
}

void report_interrupted(const struct report *report, const char *dest,
			enum dest_left left, int signal)
{
	static const char *const formats[] = {
		[DEST_LEFT_INCOMPLETE] = "%s left incomplete",
		[DEST_LEFT_REMOVED] = "%s removed",
		[DEST_LEFT_HIDDEN] = "a temporary file is left beside %s",
	};
	char *words;
	struct err_told parts = {
		.operation = "interrupted",
		.name = dest,
		.signal = signal,
	};
	char reason[64];

	if (left == DEST_LEFT_ALONE)
		return;
	words = phrase_compose(formats[left], dest, "");
	snprintf(reason, sizeof(reason), ": %s", strsignal(signal));
	say(report, words, reason, &parts);
	free(words);
}

void report_named(const struct report *report, int errnum, const char *words,
		  const char *name)
{
	char *composed = phrase_compose(words, name ? name : "", "");
	bool warning = strncmp(words, "warning: ", 9) == 0;
	struct err_told parts = {
		.operation = "other",
		.name = name,
		.errnum = errnum,
	};
	char reason[128] = "";

	if (errnum > 0)
		snprintf(reason, sizeof(reason), ": %s", strerror(errnum));
	say(report, composed, reason, warning ? NULL : &parts);
	free(composed);
}

void report_warning(const struct report *report, const char *words,
		    const char *name)
{
	if (!report->quiet)
		report_named(report, 0, words, name);
}

void report_reason(const struct report *report, const char *words,
		   const char *reason)
{
	char *text;

	if (asprintf(&text, ": %s", reason) < 0)
		text = NULL;
	say(report, words, text ? text : "", NULL);
	free(text);
}

void report_progress(const struct report *report, const char *text)
{
	say(report, text, "", NULL);
}

void report_terminal(struct report *report, struct term *term)
{
	report->term = term;
}

void report_question(const struct report *report, const char *words,
		     const char *name)
{
	char *composed = phrase_compose(words, name, "");
	char *line;
	int length;

	length = asprintf(&line, "%s: %s", report->program,
			  composed ? composed : "");
	free(composed);
	if (length < 0)
		return;
	put_error(report, line, (size_t)length);
	free(line);
	if (report->term)
		report->term->held = true;
}

void report_answered(const struct report *report)
{
	if (report->term)
		report->term->held = false;
}

/* WORDS, and where help is to be had: one message of two lines, as cp's. */
static void say_usage(const struct report *report, const char *words)
{
	struct err_told parts = { .operation = "usage" };
	char *hint;

	if (asprintf(&hint, "\nTry '%s --help' for more information.",
		     report->program) < 0)
		hint = NULL;
	say(report, words, hint ? hint : "", &parts);
	free(hint);
}

void report_usage(const struct report *report, const char *words,
		  const char *name)
{
	char *composed = phrase_compose(words, name ? name : "", "");

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

void report_usage_lines(const struct report *report, const char *lines)
{
	say_usage(report, lines);
}

/* Keeps the first reason why stdout could not be written to. */
static void note_stdout(struct report *report, bool failed)
{
	if (failed && !report->stdout_failed) {
		report->stdout_failed = true;
		report->stdout_errnum = errno;
	}
}

/* The same, of what goes to stdout, if that is the same terminal. */
static void clear_line_for_stdout(const struct report *report)
{
	if (report->term && report->term->stdout_too)
		term_clear(report->term);
}

/*
 * TEXT to stdout. A pipe that has room takes PIPE_BUF bytes at once (pipe(7)),
 * which is what stdio writes to it.
 */
static void put_output(struct report *report, const char *text, size_t length)
{
	clear_line_for_stdout(report);
	while (length > 0) {
		size_t piece = util_min(length, PIPE_BUF);

		if ((__flbf(stdout) ||
		     __fpending(stdout) + piece > __fbufsize(stdout)) &&
		    !has_room(report, STDOUT_FILENO))
			return;
		note_stdout(report, fwrite(text, 1, piece, stdout) != piece);
		text += piece;
		length -= piece;
	}
}

/* LINE to stdout; NULL when there was no memory for it. */
static void put_line(struct report *report, char *line)
{
	if (!line)
		note_stdout(report, true);
	else if (report->sink)
		report->sink(report->sink_arg, STDOUT_FILENO, line,
			     strlen(line));
	else
		put_output(report, line, strlen(line));
	free(line);
}

/* FORMAT with a %s for each name, quoted, to stdout; B may be NULL. */
static void say_done(struct report *report, const char *format, const char *a,
		     const char *b)
{
	put_line(report, phrase_compose(format, a, b ? b : ""));
}

void report_text(struct report *report, int fd, const char *text, size_t length)
{
	if (fd == STDOUT_FILENO)
		put_output(report, text, length);
	else
		put_error(report, text, length);
}

void report_line(struct report *report, const char *line)
{
	char *whole;

	put_line(report, asprintf(&whole, "%s\n", line) < 0 ? NULL : whole);
}

void report_to(struct report *report,
	       void (*sink)(void *arg, int fd, const char *text, size_t length),
	       void *arg)
{
	report->sink = sink;
	report->sink_arg = arg;
}

void report_wait(struct report *report, int (*wait)(void *arg, int fd),
		 void *arg)
{
	report->wait = wait;
	report->wait_arg = arg;
}

void report_listen(struct report *report,
		   void (*listen)(void *arg, const struct err_told *parts),
		   void *arg)
{
	report->listen = listen;
	report->listen_arg = arg;
}

void report_copy(struct report *report, const char *source, const char *dest)
{
	say_done(report, "%s -> %s\n", source, dest);
}

void report_copy_backup(struct report *report, const char *source,
			const char *dest, const char *backup)
{
	char *copied = phrase_compose("%s -> %s", source, dest);
	char *name = quote_always(backup);
	char *line;

	if (!copied || !name ||
	    asprintf(&line, "%s (backup: %s)\n", copied, name) < 0)
		line = NULL;
	put_line(report, line);
	free(copied);
	free(name);
}

void report_unbackup(struct report *report, const char *backup,
		     const char *dest)
{
	say_done(report, "%s -> %s (unbackup)\n", backup, dest);
}

void report_parent(struct report *report, const char *source, const char *dest)
{
	char *line;

	if (asprintf(&line, "%s -> %s\n", source, dest) < 0)
		line = NULL;
	put_line(report, line);
}

void report_skipped(struct report *report, const char *dest)
{
	say_done(report, "skipped %s\n", dest, NULL);
}

void report_debug(struct report *report, const struct report_facts *facts)
{
	char *line;

	if (asprintf(&line,
		     "copy offload: %s, reflink: %s, sparse detection: %s, "
		     "engine: %s, workers: %u, because: %s\n",
		     facts->offload, facts->reflink, facts->sparse,
		     facts->engine, facts->workers, facts->why) < 0)
		line = NULL;
	put_line(report, line);
}

void report_removed(struct report *report, const char *dest)
{
	say_done(report, "removed %s\n", dest, NULL);
}

int report_flush(struct report *report)
{
	note_stdout(report, flush_stdout(report) != 0);
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
