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
#include <unistd.h>

#include "backup.h"
#include "choice.h"
#include "engine.h"
#include "util.h"

enum option {
	OPTION_ARCHIVE = 1,
	OPTION_ATTRIBUTES_ONLY,
	OPTION_BACKUP_USUAL,
	OPTION_BACKUP,
	OPTION_COPY_CONTENTS,
	OPTION_DEBUG,
	OPTION_NO_DEREFERENCE_LINKS,
	OPTION_FORCE,
	OPTION_DEREFERENCE_OPERANDS,
	OPTION_INTERACTIVE,
	OPTION_KEEP_DIRECTORY_SYMLINK,
	OPTION_LINK,
	OPTION_DEREFERENCE,
	OPTION_NO_CLOBBER,
	OPTION_NO_DEREFERENCE,
	OPTION_PRESERVE_USUAL,
	OPTION_PRESERVE,
	OPTION_NO_PRESERVE,
	OPTION_PARENTS,
	OPTION_RECURSIVE,
	OPTION_REFLINK,
	OPTION_REMOVE_DESTINATION,
	OPTION_SPARSE,
	OPTION_STRIP_SLASHES,
	OPTION_SUFFIX,
	OPTION_SYMBOLIC_LINK,
	OPTION_TARGET_DIRECTORY,
	OPTION_NO_TARGET_DIRECTORY,
	OPTION_UPDATE_OLDER,
	OPTION_UPDATE,
	OPTION_VERBOSE,
	OPTION_ONE_FILE_SYSTEM,
	OPTION_CONTEXT_USUAL,
	OPTION_CONTEXT,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_JOBS,
	OPTION_CHUNK_SIZE,
	OPTION_ENGINE,
};

#define OPTIONAL (POPT_ARG_STRING | POPT_ARGFLAG_OPTIONAL)

