/* SPDX-License-Identifier: MIT */
/*
 * The command line: the only place that knows popt.
 */
#ifndef MCP_CLI_H
#define MCP_CLI_H

#include <stddef.h>

#include "cli_norm.h"
#include "options.h"
#include "report.h"

/* What is to be done now that the command line is read. */
enum cli_verdict {
	CLI_RUN,
	CLI_WATCH,   /* show what another process copies (--watch) */
	CLI_HELP,    /* show the help, exit 0 */
	CLI_VERSION, /* show the version, exit 0 */
	CLI_WRONG,   /* it was said what is wrong; exit 1 */
};

struct cli {
	struct mcp_options options;
	unsigned int count;
	char **operands;
	struct cli_norm norm; /* owns the operands ... */
	char **values;	      /* ... and these are the options' values */
	size_t value_count;
};

/*
 * Reads ARGV into CLI, complaining to REPORT. ARGV must stay. In all cases
 * cli_free.
 */
enum cli_verdict cli_read(struct cli *cli, int argc, char **argv,
			  const struct report *report);

void cli_free(struct cli *cli);

/* Has REPORT print the text of --version. */
void cli_print_version(struct report *report);

#endif
