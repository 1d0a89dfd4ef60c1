/* SPDX-License-Identifier: MIT */
/*
 * How many CPUs this process may use.
 */
#ifndef MCP_CPUS_H
#define MCP_CPUS_H

/*
 * The smaller of the affinity mask (sched_getaffinity(2)) and the CPU quota of
 * the control group, version 1 or 2, and of the groups above it, rounded up
 * (cgroups(7)). At least 1. Reads files under /proc and /sys: ask only when
 * about to fork.
 */
unsigned int cpus_available(void);

/*
 * The CPUs that QUOTA of PERIOD microseconds amount to, rounded up and at
 * least 1; 0 when there is no limit (QUOTA or PERIOD not positive).
 */
unsigned int cpus_of_quota(long long quota, long long period);

#endif
