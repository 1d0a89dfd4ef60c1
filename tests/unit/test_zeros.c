/* SPDX-License-Identifier: MIT */
/*
 * test_zeros: runs are told apart at the blocks of the file.
 */
#include "config.h"

#include "zeros.h"

#include <stdbool.h>

#include "unit.h"
#include "util.h"

#define BLOCK ZEROS_BLOCK

static void assert_run(const char *bytes, size_t length, uint64_t offset,
		       size_t expected, bool expected_zero)
{
	bool zero = !expected_zero;

	assert_int_equal(zeros_run(bytes, length, offset, &zero), expected);
	assert_int_equal(zero, expected_zero);
}

static void a_run_of_one_kind_goes_to_the_end(void **state)
{
	static const size_t lengths[] = {
		1, 15, 16, 17, BLOCK - 1, BLOCK, BLOCK + 1, 4 * BLOCK
	};
	static char zeros[4 * BLOCK];
	char data[4 * BLOCK];
	size_t i;

	(void)state;
	memset(data, 'x', sizeof(data));
	for (i = 0; i < UTIL_COUNT(lengths); i++) {
		assert_run(zeros, lengths[i], 0, lengths[i], true);
		assert_run(data, lengths[i], 0, lengths[i], false);
		assert_run(zeros, lengths[i], 777, lengths[i], true);
		assert_run(data, lengths[i], 777, lengths[i], false);
	}
}

static void one_byte_anywhere_makes_a_block_data(void **state)
{
	static char bytes[BLOCK];
	size_t i;

	(void)state;
	for (i = 0; i < BLOCK; i++) {
		bytes[i] = 1;
		assert_run(bytes, BLOCK, 0, BLOCK, false);
		assert_run(bytes, i + 1, 0, i + 1, false);
		if (i > 0)
			assert_run(bytes, i, 0, i, true);
		bytes[i] = 0;
	}
}

static void blocks_are_those_of_the_file(void **state)
{
	static char bytes[4 * BLOCK];

	(void)state;
	bytes[2 * BLOCK] = 1;
	assert_run(bytes, sizeof(bytes), 0, (size_t)2 * BLOCK, true);
	assert_run(bytes + 2 * BLOCK, (size_t)2 * BLOCK, 0, BLOCK, false);
	/* Begun 100 bytes into a block, the byte is 100 bytes into one. */
	assert_run(bytes, sizeof(bytes), 100, 2 * BLOCK - 100, true);
	assert_run(bytes + 2 * BLOCK - 100, BLOCK, (uint64_t)2 * BLOCK, BLOCK,
		   false);
	/* Numbers beyond 32 bits. */
	assert_run(bytes, sizeof(bytes), ((uint64_t)1 << 40) + 100,
		   2 * BLOCK - 100, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_of_one_kind_goes_to_the_end),
		cmocka_unit_test(one_byte_anywhere_makes_a_block_data),
		cmocka_unit_test(blocks_are_those_of_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
