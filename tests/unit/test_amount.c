/* SPDX-License-Identifier: MIT */
/*
 * test_amount: bytes and times in words.
 */
#include "config.h"

#include "amount.h"

#include "progress.h"
#include "unit.h"
#include "util.h"

static void sizes_have_three_digits(void **unused)
{
	static const struct {
		uint64_t bytes;
		const char *word;
	} rows[] = {
		{ 0, "0 B" },
		{ 1023, "1023 B" },
		{ 1024, "1.00 KiB" },
		{ 1536, "1.50 KiB" },
		{ 12 * 1024, "12.0 KiB" },
		{ 123 * 1024, "123 KiB" },
		{ 1024 * 1024 - 1, "1.00 MiB" },
		{ (uint64_t)5 << 40, "5.00 TiB" },
		{ UINT64_MAX, "16.0 EiB" },
	};
	char word[AMOUNT_WORD];
	size_t i;

	(void)unused;
	for (i = 0; i < UTIL_COUNT(rows); i++) {
		amount_bytes(rows[i].bytes, word);
		assert_string_equal(word, rows[i].word);
	}
}

static void times_are_read_as_on_a_clock(void **unused)
{
	static const struct {
		uint64_t seconds;
		const char *word;
	} rows[] = {
		{ 0, "0:00" },		{ 59, "0:59" },
		{ 3599, "59:59" },	{ 3600, "1:00:00" },
		{ 359999, "99:59:59" }, { 360000, "4d 04h" },
	};
	char word[AMOUNT_WORD];
	size_t i;

	(void)unused;
	for (i = 0; i < UTIL_COUNT(rows); i++) {
		amount_time(rows[i].seconds * UTIL_SECOND, word);
		assert_string_equal(word, rows[i].word);
	}
	amount_time(UTIL_SECOND * 6 / 10, word);
	assert_string_equal(word, "0:01");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_have_three_digits),
		cmocka_unit_test(times_are_read_as_on_a_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
