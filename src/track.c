/* SPDX-License-Identifier: MIT */
/*
 * How far a worker has come in its part of a tree, for its heirs only.
 */
#include "config.h"

#include "track.h"

#include <string.h>

/* How at holds both. */
#define PHASE_BITS 8

static uint64_t pack(size_t dealt, enum track_phase phase)
{
	return (uint64_t)dealt << PHASE_BITS | phase;
}

size_t track_dealt(const struct track_level *level, enum track_phase *phase)
{
	uint64_t at = atomic_load_explicit(&level->at, memory_order_acquire);

	*phase = (enum track_phase)(at & ((1U << PHASE_BITS) - 1));
	return (size_t)(at >> PHASE_BITS);
}

static struct track_level *top_of(struct track *track)
{
	return &track->levels[atomic_load_explicit(&track->depth,
						   memory_order_relaxed) -
			      1];
}

static void set(struct track_level *level, size_t dealt, enum track_phase phase)
{
	atomic_store_explicit(&level->at, pack(dealt, phase),
			      memory_order_release);
}

static void set_phase(struct track *track, enum track_phase phase)
{
	struct track_level *level = top_of(track);
	enum track_phase before;
	size_t dealt = track_dealt(level, &before);

	/* What is below says no more of it. */
	if (before != TRACK_DEEP)
		set(level, dealt, phase);
}

void track_reset(struct track *track)
{
	track->hand.record = track->text_record = 0;
	track->text_length = 0;
	track->failed = false;
	track->levels[0].path_length = 0;
	track->levels[0].end = SIZE_MAX;
	set(&track->levels[0], 0, TRACK_BETWEEN);
	atomic_store_explicit(&track->depth, 1, memory_order_release);
}

void track_open(struct track *track, const char *path)
{
	if (!track)
		return;
	track->levels[0].path_length = strlen(path);
	memcpy(track->path, path, track->levels[0].path_length);
}

/* The name at work */

void track_begin(struct track *track, const char *name)
{
	size_t length;

	if (!track)
		return;
	length = strlen(name);
	if (length >= sizeof(track->name.text))
		length = 0;
	memcpy(track->name.text, name, length);
	track->name.text[length] = '\0';
	track->name.redo = (struct batch_redo){ .is = true };
	track->name.known = (struct tally_known){ 0 };
	set_phase(track, TRACK_BEGUN);
}

void track_known(struct track *track, struct tally_known known)
{
	if (track)
		track->name.known = known;
}

void track_decided(struct track *track, const struct stat *dest)
{
	struct batch_redo *redo;

	if (!track)
		return;
	redo = &track->name.redo;
	redo->found = dest != NULL;
	if (dest)
		redo->dest = identity_of(dest);
	set_phase(track, TRACK_DECIDED);
}

void track_said(struct track *track)
{
	if (track)
		track->name.redo.said = true;
}

void track_end(struct track *track, bool failed)
{
	struct track_level *level;
	enum track_phase phase;
	size_t dealt;

	if (!track)
		return;
	if (failed)
		track->failed = true;
	level = top_of(track);
	dealt = track_dealt(level, &phase);
	if (phase != TRACK_BETWEEN)
		set(level, dealt + 1, TRACK_BETWEEN);
	track_given(track);
}

/* Directories */

void track_lose(struct track *track)
{
	set_phase(track, TRACK_DEEP);
}

bool track_enter(struct track *track, const struct batch_full *dir,
		 const struct listing *listing)
{
	size_t depth = track->depth, length = strlen(dir->dir.path);
	size_t known = track->levels[depth - 1].path_length;
	struct track_level *level;

	if (depth == TRACK_LEVELS || length > BATCH_PATH_MAX) {
		track_lose(track);
		return false;
	}
	memcpy(track->path + known, dir->dir.path + known, length - known);
	level = &track->levels[depth];
	level->end = level->count = listing->count;
	level->sum = track_sum(listing);
	level->dir = *dir;
	level->path_length = length;
	set(level, 0, TRACK_BETWEEN);
	atomic_store_explicit(&track->depth, depth + 1, memory_order_release);
	return true;
}

void track_leave(struct track *track, bool failed)
{
	size_t depth = track->depth;
	struct track_level *above = &track->levels[depth - 2];
	enum track_phase phase;
	size_t dealt = track_dealt(above, &phase);

	if (failed)
		track->failed = true;
	/* First: who dies in between has entered it, and left nothing to do. */
	set(above, dealt + 1, TRACK_BETWEEN);
	atomic_store_explicit(&track->depth, depth - 1, memory_order_release);
}

uint64_t track_sum(const struct listing *listing)
{
	uint64_t sum = listing->count;
	size_t i;

	for (i = 0; i < listing->count; i++) {
		const char *name = listing_name(listing, i);

		/* As FNV-1a does, of the name and its NUL. */
		do
			sum = (sum ^ (unsigned char)*name) * 0x100000001b3;
		while (*name++);
	}
	return sum;
}

/* Giving */

static void offer(struct track *track, struct track_hand hand)
{
	track->hand.aside = hand.aside;
	track->hand.level = hand.level;
	track->hand.end = hand.end;
	atomic_store_explicit(&track->hand.record, TRACK_UNSENT,
			      memory_order_release);
}

void track_give(struct track *track, size_t level, size_t end)
{
	if (track)
		offer(track, (struct track_hand){ .level = level, .end = end });
}

void track_put_aside(struct track *track)
{
	if (track)
		offer(track, (struct track_hand){ .aside = true });
}

void track_sending(struct track *track, uint64_t ahead)
{
	if (track->hand.record == TRACK_UNSENT)
		atomic_store_explicit(&track->hand.record,
				      track->sent + ahead + 1,
				      memory_order_release);
}

void track_given(struct track *track)
{
	struct track_hand *hand;

	if (!track)
		return;
	hand = &track->hand;
	if (hand->record == 0)
		return;
	if (!hand->aside)
		track->levels[hand->level].end = hand->end;
	atomic_store_explicit(&hand->record, 0, memory_order_release);
}
