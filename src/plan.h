/* SPDX-License-Identifier: MIT */
/*
 * From operands to copies: which file goes where, and whether it may.
 *
 * plan_open looks at the operands as a whole; plan_pair makes the I-th source
 * and its destination; plan_decide looks at both files.
 */
#ifndef MCP_PLAN_H
#define MCP_PLAN_H

#include <stdbool.h>
#include <sys/stat.h>

#include "dest.h"
#include "err.h"
#include "options.h"

/* What is wrong with the operands, for report_usage and report_named. */
struct plan_error {
	const char *words; /* with one %s when there is a name */
	const char *name;
	int errnum;
	bool usage; /* a mistake in writing: point to --help */
};

struct plan {
	const struct mcp_options *options;
	char *const *sources;
	unsigned int count;
	const char *directory; /* where they all go, or NULL: ... */
	const char *dest;      /* ... the one goes here */
	void *seen_sources;    /* names and files met so far, for plan_decide */
	void *seen_dests;
};

struct plan_pair {
	const char *source;
	char *dest; /* malloc'ed; plan_pair_free */
	struct stat source_stat;
	struct stat dest_stat;
	enum dest_found found;
};

enum plan_decision {
	PLAN_COPY,
	PLAN_SKIP,   /* and that is as it should be */
	PLAN_REPEAT, /* skipped: the source was named before; worth a warning */
	PLAN_FAIL,
};

/*
 * Reads the COUNT operands (not NULL). Returns 0, or -1 with ERROR filled.
 * OPTIONS and OPERANDS must stay.
 */
int plan_open(struct plan *plan, const struct mcp_options *options,
	      unsigned int count, char *const *operands,
	      struct plan_error *error);

/* The names of pair INDEX < plan->count: 0, or -1 with errno ENOMEM. */
int plan_pair(const struct plan *plan, unsigned int index,
	      struct plan_pair *pair);

/*
 * Looks at both files of PAIR and fills in what it found, as cp would: in its
 * order, with its outcome. PLAN_FAIL comes with ERR.
 */
enum plan_decision plan_decide(struct plan *plan, struct plan_pair *pair,
			       struct err *err);

/* Remembers that the destination of PAIR is now a file of this run. */
void plan_created(struct plan *plan, const struct plan_pair *pair,
		  const struct stat *created);

void plan_pair_free(struct plan_pair *pair);
void plan_close(struct plan *plan);

#endif
