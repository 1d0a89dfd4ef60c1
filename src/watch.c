/* SPDX-License-Identifier: MIT */
/*
 * --watch: the progress line of a copy that another process makes.
 *
 *     watch_source -> lines -> status_view -> line -> term
 */
#include "config.h"

#include "watch.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "line.h"
#include "status_view.h"
#include "term.h"
#include "util.h"
#include "watch_source.h"

/* Nanoseconds between two drawings, on a terminal and elsewhere. */
#define LINE_INTERVAL (UTIL_SECOND / 10)
#define PLAIN_INTERVAL UTIL_SECOND

/* So long a file does not grow until its writer is looked for. */
#define SILENCE (3 * UTIL_SECOND)

struct watch {
	const struct mcp_options *options;
	struct report *report;
	struct signals *signals;
	struct signals_watch hearing;
	struct watch_source source;
	struct status_view view;
	struct term term;
	uint64_t drawn; /* when, or 0 */
	uint64_t heard; /* when something came last */
};

/* Drawing */

static bool is_quiet(const struct watch *watch)
{
	return watch->options->quiet ||
	       watch->options->progress == OPTIONS_PROGRESS_NEVER;
}

static void say(struct watch *watch)
{
	char text[LINE_MAX_BYTES];

	line_plain(&watch->view.view, watch->term.utf8, text);
	report_progress(watch->report, text);
}

static void show(struct watch *watch)
{
	char text[LINE_MAX_BYTES];
	size_t length;

	if (!term_may_show(&watch->term))
		return;
	length = line_bar(&watch->view.view, watch->term.columns,
			  watch->term.utf8, text);
	term_show(&watch->term, text, length);
}

/* Draws when it is time to, and LAST in any case. */
static void draw(struct watch *watch, bool last)
{
	uint64_t interval = watch->term.can_show ? LINE_INTERVAL
						 : PLAIN_INTERVAL;
	uint64_t now = util_now();

	if (is_quiet(watch) || !watch->view.anything ||
	    (watch->view.ended && !last) ||
	    (!last && watch->drawn != 0 && now - watch->drawn < interval))
		return;
	watch->drawn = now;
	if (watch->term.can_show)
		show(watch);
	else
		say(watch);
}

/* For the signals. */
static void hear(void *arg, int number)
{
	struct watch *watch = arg;

	if (number == SIGTSTP)
		term_clear(&watch->term);
	if (number == SIGCONT || number == SIGWINCH) {
		term_measure(&watch->term);
		watch->drawn = 0;
	}
	if (number == SIGUSR1)
		say(watch);
}

/* Reading */

static void take_line(void *arg, const char *line, size_t length)
{
	struct watch *watch = arg;

	/* Of a socket or FIFO it is the last word, of a file one of several. */
	if (!watch->view.ended || watch->source.regular)
		status_view_take(&watch->view, line, length);
	watch->heard = util_now();
}

/* Whether nobody is there any more who could write to the file. */
static bool is_writer_gone(const struct watch *watch)
{
	return watch->source.regular && watch->view.pid > 0 &&
	       util_now() - watch->heard > SILENCE &&
	       kill(watch->view.pid, 0) < 0 && errno == ESRCH;
}

/* Until the end was told, or the writer is gone, or a signal came. */
static void follow(struct watch *watch)
{
	/* A file is always ready: it is looked at as often as we draw. */
	struct pollfd fds[2] = {
		[1] = { .fd = watch->source.regular ? -1 : watch->source.fd,
			.events = POLLIN },
	};
	int pause = (int)(LINE_INTERVAL / 1000000);

	while (signals_drain(watch->signals) == 0) {
		enum watch_read got =
			watch_source_read(&watch->source, take_line, watch);

		if (watch->view.ended && got != WATCH_READ_SOME)
			return;
		if (got == WATCH_READ_END || is_writer_gone(watch))
			return;
		draw(watch, false);
		if (got == WATCH_READ_NOTHING &&
		    signals_wait(watch->signals, fds, 2, pause) != 0)
			return;
	}
}

/* The exit status, and why it is what it is. */
static int conclude(const struct watch *watch)
{
	const struct status_view *view = &watch->view;

	if (watch->signals->fatal != 0)
		return 1;
	if (view->ended)
		return view->signal ? 128 + view->signal : view->status;
	report_named(watch->report, 0,
		     view->strange
			     ? "%s tells in a version that is not known here"
		     : view->anything ? "%s ended without telling how the copy "
					"ended"
				      : "%s ended without telling anything",
		     watch->options->watch);
	return 1;
}

int watch(const struct mcp_options *options, struct report *report,
	  struct signals *signals)
{
	struct watch watch = {
		.options = options,
		.report = report,
		.signals = signals,
		.hearing = { .hear = hear },
		.term = term_open(),
		.heard = util_now(),
	};
	int status;

	watch.hearing.arg = &watch;
	if (watch_source_open(&watch.source, options->watch, report) < 0)
		return 1;
	signals->watch = &watch.hearing;
	signals_hear(signals, SIGWINCH);
	report_terminal(report, &watch.term);
	follow(&watch);
	if (signals->fatal == 0)
		draw(&watch, true);
	term_leave(&watch.term);
	status = conclude(&watch);
	report_terminal(report, NULL);
	signals->watch = NULL;
	watch_source_close(&watch.source);
	status_view_free(&watch.view);
	return status;
}
