/* SPDX-License-Identifier: MIT */
/*
 * The rw engine: pread(2) into a buffer that stays in cache, pwrite(2) out of
 * it. Serves every pair of files, and says errno for every failure.
 */
#ifndef MCP_ENGINE_RW_H
#define MCP_ENGINE_RW_H

#include "engine.h"

extern const struct engine engine_rw;

#endif
