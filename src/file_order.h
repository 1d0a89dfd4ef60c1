/* SPDX-License-Identifier: MIT */
/*
 * A file's contents in order, from its first byte to its end.
 */
#ifndef MCP_FILE_ORDER_H
#define MCP_FILE_ORDER_H

#include "engine.h"
#include "file_item.h"
#include "session.h"

/*
 * Copies ITEM, both sides of which are open, and empties the destination
 * before; `copied` says how far it is in place, however it ends. Returns
 * ENGINE_DONE, ENGINE_STOPPED after a fatal signal, or ENGINE_FAILED with ERR:
 * ERR_ENGINE where an engine was asked for that cannot do so.
 */
enum engine_result file_order_copy(struct session *session,
				   struct file_item *item, struct err *err);

#endif
