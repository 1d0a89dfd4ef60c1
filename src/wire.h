/* SPDX-License-Identifier: MIT */
/*
 * Jobs and records as bytes: a fixed header, then the fields of the type.
 *
 *     version  1 byte    WIRE_VERSION
 *     type     1 byte    enum job_type or enum record_type
 *     length   2 bytes   of the whole message, header included
 *     id       8 bytes   of the job
 *
 *     JOB_FILE         file 8, engine 1, forced 1, zeros 1
 *     JOB_CHUNK        file 8, offset 8, length 8
 *     JOB_FORGET       file 8
 *     RECORD_PROGRESS  bytes 8
 *     RECORD_DONE      bytes 8
 *     RECORD_FAILED    bytes 8, operation 1, errno 4
 *     JOB_BATCH, RECORD_GIVEN, RECORD_ASIDE, RECORD_FULL, RECORD_TEXT,
 *     RECORD_LAST, RECORD_TALLY, RECORD_NOTES
 *                      as the first field of a job or record, then a body
 *
 * Numbers are as pack.h has them. A message whose version, type, length or
 * fields are not exactly what this table says is refused: no length is trusted.
 *
 * A message without a body is shorter than PIPE_BUF, so that one write(2) puts
 * all of it into a pipe or nothing (pipe(7)).
 */
#ifndef MCP_WIRE_H
#define MCP_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "job.h"

#define WIRE_VERSION 1

/* No message without a body is longer, in bytes. */
#define WIRE_SMALL 40

/* No body is longer, and no message. */
#define WIRE_BODY_MAX 60000
#define WIRE_MAX (WIRE_SMALL + WIRE_BODY_MAX)

/*
 * Write JOB or RECORD into BUFFER, of at least WIRE_SMALL bytes and its body's
 * length, and return the length of the message. The descriptors of a JOB_FILE
 * are not written.
 */
size_t wire_encode_job(const struct job *job, uint8_t *buffer);
size_t wire_encode_record(const struct record *record, uint8_t *buffer);

/*
 * Read the message at the start of the LENGTH bytes in BUFFER. Return how
 * many bytes it took, 0 when it is not all there yet, or -1 when this is no
 * message (then *JOB or *RECORD means nothing, and neither does what follows).
 * Descriptors of a JOB_FILE come out as -1, a body points into BUFFER.
 */
int wire_decode_job(const uint8_t *buffer, size_t length, struct job *job);
int wire_decode_record(const uint8_t *buffer, size_t length,
		       struct record *record);

/*
 * Bytes as they come out of a pipe, which knows no messages. Filled by
 * wire_fill, emptied from the front by wire_take.
 */
struct wire_inbox {
	size_t length;
	uint8_t bytes[WIRE_MAX + 4096];
};

/*
 * One read(2) from FD into INBOX, retried on EINTR. Returns 1 when bytes
 * came, 0 at the end of the pipe, -1 with errno otherwise (EAGAIN: nothing is
 * there now; ENOBUFS: the inbox is full).
 */
int wire_fill(struct wire_inbox *inbox, int fd);

/* Drops the first TAKEN bytes of INBOX. */
void wire_take(struct wire_inbox *inbox, size_t taken);

#endif
