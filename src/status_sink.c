/* SPDX-License-Identifier: MIT */
/*
 * All who are told what a run does: none of them is ever waited for.
 */
#include "config.h"

#include "status_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "status_socket.h"
#include "util.h"

/* Readers at a time: each has a descriptor, which the copy needs, too. */
#define READERS_MAX 256

/* Milliseconds that are waited at the end: for anybody, and altogether. */
#define END_PAUSE 100
#define END_TIME 1000

struct status_sink {
	const struct status_target *target;
	struct status_sink_greeter greeter;
	struct status_socket listener; /* fd -1 unless it is a socket */
	bool fifo;		       /* by name: can be opened again */
	struct status_reader *readers;
	size_t count;
};

static void put(struct status_sink *sink, const struct status_reader_line *line,
		bool last)
{
	char *text = NULL;
	size_t i;

	for (i = 0; i < sink->count && !text; i++)
		if (sink->readers[i].fd >= 0)
			text = line->compose(line->event, 0);
	for (i = 0; i < sink->count; i++)
		status_reader_tell(&sink->readers[i], line, text, last);
	free(text);
}

void status_sink_put(struct status_sink *sink,
		     const struct status_reader_line *line)
{
	put(sink, line, false);
}

void status_sink_lose(struct status_sink *sink, uint64_t count)
{
	size_t i;

	for (i = 0; i < sink->count; i++)
		sink->readers[i].lost += count;
}

static void flush_all(struct status_sink *sink)
{
	size_t i;

	for (i = 0; i < sink->count; i++)
		status_reader_flush(&sink->readers[i]);
}

/* Readers come */

/* One more, or NULL with errno ENOMEM. */
static struct status_reader *add_reader(struct status_sink *sink, int fd)
{
	struct status_reader *readers =
		reallocarray(sink->readers, sink->count + 1, sizeof(*readers));

	if (!readers)
		return NULL;
	sink->readers = readers;
	readers[sink->count] = (struct status_reader){ .fd = fd };
	return &readers[sink->count++];
}

static void greet(struct status_sink *sink, struct status_reader *reader)
{
	sink->greeter.greet(sink->greeter.arg, reader);
}

/* Forgets the readers that are gone. */
static void sweep(struct status_sink *sink)
{
	size_t i = 0;

	while (i < sink->count) {
		if (sink->readers[i].fd >= 0)
			i++;
		else
			sink->readers[i] = sink->readers[--sink->count];
	}
}

/* Who has connected by now, as far as there is room; others wait. */
static void accept_readers(struct status_sink *sink)
{
	sweep(sink);
	while (sink->count < READERS_MAX) {
		int fd = status_socket_accept(&sink->listener);
		struct status_reader *reader;

		if (fd < 0)
			return;
		reader = add_reader(sink, fd);
		if (!reader) {
			util_close(&fd);
			return;
		}
		reader->socket = true;
		greet(sink, reader);
	}
}

/* Whether somebody reads the FIFO that nobody has read so far. */
static void open_again(struct status_sink *sink)
{
	struct status_reader *reader = &sink->readers[0];
	struct stat st;
	int fd = open(sink->target->path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	/* Something else may have its name by now. */
	if (fstat(fd, &st) < 0 || !S_ISFIFO(st.st_mode)) {
		util_close(&fd);
		return;
	}
	reader->fd = fd;
	greet(sink, reader);
}

/* Nobody may have read the FIFO for a while, and somebody now: he is new. */
static bool is_deserted(const struct status_reader *reader)
{
	struct pollfd ready = { .fd = reader->fd };

	return reader->fd >= 0 && poll(&ready, 1, 0) > 0 &&
	       ready.revents & POLLERR;
}

static void let_in(struct status_sink *sink)
{
	if (sink->listener.fd >= 0) {
		accept_readers(sink);
	} else if (sink->fifo) {
		if (is_deserted(&sink->readers[0]))
			status_reader_close(&sink->readers[0]);
		if (sink->readers[0].fd < 0)
			open_again(sink);
	}
}

void status_sink_pump(struct status_sink *sink)
{
	let_in(sink);
	flush_all(sink);
}

/* Opening */

/* What FD became, a reader of its own; it is closed when that fails. */
static struct status_reader *take_in(struct status_sink *sink, int fd,
				     const struct stat *st,
				     struct status_target_error *error)
{
	struct status_reader *reader = NULL;

	if (S_ISBLK(st->st_mode))
		status_target_fail(error, 0, "%s is a block device");
	else if (!(reader = add_reader(sink, fd)))
		status_target_fail(error, ENOMEM, "cannot open %s");
	if (!reader) {
		util_close(&fd);
		return NULL;
	}
	reader->regular = S_ISREG(st->st_mode);
	reader->socket = S_ISSOCK(st->st_mode);
	return reader;
}

/*
 * Others write to an inherited descriptor, too, and must not find it
 * non-blocking all of a sudden: so what can be waited for is opened anew. A
 * file is not, since what others write later would go over what we wrote.
 */
static void make_own(struct status_reader *reader)
{
	char path[64];
	int fd;

	if (reader->regular || reader->socket ||
	    fcntl(reader->fd, F_GETFL) & O_NONBLOCK)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", reader->fd);
	fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		/* Somebody else's pipe, or there is no /proc. */
		reader->blocks = true;
		return;
	}
	util_close(&reader->fd);
	reader->fd = fd;
}

