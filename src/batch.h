/* SPDX-License-Identifier: MIT */
/*
 * A part of a tree as plain data: some names of one directory.
 *
 * The directory is told by its path below the roots of both trees, which is
 * one and the same, and by what must be found there. A batch is the body of a
 * JOB_BATCH and of the records by which a worker gives some of its own away;
 * a full directory, whose attributes come when the last batch of it is done, is
 * the body of a RECORD_FULL.
 */
#ifndef MCP_BATCH_H
#define MCP_BATCH_H

#include <linux/limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "identity.h"
#include "pack.h"

struct batch_dir {
	const char *path; /* below the roots; "" for them */
	struct identity source;
	struct identity dest;
	bool created; /* by this run: no name is there yet */
};

/*
 * The one name of a batch, when a worker has died at it: it is done again as
 * it was decided then.
 */
struct batch_redo {
	bool is;
	bool decided; /* else nothing was changed, and what follows is unknown */
	bool found;   /* there was something at the destination: ... */
	bool said;    /* -v: the line of it was said */
	uint8_t signal;	      /* the worker died of, 0 when it exited */
	struct identity dest; /* ... this */
};

struct batch {
	struct batch_dir dir;
	struct batch_redo redo;
	bool whole;	   /* who has it copies large files of it alone */
	const char *names; /* as listing_parse reads them */
	size_t length;	   /* of them all, in bytes */
};

struct batch_full {
	struct batch_dir dir;
	/*
	 * Of the source before it was read: type and mode, owner, access and
	 * modification times. The rest is 0.
	 */
	struct stat source_stat;
	mode_t lent; /* see struct meta_dest */
};

/*
 * No path in a batch is longer, in bytes, so that one call looks it up. Deeper
 * down, at thousands of levels, each batch would cost thousands of calls.
 */
#define BATCH_PATH_MAX (PATH_MAX - 1)

/* Nor are its names together. */
#define BATCH_NAMES_MAX 16384

/* No body is longer. */
#define BATCH_MAX (BATCH_PATH_MAX + BATCH_NAMES_MAX + 256)

/* Write into BUFFER of BATCH_MAX bytes. Return the length. */
size_t batch_encode(const struct batch *batch, uint8_t *buffer);
size_t batch_encode_full(const struct batch_full *full, uint8_t *buffer);

/* The directory that both begin with; put and get take the same steps. */
void batch_put_dir(struct pack *pack, const struct batch_dir *dir);
/* There are LENGTH bytes in all. Returns 0, or -1 when that is no directory. */
int batch_get_dir(struct pack *pack, size_t length, struct batch_dir *dir);

/* Whether NAME may be looked up in a directory and stays there. */
bool batch_is_plain(const char *name);

/*
 * Read what BYTES hold, all LENGTH of them. What is filled in points into them.
 * Return 0, or -1 when that is no such thing.
 */
int batch_decode(const uint8_t *bytes, size_t length, struct batch *batch);
int batch_decode_full(const uint8_t *bytes, size_t length,
		      struct batch_full *full);

#endif
