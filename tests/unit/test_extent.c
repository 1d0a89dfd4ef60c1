/* SPDX-License-Identifier: MIT */
/*
 * test_extent: where a file has data.
 */
#include "config.h"

#include "extent.h"

#include <stdbool.h>

#include "unit.h"
#include "util.h"

/* Far enough apart for any file system to leave a hole between. */
#define STRIDE (4 * UTIL_MIB)

static void check(int fd, uint64_t from, uint64_t size, uint64_t start,
		  uint64_t end)
{
	struct extent extent = { 1, 2 };

	assert_int_equal(extent_next(fd, from, size, &extent), 1);
	assert_int_equal(extent.start, start);
	assert_int_equal(extent.end, end);
}

static void check_none(int fd, uint64_t from, uint64_t size)
{
	struct extent extent = { 1, 2 };

	assert_int_equal(extent_next(fd, from, size, &extent), 0);
	assert_int_equal(extent.start, 1);
	assert_int_equal(extent.end, 2);
}

static void a_file_without_holes_is_one_stretch(void **state)
{
	int fd = unit_memory_file(0);

	(void)state;
	unit_fill(fd, 0, 100000, 1);
	check(fd, 0, 100000, 0, 100000);
	check(fd, 50000, 100000, 50000, 100000);
	check(fd, 99999, 100000, 99999, 100000);
	check_none(fd, 100000, 100000);
	check_none(fd, 100001, 100000);
	close(fd);
}

static void a_file_of_holes_has_no_stretch(void **state)
{
	int fd = unit_memory_file(STRIDE);

	(void)state;
	check_none(fd, 0, STRIDE);
	check_none(fd, STRIDE / 2, STRIDE);
	close(fd);
}

static void an_empty_file_has_no_stretch(void **state)
{
	int fd = unit_memory_file(0);

	(void)state;
	check_none(fd, 0, 0);
	/* Cut to nothing since its size was asked. */
	check_none(fd, 0, 100);
	close(fd);
}

static void data_between_holes_is_found(void **state)
{
	size_t page = util_page_size();
	int fd = unit_memory_file(4 * STRIDE);

	(void)state;
	unit_fill(fd, STRIDE, page, 1);
	unit_fill(fd, 3 * STRIDE, 2 * page, 2);
	check(fd, 0, 4 * STRIDE, STRIDE, STRIDE + page);
	check(fd, STRIDE, 4 * STRIDE, STRIDE, STRIDE + page);
	check(fd, STRIDE + 1, 4 * STRIDE, STRIDE + 1, STRIDE + page);
	check(fd, STRIDE + page, 4 * STRIDE, 3 * STRIDE, 3 * STRIDE + 2 * page);
	check_none(fd, 3 * STRIDE + 2 * page, 4 * STRIDE);
	close(fd);
}

static void nothing_behind_the_size_counts(void **state)
{
	size_t page = util_page_size();
	int fd = unit_memory_file(4 * STRIDE);

	(void)state;
	unit_fill(fd, STRIDE, 2 * page, 1);
	check_none(fd, 0, STRIDE);
	check_none(fd, 0, STRIDE - 1);
	check(fd, 0, STRIDE + 1, STRIDE, STRIDE + 1);
	check(fd, 0, STRIDE + page + 5, STRIDE, STRIDE + page + 5);
	close(fd);
}

/* A disk's blocks may be larger than a page: only what must hold is asked. */
static void a_file_on_disk_loses_no_data(void **state)
{
	static const uint64_t at[] = { STRIDE + 5, 3 * STRIDE, 7 * STRIDE };
	int fd = unit_disk_file(8 * STRIDE);
	uint64_t from = 0, data = 0;
	bool found[UTIL_COUNT(at)] = { false };
	struct extent extent;
	size_t i;

	(void)state;
	for (i = 0; i < UTIL_COUNT(at); i++)
		unit_fill(fd, at[i], 1000, i);
	while (extent_next(fd, from, 8 * STRIDE, &extent) == 1) {
		assert_true(extent.start >= from);
		assert_true(extent.end > extent.start);
		assert_true(extent.end <= 8 * STRIDE);
		for (i = 0; i < UTIL_COUNT(at); i++)
			if (extent.start <= at[i] && extent.end >= at[i] + 1000)
				found[i] = true;
		data += extent.end - extent.start;
		from = extent.end;
	}
	for (i = 0; i < UTIL_COUNT(at); i++)
		assert_true(found[i]);
	/* A file system without holes says that all is data. */
	assert_in_range(data, 3 * 1000, 8 * STRIDE);
	close(fd);
}

static void what_cannot_be_asked_is_an_error(void **state)
{
	struct extent extent = { 1, 2 };
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(extent_next(ends[0], 0, 100, &extent), -1);
	assert_int_equal(errno, ESPIPE);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(extent_next(ends[0], 0, 100, &extent), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(extent.start, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_without_holes_is_one_stretch),
		cmocka_unit_test(a_file_of_holes_has_no_stretch),
		cmocka_unit_test(an_empty_file_has_no_stretch),
		cmocka_unit_test(data_between_holes_is_found),
		cmocka_unit_test(nothing_behind_the_size_counts),
		cmocka_unit_test(a_file_on_disk_loses_no_data),
		cmocka_unit_test(what_cannot_be_asked_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
