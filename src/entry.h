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
	/* The destination, which is FILE, was made by this very run. */
	bool (*is_just_created)(void *arg, const struct pair *pair,
				const struct stat *file);
};

/*
 * Copies PAIR, of which places, names and operand are filled in. A directory
 * that may be copied is only looked at: SESSION_DIRECTORY. CREATED, zero
 * before, gets what has the name of an operand's destination then, unless
 * nothing was made. OPERANDS is NULL below an operand.
 */
enum session_result entry_copy(struct session *session, struct pair *pair,
			       const struct entry_operands *operands,
			       struct stat *created);

#endif
