/* SPDX-License-Identifier: MIT */
/*
 * What a worker that died at a tree has left, done by others.
 *
 * It is as if the worker had given all of it away at its death. Which names are
 * left in a directory is known by their number, so it is listed again: the
 * order is that of inode numbers, and a sum tells whether the names are the
 * same. If not, somebody has changed the directory in between, and nobody knows
 * what was copied of it; that is an error.
 */
#include "config.h"

#include "heir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "account.h"
#include "confine.h"
#include "hidden.h"
#include "listing.h"
#include "redo.h"
#include "trail.h"

/* So many names are handed over at a time. */
#define MOST_NAMES 256

/* One of the directories that the dead worker was in. */
struct room {
	const struct heir *heir;
	const struct heir_left *left;
	const struct batch *batch; /* that the worker had */
	struct batch_dir dir;
	const struct track_level *level;
	bool deepest;
	bool borrowed; /* the directory of the batch */
	struct listing listing;
};

/* Saying that something failed */

/*
 * NAME of ROOM, or the room if NULL, below ROOT, in TRAIL; without memory ROOT.
 */
static const char *shown_as(struct trail *trail, const char *root,
			    const struct room *room, const char *name)
{
	return trail_start(trail, root) == 0 &&
			       (*room->dir.path == '\0' ||
				trail_push(trail, room->dir.path) == 0) &&
			       (!name || trail_push(trail, name) == 0)
		       ? trail->path
		       : root;
}

/* Says that NAME of ROOM, or all of it if NULL, failed by OP, a death. */
static void fail(const struct room *room, const char *name, enum err_op op,
		 enum dest_left dest_left)
{
	struct session *session = room->heir->session;
	struct pair shown = *room->heir->roots->pair;
	const struct err err = { room->left->err.errnum, op };
	struct trail source = { 0 }, dest = { 0 };

	shown.source_shown = shown_as(&source, shown.source_shown, room, name);
	shown.dest_shown = shown_as(&dest, shown.dest_shown, room, name);
	session_fail_left(session, &shown, &err, dest_left);
	trail_free(&source);
	trail_free(&dest);
}

/* What the worker has made of NAME goes, by REDO; what is left. */
static enum dest_left clean_up(const struct room *room, const char *name,
			       const struct batch_redo *redo)
{
	const struct share_roots *roots = room->heir->roots;
	enum dest_left left = redo_clean_up(room->heir->session, roots,
					    &room->dir, name, redo);
	int fd = confine_open(roots->dest, room->dir.path, O_PATH,
			      &room->dir.dest);

	/* What it was at may not have had its name yet, and be further down. */
	if (fd >= 0)
		hidden_sweep_below(fd, name);
	util_close(&fd);
	return left;
}

/*
 * The same of NAME, at work in PHASE, which is done by nobody any more. Below a
 * directory of which nothing is told a file may be half written; and who died
 * before may have removed what the last one did not find.
 */
static enum dest_left give_up(const struct room *room, const char *name,
			      enum track_phase phase,
			      const struct batch_redo *redo)
{
	const struct batch_redo *before = &room->batch->redo;
	enum dest_left left = clean_up(room, name, redo);

	if (left != DEST_LEFT_ALONE)
		return left;
	if (phase == TRACK_DEEP)
		return DEST_LEFT_INCOMPLETE;
	return room->borrowed && before->is && before->decided &&
			       before->found && !redo->found
		       ? DEST_LEFT_REMOVED
		       : DEST_LEFT_ALONE;
}

/* Names */

/* NAME, the one at work, was begun in PHASE. */
static void take_name(struct room *room, const char *name,
		      enum track_phase phase)
{
	const struct track_name *left = &room->left->track->name;
	bool again = room->borrowed && room->batch->redo.is;
	struct tally *tally = room->heir->session->tally;
	struct share *share = room->heir->share;
	struct batch_redo redo = left->redo;
	char text[BATCH_NAMES_MAX] = { DT_UNKNOWN };
	struct batch batch = {
		.dir = room->dir,
		.names = text,
		.length = strlen(name) + 2,
	};

