/* SPDX-License-Identifier: MIT */
/*
 * What a copy has done so far, and what it knows of that is still to be done:
 * plain numbers.
 *
 * Each process counts for itself; the parent adds up what workers send, which
 * are differences. All arithmetic is modulo 2^64, so that a number may also be
 * taken back: what was counted as found, and turns out to be something else.
 * When all is done, these hold:
 *
 *     FOUND_FILES = FILES + SKIPPED_FILES + FAILED_FILES
 *     FOUND_BYTES = BYTES + SKIPPED_BYTES + FAILED_BYTES
 *     UNLISTED = PARTIAL_BYTES = TO_WRITE_BACK = WRITTEN_BACK = 0
 */
#ifndef MCP_TALLY_H
#define MCP_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "options.h"

/* What went wrong, in kinds that somebody can do something about. */
enum tally_error {
	TALLY_ERROR_SOURCE,	/* it cannot be read */
	TALLY_ERROR_DEST,	/* it cannot be written */
	TALLY_ERROR_SPACE,	/* there is no room for it */
	TALLY_ERROR_PERMISSION, /* somebody may not */
	TALLY_ERROR_ATTRIBUTES, /* the data is there, what belongs to it not */
	TALLY_ERROR_REFUSED,	/* mcp will not, as cp would not */
	TALLY_ERROR_WORKER,	/* a worker died of it */
	TALLY_ERROR_OTHER,
	TALLY_ERRORS /* how many there are */
};

/* "Files" are regular ones: of several names, linked, each counts once. */
enum tally_field {
	TALLY_FOUND_FILES, /* that are known of */
	TALLY_SIZED_FILES, /* of these, the size is known ... */
	TALLY_FOUND_BYTES, /* ... and this is the sum */
	TALLY_LARGE_FILES, /* of these, from JOB_FOR_ALL on ... */
	TALLY_LARGE_BYTES, /* ... and their sum */
	TALLY_UNLISTED,	   /* names below which there may be more files */
	TALLY_FILES, /* copied, all of them with all that belongs to them */
	TALLY_BYTES, /* their sizes */
	TALLY_SKIPPED_FILES, /* left alone, as was asked */
	TALLY_SKIPPED_BYTES,
	TALLY_FAILED_FILES,
	TALLY_FAILED_BYTES,
	TALLY_PARTIAL_BYTES, /* in place, of files that are on their way */
	TALLY_TO_WRITE_BACK, /* of files that go to the disk now (--fsync) ... */
	TALLY_WRITTEN_BACK,  /* ... and so much of it has */
	TALLY_DIRECTORIES,   /* made or filled */
	TALLY_SYMLINKS,
	TALLY_HARD_LINKS,
	TALLY_OTHERS, /* devices, FIFOs, sockets */
	TALLY_HOLES,  /* bytes of files copied that stayed holes, or became */
	TALLY_BY_ENGINE, /* bytes of files copied, by enum options_engine */
	TALLY_BY_ERROR = TALLY_BY_ENGINE + OPTIONS_ENGINES, /* their numbers */
	TALLY_FIELDS = TALLY_BY_ERROR + TALLY_ERRORS
};

struct tally {
	uint64_t count[TALLY_FIELDS];
};

/* What is known of a name in a directory, or of an operand. */
enum tally_kind {
	TALLY_KIND_UNKNOWN, /* there may be files behind it */
	TALLY_KIND_DIRECTORY,
	TALLY_KIND_FILE,  /* regular, of a size that is not known */
	TALLY_KIND_SIZED, /* and of one that is */
	TALLY_KIND_OTHER, /* and never a file */
};

struct tally_known {
	enum tally_kind kind;
	uint64_t size; /* TALLY_KIND_SIZED, bytes */
};

/* Counts a name of which this is KNOWN; and that it is not so after all. */
void tally_know(struct tally *tally, struct tally_known known);
void tally_unknow(struct tally *tally, struct tally_known known);

/*
 * Whatever is not accounted for when all is over has failed: what a worker was
 * at when it died, or directories that could not be gone through to the end.
 */
void tally_settle(struct tally *tally);

/*
 * Whether FIELD counts work in progress: it is 0 again when that work is done,
 * and so it is for a worker that died at it.
 */
bool tally_is_passing(enum tally_field field);

/* Adds MORE to SUM. */
void tally_add(struct tally *sum, const struct tally *more);

/* What NOW has more than BEFORE. */
struct tally tally_difference(const struct tally *now,
			      const struct tally *before);

/* Bytes that somebody has moved: not what became holes, or shares blocks. */
uint64_t tally_moved(const struct tally *tally);

/* All errors together. */
uint64_t tally_errors(const struct tally *tally);

/* Of which kind ERR is, and what a kind is called ("source", ...). */
enum tally_error tally_error_of(const struct err *err);
const char *tally_error_name(enum tally_error kind);

/* No tally is longer as bytes. */
#define TALLY_PACKED_MAX (8 + 8 * (size_t)TALLY_FIELDS)

/*
 * TALLY as bytes, at most TALLY_PACKED_MAX, fields that are 0 left out. Returns
 * the length.
 */
size_t tally_pack(const struct tally *tally, uint8_t *bytes);

/*
 * Reads a tally from the start of LENGTH bytes. Returns how many it took, or 0
 * when that is none (*TALLY means nothing then).
 */
size_t tally_unpack(const uint8_t *bytes, size_t length, struct tally *tally);

#endif
