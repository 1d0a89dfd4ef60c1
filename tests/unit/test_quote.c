/* SPDX-License-Identifier: MIT */
/*
 * test_quote: names are quoted as GNU cp quotes them.
 *
 * Known names have their quoted form in a table. Random names are held
 * against ls, which quotes as cp does, and against two things that hold for
 * every name: a shell reads the form back as the name, and a terminal can be
 * shown it.
 */
#include "config.h"

#include "quote.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>

#include <cmocka.h>

#define RANDOM_NAMES 4000
#define NAMES_A_CALL 500
#define NAME_ROOM 64

typedef char *quote_function(const char *name);

static void check(quote_function *quote, const char *name, const char *expected)
{
	char *quoted = quote(name);

	assert_non_null(quoted);
	assert_string_equal(quoted, expected);
	free(quoted);
}

/* Both functions; bare is NULL for a name that is always quoted. */
static void check_both(const char *name, const char *expected, const char *bare)
{
	check(quote_always, name, expected);
	check(quote_if_needed, name, bare ? bare : expected);
}

/* Skips the test on a system that lacks the locale. */
static void use_locale(const char *name)
{
	if (!setlocale(LC_ALL, name)) {
		print_message("no locale %s\n", name);
		skip();
	}
}

static void plain_names_stay_bare_where_they_may(void **state)
{
	(void)state;
	check_both("a", "'a'", "a");
	check_both("/a-b_c.d,e+f@g%h", "'/a-b_c.d,e+f@g%h'",
		   "/a-b_c.d,e+f@g%h");
	check_both("-x", "'-x'", "-x");
	check_both("a]", "'a]'", "a]");
	check_both("", "''", NULL);
}

static void what_a_shell_would_read_is_quoted(void **state)
{
	static const char special[] = " !\"$&()*;<=>?[\\^`|";

	(void)state;
	for (const char *c = special; *c; c++) {
		char name[] = { 'a', *c, '\0' };
		char expected[] = { '\'', 'a', *c, '\'', '\0' };

		check_both(name, expected, NULL);
	}
	check_both("#a", "'#a'", NULL);
	check_both("a#", "'a#'", "a#");
	check_both("~a", "'~a'", NULL);
	check_both("a~", "'a~'", "a~");
	check_both("{", "'{'", NULL);
	check_both("}", "'}'", NULL);
	check_both("{}", "'{}'", "{}");
}

/* cp ends a name at a colon where it leaves names bare. */
static void a_colon_is_quoted(void **state)
{
	(void)state;
	check_both("a:b", "'a:b'", NULL);
	check_both("it's:b", "\"it's:b\"", NULL);
	check_both("\n:", "''$'\\n'':'", NULL);
}

static void a_single_quote_takes_double_quotes_if_it_can(void **state)
{
	(void)state;
	check_both("it's", "\"it's\"", NULL);
	check_both("'", "\"'\"", NULL);
	check_both("#'s a", "\"#'s a\"", NULL);
	check_both("~'", "\"~'\"", NULL);
	check_both("it's#", "'it'\\''s#'", NULL);
	check_both("it's{", "'it'\\''s{'", NULL);
	check_both("it's \"", "'it'\\''s \"'", NULL);
	check_both("it's $x", "'it'\\''s $x'", NULL);
	check_both("it's\\", "'it'\\''s\\'", NULL);
	check_both("it's!", "'it'\\''s!'", NULL);
	check_both("it's?", "'it'\\''s?'", NULL);
	check_both("it's=", "'it'\\''s='", NULL);
	check_both("'\"'", "''\\''\"'\\'''", NULL);
}

static void control_characters_are_escaped(void **state)
{
	(void)state;
	check_both("a\nb", "'a'$'\\n''b'", NULL);
	check_both("\n", "''$'\\n'", NULL);
	check_both("\a\b\t\n\v\f\r\033\177\0011",
		   "''$'\\a\\b\\t\\n\\v\\f\\r\\033\\177\\001''1'", NULL);
	check_both("a'b\nc", "'a'\\''b'$'\\n''c'", NULL);
	check_both("\001'", "''$'\\001'\\'''", NULL);
}

/* coreutils 9.1 puts '' in front of the one, and leaves out '$' in two. */
static void a_quote_and_a_last_escape_are_told_apart(void **state)
{
	(void)state;
	check_both("it's\n", "'it'\\''s'$'\\n'", NULL);
	check_both("\n'\n", "''$'\\n'\\'''$'\\n'", NULL);
	check_both("'\n", "''\\'''$'\\n'", NULL);
}

static void the_c_locale_prints_ascii_alone(void **state)
{
	(void)state;
	use_locale("C");
	check_both("\303\251", "''$'\\303\\251'", NULL);
	check_both("a\377b", "'a'$'\\377''b'", NULL);
	check_both("it's\303\251'", "'it'\\''s'$'\\303\\251'\\'''", NULL);
}

