/* SPDX-License-Identifier: MIT */
/*
 * The contents of one file to another one.
 *
 * Both sides are opened. Then blocks are shared if they can be (file_clone),
 * but where copying the few that there are is faster (file_order_is_faster). A
 * large file goes by chunks to whoever works (file_chunks); small files, and
 * all that is no regular file, go in order through a buffer (file_order).
 * Either way the destination is finished only when all of it is there, its
 * metadata included, and taken back when it is not.
 */
#include "config.h"

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account.h"
#include "dest.h"
#include "file_chunks.h"
#include "file_clone.h"
#include "file_item.h"
#include "file_order.h"
#include "keep.h"
#include "source.h"
#include "util.h"
#include "writeback.h"

/* The contents of ITEM, both sides of which are open. */
static enum engine_result copy_item(struct session *session,
				    struct file_item *item, struct err *err)
{
	enum engine_result result = ENGINE_REFUSED;

	if (session->options->attributes_only)
		return ENGINE_DONE;
	if (file_order_is_faster(session, item))
		result = file_order_copy(session, item, true, err);
	if (result == ENGINE_REFUSED)
		result = file_clone(session, item, err);
	if (result == ENGINE_REFUSED && item->chunks &&
	    item->dest.kind != DEST_STREAM)
		result = file_chunks_copy(session, item, err);
	if (result == ENGINE_REFUSED)
		result = file_order_copy(session, item, false, err);
	return result;
}

/*
 * A FIFO that nobody has opened for writing yet reads as if it were at its
 * end; until somebody has, the destination is left alone. Returns as
 * open_item.
 */
static int wait_for_writer(struct session *session,
			   const struct file_item *item, struct err *err)
{
	if (S_ISREG(item->source_stat.st_mode))
		return 0;
	if (file_item_asks_for_chunks(session->options->engine))
		return err_set_num(err, ERR_ENGINE, ENODEV);
	if (S_ISFIFO(item->source_stat.st_mode) &&
	    signals_wait_fd(session->signals, item->source, POLLIN) != 0)
		return 1;
	return 0;
}

/*
 * Whether ITEM is to have its name only when it is complete. What has no size
 * may grow large, and must not be seen half. What it replaces stays until then,
 * but where it is written at once, so that no signal comes in between: there
 * it goes first, as with cp, since three calls more would be a third more time.
 * Not so if blocks must be shared, which can be refused whatever the size.
 */
static bool is_named_last(const struct session *session,
			  const struct file_item *item)
{
	const struct mcp_options *options = session->options;
	const struct pair *pair = item->pair;
	const struct stat *source = &item->source_stat;

	return item->chunks || !S_ISREG(source->st_mode) ||
	       ((pair->replaces || pair->found != DEST_NOTHING) &&
		(source->st_size > ENGINE_BUFFER || options->fsync ||
		 options->reflink == OPTIONS_REFLINK_ALWAYS ||
		 options->engine == OPTIONS_ENGINE_CLONE));
}

/* Opens what ITEM is written to. Returns as open_item. */
static int open_dest(struct session *session, struct file_item *item,
		     struct err *err)
{
	const struct pair *pair = item->pair;
	struct dest_request request = {
		.options = session->options,
		.signals = session->signals,
		.place = pair->dest,
		.found = item->room_made ? DEST_NOTHING : pair->found,
		.seen = &pair->dest_stat,
		.followed = pair->dest_followed,
		.source = &item->source_stat,
		.mode = pair->new_mode,
		.replaces = pair->replaces && !item->room_made,
	};

	if (is_named_last(session, item))
		request.fs = &session->fs;
	return dest_open(&item->dest, &request, err);
}

/* Opens both files. Returns 0, -1 with ERR, or 1 after a fatal signal. */
static int open_item(struct session *session, struct file_item *item,
		     struct err *err)
{
	const struct pair *pair = item->pair;
	int opened;

	if (pair->source_opened) {
		item->source = pair->source_fd;
		item->source_stat = pair->source_stat;
	} else {
		item->source = source_open(&pair->source, pair->source_followed,
					   &pair->source_stat,
					   &item->source_stat, err);
	}
	if (item->source < 0)
		return -1;
	opened = wait_for_writer(session, item, err);
	if (opened != 0)
		return opened;
	item->chunks = !session->options->attributes_only &&
		       file_chunks_wanted(session, item);
	return open_dest(session, item, err);
}

/*
 * What has the destination's name when ITEM is complete: the symlink that is
 * written through, or the file that is open.
 */
static void learn_made(const struct file_item *item, struct pair_made *made)
{
	struct stat now;

	if (item->dest.kind == DEST_STREAM)
		return;
	if (item->dest.kind == DEST_EXISTING && item->pair->dest_followed)
		pair_learn_made(item->pair, made);
	else
		*made = pair_made_as(fstat(item->dest.fd, &now) == 0 ? &now
								     : NULL);
}

/* Takes back what was begun, and says why unless a signal did it. */
static enum session_result fail_item(struct session *session,
				     struct file_item *item,
				     enum engine_result why,
				     const struct err *err)
{
	enum dest_left left = dest_fail(&item->dest, item->copied);

	if (item->room_made && left == DEST_LEFT_ALONE)
		left = DEST_LEFT_REMOVED;
	/* What was not touched here may have been by a worker that died. */
	if (left == DEST_LEFT_ALONE)
		left = item->pair->left;
	if (why == ENGINE_STOPPED) {
		report_interrupted(session->report, item->pair->dest_shown,
				   left, session->signals->fatal);
		return SESSION_STOPPED;
	}
	/*
	 * A name that appeared while we copied, and that -n respects; in a new
	 * directory it would be ours, where upper and lower case are one.
	 */
	if (session->options->update == OPTIONS_UPDATE_NONE &&
	    !item->pair->dest_fresh && err->op == ERR_CREATE &&
	    err->errnum == EEXIST) {
		account_skipped(session);
		return SESSION_YIELDED;
	}
	return session_fail_left(session, item->pair, err, left);
}

