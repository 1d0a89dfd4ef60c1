/* SPDX-License-Identifier: MIT */
/*
 * Who looks on while a copy runs.
 */
#include "config.h"

#include "monitor.h"

#include <string.h>

#include "line.h"
#include "util.h"

/* What `auto` is for: the program, under its own name, and a long copy. */
#define OWN_NAME "mcp"
#define LONG_COPY UTIL_SECOND

/* Nanoseconds between two drawings, on a terminal and elsewhere. */
#define LINE_INTERVAL (UTIL_SECOND / 10)
#define PLAIN_INTERVAL UTIL_SECOND

/* How often it is looked whether we are in the foreground again. */
#define BACKGROUND_INTERVAL UTIL_SECOND

/*
 * So long workers have to answer when somebody who did not look on asks by
 * SIGUSR1: twice as long as they take between two small files.
 */
#define ANSWER_TIME (UTIL_SECOND / 10)

/* When to be called next */

static uint64_t earlier(uint64_t a, uint64_t b)
{
	if (a == 0 || b == 0)
		return a | b;
	return util_min(a, b);
}

static void set_due(struct monitor *monitor)
{
	const struct monitor_observer *observer;
	uint64_t due = earlier(monitor->draw_due, monitor->asked_due);

	for (observer = monitor->observers; observer; observer = observer->next)
		due = earlier(due, observer->due);
	monitor->watch.due = due;
}

/* From now on somebody looks on. */
static void look(struct monitor *monitor)
{
	if (!monitor->watch.looking && monitor->reckoner.reckon)
		monitor->reckoner.reckon(monitor->reckoner.arg);
	monitor->watch.looking = true;
}

/* Drawing */

static void say(struct monitor *monitor, const struct progress_view *view)
{
	char text[LINE_MAX_BYTES];

	line_plain(view, monitor->term.utf8, text);
	report_progress(monitor->report, text);
}

/* Returns false when that cannot be done now. */
static bool draw_line(struct monitor *monitor, const struct progress_view *view)
{
	char text[LINE_MAX_BYTES];
	size_t length;

	if (!term_may_show(&monitor->term))
		return false;
	length =
		line_bar(view, monitor->term.columns, monitor->term.utf8, text);
	term_show(&monitor->term, text, length);
	return true;
}

/* Whether the copy that takes so long is looked at by somebody. */
static void settle_perhaps(struct monitor *monitor)
{
	monitor->term = term_open();
	monitor->drawing = monitor->term.can_show ? MONITOR_LINE : MONITOR_NONE;
	if (monitor->drawing == MONITOR_NONE) {
		monitor->draw_due = 0;
		return;
	}
	report_terminal(monitor->report, &monitor->term);
	signals_hear(monitor->signals, SIGWINCH);
	look(monitor);
}

static void draw(struct monitor *monitor, uint64_t now)
{
	struct progress_view view;

	if (monitor->drawing == MONITOR_PERHAPS)
		settle_perhaps(monitor);
	if (monitor->drawing == MONITOR_NONE)
		return;
	view = progress_look(monitor->progress, now);
	if (monitor->drawing == MONITOR_PLAIN) {
		say(monitor, &view);
		monitor->draw_due = now + PLAIN_INTERVAL;
	} else if (draw_line(monitor, &view)) {
		monitor->draw_due = now + LINE_INTERVAL;
	} else {
		monitor->draw_due = now + BACKGROUND_INTERVAL;
		return;
	}
	monitor->drawn = true;
}

/* Being called */

static void beat(void *arg)
{
	struct monitor *monitor = arg;
	struct monitor_observer *observer;
	uint64_t now = util_now();

	progress_sample(monitor->progress, now);
	if (monitor->draw_due != 0 && now >= monitor->draw_due)
		draw(monitor, now);
	if (monitor->asked_due != 0 && now >= monitor->asked_due) {
		const struct progress_view view =
			progress_look(monitor->progress, now);

		monitor->asked_due = 0;
		say(monitor, &view);
	}
	for (observer = monitor->observers; observer;
	     observer = observer->next) {
		if (now < observer->due)
			continue;
		observer->due = now + observer->interval;
		observer->look(observer->arg, monitor->progress, now);
	}
	set_due(monitor);
}

static void hear(void *arg, int number)
{
	struct monitor *monitor = arg;
	uint64_t now = util_now();

	switch (number) {
	case SIGUSR1:
		/* Others may have to be asked first, if they do anything. */
		monitor->asked_due = now;
		if (monitor->progress->workers > 1 &&
		    monitor->progress->phase == PROGRESS_COPYING &&
		    !monitor->watch.looking)
			monitor->asked_due += ANSWER_TIME;
		look(monitor);
		break;
	case SIGTSTP:
		progress_stop(monitor->progress, now);
		/* The shell will say something now. */
		term_clear(&monitor->term);
		break;
	case SIGCONT:
		progress_continue(monitor->progress, now);
		/* What happened to the terminal meanwhile was not heard. */
		/* fall through */
	case SIGWINCH:
		if (monitor->drawing == MONITOR_LINE) {
			term_measure(&monitor->term);
			monitor->draw_due = now;
		}
		break;
	}
	set_due(monitor);
}

/* Beginning and end */

/* Whether, and how, something is drawn. */
static void begin_drawing(struct monitor *monitor,
			  const struct mcp_options *options, uint64_t now)
{
	enum options_progress wanted = options->progress;

	if (options->quiet)
		wanted = OPTIONS_PROGRESS_NEVER;
	if (wanted == OPTIONS_PROGRESS_AUTO &&
	    strcmp(monitor->report->program, OWN_NAME) == 0) {
		monitor->drawing = MONITOR_PERHAPS;
		monitor->draw_due = now + LONG_COPY;
	}
	if (wanted != OPTIONS_PROGRESS_ALWAYS)
		return;
	settle_perhaps(monitor);
	if (monitor->drawing == MONITOR_NONE)
		monitor->drawing = MONITOR_PLAIN;
	monitor->draw_due = now + (monitor->drawing == MONITOR_PLAIN
					   ? PLAIN_INTERVAL
					   : LINE_INTERVAL);
	look(monitor);
}

void monitor_begin(struct monitor *monitor, const struct mcp_options *options,
		   struct report *report, struct signals *signals,
		   struct progress *progress,
		   const struct monitor_reckoner *reckoner)
{
	*monitor = (struct monitor){
		.report = report,
		.signals = signals,
		.progress = progress,
		.reckoner = *reckoner,
		.watch = { .beat = beat, .hear = hear },
	};
	monitor->watch.arg = monitor;
	signals->watch = &monitor->watch;
	begin_drawing(monitor, options, util_now());
	set_due(monitor);
}

void monitor_observe(struct monitor *monitor, struct monitor_observer *observer)
{
	observer->due = util_now() + observer->interval;
	observer->next = monitor->observers;
	monitor->observers = observer;
	look(monitor);
	set_due(monitor);
}

void monitor_end(struct monitor *monitor)
{
	struct progress_view view;

	monitor->signals->watch = NULL;
	view = progress_look(monitor->progress, util_now());
	/* Who has asked just before is answered, too. */
	if (monitor->drawing == MONITOR_PLAIN || monitor->asked_due != 0)
		say(monitor, &view);
	if (monitor->drawing == MONITOR_LINE)
		draw_line(monitor, &view);
	term_leave(&monitor->term);
	report_terminal(monitor->report, NULL);
}
