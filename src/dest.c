/* SPDX-License-Identifier: MIT */
/*
 * A destination from opening to its end, good or bad.
 */
#include "config.h"

#include "dest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "confine.h"
#include "fstype.h"
#include "identity.h"
#include "util.h"

/*
 * No event tells that somebody opened the other end of a FIFO, so it is tried
 * again after so many milliseconds.
 */
#define FIFO_RETRY 20

/* The unit of st_blocks (stat(3type)). */
#define BLOCK 512

/* Streams */

int dest_descriptor_named(const char *path)
{
	static const char *const prefixes[] = { "/dev/fd/", "/proc/self/fd/" };
	uint64_t number;
	size_t i;

	if (strcmp(path, "/dev/stdin") == 0)
		return STDIN_FILENO;
	if (strcmp(path, "/dev/stdout") == 0)
		return STDOUT_FILENO;
	if (strcmp(path, "/dev/stderr") == 0)
		return STDERR_FILENO;
	for (i = 0; i < UTIL_COUNT(prefixes); i++) {
		size_t length = strlen(prefixes[i]);

		if (strncmp(path, prefixes[i], length) == 0 &&
		    util_parse_number(path + length, 0, INT32_MAX, &number) ==
			    0)
			return (int)number;
	}
	return -1;
}

/*
 * An inherited descriptor that is a file or socket is written to as it is:
 * opening /dev/stdout anew would lose its position, and what stands there.
 */
static int use_descriptor(struct dest *dest, int fd, struct err *err)
{
	dest->kind = DEST_STREAM;
	dest->blocks = true;
	dest->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return dest->fd < 0 ? err_set(err, ERR_CREATE) : 0;
}

/* Regular files */

static bool is_symlink(const struct place *place)
{
	struct stat found;

	return fstatat(place->dir, place->name, &found, AT_SYMLINK_NOFOLLOW) ==
		       0 &&
	       S_ISLNK(found.st_mode);
}

/* POSIX wants the file created that a dangling symlink names. */
static int open_through(struct dest *dest, const struct place *place,
			mode_t mode, struct err *err)
{
	dest->kind = DEST_EXISTING;
	dest->created = true;
	dest->fd = openat(place->dir, place->name,
			  O_RDWR | O_CREAT | O_NOCTTY | O_CLOEXEC, mode);
	if (dest->fd < 0)
		return err_set(err, ERR_CREATE);
	/* An empty file stays when nothing can be written to it. */
	dest->touched = true;
	return 0;
}

static int open_new(struct dest *dest, const struct dest_request *request,
		    bool replaces, struct err *err)
{
	const struct place *place = &request->place;

	dest->kind = DEST_NEW;
	dest->readable = true;
	if (publish_begin(&dest->publish, request->fs, place, request->mode,
			  replaces, err) == 0) {
		dest->fd = dest->publish.fd;
		return 0;
	}
	if (err->errnum != EEXIST || request->found != DEST_NOTHING ||
	    !is_symlink(place))
		return -1;
	if (request->options->posixly_correct && !place->confined)
		return open_through(dest, place, request->mode, err);
	return err_set_num(err, ERR_DANGLING_LINK, 0);
}

/* -f: what could not be opened goes, and a new file comes. */
static int open_instead(struct dest *dest, const struct dest_request *request,
			struct err *err)
{
	dest->removed = true;
	return open_new(dest, request, true, err);
}

/*
 * Opens what was seen at the destination. Where a symlink was followed below a
 * root, it is not by its name: another one may stand there by now.
 */
static int open_seen(const struct dest_request *request, int flags)
{
	const struct place *place = &request->place;

	if (request->followed && place->confined)
		return confine_follow(place->dir, place->name, flags);
	return openat(place->dir, place->name,
		      flags | (request->followed ? 0 : O_NOFOLLOW));
}

