/* SPDX-License-Identifier: MIT */
/*
 * One source and its destination, and what was seen of both. Looking changes
 * nothing.
 */
#ifndef MCP_PAIR_H
#define MCP_PAIR_H

#include <stdbool.h>
#include <sys/stat.h>

#include "batch.h"
#include "dest.h"
#include "err.h"
#include "identity.h"
#include "options.h"
#include "place.h"
#include "tally.h"

/* What is known of the other names of a source, where workers share a tree. */
enum pair_claim {
	PAIR_UNCLAIMED, /* it has none, or who copies it knows them all */
	PAIR_FIRST,	/* nobody came to one of them before */
	PAIR_LATER,
};

/* One source and its destination. */
struct pair {
	struct place source;
	struct place dest;
	bool operand;	 /* named on the command line */
	bool dest_fresh; /* in a directory of this run: nothing is there */
	bool far;	 /* as a directory it could not be found by others */

	/*
	 * The source, if it is said to be a regular file and was opened to be
	 * looked at: that saves a call. It belongs to entry_copy.
	 */
	bool said_regular;
	bool source_opened;
	int source_fd;

	struct stat source_stat;
	bool source_followed; /* that is what a symlink leads to */
	enum dest_found found;
	struct stat dest_stat; /* of DEST_SOMETHING */
	bool dest_followed;
	bool dest_foreign; /* ... through what somebody else put there */
	bool replaces;	   /* it goes when a file comes: DEST_NOTHING */
	mode_t new_mode;   /* of a new file, less umask (keep_create_mode) */
	bool owned;	   /* a new file has the right owner by itself */

	struct tally_known counted; /* as what, so far */

	const struct batch_redo *redo; /* somebody died at it, or NULL */
	bool agreed; /* that what is there goes: this was decided before */
	enum dest_left
		left; /* as what, by him, if it fails before more is made */

	enum pair_claim claim;

	/* For messages. */
	const char *source_shown;
	const char *dest_shown;

	/*
	 * Bytes of dest_shown that are an operand's own, if dest is confined.
	 */
	size_t dest_root;
};

/* What an operand's destination is when it was made: for later operands. */
struct pair_made {
	bool is;    /* made, but as ... */
	bool known; /* ... what cannot be told, unless this is set */
	struct identity file;
};

/* It is made, as FILE; NULL: as what cannot be told. */
struct pair_made pair_made_as(const struct stat *file);

/* Fills MADE with what has the name of PAIR's destination now. */
void pair_learn_made(const struct pair *pair, struct pair_made *made);

/* Whether the line of -v for PAIR was said by who died at it. */
static inline bool pair_is_said(const struct pair *pair)
{
	return pair->redo && pair->redo->said;
}

/* Fills in what the source is. 0, or -1 with ERR_STAT_SOURCE. */
int pair_look_at_source(const struct mcp_options *options, struct pair *pair,
			struct err *err);

/*
 * Fills in what is there, the source having been looked at. 0, or -1 with
 * ERR_STAT_DEST, ERR_CREATE or ERR_DANGLING_LINK.
 */
int pair_look_at_dest(const struct mcp_options *options, struct pair *pair,
		      struct err *err);

/* Whether a source that was looked at is copied as if it were a file. */
bool pair_is_as_file(const struct mcp_options *options,
		     const struct pair *pair);

/* Whether a symlink that is the source is followed: -L, and -H for operands. */
bool pair_is_followed(const struct mcp_options *options,
		      const struct pair *pair);

/*
 * Whether the user said that it is not: -P, and -H below operands. If the user
 * said neither, neither holds.
 */
bool pair_is_never_followed(const struct mcp_options *options,
			    const struct pair *pair);

#endif
