/* SPDX-License-Identifier: MIT */
/*
 * Jobs and records: what is to be done and what became of it, as plain data.
 */
#include "config.h"

#include "job.h"

#include "util.h"

/*
 * Below 2 MiB a chunk cannot be mapped with huge pages; above 256 MiB nothing
 * is won [xfs: 1 MiB mappings 2.6 GB/s, 64 MiB 9.3, 256 MiB 11.2, all 13] and
 * a worker that dies loses more.
 */
#define CHUNK_HUGE_PAGE (2 * UTIL_MIB)
#define CHUNK_MOST (256 * UTIL_MIB)

/* So many chunks a worker, when the file is large enough to say so. */
#define CHUNKS_PER_WORKER 4

uint64_t job_chunk_size(uint64_t size, unsigned int workers, uint64_t wanted,
			size_t page_size)
{
	uint64_t share;

	if (wanted > 0)
		return wanted;
	share = size / ((uint64_t)workers * CHUNKS_PER_WORKER);
	if (share >= CHUNK_HUGE_PAGE)
		return util_min(util_round_up(share, CHUNK_HUGE_PAGE),
				CHUNK_MOST);
	/* Rounded down: as many chunks as workers if there are the pages. */
	share = size / workers / page_size * page_size;
	return util_max(share, page_size);
}

uint64_t job_chunk_length(uint64_t offset, uint64_t end, uint64_t chunk_size)
{
	return util_min(chunk_size - offset % chunk_size, end - offset);
}

/* A chunk of this many bytes takes about a millisecond. */
#define LARGE_CHUNK (4 * UTIL_MIB)

unsigned int job_window(uint64_t length)
{
	return length >= LARGE_CHUNK ? 1 : JOB_WINDOW;
}
