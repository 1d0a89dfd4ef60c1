/* SPDX-License-Identifier: MIT */
/*
 * New files that get their name when they are complete.
 */
#include "config.h"

#include "publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hidden.h"
#include "identity.h"
#include "sys.h"
#include "util.h"

/*
 * linkat(2) of a nameless file. Through /proc it needs no privilege, where
 * AT_EMPTY_PATH needs CAP_DAC_READ_SEARCH.
 */
static int link_nameless(int fd, int dir_fd, const char *name)
{
	char self[sizeof("/proc/self/fd/") + 3 * sizeof(int)];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, self, dir_fd, name, AT_SYMLINK_FOLLOW) == 0)
		return 0;
	if (errno == ENOENT) /* no /proc here */
		return linkat(fd, "", dir_fd, name, AT_EMPTY_PATH);
	return -1;
}

static int open_nameless(int dir_fd, mode_t mode)
{
	return openat(dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
}

/* Removes a name of ours; that it stays there must not go unsaid. */
static int remove_hidden(int dir_fd, const char *name, struct err *err)
{
	return unlinkat(dir_fd, name, 0) < 0 ? err_set(err, ERR_REMOVE_HIDDEN)
					     : 0;
}

/*
 * Whether ERRNUM, of O_TMPFILE, is about the file system or the kernel, not the
 * directory [open(2): EOPNOTSUPP, and EISDIR before Linux 3.11].
 */
static bool has_no_nameless(int errnum)
{
	return errnum == EOPNOTSUPP || errnum == EISDIR || errnum == EINVAL ||
	       errnum == ENOSYS;
}

/*
 * Whether a nameless file in DIR_FD could be linked there later: tried on an
 * empty one, since finding out when the data is written would be too late.
 * *LASTING: it is the same everywhere on this file system. Returns 0, or -1
 * with ERR.
 */
static int try_nameless(int dir_fd, bool *works, bool *lasting, struct err *err)
{
	char name[HIDDEN_SIZE];
	int fd = open_nameless(dir_fd, 0600);
	int result = 0;

	*works = false;
	*lasting = fd >= 0 || has_no_nameless(errno);
	if (fd < 0)
		return 0;
	hidden_trial_name(name);
	*works = link_nameless(fd, dir_fd, name) == 0;
	if (*works)
		result = remove_hidden(dir_fd, name, err);
	close(fd);
	return result;
}

/*
 * The same of the directory DIR, asked once for each file system, or for each
 * directory that refuses for itself.
 */
static int learn_nameless(struct publish_fs *fs, int dir_fd,
			  const struct stat *dir, struct err *err)
{
	bool lasting;

	if (fs->known && fs->dev == dir->st_dev)
		return 0;
	fs->known = false;
	if (try_nameless(dir_fd, &fs->nameless, &lasting, err) < 0)
		return -1;
	fs->known = lasting;
	fs->dev = dir->st_dev;
	return 0;
}

static bool has_parent(const struct place *place)
{
	struct stat parent;

	return place_stat_parent(place, 0, &parent) == 0;
}

/* Finds the directory of PLACE, opening it for an operand, and the name. */
static int open_parent(struct publish *publish, const struct place *place)
{
	const char *slash = strrchr(place->name, '/');
	char *dir;

	publish->name = slash ? slash + 1 : place->name;
	publish->dir_fd = place->dir;
	if (*publish->name == '\0') {
		/* As open(2) with O_CREAT on "", "new/" and "no/where/". */
		errno = slash && has_parent(place) ? ENOTDIR : ENOENT;
		return -1;
	}
	if (!slash && place->dir != AT_FDCWD)
		return 0;
	if (!slash)
		dir = strdup(".");
	else
		dir = strndup(place->name, (size_t)(slash - place->name) + 1);
	if (!dir)
		return -1;
	publish->owns_dir = true;
	publish->dir_fd =
		openat(place->dir, dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	return publish->dir_fd < 0 ? -1 : 0;
}

static void close_parent(struct publish *publish)
{
	if (publish->owns_dir)
		util_close(&publish->dir_fd);
	publish->dir_fd = -1;
}

static int exists(int dir_fd, const char *name)
{
	struct stat found;

	if (fstatat(dir_fd, name, &found, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return 1;
	}
	return errno == ENOENT ? 0 : -1;
}

/*
 * Creates a file under a hidden name if it can get its own name later; if not,
 * PUBLISH_NAMED is left. Both ways are tried on the empty file: only the file
 * system knows which it has. Returns 0, or -1 with ERR.
 */
static int open_hidden(struct publish *publish, mode_t mode, struct err *err)
{
	char trial[HIDDEN_SIZE];
	int dir_fd = publish->dir_fd;

	hidden_name(publish->hidden, 1);
	hidden_name(trial, 2);
	publish->fd = openat(dir_fd, trial,
			     O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	publish->how = PUBLISH_NAMED;
	if (publish->fd < 0)
		return 0;
	if (sys_rename_new(dir_fd, trial, dir_fd, publish->hidden) == 0) {
		publish->how = PUBLISH_RENAME;
		return 0;
	}
	publish->how = linkat(dir_fd, trial, dir_fd, publish->hidden, 0) == 0
			       ? PUBLISH_LINK
			       : PUBLISH_NAMED;
	if (remove_hidden(dir_fd, trial, err) < 0) {
		if (publish->how == PUBLISH_LINK)
			unlinkat(dir_fd, publish->hidden, 0);
		util_close(&publish->fd);
		return -1;
	}
	if (publish->how == PUBLISH_NAMED)
		util_close(&publish->fd);
	return 0;
}

static int open_named(struct publish *publish, mode_t mode, struct err *err)
{
	publish->how = PUBLISH_NAMED;
	if (publish->replaces) {
		if (unlinkat(publish->dir_fd, publish->name, 0) < 0 &&
		    errno != ENOENT)
			return err_set(err, ERR_REMOVE_DEST);
		publish->removed = true;
	}
	publish->fd = openat(publish->dir_fd, publish->name,
			     O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	return publish->fd < 0 ? err_set(err, ERR_CREATE) : 0;
}

static int open_hidden_or_named(struct publish *publish, mode_t mode,
				struct err *err)
{
	if (open_hidden(publish, mode, err) < 0)
		return -1;
	return publish->how == PUBLISH_NAMED ? open_named(publish, mode, err)
					     : 0;
}

/*
 * Hidden names in DIR that a killed mcp has left: here and now, since this is
 * where and when they are made, and nothing else reads a whole directory.
 */
static void sweep(struct publish_fs *fs, int dir_fd, const struct stat *dir)
{
	if (identity_is(fs->swept, identity_of(dir)))
		return;
	fs->swept = identity_of(dir);
	hidden_sweep_old(dir_fd);
}

static int begin_nameless(struct publish *publish, struct publish_fs *fs,
			  mode_t mode, struct err *err)
{
	const pid_t pid = getpid();

	publish->how = PUBLISH_NAMELESS;
	publish->fd = open_nameless(publish->dir_fd, mode);
	if (publish->fd < 0)
		return err_set(err, ERR_CREATE);
	if (!publish->replaces)
		return 0;
	/* It is the same for all files, and takes nine calls to make. */
	if (fs->pid != pid) {
		hidden_name(fs->hidden, 4);
		fs->pid = pid;
	}
	memcpy(publish->hidden, fs->hidden, sizeof(publish->hidden));
	return 0;
}

/*
 * Whether nothing can be tried out in DIR_FD, which is DIR: what is in there
 * stays for ever. A nameless file needs nothing else where it is known to work.
 * Or whether the file could not get another name any more once it is somebody
 * else's: fs.protected_hardlinks (proc(5)) wants a say over it or its contents,
 * and rename(2) over it or a directory with a sticky bit.
 */
static bool must_be_named(const struct publish_fs *fs, int dir_fd,
			  const struct stat *dir)
{
	if (fs->known && fs->dev == dir->st_dev && fs->nameless)
		return false;
	return sys_gives_away(CAP_TO_MASK(CAP_FOWNER) |
			      CAP_TO_MASK(CAP_DAC_OVERRIDE)) ||
	       sys_has_attribute(dir_fd, "", SYS_ATTRIBUTE_APPEND);
}

static int open_unnamed(struct publish *publish, struct publish_fs *fs,
			mode_t mode, struct err *err)
{
	struct stat dir = { 0 };

	/* Found out now rather than when the data is written. */
	if (!publish->replaces && exists(publish->dir_fd, publish->name) != 0)
		return err_set(err, ERR_CREATE);
	if (fstat(publish->dir_fd, &dir) < 0)
		return open_hidden_or_named(publish, mode, err);
	if (must_be_named(fs, publish->dir_fd, &dir))
		return open_named(publish, mode, err);
	if (learn_nameless(fs, publish->dir_fd, &dir, err) < 0)
		return -1;
	if (!fs->nameless || publish->replaces)
		sweep(fs, publish->dir_fd, &dir);
	return fs->nameless ? begin_nameless(publish, fs, mode, err)
			    : open_hidden_or_named(publish, mode, err);
}

/* Whether ERR is what unlink(2) would have said, too. */
static bool is_refusal(const struct err *err)
{
	return err->op == ERR_CREATE &&
	       (err->errnum == EACCES || err->errnum == EPERM ||
		err->errnum == EROFS);
}

int publish_begin(struct publish *publish, struct publish_fs *fs,
		  const struct place *place, mode_t mode, bool replaces,
		  struct err *err)
{
	*publish = (struct publish){ .fd = -1,
				     .dir_fd = -1,
				     .replaces = replaces,
				     .local = place->facts &&
					      place->facts->local };
	if (open_parent(publish, place) < 0)
		return err_set(err, replaces ? ERR_REMOVE_DEST : ERR_CREATE);
	/* So found out is what would be refused when all is written. */
	if (fs && replaces && place_may_remove(place) < 0) {
		close_parent(publish);
		return err_set(err, ERR_REMOVE_DEST);
	}
	if ((fs ? open_unnamed(publish, fs, mode, err)
		: open_named(publish, mode, err)) < 0) {
		close_parent(publish);
		if (replaces && is_refusal(err))
			err->op = ERR_REMOVE_DEST;
		return -1;
	}
	return 0;
}

/* Gives a file with a hidden name its own one, too, and takes the other. */
static int appear_by_link(const struct publish *publish, struct err *err)
{
	int dir_fd = publish->dir_fd;

	if (linkat(dir_fd, publish->hidden, dir_fd, publish->name, 0) < 0)
		return err_set(err, ERR_CREATE);
	if (remove_hidden(dir_fd, publish->hidden, err) == 0)
		return 0;
	unlinkat(dir_fd, publish->name, 0);
	return -1;
}

/*
 * Gives the file, which has its hidden name, its own in place of what has it.
 */
static int replace(const struct publish *publish, struct err *err)
{
	int dir_fd = publish->dir_fd;

	if (renameat(dir_fd, publish->hidden, dir_fd, publish->name) < 0)
		return err_set(err, ERR_REMOVE_DEST);
	return 0;
}

/* The same of a file without a name: nothing links over what is there. */
static int replace_nameless(const struct publish *publish, struct err *err)
{
	struct err other;

	if (link_nameless(publish->fd, publish->dir_fd, publish->hidden) < 0)
		return err_set(err, ERR_CREATE);
	if (replace(publish, err) == 0)
		return 0;
	if (remove_hidden(publish->dir_fd, publish->hidden, &other) < 0)
		*err = other;
	return -1;
}

/* The step that makes the file appear, in place of what it replaces. */
static int appear_instead(const struct publish *publish, struct err *err)
{
	switch (publish->how) {
	case PUBLISH_NAMELESS:
		return replace_nameless(publish, err);
	case PUBLISH_RENAME:
	case PUBLISH_LINK:
		return replace(publish, err);
	case PUBLISH_NAMED:
		break;
	}
	return 0;
}

/* The step that makes the file appear, without overwriting anything. */
static int appear(const struct publish *publish, struct err *err)
{
	int dir_fd = publish->dir_fd, result = 0;

	switch (publish->how) {
	case PUBLISH_NAMELESS:
		result = link_nameless(publish->fd, dir_fd, publish->name);
		break;
	case PUBLISH_RENAME:
		result = sys_rename_new(dir_fd, publish->hidden, dir_fd,
					publish->name);
		break;
	case PUBLISH_LINK:
		return appear_by_link(publish, err);
	case PUBLISH_NAMED:
		break;
	}
	return result < 0 ? err_set(err, ERR_CREATE) : 0;
}

/* The same where there is no descriptor left: a child has its own table. */
static int flush_in_child(int fd)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(close(fd) < 0 ? errno : 0);
	if (child < 0)
		return -1;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
	return errno ? -1 : 0;
}

int publish_flush(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return copy < 0 ? flush_in_child(fd) : close(copy);
}

int publish_commit(struct publish *publish, struct err *err)
{
	if (!publish->local && publish_flush(publish->fd) < 0)
		return err_set(err, ERR_CLOSE_DEST);
	if ((publish->replaces ? appear_instead(publish, err)
			       : appear(publish, err)) < 0)
		return -1;
	close_parent(publish);
	util_close(&publish->fd);
	return 0;
}

/* Removes NAME if it is still our file; returns whether that failed. */
static bool remove_ours(const struct publish *publish, const char *name)
{
	struct stat ours, found;

	return fstat(publish->fd, &ours) == 0 &&
	       fstatat(publish->dir_fd, name, &found, AT_SYMLINK_NOFOLLOW) ==
		       0 &&
	       identity_is_same(&ours, &found) &&
	       unlinkat(publish->dir_fd, name, 0) < 0;
}

enum publish_left publish_abort(struct publish *publish)
{
	enum publish_left left = PUBLISH_LEFT_NOTHING;

	if (publish->how == PUBLISH_NAMED) {
		if (remove_ours(publish, publish->name))
			left = PUBLISH_LEFT_NAME;
	} else if (publish->how != PUBLISH_NAMELESS) {
		if (remove_ours(publish, publish->hidden))
			left = PUBLISH_LEFT_HIDDEN;
	}
	util_close(&publish->fd);
	close_parent(publish);
	return left;
}
