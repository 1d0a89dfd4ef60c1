/* SPDX-License-Identifier: MIT */
/*
 * The backend of forked worker processes.
 *
 *     submit -> queue -> a worker's running jobs -> its pipe
 *     its pipe -> inbox -> next
 *
 * Each worker holds a few jobs, so that the next one is there when one is
 * done; all others wait here. The parent never blocks on a worker: job pipes
 * are written when they have room, record pipes are always drained first.
 *
 * A worker that dies is noticed by the end of its record pipe, when all that
 * it said has been read. The chunk at which it died (its slot tells) is charged
 * with a death, and a second death makes it a failure; a batch, of which some
 * may be done, is a failure at once, of which the slot goes to who submitted
 * it. Its other jobs go back to the queue, and
 * another worker is forked in its place. When no worker is left and none can be
 * had, the rest of the chunks is done in this process, and batches are given
 * back.
 */
#include "config.h"

#include "pool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inproc.h"
#include "pool_work.h"
#include "util.h"

/* Milliseconds before a job that could not be handed out is tried again. */
#define RETRY_PAUSE 10

/* Nanoseconds after which it is done without a worker. */
#define STUCK_TIME UTIL_SECOND

/*
 * Fills pool->poll behind the signals with what exists, and no more: poll(2)
 * refuses more entries than RLIMIT_NOFILE, also of -1. Returns how many.
 */
static size_t fill_poll(struct pool *pool)
{
	size_t count = 1;
	unsigned int i;

	for (i = 0; i < pool->backend.workers; i++) {
		struct pool_worker *worker = &pool->workers[i];

		if (worker->ends.records < 0)
			continue;
		worker->polled = &pool->poll[count];
		pool->poll[count++] = (struct pollfd){
			.fd = worker->ends.records,
			.events = POLLIN,
		};
		if (worker->outbox_length > 0)
			pool->poll[count++] = (struct pollfd){
				.fd = worker->ends.jobs,
				.events = POLLOUT,
			};
	}
	return count;
}

/*
 * Waits until a worker or a signal has something to say, and reads it. A
 * worker is buried only when nothing it said is left in its inbox.
 */
static int listen_to_workers(struct pool *pool)
{
	size_t count = fill_poll(pool);
	unsigned int i;

	if (signals_wait(pool->signals, pool->poll, count,
			 pool->retries_since ? RETRY_PAUSE : -1) != 0)
		return -1;
	if (pool->signals->child)
		pool_reap(pool);
	for (i = 0; i < pool->backend.workers && !pool->has_lost; i++) {
		struct pool_worker *worker = &pool->workers[i];

		if (worker->ends.records >= 0 && worker->polled->revents != 0 &&
		    wire_fill(&worker->inbox, worker->ends.records) == 0)
			pool_bury(pool, i);
	}
	return 0;
}

/* The backend */

/*
 * With no worker left, what is still to be done is done here, a job at a time:
 * so it needs no memory, for want of which there may be no worker.
 */
static void fall_back(struct pool *pool)
{
	size_t i;

	pool->alone = true;
	for (i = 0; i < pool->file_count; i++)
		pool->inproc->ops->submit(pool->inproc, &pool->files[i].job);
}

static int do_here(struct pool *pool, struct record *record)
{
	struct backend *inproc = pool->inproc;

	inproc->hear = pool->backend.hear;
	inproc->hear_arg = pool->backend.hear_arg;
	inproc->ops->submit(inproc, &pool->queue[--pool->count].job);
	return inproc->ops->next(inproc, record);
}

/*
 * Whether no worker has been told of a file for long, and none has anything to
 * do: of one user only so many descriptors may be on their way to others
 * (unix(7), ETOOMANYREFS), and they may be somebody else's, for ever.
 */
static bool is_stuck(const struct pool *pool)
{
	unsigned int i;

	if (pool->retries_since == 0 ||
	    util_now() - pool->retries_since < STUCK_TIME)
		return false;
	for (i = 0; i < pool->backend.workers; i++)
		if (pool->workers[i].count > 0)
			return false;
	return true;
}

/* Does the next chunk here, so that it goes on, however slowly. */
static int do_one_here(struct pool *pool, struct record *record)
{
	struct backend *inproc = pool->inproc;
	const struct job *job = &pool->queue[pool->count - 1].job;
	const struct job forget = { .type = JOB_FORGET, .file = job->file };
	int result;

	inproc->ops->submit(inproc, &pool_find_file(pool, job->file)->job);
	result = do_here(pool, record);
	inproc->ops->submit(inproc, &forget);
	return result;
}

