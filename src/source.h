/* SPDX-License-Identifier: MIT */
/*
 * Opening what is to be read.
 */
#ifndef MCP_SOURCE_H
#define MCP_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "err.h"

/*
 * Opens PATH, following symlinks, which stat(2) said is SEEN: for reading,
 * close-on-exec. Regular files block; all else is non-blocking, so that a FIFO
 * without a writer cannot hang us. Fills *OPENED with its state. Returns the
 * descriptor, or -1 with ERR_OPEN_SOURCE, ERR_FSTAT_SOURCE, or
 * ERR_SOURCE_REPLACED when another file stands there now.
 */
int source_open(const char *path, const struct stat *seen, struct stat *opened,
		struct err *err);

/*
 * Whether the size of a regular file must not be believed: those of /proc have
 * content and say 0, those of /sys say a page and have a line.
 */
bool source_size_lies(int fd, const struct stat *opened);

/* Whether the file has holes, as far as its block count tells (cp's test). */
bool source_has_holes(const struct stat *opened);

/*
 * To be called when COPIED bytes are copied and the end was seen: whether FD
 * ended before it had the size it was OPENED with. Returns 0, or -1 with
 * ERR_SOURCE_SHRANK or ERR_FSTAT_SOURCE.
 */
int source_check(int fd, const struct stat *opened, uint64_t copied,
		 struct err *err);

#endif
