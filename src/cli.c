/* SPDX-License-Identifier: MIT */
/*
 * The command line: the only place that knows popt.
 *
 * Two tables describe every option to cli_norm, to popt and to --help: cp's,
 * and then our own, so that an abbreviation that means something to cp never
 * means something else. cli_norm makes of argv what popt cannot misread; each
 * option is then a number in set_option.
 */
#include "config.h"

#include "cli.h"

#include <errno.h>
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "util.h"

enum option {
	OPTION_FORCE = 1,
	OPTION_NO_CLOBBER,
	OPTION_TARGET_DIRECTORY,
	OPTION_NO_TARGET_DIRECTORY,
	OPTION_VERBOSE,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_JOBS,
	OPTION_CHUNK_SIZE,
	OPTION_ENGINE,
};

static const struct poptOption cp_options[] = {
	{ "force", 'f', POPT_ARG_NONE, NULL, OPTION_FORCE,
	  "if a destination file cannot be opened, remove it and try again",
	  NULL },
	{ "no-clobber", 'n', POPT_ARG_NONE, NULL, OPTION_NO_CLOBBER,
	  "leave existing files alone, and say nothing", NULL },
	{ "target-directory", 't', POPT_ARG_STRING, NULL,
	  OPTION_TARGET_DIRECTORY, "copy every SOURCE into DIRECTORY",
	  "DIRECTORY" },
	{ "no-target-directory", 'T', POPT_ARG_NONE, NULL,
	  OPTION_NO_TARGET_DIRECTORY,
	  "DEST is the copy itself, never a directory to put it in", NULL },
	{ "verbose", 'v', POPT_ARG_NONE, NULL, OPTION_VERBOSE,
	  "say what is copied where", NULL },
	{ "help", '\0', POPT_ARG_NONE, NULL, OPTION_HELP,
	  "show this help and exit", NULL },
	{ "version", '\0', POPT_ARG_NONE, NULL, OPTION_VERSION,
	  "show the version and exit", NULL },
	POPT_TABLEEND
};

static const struct poptOption own_options[] = {
	{ "jobs", 'j', POPT_ARG_STRING, NULL, OPTION_JOBS,
	  "copy large files with N worker processes (1 to 4096; 1: without "
	  "any; default: one for each CPU that mcp may use)",
	  "N" },
	{ "chunk-size", '\0', POPT_ARG_STRING, NULL, OPTION_CHUNK_SIZE,
	  "split large files into pieces of SIZE, a multiple of the page size "
	  "(default: several for each worker)",
	  "SIZE" },
	{ "engine", '\0', POPT_ARG_STRING, NULL, OPTION_ENGINE,
	  "move the bytes by NAME: mmap (memory to memory), rw (read and "
	  "write) or auto (the default: what suits the file)",
	  "NAME" },
	POPT_TABLEEND
};

static const struct poptOption *const tables[] = { cp_options, own_options,
						   NULL };

/* Reading */

/* Complains of VALUE as WORDS, for a %s, say. */
static int refuse(const struct report *report, const char *words,
		  const char *value)
{
	report_usage(report, words, value);
	return -1;
}

static int set_jobs(struct mcp_options *options, const char *value,
		    const struct report *report)
{
	uint64_t jobs;

	if (util_parse_number(value, 1, OPTIONS_MAX_JOBS, &jobs) < 0)
		return refuse(
			report,
			"invalid number of jobs: %s (1 to 4096 are valid)",
			value);
	options->jobs = (unsigned int)jobs;
	return 0;
}

static int set_chunk_size(struct mcp_options *options, const char *value,
			  const struct report *report)
{
	if (util_parse_size(value, &options->chunk_size) < 0 ||
	    options->chunk_size == 0)
		return refuse(report, "invalid chunk size: %s", value);
	return 0;
}

static int set_engine(struct mcp_options *options, const char *value,
		      const struct report *report)
{
	if (engine_by_name(value, &options->engine) < 0)
		return refuse(
			report,
			"unknown engine: %s (auto, mmap and rw are known)",
			value);
	return 0;
}

static int set_target(struct mcp_options *options, const char *value,
		      const struct report *report)
{
	if (options->target_directory) {
		report_named(report, 0, "multiple target directories specified",
			     NULL);
		return -1;
	}
	options->target_directory = value;
	return 0;
}

