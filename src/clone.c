/* SPDX-License-Identifier: MIT */
/*
 * Sharing the blocks of one file with another.
 */
#include "config.h"

#include "clone.h"

#include <errno.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>

/* Files of more extents than these are in doubt. */
#define MOST_EXTENTS 64

/* Where the blocks of a file are (the kernel's filesystems/fiemap.rst). */
union extents {
	struct fiemap map;
	unsigned char bytes[sizeof(struct fiemap) +
			    MOST_EXTENTS * sizeof(struct fiemap_extent)];
};

int clone_range(int source, int dest, uint64_t offset, uint64_t length)
{
	const struct file_clone_range range = {
		.src_fd = source,
		.src_offset = offset,
		.src_length = length,
		.dest_offset = offset,
	};
	int result;

	do
		result = ioctl(dest, FICLONERANGE, &range);
	while (result < 0 && errno == EINTR);
	return result;
}

/* Returns 0, or -1 where that is not known, or not of all. */
static int find_extents(int fd, union extents *extents)
{
	memset(extents, 0, sizeof(*extents));
	extents->map.fm_length = FIEMAP_MAX_OFFSET;
	extents->map.fm_extent_count = MOST_EXTENTS;
	if (ioctl(fd, FS_IOC_FIEMAP, &extents->map) < 0 ||
	    extents->map.fm_mapped_extents >= MOST_EXTENTS)
		return -1;
	return 0;
}

/*
 * Whether ERRNUM of FICLONERANGE comes before anything is done
 * [ioctl_ficlone(2)]; EFBIG is the limit of file sizes, which is looked at
 * first (setrlimit(2)).
 */
static bool is_refusal(int errnum)
{
	return clone_is_hopeless(errnum) || errnum == EBADF ||
	       errnum == EINVAL || errnum == EISDIR || errnum == EPERM ||
	       errnum == ETXTBSY || errnum == EFBIG;
}

int clone_over(int source, int dest, uint64_t length, bool *changed)
{
	union extents before, after;
	bool known = find_extents(dest, &before) == 0;
	int saved;

	*changed = true;
	if (clone_range(source, dest, 0, length) == 0)
		return 0;
	saved = errno;
	if (is_refusal(saved))
		*changed = false;
	else
		*changed = !known || find_extents(dest, &after) < 0 ||
			   memcmp(&before, &after, sizeof(before)) != 0;
	errno = saved;
	return -1;
}

bool clone_is_hopeless(int errnum)
{
	return errnum == EXDEV || errnum == EOPNOTSUPP || errnum == ENOTTY ||
	       errnum == ENOSYS;
}
