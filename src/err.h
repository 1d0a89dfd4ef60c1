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
 * What was being done: ROW(operation, name, kind), the one list of them.
 *
 * The numbers travel in records, so new ones go at the end; a name, which is
 * for programs, stays what it is. The kind is that of an error whose errno
 * says nothing better, as an enum tally_error without its prefix. The words
 * for people stand in phrase.c.
 */
#define ERR_TABLE(ROW)                                             \
 ROW(ERR_NONE, "none", OTHER)                                      \
 ROW(ERR_STAT_SOURCE, "stat-source", SOURCE)                       \
 ROW(ERR_OPEN_SOURCE, "open-source", SOURCE)                       \
 ROW(ERR_FSTAT_SOURCE, "fstat-source", SOURCE)                     \
 ROW(ERR_READ, "read", SOURCE)                                     \
 /* another file stands there since it was seen */                 \
 ROW(ERR_SOURCE_REPLACED, "source-replaced", SOURCE)               \
 /* it ended before the size it was opened with */                 \
 ROW(ERR_SOURCE_SHRANK, "source-shrank", SOURCE)                   \
 ROW(ERR_STAT_DEST, "stat-dest", DEST)                             \
 ROW(ERR_CREATE, "create", DEST)                                   \
 ROW(ERR_FSTAT_DEST, "fstat-dest", DEST)                           \
 ROW(ERR_WRITE, "write", DEST)                                     \
 ROW(ERR_CLOSE_DEST, "close-dest", DEST)                           \
 ROW(ERR_REMOVE_DEST, "remove-dest", DEST)                         \
 /* as ERR_SOURCE_REPLACED, of the destination */                  \
 ROW(ERR_DEST_REPLACED, "dest-replaced", DEST)                     \
 ROW(ERR_SAME_FILE, "same-file", REFUSED)                          \
 ROW(ERR_OMIT_DIRECTORY, "omit-directory", REFUSED)                \
 ROW(ERR_DIRECTORY_DEST, "directory-dest", REFUSED)                \
 ROW(ERR_DANGLING_LINK, "dangling-link", REFUSED)                  \
 ROW(ERR_JUST_CREATED, "just-created", REFUSED)                    \
 ROW(ERR_FILE_DEST, "file-dest", REFUSED)                          \
 /* below a root, somebody else's symlink */                       \
 ROW(ERR_FOREIGN_LINK, "foreign-link", REFUSED)                    \
 ROW(ERR_NOT_REPLACING, "not-replacing", REFUSED)                  \
 ROW(ERR_READ_LINK, "read-link", SOURCE)                           \
 ROW(ERR_SYMLINK, "symlink", DEST)                                 \
 ROW(ERR_SYMLINK_TO, "symlink-to", DEST)                           \
 ROW(ERR_RELATIVE_LINK, "relative-link", REFUSED)                  \
 ROW(ERR_HARD_LINK, "hard-link", DEST)                             \
 ROW(ERR_FIFO, "fifo", DEST)                                       \
 ROW(ERR_SPECIAL, "special", DEST)                                 \
 ROW(ERR_UNKNOWN_TYPE, "unknown-type", REFUSED)                    \
 ROW(ERR_MKDIR, "mkdir", DEST)                                     \
 ROW(ERR_ACCESS, "access", SOURCE)                                 \
 ROW(ERR_CYCLE, "cycle", REFUSED)                                  \
 ROW(ERR_INTO_ITSELF, "into-itself", REFUSED)                      \
 ROW(ERR_DIRECTORY_LINK, "directory-link", REFUSED)                \
 ROW(ERR_CLONE, "clone", DEST)                                     \
 ROW(ERR_BACKUP, "backup", DEST)                                   \
 ROW(ERR_BACKUP_SOURCE, "backup-source", REFUSED)                  \
 /* a forced engine cannot serve; errnum says why */               \
 ROW(ERR_ENGINE, "engine", REFUSED)                                \
 /* errnum is the signal, 0 when it exited */                      \
 ROW(ERR_WORKER_DIED, "worker-died", WORKER)                       \
 ROW(ERR_MEMORY, "memory", OTHER)                                  \
 ROW(ERR_PRESERVE_TIMES, "preserve-times", ATTRIBUTES)             \
 ROW(ERR_PRESERVE_OWNER, "preserve-owner", ATTRIBUTES)             \
 ROW(ERR_CLEAR_PERMISSIONS, "clear-permissions", ATTRIBUTES)       \
 /* of the source */                                               \
 ROW(ERR_READ_PERMISSIONS, "read-permissions", ATTRIBUTES)         \
 ROW(ERR_PRESERVE_PERMISSIONS, "preserve-permissions", ATTRIBUTES) \
 ROW(ERR_SET_PERMISSIONS, "set-permissions", ATTRIBUTES)           \
 /* of the source */                                               \
 ROW(ERR_LIST_ATTRIBUTES, "list-attributes", ATTRIBUTES)           \
 /* its name stands for the destination's */                       \
 ROW(ERR_GET_ATTRIBUTE, "get-attribute", ATTRIBUTES)               \
 /* its name stands for the source's */                            \
 ROW(ERR_SET_ATTRIBUTE, "set-attribute", ATTRIBUTES)               \
 ROW(ERR_SET_ATTRIBUTES, "set-attributes", ATTRIBUTES)             \
 ROW(ERR_JUST_CREATED_LINK, "just-created-link", REFUSED)          \
 /* as ERR_WORKER_DIED, of what is not begun again */              \
 ROW(ERR_BATCH_DIED, "batch-died", WORKER)                         \
 ROW(ERR_UNBACKUP, "unbackup", DEST)                               \
 /* of a directory for --parents, as below */                      \
 ROW(ERR_PARENT_STAT_SOURCE, "parent-stat-source", SOURCE)         \
 ROW(ERR_PARENT_STAT_DEST, "parent-stat-dest", DEST)               \
 ROW(ERR_MAKE_DIRECTORY, "make-directory", DEST)                   \
 ROW(ERR_NO_DIRECTORY, "no-directory", DEST)                       \
 ROW(ERR_PARENT_TIMES, "parent-times", ATTRIBUTES)                 \
 ROW(ERR_PARENT_OWNER, "parent-owner", ATTRIBUTES)                 \
 ROW(ERR_PARENT_MODE, "parent-mode", ATTRIBUTES)                   \
 /* a name that stood in for the destination's */                  \
 ROW(ERR_REMOVE_HIDDEN, "remove-hidden", DEST)                     \
 ROW(ERR_FSYNC, "fsync", DEST)

#define ERR_OPERATION(op, name, kind) op,
enum err_op {
	ERR_TABLE(ERR_OPERATION) ERR_OPS /* how many there are */
};
#undef ERR_OPERATION

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
