/* SPDX-License-Identifier: MIT */
/*
 * A tree that several processes copy: names given away.
 */
#include "config.h"

#include "tree_give.h"

#include <dirent.h>
#include <string.h>

#include "account.h"
#include "util.h"

/*
 * A tree pays for others after so many entries, or when so many names are seen
 * to be left, or after JOB_PAYS_AFTER. Starting them takes as long as copying
 * some dozens of small files.
 */
#ifndef ENTRIES_TO_SPREAD /* make check-spread sets it: trees of tests are small */
# define ENTRIES_TO_SPREAD 64
#endif
#define NAMES_TO_SPREAD (4 * ENTRIES_TO_SPREAD)

/* Files that are handed over, not worth it below, and enough at a time. */
#define LEAST_NAMES 4
#define MOST_NAMES 256

/* Where a directory is */

/* The path below the root of what the trail's first LENGTH bytes lead to. */
static size_t path_to(const struct tree *tree, size_t length, const char **path)
{
	const char *start = tree->dest.path + tree->root_length;
	const char *end = tree->dest.path + length;

	while (start < end && *start == '/')
		start++;
	*path = start;
	return (size_t)(end - start);
}

/* The path of level INDEX, as long as the trail is not cut. */
static size_t path_of(const struct tree *tree, size_t index, const char **path)
{
	return path_to(tree, tree->levels[index].dest_length, path);
}

/* Fills DIR with what level INDEX is; PATH has room for its path. */
static void describe(const struct tree *tree, size_t index,
		     struct batch_dir *dir, char *path)
{
	const struct level *level = &tree->levels[index];
	const char *start;
	size_t length = path_of(tree, index, &start);

	memcpy(path, start, length);
	path[length] = '\0';
	*dir = (struct batch_dir){
		.path = path,
		.source = level->source_id,
		.dest = level->dest_id,
		.created = level->created,
	};
}

bool tree_is_near(const struct tree *tree)
{
	const char *path;

	return path_to(tree, tree->dest.length, &path) <= BATCH_PATH_MAX;
}

void tree_judge_findable(struct tree *tree)
{
	struct level *level = &tree->levels[tree->depth - 1];

	level->findable = (tree->depth == 1 || (level - 1)->findable) &&
			  !level->followed && tree_is_near(tree);
}

/* Giving */

static void mark_shared(struct tree *tree, size_t index)
{
	size_t i;

	for (i = 0; i <= index; i++)
		tree->levels[i].shared = true;
}

/* Gives COUNT names of level INDEX away, from the end, or what fits. */
static void give(struct tree *tree, size_t index, size_t count)
{
	struct level *level = &tree->levels[index];
	char path[BATCH_PATH_MAX + 1], names[BATCH_NAMES_MAX];
	struct batch batch = { .names = names };
	struct track *track = tree->session->track;

	describe(tree, index, &batch.dir, path);
	batch.length = listing_cut(&level->listing, level->next, count, names,
				   sizeof(names));
	mark_shared(tree, index);
	if (index < tree->tracked)
		track_give(track, index, level->listing.count);
	tree->share->ops->give(tree->share, &batch);
	track_given(track);
}

/* Whether what is left of LEVEL is worth a message. */
static bool is_worth_giving(const struct level *level, bool top)
{
	size_t left = level->listing.count - level->next, i;

	/* The last one is ours. */
	if (left < 1 + (size_t)top)
		return false;
	if (left >= LEAST_NAMES)
		return true;
	for (i = level->listing.count; i-- > level->next;)
		if (listing_type(&level->listing, i) == DT_DIR ||
		    listing_type(&level->listing, i) == DT_UNKNOWN)
			return true;
	return false;
}

/* Gives half of the names nearest to the root. */
static void give_some(struct tree *tree)
{
	size_t i;

	for (i = 0; i < tree->depth && tree->levels[i].findable; i++) {
		struct level *level = &tree->levels[i];
		size_t left = level->listing.count - level->next;

		if (is_worth_giving(level, i + 1 == tree->depth)) {
			give(tree, i, util_min((left + 1) / 2, MOST_NAMES));
			return;
		}
	}
}

static void fail_listing(struct tree *tree, const struct level *level)
{
	const struct pair shown = tree_shown(tree, level);
	struct err err;

	err_set(&err, ERR_ACCESS);
	session_fail(tree->session, &shown, &err);
}

/* Gives all names of level INDEX away that have been read. */
static void give_level(struct tree *tree, size_t index)
{
	struct level *level = &tree->levels[index];
	size_t left = level->listing.count - level->next;
	/* Not too much at once, lest the last one has too much. */
	size_t count = level->listing.rest
			       ? MOST_NAMES
			       : util_min(left / 16 + 1, MOST_NAMES);

	while (level->listing.count > level->next)
		give(tree, index, count);
}

/* Gives everything away: this process has others to look after. */
static void give_all(struct tree *tree)
{
	struct listing *top = &tree->levels[tree->depth - 1].listing;
	size_t i;

	if (top->rest)
		account_found(tree->session, top);
	for (i = 0; i < tree->depth; i++)
		give_level(tree, i);
	while (top->rest && tree->share->ops->keep_pace(tree->share)) {
		if (listing_more(top) < 0)
			fail_listing(tree, &tree->levels[tree->depth - 1]);
		account_found(tree->session, top);
		give_level(tree, tree->depth - 1);
	}
	tree->spread = true;
}

