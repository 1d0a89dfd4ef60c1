/* SPDX-License-Identifier: MIT */
/*
 * Opening what is to be read.
 */
#include "config.h"

#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "fstype.h"
#include "identity.h"
#include "util.h"

/* The unit of st_blocks, whatever the block size is (stat(3type)). */
#define BLOCK 512

/* Even for a regular file without blocking: it may not be one any more. */
#define SOURCE_FLAGS (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

int source_open_regular(const struct place *place, int *fd, struct stat *opened)
{
	*fd = openat(place->dir, place->name, SOURCE_FLAGS | O_NOFOLLOW);
	if (*fd < 0)
		return -1;
	if (fstat(*fd, opened) == 0 && S_ISREG(opened->st_mode))
		return 0;
	util_close(fd);
	return -1;
}

int source_open(const struct place *place, bool followed,
		const struct stat *seen, struct stat *opened, struct err *err)
{
	int flags = SOURCE_FLAGS | (followed ? 0 : O_NOFOLLOW);
	int fd = openat(place->dir, place->name, flags);

	/* A lease is to be broken, for which only a blocking open waits. */
	if (fd < 0 && errno == EAGAIN)
		fd = openat(place->dir, place->name, flags & ~O_NONBLOCK);
	/* ELOOP with O_NOFOLLOW: what was no symlink is one now. */
	if (fd < 0 && errno == ELOOP && !followed)
		return err_set_num(err, ERR_SOURCE_REPLACED, 0);
	if (fd < 0)
		return err_set(err, ERR_OPEN_SOURCE);
	if (fstat(fd, opened) < 0) {
		err_set(err, ERR_FSTAT_SOURCE);
		util_close(&fd);
		return -1;
	}
	if (!identity_is_same(opened, seen) ||
	    (opened->st_mode & S_IFMT) != (seen->st_mode & S_IFMT)) {
		util_close(&fd);
		return err_set_num(err, ERR_SOURCE_REPLACED, 0);
	}
	return fd;
}

bool source_size_lies(int fd, const struct stat *opened)
{
	if (opened->st_size == 0)
		return true;
	/* Nothing real has a size and no blocks, but for holes. */
	return opened->st_blocks == 0 && fstype_of(fd)->made_up;
}

bool source_has_holes(const struct stat *opened)
{
	return opened->st_blocks < opened->st_size / BLOCK;
}

int source_check(int fd, const struct stat *opened, uint64_t copied,
		 struct err *err)
{
	struct stat now;

	if (fstat(fd, &now) < 0)
		return err_set(err, ERR_FSTAT_SOURCE);
	if (now.st_size < opened->st_size)
		return err_set_num(err, ERR_SOURCE_SHRANK, 0);
	if (copied >= (uint64_t)opened->st_size)
		return 0;
	/*
	 * It ended early and still claims its size: either the size never was
	 * true, or it shrank and grew while we read, which changes its times.
	 */
	if (now.st_mtim.tv_sec == opened->st_mtim.tv_sec &&
	    now.st_mtim.tv_nsec == opened->st_mtim.tv_nsec &&
	    now.st_ctim.tv_sec == opened->st_ctim.tv_sec &&
	    now.st_ctim.tv_nsec == opened->st_ctim.tv_nsec)
		return 0;
	return err_set_num(err, ERR_SOURCE_SHRANK, 0);
}
