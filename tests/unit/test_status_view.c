/* SPDX-License-Identifier: MIT */
/*
 * test_status_view: events read again: what was told is what is seen, and
 * whoever tells what is no event can do no harm.
 */
#include "config.h"

#include "status_view.h"

#include "status_event.h"

#include "unit.h"
#include "util.h"

static struct status_view view;

static int setup(void **unused)
{
	(void)unused;
	memset(&view, 0, sizeof(view));
	return 0;
}

static int teardown(void **unused)
{
	(void)unused;
	status_view_free(&view);
	return 0;
}

static void take(const char *line)
{
	/* In memory of its own, so that a sanitizer sees its end. */
	size_t length = strlen(line);
	char *bytes = malloc(length + 1);

	UNIT_CHECK(bytes != NULL);
	memcpy(bytes, line, length);
	status_view_take(&view, bytes, length);
	free(bytes);
}

/* EVENT, which is freed, as a line that came. */
static void take_event(struct json *event)
{
	char *line = status_event_compose(event, 0);

	UNIT_CHECK(line != NULL);
	line[strlen(line) - 1] = '\0';
	take(line);
	free(line);
	json_drop(event);
}

static struct progress_view some_view(void)
{
	return (struct progress_view){
		.phase = PROGRESS_WRITING_BACK,
		.files = 12,
		.files_total = 340,
		.bytes = (uint64_t)3 << 40,
		.bytes_total = (uint64_t)4 << 40,
		.permille = 750,
		.elapsed = 5 * UTIL_SECOND,
		.rate = 512 << 20,
		.rate_overall = 480 << 20,
		.left_known = true,
		.left = 65 * UTIL_SECOND,
		.to_write_back = 1 << 30,
		.written_back = 1 << 20,
		.errors = 3,
		.workers = 7,
		.now = "some/where",
	};
}

static void what_was_told_is_seen(void **unused)
{
	const struct progress_view told = some_view();
	struct progress progress = { .worker_count = 0 };
	struct progress_view *seen = &view.view;

	(void)unused;
	take_event(status_event_of_plan(&told));
	take_event(status_event_of_progress(&told, &progress));
	assert_true(view.anything);
	assert_false(view.ended);
	assert_string_equal(seen->now, told.now);
	seen->now = told.now;
	assert_memory_equal(seen, &told, sizeof(told));
	assert_false(view.strange);
}

static void what_may_be_missing_is_not_there(void **unused)
{
	struct progress_view told = some_view();
	struct progress progress = { .worker_count = 0 };

	(void)unused;
	take_event(status_event_of_progress(&told, &progress));
	told.phase = PROGRESS_COPYING;
	told.left_known = false;
	told.to_write_back = told.written_back = 0;
	told.now = NULL;
	take_event(status_event_of_progress(&told, &progress));
	assert_int_equal(view.view.phase, PROGRESS_COPYING);
	assert_false(view.view.left_known);
	assert_int_equal(view.view.to_write_back, 0);
	assert_int_equal(view.view.written_back, 0);
	assert_null(view.view.now);
}

static void the_end_is_an_end(void **unused)
{
	struct progress_view told = some_view();
	const struct tally tally = { { 0 } };
	struct status_event_end end = { &told, &tally, 1, SIGTERM };

	(void)unused;
	told.files = told.files_total;
	told.growing = true;
	take_event(status_event_of_end(&end));
	assert_true(view.ended);
	assert_int_equal(view.status, 1);
	assert_int_equal(view.signal, SIGTERM);
	assert_int_equal(view.view.phase, PROGRESS_ENDED);
	assert_int_equal(view.view.files, 340);
	assert_int_equal(view.view.files_total, 340);
	assert_true(view.view.bytes_total == told.bytes_total);
	assert_false(view.view.growing);
}

static void a_start_forgets_the_copy_before(void **unused)
{
	const struct progress_view told = some_view();
	struct progress progress = { .worker_count = 0 };
	const struct tally tally = { { 0 } };
	const struct status_event_end end = { &told, &tally, 1, 0 };
	const struct status_event_start start = { .workers = 4 };

	(void)unused;
	take_event(status_event_of_progress(&told, &progress));
	take_event(status_event_of_end(&end));
	take_event(status_event_of_start(&start));
	assert_false(view.ended);
	assert_int_equal(view.status, 0);
	assert_int_equal(view.pid, getpid());
	assert_int_equal(view.view.workers, 4);
	assert_int_equal(view.view.files, 0);
	assert_true(view.view.unknown);
	assert_null(view.view.now);
}

