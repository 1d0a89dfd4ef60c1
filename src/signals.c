/* SPDX-License-Identifier: MIT */
/*
 * Signals as descriptors: blocked, and read where it suits the parent.
 */
#include "config.h"

#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "util.h"

/* Whether whoever started us wanted us to be deaf to NUMBER. */
static bool deaf_at_start(const struct signals *signals, int number)
{
	struct sigaction action;

	return sigismember(&signals->original, number) == 1 ||
	       (sigaction(number, NULL, &action) == 0 &&
		action.sa_handler == SIG_IGN);
}

int signals_open(struct signals *signals)
{
	static const int heard[] = { SIGINT,  SIGTERM, SIGHUP,
				     SIGTSTP, SIGCONT, SIGUSR1 };
	sigset_t blocked;
	size_t i;

	*signals = (struct signals){ .fd = -1 };
	sigemptyset(&signals->ours);
	/* With SIGCHLD ignored, an inherited habit, waitpid would fail. */
	signal(SIGCHLD, SIG_DFL);
	/* Those that are ignored do no harm by being blocked, too. */
	sigemptyset(&blocked);
	for (i = 0; i < UTIL_COUNT(heard); i++)
		sigaddset(&blocked, heard[i]);
	sigaddset(&blocked, SIGCHLD);
	sigaddset(&blocked, SIGPIPE);
	sigaddset(&blocked, SIGXFSZ);
	sigprocmask(SIG_BLOCK, &blocked, &signals->original);

	for (i = 0; i < UTIL_COUNT(heard); i++)
		if (!deaf_at_start(signals, heard[i]))
			sigaddset(&signals->ours, heard[i]);
	sigaddset(&signals->ours, SIGCHLD);
	signals->pipe_kills = !deaf_at_start(signals, SIGPIPE);
	signals->fd = signalfd(-1, &signals->ours, SFD_NONBLOCK | SFD_CLOEXEC);
	return signals->fd < 0 ? -1 : 0;
}

void signals_hear(struct signals *signals, int number)
{
	sigset_t one;

	if (deaf_at_start(signals, number))
		return;
	sigemptyset(&one);
	sigaddset(&one, number);
	sigaddset(&signals->ours, number);
	sigprocmask(SIG_BLOCK, &one, NULL);
	signalfd(signals->fd, &signals->ours, 0);
}

/* Tells NUMBER to who looks on. */
static void tell(struct signals *signals, int number)
{
	if (signals->watch)
		signals->watch->hear(signals->watch->arg, number);
}

/* What the terminal's stop key asks for: everyone stops, and goes on later. */
static void suspend(struct signals *signals)
{
	const struct timespec now = { 0, 0 };
	sigset_t stop, go_on;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	sigemptyset(&go_on);
	sigaddset(&go_on, SIGCONT);
	/*
	 * The default action, not SIGSTOP: in an orphaned process group, where
	 * nobody could continue us, the kernel lets it pass. Pending again
	 * before anything else is done, so that a SIGCONT that comes meanwhile
	 * takes it back, as it does for any process (signal(7)), and does not
	 * come too early to be of use.
	 */
	raise(SIGTSTP);
	if (signals->forward)
		signals->forward(signals->forward_arg, SIGSTOP);
	tell(signals, SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &stop, NULL);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	/* It need not be heard again. */
	sigtimedwait(&go_on, NULL, &now);
	tell(signals, SIGCONT);
	if (signals->forward)
		signals->forward(signals->forward_arg, SIGCONT);
}

/*
 * If it came before we read a SIGTSTP that workers have got, too, it has taken
 * that back from us, and they are still stopped.
 */
static void resume(struct signals *signals)
{
	if (signals->forward)
		signals->forward(signals->forward_arg, SIGCONT);
}

static void take(struct signals *signals, uint32_t number)
{
	if (number == SIGCHLD)
		signals->child = true;
	else if (number == SIGTSTP)
		suspend(signals);
	else if (number == SIGCONT)
		resume(signals);
	else if (number == SIGUSR1 || number == SIGWINCH)
		tell(signals, (int)number);
	else if (signals->fatal == 0)
		signals->fatal = (int)number;
}

/* Calls who looks on, when that is due. */
static void beat(struct signals_watch *watch)
{
	if (watch && watch->due != 0 && util_now() >= watch->due)
		watch->beat(watch->arg);
}

/* In a worker, whether it is told to leave. */
static void look_whether_told(struct signals *signals)
{
	if (signals->told &&
	    atomic_load_explicit(signals->told, memory_order_relaxed) < 0)
		signals->fatal = SIGTERM;
}

