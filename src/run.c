/* SPDX-License-Identifier: MIT */
/*
 * A whole run: the operands one after the other, and the exit status.
 *
 * One after the other because their destinations can meet: of `A/. B/. O`, B
 * wins.
 */
#include "config.h"

#include "run.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>

#include "account.h"
#include "backends.h"
#include "backup.h"
#include "durable.h"
#include "entry.h"
#include "monitor.h"
#include "parents.h"
#include "plan.h"
#include "session.h"
#include "spread.h"
#include "stats.h"
#include "util.h"

struct run {
	struct session session;
	struct plan plan;
	struct mcp_options options; /* where they are not as they came */
	struct backup backup;
	struct monitor monitor;
	struct status *status; /* --status, or NULL */
	struct monitor_observer observer;
	unsigned int next;	     /* the first operand not begun */
	struct tally_known *counted; /* as what each is; NULL: as unknown */
	struct durable durable;
};

static bool is_repeated(void *arg, const struct pair *pair)
{
	struct run *run = arg;

	return plan_is_repeated(&run->plan, pair);
}

static int expect(void *arg, const struct pair *pair, struct err *err)
{
	struct run *run = arg;

	return plan_expect(&run->plan, pair, err);
}

static bool is_just_created(void *arg, const struct stat *file)
{
	struct run *run = arg;

	return plan_is_just_created(&run->plan, file);
}

/* Copies PAIR, which is not the only operand. */
static enum session_result copy_one_of_several(struct run *run,
					       struct pair *pair)
{
	const struct entry_operands operands = {
		.arg = run,
		.is_repeated = is_repeated,
		.expect = expect,
		.is_just_created = is_just_created,
	};
	struct pair_made made = { 0 };
	enum session_result result =
		entry_copy(&run->session, pair, &operands, &made);

	if (result == SESSION_DONE && made.is)
		plan_made(&run->plan, &made);
	return result;
}

static enum session_result copy_operand(struct run *run, struct pair *pair)
{
	enum session_result result =
		run->plan.count > 1
			? copy_one_of_several(run, pair)
			: entry_copy(&run->session, pair, NULL, NULL);

	return result == SESSION_DIRECTORY ? spread_tree(&run->session, pair)
					   : result;
}

/* --parents */
static enum session_result copy_with_parents(struct run *run, struct pair *pair)
{
	enum session_result result = SESSION_FAILED;
	struct parents parents;

	if (parents_make(&run->session, pair, &parents) == 0) {
		result = copy_operand(run, pair);
		if (result != SESSION_STOPPED)
			parents_settle(&run->session, &parents);
	}
	parents_free(&parents);
	return result;
}

/*
 * So many operands are looked at before their turn, lest the looking costs more
 * than it is worth.
 */
#define RECKONED_MOST 256

