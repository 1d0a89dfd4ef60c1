/* SPDX-License-Identifier: MIT */
/*
 * An entry that a worker died at, begun again.
 *
 * What was decided stays decided: -u, asked again, would see the time of a file
 * that is half rewritten. What is there now may be what was there then; it may
 * be new and ours, half made; or it may be somebody else's.
 */
#ifndef MCP_REDO_H
#define MCP_REDO_H

#include "session.h"

/*
 * Takes up PAIR, whose source was looked at, where the dead worker left it:
 * what it has made goes, if it is certain that nothing is lost with it.
 * Returns 0 (PAIR->agreed: what is there goes, as was decided), or -1 with
 * ERR_BATCH_DIED where it is not certain what is there (PAIR->left: a file).
 */
int redo_take_up(struct session *session, struct pair *pair, struct err *err);

/*
 * What was left of PAIR, which is not begun again: what is new goes. Returns
 * whether a file stays of which nobody knows what is in it.
 */
bool redo_clean_up(struct session *session, const struct pair *pair);

#endif
