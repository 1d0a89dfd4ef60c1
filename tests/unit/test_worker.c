/* SPDX-License-Identifier: MIT */
/*
 * test_worker: how open descriptors reach a worker.
 *
 * What a worker does with jobs is seen from its other end, in test_pool.
 */
#include "config.h"

#include "worker.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include "unit.h"
#include "util.h"

static int ours, theirs;

static int open_sockets(void **state)
{
	int ends[2];

	(void)state;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	ours = ends[0];
	theirs = ends[1];
	return 0;
}

static int close_sockets(void **state)
{
	(void)state;
	close(ours);
	close(theirs);
	return 0;
}

static void assert_same_file(int a, int b)
{
	struct stat first, second;

	assert_int_equal(fstat(a, &first), 0);
	assert_int_equal(fstat(b, &second), 0);
	assert_int_equal(first.st_ino, second.st_ino);
	assert_int_equal(first.st_dev, second.st_dev);
}

/* The next descriptor that would be opened: the same again if none leaked. */
static int lowest_free(void)
{
	int fd = fcntl(ours, F_DUPFD_CLOEXEC, 0);

	assert_true(fd >= 0);
	close(fd);
	return fd;
}

static void both_files_arrive(void **state)
{
	int source = unit_memory_file(1), dest = unit_memory_file(2);
	int got_source = -1, got_dest = -1;

	(void)state;
	assert_int_equal(worker_send_files(ours, 7, source, dest), 0);
	assert_int_equal(
		worker_receive_files(theirs, 7, &got_source, &got_dest), 0);
	assert_int_not_equal(got_source, source);
	assert_same_file(got_source, source);
	assert_same_file(got_dest, dest);
	assert_int_equal(fcntl(got_source, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(got_dest, F_GETFD), FD_CLOEXEC);
	close(got_source);
	close(got_dest);
	close(source);
	close(dest);
}

static void files_arrive_in_the_order_sent(void **state)
{
	int files[6], i;

	(void)state;
	for (i = 0; i < 6; i++)
		files[i] = unit_memory_file((uint64_t)i);
	for (i = 0; i < 3; i++)
		assert_int_equal(worker_send_files(ours, 10 + (uint64_t)i,
						   files[2 * i],
						   files[2 * i + 1]),
				 0);
	for (i = 0; i < 3; i++) {
		int source = -1, dest = -1;

		assert_int_equal(worker_receive_files(theirs, 10 + (uint64_t)i,
						      &source, &dest),
				 0);
		assert_same_file(source, files[2 * i]);
		assert_same_file(dest, files[2 * i + 1]);
		close(source);
		close(dest);
	}
	for (i = 0; i < 6; i++)
		close(files[i]);
}

/* Refuses what is there to be received, and keeps none of it. */
static void assert_refused(uint64_t file, int errnum)
{
	int source = -1, dest = -1, free_before = lowest_free();

	assert_int_equal(worker_receive_files(theirs, file, &source, &dest),
			 -1);
	assert_int_equal(errno, errnum);
	assert_int_equal(source, -1);
	assert_int_equal(dest, -1);
	assert_int_equal(lowest_free(), free_before);
}

static void those_of_another_file_are_refused(void **state)
{
	(void)state;
	assert_int_equal(worker_send_files(ours, 7, 0, 1), 0);
	assert_refused(8, EPROTO);
}

static void those_of_an_earlier_file_are_passed_over(void **state)
{
	int source = unit_memory_file(1), dest = unit_memory_file(2);
	int got_source = -1, got_dest = -1;
	int free_before = lowest_free();

	(void)state;
	assert_int_equal(worker_send_files(ours, 7, 0, 1), 0);
	assert_int_equal(worker_send_files(ours, 8, source, dest), 0);
	assert_int_equal(
		worker_receive_files(theirs, 8, &got_source, &got_dest), 0);
	assert_same_file(got_source, source);
	assert_same_file(got_dest, dest);
	close(got_source);
	close(got_dest);
	assert_int_equal(lowest_free(), free_before);
	close(source);
	close(dest);
}

static void a_message_without_descriptors_is_refused(void **state)
{
	uint64_t file = 7;

	(void)state;
	assert_int_equal(send(ours, &file, sizeof(file), 0), sizeof(file));
	assert_refused(7, EPROTO);
	assert_int_equal(send(ours, "junk", 4, 0), 4);
	assert_refused(7, EPROTO);
}

static void the_end_of_the_socket_is_refused(void **state)
{
	(void)state;
	assert_int_equal(shutdown(ours, SHUT_WR), 0);
	assert_refused(7, EPROTO);
}

static void without_room_for_both_none_is_kept(void **state)
{
	struct rlimit limit, less;

	(void)state;
	unit_skip_with_valgrind(); /* which has room beyond the limit */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	less = limit;
	less.rlim_cur = (rlim_t)lowest_free() + 1;
	assert_int_equal(worker_send_files(ours, 7, 0, 1), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &less), 0);
	assert_refused(7, EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void a_full_socket_is_not_waited_for(void **state)
{
	unsigned int sent = 0;

	(void)state;
	while (worker_send_files(ours, 7, 0, 1) == 0 && sent < 100000)
		sent++;
	/* Or so many descriptors may not be on their way at a time. */
	assert_true(errno == EAGAIN || errno == ETOOMANYREFS);
	assert_true(sent > 0);
}

static void a_worker_that_is_gone_is_an_error(void **state)
{
	(void)state;
	util_close(&theirs);
	/* And no SIGPIPE. */
	assert_int_equal(worker_send_files(ours, 7, 0, 1), -1);
	assert_int_equal(errno, EPIPE);
}

#define WORKER_TEST(test) \
 cmocka_unit_test_setup_teardown(test, open_sockets, close_sockets)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORKER_TEST(both_files_arrive),
		WORKER_TEST(files_arrive_in_the_order_sent),
		WORKER_TEST(those_of_another_file_are_refused),
		WORKER_TEST(those_of_an_earlier_file_are_passed_over),
		WORKER_TEST(a_message_without_descriptors_is_refused),
		WORKER_TEST(the_end_of_the_socket_is_refused),
		WORKER_TEST(without_room_for_both_none_is_kept),
		WORKER_TEST(a_full_socket_is_not_waited_for),
		WORKER_TEST(a_worker_that_is_gone_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
