/* SPDX-License-Identifier: MIT */
/*
 * test_signals: what is heard, what stays ignored, and how a process ends.
 *
 * Dispositions belong to the whole process, so each test is in a child.
 */
#include "config.h"

#include "signals.h"

#include <stdbool.h>

#include "unit.h"
#include "util.h"

static struct signals signals;

static void open_signals(void)
{
	UNIT_CHECK(signals_open(&signals) == 0);
	UNIT_CHECK(signals.fatal == 0);
	UNIT_CHECK(signals_drain(&signals) == 0);
}

static void a_fatal_signal_is_remembered(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	size_t i;

	for (i = 0; i < UTIL_COUNT(numbers); i++) {
		signal(numbers[i], SIG_DFL);
		open_signals();
		raise(numbers[i]);
		UNIT_CHECK(signals_drain(&signals) == numbers[i]);
		UNIT_CHECK(signals_drain(&signals) == numbers[i]);
		close(signals.fd);
		sigprocmask(SIG_SETMASK, &signals.original, NULL);
	}
}

static void the_first_fatal_signal_counts(void)
{
	open_signals();
	raise(SIGTERM);
	UNIT_CHECK(signals_drain(&signals) == SIGTERM);
	raise(SIGINT);
	raise(SIGHUP);
	UNIT_CHECK(signals_drain(&signals) == SIGTERM);
}

static void a_signal_is_heard_by_who_only_looks_now_and_then(void)
{
	uint64_t start = util_now();

	open_signals();
	raise(SIGTERM);
	while (signals_drain_sometimes(&signals) == 0)
		UNIT_CHECK(util_now() - start < (uint64_t)10000000000);
	UNIT_CHECK(signals_drain_sometimes(&signals) == SIGTERM);
}

static void what_was_ignored_stays_ignored(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGTSTP };
	size_t i;

	for (i = 0; i < UTIL_COUNT(numbers); i++)
		signal(numbers[i], SIG_IGN);
	open_signals();
	for (i = 0; i < UTIL_COUNT(numbers); i++) {
		raise(numbers[i]);
		UNIT_CHECK(signals_drain(&signals) == 0);
	}
}

static void what_was_blocked_stays_blocked(void)
{
	sigset_t blocked, pending;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	open_signals();
	raise(SIGTERM);
	UNIT_CHECK(signals_drain(&signals) == 0);
	UNIT_CHECK(sigpending(&pending) == 0);
	UNIT_CHECK(sigismember(&pending, SIGTERM) == 1);
	/* And nothing else was. */
	raise(SIGINT);
	UNIT_CHECK(signals_drain(&signals) == SIGINT);
}

/* An inherited SIG_IGN would make waitpid fail. */
static void a_childs_end_is_noticed(void)
{
	int status;
	pid_t pid;

	signal(SIGCHLD, SIG_IGN);
	open_signals();
	pid = fork();
	UNIT_CHECK(pid >= 0);
	if (pid == 0)
		_exit(3);
	while (!signals.child) {
		struct pollfd fds[1];

		UNIT_CHECK(signals_wait(&signals, fds, 1, 10000) == 0);
	}
	UNIT_CHECK(waitpid(pid, &status, 0) == pid);
	UNIT_CHECK(WEXITSTATUS(status) == 3);
}

static void waiting_ends_when_the_time_is_over(void)
{
	struct pollfd fds[1];
	uint64_t start = util_now();

	open_signals();
	UNIT_CHECK(signals_wait(&signals, fds, 1, 50) == 0);
	UNIT_CHECK(util_now() - start >= 45000000);
}

static void waiting_ends_when_a_descriptor_is_ready(void)
{
	int ends[2];

	open_signals();
	UNIT_CHECK(pipe2(ends, O_CLOEXEC) == 0);
	UNIT_CHECK(signals_wait_fd(&signals, ends[1], POLLOUT) == 0);
	UNIT_CHECK(write(ends[1], "x", 1) == 1);
	UNIT_CHECK(signals_wait_fd(&signals, ends[0], POLLIN) == 0);
	close(ends[1]);
	UNIT_CHECK(signals_wait_fd(&signals, ends[0], POLLIN) == 0);
}

static void waiting_ends_when_a_fatal_signal_comes(void)
{
	int ends[2];
	pid_t parent = getpid();

	open_signals();
	UNIT_CHECK(pipe2(ends, O_CLOEXEC) == 0);
	/* A child's end wakes it, too, and is no reason to come back. */
	if (fork() == 0)
		_exit(0);
	if (fork() == 0) {
		usleep(100000);
		kill(parent, SIGHUP);
		_exit(0);
	}
	UNIT_CHECK(signals_wait_fd(&signals, ends[0], POLLIN) == SIGHUP);
}

static void a_broken_pipe_is_fatal(void)
{
	open_signals();
	UNIT_CHECK(signals_broken_pipe(&signals) == SIGPIPE);
	UNIT_CHECK(signals.fatal == SIGPIPE);
}

static void a_broken_pipe_hides_no_earlier_signal(void)
{
	open_signals();
	raise(SIGINT);
	signals_drain(&signals);
	UNIT_CHECK(signals_broken_pipe(&signals) == SIGINT);
}

