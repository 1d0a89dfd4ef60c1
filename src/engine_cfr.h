/* SPDX-License-Identifier: MIT */
/*
 * The cfr engine: copy_file_range(2), by which the kernel, or a server, copies
 * without the bytes coming here.
 */
#ifndef MCP_ENGINE_CFR_H
#define MCP_ENGINE_CFR_H

#include "engine.h"

extern const struct engine engine_cfr;

#endif
