/* SPDX-License-Identifier: MIT */
/*
 * Where a file is: names and their directories.
 */
#include "config.h"

#include "place.h"

#include <errno.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "identity.h"
#include "sys.h"
#include "util.h"

const char *place_last_component(const char *name, size_t *length)
{
	size_t end = strlen(name), start;

	while (end > 1 && name[end - 1] == '/')
		end--;
	for (start = end; start > 0 && name[start - 1] != '/'; start--)
		;
	*length = end - start;
	return name + start;
}

/* Goes into the directory that the first LENGTH bytes of PLACE's name are. */
static int go_into(struct place *place, size_t length)
{
	char *part = strndup(place->name, length);
	int dir = -1;

	if (part)
		dir = openat(place->dir, part,
			     O_PATH | O_DIRECTORY | O_CLOEXEC);
	free(part);
	if (dir < 0)
		return -1;
	place_leave(place);
	place->dir = dir;
	place->name += length;
	/* Not an absolute one. */
	while (*place->name == '/')
		place->name++;
	return 0;
}

int place_reach(struct place *place, const char *path)
{
	*place = place_operand(path);
	while (strlen(place->name) >= PATH_MAX) {
		const char *slash = memrchr(place->name, '/', PATH_MAX);

		if (!slash || slash == place->name) {
			errno = ENAMETOOLONG;
			return -1;
		}
		if (go_into(place, (size_t)(slash - place->name)) < 0)
			return -1;
	}
	return 0;
}

void place_leave(struct place *place)
{
	if (place->dir != AT_FDCWD)
		util_close(&place->dir);
	place->dir = AT_FDCWD;
}

/* What of NAME leads to the directory: so many bytes, maybe none. */
static size_t parent_length(const char *name)
{
	size_t length;
	const char *last = place_last_component(name, &length);
	size_t end = (size_t)(last - name);

	while (end > 1 && name[end - 1] == '/')
		end--;
	return end;
}

char *place_parent_path(const char *name)
{
	size_t end = parent_length(name);

	return end > 0 ? strndup(name, end) : strdup(".");
}

/*
 * Whether we may make and remove entries in what PLACE's last component stands
 * in, as far as that is told by its mode: 0, or -1 with errno.
 */
static int may_change_parent(const struct place *place)
{
	char *dir = place_parent_path(place->name);
	int result;

	if (!dir)
		return -1;
	result = faccessat(place->dir, dir, W_OK | X_OK, AT_EACCESS);
	free(dir);
	return result;
}

/*
 * A sticky directory, and what is immutable or may only be appended to, refuse
 * with EPERM, from whom depends on more than can be seen. rmdir(2) of what is
 * no directory asks all of that before it says so. Its other answers are not
 * unlink(2)'s: a sandbox may allow one of them and not the other.
 */
int place_may_remove(const struct place *place)
{
	if (may_change_parent(place) < 0)
		return -1;
	if (unlinkat(place->dir, place->name, AT_REMOVEDIR) == 0) {
		errno = EISDIR; /* It was none before, and was empty. */
		return -1;
	}
	if (errno == EPERM)
		return -1;
	if (!sys_has_attribute(place->dir, place->name,
			       SYS_ATTRIBUTE_MOUNT_ROOT))
		return 0;
	errno = EBUSY;
	return -1;
}

int place_open_nameless(const struct place *place)
{
	char *dir = place_parent_path(place->name);
	int fd;

	if (!dir)
		return -1;
	fd = openat(place->dir, dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	free(dir);
	return fd;
}

int place_stat_parent(const struct place *place, int flags, struct stat *parent)
{
	size_t end = parent_length(place->name);
	char *dir;
	int result;

	if (end == 0)
		return place->dir == AT_FDCWD ? stat(".", parent)
					      : fstat(place->dir, parent);
	dir = strndup(place->name, end);
	if (!dir)
		return -1;
	result = fstatat(place->dir, dir, parent, flags);
	free(dir);
	return result;
}

int place_is_same(const struct place *a, const struct place *b)
{
	struct stat parent_a, parent_b;
	size_t length_a, length_b;
	const char *last_a = place_last_component(a->name, &length_a);
	const char *last_b = place_last_component(b->name, &length_b);

	if (length_a != length_b || memcmp(last_a, last_b, length_a) != 0)
		return 0;
	if (place_stat_parent(a, 0, &parent_a) < 0 ||
	    place_stat_parent(b, 0, &parent_b) < 0)
		/* What is gone is not where the other one is. */
		return errno == ENOENT ? 0 : -1;
	return identity_is_same(&parent_a, &parent_b);
}