/* Whether as much as JOB_PAYS_AFTER was copied, and not all of TREE is. */
static bool is_heavy(const struct tree *tree)
{
	size_t i = tree->depth;

	if (tally_moved(tree->session->tally) - tree->moved < JOB_PAYS_AFTER)
		return false;
	while (i-- > 0)
		if (tree->levels[i].next < tree->levels[i].listing.count)
			return true;
	return false;
}

static bool is_worth_spreading(const struct tree *tree)
{
	const struct level *top = &tree->levels[tree->depth - 1];

	return tree->entries >= ENTRIES_TO_SPREAD || top->listing.rest ||
	       top->listing.count - top->next >= NAMES_TO_SPREAD ||
	       is_heavy(tree);
}

bool tree_may_spread(const struct tree *tree)
{
	/* Not where it is too deep to be found, or to have the root open. */
	return tree->share && !tree_has_parent(tree) && !tree->share_tried &&
	       tree->levels[tree->depth - 1].findable &&
	       tree->levels[0].source >= 0;
}

/* Looks for others, once. */
static void begin(struct tree *tree)
{
	const struct share_roots roots = {
		.source = tree->levels[0].source,
		.dest = tree->levels[0].dest,
		.pair = tree->root,
		.dest_id = tree->levels[0].dest_id,
	};

	if (!tree_may_spread(tree))
		return;
	tree->share_tried = true;
	if (tree->share->ops->begin(tree->share, &roots))
		give_all(tree);
	else
		tree->share = NULL;
}

/* Nobody else is there for a directory that is listed in parts. */
static void list_rest(struct tree *tree, struct level *top)
{
	if (!top->listing.rest)
		return;
	if (listing_finish(&top->listing) < 0)
		fail_listing(tree, top);
	account_found(tree->session, &top->listing);
}

void tree_offer(struct tree *tree)
{
	if (!tree->share || tree->spread)
		return;
	if (tree_has_parent(tree)) {
		if (tree->share->ops->is_wanted(tree->share))
			give_some(tree);
	} else if (!tree->share_tried && is_worth_spreading(tree)) {
		begin(tree);
		if (!tree->spread)
			list_rest(tree, &tree->levels[tree->depth - 1]);
	}
}

int tree_put_last(struct tree *tree, const char *name, uint64_t size)
{
	size_t index = tree->depth - 1;
	char path[BATCH_PATH_MAX + 1], text[BATCH_NAMES_MAX] = { DT_UNKNOWN };
	struct batch batch = { .names = text };

	batch.length = strlen(name) + 2;
	if (batch.length > sizeof(text))
		return -1;
	memcpy(text + 1, name, batch.length - 1);
	describe(tree, index, &batch.dir, path);
	mark_shared(tree, index);
	if (tree->depth == tree->tracked)
		track_put_aside(tree->session->track);
	tree->share->ops->put_last(tree->share, &batch, size);
	return 0;
}

void tree_put_aside(struct tree *tree, const struct aside_name *name)
{
	size_t index = tree->depth - 1;
	char path[BATCH_PATH_MAX + 1];
	struct batch_dir dir;

	describe(tree, index, &dir, path);
	/* What was copied here is not missing in it. */
	if (name->kind != ASIDE_FIRST)
		mark_shared(tree, index);
	tree->share->ops->put_aside(tree->share, &dir, name);
}

/* Fills FULL with LEVEL, the top one, for who finishes it; PATH as above. */
static void describe_full(const struct tree *tree, const struct level *level,
			  struct batch_full *full, char *path)
{
	*full = (struct batch_full){
		.source_stat = level->source_stat,
		.lent = level->lent,
	};
	describe(tree, (size_t)(level - tree->levels), &full->dir, path);
}

void tree_leave_full(struct tree *tree, const struct level *level)
{
	char path[BATCH_PATH_MAX + 1];
	struct batch_full full;

	describe_full(tree, level, &full, path);
	tree->share->ops->leave_full(tree->share, &full);
}

/* Telling heirs */

void tree_track(struct tree *tree)
{
	char path[BATCH_PATH_MAX + 1];
	const struct level *level = &tree->levels[tree->depth - 1];
	struct track *track = tree->session->track;
	struct batch_full full;

	if (tree->tracked == 0 || tree->depth - 1 != tree->tracked)
		return;
	if (!level->findable) {
		track_lose(track);
		return;
	}
	describe_full(tree, level, &full, path);
	if (track_enter(track, &full, &level->listing))
		tree->tracked++;
}

void tree_track_end(struct tree *tree)
{
	if (tree->tracked > 0 && tree->depth == tree->tracked)
		track_end(tree->session->track, tree->session->status != 0);
	if (tree_has_parent(tree))
		tree->share->ops->settle(tree->share);
}

void tree_track_leave(struct tree *tree)
{
	struct session *session = tree->session;

	if (tree->tracked == 0 || tree->depth == 1)
		return;
	if (tree->depth == tree->tracked) {
		track_leave(session->track, session->status != 0);
		tree->tracked--;
	} else if (tree->depth - 1 == tree->tracked) {
		track_end(session->track, session->status != 0);
	}
}
