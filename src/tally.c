/* SPDX-License-Identifier: MIT */
/*
 * What a copy has done so far: plain numbers.
 */
#include "config.h"

#include "tally.h"

#include <errno.h>

#include "job.h"
#include "pack.h"
#include "util.h"

_Static_assert(TALLY_FIELDS <= 64, "a bit for each field");

/* BY is 1 or -1. */
static void know(struct tally *tally, struct tally_known known, uint64_t by)
{
	uint64_t *count = tally->count;

	switch (known.kind) {
	case TALLY_KIND_UNKNOWN:
	case TALLY_KIND_DIRECTORY:
		count[TALLY_UNLISTED] += by;
		break;
	case TALLY_KIND_SIZED:
		count[TALLY_SIZED_FILES] += by;
		count[TALLY_FOUND_BYTES] += by * known.size;
		if (known.size >= JOB_FOR_ALL) {
			count[TALLY_LARGE_FILES] += by;
			count[TALLY_LARGE_BYTES] += by * known.size;
		}
		/* fall through */
	case TALLY_KIND_FILE:
		count[TALLY_FOUND_FILES] += by;
		break;
	case TALLY_KIND_OTHER:
		break;
	}
}

void tally_know(struct tally *tally, struct tally_known known)
{
	know(tally, known, 1);
}

void tally_unknow(struct tally *tally, struct tally_known known)
{
	know(tally, known, (uint64_t)-1);
}

bool tally_is_passing(enum tally_field field)
{
	return field == TALLY_PARTIAL_BYTES || field == TALLY_TO_WRITE_BACK ||
	       field == TALLY_WRITTEN_BACK;
}

void tally_settle(struct tally *tally)
{
	uint64_t *count = tally->count;
	size_t i;

	count[TALLY_UNLISTED] = 0;
	for (i = 0; i < TALLY_FIELDS; i++)
		if (tally_is_passing((enum tally_field)i))
			count[i] = 0;
	count[TALLY_SIZED_FILES] = count[TALLY_FOUND_FILES];
	count[TALLY_FAILED_FILES] = count[TALLY_FOUND_FILES] -
				    count[TALLY_FILES] -
				    count[TALLY_SKIPPED_FILES];
	count[TALLY_FAILED_BYTES] = count[TALLY_FOUND_BYTES] -
				    count[TALLY_BYTES] -
				    count[TALLY_SKIPPED_BYTES];
}

void tally_add(struct tally *sum, const struct tally *more)
{
	size_t i;

	for (i = 0; i < TALLY_FIELDS; i++)
		sum->count[i] += more->count[i];
}

struct tally tally_difference(const struct tally *now,
			      const struct tally *before)
{
	struct tally difference;
	size_t i;

	for (i = 0; i < TALLY_FIELDS; i++)
		difference.count[i] = now->count[i] - before->count[i];
	return difference;
}

uint64_t tally_moved(const struct tally *tally)
{
	return tally->count[TALLY_BYTES] - tally->count[TALLY_HOLES] -
	       tally->count[TALLY_BY_ENGINE + OPTIONS_ENGINE_CLONE];
}

uint64_t tally_errors(const struct tally *tally)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < TALLY_ERRORS; i++)
		sum += tally->count[TALLY_BY_ERROR + i];
	return sum;
}

/* Errors */

/* Where errno says nothing better. */
static enum tally_error kind_of_operation(enum err_op op)
{
#define KIND(op, name, kind) [op] = TALLY_ERROR_##kind,
	static const enum tally_error kinds[] = { ERR_TABLE(KIND) };
#undef KIND

	return kinds[op];
}

enum tally_error tally_error_of(const struct err *err)
{
	enum tally_error kind = kind_of_operation(err->op);

	/* Their errnum is a signal, or why an engine will not. */
	if (kind == TALLY_ERROR_WORKER || kind == TALLY_ERROR_REFUSED)
		return kind;
	switch (err->errnum) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return TALLY_ERROR_SPACE;
	case EACCES:
	case EPERM:
	case EROFS:
		/* Attributes that may not be set are no loss of data. */
		return kind == TALLY_ERROR_ATTRIBUTES ? kind
						      : TALLY_ERROR_PERMISSION;
	default:
		return kind;
	}
}

const char *tally_error_name(enum tally_error kind)
{
	static const char *const names[] = {
		[TALLY_ERROR_SOURCE] = "source",
		[TALLY_ERROR_DEST] = "destination",
		[TALLY_ERROR_SPACE] = "space",
		[TALLY_ERROR_PERMISSION] = "permission",
		[TALLY_ERROR_ATTRIBUTES] = "attributes",
		[TALLY_ERROR_REFUSED] = "refused",
		[TALLY_ERROR_WORKER] = "worker",
		[TALLY_ERROR_OTHER] = "other",
	};

	_Static_assert(UTIL_COUNT(names) == TALLY_ERRORS,
		       "every kind has its name");
	return names[kind];
}

/* As bytes: a bit for each field that is there, then these fields. */

size_t tally_pack(const struct tally *tally, uint8_t *bytes)
{
	struct pack pack = { .out = bytes };
	uint64_t present = 0;
	size_t i;

	for (i = 0; i < TALLY_FIELDS; i++)
		if (tally->count[i] != 0)
			present |= UINT64_C(1) << i;
	pack_put(&pack, present, 8);
	for (i = 0; i < TALLY_FIELDS; i++)
		if (tally->count[i] != 0)
			pack_put(&pack, tally->count[i], 8);
	return pack.at;
}

size_t tally_unpack(const uint8_t *bytes, size_t length, struct tally *tally)
{
	struct pack pack = { .in = bytes };
	uint64_t present;
	size_t i;

	*tally = (struct tally){ { 0 } };
	if (length < 8)
		return 0;
	present = pack_get(&pack, 8);
	if (present >> TALLY_FIELDS != 0)
		return 0;
	for (i = 0; i < TALLY_FIELDS; i++) {
		if (!(present >> i & 1))
			continue;
		if (length - pack.at < 8)
			return 0;
		tally->count[i] = pack_get(&pack, 8);
	}
	return pack.at;
}