static void drain(struct signals *signals)
{
	struct signalfd_siginfo info[8];
	ssize_t got;
	size_t i;

	if (signals->fd < 0)
		return;
	for (;;) {
		got = read(signals->fd, info, sizeof(info));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < (ssize_t)sizeof(info[0]))
			return;
		for (i = 0; i < (size_t)got / sizeof(info[0]); i++)
			take(signals, info[i].ssi_signo);
	}
}

int signals_drain(struct signals *signals)
{
	look_whether_told(signals);
	drain(signals);
	beat(signals->watch);
	return signals->fatal;
}

/* Nanoseconds: nobody notices that Ctrl-C took so long. */
#define DRAIN_INTERVAL 20000000

int signals_drain_sometimes(struct signals *signals)
{
	uint64_t now = util_now();

	if (now - signals->drained < DRAIN_INTERVAL)
		return signals->fatal;
	signals->drained = now;
	return signals_drain(signals);
}

/* Milliseconds. */
#define FAILURE_PAUSE 10

/* In nanoseconds. */
#define MILLISECOND 1000000

/* TIMEOUT, or less: until somebody who looks on is due. */
static int wait_at_most(const struct signals *signals, int timeout)
{
	uint64_t now, left;

	if (!signals->watch || signals->watch->due == 0)
		return timeout;
	now = util_now();
	if (now >= signals->watch->due)
		return 0;
	/* Rounded up: woken a moment too early, we would wait once more. */
	left = (signals->watch->due - now + MILLISECOND - 1) / MILLISECOND;
	return timeout >= 0 ? (int)util_min(left, (uint64_t)timeout)
			    : (int)util_min(left, INT_MAX);
}

int signals_wait(struct signals *signals, struct pollfd *fds, size_t count,
		 int timeout)
{
	size_t i;

	timeout = wait_at_most(signals, timeout);
	fds[0] = (struct pollfd){ .fd = signals->fd, .events = POLLIN };
	if (poll(fds, count, timeout) < 0) {
		for (i = 0; i < count; i++)
			fds[i].revents = 0;
		/* Out of memory the caller tries again, but not at once. */
		if (errno != EINTR)
			poll(fds, 1, FAILURE_PAUSE);
		fds[0].revents = POLLIN; /* for all that is known */
	}
	look_whether_told(signals);
	if (fds[0].revents != 0)
		drain(signals);
	beat(signals->watch);
	return signals->fatal;
}

int signals_wait_fd(struct signals *signals, int fd, short events)
{
	struct pollfd fds[2] = { [1] = { .fd = fd, .events = events } };

	do {
		if (signals_wait(signals, fds, 2, -1) != 0)
			return signals->fatal;
	} while (fds[1].revents == 0);
	return 0;
}

int signals_wait_room(struct signals *signals, int fd)
{
	struct pollfd fds[2] = {
		{ .fd = signals->fd, .events = POLLIN },
		{ .fd = fd, .events = POLLOUT },
	};

	/* What cannot be written to, as one end of a pipe, is never ready. */
	if (poll(fds + 1, 1, 0) != 0 ||
	    (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY)
		return 0;
	for (;;) {
		int ready = poll(fds, 2, signals->fatal ? 0 : -1);

		/* What is wrong with FD, or memory, the write will tell. */
		if (ready < 0 && errno != EINTR)
			return 0;
		if (ready > 0 && fds[1].revents != 0)
			return 0;
		if (signals->fatal)
			return signals->fatal;
		drain(signals);
	}
}

int signals_broken_pipe(struct signals *signals)
{
	if (signals->pipe_kills && signals->fatal == 0)
		signals->fatal = SIGPIPE;
	return signals->fatal;
}

void signals_worker(struct signals *signals)
{
	static const int deaf[] = { SIGINT,  SIGTERM,  SIGHUP,	SIGUSR1,
				    SIGUSR2, SIGWINCH, SIGPIPE, SIGXFSZ };
	size_t i;

	for (i = 0; i < UTIL_COUNT(deaf); i++)
		signal(deaf[i], SIG_IGN);
	signals->watch = NULL;
	util_close(&signals->fd);
	sigprocmask(SIG_SETMASK, &signals->original, NULL);
}

_Noreturn void signals_die(struct signals *signals)
{
	sigset_t only;

	sigemptyset(&only);
	sigaddset(&only, signals->fatal);
	signal(signals->fatal, SIG_DFL);
	raise(signals->fatal);
	sigprocmask(SIG_UNBLOCK, &only, NULL);
	/*
	 * It does not end the first process of a container: as shells say it.
	 */
	_exit(128 + signals->fatal);
}
