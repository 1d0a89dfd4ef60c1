/* SPDX-License-Identifier: MIT */
/*
 * The backend of forked worker processes.
 */
#ifndef MCP_POOL_H
#define MCP_POOL_H

#include <stdbool.h>

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

/*
 * Tells all workers to leave what they are at, and waits until they are gone;
 * those who are not in two seconds are killed. Returns true with a RECORD, and
 * is to be called again; false at the end. A RECORD is what one of them has
 * sent meanwhile; or RECORD_FAILED, about the batch that one has left
 * (pool_left), with the signal it died of, 0 when it was by itself; or
 * RECORD_RETURNED: nobody has begun this batch. All that can be done with the
 * pool after that is to finish it.
 */
bool pool_dismiss(struct backend *backend, struct record *record);

/*
 * What the dead worker has left of the batch that the last record, a
 * RECORD_FAILED, was about; *HEARD of its records had arrived. NULL: it had not
 * begun it. Valid until the next record is asked for.
 */
const struct worker_slot *pool_left(const struct backend *backend,
				    uint64_t *heard);

/* SERVER takes the place of the former one, for workers yet to come. */
void pool_serve(struct backend *backend, const struct worker_server *server);

#endif
