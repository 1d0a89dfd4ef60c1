/* SPDX-License-Identifier: MIT */
/*
 * The names in a directory, all of them, in the order in which cp takes them:
 * by inode number, which on some file systems is their order on the disk.
 */
#ifndef MCP_LISTING_H
#define MCP_LISTING_H

#include <dirent.h>
#include <stddef.h>
#include <sys/types.h>

struct listing_name {
	ino_t ino;
	size_t at; /* of the name in struct listing.text, behind its type */
};

struct listing {
	struct listing_name *names;
	size_t count;
	char *text;
	size_t length;
	size_t text_capacity;
	size_t names_capacity;
	DIR *rest; /* of which more is to be read, or NULL */
};

/*
 * Begins to read the directory open as FD, without "." and "..". Where that is
 * all, it is in order; otherwise REST is there, and what was read is not to be
 * taken in any order yet. Returns 0, or -1 with errno; what was read until
 * then is there, too.
 */
int listing_begin(struct listing *listing, int fd);

/* Reads some more names, of the REST that there is. Returns as above. */
int listing_more(struct listing *listing);

/* Reads all that there is, so that it is in order. Returns as above. */
int listing_finish(struct listing *listing);

/* The name of number INDEX < count. */
const char *listing_name(const struct listing *listing, size_t index);

/* Its type, one of readdir(3)'s DT_*, which may be DT_UNKNOWN. */
unsigned char listing_type(const struct listing *listing, size_t index);

/*
 * Makes a listing of the LENGTH bytes at TEXT: type and name of each, with a
 * NUL behind it. They stay in that order. Returns 0, or -1 with errno ENOMEM.
 */
int listing_parse(struct listing *listing, const char *text, size_t length);

/*
 * Takes names from the end of LISTING, not below index FIRST, at most COUNT and
 * as many as fit into the SIZE bytes at TEXT, in the form of listing_parse and
 * in their order. Returns the length. While there is a REST, the next names use
 * their memory.
 */
size_t listing_cut(struct listing *listing, size_t first, size_t count,
		   char *text, size_t size);

void listing_free(struct listing *listing);

#endif
