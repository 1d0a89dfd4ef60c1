/* SPDX-License-Identifier: MIT */
/*
 * test_cli_norm: what cli_norm makes of command lines, and that popt then
 * reads them as getopt_long does.
 *
 * The fuzzer's file is included for its tables and its oracle: compare()
 * holds cli_norm followed by popt against getopt_long.
 */
#include "../fuzz/fuzz_cli_norm.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define RANDOM_ARGVS 20000
#define HANG_SECONDS 120

/* Only glibc's getopt_long is the one whose words cli_norm repeats. */
#ifdef __GLIBC__
static const bool has_model = true;
#else
static const bool has_model = false;
#endif

static const struct poptOption *const cp_only[] = { cp_options, NULL };
static const struct poptOption *const cp_and_own[] = { cp_options, own_options,
						       NULL };

/* argv of the words given, without its NULL. */
#define ARGV(...) ((char *[]){ "cp", __VA_ARGS__, NULL })
#define COUNT(argv) ((int)(sizeof(argv) / sizeof((argv)[0])) - 1)

/* One line: "word|word" of the options, then " operand|operand". */
static char *run_line(const struct poptOption *const tables[], int argc,
		      char *const *argv, bool posix)
{
	struct cli_norm out;
	size_t size;
	char *line = NULL;
	FILE *f = open_memstream(&line, &size);
	int rc = cli_norm_run(tables, argc, argv, posix, &out);

	assert_non_null(f);
	assert_string_equal(out.argv[0], "cp");
	assert_null(out.argv[out.argc]);
	assert_null(out.operands[out.operand_count]);
	for (int i = 1; i < out.argc; i++)
		fprintf(f, "%s%s", i > 1 ? "|" : "", out.argv[i]);
	for (int i = 0; i < out.operand_count; i++)
		fprintf(f, "%s%s", i ? "|" : " ", out.operands[i]);
	if (out.error)
		fprintf(f, " !%s", out.error);
	assert_int_equal(rc, out.error ? -1 : 0);
	cli_norm_free(&out);
	assert_null(out.argv);
	fclose(f);
	return line;
}

static void check_line(const struct poptOption *const tables[], int argc,
		       char *const *argv, bool posix, const char *expected)
{
	char *line = run_line(tables, argc, argv, posix);

	assert_string_equal(line, expected);
	free(line);
}

/* The output is as said, and popt and getopt_long agree on what it means. */
static void check(int argc, char *const *argv, const char *expected)
{
	char *difference = NULL;

	check_line(cp_and_own, argc, argv, false, expected);
	if (has_model)
		difference = compare(2, true, argc, argv, false);
	if (difference)
		fail_msg("%s", difference);
}

#define CHECK(expected, ...) \
 check(COUNT(ARGV(__VA_ARGS__)), ARGV(__VA_ARGS__), expected)

static void names_are_written_in_full(void **state)
{
	(void)state;
	CHECK("--archive|-- a|b", "-a", "a", "b");
	CHECK("--archive|-- a|b", "--archive", "a", "b");
	CHECK("--archive|-- a|b", "--arch", "a", "b");
	CHECK("-b|-d|-p|--", "-b", "-d", "-p");
	CHECK("-r|--recursive|--", "-r", "-R");
	CHECK("--parents|--path|--", "--parents", "--path");
	CHECK("-- ", "");
	check(1, ((char *[]){ "cp", NULL }), "--");
}

static void bundles_are_taken_apart(void **state)
{
	(void)state;
	CHECK("-p|--recursive|--verbose|--", "-pRv");
	CHECK("--suffix=.bak|--", "-S.bak");
	CHECK("--jobs=5|--", "-j5");
	CHECK("--jobs=5|--", "-j", "5");
	CHECK("--jobs==5|--", "-j=5");
	CHECK("-p|--jobs=5v|-- -", "-pj5v", "-");
	CHECK("-p|--jobs=5|-- v", "-pj", "5", "v");
}

static void values_are_joined_to_their_option(void **state)
{
	(void)state;
	CHECK("--jobs=5|--", "--jobs", "5");
	CHECK("--jobs=5|--", "--jobs=5");
	CHECK("--jobs=5|-- 6", "--jo", "5", "6");
	CHECK("--jobs=|-- 6", "--jobs=", "6");
	CHECK("--jobs=|-- 6", "--jobs", "", "6");
	CHECK("--suffix==x=|--", "--suffix==x=");
	CHECK("-w=5|--", "-w5");
	CHECK("-w=5|-- 6", "-w", "5", "6");
	CHECK("-w==5|--", "-w=5");
	CHECK("-w=|-- 6", "-w", "", "6");
}

