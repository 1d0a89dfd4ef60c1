/* SPDX-License-Identifier: MIT */
/*
 * cli_norm: rewrites a command line so that popt reads it as getopt would.
 *
 * One pass over argv decides every word as glibc's getopt_long does: which
 * option it is, which word is its value, which words are operands, which
 * complaint comes first. What popt then gets leaves it nothing to decide:
 *
 *   argv[0] --long --long=value -x -x=value ... -- [drops]
 *
 * Each option is one word, named in full, with its value behind '='. That
 * matters, for popt
 * - gives an option with an optional value the next word;
 * - knows no abbreviations;
 * - replaces "!#:+" in any value by the next word that has no dash, and loops
 *   for ever when there is none (1.19). So no operand is shown to popt, and
 *   for each value that holds "!#:+" there is a word "!#:+" behind "--": popt
 *   puts it in place of the very same text, and drops it.
 */
#include "config.h"

#include "cli_norm.h"

#include <errno.h>
#include <popt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What popt would replace by another word of the command line. */
#define SUBSTITUTED "!#:+"

enum takes {
	TAKES_NOTHING,
	TAKES_VALUE,
	TAKES_OPTIONAL,
};

struct norm {
	const struct poptOption *const *tables;
	int argc;
	char *const *argv;
	int next; /* the word of argv to be read next */
	struct cli_norm *out;
	int room;  /* words that fit in out->argv */
	int drops; /* words that popt will have to be given */
};

static bool is_end(const struct poptOption *opt)
{
	return !opt->longName && !opt->shortName && !opt->arg;
}

static enum takes takes(const struct poptOption *opt)
{
	unsigned int type = opt->argInfo & POPT_ARG_MASK;

	if (type == POPT_ARG_NONE || type == POPT_ARG_VAL)
		return TAKES_NOTHING;
	if (opt->argInfo & POPT_ARGFLAG_OPTIONAL)
		return TAKES_OPTIONAL;
	return TAKES_VALUE;
}

/* Two names for one option are no ambiguity, as in getopt_long. */
static bool is_same(const struct poptOption *a, const struct poptOption *b)
{
	return a->val == b->val && a->arg == b->arg && takes(a) == takes(b);
}

/*
 * Sets the error and returns -1. Where even that finds no memory, error
 * stays NULL: this is how cli_norm_run tells the two apart.
 */
__attribute__((format(printf, 2, 3))) static int
complain(struct norm *n, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (vasprintf(&n->out->error, format, args) < 0) {
		n->out->error = NULL;
		errno = ENOMEM;
	}
	va_end(args);
	return -1;
}

/* Appends a word to what popt gets, and owns it from here on. */
static int add_word(struct norm *n, char *word)
{
	struct cli_norm *out = n->out;

	if (!word)
		return -1;
	if (out->argc + 1 >= n->room) {
		int room = n->room ? 2 * n->room : 32;
		char **grown = reallocarray(out->argv, room, sizeof(*grown));

		if (!grown) {
			free(word);
			return -1;
		}
		out->argv = grown;
		n->room = room;
	}
	out->argv[out->argc++] = word;
	out->argv[out->argc] = NULL;
	return 0;
}

/* value is NULL for an option that has none. */
static int add_option(struct norm *n, const struct poptOption *opt,
		      const char *value)
{
	const char *equals = value ? "=" : "";
	char *word = NULL;
	int rc;

	if (!value)
		value = "";
	if (strstr(value, SUBSTITUTED))
		n->drops++;
	if (opt->longName)
		rc = asprintf(&word, "--%s%s%s", opt->longName, equals, value);
	else
		rc = asprintf(&word, "-%c%s%s", opt->shortName, equals, value);
	return add_word(n, rc < 0 ? NULL : word);
}

static const struct poptOption *find_short(const struct norm *n, char name)
{
	/* getopt keeps these for itself; '-' must not make a lone dash. */
	if (strchr("-:;", name))
		return NULL;
	for (int t = 0; n->tables[t]; t++)
		for (const struct poptOption *o = n->tables[t]; !is_end(o); o++)
			if (o->shortName == name)
				return o;
	return NULL;
}

static const struct poptOption *find_exact(const struct norm *n,
					   const char *name, size_t len)
{
	for (int t = 0; n->tables[t]; t++)
		for (const struct poptOption *o = n->tables[t]; !is_end(o); o++)
			if (o->longName && strlen(o->longName) == len &&
			    !memcmp(o->longName, name, len))
				return o;
	return NULL;
}

/* The next entry from opt on whose long name begins with name, or NULL. */
static const struct poptOption *find_prefix(const struct poptOption *opt,
					    const char *name, size_t len)
{
	for (; !is_end(opt); opt++)
		if (opt->longName && !strncmp(opt->longName, name, len))
			return opt;
	return NULL;
}

/*
 * "option '--st' is ambiguous; possibilities: '--stats' '--status'". As in
 * getopt_long, each candidate is held against the first alone.
 */