static void utf8_prints_what_is_valid_and_printable(void **state)
{
	(void)state;
	use_locale("C.UTF-8");
	check_both("\303\251", "'\303\251'", "\303\251");
	check_both("it's\303\251", "\"it's\303\251\"", NULL);
	check_both("\360\237\230\200", "'\360\237\230\200'",
		   "\360\237\230\200");
	check_both("\303\251\001", "'\303\251'$'\\001'", NULL);
	/* A control character of two bytes: next line. */
	check_both("\302\205", "''$'\\302\\205'", NULL);
	/* Cut off, out of place, surrogate, overlong, past the last one. */
	check_both("a\342\202", "'a'$'\\342\\202'", NULL);
	check_both("a\342(b", "'a'$'\\342''(b'", NULL);
	check_both("\251a", "''$'\\251''a'", NULL);
	check_both("\355\240\200", "''$'\\355\\240\\200'", NULL);
	check_both("\300\257", "''$'\\300\\257'", NULL);
	check_both("\364\220\200\200", "''$'\\364\\220\\200\\200'", NULL);
	check_both("\303\251'\377", "'\303\251'\\'''$'\\377'", NULL);
}

static void a_long_name_of_the_longest_escapes_fits(void **state)
{
	char name[2 * PATH_MAX + 1], *quoted;

	(void)state;
	use_locale("C");
	for (size_t i = 0; i < sizeof(name) - 1; i++)
		name[i] = i % 2 ? '\'' : '\001';
	name[sizeof(name) - 1] = '\0';
	quoted = quote_always(name);
	assert_int_equal(strlen(quoted), 2 + PATH_MAX * (7 + 4));
	free(quoted);
}

/* xorshift: the same names on every machine. */
static unsigned int draw(uint32_t *seed, unsigned int below)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed % below;
}

/* A name for a file: no slash, no NUL, neither "." nor "..". */
static void draw_name(uint32_t *seed, char *name)
{
	static const char *const pieces[] = {
		"'",
		"'",
		"\"",
		"\n",
		"\\",
		"$",
		" ",
		"#",
		"~",
		"{",
		"}",
		"\303\251",
		"\342\202\254",
		"\342",
		"\\",
		"\t",
		"\302\205",
		"\033",
		"\360\237\230",
		"\314\201",
	};
	unsigned int count = 1 + draw(seed, 9);
	char *end = name;

	for (unsigned int i = 0; i < count; i++) {
		switch (draw(seed, 4)) {
		case 0:
			end = stpcpy(
				end,
				pieces[draw(seed,
					    sizeof(pieces) / sizeof(*pieces))]);
			break;
		case 1:
			*end++ = (char)(1 + draw(seed, 255));
			break;
		default:
			*end++ = (char)('!' + draw(seed, '~' - '!' + 1));
		}
		if (end[-1] == '/')
			end[-1] = 'x';
	}
	*end = '\0';
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		*name = 'x';
}

/* Reads the escape behind a backslash in $'...'; returns what follows it. */
static const char *read_escape(const char *s, char *byte)
{
	static const char letters[] = "abtnvfr";
	const char *letter = strchr(letters, *s);

	if (letter && *s) {
		*byte = (char)('\a' + (letter - letters));
		return s + 1;
	}
	assert_in_range(s[0], '0', '3');
	assert_in_range(s[1], '0', '7');
	assert_in_range(s[2], '0', '7');
	*byte = (char)((s[0] - '0') * 64 + (s[1] - '0') * 8 + (s[2] - '0'));
	return s + 3;
}

/* Reads a word as a shell does. */
static void unquote(const char *s, char *name)
{
	while (*s) {
		if (*s == '\'') {
			for (s++; *s != '\''; s++)
				*name++ = *s;
			s++;
		} else if (*s == '"') {
			for (s++; *s != '"'; s++) {
				assert_null(strchr("$`\\!", *s));
				*name++ = *s;
			}
			s++;
		} else if (s[0] == '$' && s[1] == '\'') {
			for (s += 2; *s != '\'';) {
				assert_int_equal(*s, '\\');
				s = read_escape(s + 1, name++);
			}
			s++;
		} else if (*s == '\\') {
			*name++ = s[1];
			s += 2;
		} else {
			*name++ = *s++;
		}
	}
	*name = '\0';
}

static void check_invariant(const char *name, const char *quoted)
{
	char back[8 * NAME_ROOM];

	for (const char *c = quoted; *c; c++)
		assert_false(iscntrl((unsigned char)*c));
	assert_true(mbstowcs(NULL, quoted, 0) != (size_t)-1);
	unquote(quoted, back);
	assert_string_equal(back, name);
}

/* The one who calls ls: its output, or NULL when it failed. */
static char *run_ls(const char *dir, const char *style, char *const *names,
		    int count)
{
	char *argv[NAMES_A_CALL + 5] = { "ls", "-1Ud", (char *)style, "--" };
	char *text = NULL;
	size_t room = 0;
	int ends[2], status;
	FILE *f;
	pid_t pid;

	memcpy(argv + 4, names, (size_t)count * sizeof(*argv));
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		if (chdir(dir) != 0 || dup2(ends[1], 1) < 0 ||
		    dup2(null, 2) < 0)
			_exit(127);
		close(ends[0]);
		setenv("LC_ALL", setlocale(LC_CTYPE, NULL), 1);
		execvp("ls", argv);
		_exit(127);
	}
	close(ends[1]);
	f = fdopen(ends[0], "r");
	assert_non_null(f);
	if (getdelim(&text, &room, '\0', f) < 0) {
		free(text);
		text = NULL;
	}
	fclose(f);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0) {
		free(text);
		text = NULL;
	}
	return text;
}

