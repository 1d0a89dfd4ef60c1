/* SPDX-License-Identifier: MIT */
/*
 * Asking the user (-i).
 */
#ifndef MCP_PROMPT_H
#define MCP_PROMPT_H

#include "session.h"

enum prompt_answer {
	PROMPT_YES,
	PROMPT_NO, /* or no answer at all */
	PROMPT_STOPPED,
};

/*
 * Asks on stderr, in cp's words, whether the destination of PAIR may be
 * overwritten, and reads a line from stdin.
 */
enum prompt_answer prompt_overwrite(struct session *session,
				    const struct pair *pair);

#endif
