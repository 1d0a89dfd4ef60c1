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
#include <sys/types.h>

/* What was learned of a directory once, for all that goes into it. */
struct place_facts {
	dev_t dev;
	gid_t gid;
	bool local;  /* on a file system of this machine */
	bool no_acl; /* gives none to what is created in it */
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

#endif