	redo.decided = phase != TRACK_BEGUN;
	redo.signal = (uint8_t)room->left->err.errnum;
	if (again && !redo.decided)
		redo = room->batch->redo;
	if (again || phase == TRACK_DEEP || batch.length > sizeof(text)) {
		fail(room, name, again ? ERR_WORKER_DIED : ERR_BATCH_DIED,
		     give_up(room, name, phase, &redo));
		return;
	}
	/* It is a name again of which nothing is known. */
	tally_unknow(tally, left->known);
	tally_know(tally, account_known(DT_UNKNOWN));
	memcpy(text + 1, name, batch.length - 1);
	batch.redo = redo;
	share->ops->give(share, &batch);
}

/* The names of ROOM's listing from index FIRST to END go to others. */
static void take_rest(struct room *room, size_t first, size_t end)
{
	struct share *share = room->heir->share;
	char text[BATCH_NAMES_MAX];
	struct batch batch = { .dir = room->dir, .names = text };

	room->listing.count = end;
	while (room->listing.count > first) {
		batch.length = listing_cut(&room->listing, first, MOST_NAMES,
					   text, sizeof(text));
		if (batch.length == 0)
			break;
		share->ops->give(share, &batch);
	}
}

/* Whether the record of what was being given away has arrived. */
static bool is_given(const struct heir_left *left)
{
	return track_arrived(left->track->hand.record, left->heard);
}

/* Where the names of ROOM end that the worker had. */
static size_t end_of(const struct room *room)
{
	const struct track *track = room->left->track;
	const struct track_hand *hand = &track->hand;
	size_t end = room->level->end;

	if (is_given(room->left) && !hand->aside &&
	    hand->level == (size_t)(room->level - track->levels))
		end = hand->end;
	return end < room->listing.count ? end : room->listing.count;
}

/* Whether a name is at work in ROOM, in PHASE, and was not given away. */
static bool is_at_work(const struct room *room, enum track_phase phase)
{
	return room->deepest && phase != TRACK_BETWEEN &&
	       !(room->left->track->hand.aside && is_given(room->left));
}

/* Gives away what is left of ROOM, which is listed. */
static void take_names(struct room *room)
{
	enum track_phase phase;
	size_t first = track_dealt(room->level, &phase), end = end_of(room);
	bool at_work = phase != TRACK_BETWEEN;

	/* Nobody has begun it twice: what they died of comes before. */
	if (room->deepest && room->borrowed && room->batch->redo.is &&
	    first == 0 && !at_work) {
		fail(room, listing_name(&room->listing, 0), ERR_WORKER_DIED,
		     clean_up(room, listing_name(&room->listing, 0),
			      &room->batch->redo));
		return;
	}
	if (first < room->listing.count && is_at_work(room, phase))
		take_name(room, listing_name(&room->listing, first), phase);
	take_rest(room, first + at_work, end);
}

/*
 * Nobody knows which names are left of ROOM. That at work is known, and what
 * was begun of it must not stay as it is.
 */
static void take_unlisted(struct room *room)
{
	const char *name = room->left->track->name.text;
	enum track_phase phase;

	fail(room, NULL, ERR_BATCH_DIED, DEST_LEFT_ALONE);
	track_dealt(room->level, &phase);
	if (is_at_work(room, phase) && *name)
		take_name(room, name, phase);
}

/* Directories */

/* Lists the directory of ROOM again: 0, or -1 when that is another one. */
static int list(struct room *room)
{
	int fd = confine_open(room->heir->roots->source, room->dir.path,
			      O_RDONLY, &room->dir.source);
	int result = -1;

	if (fd >= 0 && listing_begin(&room->listing, fd) == 0 &&
	    listing_finish(&room->listing) == 0 &&
	    room->listing.count == room->level->count &&
	    track_sum(&room->listing) == room->level->sum)
		result = 0;
	util_close(&fd);
	return result;
}

/* Removes hidden names that the worker has left where it was at work. */
static void sweep(const struct room *room)
{
	int fd = confine_open(room->heir->roots->dest, room->dir.path, O_PATH,
			      &room->dir.dest);

	if (fd >= 0)
		hidden_sweep(fd);
	util_close(&fd);
}

static void take_room(struct room *room)
{
	int listed = room->borrowed
			     ? listing_parse(&room->listing, room->batch->names,
					     room->batch->length)
			     : list(room);

	if (room->deepest)
		sweep(room);
	if (listed == 0)
		take_names(room);
	else
		take_unlisted(room);
	listing_free(&room->listing);
}

