/* SPDX-License-Identifier: MIT */
/*
 * A tree on its way, and its stack of levels: for tree and tree_* only.
 */
#ifndef MCP_TREE_WORK_H
#define MCP_TREE_WORK_H

#include <stdbool.h>
#include <stddef.h>

#include "level.h"
#include "session.h"
#include "trail.h"

struct tree {
	struct session *session;
	const struct pair *root;
	size_t root_length;  /* of its destination's name */
	struct share *share; /* NULL: nobody else can be had */
	bool share_tried;
	bool spread;	/* everything is given away */
	size_t entries; /* begun */
	uint64_t moved; /* bytes, by this session before */
	struct trail source;
	struct trail dest;
	struct level *levels;
	size_t depth;
	size_t tracked; /* levels that the session's track tells of */
	size_t capacity;
	size_t open_levels; /* at most, above the top one; 0: not known yet */
	bool into_itself;   /* and is not copied further */
	bool has_first;	    /* its first new directory is remembered */
	const struct share_roots *roots; /* where others copy, too, or NULL */
};

/* A new level on the stack, closed; NULL with errno ENOMEM. */
struct level *tree_add_level(struct tree *tree);

/* The names in messages of LEVEL, the top one. */
struct pair tree_shown(const struct tree *tree, const struct level *level);

/* Whether another process is responsible for the tree as a whole. */
static inline bool tree_has_parent(const struct tree *tree)
{
	return tree->share && !tree->share->ops->begin;
}

#endif