static int open_to_write(struct dest *dest, const struct dest_request *request)
{
	/* Whatever it was when it was seen, it may be a FIFO by now. */
	const int flags = O_NOCTTY | O_CLOEXEC | O_NONBLOCK;

	dest->readable = true;
	dest->fd = open_seen(request, O_RDWR | flags);
	if (dest->fd < 0 && errno == EACCES) {
		dest->readable = false;
		dest->fd = open_seen(request, O_WRONLY | flags);
	}
	if (dest->fd < 0 && errno == EAGAIN) /* a lease is to be broken */
		dest->fd = open_seen(request, O_RDWR | (flags & ~O_NONBLOCK));
	return dest->fd;
}

/*
 * On overlayfs opening a file of several names to write gives it the number of
 * its copy. Who holds it meanwhile sees it change: what was seen, held, or -1.
 */
static int hold_seen(const struct dest_request *request)
{
	struct stat held;
	int fd;

	if (!request->place.confined || request->seen->st_nlink < 2)
		return -1;
	fd = open_seen(request, O_PATH | O_CLOEXEC);
	if (fd < 0 ||
	    (fstat(fd, &held) == 0 && identity_is_same(&held, request->seen)))
		return fd;
	util_close(&fd);
	return -1;
}

/* Whether NOW is what was seen, or what has become of it, which is HELD. */
static bool is_seen(const struct dest_request *request, int held,
		    const struct stat *now)
{
	struct stat become;

	return identity_is_same(now, request->seen) ||
	       (held >= 0 && fstat(held, &become) == 0 &&
		identity_is_same(now, &become));
}

/* Opens what was seen, when it is HELD. */
static int open_held(struct dest *dest, const struct dest_request *request,
		     int held, struct err *err)
{
	struct stat now;

	dest->kind = DEST_EXISTING;
	if (open_to_write(dest, request) < 0) {
		if (errno == ESTALE && request->followed)
			return err_set_num(err, ERR_DEST_REPLACED, 0);
		/* It is gone, which does as well. */
		if (errno == ENOENT && !request->followed)
			return open_new(dest, request, false, err);
		if (request->options->force)
			return open_instead(dest, request, err);
		return err_set(err, ERR_CREATE);
	}
	if (fstat(dest->fd, &now) < 0)
		err_set(err, ERR_FSTAT_DEST);
	else if (identity_is_same(&now, request->source))
		err_set_num(err, ERR_SAME_FILE, 0);
	else if (!S_ISREG(now.st_mode) ||
		 (request->place.confined && !is_seen(request, held, &now)))
		err_set_num(err, ERR_DEST_REPLACED, 0);
	else
		return 0;
	util_close(&dest->fd);
	return -1;
}

static int open_existing(struct dest *dest, const struct dest_request *request,
			 struct err *err)
{
	int held = hold_seen(request);
	int result = open_held(dest, request, held, err);

	util_close(&held);
	return result;
}

/* Below a root it must be what was seen: 0, or -1 with ERR. */
static int check_stream(struct dest *dest, const struct dest_request *request,
			struct err *err)
{
	struct stat now;

	if (!request->place.confined)
		return 0;
	if (fstat(dest->fd, &now) < 0)
		err_set(err, ERR_FSTAT_DEST);
	else if (!identity_is_same(&now, request->seen))
		err_set_num(err, ERR_DEST_REPLACED, 0);
	else
		return 0;
	util_close(&dest->fd);
	return -1;
}

/*
 * Opens a FIFO or device for writing. Returns as dest_open. Without O_NONBLOCK
 * the open would wait for the reader of a FIFO, deaf to signals.
 */
static int open_stream(struct dest *dest, const struct dest_request *request,
		       struct err *err)
{
	int flags = O_WRONLY | O_NOCTTY | O_CLOEXEC;
	bool fifo = S_ISFIFO(request->seen->st_mode);
	struct pollfd wait[1];

