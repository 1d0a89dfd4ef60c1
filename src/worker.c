/* SPDX-License-Identifier: MIT */
/*
 * The life of a worker process: jobs in, records out, until the jobs end.
 *
 * A worker never speaks to the user. Of a large file it decides nothing and has
 * nothing to clean up; of a tree it copies its part as the parent would.
 */
#include "config.h"

#include "worker.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "copy.h"
#include "sys.h"
#include "util.h"
#include "wire.h"

/* Progress is told at most this often, nanoseconds. */
#define PROGRESS_INTERVAL 50000000

struct worker {
	struct worker_ends ends;
	const struct worker_start *start;
	struct copy copy;
	size_t taken;  /* of the inbox, by the job at work */
	uint64_t told; /* when progress was last told */
};

static void close_range_or_each(unsigned int first, unsigned int last)
{
	long most = sysconf(_SC_OPEN_MAX);

	if (first > last || sys_close_range(first, last) == 0)
		return;
	/* A kernel before Linux 5.9. */
	for (; first <= last && (long)first < most; first++)
		close((int)first);
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Without the siblings' ends: an open one would hide a death or an end. */
static void close_all_but(const struct worker_ends *ends,
			  const struct worker_server *server)
{
	int keep[] = { ends->jobs, ends->records, ends->descriptors,
		       server ? server->keep[0] : -1,
		       server ? server->keep[1] : -1 };
	unsigned int from = 3;
	size_t i;

	qsort(keep, UTIL_COUNT(keep), sizeof(keep[0]), by_number);
	for (i = 0; i < UTIL_COUNT(keep); i++) {
		if (keep[i] < (int)from)
			continue;
		close_range_or_each(from, (unsigned int)keep[i] - 1);
		from = (unsigned int)keep[i] + 1;
	}
	close_range_or_each(from, UINT_MAX);
}

/* The parent's death is ours; it may have died before we could say so. */
static void die_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
}

static void send_records(void *arg, const struct record *records, size_t count)
{
	const struct worker *worker = arg;
	uint8_t *messages = worker->start->room->outbox;
	size_t length = 0, i;

	/* Before: it is known then which ones did not arrive. */
	atomic_fetch_add_explicit(&worker->start->slot->track.sent, count,
				  memory_order_release);
	for (i = 0; i < count; i++)
		length += wire_encode_record(&records[i], messages + length);
	/* Nobody reads: the parent is gone or done with us. */
	if (util_write_all(worker->ends.records, messages, length) < 0)
		_exit(1);
}

/* What a pipe holds, 65536 bytes, less what pages that are not full waste. */
#define PIPE_ROOM 57344

static bool has_room(void *arg, size_t length)
{
	const struct worker *worker = arg;
	int unread = 0;

	return ioctl(worker->ends.records, FIONREAD, &unread) == 0 &&
	       (size_t)unread + length <= PIPE_ROOM;
}

static void send_record(struct worker *worker, const struct record *record)
{
	send_records(worker, record, 1);
}

static int on_tick(void *arg, const struct job *job, uint64_t done)
{
	struct worker *worker = arg;
	uint64_t now = util_now();

	if (now - worker->told >= PROGRESS_INTERVAL) {
		const struct record progress = {
			.type = RECORD_PROGRESS,
			.job = job->id,
			.bytes = done,
		};

		send_record(worker, &progress);
		worker->told = now;
	}
	return signals_drain(worker->start->signals);
}

/* The next job; returns 0 at the end of the pipe. */
static int next_job(struct worker *worker, struct job *job)
{
	struct wire_inbox *inbox = &worker->start->room->inbox;

	wire_take(inbox, worker->taken);
	worker->taken = 0;
	for (;;) {
		int taken = wire_decode_job(inbox->bytes, inbox->length, job);

		if (taken > 0) {
			worker->taken = (size_t)taken;
			return 1;
		}
		if (taken == 0)
			taken = wire_fill(inbox, worker->ends.jobs);
		if (taken == 0)
			return 0;
		if (taken < 0)
			_exit(1); /* the parent sees a death and redoes */
	}
}

