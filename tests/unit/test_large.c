/* SPDX-License-Identifier: MIT */
/*
 * test_large: which large files of a tree go to one worker, and which to all.
 */
#include "config.h"

#include "large.h"

#include "unit.h"

/* A list of files of SIZES, up to a 0. */
static struct kept_list list_of(const uint64_t *sizes, struct tally *sum)
{
	const struct job_body body = { (const uint8_t *)"x", 1 };
	struct kept_list list = { 0 };

	for (; *sizes > 0; sizes++)
		assert_int_equal(large_keep(&list, &body, *sizes, sum), 0);
	return list;
}

/* SIZES, divided among WORKERS: the first ALONE of EXPECTED are for one. */
static void assert_divided(const uint64_t *sizes, unsigned int workers,
			   size_t alone, const uint64_t *expected)
{
	struct tally sum = { 0 };
	struct kept_list list = list_of(sizes, &sum);
	size_t i;

	assert_int_equal(large_divide(&list, workers), alone);
	for (i = 0; i < list.count; i++)
		assert_int_equal(list.items[i].size, expected[i]);
	assert_int_equal(expected[i], 0);
	kept_free(&list);
}

static void one_file_is_for_all(void **state)
{
	const uint64_t one[] = { 100, 0 };

	(void)state;
	assert_divided(one, 2, 0, one);
	assert_divided(one, 16, 0, one);
}

static void of_equal_files_the_last_are_for_all(void **state)
{
	const uint64_t five[] = { 7, 7, 7, 7, 7, 0 };

	(void)state;
	assert_divided(five, 2, 4, five);
	assert_divided(five, 4, 2, five);
	assert_divided(five, 8, 0, five);
}

static void the_largest_come_first(void **state)
{
	const uint64_t sizes[] = { 10, 40, 20, 30, 0 };
	const uint64_t sorted[] = { 40, 30, 20, 10, 0 };

	(void)state;
	assert_divided(sizes, 2, 2, sorted);
}

static void a_giant_is_for_all_and_the_others_are_not(void **state)
{
	const uint64_t sizes[] = { 10, 1000, 10, 10, 0 };
	const uint64_t divided[] = { 10, 10, 1000, 10, 0 };

	(void)state;
	assert_divided(sizes, 2, 2, divided);
}

static void one_worker_has_them_all(void **state)
{
	const uint64_t two[] = { 10, 10, 0 };

	(void)state;
	assert_divided(two, 1, 2, two);
}

/* A directory: it would come back. */
static void what_has_no_size_is_for_none(void **state)
{
	const struct job_body body = { (const uint8_t *)"x", 1 };
	struct kept_list list = { 0 };
	struct tally sum = { 0 };
	unsigned int workers;

	(void)state;
	assert_int_equal(large_keep(&list, &body, 0, &sum), 0);
	assert_int_equal(large_keep(&list, &body, 10, &sum), 0);
	assert_int_equal(large_keep(&list, &body, 0, &sum), 0);
	for (workers = 1; workers < 4; workers++)
		assert_int_equal(large_divide(&list, workers), workers == 1);
	assert_int_equal(list.items[0].size, 10);
	kept_free(&list);
}

static void no_files_are_no_trouble(void **state)
{
	const uint64_t none[] = { 0 };

	(void)state;
	assert_divided(none, 2, 0, none);
}

static void a_size_is_known_while_it_waits(void **state)
{
	const uint64_t sizes[] = { 5, 6, 0 };
	struct tally sum = { .count = { [TALLY_UNLISTED] = 2 } };
	struct kept_list list = list_of(sizes, &sum);
	size_t i;

	(void)state;
	assert_int_equal(sum.count[TALLY_UNLISTED], 0);
	assert_int_equal(sum.count[TALLY_FOUND_BYTES], 11);
	for (i = 0; i < list.count; i++)
		large_forget(&list.items[i], &sum);
	assert_int_equal(sum.count[TALLY_UNLISTED], 2);
	assert_int_equal(sum.count[TALLY_FOUND_BYTES], 0);
	kept_free(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_file_is_for_all),
		cmocka_unit_test(of_equal_files_the_last_are_for_all),
		cmocka_unit_test(the_largest_come_first),
		cmocka_unit_test(a_giant_is_for_all_and_the_others_are_not),
		cmocka_unit_test(one_worker_has_them_all),
		cmocka_unit_test(what_has_no_size_is_for_none),
		cmocka_unit_test(no_files_are_no_trouble),
		cmocka_unit_test(a_size_is_known_while_it_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