	if (fifo || S_ISCHR(request->seen->st_mode))
		flags |= O_NONBLOCK;
	for (;;) {
		dest->fd = open_seen(request, flags);
		dest->kind = DEST_STREAM;
		if (dest->fd >= 0)
			return check_stream(dest, request, err);
		if (errno == ESTALE && request->followed)
			return err_set_num(err, ERR_DEST_REPLACED, 0);
		if (!fifo || errno != ENXIO)
			return err_set(err, ERR_CREATE);
		if (signals_wait(request->signals, wait, 1, FIFO_RETRY) != 0)
			return 1;
	}
}

int dest_open(struct dest *dest, const struct dest_request *request,
	      struct err *err)
{
	int number;

	*dest = (struct dest){ .fd = -1 };
	if (request->found == DEST_NOTHING)
		return open_new(dest, request, request->replaces, err);
	if (request->found == DEST_LOOP)
		return open_instead(dest, request, err);
	number = request->place.confined
			 ? -1
			 : dest_descriptor_named(request->place.name);
	if (number >= 0 && (S_ISREG(request->seen->st_mode) ||
			    S_ISSOCK(request->seen->st_mode)))
		return use_descriptor(dest, number, err);
	if (S_ISREG(request->seen->st_mode))
		return open_existing(dest, request, err);
	return open_stream(dest, request, err);
}

/* Room and size */

/*
 * Where what was removed is freed later, the number is final when it has not
 * risen for so many looks, so many nanoseconds apart. On xfs freeing 6,500
 * extents of 16 KiB took 190 ms, at most 8 looks of them without a rise.
 */
#define FREEING_LOOKS 20
#define FREEING_WAIT 5000000

/*
 * How much room there is without what DEST has got so far: *FREE bytes. Returns
 * false where that is not known.
 */
static bool learn_room(const struct dest *dest, uint64_t *free)
{
	struct statvfs fs;
	struct stat now;
	uint64_t blocks;

	if (!fstype_of(dest->fd)->counts_space || fstatvfs(dest->fd, &fs) < 0 ||
	    fs.f_blocks == 0 || fstat(dest->fd, &now) < 0)
		return false;
	/* Root may use what is reserved for it. */
	blocks = geteuid() == 0 ? fs.f_bfree : fs.f_bavail;
	*free = blocks * fs.f_frsize + (uint64_t)now.st_blocks * BLOCK;
	return true;
}

int dest_check_space(const struct dest *dest, uint64_t needed, bool *vain,
		     struct err *err)
{
	static const struct timespec wait = { .tv_nsec = FREEING_WAIT };
	uint64_t free, most = 0;
	unsigned int looks = 0;

	while (learn_room(dest, &free) && needed > free) {
		if (free > most)
			looks = 0;
		*vain = *vain || looks++ == FREEING_LOOKS;
		if (*vain || !fstype_of(dest->fd)->frees_later)
			return err_set_num(err, ERR_WRITE, ENOSPC);
		most = util_max(most, free);
		nanosleep(&wait, NULL);
	}
	return 0;
}

bool dest_has_room_without(const struct dest *dest, const struct stat *old,
			   uint64_t needed, int errnum)
{
	uint64_t freed = (uint64_t)old->st_blocks * BLOCK, free;

	/* A quota is not what is asked for there. */
	if (errnum != ENOSPC || !learn_room(dest, &free))
		free = 0;
	return freed > 0 && needed <= free + freed;
}

int dest_truncate(struct dest *dest, struct err *err)
{
	if (dest->kind != DEST_EXISTING)
		return 0;
	if (ftruncate(dest->fd, 0) < 0)
		return err_set(err, ERR_CREATE);
	dest->touched = true;
	return 0;
}

/* Whether others can see DEST while it is written. */
static bool is_visible(const struct dest *dest)
{
	return dest->kind == DEST_EXISTING ||
	       (dest->kind == DEST_NEW && dest->publish.how == PUBLISH_NAMED);
}

/* Whether DEST, which was given a size, has none: a file of /proc or /sys. */
static bool is_sizeless(const struct dest *dest, uint64_t size)
{
	struct stat now;

	return dest->kind == DEST_EXISTING && fstat(dest->fd, &now) == 0 &&
	       (uint64_t)now.st_size != size;
}

