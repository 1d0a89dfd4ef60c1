/* SPDX-License-Identifier: MIT */
/*
 * May it be copied? Looks at one source and at what stands where it is to go,
 * and comes to cp's conclusion, in cp's order. Changes nothing.
 */
#ifndef MCP_DECIDE_H
#define MCP_DECIDE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "dest.h"
#include "err.h"
#include "options.h"
#include "place.h"
#include "tally.h"

/* One source and its destination. */
struct pair {
	struct place source;
	struct place dest;
	bool operand;	 /* named on the command line */
	bool dest_fresh; /* in a directory of this run: nothing is there */

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
	mode_t new_mode;   /* of a new file, less umask (keep_create_mode) */
	bool owned;	   /* a new file has the right owner by itself */

	struct tally_known counted; /* as what, so far */

	/* For messages. */
	const char *source_shown;
	const char *dest_shown;
};

enum decision {
	DECIDE_COPY,
	DECIDE_ASK,	 /* ... if the user agrees (-i) */
	DECIDE_ASK_ONLY, /* ... but it is there already */
	DECIDE_SKIP,	 /* as it should be */
	DECIDE_REPEATED, /* it was named before (entry) */
	DECIDE_SAME,	 /* as it should be: it is there already */
	DECIDE_OLDER,	 /* as it should be: what is there is not older (-u) */
	DECIDE_FAIL,
};

/* Whether a source that was looked at is copied as if it were a file. */
bool decide_as_file(const struct mcp_options *options, const struct pair *pair);

/* Fills in what the source is. 0, or -1 with ERR_STAT_SOURCE. */
int decide_look_at_source(const struct mcp_options *options, struct pair *pair,
			  struct err *err);

/* Fills in what is there. 0, or -1 with ERR_STAT_DEST. */
int decide_look_at_dest(const struct mcp_options *options, struct pair *pair,
			struct err *err);

/*
 * Whether to go on, of a pair that was looked at. DECIDE_FAIL comes with ERR.
 */
enum decision decide(const struct mcp_options *options, const struct pair *pair,
		     struct err *err);

/* Whether both are one entry of one directory, symlinks unfollowed. */
bool decide_is_same_name(const struct place *a, const struct place *b);

/*
 * To be asked after that: 0, or -1 with ERR_FILE_DEST or ERR_DIRECTORY_DEST
 * where one of the two is a directory.
 */
int decide_kinds(const struct pair *pair, struct err *err);

/* Whether what is there must go before it is copied. */
bool decide_must_unlink(const struct mcp_options *options,
			const struct pair *pair);

#endif
