/* SPDX-License-Identifier: MIT */
/*
 * A file's contents by chunks, which whoever works copies in any order.
 */
#ifndef MCP_FILE_CHUNKS_H
#define MCP_FILE_CHUNKS_H

#include <stdbool.h>

#include "engine.h"
#include "file_item.h"
#include "session.h"

/*
 * Whether ITEM, of which only the source is open, should go by chunks, which
 * needs a size to be believed.
 */
bool file_chunks_wanted(struct session *session, const struct file_item *item);

/*
 * Copies ITEM to its destination, which is no stream; `copied` says how far it
 * is in place, however it ends. Returns ENGINE_DONE, ENGINE_STOPPED after a
 * fatal signal, ENGINE_FAILED with ERR, or ENGINE_REFUSED where the destination
 * cannot have a size meanwhile: then it is empty, to be written in order.
 */
enum engine_result file_chunks_copy(struct session *session,
				    struct file_item *item, struct err *err);

#endif
