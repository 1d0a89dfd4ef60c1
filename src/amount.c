/* SPDX-License-Identifier: MIT */
/*
 * Bytes and times in words, for people.
 */
#include "config.h"

#include "amount.h"

#include <stdio.h>

#include "util.h"

static const char *const units[] = { "B",   "KiB", "MiB", "GiB",
				     "TiB", "PiB", "EiB" };

unsigned int amount_unit(uint64_t bytes)
{
	double number = (double)bytes;
	unsigned int unit = 0;

	/* 1023.5 of something would be shown as 1024. */
	for (; unit < 6 && number >= 1023.5; unit++)
		number /= 1024;
	return unit;
}

void amount_bytes(uint64_t bytes, char word[AMOUNT_WORD])
{
	unsigned int unit = amount_unit(bytes);
	double number = (double)bytes / (double)(UINT64_C(1) << 10 * unit);
	int digits = unit == 0	      ? 0
		     : number < 9.995 ? 2
		     : number < 99.95 ? 1
				      : 0;

	snprintf(word, AMOUNT_WORD, "%.*f %s", digits, number, units[unit]);
}

void amount_time(uint64_t time, char word[AMOUNT_WORD])
{
	uint64_t seconds = (time + UTIL_SECOND / 2) / UTIL_SECOND;
	unsigned int minutes = (unsigned int)(seconds / 60 % 60);
	uint64_t hours = seconds / 3600;

	if (hours >= 100)
		snprintf(word, AMOUNT_WORD, "%llud %02lluh",
			 (unsigned long long)(hours / 24),
			 (unsigned long long)(hours % 24));
	else if (hours > 0)
		snprintf(word, AMOUNT_WORD, "%llu:%02u:%02u",
			 (unsigned long long)hours, minutes,
			 (unsigned int)(seconds % 60));
	else
		snprintf(word, AMOUNT_WORD, "%u:%02u", minutes,
			 (unsigned int)(seconds % 60));
}
