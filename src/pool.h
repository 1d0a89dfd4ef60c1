/* SPDX-License-Identifier: MIT */
/*
 * The backend of forked worker processes.
 */
#ifndef MCP_POOL_H
#define MCP_POOL_H

#include "backend.h"
#include "signals.h"
#include "worker.h"

/*
 * Forks up to WORKERS workers; fewer when descriptors or processes run out.
 * NULL with errno when not one could be had. Registers itself as the one who
 * hears of stops in SIGNALS, until it is finished. SERVER does batches, or is
 * NULL; it must stay. Whatever stands in stdio
 * buffers must have been flushed.
 */
struct backend *pool_start(struct signals *signals, unsigned int workers,
			   const struct worker_server *server);

/* SERVER takes the place of the former one, for workers yet to come. */
void pool_serve(struct backend *backend, const struct worker_server *server);

#endif
