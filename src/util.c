/* SPDX-License-Identifier: MIT */
/*
 * Small helpers with no opinion: whole writes, the clock, sizes in words.
 */
#include "config.h"

#include "util.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int util_check_empty(int fd, int why_not)
{
	char byte;
	ssize_t got;

	do
		got = pread(fd, &byte, 1, 0);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno;
	return got > 0 ? why_not : 0;
}

size_t util_page_size(void)
{
	long size = sysconf(_SC_PAGESIZE);

	return size > 0 ? (size_t)size : 4096;
}

uint64_t util_round_up(uint64_t value, uint64_t unit)
{
	if (value > UINT64_MAX - (unit - 1))
		return UINT64_MAX;
	return (value + unit - 1) & ~(unit - 1);
}

void *util_grow(void *items, size_t *capacity, size_t count, size_t size)
{
	size_t wanted = 2 * count + 32;

	if (count <= *capacity)
		return items;
	items = reallocarray(items, wanted, size);
	if (items)
		*capacity = wanted;
	return items;
}

uint64_t util_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UTIL_SECOND + (uint64_t)now.tv_nsec;
}

void util_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

int util_fsync(int fd)
{
	while (fsync(fd) < 0) {
		if (errno == EINVAL || errno == EROFS)
			return 0;
		if (errno != EINTR) /* which is no answer */
			return -1;
	}
	return 0;
}

int util_write_all(int fd, const void *data, size_t length)
{
	const char *at = data;

	while (length > 0) {
		ssize_t written = write(fd, at, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		at += written;
		length -= (size_t)written;
	}
	return 0;
}

/* The digits at *TEXT, which is moved behind them. */
static int parse_digits(const char **text, uint64_t *number)
{
	const char *at = *text;
	uint64_t sum = 0;

	if (*at < '0' || *at > '9') {
		errno = EINVAL;
		return -1;
	}
	for (; *at >= '0' && *at <= '9'; at++) {
		uint64_t digit = (uint64_t)(*at - '0');

		if (sum > (INT64_MAX - digit) / 10) {
			errno = ERANGE;
			return -1;
		}
		sum = sum * 10 + digit;
	}
	*text = at;
	*number = sum;
	return 0;
}

/* UNIT of a size: its base and power, or -1. */
static int parse_unit(const char *unit, uint64_t *base, unsigned int *power)
{
	static const char letters[] = "KMGTPE";
	const char *letter;

	*base = 1024;
	*power = 0;
	if (unit[0] == '\0' || strcmp(unit, "B") == 0)
		return 0;
	letter = strchr(letters, unit[0] == 'k' ? 'K' : unit[0]);
	if (!letter)
		return -1;
	*power = (unsigned int)(letter - letters) + 1;
	if (strcmp(unit + 1, "B") == 0)
		*base = 1000;
	else if (unit[1] != '\0' && strcmp(unit + 1, "iB") != 0)
		return -1;
	return 0;
}

int util_parse_size(const char *text, uint64_t *size)
{
	uint64_t number, base;
	unsigned int power;

	if (parse_digits(&text, &number) < 0)
		return -1;
	if (parse_unit(text, &base, &power) < 0) {
		errno = EINVAL;
		return -1;
	}
	for (; power > 0; power--) {
		if (number > INT64_MAX / base) {
			errno = ERANGE;
			return -1;
		}
		number *= base;
	}
	*size = number;
	return 0;
}

int util_parse_number(const char *text, uint64_t min, uint64_t max,
		      uint64_t *number)
{
	uint64_t value;

	if (parse_digits(&text, &value) < 0)
		return -1;
	if (*text != '\0') {
		errno = EINVAL;
		return -1;
	}
	if (value < min || value > max) {
		errno = ERANGE;
		return -1;
	}
	*number = value;
	return 0;
}
