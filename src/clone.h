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
 * behind it stay. Returns 0, or -1 with errno, and DEST is as it was.
 */
int clone_file(int source, int dest);

/*
 * Whether ERRNUM of clone_file means that it will be no different with other
 * files of these two file systems.
 */
bool clone_is_hopeless(int errnum);

#endif
