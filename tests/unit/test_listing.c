/* SPDX-License-Identifier: MIT */
/*
 * test_listing: the names in a directory, and what they take of memory.
 */
#include "config.h"

#include "listing.h"

#include <sys/stat.h>

#include "unit.h"

/* Of a directory; two more and a number are its name. */
#define LONG_NAME \
 "a-name-that-is-long-enough-for-its-memory-to-be-seen-among-thousands-of-them-"
#define NAMES 5000

static char path[4096];

/* A directory of NAMES empty files. */
static int make_directory(void **state)
{
	const char *dir = getenv("TMPDIR");
	char name[128];
	int fd, i;

	(void)state;
	snprintf(path, sizeof(path), "%s/listing.XXXXXX", dir ? dir : "/tmp");
	if (!mkdtemp(path))
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	UNIT_CHECK(fd >= 0);
	for (i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), LONG_NAME "%d", i);
		UNIT_CHECK(mknodat(fd, name, S_IFREG | 0600, 0) == 0);
	}
	close(fd);
	return 0;
}

static int remove_directory(void **state)
{
	char name[sizeof(path) + 128];
	int i;

	(void)state;
	for (i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "%s/" LONG_NAME "%d", path, i);
		unlink(name);
	}
	return rmdir(path);
}

/* Counts the names of LENGTH bytes at TEXT in SEEN. */
static void see(const char *text, size_t length, int seen[NAMES])
{
	const char *at = text;

	while (at < text + length) {
		int number;

		assert_int_equal(sscanf(at + 1, LONG_NAME "%d", &number), 1);
		assert_in_range(number, 0, NAMES - 1);
		seen[number]++;
		at += 1 + strlen(at + 1) + 1;
	}
}

/* Cuts KEPT.. of what was read, reads more, and so on to the end. */
static void cut_while_reading(size_t kept)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	static int seen[NAMES];
	struct listing listing;
	char text[20000];
	size_t i, most = 0;

	memset(seen, 0, sizeof(seen));
	assert_true(fd >= 0);
	assert_int_equal(listing_begin(&listing, fd), 0);
	assert_non_null(listing.rest);
	while (listing.rest) {
		while (listing.count > kept)
			see(text,
			    listing_cut(&listing, kept, 100, text,
					sizeof(text)),
			    seen);
		if (listing.length > most)
			most = listing.length;
		assert_int_equal(listing_more(&listing), 0);
	}
	for (i = 0; i < listing.count; i++) {
		const char *name = listing_name(&listing, i) - 1;

		see(name, strlen(name + 1) + 2, seen);
	}
	for (i = 0; i < NAMES; i++)
		assert_int_equal(seen[i], 1);
	assert_true(most <= kept * (sizeof(LONG_NAME) + 6));
	listing_free(&listing);
	close(fd);
}

static void names_that_were_cut_take_no_memory(void **state)
{
	(void)state;
	cut_while_reading(0);
}

static void names_before_them_stay(void **state)
{
	(void)state;
	cut_while_reading(10);
}

static void cut_names_keep_their_order(void **state)
{
	struct listing listing;
	char text[64];

	(void)state;
	assert_int_equal(listing_parse(&listing, "\x08x\0\x04yy\0\x08z", 10),
			 0);
	assert_int_equal(listing.count, 3);
	assert_int_equal(listing_cut(&listing, 1, 9, text, sizeof(text)), 7);
	assert_memory_equal(text, "\x04yy\0\x08z", 7);
	assert_int_equal(listing.count, 1);
	assert_string_equal(listing_name(&listing, 0), "x");
	/* None is left, or none fits. */
	assert_int_equal(listing_cut(&listing, 1, 9, text, sizeof(text)), 0);
	assert_int_equal(listing_cut(&listing, 0, 9, text, 2), 0);
	assert_int_equal(listing.count, 1);
	listing_free(&listing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_that_were_cut_take_no_memory),
		cmocka_unit_test(names_before_them_stay),
		cmocka_unit_test(cut_names_keep_their_order),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
