/* SPDX-License-Identifier: MIT */
/*
 * One entry, of whatever kind: decided on, asked for, and copied.
 *
 * The order is cp's: look, decide, ask, make room, say it, do it. Symlinks,
 * devices and FIFOs of a tree are recreated and never opened.
 */
#include "config.h"

#include "entry.h"

#include <errno.h>
#include <unistd.h>

#include "account.h"
#include "decide.h"
#include "file.h"
#include "identity.h"
#include "job.h"
#include "keep.h"
#include "node.h"
#include "prompt.h"
#include "redo.h"
#include "shelf.h"

/* PAIR failed by ERR, with nothing made of it here. */
static enum session_result fail(struct session *session,
				const struct pair *pair, const struct err *err)
{
	return session_fail_left(session, pair, err, pair->left);
}

/* Making */

/* Makes what is not copied as a file, with what is kept of the source. */
static int make(struct session *session, const struct pair *pair,
		struct err *err)
{
	const struct mcp_options *options = session->options;

	if (options->hard_link)
		return node_hard_link(options, pair, err);
	if (options->symbolic_link) {
		if (node_symlink(options, pair, err) < 0)
			return -1;
		keep_of_symlink(session, pair);
		return 0;
	}
	if (node_copy(options, pair, err) < 0)
		return -1;
	keep_of_node(session, pair);
	return 0;
}

static enum session_result
copy_by_kind(struct session *session, struct pair *pair, struct pair_made *made)
{
	struct err err;

	if (!pair_is_as_file(session->options, pair)) {
		if (make(session, pair, &err) < 0)
			return fail(session, pair, &err);
		if (made)
			pair_learn_made(pair, made);
		return SESSION_DONE;
	}
	if (pair->found == DEST_SOMETHING && pair->dest_foreign) {
		err_set_num(&err, ERR_FOREIGN_LINK, 0);
		return fail(session, pair, &err);
	}
	return file_copy(session, pair, made);
}

/* Several names of one file */

/* Makes the destination a hard link to EARLIER, one of this run. */
static enum session_result link_to_earlier(struct session *session,
					   const struct pair *pair,
					   const struct links_name *earlier)
{
	struct pair shown = *pair;
	struct err err;
	int result = node_link_to(pair, earlier, &err);

	account_linked(session);
	if (result > 0 && session->options->verbose && !pair->replaces)
		report_removed(session->report, pair->dest_shown);
	if (result >= 0)
		return SESSION_DONE;
	shown.source_shown = earlier->path;
	return fail(session, &shown, &err);
}

static bool may_have_other_names(const struct pair *pair)
{
	return pair->source_stat.st_nlink > 1 || pair->source_followed;
}

/* Remembers where PAIR's source is copied to: 0, or -1, which was said. */
static int remember(struct session *session, const struct pair *pair)
{
	const struct stat *source = &pair->source_stat;
	const struct err err = { .op = ERR_MEMORY };
	struct links_name name = { pair->dest_shown, pair->dest_root };

	/* Directories that are symlinks are entered below it, too. */
	if (!pair->dest.confined || session->options->keep_directory_symlink)
		name.root = strlen(name.path);
	if (links_add(&session->links, source->st_dev, source->st_ino, name) ==
	    0)
		return 0;
	fail(session, pair, &err);
	return -1;
}

/*
 * What PAIR, the first name, has come to is RESULT. If that is no copy of ours,
 * the next name is the first: no other may become a link to a file of somebody
 * else's, be it one that -n respects.
 */
static enum session_result conclude_first(struct session *session,
					  struct pair *pair,
					  enum session_result result)
{
	const struct stat *source = &pair->source_stat;

	/* Also what link_skipped has remembered, as in cp. */
	if (result != SESSION_DONE && pair->claim == PAIR_UNCLAIMED &&
	    may_have_other_names(pair))
		links_drop(&session->links, source->st_dev, source->st_ino);
	if (result != SESSION_YIELDED)
		return result;
	pair->claim = PAIR_UNCLAIMED;
	return SESSION_DONE;
}

/*
 * Files of several names, one of which was copied already, are linked; the
 * first one is remembered until it fails.
 */
static enum session_result
copy_or_link(struct session *session, struct pair *pair, struct pair_made *made)
{
	const struct mcp_options *options = session->options;
	const struct stat *source = &pair->source_stat;
	const struct links_name *earlier;

	if (may_have_other_names(pair) && pair->claim != PAIR_FIRST &&
	    options->preserve.links && !options->hard_link) {
		earlier = links_find(&session->links, source->st_dev,
				     source->st_ino);
		if (earlier)
			return link_to_earlier(session, pair, earlier);
		if (remember(session, pair) < 0)
			return SESSION_FAILED;
	}
	return conclude_first(session, pair, copy_by_kind(session, pair, made));
}

/* Nothing is done, and that is right. */
static enum session_result skip(struct session *session,
				const struct pair *pair)
{
	account_skipped(session);
	if (session->options->debug)
		report_skipped(session->report, pair->dest_shown);
	return SESSION_DONE;
}

