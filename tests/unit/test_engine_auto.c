/* SPDX-License-Identifier: MIT */
/*
 * test_engine_auto: the table is read as it is meant.
 */
#include "config.h"

#include "engine_auto.h"

#include "sys.h"
#include "unit.h"
#include "util.h"

#define NO_TYPE 0x12345678

static enum options_engine best(uint32_t type, bool huge_pages,
				unsigned int workers)
{
	enum options_engine ranked[OPTIONS_ENGINES];
	const struct engine_case about = { .type = type,
					   .huge_pages = huge_pages,
					   .workers = workers };

	assert_true(engine_auto_rank(&about, ranked) >= 1);
	return ranked[0];
}

/* What the measurements say, once more: who changes a row changes both. */
static void each_file_system_has_its_engine(void **state)
{
	(void)state;
	assert_int_equal(best(TMPFS_MAGIC, true, 1), OPTIONS_ENGINE_CFR);
	assert_int_equal(best(TMPFS_MAGIC, true, 2), OPTIONS_ENGINE_MMAP);
	assert_int_equal(best(TMPFS_MAGIC, false, 1), OPTIONS_ENGINE_CFR);
	assert_int_equal(best(TMPFS_MAGIC, false, 2), OPTIONS_ENGINE_RW);
	assert_int_equal(best(TMPFS_MAGIC, false, 64), OPTIONS_ENGINE_RW);
	assert_int_equal(best(EXT4_SUPER_MAGIC, false, 1), OPTIONS_ENGINE_CFR);
	assert_int_equal(best(EXT4_SUPER_MAGIC, false, 3), OPTIONS_ENGINE_RW);
	assert_int_equal(best(EXT4_SUPER_MAGIC, false, 4), OPTIONS_ENGINE_MMAP);
	assert_int_equal(best(XFS_SUPER_MAGIC, false, 1), OPTIONS_ENGINE_RW);
	assert_int_equal(best(XFS_SUPER_MAGIC, false, 2), OPTIONS_ENGINE_RW);
	assert_int_equal(best(XFS_SUPER_MAGIC, false, 4096),
			 OPTIONS_ENGINE_MMAP);
	assert_int_equal(best(BTRFS_SUPER_MAGIC, false, 1), OPTIONS_ENGINE_RW);
	assert_int_equal(best(BTRFS_SUPER_MAGIC, false, 2), OPTIONS_ENGINE_RW);
	assert_int_equal(best(BTRFS_SUPER_MAGIC, false, 4),
			 OPTIONS_ENGINE_MMAP);
}

static void pieces_are_not_mapped_but_by_huge_pages(void **state)
{
	static const uint32_t types[] = { EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC,
					  BTRFS_SUPER_MAGIC, NO_TYPE };
	struct engine_case about = { .workers = 8, .pieces = true };
	enum options_engine ranked[OPTIONS_ENGINES];
	size_t i;

	(void)state;
	for (i = 0; i < UTIL_COUNT(types); i++) {
		about.type = types[i];
		engine_auto_rank(&about, ranked);
		assert_int_equal(ranked[0], OPTIONS_ENGINE_RW);
	}
	about.type = TMPFS_MAGIC;
	about.huge_pages = true;
	engine_auto_rank(&about, ranked);
	assert_int_equal(ranked[0], OPTIONS_ENGINE_MMAP);
}

/* Where the source is not in memory, whatever the rest. */
static enum options_engine best_from(enum engine_from from, uint32_t type,
				     bool huge_pages, unsigned int workers)
{
	enum options_engine ranked[OPTIONS_ENGINES];
	const struct engine_case about = { .type = type,
					   .huge_pages = huge_pages,
					   .workers = workers,
					   .from = from };

	assert_true(engine_auto_rank(&about, ranked) >= 1);
	return ranked[0];
}

static void what_is_read_from_disk_is_not_mapped(void **state)
{
	static const uint32_t types[] = { TMPFS_MAGIC, EXT4_SUPER_MAGIC,
					  XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC,
					  NO_TYPE };
	size_t i;
	unsigned int workers;

	(void)state;
	for (i = 0; i < UTIL_COUNT(types); i++)
		for (workers = 1; workers < 6; workers++)
			assert_int_equal(best_from(ENGINE_FROM_DISK, types[i],
						   workers & 1, workers),
					 OPTIONS_ENGINE_RW);
}

