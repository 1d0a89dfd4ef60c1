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

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/vfs.h>

#include "memory.h"
#include "sys.h"
#include "util.h"

/* What a row is for, any of the bits of each line. */
enum {
	ALONE = 1 << 0, /* this process */
	FEW = 1 << 1,	/* two or three workers at once */
	MANY = 1 << 2,	/* more of them, on as many CPUs */
	NEW = 1 << 3,	/* a new destination */
	EXISTING = 1 << 4,
	SMALL_PAGES = 1 << 5,
	HUGE_PAGES = 1 << 6, /* the file system gives them to mappings */
	CACHED = 1 << 7,     /* the source is in the page cache */
	ON_DISK = 1 << 8,
	TO_DISK = 1 << 9, /* and the copy is there, too, before it is done */
	BEYOND = 1 << 10, /* on the disk, and larger than memory */
	WHOLE = 1 << 11,  /* each worker has much of it in one piece */
	PIECES = 1 << 12,
};

#define ANY_FILE (NEW | EXISTING | WHOLE | PIECES)
#define ANYBODY (ALONE | FEW | MANY)
#define ANY_PAGES (SMALL_PAGES | HUGE_PAGES)
#define ANY_TYPE 0

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
	 * Larger than memory (2 GiB in a control group of 400 MiB, synced
	 * afterwards). ext4, alone: direct 3.4; two: direct 3.2, rw 1.02, mmap
	 * 0.7. xfs, alone: direct 2.5; two: direct 2.4, rw 1.27, mmap 1.26.
	 */
	{ EXT4_SUPER_MAGIC, BEYOND | ANY_PAGES | ANYBODY | ANY_FILE,
	  OPTIONS_ENGINE_DIRECT, "it is larger than memory" },
	{ XFS_SUPER_MAGIC, BEYOND | ANY_PAGES | ANYBODY | ANY_FILE,
	  OPTIONS_ENGINE_DIRECT, "it is larger than memory" },
	/*
	 * Read from disk, and to be there again (--fsync; cp with sync(1)).
	 * ext4, two: direct 1.9, rw 1.2; five: direct 1.5, rw 1.1; alone: 0.9,
	 * 0.9. xfs, two: direct 1.5, rw 0.4; five: direct 1.1.
	 */
	{ EXT4_SUPER_MAGIC, TO_DISK | ANY_PAGES | ANYBODY | ANY_FILE,
	  OPTIONS_ENGINE_DIRECT, "it goes from disk to disk" },
	{ XFS_SUPER_MAGIC, TO_DISK | ANY_PAGES | ANYBODY | ANY_FILE,
	  OPTIONS_ENGINE_DIRECT, "it goes from disk to disk" },
	/*
	 * Read from disk. ext4, five: rw 1.36, mmap 1.10, direct 1.11; synced
	 * afterwards: rw 1.72, direct 2.2. Whoever does not sync would wait,
	 * with direct, for the disk that is written, which others put off: so
	 * it is not for what fits into memory.
	 */
	{ ANY_TYPE, ON_DISK | TO_DISK | BEYOND | ANY_PAGES | ANYBODY | ANY_FILE,
	  OPTIONS_ENGINE_RW, "it has to be read from disk" },
	/*
	 * tmpfs, huge=advise. Two: mmap 3.9, loaded 2.4; rw 1.39, 1.1; cfr
	 * 1.22. Alone: mmap 2.5, cfr 1.15, rw 1.0 on an AMD EPYC; mmap 0.86,
	 * cfr 1.35, rw 1.10 on an Intel Xeon, and 0.3 where the hypervisor has
	 * taken the memory back meanwhile (doc/design.md): not to be slower
	 * than cp, one process does without mappings. Files of 5 MiB, alone:
	 * mmap 1.01, rw 0.98; of 1 MiB: mmap 0.76, rw 1.13.
	 */
	{ TMPFS_MAGIC, CACHED | HUGE_PAGES | FEW | MANY | ANY_FILE,
	  OPTIONS_ENGINE_MMAP,
	  "mappings with huge pages are fastest on tmpfs" },
	/* tmpfs, alone: cfr 1.16, loaded 1.13; rw 1.0; mmap 0.6. */
	{ TMPFS_MAGIC, CACHED | ANY_PAGES | ALONE | ANY_FILE,
	  OPTIONS_ENGINE_CFR,
	  "the kernel's own copy is fastest on tmpfs for one process" },
	/* ext4, alone: cfr 1.61, loaded 1.51; rw 1.27, 1.3; mmap 1.06, 0.94. */
	{ EXT4_SUPER_MAGIC, CACHED | SMALL_PAGES | ALONE | ANY_FILE,
	  OPTIONS_ENGINE_CFR,
	  "the kernel's own copy is fastest on ext4 for one process" },
	/*
	 * Four at 1 GiB, on 2 CPUs: ext4 mmap 1.24, rw 1.78; xfs mmap 1.12, rw
	 * 1.62. But there rw is at what 2 CPUs can do; with more of them it
	 * ends where one at a time may write (the lock of the inode), and mmap
	 * does not. Not measured.
	 */
	{ EXT4_SUPER_MAGIC,
	  CACHED | SMALL_PAGES | MANY | NEW | EXISTING | WHOLE,
	  OPTIONS_ENGINE_MMAP, "workers on many CPUs do not wait for a lock" },
	{ XFS_SUPER_MAGIC, CACHED | SMALL_PAGES | MANY | NEW | EXISTING | WHOLE,
	  OPTIONS_ENGINE_MMAP, "workers on many CPUs do not wait for a lock" },
	{ BTRFS_SUPER_MAGIC,
	  CACHED | SMALL_PAGES | MANY | NEW | EXISTING | WHOLE,
	  OPTIONS_ENGINE_MMAP, "workers on many CPUs do not wait for a lock" },
	/*
	 * tmpfs, two: rw 1.47, loaded 0.97; cfr 1.20, 1.14; mmap 1.22, 0.6.
	 * Five: rw 1.39, mmap 1.19. ext4, two: rw 1.82, loaded 1.35; mmap 1.76,
	 * 0.45 to 0.8; cfr 1.73, 1.48. xfs, two: rw 1.76, mmap 1.10; files of
	 * 256, 64, 16 and 5 MiB: rw 1.68, 1.46, 1.60, 1.58, mmap 1.50, 1.30,
	 * 1.16, 0.44. btrfs, two: rw 1.16, mmap 1.04; files of 64 and 5 MiB: rw
	 * 0.99, 1.11, mmap 0.88, 0.78. Pieces of 3 MiB between holes: rw takes
	 * 0.57 (ext4, four), 0.47 (xfs) and 0.67 (btrfs) of mmap's time.
	 */
	{ ANY_TYPE, CACHED | SMALL_PAGES | FEW | MANY | ANY_FILE,
	  OPTIONS_ENGINE_RW, "workers at one file gain most by it" },
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

