/* SPDX-License-Identifier: MIT */
/*
 * Copying memory that nobody will look at soon: past the caches.
 */
#ifndef MCP_STORE_H
#define MCP_STORE_H

#include <stddef.h>

/*
 * As memcpy(3), but the lines that are written are not read into a cache
 * before, where the processor has such stores (SSE2). They are in place, also
 * for other processes, when this returns.
 */
void store_past_cache(void *dest, const void *source, size_t length);

#endif
