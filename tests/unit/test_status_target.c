/* SPDX-License-Identifier: MIT */
/*
 * test_status_target: the words of --status and --watch.
 */
#include "config.h"

#include "status_target.h"

#include <sys/socket.h>

#include "unit.h"
#include "util.h"

static struct status_target target;
static struct status_target_error error;

static void a_path_is_a_path(void **unused)
{
	static const char *const rows[] = { "a",     "/x/y",   "fd",
					    "unix",  "./fd:3", "./unix:x",
					    "UNIX:x" };
	size_t i;

	(void)unused;
	for (i = 0; i < UTIL_COUNT(rows); i++) {
		assert_int_equal(status_target_parse(rows[i], O_WRONLY, &target,
						     &error),
				 0);
		assert_int_equal(target.kind, STATUS_TARGET_PATH);
		assert_ptr_equal(target.path, rows[i]);
	}
	assert_int_equal(status_target_parse("", O_WRONLY, &target, &error),
			 -1);
	assert_int_equal(error.errnum, ENOENT);
}

static void a_socket_has_a_path_that_it_may_have(void **unused)
{
	char text[5 + 108 + 1] = "unix:";
	struct sockaddr_un address;

	(void)unused;
	memset(text + 5, 'x', 107);
	assert_int_equal(status_target_parse(text, O_WRONLY, &target, &error),
			 0);
	assert_int_equal(target.kind, STATUS_TARGET_SOCKET);
	assert_ptr_equal(target.path, text + 5);
	assert_int_equal(status_target_address(target.path, &address, &error),
			 0);
	assert_int_equal(address.sun_family, AF_UNIX);
	assert_string_equal(address.sun_path, text + 5);
	text[5 + 107] = 'x';
	assert_int_equal(status_target_parse(text, O_WRONLY, &target, &error),
			 -1);
	assert_int_equal(error.errnum, 0);
	assert_int_equal(
		status_target_parse("unix:", O_WRONLY, &target, &error), -1);
	assert_int_equal(error.errnum, ENOENT);
}

static void a_descriptor_is_a_number(void **unused)
{
	static const char *const rows[] = { "fd:",   "fd:x",  "fd:-1",
					    "fd:1x", "fd: 1", "fd:4294967296",
					    "fd:+1" };
	size_t i;

	(void)unused;
	for (i = 0; i < UTIL_COUNT(rows); i++) {
		assert_int_equal(status_target_parse(rows[i], O_WRONLY, &target,
						     &error),
				 -1);
		assert_int_equal(error.errnum, 0);
		assert_non_null(strstr(error.words, "%s"));
	}
}

static void a_descriptor_is_open_for_what_is_wanted(void **unused)
{
	char text[20];
	int ends[2], both = open("/dev/null", O_RDWR);
	int path = open("/", O_PATH);

	(void)unused;
	UNIT_CHECK(pipe(ends) == 0 && both >= 0 && path >= 0);
	snprintf(text, sizeof(text), "fd:%d", ends[1]);
	assert_int_equal(status_target_parse(text, O_WRONLY, &target, &error),
			 0);
	assert_int_equal(target.kind, STATUS_TARGET_FD);
	assert_int_equal(target.fd, ends[1]);
	assert_int_equal(status_target_parse(text, O_RDONLY, &target, &error),
			 -1);
	snprintf(text, sizeof(text), "fd:%d", ends[0]);
	assert_int_equal(status_target_parse(text, O_WRONLY, &target, &error),
			 -1);
	assert_int_equal(error.errnum, 0);
	snprintf(text, sizeof(text), "fd:%d", both);
	assert_int_equal(status_target_parse(text, O_WRONLY, &target, &error),
			 0);
	assert_int_equal(status_target_parse(text, O_RDONLY, &target, &error),
			 0);
	snprintf(text, sizeof(text), "fd:%d", path);
	assert_int_equal(status_target_parse(text, O_RDONLY, &target, &error),
			 -1);
	assert_int_equal(error.errnum, EBADF);
	close(both);
	snprintf(text, sizeof(text), "fd:%d", both);
	assert_int_equal(status_target_parse(text, O_RDONLY, &target, &error),
			 -1);
	assert_int_equal(error.errnum, EBADF);
	close(ends[0]);
	close(ends[1]);
	close(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_is_a_path),
		cmocka_unit_test(a_socket_has_a_path_that_it_may_have),
		cmocka_unit_test(a_descriptor_is_a_number),
		cmocka_unit_test(a_descriptor_is_open_for_what_is_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