/* Whether most of SOURCE, SIZE bytes, is not in the page cache. */
static bool is_on_disk(int source, uint64_t size)
{
	const unsigned int looks = 8;
	unsigned int missing = 0, i;

	for (i = 0; i < looks; i++) {
		off_t offset = (off_t)(size / looks * i);
		char byte;
		struct iovec one = { .iov_base = &byte, .iov_len = 1 };
		ssize_t got = preadv2(source, &one, 1, offset, RWF_NOWAIT);

		/*
		 * EOPNOTSUPP, of tmpfs for one: nothing to wait for. 0: of
		 * Linux 5.9 and 5.10, as EAGAIN [preadv2(2), BUGS].
		 */
		if (got == 0 || (got < 0 && errno == EAGAIN))
			missing++;
	}
	return missing > looks / 2;
}

static enum engine_from where_from(int source, uint64_t size)
{
	if (size < ENGINE_AUTO_LOOKS_FROM || !is_on_disk(source, size))
		return ENGINE_FROM_CACHE;
	return size < memory_available() ? ENGINE_FROM_DISK
					 : ENGINE_FROM_BEYOND;
}

void engine_auto_look(struct engine_case *about, int source, int dest,
		      uint64_t size)
{
	struct statfs fs;
	struct stat st;

	about->from = where_from(source, size);

	about->type = 0;
	about->huge_pages = false;
	if (fstatfs(dest, &fs) == 0)
		about->type = (uint32_t)fs.f_type;
	if (about->type == TMPFS_MAGIC && size >= ENGINE_AUTO_HUGE_FROM &&
	    fstat(dest, &st) == 0)
		about->huge_pages = gives_huge_pages(st.st_dev);
}

/* Choosing */

static bool fits(const struct row *row, const struct engine_case *about)
{
	static const unsigned int from[] = {
		[ENGINE_FROM_CACHE] = CACHED,
		[ENGINE_FROM_DISK] = ON_DISK,
		[ENGINE_FROM_BEYOND] = BEYOND,
	};
	unsigned int when = about->existing ? EXISTING : NEW;

	when |= about->pieces ? PIECES : WHOLE;
	when |= about->huge_pages ? HUGE_PAGES : SMALL_PAGES;
	when |= about->durable && about->from == ENGINE_FROM_DISK
			? TO_DISK
			: from[about->from];
	if (about->workers < 2)
		when |= ALONE;
	else
		when |= about->workers < 4 ? FEW : MANY;
	return (row->type == ANY_TYPE || row->type == about->type) &&
	       (row->when & when) == when;
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
