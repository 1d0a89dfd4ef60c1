/* SPDX-License-Identifier: MIT */
/*
 * One entry, of whatever kind: decided on, asked for, and copied.
 */
#ifndef MCP_ENTRY_H
#define MCP_ENTRY_H

#include "session.h"

/* What only matters for operands, asked in between; plan knows the answers. */
struct entry_operands {
	void *arg;
	/* The source was named before: not copied again, after a warning. */
	bool (*is_repeated)(void *arg, const struct pair *pair);
	/*
	 * The destination's name is looked up, or put down: 0 or -1 with ERR.
	 */
	int (*expect)(void *arg, const struct pair *pair, struct err *err);
	/* What has that name, which is FILE, was made by this very run. */
	bool (*is_just_created)(void *arg, const struct stat *file);
};

/*
 * Copies PAIR, of which places, names and operand are filled in. A directory
 * that may be copied is only looked at: SESSION_DIRECTORY. MADE, zero before,
 * gets what has the destination's name when it is SESSION_DONE. Below an
 * operand, and where there is only one, OPERANDS and MADE are NULL.
 */
enum session_result entry_copy(struct session *session, struct pair *pair,
			       const struct entry_operands *operands,
			       struct pair_made *made);

#endif
