/* SPDX-License-Identifier: MIT */
/*
 * Jobs and records: what is to be done and what became of it, as plain data.
 *
 * Forward go jobs, back come records. Neither holds a pointer, but to bytes
 * that travel with it, so that both can cross a pipe today and a network
 * tomorrow. A large file is announced once (JOB_FILE), copied by ranges
 * (JOB_CHUNK) in any order by anyone who knows it, and forgotten (JOB_FORGET).
 * A part of a tree is a JOB_BATCH. Each JOB_CHUNK and JOB_BATCH is answered by
 * exactly one RECORD_DONE or RECORD_FAILED, after other records of it; the
 * other jobs are answered by nothing.
 */
#ifndef MCP_JOB_H
#define MCP_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "util.h"

enum job_type {
	JOB_FILE = 1,
	JOB_CHUNK,
	JOB_FORGET,
	JOB_BATCH = 9, /* no record has this number */
};

/* What follows the fields of a message: bytes that batch.h explains. */
struct job_body {
	const uint8_t *bytes;
	size_t length;
};

/* What becomes of zeros that a large file has, or would have. */
enum job_zeros {
	JOB_ZEROS_COPY, /* they are copied like all else */
	JOB_ZEROS_SKIP, /* blocks of them are not written: they become holes */
	JOB_ZEROS_FILL, /* holes are written as zeros */
	JOB_ZEROS	/* how many there are */
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
	uint8_t zeros;	/* enum job_zeros */
	/*
	 * ... and its descriptors, -1 elsewhere. They are not part of the
	 * message: they travel beside it and belong to the receiver.
	 */
	int source_fd;
	int dest_fd;
	int missing; /* errno: why they are -1 where they should not be */

	struct job_body body; /* JOB_BATCH: a struct batch */
};

enum record_type {
	RECORD_PROGRESS = 1, /* some of a chunk is copied */
	RECORD_DONE,	     /* all of it */
	RECORD_FAILED,	     /* and it will not be */
	RECORD_GIVEN,	     /* a struct batch that somebody else may do */
	RECORD_ASIDE,	     /* names, done and to be done (aside.h) */
	RECORD_FULL,	     /* a struct batch_full, done when all is done */
	RECORD_TEXT,	     /* something to be said */
	RECORD_LAST,	     /* a struct batch that must wait for all else */
	RECORD_TALLY = 10,   /* what was done since the last one (tally.h) */
	RECORD_NOTES,	     /* for --status (status_note.h) */

	/* What a backend says of a job by itself, never on a pipe. */
	RECORD_RETURNED, /* nobody is there to do it; its body is ours again */
};

struct record {
	enum record_type type;
	uint64_t job; /* struct job.id */
	/*
	 * A number, whose meaning depends on the type:
	 *
	 *     PROGRESS  bytes of the chunk in place, from its start
	 *     DONE      of a chunk: the same, which is its length;
	 *               of a batch: 1 if something was not copied, else 0
	 *     FAILED    of a chunk: as PROGRESS, as far as known; of a batch: 0
	 *     TEXT      the descriptor that it is for
	 *     LAST      the size of its one file, or 0 for its one directory
	 *     NOTES     how many others were lost
	 *     others    0
	 */
	uint64_t bytes;
	/*
	 * Valid until the next record is asked for. RECORD_TALLY: behind the
	 * tally stands the name of the file at work, without a NUL.
	 */
	struct job_body body;
	struct err err; /* RECORD_FAILED */

	/* Who sent it, as its backend counts and calls them; not sent. */
	unsigned int worker;
	int pid;
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

/*
 * From this size on, in bytes, a file is worth all workers, when nobody asked
 * for a number of them.
 */
#define JOB_FOR_ALL (32 * UTIL_MIB)

/*
 * After so many bytes of several files workers are started for the rest: this
 * takes as long as copying a few MiB, about a millisecond.
 */
#define JOB_PAYS_AFTER (4 * UTIL_MIB)

/* The most jobs that anyone is given before he has answered. */
#define JOB_WINDOW 16

/*
 * How many jobs of LENGTH bytes one worker is given at a time: so many that
 * the next is there when one is done, and only one where fetching it costs
 * microseconds and copying it milliseconds, lest others wait behind it.
 */
unsigned int job_window(uint64_t length);

#endif
