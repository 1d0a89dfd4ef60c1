/* SPDX-License-Identifier: MIT */
/*
 * A directory on its way onto a tree's stack, and off it.
 */
#ifndef MCP_TREE_ENTER_H
#define MCP_TREE_ENTER_H

#include "session.h"
#include "tree_work.h"

/*
 * Puts the directory PAIR, whose name the trails end with, on the stack, open
 * and listed, unless it would be copied for ever, or twice. Returns
 * SESSION_DONE, or SESSION_FAILED, which was said, and the stack is as before.
 */
enum session_result tree_enter(struct tree *tree, const struct pair *pair);

/*
 * Takes the top level, which is full or given up, off the stack, and opens the
 * one above it again, if there is one. Returns as level_reopen.
 */
int tree_leave(struct tree *tree, struct err *err);

/* Leaves all levels, and frees what TREE holds. */
void tree_free(struct tree *tree);

#endif
