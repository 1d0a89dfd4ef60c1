/* SPDX-License-Identifier: MIT */
/*
 * A large file on its way: cut into chunk jobs, and put together from records.
 */
#include "config.h"

#include "transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "util.h"

int transfer_begin(struct transfer *transfer, uint64_t file, uint64_t size,
		   uint64_t chunk_size, size_t out_most)
{
	*transfer = (struct transfer){
		.file = file,
		.next_job = file + 1,
		.size = size,
		.chunk_size = chunk_size,
		.out_most = out_most,
		.prefix = size,
	};
	transfer->out = calloc(out_most, sizeof(*transfer->out));
	return transfer->out ? 0 : -1;
}

/* Stops handing out, and keeps the first reason. */
static void fail(struct transfer *transfer, const struct err *err,
		 uint64_t good_until)
{
	if (!transfer->failed)
		transfer->err = *err;
	transfer->failed = true;
	transfer->prefix = util_min(transfer->prefix, good_until);
}

/*
 * Space for a stretch, where that pays; dest_size has made room for no byte
 * yet, so a refusal for want of space is the truth.
 */
static int reserve(struct transfer *transfer)
{
	const struct extent *extent = &transfer->extent;

	if (!transfer->preallocate ||
	    fallocate(transfer->dest, 0, (off_t)extent->start,
		      (off_t)(extent->end - extent->start)) == 0)
		return 0;
	return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? -1 : 0;
}

/* Moves to the next stretch of data; false when there is none. */
static bool next_extent(struct transfer *transfer)
{
	struct err err;
	int found = 1;

	if (transfer->sparse)
		found = extent_next(transfer->source, transfer->next,
				    transfer->size, &transfer->extent);
	else
		transfer->extent = (struct extent){ 0, transfer->size };
	if (found < 0) {
		err_set(&err, ERR_READ);
		fail(transfer, &err, transfer->next);
		return false;
	}
	if (found == 0) {
		transfer->holes += transfer->size - transfer->next;
		transfer->next = transfer->size;
		return false;
	}
	transfer->holes += transfer->extent.start - transfer->next;
	transfer->next = transfer->extent.start;
	if (reserve(transfer) < 0) {
		err_set(&err, ERR_WRITE);
		fail(transfer, &err, transfer->next);
		return false;
	}
	return true;
}

bool transfer_next(struct transfer *transfer, struct job *job)
{
	struct transfer_chunk *chunk;

	if (transfer->failed || transfer->out_count == transfer->out_most ||
	    transfer->next >= transfer->size)
		return false;
	if (transfer->next >= transfer->extent.end && !next_extent(transfer))
		return false;
	*job = (struct job){
		.type = JOB_CHUNK,
		.id = transfer->next_job++,
		.file = transfer->file,
		.offset = transfer->next,
		.length = job_chunk_length(transfer->next, transfer->extent.end,
					   transfer->chunk_size),
		.source_fd = -1,
		.dest_fd = -1,
	};
	transfer->next += job->length;
	chunk = &transfer->out[transfer->out_count++];
	*chunk = (struct transfer_chunk){ .job = job->id,
					  .offset = job->offset,
					  .length = job->length };
	return true;
}

void transfer_record(struct transfer *transfer, const struct record *record)
{
	static const struct err lost_count = { .op = ERR_WRITE, .errnum = EIO };
	struct transfer_chunk *chunk = transfer->out;
	struct transfer_chunk *end = transfer->out + transfer->out_count;

	while (chunk < end && chunk->job != record->job)
		chunk++;
	if (chunk == end)
		return;
	chunk->done = record->bytes;
	if (record->type == RECORD_PROGRESS)
		return;
	transfer->done += record->bytes;
	/* Whoever says that less than all is done has lost count. */
	if (record->type == RECORD_DONE && record->bytes != chunk->length)
		fail(transfer, &lost_count, chunk->offset);
	if (record->type == RECORD_FAILED)
		fail(transfer, &record->err, chunk->offset + record->bytes);
	*chunk = end[-1];
	transfer->out_count--;
}

bool transfer_settled(const struct transfer *transfer)
{
	return transfer->out_count == 0 &&
	       (transfer->failed || transfer->next >= transfer->size);
}

uint64_t transfer_moved(const struct transfer *transfer)
{
	uint64_t moved = transfer->done + transfer->holes;
	size_t i;

	for (i = 0; i < transfer->out_count; i++)
		moved += transfer->out[i].done;
	return moved;
}

uint64_t transfer_prefix(const struct transfer *transfer)
{
	uint64_t prefix = util_min(transfer->prefix, transfer->next);
	size_t i;

	/* An interrupted chunk is in place as far as was told. */
	for (i = 0; i < transfer->out_count; i++)
		prefix = util_min(prefix, transfer->out[i].offset +
						  transfer->out[i].done);
	return prefix;
}

void transfer_end(struct transfer *transfer)
{
	free(transfer->out);
	transfer->out = NULL;
}
