/* SPDX-License-Identifier: MIT */
/*
 * The pool's queue: jobs that wait, and how they reach a worker.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pool_work.h"
#include "util.h"

int pool_enqueue(struct pool *pool, const struct pool_job *job)
{
	struct pool_job *queue = util_grow(pool->queue, &pool->capacity,
					   pool->count + 1, sizeof(*queue));

	if (!queue)
		return -1;
	pool->queue = queue;
	pool->queue[pool->count++] = *job;
	return 0;
}

int pool_enqueue_batch(struct pool *pool, const struct job *job)
{
	struct pool_job own = { .job = *job };
	uint8_t *bytes = malloc(job->body.length);

	if (!bytes)
		return -1;
	memcpy(bytes, job->body.bytes, job->body.length);
	own.job.body.bytes = bytes;
	if (pool_enqueue(pool, &own) == 0)
		return 0;
	free(bytes);
	return -1;
}

void pool_free_body(struct job *job)
{
	free((void *)job->body.bytes);
	job->body = (struct job_body){ NULL, 0 };
}

struct pool_file *pool_find_file(struct pool *pool, uint64_t id)
{
	size_t i;

	for (i = 0; i < pool->file_count; i++)
		if (pool->files[i].job.file == id)
			return &pool->files[i];
	return NULL;
}

int pool_add_file(struct pool *pool, const struct job *job)
{
	struct pool_file *files;
	bool *known = calloc(pool->backend.workers, sizeof(*known));

	files = reallocarray(pool->files, pool->file_count + 1, sizeof(*files));
	if (files)
		pool->files = files;
	if (!files || !known) {
		free(known);
		return -1;
	}
	files[pool->file_count++] =
		(struct pool_file){ .job = *job, .known = known };
	return 0;
}

static void post(struct pool_worker *worker, const struct job *job)
{
	worker->outbox_length +=
		wire_encode_job(job, worker->outbox + worker->outbox_length);
}

static bool has_room(const struct pool_worker *worker, size_t length)
{
	return sizeof(worker->outbox) - worker->outbox_length >= length;
}

void pool_forget_file(struct pool *pool, const struct job *job)
{
	struct pool_file *file = pool_find_file(pool, job->file);
	unsigned int i;

	if (!file)
		return;
	for (i = 0; i < pool->backend.workers; i++) {
		struct pool_worker *worker = &pool->workers[i];

		if (worker->ends.jobs < 0 || !file->known[i])
			continue;
		/* No room: it has not read for long, and is better replaced. */
		if (has_room(worker, WIRE_SMALL)) {
			/* At once: it holds the file open for writing. */
			post(worker, job);
			pool_flush(worker);
		} else if (worker->pid > 0)
			kill(worker->pid, SIGKILL);
	}
	free(file->known);
	*file = pool->files[--pool->file_count];
}

/* Handing out */

/* Tells WORKER of the file of JOB if it does not know it. */
static int announce(struct pool *pool, struct pool_worker *worker,
		    const struct job *job)
{
	struct pool_file *file;
	size_t index = (size_t)(worker - pool->workers);

	if (job->type == JOB_BATCH)
		return 0;
	file = pool_find_file(pool, job->file);
	if (file->known[index])
		return 0;
	if (worker_send_files(worker->ends.descriptors, job->file,
			      file->job.source_fd, file->job.dest_fd) < 0)
		return -1;
	post(worker, &file->job);
	file->known[index] = true;
	return 0;
}

static bool can_take(const struct pool_worker *worker, const struct job *job)
{
	/* A batch may take long, and one more must not wait behind it. */
	unsigned int window = job->type == JOB_BATCH ? 1
						     : job_window(job->length);

	return worker->ends.jobs >= 0 && worker->count < window &&
	       has_room(worker, 2 * WIRE_SMALL + job->body.length);
}

/* The worker that has least to do and can take JOB, or NULL. */
static struct pool_worker *find_worker(struct pool *pool, const struct job *job)
{
	struct pool_worker *best = NULL;
	unsigned int i;

	for (i = 0; i < pool->backend.workers; i++) {
		struct pool_worker *worker = &pool->workers[i];

		if (can_take(worker, job) &&
		    (!best || worker->count < best->count))
			best = worker;
	}
	return best;
}

void pool_hand_out(struct pool *pool)
{
	uint64_t since = pool->retries_since;

	pool->retries_since = 0;
	while (pool->count > 0) {
		struct pool_job *next = &pool->queue[pool->count - 1];
		struct pool_worker *worker = find_worker(pool, &next->job);

		if (!worker)
			return;
		if (announce(pool, worker, &next->job) < 0) {
			pool->retries_since = since ? since : util_now();
			return;
		}
		since = 0;
		post(worker, &next->job);
		worker->running[worker->count++] = *next;
		pool->count--;
	}
}

void pool_flush(struct pool_worker *worker)
{
	ssize_t written;

	if (worker->ends.jobs < 0 || worker->outbox_length == 0)
		return;
	do
		written = write(worker->ends.jobs, worker->outbox,
				worker->outbox_length);
	while (written < 0 && errno == EINTR);
	/* EAGAIN: later. EPIPE: it is dead, which its record pipe tells. */
	if (written <= 0)
		return;
	worker->outbox_length -= (size_t)written;
	memmove(worker->outbox, worker->outbox + written,
		worker->outbox_length);
}
