/* SPDX-License-Identifier: MIT */
/*
 * The clone engine: blocks are shared instead of copied (ioctl_ficlonerange(2),
 * Linux 4.5).
 *
 * Whole files are cloned by one call before any engine is asked (clone.c). What
 * comes here is a part of one, or a file of which that call would not have all.
 * Only whole blocks can be shared; bytes before the first and behind the last
 * one are copied.
 */
#include "config.h"

#include "engine_clone.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clone.h"
#include "engine_rw.h"
#include "util.h"

static enum engine_result clone_copy(struct engine_work *work,
				     struct engine_range *range,
				     struct err *err)
{
	struct stat st;
	uint64_t block;

	if (fstat(range->dest, &st) < 0)
		return ENGINE_REFUSED;
	block = (uint64_t)st.st_blksize;
	while (range->done < range->length) {
		uint64_t at = range->offset + range->done;
		uint64_t whole = util_min(range->length - range->done,
					  ENGINE_STEP - at % ENGINE_STEP) /
				 block * block;
		enum engine_result result = ENGINE_DONE;

		if (at % block != 0 || whole == 0)
			result = engine_rw_part(work, range, block - at % block,
						err);
		else if (clone_range(range->source, range->dest, at, whole) ==
			 0)
			range->done += whole;
		else
			return ENGINE_REFUSED;
		if (result != ENGINE_DONE)
			return result;
		if (work->step(work->step_arg, range->done) != 0)
			return ENGINE_STOPPED;
	}
	return ENGINE_DONE;
}

/* Sharing nothing, at the end of the source, changes nothing. */
static int clone_probe(int source, int dest, uint64_t size)
{
	if (size == 0)
		return util_check_empty(source, EOPNOTSUPP);
	return clone_range(source, dest, size, 0) < 0 ? errno : 0;
}

const struct engine engine_clone = {
	.name = "clone",
	.probe = clone_probe,
	.copy = clone_copy,
};
