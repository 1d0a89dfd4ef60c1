/* SPDX-License-Identifier: MIT */
/*
 * A file whose blocks are shared with its copy, where that can be done.
 */
#ifndef MCP_FILE_CLONE_H
#define MCP_FILE_CLONE_H

#include "engine.h"
#include "file_item.h"
#include "session.h"

/*
 * Shares the blocks of ITEM, both sides of which are open. Returns ENGINE_DONE,
 * ENGINE_FAILED with ERR_CLONE under --reflink=always or ERR_WRITE, or
 * ENGINE_REFUSED: then nothing has changed, and the bytes are to be copied.
 */
enum engine_result file_clone(struct session *session, struct file_item *item,
			      struct err *err);

#endif
