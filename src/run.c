/* SPDX-License-Identifier: MIT */
/*
 * A whole run: the operands one after the other, and the exit status.
 *
 * One after the other because their destinations can meet: of `A/. B/. O`, B
 * wins.
 */
#include "config.h"

#include "run.h"

#include <fcntl.h>
#include <stdlib.h>

#include "backup.h"
#include "entry.h"
#include "parents.h"
#include "plan.h"
#include "session.h"
#include "spread.h"

struct run {
	struct session session;
	struct plan plan;
	struct mcp_options options; /* where they are not as they came */
	struct backup backup;
};

static bool is_repeated(void *arg, const struct pair *pair)
{
	struct run *run = arg;

	return plan_is_repeated(&run->plan, pair);
}

static bool is_just_created(void *arg, const struct pair *pair,
			    const struct stat *file)
{
	struct run *run = arg;

	return plan_is_just_created(&run->plan, pair, file);
}

static enum session_result copy_operand(struct run *run, struct pair *pair,
					struct stat *created)
{
	const struct entry_operands operands = {
		.arg = run,
		.is_repeated = is_repeated,
		.is_just_created = is_just_created,
	};
	enum session_result result =
		entry_copy(&run->session, pair, &operands, created);

	return result == SESSION_DIRECTORY
		       ? spread_tree(&run->session, pair, created)
		       : result;
}

/* --parents */
static enum session_result copy_with_parents(struct run *run, struct pair *pair,
					     struct stat *created)
{
	enum session_result result = SESSION_FAILED;
	struct parents parents;

	if (parents_make(&run->session, pair, &parents) == 0) {
		result = copy_operand(run, pair, created);
		if (result != SESSION_STOPPED)
			parents_settle(&run->session, &parents);
	}
	parents_free(&parents);
	return result;
}

static void run_operand(struct run *run, unsigned int index)
{
	struct stat created = { 0 };
	enum session_result result;
	struct pair pair;
	char *dest;

	if (plan_pair(&run->plan, index, &pair, &dest) < 0) {
		report_named(run->session.report, 0, "memory exhausted", NULL);
		run->session.status = 1;
		return;
	}
	/* This destination may be on another file system. */
	run->session.no_clone = false;
	if (run->session.options->parents)
		result = copy_with_parents(run, &pair, &created);
	else
		result = copy_operand(run, &pair, &created);
	if (result == SESSION_DONE && created.st_ino != 0)
		plan_created(&run->plan, &pair, &created);
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
		report_failure(report, &err, dest, dest, false);
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

int run(const struct mcp_options *options, unsigned int count,
	char *const *operands, struct report *report, struct signals *signals)
{
	struct run run = { .backup = { .name = NULL } };
	struct plan_error error;
	unsigned int i;

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
	for (i = 0; i < run.plan.count && signals_drain(signals) == 0; i++)
		run_operand(&run, i);
	plan_close(&run.plan);
	free(run.backup.name);
	session_end(&run.session);
	return run.session.status;
}
