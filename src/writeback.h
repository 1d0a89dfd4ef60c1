/* SPDX-License-Identifier: MIT */
/*
 * A file on its way to the disk (--fsync), in steps.
 *
 * fsync(2) of a large file takes as long as the disk does, and whoever waits in
 * it hears no signal and draws nothing. So most of the data is written back
 * before it, step by step (sync_file_range(2), Linux 2.6.17), and fsync has
 * only the rest to do: metadata, the journal, the disk's own cache.
 */
#ifndef MCP_WRITEBACK_H
#define MCP_WRITEBACK_H

#include <stdint.h>

#include "dest.h"
#include "engine.h"
#include "err.h"
#include "session.h"

/*
 * Has DEST, settled and with all its metadata, on the disk; of its data, SIZE
 * bytes were written. Signals are heard and onlookers served meanwhile. Returns
 * ENGINE_DONE, ENGINE_FAILED with ERR_FSYNC, which is not to be tried again, or
 * ENGINE_STOPPED after a fatal signal, when some may be on the disk.
 */
enum engine_result writeback_file(struct session *session,
				  const struct dest *dest, uint64_t size,
				  struct err *err);

#endif
