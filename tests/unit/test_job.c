/* SPDX-License-Identifier: MIT */
/*
 * test_job: how large files are cut into chunks.
 */
#include "config.h"

#include "job.h"

#include <stdbool.h>

#include "unit.h"
#include "util.h"

#define PAGE 4096
#define GIB (1024 * UTIL_MIB)

/* No test walks more chunks than this. */
#define CHUNKS_MOST 300000

static const unsigned int worker_counts[] = { 1, 2, 3, 5, 16, 61, 4096 };

/* Walks [0, size) as transfer does; returns how many chunks that takes. */
static uint64_t walk(uint64_t size, uint64_t chunk_size)
{
	uint64_t at = 0, count = 0;

	while (at < size) {
		uint64_t length = job_chunk_length(at, size, chunk_size);

		assert_true(length > 0);
		assert_true(length <= chunk_size);
		assert_true(length <= size - at);
		assert_int_equal(at % PAGE, 0);
		at += length;
		count++;
	}
	assert_int_equal(at, size);
	return count;
}

static void chunks_cover_a_file_exactly_once(void **state)
{
	static const uint64_t sizes[] = {
		1,
		PAGE - 1,
		PAGE,
		PAGE + 1,
		2 * PAGE,
		10 * PAGE + 7,
		8 * UTIL_MIB - 1,
		8 * UTIL_MIB,
		8 * UTIL_MIB + 1,
		GIB + 3,
		5 * GIB,
		1024 * GIB + 1,
	};
	static const uint64_t wanted[] = { 0, PAGE, 3 * PAGE, 2 * UTIL_MIB,
					   GIB };
	size_t i, j, k;

	(void)state;
	for (i = 0; i < UTIL_COUNT(sizes); i++) {
		for (j = 0; j < UTIL_COUNT(worker_counts); j++) {
			for (k = 0; k < UTIL_COUNT(wanted); k++) {
				uint64_t chunk = job_chunk_size(
					sizes[i], worker_counts[j], wanted[k],
					PAGE);

				if (sizes[i] / chunk < CHUNKS_MOST)
					walk(sizes[i], chunk);
			}
		}
	}
}

static void chunks_are_whole_pages_of_any_size(void **state)
{
	uint64_t seed = 1;
	size_t i;

	(void)state;
	for (i = 0; i < 100000; i++) {
		size_t page = (size_t)PAGE << unit_random(&seed) % 5;
		uint64_t size = unit_random(&seed) >>
				(1 + unit_random(&seed) % 62);
		unsigned int workers =
			1 + (unsigned int)(unit_random(&seed) % 4096);
		uint64_t chunk = job_chunk_size(size, workers, 0, page);

		assert_true(chunk >= page);
		assert_int_equal(chunk % page, 0);
	}
}

static void each_worker_can_have_a_chunk_where_there_are_the_pages(void **state)
{
	uint64_t seed = 2;
	size_t i;

	(void)state;
	for (i = 0; i < 100000; i++) {
		unsigned int workers =
			1 + (unsigned int)(unit_random(&seed) % 4096);
		uint64_t size =
			(uint64_t)workers * PAGE +
			(unit_random(&seed) >> (24 + unit_random(&seed) % 40));
		uint64_t chunk = job_chunk_size(size, workers, 0, PAGE);

		assert_true((size + chunk - 1) / chunk >= workers);
	}
}

static void with_fewer_pages_than_workers_a_chunk_is_a_page(void **state)
{
	(void)state;
	assert_int_equal(job_chunk_size(1, 5, 0, PAGE), PAGE);
	assert_int_equal(job_chunk_size(4 * PAGE, 5, 0, PAGE), PAGE);
	assert_int_equal(job_chunk_size(5 * PAGE, 5, 0, PAGE), PAGE);
	assert_int_equal(job_chunk_size(0, 5, 0, PAGE), PAGE);
	assert_int_equal(job_chunk_size(100, 4096, 0, 65536), 65536);
}

