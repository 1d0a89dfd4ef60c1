/* SPDX-License-Identifier: MIT */
/*
 * The command line: with its tables, the only place that knows popt.
 *
 * cli_norm makes of argv what popt cannot misread; each option that popt then
 * reads is set by cli_set.
 */
#include "config.h"

#include "cli.h"

#include <errno.h>
#include <popt.h>
#include <stdlib.h>

#include "backup.h"
#include "cli_set.h"
#include "cli_table.h"
#include "util.h"

/* The value of the option popt has just read, kept by CLI; NULL for none. */
static const char *take_value(struct cli *cli, poptContext context)
{
	char *value = poptGetOptArg(context);
	char **values;

	if (!value)
		return NULL;
	values = reallocarray(cli->values, cli->value_count + 1,
			      sizeof(*values));
	if (!values)
		abort(); /* a page short at start: nothing is lost by ending */
	cli->values = values;
	values[cli->value_count++] = value;
	return value;
}

/* Lets popt read what cli_norm made, and sets one option after the other. */
static enum cli_verdict read_options(struct cli *cli,
				     const struct report *report)
{
	struct poptOption all[] = { { NULL, '\0', POPT_ARG_INCLUDE_TABLE,
				      (void *)cli_table_cp, 0, NULL, NULL },
				    { NULL, '\0', POPT_ARG_INCLUDE_TABLE,
				      (void *)cli_table_own, 0, NULL, NULL },
				    { NULL, '\0', POPT_ARG_INCLUDE_TABLE,
				      (void *)cli_table_seeing, 0, NULL, NULL },
				    { NULL, '\0', POPT_ARG_INCLUDE_TABLE,
				      (void *)cli_table_backup, 0, NULL, NULL },
				    POPT_TABLEEND };
	/* No alias file may change what a line means, or run a program. */
	poptContext context = poptGetContext(NULL, cli->norm.argc,
					     (const char **)cli->norm.argv, all,
					     POPT_CONTEXT_NO_EXEC);
	enum cli_verdict verdict = CLI_RUN;
	int option;

	if (!context)
		abort(); /* out of memory at start: nothing is lost by ending */
	while (verdict == CLI_RUN && (option = poptGetNextOpt(context)) > 0) {
		const char *value = take_value(cli, context);

		if (option == OPTION_HELP)
			verdict = CLI_HELP;
		else if (option == OPTION_VERSION)
			verdict = CLI_VERSION;
		else if (cli_set_option(&cli->options, (enum option)option,
					value, report) < 0)
			verdict = CLI_WRONG;
	}
	/* cli_norm and popt disagree: nothing may be done by guess. */
	if (verdict == CLI_RUN && option < -1)
		abort();
	poptFreeContext(context);
	return verdict;
}

/* What the options for backups mean, together with the environment. */
static int settle_backup(struct mcp_options *options,
			 const struct report *report)
{
	char *complaint = NULL;

	options->backup_suffix = backup_suffix(options->backup_suffix,
					       getenv("SIMPLE_BACKUP_SUFFIX"));
	if (!options->make_backups ||
	    backup_control(options->backup_word, getenv("VERSION_CONTROL"),
			   &options->backup, &complaint) == 0)
		return 0;
	report_usage_lines(report, complaint ? complaint : "memory exhausted");
	free(complaint);
	return -1;
}

enum cli_verdict cli_read(struct cli *cli, int argc, char **argv,
			  const struct report *report)
{
	bool posix = getenv("POSIXLY_CORRECT") != NULL;
	enum cli_verdict verdict;
	const char *wrong;
	int result;

	*cli = (struct cli){ .options = options_defaults() };
	cli->options.posixly_correct = posix;
	result = cli_norm_run(cli_tables, argc, argv, posix, &cli->norm);
	if (result < 0 && !cli->norm.error) {
		report_named(report, errno, "cannot read the command line",
			     NULL);
		return CLI_WRONG;
	}
	verdict = read_options(cli, report);
	if (cli->options.warn_context && !cli->options.quiet)
		report_named(report, 0,
			     "warning: ignoring --context; it requires an "
			     "SELinux-enabled kernel",
			     NULL);
	if (verdict != CLI_RUN)
		return verdict;
	if (cli->norm.error) {
		report_usage_text(report, cli->norm.error);
		return CLI_WRONG;
	}
	cli->count = (unsigned int)cli->norm.operand_count;
	cli->operands = cli->norm.operands;
	if (cli->options.watch && cli->count > 0) {
		report_usage(report, "extra operand %s", cli->operands[0]);
		return CLI_WRONG;
	}
	if (cli->options.watch)
		return CLI_WATCH;
	wrong = options_validate(&cli->options, util_page_size());
	if (wrong) {
		report_usage_text(report, wrong);
		return CLI_WRONG;
	}
	if (settle_backup(&cli->options, report) < 0)
		return CLI_WRONG;
	if (cli->options.preserve.context) {
		report_named(report, 0,
			     "cannot preserve security context without an "
			     "SELinux-enabled kernel",
			     NULL);
		return CLI_WRONG;
	}
	return CLI_RUN;
}

void cli_free(struct cli *cli)
{
	while (cli->value_count > 0)
		free(cli->values[--cli->value_count]);
	free(cli->values);
	cli_norm_free(&cli->norm);
}

void cli_print_version(struct report *report)
{
	report_line(report, "mcp (" PACKAGE_NAME ") " PACKAGE_VERSION);
}
