/* SPDX-License-Identifier: MIT */
/*
 * The best that a machine can do, to hold a copier against.
 *
 *     limit copy   [-p] [-j N] [-b BYTES] [-c BYTES] SOURCE DEST
 *     limit write  [-p] [-j N] [-b BYTES] [-c BYTES] SOURCE DEST
 *     limit memcpy      [-j N] [-b BYTES] [-c BYTES] SOURCE
 *     limit clone                                    SOURCE DEST
 *
 * copy: N processes take turns at pieces (-c) of SOURCE, pread each through a
 * buffer (-b) that stays in their L2 cache and pwrite it to DEST, and nothing
 * else is done: nothing is asked, checked, prepared or cleaned up. write: the
 * same, but what is written was never read. memcpy: no file at all, memory to
 * memory, as many bytes as SOURCE has. clone: one ioctl. With -p the space is
 * reserved first.
 *
 * A DEST that exists is written over, not truncated. The processes start
 * together, once their memory is touched, and the seconds from there to the end
 * of the last are printed; the time of the whole process is for others to take.
 */
#define _GNU_SOURCE 1
#ifdef HAVE_CONFIG_H
# include "config.h"
#endif
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PROCESSES = 1024 };
enum { BUFFER = 128 << 10 }; /* stays in any L2, with room to spare */
enum { PIECE = 32 << 20 };   /* as large as may be, and the last ones short */
enum { REGION = 64 << 20 };  /* no last-level cache holds two of these */

struct shared {
	_Atomic uint64_t next; /* of SOURCE, not yet taken by anybody */
	_Atomic int failed;
};

struct limit {
	const char *mode;
	int in, out; /* -1 when not there */
	int processes, reserve;
	size_t buffer;
	uint64_t size, piece;
	struct shared *shared;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static char *memory(size_t size)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		err(1, "mmap");
	/* Not zeros: their page, or what compresses them, would be found. */
	memset(p, 0x5a, size);
	return p;
}

static int move(const struct limit *l, char *buf, uint64_t at, uint64_t end)
{
	while (at < end) {
		size_t want = end - at < l->buffer ? end - at : l->buffer;
		ssize_t n = want;
		if (l->in >= 0)
			n = pread(l->in, buf, want, at);
		if (n > 0)
			n = pwrite(l->out, buf, n, at);
		if (n <= 0) {
			warn("%s at %llu", l->mode, (unsigned long long)at);
			return -1;
		}
		at += n;
	}
	return 0;
}

/* Round and round in two regions, which no cache can hold. */
static void move_memory(char *to, const char *from, size_t step, size_t done,
			size_t length)
{
	for (size_t end = done + length; done < end; done += step) {
		size_t at = done % REGION;
		size_t n = end - done < step ? end - done : step;
		memcpy(to + at, from + at, n < REGION - at ? n : REGION - at);
	}
}

static int work(const struct limit *l, int ready, int go)
{
	int plain = !strcmp(l->mode, "memcpy");
	char *buf = memory(plain ? REGION : l->buffer);
	char *to = plain ? memory(REGION) : NULL;
	char c = 0;

	/* All begin when the parent closes its end. */
	if (write(ready, &c, 1) != 1 || read(go, &c, 1) < 0)
		return -1;
	for (;;) {
		uint64_t at = atomic_fetch_add(&l->shared->next, l->piece);
		uint64_t left = at < l->size ? l->size - at : 0;
		uint64_t length = left < l->piece ? left : l->piece;
		if (at >= l->size || l->shared->failed)
			return 0;
		if (plain)
			move_memory(to, buf, l->buffer, at, length);
		else if (move(l, buf, at, at + length))
			return -1;
	}
}

static void start(const struct limit *l, const int *ready, const int *go)
{
	pid_t parent = getpid();

	for (int i = 0; i < l->processes; i++) {
		pid_t pid = fork();
		if (pid < 0)
			err(1, "fork");
		if (pid)
			continue;
		close(go[1]);
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
			_exit(1);
		if (work(l, ready[1], go[0]))
			l->shared->failed = 1;
		_exit(0);
	}
}

static double together(const struct limit *l)
{
	int ready[2], go[2], status;
	double begin;
	char c;

	if (pipe(ready) || pipe(go))
		err(1, "pipe");
	start(l, ready, go);
	close(ready[1]);
	for (int i = 0; i < l->processes; i++)
		if (read(ready[0], &c, 1) != 1)
			errx(1, "a process did not start");
	begin = now();
	close(go[0]);
	close(go[1]);
	for (int i = 0; i < l->processes; i++)
		if (wait(&status) < 0 || status || l->shared->failed)
			exit(1);
	return now() - begin;
}

static double clone_file(const struct limit *l)
{
	double begin = now();

	if (ioctl(l->out, FICLONE, l->in))
		err(1, "clone");
	return now() - begin;
}

static long number(const char *text, long most)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*end || n < 1 || n > most)
		errx(2, "not a number from 1 to %ld: %s", most, text);
	return n;
}

static void open_files(struct limit *l, char *const *names)
{
	struct stat st;

	l->in = open(names[0], O_RDONLY | O_CLOEXEC);
	if (l->in < 0 || fstat(l->in, &st))
		err(1, "%s", names[0]);
	l->size = st.st_size;
	if (!strcmp(l->mode, "write") || !strcmp(l->mode, "memcpy")) {
		close(l->in);
		l->in = -1;
	}
	if (!names[1])
		return;
	l->out = open(names[1], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (l->out < 0)
		err(1, "%s", names[1]);
	if (l->reserve && l->size && fallocate(l->out, 0, 0, l->size))
		err(1, "fallocate %s", names[1]);
}

static void usage(void)
{
	fputs("usage: limit copy|write [-p] [-j N] [-b BYTES] [-c BYTES] SOURCE "
	      "DEST\n"
	      "       limit memcpy [-j N] [-b BYTES] [-c BYTES] SOURCE\n"
	      "       limit clone SOURCE DEST\n",
	      stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	struct limit l = { .in = -1,
			   .out = -1,
			   .processes = 1,
			   .buffer = BUFFER,
			   .piece = PIECE };
	int files, opt;
	double seconds;

	l.mode = argc > 1 ? argv[1] : "";
	files = !strcmp(l.mode, "memcpy") ? 1 : 2;
	if (files == 2 && strcmp(l.mode, "copy") && strcmp(l.mode, "write") &&
	    strcmp(l.mode, "clone"))
		usage();
	argc--;
	argv++;
	while ((opt = getopt(argc, argv, "pj:b:c:")) != -1) {
		if (opt == 'p')
			l.reserve = 1;
		else if (opt == 'j')
			l.processes = number(optarg, MAX_PROCESSES);
		else if (opt == 'b')
			l.buffer = number(optarg, REGION);
		else if (opt == 'c')
			l.piece = number(optarg, LONG_MAX / 2);
		else
			usage();
	}
	if (argc - optind != files)
		usage();
	l.shared = mmap(NULL, sizeof(*l.shared), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (l.shared == MAP_FAILED)
		err(1, "mmap");
	open_files(&l, argv + optind);
	seconds = !strcmp(l.mode, "clone") ? clone_file(&l) : together(&l);
	if (l.out >= 0 && close(l.out))
		err(1, "close");
	printf("%.6f\n", seconds);
	return fflush(stdout) ? 1 : 0;
}
