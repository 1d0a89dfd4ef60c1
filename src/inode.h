/* SPDX-License-Identifier: MIT */
/*
 * One inode by descriptor, also where it must not or cannot be opened: a
 * symlink, a device, a FIFO.
 *
 * Those have a descriptor of O_PATH, with which little can be done but by its
 * name below /proc/self/fd, which leads to the very inode, be it a symlink.
 * All functions return -1 with errno when they fail.
 */
#ifndef MCP_INODE_H
#define MCP_INODE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

struct inode {
	int fd;
	bool ours; /* opened by inode_find */
	bool path; /* of O_PATH, with this name: */
	char proc[sizeof("/proc/self/fd/-2147483648")];
};

/* The inode of the open FD, which stays the caller's. PATH: it is O_PATH. */
struct inode inode_of(int fd, bool path);

/*
 * Finds NAME in DIR, a directory or AT_FDCWD, following no symlink at its end.
 * Returns 0 with *ST filled, and then inode_drop.
 */
int inode_find(struct inode *inode, int dir, const char *name, struct stat *st);

void inode_drop(struct inode *inode);

/* listxattr(2), getxattr(2), setxattr(2), removexattr(2). */
ssize_t inode_list(const struct inode *inode, char *names, size_t size);
ssize_t inode_get(const struct inode *inode, const char *name, char *value,
		  size_t size);
int inode_set(const struct inode *inode, const char *name, const char *value,
	      size_t size);
int inode_remove(const struct inode *inode, const char *name);

/* chown(2), chmod(2), utimensat(2). */
int inode_chown(const struct inode *inode, uid_t uid, gid_t gid);
int inode_chmod(const struct inode *inode, mode_t mode);
int inode_set_times(const struct inode *inode, const struct timespec times[2]);

/*
 * Gives it the permissions of MODE and no ACL beyond: one call where chmod
 * would leave the entries of an ACL. Set-id and sticky bits stay as they are.
 */
int inode_set_plain_acl(const struct inode *inode, mode_t mode);

#endif
