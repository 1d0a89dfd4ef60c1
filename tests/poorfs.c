/* SPDX-License-Identifier: MIT */
/*
 * A file system that lacks what it is told to lack: a directory, seen through
 * FUSE, standing in for USB sticks, network servers and dying disks.
 *
 *     poorfs -f -o backing=DIR[,SWITCH]... MOUNTPOINT
 *
 *     nolink      link(2) fails: EPERM
 *     norename2   so does renameat2(2) with flags: EINVAL
 *     noxattr     extended attributes: EOPNOTSUPP
 *     nofallocate fallocate(2): EOPNOTSUPP
 *     noextend    truncate(2) that would make a file larger: EPERM
 *     nomap       files are not cached, so no shared mapping: ENODEV
 *     noowner     chown(2), chmod(2) that would change anything: EPERM; no
 *                 ACLs either
 *     nonodes     symlinks, FIFOs and devices: EPERM
 *     most=N      files of more than N bytes: EFBIG
 *     sick=GLOB   of the files called so ...
 *     after=N     ... what lies behind N bytes (of whole pages) ...
 *     errno=N     ... cannot be read, nor written: error N
 *     nosync      fsync(2) of a directory: EINVAL
 *     claim=N     files that have something in them say that it is N bytes
 *     piece=N     no read gives more than N bytes (with nomap)
 *     log=FILE    a line for each name that comes, goes or is refused
 *
 * Files without a name (O_TMPFILE) libfuse does not know, so it never has them.
 */
#define FUSE_USE_VERSION 31

#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <fuse.h>
#include <linux/limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

struct poorfs {
	char *backing;
	int root; /* the backing directory */
	int no_link;
	int no_rename2;
	int no_xattr;
	int no_fallocate;
	int no_extend;
	int no_map;
	int no_owner;
	int no_nodes;
	int no_sync;
	unsigned long long claim;
	unsigned long long piece;
	unsigned long long most;
	char *sick;
	unsigned long long after;
	int errnum;
	char *log;
	FILE *log_file;
};

static struct poorfs fs = { .root = -1, .most = INT64_MAX, .errnum = EIO };

#define SWITCH(name, field)               \
 {                                        \
  name, offsetof(struct poorfs, field), 1 \
 }
#define VALUE(name, field)                \
 {                                        \
  name, offsetof(struct poorfs, field), 0 \
 }

static const struct fuse_opt options[] = {
	VALUE("backing=%s", backing), /* needed */
	VALUE("claim=%llu", claim),
	VALUE("piece=%llu", piece),
	VALUE("most=%llu", most),
	VALUE("sick=%s", sick),
	VALUE("after=%llu", after),
	VALUE("errno=%d", errnum),
	VALUE("log=%s", log),
	SWITCH("nolink", no_link),
	SWITCH("norename2", no_rename2),
	SWITCH("noxattr", no_xattr),
	SWITCH("nofallocate", no_fallocate),
	SWITCH("noextend", no_extend),
	SWITCH("nomap", no_map),
	SWITCH("noowner", no_owner),
	SWITCH("nonodes", no_nodes),
	SWITCH("nosync", no_sync),
	FUSE_OPT_END,
};

/* PATH as the backing directory knows it. */
static const char *below(const char *path)
{
	return path[1] ? path + 1 : ".";
}

/* For calls that have no *at form. */
static char *in_proc(const char *path, char buffer[PATH_MAX])
{
	snprintf(buffer, PATH_MAX, "/proc/self/fd/%d/%s", fs.root, below(path));
	return buffer;
}

static int result_of(int result)
{
	return result < 0 ? -errno : 0;
}

static int note(const char *what, const char *from, const char *to, int result)
{
	if (fs.log_file)
		fprintf(fs.log_file, "%s %s %s: %s\n", what, from, to,
			result ? strerror(-result) : "done");
	return result;
}

/* Whether LENGTH bytes at OFFSET of PATH, if it has one, touch what is sick. */
static int is_sick(const char *path, size_t length, off_t offset)
{
	const char *name = path ? strrchr(path, '/') : NULL;

	return fs.sick && name && fnmatch(fs.sick, name + 1, 0) == 0 &&
	       (unsigned long long)offset + length > fs.after;
}

/* What is found by name */

static int poor_getattr(const char *path, struct stat *st,
			struct fuse_file_info *info)
{
	int result =
		info ? fstat((int)info->fh, st)
		     : fstatat(fs.root, below(path), st, AT_SYMLINK_NOFOLLOW);

	if (result == 0 && fs.claim && S_ISREG(st->st_mode) && st->st_size)
		st->st_size = (off_t)fs.claim;
	return result_of(result);
}

static int poor_readlink(const char *path, char *text, size_t size)
{
	ssize_t length = readlinkat(fs.root, below(path), text, size - 1);

	if (length < 0)
		return -errno;
	text[length] = '\0';
	return 0;
}

static int poor_statfs(const char *path, struct statvfs *st)
{
	(void)path;
	return result_of(fstatvfs(fs.root, st));
}

