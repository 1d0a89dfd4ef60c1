/* SPDX-License-Identifier: MIT */
/*
 * How many CPUs this process may use.
 */
#include "config.h"

#include "cpus.h"

#include <limits.h>
#include <sched.h>
#include <unistd.h>

#include "cgroup.h"

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

static uint64_t limit(const char *dir, int version)
{
	long long quota[2], period[2];

	if (version == 2)
		return cgroup_numbers(dir, "cpu.max", quota) == 2
			       ? cpus_of_quota(quota[0], quota[1])
			       : 0;
	if (cgroup_numbers(dir, "cpu.cfs_quota_us", quota) < 1 ||
	    cgroup_numbers(dir, "cpu.cfs_period_us", period) < 1)
		return 0;
	return cpus_of_quota(quota[0], period[0]);
}

unsigned int cpus_available(void)
{
	static const struct cgroup_kind kind = { "cpu", limit };
	unsigned int cpus = affinity_cpus();
	uint64_t least = cgroup_least(&kind);

	return least > 0 && least < cpus ? (unsigned int)least : cpus;
}
