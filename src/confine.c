/* SPDX-License-Identifier: MIT */
/*
 * Opening what is below a directory, and nothing else.
 */
#include "config.h"

#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys.h"
#include "util.h"

/* As openat2 would, for a kernel before Linux 5.6: a component at a time. */
static int open_by_steps(int root, const char *path, int flags)
{
	int dir = root;

	for (;;) {
		const char *slash = strchrnul(path, '/');
		/* NAME_MAX is not every file system's. */
		char *name = strndup(path, (size_t)(slash - path));
		int next = -1;

		if (name) {
			next = openat(dir, name,
				      O_NOFOLLOW |
					      (*slash ? O_PATH | O_DIRECTORY
						      : flags));
		}
		free(name);
		if (dir != root)
			util_close(&dir);
		if (next < 0 || !*slash)
			return next;
		dir = next;
		path = slash + 1;
	}
}

static int open_below(int root, const char *path, int flags)
{
	const struct open_how how = {
		.flags = (uint64_t)flags,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	int fd;

	/* Not ".", for which one must be allowed to search it. */
	if (*path == '\0')
		return fcntl(root, F_DUPFD_CLOEXEC, 0);
	fd = sys_openat2(root, path, &how);
	/* ENAMETOOLONG: beyond PATH_MAX. */
	if (fd < 0 &&
	    (errno == ENOSYS || errno == EPERM || errno == ENAMETOOLONG))
		fd = open_by_steps(root, path, flags);
	return fd;
}

int confine_open(int root, const char *path, int flags,
		 const struct batch_id *id)
{
	int fd = open_below(root, path, flags | O_DIRECTORY | O_CLOEXEC);
	struct stat found;

	if (fd < 0)
		return -1;
	if (fstat(fd, &found) == 0) {
		if (found.st_dev == id->dev && found.st_ino == id->ino)
			return fd;
		errno = ESTALE;
	}
	util_close(&fd);
	return -1;
}
