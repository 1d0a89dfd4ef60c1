/* SPDX-License-Identifier: MIT */
/*
 * Opening what is below a directory, and nothing else.
 */
#ifndef MCP_CONFINE_H
#define MCP_CONFINE_H

#include "batch.h"

/*
 * Opens the directory PATH below ROOT ("" for itself), with FLAGS beside
 * O_DIRECTORY and O_CLOEXEC. No symlink is followed and ".." leads nowhere; what is
 * opened must be ID. Returns the descriptor, or -1 with errno: ESTALE when it
 * is another directory by now, else as openat2(2).
 */
int confine_open(int root, const char *path, int flags,
		 const struct batch_id *id);

#endif
