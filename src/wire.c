/* SPDX-License-Identifier: MIT */
/*
 * Jobs and records as bytes: a fixed header, then the fields of the type.
 *
 * A cursor walks the message; encoding and decoding of a type stand together
 * and must take the same steps.
 */
#include "config.h"

#include "wire.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "options.h"

#define HEADER_SIZE 12

_Static_assert(WIRE_MAX <= _POSIX_PIPE_BUF, "one write must be whole");

struct cursor {
	uint8_t *out;	   /* when encoding */
	const uint8_t *in; /* when decoding */
	size_t at;
};

static void put(struct cursor *c, uint64_t value, unsigned int bytes)
{
	for (; bytes > 0; bytes--, value >>= 8)
		c->out[c->at++] = (uint8_t)value;
}

static uint64_t get(struct cursor *c, unsigned int bytes)
{
	uint64_t value = 0;
	unsigned int i;

	for (i = 0; i < bytes; i++)
		value |= (uint64_t)c->in[c->at++] << (8 * i);
	return value;
}

/* The length of a message of TYPE with its header, 0 for no such type. */
static size_t job_length(unsigned int type)
{
	switch (type) {
	case JOB_FILE:
		return HEADER_SIZE + 8 + 1 + 1;
	case JOB_CHUNK:
		return HEADER_SIZE + 8 + 8 + 8;
	case JOB_FORGET:
		return HEADER_SIZE + 8;
	default:
		return 0;
	}
}

static size_t record_length(unsigned int type)
{
	switch (type) {
	case RECORD_PROGRESS:
	case RECORD_DONE:
		return HEADER_SIZE + 8;
	case RECORD_FAILED:
		return HEADER_SIZE + 8 + 1 + 4;
	default:
		return 0;
	}
}

static void put_header(struct cursor *c, unsigned int type, size_t length,
		       uint64_t id)
{
	put(c, WIRE_VERSION, 1);
	put(c, type, 1);
	put(c, length, 2);
	put(c, id, 8);
}

/*
 * Reads the header at C if all of a message is there. Returns as
 * wire_decode_job; LENGTH_OF tells what the type's length must be.
 */
static int get_header(struct cursor *c, size_t available,
		      size_t (*length_of)(unsigned int), unsigned int *type,
		      uint64_t *id)
{
	size_t length;

	if (available < HEADER_SIZE)
		return 0;
	if (get(c, 1) != WIRE_VERSION)
		return -1;
	*type = (unsigned int)get(c, 1);
	length = (size_t)get(c, 2);
	if (length_of(*type) == 0 || length != length_of(*type))
		return -1;
	*id = get(c, 8);
	return available < length ? 0 : (int)length;
}

size_t wire_encode_job(const struct job *job, uint8_t *buffer)
{
	struct cursor c = { .out = buffer };

	put_header(&c, job->type, job_length(job->type), job->id);
	put(&c, job->file, 8);
	if (job->type == JOB_FILE) {
		put(&c, job->engine, 1);
		put(&c, job->forced, 1);
	} else if (job->type == JOB_CHUNK) {
		put(&c, job->offset, 8);
		put(&c, job->length, 8);
	}
	return c.at;
}

int wire_decode_job(const uint8_t *buffer, size_t length, struct job *job)
{
	struct cursor c = { .in = buffer };
	unsigned int type;
	uint64_t id;
	int taken = get_header(&c, length, job_length, &type, &id);

	if (taken <= 0)
		return taken;
	*job = (struct job){ .type = type,
			     .id = id,
			     .source_fd = -1,
			     .dest_fd = -1 };
	job->file = get(&c, 8);
	if (type == JOB_FILE) {
		uint64_t forced;

		job->engine = (uint8_t)get(&c, 1);
		forced = get(&c, 1);
		/* auto is settled before a job is made. */
		if (forced > 1 || job->engine == OPTIONS_ENGINE_AUTO ||
		    job->engine >= OPTIONS_ENGINES)
			return -1;
		job->forced = forced;
	} else if (type == JOB_CHUNK) {
		job->offset = get(&c, 8);
		job->length = get(&c, 8);
		if (job->length == 0 || job->offset > INT64_MAX ||
		    job->length > INT64_MAX - job->offset)
			return -1;
	}
	return taken;
}

size_t wire_encode_record(const struct record *record, uint8_t *buffer)
{
	struct cursor c = { .out = buffer };

	put_header(&c, record->type, record_length(record->type), record->job);
	put(&c, record->bytes, 8);
	if (record->type == RECORD_FAILED) {
		put(&c, record->err.op, 1);
		put(&c, (uint32_t)record->err.errnum, 4);
	}
	return c.at;
}

int wire_decode_record(const uint8_t *buffer, size_t length,
		       struct record *record)
{
	struct cursor c = { .in = buffer };
	unsigned int type;
	uint64_t id;
	int taken = get_header(&c, length, record_length, &type, &id);

	if (taken <= 0)
		return taken;
	*record = (struct record){ .type = type, .job = id };
	record->bytes = get(&c, 8);
	if (type == RECORD_FAILED) {
		uint64_t op = get(&c, 1);
		uint64_t errnum = get(&c, 4);

		if (op == ERR_NONE || op >= ERR_OPS || errnum > INT_MAX)
			return -1;
		record->err.op = (enum err_op)op;
		record->err.errnum = (int)errnum;
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
