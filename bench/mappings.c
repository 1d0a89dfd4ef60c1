/* SPDX-License-Identifier: MIT */
/*
 * Ways to copy through mappings, to see what each part of one brings.
 *
 *     mappings [-j N] [-s BYTES] [-w BYTES] [-abhknpr] SOURCE DEST
 *
 * N processes take turns at stretches (-s) of SOURCE, map each and the same
 * range of DEST, and store one window (-w) after the other. Beyond that
 *
 *     -a  the space is reserved first (fallocate(2))
 *     -b  the source is not mapped, but read into a buffer that stays in L2
 *     -h  huge pages are asked for in DEST (MADV_HUGEPAGE)
 *     -k  a process keeps one range of addresses for all its stretches
 *     -n  mcp's stores past the caches (SSE2; elsewhere an error)
 *     -p  each window of DEST is populated (MADV_POPULATE_WRITE, Linux 5.14)
 *     -r  each window of SOURCE is populated (MADV_POPULATE_READ)
 *
 * Nothing else is done: nothing is checked, and a full file system is a crash.
 * mcp's own engine is -p -r -h -n, with -a where that pays.
 */
#define _GNU_SOURCE 1
#ifdef HAVE_CONFIG_H
# include "config.h"
#endif
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../src/store.h"
#include "share.h"

#ifndef MADV_POPULATE_READ
# define MADV_POPULATE_READ 22
# define MADV_POPULATE_WRITE 23
#endif

#define USAGE                                               \
 "usage: mappings [-j N] [-s BYTES] [-w BYTES] [-abhknpr] " \
 "SOURCE DEST"

enum { MAX_PROCESSES = 1024 };
enum { BUFFER = 128 << 10 }; /* stays in any L2, with room to spare */
enum { PAGE = 4096 };	     /* what sizes have to be multiples of */

struct way {
	int in, out;
	uint64_t size, stretch, window;
	bool reserve, buffered, huge, keep, past_cache;
	bool populate_source, populate_dest;
};

static void *map(void *at, size_t length, int protection, int fd, uint64_t from)
{
	void *p = mmap(at, length, protection,
		       MAP_SHARED | (at ? MAP_FIXED : 0), fd, (off_t)from);

	if (p == MAP_FAILED)
		err(1, "mmap");
	return p;
}

static void *memory(size_t length)
{
	void *p = mmap(NULL, length, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		err(1, "mmap");
	return p;
}

static void store(const struct way *way, char *to, const char *from,
		  size_t length)
{
	if (way->past_cache)
		store_past_cache(to, from, length);
	else
		memcpy(to, from, length);
}

/* LENGTH bytes at AT of the source, by way of BUFFER. */
static void read_and_store(const struct way *way, char *to, uint64_t at,
			   size_t length, char *buffer)
{
	while (length > 0) {
		size_t want = length < BUFFER ? length : BUFFER;
		ssize_t got = pread(way->in, buffer, want, (off_t)at);

		if (got <= 0)
			err(1, "pread");
		store(way, to, buffer, (size_t)got);
		to += got;
		at += (uint64_t)got;
		length -= (size_t)got;
	}
}

static void populate(char *start, size_t length, int advice)
{
	if (madvise(start, length, advice))
		err(1, "madvise");
}

/* One stretch, which begins at AT; FROM is NULL where it is read. */
static void copy_stretch(const struct way *way, char *to, char *from,
			 uint64_t at, size_t length, char *buffer)
{
	size_t done, step;

	for (done = 0; done < length; done += step) {
		step = length - done < way->window ? length - done
						   : way->window;
		if (way->populate_source && from)
			populate(from + done, step, MADV_POPULATE_READ);
		if (way->populate_dest)
			populate(to + done, step, MADV_POPULATE_WRITE);
		if (from)
			store(way, to + done, from + done, step);
		else
			read_and_store(way, to + done, at + done, step, buffer);
	}
}

static void work(const void *task, _Atomic uint64_t *next)
{
	const struct way *way = task;
	char *to_kept = way->keep ? memory(way->stretch) : NULL;
	char *from_kept = way->keep ? memory(way->stretch) : NULL;
	char *buffer = way->buffered ? memory(BUFFER) : NULL;
	uint64_t at;

	while ((at = atomic_fetch_add(next, way->stretch)) < way->size) {
		uint64_t left = way->size - at;
		size_t length = left < way->stretch ? left : way->stretch;
		char *from = NULL, *to;

		to = map(to_kept, length, PROT_READ | PROT_WRITE, way->out, at);
		if (!way->buffered)
			from = map(from_kept, length, PROT_READ, way->in, at);
		/* Where there are none to be had it is no error. */
		if (way->huge)
			madvise(to, length, MADV_HUGEPAGE);
		copy_stretch(way, to, from, at, length, buffer);
		if (way->keep)
			continue;
		munmap(to, length);
		if (from)
			munmap(from, length);
	}
}

static uint64_t number(const char *text, uint64_t unit, uint64_t most)
{
	char *end;
	unsigned long long n = strtoull(text, &end, 10);

	if (*end || n < 1 || n > most || n % unit)
		errx(2, "not a multiple of %llu up to %llu: %s",
		     (unsigned long long)unit, (unsigned long long)most, text);
	return n;
}

static void open_files(struct way *way, char *const *names)
{
	struct stat st;

	way->in = open(names[0], O_RDONLY | O_CLOEXEC);
	if (way->in < 0 || fstat(way->in, &st))
		err(1, "%s", names[0]);
	way->size = (uint64_t)st.st_size;
	way->out = open(names[1], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (way->out < 0 || ftruncate(way->out, st.st_size))
		err(1, "%s", names[1]);
	if (way->reserve && fallocate(way->out, 0, 0, st.st_size))
		err(1, "fallocate %s", names[1]);
}

static long parse(struct way *way, int argc, char **argv)
{
	long processes = 1;
	int option;

	while ((option = getopt(argc, argv, "j:s:w:abhknpr")) != -1) {
		switch (option) {
		case 'j':
			processes = (long)number(optarg, 1, MAX_PROCESSES);
			break;
		case 's':
			way->stretch = number(optarg, PAGE, 1U << 31);
			break;
		case 'w':
			way->window = number(optarg, PAGE, 1U << 31);
			break;
		case 'a':
			way->reserve = true;
			break;
		case 'b':
			way->buffered = true;
			break;
		case 'h':
			way->huge = true;
			break;
		case 'k':
			way->keep = true;
			break;
		case 'n':
			way->past_cache = true;
			break;
		case 'p':
			way->populate_dest = true;
			break;
		case 'r':
			way->populate_source = true;
			break;
		default:
			errx(2, USAGE);
		}
	}
	if (argc - optind != 2)
		errx(2, USAGE);
	return processes;
}

int main(int argc, char **argv)
{
	struct way way = { .stretch = 256 << 20, .window = 1 << 20 };
	long processes = parse(&way, argc, argv);
	int result;

#ifndef __SSE2__
	if (way.past_cache)
		errx(1, "-n: no such stores on this processor");
#endif
	open_files(&way, argv + optind);
	result = share_out(work, &way, processes);
	if (close(way.out))
		err(1, "%s", argv[optind + 1]);
	return result;
}
