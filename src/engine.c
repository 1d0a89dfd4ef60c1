/* SPDX-License-Identifier: MIT */
/*
 * Engines: the table, and which row serves when nobody asked for one.
 */
#include "config.h"

#include "engine.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "engine_auto.h"
#include "engine_cfr.h"
#include "engine_clone.h"
#include "engine_direct.h"
#include "engine_mmap.h"
#include "engine_rw.h"
#include "engine_zeros.h"
#include "sys.h"
#include "util.h"

static const struct engine *const engines[] = {
	[OPTIONS_ENGINE_MMAP] = &engine_mmap,
	[OPTIONS_ENGINE_RW] = &engine_rw,
	[OPTIONS_ENGINE_CFR] = &engine_cfr,
	[OPTIONS_ENGINE_CLONE] = &engine_clone,
	[OPTIONS_ENGINE_DIRECT] = &engine_direct,
};

static const char *const names[] = {
	[OPTIONS_ENGINE_AUTO] = "auto",
	[OPTIONS_ENGINE_MMAP] = "mmap",
	[OPTIONS_ENGINE_RW] = "rw",
	[OPTIONS_ENGINE_CFR] = "cfr",
	[OPTIONS_ENGINE_CLONE] = "clone",
	[OPTIONS_ENGINE_DIRECT] = "direct",
	NULL,
};

/*
 * Where reserving the space first pays. ext4: twice the rate with either
 * engine, since unwritten extents spare the delayed allocation of every page;
 * xfs: 15.3 GB/s against 10.8. Not on tmpfs, where it zeroes pages that are
 * then written again (0.2-0.35 s a GiB) and keeps huge pages away, nor on
 * btrfs, where it turns off compression for the range.
 */
static const uint32_t preallocating[] = {
	EXT4_SUPER_MAGIC,
	XFS_SUPER_MAGIC,
};

/*
 * Where sharing the blocks of a small file takes longer than copying it. Trees
 * of files of 1, 4, 8, 16, 32 and 64 KiB in page cache, two workers, medians of
 * 5, the time with --reflink=never to that with blocks shared: xfs 0.80, 0.82,
 * 0.96, 1.04, 1.1, 1.3; btrfs 1.2, 1.5, 1.5, 1.9, 2.3, 3.1.
 */
static const uint32_t copying_small[] = {
	XFS_SUPER_MAGIC,
};

/*
 * Where one copy_file_range(2) does a small file faster than read(2) and
 * write(2): the kernel splices pages where blocks cannot be shared
 * (copy_file_range(2), Linux 4.5). Trees of new files of 1, 4, 16, 64, 128 and
 * 512 KiB in page cache, two workers, the least times of 11, to those of read and
 * write: tmpfs 0.97, 0.93, 0.90, 0.86, 0.85, 0.82; ext4 1.03, 0.95, 0.97, 0.94,
 * 0.95, 0.93.
 */
static const uint32_t moving_small[] = {
	EXT4_SUPER_MAGIC,
	TMPFS_MAGIC,
};

int engine_by_name(const char *name, enum options_engine *which)
{
	size_t i;

	for (i = 0; names[i]; i++) {
		if (strcmp(names[i], name) == 0) {
			*which = (enum options_engine)i;
			return 0;
		}
	}
	return -1;
}

const char *const *engine_names(void)
{
	return names;
}

const char *engine_name(enum options_engine which)
{
	return names[which];
}

int engine_serves(enum options_engine which, const struct engine_pair *pair)
{
	/* What a mapping of a file that cannot be read says. */
	if (which == OPTIONS_ENGINE_MMAP && !pair->dest_readable)
		return EACCES;
	return engine_probe(which, pair->source, pair->dest, pair->size);
}

static struct engine_case case_of(const struct engine_pair *pair)
{
	struct engine_case about = {
		.existing = pair->dest_existing,
		.durable = pair->durable,
		.pieces = pair->holes ||
			  pair->size < pair->workers * ENGINE_AUTO_PIECE,
		.workers = pair->workers,
	};

	engine_auto_look(&about, pair->source, pair->dest, pair->size);
	return about;
}

const char *engine_why(const struct engine_pair *pair,
		       enum options_engine which)
{
	const struct engine_case about = case_of(pair);

	return engine_auto_why(&about, which);
}

enum options_engine engine_choose(const struct engine_pair *pair)
{
	const struct engine_case about = case_of(pair);
	enum options_engine ranked[OPTIONS_ENGINES];
	unsigned int count, i = 0;

	count = engine_auto_rank(&about, ranked);
	/* The last one serves everything. */
	while (i + 1 < count && engine_serves(ranked[i], pair) != 0)
		i++;
	return ranked[i];
}

bool engine_preallocates(int dest)
{
	return util_is_on(dest, preallocating, UTIL_COUNT(preallocating));
}

bool engine_copies_small(int dest)
{
	return util_is_on(dest, copying_small, UTIL_COUNT(copying_small));
}

bool engine_moves_small(int dest)
{
	return util_is_on(dest, moving_small, UTIL_COUNT(moving_small));
}

int engine_probe(enum options_engine which, int source, int dest, uint64_t size)
{
	return engines[which]->probe(source, dest, size);
}

enum engine_result engine_copy(enum options_engine which, bool forced,
			       struct engine_work *work,
			       struct engine_range *range, struct err *err)
{
	enum engine_result result;

	/* rw sees the bytes anyway. */
	if (range->zeros == JOB_ZEROS_FILL ||
	    (range->zeros == JOB_ZEROS_SKIP && which != OPTIONS_ENGINE_RW))
		return engine_zeros_copy(which, forced, work, range, err);
	result = engines[which]->copy(work, range, err);
	if (result != ENGINE_REFUSED)
		return result;
	if (!forced)
		return engine_rw.copy(work, range, err);
	err_set(err, ERR_ENGINE);
	return ENGINE_FAILED;
}

void *engine_buffer(struct engine_work *work)
{
	void *buffer;

	if (work->buffer)
		return work->buffer;
	/* Whole pages, and none of malloc's arena in a short-lived process. */
	buffer = mmap(NULL, ENGINE_BUFFER, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buffer == MAP_FAILED)
		return NULL;
	work->buffer = buffer;
	return buffer;
}

void engine_work_free(struct engine_work *work)
{
	if (work->buffer)
		munmap(work->buffer, ENGINE_BUFFER);
	work->buffer = NULL;
	engine_direct_free(work);
}
