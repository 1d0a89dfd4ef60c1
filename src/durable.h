/* SPDX-License-Identifier: MIT */
/*
 * Directories on their way to the disk (--fsync).
 *
 * A file is made durable by whoever holds it open, before it gets its name or
 * counts as copied (dest_sync). Its name, and all that has nothing but a name,
 * as symlinks and devices have, is durable with its directory, when the last
 * name is in it: a directory of a tree when it is left, that of an operand
 * when another one's turn comes, or at the end.
 */
#ifndef MCP_DURABLE_H
#define MCP_DURABLE_H

#include "identity.h"
#include "session.h"

/* The directory of the last operands, which is not durable yet. */
struct durable {
	int fd;		    /* -1: there is none */
	struct identity is; /* where FD is */
	char *shown;
};

/*
 * Makes the directory FD, opened with O_PATH if PATH, durable. It is called
 * SHOWN, should that fail: that is said, and remembered. Without --fsync, or
 * where FD is -1, nothing is done.
 */
void durable_directory(struct session *session, int fd, bool path,
		       const char *shown);

/* The same of the directory in which NAME is. */
void durable_above(struct session *session, const char *name);

/*
 * The operand PAIR, as it was decided on, is done: the directory of its
 * destination is to be made durable later, and the last one now if it is
 * another one.
 */
void durable_operand(struct session *session, struct durable *durable,
		     const struct pair *pair);

/* Makes the last one durable. */
void durable_finish(struct session *session, struct durable *durable);

#endif
