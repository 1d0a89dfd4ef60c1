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
 * it said has been read. The job at which it died (its slot tells) is charged
 * with a death, and a second death makes it a failure; its jobs go back to the
 * queue, and another worker is forked in its place. When no worker is left and
 * none can be had, the rest is done in this process.
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
#include "util.h"
#include "wire.h"
#include "worker.h"

/* Descriptors of the parent for a worker, and for all else it does. */
#define FDS_PER_WORKER 3
#define FDS_OF_PARENT 64

/* Milliseconds before a job that could not be handed out is tried again. */
#define RETRY_PAUSE 10

struct pool_job {
	struct job job;
	unsigned int deaths; /* of workers that were at it */
};

struct pool_file {
	struct job job;
	bool *known; /* by worker: it was told of the file */
};

struct pool_worker {
	pid_t pid;		 /* 0: was reaped, or never was */
	int status;		 /* of waitpid(2), when it was reaped */
	struct worker_ends ends; /* the parent's: -1 when there is no worker */
	struct pool_job running[JOB_WINDOW];
	size_t count;
	bool unheard; /* it talked nonsense, and is not listened to any more */
	struct wire_inbox inbox;
	struct pollfd *polled; /* its record pipe's entry in pool->poll */
	/* What the job pipe had no room for yet. */
	uint8_t outbox[2 * JOB_WINDOW * WIRE_MAX];
	size_t outbox_length;
};

struct pool {
	struct backend backend;
	struct signals *signals;
	struct worker_slot *slots; /* shared, one for each worker */
	struct pool_worker *workers;
	unsigned int alive;
	unsigned int respawns; /* still to be granted */
	struct pollfd *poll;   /* the signals, then up to two a worker */

	struct pool_job *queue; /* waiting, the last one is the next */
	size_t count;
	size_t capacity;
	struct pool_file *files;
	size_t file_count;
	bool retry;		/* see hand_out */
	struct backend *inproc; /* once there is no worker any more */
	struct record lost;	/* a failure that no worker could tell */
	bool has_lost;
};

/* Starting and ending workers */

static void close_ends(struct worker_ends *ends)
{
	util_close(&ends->jobs);
	util_close(&ends->records);
	util_close(&ends->descriptors);
}

/* The pipes between parent and worker: 0, or -1 and none is open. */
static int open_ends(struct worker_ends *ours, struct worker_ends *theirs)
{
	int jobs[2] = { -1, -1 }, records[2] = { -1, -1 };
	int sockets[2] = { -1, -1 };
	int result = 0;

	if (pipe2(jobs, O_CLOEXEC) < 0 || pipe2(records, O_CLOEXEC) < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) <
		    0 ||
	    fcntl(jobs[1], F_SETFL, O_NONBLOCK) < 0 ||
	    fcntl(records[0], F_SETFL, O_NONBLOCK) < 0)
		result = -1;
	*ours = (struct worker_ends){ jobs[1], records[0], sockets[0] };
	*theirs = (struct worker_ends){ jobs[0], records[1], sockets[1] };
	if (result < 0) {
		int saved = errno;

		close_ends(ours);
		close_ends(theirs);
		errno = saved;
	}
	return result;
}

/* Forks worker INDEX. Returns 0, or -1 with errno. */
static int spawn(struct pool *pool, unsigned int index)
{
	struct pool_worker *worker = &pool->workers[index];
	struct worker_slot *slot = &pool->slots[index];
	struct worker_ends theirs;
	pid_t parent = getpid(), child;

	if (open_ends(&worker->ends, &theirs) < 0)
		return -1;
	atomic_store(&slot->job, 0);
	child = fork();
	if (child == 0) /* *worker is not there: see allocate */
		worker_main(theirs, slot, pool->signals, parent);
	close_ends(&theirs);
	if (child < 0) {
		close_ends(&worker->ends);
		return -1;
	}
	worker->pid = child;
	worker->unheard = false;
	worker->inbox.length = 0;
	worker->outbox_length = 0;
	worker->count = 0;
	pool->alive++;
	return 0;
}

/* What the terminal's stop key did to us, done to the workers. */
static void forward(void *arg, int number)
{
	struct pool *pool = arg;
	unsigned int i;

	for (i = 0; i < pool->backend.workers; i++)
		if (pool->workers[i].pid > 0)
			kill(pool->workers[i].pid, number);
}

