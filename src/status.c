/* SPDX-License-Identifier: MIT */
/*
 * --status: what a run does, told to programs while it does it.
 */
#include "config.h"

#include "status.h"

#include <fcntl.h>
#include <stdlib.h>

#include "status_note.h"
#include "status_sink.h"
#include "util.h"

/* The longest silence, nanoseconds: so who reads knows that mcp is there. */
#define SILENCE UTIL_SECOND

struct status {
	struct status_target targets[OPTIONS_MAX_STATUS];
	struct status_sink *sinks[OPTIONS_MAX_STATUS];
	unsigned int count;
	struct json *start; /* what a new reader is told: these three, ... */
	struct json *plan;  /* ... as long as they are there */
	struct json *progress;
	struct progress_view view; /* as it was told last, but for names */
	uint64_t told;		   /* when that was */

	struct progress_view settled; /* what came of it */
	struct tally tally;
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
	unsigned int i;

	for (i = 0; event && i < status->count; i++)
		status_sink_put(status->sinks[i], &line);
}

/* One more. Returns 0, or -1, which was said. */
static int add_target(struct status *status, const char *text,
		      const struct report *report)
{
	const struct status_sink_greeter greeter = { greet, status };
	struct status_target *target = &status->targets[status->count];
	struct status_target_error error;
	struct status_sink *sink = NULL;

	if (status_target_parse(text, O_WRONLY, target, &error) == 0)
		sink = status_sink_open(target, &greeter, &error);
	if (!sink) {
		report_named(report, error.errnum, error.words, text);
		return -1;
	}
	status->sinks[status->count++] = sink;
	return 0;
}

static void free_status(struct status *status)
{
	json_drop(status->start);
	json_drop(status->plan);
	json_drop(status->progress);
	free(status);
}

/* Tells LAST to all. */
static void close_sinks(struct status *status, const struct json *last)
{
	const struct status_reader_line line = line_of(last);

	while (status->count > 0)
		status_sink_close(status->sinks[--status->count], &line);
}

struct status *status_open(const char *const *targets, unsigned int count,
			   const struct status_event_start *start,
			   const struct report *report)
{
	struct status *status;
	const char *why = "";
	unsigned int i;

	if (json_open(&why) < 0) {
		report_reason(report, "--status cannot be had", why);
		return NULL;
	}
	status = calloc(1, sizeof(*status));
	if (!status) {
		report_named(report, 0, "memory exhausted", NULL);
		return NULL;
	}
	status->start = status_event_of_start(start);
	for (i = 0; i < count; i++) {
		if (add_target(status, targets[i], report) == 0)
			continue;
		status_close(status, 1, 0);
		return NULL;
	}
	return status;
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
	       before->errors != now->errors || before->phase != now->phase ||
	       before->written_back != now->written_back;
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
	status->view.written_back = view.written_back;
	status->view.phase = view.phase;
	status->told = now;
}

void status_look(struct status *status, const struct progress *progress,
		 uint64_t now)
{
	unsigned int i;

	tell(status, progress, now);
	for (i = 0; i < status->count; i++)
		status_sink_pump(status->sinks[i]);
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

static void take_file(void *arg, const struct status_event_file *file)
{
	status_file(arg, file);
}

static void take_error(void *arg, const struct err_told *parts)
{
	status_error(arg, parts);
}

void status_notes(struct status *status, const uint8_t *notes, size_t length,
		  uint64_t lost)
{
	const struct status_note_reader reader = { take_file, take_error,
						   status };

	unsigned int i;

	/* Of a worker that talks nonsense at least one is lost. */
	lost += status_note_read(notes, length, &reader) < 0;
	for (i = 0; i < status->count; i++)
		status_sink_lose(status->sinks[i], lost);
}

void status_settle(struct status *status, const struct progress *progress,
		   uint64_t now)
{
	status->settled = progress_look(progress, now);
	status->settled.now = NULL;
	status->tally = progress->sum;
}

void status_close(struct status *status, int exit_status, int signal)
{
	struct status_event_end end;
	struct json *event;

	if (!status)
		return;
	end = (struct status_event_end){ &status->settled, &status->tally,
					 exit_status, signal };
	if (!status->plan || is_new_plan(&status->view, &status->settled))
		replace(status, &status->plan,
			status_event_of_plan(&status->settled));
	event = status_event_of_end(&end);
	close_sinks(status, event);
	json_drop(event);
	free_status(status);
}
