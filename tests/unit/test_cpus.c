/* SPDX-License-Identifier: MIT */
/*
 * test_cpus: how many CPUs a quota amounts to, and an affinity mask.
 *
 * Control groups cannot be had everywhere: what their files say is left to
 * cpus_of_quota here.
 */
#include "config.h"

#include "cpus.h"

#include <limits.h>
#include <sched.h>

#include "unit.h"

static void a_quota_is_rounded_up_to_cpus(void **state)
{
	(void)state;
	assert_int_equal(cpus_of_quota(1, 100000), 1);
	assert_int_equal(cpus_of_quota(50000, 100000), 1);
	assert_int_equal(cpus_of_quota(100000, 100000), 1);
	assert_int_equal(cpus_of_quota(100001, 100000), 2);
	assert_int_equal(cpus_of_quota(150000, 100000), 2);
	assert_int_equal(cpus_of_quota(200000, 100000), 2);
	assert_int_equal(cpus_of_quota(6400000, 100000), 64);
	assert_int_equal(cpus_of_quota(LLONG_MAX, LLONG_MAX), 1);
	assert_int_equal(cpus_of_quota(LLONG_MAX, LLONG_MAX - 1), 2);
}

static void no_quota_is_no_limit(void **state)
{
	(void)state;
	/* Version 1 says -1. */
	assert_int_equal(cpus_of_quota(-1, 100000), 0);
	assert_int_equal(cpus_of_quota(0, 100000), 0);
	assert_int_equal(cpus_of_quota(LLONG_MIN, 100000), 0);
}

static void a_quota_that_makes_no_sense_is_no_limit(void **state)
{
	(void)state;
	assert_int_equal(cpus_of_quota(100000, 0), 0);
	assert_int_equal(cpus_of_quota(100000, -1), 0);
	assert_int_equal(cpus_of_quota(100000, LLONG_MIN), 0);
	/* More than there are numbers for. */
	assert_int_equal(cpus_of_quota(LLONG_MAX, 1), 0);
}

static void use_one_cpu(void)
{
	cpu_set_t mine, one;
	int cpu = 0;

	UNIT_CHECK(sched_getaffinity(0, sizeof(mine), &mine) == 0);
	while (!CPU_ISSET(cpu, &mine))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	UNIT_CHECK(sched_setaffinity(0, sizeof(one), &one) == 0);
	UNIT_CHECK(cpus_available() == 1);
}

static void only_the_cpus_of_the_affinity_mask_count(void **state)
{
	cpu_set_t mine;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(mine), &mine), 0);
	assert_in_range(cpus_available(), 1, CPU_COUNT(&mine));
	assert_int_equal(unit_child(use_one_cpu), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quota_is_rounded_up_to_cpus),
		cmocka_unit_test(no_quota_is_no_limit),
		cmocka_unit_test(a_quota_that_makes_no_sense_is_no_limit),
		cmocka_unit_test(only_the_cpus_of_the_affinity_mask_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
