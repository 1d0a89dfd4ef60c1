/* SPDX-License-Identifier: MIT */
/*
 * test_line: a view in words, at any width, with any name.
 */
#include "config.h"

#include "line.h"

#include <locale.h>
#include <wchar.h>

#include "unit.h"
#include "util.h"

static char text[LINE_MAX_BYTES];

static struct progress_view usual(void)
{
	return (struct progress_view){
		.files = 12,
		.files_total = 340,
		.bytes = (uint64_t)3 << 29,
		.bytes_total = (uint64_t)3 << 30,
		.permille = 500,
		.elapsed = 5 * UTIL_SECOND,
		.rate = 512 << 20,
		.rate_overall = 480 << 20,
		.left_known = true,
		.left = 65 * UTIL_SECOND,
		.workers = 2,
		.now = "some/where/file.txt",
	};
}

static void every_width_is_kept(void **unused)
{
	static const char *const names[] = {
		NULL,
		"",
		"short",
		"a name that is much longer than most of "
		"the lines that it will be shown in, is it",
		"\xc3\xa4\xe4\xb8\x96\xe7\x95\x8c\xff\x01\n\xf0\x9f\x98\x80 "
		"and so on and on and on and on and on and on and on",
	};
	static const enum progress_phase phases[] = { PROGRESS_COPYING,
						      PROGRESS_WRITING_BACK,
						      PROGRESS_ENDED };
	unsigned int columns;
	size_t i, k;

	(void)unused;
	for (i = 0; i < UTIL_COUNT(names) * UTIL_COUNT(phases) * 8; i++) {
		struct progress_view view = usual();

		view.now = names[i % UTIL_COUNT(names)];
		view.phase = phases[i / 5 % UTIL_COUNT(phases)];
		view.unknown = i / 15 & 1;
		view.growing = i / 15 & 2;
		view.errors = i / 15 & 4 ? 1234567 : 0;
		for (columns = 0; columns <= 300; columns++) {
			unsigned int most = columns < 20 ? 19 : columns - 1;
			wchar_t wide[LINE_MAX_BYTES];
			size_t length = line_bar(&view, columns, false, text);

			assert_true(length <= most);
			assert_int_equal(strlen(text), length);
			for (k = 0; k < length; k++)
				assert_in_range(text[k], ' ', '~');
			length = line_bar(&view, columns, true, text);
			assert_int_equal(strlen(text), length);
			length = mbstowcs(wide, text, LINE_MAX_BYTES);
			assert_true(length != (size_t)-1);
			assert_in_range(wcswidth(wide, length), 0, most);
		}
	}
}

static void the_narrowest_has_percent_bar_and_time(void **unused)
{
	const struct progress_view view = usual();

	(void)unused;
	line_bar(&view, 20, false, text);
	assert_string_equal(text, " 50% [###----] 1:05");
}

static void a_wide_one_has_it_all(void **unused)
{
	const struct progress_view view = usual();

	(void)unused;
	line_bar(&view, 200, false, text);
	assert_string_equal(text,
			    " 50% [##############--------------] 1.50/3.00 GiB "
			    "12/340 files  512 MiB/s (480 MiB/s) 1:05 left "
			    "some/where/file.txt");
}

static void a_little_of_much_is_not_nothing(void **unused)
{
	struct progress_view view = usual();

	(void)unused;
	view.bytes = (uint64_t)3 << 20;
	line_bar(&view, 200, false, text);
	assert_non_null(strstr(text, " 3.00 MiB/3.00 GiB "));
	view.bytes = 0;
	line_bar(&view, 200, false, text);
	assert_non_null(strstr(text, " 0 B/3.00 GiB "));
	view.bytes = view.bytes_total;
	line_bar(&view, 200, false, text);
	assert_non_null(strstr(text, " 3.00/3.00 GiB "));
	view.phase = PROGRESS_ENDED;
	line_bar(&view, 200, false, text);
	assert_non_null(strstr(text, " 3.00 GiB "));
}

