/* SPDX-License-Identifier: MIT */
/*
 * The text of --help, made from the tables of options.
 */
#include "config.h"

#include "cli_help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli_table.h"

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
		"  or:  %s --watch=TARGET\n"
		"Copy files as cp does, large ones and trees with several worker "
		"processes.\n"
		"\nOptions that cp has, too:\n",
		program, program, program, program);
	print_table(out, cli_table_cp);
	fprintf(out, "\nWorkers and engines:\n");
	print_table(out, cli_table_own);
	fprintf(out, "\nSeeing the work:\n");
	print_table(out, cli_table_seeing);
	fprintf(out, "\nBackups by scripts:\n");
	print_table(out, cli_table_backup);
	fprintf(out,
		"\nCONTROL is none (or off), numbered (t): NAME.~1~ and so on, "
		"simple (never):\nNAME and a suffix, or existing (nil): numbered "
		"where there are such, or simple.\nThe default is "
		"$VERSION_CONTROL, or existing; of SUFFIX it is\n"
		"$SIMPLE_BACKUP_SUFFIX, or ~.\n"
		"\nSIZE is a number of bytes, or one with a unit: K, M, G, T "
		"(powers of 1024),\nKB, MB, GB, TB (powers of 1000).\n"
		"\nOn SIGUSR1 one line on standard error says how far it is.\n"
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