static void what_is_no_event_is_passed_over(void **unused)
{
	static const char *const lines[] = {
		"",
		"\n",
		"x",
		"{",
		"[]",
		"null",
		"7",
		"\"event\"",
		"{}",
		"{\"v\":1}",
		"{\"event\":7,\"v\":1}",
		"{\"event\":null}",
	};
	size_t i;

	(void)unused;
	for (i = 0; i < UTIL_COUNT(lines); i++)
		take(lines[i]);
	assert_false(view.anything);
	assert_false(view.strange);
}

static void kinds_that_are_new_are_passed_over(void **unused)
{
	(void)unused;
	take("{\"event\":\"weather\",\"v\":1,\"files\":7}");
	assert_true(view.anything);
	assert_int_equal(view.view.files, 0);
}

static void another_version_is_strange(void **unused)
{
	(void)unused;
	take("{\"event\":\"progress\",\"v\":2,\"files\":7}");
	take("{\"event\":\"progress\",\"files\":7}");
	assert_true(view.strange);
	assert_false(view.anything);
	assert_int_equal(view.view.files, 0);
}

static void fields_of_other_types_are_nothing(void **unused)
{
	(void)unused;
	take("{\"event\":\"progress\",\"v\":1,\"files\":\"7\",\"bytes\":[],"
	     "\"permille\":null,\"elapsed\":{},\"rate\":true,\"phase\":3,"
	     "\"name\":7,\"left\":\"x\",\"to_write_back\":\"y\"}");
	take("{\"event\":\"plan\",\"v\":1,\"final\":3,\"known\":\"no\"}");
	assert_true(view.anything);
	assert_int_equal(view.view.files, 0);
	assert_int_equal(view.view.bytes, 0);
	assert_int_equal(view.view.permille, 0);
	assert_int_equal(view.view.elapsed, 0);
	assert_int_equal(view.view.phase, PROGRESS_COPYING);
	assert_null(view.view.now);
	assert_false(view.view.unknown);
	assert_true(view.view.growing);
}

static void numbers_beyond_all_bounds_are_within_them(void **unused)
{
	(void)unused;
	take("{\"event\":\"progress\",\"v\":1,\"files\":-1,\"bytes\":-7,"
	     "\"permille\":99999,\"elapsed\":1e300,\"left\":-1e300,"
	     "\"rate\":9223372036854775807,\"workers\":9223372036854775807}");
	assert_true(view.view.files <= INT64_MAX);
	assert_true(view.view.bytes <= INT64_MAX);
	assert_int_equal(view.view.permille, 1000);
	assert_true(view.view.elapsed <= 1000000000 * UTIL_SECOND);
	assert_int_equal(view.view.left, 0);
	assert_true(view.view.rate <= INT64_MAX);
	take("{\"event\":\"end\",\"v\":1,\"status\":70000,\"signal\":70000}");
	assert_in_range(view.status, 0, 255);
	assert_in_range(view.signal, 0, 127);
	take("{\"event\":\"start\",\"v\":1,\"pid\":9223372036854775807}");
	assert_in_range(view.pid, 0, INT32_MAX);
}

/* Whatever is cut off, or changed, of a line that was one. */
static void no_line_does_any_harm(void **unused)
{
	const struct progress_view told = some_view();
	struct progress progress = { .worker_count = 0 };
	struct json *event = status_event_of_progress(&told, &progress);
	char *line = status_event_compose(event, 5);
	uint64_t state = 5;
	int i;

	(void)unused;
	UNIT_CHECK(line != NULL);
	for (i = 0; i < 3000; i++) {
		char *other = strdup(line);
		size_t length = strlen(line);

		UNIT_CHECK(other != NULL);
		other[unit_random(&state) % length] = (char)unit_random(&state);
		other[unit_random(&state) % length] = '\0';
		take(other);
		assert_true(view.view.permille <= 1000);
		assert_true(view.view.bytes <= INT64_MAX);
		free(other);
	}
	free(line);
	json_drop(event);
}

static int open_json(void **unused)
{
	const char *why;

	(void)unused;
	return json_open(&why);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_told_is_seen),
		TEST(what_may_be_missing_is_not_there),
		TEST(the_end_is_an_end),
		TEST(a_start_forgets_the_copy_before),
		TEST(what_is_no_event_is_passed_over),
		TEST(kinds_that_are_new_are_passed_over),
		TEST(another_version_is_strange),
		TEST(fields_of_other_types_are_nothing),
		TEST(numbers_beyond_all_bounds_are_within_them),
		TEST(no_line_does_any_harm),
	};

	return cmocka_run_group_tests(tests, open_json, NULL);
}
