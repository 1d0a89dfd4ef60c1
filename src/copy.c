/* SPDX-License-Identifier: MIT */
/*
 * One job, start to finish: the same in a worker and in the parent.
 */
#include "config.h"

#include "copy.h"

#include <errno.h>
#include <stdlib.h>

#include "util.h"

struct copy_file {
	uint64_t id;
	int source;
	int dest;
	int missing; /* errno: why they are not there */
	enum options_engine engine;
	bool forced;
	enum job_zeros zeros;
};

static int on_step(void *arg, uint64_t done)
{
	struct copy *copy = arg;

	return copy->tick(copy->arg, copy->job, done);
}

struct copy copy_init(int (*tick)(void *, const struct job *, uint64_t),
		      void *arg)
{
	return (struct copy){ .tick = tick, .arg = arg };
}

static struct copy_file *find(struct copy *copy, uint64_t id)
{
	size_t i;

	for (i = 0; i < copy->count; i++)
		if (copy->files[i].id == id)
			return &copy->files[i];
	return NULL;
}

static void let_go(const struct copy *copy, struct copy_file *file)
{
	if (copy->borrows)
		return;
	util_close(&file->source);
	util_close(&file->dest);
}

/* A file that cannot be remembered is missed, and said so, by its chunks. */
static void remember(struct copy *copy, const struct job *job)
{
	struct copy_file *files;

	files = reallocarray(copy->files, copy->count + 1, sizeof(*files));
	if (!files) {
		struct copy_file unknown = { .source = job->source_fd,
					     .dest = job->dest_fd };

		let_go(copy, &unknown);
		return;
	}
	files[copy->count++] = (struct copy_file){
		.id = job->file,
		.source = job->source_fd,
		.dest = job->dest_fd,
		.missing = job->missing,
		.engine = job->engine,
		.forced = job->forced,
		.zeros = job->zeros,
	};
	copy->files = files;
}

static void forget(struct copy *copy, struct copy_file *file)
{
	let_go(copy, file);
	*file = copy->files[--copy->count];
}

static enum copy_result copy_chunk(struct copy *copy, const struct job *job,
				   struct record *record)
{
	struct copy_file *file = find(copy, job->file);
	struct engine_range range = { .offset = job->offset,
				      .length = job->length };
	enum engine_result result;

	*record = (struct record){ .job = job->id, .type = RECORD_FAILED };
	if (!file || file->source < 0 || file->dest < 0) {
		err_set_num(&record->err, ERR_OPEN_SOURCE,
			    file ? file->missing : ENOMEM);
		return COPY_RECORD;
	}
	range.source = file->source;
	range.dest = file->dest;
	range.zeros = file->zeros;
	copy->job = job;
	copy->work.step = on_step;
	copy->work.step_arg = copy;
	result = engine_copy(file->engine, file->forced, &copy->work, &range,
			     &record->err);
	record->bytes = range.done;
	if (result == ENGINE_STOPPED)
		return COPY_STOPPED;
	if (result == ENGINE_DONE)
		record->type = RECORD_DONE;
	return COPY_RECORD;
}

enum copy_result copy_run(struct copy *copy, const struct job *job,
			  struct record *record)
{
	struct copy_file *file;

	switch (job->type) {
	case JOB_FILE:
		remember(copy, job);
		return COPY_SILENT;
	case JOB_CHUNK:
		return copy_chunk(copy, job, record);
	case JOB_FORGET:
		file = find(copy, job->file);
		if (file)
			forget(copy, file);
		return COPY_SILENT;
	case JOB_BATCH:
		break;
	}
	abort(); /* these are all that are for us */
}

void copy_free(struct copy *copy)
{
	while (copy->count > 0)
		forget(copy, &copy->files[copy->count - 1]);
	free(copy->files);
	copy->files = NULL;
	engine_work_free(&copy->work);
}
