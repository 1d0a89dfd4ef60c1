/* SPDX-License-Identifier: MIT */
/*
 * Which file it is, whatever it is called: as long as somebody has it open, or
 * it has a name, no other one has these numbers.
 */
#ifndef MCP_IDENTITY_H
#define MCP_IDENTITY_H

#include <stdbool.h>
#include <sys/stat.h>

struct identity {
	dev_t dev;
	ino_t ino;
};

/* That of the file that was looked at. */
static inline struct identity identity_of(const struct stat *file)
{
	return (struct identity){ file->st_dev, file->st_ino };
}

static inline bool identity_is(struct identity a, struct identity b)
{
	return a.dev == b.dev && a.ino == b.ino;
}

/* Whether two looks were at one and the same file. */
static inline bool identity_is_same(const struct stat *a, const struct stat *b)
{
	return identity_is(identity_of(a), identity_of(b));
}

#endif
