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
 * What was being done. The words for each stand in phrase.c; the numbers
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
	ERR_FILE_DEST,
	ERR_FOREIGN_LINK, /* below a root, somebody else's symlink */
	ERR_NOT_REPLACING,
	ERR_READ_LINK,
	ERR_SYMLINK,
	ERR_SYMLINK_TO,
	ERR_RELATIVE_LINK,
	ERR_HARD_LINK,
	ERR_FIFO,
	ERR_SPECIAL,
	ERR_UNKNOWN_TYPE,
	ERR_MKDIR,
	ERR_ACCESS,
	ERR_CYCLE,
	ERR_INTO_ITSELF,
	ERR_DIRECTORY_LINK,
	ERR_CLONE,
	ERR_BACKUP,
	ERR_BACKUP_SOURCE,
	ERR_ENGINE,	 /* a forced engine cannot serve; errnum says why */
	ERR_WORKER_DIED, /* errnum is the signal, 0 when it exited */
	ERR_MEMORY,
	ERR_PRESERVE_TIMES,
	ERR_PRESERVE_OWNER,
	ERR_CLEAR_PERMISSIONS,
	ERR_READ_PERMISSIONS, /* of the source */
	ERR_PRESERVE_PERMISSIONS,
	ERR_SET_PERMISSIONS,
	ERR_LIST_ATTRIBUTES, /* of the source */
	ERR_GET_ATTRIBUTE,   /* its name stands for the destination's */
	ERR_SET_ATTRIBUTE,   /* its name stands for the source's */
	ERR_SET_ATTRIBUTES,
	ERR_JUST_CREATED_LINK,
	ERR_BATCH_DIED, /* as ERR_WORKER_DIED, of what is not begun again */
	ERR_UNBACKUP,
	ERR_PARENT_STAT_SOURCE, /* of a directory for --parents, as below */
	ERR_PARENT_STAT_DEST,
	ERR_MAKE_DIRECTORY,
	ERR_NO_DIRECTORY,
	ERR_PARENT_TIMES,
	ERR_PARENT_OWNER,
	ERR_PARENT_MODE,
	ERR_REMOVE_HIDDEN, /* a name that stood in for the destination's */
	ERR_FSYNC,
	ERR_OPS /* how many there are */
};

struct err {
	int errnum; /* errno, 0 where the operation says it all */
	enum err_op op;
};

/* A failure as it was told on stderr, taken apart. */
struct err_told {
	const char *operation; /* of err_op_name, or "other" */
	const char *name; /* what it is about; NULL: nothing that has one */
	int errnum;	  /* or 0 */
	int signal;	  /* that a worker died of, or that ends mcp; or 0 */
	const char *text; /* all of it, but for the program's name */
};

/* Fills ERR with OP and the current errno; returns -1 for `return`. */
int err_set(struct err *err, enum err_op op);

/* The same with a given ERRNUM. */
int err_set_num(struct err *err, enum err_op op, int errnum);

/* OP for programs: "open-source". These words stay what they are. */
const char *err_op_name(enum err_op op);

#endif
