/* SPDX-License-Identifier: MIT */
/*
 * Processes that take turns at the pieces of one task.
 */
#ifndef MCP_BENCH_SHARE_H
#define MCP_BENCH_SHARE_H

#include <err.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * What each process does until there is nothing left: NEXT, which all of them
 * have in common and which begins at 0, is where the next piece is taken. It
 * ends the process by itself only when something has failed.
 */
typedef void share_work(const void *task, _Atomic uint64_t *next);

/*
 * Has WORK done by PROCESSES children, which end with us. Returns 0, or 1 when
 * one of them has failed; ends the program when they cannot be started.
 */
static inline int share_out(share_work *work, const void *task, long processes)
{
	_Atomic uint64_t *next = mmap(NULL, sizeof(*next),
				      PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t parent = getpid();
	int status, failed = 0;

	if (next == MAP_FAILED)
		err(1, "mmap");
	for (long i = 0; i < processes; i++) {
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork");
		if (pid)
			continue;
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
			_exit(1);
		work(task, next);
		_exit(0);
	}
	while (wait(&status) > 0)
		failed |= status;
	return failed ? 1 : 0;
}

#endif
