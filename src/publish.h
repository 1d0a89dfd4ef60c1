/* SPDX-License-Identifier: MIT */
/*
 * New files that get their name when they are complete.
 *
 * A file is begun without a name (O_TMPFILE, Linux 3.11) and linked when its
 * contents and metadata are in place; whoever dies in between leaves nothing.
 * Where a file system cannot do that, it is begun under a name of hidden's and
 * renamed, or linked where it cannot be renamed without overwriting somebody
 * else's file. Where neither is to be had it is created under its own name at
 * once, and the caller must see to it that its size is not final before its
 * contents are.
 *
 * A file that REPLACES another one takes its name by rename(2), at once, so
 * that one of the two has it at any time; under its own name at once it cannot.
 */
#ifndef MCP_PUBLISH_H
#define MCP_PUBLISH_H

#include <stdbool.h>
#include <sys/stat.h>

#include "err.h"
#include "hidden.h"
#include "identity.h"
#include "place.h"

/* What a file system can do, asked once (publish_begin). */
struct publish_fs {
	bool known;
	dev_t dev;
	bool nameless;
	struct identity swept;	  /* the last directory that was (hidden) */
	char hidden[HIDDEN_SIZE]; /* for an instant, of this process only: */
	pid_t pid;
};

enum publish_how {
	PUBLISH_NAMELESS,
	PUBLISH_RENAME, /* hidden, renameat2(2) with RENAME_NOREPLACE */
	PUBLISH_LINK,	/* hidden, linkat(2) and unlinkat(2) */
	PUBLISH_NAMED,
};

struct publish {
	enum publish_how how;
	int fd;	       /* the file, open for reading and writing */
	int dir_fd;    /* the directory it will appear in ... */
	bool owns_dir; /* ... which was opened here */
	bool local;    /* close(2) has nothing to tell */
	bool replaces; /* what has its name goes when it gets it */
	bool removed;  /* that is gone already, and nothing is in its place */
	const char *name; /* in it; points into the PLACE of publish_begin */
	char hidden[HIDDEN_SIZE];
};

/*
 * Begins a file that will be at PLACE, with MODE less umask or as a default ACL
 * of the directory says, empty. *FS is a cache of the caller's, zero at first;
 * NULL means that the file may have its name at once (PUBLISH_NAMED). PLACE's
 * name must stay. With REPLACES, what is there goes, unless it is a directory.
 * Returns 0, or -1 with ERR_CREATE: EEXIST when it is there already, be it a
 * dangling symlink; ENOTDIR when it ends in a slash. Or -1 with
 * ERR_REMOVE_HIDDEN: an empty file stays there that was to try things out; or
 * with ERR_REMOVE_DEST: what is there may not be replaced.
 */
int publish_begin(struct publish *publish, struct publish_fs *fs,
		  const struct place *place, mode_t mode, bool replaces,
		  struct err *err);

/*
 * Lets the file appear, and closes it. Returns 0, or -1 with ERR_CREATE
 * (EEXIST: somebody else's file has appeared there, and stays),
 * ERR_CLOSE_DEST, ERR_REMOVE_HIDDEN or ERR_REMOVE_DEST, and then
 * publish_abort is still to be called.
 */
int publish_commit(struct publish *publish, struct err *err);

/*
 * What close(2) of FD would say, asked while the file can still be taken back:
 * a network file system writes back when any descriptor of a file is closed.
 * Returns 0, or -1 with errno.
 */
int publish_flush(int fd);

/* What could not be removed of a new file. */
enum publish_left {
	PUBLISH_LEFT_NOTHING,
	PUBLISH_LEFT_NAME, /* its own name (PUBLISH_NAMED) */
	PUBLISH_LEFT_HIDDEN,
};

/* Closes the file and leaves nothing of it, or tells what. */
enum publish_left publish_abort(struct publish *publish);

#endif
