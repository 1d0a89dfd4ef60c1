/* SPDX-License-Identifier: MIT */
/*
 * A file's contents in order, from its first byte to its end.
 */
#ifndef MCP_FILE_ORDER_H
#define MCP_FILE_ORDER_H

#include <stdbool.h>

#include "engine.h"
#include "file_item.h"
#include "session.h"

/*
 * Whether ITEM, both sides of which are open, should be copied even where its
 * blocks can be shared, if it is in the page cache: it is small, new, and
 * nobody said --reflink.
 */
bool file_order_is_faster(const struct session *session,
			  const struct file_item *item);

/*
 * Copies ITEM, both sides of which are open, and empties the destination
 * before; `copied` says how far it is in place, however it ends. Returns
 * ENGINE_DONE, ENGINE_STOPPED after a fatal signal, or ENGINE_FAILED with ERR:
 * ERR_ENGINE where an engine was asked for that cannot do so. ENGINE_REFUSED,
 * under ONLY_CACHED, where it would have to be read from a disk: then nothing
 * was done.
 */
enum engine_result file_order_copy(struct session *session,
				   struct file_item *item, bool only_cached,
				   struct err *err);

#endif
