/* SPDX-License-Identifier: MIT */
/*
 * How much memory there is for what is copied.
 */
#ifndef MCP_MEMORY_H
#define MCP_MEMORY_H

#include <stdint.h>

/*
 * The bytes that the page cache can come to hold on our behalf: what the kernel
 * believes can be had without swapping (MemAvailable of proc_meminfo(5), Linux
 * 3.14), or the limit of the control group and those above it, version 1 or 2,
 * if that is less. UINT64_MAX where nobody says. Reads files under /proc and
 * /sys: ask only about files that are large.
 */
uint64_t memory_available(void);

#endif
