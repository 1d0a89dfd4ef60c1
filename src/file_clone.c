/* SPDX-License-Identifier: MIT */
/*
 * A file whose blocks are shared with its copy, where that can be done.
 */
#include "config.h"

#include "file_clone.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clone.h"
#include "util.h"

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

/* Whether the source is what it was, as far as its size and times tell. */
static bool is_as_opened(const struct file_item *item)
{
	const struct stat *opened = &item->source_stat;
	struct stat now;

	return fstat(item->source, &now) == 0 &&
	       now.st_size == opened->st_size &&
	       now.st_ctim.tv_sec == opened->st_ctim.tv_sec &&
	       now.st_ctim.tv_nsec == opened->st_ctim.tv_nsec;
}

/*
 * Whether ERRNUM is for the end of the source, which is in the middle of a
 * block: that is shared only with the end of another file, not with what has
 * more behind it (generic_remap_file_range_prep in Linux 6.18).
 */
static bool is_for_end(const struct file_item *item, int errnum)
{
	struct stat source, dest;

	return errnum == EINVAL && fstat(item->source, &source) == 0 &&
	       fstat(item->dest.fd, &dest) == 0 &&
	       dest.st_size > source.st_size;
}

/*
 * Returns 0, and then the destination ends where what is shared ends, or where
 * the source is known to; or -1 with errno.
 */
static int share(struct file_item *item)
{
	bool changed = false;
	int result;

	if (item->dest.kind != DEST_EXISTING)
		return clone_file(item->source, item->dest.fd);
	result = clone_over(item->source, item->dest.fd, &changed);
	item->dest.touched |= changed || result == 0;
	if (result == 0 ? is_as_opened(item) : !is_for_end(item, errno))
		return result;
	/* If the source is shorter now, the bytes behind it are old ones. */
	item->dest.touched = true;
	if (ftruncate(item->dest.fd, 0) < 0)
		return -1;
	return clone_file(item->source, item->dest.fd);
}

/* What is shared is what the source was by then, be it less than when opened. */
static enum engine_result take_shared(struct file_item *item, struct err *err)
{
	struct stat dest;

	if (fstat(item->dest.fd, &dest) < 0) {
		err_set(err, ERR_FSTAT_DEST);
		return ENGINE_FAILED;
	}
	item->facts.reflink = "yes";
	item->engine = OPTIONS_ENGINE_CLONE;
	item->facts.why = "blocks can be shared";
	item->facts.workers = 1;
	item->copied = util_min((uint64_t)dest.st_size,
				(uint64_t)item->source_stat.st_size);
	return dest_cut(&item->dest, item->copied, err) < 0 ? ENGINE_FAILED
							    : ENGINE_DONE;
}

enum engine_result file_clone(struct session *session, struct file_item *item,
			      struct err *err)
{
	const struct stat *source = &item->source_stat;

	if (!is_worth_trying(session, item)) {
		item->facts.reflink = why_not_tried(session, item);
		return ENGINE_REFUSED;
	}
	item->facts.reflink = "unsupported";
	if (share(item) == 0)
		return take_shared(item, err);
	/* With EIO the source is not what it was written as: no copy, either. */
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