/*
 * Whether ERRNUM tells that a file cannot be made larger without writing to it:
 * some file systems lack that (truncate(2)), and others lack all of
 * truncate(2). Or the limit of file sizes is met, which the complete file may
 * just keep.
 */
static bool may_be_written(const struct dest *dest, int errnum)
{
	return errnum == EPERM || errnum == ENOSYS || errnum == EOPNOTSUPP ||
	       (errnum == EFBIG && is_visible(dest));
}

int dest_size(struct dest *dest, uint64_t size, struct err *err)
{
	/* One byte more until it is complete, if a file can be so long. */
	bool visible = is_visible(dest) && size < INT64_MAX;

	if (dest_truncate(dest, err) < 0)
		return -1;
	/*
	 * What is written there goes to a function of the kernel's, in order.
	 */
	if (ftruncate(dest->fd, (off_t)size + visible) == 0)
		return is_sizeless(dest, size + visible) ? EINVAL : 0;
	if (may_be_written(dest, errno))
		return errno;
	return err_set(err, ERR_WRITE);
}

int dest_cut(struct dest *dest, uint64_t size, struct err *err)
{
	if (dest->kind != DEST_EXISTING)
		return 0;
	dest->touched = true;
	if (ftruncate(dest->fd, (off_t)size) < 0)
		return err_set(err, ERR_WRITE);
	return 0;
}

/* The end */

int dest_settle(struct dest *dest, uint64_t size, bool sized, struct err *err)
{
	if (dest->kind == DEST_EXISTING && publish_flush(dest->fd) < 0)
		return err_set(err, ERR_CLOSE_DEST);
	if (sized && is_visible(dest) && ftruncate(dest->fd, (off_t)size) < 0)
		return err_set(err, ERR_WRITE);
	return 0;
}

int dest_sync(const struct dest *dest, struct err *err)
{
	return util_fsync(dest->fd) < 0 ? err_set(err, ERR_FSYNC) : 0;
}

int dest_finish(struct dest *dest, struct err *err)
{
	if (dest->kind == DEST_NEW)
		return publish_commit(&dest->publish, err);
	if (close(dest->fd) < 0) {
		dest->fd = -1;
		return err_set(err, ERR_CLOSE_DEST);
	}
	dest->fd = -1;
	return 0;
}

/* The same of a new one. */
static enum dest_left fail_new(struct dest *dest)
{
	enum publish_left left = PUBLISH_LEFT_NOTHING;

	if (dest->fd >= 0)
		left = publish_abort(&dest->publish);
	dest->fd = -1;
	if (left == PUBLISH_LEFT_NAME)
		return DEST_LEFT_INCOMPLETE;
	if (dest->publish.removed)
		return DEST_LEFT_REMOVED;
	return left == PUBLISH_LEFT_HIDDEN ? DEST_LEFT_HIDDEN : DEST_LEFT_ALONE;
}

/*
 * Whether somebody finds in the stream DEST what was written to it, and no
 * more.
 */
static bool keeps_a_part(const struct dest *dest)
{
	struct stat stream;

	return fstat(dest->fd, &stream) == 0 &&
	       (S_ISREG(stream.st_mode) || S_ISBLK(stream.st_mode));
}

enum dest_left dest_fail(struct dest *dest, uint64_t prefix)
{
	if (dest->kind == DEST_NEW)
		return fail_new(dest);
	if (dest->kind == DEST_STREAM && prefix > 0 && keeps_a_part(dest))
		dest->touched = true;
	/* Nothing better can be done if this fails, too. */
	else if (dest->touched && dest->fd >= 0 &&
		 ftruncate(dest->fd, (off_t)prefix) < 0)
		prefix = 0;
	util_close(&dest->fd);
	return dest->touched ? DEST_LEFT_INCOMPLETE : DEST_LEFT_ALONE;
}
