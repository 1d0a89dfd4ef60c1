/* SPDX-License-Identifier: MIT */
/*
 * Bytes and times in words, for people.
 */
#ifndef MCP_AMOUNT_H
#define MCP_AMOUNT_H

#include <stdint.h>

/* Room for any of these words. */
#define AMOUNT_WORD 32

/* BYTES in a unit that suits them, a power of 1024 bytes: "1.50 GiB". */
void amount_bytes(uint64_t bytes, char word[AMOUNT_WORD]);

/* TIME, nanoseconds: "0:42", "1:02:03", or "5d 04h". */
void amount_time(uint64_t time, char word[AMOUNT_WORD]);

/* Which unit that is: 0 for bytes, 1 for KiB and so on. */
unsigned int amount_unit(uint64_t bytes);

#endif
