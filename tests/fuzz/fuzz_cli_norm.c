/* SPDX-License-Identifier: MIT */
/*
 * fuzz_cli_norm: holds cli_norm against getopt_long on any command line.
 *
 * The libFuzzer entry makes an argv of the bytes and aborts when the two do
 * not agree; tests/unit/test_cli_norm.c includes this file and gives the same
 * oracle argvs of its own making. By hand:
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -I. -Isrc \
 *       tests/fuzz/fuzz_cli_norm.c src/cli_norm.c -lpopt
 *
 * Each side is written down as a text, "value of option, its argument" by
 * line: what getopt_long yields, and what popt yields from cli_norm's output.
 * Up to the first error both must be equal, and the error's words too.
 */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <popt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli_norm.h"

#define ARGS_MAX 64
#define OPTIONS_MAX 64

#define NONE POPT_ARG_NONE
#define VALUE POPT_ARG_STRING
#define OPTIONAL (POPT_ARG_STRING | POPT_ARGFLAG_OPTIONAL)

/* Values of options that have no letter; no letter is above 255. */
enum {
	ATTRIBUTES_ONLY = 256,
	BACKUP,
	CONTEXT,
	COPY_CONTENTS,
	DEBUG,
	HELP,
	NO_PRESERVE,
	PARENTS,
	PRESERVE,
	REFLINK,
	REMOVE_DESTINATION,
	SPARSE,
	STRIP_TRAILING_SLASHES,
	UPDATE,
	VERSION,
	CHUNK_SIZE,
	EXCLUDE,
	FILES_FROM,
	FSYNC,
	STATS,
	STATUS,
	STATUS_FILES,
	OPTIONAL_LETTER,
	VALUE_LETTER,
};

/* clang-format off */
#define CP_OPTIONS \
	{ "archive", 'a', NONE, NULL, 'a', NULL, NULL }, \
	{ "attributes-only", 0, NONE, NULL, ATTRIBUTES_ONLY, NULL, NULL }, \
	{ "backup", 0, OPTIONAL, NULL, BACKUP, NULL, NULL }, \
	{ NULL, 'b', NONE, NULL, 'b', NULL, NULL }, \
	{ "copy-contents", 0, NONE, NULL, COPY_CONTENTS, NULL, NULL }, \
	{ NULL, 'd', NONE, NULL, 'd', NULL, NULL }, \
	{ "debug", 0, NONE, NULL, DEBUG, NULL, NULL }, \
	{ "dereference", 'L', NONE, NULL, 'L', NULL, NULL }, \
	{ "force", 'f', NONE, NULL, 'f', NULL, NULL }, \
	{ NULL, 'H', NONE, NULL, 'H', NULL, NULL }, \
	{ "interactive", 'i', NONE, NULL, 'i', NULL, NULL }, \
	{ "link", 'l', NONE, NULL, 'l', NULL, NULL }, \
	{ "no-clobber", 'n', NONE, NULL, 'n', NULL, NULL }, \
	{ "no-dereference", 'P', NONE, NULL, 'P', NULL, NULL }, \
	{ "no-preserve", 0, VALUE, NULL, NO_PRESERVE, NULL, NULL }, \
	{ "no-target-directory", 'T', NONE, NULL, 'T', NULL, NULL }, \
	{ "one-file-system", 'x', NONE, NULL, 'x', NULL, NULL }, \
	{ "parents", 0, NONE, NULL, PARENTS, NULL, NULL }, \
	{ "path", 0, NONE, NULL, PARENTS, NULL, NULL }, \
	{ "preserve", 0, OPTIONAL, NULL, PRESERVE, NULL, NULL }, \
	{ NULL, 'p', NONE, NULL, 'p', NULL, NULL }, \
	{ "recursive", 'R', NONE, NULL, 'R', NULL, NULL }, \
	{ NULL, 'r', NONE, NULL, 'R', NULL, NULL }, \
	{ "remove-destination", 0, NONE, NULL, REMOVE_DESTINATION, NULL, \
	  NULL }, \
	{ "sparse", 0, VALUE, NULL, SPARSE, NULL, NULL }, \
	{ "reflink", 0, OPTIONAL, NULL, REFLINK, NULL, NULL }, \
	{ "strip-trailing-slashes", 0, NONE, NULL, STRIP_TRAILING_SLASHES, \
	  NULL, NULL }, \
	{ "suffix", 'S', VALUE, NULL, 'S', NULL, NULL }, \
	{ "symbolic-link", 's', NONE, NULL, 's', NULL, NULL }, \
	{ "target-directory", 't', VALUE, NULL, 't', NULL, NULL }, \
	{ "update", 0, OPTIONAL, NULL, UPDATE, NULL, NULL }, \
	{ NULL, 'u', NONE, NULL, 'u', NULL, NULL }, \
	{ "verbose", 'v', NONE, NULL, 'v', NULL, NULL }, \
	{ "context", 0, OPTIONAL, NULL, CONTEXT, NULL, NULL }, \
	{ NULL, 'Z', NONE, NULL, 'Z', NULL, NULL }, \
	{ "help", 0, NONE, NULL, HELP, NULL, NULL }, \
	{ "version", 0, NONE, NULL, VERSION, NULL, NULL }

