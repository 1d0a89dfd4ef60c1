/* SPDX-License-Identifier: MIT */
/*
 * Ranges whose zeros are not copied as they are.
 *
 * A range is cut into pieces of one kind each: those to be copied, which any
 * engine does, and the others. To fill, the file system is asked where the
 * holes are; none is read, since reading a mapped hole would fill it in the
 * source [tmpfs]. To skip, the source is read once more than copied, because
 * most engines never see the bytes; nothing is written for zeros, as the
 * destination was empty before.
 */
#include "config.h"

#include "engine_zeros.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "extent.h"
#include "util.h"
#include "zeros.h"

/* Bytes of the source file of one kind, from the place that was asked for. */
struct piece {
	uint64_t length;
	bool zero;
};

/* What comes at AT, before END, as the file system knows. */
static int find_hole(int source, uint64_t at, uint64_t end, struct piece *piece,
		     struct err *err)
{
	struct extent extent;
	int found = extent_next(source, at, end, &extent);

	if (found < 0)
		return err_set(err, ERR_READ);
	piece->zero = found == 0 || extent.start > at;
	if (found == 0)
		piece->length = end - at;
	else
		piece->length = (piece->zero ? extent.start : extent.end) - at;
	return 0;
}

/* One buffer of SOURCE from AT on. Returns its bytes, or -1. */
static ssize_t read_some(struct engine_work *work, int source, uint64_t at,
			 uint64_t end, struct err *err)
{
	char *buffer = engine_buffer(work);
	ssize_t got;

	if (!buffer)
		return err_set(err, ERR_MEMORY);
	do
		got = pread(source, buffer,
			    (size_t)util_min(end - at, ENGINE_BUFFER),
			    (off_t)at);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_set(err, ERR_READ);
	if (got == 0)
		return err_set_num(err, ERR_SOURCE_SHRANK, 0);
	return got;
}

/* What comes at AT, before END, as its bytes are; at most ENGINE_STEP. */
static int find_zeros(struct engine_work *work, int source, uint64_t at,
		      uint64_t end, struct piece *piece, struct err *err)
{
	piece->length = 0;
	end = util_min(end, at + ENGINE_STEP);
	while (at + piece->length < end) {
		ssize_t got =
			read_some(work, source, at + piece->length, end, err);
		size_t run;
		bool zero;

		if (got < 0)
			return -1;
		run = zeros_run(work->buffer, (size_t)got, at + piece->length,
				&zero);
		if (piece->length > 0 && zero != piece->zero)
			break;
		piece->zero = zero;
		piece->length += run;
		if (run < (size_t)got)
			break;
	}
	return 0;
}

/* Writes LENGTH bytes of zeros where RANGE stands. */
static enum engine_result fill(struct engine_work *work,
			       struct engine_range *range, uint64_t length,
			       struct err *err)
{
	uint64_t end = range->done + length;
	char *buffer = engine_buffer(work);

	if (!buffer) {
		err_set(err, ERR_MEMORY);
		return ENGINE_FAILED;
	}
	memset(buffer, 0, ENGINE_BUFFER);
	while (range->done < end) {
		ssize_t put = pwrite(range->dest, buffer,
				     (size_t)util_min(end - range->done,
						      ENGINE_BUFFER),
				     (off_t)(range->offset + range->done));

		if (put < 0 && errno != EINTR) {
			err_set(err, ERR_WRITE);
			return ENGINE_FAILED;
		}
		range->done += put > 0 ? (uint64_t)put : 0;
		if (work->step(work->step_arg, range->done) != 0)
			return ENGINE_STOPPED;
	}
	return ENGINE_DONE;
}

/* LENGTH bytes that are no zeros, or whose zeros are to be data. */
static enum engine_result copy_piece(enum options_engine which, bool forced,
				     struct engine_work *work,
				     struct engine_range *range,
				     uint64_t length, struct err *err)
{
	struct engine_range piece = *range;
	enum engine_result result;

	piece.zeros = JOB_ZEROS_COPY;
	piece.length = range->done + length;
	result = engine_copy(which, forced, work, &piece, err);
	range->done = piece.done;
	return result;
}

enum engine_result engine_zeros_copy(enum options_engine which, bool forced,
				     struct engine_work *work,
				     struct engine_range *range,
				     struct err *err)
{
	uint64_t end = range->offset + range->length;

	while (range->done < range->length) {
		enum engine_result result = ENGINE_DONE;
		uint64_t at = range->offset + range->done;
		bool fills = range->zeros == JOB_ZEROS_FILL;
		struct piece piece = { 0 };

		if ((fills ? find_hole(range->source, at, end, &piece, err)
			   : find_zeros(work, range->source, at, end, &piece,
					err)) < 0)
			return ENGINE_FAILED;
		if (!piece.zero)
			result = copy_piece(which, forced, work, range,
					    piece.length, err);
		else if (fills)
			result = fill(work, range, piece.length, err);
		else
			range->done += piece.length;
		if (result != ENGINE_DONE)
			return result;
		if (work->step(work->step_arg, range->done) != 0)
			return ENGINE_STOPPED;
	}
	return ENGINE_DONE;
}
