/* SPDX-License-Identifier: MIT */
/*
 * From operands to copies: which file goes where, and whether it may.
 *
 * plan_open looks at the operands as a whole; plan_pair names the I-th source
 * and its destination. What was met before is remembered here, too.
 */
#ifndef MCP_PLAN_H
#define MCP_PLAN_H

#include <stdbool.h>
#include <sys/stat.h>

#include "options.h"
#include "pair.h"

/* What is wrong with the operands, for report_usage and report_named. */
struct plan_error {
	const char *words; /* with one %s when there is a name */
	const char *name;
	int errnum;
	bool usage; /* a mistake in writing: point to --help */
};

struct plan_seen; /* a name, and what had it */

struct plan {
	const struct mcp_options *options;
	char *const *sources;
	unsigned int count;
	const char *directory; /* where they all go, or NULL: ... */
	const char *dest;      /* ... the one goes here */
	void *seen_sources;    /* names and files met so far */
	void *seen_dests;
	struct plan_seen *expected; /* of these */
};

/*
 * Reads the COUNT operands (not NULL). Returns 0, or -1 with ERROR filled.
 * OPTIONS and OPERANDS must stay.
 */
int plan_open(struct plan *plan, const struct mcp_options *options,
	      unsigned int count, char *const *operands,
	      struct plan_error *error);

/*
 * Names pair INDEX < plan->count; *DEST is malloc'ed and must stay as long as
 * PAIR. Returns 0, or -1 with errno ENOMEM.
 */
int plan_pair(const struct plan *plan, unsigned int index, struct pair *pair,
	      char **dest);

/*
 * Whether the source of PAIR, which was looked at, was named before; from now
 * on it was.
 */
bool plan_is_repeated(struct plan *plan, const struct pair *pair);

/*
 * Gets ready to remember what will have the name of PAIR's destination, before
 * anything is made: what cannot be remembered might be overwritten by a later
 * source. Returns 0, or -1 with ERR_MEMORY or ERR_STAT_DEST.
 */
int plan_expect(struct plan *plan, const struct pair *pair, struct err *err);

/* Whether FILE, which has the name expected last, was made by this run. */
bool plan_is_just_created(const struct plan *plan, const struct stat *file);

/* What has the name expected last is now what was MADE. */
void plan_made(struct plan *plan, const struct pair_made *made);

/*
 * Whether -f and --backup are asked to copy a file onto itself: then the copy
 * is to be its backup.
 */
bool plan_is_for_backup(const struct plan *plan);

void plan_close(struct plan *plan);

#endif
