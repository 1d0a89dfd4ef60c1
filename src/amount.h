/* SPDX-License-Identifier: MIT */
/*
 * Bytes and times in words, for people.
 */
#ifndef MCP_AMOUNT_H
#define MCP_AMOUNT_H

#include <stdint.h>

/* Room for any of these words. */
#define AMOUNT_WORD 32

/* BYTES with a unit: "1.50 GiB". */
void amount_bytes(uint64_t bytes, char word[AMOUNT_WORD]);

/* TIME, nanoseconds: "0:42", "1:02:03", or "5d 04h". */
void amount_time(uint64_t time, char word[AMOUNT_WORD]);

/* The units, powers of 1024 bytes, and the one that suits BYTES. */
extern const char *const amount_units[];
unsigned int amount_unit(uint64_t bytes);

/* BYTES in UNIT, with three digits that mean something, and no unit. */
void amount_number(uint64_t bytes, unsigned int unit, char word[AMOUNT_WORD]);

#endif
