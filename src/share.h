/* SPDX-License-Identifier: MIT */
/*
 * With whom a tree is shared, as far as the tree knows: somebody who can do
 * some of its names, or who can only tell others that they may.
 */
#ifndef MCP_SHARE_H
#define MCP_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#include "aside.h"
#include "batch.h"
#include "identity.h"
#include "pair.h"

struct share;

/* The directories that all of a tree is below of. */
struct share_roots {
	int source;
	int dest;
	const struct pair *pair; /* of them, for names and what they were */
	struct identity dest_id; /* of dest */
};

struct share_ops {
	/*
	 * The tree is worth it: whether others will be there. ROOTS must stay
	 * until everything is done. NULL where they are there already.
	 */
	bool (*begin)(struct share *share, const struct share_roots *roots);

	/* Whether somebody has nothing to do. */
	bool (*is_wanted)(struct share *share);

	/* These names are somebody else's from now on. */
	void (*give)(struct share *share, const struct batch *batch);

	/*
	 * So is this one, a file of SIZE bytes, when all else is done: a large
	 * one, for which all workers may be needed. Or a directory, of 0, that
	 * is too deep for others to find it.
	 */
	void (*put_last)(struct share *share, const struct batch *batch,
			 uint64_t size);

	/*
	 * Whether nobody has come to a name of FILE, which has several, before.
	 * If so, who asks copies it, or puts it aside; all others put theirs
	 * aside, as ASIDE_LATER.
	 */
	bool (*claim)(struct share *share, struct identity file);

	/*
	 * put_aside: NAME, at work in DIR, is for the first process to do, or
	 * was copied here. settle: the name at work is dealt with.
	 */
	void (*put_aside)(struct share *share, const struct batch_dir *dir,
			  const struct aside_name *name);
	void (*settle)(struct share *share);

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
	bool whole; /* large files are not put last, but copied like others */
};

#endif
