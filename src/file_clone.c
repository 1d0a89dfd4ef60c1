/* SPDX-License-Identifier: MIT */
/*
 * A file whose blocks are shared with its copy, where that can be done.
 */
#include "config.h"

#include "file_clone.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "clone.h"

/* Whether another file of ITEM's device could not be shared, for good. */
static bool is_hopeless(const struct session *session,
			const struct file_item *item)
{
	return session->no_clone &&
	       session->no_clone_dev == item->source_stat.st_dev;
}

static bool is_worth_trying(const struct session *session,
			    const struct file_item *item)
{
	const struct mcp_options *options = session->options;
	const struct stat *source = &item->source_stat;

	switch (options->reflink) {
	case OPTIONS_REFLINK_NEVER:
		return false;
	case OPTIONS_REFLINK_ALWAYS:
		return true;
	case OPTIONS_REFLINK_UNSAID:
	case OPTIONS_REFLINK_AUTO:
		break;
	}
	return (options->engine == OPTIONS_ENGINE_AUTO ||
		options->engine == OPTIONS_ENGINE_CLONE) &&
	       S_ISREG(source->st_mode) && source->st_size > 0 &&
	       item->dest.kind != DEST_STREAM && !is_hopeless(session, item);
}

/* For --debug, in cp's words. */
static const char *why_not_tried(const struct session *session,
				 const struct file_item *item)
{
	if (session->options->reflink == OPTIONS_REFLINK_NEVER)
		return "no";
	return is_hopeless(session, item) ? "unsupported" : "avoided";
}

/* Shares LENGTH bytes: ENGINE_DONE, or ENGINE_REFUSED with errno. */
static enum engine_result share_start(struct file_item *item, uint64_t length)
{
	bool changed = false;
	int result;

	if (item->dest.kind != DEST_EXISTING)
		result = clone_range(item->source, item->dest.fd, 0, length);
	else
		result = clone_over(item->source, item->dest.fd, length,
				    &changed);
	item->dest.touched |= changed;
	return result < 0 ? ENGINE_REFUSED : ENGINE_DONE;
}

/*
 * The same of all LENGTH bytes of the source, which may end in the middle of a
 * block where a longer destination goes on: so that has to be cut. Not before
 * it is known that the blocks before can be shared.
 */
static enum engine_result share_to_end(struct file_item *item, uint64_t length,
				       struct err *err)
{
	struct stat dest;
	uint64_t blocks;

	if (item->dest.kind != DEST_EXISTING ||
	    fstat(item->dest.fd, &dest) < 0 ||
	    (uint64_t)dest.st_size <= length) {
		errno = EINVAL;
		return ENGINE_REFUSED;
	}
	blocks = length - length % (uint64_t)dest.st_blksize;
	if (blocks > 0 && share_start(item, blocks) != ENGINE_DONE)
		return ENGINE_REFUSED;
	/* Of the wrong size, as long as its last block is not the source's. */
	if (dest_cut(&item->dest, blocks, err) < 0)
		return ENGINE_FAILED;
	return share_start(item, length);
}

/* How often the source may grow while we try. */
#define MOST_TRIES 4

/* Shares all of the source, or more by now: *LENGTH bytes. As share_to_end. */
static enum engine_result share(struct file_item *item, uint64_t *length,
				struct err *err)
{
	const struct stat *opened = &item->source_stat;
	struct stat now;
	int tries;

	*length = (uint64_t)opened->st_size;
	for (tries = 0; tries < MOST_TRIES; tries++) {
		if (share_start(item, *length) == ENGINE_DONE)
			return ENGINE_DONE;
		if (errno != EINVAL)
			return ENGINE_REFUSED;
		if (fstat(item->source, &now) < 0) {
			err_set(err, ERR_FSTAT_SOURCE);
			return ENGINE_FAILED;
		}
		if (now.st_size < opened->st_size) {
			err_set_num(err, ERR_SOURCE_SHRANK, 0);
			return ENGINE_FAILED;
		}
		if ((uint64_t)now.st_size == *length)
			return share_to_end(item, *length, err);
		*length = (uint64_t)now.st_size;
	}
	errno = EINVAL;
	return ENGINE_REFUSED;
}

enum engine_result file_clone(struct session *session, struct file_item *item,
			      struct err *err)
{
	const struct stat *source = &item->source_stat;
	enum engine_result result;
	uint64_t length;

	if (!is_worth_trying(session, item)) {
		item->facts.reflink = why_not_tried(session, item);
		return ENGINE_REFUSED;
	}
	item->facts.reflink = "unsupported";
	result = share(item, &length, err);
	if (result == ENGINE_FAILED)
		return ENGINE_FAILED;
	if (result == ENGINE_DONE) {
		item->facts.reflink = "yes";
		item->engine = OPTIONS_ENGINE_CLONE;
		item->facts.why = "blocks can be shared";
		item->facts.workers = 1;
		item->copied = (uint64_t)source->st_size;
		return dest_cut(&item->dest, length, err) < 0 ? ENGINE_FAILED
							      : ENGINE_DONE;
	}
	/*
	 * With EIO the source is not what it was written as: no copy, either.
	 */
	if (session->options->reflink == OPTIONS_REFLINK_ALWAYS ||
	    errno == EIO) {
		err_set(err, ERR_CLONE);
		return ENGINE_FAILED;
	}
	if (clone_is_hopeless(errno)) {
		session->no_clone = true;
		session->no_clone_dev = source->st_dev;
	}
	return ENGINE_REFUSED;
}
