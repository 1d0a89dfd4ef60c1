/* SPDX-License-Identifier: MIT */
/*
 * The error value: which operation failed, and the system's reason.
 *
 * A function that can fail returns 0 or -1 and fills a struct err, which it
 * leaves alone on success. The value holds no name: the operation tells
 * whether the source or the destination is meant, and whoever holds the names
 * (report) puts them in. So it fits in a record of a few bytes, on a pipe or
 * between machines.
 */
#ifndef MCP_ERR_H
#define MCP_ERR_H

/*
 * What was being done. The words for each stand in report.c; the numbers
 * travel in records, so new ones go at the end.
 */
enum err_op {
	ERR_NONE,
	ERR_STAT_SOURCE,
	ERR_OPEN_SOURCE,
	ERR_FSTAT_SOURCE,
	ERR_READ,
	ERR_SOURCE_REPLACED, /* another file stands there since it was seen */
	ERR_SOURCE_SHRANK,   /* it ended before the size it was opened with */
	ERR_STAT_DEST,
	ERR_CREATE,
	ERR_FSTAT_DEST,
	ERR_WRITE,
	ERR_CLOSE_DEST,
	ERR_REMOVE_DEST,
	ERR_DEST_REPLACED, /* as ERR_SOURCE_REPLACED, of the destination */
	ERR_SAME_FILE,
	ERR_OMIT_DIRECTORY,
	ERR_DIRECTORY_DEST,
	ERR_DANGLING_LINK,
	ERR_JUST_CREATED,
	ERR_ENGINE,	 /* a forced engine cannot serve; errnum says why */
	ERR_WORKER_DIED, /* errnum is the signal, 0 when it exited */
	ERR_MEMORY,
	ERR_OPS /* how many there are */
};

struct err {
	int errnum; /* errno, 0 where the operation says it all */
	enum err_op op;
};

/* Fills ERR with OP and the current errno; returns -1 for `return`. */
int err_set(struct err *err, enum err_op op);

/* The same with a given ERRNUM. */
int err_set_num(struct err *err, enum err_op op, int errnum);

#endif
