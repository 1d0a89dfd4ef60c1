/* SPDX-License-Identifier: MIT */
/*
 * Jobs and records as bytes: a fixed header, then the fields of the type.
 *
 * Encoding and decoding of a type stand together and must take the same steps.
 */
#include "config.h"

#include "wire.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "pack.h"

#define HEADER_SIZE 12

_Static_assert(WIRE_SMALL <= _POSIX_PIPE_BUF, "one write must be whole");
_Static_assert(WIRE_MAX <= UINT16_MAX, "the header holds the length");

/* The fields of a type, in bytes; 0 for no such type. */
struct shape {
	size_t fields;
	bool body;
};

static struct shape shape_of_job(unsigned int type)
{
	switch (type) {
	case JOB_FILE:
		return (struct shape){ 8 + 1 + 1 + 1, false };
	case JOB_CHUNK:
		return (struct shape){ 8 + 8 + 8, false };
	case JOB_FORGET:
		return (struct shape){ 8, false };
	case JOB_BATCH:
		return (struct shape){ 8, true };
	default:
		return (struct shape){ 0, false };
	}
}

static struct shape shape_of_record(unsigned int type)
{
	switch (type) {
	case RECORD_PROGRESS:
	case RECORD_DONE:
		return (struct shape){ 8, false };
	case RECORD_FAILED:
		return (struct shape){ 8 + 1 + 4, false };
	case RECORD_GIVEN:
	case RECORD_ASIDE:
	case RECORD_FULL:
	case RECORD_TEXT:
	case RECORD_LAST:
	case RECORD_TALLY:
	case RECORD_NOTES:
		return (struct shape){ 8, true };
	default:
		return (struct shape){ 0, false };
	}
}

static void put_header(struct pack *pack, unsigned int type, size_t length,
		       uint64_t id)
{
	pack_put(pack, WIRE_VERSION, 1);
	pack_put(pack, type, 1);
	pack_put(pack, length, 2);
	pack_put(pack, id, 8);
}

/*
 * Reads the header at PACK if all of a message is there. Returns as
 * wire_decode_job; SHAPE_OF tells what the type's length must be.
 */
static int get_header(struct pack *pack, size_t available,
		      struct shape (*shape_of)(unsigned int),
		      unsigned int *type, uint64_t *id)
{
	struct shape shape;
	size_t length, least;

	if (available < HEADER_SIZE)
		return 0;
	if (pack_get(pack, 1) != WIRE_VERSION)
		return -1;
	*type = (unsigned int)pack_get(pack, 1);
	length = (size_t)pack_get(pack, 2);
	shape = shape_of(*type);
	least = HEADER_SIZE + shape.fields;
	if (shape.fields == 0 || length < least ||
	    length > least + (shape.body ? WIRE_BODY_MAX : 0))
		return -1;
	*id = pack_get(pack, 8);
	return available < length ? 0 : (int)length;
}

static struct job_body get_body(const struct pack *pack, int taken)
{
	return (struct job_body){ pack->in + pack->at,
				  (size_t)taken - pack->at };
}

size_t wire_encode_job(const struct job *job, uint8_t *buffer)
{
	struct shape shape = shape_of_job(job->type);
	size_t body = shape.body ? job->body.length : 0;
	struct pack pack = { .out = buffer };

	put_header(&pack, job->type, HEADER_SIZE + shape.fields + body,
		   job->id);
	pack_put(&pack, job->file, 8);
	if (job->type == JOB_FILE) {
		pack_put(&pack, job->engine, 1);
		pack_put(&pack, job->forced, 1);
		pack_put(&pack, job->zeros, 1);
	} else if (job->type == JOB_CHUNK) {
		pack_put(&pack, job->offset, 8);
		pack_put(&pack, job->length, 8);
	}
	pack_put_bytes(&pack, job->body.bytes, body);
	return pack.at;
}

int wire_decode_job(const uint8_t *buffer, size_t length, struct job *job)
{
	struct pack pack = { .in = buffer };
	unsigned int type;
	uint64_t id;
	int taken = get_header(&pack, length, shape_of_job, &type, &id);

	if (taken <= 0)
		return taken;
	*job = (struct job){ .type = type,
			     .id = id,
			     .source_fd = -1,
			     .dest_fd = -1 };
	job->file = pack_get(&pack, 8);
	if (type == JOB_FILE) {
		uint64_t forced;

		job->engine = (uint8_t)pack_get(&pack, 1);
		forced = pack_get(&pack, 1);
		job->zeros = (uint8_t)pack_get(&pack, 1);
		/* auto is settled before a job is made. */
		if (forced > 1 || job->engine == OPTIONS_ENGINE_AUTO ||
		    job->engine >= OPTIONS_ENGINES || job->zeros >= JOB_ZEROS)
			return -1;
		job->forced = forced;
	} else if (type == JOB_CHUNK) {
		job->offset = pack_get(&pack, 8);
		job->length = pack_get(&pack, 8);
		if (job->length == 0 || job->offset > INT64_MAX ||
		    job->length > INT64_MAX - job->offset)
			return -1;
	} else if (type == JOB_BATCH) {
		job->body = get_body(&pack, taken);
	}
	return taken;
}

size_t wire_encode_record(const struct record *record, uint8_t *buffer)
{
	struct shape shape = shape_of_record(record->type);
	size_t body = shape.body ? record->body.length : 0;
	struct pack pack = { .out = buffer };

	put_header(&pack, record->type, HEADER_SIZE + shape.fields + body,
		   record->job);
	pack_put(&pack, record->bytes, 8);
	if (record->type == RECORD_FAILED) {
		pack_put(&pack, record->err.op, 1);
		pack_put(&pack, (uint32_t)record->err.errnum, 4);
	}
	pack_put_bytes(&pack, record->body.bytes, body);
	return pack.at;
}

int wire_decode_record(const uint8_t *buffer, size_t length,
		       struct record *record)
{
	struct pack pack = { .in = buffer };
	unsigned int type;
	uint64_t id;
	int taken = get_header(&pack, length, shape_of_record, &type, &id);

	if (taken <= 0)
		return taken;
	*record = (struct record){ .type = type, .job = id };
	record->bytes = pack_get(&pack, 8);
	if (type == RECORD_FAILED) {
		uint64_t op = pack_get(&pack, 1);
		uint64_t errnum = pack_get(&pack, 4);

		if (op == ERR_NONE || op >= ERR_OPS || errnum > INT_MAX)
			return -1;
		record->err.op = (enum err_op)op;
		record->err.errnum = (int)errnum;
	} else if (shape_of_record(type).body) {
		record->body = get_body(&pack, taken);
	}
	return taken;
}

int wire_fill(struct wire_inbox *inbox, int fd)
{
	size_t room = sizeof(inbox->bytes) - inbox->length;
	ssize_t got;

	if (room == 0) {
		errno = ENOBUFS;
		return -1;
	}
	do
		got = read(fd, inbox->bytes + inbox->length, room);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -1;
	inbox->length += (size_t)got;
	return got > 0;
}

void wire_take(struct wire_inbox *inbox, size_t taken)
{
	inbox->length -= taken;
	memmove(inbox->bytes, inbox->bytes + taken, inbox->length);
}
