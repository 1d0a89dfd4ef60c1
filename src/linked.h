/* SPDX-License-Identifier: MIT */
/*
 * Files of several names in a tree that workers copy: the parent's side.
 *
 * The first worker that comes to such a file copies it and says so; its other
 * names are all reported, too, and become links here once that is known. Until
 * then they wait. What has failed, or whose worker died before it could tell,
 * is copied here at the end, by the first of its names that waits.
 */
#ifndef MCP_LINKED_H
#define MCP_LINKED_H

#include "kept.h"
#include "session.h"

struct linked {
	struct session *session;
	const struct share_roots *roots;
	struct kept_list waiting; /* bodies as of a RECORD_ASIDE ... */
	size_t length;		  /* ... bytes together ... */
	size_t enough;		  /* ... at which it is looked at again */
};

/* ROOTS must stay. */
void linked_begin(struct linked *linked, struct session *session,
		  const struct share_roots *roots);

/*
 * Does what BODY, of a RECORD_ASIDE, says, or keeps what must wait. Returns 0,
 * or -1 when it makes no sense; what fails is said.
 */
int linked_take(struct linked *linked, const struct job_body *body);

/* Nothing more comes: nobody waits any longer. SESSION_DONE, or _STOPPED. */
enum session_result linked_finish(struct linked *linked);

void linked_free(struct linked *linked);

#endif
