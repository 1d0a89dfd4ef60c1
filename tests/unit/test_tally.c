/* SPDX-License-Identifier: MIT */
/*
 * test_tally: numbers that are added, taken back, and sent as bytes.
 */
#include "config.h"

#include "tally.h"

#include "unit.h"
#include "util.h"

static struct tally drawn(uint64_t *state)
{
	struct tally tally = { { 0 } };
	size_t i;

	for (i = 0; i < TALLY_FIELDS; i++)
		if (unit_random(state) % 3 != 0)
			tally.count[i] = unit_random(state);
	return tally;
}

static bool is_same(const struct tally *a, const struct tally *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static void what_was_added_can_be_taken_back(void **unused)
{
	uint64_t state = 7;
	int i;

	(void)unused;
	for (i = 0; i < 100; i++) {
		const struct tally a = drawn(&state), b = drawn(&state);
		struct tally sum = a, rest;

		tally_add(&sum, &b);
		rest = tally_difference(&sum, &a);
		assert_true(is_same(&rest, &b));
		rest = tally_difference(&a, &sum);
		tally_add(&sum, &rest);
		assert_true(is_same(&sum, &a));
	}
}

static void bytes_give_the_same_back(void **unused)
{
	uint8_t bytes[TALLY_PACKED_MAX + 5];
	uint64_t state = 11;
	int i;

	(void)unused;
	for (i = 0; i < 100; i++) {
		const struct tally tally = drawn(&state);
		struct tally back;
		size_t length = tally_pack(&tally, bytes), cut;

		assert_true(length <= TALLY_PACKED_MAX);
		assert_int_equal(tally_unpack(bytes, sizeof(bytes), &back),
				 length);
		assert_true(is_same(&back, &tally));
		for (cut = 0; cut < length; cut++)
			assert_int_equal(tally_unpack(bytes, cut, &back), 0);
	}
}

static void nothing_is_eight_bytes(void **unused)
{
	const struct tally none = { { 0 } };
	uint8_t bytes[TALLY_PACKED_MAX];

	(void)unused;
	assert_int_equal(tally_pack(&none, bytes), 8);
}

static void fields_that_nobody_knows_are_refused(void **unused)
{
	uint8_t bytes[TALLY_PACKED_MAX] = { [7] = 0x80 };
	struct tally tally;

	(void)unused;
	assert_int_equal(tally_unpack(bytes, sizeof(bytes), &tally), 0);
}

static void every_error_is_of_a_kind_that_has_a_name(void **unused)
{
	int op;

	(void)unused;
	for (op = ERR_NONE + 1; op < ERR_OPS; op++) {
		const struct err err = { .op = (enum err_op)op };
		enum tally_error kind = tally_error_of(&err);

		assert_true(kind < TALLY_ERRORS);
		assert_true(strlen(tally_error_name(kind)) > 0);
	}
}

/* A new one is counted here by who has thought about its kind. */
static void of_each_kind_are_as_many_operations_as_were_counted(void **unused)
{
	static const unsigned int expected[TALLY_ERRORS] = {
		[TALLY_ERROR_SOURCE] = 9,      [TALLY_ERROR_DEST] = 21,
		[TALLY_ERROR_ATTRIBUTES] = 13, [TALLY_ERROR_REFUSED] = 16,
		[TALLY_ERROR_WORKER] = 2,      [TALLY_ERROR_OTHER] = 1,
	};
	unsigned int counted[TALLY_ERRORS] = { 0 };
	int op;

	(void)unused;
	for (op = ERR_NONE + 1; op < ERR_OPS; op++) {
		const struct err err = { .op = (enum err_op)op };

		counted[tally_error_of(&err)]++;
	}
	for (op = 0; op < TALLY_ERRORS; op++)
		assert_int_equal(counted[op], expected[op]);
}

static void a_full_disk_is_one_whatever_was_done(void **unused)
{
	static const struct {
		struct err err;
		enum tally_error kind;
	} rows[] = {
		{ { ENOSPC, ERR_WRITE }, TALLY_ERROR_SPACE },
		{ { EDQUOT, ERR_MKDIR }, TALLY_ERROR_SPACE },
		{ { EACCES, ERR_OPEN_SOURCE }, TALLY_ERROR_PERMISSION },
		{ { EPERM, ERR_PRESERVE_OWNER }, TALLY_ERROR_ATTRIBUTES },
		{ { EIO, ERR_READ }, TALLY_ERROR_SOURCE },
		{ { EIO, ERR_WRITE }, TALLY_ERROR_DEST },
		{ { SIGKILL, ERR_BATCH_DIED }, TALLY_ERROR_WORKER },
		/* 27 is SIGPROF here, and no file that is too big. */
		{ { EFBIG, ERR_WORKER_DIED }, TALLY_ERROR_WORKER },
	};
	size_t i;

	(void)unused;
	for (i = 0; i < UTIL_COUNT(rows); i++)
		assert_int_equal(tally_error_of(&rows[i].err), rows[i].kind);
}

static void in_the_end_nothing_is_on_its_way(void **unused)
{
	struct tally tally = { { 0 } };

	(void)unused;
	tally.count[TALLY_FOUND_FILES] = 10;
	tally.count[TALLY_FILES] = 6;
	tally.count[TALLY_SKIPPED_FILES] = 1;
	tally.count[TALLY_UNLISTED] = 2;
	tally.count[TALLY_PARTIAL_BYTES] = 77;
	tally.count[TALLY_TO_WRITE_BACK] = 88;
	tally.count[TALLY_WRITTEN_BACK] = 99;
	tally_settle(&tally);
	assert_int_equal(tally.count[TALLY_FAILED_FILES], 3);
	assert_int_equal(tally.count[TALLY_UNLISTED], 0);
	assert_int_equal(tally.count[TALLY_PARTIAL_BYTES], 0);
	assert_int_equal(tally.count[TALLY_TO_WRITE_BACK], 0);
	assert_int_equal(tally.count[TALLY_WRITTEN_BACK], 0);
	assert_int_equal(tally.count[TALLY_FILES], 6);
}

static void errors_of_all_kinds_are_added_up(void **unused)
{
	struct tally tally = { { 0 } };

	(void)unused;
	tally.count[TALLY_BY_ERROR + TALLY_ERROR_SOURCE] = 2;
	tally.count[TALLY_BY_ERROR + TALLY_ERROR_OTHER] = 3;
	tally.count[TALLY_FILES] = 99;
	assert_int_equal(tally_errors(&tally), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_added_can_be_taken_back),
		cmocka_unit_test(bytes_give_the_same_back),
		cmocka_unit_test(nothing_is_eight_bytes),
		cmocka_unit_test(fields_that_nobody_knows_are_refused),
		cmocka_unit_test(every_error_is_of_a_kind_that_has_a_name),
		cmocka_unit_test(
			of_each_kind_are_as_many_operations_as_were_counted),
		cmocka_unit_test(a_full_disk_is_one_whatever_was_done),
		cmocka_unit_test(in_the_end_nothing_is_on_its_way),
		cmocka_unit_test(errors_of_all_kinds_are_added_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
