/* SPDX-License-Identifier: MIT */
/*
 * A tree copied by several workers.
 */
#ifndef MCP_SPREAD_H
#define MCP_SPREAD_H

#include "session.h"

/* As tree_copy, with workers where the tree is worth it. */
enum session_result spread_tree(struct session *session,
				const struct pair *pair);

#endif
