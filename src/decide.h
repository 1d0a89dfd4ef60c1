/* SPDX-License-Identifier: MIT */
/*
 * May it be copied? Comes to cp's conclusion about one source and what stands
 * where it is to go. Changes nothing.
 */
#ifndef MCP_DECIDE_H
#define MCP_DECIDE_H

#include <stdbool.h>

#include "err.h"
#include "options.h"
#include "pair.h"

enum decision {
	DECIDE_COPY,
	DECIDE_ASK,	 /* ... if the user agrees (-i) */
	DECIDE_ASK_ONLY, /* ... but it is there already */
	DECIDE_SKIP,	 /* as it should be */
	DECIDE_SAME,	 /* as it should be: it is there already */
	DECIDE_OLDER,	 /* as it should be: what is there is not older (-u) */
	DECIDE_FAIL,
};

/*
 * Whether to go on, of a pair that was looked at. DECIDE_FAIL comes with ERR.
 */
enum decision decide(const struct mcp_options *options, const struct pair *pair,
		     struct err *err);

/*
 * To be asked after that: 0, or -1 with ERR_FILE_DEST or ERR_DIRECTORY_DEST
 * where one of the two is a directory, and no backup makes room for it.
 */
int decide_kinds(const struct mcp_options *options, const struct pair *pair,
		 struct err *err);

/* Whether what is there must go before it is copied. */
bool decide_must_unlink(const struct mcp_options *options,
			const struct pair *pair);

#endif
