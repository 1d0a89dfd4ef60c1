/* SPDX-License-Identifier: MIT */
/*
 * The directories above a destination that --parents makes like the source's.
 */
#ifndef MCP_PARENTS_H
#define MCP_PARENTS_H

#include "session.h"

struct parent; /* one of them */

struct parents {
	struct parent *list; /* the deepest first */
};

/*
 * Makes the directories that lead to the destination of PAIR, an operand, so
 * that something can be put there. What goes wrong is said and counted in the
 * session: then -1, else 0. parents_free in any case.
 */
int parents_make(struct session *session, const struct pair *pair,
		 struct parents *parents);

/* Gives them what is kept of the source's, now that all is in them. */
void parents_settle(struct session *session, const struct parents *parents);

void parents_free(struct parents *parents);

#endif
