/* SPDX-License-Identifier: MIT */
/*
 * Where a file is: a name, and the directory in which it is looked up.
 *
 * An operand is the user's, and its symlinks are followed as cp follows them.
 * What was found below one is CONFINED: a single name in an open directory,
 * and whatever somebody put there since, no symlink is followed out of it.
 */
#ifndef MCP_PLACE_H
#define MCP_PLACE_H

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/* What was learned of a directory once, for all that goes into it. */
struct place_facts {
	dev_t dev;
	gid_t gid;
	bool local;	   /* on a file system of this machine */
	bool no_acl;	   /* gives none to what is created in it */
	bool copies_small; /* faster than it shares blocks (fstype.h) */
	bool moves_small;  /* faster than it reads and writes (fstype.h) */
};

struct place {
	int dir;	  /* a directory, or AT_FDCWD; never owned */
	const char *name; /* relative to it */
	bool confined;
	const struct place_facts *facts; /* of DIR, or NULL */
};

static inline struct place place_operand(const char *path)
{
	return (struct place){ .dir = AT_FDCWD, .name = path };
}

/*
 * The last component of NAME, of *LENGTH bytes: without the slashes behind it,
 * and of "/" nothing.
 */
const char *place_last_component(const char *name, size_t *length);

/*
 * The path of the directory that the last component of NAME is in, "." where
 * NAME has no other: the caller's to free; NULL with errno ENOMEM.
 */
char *place_parent_path(const char *name);

/*
 * Makes PLACE the operand PATH, which may be longer than the kernel takes: then
 * a directory on the way is opened. Returns 0, or -1 with errno. Either way
 * place_leave closes what is open.
 */
int place_reach(struct place *place, const char *path);
void place_leave(struct place *place);

/*
 * A new file for writing, beside PLACE and without a name, as some file systems
 * have them; -1 with errno.
 */
int place_open_nameless(const struct place *place);

/*
 * Looks at what PLACE's last component stands in. With AT_SYMLINK_NOFOLLOW in
 * FLAGS, as cp does, a symlink there is a place of its own: link/file and file
 * are two names. Returns 0, or -1 with errno.
 */
int place_stat_parent(const struct place *place, int flags,
		      struct stat *parent);

/*
 * Whether PLACE, which is no directory, may be removed, as far as that can be
 * told without doing it: 0, or -1 with errno.
 */
int place_may_remove(const struct place *place);

/*
 * Whether both are one entry of one directory, be it found through a symlink:
 * cp sees two there, and removes the one to copy the other. Returns 1 or 0, or
 * -1 with errno where that cannot be told.
 */
int place_is_same(const struct place *a, const struct place *b);

#endif
