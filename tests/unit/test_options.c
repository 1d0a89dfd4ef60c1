/* SPDX-License-Identifier: MIT */
/*
 * test_options: what holds when nothing is said, and what is refused.
 */
#include "config.h"

#include "options.h"

#include "unit.h"

#define PAGE 4096

static void nothing_is_set_by_default(void **state)
{
	const struct mcp_options options = options_defaults();

	(void)state;
	assert_null(options.target_directory);
	assert_false(options.no_target_directory);
	assert_false(options.force);
	assert_false(options.no_clobber);
	assert_false(options.verbose);
	assert_int_equal(options.jobs, 0);
	assert_int_equal(options.chunk_size, 0);
	assert_int_equal(options.engine, OPTIONS_ENGINE_AUTO);
	assert_false(options.posixly_correct);
	assert_int_equal(options.closed_descriptors, 0);
}

static void the_defaults_are_valid(void **state)
{
	struct mcp_options options = options_defaults();

	(void)state;
	assert_null(options_validate(&options, PAGE));
}

static void more_workers_than_the_most_are_refused(void **state)
{
	struct mcp_options options = options_defaults();

	(void)state;
	options.jobs = 1;
	assert_null(options_validate(&options, PAGE));
	options.jobs = OPTIONS_MAX_JOBS;
	assert_null(options_validate(&options, PAGE));
	options.jobs = OPTIONS_MAX_JOBS + 1;
	assert_non_null(options_validate(&options, PAGE));
	options.jobs = UINT32_MAX;
	assert_non_null(options_validate(&options, PAGE));
}

static void a_chunk_is_a_multiple_of_this_machines_page(void **state)
{
	struct mcp_options options = options_defaults();

	(void)state;
	options.chunk_size = PAGE;
	assert_null(options_validate(&options, PAGE));
	assert_non_null(options_validate(&options, (size_t)4 * PAGE));
	options.chunk_size = (uint64_t)64 * PAGE;
	assert_null(options_validate(&options, (size_t)4 * PAGE));
	options.chunk_size = PAGE - 1;
	assert_non_null(options_validate(&options, PAGE));
	options.chunk_size = PAGE + 1;
	assert_non_null(options_validate(&options, PAGE));
	options.chunk_size = 1;
	assert_non_null(options_validate(&options, PAGE));
	options.chunk_size = (uint64_t)1 << 62;
	assert_null(options_validate(&options, PAGE));
	options.chunk_size++;
	assert_non_null(options_validate(&options, PAGE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_set_by_default),
		cmocka_unit_test(the_defaults_are_valid),
		cmocka_unit_test(more_workers_than_the_most_are_refused),
		cmocka_unit_test(a_chunk_is_a_multiple_of_this_machines_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
