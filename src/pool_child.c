/* SPDX-License-Identifier: MIT */
/*
 * The pool's workers as processes: their birth, their pipes and their end.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pool_work.h"
#include "util.h"

/* Descriptors of the parent for a worker, and for all else it does. */
#define FDS_OF_PARENT 64
/*
 * What it cannot do without: 0 to 2, signals, the roots, both sides of a level
 * that it is in, of one that it enters and of a file, each file twice, and what
 * is opened to look at a place.
 */
#define FDS_AT_LEAST 24

void pool_close_ends(struct worker_ends *ends)
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

		pool_close_ends(ours);
		pool_close_ends(theirs);
		errno = saved;
	}
	return result;
}

int pool_spawn(struct pool *pool, unsigned int index)
{
	struct pool_worker *worker = &pool->workers[index];
	struct worker_start start = {
		.room = &pool->room,
		.slot = worker->slot,
		.board = pool->board,
		.server = pool->server,
		.signals = pool->signals,
		.parent = getpid(),
	};
	pid_t child;

	if (open_ends(&worker->ends, &start.ends) < 0)
		return -1;
	atomic_store(&start.slot->job, 0);
	atomic_store(&start.slot->track.sent, 0);
	worker->heard = 0;
	start.slot->tally = worker->told = (struct tally){ { 0 } };
	child = fork();
	if (child == 0) /* *worker is not there: see allocate */
		worker_main(&start);
	pool_close_ends(&start.ends);
	if (child < 0) {
		pool_close_ends(&worker->ends);
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

void pool_forward(void *arg, int number)
{
	struct pool *pool = arg;
	unsigned int i;

	for (i = 0; i < pool->backend.workers; i++)
		if (pool->workers[i].pid > 0)
			kill(pool->workers[i].pid, number);
}

void pool_continue(struct pool *pool)
{
	unsigned int i;

	for (i = 0; i < pool->backend.workers; i++) {
		pid_t pid = pool->workers[i].pid;
		siginfo_t info = { .si_pid = 0 };

		if (pid > 0 &&
		    waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOHANG) == 0 &&
		    info.si_pid == pid)
			kill(pid, SIGCONT);
	}
}

unsigned int pool_make_room(unsigned int workers)
{
	rlim_t wanted = (rlim_t)workers * WORKER_FDS + FDS_OF_PARENT;
	struct rlimit limit;
	rlim_t before;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted)
		return workers;
	before = limit.rlim_cur;
	limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		limit.rlim_cur = before;
	if (limit.rlim_cur < FDS_AT_LEAST + 2 * WORKER_FDS)
		return 1;
	return (unsigned int)util_min(workers, (limit.rlim_cur - FDS_AT_LEAST) /
						       WORKER_FDS);
}

void pool_wait_for(struct pool_worker *worker)
{
	while (worker->pid > 0 &&
	       waitpid(worker->pid, &worker->status, 0) < 0 && errno == EINTR)
		;
	worker->pid = 0;
}

unsigned int pool_reap(struct pool *pool)
{
	unsigned int left = 0, i;

	pool->signals->child = false;
	for (i = 0; i < pool->backend.workers; i++) {
		struct pool_worker *worker = &pool->workers[i];

		/* -1: it is no child of ours any more. */
		if (worker->pid > 0 &&
		    waitpid(worker->pid, &worker->status, WNOHANG) != 0)
			worker->pid = 0;
		left += worker->pid > 0;
	}
	return left;
}
