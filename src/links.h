/* SPDX-License-Identifier: MIT */
/*
 * Which destination a file of several names was copied to first, so that its
 * other names become links to that one.
 */
#ifndef MCP_LINKS_H
#define MCP_LINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct links_entry;

struct links {
	struct links_entry **table; /* by hash, chained */
	size_t size;		    /* a power of two, 0 at first */
	size_t count;
};

/* Where a file was copied to; its first ROOT bytes are an operand's own. */
struct links_name {
	const char *path;
	size_t root;
};

/*
 * The destination of the file DEV, INO, or NULL; valid until the next change.
 */
const struct links_name *links_find(const struct links *links, dev_t dev,
				    ino_t ino);

/*
 * Remembers a copy of NAME for DEV, INO. Returns 0, or -1 with errno ENOMEM.
 */
int links_add(struct links *links, dev_t dev, ino_t ino,
	      struct links_name name);

/* Forgets them: the copy failed, and the next name is the first again. */
void links_drop(struct links *links, dev_t dev, ino_t ino);

void links_free(struct links *links);

#endif
