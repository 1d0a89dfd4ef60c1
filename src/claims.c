/* SPDX-License-Identifier: MIT */
/*
 * Who was the first to come to a file of several names.
 *
 * The number of a mark is that of the inode, as far as it goes: a file system
 * counts its inodes, so that the files of a tree have marks of their own, side
 * by side, and few pages are touched. What goes beyond, the allocation group on
 * xfs, in which it counts anew, and the device tell where it begins.
 */
#include "config.h"

#include "claims.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

/* 4 MiB, of which memory is taken where it is touched. */
#define MARKS (UINT64_C(1) << 25)

/* As Fibonacci hashing does: neighbours begin far from each other. */
#define SPREAD UINT64_C(0x9e3779b97f4a7c15)

struct claims {
	_Atomic uint64_t words[MARKS / 64];
};

struct claims *claims_start(void)
{
	void *pages = mmap(NULL, sizeof(struct claims), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return pages == MAP_FAILED ? NULL : pages;
}

bool claims_take(struct claims *claims, struct identity file)
{
	uint64_t beyond = file.ino / MARKS + file.dev;
	uint64_t mark = (file.ino + beyond * SPREAD) % MARKS;
	uint64_t bit = UINT64_C(1) << (mark % 64);

	return (atomic_fetch_or(&claims->words[mark / 64], bit) & bit) == 0;
}

void claims_free(struct claims *claims)
{
	if (claims)
		munmap(claims, sizeof(*claims));
}
