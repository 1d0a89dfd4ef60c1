/* SPDX-License-Identifier: MIT */
/*
 * What a worker has to say of names that have to do with others: those that
 * only the parent can do, and those of files of several names.
 *
 * They are collected in memory that parent and worker share, names of one
 * directory at a time, and sent together, as the body of a RECORD_ASIDE. Like
 * the track (track.h), what is not sent yet is true at every instruction, and
 * read by the parent when the worker is dead.
 */
#ifndef MCP_ASIDE_H
#define MCP_ASIDE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch.h"
#include "identity.h"

enum aside_kind {
	ASIDE_NOW = 1, /* only the parent can do it */
	ASIDE_LATER,   /* so, when the first name of this file was copied */
	ASIDE_FIRST,   /* it was copied, the first of its file */
	ASIDE_KINDS,
};

struct aside_name {
	enum aside_kind kind;
	struct identity source;
	const char *name;
};

/* Of one worker; zeroed at first. */
struct aside_box {
	_Atomic uint64_t record; /* by which it is sent, or 0 */
	_Atomic size_t settled;	 /* bytes: of names that are dealt with ... */
	_Atomic size_t length;	 /* ... and with that of the name at work */
	struct batch_dir dir;	 /* but for the path */
	char path[BATCH_PATH_MAX + 1];
	uint8_t names[BATCH_NAMES_MAX];
};

/* Empties BOX. */
void aside_reset(struct aside_box *box);

static inline bool aside_is_empty(const struct aside_box *box)
{
	return box->length == 0;
}

/*
 * Puts NAME of DIR, which is at work, into BOX. Returns false where it has to
 * be emptied first: it is full, or of another directory.
 */
bool aside_add(struct aside_box *box, const struct batch_dir *dir,
	       const struct aside_name *name);

/* The name at work is dealt with. */
void aside_settle(struct aside_box *box);

/* The body of a record, into BUFFER of BATCH_MAX bytes. Returns its length. */
size_t aside_encode(const struct aside_box *box, uint8_t *buffer);

/*
 * The same for heirs, of whose records HEARD had arrived: of what was not
 * among them. AT_WORK: the worker died at a name. 0: nothing is left.
 */
size_t aside_encode_left(const struct aside_box *box, uint64_t heard,
			 bool at_work, uint8_t *buffer);

/* Such a body, being read. */
struct aside_reader {
	struct batch_dir dir; /* of all names */
	const uint8_t *at;
	const uint8_t *end;
};

/* Returns 0, or -1 when the LENGTH BYTES are no such thing; they must stay. */
int aside_read(struct aside_reader *reader, const uint8_t *bytes,
	       size_t length);

/* The next NAME, or false. */
bool aside_next(struct aside_reader *reader, struct aside_name *name);

/*
 * Begins a body of names of DIR at BUFFER, and puts NAME at byte AT of it.
 * Return the new length. What came from one body fits into another.
 */
size_t aside_begin_body(const struct batch_dir *dir, uint8_t *buffer);
size_t aside_put(const struct aside_name *name, uint8_t *buffer, size_t at);

#endif
