/* SPDX-License-Identifier: MIT */
/*
 * Copying in order, from the first byte to the end of the source: for small
 * files, and for whatever has no size or cannot be written elsewhere than at
 * its end: FIFOs, terminals, devices, files of /proc.
 */
#ifndef MCP_STREAM_H
#define MCP_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "engine.h"
#include "err.h"
#include "signals.h"
#include "tally.h"

struct stream {
	int source;
	int dest;
	/*
	 * The size of a regular source, in bytes: a short read behind it is
	 * its end, which saves asking once more. 0 when it is not known.
	 */
	uint64_t size;
	/*
	 * The destination blocks and is shared with others (an inherited
	 * descriptor), so it is written to in small pieces when it is ready.
	 */
	bool dest_blocks;
	/*
	 * Blocks of zeros become holes: only of a regular, empty destination
	 * that is written from its start.
	 */
	bool skip_zeros;
	/*
	 * Nothing is read from a disk: unless the start of the source is in the
	 * page cache, the copy is refused.
	 */
	bool only_cached;
	/*
	 * Source and destination are regular files of one file system that is
	 * best asked to copy all SIZE bytes by itself (fstype.h: moves_small).
	 */
	bool move;
	struct tally *tally; /* whose partial bytes grow meanwhile */
	uint64_t done;	     /* bytes that are in place so far */
	uint64_t holes;	     /* of them, zeros that were skipped */
	bool ends_in_hole; /* the last of which were zeros that were skipped */
	bool moved;	   /* some were copied by the file system itself */
};

/*
 * Copies STREAM to its end through WORK's buffer. Descriptors that may block
 * without bound are non-blocking, or dest_blocks. Returns ENGINE_DONE,
 * ENGINE_REFUSED (only_cached: nothing was done), ENGINE_STOPPED when SIGNALS
 * told of a fatal signal, or ENGINE_FAILED with ERR_READ, ERR_WRITE or
 * ERR_MEMORY.
 */
enum engine_result stream_copy(struct stream *stream, struct signals *signals,
			       struct engine_work *work, struct err *err);

#endif
