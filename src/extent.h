/* SPDX-License-Identifier: MIT */
/*
 * Where a file has data and where it has holes (lseek(2), Linux 3.1).
 */
#ifndef MCP_EXTENT_H
#define MCP_EXTENT_H

#include <stdbool.h>
#include <stdint.h>

struct extent {
	uint64_t start; /* bytes from the start of the file */
	uint64_t end;	/* the first byte behind it */
};

/*
 * Whether FD's file system can tell. Only old kernel modules, or ones that
 * never implemented it, cannot. Sets the file offset to 0.
 */
bool extent_known(int fd);

/*
 * The first stretch of data of FD at or after FROM and before SIZE. Returns 1
 * and fills EXTENT, 0 when only holes are left, or -1 with errno. A file
 * system that does not know says that all is data. Moves the file offset.
 */
int extent_next(int fd, uint64_t from, uint64_t size, struct extent *extent);

#endif