/* In the order of cp's own table, which shows where one is ambiguous. */
static const struct poptOption cp_options[] = {
	{ "archive", 'a', POPT_ARG_NONE, NULL, OPTION_ARCHIVE,
	  "keep all that can be kept: -dR --preserve=all", NULL },
	{ "attributes-only", '\0', POPT_ARG_NONE, NULL, OPTION_ATTRIBUTES_ONLY,
	  "copy the attributes that are kept, and no data", NULL },
	{ "backup", '\0', OPTIONAL, NULL, OPTION_BACKUP,
	  "keep what is replaced under another name, as CONTROL says (below)",
	  "CONTROL" },
	{ NULL, 'b', POPT_ARG_NONE, NULL, OPTION_BACKUP_USUAL,
	  "--backup, as the environment says", NULL },
	{ "copy-contents", '\0', POPT_ARG_NONE, NULL, OPTION_COPY_CONTENTS,
	  "with -r, read FIFOs and devices instead of recreating them", NULL },
	{ "debug", '\0', POPT_ARG_NONE, NULL, OPTION_DEBUG,
	  "say how each file is copied; implies -v", NULL },
	{ NULL, 'd', POPT_ARG_NONE, NULL, OPTION_NO_DEREFERENCE_LINKS,
	  "-P --preserve=links", NULL },
	{ "dereference", 'L', POPT_ARG_NONE, NULL, OPTION_DEREFERENCE,
	  "follow all symbolic links in SOURCE", NULL },
	{ NULL, 'H', POPT_ARG_NONE, NULL, OPTION_DEREFERENCE_OPERANDS,
	  "follow symbolic links that are operands", NULL },
	{ "force", 'f', POPT_ARG_NONE, NULL, OPTION_FORCE,
	  "if a destination file cannot be opened, remove it and try again",
	  NULL },
	{ "interactive", 'i', POPT_ARG_NONE, NULL, OPTION_INTERACTIVE,
	  "ask before a file is overwritten", NULL },
	{ "keep-directory-symlink", '\0', POPT_ARG_NONE, NULL,
	  OPTION_KEEP_DIRECTORY_SYMLINK,
	  "copy into the directory that an existing symbolic link leads to",
	  NULL },
	{ "link", 'l', POPT_ARG_NONE, NULL, OPTION_LINK,
	  "make hard links instead of copies", NULL },
	{ "no-clobber", 'n', POPT_ARG_NONE, NULL, OPTION_NO_CLOBBER,
	  "leave existing files alone, and say nothing", NULL },
	{ "no-dereference", 'P', POPT_ARG_NONE, NULL, OPTION_NO_DEREFERENCE,
	  "copy symbolic links themselves", NULL },
	{ "no-preserve", '\0', POPT_ARG_STRING, NULL, OPTION_NO_PRESERVE,
	  "do not keep what LIST names", "LIST" },
	{ "no-target-directory", 'T', POPT_ARG_NONE, NULL,
	  OPTION_NO_TARGET_DIRECTORY,
	  "DEST is the copy itself, never a directory to put it in", NULL },
	{ "one-file-system", 'x', POPT_ARG_NONE, NULL, OPTION_ONE_FILE_SYSTEM,
	  "stay on the file system of each SOURCE", NULL },
	{ "parents", '\0', POPT_ARG_NONE, NULL, OPTION_PARENTS,
	  "use the whole name of each SOURCE below DIRECTORY, making "
	  "directories as needed",
	  NULL },
	{ NULL, 'p', POPT_ARG_NONE, NULL, OPTION_PRESERVE_USUAL,
	  "--preserve=mode,ownership,timestamps", NULL },
	{ "preserve", '\0', OPTIONAL, NULL, OPTION_PRESERVE,
	  "keep what LIST names: mode, ownership, timestamps, links, xattr, "
	  "all (default: as -p)",
	  "LIST" },
	{ "recursive", 'r', POPT_ARG_NONE, NULL, OPTION_RECURSIVE,
	  "copy directories with all that is in them", NULL },
	{ NULL, 'R', POPT_ARG_NONE, NULL, OPTION_RECURSIVE, "the same", NULL },
	{ "remove-destination", '\0', POPT_ARG_NONE, NULL,
	  OPTION_REMOVE_DESTINATION,
	  "remove each existing file before it is written anew", NULL },
	{ "sparse", '\0', POPT_ARG_STRING, NULL, OPTION_SPARSE,
	  "holes: auto (those of SOURCE, the default), always (blocks of "
	  "zeros, too) or never",
	  "WHEN" },
	{ "reflink", '\0', OPTIONAL, NULL, OPTION_REFLINK,
	  "share blocks instead of copying them: auto (where it can be done, "
	  "the default), always (default of WHEN) or never",
	  "WHEN" },
	{ "strip-trailing-slashes", '\0', POPT_ARG_NONE, NULL,
	  OPTION_STRIP_SLASHES, "take slashes off the end of each SOURCE",
	  NULL },
	{ "suffix", 'S', POPT_ARG_STRING, NULL, OPTION_SUFFIX,
	  "--backup, with SUFFIX instead of ~", "SUFFIX" },
	{ "symbolic-link", 's', POPT_ARG_NONE, NULL, OPTION_SYMBOLIC_LINK,
	  "make symbolic links instead of copies", NULL },
	{ "target-directory", 't', POPT_ARG_STRING, NULL,
	  OPTION_TARGET_DIRECTORY, "copy every SOURCE into DIRECTORY",
	  "DIRECTORY" },
	{ NULL, 'u', POPT_ARG_NONE, NULL, OPTION_UPDATE_OLDER, "--update=older",
	  NULL },
	{ "update", '\0', OPTIONAL, NULL, OPTION_UPDATE,
	  "overwrite existing files: all; none; none-fail, and fail; older "
	  "(default), those that are older than SOURCE",
	  "WHICH" },
	{ "verbose", 'v', POPT_ARG_NONE, NULL, OPTION_VERBOSE,
	  "say what is copied where", NULL },
	{ NULL, 'Z', POPT_ARG_NONE, NULL, OPTION_CONTEXT_USUAL,
	  "accepted for SELinux, which mcp knows nothing of", NULL },
	{ "context", '\0', OPTIONAL, NULL, OPTION_CONTEXT,
	  "the same; warns that a CTX is ignored", "CTX" },
	{ "help", '\0', POPT_ARG_NONE, NULL, OPTION_HELP,
	  "show this help and exit", NULL },
	{ "version", '\0', POPT_ARG_NONE, NULL, OPTION_VERSION,
	  "show the version and exit", NULL },
	POPT_TABLEEND
};