static int open_descriptor(struct status_sink *sink,
			   struct status_target_error *error)
{
	int fd = fcntl(sink->target->fd, F_DUPFD_CLOEXEC, 3);
	struct status_reader *reader;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		status_target_fail(error, errno, "cannot use %s");
		util_close(&fd);
		return -1;
	}
	reader = take_in(sink, fd, &st, error);
	if (!reader)
		return -1;
	make_own(reader);
	return 0;
}

static int open_path(struct status_sink *sink,
		     struct status_target_error *error)
{
	const char *path = sink->target->path;
	int fd = open(path,
		      O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY |
			      O_CLOEXEC,
		      0666);
	struct stat st;

	/* ENXIO: a FIFO that nobody reads, a socket, or a dead device. */
	if (fd < 0 && errno != ENXIO)
		return status_target_fail(error, errno, "cannot open %s");
	if ((fd < 0 ? stat(path, &st) : fstat(fd, &st)) < 0) {
		status_target_fail(error, errno, "cannot open %s");
		util_close(&fd);
		return -1;
	}
	if (S_ISSOCK(st.st_mode))
		return status_target_fail(
			error, 0, "%s is a socket, which is named unix:PATH");
	sink->fifo = S_ISFIFO(st.st_mode);
	if (fd < 0 && !sink->fifo)
		return status_target_fail(error, ENXIO, "cannot open %s");
	return take_in(sink, fd, &st, error) ? 0 : -1;
}

static int open_target(struct status_sink *sink,
		       struct status_target_error *error)
{
	switch (sink->target->kind) {
	case STATUS_TARGET_SOCKET:
		return status_socket_listen(&sink->listener, sink->target->path,
					    error);
	case STATUS_TARGET_FD:
		return open_descriptor(sink, error);
	case STATUS_TARGET_PATH:
		break;
	}
	return open_path(sink, error);
}

static void free_sink(struct status_sink *sink)
{
	while (sink->count > 0)
		status_reader_close(&sink->readers[--sink->count]);
	free(sink->readers);
	status_socket_close(&sink->listener);
	free(sink);
}

struct status_sink *status_sink_open(const struct status_target *target,
				     const struct status_sink_greeter *greeter,
				     struct status_target_error *error)
{
	struct status_sink *sink = calloc(1, sizeof(*sink));

	if (!sink) {
		status_target_fail(error, ENOMEM, "cannot open %s");
		return NULL;
	}
	sink->target = target;
	sink->greeter = *greeter;
	sink->listener.fd = -1;
	if (open_target(sink, error) < 0) {
		free_sink(sink);
		return NULL;
	}
	if (sink->count > 0 && sink->readers[0].fd >= 0)
		greet(sink, &sink->readers[0]);
	/*
	 * Not later: who reads a file that ends with the end of an older copy
	 * would take that for the end of this one.
	 */
	flush_all(sink);
	return sink;
}

/* The end */

static bool is_behind(const struct status_reader *reader)
{
	return reader->fd >= 0 && reader->length > 0 && !reader->regular;
}

/* Waits a little for those that are behind; false when none of them reads. */
static bool wait_for_readers(const struct status_sink *sink)
{
	struct pollfd fds[READERS_MAX];
	nfds_t count = 0;
	size_t i;

	for (i = 0; i < sink->count; i++)
		if (is_behind(&sink->readers[i]))
			fds[count++] = (struct pollfd){
				.fd = sink->readers[i].fd,
				.events = POLLOUT,
			};
	return count > 0 && poll(fds, count, END_PAUSE) > 0;
}

void status_sink_close(struct status_sink *sink,
		       const struct status_reader_line *last)
{
	uint64_t end = util_now() + END_TIME * UINT64_C(1000000);
	size_t i;

	let_in(sink);
	put(sink, last, true);
	flush_all(sink);
	while (wait_for_readers(sink) && util_now() < end)
		flush_all(sink);
	for (i = 0; i < sink->count; i++)
		if (is_behind(&sink->readers[i]))
			status_reader_shorten(&sink->readers[i], last);
	flush_all(sink);
	free_sink(sink);
}
