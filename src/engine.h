/* SPDX-License-Identifier: MIT */
/*
 * Engines: the ways of moving a range of bytes from one file to another.
 *
 * An engine stands alone in engine_NAME.c and is known by its row in the table
 * of engine.c. It copies a range that others may be copying around it, says
 * how far it came, and never moves more than ENGINE_STEP bytes between two
 * calls of step, so that whoever runs it stays awake. Step is cheap: who moves
 * less at a time calls it each time, lest a slow disk make that long.
 */
#ifndef MCP_ENGINE_H
#define MCP_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "job.h"
#include "options.h"

/* The most bytes between two calls of step. */
#define ENGINE_STEP (8 << 20)

/*
 * The buffer of read and write, in bytes: it must stay in the L2 cache [of
 * 1 MiB: 128 KiB beats 1 MiB on ext4 and xfs].
 */
#define ENGINE_BUFFER (128 << 10)

/* What a process keeps from one range to the next. */
struct engine_work {
	void *buffer;	  /* ENGINE_BUFFER bytes, NULL until it is needed */
	bool no_populate; /* this kernel lacks MADV_POPULATE_* */
	void *direct;	  /* what engine_direct keeps */

	/* Called with the bytes of the range done so far; not 0: stop. */
	int (*step)(void *arg, uint64_t done);
	void *step_arg;
};

struct engine_range {
	int source;	 /* open for reading */
	int dest;	 /* open for writing, its size beyond the range */
	uint64_t offset; /* the same in both files, bytes */
	uint64_t length;
	uint64_t done; /* bytes from OFFSET on that are in place */
	/* Of no matter to engines but rw: engine_copy cuts the range up. */
	enum job_zeros zeros;
};

enum engine_result {
	ENGINE_FAILED = -1, /* and err says why */
	ENGINE_DONE = 0,
	ENGINE_STOPPED, /* step asked for it */
	ENGINE_REFUSED, /* not these files: another engine, from DONE on */
};

struct engine {
	const char *name;
	/*
	 * Whether the pair of files can be served: 0, or the errno that says
	 * why not. SIZE is the source's, in bytes.
	 */
	int (*probe)(int source, int dest, uint64_t size);
	enum engine_result (*copy)(struct engine_work *work,
				   struct engine_range *range, struct err *err);
};

/* The engine called NAME: 0 and *WHICH, or -1. "auto" is one of them. */
int engine_by_name(const char *name, enum options_engine *which);

/* The names, for --help and messages, NULL at the end. */
const char *const *engine_names(void);

/* The name of WHICH. */
const char *engine_name(enum options_engine which);

/* Two files that are open, and all that the choice of an engine depends on. */
struct engine_pair {
	int source;
	int dest;
	uint64_t size;	      /* of the source, bytes */
	bool dest_existing;   /* it was there before */
	bool dest_readable;   /* open for reading too, as a mapping needs */
	bool durable;	      /* on the disk before it is done (--fsync) */
	bool holes;	      /* not all of the source is data */
	unsigned int workers; /* who will copy at once, each on a CPU */
};

/*
 * Whether WHICH, which is not auto, can serve PAIR: 0, or the errno that says
 * why not.
 */
int engine_serves(enum options_engine which, const struct engine_pair *pair);

/* What auto means for PAIR: an engine that serves it. */
enum options_engine engine_choose(const struct engine_pair *pair);

/* Why engine_choose has chosen WHICH for PAIR, in words for --debug. */
const char *engine_why(const struct engine_pair *pair,
		       enum options_engine which);

/* Up to so many bytes a file is small (fstype.h: copies_small). */
#define ENGINE_SMALL 8192

/* Row.probe of WHICH, which is not auto. */
int engine_probe(enum options_engine which, int source, int dest,
		 uint64_t size);

/*
 * Copies RANGE by WHICH (not auto). Where it refuses and is not FORCED, rw
 * does the rest. Zeros are dealt with as the range says; where they are
 * skipped, the destination must read as zeros before. ENGINE_REFUSED never
 * comes out: a forced engine that refuses is a failure, ERR_ENGINE.
 */
enum engine_result engine_copy(enum options_engine which, bool forced,
			       struct engine_work *work,
			       struct engine_range *range, struct err *err);

/* The buffer of WORK, made at the first call; NULL with errno ENOMEM. */
void *engine_buffer(struct engine_work *work);

/* Frees what WORK holds. */
void engine_work_free(struct engine_work *work);

#endif
