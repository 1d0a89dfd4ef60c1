/* SPDX-License-Identifier: MIT */
/*
 * The limits of the control groups that this process is in, and of those above
 * them (cgroups(7)).
 */
#ifndef MCP_CGROUP_H
#define MCP_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

struct cgroup_kind {
	const char *controller; /* its name in version 1 */
	/*
	 * The limit of the one group whose files are in DIR, of that VERSION (1
	 * or 2); 0 for none.
	 */
	uint64_t (*limit)(const char *dir, int version);
};

/* The least of KIND's limits that hold for this process, 0 for none. */
uint64_t cgroup_least(const struct cgroup_kind *kind);

/*
 * The numbers, one or two, that the file DIR/NAME begins with: how many there
 * are, 0 where there is no such file or a word comes first ("max").
 */
int cgroup_numbers(const char *dir, const char *name, long long numbers[2]);

#endif
