/* SPDX-License-Identifier: MIT */
/*
 * Runs of zeros in memory: what --sparse=always makes holes of.
 */
#ifndef MCP_ZEROS_H
#define MCP_ZEROS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Bytes that are looked at together, and together are a hole or none: the
 * block of nearly every file system, which cannot have a smaller hole.
 */
#define ZEROS_BLOCK 4096

/*
 * How many of the LENGTH bytes, more than none, are of one kind: blocks of
 * nothing but zeros (*ZERO) or other blocks. BYTES stand at OFFSET of a file,
 * whose blocks begin at multiples of ZEROS_BLOCK.
 */
size_t zeros_run(const char *bytes, size_t length, uint64_t offset, bool *zero);

#endif
