/* SPDX-License-Identifier: MIT */
/*
 * Memory copies between mappings that may fail: SIGBUS becomes a return value.
 *
 * A page of a file mapping raises SIGBUS when it lies beyond the end of a file
 * that was cut meanwhile, when it cannot be read, or when a hole under it
 * cannot be filled (mmap(2)). The handler believes only a fault whose address
 * lies in one of the two ranges now being copied; any other is a broken
 * program and kills it as if the handler were not there.
 */
#ifndef MCP_GUARD_H
#define MCP_GUARD_H

#include <stddef.h>

/*
 * Copies LENGTH bytes between mappings of files, past the caches. Returns 0, or
 * -1 when a page of either could not be touched; then some bytes before it may
 * have been copied, and why is to be found out with pread(2) and pwrite(2),
 * which say errno. The first call installs the handler for SIGBUS.
 */
int guard_copy(void *dest, const void *source, size_t length);

#endif
