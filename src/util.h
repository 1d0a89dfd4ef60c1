/* SPDX-License-Identifier: MIT */
/*
 * Small helpers with no opinion: whole writes, the clock, sizes in words.
 */
#ifndef MCP_UTIL_H
#define MCP_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define UTIL_KIB ((uint64_t)1 << 10)
#define UTIL_MIB ((uint64_t)1 << 20)

/* Nanoseconds in a second. */
#define UTIL_SECOND UINT64_C(1000000000)

/* The number of elements of an array (not of a pointer). */
#define UTIL_COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline uint64_t util_min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t util_max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/*
 * For who cannot serve what has content and no size, as files of /proc: 0 when
 * FD, which has no size, is empty indeed, errno when that cannot be seen, and
 * otherwise WHY_NOT.
 */
int util_check_empty(int fd, int why_not);

/* The bytes of a page of memory, a power of two (sysconf(3)). */
size_t util_page_size(void);

/*
 * Rounds VALUE up to a multiple of UNIT, a power of two. A result that
 * does not fit is UINT64_MAX.
 */
uint64_t util_round_up(uint64_t value, uint64_t unit);

/*
 * Makes room for COUNT items of SIZE bytes, and then some, in ITEMS, an array,
 * malloc'ed or NULL, with room for *CAPACITY. Returns where it is now, or NULL
 * with errno ENOMEM, and it is as it was.
 */
void *util_grow(void *items, size_t *capacity, size_t count, size_t size);

/* Nanoseconds of CLOCK_MONOTONIC; only differences mean anything. */
uint64_t util_now(void);

/* close(2) that leaves errno alone and passes over -1; sets *FD to -1. */
void util_close(int *fd);

/*
 * fsync(2), once: an error is told once only, and what was lost is marked as
 * written. Returns 0, also for what cannot be written back at all (pipes,
 * terminals, directories on some file systems), or -1 with errno.
 */
int util_fsync(int fd);

/*
 * write(2) of all LENGTH bytes of DATA to a blocking FD, however many calls
 * that takes. Returns 0, or -1 with errno.
 */
int util_write_all(int fd, const void *data, size_t length);

/*
 * Parses TEXT as a size in bytes: digits and a unit as GNU tools take it:
 * none, B, K M G T P E or KiB MiB ... (powers of 1024), KB MB ... (powers of
 * 1000). Returns 0 and sets *SIZE, or -1 with errno EINVAL (no number, or
 * what follows it is no unit) or ERANGE (more than INT64_MAX).
 */
int util_parse_size(const char *text, uint64_t *size);

/*
 * Parses TEXT as a whole decimal number from MIN to MAX, nothing before or
 * after it. Returns 0 and sets *NUMBER, or -1 with errno EINVAL or ERANGE.
 */
int util_parse_number(const char *text, uint64_t min, uint64_t max,
		      uint64_t *number);

#endif
