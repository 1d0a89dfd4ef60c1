/* SPDX-License-Identifier: MIT */
/*
 * How far a worker has come in its part of a tree, for its heirs only.
 *
 * It stands in memory that parent and worker share; the worker writes it with
 * plain stores, and nobody reads it but the parent when the worker is dead. So
 * at any instruction it must say what is true: what belongs together is
 * published by one store, with release order.
 *
 *     levels  the directories that the worker is in, from that of its batch
 *             down, each with how many of its names are dealt with
 *     name    what is known of the name at work, in the deepest of them
 *     hand    what is being given to others by a record that may not arrive
 *     text    lines that are not sent yet
 *
 * Where TRACK is NULL, in the parent, functions do nothing; but track_reset,
 * track_enter, track_lose, track_leave and track_sending need one.
 */
#ifndef MCP_TRACK_H
#define MCP_TRACK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch.h"
#include "listing.h"
#include "tally.h"

/* Deeper than this below a batch's directory a worker's place is not told. */
#define TRACK_LEVELS 128

/* What a name may have, with its NUL; NAME_MAX is not every file system's. */
#define TRACK_NAME 1024

/* Bytes of lines that wait to be sent. */
#define TRACK_TEXT 16384

enum track_phase {
	TRACK_BETWEEN, /* no name is at work */
	TRACK_BEGUN,   /* one is, and for it nothing was changed yet */
	TRACK_DECIDED, /* or it may have been */
	TRACK_DEEP,    /* a directory is, and it is not told where in it */
};

struct track_level {
	_Atomic uint64_t at;   /* names dealt with, and a phase: see below */
	size_t end;	       /* names from here on are somebody else's */
	size_t count;	       /* of its listing, and what tells whether ... */
	uint64_t sum;	       /* ... another one is the same */
	struct batch_full dir; /* but for the path, which is the first ... */
	size_t path_length;    /* ... bytes of struct track.path */
};

struct track_name {
	struct batch_redo redo;	  /* but for what the phase says */
	struct tally_known known; /* as what it is counted */
	char text[TRACK_NAME];	  /* itself; "" if it is longer */
};

/* Names of a level, or the name at work, that are given to others. */
struct track_hand {
	/*
	 * The number of the record that gives them: they are given when it has
	 * arrived. 0: nothing is given; TRACK_UNSENT: it was not sent yet.
	 */
	_Atomic uint64_t record;
	bool aside; /* the name at work, or ... */
	size_t level;
	size_t end; /* ... of this level those from here on */
};

#define TRACK_UNSENT UINT64_MAX

struct track {
	_Atomic uint64_t sent; /* records, each counted before it is sent */
	_Atomic size_t depth;  /* levels that are told */
	_Atomic bool failed;   /* something was not copied, which was said */
	struct track_name name;
	struct track_hand hand;
	_Atomic size_t text_length;
	_Atomic uint64_t text_record; /* by which it is sent, or 0 */
	char text[TRACK_TEXT];
	char path[BATCH_PATH_MAX + 1];
	struct track_level levels[TRACK_LEVELS];
};

/* A batch comes: nothing of it is done. */
void track_reset(struct track *track);

/* It is in the directory PATH. */
void track_open(struct track *track, const char *path);

/* NAME, the next one of the deepest level, is at work, ... */
void track_begin(struct track *track, const char *name);

/* ... is counted as KNOWN, ... */
void track_known(struct track *track, struct tally_known known);

/*
 * ... will be copied to where DEST is, or nothing, if NULL: from now on
 * something may be changed; ...
 */
void track_decided(struct track *track, const struct stat *dest);

/* ... its line was said, ... */
void track_said(struct track *track);

/*
 * ... and is dealt with, if there is one at work; FAILED: something was not
 * copied until now.
 */
void track_end(struct track *track, bool failed);

/*
 * The name at work is the directory DIR, which is entered and has LISTING to be
 * gone through. Returns whether that is told; if not, the worker is not to tell
 * of what is below it.
 */
bool track_enter(struct track *track, const struct batch_full *dir,
		 const struct listing *listing);

/* It is a directory of which nobody is told where in it the worker is. */
void track_lose(struct track *track);

/* The deepest level is left, with all of it dealt with; FAILED as above. */
void track_leave(struct track *track, bool failed);

/* The names of LEVEL from index END on are going to be given away. */
void track_give(struct track *track, size_t level, size_t end);

/* So is the name at work. */
void track_put_aside(struct track *track);

/* The record that does it is the next but AHEAD ones. */
void track_sending(struct track *track, uint64_t ahead);

/* It was sent. */
void track_given(struct track *track);

/* For who reads it, a worker's HEARD records having arrived: */

/* Whether a record of this number, or TRACK_UNSENT, is among them. */
static inline bool track_arrived(uint64_t record, uint64_t heard)
{
	return record != 0 && record <= heard;
}

/* How many names of LEVEL are dealt with, and the phase of the next one. */
size_t track_dealt(const struct track_level *level, enum track_phase *phase);

/* The same number for the same names in the same order. */
uint64_t track_sum(const struct listing *listing);

#endif