/*
 * A destination that -u leaves alone stands for its source all the same: other
 * names of that become links to it, whether links are kept or not.
 */
static enum session_result link_skipped(struct session *session,
					const struct pair *pair)
{
	const struct stat *source = &pair->source_stat;
	const struct links_name *earlier;

	/* Operands may be one file without that being seen. */
	if (!may_have_other_names(pair) && !pair->operand)
		return skip(session, pair);
	earlier = links_find(&session->links, source->st_dev, source->st_ino);
	if (earlier)
		return link_to_earlier(session, pair, earlier);
	if (remember(session, pair) < 0)
		return SESSION_FAILED;
	return skip(session, pair);
}

/* Deciding */

/* Looks at both sides and decides. Returns DECIDE_FAIL with ERR. */
static enum decision look_and_decide(struct session *session, struct pair *pair,
				     const struct entry_operands *operands,
				     struct err *err)
{
	const struct mcp_options *options = session->options;

	if (pair_look_at_source(options, pair, err) < 0) {
		if (pair->redo)
			redo_leave(pair);
		return DECIDE_FAIL;
	}
	account_look(session, pair);
	if (pair->redo && redo_take_up(session, pair, err) < 0)
		return DECIDE_FAIL;
	if (S_ISDIR(pair->source_stat.st_mode) && !options->recursive) {
		err_set_num(err, ERR_OMIT_DIRECTORY, 0);
		return DECIDE_FAIL;
	}
	if (operands && operands->is_repeated(operands->arg, pair)) {
		report_warning(
			session->report,
			"warning: source file %s specified more than once",
			pair->source_shown);
		return DECIDE_SAME;
	}
	if (pair_look_at_dest(options, pair, err) < 0)
		return DECIDE_FAIL;
	return decide(options, pair, err);
}

/*
 * A worker copies a file of several names when it is the first to come to one
 * of them, which it is, too, where it redoes what a first one had begun. To be
 * called once for an entry: it takes a mark that all workers see.
 */
static void claim(const struct session *session, struct pair *pair)
{
	const struct mcp_options *options = session->options;
	const struct identity source = identity_of(&pair->source_stat);
	bool redone = pair->redo && pair->redo->decided;

	if (!session->share || S_ISDIR(pair->source_stat.st_mode) ||
	    !options->preserve.links || options->hard_link ||
	    options->update == OPTIONS_UPDATE_OLDER ||
	    !may_have_other_names(pair))
		return;
	pair->claim = !links_find(&session->links, source.dev, source.ino) &&
				      (session->share->ops->claim(
					       session->share, source) ||
				       redone)
			      ? PAIR_FIRST
			      : PAIR_LATER;
}

/*
 * Whether PAIR is not for a worker: what becomes of a file of several names
 * depends on the others, on either side, and a large one may be for all. A FIFO
 * whose reader has gone ends mcp, not only a worker. Below a directory that is
 * too deep nothing could be told to the parent any more.
 */
static bool is_for_parent(const struct session *session,
			  const struct pair *pair)
{
	const struct stat *source = &pair->source_stat;

	if (!session->share)
		return false;
	if (S_ISDIR(source->st_mode))
		return pair->far;
	/* What was begun here is ended here. */
	if (pair->agreed)
		return false;
	return pair->claim == PAIR_LATER ||
	       (session->options->update == OPTIONS_UPDATE_OLDER &&
		may_have_other_names(pair)) ||
	       (pair->found == DEST_SOMETHING &&
		(pair->dest_stat.st_nlink > 1 || pair->dest_followed ||
		 S_ISFIFO(pair->dest_stat.st_mode))) ||
	       (S_ISREG(source->st_mode) && !session->share->whole &&
		(uint64_t)source->st_size >= JOB_FOR_ALL);
}

/* Asks whether PAIR's destination may go. */
static enum session_result ask(struct session *session, const struct pair *pair)
{
	switch (prompt_overwrite(session, pair)) {
	case PROMPT_YES:
		return SESSION_DONE;
	case PROMPT_NO:
		skip(session, pair);
		session->status = 1;
		return SESSION_FAILED;
	case PROMPT_STOPPED:
		break;
	}
	return SESSION_STOPPED;
}

/*
 * What must not be overwritten even by who may: another kind of file, and
 * what this run has just made. 0, or -1 with ERR.
 */
static int check_dest(const struct mcp_options *options,
		      const struct pair *pair,
		      const struct entry_operands *operands, struct err *err)
{
	if (decide_kinds(options, pair, err) < 0)
		return -1;
	if (operands && operands->expect(operands->arg, pair, err) < 0)
		return -1;
	if (pair->found == DEST_SOMETHING && operands &&
	    options->backup != OPTIONS_BACKUP_NUMBERED &&
	    !S_ISDIR(pair->dest_stat.st_mode) &&
	    operands->is_just_created(operands->arg, &pair->dest_stat))
		return err_set_num(err, ERR_JUST_CREATED, 0);
	return 0;
}

