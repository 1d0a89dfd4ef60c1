/* SPDX-License-Identifier: MIT */
/*
 * A file's contents in order, through a buffer: small files, and all that is no
 * regular file.
 */
#include "config.h"

#include "file_order.h"

#include <errno.h>

#include "account.h"
#include "source.h"
#include "stream.h"

/*
 * Whether the engine that was asked for can serve files that are copied in
 * order: only rw can.
 */
static int check_forced_engine(const struct session *session,
			       const struct file_item *item, struct err *err)
{
	enum options_engine engine = session->options->engine;
	struct engine_pair pair = file_item_pair(session, item, 1);
	int reason = ENODEV;

	pair.size = 0; /* it is not to be believed */
	if (!file_item_asks_for_chunks(engine))
		return 0;
	if (S_ISREG(item->source_stat.st_mode) &&
	    item->dest.kind != DEST_STREAM)
		reason = engine_serves(engine, &pair);
	return reason ? err_set_num(err, ERR_ENGINE, reason) : 0;
}

/* Whether ITEM gets holes for zeros when it is copied in order. */
static bool skips_zeros(const struct session *session,
			const struct file_item *item)
{
	if (item->dest.kind == DEST_STREAM)
		return false;
	return session->options->sparse == OPTIONS_SPARSE_ALWAYS ||
	       (session->options->sparse == OPTIONS_SPARSE_AUTO &&
		S_ISREG(item->source_stat.st_mode) &&
		source_has_holes(&item->source_stat));
}

/* For --debug. */
static const char *why(const struct file_item *item, bool only_cached)
{
	if (only_cached)
		return "so small, it is copied faster than shared";
	return S_ISREG(item->source_stat.st_mode) ? "it is copied in order"
						  : "it is no regular file";
}

/* Whether ITEM is a new file without holes, and any way of copying will do. */
static bool may_choose(const struct session *session,
		       const struct file_item *item)
{
	const struct stat *source = &item->source_stat;

	return session->options->engine == OPTIONS_ENGINE_AUTO &&
	       item->dest.kind == DEST_NEW && S_ISREG(source->st_mode) &&
	       source->st_size > 0 && !skips_zeros(session, item);
}

bool file_order_is_faster(const struct session *session,
			  const struct file_item *item)
{
	const struct place_facts *facts = item->pair->dest.facts;

	return facts && facts->copies_small &&
	       session->options->reflink == OPTIONS_REFLINK_UNSAID &&
	       item->source_stat.st_size <= ENGINE_SMALL &&
	       may_choose(session, item);
}

/* Whether ITEM is best copied by the file system (fstype.h: moves_small). */
static bool is_moved(const struct session *session,
		     const struct file_item *item)
{
	const struct place_facts *facts = item->pair->dest.facts;

	return facts && facts->moves_small &&
	       facts->dev == item->source_stat.st_dev &&
	       may_choose(session, item);
}

enum engine_result file_order_copy(struct session *session,
				   struct file_item *item, bool only_cached,
				   struct err *err)
{
	struct stream stream = {
		.source = item->source,
		.dest = item->dest.fd,
		.dest_blocks = item->dest.blocks,
		.skip_zeros = skips_zeros(session, item),
		.only_cached = only_cached,
		.move = !only_cached && is_moved(session, item),
		.tally = session->tally,
	};
	enum engine_result result;

	if (S_ISREG(item->source_stat.st_mode))
		stream.size = (uint64_t)item->source_stat.st_size;
	item->engine = OPTIONS_ENGINE_RW;
	item->facts.why = why(item, only_cached);
	if (only_cached)
		item->facts.reflink = "avoided";
	item->facts.workers = 1;
	item->facts.offload = "no";
	item->facts.sparse = file_item_sparse_facts(session, false);
	if (check_forced_engine(session, item, err) < 0 ||
	    (item->dest.kind == DEST_EXISTING &&
	     dest_check_space(&item->dest, file_item_needs(session, item),
			      &session->room_vain, err) < 0) ||
	    dest_truncate(&item->dest, err) < 0)
		return ENGINE_FAILED;
	result = stream_copy(&stream, session->signals, &session->work, err);
	account_streamed(session, stream.done);
	item->copied = stream.done;
	item->holes = stream.holes;
	if (stream.moved) {
		item->engine = OPTIONS_ENGINE_CFR;
		item->facts.offload = "yes";
		item->facts.why = "so small, the file system copies it itself";
	}
	return result;
}