static int pool_submit(struct backend *backend, const struct job *job)
{
	struct pool *pool = (struct pool *)backend;
	struct pool_job own = { .job = *job };

	if (pool->alone && (job->type == JOB_FILE || job->type == JOB_FORGET))
		return pool->inproc->ops->submit(pool->inproc, job);
	switch (job->type) {
	case JOB_FILE:
		return pool_add_file(pool, job);
	case JOB_CHUNK:
		return pool_enqueue(pool, &own);
	case JOB_BATCH:
		return pool_enqueue_batch(pool, job);
	case JOB_FORGET:
		pool_forget_file(pool, job);
		break;
	}
	return 0;
}

/* With no worker left, a batch is its owner's again. */
static bool give_back(struct pool *pool, struct record *record)
{
	struct job *job;

	if (pool->alive > 0 || pool->count == 0)
		return false;
	job = &pool->queue[pool->count - 1].job;
	if (job->type != JOB_BATCH)
		return false;
	*record = (struct record){
		.type = RECORD_RETURNED,
		.job = job->id,
		.body = pool_keep_body(pool, job->body),
	};
	pool_free_body(job);
	pool->count--;
	return true;
}

/*
 * So many batches more would keep all busy when they have done theirs; and
 * whether somebody looks on.
 */
static void tell_wanted(struct pool *pool)
{
	int queued = (int)pool->count, workers = (int)pool->backend.workers;
	const struct signals_watch *watch = pool->signals->watch;

	atomic_store_explicit(&pool->board->watched, watch && watch->looking,
			      memory_order_relaxed);
	atomic_store_explicit(&pool->board->wanted,
			      queued < workers ? workers - queued : 0,
			      memory_order_relaxed);
}

static int pool_next(struct backend *backend, struct record *record)
{
	struct pool *pool = (struct pool *)backend;
	unsigned int i;

	for (;;) {
		if (pool_take_lost(pool, record) || give_back(pool, record))
			return 0;
		if (pool->alone)
			return do_here(pool, record);
		pool_hand_out(pool);
		if (is_stuck(pool))
			return do_one_here(pool, record);
		tell_wanted(pool);
		for (i = 0; i < pool->backend.workers; i++)
			pool_flush(&pool->workers[i]);
		if (pool_take_record(pool, record))
			return 0;
		if (pool->alive == 0)
			fall_back(pool);
		else if (listen_to_workers(pool) < 0)
			return -1;
	}
}

static void pool_free(struct pool *pool)
{
	if (pool->signals->forward_arg == pool)
		pool->signals->forward = NULL;
	while (pool->file_count > 0)
		free(pool->files[--pool->file_count].known);
	while (pool->count > 0)
		pool_free_body(&pool->queue[--pool->count].job);
	if (pool->board)
		munmap(pool->board, sizeof(*pool->board));
	if (pool->slots)
		munmap(pool->slots, ((size_t)pool->backend.workers + 1) *
					    sizeof(*pool->slots));
	if (pool->inproc)
		pool->inproc->ops->finish(pool->inproc, true);
	free(pool->files);
	free(pool->queue);
	free(pool->poll);
	if (pool->workers)
		munmap(pool->workers,
		       pool->backend.workers * sizeof(*pool->workers));
	free(pool);
}

/*
 * Nanoseconds that workers have to clean up behind themselves, once told: one
 * may have a file under a hidden name, where there are no nameless ones.
 */
#define QUIT_TIME UINT64_C(2000000000)

/* Milliseconds between two looks at workers that leave. */
#define QUIT_PAUSE 20

/* Tells the workers to leave everything, once. */
static void tell_to_quit(struct pool *pool)
{
	unsigned int i;

	if (pool->quit_by != 0)
		return;
	pool->quit_by = util_now() + QUIT_TIME;
	pool->respawns = 0;
	atomic_store(&pool->board->wanted, WORKER_QUIT);
	for (i = 0; i < pool->backend.workers; i++)
		util_close(&pool->workers[i].ends.jobs);
}

/* Those who have not left in time are made to. */
static void kill_all(struct pool *pool)
{
	unsigned int i;

	for (i = 0; i < pool->backend.workers; i++)
		if (pool->workers[i].pid > 0)
			kill(pool->workers[i].pid, SIGKILL);
}

/* Reads what those say who leave, and buries one: whether anybody is left. */
static bool hear_leaving(struct pool *pool)
{
	bool anybody = false;
	unsigned int i;

	for (i = 0; i < pool->backend.workers && !pool->has_lost; i++) {
		struct pool_worker *worker = &pool->workers[i];

		if (worker->ends.records < 0)
			continue;
		if (wire_fill(&worker->inbox, worker->ends.records) == 0)
			pool_bury(pool, i);
		else
			anybody = true;
	}
	return anybody;
}

