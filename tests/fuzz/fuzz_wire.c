/* SPDX-License-Identifier: MIT */
/*
 * fuzz_wire: jobs, records and batches out of any bytes.
 *
 * The first byte chooses what the rest is decoded as. What is taken for a
 * message must be within the bytes, hold what its header promises, and be
 * encoded to the same bytes again.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "wire.h"

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void check_body(const struct job_body *body, const uint8_t *bytes,
		       size_t taken)
{
	if (body->length == 0)
		return;
	require(body->bytes > bytes &&
		body->bytes + body->length == bytes + taken);
	require(body->length <= WIRE_BODY_MAX);
}

static void try_job(const uint8_t *bytes, size_t length)
{
	static uint8_t again[WIRE_MAX];
	struct job job;
	int taken = wire_decode_job(bytes, length, &job);

	if (taken <= 0)
		return;
	require((size_t)taken <= length);
	require(job.source_fd == -1 && job.dest_fd == -1);
	check_body(&job.body, bytes, (size_t)taken);
	if (job.type == JOB_CHUNK)
		require(job.length > 0 && job.offset + job.length <= INT64_MAX);
	require(wire_encode_job(&job, again) == (size_t)taken);
	require(memcmp(again, bytes, (size_t)taken) == 0);
}

static void try_record(const uint8_t *bytes, size_t length)
{
	static uint8_t again[WIRE_MAX];
	struct record record;
	int taken = wire_decode_record(bytes, length, &record);

	if (taken <= 0)
		return;
	require((size_t)taken <= length);
	check_body(&record.body, bytes, (size_t)taken);
	require(record.err.op < ERR_OPS && record.err.errnum >= 0);
	require(wire_encode_record(&record, again) == (size_t)taken);
	require(memcmp(again, bytes, (size_t)taken) == 0);
}

static void check_dir(const struct batch_dir *dir, const uint8_t *bytes,
		      size_t length)
{
	const char *start = (const char *)bytes;

	require(dir->path >= start &&
		dir->path + strlen(dir->path) < start + length);
}

static void try_batch(const uint8_t *bytes, size_t length)
{
	static uint8_t again[WIRE_MAX];
	struct batch batch;
	const char *name;

	if (length > WIRE_BODY_MAX || batch_decode(bytes, length, &batch) < 0)
		return;
	check_dir(&batch.dir, bytes, length);
	require(batch.names + batch.length == (const char *)bytes + length);
	for (name = batch.names; name < batch.names + batch.length;
	     name += strlen(name + 1) + 2)
		require(name[1] != '\0' && !strchr(name + 1, '/') &&
			strcmp(name + 1, "..") != 0);
	require(name == batch.names + batch.length);
	/* Any byte but 0 says yes. */
	require(batch_encode(&batch, again) == length);
}

static void try_full(const uint8_t *bytes, size_t length)
{
	static uint8_t again[WIRE_MAX];
	struct batch_full full;

	if (length > WIRE_BODY_MAX ||
	    batch_decode_full(bytes, length, &full) < 0)
		return;
	check_dir(&full.dir, bytes, length);
	require(batch_encode_full(&full, again) == length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[])(const uint8_t *,
				     size_t) = { try_job, try_record, try_batch,
						 try_full };
	uint8_t *bytes;

	if (size == 0)
		return 0;
	/* Of exactly that size, so that a byte too many is seen. */
	bytes = malloc(size - 1);
	if (!bytes)
		return 0;
	memcpy(bytes, data + 1, size - 1);
	tries[data[0] % 4](bytes, size - 1);
	free(bytes);
	return 0;
}