/* What is in place is not known, so not all of it counts. */
static enum session_result fail_unknown(struct session *session,
					struct file_item *item,
					const struct err *err)
{
	item->copied -= item->copied > 0;
	return fail_item(session, item, ENGINE_FAILED, err);
}

/*
 * A fatal signal while ITEM was written back: a new file goes, since it may not
 * outlast a power failure; what an existing one has got is whole, and stays.
 */
static enum session_result stop_item(struct session *session,
				     struct file_item *item)
{
	if (item->dest.kind == DEST_NEW)
		return fail_item(session, item, ENGINE_STOPPED, NULL);
	util_close(&item->dest.fd);
	return SESSION_STOPPED;
}

static enum session_result finish_item(struct session *session,
				       struct file_item *item)
{
	const struct stat *source = &item->source_stat;
	bool regular = S_ISREG(source->st_mode);
	enum engine_result result = ENGINE_DONE;
	struct err err;
	int kept = 0;

	/* What was read in order and to its end was read whole. */
	if (regular && !session->options->attributes_only &&
	    (item->sized || item->copied < (uint64_t)source->st_size) &&
	    source_check(item->source, &item->source_stat, item->copied, &err) <
		    0)
		return fail_item(session, item, ENGINE_FAILED, &err);
	if (dest_settle(&item->dest, item->copied, item->sized, &err) < 0)
		return fail_unknown(session, item, &err);
	/* A stream is somebody else's: it is written to, and that is all. */
	if (item->dest.kind != DEST_STREAM)
		kept = keep_of_file(
			session, item->pair, item->source, item->dest.fd,
			item->dest.kind == DEST_NEW || item->dest.created);
	if (session->options->fsync)
		result = writeback_file(session, &item->dest, item->copied,
					&err);
	if (result == ENGINE_STOPPED)
		return stop_item(session, item);
	if (result == ENGINE_FAILED || dest_finish(&item->dest, &err) < 0)
		return fail_unknown(session, item, &err);
	return kept < 0 ? SESSION_FAILED : SESSION_DONE;
}

/* Opens both sides of ITEM, and copies. */
static enum engine_result open_and_copy(struct session *session,
					struct file_item *item,
					struct pair_made *made, struct err *err)
{
	int opened = item->room_made ? open_dest(session, item, err)
				     : open_item(session, item, err);

	if (opened != 0)
		return opened < 0 ? ENGINE_FAILED : ENGINE_STOPPED;
	if (item->dest.removed && session->options->verbose)
		report_removed(session->report, item->pair->dest_shown);
	if (made)
		learn_made(item, made);
	return copy_item(session, item, err);
}

/*
 * Whether there would be room for ITEM, for want of which it failed by ERR, if
 * what it replaces had been removed before, as cp does.
 */
static bool would_fit(const struct session *session,
		      const struct file_item *item, const struct err *err)
{
	const struct pair *pair = item->pair;

	return item->dest.kind == DEST_NEW && item->dest.publish.replaces &&
	       !item->dest.publish.removed &&
	       (err->errnum == ENOSPC || err->errnum == EDQUOT) &&
	       S_ISREG(item->source_stat.st_mode) && !pair->dest_followed &&
	       S_ISREG(pair->dest_stat.st_mode) &&
	       pair->dest_stat.st_nlink == 1 &&
	       dest_has_room_without(&item->dest, &pair->dest_stat,
				     file_item_needs(session, item),
				     err->errnum);
}

/* The same, with room made by removing first what ITEM replaces. */
static enum engine_result make_room_and_copy(struct session *session,
					     struct file_item *item,
					     struct pair_made *made,
					     struct err *err)
{
	const struct place *dest = &item->pair->dest;

	dest_fail(&item->dest, 0);
	account_moved(session, 0);
	item->copied = 0;
	item->sized = false;
	if (unlinkat(dest->dir, dest->name, 0) < 0 && errno != ENOENT) {
		err_set(err, ERR_REMOVE_DEST);
		return ENGINE_FAILED;
	}
	session->room_vain = false;
	item->room_made = true;
	if (lseek(item->source, 0, SEEK_SET) < 0) {
		err_set(err, ERR_READ);
		return ENGINE_FAILED;
	}
	return open_and_copy(session, item, made, err);
}

enum session_result file_copy(struct session *session, const struct pair *pair,
			      struct pair_made *made)
{
	struct file_item item = {
		.pair = pair,
		.source = -1,
		.dest = { .fd = -1 },
		.facts = { "unknown", "unknown", "unknown", NULL, 0,
			   "nothing was copied" },
	};
	enum engine_result result;
	enum session_result outcome;
	struct err err;
	bool found;

	account_name(session, pair);
	result = open_and_copy(session, &item, made, &err);
	if (result == ENGINE_FAILED && would_fit(session, &item, &err))
		result = make_room_and_copy(session, &item, made, &err);
	outcome = result == ENGINE_DONE
			  ? finish_item(session, &item)
			  : fail_item(session, &item, result, &err);
	if (result == ENGINE_DONE && outcome == SESSION_DONE)
		account_copied(session, item.engine, item.copied, item.holes);
	found = item.source >= 0;
	if (!pair->source_opened)
		util_close(&item.source);
	item.facts.engine = item.engine == OPTIONS_ENGINE_AUTO
				    ? "none"
				    : engine_name(item.engine);
	if (session->options->debug && !session->options->attributes_only &&
	    found)
		report_debug(session->report, &item.facts);
	return outcome;
}
