/* SPDX-License-Identifier: MIT */
/*
 * Names of a tree that were given away, taken: by a worker to be copied, and by
 * the parent what is left to do when others have done theirs.
 */
#ifndef MCP_TREE_TAKE_H
#define MCP_TREE_TAKE_H

#include "session.h"

/*
 * Copies the names of BATCH, which are below ROOTS. With SHARE, some of them
 * may be given away. Returns as tree_copy, SESSION_FAILED where the directory
 * itself could not be opened again; other failures only were said.
 */
enum session_result tree_copy_batch(struct session *session,
				    const struct share_roots *roots,
				    const struct batch *batch,
				    struct share *share);

/* Gives a directory below ROOTS its attributes, now that it is FULL. */
void tree_finish_full(struct session *session, const struct share_roots *roots,
		      const struct batch_full *full);

#endif
