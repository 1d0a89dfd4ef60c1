/* SPDX-License-Identifier: MIT */
/*
 * The rw engine: pread(2) into a buffer that stays in cache, pwrite(2) out of
 * it. Serves every pair of files, and says errno for every failure.
 */
#include "config.h"

#include "engine_rw.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "util.h"
#include "zeros.h"

/* LENGTH bytes of BUFFER to FD at OFFSET, however many calls that takes. */
static int write_whole(int fd, const char *buffer, size_t length,
		       uint64_t offset)
{
	while (length > 0) {
		ssize_t written = pwrite(fd, buffer, length, (off_t)offset);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		buffer += written;
		length -= (size_t)written;
		offset += (uint64_t)written;
	}
	return 0;
}

/* The same, but that nothing is written for blocks of zeros. */
static int write_but_zeros(int fd, const char *buffer, size_t length,
			   uint64_t offset)
{
	while (length > 0) {
		bool zero;
		size_t run = zeros_run(buffer, length, offset, &zero);

		if (!zero && write_whole(fd, buffer, run, offset) < 0)
			return -1;
		buffer += run;
		length -= run;
		offset += run;
	}
	return 0;
}

/* One buffer full of what is left of RANGE. */
static int copy_piece(char *buffer, struct engine_range *range, struct err *err)
{
	uint64_t at = range->offset + range->done;
	size_t wanted =
		(size_t)util_min(range->length - range->done, ENGINE_BUFFER);
	ssize_t got;

	do
		got = pread(range->source, buffer, wanted, (off_t)at);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_set(err, ERR_READ);
	if (got == 0)
		return err_set_num(err, ERR_SOURCE_SHRANK, 0);
	if ((range->zeros == JOB_ZEROS_SKIP ? write_but_zeros : write_whole)(
		    range->dest, buffer, (size_t)got, at) < 0)
		return err_set(err, ERR_WRITE);
	range->done += (uint64_t)got;
	return 0;
}

static enum engine_result rw_copy(struct engine_work *work,
				  struct engine_range *range, struct err *err)
{
	char *buffer = engine_buffer(work);

	if (!buffer) {
		err_set(err, ERR_MEMORY);
		return ENGINE_FAILED;
	}
	while (range->done < range->length) {
		if (copy_piece(buffer, range, err) < 0)
			return ENGINE_FAILED;
		if (work->step(work->step_arg, range->done) != 0)
			return ENGINE_STOPPED;
	}
	return ENGINE_DONE;
}

enum engine_result engine_rw_part(struct engine_work *work,
				  struct engine_range *range, uint64_t length,
				  struct err *err)
{
	struct engine_range part = *range;
	enum engine_result result;

	part.length =
		range->done + util_min(range->length - range->done, length);
	result = rw_copy(work, &part, err);
	range->done = part.done;
	return result;
}

static int rw_probe(int source, int dest, uint64_t size)
{
	(void)source;
	(void)dest;
	(void)size;
	return 0;
}

const struct engine engine_rw = {
	.name = "rw",
	.probe = rw_probe,
	.copy = rw_copy,
};