static void what_may_grow_is_marked(void **unused)
{
	struct progress_view view = usual();

	(void)unused;
	view.growing = true;
	line_bar(&view, 200, false, text);
	assert_memory_equal(text, "~50% [", 6);
	assert_non_null(strstr(text, "1.50/~3.00 GiB 12/~340 files"));
	assert_non_null(strstr(text, "~1:05 left"));
	line_plain(&view, false, text);
	assert_string_equal(text,
			    "~50%, 1.50 GiB of ~3.00 GiB, 12 of ~340 files in "
			    "0:05, 512 MiB/s (overall 480 MiB/s), 1:05 left: "
			    "some/where/file.txt");
}

static void where_nothing_is_known_nothing_is_promised(void **unused)
{
	struct progress_view view = usual();

	(void)unused;
	view.unknown = true;
	line_bar(&view, 80, false, text);
	assert_null(strchr(text, '%'));
	assert_null(strchr(text, '['));
	assert_null(strstr(text, "left"));
	assert_non_null(strstr(text, "GiB"));
	line_plain(&view, false, text);
	assert_null(strchr(text, '%'));
}

static void writing_back_is_said(void **unused)
{
	struct progress_view view = usual();

	(void)unused;
	view.phase = PROGRESS_WRITING_BACK;
	line_bar(&view, 80, false, text);
	assert_non_null(strstr(text, "writing back"));
	line_plain(&view, false, text);
	assert_non_null(strstr(text, "writing back"));
	assert_null(strstr(text, "file.txt"));
}

static void it_is_said_how_much_is_written_back(void **unused)
{
	struct progress_view view = usual();

	(void)unused;
	view.phase = PROGRESS_WRITING_BACK;
	view.permille = 999;
	view.to_write_back = 1000;
	view.written_back = 370;
	line_bar(&view, 20, false, text);
	assert_string_equal(text, " 99% written 37%");
	line_bar(&view, 200, false, text);
	assert_non_null(strstr(text, " writing back 37% some/where/file.txt"));
	line_plain(&view, false, text);
	assert_non_null(strstr(text, ", writing back 37%: some/where/file"));
	/* The end is when the file is there. */
	view.written_back = 1000;
	line_plain(&view, false, text);
	assert_non_null(strstr(text, ", writing back 99%:"));
	/* Who says so may be anybody. */
	view.written_back = INT64_MAX;
	line_plain(&view, false, text);
	assert_non_null(strstr(text, ", writing back 99%:"));
	view.phase = PROGRESS_COPYING;
	line_plain(&view, false, text);
	assert_null(strstr(text, "writing"));
}

static void of_a_long_name_the_end_is_shown(void **unused)
{
	struct progress_view view = usual();
	size_t length;

	(void)unused;
	view.now = "a/very/long/path/with/many/parts/that/goes/on/and/on/name";
	length = line_bar(&view, 100, false, text);
	assert_non_null(strstr(text, "..."));
	assert_string_equal(text + length - 4, "name");
	line_bar(&view, 100, true, text);
	assert_non_null(strstr(text, "\xe2\x80\xa6"));
}

/* Nor a newline, nor what moves the cursor. */
static void a_name_cannot_speak_to_the_terminal(void **unused)
{
	struct progress_view view = usual();

	(void)unused;
	view.now = "a\033[2J\n\xc2\x9b";
	line_bar(&view, 200, true, text);
	assert_non_null(strstr(text, "a?[2J??"));
	line_plain(&view, false, text);
	assert_non_null(strstr(text, ": a?[2J???"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_width_is_kept),
		cmocka_unit_test(the_narrowest_has_percent_bar_and_time),
		cmocka_unit_test(a_wide_one_has_it_all),
		cmocka_unit_test(a_little_of_much_is_not_nothing),
		cmocka_unit_test(a_little_of_much_is_not_nothing),
		cmocka_unit_test(what_may_grow_is_marked),
		cmocka_unit_test(where_nothing_is_known_nothing_is_promised),
		cmocka_unit_test(writing_back_is_said),
		cmocka_unit_test(it_is_said_how_much_is_written_back),
		cmocka_unit_test(of_a_long_name_the_end_is_shown),
		cmocka_unit_test(a_name_cannot_speak_to_the_terminal),
	};

	if (!setlocale(LC_CTYPE, "C.UTF-8")) {
		puts("1..0 # SKIP no C.UTF-8 here");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