static const struct poptOption own_options[] = {
	{ "jobs", 'j', POPT_ARG_STRING, NULL, OPTION_JOBS,
	  "copy large files and trees with N worker processes (1 to 4096; 1: "
	  "without any; default: one for each CPU that mcp may use)",
	  "N" },
	{ "chunk-size", '\0', POPT_ARG_STRING, NULL, OPTION_CHUNK_SIZE,
	  "split large files into pieces of SIZE, a multiple of the page size "
	  "(default: several for each worker)",
	  "SIZE" },
	{ "engine", '\0', POPT_ARG_STRING, NULL, OPTION_ENGINE,
	  "move the bytes by NAME: mmap (memory to memory), rw (read and "
	  "write), cfr (the kernel copies), clone (blocks are shared), "
	  "direct (past the page cache) or auto (the default: what suits the "
	  "file)",
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
			"unknown engine: %s (auto, mmap, rw, cfr, clone and "
			"direct are known)",
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

enum attribute {
	ATTRIBUTE_MODE,
	ATTRIBUTE_TIMESTAMPS,
	ATTRIBUTE_OWNERSHIP,
	ATTRIBUTE_LINKS,
	ATTRIBUTE_CONTEXT,
	ATTRIBUTE_XATTR,
	ATTRIBUTE_ALL,
};

static const struct choice attributes[] = {
	{ "mode", ATTRIBUTE_MODE },
	{ "timestamps", ATTRIBUTE_TIMESTAMPS },
	{ "ownership", ATTRIBUTE_OWNERSHIP },
	{ "links", ATTRIBUTE_LINKS },
	{ "context", ATTRIBUTE_CONTEXT },
	{ "xattr", ATTRIBUTE_XATTR },
	{ "all", ATTRIBUTE_ALL },
	{ NULL, 0 },
};

static const struct choice updates[] = {
	{ "all", OPTIONS_UPDATE_ALL },
	{ "none", OPTIONS_UPDATE_NONE },
	{ "none-fail", OPTIONS_UPDATE_NONE_FAIL },
	{ "older", OPTIONS_UPDATE_OLDER },
	{ NULL, 0 },
};

static const struct choice reflinks[] = {
	{ "auto", OPTIONS_REFLINK_AUTO },
	{ "always", OPTIONS_REFLINK_ALWAYS },
	{ "never", OPTIONS_REFLINK_NEVER },
	{ NULL, 0 },
};

/* In the order in which cp names them. */
static const struct choice sparses[] = {
	{ "never", OPTIONS_SPARSE_NEVER },
	{ "auto", OPTIONS_SPARSE_AUTO },
	{ "always", OPTIONS_SPARSE_ALWAYS },
	{ NULL, 0 },
};

/* Finds WORD in TABLE, or complains as cp does of OPTION. */
static int choose(const struct choice *table, const char *word,
		  const char *option, int *value, const struct report *report)
{
	enum choice_result result = choice_find(table, word, value);
	char *complaint;

	if (result == CHOICE_FOUND)
		return 0;
	complaint = choice_complaint(table, result, word, option);
	report_usage_lines(report, complaint ? complaint : "memory exhausted");
	free(complaint);
	return -1;
}

/* One attribute, to be kept (ON) or not. */
static void set_attribute(struct options_preserve *preserve,
			  enum attribute attribute, bool on)
{
	bool all = attribute == ATTRIBUTE_ALL;

	if (attribute == ATTRIBUTE_CONTEXT)
		preserve->context = on;
	if (all || attribute == ATTRIBUTE_MODE) {
		preserve->mode = on;
		preserve->no_mode = !on;
	}
	if (all || attribute == ATTRIBUTE_TIMESTAMPS)
		preserve->timestamps = on;
	if (all || attribute == ATTRIBUTE_OWNERSHIP)
		preserve->ownership = on;
	if (all || attribute == ATTRIBUTE_LINKS)
		preserve->links = on;
	if (all || attribute == ATTRIBUTE_XATTR)
		preserve->xattr = on;
	if (attribute == ATTRIBUTE_XATTR)
		preserve->xattr_required = on;
}

/* The attributes in the comma separated LIST. */
static int set_attributes(struct mcp_options *options, const char *list,
			  bool on, const struct report *report)
{
	const char *option = on ? "--preserve" : "--no-preserve";
	char *words = strdup(list), *rest = words, *word;
	int attribute, result = words ? 0 : -1;

	while (result == 0 && (word = strsep(&rest, ","))) {
		result = choose(attributes, word, option, &attribute, report);
		if (result == 0)
			set_attribute(&options->preserve,
				      (enum attribute)attribute, on);
	}
	free(words);
	return result;
}

/* -p, and --preserve without a list. */
static void preserve_usual(struct options_preserve *preserve)
{
	preserve->mode = preserve->ownership = preserve->timestamps = true;
	preserve->no_mode = false;
}

static void set_archive(struct mcp_options *options)
{
	options->recursive = true;
	options->dereference = OPTIONS_DEREF_NEVER;
	preserve_usual(&options->preserve);
	options->preserve.links = true;
	options->preserve.xattr = true;
	options->preserve.xattr_quiet = true;
}

static int set_update(struct mcp_options *options, const char *value,
		      const struct report *report)
{
	int update;

	if (choose(updates, value, "--update", &update, report) < 0)
		return -1;
	options->update = (enum options_update)update;
	return 0;
}

static int set_reflink(struct mcp_options *options, const char *value,
		       const struct report *report)
{
	int reflink;

	if (choose(reflinks, value, "--reflink", &reflink, report) < 0)
		return -1;
	options->reflink = (enum options_reflink)reflink;
	return 0;
}

static int set_sparse(struct mcp_options *options, const char *value,
		      const struct report *report)
{
	int sparse;

	if (choose(sparses, value, "--sparse", &sparse, report) < 0)
		return -1;
	options->sparse = (enum options_sparse)sparse;
	return 0;
}

/* Options of cp that have a value. */
static int set_valued(struct mcp_options *options, enum option option,
		      const char *value, const struct report *report)
{
	switch (option) {
	case OPTION_PRESERVE:
		if (value)
			return set_attributes(options, value, true, report);
		preserve_usual(&options->preserve);
		return 0;
	case OPTION_NO_PRESERVE:
		return set_attributes(options, value, false, report);
	case OPTION_REFLINK:
		return set_reflink(options, value ? value : "always", report);
	case OPTION_SPARSE:
		return set_sparse(options, value, report);
	case OPTION_BACKUP:
		options->make_backups = true;
		if (value)
			options->backup_word = value;
		return 0;
	case OPTION_SUFFIX:
		options->make_backups = true;
		options->backup_suffix = value;
		return 0;
	case OPTION_CONTEXT:
		if (value)
			report_named(report, 0,
				     "warning: ignoring --context; it requires "
				     "an SELinux-enabled kernel",
				     NULL);
		return 0;
	case OPTION_TARGET_DIRECTORY:
		return set_target(options, value, report);
	case OPTION_UPDATE:
		return set_update(options, value ? value : "older", report);
	case OPTION_JOBS:
		return set_jobs(options, value, report);
	case OPTION_CHUNK_SIZE:
		return set_chunk_size(options, value, report);
	case OPTION_ENGINE:
		return set_engine(options, value, report);
	default:
		abort(); /* the tables hold no other */
	}
}

static int set_option(struct mcp_options *options, enum option option,
		      const char *value, const struct report *report)
{
	switch (option) {
	case OPTION_ARCHIVE:
		set_archive(options);
		break;
	case OPTION_ATTRIBUTES_ONLY:
		options->attributes_only = true;
		break;
	case OPTION_BACKUP_USUAL:
		options->make_backups = true;
		break;
	case OPTION_CONTEXT_USUAL:
		break;
	case OPTION_DEBUG:
		options->debug = options->verbose = true;
		break;
	case OPTION_COPY_CONTENTS:
		options->copy_contents = true;
		break;
	case OPTION_NO_DEREFERENCE_LINKS:
		options->preserve.links = true;
		options->dereference = OPTIONS_DEREF_NEVER;
		break;
	case OPTION_FORCE:
		options->force = true;
		break;
	case OPTION_INTERACTIVE:
		options->ask = true;
		options->no_clobber = false;
		break;
	case OPTION_KEEP_DIRECTORY_SYMLINK:
		options->keep_directory_symlink = true;
		break;
	case OPTION_DEREFERENCE_OPERANDS:
		options->dereference = OPTIONS_DEREF_OPERANDS;
		break;
	case OPTION_LINK:
		options->hard_link = true;
		break;
	case OPTION_DEREFERENCE:
		options->dereference = OPTIONS_DEREF_ALWAYS;
		break;
	case OPTION_NO_CLOBBER:
		options->no_clobber = true;
		options->ask = false;
		break;
	case OPTION_NO_DEREFERENCE:
		options->dereference = OPTIONS_DEREF_NEVER;
		break;
	case OPTION_PRESERVE_USUAL:
		preserve_usual(&options->preserve);
		break;
	case OPTION_PARENTS:
		options->parents = true;
		break;
	case OPTION_RECURSIVE:
		options->recursive = true;
		break;
	case OPTION_REMOVE_DESTINATION:
		options->remove_destination = true;
		break;
	case OPTION_STRIP_SLASHES:
		options->strip_slashes = true;
		break;
	case OPTION_SYMBOLIC_LINK:
		options->symbolic_link = true;
		break;
	case OPTION_NO_TARGET_DIRECTORY:
		options->no_target_directory = true;
		break;
	case OPTION_UPDATE_OLDER:
		return set_update(options, "older", report);
	case OPTION_VERBOSE:
		options->verbose = true;
		break;
	case OPTION_ONE_FILE_SYSTEM:
		options->one_file_system = true;
		break;
	default:
		return set_valued(options, option, value, report);
	}
	return 0;
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

	if (!context)
		abort(); /* out of memory at start: nothing is lost by ending */
	while (verdict == CLI_RUN && (option = poptGetNextOpt(context)) > 0) {
		const char *value = take_value(cli, context);

		if (option == OPTION_HELP)
			verdict = CLI_HELP;
		else if (option == OPTION_VERSION)
			verdict = CLI_VERSION;
		else if (set_option(&cli->options, (enum option)option, value,
				    report) < 0)
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
static void print_wrapped(FILE *out, const char *text, int column)
{
	if (column + 2 > HELP_INDENT) {
		fprintf(out, "\n");
		column = 0;
	}
	fprintf(out, "%*s", HELP_INDENT - column, "");
	column = HELP_INDENT;
	while (*text) {
		int word = (int)strcspn(text, " ");

		if (column > HELP_INDENT && column + 1 + word > HELP_WIDTH) {
			fprintf(out, "\n%*s", HELP_INDENT, "");
			column = HELP_INDENT;
		}
		column += fprintf(out, "%s%.*s",
				  column > HELP_INDENT ? " " : "", word, text);
		text += word + strspn(text + word, " ");
	}
	fprintf(out, "\n");
}

static void print_option(FILE *out, const struct poptOption *option)
{
	int column;

	if (option->shortName)
		column = fprintf(out, "  -%c", option->shortName);
	else
		column = fprintf(out, "    ");
	if (option->longName)
		column += fprintf(out, "%s--%s",
				  option->shortName ? ", " : "  ",
				  option->longName);
	if (option->argDescrip)
		column += fprintf(out,
				  option->argInfo & POPT_ARGFLAG_OPTIONAL
					  ? "[=%s]"
					  : "=%s",
				  option->argDescrip);
	print_wrapped(out, option->descrip, column);
}

static void print_table(FILE *out, const struct poptOption *table)
{
	for (; table->longName || table->shortName; table++)
		print_option(out, table);
}

static void print_help(FILE *out, const char *program)
{
	fprintf(out,
		"Usage: %s [OPTION]... [-T] SOURCE DEST\n"
		"  or:  %s [OPTION]... SOURCE... DIRECTORY\n"
		"  or:  %s [OPTION]... -t DIRECTORY SOURCE...\n"
		"Copy files as cp does, large ones and trees with several worker "
		"processes.\n"
		"\nOptions that cp has, too:\n",
		program, program, program);
	print_table(out, cp_options);
	fprintf(out, "\nWorkers and engines:\n");
	print_table(out, own_options);
	fprintf(out,
		"\nCONTROL is none (or off), numbered (t): NAME.~1~ and so on, "
		"simple (never):\nNAME and a suffix, or existing (nil): numbered "
		"where there are such, or simple.\nThe default is "
		"$VERSION_CONTROL, or existing; of SUFFIX it is\n"
		"$SIMPLE_BACKUP_SUFFIX, or ~.\n"
		"\nSIZE is a number of bytes, or one with a unit: K, M, G, T "
		"(powers of 1024),\nKB, MB, GB, TB (powers of 1000).\n"
		"\nExit status: 0 when all is copied, 1 when something is not, "
		"which is then named\non standard error.\n");
}

void cli_print_help(struct report *report)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	/* At once: what is wrong with stdout is known then, and not later. */
	if (out) {
		print_help(out, report->program);
		if (fclose(out) == 0)
			report_text(report, STDOUT_FILENO, text, length);
	}
	free(text);
}

void cli_print_version(void)
{
	printf("mcp (%s) %s\n", PACKAGE_NAME, PACKAGE_VERSION);
}
