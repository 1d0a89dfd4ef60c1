/* SPDX-License-Identifier: MIT */
/*
 * The path of what is being worked at, for messages: one buffer that grows and
 * shrinks by a name at a time while a tree is walked, however long it gets.
 */
#ifndef MCP_TRAIL_H
#define MCP_TRAIL_H

#include <stddef.h>

struct trail {
	char *path; /* NUL-terminated */
	size_t length;
	size_t capacity;
};

/* Starts at PATH. Returns 0, or -1 with errno ENOMEM. */
int trail_start(struct trail *trail, const char *path);

/* Appends NAME behind a slash. Returns 0, or -1 with errno ENOMEM. */
int trail_push(struct trail *trail, const char *name);

/* Goes back to LENGTH, which trail->length was before. */
void trail_cut(struct trail *trail, size_t length);

void trail_free(struct trail *trail);

#endif
