/* SPDX-License-Identifier: MIT */
/*
 * The file that stood there, moved aside (--backup), and moved back should
 * the copy fail.
 */
#ifndef MCP_SHELF_H
#define MCP_SHELF_H

#include "err.h"
#include "options.h"
#include "pair.h"

/* What a file is called now; zero for none. */
struct shelf {
	char *name;  /* in the directory of the destination */
	char *shown; /* in messages */
};

/*
 * Moves the file at PAIR's destination aside, if backups are made of it, and
 * fills SHELF. Returns 0, or -1 with ERR_BACKUP, ERR_BACKUP_SOURCE or
 * ERR_MEMORY. shelf_free in any case.
 */
int shelf_put(const struct mcp_options *options, struct pair *pair,
	      struct shelf *shelf, struct err *err);

/*
 * Moves it back, in place of nothing or of what was MADE; NULL: nothing was.
 * Returns 0, or -1 with ERR_UNBACKUP: of EEXIST where somebody else's is there.
 */
int shelf_take(const struct pair *pair, const struct shelf *shelf,
	       const struct pair_made *made, struct err *err);

void shelf_free(struct shelf *shelf);

#endif
