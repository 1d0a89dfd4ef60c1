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

static int share(struct file_item *item)
{
	bool changed = false;
	int result;

	if (item->dest.kind != DEST_EXISTING)
		return clone_file(item->source, item->dest.fd);
	result = clone_over(item->source, item->dest.fd, &changed);
	item->dest.touched |= changed;
	return result;
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
	if (share(item) == 0) {
		item->facts.reflink = "yes";
		item->engine = OPTIONS_ENGINE_CLONE;
		item->facts.why = "blocks can be shared";
		item->facts.workers = 1;
		item->copied = (uint64_t)source->st_size;
		return dest_cut(&item->dest, item->copied, err) < 0
			       ? ENGINE_FAILED
			       : ENGINE_DONE;
	}
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