bool pool_dismiss(struct backend *backend, struct record *record)
{
	struct pool *pool = (struct pool *)backend;

	tell_to_quit(pool);
	for (;;) {
		bool anybody;

		if (pool_take_record(pool, record))
			return true;
		anybody = hear_leaving(pool);
		if (pool_take_record(pool, record))
			return true;
		if (!anybody)
			return give_back(pool, record);
		if (util_now() >= pool->quit_by)
			kill_all(pool);
		poll(NULL, 0, QUIT_PAUSE);
	}
}

/*
 * Waits for workers that have nothing left to do: who is stopped is to go on.
 */
static void see_off(struct pool *pool)
{
	struct pollfd heard;

	while (pool_reap(pool) > 0) {
		if (signals_wait(pool->signals, &heard, 1, QUIT_PAUSE) != 0)
			kill_all(pool);
		else
			pool_continue(pool);
	}
}

static void pool_finish(struct backend *backend, bool abandon)
{
	struct pool *pool = (struct pool *)backend;
	unsigned int i;
	size_t k;

	if (abandon)
		tell_to_quit(pool);
	for (i = 0; i < pool->backend.workers; i++) {
		struct pool_worker *worker = &pool->workers[i];

		/* The end of its jobs ends a worker. */
		pool_close_ends(&worker->ends);
		for (k = 0; k < worker->count; k++)
			pool_free_body(&worker->running[k].job);
	}
	if (abandon)
		kill_all(pool);
	see_off(pool);
	pool_free(pool);
}

static const struct backend_ops pool_ops = {
	.submit = pool_submit,
	.next = pool_next,
	.finish = pool_finish,
};

/* COUNT items of SIZE bytes, zeroed, in pages of their own; NULL: none. */
static void *map_pages(size_t count, size_t size, int sharing)
{
	void *pages = mmap(NULL, count * size, PROT_READ | PROT_WRITE,
			   sharing | MAP_ANONYMOUS, -1, 0);

	return pages == MAP_FAILED ? NULL : pages;
}

static int allocate(struct pool *pool, unsigned int workers)
{
	pool->workers = map_pages(workers, sizeof(*pool->workers), MAP_PRIVATE);
	/* With 4096 workers it is 26 MiB, which none of them should carry. */
	if (pool->workers)
		madvise(pool->workers, workers * sizeof(*pool->workers),
			MADV_DONTFORK);
	pool->poll = calloc(2 * (size_t)workers + 1, sizeof(*pool->poll));
	pool->slots = map_pages((size_t)workers + 1, sizeof(*pool->slots),
				MAP_SHARED | MAP_NORESERVE);
	pool->board = map_pages(1, sizeof(*pool->board), MAP_SHARED);
	pool->inproc = inproc_start(pool->signals);
	return pool->workers && pool->poll && pool->slots && pool->board &&
			       pool->inproc
		       ? 0
		       : -1;
}

const struct worker_slot *pool_left(const struct backend *backend,
				    uint64_t *heard)
{
	const struct pool *pool = (const struct pool *)backend;

	*heard = pool->spare_heard;
	return pool->has_left ? pool->spare : NULL;
}

void pool_serve(struct backend *backend, const struct worker_server *server)
{
	((struct pool *)backend)->server = server;
}

struct backend *pool_start(struct signals *signals, unsigned int workers,
			   const struct worker_server *server)
{
	struct pool *pool = calloc(1, sizeof(*pool));
	unsigned int i;
	int saved;

	if (!pool)
		return NULL;
	workers = pool_make_room(workers);
	pool->signals = signals;
	pool->server = server;
	pool->backend.ops = &pool_ops;
	pool->backend.workers = workers;
	if (allocate(pool, workers) == 0) {
		signals->forward = pool_forward;
		signals->forward_arg = pool;
		pool->respawns = 2 * workers + JOB_WINDOW;
		for (i = 0; i < workers; i++) {
			pool->workers[i].ends =
				(struct worker_ends){ -1, -1, -1 };
			pool->workers[i].slot = &pool->slots[i];
		}
		pool->spare = &pool->slots[workers];
		for (i = 0; i < workers; i++)
			if (pool_spawn(pool, i) < 0)
				break;
		if (pool->alive > 0)
			return &pool->backend;
	}
	saved = errno;
	pool_free(pool);
	errno = saved;
	return NULL;
}
