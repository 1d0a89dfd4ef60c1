/* SPDX-License-Identifier: MIT */
/*
 * One file on its way through meta_apply: for meta and its parts only.
 */
#ifndef MCP_META_WORK_H
#define MCP_META_WORK_H

#include <linux/limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "inode.h"
#include "meta.h"

#define META_ACCESS_ACL "system.posix_acl_access"
#define META_DEFAULT_ACL "system.posix_acl_default"

#define META_PERMISSIONS (S_IRWXU | S_IRWXG | S_IRWXO)
#define META_SPECIAL_BITS (S_ISUID | S_ISGID | S_ISVTX)
#define META_ALL_BITS (META_PERMISSIONS | META_SPECIAL_BITS)

/* What a file system has answered once. */
struct meta_fs {
	bool known;
	dev_t dev;
	bool no_list; /* of attributes */
	bool no_acl;
};

struct meta {
	mode_t umask;
	bool privileged; /* as cp sees it: expected to be able to chown */
	bool gives_away; /* may do so, and has no say over the file then */
	struct meta_fs fs[4];
	unsigned int next_fs;
	char names[XATTR_LIST_MAX + 1]; /* and a byte to be sure of the end */
	char value[XATTR_SIZE_MAX];
};

struct meta_work {
	struct meta *meta;
	const struct meta_wants *wants;
	const struct meta_source *source;
	const struct meta_dest *dest;
	const struct meta_listener *listener;
	struct inode from; /* fd -1 until needed */
	struct inode to;
	mode_t mode; /* to be given */
	bool failed;

	struct stat now; /* of the destination, ... */
	bool now_known;	 /* ... if it is */

	bool listed;
	size_t names_length; /* of the source's attributes, in META */
	int names_errnum;    /* 0, or why there is no list */
};

/* Where what is known of DEV is kept, in place of the oldest if need be. */
struct meta_fs *meta_find_fs(struct meta *meta, dev_t dev);

/* Whether ERRNUM says that there are no attributes, or no ACLs, at all. */
bool meta_is_unsupported(int errnum);

/* Tells that OP failed with ERRNUM. Returns -1 when that FAILS, else 0. */
int meta_tell(struct meta_work *work, enum err_op op, int errnum,
	      const char *attribute, bool fails);

/* Tells that OP failed with errno. Returns -1. */
int meta_fail(struct meta_work *work, enum err_op op);

/*
 * What is to be done with the attribute NAME: 0: copy it; or one of libattr's
 * ATTR_ACTION_PERMISSIONS (as a part of the mode) and ATTR_ACTION_SKIP.
 */
int meta_attr_action(const char *name);

/* Makes META's list of names that of the source, once. */
void meta_list_attrs(struct meta_work *work);

/* The name after NAME in META's list, or the first one; NULL at the end. */
const char *meta_next_attr(const struct meta_work *work, const char *name);

/* Gets the source's value of NAME into META. Its length, or -1 with errno. */
ssize_t meta_get_attr(struct meta_work *work, const char *name);

/* Sets NAME of the destination to those LENGTH bytes. 0, or -1 with errno. */
int meta_set_attr(struct meta_work *work, const char *name, ssize_t length);

#endif
