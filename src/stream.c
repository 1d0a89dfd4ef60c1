/* SPDX-License-Identifier: MIT */
/*
 * Copying in order, from the first byte to the end of the source.
 *
 * Nothing here stands still in read(2) or write(2): where there is nothing to
 * read or no room to write, signals_wait_fd waits, so that Ctrl-C is heard
 * while a FIFO has no writer.
 */
#include "config.h"

#include "stream.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <sys/uio.h>
#include <unistd.h>

#include "util.h"
#include "zeros.h"

/*
 * read(2), of what need not be waited for where that is asked (RWF_NOWAIT,
 * Linux 4.14); -1 with EAGAIN, or another errno of file systems that cannot
 * tell.
 */
static ssize_t read_once(const struct stream *stream, char *buffer)
{
	struct iovec all = { .iov_base = buffer, .iov_len = ENGINE_BUFFER };

	if (stream->only_cached && stream->done == 0)
		return preadv2(stream->source, &all, 1, -1, RWF_NOWAIT);
	return read(stream->source, buffer, ENGINE_BUFFER);
}

/* Reads once; *GOT is 0 at the end. */
static enum engine_result read_some(struct stream *stream,
				    struct signals *signals, char *buffer,
				    size_t *got, struct err *err)
{
	for (;;) {
		bool first = stream->done == 0;
		ssize_t count = read_once(stream, buffer);

		/*
		 * 0 is no end there: Linux 5.9 and 5.10 say it of what is not
		 * in memory [preadv2(2), BUGS].
		 */
		if (stream->only_cached && first && count <= 0)
			return ENGINE_REFUSED;
		if (count >= 0) {
			*got = (size_t)count;
			return ENGINE_DONE;
		}
		if (errno == EAGAIN) {
			if (signals_wait_fd(signals, stream->source, POLLIN))
				return ENGINE_STOPPED;
		} else if (errno != EINTR) {
			err_set(err, ERR_READ);
			return ENGINE_FAILED;
		}
	}
}

static void advance(struct stream *stream, uint64_t bytes)
{
	stream->done += bytes;
	stream->tally->count[TALLY_PARTIAL_BYTES] += bytes;
}

static enum engine_result write_all(struct stream *stream,
				    struct signals *signals, const char *buffer,
				    size_t length, struct err *err)
{
	while (length > 0) {
		size_t piece = length;
		ssize_t count;

		if (stream->dest_blocks) {
			/* A pipe that is ready takes this much at once. */
			piece = (size_t)util_min(length, _POSIX_PIPE_BUF);
			if (signals_wait_fd(signals, stream->dest, POLLOUT))
				return ENGINE_STOPPED;
		}
		count = write(stream->dest, buffer, piece);
		if (count >= 0) {
			advance(stream, (uint64_t)count);
			buffer += count;
			length -= (size_t)count;
		} else if (errno == EAGAIN) {
			if (signals_wait_fd(signals, stream->dest, POLLOUT))
				return ENGINE_STOPPED;
		} else if (errno == EPIPE && signals_broken_pipe(signals)) {
			return ENGINE_STOPPED;
		} else if (errno != EINTR) {
			err_set(err, ERR_WRITE);
			return ENGINE_FAILED;
		}
	}
	return ENGINE_DONE;
}

/* The same, but that blocks of zeros are passed over. */
static enum engine_result write_but_zeros(struct stream *stream,
					  struct signals *signals,
					  const char *buffer, size_t length,
					  struct err *err)
{
	while (length > 0) {
		enum engine_result result = ENGINE_DONE;
		size_t run = zeros_run(buffer, length, stream->done,
				       &stream->ends_in_hole);

		if (!stream->ends_in_hole) {
			result = write_all(stream, signals, buffer, run, err);
		} else if (lseek(stream->dest, (off_t)run, SEEK_CUR) < 0) {
			err_set(err, ERR_WRITE);
			result = ENGINE_FAILED;
		} else {
			advance(stream, run);
			stream->holes += run;
		}
		if (result != ENGINE_DONE)
			return result;
		buffer += run;
		length -= run;
	}
	return ENGINE_DONE;
}

/* A hole at the end is part of the file once its size says so. */
static enum engine_result end_hole(const struct stream *stream, struct err *err)
{
	if (!stream->ends_in_hole ||
	    ftruncate(stream->dest, (off_t)stream->done) == 0)
		return ENGINE_DONE;
	err_set(err, ERR_WRITE);
	return ENGINE_FAILED;
}

/*
 * Asks the file system to copy it all: true if it has. What it leaves is read
 * and written, which tells on what side an error is (copy_file_range(2) does
 * not; the offsets of both are behind what is copied).
 */
static bool move_all(struct stream *stream)
{
	ssize_t count = copy_file_range(stream->source, NULL, stream->dest,
					NULL, stream->size, 0);

	if (count > 0) {
		stream->moved = true;
		advance(stream, (uint64_t)count);
	}
	return stream->done >= stream->size;
}

enum engine_result stream_copy(struct stream *stream, struct signals *signals,
			       struct engine_work *work, struct err *err)
{
	char *buffer = engine_buffer(work);

	if (!buffer) {
		err_set(err, ERR_MEMORY);
		return ENGINE_FAILED;
	}
	if (stream->move && move_all(stream))
		return ENGINE_DONE;
	for (;;) {
		enum engine_result result;
		size_t got;

		result = read_some(stream, signals, buffer, &got, err);
		if (result != ENGINE_DONE)
			return result;
		if (got == 0)
			return end_hole(stream, err);
		result = (stream->skip_zeros ? write_but_zeros : write_all)(
			stream, signals, buffer, got, err);
		if (result != ENGINE_DONE)
			return result;
		/* Whose size is not true may give more than it, in pieces. */
		if (got < ENGINE_BUFFER && stream->size > 0 &&
		    stream->done == stream->size)
			return end_hole(stream, err);
		/* A slow destination may take seconds for some MiB. */
		if (signals_drain_sometimes(signals) != 0)
			return ENGINE_STOPPED;
	}
}
