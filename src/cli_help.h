/* SPDX-License-Identifier: MIT */
/*
 * The text of --help, made from the tables of options.
 */
#ifndef MCP_CLI_HELP_H
#define MCP_CLI_HELP_H

#include "report.h"

/* Says it to REPORT. */
void cli_print_help(struct report *report);

#endif
