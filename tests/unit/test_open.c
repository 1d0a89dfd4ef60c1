/* SPDX-License-Identifier: MIT */
/*
 * test_open: what took a name meanwhile is neither read nor written.
 *
 * source_open, dest_open and confine_open are told what was seen under a name,
 * and find something else there.
 */
#include "config.h"

#include "confine.h"
#include "dest.h"
#include "source.h"
#include "sys.h"

#include <limits.h>
#include <sys/stat.h>

#include "unit.h"

static char top[PATH_MAX];

static int enter_top(void **state)
{
	const char *dir = getenv("TMPDIR");

	(void)state;
	snprintf(top, sizeof(top), "%s/open.XXXXXX", dir ? dir : "/tmp");
	return mkdtemp(top) && chdir(top) == 0 ? 0 : -1;
}

static int leave_top(void **state)
{
	char command[PATH_MAX + 16];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	return chdir("/") == 0 ? system(command) : -1;
}

static void make(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void assert_text(const char *name, const char *text)
{
	char got[64] = "";
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(read(fd, got, sizeof(got) - 1) >= 0);
	assert_string_equal(got, text);
	close(fd);
}

static struct stat look(const char *name)
{
	struct stat seen;

	assert_int_equal(lstat(name, &seen), 0);
	return seen;
}

/* Sources */

static void assert_source_refused(const char *name, const struct stat *seen)
{
	const struct place place = place_operand(name);
	struct err err = { 0 };
	struct stat opened;

	assert_int_equal(source_open(&place, false, seen, &opened, &err), -1);
	assert_int_equal(err.op, ERR_SOURCE_REPLACED);
}

static void a_source_that_is_as_it_was_is_opened(void **state)
{
	const struct place place = place_operand("a");
	struct stat seen, opened;
	struct err err;
	int fd;

	(void)state;
	make("a", "a");
	seen = look("a");
	fd = source_open(&place, false, &seen, &opened, &err);
	assert_true(fd >= 0);
	assert_int_equal(opened.st_ino, seen.st_ino);
	close(fd);
}

static void another_file_in_the_place_of_a_source_is_not_read(void **state)
{
	struct stat seen;

	(void)state;
	make("a", "a");
	make("b", "b");
	seen = look("a");
	assert_int_equal(rename("b", "a"), 0);
	assert_source_refused("a", &seen);
}

static void a_link_in_the_place_of_a_source_is_not_followed(void **state)
{
	struct stat seen;

	(void)state;
	make("a", "a");
	seen = look("a");
	/* Even to the file itself: who may read it now is another matter. */
	assert_int_equal(rename("a", "b"), 0);
	assert_int_equal(symlink("b", "a"), 0);
	assert_source_refused("a", &seen);
}

static void a_fifo_in_the_place_of_a_source_is_not_waited_for(void **state)
{
	struct stat seen;

	(void)state;
	make("a", "a");
	seen = look("a");
	assert_int_equal(unlink("a"), 0);
	assert_int_equal(mkfifo("a", 0600), 0);
	assert_source_refused("a", &seen);
}

/* Destinations */

static int open_dest(const char *name, const struct stat *seen, bool confined,
		     struct dest *dest, struct err *err)
{
	static const struct mcp_options options;
	static const struct stat source;
	const struct dest_request request = {
		.options = &options,
		.place = { .dir = AT_FDCWD, .name = name, .confined = confined },
		.found = DEST_SOMETHING,
		.seen = seen,
		.source = &source,
	};

	return dest_open(dest, &request, err);
}

static void a_link_in_the_place_of_a_destination_is_not_followed(void **state)
{
	struct dest dest;
	struct stat seen;
	struct err err;

	(void)state;
	make("a", "old");
	make("secret", "secret");
	seen = look("a");
	assert_int_equal(unlink("a"), 0);
	assert_int_equal(symlink("secret", "a"), 0);
	assert_int_equal(open_dest("a", &seen, false, &dest, &err), -1);
	assert_int_equal(err.errnum, ELOOP);
	assert_text("secret", "secret");
}

static void another_file_below_a_root_is_not_written_to(void **state)
{
	struct dest dest;
	struct stat seen;
	struct err err;

	(void)state;
	make("a", "old");
	make("b", "another");
	seen = look("a");
	assert_int_equal(rename("b", "a"), 0);
	assert_int_equal(open_dest("a", &seen, true, &dest, &err), -1);
	assert_int_equal(err.op, ERR_DEST_REPLACED);
	assert_text("a", "another");
}

/* Directories of batches */

static struct identity id_of(const char *name)
{
	const struct stat seen = look(name);

	return (struct identity){ seen.st_dev, seen.st_ino };
}

static void assert_confined(const char *path, const struct identity *id,
			    int expected)
{
	int root = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;

	fd = confine_open(root, path, O_RDONLY, id);
	assert_int_equal(fd < 0 ? errno : 0, expected);
	if (fd >= 0)
		close(fd);
	close(root);
}

static void the_directory_of_a_batch_must_be_the_same(void **state)
{
	struct identity id;

	(void)state;
	assert_int_equal(mkdir("a", 0700), 0);
	assert_int_equal(mkdir("a/b", 0700), 0);
	assert_int_equal(mkdir("a/c", 0700), 0);
	id = id_of("a/b");
	assert_confined("a/b", &id, 0);
	assert_int_equal(rename("a/b", "old"), 0);
	assert_int_equal(rename("a/c", "a/b"), 0);
	assert_confined("a/b", &id, ESTALE);
}

/* Neither kernels before Linux 5.6 nor older valgrinds do. */
static bool knows_openat2(void)
{
	const struct open_how how = { .flags = O_PATH };
	int fd = sys_openat2(AT_FDCWD, ".", &how);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void no_link_leads_to_the_directory_of_a_batch(void **state)
{
	/* By steps it is as open(2) has it with O_NOFOLLOW and O_DIRECTORY. */
	int refusal = knows_openat2() ? ELOOP : ENOTDIR;
	struct identity id;

	(void)state;
	assert_int_equal(mkdir("a", 0700), 0);
	assert_int_equal(mkdir("a/b", 0700), 0);
	id = id_of("a/b");
	assert_int_equal(symlink("b", "a/link"), 0);
	assert_int_equal(symlink("a", "above"), 0);
	assert_confined("a/link", &id, refusal);
	assert_confined("above/b", &id, refusal);
	assert_confined("a/../a/b", &id, 0);
	if (knows_openat2())
		assert_confined("../x", &id, EXDEV);
}

/* openat2(2) takes no path so long, and it is opened step by step. */
static void nor_to_one_beyond_path_max(void **state)
{
	char path[2 * PATH_MAX] = "", name[101];
	struct identity id;
	int i;

	(void)state;
	memset(name, 'x', 100);
	name[100] = '\0';
	for (i = 0; i < 50; i++) {
		assert_int_equal(mkdir(name, 0700), 0);
		assert_int_equal(chdir(name), 0);
		strcat(strcat(path, name), "/");
	}
	assert_int_equal(mkdir("b", 0700), 0);
	assert_int_equal(symlink("b", "link"), 0);
	id = id_of("b");
	assert_int_equal(chdir(top), 0);
	name[0] = '\0';
	strcat(path, "b");
	assert_confined(path, &id, 0);
	strcpy(strrchr(path, '/'), "/link");
	/* As open(2) has it with O_NOFOLLOW and O_DIRECTORY. */
	assert_confined(path, &id, ENOTDIR);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter_top, leave_top)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_source_that_is_as_it_was_is_opened),
		TEST(another_file_in_the_place_of_a_source_is_not_read),
		TEST(a_link_in_the_place_of_a_source_is_not_followed),
		TEST(a_fifo_in_the_place_of_a_source_is_not_waited_for),
		TEST(a_link_in_the_place_of_a_destination_is_not_followed),
		TEST(another_file_below_a_root_is_not_written_to),
		TEST(the_directory_of_a_batch_must_be_the_same),
		TEST(no_link_leads_to_the_directory_of_a_batch),
		TEST(nor_to_one_beyond_path_max),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
