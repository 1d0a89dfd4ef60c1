/* SPDX-License-Identifier: MIT */
/*
 * test_util: sizes and numbers in words, rounding, whole writes.
 */
#include "config.h"

#include "util.h"

#include <signal.h>

#include "unit.h"

#define UNTOUCHED 0x5555

static void check_size(const char *text, uint64_t expected)
{
	uint64_t size = UNTOUCHED;

	if (util_parse_size(text, &size) < 0)
		fail_msg("'%s' is refused: %s", text, strerror(errno));
	if (size != expected)
		fail_msg("'%s' is %llu", text, (unsigned long long)size);
}

static void check_no_size(const char *text, int errnum)
{
	uint64_t size = UNTOUCHED;

	errno = 0;
	if (util_parse_size(text, &size) == 0)
		fail_msg("'%s' is taken for %llu", text,
			 (unsigned long long)size);
	if (errno != errnum)
		fail_msg("'%s' is refused as %s", text, strerror(errno));
	assert_int_equal(size, UNTOUCHED);
}

static void a_size_without_a_unit_is_bytes(void **state)
{
	(void)state;
	check_size("0", 0);
	check_size("1", 1);
	check_size("4096", 4096);
	check_size("4096B", 4096);
	check_size("0010", 10);
	check_size("9223372036854775807", INT64_MAX);
}

static void each_unit_is_a_power_of_1024_or_1000(void **state)
{
	static const char letters[] = "KMGTPE";
	uint64_t binary = 1, decimal = 1;
	const char *letter;
	char text[16];

	(void)state;
	for (letter = letters; *letter; letter++) {
		binary *= 1024;
		decimal *= 1000;
		snprintf(text, sizeof(text), "3%c", *letter);
		/* 3E is 3.4e18, and the largest size 9.2e18. */
		check_size(text, 3 * binary);
		snprintf(text, sizeof(text), "3%ciB", *letter);
		check_size(text, 3 * binary);
		snprintf(text, sizeof(text), "3%cB", *letter);
		check_size(text, 3 * decimal);
		snprintf(text, sizeof(text), "0%c", *letter);
		check_size(text, 0);
	}
}

static void a_small_k_is_a_k(void **state)
{
	(void)state;
	check_size("2k", 2048);
	check_size("2kiB", 2048);
	check_size("2kB", 2000);
	check_size("2KB", 2000);
}

static void what_is_no_size_is_refused(void **state)
{
	static const char *const junk[] = {
		"",	"K",	"B",	"KiB", "-1",	   "+1",  " 1",
		"1 ",	"1 K",	"1.5K", "1,5", "0x10",	   "1e6", "1Kb",
		"1kb",	"1KIB", "1Kib", "1Ki", "1KiBB",	   "1KK", "1KBB",
		"1BB",	"1b",	"1m",	"1g",  "1Z",	   "1Y",  "1R",
		"1K1",	"1iB",	"1\n",	"\t1", "\xd9\xa1", "1%",  "one",
		"1KB ", "1K-",	"--1",	"1/2",
	};
	size_t i;

	(void)state;
	for (i = 0; i < UTIL_COUNT(junk); i++)
		check_no_size(junk[i], EINVAL);
}

static void a_size_that_no_file_has_is_refused(void **state)
{
	(void)state;
	check_no_size("9223372036854775808", ERANGE);
	check_no_size("18446744073709551615", ERANGE);
	check_no_size("18446744073709551616", ERANGE);
	check_no_size("18446744073709551617", ERANGE);
	check_no_size("99999999999999999999999999999999999", ERANGE);
	check_no_size("8E", ERANGE);
	check_no_size("8EiB", ERANGE);
	check_no_size("10EB", ERANGE);
	check_no_size("16E", ERANGE);
	check_no_size("9007199254740992K", ERANGE);
	check_no_size("9223372036854775807K", ERANGE);
	check_size("7E", 7 * ((uint64_t)1 << 60));
	check_size("9EB", (uint64_t)9000000000000000000);
	check_size("9007199254740991K", (uint64_t)9007199254740991 * 1024);
}

static void check_number(const char *text, uint64_t min, uint64_t max,
			 int errnum, uint64_t expected)
{
	uint64_t number = UNTOUCHED;
	int result;

	errno = 0;
	result = util_parse_number(text, min, max, &number);
	if (errno != errnum)
		fail_msg("'%s' in %llu to %llu: %s", text,
			 (unsigned long long)min, (unsigned long long)max,
			 strerror(errno));
	assert_int_equal(result, errnum ? -1 : 0);
	assert_int_equal(number, errnum ? UNTOUCHED : expected);
}

static void a_number_lies_in_its_range(void **state)
{
	(void)state;
	check_number("1", 1, 4096, 0, 1);
	check_number("4096", 1, 4096, 0, 4096);
	check_number("007", 1, 4096, 0, 7);
	check_number("0", 1, 4096, ERANGE, 0);
	check_number("4097", 1, 4096, ERANGE, 0);
	check_number("0", 0, 0, 0, 0);
	check_number("9223372036854775807", 0, UINT64_MAX, 0, INT64_MAX);
	check_number("9223372036854775808", 0, UINT64_MAX, ERANGE, 0);
	check_number("4294967297", 1, 4096, ERANGE, 0);
	check_number("18446744073709551617", 1, 4096, ERANGE, 0);
}

