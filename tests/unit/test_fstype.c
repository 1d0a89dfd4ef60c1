/* SPDX-License-Identifier: MIT */
/*
 * test_fstype: what is believed of file systems.
 */
#include "config.h"

#include "fstype.h"

#include <fcntl.h>
#include <unistd.h>

#include "sys.h"
#include "unit.h"
#include "util.h"

static void each_is_believed_what_was_found_out(void **unused)
{
	static const struct fstype rows[] = {
		{ EXT4_SUPER_MAGIC, true, true, false, true, false, true, false,
		  false },
		{ XFS_SUPER_MAGIC, true, true, true, true, true, false, false,
		  false },
		{ TMPFS_MAGIC, true, true, false, false, false, true, false,
		  false },
		{ BTRFS_SUPER_MAGIC, true, false, false, false, false, false,
		  false, false },
		{ OVERLAYFS_SUPER_MAGIC, true, false, false, false, false,
		  false, false, false },
		{ PROC_SUPER_MAGIC, false, false, false, false, false, false,
		  true, false },
		{ CGROUP2_SUPER_MAGIC, false, false, false, false, false, false,
		  true, false },
		{ 0x7461636f /* ocfs2 */, false, false, false, false, false,
		  false, false, true },
	};
	size_t i;

	(void)unused;
	for (i = 0; i < UTIL_COUNT(rows); i++) {
		const struct fstype *type = fstype_by_magic(rows[i].magic);

		assert_int_equal(type->magic, rows[i].magic);
		assert_int_equal(type->local, rows[i].local);
		assert_int_equal(type->counts_space, rows[i].counts_space);
		assert_int_equal(type->frees_later, rows[i].frees_later);
		assert_int_equal(type->preallocate, rows[i].preallocate);
		assert_int_equal(type->copies_small, rows[i].copies_small);
		assert_int_equal(type->moves_small, rows[i].moves_small);
		assert_int_equal(type->made_up, rows[i].made_up);
		assert_int_equal(type->shared_device, rows[i].shared_device);
	}
}

static bool is_nothing_good(const struct fstype *type)
{
	return !type->local && !type->counts_space && !type->frees_later &&
	       !type->preallocate && !type->copies_small &&
	       !type->moves_small && !type->made_up;
}

static void of_others_nothing_is_believed(void **unused)
{
	static const uint32_t others[] = { 0, NFS_SUPER_MAGIC,
					   0x65735546 /* FUSE */, UINT32_MAX };
	size_t i;

	(void)unused;
	for (i = 0; i < UTIL_COUNT(others); i++) {
		assert_true(is_nothing_good(fstype_by_magic(others[i])));
		assert_false(fstype_by_magic(others[i])->shared_device);
	}
}

/* Names of another machine's processes may be there, and must stay. */
static void what_cannot_be_asked_may_be_shared(void **unused)
{
	(void)unused;
	assert_true(is_nothing_good(fstype_of(-1)));
	assert_true(fstype_of(-1)->shared_device);
}

static void a_descriptor_tells_its_type(void **unused)
{
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

	(void)unused;
	assert_true(fd >= 0);
	assert_int_equal(fstype_of(fd)->magic, PROC_SUPER_MAGIC);
	assert_true(fstype_of(fd)->made_up);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_believed_what_was_found_out),
		cmocka_unit_test(of_others_nothing_is_believed),
		cmocka_unit_test(what_cannot_be_asked_may_be_shared),
		cmocka_unit_test(a_descriptor_tells_its_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
