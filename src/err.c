/* SPDX-License-Identifier: MIT */
/*
 * The error value: which operation failed, and the system's reason.
 */
#include "config.h"

#include "err.h"

#include <errno.h>

int err_set(struct err *err, enum err_op op)
{
	return err_set_num(err, op, errno);
}

int err_set_num(struct err *err, enum err_op op, int errnum)
{
	err->op = op;
	err->errnum = errnum;
	return -1;
}

const char *err_op_name(enum err_op op)
{
	static const char *const names[] = {
		[ERR_NONE] = "none",
		[ERR_STAT_SOURCE] = "stat-source",
		[ERR_OPEN_SOURCE] = "open-source",
		[ERR_FSTAT_SOURCE] = "fstat-source",
		[ERR_READ] = "read",
		[ERR_SOURCE_REPLACED] = "source-replaced",
		[ERR_SOURCE_SHRANK] = "source-shrank",
		[ERR_STAT_DEST] = "stat-dest",
		[ERR_CREATE] = "create",
		[ERR_FSTAT_DEST] = "fstat-dest",
		[ERR_WRITE] = "write",
		[ERR_CLOSE_DEST] = "close-dest",
		[ERR_REMOVE_DEST] = "remove-dest",
		[ERR_DEST_REPLACED] = "dest-replaced",
		[ERR_SAME_FILE] = "same-file",
		[ERR_OMIT_DIRECTORY] = "omit-directory",
		[ERR_DIRECTORY_DEST] = "directory-dest",
		[ERR_DANGLING_LINK] = "dangling-link",
		[ERR_JUST_CREATED] = "just-created",
		[ERR_FILE_DEST] = "file-dest",
		[ERR_FOREIGN_LINK] = "foreign-link",
		[ERR_NOT_REPLACING] = "not-replacing",
		[ERR_READ_LINK] = "read-link",
		[ERR_SYMLINK] = "symlink",
		[ERR_SYMLINK_TO] = "symlink-to",
		[ERR_RELATIVE_LINK] = "relative-link",
		[ERR_HARD_LINK] = "hard-link",
		[ERR_FIFO] = "fifo",
		[ERR_SPECIAL] = "special",
		[ERR_UNKNOWN_TYPE] = "unknown-type",
		[ERR_MKDIR] = "mkdir",
		[ERR_ACCESS] = "access",
		[ERR_CYCLE] = "cycle",
		[ERR_INTO_ITSELF] = "into-itself",
		[ERR_DIRECTORY_LINK] = "directory-link",
		[ERR_CLONE] = "clone",
		[ERR_BACKUP] = "backup",
		[ERR_BACKUP_SOURCE] = "backup-source",
		[ERR_ENGINE] = "engine",
		[ERR_WORKER_DIED] = "worker-died",
		[ERR_MEMORY] = "memory",
		[ERR_PRESERVE_TIMES] = "preserve-times",
		[ERR_PRESERVE_OWNER] = "preserve-owner",
		[ERR_CLEAR_PERMISSIONS] = "clear-permissions",
		[ERR_READ_PERMISSIONS] = "read-permissions",
		[ERR_PRESERVE_PERMISSIONS] = "preserve-permissions",
		[ERR_SET_PERMISSIONS] = "set-permissions",
		[ERR_LIST_ATTRIBUTES] = "list-attributes",
		[ERR_GET_ATTRIBUTE] = "get-attribute",
		[ERR_SET_ATTRIBUTE] = "set-attribute",
		[ERR_SET_ATTRIBUTES] = "set-attributes",
		[ERR_JUST_CREATED_LINK] = "just-created-link",
		[ERR_BATCH_DIED] = "batch-died",
		[ERR_UNBACKUP] = "unbackup",
		[ERR_PARENT_STAT_SOURCE] = "parent-stat-source",
		[ERR_PARENT_STAT_DEST] = "parent-stat-dest",
		[ERR_MAKE_DIRECTORY] = "make-directory",
		[ERR_NO_DIRECTORY] = "no-directory",
		[ERR_PARENT_TIMES] = "parent-times",
		[ERR_PARENT_OWNER] = "parent-owner",
		[ERR_PARENT_MODE] = "parent-mode",
		[ERR_REMOVE_HIDDEN] = "remove-hidden",
		[ERR_FSYNC] = "fsync",
	};

	_Static_assert(sizeof(names) / sizeof(names[0]) == ERR_OPS,
		       "every operation has its name");
	return names[op];
}