static int set_option(struct mcp_options *options, int option,
		      const char *value, const struct report *report)
{
	switch (option) {
	case OPTION_FORCE:
		options->force = true;
		return 0;
	case OPTION_NO_CLOBBER:
		options->no_clobber = true;
		return 0;
	case OPTION_NO_TARGET_DIRECTORY:
		options->no_target_directory = true;
		return 0;
	case OPTION_VERBOSE:
		options->verbose = true;
		return 0;
	case OPTION_TARGET_DIRECTORY:
		return set_target(options, value, report);
	case OPTION_JOBS:
		return set_jobs(options, value, report);
	case OPTION_CHUNK_SIZE:
		return set_chunk_size(options, value, report);
	case OPTION_ENGINE:
		return set_engine(options, value, report);
	}
	abort(); /* the table holds no other */
}

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
	struct poptOption both[] = { { NULL, '\0', POPT_ARG_INCLUDE_TABLE,
				       (void *)cp_options, 0, NULL, NULL },
				     { NULL, '\0', POPT_ARG_INCLUDE_TABLE,
				       (void *)own_options, 0, NULL, NULL },
				     POPT_TABLEEND };
	/* No alias file may change what a line means, or run a program. */
	poptContext context = poptGetContext(NULL, cli->norm.argc,
					     (const char **)cli->norm.argv,
					     both, POPT_CONTEXT_NO_EXEC);
	enum cli_verdict verdict = CLI_RUN;
	int option;

	while (verdict == CLI_RUN && (option = poptGetNextOpt(context)) > 0) {
		const char *value = take_value(cli, context);

		if (option == OPTION_HELP)
			verdict = CLI_HELP;
		else if (option == OPTION_VERSION)
			verdict = CLI_VERSION;
		else if (set_option(&cli->options, option, value, report) < 0)
			verdict = CLI_WRONG;
	}
	/* cli_norm and popt disagree: nothing may be done by guess. */
	if (verdict == CLI_RUN && option < -1)
		abort();
	poptFreeContext(context);
	return verdict;
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
	result = cli_norm_run(tables, argc, argv, posix, &cli->norm);
	if (result < 0 && !cli->norm.error) {
		report_named(report, errno, "cannot read the command line",
			     NULL);
		return CLI_WRONG;
	}
	verdict = read_options(cli, report);
	if (verdict != CLI_RUN)
		return verdict;
	if (cli->norm.error) {
		report_usage_text(report, cli->norm.error);
		return CLI_WRONG;
	}
	wrong = options_validate(&cli->options, util_page_size());
	if (wrong) {
		report_named(report, 0, wrong, NULL);
		return CLI_WRONG;
	}
	cli->count = (unsigned int)cli->norm.operand_count;
	cli->operands = cli->norm.operands;
	return CLI_RUN;
}

void cli_free(struct cli *cli)
{
	while (cli->value_count > 0)
		free(cli->values[--cli->value_count]);
	free(cli->values);
	cli_norm_free(&cli->norm);
}

/* Help */

#define HELP_WIDTH 79
#define HELP_INDENT 29

/*
 * TEXT in lines of at most HELP_WIDTH columns, the first one beginning in
 * column COLUMN, the others in HELP_INDENT.
 */
static void print_wrapped(const char *text, int column)
{
	if (column + 2 > HELP_INDENT) {
		printf("\n");
		column = 0;
	}
	printf("%*s", HELP_INDENT - column, "");
	column = HELP_INDENT;
	while (*text) {
		int word = (int)strcspn(text, " ");

		if (column > HELP_INDENT && column + 1 + word > HELP_WIDTH) {
			printf("\n%*s", HELP_INDENT, "");
			column = HELP_INDENT;
		}
		column += printf("%s%.*s", column > HELP_INDENT ? " " : "",
				 word, text);
		text += word + strspn(text + word, " ");
	}
	printf("\n");
}

static void print_option(const struct poptOption *option)
{
	int column;

	if (option->shortName)
		column = printf("  -%c", option->shortName);
	else
		column = printf("    ");
	if (option->longName)
		column += printf("%s--%s", option->shortName ? ", " : "  ",
				 option->longName);
	if (option->argDescrip)
		column += printf("%s%s", option->longName ? "=" : " ",
				 option->argDescrip);
	print_wrapped(option->descrip, column);
}

static void print_table(const struct poptOption *table)
{
	for (; table->longName || table->shortName; table++)
		print_option(table);
}

void cli_print_help(const char *program)
{
	printf("Usage: %s [OPTION]... [-T] SOURCE DEST\n"
	       "  or:  %s [OPTION]... SOURCE... DIRECTORY\n"
	       "  or:  %s [OPTION]... -t DIRECTORY SOURCE...\n"
	       "Copy files as cp does, large ones with several worker processes "
	       "at once.\n"
	       "\nOptions that cp has, too:\n",
	       program, program, program);
	print_table(cp_options);
	printf("\nWorkers and engines:\n");
	print_table(own_options);
	printf("\nSIZE is a number of bytes, or one with a unit: K, M, G, T "
	       "(powers of 1024),\nKB, MB, GB, TB (powers of 1000).\n"
	       "\nExit status: 0 when all is copied, 1 when something is not, "
	       "which is then named\non standard error.\n");
}

void cli_print_version(void)
{
	printf("mcp (%s) %s\n", PACKAGE_NAME, PACKAGE_VERSION);
}
