/* SPDX-License-Identifier: MIT */
/*
 * test_progress: what an onlooker sees, with times and numbers made up.
 */
#include "config.h"

#include "progress.h"

#include "unit.h"
#include "util.h"

#define START (100 * UTIL_SECOND)
#define MIB (1024 * 1024)

static uint64_t after(double seconds)
{
	return START + (uint64_t)(seconds * UTIL_SECOND);
}

static struct progress begun(void)
{
	struct progress progress;

	progress_begin(&progress, START);
	return progress;
}

/* One file of SIZE bytes, known from the start. */
static struct progress one_file(uint64_t size)
{
	struct progress progress = begun();

	progress.sum.count[TALLY_FOUND_FILES] = 1;
	progress.sum.count[TALLY_SIZED_FILES] = 1;
	progress.sum.count[TALLY_FOUND_BYTES] = size;
	return progress;
}

static void nothing_is_known_before_anything_is_found(void **unused)
{
	const struct progress progress = begun();
	const struct progress_view view = progress_look(&progress, after(2));

	(void)unused;
	assert_true(view.unknown);
	assert_false(view.left_known);
	assert_int_equal(view.permille, 0);
	assert_int_equal(view.workers, 1);
}

static void one_file_moves_by_its_bytes(void **unused)
{
	struct progress progress = one_file(100 * MIB);
	struct progress_view view;

	(void)unused;
	progress.sum.count[TALLY_PARTIAL_BYTES] = 50 * MIB;
	view = progress_look(&progress, after(1));
	assert_false(view.growing);
	assert_false(view.unknown);
	assert_int_equal(view.bytes, 50 * MIB);
	assert_int_equal(view.bytes_total, 100 * MIB);
	assert_in_range(view.permille, 499, 500);
	assert_int_equal(view.rate, 50 * MIB);
	assert_int_equal(view.rate_overall, 50 * MIB);
	assert_true(view.left_known);
	assert_in_range(view.left, 999 * UTIL_SECOND / 1000,
			1001 * UTIL_SECOND / 1000);
}

static void it_is_100_percent_only_when_all_is_done(void **unused)
{
	struct progress progress = one_file(UINT64_C(1) << 50);

	(void)unused;
	progress.sum.count[TALLY_PARTIAL_BYTES] = UINT64_C(1) << 50;
	assert_int_equal(progress_look(&progress, after(1)).permille, 999);
	progress.sum.count[TALLY_PARTIAL_BYTES] = 0;
	progress.sum.count[TALLY_BYTES] = UINT64_C(1) << 50;
	progress.sum.count[TALLY_FILES] = 1;
	assert_int_equal(progress_look(&progress, after(1)).permille, 1000);
	progress.sum.count[TALLY_UNLISTED] = 1;
	assert_int_equal(progress_look(&progress, after(1)).permille, 999);
}

static void a_file_that_grows_is_never_more_than_all(void **unused)
{
	struct progress progress = one_file(MIB);
	struct progress_view view;

	(void)unused;
	progress.sum.count[TALLY_PARTIAL_BYTES] = 2 * MIB;
	view = progress_look(&progress, after(1));
	assert_int_equal(view.bytes_total, 2 * MIB);
	assert_true(view.permille < 1000);
}

/* Workers do that while others copy, and in the end there is nothing else. */
static void who_only_waits_for_the_disk_is_writing_back(void **unused)
{
	struct progress progress = one_file(100 * MIB);
	uint64_t *count = progress.sum.count;
	struct progress_view view;

	(void)unused;
	count[TALLY_PARTIAL_BYTES] = 60 * MIB;
	count[TALLY_TO_WRITE_BACK] = 60 * MIB;
	count[TALLY_WRITTEN_BACK] = 20 * MIB;
	view = progress_look(&progress, after(1));
	assert_int_equal(view.phase, PROGRESS_COPYING);
	assert_int_equal(view.to_write_back, 60 * MIB);
	assert_int_equal(view.written_back, 20 * MIB);
	count[TALLY_PARTIAL_BYTES] = 100 * MIB;
	view = progress_look(&progress, after(1));
	assert_int_equal(view.phase, PROGRESS_WRITING_BACK);
	count[TALLY_UNLISTED] = 1;
	view = progress_look(&progress, after(1));
	assert_int_equal(view.phase, PROGRESS_COPYING);
	count[TALLY_UNLISTED] = 0;
	count[TALLY_TO_WRITE_BACK] = 0;
	view = progress_look(&progress, after(1));
	assert_int_equal(view.phase, PROGRESS_COPYING);
}

