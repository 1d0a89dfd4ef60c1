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
#include "term.h"
#include "util.h"

enum names {
	NAME_NONE,
	NAME_SOURCE,
	NAME_DEST,
	NAME_DEST_BARE, /* quoted only where it must be */
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
	[ERR_FILE_DEST] = { "cannot overwrite non-directory %s with "
			    "directory %s",
			    NAME_DEST_SOURCE },
	[ERR_FOREIGN_LINK] = { "not writing through symlink %s of another user",
			       NAME_DEST },
	[ERR_NOT_REPLACING] = { "not replacing %s", NAME_DEST },
	[ERR_READ_LINK] = { "cannot read symbolic link %s", NAME_SOURCE },
	[ERR_SYMLINK] = { "cannot create symbolic link %s", NAME_DEST },
	[ERR_SYMLINK_TO] = { "cannot create symbolic link %s to %s",
			     NAME_DEST_SOURCE },
	[ERR_RELATIVE_LINK] = { "%s: can make relative symbolic links only in "
				"current directory",
				NAME_DEST_BARE },
	[ERR_HARD_LINK] = { "cannot create hard link %s to %s",
			    NAME_DEST_SOURCE },
	[ERR_FIFO] = { "cannot create fifo %s", NAME_DEST },
	[ERR_SPECIAL] = { "cannot create special file %s", NAME_DEST },
	[ERR_UNKNOWN_TYPE] = { "%s has unknown file type", NAME_SOURCE },
	[ERR_MKDIR] = { "cannot create directory %s", NAME_DEST },
	[ERR_ACCESS] = { "cannot access %s", NAME_SOURCE },
	[ERR_CYCLE] = { "cannot copy cyclic symbolic link %s", NAME_SOURCE },
	[ERR_DIRECTORY_LINK] = { "will not create hard link %s to directory %s",
				 NAME_DEST_SOURCE },
	[ERR_INTO_ITSELF] = { "cannot copy a directory, %s, into itself, %s",
			      NAME_SOURCE_DEST },
	[ERR_CLONE] = { "failed to clone %s from %s", NAME_DEST_SOURCE },
	[ERR_BACKUP] = { "cannot backup %s", NAME_DEST },
	[ERR_BACKUP_SOURCE] = { "backing up %s might destroy source;  %s not "
				"copied",
				NAME_DEST_SOURCE },
	[ERR_ENGINE] = { "the engine asked for cannot copy %s to %s",
			 NAME_SOURCE_DEST },
	[ERR_WORKER_DIED] = { "error copying %s to %s: two workers died at it",
			      NAME_SOURCE_DEST },
	[ERR_BATCH_DIED] = { "error copying %s to %s: the worker at it died",
			     NAME_SOURCE_DEST },
	[ERR_MEMORY] = { "error copying %s to %s: memory exhausted",
			 NAME_SOURCE_DEST },
	[ERR_PRESERVE_TIMES] = { "preserving times for %s", NAME_DEST },
	[ERR_PRESERVE_OWNER] = { "failed to preserve ownership for %s",
				 NAME_DEST },
	[ERR_CLEAR_PERMISSIONS] = { "clearing permissions for %s", NAME_DEST },
	[ERR_READ_PERMISSIONS] = { "%s", NAME_SOURCE },
	[ERR_PRESERVE_PERMISSIONS] = { "preserving permissions for %s",
				       NAME_DEST },
	[ERR_SET_PERMISSIONS] = { "setting permissions for %s", NAME_DEST },
	[ERR_LIST_ATTRIBUTES] = { "listing attributes of %s", NAME_SOURCE },
	[ERR_GET_ATTRIBUTE] = { "getting attribute %s of %s",
				NAME_DEST_SOURCE },
	[ERR_SET_ATTRIBUTE] = { "setting attribute %s for %s",
				NAME_SOURCE_DEST },
	[ERR_SET_ATTRIBUTES] = { "setting attributes for %s", NAME_DEST },
	[ERR_JUST_CREATED_LINK] = { "will not copy %s through just-created "
				    "symlink %s",
				    NAME_SOURCE_DEST },
	[ERR_UNBACKUP] = { "cannot un-backup %s", NAME_DEST },
	[ERR_PARENT_STAT_SOURCE] = { "failed to get attributes of %s",
				     NAME_SOURCE },
	[ERR_PARENT_STAT_DEST] = { "failed to get attributes of %s",
				   NAME_DEST },
	[ERR_MAKE_DIRECTORY] = { "cannot make directory %s", NAME_DEST },
	[ERR_NO_DIRECTORY] = { "%s exists but is not a directory", NAME_DEST },
	[ERR_PARENT_TIMES] = { "failed to preserve times for %s", NAME_DEST },
	[ERR_PARENT_OWNER] = { "failed to preserve ownership for %s",
			       NAME_DEST },
	[ERR_PARENT_MODE] = { "failed to preserve permissions for %s",
			      NAME_DEST },
	[ERR_REMOVE_HIDDEN] = { "cannot remove a temporary file beside %s",
				NAME_DEST },
	[ERR_FSYNC] = { "fsync failed for %s", NAME_DEST },
};

