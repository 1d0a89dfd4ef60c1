/* SPDX-License-Identifier: MIT */
/*
 * Runs one command and says what it cost.
 *
 *     clock [-s DIRECTORY] COMMAND [ARGUMENT]...
 *
 * Prints one line: seconds of wall time from before the command exists until it
 * is reaped, seconds of CPU in user and kernel mode of it and all that it
 * reaped, KiB of resident memory of the largest process, and its wait status.
 * With -s the file system that holds DIRECTORY is synced within the wall time,
 * for what is only in memory is not yet copied.
 *
 * Why not from Python: Linux counts the memory of whoever calls exec into the
 * peak of what is executed, and an interpreter is larger than most copiers.
 */
#define _GNU_SOURCE 1
#ifdef HAVE_CONFIG_H
# include "config.h"
#endif
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
	return t.tv_sec + t.tv_usec / 1e6;
}

/* Its output would cost it differently on a terminal and in a pipe. */
static void become(char **command, pid_t parent)
{
	int fd = open("/dev/null", O_RDWR);

	if (fd < 0 || dup2(fd, 0) < 0 || dup2(fd, 1) < 0)
		err(126, "/dev/null");
	close(fd);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(126);
	execvp(command[0], command);
	err(127, "%s", command[0]);
}

int main(int argc, char **argv)
{
	int opt, status, sync_fd = -1;
	pid_t pid, parent = getpid();
	struct rusage used;
	double begin, wall;

	while ((opt = getopt(argc, argv, "+s:")) != -1) {
		if (opt != 's')
			return 2;
		sync_fd = open(optarg, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (sync_fd < 0)
			err(2, "%s", optarg);
	}
	if (optind == argc)
		errx(2, "usage: clock [-s DIRECTORY] COMMAND [ARGUMENT]...");
	begin = now();
	pid = fork();
	if (pid < 0)
		err(2, "fork");
	if (!pid)
		become(argv + optind, parent);
	if (wait4(pid, &status, 0, &used) != pid)
		err(2, "wait4");
	if (sync_fd >= 0 && syncfs(sync_fd))
		err(2, "sync");
	wall = now() - begin;
	printf("%.9f %.6f %.6f %ld %d\n", wall, seconds(used.ru_utime),
	       seconds(used.ru_stime), used.ru_maxrss, status);
	return fflush(stdout) ? 2 : 0;
}
