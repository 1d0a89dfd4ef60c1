/* SPDX-License-Identifier: MIT */
/*
 * Who copies in a run: this process, or a pool of workers, begun when needed.
 */
#ifndef MCP_BACKENDS_H
#define MCP_BACKENDS_H

#include "backend.h"
#include "session.h"
#include "worker.h"

/*
 * The backend for WORKERS workers (1: this process); NULL with errno ENOMEM.
 * The pool stays once it is there.
 */
struct backend *backends_get(struct session *session, unsigned int workers);

/*
 * A pool of new workers, which know all that is known now and do batches by
 * SERVER, in place of the old pool; NULL when there can be none, or it would be
 * of one worker only.
 */
struct backend *backends_serve(struct session *session,
			       const struct worker_server *server);

/* cpus_available, asked once. */
unsigned int backends_cpus(struct session *session);

/*
 * Nothing writes any more when this returns, neither here nor in a worker:
 * to be called before a file is cut or removed that a signal interrupted.
 */
void backends_abandon(struct session *session);

/* Ends them, before session_end. */
void backends_end(struct session *session);

#endif
