/* SPDX-License-Identifier: MIT */
/*
 * How many CPUs this process may use.
 *
 * /proc/self/cgroup names our group in each hierarchy, one line
 * "ID:CONTROLLERS:PATH". A limit may stand in any directory from there up to
 * the root of the mount; in a container the path may be one of the host's that
 * is not to be seen here, and then the root of the mount is our own group.
 */
#include "config.h"

#include "cpus.h"

#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define V2_ROOT "/sys/fs/cgroup"
#define V1_ROOT "/sys/fs/cgroup/cpu"

static unsigned int affinity_cpus(void)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t set;

	/* EINVAL: more CPUs than a cpu_set_t has room for. */
	if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0)
		return (unsigned int)CPU_COUNT(&set);
	return online > 0 ? (unsigned int)online : 1;
}

unsigned int cpus_of_quota(long long quota, long long period)
{
	long long cpus;

	if (quota <= 0 || period <= 0)
		return 0;
	cpus = quota / period + (quota % period != 0);
	return cpus < INT_MAX ? (unsigned int)cpus : 0;
}

/* The numbers at the start of the file DIR/NAME: how many of up to two. */
static int read_numbers(const char *dir, const char *name, long long numbers[2])
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

/* The limit of the one group at DIR, 0 for none. */
static unsigned int group_limit(const char *dir, bool version2)
{
	long long quota[2], period[2];

	/* "max 100000" holds no number first: no limit. */
	if (version2)
		return read_numbers(dir, "cpu.max", quota) == 2
			       ? cpus_of_quota(quota[0], quota[1])
			       : 0;
	if (read_numbers(dir, "cpu.cfs_quota_us", quota) < 1 ||
	    read_numbers(dir, "cpu.cfs_period_us", period) < 1)
		return 0;
	return cpus_of_quota(quota[0], period[0]);
}

/* The least limit of the group at ROOT PATH and of those above it. */
static unsigned int least_limit(const char *root, const char *path,
				bool version2)
{
	char dir[PATH_MAX];
	size_t root_length = strlen(root);
	unsigned int least = 0;

	if (snprintf(dir, sizeof(dir), "%s%s", root, path) >= (int)sizeof(dir))
		return 0;
	for (;;) {
		unsigned int limit = group_limit(dir, version2);
		char *slash = strrchr(dir, '/');

		if (limit > 0 && (least == 0 || limit < least))
			least = limit;
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

/* The limit of one LINE of /proc/self/cgroup, 0 for none. */
static unsigned int line_limit(char *line)
{
	char *controllers = strchr(line, ':');
	char *path = controllers ? strchr(controllers + 1, ':') : NULL;

	if (!path)
		return 0;
	*path++ = '\0';
	path[strcspn(path, "\n")] = '\0';
	if (strcmp(path, "/") == 0)
		path = "";
	controllers++;
	if (*controllers == '\0')
		return least_limit(V2_ROOT, path, true);
	if (names_controller(controllers, "cpu"))
		return least_limit(V1_ROOT, path, false);
	return 0;
}

unsigned int cpus_available(void)
{
	unsigned int cpus = affinity_cpus();
	FILE *file = fopen("/proc/self/cgroup", "re");
	char *line = NULL;
	size_t capacity = 0;

	if (!file)
		return cpus;
	while (getline(&line, &capacity, file) > 0) {
		unsigned int limit = line_limit(line);

		if (limit > 0 && limit < cpus)
			cpus = limit;
	}
	free(line);
	fclose(file);
	return cpus;
}