static void sizes_not_known_yet_are_those_of_the_others(void **unused)
{
	struct progress progress = begun();
	struct progress_view view;

	(void)unused;
	progress.sum.count[TALLY_FOUND_FILES] = 11;
	progress.sum.count[TALLY_SIZED_FILES] = 3;
	progress.sum.count[TALLY_FOUND_BYTES] = 4 * MIB + 1024 * (uint64_t)MIB;
	progress.sum.count[TALLY_LARGE_FILES] = 1;
	progress.sum.count[TALLY_LARGE_BYTES] = 1024 * (uint64_t)MIB;
	view = progress_look(&progress, after(1));
	/* 2 MiB each, whatever the large one has. */
	assert_int_equal(view.bytes_total, (1024 + 4 + 8 * 2) * (uint64_t)MIB);
	assert_true(view.growing);
}

/* As workers find and copy a tree of files of any size, in any order. */
static void it_falls_only_when_more_was_found(void **unused)
{
	struct progress progress = begun();
	uint64_t *count = progress.sum.count, state = 3;
	struct progress_view last = progress_look(&progress, START);
	int i;

	(void)unused;
	count[TALLY_UNLISTED] = 1;
	for (i = 0; i < 20000; i++) {
		uint64_t size = unit_random(&state) % MIB;
		struct progress_view view;

		switch (unit_random(&state) % 3) {
		case 0:
			count[TALLY_FOUND_FILES] += unit_random(&state) % 9;
			break;
		default:
			if (count[TALLY_SIZED_FILES] ==
			    count[TALLY_FOUND_FILES])
				continue;
			count[TALLY_SIZED_FILES]++;
			count[TALLY_FOUND_BYTES] += size;
			count[TALLY_FILES]++;
			count[TALLY_BYTES] += size;
		}
		view = progress_look(&progress, after(1 + i / 100.0));
		/* By no more than the totals have grown. */
		if (view.permille < last.permille)
			assert_true(view.files_total > last.files_total ||
				    view.bytes_total > last.bytes_total);
		assert_true(view.permille < 1000);
		last = view;
	}
	count[TALLY_UNLISTED] = 0;
	count[TALLY_SKIPPED_FILES] =
		count[TALLY_FOUND_FILES] - count[TALLY_FILES];
	count[TALLY_SIZED_FILES] = count[TALLY_FOUND_FILES];
	assert_int_equal(progress_look(&progress, after(999)).permille, 1000);
}

/*
 * At a steady pace, while files are found that take as long as they are large.
 */
static void time_left_grows_by_what_was_found_and_no_more(void **unused)
{
	const uint64_t step = UTIL_SECOND / 100, slack = step / 100;
	struct progress progress = begun();
	uint64_t *count = progress.sum.count, state = 7;
	struct progress_view last = progress_look(&progress, START);
	uint64_t grown = 0, now = START;
	int i;

	(void)unused;
	count[TALLY_UNLISTED] = 1;
	count[TALLY_FOUND_FILES] = count[TALLY_SIZED_FILES] = 1;
	count[TALLY_FOUND_BYTES] = 4000 * (uint64_t)MIB;
	for (i = 0; i < 4000; i++) {
		struct progress_view view;
		uint64_t found = 0;

		if (i < 2000 && unit_random(&state) % 50 == 0) {
			count[TALLY_FOUND_FILES]++;
			count[TALLY_SIZED_FILES]++;
			found = unit_random(&state) % 50 * MIB;
			count[TALLY_FOUND_BYTES] += found;
			/* What a file costs but for its bytes: below that. */
			found += MIB;
		}
		count[TALLY_UNLISTED] = i < 2000;
		count[TALLY_PARTIAL_BYTES] += MIB;
		now += step;
		progress_sample(&progress, now);
		view = progress_look(&progress, now);
		if (last.left_known) {
			assert_true(view.left_known);
			assert_true(view.left + step <=
				    last.left + found / MIB * step + slack);
			grown += view.left > last.left;
		}
		last = view;
	}
	/* It was put to the test. */
	assert_in_range(grown, 10, 60);
}

static void many_empty_files_move_by_their_number(void **unused)
{
	struct progress progress = begun();

	(void)unused;
	progress.sum.count[TALLY_FOUND_FILES] = 1000;
	progress.sum.count[TALLY_SIZED_FILES] = 250;
	progress.sum.count[TALLY_FILES] = 250;
	assert_int_equal(progress_look(&progress, after(1)).permille, 250);
}

static void what_was_taken_back_too_early_is_none(void **unused)
{
	struct progress progress = one_file(MIB);
	struct progress_view view;

	(void)unused;
	progress.sum.count[TALLY_UNLISTED] = (uint64_t)-3;
	progress.sum.count[TALLY_PARTIAL_BYTES] = (uint64_t)-MIB;
	view = progress_look(&progress, after(1));
	assert_false(view.growing);
	assert_int_equal(view.bytes, 0);
}

