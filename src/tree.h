/* SPDX-License-Identifier: MIT */
/*
 * A directory with all that is below it.
 */
#ifndef MCP_TREE_H
#define MCP_TREE_H

#include "session.h"

struct tree;

/*
 * Copies the directory PAIR, for which entry_copy said SESSION_DIRECTORY, and
 * its contents. Failures of what is below are said and counted in the session.
 * Returns SESSION_DONE, SESSION_FAILED when the directory itself could not be
 * copied, or SESSION_STOPPED.
 */
enum session_result tree_copy(struct session *session, const struct pair *pair,
			      struct share *share);

/* Goes through what is on the stack of TREE until that is empty. */
enum session_result tree_walk(struct tree *tree);

#endif
