/* SPDX-License-Identifier: MIT */
/*
 * The stack of a tree's directories: entering one and leaving it.
 */
#include "config.h"

#include "tree_enter.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "account.h"
#include "tree_give.h"
#include "util.h"
#include "worker.h"

/* Repetitions */

/*
 * Whether PLACE is where the directory that is known as EARLIER is: as
 * place_is_same.
 */
static int is_there(const struct place *place, const char *earlier)
{
	const struct place there = place_operand(earlier);

	return place_is_same(place, &there);
}

/*
 * Would this directory be copied for ever, or twice? Returns 0, -1 with ERR,
 * or 1 when it is to be passed over after a warning. *EARLIER is where it was
 * copied to before.
 */
static int check_repetition(struct tree *tree, const struct pair *pair,
			    const char **earlier, struct err *err)
{
	struct session *session = tree->session;
	const struct stat *source = &pair->source_stat;
	const struct links_name *name;
	int there;
	size_t i;

	for (i = 0; i < tree->depth; i++)
		if (identity_is(identity_of(source), tree->levels[i].source_id))
			return err_set_num(err, ERR_CYCLE, 0);
	/* What others make is not known here, but all of it is in there. */
	if (tree->roots &&
	    identity_is(identity_of(source), tree->roots->dest_id))
		return err_set_num(err, ERR_INTO_ITSELF, 0);
	name = links_find(&session->dirs, source->st_dev, source->st_ino);
	if (!name)
		return 0;
	*earlier = name->path;
	there = is_there(&pair->source, *earlier);
	if (there != 0)
		return there < 0 ? err_set(err, ERR_STAT_SOURCE)
				 : err_set_num(err, ERR_INTO_ITSELF, 0);
	there = is_there(&pair->dest, *earlier);
	if (there < 0)
		return err_set(err, ERR_STAT_DEST);
	if (there > 0) {
		report_warning(session->report,
			       "warning: source directory %s specified more "
			       "than once",
			       tree->root->source_shown);
		return 1;
	}
	if (pair_is_followed(session->options, pair))
		return 0;
	return err_set_num(err, ERR_DIRECTORY_LINK, 0);
}

/* Out of memory a repetition goes unnoticed, which harms nothing. */
static void remember(struct tree *tree, struct identity id,
		     const struct pair *pair)
{
	links_add(&tree->session->dirs, id.dev, id.ino,
		  (struct links_name){ pair->dest_shown, tree->root_length });
}

/* Few descriptors */

/* So many levels keep both descriptors open, where there may be so many. */
#define OPEN_LEVELS 32

/*
 * What a process has open beside the levels and, as a parent, its workers: 0 to
 * 2, signals, a worker's pipes, the roots, a level that is entered, its
 * listing, or the files that are being copied.
 */
#define OTHER_FDS 14

/* How many levels above the top one may stay open. */
static size_t most_open_levels(const struct session *session)
{
	rlim_t others = OTHER_FDS;
	struct rlimit limit;

	if (session->pool)
		others += WORKER_FDS * session->pool->workers;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    limit.rlim_cur >= others + 2 * OPEN_LEVELS)
		return OPEN_LEVELS;
	return limit.rlim_cur < others + 4
		       ? 1
		       : (size_t)(limit.rlim_cur - others) / 2;
}

/* Closes what is far above, where ".." will lead back to it. */
static void close_far_level(struct tree *tree)
{
	size_t far, i;

	if (tree->depth == 1)
		return;
	if (tree->open_levels == 0)
		tree->open_levels = most_open_levels(tree->session);
	if (tree->depth <= tree->open_levels)
		return;
	far = tree->depth - 1 - tree->open_levels;
	for (i = far + 1; i < tree->depth; i++)
		if (tree->levels[i].followed)
			return;
	util_close(&tree->levels[far].source);
	util_close(&tree->levels[far].dest);
}

/* Entering */

