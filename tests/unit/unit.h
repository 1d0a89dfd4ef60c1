/* SPDX-License-Identifier: MIT */
/*
 * What the unit tests share: cmocka, files that only the test sees, bytes that
 * no copy gets by luck, and children whose end is looked at.
 *
 * To be included last, after config.h and the header under test.
 */
#ifndef MCP_UNIT_H
#define MCP_UNIT_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define UNIT_UNUSED __attribute__((unused))

/* The next number of a sequence that is the same in every run (xorshift). */
UNIT_UNUSED static uint64_t unit_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/*
 * For children, whose cmocka nobody listens to, and for what no test can do
 * without: says what is wrong and ends the process.
 */
#define UNIT_CHECK(condition) \
 unit_check(condition, #condition, __FILE__, __LINE__)

UNIT_UNUSED static void unit_check(bool good, const char *condition,
				   const char *file, int line)
{
	if (good)
		return;
	fprintf(stderr, "%s:%d: not so: %s (errno %d)\n", file, line, condition,
		errno);
	exit(1);
}

/* A file in memory, with holes wherever nothing was written. */
UNIT_UNUSED static int unit_memory_file(uint64_t size)
{
	int fd = memfd_create("unit", MFD_CLOEXEC);

	UNIT_CHECK(fd >= 0);
	UNIT_CHECK(ftruncate(fd, (off_t)size) == 0);
	return fd;
}

/* The same on the file system where tests work. */
UNIT_UNUSED static int unit_disk_file(uint64_t size)
{
	const char *dir = getenv("TMPDIR");
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/unit.XXXXXX", dir ? dir : "/tmp");
	fd = mkostemp(path, O_CLOEXEC);
	UNIT_CHECK(fd >= 0);
	UNIT_CHECK(unlink(path) == 0);
	UNIT_CHECK(ftruncate(fd, (off_t)size) == 0);
	return fd;
}

/* LENGTH bytes at OFFSET that depend on both and on SEED. */
UNIT_UNUSED static void unit_fill(int fd, uint64_t offset, size_t length,
				  uint64_t seed)
{
	uint8_t *bytes = malloc(length);
	uint64_t state = (seed << 32) ^ (offset + 1) ^ 0x9e3779b97f4a7c15;
	size_t i;

	UNIT_CHECK(bytes != NULL);
	for (i = 0; i < length; i++)
		bytes[i] = (uint8_t)unit_random(&state);
	UNIT_CHECK(pwrite(fd, bytes, length, (off_t)offset) == (ssize_t)length);
	free(bytes);
}

/* Whether LENGTH bytes at OFFSET of both files are the same, and all there. */
UNIT_UNUSED static bool unit_same(int a, int b, uint64_t offset, size_t length)
{
	uint8_t *bytes = malloc(2 * length);
	bool same;

	UNIT_CHECK(bytes != NULL);
	same = pread(a, bytes, length, (off_t)offset) == (ssize_t)length &&
	       pread(b, bytes + length, length, (off_t)offset) ==
		       (ssize_t)length &&
	       memcmp(bytes, bytes + length, length) == 0;
	free(bytes);
	return same;
}

/*
 * Runs BODY in a child, where it may do what a test must not, and returns the
 * status of waitpid(2). A child that comes back from BODY exits with 0.
 */
UNIT_UNUSED static int unit_child(void (*body)(void))
{
	static const int faults[] = { SIGBUS, SIGFPE, SIGILL, SIGSEGV };
	const struct rlimit no_core = { 0, 0 };
	int status;
	size_t i;
	pid_t pid;

	/* What is buffered would come out twice. */
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		/* cmocka would go on with its next test, in the child. */
		for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
			signal(faults[i], SIG_DFL);
		setrlimit(RLIMIT_CORE, &no_core);
		body();
		exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

UNIT_UNUSED static bool unit_has_valgrind(void)
{
	const char *variant = getenv("MCP_TEST_VARIANT");

	return variant && strcmp(variant, "valgrind") == 0;
}

/* For what valgrind does otherwise; tests/valgrind-skips is for Bats. */
UNIT_UNUSED static void unit_skip_with_valgrind(void)
{
	if (unit_has_valgrind())
		skip();
}

/* What a child exits with that skips its case. */
#define UNIT_SKIPPED 77

/* The same in a UNIT_CASE. */
UNIT_UNUSED static void unit_skip_case_with_valgrind(void)
{
	if (unit_has_valgrind())
		exit(UNIT_SKIPPED);
}

UNIT_UNUSED static void unit_run_case(void **state)
{
	void *body = *state;
	int status = unit_child((void (*)(void))body);

	if (WIFEXITED(status) && WEXITSTATUS(status) == UNIT_SKIPPED)
		skip();
	assert_int_equal(status, 0);
}

UNIT_UNUSED static struct CMUnitTest unit_case(const char *name, void *body)
{
	return (struct CMUnitTest){ .name = name,
				    .test_func = unit_run_case,
				    .initial_state = body };
}

/*
 * A row of the table in main(): a test whose BODY runs in a child of its own,
 * since it changes the process for good. What must be it says by UNIT_CHECK.
 */
#define UNIT_CASE(body) unit_case(#body, body)

#endif