/* Nor is anything written through a symlink that this run has just made. */
static int check_link(const struct pair *pair,
		      const struct entry_operands *operands, struct err *err)
{
	struct stat there;

	if (!operands)
		return 0;
	if (fstatat(pair->dest.dir, pair->dest.name, &there,
		    AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : err_set(err, ERR_STAT_DEST);
	if (S_ISLNK(there.st_mode) &&
	    operands->is_just_created(operands->arg, &there))
		return err_set_num(err, ERR_JUST_CREATED_LINK, 0);
	return 0;
}

/*
 * What must not be there any more goes. A file's name is taken by the next one
 * when that is complete (publish), lest neither be there when something goes
 * wrong; nothing is said of it if it is clear now that it may not go.
 */
static int unlink_dest(struct session *session, struct pair *pair,
		       struct err *err)
{
	const struct place *dest = &pair->dest;
	bool verbose = session->options->verbose;

	if (!decide_must_unlink(session->options, pair))
		return 0;
	pair->replaces = pair_is_as_file(session->options, pair);
	if (pair->replaces
		    ? verbose && place_may_remove(dest) < 0
		    : unlinkat(dest->dir, dest->name, 0) < 0 && errno != ENOENT)
		return err_set(err, ERR_REMOVE_DEST);
	/* What a dead worker may have written to it went with it. */
	if (!pair->replaces && pair->left == DEST_LEFT_INCOMPLETE)
		pair->left = DEST_LEFT_REMOVED;
	if (verbose && !pair_is_said(pair))
		report_removed(session->report, pair->dest_shown);
	pair->found = DEST_NOTHING;
	return 0;
}

/* Moves what was there back from SHELF, be it in place of what was MADE. */
static void unbackup(struct session *session, const struct pair *pair,
		     const struct shelf *shelf, const struct pair_made *made)
{
	struct err err;

	if (shelf_take(pair, shelf, made, &err) < 0)
		session_fail(session, pair, &err);
	else if (session->options->verbose && shelf->shown)
		report_unbackup(session->report, shelf->shown,
				pair->dest_shown);
}

/* The line of -v; SHELF: what was moved aside for it. */
static void say_copied(const struct session *session, const struct pair *pair,
		       const struct shelf *shelf)
{
	if (shelf->shown)
		report_copy_backup(session->report, pair->source_shown,
				   pair->dest_shown, shelf->shown);
	else
		report_copy(session->report, pair->source_shown,
			    pair->dest_shown);
}

/* What was decided and agreed on is done. */
static enum session_result replace(struct session *session, struct pair *pair,
				   const struct entry_operands *operands,
				   struct pair_made *made)
{
	const struct mcp_options *options = session->options;
	struct pair_made known = { 0 };
	enum session_result result;
	struct shelf shelf;
	struct err err;

	if (shelf_put(options, pair, &shelf, &err) < 0 ||
	    unlink_dest(session, pair, &err) < 0 ||
	    (options->backup == OPTIONS_BACKUP_NONE && !pair->replaces &&
	     check_link(pair, operands, &err) < 0)) {
		shelf_free(&shelf);
		return fail(session, pair, &err);
	}
	if (options->verbose && !pair_is_said(pair))
		say_copied(session, pair, &shelf);
	track_said(session->track);
	if (!made && shelf.name)
		made = &known;
	result = copy_or_link(session, pair, made);
	if (result != SESSION_DONE && shelf.name)
		unbackup(session, pair, &shelf, made);
	shelf_free(&shelf);
	return result;
}

static enum session_result copy_entry(struct session *session,
				      struct pair *pair,
				      const struct entry_operands *operands,
				      struct pair_made *made)
{
	struct err err;
	enum decision decision = look_and_decide(session, pair, operands, &err);
	enum session_result answer;

	switch (decision) {
	case DECIDE_COPY:
		break;
	case DECIDE_ASK:
	case DECIDE_ASK_ONLY:
		answer = ask(session, pair);
		if (answer != SESSION_DONE || decision == DECIDE_ASK_ONLY)
			return answer;
		break;
	case DECIDE_SKIP:
		return skip(session, pair);
	case DECIDE_SAME:
		account_skipped(session);
		return SESSION_DONE;
	case DECIDE_OLDER:
		return is_for_parent(session, pair)
			       ? SESSION_ASIDE
			       : link_skipped(session, pair);
	case DECIDE_FAIL:
		return fail(session, pair, &err);
	}
	claim(session, pair);
	if (is_for_parent(session, pair))
		return SESSION_ASIDE;
	if (check_dest(session->options, pair, operands, &err) < 0)
		return fail(session, pair, &err);
	track_decided(session->track,
		      pair->found == DEST_SOMETHING ? &pair->dest_stat : NULL);
	keep_create_mode(session, pair);
	if (S_ISDIR(pair->source_stat.st_mode))
		return SESSION_DIRECTORY;
	return replace(session, pair, operands, made);
}

enum session_result entry_copy(struct session *session, struct pair *pair,
			       const struct entry_operands *operands,
			       struct pair_made *made)
{
	enum session_result result;

	account_begin(session, pair->counted);
	result = copy_entry(session, pair, operands, made);
	account_end(session, pair, result);
	if (pair->source_opened)
		util_close(&pair->source_fd);
	pair->source_opened = false;
	return result;
}
