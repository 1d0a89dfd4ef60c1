/* SPDX-License-Identifier: MIT */
/*
 * A tree copied by several workers: a worker's side.
 */
#ifndef MCP_SERVE_H
#define MCP_SERVE_H

#include "claims.h"
#include "session.h"
#include "status_note.h"
#include "worker.h"

struct serve {
	struct share share;
	struct session *session; /* the parent's, as it was at fork(2) */
	const struct share_roots *roots;
	struct claims *claims;	  /* NULL: there is no memory for them */
	struct worker_link *link; /* while a batch is at work */
	struct signals_watch watch;
	struct tally told; /* of the slot's tally */
	uint8_t tally[TALLY_PACKED_MAX + PROGRESS_NAME];
	struct status_note_box notes;
	bool urgent;	      /* some of them must not be lost */
	struct backend *left; /* the parent's, never to be touched */
};

/* In the parent: what is needed for workers of SESSION at a tree of ROOTS. */
void serve_prepare(struct serve *serve, struct session *session,
		   const struct share_roots *roots, struct claims *claims);

/* In a worker: struct worker_server's serve, for the struct serve ARG. */
bool serve_batch(void *arg, const struct job *job, struct worker_link *link);

#endif
