/* SPDX-License-Identifier: MIT */
/*
 * Names of a tree that are given away.
 *
 * Whoever has work gives some of it away when somebody has none: half of what
 * is left in the directory nearest to the root, since that is where most of a
 * tree hangs. A directory of which names were given away, and all above it, are
 * full only when the others are done, so that whoever has them all in sight
 * gives them their attributes (tree_finish_full).
 */
#ifndef MCP_TREE_GIVE_H
#define MCP_TREE_GIVE_H

#include <stdbool.h>

#include "share.h"
#include "tree_work.h"

/* Whether the entry at work is no deeper than others could find it. */
bool tree_is_near(const struct tree *tree);

/* Settles whether the top level can be found by others, by its path. */
void tree_judge_findable(struct tree *tree);

/*
 * Called between one entry and the next: looks for others where the tree is
 * worth it, and gives them something to do when they have nothing. What fails
 * is said and remembered.
 */
void tree_offer(struct tree *tree);

/*
 * Whether the next tree_offer can find others: then only the beginning of a
 * large directory, the top level, need have been listed.
 */
bool tree_may_spread(const struct tree *tree);

/*
 * Puts NAME, of the top level, a file of SIZE bytes or a directory of 0, aside
 * until all else is done. Returns 0, or -1 when it is longer than any file
 * system's.
 */
int tree_put_last(struct tree *tree, const char *name, uint64_t size);

/* Puts NAME, of the top level, aside. */
void tree_put_aside(struct tree *tree, const struct aside_name *name);

/* Tells heirs (track.h) that the top level was entered. */
void tree_track(struct tree *tree);

/* Tells them that the name at work in the top level is dealt with, ... */
void tree_track_end(struct tree *tree);

/* ... and that the top level is, and will be left. */
void tree_track_leave(struct tree *tree);

/* LEVEL, the top one, of which names were given away, is left. */
void tree_leave_full(struct tree *tree, const struct level *level);

#endif
