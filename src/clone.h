/* SPDX-License-Identifier: MIT */
/*
 * Sharing the blocks of one file with another (ioctl_ficlone(2), Linux 4.5):
 * a copy that costs nothing, on btrfs and xfs among others.
 */
#ifndef MCP_CLONE_H
#define MCP_CLONE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Makes LENGTH bytes of DEST at OFFSET share the blocks of those of SOURCE
 * there; bytes of DEST behind them stay. Returns 0, or -1 with errno, and then
 * a part of them may be shared: blocks are, one extent after the other, until
 * there is no room for what says so. EINVAL, with nothing done: SOURCE is
 * shorter, or the last block is shared in part, which is allowed where both
 * files end in it (generic_remap_file_range_prep in Linux 6.18).
 */
int clone_range(int source, int dest, uint64_t offset, uint64_t length);

/*
 * The same of the first LENGTH bytes of a DEST that has something: *CHANGED
 * tells whether it has, or in doubt may have, something else by now.
 */
int clone_over(int source, int dest, uint64_t length, bool *changed);

/*
 * Whether ERRNUM of clone_range means that it will be no different with other
 * files of these two file systems.
 */
bool clone_is_hopeless(int errnum);

#endif
