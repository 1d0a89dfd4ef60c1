/* SPDX-License-Identifier: MIT */
/*
 * A large file on its way: cut into chunk jobs, and put together from records.
 *
 * transfer_begin, then transfer_next hands out jobs until none is left while
 * transfer_record takes in their answers, in any order; when it is settled,
 * `failed` and `prefix` tell. Knows nothing of who does the jobs.
 */
#ifndef MCP_TRANSFER_H
#define MCP_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "extent.h"
#include "job.h"

struct transfer_chunk {
	uint64_t job;
	uint64_t offset;
	uint64_t length;
	uint64_t done; /* bytes, as last told */
};

struct transfer {
	uint64_t file;
	int source;
	int dest;
	uint64_t size;
	uint64_t chunk_size;
	bool sparse;	  /* holes are looked for, and not copied */
	bool preallocate; /* space is reserved stretch by stretch */

	uint64_t next_job;
	uint64_t next;		    /* where the next chunk may begin */
	struct extent extent;	    /* the stretch of data it begins in */
	struct transfer_chunk *out; /* jobs without an answer */
	size_t out_count;
	size_t out_most;

	uint64_t done;	 /* bytes of answered chunks */
	uint64_t holes;	 /* bytes of holes passed over */
	bool failed;	 /* no more jobs are handed out ... */
	struct err err;	 /* ... for this reason, the first one */
	uint64_t prefix; /* and all before this byte is in place */
};

/*
 * A transfer of the SIZE bytes of SOURCE to DEST in chunks of CHUNK_SIZE, with
 * at most OUT_MOST jobs out at a time. FILE is the id of the file; its jobs
 * are numbered from FILE + 1 on. Returns 0, or -1 with errno ENOMEM.
 */
int transfer_begin(struct transfer *transfer, uint64_t file, uint64_t size,
		   uint64_t chunk_size, size_t out_most);

/* Fills JOB with the next chunk: false when none can be handed out now. */
bool transfer_next(struct transfer *transfer, struct job *job);

/* Takes in the answer to a job. */
void transfer_record(struct transfer *transfer, const struct record *record);

/* Whether every job handed out was answered and no other will come. */
bool transfer_settled(const struct transfer *transfer);

/* How many bytes of the file are dealt with, as far as was told. */
uint64_t transfer_moved(const struct transfer *transfer);

/* Before this byte all is in place, now that nothing works on it any more. */
uint64_t transfer_prefix(const struct transfer *transfer);

/* Frees what TRANSFER holds; descriptors are the caller's. */
void transfer_end(struct transfer *transfer);

#endif
