/* SPDX-License-Identifier: MIT */
/*
 * The mode and the ACLs of one file on its way through meta_apply.
 */
#ifndef MCP_META_MODE_H
#define MCP_META_MODE_H

#include "meta_work.h"

/*
 * Whether meta_mode_finish may have something to do; where nothing but the
 * mode is to be preserved.
 */
bool meta_mode_has_work(const struct meta_work *work);

/* Gives the destination its mode and ACLs. 0, or -1 when it was told why. */
int meta_mode_finish(struct meta_work *work);

#endif