static void what_is_larger_than_memory_goes_past_it(void **state)
{
	(void)state;
	assert_int_equal(best_from(ENGINE_FROM_BEYOND, EXT4_SUPER_MAGIC, false,
				   1),
			 OPTIONS_ENGINE_DIRECT);
	assert_int_equal(best_from(ENGINE_FROM_BEYOND, XFS_SUPER_MAGIC, false,
				   8),
			 OPTIONS_ENGINE_DIRECT);
	assert_int_equal(best_from(ENGINE_FROM_BEYOND, TMPFS_MAGIC, true, 2),
			 OPTIONS_ENGINE_RW);
}

static void what_goes_from_disk_to_disk_goes_past_the_cache(void **state)
{
	struct engine_case about = { .type = EXT4_SUPER_MAGIC,
				     .workers = 2,
				     .from = ENGINE_FROM_DISK,
				     .durable = true };
	enum options_engine ranked[OPTIONS_ENGINES];

	(void)state;
	engine_auto_rank(&about, ranked);
	assert_int_equal(ranked[0], OPTIONS_ENGINE_DIRECT);
	about.type = XFS_SUPER_MAGIC;
	engine_auto_rank(&about, ranked);
	assert_int_equal(ranked[0], OPTIONS_ENGINE_DIRECT);
	about.type = BTRFS_SUPER_MAGIC;
	engine_auto_rank(&about, ranked);
	assert_int_equal(ranked[0], OPTIONS_ENGINE_RW);
	/* What is cached need not be read, whatever becomes of the copy. */
	about.type = EXT4_SUPER_MAGIC;
	about.from = ENGINE_FROM_CACHE;
	engine_auto_rank(&about, ranked);
	assert_int_equal(ranked[0], best(EXT4_SUPER_MAGIC, false, 2));
}

static void what_nobody_has_measured_is_read_and_written(void **state)
{
	(void)state;
	assert_int_equal(best(NO_TYPE, false, 1), OPTIONS_ENGINE_RW);
	assert_int_equal(best(NO_TYPE, false, 64), OPTIONS_ENGINE_RW);
	assert_int_equal(best(0, true, 2), OPTIONS_ENGINE_RW);
}

static void rw_is_always_the_last_and_sharing_is_nobodys_choice(void **state)
{
	static const uint32_t types[] = { TMPFS_MAGIC, EXT4_SUPER_MAGIC,
					  XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC,
					  NO_TYPE };
	size_t i;
	unsigned int bits, workers, j;

	(void)state;
	for (i = 0; i < UTIL_COUNT(types); i++) {
		for (bits = 0; bits < 4; bits++) {
			for (workers = 1; workers < 6; workers++) {
				enum options_engine ranked[OPTIONS_ENGINES];
				const struct engine_case about = {
					.type = types[i],
					.huge_pages = bits & 1,
					.existing = bits & 2,
					.workers = workers,
				};
				unsigned int count =
					engine_auto_rank(&about, ranked);

				assert_in_range(count, 1, OPTIONS_ENGINES);
				assert_int_equal(ranked[count - 1],
						 OPTIONS_ENGINE_RW);
				for (j = 0; j < count; j++) {
					assert_int_not_equal(
						ranked[j],
						OPTIONS_ENGINE_CLONE);
					assert_true(
						ranked[j] !=
							OPTIONS_ENGINE_CFR ||
						types[i] == TMPFS_MAGIC ||
						types[i] == EXT4_SUPER_MAGIC);
				}
			}
		}
	}
}

static void a_file_is_looked_at(void **state)
{
	struct engine_case about = { .huge_pages = true, .workers = 7 };
	int fd = unit_memory_file(1);

	(void)state;
	engine_auto_look(&about, fd, fd, 1);
	assert_int_equal(about.type, TMPFS_MAGIC);
	/* The kernel's own tmpfs is mounted nowhere. */
	assert_false(about.huge_pages);
	assert_int_equal(about.workers, 7);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_file_system_has_its_engine),
		cmocka_unit_test(pieces_are_not_mapped_but_by_huge_pages),
		cmocka_unit_test(what_is_read_from_disk_is_not_mapped),
		cmocka_unit_test(what_is_larger_than_memory_goes_past_it),
		cmocka_unit_test(
			what_goes_from_disk_to_disk_goes_past_the_cache),
		cmocka_unit_test(what_nobody_has_measured_is_read_and_written),
		cmocka_unit_test(
			rw_is_always_the_last_and_sharing_is_nobodys_choice),
		cmocka_unit_test(a_file_is_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
