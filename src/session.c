/* SPDX-License-Identifier: MIT */
/*
 * What one run of mcp holds from its first file to its last.
 */
#include "config.h"

#include "session.h"

#include <unistd.h>

#include "hidden.h"

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

void session_end(struct session *session)
{
	engine_work_free(&session->work);
	meta_free(session->meta);
	links_free(&session->links);
	links_free(&session->dirs);
	progress_end(&session->progress);
}
