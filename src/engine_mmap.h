/* SPDX-License-Identifier: MIT */
/*
 * The mmap engine: both files mapped, memcpy(3) from one to the other.
 */
#ifndef MCP_ENGINE_MMAP_H
#define MCP_ENGINE_MMAP_H

#include "engine.h"

extern const struct engine engine_mmap;

#endif