/* Two names for one option, and letters that alone take a value, as well. */
#define OWN_OPTIONS \
	{ "jobs", 'j', VALUE, NULL, 'j', NULL, NULL }, \
	{ "chunk-size", 0, VALUE, NULL, CHUNK_SIZE, NULL, NULL }, \
	{ "exclude", 0, VALUE, NULL, EXCLUDE, NULL, NULL }, \
	{ "files-from", 0, VALUE, NULL, FILES_FROM, NULL, NULL }, \
	{ "fsync", 0, NONE, NULL, FSYNC, NULL, NULL }, \
	{ "null", '0', NONE, NULL, '0', NULL, NULL }, \
	{ "quiet", 'q', NONE, NULL, 'q', NULL, NULL }, \
	{ "silent", 0, NONE, NULL, 'q', NULL, NULL }, \
	{ "silence", 0, NONE, NULL, 'q', NULL, NULL }, \
	{ "stats", 0, OPTIONAL, NULL, STATS, NULL, NULL }, \
	{ "status", 0, VALUE, NULL, STATUS, NULL, NULL }, \
	{ "status-files", 0, NONE, NULL, STATUS_FILES, NULL, NULL }, \
	{ NULL, 'y', OPTIONAL, NULL, OPTIONAL_LETTER, NULL, NULL }, \
	{ NULL, 'w', VALUE, NULL, VALUE_LETTER, NULL, NULL }
/* clang-format on */

static const struct poptOption cp_options[] = { CP_OPTIONS, POPT_TABLEEND };
static const struct poptOption own_options[] = { OWN_OPTIONS, POPT_TABLEEND };
static const struct poptOption all_options[] = { CP_OPTIONS, OWN_OPTIONS,
						 POPT_TABLEEND };

/* One reading of a command line. The error is NULL where there was none. */
struct reading {
	char *text;
	size_t size;
	char *error;
};

static void reading_free(struct reading *r)
{
	free(r->text);
	free(r->error);
}

static void write_option(FILE *f, int val, const char *arg)
{
	fprintf(f, "option %d", val);
	if (arg)
		fprintf(f, " <%s>", arg);
	fputc('\n', f);
}

static void write_operands(FILE *f, char *const *operands)
{
	for (; *operands; operands++)
		fprintf(f, "operand <%s>\n", *operands);
}

static int argument_kind(const struct poptOption *opt)
{
	if (opt->argInfo == OPTIONAL)
		return optional_argument;
	return opt->argInfo == VALUE ? required_argument : no_argument;
}

/* Translates the table for getopt_long; letters has room for all. */
static void make_getopt(const struct poptOption *table, struct option *names,
			char *letters)
{
	for (; table->longName || table->shortName; table++) {
		int kind = argument_kind(table);

		if (table->longName)
			*names++ = (struct option){ table->longName, kind, NULL,
						    table->val };
		if (table->shortName) {
			*letters++ = table->shortName;
			for (int i = 0; i < kind; i++)
				*letters++ = ':';
		}
	}
	*names = (struct option){ 0 };
	*letters = '\0';
}

/* A letter that is not its option's value: what popt calls it. */
static int letter_val(const struct poptOption *table, int c)
{
	for (; table->longName || table->shortName; table++)
		if (c < 256 && table->shortName == c)
			return table->val;
	return c;
}

