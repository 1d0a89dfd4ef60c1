/* SPDX-License-Identifier: MIT */
/*
 * The clone engine: blocks are shared instead of copied (FICLONERANGE).
 */
#ifndef MCP_ENGINE_CLONE_H
#define MCP_ENGINE_CLONE_H

#include "engine.h"

extern const struct engine engine_clone;

#endif
