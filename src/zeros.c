/* SPDX-License-Identifier: MIT */
/*
 * Runs of zeros in memory.
 */
#include "config.h"

#include "zeros.h"

#include <string.h>

#include "util.h"

/* Nearly all blocks that are not zero say so in their first bytes. */
#define HEAD 16

static bool are_zero(const char *bytes, size_t length)
{
	size_t i;

	for (i = 0; i < HEAD; i++) {
		if (i == length)
			return true;
		if (bytes[i] != 0)
			return false;
	}
	/* Each byte is as the one HEAD before it; memcmp(3) is the fastest. */
	return memcmp(bytes, bytes + HEAD, length - HEAD) == 0;
}

size_t zeros_run(const char *bytes, size_t length, uint64_t offset, bool *zero)
{
	size_t run = 0;

	do {
		size_t block = (size_t)util_min(
			ZEROS_BLOCK - (offset + run) % ZEROS_BLOCK,
			length - run);
		bool is_zero = are_zero(bytes + run, block);

		if (run == 0)
			*zero = is_zero;
		else if (is_zero != *zero)
			break;
		run += block;
	} while (run < length);
	return run;
}
