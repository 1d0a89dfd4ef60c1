/* SPDX-License-Identifier: MIT */
/*
 * What is made rather than copied: links, devices, FIFOs, sockets.
 */
#ifndef MCP_NODE_H
#define MCP_NODE_H

#include "err.h"
#include "links.h"
#include "options.h"
#include "pair.h"

/*
 * -l: makes the destination of PAIR a hard link to its source. 0, or -1 with
 * ERR_HARD_LINK.
 */
int node_hard_link(const struct mcp_options *options, const struct pair *pair,
		   struct err *err);

/*
 * Makes it a hard link to TARGET, another destination of this run, replacing
 * what is there. Below an operand no symlink is followed to it. Returns 0, 1
 * when something was replaced, or -1 with ERR_HARD_LINK or ERR_REMOVE_HIDDEN.
 */
int node_link_to(const struct pair *pair, const struct links_name *target,
		 struct err *err);

/*
 * -s: makes it a symlink to the source's name. 0, or -1 with ERR_RELATIVE_LINK
 * or ERR_SYMLINK_TO.
 */
int node_symlink(const struct mcp_options *options, const struct pair *pair,
		 struct err *err);

/*
 * Makes what the source is, which is never opened: a symlink, device, FIFO or
 * socket. 0, or -1 with ERR_READ_LINK, ERR_SYMLINK, ERR_FIFO or ERR_SPECIAL.
 */
int node_copy(const struct mcp_options *options, const struct pair *pair,
	      struct err *err);

#endif