static void a_value_may_look_like_an_option(void **state)
{
	(void)state;
	CHECK("--target-directory=-dir|-- a", "-t", "-dir", "a");
	CHECK("--suffix=--x|-- a", "--suffix", "--x", "a");
	CHECK("--suffix=--|--verbose|--", "--suffix", "--", "-v");
	CHECK("--suffix=--|--verbose|--", "-S", "--", "-v");
	CHECK("--suffix=-|--", "-S-");
	CHECK("-w=-v|--verbose|--", "-w", "-v", "-v");
	CHECK("-w=--|--", "-w", "--");
}

static void a_value_may_hold_any_byte(void **state)
{
	(void)state;
	CHECK("--suffix=a b|--", "-S", "a b");
	CHECK("--suffix='\"\\|--", "-S", "'\"\\");
	CHECK("--suffix=\n\t|--", "-S", "\n\t");
	CHECK("--suffix=\377|--", "-S\377");
	CHECK("-w=' \"|--", "-w' \"");
}

static void an_optional_value_must_be_attached(void **state)
{
	(void)state;
	CHECK("--backup|-- a|b", "--backup", "a", "b");
	CHECK("--backup|--", "--backup");
	CHECK("--backup|--verbose|-- a", "--backup", "a", "-v");
	CHECK("--backup=t|-- a", "--backup=t", "a");
	CHECK("--backup=|-- a", "--backup=", "a");
	CHECK("-y|-- a", "-y", "a");
	CHECK("-y=a|--", "-ya");
	CHECK("-y=-a|--", "-y-a");
	CHECK("-y|--stats|-- a", "-y", "--stats", "a");
}

static void operands_are_permuted_behind_options(void **state)
{
	(void)state;
	CHECK("--verbose|--force|-- a|b", "a", "-v", "b", "-f");
	CHECK("--verbose|-- -|a", "-", "-v", "a");
	CHECK("--verbose|-- a|-f|--|-v", "a", "-v", "--", "-f", "--", "-v");
	CHECK("-- a", "--", "a");
	CHECK("--verbose|-- |a", "", "-v", "a");
	CHECK("-- !#:+", "!#:+");
}

static void posix_ends_options_at_the_first_operand(void **state)
{
	char **argv = ARGV("-v", "a", "-f", "--", "--bogus");

	(void)state;
	check_line(cp_only, 6, argv, true, "--verbose|-- a|-f|--|--bogus");
	argv = ARGV("--", "a", "-f");
	check_line(cp_only, 4, argv, true, "-- a|-f");
	argv = ARGV("-", "-f");
	check_line(cp_only, 3, argv, true, "-- -|-f");
	argv = ARGV("-S", "a", "-f", "b");
	check_line(cp_only, 5, argv, true, "--suffix=a|--force|-- b");
}

/*
 * popt 1.19 puts the next word that has no dash where a value says "!#:+",
 * swallowing an operand, and never returns when there is no such word.
 */
static void popt_substitutes_nothing(void **state)
{
	(void)state;
	CHECK("--suffix=!#:+|--|!#:+ a|b", "-S!#:+", "a", "b");
	CHECK("--suffix=!#:+|--verbose|--|!#:+", "-S!#:+", "-v");
	CHECK("--suffix=a!#:+b!#:+|-w=!#:+|--|!#:+|!#:+ !#:+",
	      "--suffix=a!#:+b!#:+", "!#:+", "-w!#:+");
	CHECK("--suffix=!#:+|--stats|--|!#:+", "-S!#:+", "--stats");
	CHECK("-w=!#:+|-y|--|!#:+ x", "-w", "!#:+", "-y", "x");
	CHECK("--suffix=!#:|--", "-S!#:");
}

static void errors_are_getopts_own(void **state)
{
	(void)state;
	CHECK("-- !unrecognized option '--foo'", "--foo");
	CHECK("-- !unrecognized option '--foo=bar'", "--foo=bar");
	CHECK("-- !invalid option -- 'k'", "-k");
	CHECK("-- !invalid option -- '\377'", "-\377");
	CHECK("-- !invalid option -- ':'", "-:");
	CHECK("-p|-- !invalid option -- '-'", "-p--verbose");
	CHECK("--verbose|-- !invalid option -- '='", "-v=5");
	CHECK("-- !option '--jobs' requires an argument", "--jobs");
	CHECK("-- !option '--jobs' requires an argument", "--jo");
	CHECK("--verbose|-- !option requires an argument -- 'j'", "-vj");
	CHECK("-- !option requires an argument -- 'w'", "-w");
	CHECK("-- !option '--verbose' doesn't allow an argument",
	      "--verbose=1");
	CHECK("-- !option '--verbose' doesn't allow an argument", "--verb=");
	CHECK("-- !option '--silent' doesn't allow an argument", "--sile=1");
}