/* What ls makes of the names, held against what quote makes of them. */
static void compare_names(const char *dir, quote_function *quote,
			  const char *style, char *const *names, int count)
{
	char *text = run_ls(dir, style, names, count), *rest = text;

	assert_non_null(text);
	for (int i = 0; i < count; i++) {
		char *line = strsep(&rest, "\n"), *quoted = quote(names[i]);

		assert_non_null(rest);
		if (strcmp(line, quoted) != 0)
			fail_msg("name %d: ls %s, quote %s", i, line, quoted);
		free(quoted);
	}
	assert_string_equal(rest, "");
	free(text);
}

static void make_file(const char *dir, const char *name)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static void remove_file(const char *dir, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_true(unlink(path) == 0 || errno == ENOENT);
}

/* Whether this ls has the fault of coreutils 9.1; skips if it is no GNU ls. */
static bool probe_ls(const char *dir)
{
	char *names[] = { "it's\n" }, *text;
	bool faulty;

	make_file(dir, names[0]);
	text = run_ls(dir, "--quoting-style=shell-escape-always", names, 1);
	remove_file(dir, names[0]);
	if (!text) {
		rmdir(dir);
		print_message("ls has no --quoting-style\n");
		skip();
	}
	faulty = strncmp(text, "'''", 3) == 0;
	free(text);
	return faulty;
}

/* A superset of the names that coreutils 9.1 gets wrong. */
static bool is_hard(const char *name)
{
	unsigned char last = (unsigned char)name[strlen(name) - 1];

	return strchr(name, '\'') && (last < ' ' || last >= 0x7f);
}

/* A batch of names: those ls can be asked about, in both styles. */
static int check_batch(const char *dir, bool faulty, uint32_t *seed)
{
	char store[NAMES_A_CALL][NAME_ROOM], *asked[NAMES_A_CALL];
	char *no_colon[NAMES_A_CALL];
	int n_asked = 0, n_no_colon = 0;

	for (int i = 0; i < NAMES_A_CALL; i++) {
		char *name = store[i], *always, *if_needed;

		draw_name(seed, name);
		always = quote_always(name);
		if_needed = quote_if_needed(name);
		check_invariant(name, always);
		check_invariant(name, if_needed);
		free(always);
		free(if_needed);
		make_file(dir, name);
		if (faulty && is_hard(name))
			continue;
		asked[n_asked++] = name;
		/* ls quotes no colon, for it puts none behind a name. */
		if (!strchr(name, ':'))
			no_colon[n_no_colon++] = name;
	}
	compare_names(dir, quote_always, "--quoting-style=shell-escape-always",
		      asked, n_asked);
	compare_names(dir, quote_if_needed, "--quoting-style=shell-escape",
		      no_colon, n_no_colon);
	for (int i = 0; i < NAMES_A_CALL; i++)
		remove_file(dir, store[i]);
	return n_asked;
}

static void check_random_names(const char *locale)
{
	char dir[] = "/tmp/test_quote.XXXXXX";
	uint32_t seed = 20240229;
	bool faulty;
	int asked = 0;

	use_locale(locale);
	assert_non_null(mkdtemp(dir));
	faulty = probe_ls(dir);
	for (int i = 0; i < RANDOM_NAMES; i += NAMES_A_CALL)
		asked += check_batch(dir, faulty, &seed);
	assert_int_equal(rmdir(dir), 0);
	assert_true(asked > RANDOM_NAMES * 3 / 4);
}

static void random_names_are_quoted_as_ls_does_in_c(void **state)
{
	(void)state;
	check_random_names("C");
}

static void random_names_are_quoted_as_ls_does_in_utf8(void **state)
{
	(void)state;
	check_random_names("C.UTF-8");
}

static int restore_locale(void **state)
{
	(void)state;
	return setlocale(LC_ALL, "C") ? 0 : -1;
}

#define TEST(name) cmocka_unit_test_teardown(name, restore_locale)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(plain_names_stay_bare_where_they_may),
		TEST(what_a_shell_would_read_is_quoted),
		TEST(a_colon_is_quoted),
		TEST(a_single_quote_takes_double_quotes_if_it_can),
		TEST(control_characters_are_escaped),
		TEST(a_quote_and_a_last_escape_are_told_apart),
		TEST(the_c_locale_prints_ascii_alone),
		TEST(utf8_prints_what_is_valid_and_printable),
		TEST(a_long_name_of_the_longest_escapes_fits),
		TEST(random_names_are_quoted_as_ls_does_in_c),
		TEST(random_names_are_quoted_as_ls_does_in_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
