/* SPDX-License-Identifier: MIT */
/*
 * How much memory there is for what is copied.
 */
#include "config.h"

#include "memory.h"

#include <stdio.h>

#include "cgroup.h"
#include "util.h"

static uint64_t limit(const char *dir, int version)
{
	const char *name = version == 2 ? "memory.max"
					: "memory.limit_in_bytes";
	long long bytes[2];

	return cgroup_numbers(dir, name, bytes) > 0 && bytes[0] > 0
		       ? (uint64_t)bytes[0]
		       : 0;
}

static uint64_t machine(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	uint64_t found = UINT64_MAX;
	unsigned long long kib;
	char line[128];

	if (!file)
		return found;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1)
			found = kib * UTIL_KIB;
	fclose(file);
	return found;
}

uint64_t memory_available(void)
{
	static const struct cgroup_kind kind = { "memory", limit };
	uint64_t here = machine();
	uint64_t least = cgroup_least(&kind);

	return least > 0 && least < here ? least : here;
}