/* Runs getopt_long up to its first error, whose text goes to descriptor 2. */
static bool scan(FILE *f, const struct poptOption *table, int argc, char **argv,
		 bool posix)
{
	struct option names[OPTIONS_MAX];
	char letters[3 * OPTIONS_MAX] = "+";
	int c;

	make_getopt(table, names, letters + posix);
	optind = 0;
	while ((c = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		if (c == '?')
			return false;
		write_option(f, letter_val(table, c), optarg);
	}
	write_operands(f, argv + optind);
	return true;
}

/* The same again with descriptor 2 caught, for the words of the error. */
static char *scan_error(const struct poptOption *table, int argc,
			char *const *argv, bool posix)
{
	char *copy[ARGS_MAX + 1], *text = NULL;
	FILE *sink = fopen("/dev/null", "w");
	int caught = memfd_create("stderr", MFD_CLOEXEC), kept = dup(2);
	off_t size;

	if (!sink || caught < 0 || kept < 0)
		abort();
	memcpy(copy, argv, (size_t)(argc + 1) * sizeof(*copy));
	dup2(caught, 2);
	opterr = 1;
	scan(sink, table, argc, copy, posix);
	dup2(kept, 2);
	size = lseek(caught, 0, SEEK_END);
	text = calloc(1, (size_t)size + 1);
	if (!text || pread(caught, text, (size_t)size, 0) != size)
		abort();
	close(caught);
	close(kept);
	fclose(sink);
	return text;
}

static struct reading read_getopt(const struct poptOption *table, int argc,
				  char *const *argv, bool posix)
{
	struct reading r = { 0 };
	char *copy[ARGS_MAX + 1]; /* getopt_long permutes */
	FILE *f = open_memstream(&r.text, &r.size);

	if (!f)
		abort();
	memcpy(copy, argv, (size_t)(argc + 1) * sizeof(*copy));
	opterr = 0;
	if (!scan(f, table, argc, copy, posix))
		r.error = scan_error(table, argc, argv, posix);
	fclose(f);
	return r;
}

/*
 * What popt makes of the output; its complaints become lines, too. It looks
 * for POSIXLY_CORRECT by itself, and must find it where mcp would.
 */
static void write_popt(FILE *f, const struct cli_norm *out, bool posix)
{
	poptContext popt;
	int val;

	if (posix)
		setenv("POSIXLY_CORRECT", "1", 1);
	popt = poptGetContext("cp", out->argc, (const char **)out->argv,
			      all_options, POPT_CONTEXT_NO_EXEC);
	unsetenv("POSIXLY_CORRECT");
	while ((val = poptGetNextOpt(popt)) > 0) {
		char *arg = poptGetOptArg(popt);

		write_option(f, val, arg);
		free(arg);
	}
	if (val != -1)
		fprintf(f, "popt: %s: %s\n", poptBadOption(popt, 0),
			poptStrerror(val));
	for (const char *rest; (rest = poptGetArg(popt));)
		fprintf(f, "popt: leftover <%s>\n", rest);
	poptFreeContext(popt);
}

static struct reading read_norm(const struct poptOption *const tables[],
				int argc, char *const *argv, bool posix)
{
	struct reading r = { 0 };
	struct cli_norm out;
	FILE *f = open_memstream(&r.text, &r.size);
	int rc = cli_norm_run(tables, argc, argv, posix, &out);

	if (!f || (rc != 0) != (out.error != NULL))
		abort();
	write_popt(f, &out, posix);
	if (out.error && asprintf(&r.error, "%s: %s\n", argv[0], out.error) < 0)
		abort();
	if (!out.error)
		write_operands(f, out.operands);
	cli_norm_free(&out);
	fclose(f);
	return r;
}

/* Where own names clash with cp's, precedence parts the two for good. */
static bool may_differ(const struct reading *expected, int n_tables)
{
	return n_tables == 2 && expected->error &&
	       strstr(expected->error, "' is ambiguous; possibilities:");
}

/*
 * Reads argv both ways, with cp's options alone or with all of them in one
 * table or two. Returns NULL, or how the two differ, malloc'ed.
 */
static char *compare(int n_tables, bool merged, int argc, char *const *argv,
		     bool posix)
{
	const struct poptOption *const alone[] = { cp_options, NULL };
	const struct poptOption *const both[] = { cp_options, own_options,
						  NULL };
	const struct poptOption *const one[] = { all_options, NULL };
	struct reading want, got;
	char *difference = NULL;

	if (n_tables == 1) {
		want = read_getopt(merged ? all_options : cp_options, argc,
				   argv, posix);
		got = read_norm(merged ? one : alone, argc, argv, posix);
	} else {
		want = read_getopt(all_options, argc, argv, posix);
		got = read_norm(both, argc, argv, posix);
	}
	if (!may_differ(&want, n_tables) &&
	    (strcmp(want.text, got.text) ||
	     strcmp(want.error ? want.error : "", got.error ? got.error : "")))
		if (asprintf(&difference,
			     "getopt_long:\n%s%s\ncli_norm and popt:\n%s%s\n",
			     want.text, want.error ? want.error : "", got.text,
			     got.error ? got.error : "") < 0)
			abort();
	reading_free(&want);
	reading_free(&got);
	return difference;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte chooses the tables; the rest are the words, NUL between. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *argv[ARGS_MAX + 1], *bytes, *difference;
	size_t at = 1;
	int argc = 0;

	if (size == 0)
		return 0;
	bytes = calloc(1, size + 1);
	if (!bytes)
		return 0;
	memcpy(bytes, data, size);
	argv[argc++] = (char[]){ "cp" };
	for (; at < size && argc < ARGS_MAX; at += strlen(bytes + at) + 1)
		argv[argc++] = bytes + at;
	argv[argc] = NULL;

	difference = compare(1 + (data[0] & 1), data[0] & 2, argc, argv,
			     data[0] & 4);
	if (difference) {
		fputs(difference, stderr);
		abort();
	}
	free(bytes);
	return 0;
}
