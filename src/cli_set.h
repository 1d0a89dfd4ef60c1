/* SPDX-License-Identifier: MIT */
/*
 * What each option sets.
 */
#ifndef MCP_CLI_SET_H
#define MCP_CLI_SET_H

#include "cli_table.h"
#include "options.h"
#include "report.h"

/*
 * Sets what OPTION with VALUE, which must stay and is NULL where there is none,
 * means. Returns 0, or -1 after a complaint to REPORT.
 */
int cli_set_option(struct mcp_options *options, enum option option,
		   const char *value, const struct report *report);

#endif
