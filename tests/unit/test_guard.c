/* SPDX-License-Identifier: MIT */
/*
 * test_guard: a page that cannot be touched is a return value while it is
 * being copied, and the end of the program at any other time.
 */
#include "config.h"

#include "guard.h"

#include <signal.h>

#include "unit.h"
#include "util.h"

#define PAGES 16

/* Two mappings of files of PAGES pages. */
static size_t page;
static int source_fd, dest_fd;
static char *source, *dest;

static char *map(int fd)
{
	char *at = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_SHARED,
			fd, 0);

	UNIT_CHECK(at != MAP_FAILED);
	return at;
}

/* Made anew in each child: cmocka has a handler of its own in this process. */
static void set_up(void)
{
	page = util_page_size();
	source_fd = unit_memory_file(PAGES * page);
	dest_fd = unit_memory_file(PAGES * page);
	unit_fill(source_fd, 0, PAGES * page, 1);
	source = map(source_fd);
	dest = map(dest_fd);
}

static void cut(int fd, size_t pages)
{
	UNIT_CHECK(ftruncate(fd, (off_t)(pages * page)) == 0);
}

static void mappings_are_copied(void)
{
	set_up();
	UNIT_CHECK(guard_copy(dest, source, PAGES * page) == 0);
	UNIT_CHECK(memcmp(dest, source, PAGES * page) == 0);
}

static void a_copy_keeps_to_its_bytes(void)
{
	size_t from, length, i;

	set_up();
	from = page - 3;
	length = 2 * page + 5;
	UNIT_CHECK(guard_copy(dest + from, source + from, length) == 0);
	UNIT_CHECK(memcmp(dest + from, source + from, length) == 0);
	for (i = 0; i < PAGES * page; i++)
		UNIT_CHECK(dest[i] == 0 || (i >= from && i < from + length));
	UNIT_CHECK(guard_copy(dest, source, 0) == 0);
	UNIT_CHECK(dest[0] == 0);
}

static void a_source_that_was_cut_is_a_failure(void)
{
	set_up();
	cut(source_fd, 5);
	UNIT_CHECK(guard_copy(dest, source, PAGES * page) == -1);
	/* What is there can still be copied, and what is not fails again. */
	UNIT_CHECK(guard_copy(dest, source, 5 * page) == 0);
	UNIT_CHECK(memcmp(dest, source, 5 * page) == 0);
	UNIT_CHECK(guard_copy(dest, source + 5 * page, 1) == -1);
	UNIT_CHECK(guard_copy(dest, source, 5 * page + 1) == -1);
}

static void a_destination_beyond_its_end_is_a_failure(void)
{
	set_up();
	cut(dest_fd, 0);
	UNIT_CHECK(guard_copy(dest, source, 1) == -1);
	cut(dest_fd, 7);
	UNIT_CHECK(guard_copy(dest, source, PAGES * page) == -1);
	UNIT_CHECK(guard_copy(dest, source, 7 * page) == 0);
	UNIT_CHECK(memcmp(dest, source, 7 * page) == 0);
}

static void any_number_of_failures_is_survived(void)
{
	unsigned int i;

	set_up();
	cut(source_fd, 1);
	for (i = 0; i < 1000; i++) {
		UNIT_CHECK(guard_copy(dest, source, 2 * page) == -1);
		UNIT_CHECK(guard_copy(dest, source, page) == 0);
	}
}

/* The handler is there before the fault. */
static void install(void)
{
	set_up();
	UNIT_CHECK(guard_copy(dest, source, page) == 0);
}

static void touch_beyond_the_end(void)
{
	volatile char *beyond;

	install();
	beyond = source + (PAGES - 1) * page;
	cut(source_fd, 0);
	(void)*beyond;
}

static void touch_after_a_failure(void)
{
	volatile char *beyond;

	install();
	beyond = source;
	cut(source_fd, 0);
	UNIT_CHECK(guard_copy(dest, source, page) == -1);
	(void)*beyond;
}

static void be_sent_one(void)
{
	install();
	kill(getpid(), SIGBUS);
}

static void raise_one(void)
{
	install();
	raise(SIGBUS);
}

static void assert_killed(int status)
{
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGBUS);
}

static void a_fault_elsewhere_kills(void **state)
{
	(void)state;
	assert_killed(unit_child(touch_beyond_the_end));
}

static void a_fault_after_a_failed_copy_kills(void **state)
{
	(void)state;
	assert_killed(unit_child(touch_after_a_failure));
}

static void a_signal_that_somebody_sends_kills(void **state)
{
	(void)state;
	assert_killed(unit_child(be_sent_one));
	assert_killed(unit_child(raise_one));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_CASE(mappings_are_copied),
		UNIT_CASE(a_copy_keeps_to_its_bytes),
		UNIT_CASE(a_source_that_was_cut_is_a_failure),
		UNIT_CASE(a_destination_beyond_its_end_is_a_failure),
		UNIT_CASE(any_number_of_failures_is_survived),
		cmocka_unit_test(a_fault_elsewhere_kills),
		cmocka_unit_test(a_fault_after_a_failed_copy_kills),
		cmocka_unit_test(a_signal_that_somebody_sends_kills),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