static int complain_ambiguous(struct norm *n, const struct poptOption *first,
			      const char *word, size_t len)
{
	const struct poptOption *opt = first;
	size_t size;
	FILE *text = open_memstream(&n->out->error, &size);
	bool failed;

	if (!text)
		return -1;
	fprintf(text, "option '%s' is ambiguous; possibilities:", word);
	for (; opt; opt = find_prefix(opt + 1, word + 2, len))
		if (opt == first || !is_same(opt, first))
			fprintf(text, " '--%s'", opt->longName);
	failed = ferror(text);
	if (fclose(text) != 0 || failed) {
		free(n->out->error);
		n->out->error = NULL;
		errno = ENOMEM;
	}
	return -1;
}

/* Finds the option that word ("--name" or "--name=value") means. */
static int find_long(struct norm *n, const char *word, size_t len,
		     const struct poptOption **found)
{
	const char *name = word + 2;
	const struct poptOption *first = NULL, *other;

	*found = find_exact(n, name, len);
	if (*found)
		return 0;
	for (int t = 0; n->tables[t] && !first; t++)
		first = find_prefix(n->tables[t], name, len);
	if (!first)
		return complain(n, "unrecognized option '%s'", word);
	for (other = first; other; other = find_prefix(other + 1, name, len))
		if (!is_same(other, first))
			return complain_ambiguous(n, first, word, len);
	*found = first;
	return 0;
}

static int read_long(struct norm *n, const char *word)
{
	size_t len = strcspn(word + 2, "=");
	const char *value = word[2 + len] ? word + 2 + len + 1 : NULL;
	const struct poptOption *opt;

	if (find_long(n, word, len, &opt) != 0)
		return -1;
	if (value && takes(opt) == TAKES_NOTHING)
		return complain(n, "option '--%s' doesn't allow an argument",
				opt->longName);
	if (!value && takes(opt) == TAKES_VALUE) {
		if (n->next == n->argc)
			return complain(n, "option '--%s' requires an argument",
					opt->longName);
		value = n->argv[n->next++];
	}
	return add_option(n, opt, value);
}

/* Reads a bundle: "-pRv", "-j5", or "-j" with the next word as its value. */
static int read_short(struct norm *n, const char *word)
{
	for (const char *c = word + 1; *c; c++) {
		const struct poptOption *opt = find_short(n, *c);
		const char *value = c[1] ? c + 1 : NULL;

		if (!opt)
			return complain(n, "invalid option -- '%c'", *c);
		if (takes(opt) == TAKES_NOTHING) {
			if (add_option(n, opt, NULL) != 0)
				return -1;
			continue;
		}
		if (!value && takes(opt) == TAKES_VALUE) {
			if (n->next == n->argc)
				return complain(n,
						"option requires an "
						"argument -- '%c'",
						*c);
			value = n->argv[n->next++];
		}
		return add_option(n, opt, value);
	}
	return 0;
}

static int read_words(struct norm *n, bool posixly_correct)
{
	struct cli_norm *out = n->out;
	bool operands_only = false;

	while (n->next < n->argc) {
		char *word = n->argv[n->next++];
		int rc = 0;

		if (operands_only || word[0] != '-' || !word[1]) {
			out->operands[out->operand_count++] = word;
			operands_only |= posixly_correct;
		} else if (word[1] != '-') {
			rc = read_short(n, word);
		} else if (word[2]) {
			rc = read_long(n, word);
		} else {
			operands_only = true;
		}
		if (rc != 0)
			return -1;
	}
	return 0;
}

/* "--" keeps a last option with an optional value off the words behind it. */
static int add_end(struct norm *n)
{
	if (add_word(n, strdup("--")) != 0)
		return -1;
	for (int i = 0; i < n->drops; i++)
		if (add_word(n, strdup(SUBSTITUTED)) != 0)
			return -1;
	return 0;
}

int cli_norm_run(const struct poptOption *const tables[], int argc,
		 char *const argv[], bool posixly_correct, struct cli_norm *out)
{
	struct norm n = {
		.tables = tables,
		.argc = argc,
		.argv = argv,
		.next = 1,
		.out = out,
	};

	memset(out, 0, sizeof(*out));
	out->operands = calloc((size_t)argc + 1, sizeof(*out->operands));
	if (!out->operands)
		return -1;
	/* execve() can start a program without even an argv[0]. */
	if (add_word(&n, strdup(argc > 0 ? argv[0] : "")) != 0)
		goto no_memory;
	if (read_words(&n, posixly_correct) != 0 && !out->error)
		goto no_memory;
	if (add_end(&n) != 0)
		goto no_memory;
	return out->error ? -1 : 0;

no_memory:
	cli_norm_free(out);
	errno = ENOMEM;
	return -1;
}

void cli_norm_free(struct cli_norm *out)
{
	int saved = errno;

	for (int i = 0; i < out->argc; i++)
		free(out->argv[i]);
	free(out->argv);
	free(out->operands);
	free(out->error);
	memset(out, 0, sizeof(*out));
	errno = saved;
}
