/* SPDX-License-Identifier: MIT */
/*
 * With whom a tree is shared, as far as the tree knows: somebody who can do
 * some of its names, or who can only tell others that they may.
 */
#ifndef MCP_SHARE_H
#define MCP_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#include "batch.h"
#include "pair.h"

struct share;

/* The directories that all of a tree is below of. */
struct share_roots {
	int source;
	int dest;
	const struct pair *pair; /* of them, for names and what they were */
};

/* How a name is put aside. */
struct share_aside {
	bool last;     /* until all else is done */
	uint64_t size; /* of a regular file, bytes; else 0 */
};

struct share_ops {
	/*
	 * The tree is worth it: whether others will be there. ROOTS must stay
	 * until everything is done. NULL where they are there already.
	 */
	bool (*begin)(struct share *share, const struct share_roots *roots);

	/* Whether somebody has nothing to do. */
	bool (*is_wanted)(struct share *share);

	/*
	 * These names are somebody else's from now on. What is put aside only
	 * the first process can do: files whose other names decide what becomes
	 * of them, and, last, what must wait for all else: large files, which
	 * take all workers.
	 */
	void (*give)(struct share *share, const struct batch *batch);
	void (*put_aside)(struct share *share, const struct batch *batch,
			  const struct share_aside *aside);

	/*
	 * Between one part of a directory's names and the next: has those done
	 * that were given, and returns when more are welcome. False when the
	 * run is to end. NULL where whole directories are listed at once.
	 */
	bool (*keep_pace)(struct share *share);

	/*
	 * Names of this directory were given away, and it was left: it gets
	 * its attributes when the last of them is done.
	 */
	void (*leave_full)(struct share *share, const struct batch_full *full);
};

struct share {
	const struct share_ops *ops;
};

#endif
