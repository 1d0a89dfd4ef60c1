/* SPDX-License-Identifier: MIT */
/*
 * A tree that several processes copy: names taken.
 */
#include "config.h"

#include "tree_take.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "redo.h"
#include "tree.h"
#include "tree_enter.h"
#include "util.h"

/* Both trails at the directory DIR below ROOTS. */
static int start_trails(struct tree *tree, const struct share_roots *roots,
			const struct batch_dir *dir)
{
	if (trail_start(&tree->source, roots->pair->source_shown) < 0 ||
	    trail_start(&tree->dest, roots->pair->dest_shown) < 0)
		return -1;
	tree->root_length = tree->dest.length;
	if (*dir->path == '\0')
		return 0;
	return trail_push(&tree->source, dir->path) < 0 ||
			       trail_push(&tree->dest, dir->path) < 0
		       ? -1
		       : 0;
}

/* Makes BATCH the one level of TREE. */
static int take(struct tree *tree, const struct share_roots *roots,
		const struct batch *batch, struct err *err)
{
	struct level *level = tree_add_level(tree);
	struct stat dest;

	if (!level)
		return err_set(err, ERR_MEMORY);
	level->borrowed = true;
	level->findable = true;
	level->redo = batch->redo;
	level->source_length = tree->source.length;
	level->dest_length = tree->dest.length;
	if (level_find(level, roots, &batch->dir, err) < 0)
		return -1;
	if (fstat(level->dest, &dest) < 0)
		return err_set(err, ERR_MKDIR);
	level_learn_facts(level, tree->session, NULL, &dest);
	if (listing_parse(&level->listing, batch->names, batch->length) < 0)
		return err_set(err, ERR_MEMORY);
	return 0;
}

/*
 * BATCH cannot be taken, by ERR. If somebody has died at its name, it is that
 * of which something may be left.
 */
static enum session_result fail(struct tree *tree,
				const struct share_roots *roots,
				const struct batch *batch,
				const struct err *err)
{
	const char *name = batch->names + 1;
	enum dest_left left = DEST_LEFT_ALONE;
	struct pair shown = *roots->pair;

	if (batch->redo.is)
		left = redo_clean_up(tree->session, roots, &batch->dir, name,
				     &batch->redo);
	if (tree->dest.path &&
	    (!batch->redo.is || (trail_push(&tree->source, name) == 0 &&
				 trail_push(&tree->dest, name) == 0))) {
		shown.source_shown = tree->source.path;
		shown.dest_shown = tree->dest.path;
	}
	return session_fail_left(tree->session, &shown, err, left);
}

enum session_result tree_copy_batch(struct session *session,
				    const struct share_roots *roots,
				    const struct batch *batch,
				    struct share *share)
{
	struct tree tree = {
		.session = session,
		.root = roots->pair,
		.share = share,
		.has_first = true,
		.roots = roots,
	};
	struct err err = { .op = ERR_MEMORY };
	enum session_result result;

	if (start_trails(&tree, roots, &batch->dir) == 0 &&
	    take(&tree, roots, batch, &err) == 0) {
		if (session->track) {
			track_open(session->track, batch->dir.path);
			tree.tracked = 1;
		}
		result = tree_walk(&tree);
	} else {
		result = fail(&tree, roots, batch, &err);
	}
	tree_free(&tree);
	return result;
}

void tree_finish_full(struct session *session, const struct share_roots *roots,
		      const struct batch_full *full)
{
	struct level level = level_closed();
	struct tree tree = { .session = session };
	struct err err = { .op = ERR_MEMORY };
	bool ready = start_trails(&tree, roots, &full->dir) == 0 &&
		     level_find(&level, roots, &full->dir, &err) == 0;
	const struct pair shown = {
		.source_shown = tree.source.path ? tree.source.path
						 : roots->pair->source_shown,
		.dest_shown = tree.dest.path ? tree.dest.path
					     : roots->pair->dest_shown,
	};

	level.source_stat = full->source_stat;
	level.lent = full->lent;
	if (ready)
		level_settle(&level, session, &shown);
	else
		session_fail(session, &shown, &err);
	level_close(&level);
	tree_free(&tree);
}