static void serve(struct worker *worker, const struct job *job)
{
	const struct worker_server *server = worker->start->server;
	struct worker_link link = {
		.send = send_records,
		.has_room = has_room,
		.arg = worker,
		.slot = worker->start->slot,
		.board = worker->start->board,
		.job = job->id,
	};
	struct record done = { .type = RECORD_DONE, .job = job->id };
	struct record answers[WORKER_RECORDS];
	size_t count;

	if (!server)
		_exit(1); /* the parent sees a death */
	done.bytes = !server->serve(server->arg, job, &link);
	for (count = 0; count < link.parting_count; count++)
		answers[count] = link.parting[count];
	/* Told to leave everything: it is not done. */
	if (worker->start->signals->fatal != 0) {
		send_records(worker, answers, count);
		_exit(1);
	}
	answers[count++] = done;
	send_records(worker, answers, count);
}

static void work(struct worker *worker)
{
	struct worker_slot *slot = worker->start->slot;
	struct record record;
	struct job job;

	while (next_job(worker, &job)) {
		/* A failure shows as -1 and is told by the file's chunks. */
		if (job.type == JOB_FILE &&
		    worker_receive_files(worker->ends.descriptors, job.file,
					 &job.source_fd, &job.dest_fd) < 0)
			job.missing = errno;
		if (job.type == JOB_BATCH) {
			track_reset(&slot->track);
			aside_reset(&slot->aside);
		}
		atomic_store_explicit(&slot->job, job.id, memory_order_release);
		if (job.type == JOB_BATCH)
			serve(worker, &job);
		else if (copy_run(&worker->copy, &job, &record) == COPY_RECORD)
			send_record(worker, &record);
		atomic_store_explicit(&slot->job, 0, memory_order_release);
	}
}

_Noreturn void worker_main(const struct worker_start *start)
{
	struct worker worker = { .ends = start->ends, .start = start };

	die_with(start->parent);
	/* What the parent has still to write is the parent's to write. */
	__fpurge(stdout);
	signals_worker(start->signals);
	start->signals->told = &start->board->wanted;
	close_all_but(&start->ends, start->server);
	worker.copy = copy_init(on_tick, &worker);
	work(&worker);
	copy_free(&worker.copy);
	/* Not _exit: coverage counters and sanitizers report on the way out. */
	exit(0);
}

union descriptors {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(2 * sizeof(int))];
};

int worker_send_files(int socket, uint64_t file, int source, int dest)
{
	union descriptors control = { .bytes = { 0 } };
	struct iovec data = { &file, sizeof(file) };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	const int fds[2] = { source, dest };

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(header), fds, sizeof(fds));
	while (sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return -1;
	return 0;
}

/* The descriptors in MESSAGE: how many of FDS could be taken. */
static size_t take_descriptors(struct msghdr *message, int fds[2])
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	size_t bytes;

	if (!header || header->cmsg_level != SOL_SOCKET ||
	    header->cmsg_type != SCM_RIGHTS)
		return 0;
	bytes = header->cmsg_len - CMSG_LEN(0);
	memcpy(fds, CMSG_DATA(header), bytes);
	return bytes / sizeof(int);
}

/*
 * One message: 0, with the id of its file and both descriptors; or an errno,
 * with what came of them, and the id if one came.
 */
static int receive(int socket, int flags, uint64_t *id, int fds[2])
{
	union descriptors control = { .bytes = { 0 } };
	struct iovec data = { id, sizeof(*id) };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	size_t count;
	ssize_t got;

	do
		got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | flags);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno;
	count = take_descriptors(&message, fds);
	if (message.msg_flags & MSG_CTRUNC)
		return EMFILE; /* no room in our table for both */
	return got == sizeof(*id) && count == 2 ? 0 : EPROTO;
}

int worker_receive_files(int socket, uint64_t file, int *source, int *dest)
{
	int flags = 0;

	for (;;) {
		int fds[2] = { -1, -1 };
		uint64_t id = file;
		int reason = receive(socket, flags, &id, fds);

		if (reason == 0 && id == file) {
			*source = fds[0];
			*dest = fds[1];
			return 0;
		}
		util_close(&fds[0]);
		util_close(&fds[1]);
		if (id == file) {
			errno = flags && reason == EAGAIN ? EPROTO : reason;
			return -1;
		}
		/* Of an earlier file, when it could not be received. */
		flags = MSG_DONTWAIT;
	}
}
