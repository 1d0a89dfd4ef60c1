/* SPDX-License-Identifier: MIT */
/*
 * test_store: what is copied past the caches arrives, and nothing beside it.
 */
#include "config.h"

#include "store.h"

#include "unit.h"

#define MOST 300
#define SKEW 80

static void check(const char *source, size_t skew, size_t length)
{
	char dest[MOST + 2 * SKEW], expected[sizeof(dest)];

	memset(dest, '.', sizeof(dest));
	memcpy(expected, dest, sizeof(dest));
	memcpy(expected + skew, source, length);
	store_past_cache(dest + skew, source, length);
	assert_memory_equal(dest, expected, sizeof(dest));
}

static void any_length_goes_to_any_address_from_any(void **state)
{
	char source[MOST + SKEW];
	size_t i, to, from, length;

	(void)state;
	for (i = 0; i < sizeof(source); i++)
		source[i] = (char)(i * 7 + 1);
	for (to = 0; to < SKEW; to++)
		for (from = 0; from < 17; from++)
			for (length = 0; length <= MOST; length++)
				check(source + from, to, length);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_length_goes_to_any_address_from_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