static void time_spent_stopped_does_not_count(void **unused)
{
	struct progress progress = one_file(100 * MIB);
	struct progress_view view;

	(void)unused;
	progress.sum.count[TALLY_PARTIAL_BYTES] = 50 * MIB;
	progress_stop(&progress, after(1));
	view = progress_look(&progress, after(500));
	assert_int_equal(view.elapsed, UTIL_SECOND);
	progress_continue(&progress, after(1000));
	view = progress_look(&progress, after(1000));
	assert_int_equal(view.elapsed, UTIL_SECOND);
	assert_int_equal(view.rate, 50 * MIB);
	assert_int_equal(view.rate_overall, 50 * MIB);
	/* Going on without having stopped changes nothing. */
	progress_continue(&progress, after(1001));
	assert_int_equal(progress_elapsed(&progress, after(1001)),
			 2 * UTIL_SECOND);
}

static void the_rate_is_that_of_the_last_seconds(void **unused)
{
	struct progress progress = one_file(10000 * (uint64_t)MIB);
	struct progress_view view;
	int quarter;

	(void)unused;
	/* 100 MiB a second for 10 seconds, then 20 for as long. */
	for (quarter = 0; quarter < 80; quarter++) {
		progress_sample(&progress, after(quarter / 4.0));
		progress_sample(&progress, after(quarter / 4.0 + 0.1));
		progress.sum.count[TALLY_PARTIAL_BYTES] +=
			(quarter < 40 ? 25 : 5) * MIB;
	}
	view = progress_look(&progress, after(20));
	assert_in_range(view.rate, 19 * MIB, 21 * MIB);
	assert_in_range(view.rate_overall, 59 * MIB, 61 * MIB);
}

static void a_failed_file_takes_its_bytes_back(void **unused)
{
	struct progress progress = one_file(100 * MIB);
	struct progress_view view;
	int quarter;

	(void)unused;
	progress.sum.count[TALLY_PARTIAL_BYTES] = 90 * MIB;
	for (quarter = 0; quarter < 40; quarter++)
		progress_sample(&progress, after(quarter / 4.0));
	progress.sum.count[TALLY_PARTIAL_BYTES] = 0;
	view = progress_look(&progress, after(10));
	assert_int_equal(view.rate, 0);
	assert_false(view.left_known);
}

static void workers_add_up_and_say_what_they_are_at(void **unused)
{
	struct progress progress = begun();
	struct tally more = { { 0 } };
	struct progress_view view;

	(void)unused;
	progress_set_workers(&progress, 3);
	more.count[TALLY_FOUND_FILES] = more.count[TALLY_FILES] = 5;
	progress_hear(&progress, 0, 100, &more, "a/b", 3);
	progress_hear(&progress, 2, 102, &more, "cd-", 2);
	/* One that is not there is heard all the same. */
	progress_hear(&progress, 7, 107, &more, "e", 1);
	view = progress_look(&progress, after(1));
	assert_int_equal(view.files, 15);
	assert_int_equal(view.workers, 3);
	assert_string_equal(view.now, "cd");
	assert_string_equal(progress.worker[0].now, "a/b");
	assert_int_equal(progress.worker[0].pid, 100);
	assert_null(progress.worker[1].now);
	assert_int_equal(progress.worker[2].tally.count[TALLY_FILES], 5);
	/* What the parent is at goes first. */
	progress_name(&progress, "large");
	assert_string_equal(progress_look(&progress, after(1)).now, "large");
	progress_name(&progress, NULL);
	progress_set_workers(&progress, 0);
	view = progress_look(&progress, after(1));
	assert_int_equal(view.workers, 1);
	assert_null(view.now);
	assert_int_equal(view.files, 15);
	progress_end(&progress);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_known_before_anything_is_found),
		cmocka_unit_test(one_file_moves_by_its_bytes),
		cmocka_unit_test(it_is_100_percent_only_when_all_is_done),
		cmocka_unit_test(a_file_that_grows_is_never_more_than_all),
		cmocka_unit_test(who_only_waits_for_the_disk_is_writing_back),
		cmocka_unit_test(sizes_not_known_yet_are_those_of_the_others),
		cmocka_unit_test(it_falls_only_when_more_was_found),
		cmocka_unit_test(time_left_grows_by_what_was_found_and_no_more),
		cmocka_unit_test(many_empty_files_move_by_their_number),
		cmocka_unit_test(what_was_taken_back_too_early_is_none),
		cmocka_unit_test(time_spent_stopped_does_not_count),
		cmocka_unit_test(the_rate_is_that_of_the_last_seconds),
		cmocka_unit_test(a_failed_file_takes_its_bytes_back),
		cmocka_unit_test(workers_add_up_and_say_what_they_are_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
