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
#include "share.h"

/*
 * Takes up PAIR, whose source was looked at, where the dead worker left it:
 * what it has made goes, if it is certain that nothing is lost with it.
 * Returns 0 (PAIR->agreed: what is there goes, as was decided), or -1 with
 * ERR_BATCH_DIED where it is not certain what is there. Either way PAIR->left
 * is what is to be said if PAIR fails.
 */
int redo_take_up(struct session *session, struct pair *pair, struct err *err);

/*
 * PAIR, the source of which cannot be looked at, is not begun again. Nothing
 * goes, since nothing comes in its place: PAIR->left says what is there.
 */
void redo_leave(struct pair *pair);

/*
 * Nor is NAME of DIR below ROOTS, which was done by REDO: what is certain to be
 * new goes. Returns what is left.
 */
enum dest_left redo_clean_up(struct session *session,
			     const struct share_roots *roots,
			     const struct batch_dir *dir, const char *name,
			     const struct batch_redo *redo);

#endif
