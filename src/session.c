/* SPDX-License-Identifier: MIT */
/*
 * What one run of mcp holds from its first file to its last.
 */
#include "config.h"

#include "session.h"

#include <unistd.h>

#include "cpus.h"
#include "hidden.h"
#include "inproc.h"
#include "pool.h"

int session_begin(struct session *session, const struct mcp_options *options,
		  struct report *report, struct signals *signals)
{
	const struct options_preserve *preserve = &options->preserve;

	*session = (struct session){
		.options = options,
		.report = report,
		.signals = signals,
		.next_id = 1,
		.wants = {
			.mode = preserve->mode,
			.ownership = preserve->ownership,
			.timestamps = preserve->timestamps,
			.xattr = preserve->xattr,
			.xattr_required = preserve->xattr_required,
			.xattr_quiet = preserve->xattr_quiet,
			.xattr_loud = options->attributes_only,
			.no_mode = preserve->no_mode,
		},
		.uid = geteuid(),
		.gid = getegid(),
		.meta = meta_new(),
	};
	hidden_begin();
	progress_begin(&session->progress, util_now());
	session->tally = &session->progress.sum;
	return session->meta ? 0 : -1;
}

void session_count_error(struct session *session, const struct err *err)
{
	session->tally->count[TALLY_BY_ERROR + tally_error_of(err)]++;
}

enum session_result session_fail_left(struct session *session,
				      const struct pair *pair,
				      const struct err *err,
				      enum dest_left left)
{
	report_failure(session->report, err, pair->source_shown,
		       pair->dest_shown, left);
	session_count_error(session, err);
	session->status = 1;
	return SESSION_FAILED;
}

enum session_result session_fail(struct session *session,
				 const struct pair *pair, const struct err *err)
{
	return session_fail_left(session, pair, err, DEST_LEFT_ALONE);
}

struct backend *session_backend(struct session *session, unsigned int workers)
{
	if (workers > 1 && !session->pool && !session->no_pool) {
		/* A child would write what is buffered a second time. */
		report_flush(session->report);
		session->pool = pool_start(session->signals, workers, NULL);
		session->no_pool = !session->pool;
		progress_set_workers(&session->progress,
				     session->pool ? session->pool->workers
						   : 0);
	}
	if (workers > 1 && session->pool)
		return session->pool;
	if (!session->inproc)
		session->inproc = inproc_start(session->signals);
	return session->inproc;
}

struct backend *session_serve(struct session *session,
			      const struct worker_server *server)
{
	unsigned int workers = session->options->jobs;

	if (workers == 0)
		workers = session_cpus(session);
	if (workers < 2)
		return NULL;
	if (session->pool)
		session->pool->ops->finish(session->pool, false);
	report_flush(session->report);
	session->pool = pool_start(session->signals, workers, server);
	session->no_pool = !session->pool;
	progress_set_workers(&session->progress,
			     session->pool ? session->pool->workers : 0);
	return session->pool;
}

unsigned int session_cpus(struct session *session)
{
	if (session->cpus == 0)
		session->cpus = cpus_available();
	return session->cpus;
}

void session_abandon(struct session *session)
{
	if (session->pool)
		session->pool->ops->finish(session->pool, true);
	session->pool = NULL;
}

void session_end(struct session *session)
{
	if (session->pool)
		session->pool->ops->finish(session->pool,
					   session->signals->fatal != 0);
	if (session->inproc)
		session->inproc->ops->finish(session->inproc, true);
	engine_work_free(&session->work);
	meta_free(session->meta);
	links_free(&session->links);
	links_free(&session->dirs);
	progress_end(&session->progress);
}
