/* SPDX-License-Identifier: MIT */
/*
 * Whether source and destination are one file, under whatever names.
 */
#ifndef MCP_SAME_H
#define MCP_SAME_H

#include "err.h"
#include "options.h"
#include "pair.h"

enum same {
	SAME_NOT,  /* or it does no harm */
	SAME_DONE, /* one file, and nothing is to be done about it */
	SAME_BAD,  /* one file, that would be destroyed */
	SAME_FAIL, /* it cannot be told */
};

/*
 * What PAIR, both sides of which were looked at and are there, is. SAME_FAIL
 * comes with ERR, which is ERR_STAT_SOURCE or ERR_STAT_DEST.
 */
enum same same_compare(const struct mcp_options *options,
		       const struct pair *pair, struct err *err);

#endif
