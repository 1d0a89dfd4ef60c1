/* SPDX-License-Identifier: MIT */
/*
 * The rw engine: pread(2) into a buffer that stays in cache, pwrite(2) out of
 * it. Serves every pair of files, and says errno for every failure.
 */
#ifndef MCP_ENGINE_RW_H
#define MCP_ENGINE_RW_H

#include "engine.h"

extern const struct engine engine_rw;

/*
 * Copies the next LENGTH bytes of RANGE, or what is left of it, for an engine
 * that could not, or that wants to know errno. Returns as engine.copy.
 */
enum engine_result engine_rw_part(struct engine_work *work,
				  struct engine_range *range, uint64_t length,
				  struct err *err);

#endif