static int poor_readdir(const char *path, void *buffer, fuse_fill_dir_t fill,
			off_t offset, struct fuse_file_info *info,
			enum fuse_readdir_flags flags)
{
	int fd = openat(fs.root, below(path), O_RDONLY | O_DIRECTORY);
	struct dirent *entry;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	(void)offset;
	(void)info;
	(void)flags;
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		const struct stat st = {
			.st_ino = entry->d_ino,
			.st_mode = (mode_t)entry->d_type << 12,
		};

		fill(buffer, entry->d_name, &st, 0, 0);
	}
	closedir(dir);
	return 0;
}

/* Names that come and go */

static int poor_mknod(const char *path, mode_t mode, dev_t dev)
{
	int result =
		fs.no_nodes && !S_ISREG(mode)
			? -EPERM
			: result_of(mknodat(fs.root, below(path), mode, dev));

	return note("mknod", path, "", result);
}

static int poor_mkdir(const char *path, mode_t mode)
{
	return note("mkdir", path, "",
		    result_of(mkdirat(fs.root, below(path), mode)));
}

static int poor_symlink(const char *target, const char *path)
{
	int result =
		fs.no_nodes
			? -EPERM
			: result_of(symlinkat(target, fs.root, below(path)));

	return note("symlink", target, path, result);
}

static int poor_unlink(const char *path)
{
	return note("unlink", path, "",
		    result_of(unlinkat(fs.root, below(path), 0)));
}

static int poor_rmdir(const char *path)
{
	return note("rmdir", path, "",
		    result_of(unlinkat(fs.root, below(path), AT_REMOVEDIR)));
}

static int poor_rename(const char *from, const char *to, unsigned int flags)
{
	int result;

	if (flags && fs.no_rename2)
		result = -EINVAL;
	else
		result = result_of((int)syscall(SYS_renameat2, fs.root,
						below(from), fs.root, below(to),
						flags));
	return note(flags ? "rename2" : "rename", from, to, result);
}

static int poor_link(const char *from, const char *to)
{
	int result = fs.no_link ? -EPERM
				: result_of(linkat(fs.root, below(from),
						   fs.root, below(to), 0));

	return note("link", from, to, result);
}

/* Attributes */

static int poor_chmod(const char *path, mode_t mode,
		      struct fuse_file_info *info)
{
	struct stat st;

	if (fs.no_owner) {
		if (poor_getattr(path, &st, info) == 0 &&
		    ((st.st_mode ^ mode) & 07777) == 0)
			return 0;
		return note("chmod", path, "", -EPERM);
	}
	if (info)
		return result_of(fchmod((int)info->fh, mode));
	return result_of(fchmodat(fs.root, below(path), mode, 0));
}

static int poor_chown(const char *path, uid_t uid, gid_t gid,
		      struct fuse_file_info *info)
{
	struct stat st;

	if (fs.no_owner) {
		if (poor_getattr(path, &st, info) == 0 &&
		    (uid == (uid_t)-1 || uid == st.st_uid) &&
		    (gid == (gid_t)-1 || gid == st.st_gid))
			return 0;
		return note("chown", path, "", -EPERM);
	}
	return result_of(
		fchownat(fs.root, below(path), uid, gid, AT_SYMLINK_NOFOLLOW));
}

static int poor_utimens(const char *path, const struct timespec times[2],
			struct fuse_file_info *info)
{
	(void)info;
	return result_of(
		utimensat(fs.root, below(path), times, AT_SYMLINK_NOFOLLOW));
}

static int is_acl(const char *name)
{
	return strncmp(name, "system.posix_acl_", 17) == 0;
}

static int poor_setxattr(const char *path, const char *name, const char *value,
			 size_t size, int flags)
{
	char proc[PATH_MAX];

	if (fs.no_xattr || (fs.no_owner && is_acl(name)))
		return note("setxattr", path, name, -EOPNOTSUPP);
	return result_of(
		lsetxattr(in_proc(path, proc), name, value, size, flags));
}

static int poor_getxattr(const char *path, const char *name, char *value,
			 size_t size)
{
	char proc[PATH_MAX];
	ssize_t length;

	if (fs.no_xattr || (fs.no_owner && is_acl(name)))
		return -EOPNOTSUPP;
	length = lgetxattr(in_proc(path, proc), name, value, size);
	return length < 0 ? -errno : (int)length;
}

static int poor_listxattr(const char *path, char *names, size_t size)
{
	char proc[PATH_MAX];
	ssize_t length;

	if (fs.no_xattr)
		return -EOPNOTSUPP;
	length = llistxattr(in_proc(path, proc), names, size);
	return length < 0 ? -errno : (int)length;
}

static int poor_removexattr(const char *path, const char *name)
{
	char proc[PATH_MAX];

	if (fs.no_xattr)
		return -EOPNOTSUPP;
	return result_of(lremovexattr(in_proc(path, proc), name));
}

/* Contents */

static int keep_open(struct fuse_file_info *info, int fd)
{
	if (fd < 0)
		return -errno;
	info->fh = (uint64_t)fd;
	info->direct_io = fs.no_map;
	return 0;
}

static int poor_open(const char *path, struct fuse_file_info *info)
{
	return keep_open(info, openat(fs.root, below(path),
				      info->flags & ~O_NOFOLLOW));
}

