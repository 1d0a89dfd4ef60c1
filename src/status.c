/* SPDX-License-Identifier: MIT */
/*
 * --status: what a run does, told to programs while it does it.
 */
#include "config.h"

#include "status.h"

#include <fcntl.h>
#include <stdlib.h>

#include "status_sink.h"
#include "util.h"

/* Nanoseconds: between two looks, and the longest silence. */
#define INTERVAL (PROGRESS_SECOND / 10)
#define SILENCE PROGRESS_SECOND

struct status {
	struct status_target target;
	struct status_sink *sink;
	struct json *start; /* what a new reader is told: these three, ... */
	struct json *plan;  /* ... as long as they are there */
	struct json *progress;
	struct progress_view view; /* as it was told last, but for names */
	uint64_t looked;	   /* when, or 0 */
	uint64_t told;
};

static struct status_reader_line line_of(const struct json *event)
{
	return (struct status_reader_line){ status_event_compose, event };
}

static void greet(void *arg, struct status_reader *reader)
{
	const struct status *status = arg;
	const struct json *const events[] = { status->start, status->plan,
					      status->progress };
	size_t i;

	for (i = 0; i < UTIL_COUNT(events); i++) {
		const struct status_reader_line line = line_of(events[i]);

		if (events[i])
			status_reader_tell(reader, &line, NULL, false);
	}
}

static void put(struct status *status, const struct json *event)
{
	const struct status_reader_line line = line_of(event);

	if (event)
		status_sink_put(status->sink, &line);
}

static int begin(struct status *status, const char *target,
		 const struct status_event_start *start,
		 const struct report *report)
{
	const struct status_sink_greeter greeter = { greet, status };
	struct status_target_error error;
	const char *why = "";

	if (json_open(&why) < 0) {
		report_named(report, 0, "--status needs the library jansson",
			     NULL);
		return -1;
	}
	status->start = status_event_of_start(start);
	if (status_target_parse(target, O_WRONLY, &status->target, &error) <
		    0 ||
	    !(status->sink =
		      status_sink_open(&status->target, &greeter, &error))) {
		report_named(report, error.errnum, error.words, target);
		return -1;
	}
	return 0;
}

static void free_status(struct status *status)
{
	json_drop(status->start);
	json_drop(status->plan);
	json_drop(status->progress);
	free(status);
}

struct status *status_open(const char *target,
			   const struct status_event_start *start,
			   const struct report *report)
{
	struct status *status = calloc(1, sizeof(*status));

	if (!status) {
		report_named(report, 0, "memory exhausted", NULL);
		return NULL;
	}
	if (begin(status, target, start, report) == 0)
		return status;
	free_status(status);
	return NULL;
}

/* Whether B is so much more or less than A that it is worth saying. */
static bool is_other(uint64_t a, uint64_t b)
{
	uint64_t more = a > b ? a : b, less = a > b ? b : a;

	return more - less > more / 64;
}

static bool is_new_plan(const struct progress_view *before,
			const struct progress_view *now)
{
	bool final = !now->growing && !now->unknown;

	return before->growing != now->growing ||
	       before->unknown != now->unknown ||
	       is_other(before->files_total, now->files_total) ||
	       is_other(before->bytes_total, now->bytes_total) ||
	       (final && (before->files_total != now->files_total ||
			  before->bytes_total != now->bytes_total));
}

/* Whether somebody would see a difference. */
static bool has_moved(const struct progress_view *before,
		      const struct progress_view *now)
{
	return before->files != now->files || before->bytes != now->bytes ||
	       before->errors != now->errors || before->phase != now->phase;
}

/* EVENT is told, and is from now on the one in *PLACE. */
static void replace(struct status *status, struct json **place,
		    struct json *event)
{
	if (!event)
		return;
	put(status, event);
	json_drop(*place);
	*place = event;
}

static void tell(struct status *status, const struct progress *progress,
		 uint64_t now)
{
	const struct progress_view view = progress_look(progress, now);

	if (!status->plan || is_new_plan(&status->view, &view)) {
		replace(status, &status->plan, status_event_of_plan(&view));
		status->view.growing = view.growing;
		status->view.unknown = view.unknown;
		status->view.files_total = view.files_total;
		status->view.bytes_total = view.bytes_total;
	}
	if (status->progress && !has_moved(&status->view, &view) &&
	    now - status->told < SILENCE)
		return;
	replace(status, &status->progress,
		status_event_of_progress(&view, progress));
	status->view.files = view.files;
	status->view.bytes = view.bytes;
	status->view.errors = view.errors;
	status->view.phase = view.phase;
	status->told = now;
}

void status_tick(struct status *status, const struct progress *progress,
		 uint64_t now)
{
	if (status_next(status, now) > 0)
		return;
	status->looked = now;
	tell(status, progress, now);
	status_sink_pump(status->sink);
}

uint64_t status_next(const struct status *status, uint64_t now)
{
	uint64_t since = now - status->looked;

	return status->looked == 0 || since >= INTERVAL ? 0 : INTERVAL - since;
}

void status_file(struct status *status, const struct status_event_file *file)
{
	struct json *event = status_event_of_file(file);

	put(status, event);
	json_drop(event);
}

void status_error(struct status *status, const struct err_told *parts)
{
	struct json *event = status_event_of_error(parts);

	put(status, event);
	json_drop(event);
}

void status_close(struct status *status, const struct status_event_end *end)
{
	struct json *event;
	struct status_reader_line line;

	if (!status)
		return;
	if (is_new_plan(&status->view, end->view) || !status->plan)
		replace(status, &status->plan, status_event_of_plan(end->view));
	event = status_event_of_end(end);
	line = line_of(event);
	status_sink_close(status->sink, &line);
	json_drop(event);
	free_status(status);
}