static void what_is_no_number_is_refused(void **state)
{
	static const char *const junk[] = {
		"",    "-1", "+1", " 1",  "1 ",	 "5x",	"x5",	"1.0",
		"0x1", "1K", "-0", "1e1", "\n1", "1\n", "five",
	};
	size_t i;

	(void)state;
	for (i = 0; i < UTIL_COUNT(junk); i++)
		check_number(junk[i], 0, 4096, EINVAL, 0);
}

static void rounding_up_ends_at_the_largest_number(void **state)
{
	(void)state;
	assert_int_equal(util_round_up(0, 4096), 0);
	assert_int_equal(util_round_up(1, 4096), 4096);
	assert_int_equal(util_round_up(4095, 4096), 4096);
	assert_int_equal(util_round_up(4096, 4096), 4096);
	assert_int_equal(util_round_up(4097, 4096), 8192);
	assert_int_equal(util_round_up(7, 1), 7);
	assert_true(util_round_up(UINT64_MAX - 4095, 4096) ==
		    UINT64_MAX - 4095);
	assert_true(util_round_up(UINT64_MAX - 4094, 4096) == UINT64_MAX);
	assert_true(util_round_up(UINT64_MAX, 4096) == UINT64_MAX);
	assert_true(util_round_up(UINT64_MAX, 1) == UINT64_MAX);
}

static void the_page_size_is_a_power_of_two(void **state)
{
	size_t page = util_page_size();

	(void)state;
	assert_true(page >= 4096);
	assert_int_equal(page & (page - 1), 0);
	assert_int_equal(page, sysconf(_SC_PAGESIZE));
}

static void the_clock_does_not_run_backwards(void **state)
{
	uint64_t before = util_now(), i;

	(void)state;
	for (i = 0; i < 10000; i++) {
		uint64_t now = util_now();

		assert_true(now >= before);
		before = now;
	}
	usleep(2000);
	assert_true(util_now() - before >= 2000000);
}

static void closing_keeps_errno_and_forgets_the_descriptor(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), copy = fd;

	(void)state;
	assert_true(fd >= 0);
	errno = EXDEV;
	util_close(&fd);
	assert_int_equal(fd, -1);
	assert_int_equal(errno, EXDEV);
	assert_int_equal(fcntl(copy, F_GETFD), -1);

	errno = EXDEV;
	util_close(&fd);
	assert_int_equal(fd, -1);
	assert_int_equal(errno, EXDEV);

	/* Even if there is nothing to close: EBADF. */
	util_close(&copy);
	assert_int_equal(copy, -1);
	assert_int_equal(errno, EXDEV);
}

#define MUCH (3 * UTIL_MIB + 17)

static int ends[2];

static void wake(int number)
{
	(void)number;
}

/* A signal that comes while the pipe is full makes a write a short one. */
static void write_much(void)
{
	const struct sigaction action = { .sa_handler = wake };
	uint8_t *bytes = malloc(MUCH);
	uint64_t seed = 5, i;

	UNIT_CHECK(bytes != NULL);
	for (i = 0; i < MUCH; i++)
		bytes[i] = (uint8_t)unit_random(&seed);
	close(ends[0]);
	sigaction(SIGALRM, &action, NULL);
	UNIT_CHECK(util_write_all(ends[1], bytes, MUCH) == 0);
	free(bytes);
}

static void a_write_is_whole_even_if_a_pipe_is_not(void **state)
{
	uint64_t seed = 5, count = 0;
	uint8_t piece[4001];
	ssize_t got, i;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		write_much();
		exit(0);
	}
	close(ends[1]);
	while ((got = read(ends[0], piece, sizeof(piece))) > 0) {
		/* Now and then, or the pipe would never be full. */
		if (count % 64 == 0)
			usleep(2000);
		/* No timer, which leaves no time for else where all is slow. */
		kill(pid, SIGALRM);
		for (i = 0; i < got; i++)
			assert_int_equal(piece[i], (uint8_t)unit_random(&seed));
		count += (uint64_t)got;
	}
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(count, MUCH);
}

static void write_to_nobody(void)
{
	int pipe_ends[2], full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	signal(SIGPIPE, SIG_IGN);
	UNIT_CHECK(pipe2(pipe_ends, O_CLOEXEC) == 0);
	close(pipe_ends[0]);
	UNIT_CHECK(util_write_all(pipe_ends[1], "x", 1) == -1);
	UNIT_CHECK(errno == EPIPE);
	UNIT_CHECK(util_write_all(pipe_ends[1], "x", 0) == 0);
	UNIT_CHECK(util_write_all(full, "x", 1) == -1);
	UNIT_CHECK(errno == ENOSPC);
}

static void a_write_that_fails_says_so(void **state)
{
	(void)state;
	assert_int_equal(unit_child(write_to_nobody), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_size_without_a_unit_is_bytes),
		cmocka_unit_test(each_unit_is_a_power_of_1024_or_1000),
		cmocka_unit_test(a_small_k_is_a_k),
		cmocka_unit_test(what_is_no_size_is_refused),
		cmocka_unit_test(a_size_that_no_file_has_is_refused),
		cmocka_unit_test(a_number_lies_in_its_range),
		cmocka_unit_test(what_is_no_number_is_refused),
		cmocka_unit_test(rounding_up_ends_at_the_largest_number),
		cmocka_unit_test(the_page_size_is_a_power_of_two),
		cmocka_unit_test(the_clock_does_not_run_backwards),
		cmocka_unit_test(
			closing_keeps_errno_and_forgets_the_descriptor),
		cmocka_unit_test(a_write_is_whole_even_if_a_pipe_is_not),
		cmocka_unit_test(a_write_that_fails_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
