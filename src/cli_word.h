/* SPDX-License-Identifier: MIT */
/*
 * Options whose value is one of some words.
 */
#ifndef MCP_CLI_WORD_H
#define MCP_CLI_WORD_H

#include <stdbool.h>

#include "cli_table.h"
#include "options.h"
#include "report.h"

/*
 * Sets what WORD, or an unmistakable beginning of it, means to OPTION:
 * --update, --reflink, --sparse, --progress or --stats. Returns 0, or -1 after
 * a complaint.
 */
int cli_word_set(struct mcp_options *options, enum option option,
		 const char *word, const struct report *report);

/*
 * Has the attributes of the comma separated LIST kept (ON) or not. Returns as
 * cli_word_set.
 */
int cli_word_preserve(struct mcp_options *options, const char *list, bool on,
		      const struct report *report);

#endif
