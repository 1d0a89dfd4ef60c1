/* SPDX-License-Identifier: MIT */
/*
 * What --status says, as JSON.
 */
#include "config.h"

#include "status_event.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine.h"
#include "json_name.h"
#include "util.h"

/* Bytes of names that workers are at: one event is no larger than a queue. */
#define NAMES_MAX 65536

/* Seconds, with thousandths. */
static double seconds(uint64_t nanoseconds)
{
	return (double)(nanoseconds / 1000000) / 1000;
}

static struct json *begin(const char *event)
{
	struct json *object = json_new_object();
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	json_put_text(object, "event", event);
	json_put_number(object, "v", STATUS_EVENT_VERSION);
	json_put_real(object, "time",
		      (double)now.tv_sec +
			      (double)(now.tv_nsec / 1000000) / 1000);
	return object;
}

struct json *status_event_of_start(const struct status_event_start *start)
{
	struct json *object = begin("start");

	json_name_put_all(object, "command", start->command_count,
			  start->command);
	json_name_put_all(object, "options", start->option_count,
			  start->options);
	json_name_put_all(object, "sources", start->source_count,
			  start->sources);
	if (start->dest)
		json_name_put(object, "destination", start->dest);
	json_put_number(object, "pid", (uint64_t)getpid());
	json_put_number(object, "workers", start->workers);
	return object;
}

struct json *status_event_of_plan(const struct progress_view *view)
{
	struct json *object = begin("plan");

	json_put_number(object, "files", view->files_total);
	json_put_number(object, "bytes", view->bytes_total);
	json_put_bool(object, "final", !view->growing && !view->unknown);
	json_put_bool(object, "known", !view->unknown);
	return object;
}

/* How far it is, and how fast: of progress and end. */
static void put_view(struct json *object, const struct progress_view *view)
{
	json_put_number(object, "files", view->files);
	json_put_number(object, "bytes", view->bytes);
	json_put_number(object, "permille", view->permille);
	json_put_real(object, "elapsed", seconds(view->elapsed));
	json_put_number(object, "rate_overall", view->rate_overall);
	json_put_number(object, "errors", view->errors);
}

/* A process that copies, and what. */
static void add_doing(struct json *doing, pid_t pid, const char *name)
{
	struct json *object = json_new_object();

	json_put_number(object, "pid", (uint64_t)pid);
	if (name && *name)
		json_name_put(object, "name", name);
	json_add(doing, object);
}

static void put_doing(struct json *object, const struct progress *progress)
{
	struct json *doing = json_new_array();
	size_t length = 0;
	unsigned int i;

	if (progress->worker_count == 0 || progress->now[0])
		add_doing(doing, getpid(), progress->now);
	for (i = 0; i < progress->worker_count; i++) {
		const struct progress_worker *worker = &progress->worker[i];

		/* 64: what stands around a name. */
		length += 64 + (worker->now ? strlen(worker->now) : 0);
		if (length > NAMES_MAX)
			break;
		if (worker->pid > 0)
			add_doing(doing, worker->pid, worker->now);
	}
	json_put(object, "doing", doing);
}

struct json *status_event_of_progress(const struct progress_view *view,
				      const struct progress *progress)
{
	struct json *object = begin("progress");

	put_view(object, view);
	json_put_text(object, "phase",
		      view->phase == PROGRESS_WRITING_BACK ? "writing-back"
							   : "copying");
	if (view->to_write_back > 0) {
		json_put_number(object, "to_write_back", view->to_write_back);
		json_put_number(object, "written_back", view->written_back);
	}
	json_put_number(object, "rate", view->rate);
	if (view->left_known)
		json_put_real(object, "left", seconds(view->left));
	json_put_number(object, "workers", view->workers);
	if (view->now)
		json_name_put(object, "name", view->now);
	put_doing(object, progress);
	return object;
}

struct json *status_event_of_file(const struct status_event_file *file)
{
	static const char *const outcomes[] = {
		[STATUS_EVENT_COPIED] = "copied",
		[STATUS_EVENT_MADE] = "made",
		[STATUS_EVENT_LINKED] = "linked",
		[STATUS_EVENT_SKIPPED] = "skipped",
		[STATUS_EVENT_FAILED] = "failed",
	};
	struct json *object = begin("file");

