/* SPDX-License-Identifier: MIT */
/*
 * Sharing the blocks of one file with another.
 */
#include "config.h"

#include "clone.h"

#include <errno.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

int clone_file(int source, int dest)
{
	int result;

	do
		result = ioctl(dest, FICLONE, source);
	while (result < 0 && errno == EINTR);
	return result;
}

bool clone_is_hopeless(int errnum)
{
	return errnum == EXDEV || errnum == EOPNOTSUPP || errnum == ENOTTY ||
	       errnum == ENOSYS;
}