/* Makes ROOM level INDEX, below the batch's own; PATH has room for its path. */
static struct batch_full go_down(struct room *room, size_t index, char *path)
{
	const struct track *track = room->left->track;
	struct batch_full full = track->levels[index].dir;

	room->level = &track->levels[index];
	room->borrowed = false;
	memcpy(path, track->path, room->level->path_length);
	path[room->level->path_length] = '\0';
	full.dir.path = path;
	room->dir = full.dir;
	return full;
}

/* The same, all of it. */
static void take_level(const struct room *first, size_t index, bool deepest)
{
	struct share *share = first->heir->share;
	struct room room = *first;
	char path[BATCH_PATH_MAX + 1];
	const struct batch_full full = go_down(&room, index, path);

	room.deepest = deepest;
	take_room(&room);
	share->ops->leave_full(share, &full);
}

/* Lines that the worker has not sent, or that did not arrive. */
static void say_text(const struct heir *heir, const struct heir_left *left)
{
	const struct track *track = left->track;
	size_t length = track->text_length;

	if (length > 0 && length <= sizeof(track->text) &&
	    !track_arrived(track->text_record, left->heard))
		report_text(heir->session->report, STDOUT_FILENO, track->text,
			    length);
}

/* Names that it has dealt with and not told, or not with success. */
static void take_aside(const struct heir *heir, const struct heir_left *left)
{
	const struct track *track = left->track;
	uint8_t bytes[BATCH_MAX];
	struct job_body body = { bytes, 0 };
	enum track_phase phase;

	track_dealt(&track->levels[track->depth - 1], &phase);
	body.length = aside_encode_left(left->aside, left->heard,
					phase != TRACK_BETWEEN, bytes);
	if (body.length > 0)
		heir->take_aside(heir->arg, &body);
}

void heir_take(const struct heir *heir, const struct batch *batch,
	       const struct heir_left *left)
{
	const struct track *track = left->track;
	size_t depth = track->depth, i;
	struct room room = {
		.heir = heir,
		.left = left,
		.batch = batch,
		.dir = batch->dir,
		.level = &track->levels[0],
		.deepest = depth == 1,
		.borrowed = true,
	};

	say_text(heir, left);
	if (track->failed)
		heir->session->status = 1;
	take_aside(heir, left);
	take_room(&room);
	for (i = 1; i < depth; i++)
		take_level(&room, i, i + 1 == depth);
}

/* The end by a signal */

/*
 * NAME of ROOM, which is done no more, is taken back, or what is left is said.
 */
static void interrupt(const struct room *room, const char *name,
		      enum track_phase phase, const struct batch_redo *redo)
{
	const struct session *session = room->heir->session;
	enum dest_left left = give_up(room, name, phase, redo);
	struct trail dest = { 0 };
	const char *shown = shown_as(&dest, room->heir->roots->pair->dest_shown,
				     room, name);

	report_interrupted(session->report, shown, left,
			   session->signals->fatal);
	trail_free(&dest);
}

/* The name at work in ROOM, the deepest, of a worker that was killed. */
static void interrupt_work(const struct room *room, enum track_phase phase)
{
	const struct track_name *name = &room->left->track->name;
	struct batch_redo redo = name->redo;

	redo.decided = true;
	sweep(room);
	if (phase > TRACK_BEGUN && is_at_work(room, phase) && *name->text)
		interrupt(room, name->text, phase, &redo);
}

void heir_leave(const struct heir *heir, const struct batch *batch,
		const struct heir_left *left)
{
	const struct track *track = left->track;
	enum track_phase phase = TRACK_BETWEEN;
	char path[BATCH_PATH_MAX + 1];
	size_t dealt = 0;
	struct room room = {
		.heir = heir,
		.left = left,
		.batch = batch,
		.dir = batch->dir,
		.deepest = true,
		.borrowed = true,
	};

	if (track) {
		say_text(heir, left);
		room.level = &track->levels[0];
		if (track->depth > 1)
			go_down(&room, track->depth - 1, path);
		dealt = track_dealt(room.level, &phase);
	}
	if (track && left->err.errnum != 0)
		interrupt_work(&room, phase);
	/* Who died at it before has begun it, and nobody went on. */
	if (room.borrowed && batch->redo.is && dealt == 0 &&
	    phase <= TRACK_BEGUN)
		interrupt(&room, batch->names + 1, phase, &batch->redo);
}
