/* SPDX-License-Identifier: MIT */
/*
 * Opening what is below a directory, and nothing else.
 */
#include "config.h"

#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys.h"
#include "util.h"

/* As the kernel has it (path_resolution(7)). */
#define MOST_LINKS 40

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
		 const struct identity *id)
{
	int fd = open_below(root, path, flags | O_DIRECTORY | O_CLOEXEC);
	struct stat found;

	if (fd < 0)
		return -1;
	if (fstat(fd, &found) == 0) {
		if (identity_is(identity_of(&found), *id))
			return fd;
		errno = ESTALE;
	}
	util_close(&fd);
	return -1;
}

/* Opens the directory that the first LENGTH bytes of PATH are. */
static int open_start(const char *path, size_t length)
{
	char *start = strndup(path, length);
	struct place place;
	int fd = -1;

	if (!start)
		return -1;
	if (place_reach(&place, start) == 0)
		fd = openat(place.dir, place.name,
			    O_PATH | O_DIRECTORY | O_CLOEXEC);
	place_leave(&place);
	free(start);
	return fd;
}

int confine_reach(struct place *place, const char *path, size_t root)
{
	const char *rest = path + util_min(root, strlen(path));
	const char *name;
	char *below;
	int start;

	rest += strspn(rest, "/");
	if (*rest == '\0')
		return place_reach(place, path);
	*place = place_operand(path);
	name = strrchr(rest, '/');
	below = strndup(rest, name ? (size_t)(name - rest) : 0);
	start = below ? open_start(path, root) : -1;
	if (start >= 0)
		place->dir = open_below(start, below,
					O_PATH | O_DIRECTORY | O_CLOEXEC);
	util_close(&start);
	free(below);
	place->name = name ? name + 1 : rest;
	return place->dir < 0 ? -1 : 0;
}

bool confine_may_follow(int dir, const struct stat *link)
{
	struct stat found;

	return link->st_uid == geteuid() ||
	       (fstat(dir, &found) == 0 && link->st_uid == found.st_uid);
}

/* Where the symlink LINK, open with O_PATH, leads to: 0, or -1 with errno. */
static int read_followed(int dir, int link, char target[PATH_MAX])
{
	struct stat found;
	ssize_t length;

	if (fstat(link, &found) < 0)
		return -1;
	if (!S_ISLNK(found.st_mode) || !confine_may_follow(dir, &found)) {
		errno = ESTALE;
		return -1;
	}
	length = readlinkat(link, "", target, PATH_MAX);
	if (length < 0)
		return -1;
	if (length == PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	target[length] = '\0';
	return 0;
}

int confine_follow(int dir, const char *name, int flags)
{
	char target[PATH_MAX];
	int hops, link, result, fd;

	for (hops = 0; hops < MOST_LINKS; hops++) {
		link = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (link < 0)
			return -1;
		result = read_followed(dir, link, target);
		util_close(&link);
		if (result < 0)
			return -1;
		/* From elsewhere on it is the path that its owner chose. */
		if (strchr(target, '/'))
			return openat(dir, target, flags & ~O_NOFOLLOW);
		fd = openat(dir, target, flags | O_NOFOLLOW);
		if (fd >= 0 || errno != ELOOP)
			return fd;
		name = target;
	}
	errno = ELOOP;
	return -1;
}