static void a_broken_pipe_is_an_error_where_sigpipe_is_ignored(void)
{
	signal(SIGPIPE, SIG_IGN);
	open_signals();
	UNIT_CHECK(signals_broken_pipe(&signals) == 0);
	UNIT_CHECK(signals.fatal == 0);
}

static void a_broken_pipe_kills_nobody_at_once(void)
{
	int ends[2];

	open_signals();
	UNIT_CHECK(pipe2(ends, O_CLOEXEC) == 0);
	close(ends[0]);
	UNIT_CHECK(write(ends[1], "x", 1) == -1);
	UNIT_CHECK(errno == EPIPE);
	UNIT_CHECK(signals_drain(&signals) == 0);
}

static void a_worker_is_deaf_and_has_the_mask_of_the_start(void)
{
	static const int deaf[] = { SIGINT,  SIGTERM,  SIGHUP,	SIGUSR1,
				    SIGUSR2, SIGWINCH, SIGPIPE, SIGXFSZ };
	sigset_t mask;
	size_t i;
	int number;

	open_signals();
	signals_worker(&signals);
	for (i = 0; i < UTIL_COUNT(deaf); i++)
		raise(deaf[i]);
	UNIT_CHECK(sigprocmask(SIG_BLOCK, NULL, &mask) == 0);
	for (number = 1; number < SIGRTMAX; number++)
		UNIT_CHECK(sigismember(&mask, number) ==
			   sigismember(&signals.original, number));
	UNIT_CHECK(signals.fd == -1);
}

/* What forward was called with, one letter each. */
static char forwarded[8];

static void forward(void *arg, int number)
{
	size_t length = strlen(forwarded);

	UNIT_CHECK(arg == &signals);
	UNIT_CHECK(length < sizeof(forwarded) - 1);
	forwarded[length] = number == SIGSTOP	? 's'
			    : number == SIGCONT ? 'c'
						: '?';
}

/* NUMBER comes, and is passed on as EXPECTED. */
static void pass_on(int number, const char *expected)
{
	open_signals();
	signals.forward = forward;
	signals.forward_arg = &signals;
	raise(number);
	UNIT_CHECK(signals_drain(&signals) == 0);
	UNIT_CHECK(strcmp(forwarded, expected) == 0);
}

static void stop(void)
{
	pass_on(SIGTSTP, "sc");
}

/* In a session of its own nobody could continue it. */
static void stopping_passes_where_nobody_could_continue_us(void)
{
	/* A leader of a group cannot be one of a session. */
	UNIT_CHECK(setsid() >= 0);
	stop();
	/* It can be done again. */
	forwarded[0] = forwarded[1] = '\0';
	raise(SIGTSTP);
	UNIT_CHECK(signals_drain(&signals) == 0);
	UNIT_CHECK(strcmp(forwarded, "sc") == 0);
}

static void stopping_stops_and_continuing_continues(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	unit_skip_with_valgrind(); /* which ignores SIGTSTP */
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		/* A group whose parent is in the session but not in it. */
		setpgid(0, 0);
		stop();
		exit(0);
	}
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(WSTOPSIG(status), SIGTSTP);
	assert_int_equal(kill(pid, SIGCONT), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void what_continues_us_continues_others(void)
{
	pass_on(SIGCONT, "c");
}

static int number_to_die_of;

static void die(void)
{
	open_signals();
	signals.fatal = number_to_die_of;
	signals_die(&signals);
}

static void a_process_dies_of_its_fatal_signal(void **state)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
	size_t i;

	(void)state;
	for (i = 0; i < UTIL_COUNT(numbers); i++) {
		int status;

		number_to_die_of = numbers[i];
		status = unit_child(die);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), numbers[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_CASE(a_fatal_signal_is_remembered),
		UNIT_CASE(the_first_fatal_signal_counts),
		UNIT_CASE(a_signal_is_heard_by_who_only_looks_now_and_then),
		UNIT_CASE(what_was_ignored_stays_ignored),
		UNIT_CASE(what_was_blocked_stays_blocked),
		UNIT_CASE(a_childs_end_is_noticed),
		UNIT_CASE(waiting_ends_when_the_time_is_over),
		UNIT_CASE(waiting_ends_when_a_descriptor_is_ready),
		UNIT_CASE(waiting_ends_when_a_fatal_signal_comes),
		UNIT_CASE(a_broken_pipe_is_fatal),
		UNIT_CASE(a_broken_pipe_hides_no_earlier_signal),
		UNIT_CASE(a_broken_pipe_is_an_error_where_sigpipe_is_ignored),
		UNIT_CASE(a_broken_pipe_kills_nobody_at_once),
		UNIT_CASE(a_worker_is_deaf_and_has_the_mask_of_the_start),
		UNIT_CASE(stopping_passes_where_nobody_could_continue_us),
		cmocka_unit_test(stopping_stops_and_continuing_continues),
		UNIT_CASE(what_continues_us_continues_others),
		cmocka_unit_test(a_process_dies_of_its_fatal_signal),
	};
	static const int defaults[] = { SIGINT,	 SIGTERM, SIGHUP,
					SIGPIPE, SIGTSTP, SIGCHLD };
	sigset_t none;
	size_t i;

	/* Whatever whoever started this one ignores or blocks. */
	for (i = 0; i < UTIL_COUNT(defaults); i++)
		signal(defaults[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