/* Room for the descriptors of WORKERS workers, as far as we may. */
static void raise_fd_limit(unsigned int workers)
{
	rlim_t wanted = (rlim_t)workers * FDS_PER_WORKER + FDS_OF_PARENT;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Waits for the end of a worker that ends or was killed. */
static void wait_for(struct pool_worker *worker)
{
	while (worker->pid > 0 &&
	       waitpid(worker->pid, &worker->status, 0) < 0 && errno == EINTR)
		;
	worker->pid = 0;
}

/* Takes note of the workers that ended; never of children not ours. */
static void reap(struct pool *pool)
{
	unsigned int i;

	pool->signals->child = false;
	for (i = 0; i < pool->backend.workers; i++) {
		struct pool_worker *worker = &pool->workers[i];

		if (worker->pid > 0 && waitpid(worker->pid, &worker->status,
					       WNOHANG) == worker->pid)
			worker->pid = 0;
	}
}

/* The queue */

static int enqueue(struct pool *pool, const struct pool_job *job)
{
	if (pool->count == pool->capacity) {
		size_t capacity = pool->capacity * 2 + JOB_WINDOW;
		struct pool_job *queue =
			reallocarray(pool->queue, capacity, sizeof(*queue));

		if (!queue)
			return -1;
		pool->queue = queue;
		pool->capacity = capacity;
	}
	pool->queue[pool->count++] = *job;
	return 0;
}

static struct pool_file *find_file(struct pool *pool, uint64_t id)
{
	size_t i;

	for (i = 0; i < pool->file_count; i++)
		if (pool->files[i].job.file == id)
			return &pool->files[i];
	return NULL;
}

static int add_file(struct pool *pool, const struct job *job)
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

static bool has_room(const struct pool_worker *worker, size_t messages)
{
	return sizeof(worker->outbox) - worker->outbox_length >=
	       messages * WIRE_MAX;
}

static void forget_file(struct pool *pool, const struct job *job)
{
	struct pool_file *file = find_file(pool, job->file);
	unsigned int i;

	if (!file)
		return;
	for (i = 0; i < pool->backend.workers; i++) {
		struct pool_worker *worker = &pool->workers[i];

		if (worker->ends.jobs < 0 || !file->known[i])
			continue;
		/* No room: it has not read for long, and is better replaced. */
		if (has_room(worker, 1))
			post(worker, job);
		else if (worker->pid > 0)
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
	struct pool_file *file = find_file(pool, job->file);
	size_t index = (size_t)(worker - pool->workers);

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
	return worker->ends.jobs >= 0 &&
	       worker->count < job_window(job->length) && has_room(worker, 2);
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

/*
 * Hands out what can be; pool->retry says that something could not be for a
 * want that no event ends: a full socket, or too many descriptors on their way
 * (ETOOMANYREFS).
 */
static void hand_out(struct pool *pool)
{
	pool->retry = false;
	while (pool->count > 0) {
		struct pool_job *next = &pool->queue[pool->count - 1];
		struct pool_worker *worker = find_worker(pool, &next->job);

		if (!worker)
			return;
		if (announce(pool, worker, &next->job) < 0) {
			pool->retry = true;
			return;
		}
		post(worker, &next->job);
		worker->running[worker->count++] = *next;
		pool->count--;
	}
}

static void flush(struct pool_worker *worker)
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

/* A death */

static void lose(struct pool *pool, const struct pool_job *lost, int status)
{
	pool->lost =
		(struct record){ .type = RECORD_FAILED, .job = lost->job.id };
	err_set_num(&pool->lost.err, ERR_WORKER_DIED,
		    WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	pool->has_lost = true;
}

/*
 * Gives the jobs of a dead worker back, and puts another one in its place.
 * The queue has room for them: they came out of it.
 */
static void bury(struct pool *pool, unsigned int index)
{
	struct pool_worker *worker = &pool->workers[index];
	uint64_t at_work = atomic_load_explicit(&pool->slots[index].job,
						memory_order_acquire);
	size_t i;

	/* Usually it is gone; one that only closed its pipe must go, too. */
	if (worker->pid > 0)
		kill(worker->pid, SIGKILL);
	wait_for(worker);
	close_ends(&worker->ends);
	pool->alive--;
	for (i = worker->count; i-- > 0;) {
		struct pool_job *job = &worker->running[i];

		if (job->job.id == at_work && ++job->deaths >= 2)
			lose(pool, job, worker->status);
		else
			enqueue(pool, job);
	}
	worker->count = 0;
	for (i = 0; i < pool->file_count; i++)
		pool->files[i].known[index] = false;
	if (pool->respawns > 0) {
		pool->respawns--;
		spawn(pool, index);
	}
}

/* Records */

/* Job ID is answered; false when this worker was not asked. */
static bool settle(struct pool_worker *worker, uint64_t id)
{
	size_t i;

	for (i = 0; i < worker->count; i++) {
		if (worker->running[i].job.id == id) {
			worker->running[i] = worker->running[--worker->count];
			return true;
		}
	}
	return false;
}

static bool is_running(const struct pool_worker *worker, uint64_t id)
{
	size_t i;

	for (i = 0; i < worker->count; i++)
		if (worker->running[i].job.id == id)
			return true;
	return false;
}

/* The next record that WORKER has sent; false when there is none now. */
static bool take_record(struct pool_worker *worker, struct record *record)
{
	for (;;) {
		int taken;

		if (worker->unheard)
			worker->inbox.length = 0;
		taken = wire_decode_record(worker->inbox.bytes,
					   worker->inbox.length, record);
		if (taken == 0)
			return false;
		if (taken < 0) {
			/* Not one of ours any more: its jobs are redone. */
			worker->unheard = true;
			if (worker->pid > 0)
				kill(worker->pid, SIGKILL);
			continue;
		}
		wire_take(&worker->inbox, (size_t)taken);
		if (record->type == RECORD_PROGRESS
			    ? is_running(worker, record->job)
			    : settle(worker, record->job))
			return true;
	}
}

static bool take_any_record(struct pool *pool, struct record *record)
{
	unsigned int i;

	if (pool->has_lost) {
		*record = pool->lost;
		pool->has_lost = false;
		return true;
	}
	for (i = 0; i < pool->backend.workers; i++)
		if (take_record(&pool->workers[i], record))
			return true;
	return false;
}

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
			 pool->retry ? RETRY_PAUSE : -1) != 0)
		return -1;
	if (pool->signals->child)
		reap(pool);
	for (i = 0; i < pool->backend.workers && !pool->has_lost; i++) {
		struct pool_worker *worker = &pool->workers[i];

		if (worker->ends.records >= 0 && worker->polled->revents != 0 &&
		    wire_fill(&worker->inbox, worker->ends.records) == 0)
			bury(pool, i);
	}
	return 0;
}

/* The backend */

/* With no worker left, what is still to be done is done here. */
static int fall_back(struct pool *pool)
{
	size_t i;

	pool->inproc = inproc_start(pool->signals);
	if (!pool->inproc)
		return -1;
	for (i = 0; i < pool->file_count; i++)
		pool->inproc->ops->submit(pool->inproc, &pool->files[i].job);
	while (pool->count > 0)
		pool->inproc->ops->submit(pool->inproc,
					  &pool->queue[--pool->count].job);
	return 0;
}

static int pool_submit(struct backend *backend, const struct job *job)
{
	struct pool *pool = (struct pool *)backend;
	struct pool_job own = { .job = *job };

	if (pool->inproc)
		return pool->inproc->ops->submit(pool->inproc, job);
	switch (job->type) {
	case JOB_FILE:
		return add_file(pool, job);
	case JOB_CHUNK:
		return enqueue(pool, &own);
	case JOB_FORGET:
		forget_file(pool, job);
		break;
	}
	return 0;
}

static int pool_next(struct backend *backend, struct record *record)
{
	struct pool *pool = (struct pool *)backend;
	unsigned int i;

	for (;;) {
		if (pool->inproc)
			return pool->inproc->ops->next(pool->inproc, record);
		hand_out(pool);
		for (i = 0; i < pool->backend.workers; i++)
			flush(&pool->workers[i]);
		if (take_any_record(pool, record))
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
	if (pool->slots)
		munmap(pool->slots,
		       pool->backend.workers * sizeof(*pool->slots));
	free(pool->files);
	free(pool->queue);
	free(pool->poll);
	if (pool->workers)
		munmap(pool->workers,
		       pool->backend.workers * sizeof(*pool->workers));
	free(pool);
}

static void pool_finish(struct backend *backend, bool abandon)
{
	struct pool *pool = (struct pool *)backend;
	unsigned int i;

	for (i = 0; i < pool->backend.workers; i++) {
		struct pool_worker *worker = &pool->workers[i];

		/* The end of its jobs ends a worker. */
		close_ends(&worker->ends);
		if (abandon && worker->pid > 0)
			kill(worker->pid, SIGKILL);
	}
	for (i = 0; i < pool->backend.workers; i++)
		wait_for(&pool->workers[i]);
	if (pool->inproc)
		pool->inproc->ops->finish(pool->inproc, abandon);
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
	pool->slots = map_pages(workers, sizeof(*pool->slots), MAP_SHARED);
	return pool->workers && pool->poll && pool->slots ? 0 : -1;
}

struct backend *pool_start(struct signals *signals, unsigned int workers)
{
	struct pool *pool = calloc(1, sizeof(*pool));
	unsigned int i;
	int saved;

	if (!pool)
		return NULL;
	pool->signals = signals;
	pool->backend.ops = &pool_ops;
	pool->backend.workers = workers;
	if (allocate(pool, workers) == 0) {
		signals->forward = forward;
		signals->forward_arg = pool;
		pool->respawns = 2 * workers + JOB_WINDOW;
		raise_fd_limit(workers);
		for (i = 0; i < workers; i++)
			pool->workers[i].ends =
				(struct worker_ends){ -1, -1, -1 };
		for (i = 0; i < workers; i++)
			if (spawn(pool, i) < 0)
				break;
		if (pool->alive > 0)
			return &pool->backend;
	}
	saved = errno;
	pool_free(pool);
	errno = saved;
	return NULL;
}