static void large_files_have_several_chunks_a_worker(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < UTIL_COUNT(worker_counts); i++) {
		unsigned int workers = worker_counts[i];
		uint64_t size = (uint64_t)workers * 100 * UTIL_MIB + 4097;
		uint64_t chunk = job_chunk_size(size, workers, 0, PAGE);

		assert_true(walk(size, chunk) >= 3 * (uint64_t)workers);
	}
}

static void chunks_of_large_files_fit_huge_pages_and_are_bounded(void **state)
{
	uint64_t size;

	(void)state;
	for (size = GIB; size < INT64_MAX / 3; size = size * 3 + 12345) {
		uint64_t chunk = job_chunk_size(size, 5, 0, PAGE);

		assert_int_equal(chunk % (2 * UTIL_MIB), 0);
		assert_in_range(chunk, 2 * UTIL_MIB, 256 * UTIL_MIB);
	}
}

static void the_largest_file_overflows_nothing(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < UTIL_COUNT(worker_counts); i++)
		assert_int_equal(job_chunk_size(INT64_MAX, worker_counts[i], 0,
						PAGE),
				 256 * UTIL_MIB);
	assert_int_equal(job_chunk_length(INT64_MAX - 1, INT64_MAX, PAGE), 1);
	assert_int_equal(job_chunk_length(0, INT64_MAX, INT64_MAX), INT64_MAX);
}

static void the_users_chunk_size_is_taken(void **state)
{
	(void)state;
	assert_int_equal(job_chunk_size(GIB, 5, PAGE, PAGE), PAGE);
	assert_int_equal(job_chunk_size(GIB, 5, 3 * PAGE, PAGE), 3 * PAGE);
	assert_int_equal(job_chunk_size(1, 5, 4 * GIB, PAGE), 4 * GIB);
}

static void a_chunk_ends_where_the_next_multiple_begins(void **state)
{
	(void)state;
	assert_int_equal(job_chunk_length(0, 100, 30), 30);
	assert_int_equal(job_chunk_length(30, 100, 30), 30);
	assert_int_equal(job_chunk_length(40, 100, 30), 20);
	assert_int_equal(job_chunk_length(59, 100, 30), 1);
	assert_int_equal(job_chunk_length(90, 100, 30), 10);
	assert_int_equal(job_chunk_length(99, 100, 30), 1);
	assert_int_equal(job_chunk_length(0, 10, 30), 10);
}

static void large_chunks_are_given_one_at_a_time(void **state)
{
	uint64_t length;

	(void)state;
	assert_int_equal(job_window(1), JOB_WINDOW);
	assert_int_equal(job_window(PAGE), JOB_WINDOW);
	assert_int_equal(job_window(256 * UTIL_MIB), 1);
	assert_int_equal(job_window(INT64_MAX), 1);
	/* Never more for a larger one, and never none. */
	for (length = PAGE; length < GIB; length *= 2) {
		assert_in_range(job_window(length), 1, JOB_WINDOW);
		assert_true(job_window(2 * length) <= job_window(length));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chunks_cover_a_file_exactly_once),
		cmocka_unit_test(chunks_are_whole_pages_of_any_size),
		cmocka_unit_test(
			each_worker_can_have_a_chunk_where_there_are_the_pages),
		cmocka_unit_test(
			with_fewer_pages_than_workers_a_chunk_is_a_page),
		cmocka_unit_test(large_files_have_several_chunks_a_worker),
		cmocka_unit_test(
			chunks_of_large_files_fit_huge_pages_and_are_bounded),
		cmocka_unit_test(the_largest_file_overflows_nothing),
		cmocka_unit_test(the_users_chunk_size_is_taken),
		cmocka_unit_test(a_chunk_ends_where_the_next_multiple_begins),
		cmocka_unit_test(large_chunks_are_given_one_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
