/* SPDX-License-Identifier: MIT */
/*
 * Sharing the blocks of one file with another (ioctl_ficlone(2), Linux 4.5):
 * a copy that costs nothing, on btrfs and xfs among others.
 */
#ifndef MCP_CLONE_H
#define MCP_CLONE_H

#include <stdbool.h>

/*
 * Makes DEST share all blocks of SOURCE, whose size it gets; bytes of DEST
 * behind it stay. Returns 0, or -1 with errno, and then a part of DEST may be
 * shared: blocks are, one extent after the other, until there is no room for
 * what says so.
 */
int clone_file(int source, int dest);

/*
 * The same of a DEST that has something: *CHANGED tells whether it has, or in
 * doubt may have, something else when -1 is returned.
 */
int clone_over(int source, int dest, bool *changed);

/*
 * Whether ERRNUM of clone_file means that it will be no different with other
 * files of these two file systems.
 */
bool clone_is_hopeless(int errnum);

#endif