static bool leaves_file_system(const struct tree *tree, const struct pair *pair)
{
	return tree->session->options->one_file_system &&
	       pair->source_stat.st_dev != tree->root->source_stat.st_dev;
}

/* Puts the directory PAIR on the stack, ready to be read. */
static int enter(struct tree *tree, const struct pair *pair, struct err *err)
{
	struct level *level = tree_add_level(tree);
	const struct level *above;
	bool read = !leaves_file_system(tree, pair);

	if (!level)
		return err_set(err, ERR_MEMORY);
	above = tree->depth > 1 ? level - 1 : NULL;
	level->source_length = tree->source.length;
	level->dest_length = tree->dest.length;
	level->followed = pair->source_followed || pair->dest_followed;
	tree_judge_findable(tree);
	if (level_open_dest(level, tree->session, above, pair, err) < 0)
		return -1;
	if (level->created && !tree->has_first) {
		tree->has_first = true;
		remember(tree, level->dest_id, pair);
	}
	level->source_stat = pair->source_stat;
	level->source_id = identity_of(&pair->source_stat);
	if (level_open_source(level, pair, read, err) < 0)
		return -1;
	if (!read)
		return 0;
	/* Others can begin before all of it is read. */
	if (listing_begin(&level->listing, level->source) < 0 ||
	    (!tree_may_spread(tree) && listing_finish(&level->listing) < 0))
		return err_set(err, ERR_ACCESS);
	if (!level->listing.rest)
		account_found(tree->session, &level->listing);
	tree_track(tree);
	close_far_level(tree);
	return 0;
}

static enum session_result enter_or_say(struct tree *tree,
					const struct pair *pair)
{
	size_t depth = tree->depth;
	struct pair shown = *pair;
	const char *earlier = NULL;
	struct err err;
	int repeated = check_repetition(tree, pair, &earlier, &err);

	if (repeated > 0)
		return SESSION_FAILED; /* passed over, which is no failure */
	if (repeated == 0 && pair->operand)
		remember(tree, identity_of(&pair->source_stat), pair);
	if (repeated == 0 && enter(tree, pair, &err) == 0) {
		account_directory(tree->session);
		return SESSION_DONE;
	}
	if (err.op == ERR_INTO_ITSELF) {
		shown = *tree->root;
		tree->into_itself = !tree->roots;
	} else if (err.op == ERR_DIRECTORY_LINK) {
		shown.source_shown = earlier;
	}
	session_fail(tree->session, &shown, &err);
	/* What was not made cannot be made twice. */
	if (err.op == ERR_MKDIR && pair->operand)
		links_drop(&tree->session->dirs, pair->source_stat.st_dev,
			   pair->source_stat.st_ino);
	/* What is there now keeps its mode, and is left at once. */
	if (tree->depth > depth)
		tree_leave(tree, &err);
	return SESSION_FAILED;
}

enum session_result tree_enter(struct tree *tree, const struct pair *pair)
{
	enum session_result result = enter_or_say(tree, pair);

	/* Its names are known now, or never will be. */
	account_listed(tree->session);
	return result;
}

/* Leaving */

int tree_leave(struct tree *tree, struct err *err)
{
	struct level *level = &tree->levels[tree->depth - 1];
	struct level *above = tree->depth > 1 ? level - 1 : NULL;
	const struct pair shown = tree_shown(tree, level);
	int result;

	if (level->borrowed)
		;
	else if (level->shared)
		tree_leave_full(tree, level);
	else
		level_settle(level, tree->session, &shown);
	tree_track_leave(tree);
	result = above ? level_reopen(above, level, err) : 0;
	level_close(level);
	tree->depth--;
	if (above) {
		trail_cut(&tree->source, above->source_length);
		trail_cut(&tree->dest, above->dest_length);
	}
	return result;
}

void tree_free(struct tree *tree)
{
	struct err err;

	while (tree->depth > 0)
		tree_leave(tree, &err);
	free(tree->levels);
	trail_free(&tree->source);
	trail_free(&tree->dest);
}
