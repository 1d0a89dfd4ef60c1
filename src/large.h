/* SPDX-License-Identifier: MIT */
/*
 * Large files of a tree that workers copy: they wait until all else is done.
 *
 * Then each goes to one worker alone while what is left after it keeps the
 * others busy for as long, since two at one file wait for its lock and two at
 * two files do not [ext4, rw: a twentieth of the CPU time of 1 GiB of /usr].
 * The rest is copied by all workers together.
 */
#ifndef MCP_LARGE_H
#define MCP_LARGE_H

#include "kept.h"
#include "tally.h"

/*
 * BODY, a batch of one file of SIZE bytes, waits in LIST, and SUM knows how
 * large it is. Returns as kept_add.
 */
int large_keep(struct kept_list *list, const struct job_body *body,
	       uint64_t size, struct tally *sum);

/* Its turn comes: it is a name again of which nothing is known. */
void large_forget(const struct kept *kept, struct tally *sum);

/*
 * Sorts LIST: those that WORKERS should copy alone come first, and of all those
 * the largest; what has no size is for none. Returns how many they are.
 */
size_t large_divide(struct kept_list *list, unsigned int workers);

#endif
