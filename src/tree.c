/* SPDX-License-Identifier: MIT */
/*
 * A directory with all that is below it.
 *
 * Depth first, in cp's order, with a stack of our own: a tree may be deeper
 * than the C stack. Each directory is opened once, by its single name in its
 * parent, so that no path is looked up twice and no symlink that appears
 * meanwhile leads out of the tree. Descriptors of levels far above are closed;
 * on the way back they are opened again through "..", and must be the
 * directories they were.
 */
#include "config.h"

#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "account.h"
#include "entry.h"
#include "job.h"
#include "listing.h"
#include "tree_enter.h"
#include "tree_give.h"
#include "tree_work.h"

/* The trails as names in PAIR; whenever one is pushed they may move. */
static void show(const struct tree *tree, struct pair *pair)
{
	pair->source_shown = tree->source.path;
	pair->dest_shown = tree->dest.path;
	pair->dest_root = tree->root_length;
}

/* The parent is to know of PAIR. */
static void tell_parent(struct tree *tree, const struct pair *pair,
			enum aside_kind kind)
{
	const struct aside_name name = {
		.kind = kind,
		.source = identity_of(&pair->source_stat),
		.name = pair->source.name,
	};

	tree_put_aside(tree, &name);
}

/*
 * Puts PAIR aside. What is written through a symlink waits for the end, too:
 * somebody may be writing the file that it leads to. So does a directory.
 */
static enum session_result put_aside(struct tree *tree, const struct pair *pair)
{
	const struct stat *source = &pair->source_stat;
	const struct err err = { .op = ERR_CREATE, .errnum = ENAMETOOLONG };
	uint64_t size = S_ISREG(source->st_mode) ? (uint64_t)source->st_size
						 : 0;

	if (size < JOB_FOR_ALL && !S_ISDIR(source->st_mode) &&
	    !(pair->found == DEST_SOMETHING && pair->dest_followed)) {
		tell_parent(tree, pair,
			    pair->claim == PAIR_LATER ? ASIDE_LATER
						      : ASIDE_NOW);
		return SESSION_DONE;
	}
	if (tree_put_last(tree, pair->source.name, size) == 0)
		return SESSION_DONE;
	tally_unknow(tree->session->tally, account_known(DT_UNKNOWN));
	return session_fail(tree->session, pair, &err);
}

/* Whether regular files are opened at all. */
static bool is_read(const struct mcp_options *options)
{
	return !options->hard_link && !options->symbolic_link;
}

/* Copies the entry NAME of the top level, of a TYPE of readdir(3). */
static enum session_result copy_entry(struct tree *tree, const char *name,
				      unsigned char type)
{
	const size_t depth = tree->depth;
	const size_t source_length = tree->source.length;
	const size_t dest_length = tree->dest.length;
	const struct level *level = &tree->levels[depth - 1];
	struct pair pair = {
		.source = { level->source, name, true, NULL },
		.dest = { level->dest, name, true, &level->facts },
		.redo = level->redo.is ? &level->redo : NULL,
		.dest_fresh = level->created && !level->redo.decided,
		/* Where nothing can be in the way, it will be read. */
		.said_regular = level->created && type == DT_REG &&
				is_read(tree->session->options),
		.counted = account_known(type),
	};
	enum session_result result;

	tree->session->share = tree_has_parent(tree) ? tree->share : NULL;
	if (trail_push(&tree->source, name) < 0 ||
	    trail_push(&tree->dest, name) < 0) {
		const struct err err = { .op = ERR_MEMORY };

		show(tree, &pair);
		account_begin(tree->session, pair.counted);
		result = session_fail(tree->session, &pair, &err);
		account_end(tree->session, &pair, result);
	} else {
		show(tree, &pair);
		pair.far = !tree_is_near(tree);
		result = entry_copy(tree->session, &pair, NULL, NULL);
		if (result == SESSION_DIRECTORY)
			result = tree_enter(tree, &pair);
		else if (result == SESSION_ASIDE)
			result = put_aside(tree, &pair);
		else if (result == SESSION_DONE && pair.claim == PAIR_FIRST)
			tell_parent(tree, &pair, ASIDE_FIRST);
	}
	if (tree->depth == depth) {
		/* Who goes on for us begins with what we were at. */
		if (result != SESSION_STOPPED)
			tree_track_end(tree);
		trail_cut(&tree->source, source_length);
		trail_cut(&tree->dest, dest_length);
	}
	return result;
}

enum session_result tree_walk(struct tree *tree)
{
	const struct session *session = tree->session;
	struct err err;

	while (tree->depth > 0) {
		struct level *level;

		tree_offer(tree);
		level = &tree->levels[tree->depth - 1];
		if (signals_drain_sometimes(session->signals) != 0)
			return SESSION_STOPPED;
		if (level->next < level->listing.count && !tree->into_itself) {
			const char *name =
				listing_name(&level->listing, level->next);
			unsigned char type =
				listing_type(&level->listing, level->next);

			if (tree->depth == tree->tracked)
				track_begin(session->track, name);
			level->next++;
			tree->entries++;
			if (copy_entry(tree, name, type) == SESSION_STOPPED)
				return SESSION_STOPPED;
		} else if (tree_leave(tree, &err) < 0) {
			session_fail(tree->session, tree->root, &err);
			return SESSION_FAILED;
		}
	}
	return SESSION_DONE;
}

enum session_result tree_copy(struct session *session, const struct pair *pair,
			      struct share *share)
{
	struct tree tree = {
		.session = session,
		.root = pair,
		.share = share,
		.moved = tally_moved(session->tally),
	};
	enum session_result result = SESSION_FAILED;
	struct pair root = *pair;
	struct err err = { .op = ERR_MEMORY };

	if (trail_start(&tree.source, pair->source_shown) < 0 ||
	    trail_start(&tree.dest, pair->dest_shown) < 0)
		session_fail(session, pair, &err);
	else if (tree.root_length = tree.dest.length,
		 tree_enter(&tree, &root) == SESSION_DONE)
		result = tree_walk(&tree);
	tree_free(&tree);
	return result;
}
