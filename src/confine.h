/* SPDX-License-Identifier: MIT */
/*
 * Opening what is below a directory, and nothing else.
 */
#ifndef MCP_CONFINE_H
#define MCP_CONFINE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "identity.h"
#include "place.h"

/*
 * Opens the directory PATH below ROOT ("" for itself), with FLAGS beside
 * O_DIRECTORY and O_CLOEXEC. No symlink is followed and ".." leads nowhere;
 * what is opened must be ID. Returns the descriptor, or -1 with errno: ESTALE
 * when it is another directory by now, else as openat2(2).
 */
int confine_open(int root, const char *path, int flags,
		 const struct identity *id);

/*
 * Makes PLACE what PATH is, of which the first ROOT bytes are an operand's:
 * behind them no symlink is followed, errno ELOOP. Else as place_reach.
 */
int confine_reach(struct place *place, const char *path, size_t root);

/*
 * Whether the symlink LINK, found in the directory DIR, may be written through:
 * it is ours, or the directory's owner's. What somebody else put there may lead
 * anywhere: the rule of fs.protected_symlinks (proc_sys_fs(5)).
 */
bool confine_may_follow(int dir, const struct stat *link);

/*
 * Opens with FLAGS what the symlink NAME in DIR leads to, if it may be
 * followed: that very link, whatever takes its place meanwhile, and such as it
 * leads to in the same directory. Returns the descriptor, or -1 with errno,
 * ESTALE when what stands there is no such symlink.
 */
int confine_follow(int dir, const char *name, int flags);

#endif
