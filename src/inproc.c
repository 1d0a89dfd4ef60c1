/* SPDX-License-Identifier: MIT */
/*
 * The backend without processes: jobs are done here, when their record is
 * asked for.
 */
#include "config.h"

#include "inproc.h"

#include <stdlib.h>
#include <string.h>

#include "copy.h"
#include "util.h"

struct inproc {
	struct backend backend;
	struct signals *signals;
	struct copy copy;
	struct job *queue; /* chunks, first come first served */
	size_t count;
	size_t capacity;
};

static int on_tick(void *arg, const struct job *job, uint64_t done)
{
	struct inproc *inproc = arg;
	const struct record progress = {
		.type = RECORD_PROGRESS,
		.job = job->id,
		.bytes = done,
	};

	if (inproc->backend.hear)
		inproc->backend.hear(inproc->backend.hear_arg, &progress);
	return signals_drain_sometimes(inproc->signals);
}

static int enqueue(struct inproc *inproc, const struct job *job)
{
	struct job *queue = util_grow(inproc->queue, &inproc->capacity,
				      inproc->count + 1, sizeof(*queue));

	if (!queue)
		return -1;
	inproc->queue = queue;
	inproc->queue[inproc->count++] = *job;
	return 0;
}

static int inproc_submit(struct backend *backend, const struct job *job)
{
	struct inproc *inproc = (struct inproc *)backend;
	struct record none;

	if (job->type == JOB_CHUNK)
		return enqueue(inproc, job);
	copy_run(&inproc->copy, job, &none);
	return 0;
}

static int inproc_next(struct backend *backend, struct record *record)
{
	struct inproc *inproc = (struct inproc *)backend;
	struct job job = inproc->queue[0];

	/* Chunks may be smaller than what a tick waits for. */
	if (signals_drain_sometimes(inproc->signals) != 0)
		return -1;
	inproc->count--;
	memmove(inproc->queue, inproc->queue + 1,
		inproc->count * sizeof(*inproc->queue));
	return copy_run(&inproc->copy, &job, record) == COPY_STOPPED ? -1 : 0;
}

static void inproc_finish(struct backend *backend, bool abandon)
{
	struct inproc *inproc = (struct inproc *)backend;

	(void)abandon;
	copy_free(&inproc->copy);
	free(inproc->queue);
	free(inproc);
}

static const struct backend_ops inproc_ops = {
	.submit = inproc_submit,
	.next = inproc_next,
	.finish = inproc_finish,
};

struct backend *inproc_start(struct signals *signals)
{
	struct inproc *inproc = calloc(1, sizeof(*inproc));

	if (!inproc)
		return NULL;
	inproc->queue =
		util_grow(NULL, &inproc->capacity, 1, sizeof(*inproc->queue));
	if (!inproc->queue) {
		free(inproc);
		return NULL;
	}
	inproc->backend.ops = &inproc_ops;
	inproc->backend.workers = 1;
	inproc->signals = signals;
	inproc->copy = copy_init(on_tick, inproc);
	/*
	 * Who sends a file has it open until it is forgotten. To need more
	 * would be to fail for want of them when an existing file is already
	 * cut.
	 */
	inproc->copy.borrows = true;
	return &inproc->backend;
}
