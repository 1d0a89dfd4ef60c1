/* SPDX-License-Identifier: MIT */
/* cli_norm: rewrites a command line so that popt reads it as getopt would. */
#ifndef CLI_NORM_H
#define CLI_NORM_H

#include <stdbool.h>

struct poptOption;

struct cli_norm {
	/*
	 * What popt gets, NULL-terminated, never an operand in it: argv[0],
	 * the options in the order given, "--", and words that popt drops.
	 */
	int argc;
	char **argv;
	/*
	 * The operands in the order given, NULL-terminated. They point into
	 * the caller's argv. Take them from here, not from poptGetArgs().
	 */
	int operand_count;
	char **operands;
	/*
	 * NULL, or the first error in getopt_long's words, without the
	 * program's name. It repeats bytes of the command line as they came,
	 * control characters included.
	 */
	char *error;
};

/*
 * Reads argv with the options of tables, a NULL-terminated list in order of
 * precedence: an exact long name wins wherever it is; an abbreviation belongs
 * to the first table that holds a name with that prefix. Included tables are
 * not entered. No name may occur twice. An option whose long form takes an
 * optional value and whose short form takes none needs two entries, as in
 * { "backup", 0, STRING|OPTIONAL } and { NULL, 'b', NONE }.
 *
 * posixly_correct: the first operand ends the options.
 *
 * Returns 0. Returns -1 with out->error set when getopt would complain: out
 * then holds what came before the error, for what stands there comes first
 * ("cp --help --bogus" is a call for help). Returns -1 with out->error NULL
 * and errno ENOMEM when memory ran out. In all cases cli_norm_free(out).
 */
int cli_norm_run(const struct poptOption *const tables[], int argc,
		 char *const argv[], bool posixly_correct,
		 struct cli_norm *out);

/* Frees what *out owns and empties it. errno is kept. */
void cli_norm_free(struct cli_norm *out);

#endif
