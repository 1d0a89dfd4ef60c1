/* SPDX-License-Identifier: MIT */
/*
 * Signals as descriptors: blocked, and read where it suits the parent.
 *
 * Whatever waits in the parent does so in signals_wait, and whatever takes long
 * calls signals_drain now and then; so no signal interrupts a
 * system call, and none is missed. What was ignored or blocked when mcp
 * started stays so (nohup), and is kept out of the set, since signalfd(2)
 * delivers ignored signals all the same.
 *
 *     INT TERM HUP   remembered as fatal: clean up, then signals_die
 *     CHLD           remembered as child
 *     TSTP           handled at once: workers stopped, then ourselves
 *     USR1           told to onlookers, and so are TSTP and going on again
 *     PIPE XFSZ      blocked and never read: write(2) says EPIPE and EFBIG.
 *                    Whether EPIPE is fatal depends on whose pipe it was: not
 *                    a dead worker's, but stdout's (signals_broken_pipe)
 */
#ifndef MCP_SIGNALS_H
#define MCP_SIGNALS_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Somebody who looks on: called from wherever signals are taken in, and never
 * from two places at a time.
 */
struct signals_watch {
	uint64_t due; /* when beat is to be called, as util_now(); 0: never */
	void (*beat)(void *arg);

	/*
	 * SIGUSR1 has come, or what signals_hear was asked for; SIGTSTP: all
	 * will stop now; SIGCONT: all goes on.
	 */
	void (*hear)(void *arg, int number);
	void *arg;
	bool looking; /* so workers tell what they do, now and then */
};

struct signals {
	int fd;		   /* signalfd(2), non-blocking, close-on-exec */
	sigset_t ours;	   /* what it delivers */
	sigset_t original; /* the mask at start */
	int fatal;	   /* the first signal that ends the run, or 0 */
	bool child;	   /* a child changed state; the reader clears it */
	uint64_t drained;  /* when signals_drain_sometimes last did */
	bool pipe_kills;   /* SIGPIPE had its default action at start */

	/*
	 * In a worker: where the parent writes that all is to be left, by a
	 * number below 0; shown as fatal.
	 */
	const _Atomic int *told;

	/*
	 * Called with SIGSTOP before this process stops and with SIGCONT
	 * after it went on; NULL when there are no workers.
	 */
	void (*forward)(void *arg, int number);
	void *forward_arg;

	struct signals_watch *watch; /* or NULL */
};

/*
 * Sets the dispositions of this process and opens the descriptor. Returns 0,
 * or -1 with errno (EMFILE, ENFILE, ENOMEM).
 */
int signals_open(struct signals *signals);

/* NUMBER, which does nothing by default (SIGWINCH), is heard from now on. */
void signals_hear(struct signals *signals, int number);

/* Takes in what has come, without waiting. Returns signals->fatal. */
int signals_drain(struct signals *signals);

/*
 * The same at most every 20 ms, for calls between one small thing and another.
 */
int signals_drain_sometimes(struct signals *signals);

/*
 * Waits until a descriptor is ready, a signal has come or TIMEOUT milliseconds
 * (-1: none) are over, and drains the signals. FDS are COUNT entries as for
 * poll(2), of which the first is for the signals and filled in here. Returns
 * signals->fatal; on a failure of poll (ENOMEM), as if nothing had come.
 */
int signals_wait(struct signals *signals, struct pollfd *fds, size_t count,
		 int timeout);

/*
 * The same for one descriptor FD and EVENTS, without a time limit. Returns 0
 * when it is ready, or signals->fatal.
 */
int signals_wait_fd(struct signals *signals, int fd, short events);

/*
 * Waits until something can be written to FD, which somebody outside reads or
 * does not. Nobody who looks on is called meanwhile: they would write, too.
 * Returns 0 then, or signals->fatal if there is no room at once.
 */
int signals_wait_room(struct signals *signals, int fd);

/*
 * A write to somebody outside said EPIPE: fatal, as it is for cp, unless
 * SIGPIPE was ignored at start. Returns signals->fatal.
 */
int signals_broken_pipe(struct signals *signals);

/*
 * In a child: the mask of the start, and deaf to what a terminal, timeout(1)
 * or systemd sends to a whole process group. The parent decides.
 */
void signals_worker(struct signals *signals);

/*
 * Ends this process by its fatal signal, so that a shell sees why; or, where
 * that does not end the first process of a container, with the exit status that
 * a shell would report.
 */
_Noreturn void signals_die(struct signals *signals);

#endif
