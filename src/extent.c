/* SPDX-License-Identifier: MIT */
/*
 * Where a file has data and where it has holes (lseek(2), Linux 3.1).
 */
#include "config.h"

#include "extent.h"

#include <errno.h>
#include <unistd.h>

#include "util.h"

bool extent_known(int fd)
{
	bool known = lseek(fd, 0, SEEK_DATA) >= 0 ||
		     (errno != EINVAL && errno != EOPNOTSUPP);

	lseek(fd, 0, SEEK_SET);
	return known;
}

int extent_next(int fd, uint64_t from, uint64_t size, struct extent *extent)
{
	off_t start, end;

	if (from >= size)
		return 0;
	start = lseek(fd, (off_t)from, SEEK_DATA);
	if (start < 0 && errno == ENXIO)
		return 0;
	if (start < 0 && (errno == EINVAL || errno == EOPNOTSUPP)) {
		/* A kernel module that never heard of it: all is data. */
		*extent = (struct extent){ from, size };
		return 1;
	}
	if (start < 0)
		return -1;
	if ((uint64_t)start >= size)
		return 0;
	end = lseek(fd, start, SEEK_HOLE);
	/* ENXIO: cut to before START since; whoever reads it will see. */
	if (end < 0 && errno != ENXIO)
		return -1;
	extent->start = (uint64_t)start;
	extent->end = end < 0 ? size : util_min((uint64_t)end, size);
	return 1;
}