/* Looks at the operands that are left, for somebody who looks on. */
static void reckon(void *arg)
{
	struct run *run = arg;
	const struct plan *plan = &run->plan;
	bool follow =
		run->session.options->dereference == OPTIONS_DEREF_ALWAYS ||
		run->session.options->dereference == OPTIONS_DEREF_OPERANDS;
	unsigned int i;

	/* One alone is looked at right now. */
	if (plan->count < 2 || plan->count - run->next > RECKONED_MOST)
		return;
	run->counted = calloc(plan->count, sizeof(*run->counted));
	for (i = run->next; run->counted && i < plan->count; i++) {
		struct stat st;

		if (fstatat(AT_FDCWD, plan->sources[i], &st,
			    follow ? 0 : AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		tally_unknow(run->session.tally, run->counted[i]);
		run->counted[i] = (struct tally_known){ TALLY_KIND_SIZED,
							(uint64_t)st.st_size };
		tally_know(run->session.tally, run->counted[i]);
	}
}

static void run_operand(struct run *run, unsigned int index)
{
	enum session_result result;
	struct pair pair;
	char *dest;

	run->next = index + 1;
	if (plan_pair(&run->plan, index, &pair, &dest) < 0) {
		report_named(run->session.report, 0, "memory exhausted", NULL);
		run->session.status = 1;
		return;
	}
	pair.counted = account_known(DT_UNKNOWN);
	if (run->counted)
		pair.counted = run->counted[index];
	/* This destination may be on another file system. */
	run->session.no_clone = false;
	if (run->session.options->parents)
		result = copy_with_parents(run, &pair);
	else
		result = copy_operand(run, &pair);
	if (result != SESSION_STOPPED)
		durable_operand(&run->session, &run->durable, &pair);
	free(dest);
}

/*
 * `-f --backup file file` makes the backup of the file, which then needs none
 * of its own.
 */
static int copy_to_backup(struct run *run, const struct mcp_options **options,
			  struct report *report)
{
	const char *dest = run->plan.dest;
	struct err err;

	if (backup_name(AT_FDCWD, dest, (*options)->backup,
			(*options)->backup_suffix, &run->backup, &err) < 0) {
		report_failure(report, &err, dest, dest, DEST_LEFT_ALONE);
		return -1;
	}
	run->options = **options;
	run->options.backup = OPTIONS_BACKUP_NONE;
	run->plan.options = *options = &run->options;
	run->plan.dest = run->backup.name;
	return 0;
}

static int refuse(struct report *report, const struct plan_error *error)
{
	if (error->usage)
		report_usage(report, error->words, error->name);
	else
		report_named(report, error->errnum, error->words, error->name);
	return 1;
}

/* For the monitor. */
static void look(void *arg, const struct progress *progress, uint64_t now)
{
	status_look(arg, progress, now);
}

/* For the session. */
static void tell_file(void *arg, const struct status_event_file *file)
{
	status_file(arg, file);
}

/* Lets --status see what happens. */
static void begin_status(struct run *run)
{
	struct session *session = &run->session;

	if (!run->status)
		return;
	session->events = run->status;
	if (session->options->status_files)
		session->teller =
			(struct session_teller){ tell_file, run->status };
	run->observer = (struct monitor_observer){
		.look = look,
		.arg = run->status,
		.interval = STATUS_INTERVAL,
	};
	monitor_observe(&run->monitor, &run->observer);
}

/* All of them, looked on by whoever wants to, up to the last words. */
static void run_operands(struct run *run)
{
	struct session *session = &run->session;
	struct signals *signals = session->signals;
	const struct monitor_reckoner reckoner = { reckon, run };
	unsigned int i;

	session->tally->count[TALLY_UNLISTED] = run->plan.count;
	monitor_begin(&run->monitor, session->options, session->report, signals,
		      &session->progress, &reckoner);
	begin_status(run);
	for (i = 0; i < run->plan.count && signals_drain(signals) == 0; i++)
		run_operand(run, i);
	if (session->options->fsync)
		session->progress.phase = PROGRESS_WRITING_BACK;
	durable_finish(session, &run->durable);
	if (signals->fatal == 0)
		tally_settle(&session->progress.sum);
	session->progress.phase = PROGRESS_ENDED;
	monitor_end(&run->monitor);
	if (run->status)
		status_settle(run->status, &session->progress, util_now());
	stats_tell(session->options->stats, &session->progress, util_now(),
		   session->report);
	backends_end(session);
	session_end(session);
}

int run(const struct mcp_options *options, unsigned int count,
	char *const *operands, struct report *report, struct signals *signals,
	struct status *status)
{
	struct run run = { .status = status, .durable = { .fd = -1 } };
	struct plan_error error;

	if (stats_open(options->stats, report) < 0)
		return 1;
	if (plan_open(&run.plan, options, count, operands, &error) < 0)
		return refuse(report, &error);
	if (plan_is_for_backup(&run.plan) &&
	    copy_to_backup(&run, &options, report) < 0) {
		plan_close(&run.plan);
		return 1;
	}
	if (session_begin(&run.session, options, report, signals) < 0) {
		report_named(report, 0, "memory exhausted", NULL);
		run.session.status = 1;
		run.plan.count = 0;
	}
	run_operands(&run);
	plan_close(&run.plan);
	free(run.backup.name);
	free(run.counted);
	return run.session.status;
}
