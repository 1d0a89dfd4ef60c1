/* SPDX-License-Identifier: MIT */
/*
 * A destination from opening to its end, good or bad.
 *
 *     new       nameless or hidden until it is complete (publish), or, when
 *               it is written in order, under its name and short until then
 *     existing  rewritten in place, keeping its inode, owner and links; its
 *               size is never the final one before its contents are
 *     stream    a device, FIFO, terminal or open descriptor: written in
 *               order and never sized, mapped, unlinked or renamed over
 *
 * dest_open, then dest_truncate (to write in order) or dest_size (to write
 * anywhere), then dest_settle and dest_finish, or dest_fail.
 */
#ifndef MCP_DEST_H
#define MCP_DEST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "err.h"
#include "options.h"
#include "place.h"
#include "publish.h"
#include "signals.h"

/* What stat(2) found under the destination's name. */
enum dest_found {
	DEST_NOTHING, /* or a dangling symlink */
	DEST_SOMETHING,
	DEST_LOOP, /* a symlink to itself, that -f may remove */
};

struct dest_request {
	const struct mcp_options *options;
	struct signals *signals;
	struct place place; /* its name must stay until the end */
	enum dest_found found;
	const struct stat *seen;   /* of DEST_SOMETHING ... */
	bool followed;		   /* ... through a symlink that may be there */
	mode_t mode;		   /* of a new file, less umask */
	const struct stat *source; /* the opened source */
	struct publish_fs *fs;	   /* see publish_begin; NULL: in order */
	bool replaces; /* what is there, DEST_NOTHING, goes for it (publish) */
};

enum dest_kind {
	DEST_NEW,
	DEST_EXISTING,
	DEST_STREAM,
};

struct dest {
	enum dest_kind kind;
	int fd;
	bool readable; /* open for reading too, as a shared mapping needs */
	bool blocks;   /* a stream that must not be made non-blocking */
	bool removed;  /* -f lets what was there go */
	bool touched;  /* an existing file's old contents are gone */
	bool created;  /* what a dangling symlink leads to; DEST_EXISTING */
	struct publish publish; /* of DEST_NEW */
};

/* What a destination is left as that could not be completed. */
enum dest_left {
	DEST_LEFT_ALONE,      /* as it was, or nothing where nothing was */
	DEST_LEFT_INCOMPLETE, /* cut off */
	DEST_LEFT_REMOVED,    /* nothing where something was */
	DEST_LEFT_HIDDEN,     /* as it was, and a hidden name beside it */
};

/*
 * The descriptor of this process that PATH stands for, as /dev/stdin and
 * /dev/fd/3 do, or -1.
 */
int dest_descriptor_named(const char *path);

/*
 * Opens what REQUEST asks for; nothing that exists is changed yet, but for
 * what goes and cannot be replaced at the end. Returns 0, -1 with ERR_CREATE,
 * ERR_REMOVE_DEST, ERR_REMOVE_HIDDEN, ERR_FSTAT_DEST, ERR_DEST_REPLACED,
 * ERR_SAME_FILE or ERR_DANGLING_LINK, or 1 when a fatal signal ended the wait
 * for the reader of a FIFO.
 */
int dest_open(struct dest *dest, const struct dest_request *request,
	      struct err *err);

/*
 * Whether NEEDED more bytes can be had where DEST is, counting what it will
 * give back: 0, or -1 with ERR_WRITE, ENOSPC. Only file systems whose numbers
 * can be believed are asked; in doubt there is room. xfs gets some time to free
 * what was removed; *VAIN, false at first, tells that nothing came of that,
 * lest each file of a tree wait: whoever removes something clears it.
 */
int dest_check_space(const struct dest *dest, uint64_t needed, bool *vain,
		     struct err *err);

/*
 * Whether NEEDED bytes would fit where DEST is if DEST had not been begun and
 * OLD, which it replaces, were gone. ERRNUM says what is lacking now: ENOSPC or
 * EDQUOT. In doubt, whether OLD's blocks alone are enough.
 */
bool dest_has_room_without(const struct dest *dest, const struct stat *old,
			   uint64_t needed, int errnum);

/* Empties an existing file; nothing for others. 0, or -1 with ERR_CREATE. */
int dest_truncate(struct dest *dest, struct err *err);

/*
 * Empties a regular DEST and gives it a size of SIZE bytes, and one more
 * where it has a name already. 0, or -1 with ERR_CREATE or ERR_WRITE, or the
 * errno that says why it cannot have that size: then it is empty, to be written
 * in order.
 */
int dest_size(struct dest *dest, uint64_t size, struct err *err);

/*
 * Says that DEST, whose bytes were put there otherwise, now has the SIZE bytes
 * of the source, and cuts what is behind them. 0, or -1 with ERR_WRITE.
 */
int dest_cut(struct dest *dest, uint64_t size, struct err *err);

/*
 * Gives DEST, the contents of which are complete, its final size of SIZE
 * bytes; SIZED when dest_size was called. Returns 0, or -1 with ERR_WRITE or
 * ERR_CLOSE_DEST.
 */
int dest_settle(struct dest *dest, uint64_t size, bool sized, struct err *err);

/*
 * Has what was written to DEST, settled and with all its metadata, on the disk
 * before it returns 0; or -1 with ERR_FSYNC. It is not to be tried again.
 */
int dest_sync(const struct dest *dest, struct err *err);

/*
 * Ends DEST, settled and with all its metadata. Returns 0, or -1 with
 * ERR_CREATE (EEXIST: a name that appeared meanwhile), ERR_CLOSE_DEST,
 * ERR_REMOVE_HIDDEN or ERR_REMOVE_DEST; then dest_fail is still to be called.
 */
int dest_finish(struct dest *dest, struct err *err);

/*
 * Ends DEST after a failure, of which the first PREFIX bytes are good: a new
 * file vanishes, an existing one is cut to them.
 */
enum dest_left dest_fail(struct dest *dest, uint64_t prefix);

#endif
