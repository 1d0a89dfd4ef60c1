/* SPDX-License-Identifier: MIT */
/*
 * Jobs and records: what is to be done and what became of it, as plain data.
 *
 * Forward go jobs, back come records. Neither holds a pointer, so that both
 * can cross a pipe today and a network tomorrow. A large file is announced
 * once (JOB_FILE), copied by ranges (JOB_CHUNK) in any order by anyone who
 * knows it, and forgotten (JOB_FORGET). Each JOB_CHUNK is answered by exactly
 * one RECORD_DONE or RECORD_FAILED; the other jobs are answered by nothing.
 */
#ifndef MCP_JOB_H
#define MCP_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

enum job_type {
	JOB_FILE = 1,
	JOB_CHUNK,
	JOB_FORGET,
};

struct job {
	enum job_type type;
	uint64_t id;   /* of this job, never used again in a run */
	uint64_t file; /* which large file, never used again in a run */

	/* JOB_CHUNK: the bytes [offset, offset + length) of the file. */
	uint64_t offset;
	uint64_t length;

	/* JOB_FILE: how its chunks are copied ... */
	uint8_t engine; /* enum options_engine */
	bool forced;	/* no other engine may stand in for it */
	/*
	 * ... and its descriptors, -1 elsewhere. They are not part of the
	 * message: they travel beside it and belong to the receiver.
	 */
	int source_fd;
	int dest_fd;
};

enum record_type {
	RECORD_PROGRESS = 1, /* some of a chunk is copied */
	RECORD_DONE,	     /* all of it */
	RECORD_FAILED,	     /* and it will not be */
};

struct record {
	enum record_type type;
	uint64_t job;	/* struct job.id */
	uint64_t bytes; /* of the chunk, copied so far, from its start */
	struct err err; /* RECORD_FAILED */
};

/*
 * Chunk arithmetic. How large the chunks of SIZE bytes should be for WORKERS
 * workers: several for each, so that a slow one strands nobody, of whole
 * pages, and at least one each where the file has as many pages. WANTED is
 * the user's size, 0 for none. Never 0.
 */
uint64_t job_chunk_size(uint64_t size, unsigned int workers, uint64_t wanted,
			size_t page_size);

/*
 * The chunk that begins at OFFSET within [OFFSET, END): its length, which
 * brings the next one to a multiple of CHUNK_SIZE. OFFSET < END.
 */
uint64_t job_chunk_length(uint64_t offset, uint64_t end, uint64_t chunk_size);

/* The most jobs that anyone is given before he has answered. */
#define JOB_WINDOW 16

/*
 * How many jobs of LENGTH bytes one worker is given at a time: so many that
 * the next is there when one is done, and only one where fetching it costs
 * microseconds and copying it milliseconds, lest others wait behind it.
 */
unsigned int job_window(uint64_t length);

#endif
