/* SPDX-License-Identifier: MIT */
/*
 * One directory of a tree, open on both sides.
 */
#ifndef MCP_LEVEL_H
#define MCP_LEVEL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "identity.h"
#include "listing.h"
#include "session.h"

struct level {
	int source;
	int dest;
	bool dest_path;	  /* that is open with O_PATH ... */
	bool source_path; /* ... or this one, which is not read */
	bool followed; /* reached through a symlink, so ".." leads elsewhere */
	bool created;  /* by this run */
	bool borrowed; /* its names are a batch, and the rest is not ours */
	bool findable; /* by others: by its path alone */
	bool shared;   /* names of it, or of one below, were given away */
	struct batch_redo redo; /* of its one name, if it is begun again */
	struct identity source_id;
	struct identity dest_id;
	struct stat source_stat;  /* before it was read */
	struct place_facts facts; /* of the destination */
	mode_t lent;		  /* bits it has only while it is filled */
	struct listing listing;
	size_t next;
	size_t source_length; /* of the trails, up to this level */
	size_t dest_length;
};

/* One of which nothing is open. */
static inline struct level level_closed(void)
{
	return (struct level){ .source = -1, .dest = -1 };
}

/*
 * Opens the destination directory of PAIR, making it where there is none, so
 * that it can be written to; ABOVE is the level above, or NULL. Returns 0, or
 * -1 with ERR_MKDIR, ERR_DEST_REPLACED or ERR_SET_PERMISSIONS, or as shelf_put,
 * where a file makes room for it; `created` and what is open tell how far it
 * came.
 */
int level_open_dest(struct level *level, struct session *session,
		    const struct level *above, const struct pair *pair,
		    struct err *err);

/*
 * Opens the source directory of PAIR: for reading if READ, else for its
 * attributes only (O_PATH). If it may not be read, it is opened for its
 * attributes, and -1 is returned. Returns 0, or -1 with ERR_ACCESS,
 * ERR_FSTAT_SOURCE or ERR_SOURCE_REPLACED.
 */
int level_open_source(struct level *level, const struct pair *pair, bool read,
		      struct err *err);

/*
 * Opens on both sides what DIR tells, which is below ROOTS. Returns 0, or -1
 * with ERR_ACCESS, ERR_SOURCE_REPLACED, ERR_MKDIR or ERR_DEST_REPLACED.
 */
int level_find(struct level *level, const struct share_roots *roots,
	       const struct batch_dir *dir, struct err *err);

/*
 * Learns what the open destination, which was looked at as DEST, is like; what
 * is the same ABOVE need not be asked again. level_open_dest has done so.
 */
void level_learn_facts(struct level *level, struct session *session,
		       const struct level *above, const struct stat *dest);

/*
 * Opens ABOVE again where it was closed, through LEVEL, which is right below it
 * and open. 0, or -1: with ERR_SOURCE_REPLACED or ERR_DEST_REPLACED when it is
 * not there any more, with ERR_ACCESS or ERR_MKDIR when it cannot be opened.
 */
int level_reopen(struct level *above, const struct level *level,
		 struct err *err);

/*
 * LEVEL is full: its destination gets what is kept of the source's, and goes to
 * the disk (--fsync), each as far as it is open. SHOWN is what it is called.
 * What fails is said and remembered.
 */
void level_settle(const struct level *level, struct session *session,
		  const struct pair *shown);

/* Closes what is open, and frees the names. */
void level_close(struct level *level);

#endif
