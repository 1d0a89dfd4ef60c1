/* SPDX-License-Identifier: MIT */
/*
 * Somebody who is told lines, and is never waited for.
 */
#include "config.h"

#include "status_reader.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include "util.h"

/* Bytes that wait at most, and that are worth a write. */
#define QUEUE_MAX ((size_t)256 * 1024)
#define QUEUE_WRITE ((size_t)64 * 1024)

void status_reader_close(struct status_reader *reader)
{
	char unread[512];

	/* Bytes that it sent us and we did not read would take ours along. */
	while (reader->socket && reader->fd >= 0 &&
	       recv(reader->fd, unread, sizeof(unread), MSG_DONTWAIT) > 0)
		;
	util_close(&reader->fd);
	free(reader->queue);
	*reader = (struct status_reader){ .fd = -1 };
}

/*
 * How much of the LENGTH bytes at TEXT is written at once: whole lines, of
 * which a pipe or socket takes so many all together or not at all (pipe(7)), so
 * that a reader who reads no more has no half of a line. Only a long line may
 * be cut.
 */
static size_t piece_of(const char *text, size_t length)
{
	const char *end;

	if (length <= PIPE_BUF)
		return length;
	end = memrchr(text, '\n', PIPE_BUF);
	if (!end)
		end = memchr(text, '\n', length);
	return end ? (size_t)(end + 1 - text) : length;
}

/* As write(2), but EAGAIN instead of waiting. */
static ssize_t write_some(const struct status_reader *reader, const char *text,
			  size_t length)
{
	struct pollfd ready = { .fd = reader->fd, .events = POLLOUT };

	if (reader->regular)
		return write(reader->fd, text, length);
	length = piece_of(text, length);
	if (reader->socket)
		return send(reader->fd, text, length,
			    MSG_DONTWAIT | MSG_NOSIGNAL);
	if (reader->blocks) {
		if (poll(&ready, 1, 0) <= 0) {
			errno = EAGAIN;
			return -1;
		}
		/* So much has room whenever anything has. */
		length = util_min(length, PIPE_BUF);
	}
	return write(reader->fd, text, length);
}

/*
 * Writes what READER takes. Returns how much, and -1 in *RESULT when it will
 * never take any more.
 */
static size_t write_queue(struct status_reader *reader, int *result)
{
	size_t done = 0;

	while (done < reader->length) {
		ssize_t sent = write_some(reader, reader->queue + done,
					  reader->length - done);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0) {
			reader->stalled = true;
			/* A full disk may have room again. */
			if (sent < 0 && errno != EAGAIN && !reader->regular)
				*result = -1;
			break;
		}
		done += (size_t)sent;
		reader->begun = reader->queue[done - 1] != '\n';
	}
	return done;
}

void status_reader_flush(struct status_reader *reader)
{
	int result = 0;
	size_t done;

	reader->stalled = false;
	if (reader->fd < 0 || reader->length == 0)
		return;
	done = write_queue(reader, &result);
	if (result < 0) {
		status_reader_close(reader);
		return;
	}
	reader->length -= done;
	memmove(reader->queue, reader->queue + done, reader->length);
}

/* Room for LENGTH bytes more. */
static bool reserve(struct status_reader *reader, size_t length)
{
	size_t capacity = reader->capacity;
	char *queue;

	while (capacity - reader->length < length)
		capacity = 2 * capacity + 4096;
	if (capacity == reader->capacity)
		return true;
	queue = realloc(reader->queue, capacity);
	if (!queue)
		return false;
	reader->queue = queue;
	reader->capacity = capacity;
	return true;
}

static bool enqueue(struct status_reader *reader, const char *text, bool last)
{
	size_t length = strlen(text);

	/* The write that makes room; but only one for each pump. */
	if (reader->length + length > QUEUE_WRITE && !reader->stalled)
		status_reader_flush(reader);
	if (reader->fd < 0)
		return true;
	if ((reader->length + length > QUEUE_MAX && !last) ||
	    !reserve(reader, length))
		return false;
	memcpy(reader->queue + reader->length, text, length);
	reader->length += length;
	return true;
}

void status_reader_tell(struct status_reader *reader,
			const struct status_reader_line *line, const char *text,
			bool last)
{
	uint64_t lost = reader->lost > reader->told ? reader->lost : 0;
	char *own = NULL;

	if (reader->fd < 0)
		return;
	if (!text || lost > 0)
		text = own = line->compose(line->event, lost);
	if (text && enqueue(reader, text, last))
		reader->told = reader->lost;
	else
		reader->lost++;
	free(own);
}

void status_reader_shorten(struct status_reader *reader,
			   const struct status_reader_line *last)
{
	const char *queue = reader->queue, *end = queue + reader->length;
	const char *at = reader->begun ? memchr(queue, '\n', reader->length)
				       : NULL;
	size_t rest = at ? (size_t)(at + 1 - queue) : 0;
	uint64_t lines = 0;
	char *text;

	for (at = queue + rest; at < end; lines++)
		at = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
	if (lines < 2)
		return;
	reader->lost += lines - 1; /* LAST is one of them */
	text = last->compose(last->event, reader->lost);
	if (text) {
		reader->length = rest;
		enqueue(reader, text, true);
	}
	free(text);
}
