/* SPDX-License-Identifier: MIT */
/*
 * Bodies of messages that are for later: parts of a tree that must wait.
 */
#ifndef MCP_KEPT_H
#define MCP_KEPT_H

#include <stddef.h>
#include <stdint.h>

#include "job.h"

struct kept {
	uint8_t *bytes;
	size_t length;
	size_t depth;  /* of a directory, below the root */
	uint64_t size; /* of a large file, bytes */
};

/* Zeroed at first. */
struct kept_list {
	struct kept *items;
	size_t count;
	size_t capacity;
};

/*
 * Adds KEPT with a copy of BODY, which is not empty, to LIST. Returns 0, or -1
 * with errno ENOMEM.
 */
int kept_add(struct kept_list *list, const struct job_body *body,
	     struct kept kept);

/* Puts the deepest ones first. */
void kept_sort(struct kept_list *list);

/* How deep PATH, relative to a root, is below it; "" is the root. */
size_t kept_depth(const char *path);

void kept_free(struct kept_list *list);

#endif
