/* SPDX-License-Identifier: MIT */
/*
 * What a worker that died at a tree has left, done by others, or by nobody.
 */
#ifndef MCP_HEIR_H
#define MCP_HEIR_H

#include "session.h"
#include "share.h"

struct heir {
	struct session *session;
	const struct share_roots *roots;
	/* Who is given what was left, and directories that are full now. */
	struct share *share;
	/* BODY, of a RECORD_ASIDE, was not sent. */
	void (*take_aside)(void *arg, const struct job_body *body);
	void *arg;
};

struct heir_left {
	const struct track *track; /* of the dead ... */
	const struct aside_box *aside;
	uint64_t heard; /* of its records */
	struct err err; /* its death */
};

/*
 * Takes LEFT, by a worker that had BATCH: its lines are said, all names that it
 * has not dealt with go to others, and the directories that it was in are full
 * when these are done. The name it was at is done again; where that cannot be,
 * or another worker had died at it before, it has failed, which is said.
 */
void heir_take(const struct heir *heir, const struct batch *batch,
	       const struct heir_left *left);

/*
 * The run is ended by a signal, and nothing of BATCH is done any more: takes
 * back what LEFT says that a worker was at when it died, or says what became of
 * that. It has left by itself if the error has no signal, and has done so; and
 * not begun BATCH if there is no track.
 */
void heir_leave(const struct heir *heir, const struct batch *batch,
		const struct heir_left *left);

#endif