static void only_the_first_error_counts(void **state)
{
	(void)state;
	CHECK("--help|-- a !unrecognized option '--bogus'", "a", "--help",
	      "--bogus", "-k", "-v");
	CHECK("--sparse=x|-- !invalid option -- 'k'", "--sparse", "x", "-k",
	      "--bogus");
}

static void abbreviations_of_several_names_are_ambiguous(void **state)
{
	(void)state;
	check_line(cp_only, 2, ARGV("--re"), false,
		   "-- !option '--re' is ambiguous; possibilities: "
		   "'--recursive' '--remove-destination' '--reflink'");
	check_line(cp_only, 2, ARGV("--s=x"), false,
		   "-- !option '--s=x' is ambiguous; possibilities: "
		   "'--sparse' '--strip-trailing-slashes' '--suffix' "
		   "'--symbolic-link'");
	check_line(cp_only, 2, ARGV("--pa"), false, "--parents|--");
	check_line(cp_and_own, 2, ARGV("--stat"), false,
		   "-- !option '--stat' is ambiguous; possibilities: "
		   "'--stats' '--status' '--status-files'");
	check_line(cp_and_own, 2, ARGV("--stats"), false, "--stats|--");
	check_line(cp_and_own, 2, ARGV("--sil"), false, "--silent|--");
}

static void abbreviations_keep_cps_meaning(void **state)
{
	(void)state;
	check_line(cp_and_own, 2, ARGV("--st"), false,
		   "--strip-trailing-slashes|--");
	check_line(cp_and_own, 2, ARGV("--f"), false, "--force|--");
	check_line(cp_and_own, 2, ARGV("--c"), false,
		   "-- !option '--c' is ambiguous; possibilities: "
		   "'--copy-contents' '--context'");
	check_line(cp_and_own, 2, ARGV("--ch=1"), false, "--chunk-size=1|--");
	check_line(cp_and_own, 2, ARGV("--fi=a"), false, "--files-from=a|--");
	check_line(cp_and_own, 2, ARGV("--="), false,
		   "-- !option '--=' is ambiguous; possibilities: "
		   "'--archive' '--attributes-only' '--backup' "
		   "'--copy-contents' '--debug' '--dereference' '--force' "
		   "'--interactive' '--link' '--no-clobber' "
		   "'--no-dereference' '--no-preserve' "
		   "'--no-target-directory' '--one-file-system' '--parents' "
		   "'--path' '--preserve' '--recursive' "
		   "'--remove-destination' '--sparse' '--reflink' "
		   "'--strip-trailing-slashes' '--suffix' '--symbolic-link' "
		   "'--target-directory' '--update' '--verbose' '--context' "
		   "'--help' '--version'");
}

static void an_exact_name_of_any_table_wins(void **state)
{
	static const struct poptOption first[] = {
		{ "status", 0, NONE, NULL, 1, NULL, NULL },
		POPT_TABLEEND,
	};
	static const struct poptOption second[] = {
		{ "stat", 0, NONE, NULL, 2, NULL, NULL },
		POPT_TABLEEND,
	};
	const struct poptOption *const tables[] = { first, second, NULL };

	(void)state;
	check_line(tables, 3, ARGV("--stat", "--statu"), false,
		   "--stat|--status|--");
	check_line(tables, 2, ARGV("--sta"), false, "--status|--");
}

static void only_names_of_one_option_share_abbreviations(void **state)
{
	static int variable;
	static const struct poptOption table[] = {
		{ "xa", 0, VALUE, NULL, 1, NULL, NULL },
		{ "xb", 0, VALUE, NULL, 1, NULL, NULL },
		{ "ya", 0, VALUE, NULL, 1, NULL, NULL },
		{ "yb", 0, OPTIONAL, NULL, 1, NULL, NULL },
		{ "za", 0, NONE, NULL, 1, NULL, NULL },
		{ "zb", 0, NONE, &variable, 1, NULL, NULL },
		POPT_TABLEEND,
	};
	const struct poptOption *const tables[] = { table, NULL };

	(void)state;
	check_line(tables, 3, ARGV("--x", "a"), false, "--xa=a|--");
	check_line(tables, 2, ARGV("--y"), false,
		   "-- !option '--y' is ambiguous; possibilities: "
		   "'--ya' '--yb'");
	check_line(tables, 2, ARGV("--z"), false,
		   "-- !option '--z' is ambiguous; possibilities: "
		   "'--za' '--zb'");
}

