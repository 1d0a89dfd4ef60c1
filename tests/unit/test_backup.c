/* SPDX-License-Identifier: MIT */
/*
 * test_backup: the names that backups get, in directories of all contents.
 */
#include "config.h"

#include "backup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "util.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A directory for each test, in which it works. */

static char scratch[1024];
static int home = -1;

static int enter_scratch(void **state)
{
	const char *top = getenv("TMPDIR");

	(void)state;
	snprintf(scratch, sizeof(scratch), "%s/test_backup.XXXXXX",
		 top ? top : "/tmp");
	home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return home < 0 || !mkdtemp(scratch) || chdir(scratch) < 0 ? -1 : 0;
}

static int leave_scratch(void **state)
{
	(void)state;
	if (setenv("SCRATCH", scratch, 1) < 0 || fchdir(home) < 0)
		return -1;
	close(home);
	return system("chmod -R u+rwx \"$SCRATCH\" && rm -rf \"$SCRATCH\"");
}

static void touch(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static struct backup ask(const char *path, enum options_backup control,
			 const char *suffix)
{
	struct backup backup = { .name = NULL };
	struct err err = { 0 };

	assert_int_equal(
		backup_name(AT_FDCWD, path, control, suffix, &backup, &err), 0);
	assert_int_equal(err.op, ERR_NONE);
	return backup;
}

static void check(const char *path, enum options_backup control,
		  const char *suffix, const char *expected)
{
	struct backup backup = ask(path, control, suffix);

	assert_string_equal(backup.name, expected);
	assert_false(backup.cut);
	free(backup.name);
}

/* Controls and suffixes */

static void check_control(const char *option, const char *variable,
			  enum options_backup expected)
{
	enum options_backup control = OPTIONS_BACKUP_NONE;
	char *complaint = NULL;

	assert_int_equal(backup_control(option, variable, &control, &complaint),
			 0);
	assert_int_equal(control, expected);
	assert_null(complaint);
}

static void controls_have_two_names_and_abbreviations(void **state)
{
	static const struct {
		const char *word;
		enum options_backup control;
	} cases[] = {
		{ "none", OPTIONS_BACKUP_NONE },
		{ "no", OPTIONS_BACKUP_NONE },
		{ "off", OPTIONS_BACKUP_NONE },
		{ "o", OPTIONS_BACKUP_NONE },
		{ "simple", OPTIONS_BACKUP_SIMPLE },
		{ "s", OPTIONS_BACKUP_SIMPLE },
		{ "never", OPTIONS_BACKUP_SIMPLE },
		{ "ne", OPTIONS_BACKUP_SIMPLE },
		{ "existing", OPTIONS_BACKUP_EXISTING },
		{ "e", OPTIONS_BACKUP_EXISTING },
		{ "nil", OPTIONS_BACKUP_EXISTING },
		{ "ni", OPTIONS_BACKUP_EXISTING },
		{ "numbered", OPTIONS_BACKUP_NUMBERED },
		{ "nu", OPTIONS_BACKUP_NUMBERED },
		{ "t", OPTIONS_BACKUP_NUMBERED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		check_control(cases[i].word, NULL, cases[i].control);
		check_control(NULL, cases[i].word, cases[i].control);
	}
}

static void the_option_goes_before_the_environment(void **state)
{
	(void)state;
	check_control("t", "simple", OPTIONS_BACKUP_NUMBERED);
	check_control("t", "nonsense", OPTIONS_BACKUP_NUMBERED);
	check_control("", "simple", OPTIONS_BACKUP_SIMPLE);
	check_control(NULL, "", OPTIONS_BACKUP_EXISTING);
	check_control(NULL, NULL, OPTIONS_BACKUP_EXISTING);
}

#define VALID_CONTROLS     \
 "Valid arguments are:\n"  \
 "  - 'none', 'off'\n"     \
 "  - 'simple', 'never'\n" \
 "  - 'existing', 'nil'\n" \
 "  - 'numbered', 't'"

static void check_complaint(const char *option, const char *variable,
			    const char *expected)
{
	enum options_backup control = OPTIONS_BACKUP_SIMPLE;
	char *complaint = NULL;

	assert_int_equal(backup_control(option, variable, &control, &complaint),
			 -1);
	assert_int_equal(control, OPTIONS_BACKUP_SIMPLE);
	assert_string_equal(complaint, expected);
	free(complaint);
}

/* The words of cp 9.1, seen. */
static void a_wrong_control_is_complained_of_as_cp_does(void **state)
{
	(void)state;
	check_complaint("foo", NULL,
			"invalid argument 'foo' for 'backup type'\n" //
			VALID_CONTROLS);
	check_complaint("n", "t",
			"ambiguous argument 'n' for 'backup type'\n" //
			VALID_CONTROLS);
	check_complaint("tx", NULL,
			"invalid argument 'tx' for 'backup type'\n" //
			VALID_CONTROLS);
	check_complaint(NULL, "foo",
			"invalid argument 'foo' for '$VERSION_CONTROL'\n" //
			VALID_CONTROLS);
	check_complaint("", "n",
			"ambiguous argument 'n' for '$VERSION_CONTROL'\n" //
			VALID_CONTROLS);
}

static void a_suffix_with_a_slash_is_no_suffix(void **state)
{
	(void)state;
	assert_string_equal(backup_suffix(".bak", NULL), ".bak");
	assert_string_equal(backup_suffix(NULL, ".env"), ".env");
	assert_string_equal(backup_suffix(".bak", ".env"), ".bak");
	assert_string_equal(backup_suffix(NULL, NULL), "~");
	assert_string_equal(backup_suffix(NULL, ""), "~");
	assert_string_equal(backup_suffix("", ".env"), "~");
	assert_string_equal(backup_suffix("a/b", ".env"), "~");
	assert_string_equal(backup_suffix("/", NULL), "~");
	assert_string_equal(backup_suffix("/x", NULL), "~");
	assert_string_equal(backup_suffix("./x", NULL), "~");
	assert_string_equal(backup_suffix("../x/", NULL), "~");
	assert_string_equal(backup_suffix(NULL, "a/b"), "~");
	assert_string_equal(backup_suffix("..", NULL), "..");
	/* cp takes these, and cannot rename then. */
	assert_string_equal(backup_suffix("x/", NULL), "x/");
	assert_string_equal(backup_suffix("x//", NULL), "x//");
}

/* Names */

static void a_simple_backup_only_takes_the_suffix(void **state)
{
	(void)state;
	touch("f");
	touch("f.~7~");
	check("f", OPTIONS_BACKUP_SIMPLE, "~", "f~");
	check("f", OPTIONS_BACKUP_SIMPLE, ".bak", "f.bak");
	check("no/such/f", OPTIONS_BACKUP_SIMPLE, "~", "no/such/f~");
}

static void a_numbered_backup_takes_the_next_number(void **state)
{
	(void)state;
	check("f", OPTIONS_BACKUP_NUMBERED, "~", "f.~1~");
	touch("f.~1~");
	check("f", OPTIONS_BACKUP_NUMBERED, ".bak", "f.~2~");
	touch("f.~3~");
	check("f", OPTIONS_BACKUP_NUMBERED, "~", "f.~4~");
	touch("f.~8~");
	check("f", OPTIONS_BACKUP_NUMBERED, "~", "f.~9~");
	touch("f.~10~");
	touch("f.~9~");
	check("f", OPTIONS_BACKUP_NUMBERED, "~", "f.~11~");
	touch("f.~99~");
	check("f", OPTIONS_BACKUP_NUMBERED, "~", "f.~100~");
	touch("f.~1099~");
	check("f", OPTIONS_BACKUP_NUMBERED, "~", "f.~1100~");
}

static void numbers_have_any_number_of_digits(void **state)
{
	(void)state;
	touch("f.~18446744073709551615~");
	check("f", OPTIONS_BACKUP_NUMBERED, "~", "f.~18446744073709551616~");
	touch("f.~99999999999999999999999999999999999999999~");
	check("f", OPTIONS_BACKUP_NUMBERED, "~",
	      "f.~100000000000000000000000000000000000000000~");
}

static void what_only_looks_like_a_number_does_not_count(void **state)
{
	static const char *const names[] = {
		"f.~~",	  "f.~0~",  "f.~07~",	"f.~007~", "f.~-1~",
		"f.~1",	  "f.~1~x", "f.~1a~",	"f.~ 1~",  "f.~+1~",
		"f~.~5~", "ff.~5~", "g.~8~",	"f.~1~~",  "f.~1.~",
		"f.~",	  "f.",	    "f.~x.~3~", ".~4~",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		touch(names[i]);
	check("f", OPTIONS_BACKUP_NUMBERED, "~", "f.~1~");
	check("f", OPTIONS_BACKUP_EXISTING, "~", "f~");
}

static void existing_is_numbered_where_numbers_are(void **state)
{
	struct backup backup;

	(void)state;
	touch("f");
	touch("g.~1~");
	backup = ask("f", OPTIONS_BACKUP_EXISTING, ".bak");
	assert_string_equal(backup.name, "f.bak");
	assert_false(backup.exclusive);
	free(backup.name);
	backup = ask("g", OPTIONS_BACKUP_EXISTING, ".bak");
	assert_string_equal(backup.name, "g.~2~");
	assert_true(backup.exclusive);
	free(backup.name);
}

static void only_numbered_backups_must_be_new(void **state)
{
	struct backup backup = ask("f", OPTIONS_BACKUP_NUMBERED, "~");

	(void)state;
	assert_true(backup.exclusive);
	free(backup.name);
	backup = ask("f", OPTIONS_BACKUP_SIMPLE, "~");
	assert_false(backup.exclusive);
	free(backup.name);
}

static void the_directory_of_the_file_is_the_one_that_counts(void **state)
{
	struct backup backup = { .name = NULL };
	struct err err;
	int dir;

	(void)state;
	assert_int_equal(mkdir("d", 0700), 0);
	touch("f.~7~");
	touch("d/f.~4~");
	check("d/f", OPTIONS_BACKUP_NUMBERED, "~", "d/f.~5~");
	check("./f", OPTIONS_BACKUP_NUMBERED, "~", "./f.~8~");
	check("d/../f", OPTIONS_BACKUP_EXISTING, "~", "d/../f.~8~");
	check("d//f/", OPTIONS_BACKUP_NUMBERED, "~", "d//f.~5~");
	check("d/f/", OPTIONS_BACKUP_SIMPLE, ".b", "d/f.b");
	dir = open("d", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	assert_int_equal(backup_name(dir, "f", OPTIONS_BACKUP_NUMBERED, "~",
				     &backup, &err),
			 0);
	assert_string_equal(backup.name, "f.~5~");
	free(backup.name);
	close(dir);
}

static void an_absolute_name_stays_one(void **state)
{
	char path[PATH_MAX + 8], expected[PATH_MAX + 16];

	(void)state;
	touch("f.~41~");
	snprintf(path, sizeof(path), "%s/f", scratch);
	snprintf(expected, sizeof(expected), "%s/f.~42~", scratch);
	check(path, OPTIONS_BACKUP_NUMBERED, "~", expected);
}

/* A name of LENGTH bytes, and TAIL behind it. */
static const char *long_name(size_t length, const char *tail)
{
	static char names[4][NAME_MAX + 64];
	static unsigned int next;
	char *name = names[next++ % COUNT(names)];

	for (size_t i = 0; i < length; i++)
		name[i] = (char)('0' + i % 10);
	strcpy(name + length, tail);
	return name;
}

/* As cp 9.1 was seen to do on tmpfs and ext4: 254 bytes are most. */
static void too_long_a_name_is_cut_for_a_tilde(void **state)
{
	static const struct {
		size_t length;
		enum options_backup control;
		const char *suffix;
		size_t kept;
		const char *tail;
		bool cut;
	} cases[] = {
		{ 250, OPTIONS_BACKUP_NUMBERED, "~", 250, ".~1~", false },
		{ 251, OPTIONS_BACKUP_NUMBERED, "~", 251, "~", true },
		{ 253, OPTIONS_BACKUP_NUMBERED, ".bak", 253, "~", true },
		{ 254, OPTIONS_BACKUP_NUMBERED, "~", 253, "~", true },
		{ 255, OPTIONS_BACKUP_NUMBERED, "~", 253, "~", true },
		{ 250, OPTIONS_BACKUP_EXISTING, ".bak", 250, ".bak", false },
		{ 251, OPTIONS_BACKUP_EXISTING, ".bak", 251, "~", true },
		{ 253, OPTIONS_BACKUP_EXISTING, "~", 253, "~", false },
		{ 254, OPTIONS_BACKUP_EXISTING, "~", 253, "~", true },
		{ 255, OPTIONS_BACKUP_EXISTING, ".bak", 253, "~", true },
		/* These fail when they are renamed to. */
		{ 252, OPTIONS_BACKUP_SIMPLE, ".bak", 252, ".bak", false },
		{ 255, OPTIONS_BACKUP_SIMPLE, "~", 255, "~", false },
	};

	(void)state;
	if (pathconf(".", _PC_NAME_MAX) != NAME_MAX) {
		print_message("names here may not have 255 bytes\n");
		skip();
	}
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct backup backup = ask(long_name(cases[i].length, ""),
					   cases[i].control, cases[i].suffix);

		assert_string_equal(backup.name,
				    long_name(cases[i].kept, cases[i].tail));
		assert_int_equal(backup.cut, cases[i].cut);
		free(backup.name);
	}
}

static void a_number_that_grows_may_be_the_one_too_long(void **state)
{
	struct backup backup;

	(void)state;
	if (pathconf(".", _PC_NAME_MAX) != NAME_MAX) {
		print_message("names here may not have 255 bytes\n");
		skip();
	}
	touch(long_name(249, ".~9~"));
	backup = ask(long_name(249, ""), OPTIONS_BACKUP_NUMBERED, "~");
	assert_string_equal(backup.name, long_name(249, ".~10~"));
	assert_false(backup.cut);
	free(backup.name);
	touch(long_name(249, ".~99~"));
	backup = ask(long_name(249, ""), OPTIONS_BACKUP_EXISTING, ".b");
	assert_string_equal(backup.name, long_name(249, "~"));
	assert_true(backup.cut);
	assert_true(backup.exclusive);
	free(backup.name);
	/* What is as long as one that is there is known to fit. */
	touch(long_name(250, ".~10~"));
	backup = ask(long_name(250, ""), OPTIONS_BACKUP_NUMBERED, "~");
	assert_string_equal(backup.name, long_name(250, ".~11~"));
	assert_false(backup.cut);
	free(backup.name);
}

/* Failures */

static void what_may_not_be_read_has_no_numbers(void **state)
{
	(void)state;
	if (geteuid() == 0) {
		print_message("root may read any directory\n");
		skip();
	}
	assert_int_equal(mkdir("d", 0700), 0);
	touch("d/f.~4~");
	assert_int_equal(chmod("d", 0300), 0);
	check("d/f", OPTIONS_BACKUP_NUMBERED, "~", "d/f.~1~");
	check("d/f", OPTIONS_BACKUP_EXISTING, "~", "d/f~");
}

static void a_number_that_was_taken_is_not_tried_again(void **state)
{
	const char *const names[] = { "f.~3~", "f.~4~", "f.~5~" };
	struct backup backup = { .name = NULL };
	struct err err;
	size_t i;

	(void)state;
	touch("f.~2~");
	for (i = 0; i < UTIL_COUNT(names); i++) {
		assert_int_equal(backup_name(AT_FDCWD, "f",
					     OPTIONS_BACKUP_NUMBERED, "~",
					     &backup, &err),
				 0);
		assert_string_equal(backup.name, names[i]);
		free(backup.name);
	}
	touch("f.~9~");
	assert_int_equal(backup_name(AT_FDCWD, "f", OPTIONS_BACKUP_NUMBERED,
				     "~", &backup, &err),
			 0);
	assert_string_equal(backup.name, "f.~10~");
	free(backup.name);
}

static void a_directory_that_is_none_is_an_error(void **state)
{
	struct backup backup = { .name = NULL };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(backup_name(AT_FDCWD, "no/f", OPTIONS_BACKUP_EXISTING,
				     "~", &backup, &err),
			 -1);
	assert_int_equal(err.op, ERR_BACKUP);
	assert_int_equal(err.errnum, ENOENT);
	touch("f");
	assert_int_equal(backup_name(AT_FDCWD, "f/f", OPTIONS_BACKUP_NUMBERED,
				     "~", &backup, &err),
			 -1);
	assert_int_equal(err.op, ERR_BACKUP);
	assert_int_equal(err.errnum, ENOTDIR);
}

#define TEST(name) \
 cmocka_unit_test_setup_teardown(name, enter_scratch, leave_scratch)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(controls_have_two_names_and_abbreviations),
		TEST(the_option_goes_before_the_environment),
		TEST(a_wrong_control_is_complained_of_as_cp_does),
		TEST(a_suffix_with_a_slash_is_no_suffix),
		TEST(a_simple_backup_only_takes_the_suffix),
		TEST(a_numbered_backup_takes_the_next_number),
		TEST(numbers_have_any_number_of_digits),
		TEST(what_only_looks_like_a_number_does_not_count),
		TEST(existing_is_numbered_where_numbers_are),
		TEST(only_numbered_backups_must_be_new),
		TEST(the_directory_of_the_file_is_the_one_that_counts),
		TEST(an_absolute_name_stays_one),
		TEST(too_long_a_name_is_cut_for_a_tilde),
		TEST(a_number_that_grows_may_be_the_one_too_long),
		TEST(what_may_not_be_read_has_no_numbers),
		TEST(a_number_that_was_taken_is_not_tried_again),
		TEST(a_directory_that_is_none_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
