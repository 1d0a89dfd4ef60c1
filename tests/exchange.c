/* SPDX-License-Identifier: MIT */
/*
 * Somebody who exchanges what mcp is copying, again and again.
 *
 *     exchange COUNT MICROSECONDS DIR A B [A B]...
 *
 * COUNT times, one of the pairs of names in DIR is exchanged at once
 * (renameat2(2), RENAME_EXCHANGE), with a pause of up to so many microseconds
 * before each. A name that is not there, since mcp is replacing it, does not
 * count.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Then it is gone for good. */
#define MOST_MISSED 1000000

int main(int argc, char **argv)
{
	long count, pause, missed = 0;
	int dir, pairs = (argc - 4) / 2;

	if (argc < 6 || argc % 2 != 0) {
		fprintf(stderr, "usage: exchange COUNT MICROSECONDS DIR A B "
				"[A B]...\n");
		return 2;
	}
	count = atol(argv[1]);
	pause = atol(argv[2]);
	dir = open(argv[3], O_RDONLY | O_DIRECTORY);
	if (dir < 0) {
		perror(argv[3]);
		return 1;
	}
	srandom((unsigned int)getpid());
	while (count > 0) {
		const struct timespec rest = {
			.tv_nsec = pause ? random() % pause * 1000 : 0,
		};
		char **pair = argv + 4 + 2 * (random() % pairs);

		nanosleep(&rest, NULL);
		if (syscall(SYS_renameat2, dir, pair[0], dir, pair[1],
			    RENAME_EXCHANGE) == 0) {
			count--;
		} else if (errno != ENOENT || ++missed > MOST_MISSED) {
			perror(pair[0]);
			return 1;
		}
	}
	return 0;
}
