/* SPDX-License-Identifier: MIT */
/*
 * What auto means: which engine serves when nobody asked for one.
 */
#ifndef MCP_ENGINE_AUTO_H
#define MCP_ENGINE_AUTO_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"
#include "util.h"

/* Where the bytes of a source come from. */
enum engine_from {
	ENGINE_FROM_CACHE,
	ENGINE_FROM_DISK,   /* most of it is not in the page cache */
	ENGINE_FROM_BEYOND, /* nor would it fit in */
};

/* What the choice depends on. */
struct engine_case {
	uint32_t type;	      /* of the destination's file system (statfs(2)) */
	bool huge_pages;      /* it gives them to mappings that ask */
	bool existing;	      /* the destination was there before */
	bool durable;	      /* it is on the disk before it is done */
	bool pieces;	      /* ENGINE_AUTO_PIECE is not reached */
	unsigned int workers; /* who copy at the same time; 1: this process */
	enum engine_from from;
};

/*
 * From this size on, in bytes, it is checked where a source comes from: 8
 * reads that do not wait (RWF_NOWAIT of preadv2(2), Linux 4.14), and some files
 * of /proc and /sys.
 */
#define ENGINE_AUTO_LOOKS_FROM (32 * UTIL_MIB)

/*
 * With fewer bytes than this for each worker, little would be mapped by huge
 * pages. A file with holes comes in smaller pieces.
 */
#define ENGINE_AUTO_PIECE (32 * UTIL_MIB)

/* From this size on, in bytes, a file takes enough huge pages to count. */
#define ENGINE_AUTO_HUGE_FROM (4 * UTIL_MIB)

/*
 * What copying SIZE bytes of SOURCE to DEST is like: fills type, huge_pages and
 * from.
 */
void engine_auto_look(struct engine_case *about, int source, int dest,
		      uint64_t size);

/*
 * The engines that are best for ABOUT, the best one first: the number of them,
 * at most OPTIONS_ENGINES. The last one is rw, which serves everything.
 */
unsigned int engine_auto_rank(const struct engine_case *about,
			      enum options_engine ranked[OPTIONS_ENGINES]);

/* Why ENGINE is among them, for --debug. */
const char *engine_auto_why(const struct engine_case *about,
			    enum options_engine engine);

#endif
