/* SPDX-License-Identifier: MIT */
/*
 * A tree on its way: its stack of levels.
 */
#include "config.h"

#include "tree_work.h"

#include <stdlib.h>

struct level *tree_add_level(struct tree *tree)
{
	struct level *level;

	if (tree->depth == tree->capacity) {
		size_t capacity = 2 * tree->capacity + 16;
		struct level *levels =
			reallocarray(tree->levels, capacity, sizeof(*levels));

		if (!levels)
			return NULL;
		tree->levels = levels;
		tree->capacity = capacity;
	}
	level = &tree->levels[tree->depth++];
	*level = level_closed();
	return level;
}

struct pair tree_shown(const struct tree *tree, const struct level *level)
{
	const bool is_root = level == tree->levels;

	return (struct pair){
		.source_shown = is_root ? tree->root->source_shown
					: tree->source.path,
		.dest_shown = is_root ? tree->root->dest_shown
				      : tree->dest.path,
	};
}
