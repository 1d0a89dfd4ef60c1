/* SPDX-License-Identifier: MIT */
/*
 * A tree on its way: its stack of levels.
 */
#include "config.h"

#include "tree_work.h"

#include "util.h"

struct level *tree_add_level(struct tree *tree)
{
	struct level *levels = util_grow(tree->levels, &tree->capacity,
					 tree->depth + 1, sizeof(*levels));
	struct level *level;

	if (!levels)
		return NULL;
	tree->levels = levels;
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
