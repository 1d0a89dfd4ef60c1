/* SPDX-License-Identifier: MIT */
/*
 * Who copies in a run: this process, or a pool of workers, begun when needed.
 */
#include "config.h"

#include "backends.h"

#include "cpus.h"
#include "inproc.h"
#include "pool.h"

static void start_pool(struct session *session, unsigned int workers,
		       const struct worker_server *server)
{
	/* A child would write what is buffered a second time. */
	report_flush(session->report);
	session->pool = pool_start(session->signals, workers, server);
	session->no_pool = !session->pool;
	progress_set_workers(&session->progress,
			     session->pool ? session->pool->workers : 0);
}

struct backend *backends_get(struct session *session, unsigned int workers)
{
	if (workers > 1 && !session->pool && !session->no_pool)
		start_pool(session, workers, NULL);
	if (workers > 1 && session->pool)
		return session->pool;
	if (!session->inproc)
		session->inproc = inproc_start(session->signals);
	return session->inproc;
}

struct backend *backends_serve(struct session *session,
			       const struct worker_server *server)
{
	unsigned int workers = session->options->jobs;

	if (workers == 0)
		workers = backends_cpus(session);
	if (workers < 2)
		return NULL;
	if (session->pool)
		session->pool->ops->finish(session->pool, false);
	start_pool(session, workers, server);
	return session->pool;
}

unsigned int backends_cpus(struct session *session)
{
	if (session->cpus == 0)
		session->cpus = cpus_available();
	return session->cpus;
}

void backends_abandon(struct session *session)
{
	if (session->pool)
		session->pool->ops->finish(session->pool, true);
	session->pool = NULL;
}

void backends_end(struct session *session)
{
	if (session->pool)
		session->pool->ops->finish(session->pool,
					   session->signals->fatal != 0);
	if (session->inproc)
		session->inproc->ops->finish(session->inproc, true);
}
