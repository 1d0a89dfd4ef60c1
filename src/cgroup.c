/* SPDX-License-Identifier: MIT */
/*
 * The limits of the control groups that this process is in.
 *
 * /proc/self/cgroup names our group in each hierarchy, one line
 * "ID:CONTROLLERS:PATH". A limit may stand in any directory from there up to
 * the root of the mount; in a container the path may be one of the host's that
 * is not to be seen here, and then the root of the mount is our own group.
 */
#include "config.h"

#include "cgroup.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOT "/sys/fs/cgroup"

int cgroup_numbers(const char *dir, const char *name, long long numbers[2])
{
	char path[PATH_MAX];
	FILE *file;
	int count;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    (int)sizeof(path))
		return 0;
	file = fopen(path, "re");
	if (!file)
		return 0;
	count = fscanf(file, "%lld %lld", &numbers[0], &numbers[1]);
	fclose(file);
	return count > 0 ? count : 0;
}

static uint64_t lesser(uint64_t one, uint64_t other)
{
	return other == 0 || (one > 0 && one < other) ? one : other;
}

/* The least limit of the group at ROOT PATH and of those above it. */
static uint64_t least_above(const struct cgroup_kind *kind, const char *root,
			    const char *path, int version)
{
	char dir[PATH_MAX];
	size_t root_length = strlen(root);
	uint64_t least = 0;

	if (snprintf(dir, sizeof(dir), "%s%s", root, path) >= (int)sizeof(dir))
		return 0;
	for (;;) {
		char *slash = strrchr(dir, '/');

		least = lesser(kind->limit(dir, version), least);
		if (strlen(dir) <= root_length)
			return least;
		*slash = '\0';
	}
}

/* Whether the comma separated LIST names CONTROLLER. */
static bool names_controller(const char *list, const char *controller)
{
	size_t length = strlen(controller);

	for (; *list; list += strcspn(list, ","), list += *list == ',')
		if (strncmp(list, controller, length) == 0 &&
		    (list[length] == ',' || list[length] == '\0'))
			return true;
	return false;
}

/* The limit by one LINE of /proc/self/cgroup, 0 for none. */
static uint64_t least_of_line(const struct cgroup_kind *kind, char *line)
{
	char *controllers = strchr(line, ':');
	char *path = controllers ? strchr(controllers + 1, ':') : NULL;
	char root[64];

	if (!path)
		return 0;
	*path++ = '\0';
	path[strcspn(path, "\n")] = '\0';
	if (strcmp(path, "/") == 0)
		path = "";
	controllers++;
	if (*controllers == '\0')
		return least_above(kind, ROOT, path, 2);
	if (!names_controller(controllers, kind->controller))
		return 0;
	snprintf(root, sizeof(root), ROOT "/%s", kind->controller);
	return least_above(kind, root, path, 1);
}

uint64_t cgroup_least(const struct cgroup_kind *kind)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char *line = NULL;
	size_t capacity = 0;
	uint64_t least = 0;

	if (!file)
		return 0;
	while (getline(&line, &capacity, file) > 0)
		least = lesser(least_of_line(kind, line), least);
	free(line);
	fclose(file);
	return least;
}
