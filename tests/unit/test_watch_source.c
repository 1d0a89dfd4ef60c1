/* SPDX-License-Identifier: MIT */
/*
 * test_watch_source: whole lines out of what comes in any pieces.
 */
#include "config.h"

#include "watch_source.h"

#include "unit.h"
#include "util.h"

static struct report report;
static struct watch_source source;
static int ends[2];
static unsigned int count;
static size_t longest;
static char last[100];

static void take(void *arg, const char *line, size_t length)
{
	assert_ptr_equal(arg, &count);
	assert_null(memchr(line, '\n', length));
	count++;
	longest = (size_t)util_max(longest, length);
	snprintf(last, sizeof(last), "%.*s", (int)length, line);
}

/* A pipe is watched. */
static int setup(void **unused)
{
	char target[20];

	(void)unused;
	report = report_open("mcp");
	count = 0;
	longest = 0;
	UNIT_CHECK(pipe(ends) == 0);
	snprintf(target, sizeof(target), "fd:%d", ends[0]);
	return watch_source_open(&source, target, &report);
}

static int teardown(void **unused)
{
	(void)unused;
	watch_source_close(&source);
	util_close(&ends[0]);
	util_close(&ends[1]);
	return 0;
}

static void put(const char *text)
{
	UNIT_CHECK(util_write_all(ends[1], text, strlen(text)) == 0);
}

static void expect(enum watch_read read, unsigned int lines)
{
	assert_int_equal(watch_source_read(&source, take, &count), read);
	assert_int_equal(count, lines);
}

static void nothing_is_waited_for(void **unused)
{
	(void)unused;
	expect(WATCH_READ_NOTHING, 0);
	put("a\n");
	expect(WATCH_READ_SOME, 1);
	expect(WATCH_READ_NOTHING, 1);
	util_close(&ends[1]);
	expect(WATCH_READ_END, 1);
}

static void a_line_may_come_in_pieces(void **unused)
{
	const char *text = "one\ntwo three\n\nfour\n";
	char piece[2] = "";
	size_t i;

	(void)unused;
	for (i = 0; text[i]; i++) {
		piece[0] = text[i];
		put(piece);
		assert_int_equal(watch_source_read(&source, take, &count),
				 WATCH_READ_SOME);
	}
	assert_int_equal(count, 4);
	assert_string_equal(last, "four");
	assert_int_equal(longest, strlen("two three"));
	put("five\nsix\nsev");
	expect(WATCH_READ_SOME, 6);
	assert_string_equal(last, "six");
	put("en\n");
	expect(WATCH_READ_SOME, 7);
	assert_string_equal(last, "seven");
}

static void what_has_no_end_is_no_line(void **unused)
{
	(void)unused;
	put("a\nhalf");
	expect(WATCH_READ_SOME, 1);
	util_close(&ends[1]);
	expect(WATCH_READ_END, 1);
}

/* More than anybody should keep in memory. */
static void a_line_that_is_too_long_is_passed_over(void **unused)
{
	static char many[32768];
	int i;

	(void)unused;
	memset(many, 'x', sizeof(many));
	for (i = 0; i < 100; i++) {
		UNIT_CHECK(util_write_all(ends[1], many, sizeof(many)) == 0);
		expect(WATCH_READ_SOME, 0);
	}
	put("rest\nnext\n");
	expect(WATCH_READ_SOME, 1);
	assert_string_equal(last, "next");
}

static void a_file_may_still_grow(void **unused)
{
	FILE *file = tmpfile();
	char target[20];

	(void)unused;
	UNIT_CHECK(file != NULL);
	watch_source_close(&source);
	UNIT_CHECK(pwrite(fileno(file), "a\nb", 3, 0) == 3);
	snprintf(target, sizeof(target), "fd:%d", fileno(file));
	assert_int_equal(watch_source_open(&source, target, &report), 0);
	expect(WATCH_READ_SOME, 1);
	expect(WATCH_READ_NOTHING, 1);
	UNIT_CHECK(pwrite(fileno(file), "c\n", 2, 3) == 2);
	expect(WATCH_READ_SOME, 2);
	assert_string_equal(last, "bc");
	fclose(file);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_waited_for),
		TEST(a_line_may_come_in_pieces),
		TEST(what_has_no_end_is_no_line),
		TEST(a_line_that_is_too_long_is_passed_over),
		TEST(a_file_may_still_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