static void an_empty_argv_is_survived(void **state)
{
	char *none[] = { NULL };
	struct cli_norm out;

	(void)state;
	assert_int_equal(cli_norm_run(cp_only, 0, none, false, &out), 0);
	assert_int_equal(out.argc, 2);
	assert_string_equal(out.argv[0], "");
	assert_int_equal(out.operand_count, 0);
	cli_norm_free(&out);
	cli_norm_free(&out);
}

/* xorshift: the same argvs on every machine. */
static unsigned int draw(uint32_t *seed, unsigned int below)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed % below;
}

static void draw_text(uint32_t *seed, FILE *f)
{
	static const char *const texts[] = {
		"",	    "a",    "-",     "--",    "-v", "--x",
		"5",	    "a b",  "'\"",   "=",     "==", "\n",
		"\\",	    "!#:+", "x!#:+", "t",     "w9", "vv",
		"\303\251", "\377", ".bak",  "never",
	};

	fputs(texts[draw(seed, sizeof(texts) / sizeof(*texts))], f);
}

static void draw_long(uint32_t *seed, FILE *f)
{
	const struct poptOption *opt;
	int shown;

	do
		opt = &all_options[draw(
			seed, sizeof(all_options) / sizeof(*all_options) - 1)];
	while (!opt->longName);
	shown = (int)strlen(opt->longName);
	if (draw(seed, 3) == 0)
		shown = (int)draw(seed, (unsigned int)shown + 1);
	fprintf(f, "--%.*s", shown, opt->longName);
	if (draw(seed, 40) == 0)
		fputc('k', f);
	if (draw(seed, argument_kind(opt) == no_argument ? 8 : 2) == 0) {
		fputc('=', f);
		draw_text(seed, f);
	}
}

static void draw_bundle(uint32_t *seed, FILE *f)
{
	static const char letters[] = "abdfHilLnPprRsStTuvxZj0qywwyjS";

	fputc('-', f);
	for (unsigned int i = draw(seed, 4) + 1; i > 0; i--)
		fputc(letters[draw(seed, sizeof(letters) - 1)], f);
	if (draw(seed, 30) == 0)
		fputc("k:;-=W?"[draw(seed, 7)], f);
	if (draw(seed, 3) == 0)
		draw_text(seed, f);
}

static char *draw_word(uint32_t *seed)
{
	char *word = NULL;
	size_t size;
	FILE *f = open_memstream(&word, &size);

	assert_non_null(f);
	switch (draw(seed, 8)) {
	case 0:
	case 1:
	case 2:
		draw_long(seed, f);
		break;
	case 3:
	case 4:
	case 5:
		draw_bundle(seed, f);
		break;
	default:
		draw_text(seed, f);
	}
	fclose(f);
	return word;
}

/* Without an alarm of its own, a popt that loops would stall the suite. */
static void random_argvs_are_read_as_getopt_long_reads_them(void **state)
{
	uint32_t seed = 20240229;

	(void)state;
	if (!has_model) {
		print_message("getopt_long is not glibc's\n");
		skip();
	}
	alarm(HANG_SECONDS);
	for (int i = 0; i < RANDOM_ARGVS; i++) {
		char *argv[10] = { (char[]){ "cp" } }, *difference;
		int argc = 1 + (int)draw(&seed, 8);

		for (int j = 1; j < argc; j++)
			argv[j] = draw_word(&seed);
		difference = compare(1 + i % 2, i & 2, argc, argv, i % 5 == 0);
		if (difference)
			fail_msg("argv %d: %s", i, difference);
		for (int j = 1; j < argc; j++)
			free(argv[j]);
	}
	alarm(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_written_in_full),
		cmocka_unit_test(bundles_are_taken_apart),
		cmocka_unit_test(values_are_joined_to_their_option),
		cmocka_unit_test(a_value_may_look_like_an_option),
		cmocka_unit_test(a_value_may_hold_any_byte),
		cmocka_unit_test(an_optional_value_must_be_attached),
		cmocka_unit_test(operands_are_permuted_behind_options),
		cmocka_unit_test(posix_ends_options_at_the_first_operand),
		cmocka_unit_test(popt_substitutes_nothing),
		cmocka_unit_test(errors_are_getopts_own),
		cmocka_unit_test(only_the_first_error_counts),
		cmocka_unit_test(abbreviations_of_several_names_are_ambiguous),
		cmocka_unit_test(abbreviations_keep_cps_meaning),
		cmocka_unit_test(an_exact_name_of_any_table_wins),
		cmocka_unit_test(only_names_of_one_option_share_abbreviations),
		cmocka_unit_test(an_empty_argv_is_survived),
		cmocka_unit_test(
			random_argvs_are_read_as_getopt_long_reads_them),
	};

	/* getopt_long reads it; each test says for itself what it wants. */
	unsetenv("POSIXLY_CORRECT");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
