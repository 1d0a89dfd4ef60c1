/* SPDX-License-Identifier: MIT */
/*
 * One inode by descriptor, also where it must not or cannot be opened.
 */
#include "config.h"

#include "inode.h"

#include <acl/libacl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/acl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "util.h"

#ifndef SYS_fchmodat2 /* Linux 6.6; this number everywhere but on alpha */
# define SYS_fchmodat2 452
#endif

struct inode inode_of(int fd, bool path)
{
	struct inode inode = { .fd = fd, .path = path };

	if (path)
		snprintf(inode.proc, sizeof(inode.proc), "/proc/self/fd/%d",
			 fd);
	return inode;
}

int inode_find(struct inode *inode, int dir, const char *name, struct stat *st)
{
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (fstat(fd, st) < 0) {
		util_close(&fd);
		return -1;
	}
	*inode = inode_of(fd, true);
	inode->ours = true;
	return 0;
}

void inode_drop(struct inode *inode)
{
	if (inode->ours)
		util_close(&inode->fd);
}

ssize_t inode_list(const struct inode *inode, char *names, size_t size)
{
	if (inode->path)
		return listxattr(inode->proc, names, size);
	return flistxattr(inode->fd, names, size);
}

ssize_t inode_get(const struct inode *inode, const char *name, char *value,
		  size_t size)
{
	if (inode->path)
		return getxattr(inode->proc, name, value, size);
	return fgetxattr(inode->fd, name, value, size);
}

int inode_set(const struct inode *inode, const char *name, const char *value,
	      size_t size)
{
	if (inode->path)
		return setxattr(inode->proc, name, value, size, 0);
	return fsetxattr(inode->fd, name, value, size, 0);
}

int inode_remove(const struct inode *inode, const char *name)
{
	if (inode->path)
		return removexattr(inode->proc, name);
	return fremovexattr(inode->fd, name);
}

int inode_chown(const struct inode *inode, uid_t uid, gid_t gid)
{
	if (inode->path)
		return fchownat(inode->fd, "", uid, gid, AT_EMPTY_PATH);
	return fchown(inode->fd, uid, gid);
}

int inode_chmod(const struct inode *inode, mode_t mode)
{
	int result;

	if (!inode->path)
		return fchmod(inode->fd, mode);
	result = chmod(inode->proc, mode);
	/* No /proc, as in a root directory that is being made. */
	if (result < 0 && errno == ENOENT)
		result = (int)syscall(SYS_fchmodat2, inode->fd, "", mode,
				      AT_EMPTY_PATH);
	return result;
}

int inode_set_times(const struct inode *inode, const struct timespec times[2])
{
	int result;

	if (!inode->path)
		return futimens(inode->fd, times);
	result = utimensat(inode->fd, "", times, AT_EMPTY_PATH);
	if (result < 0 && errno == EINVAL) /* before Linux 5.8 */
		result = utimensat(AT_FDCWD, inode->proc, times, 0);
	return result;
}

int inode_set_plain_acl(const struct inode *inode, mode_t mode)
{
	acl_t acl = acl_from_mode(mode);
	int result, saved;

	if (!acl)
		return -1;
	if (inode->path)
		result = acl_set_file(inode->proc, ACL_TYPE_ACCESS, acl);
	else
		result = acl_set_fd(inode->fd, acl);
	saved = errno;
	acl_free(acl);
	errno = saved;
	return result;
}
