/* SPDX-License-Identifier: MIT */
/*
 * What --status has told, read again.
 */
#include "config.h"

#include "status_view.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "status_event.h"
#include "util.h"

/* Seconds, some decades: no time that is told is longer. */
#define TIME_MOST 1e9

static uint64_t number(const struct json *event, const char *key, uint64_t most)
{
	return util_min(json_number_of(json_find(event, key), 0), most);
}

/* Seconds as nanoseconds. */
static uint64_t duration(const struct json *event, const char *key)
{
	double seconds = json_real_of(json_find(event, key), 0);

	if (!(seconds > 0))
		return 0;
	return (uint64_t)((seconds < TIME_MOST ? seconds : TIME_MOST) *
			  (double)UTIL_SECOND);
}

static void forget(struct status_view *view)
{
	free(view->now);
	*view = (struct status_view){ .anything = true };
}

static void take_start(struct status_view *view, const struct json *event)
{
	forget(view);
	view->pid = (pid_t)number(event, "pid", INT_MAX);
	view->view.workers = (unsigned int)number(event, "workers", UINT_MAX);
	view->view.unknown = true;
}

static void take_plan(struct progress_view *view, const struct json *event)
{
	view->files_total = number(event, "files", INT64_MAX);
	view->bytes_total = number(event, "bytes", INT64_MAX);
	view->growing = !json_bool_of(json_find(event, "final"), false);
	view->unknown = !json_bool_of(json_find(event, "known"), true);
}

/* What progress and end have in common. */
static void take_view(struct progress_view *view, const struct json *event)
{
	view->files = number(event, "files", INT64_MAX);
	view->bytes = number(event, "bytes", INT64_MAX);
	view->permille = (unsigned int)number(event, "permille", 1000);
	view->elapsed = duration(event, "elapsed");
	view->rate_overall = number(event, "rate_overall", INT64_MAX);
	view->errors = number(event, "errors", INT64_MAX);
}

static void take_progress(struct status_view *view, const struct json *event)
{
	const char *phase = json_text_of(json_find(event, "phase"), "");
	const char *name = json_text_of(json_find(event, "name"), NULL);

	take_view(&view->view, event);
	view->view.phase = strcmp(phase, "writing-back") == 0
				   ? PROGRESS_WRITING_BACK
				   : PROGRESS_COPYING;
	view->view.to_write_back = number(event, "to_write_back", INT64_MAX);
	view->view.written_back = number(event, "written_back", INT64_MAX);
	view->view.rate = number(event, "rate", INT64_MAX);
	view->view.left_known = json_find(event, "left") != NULL;
	view->view.left = duration(event, "left");
	view->view.workers = (unsigned int)number(event, "workers", UINT_MAX);
	free(view->now);
	view->view.now = view->now = name ? strdup(name) : NULL;
}

static void take_end(struct status_view *view, const struct json *event)
{
	take_view(&view->view, event);
	view->view.files_total = number(event, "files_total", INT64_MAX);
	view->view.bytes_total = number(event, "bytes_total", INT64_MAX);
	view->view.phase = PROGRESS_ENDED;
	view->view.growing = false;
	view->view.unknown = false;
	view->ended = true;
	view->status = (int)number(event, "status", UCHAR_MAX);
	view->signal = (int)number(event, "signal", CHAR_MAX);
}

void status_view_take(struct status_view *view, const char *line, size_t length)
{
	struct json *event = json_parse(line, length);
	const char *kind = json_text_of(json_find(event, "event"), NULL);

	if (kind && number(event, "v", UINT_MAX) != STATUS_EVENT_VERSION) {
		view->strange = true;
	} else if (kind) {
		view->anything = true;
		if (strcmp(kind, "start") == 0)
			take_start(view, event);
		else if (strcmp(kind, "plan") == 0)
			take_plan(&view->view, event);
		else if (strcmp(kind, "progress") == 0)
			take_progress(view, event);
		else if (strcmp(kind, "end") == 0)
			take_end(view, event);
	}
	json_drop(event);
}

void status_view_free(struct status_view *view)
{
	free(view->now);
	view->now = NULL;
}
