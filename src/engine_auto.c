/* SPDX-License-Identifier: MIT */
/*
 * What auto means.
 *
 * The table below is all there is to it: the first row that fits and whose
 * engine serves the two files; else rw. Each row stands on a measurement, given
 * as the ratio of cp's time to the engine's: above 1 is faster than cp. A file
 * of 1 GiB in page cache to a new one; 2 CPUs, Linux 6.18, file systems in
 * memory, cp 9.1 --reflink=never, medians of interleaved rounds:
 *
 *     bench/run --tables=file --add='mcp --reflink=never -j 2 --engine=rw'
 *
 * Loaded: while other programs wanted 2 to 5 CPUs besides. Then -j 2 gains
 * nothing, and what takes the least CPU time wins. Onto an existing file
 * (loaded only) the order was the same; rows can tell the two apart.
 */
#include "config.h"

#include "engine_auto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "sys.h"
#include "util.h"

/* What a row is for, any of the bits of each line. */
enum {
	ALONE = 1 << 0, /* this process */
	FEW = 1 << 1,	/* two or three workers */
	MANY = 1 << 2,	/* more of them */
	NEW = 1 << 3,	/* a new destination */
	EXISTING = 1 << 4,
	SMALL_PAGES = 1 << 5,
	HUGE_PAGES = 1 << 6, /* the file system gives them to mappings */
};

#define ANY_FILE (NEW | EXISTING)

struct row {
	uint32_t type; /* of the destination's file system */
	unsigned int when;
	enum options_engine engine;
	const char *why;
};

/*
 * cfr stands only where it cannot share blocks, which --reflink=never forbids.
 * It moves pages from file to file in one copy, where rw makes two, but all of
 * it under the lock of the file that is written, so workers add nothing. rw
 * reads outside of that lock, and mmap does not take it.
 */
static const struct row rows[] = {
	/*
	 * tmpfs, huge=advise. Alone: mmap 2.5, cfr 1.15, rw 1.0. Two: mmap 3.9,
	 * loaded 2.4; rw 1.39, 1.1; cfr 1.22. Where a hypervisor has taken the
	 * memory back meanwhile, mmap was 0.4 to 0.9 (doc/design.md).
	 */
	{ TMPFS_MAGIC, HUGE_PAGES | ALONE | FEW | MANY | ANY_FILE,
	  OPTIONS_ENGINE_MMAP,
	  "mappings with huge pages are fastest on tmpfs" },
	/* tmpfs, alone: cfr 1.16, loaded 1.13; rw 1.0; mmap 0.6. */
	{ TMPFS_MAGIC, SMALL_PAGES | ALONE | ANY_FILE, OPTIONS_ENGINE_CFR,
	  "the kernel's own copy is fastest on tmpfs for one process" },
	/*
	 * Two: rw 1.47, loaded 0.97; cfr 1.20, 1.14; mmap 1.22, 0.6. Five: rw
	 * 1.39, mmap 1.19.
	 */
	{ TMPFS_MAGIC, SMALL_PAGES | FEW | MANY | ANY_FILE, OPTIONS_ENGINE_RW,
	  "workers at one file gain most by it on tmpfs" },
	/* ext4, alone: cfr 1.61, loaded 1.51; rw 1.27, 1.3; mmap 1.06, 0.94. */
	{ EXT4_SUPER_MAGIC, SMALL_PAGES | ALONE | ANY_FILE, OPTIONS_ENGINE_CFR,
	  "the kernel's own copy is fastest on ext4 for one process" },
	/* Two: rw 1.82, loaded 1.35; mmap 1.76, 0.45 to 0.8; cfr 1.73, 1.48. */
	{ EXT4_SUPER_MAGIC, SMALL_PAGES | FEW | ANY_FILE, OPTIONS_ENGINE_RW,
	  "a few workers at one file gain most by it on ext4" },
	/* Five: mmap 1.84, rw 1.79. */
	{ EXT4_SUPER_MAGIC, SMALL_PAGES | MANY | ANY_FILE, OPTIONS_ENGINE_MMAP,
	  "many workers at one file gain most by it on ext4" },
	/* xfs, two: mmap 2.05, loaded 0.9; rw 1.67, 1.0. Alone: 0.86, 1.01. */
	{ XFS_SUPER_MAGIC, SMALL_PAGES | FEW | MANY | ANY_FILE,
	  OPTIONS_ENGINE_MMAP, "workers at one file gain most by it on xfs" },
	/* btrfs, two: mmap 1.37, loaded 0.7; rw 1.05, 0.97. Alone 0.7, 0.95. */
	{ BTRFS_SUPER_MAGIC, SMALL_PAGES | FEW | MANY | ANY_FILE,
	  OPTIONS_ENGINE_MMAP, "workers at one file gain most by it on btrfs" },
};

/* Reading the situation */

/*
 * Whether the tmpfs that is device DEV gives huge pages to mappings that ask
 * for them (mount option huge): nothing else tells, least of all statfs.
 */
static bool gives_huge_pages(dev_t dev)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	unsigned int major, minor;
	char *line = NULL;
	bool found = false;
	size_t size = 0;

	if (!mounts)
		return false;
	while (!found && getline(&line, &size, mounts) >= 0)
		found = sscanf(line, "%*u %*u %u:%u", &major, &minor) == 2 &&
			makedev(major, minor) == dev && strstr(line, "huge=") &&
			!strstr(line, "huge=never");
	free(line);
	fclose(mounts);
	return found;
}

void engine_auto_look(struct engine_case *about, int dest)
{
	struct statfs fs;
	struct stat st;

	about->type = 0;
	about->huge_pages = false;
	if (fstatfs(dest, &fs) == 0)
		about->type = (uint32_t)fs.f_type;
	if (about->type == TMPFS_MAGIC && fstat(dest, &st) == 0)
		about->huge_pages = gives_huge_pages(st.st_dev);
}

/* Choosing */

static bool fits(const struct row *row, const struct engine_case *about)
{
	unsigned int when = about->existing ? EXISTING : NEW;

	when |= about->huge_pages ? HUGE_PAGES : SMALL_PAGES;
	if (about->workers < 2)
		when |= ALONE;
	else
		when |= about->workers < 4 ? FEW : MANY;
	return row->type == about->type && (row->when & when) == when;
}

unsigned int engine_auto_rank(const struct engine_case *about,
			      enum options_engine ranked[OPTIONS_ENGINES])
{
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < UTIL_COUNT(rows) && count + 1 < OPTIONS_ENGINES; i++)
		if (fits(&rows[i], about))
			ranked[count++] = rows[i].engine;
	ranked[count++] = OPTIONS_ENGINE_RW;
	return count;
}

const char *engine_auto_why(const struct engine_case *about,
			    enum options_engine engine)
{
	size_t i;

	for (i = 0; i < UTIL_COUNT(rows); i++)
		if (fits(&rows[i], about) && rows[i].engine == engine)
			return rows[i].why;
	return "no other is known to be faster here";
}
