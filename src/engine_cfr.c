/* SPDX-License-Identifier: MIT */
/*
 * The cfr engine: copy_file_range(2).
 *
 * The call fails in more ways than it has reasons to, and does not say which
 * of the two files was meant. What it refuses is refused here, too; where it
 * fails or finds nothing, rw does that step once more, and either manages or
 * knows.
 */
#include "config.h"

#include "engine_cfr.h"

#include <errno.h>
#include <unistd.h>

#include "engine_rw.h"
#include "util.h"

/*
 * Whether the call does not serve these files, as far as errno tells: another
 * file system (EXDEV), one that has no such call (EOPNOTSUPP, ENOTTY), an old
 * kernel (ENOSYS), a swap file, O_APPEND, and what seccomp filters and FUSE
 * say. ENOENT is CIFS between shares.
 */
static bool is_refusal(int errnum)
{
	switch (errnum) {
	case EACCES:
	case EBADF:
	case EINVAL:
	case ENOENT:
	case ENOSYS:
	case ENOTTY:
	case EOPNOTSUPP:
	case EPERM:
	case ETXTBSY:
	case EXDEV:
		return true;
	default:
		return false;
	}
}

static ssize_t move(int source, int dest, off_t offset, size_t length)
{
	ssize_t moved;

	do {
		off_t from = offset, to = offset;

		moved = copy_file_range(source, &from, dest, &to, length, 0);
	} while (moved < 0 && errno == EINTR);
	return moved;
}

/*
 * One step. Not more than ENGINE_STEP: also because glibc 2.41 and 2.42 make a
 * mistake beyond INT_MAX.
 */
static ssize_t copy_step(const struct engine_range *range)
{
	return move(range->source, range->dest,
		    (off_t)(range->offset + range->done),
		    (size_t)util_min(range->length - range->done, ENGINE_STEP));
}

static enum engine_result cfr_copy(struct engine_work *work,
				   struct engine_range *range, struct err *err)
{
	while (range->done < range->length) {
		enum engine_result result = ENGINE_DONE;
		ssize_t copied = copy_step(range);

		if (copied > 0)
			range->done += (uint64_t)copied;
		else if (copied < 0 && is_refusal(errno))
			return ENGINE_REFUSED;
		else
			result = engine_rw_part(work, range, ENGINE_STEP, err);
		if (result != ENGINE_DONE)
			return result;
		if (work->step(work->step_arg, range->done) != 0)
			return ENGINE_STOPPED;
	}
	return ENGINE_DONE;
}

/* The kernel looks at the files before it sees that there is nothing to do. */
static int cfr_probe(int source, int dest, uint64_t size)
{
	/* Of files of /proc the call says that they are at their end. */
	int reason = size == 0 ? util_check_empty(source, EINVAL) : 0;

	if (reason)
		return reason;
	return move(source, dest, 0, 0) < 0 ? errno : 0;
}

const struct engine engine_cfr = {
	.name = "cfr",
	.probe = cfr_probe,
	.copy = cfr_copy,
};
