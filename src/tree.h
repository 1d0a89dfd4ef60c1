/* SPDX-License-Identifier: MIT */
/*
 * A directory with all that is below it.
 */
#ifndef MCP_TREE_H
#define MCP_TREE_H

#include "session.h"

/*
 * Copies the directory PAIR, for which entry_copy said SESSION_DIRECTORY, and
 * its contents. Failures of what is below are said and counted in the session.
 * CREATED gets what the destination directory is. Returns SESSION_DONE,
 * SESSION_FAILED when the directory itself could not be copied, or
 * SESSION_STOPPED.
 */
enum session_result tree_copy(struct session *session, const struct pair *pair,
			      struct share *share, struct stat *created);

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

/*
 * Says that NAME in the directory of BATCH failed by a worker's death, ERR. A
 * new file that may be there in part goes.
 */
void tree_fail_name(struct session *session, const struct share_roots *roots,
		    const struct batch *batch, const char *name,
		    const struct err *err);

#endif
