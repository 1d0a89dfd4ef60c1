/* SPDX-License-Identifier: MIT */
/*
 * The mmap engine: both files mapped, memcpy(3) from one to the other.
 *
 * A range is mapped in stretches and copied in windows. Each window's pages
 * are asked for before they are touched (MADV_POPULATE_*, Linux 5.14): one
 * call for many faults, and a full file system answers EFAULT where a store
 * would raise SIGBUS. A window that could not be populated or copied is done
 * once more by rw, which either manages or knows the real errno; so this file
 * never has to guess what a fault meant.
 */
#include "config.h"

#include "engine_mmap.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine_rw.h"
#include "guard.h"
#include "sys.h"
#include "util.h"

/* So much is mapped at a time, bytes: enough to make mmap(2) itself free. */
#define STRETCH (256 * UTIL_MIB)

/*
 * So much is populated, then copied, bytes: small enough that pages which the
 * kernel zeroed are still in a cache when they are overwritten.
 */
#define WINDOW UTIL_MIB

#define HUGE_PAGE (2 * UTIL_MIB)

struct stretch {
	char *source;
	char *dest;
	uint64_t offset; /* of both in their files, of whole pages */
	size_t length;
};

static void unmap(struct stretch *stretch)
{
	if (stretch->source != MAP_FAILED)
		munmap(stretch->source, stretch->length);
	if (stretch->dest != MAP_FAILED)
		munmap(stretch->dest, stretch->length);
}

/*
 * Huge pages for the destination, where they are to be had for the asking
 * (tmpfs with huge=advise; large folios of other file systems), but only where
 * one is written whole: one that reached beyond the stretch would fill a hole
 * with 2 MiB of zeros. For the same reason no reading ahead anywhere: it takes
 * pages behind the stretch, the larger the more it has read before, into
 * folios that are written back as a whole [ext4, Linux 6.18]. Kernels that
 * refuse huge pages know no large folios either.
 */
static void advise_pages(const struct stretch *stretch)
{
	uint64_t start = util_round_up(stretch->offset, HUGE_PAGE);
	uint64_t end =
		(stretch->offset + stretch->length) / HUGE_PAGE * HUGE_PAGE;

	if (start < end && madvise(stretch->dest + (start - stretch->offset),
				   (size_t)(end - start), MADV_HUGEPAGE) < 0)
		return;
	madvise(stretch->dest, stretch->length, MADV_RANDOM);
}

/* Maps what is left of RANGE, or the first STRETCH of it. */
static int map(const struct engine_range *range, struct stretch *stretch)
{
	uint64_t at = range->offset + range->done;
	size_t before = (size_t)(at % util_page_size());

	stretch->offset = at - before;
	stretch->length =
		(size_t)util_min(range->length - range->done + before, STRETCH);
	stretch->dest = MAP_FAILED;
	stretch->source = mmap(NULL, stretch->length, PROT_READ, MAP_SHARED,
			       range->source, (off_t)stretch->offset);
	if (stretch->source == MAP_FAILED)
		return -1;
	stretch->dest = mmap(NULL, stretch->length, PROT_READ | PROT_WRITE,
			     MAP_SHARED, range->dest, (off_t)stretch->offset);
	if (stretch->dest == MAP_FAILED) {
		unmap(stretch);
		return -1;
	}
	advise_pages(stretch);
	return 0;
}

/* Asks for the pages of a window; -1 when some cannot be had. */
static int populate(struct engine_work *work, char *start, size_t length,
		    int advice)
{
	if (work->no_populate)
		return 0;
	while (madvise(start, length, advice) < 0) {
		if (errno == EINVAL) {
			work->no_populate = true;
			return 0;
		}
		if (errno != EINTR && errno != EAGAIN)
			return -1;
	}
	return 0;
}

/* LENGTH bytes at AT of both files, which the stretch holds. */
static int copy_window(struct engine_work *work, const struct stretch *stretch,
		       uint64_t at, size_t length)
{
	size_t skip = (size_t)(at - stretch->offset);
	size_t before = skip % util_page_size();
	char *source = stretch->source + skip;
	char *dest = stretch->dest + skip;

	if (populate(work, source - before, length + before,
		     MADV_POPULATE_READ) < 0 ||
	    populate(work, dest - before, length + before,
		     MADV_POPULATE_WRITE) < 0)
		return -1;
	return guard_copy(dest, source, length);
}

static enum engine_result copy_stretch(struct engine_work *work,
				       struct engine_range *range,
				       const struct stretch *stretch,
				       struct err *err)
{
	uint64_t end = stretch->offset + stretch->length;

	for (;;) {
		uint64_t at = range->offset + range->done;
		size_t length;

		if (at == end)
			return ENGINE_DONE;
		/* Windows end where pages do, to populate each page once. */
		length = (size_t)util_min(end - at, WINDOW - at % WINDOW);
		if (copy_window(work, stretch, at, length) == 0) {
			range->done += length;
		} else {
			enum engine_result result =
				engine_rw_part(work, range, length, err);

			if (result != ENGINE_DONE)
				return result;
		}
		if (work->step(work->step_arg, range->done) != 0)
			return ENGINE_STOPPED;
	}
}

static enum engine_result mmap_copy(struct engine_work *work,
				    struct engine_range *range, struct err *err)
{
	while (range->done < range->length) {
		struct stretch stretch;
		enum engine_result result;

		if (map(range, &stretch) < 0)
			return ENGINE_REFUSED;
		result = copy_stretch(work, range, &stretch, err);
		unmap(&stretch);
		if (result != ENGINE_DONE)
			return result;
	}
	return ENGINE_DONE;
}

/* ENODEV: some FUSE mounts; EACCES: the destination is not open for reading. */
static int mmap_probe(int source, int dest, uint64_t size)
{
	const struct engine_range first = {
		.source = source,
		.dest = dest,
		.length = util_min(size, util_page_size()),
	};
	struct stretch stretch;

	/* There is no mapping files of /proc. */
	if (size == 0)
		return util_check_empty(source, ENODEV);
	if (map(&first, &stretch) < 0)
		return errno;
	unmap(&stretch);
	return 0;
}

const struct engine engine_mmap = {
	.name = "mmap",
	.probe = mmap_probe,
	.copy = mmap_copy,
};