static int poor_create(const char *path, mode_t mode,
		       struct fuse_file_info *info)
{
	return note("create", path, "",
		    keep_open(info,
			      openat(fs.root, below(path), info->flags, mode)));
}

static int poor_release(const char *path, struct fuse_file_info *info)
{
	(void)path;
	close((int)info->fh);
	return 0;
}

static int poor_truncate(const char *path, off_t size,
			 struct fuse_file_info *info)
{
	struct stat st;
	int fd, result;

	if ((unsigned long long)size > fs.most)
		return -EFBIG;
	if (fs.no_extend && poor_getattr(path, &st, info) == 0 &&
	    size > st.st_size)
		return -EPERM;
	if (info)
		return result_of(ftruncate((int)info->fh, size));
	fd = openat(fs.root, below(path), O_WRONLY);
	if (fd < 0)
		return -errno;
	result = result_of(ftruncate(fd, size));
	close(fd);
	return result;
}

static int poor_read(const char *path, char *buffer, size_t size, off_t offset,
		     struct fuse_file_info *info)
{
	ssize_t length;

	if (is_sick(path, size, offset))
		return note("read", path, "", -fs.errnum);
	if (fs.piece && size > fs.piece)
		size = fs.piece;
	length = pread((int)info->fh, buffer, size, offset);
	return length < 0 ? -errno : (int)length;
}

static int poor_write(const char *path, const char *bytes, size_t size,
		      off_t offset, struct fuse_file_info *info)
{
	ssize_t length;

	if (is_sick(path, size, offset))
		return note("write", path, "", -fs.errnum);
	if ((unsigned long long)offset + size > fs.most)
		return note("write", path, "", -EFBIG);
	length = pwrite((int)info->fh, bytes, size, offset);
	return length < 0 ? -errno : (int)length;
}

static int poor_fallocate(const char *path, int mode, off_t offset,
			  off_t length, struct fuse_file_info *info)
{
	if (fs.no_fallocate)
		return note("fallocate", path, "", -EOPNOTSUPP);
	if ((unsigned long long)offset + (unsigned long long)length > fs.most)
		return -EFBIG;
	return result_of(fallocate((int)info->fh, mode, offset, length));
}

static off_t poor_lseek(const char *path, off_t offset, int whence,
			struct fuse_file_info *info)
{
	off_t found = lseek((int)info->fh, offset, whence);

	(void)path;
	return found < 0 ? -errno : found;
}

static int poor_fsync(const char *path, int data, struct fuse_file_info *info)
{
	int result = result_of(data ? fdatasync((int)info->fh)
				    : fsync((int)info->fh));

	return note("fsync", path, "", result);
}

static int poor_fsyncdir(const char *path, int data,
			 struct fuse_file_info *info)
{
	(void)data;
	(void)info;
	return note("fsyncdir", path, "", fs.no_sync ? -EINVAL : 0);
}

/* What the kernel keeps is what tests want to see: nothing of names. */
static void *poor_init(struct fuse_conn_info *connection,
		       struct fuse_config *config)
{
	(void)connection;
	config->use_ino = 1;
	config->hard_remove = 1;
	config->entry_timeout = 0;
	config->negative_timeout = 0;
	config->attr_timeout = 0;
	return NULL;
}

static const struct fuse_operations operations = {
	.init = poor_init,
	.getattr = poor_getattr,
	.readlink = poor_readlink,
	.statfs = poor_statfs,
	.readdir = poor_readdir,
	.mknod = poor_mknod,
	.mkdir = poor_mkdir,
	.symlink = poor_symlink,
	.unlink = poor_unlink,
	.rmdir = poor_rmdir,
	.rename = poor_rename,
	.link = poor_link,
	.chmod = poor_chmod,
	.chown = poor_chown,
	.utimens = poor_utimens,
	.setxattr = poor_setxattr,
	.getxattr = poor_getxattr,
	.listxattr = poor_listxattr,
	.removexattr = poor_removexattr,
	.open = poor_open,
	.create = poor_create,
	.release = poor_release,
	.truncate = poor_truncate,
	.read = poor_read,
	.write = poor_write,
	.fallocate = poor_fallocate,
	.lseek = poor_lseek,
	.fsync = poor_fsync,
	.fsyncdir = poor_fsyncdir,
};

int main(int argc, char **argv)
{
	struct fuse_args args = FUSE_ARGS_INIT(argc, argv);
	int status;

	if (fuse_opt_parse(&args, &fs, options, NULL) < 0)
		return 1;
	if (fs.backing)
		fs.root = open(fs.backing, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fs.root < 0) {
		fprintf(stderr, "poorfs: no backing=DIR\n");
		return 1;
	}
	if (fs.log) {
		fs.log_file = fopen(fs.log, "ae");
		if (!fs.log_file) {
			perror(fs.log);
			return 1;
		}
		setvbuf(fs.log_file, NULL, _IOLBF, 0);
	}
	umask(0);
	status = fuse_main(args.argc, args.argv, &operations, NULL);
	fuse_opt_free_args(&args);
	return status;
}
