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
#include "place.h"

/*
 * Opens the file at PLACE, which stat(2) said is SEEN: for reading,
 * close-on-exec. A symlink is followed where that was FOLLOWED to see it.
 * Regular files block; all else is non-blocking, so that a FIFO without a
 * writer cannot hang us. Fills *OPENED with its state. Returns the descriptor,
 * or -1 with ERR_OPEN_SOURCE, ERR_FSTAT_SOURCE, or ERR_SOURCE_REPLACED when
 * another file stands there now.
 */
int source_open(const struct place *place, bool followed,
		const struct stat *seen, struct stat *opened, struct err *err);

/*
 * Opens what the directory says is a regular file at PLACE, without asking
 * first, and not through a symlink. Fills FD and OPENED and returns 0, or -1
 * when it cannot be opened or is something else; then nothing is said yet.
 */
int source_open_regular(const struct place *place, int *fd,
			struct stat *opened);

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
