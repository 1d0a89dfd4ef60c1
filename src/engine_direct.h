/* SPDX-License-Identifier: MIT */
/*
 * The direct engine: past the page cache, from disk to disk (O_DIRECT).
 */
#ifndef MCP_ENGINE_DIRECT_H
#define MCP_ENGINE_DIRECT_H

#include "engine.h"

extern const struct engine engine_direct;

/* Frees what the engine keeps in WORK. */
void engine_direct_free(struct engine_work *work);

#endif