_Static_assert(sizeof(phrases) / sizeof(phrases[0]) == ERR_OPS,
	       "every operation has its words");

struct report report_open(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');

	return (struct report){ .program = slash ? slash + 1 : argv0 };
}

/*
 * FORMAT, one of ours with a %s for FIRST and SECOND, with these quoted by
 * QUOTE. malloc'ed, or NULL.
 */
static char *compose_with(char *(*quote)(const char *), const char *format,
			  const char *first, const char *second)
{
	char *quoted[2] = { quote(first), quote(second) };
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

static char *compose(const char *format, const char *first, const char *second)
{
	return compose_with(quote_always, format, first, second);
}

/* Makes room at the terminal for something to be said. */
static void clear_line(const struct report *report)
{
	if (report->term)
		term_clear(report->term);
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
	fflush(stdout);
	/* There is nobody to tell that stderr cannot be written to. */
	(void)!util_write_all(STDERR_FILENO, text, length);
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

	length = asprintf(&line, "%s: %s%s\n", report->program,
			  words ? words : "memory exhausted", reason);
	if (length < 0)
		return;
	put_error(report, line, (size_t)length);
	if (parts && report->listen) {
		line[length - 1] = '\0';
		parts->text = line + strlen(report->program) + 2;
		report->listen(report->listen_arg, parts);
	}
	free(line);
}

void report_failure(const struct report *report, const struct err *err,
		    const char *source, const char *dest, bool incomplete)
{
	enum names names = phrases[err->op].names;
	bool dest_first = names == NAME_DEST || names == NAME_DEST_BARE ||
			  names == NAME_DEST_SOURCE;
	bool died = err->op == ERR_WORKER_DIED || err->op == ERR_BATCH_DIED;
	struct err_told parts = {
		.operation = err_op_name(err->op),
		.name = names == NAME_NONE ? NULL
			: dest_first	   ? dest
					   : source,
		.errnum = died ? 0 : err->errnum,
		.signal = died ? err->errnum : 0,
	};
	char reason[160] = "";
	char *words;

	if (died && err->errnum > 0)
		snprintf(reason, sizeof(reason), ", by signal %d (%s)",
			 err->errnum, strsignal(err->errnum));
	else if (err->errnum > 0)
		snprintf(reason, sizeof(reason), ": %s", strerror(err->errnum));
	if (incomplete)
		strcat(reason, " (destination left incomplete)");
	words = compose_with(names == NAME_DEST_BARE ? quote_if_needed
						     : quote_always,
			     phrases[err->op].words, dest_first ? dest : source,
			     dest_first ? source : dest);
	say(report, words, reason, &parts);
	free(words);
}

void report_interrupted(const struct report *report, const char *dest,
			int signal)
{
	char *words = compose("%s left incomplete", dest, "");
	struct err_told parts = {
		.operation = "interrupted",
		.name = dest,
		.signal = signal,
	};
	char reason[64];

	snprintf(reason, sizeof(reason), ": %s", strsignal(signal));
	say(report, words, reason, &parts);
	free(words);
}

void report_named(const struct report *report, int errnum, const char *words,
		  const char *name)
{
	char *composed = compose(words, name ? name : "", "");
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
		return;
	say(report, words, text, NULL);
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
	char *composed = compose(words, name, "");
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

/* LINE to stdout; NULL when there was no memory for it. */
static void put_line(struct report *report, char *line)
{
	if (!line)
		note_stdout(report, true);
	else if (report->sink)
		report->sink(report->sink_arg, STDOUT_FILENO, line,
			     strlen(line));
	else {
		clear_line_for_stdout(report);
		note_stdout(report, fputs(line, stdout) < 0);
	}
	free(line);
}

/* FORMAT with a %s for each name, quoted, to stdout; B may be NULL. */
static void say_done(struct report *report, const char *format, const char *a,
		     const char *b)
{
	put_line(report, compose(format, a, b ? b : ""));
}

void report_text(struct report *report, int fd, const char *text, size_t length)
{
	if (fd != STDOUT_FILENO) {
		put_error(report, text, length);
		return;
	}
	clear_line_for_stdout(report);
	note_stdout(report, fwrite(text, 1, length, stdout) != length);
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
	char *copied = compose("%s -> %s", source, dest);
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