	_Static_assert(UTIL_COUNT(outcomes) == STATUS_EVENT_OUTCOMES,
		       "every outcome has its name");
	json_name_put(object, "name", file->name);
	if (file->engine != OPTIONS_ENGINE_AUTO)
		json_put_text(object, "engine", engine_name(file->engine));
	json_put_number(object, "bytes", file->bytes);
	json_put_real(object, "seconds",
		      (double)(file->nanoseconds / 1000) / 1000000);
	json_put_text(object, "outcome", outcomes[file->outcome]);
	return object;
}

struct json *status_event_of_error(const struct err_told *parts)
{
	struct json *object = begin("error");

	json_put_text(object, "operation", parts->operation);
	if (parts->name)
		json_name_put(object, "name", parts->name);
	if (parts->errnum > 0)
		json_put_number(object, "errno", (uint64_t)parts->errnum);
	if (parts->signal > 0)
		json_put_number(object, "signal", (uint64_t)parts->signal);
	json_name_put(object, "text", parts->text);
	return object;
}

static void put_pair(struct json *object, const char *key, uint64_t files,
		     uint64_t bytes)
{
	struct json *pair = json_new_object();

	json_put_number(pair, "files", files);
	json_put_number(pair, "bytes", bytes);
	json_put(object, key, pair);
}

static void put_tally(struct json *object, const struct tally *tally)
{
	const uint64_t *count = tally->count;
	struct json *engines = json_new_object();
	struct json *kinds = json_new_object();
	size_t i;

	put_pair(object, "copied", count[TALLY_FILES], count[TALLY_BYTES]);
	put_pair(object, "skipped", count[TALLY_SKIPPED_FILES],
		 count[TALLY_SKIPPED_BYTES]);
	put_pair(object, "failed", count[TALLY_FAILED_FILES],
		 count[TALLY_FAILED_BYTES]);
	json_put_number(object, "directories", count[TALLY_DIRECTORIES]);
	json_put_number(object, "symlinks", count[TALLY_SYMLINKS]);
	json_put_number(object, "hard_links", count[TALLY_HARD_LINKS]);
	json_put_number(object, "others", count[TALLY_OTHERS]);
	json_put_number(object, "holes", count[TALLY_HOLES]);
	for (i = 0; i < OPTIONS_ENGINES; i++)
		if (count[TALLY_BY_ENGINE + i] > 0)
			json_put_number(engines,
					engine_name((enum options_engine)i),
					count[TALLY_BY_ENGINE + i]);
	json_put(object, "engines", engines);
	for (i = 0; i < TALLY_ERRORS; i++)
		if (count[TALLY_BY_ERROR + i] > 0)
			json_put_number(kinds,
					tally_error_name((enum tally_error)i),
					count[TALLY_BY_ERROR + i]);
	json_put(object, "errors_by_kind", kinds);
}

struct json *status_event_of_end(const struct status_event_end *end)
{
	struct json *object = begin("end");

	json_put_number(object, "status", (uint64_t)end->status);
	if (end->signal > 0)
		json_put_number(object, "signal", (uint64_t)end->signal);
	put_view(object, end->view);
	json_put_number(object, "files_total", end->view->files_total);
	json_put_number(object, "bytes_total", end->view->bytes_total);
	put_tally(object, end->tally);
	return object;
}

/* TEXT, which is freed, with a newline; NULL: no memory. */
static char *make_line(char *text)
{
	size_t length = text ? strlen(text) : 0;
	char *line = text ? realloc(text, length + 2) : NULL;

	if (!line) {
		free(text);
		return NULL;
	}
	memcpy(line + length, "\n", 2);
	return line;
}

char *status_event_compose(const void *event, uint64_t lost)
{
	char *text = json_print(event);
	struct json *own;

	if (!text || lost == 0)
		return make_line(text);
	/* EVENT is for others, too. */
	own = json_parse(text, strlen(text));
	json_put_number(own, "lost", lost);
	free(text);
	text = json_print(own);
	json_drop(own);
	return make_line(text);
}
