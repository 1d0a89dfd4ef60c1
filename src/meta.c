/* SPDX-License-Identifier: MIT */
/*
 * What is preserved of a file besides its data.
 *
 * The order is owner, attributes, ACL and mode, times. A change of owner takes
 * set-id bits and capabilities away, and those must not be there before the
 * owner is. Times go last, for file systems that count any of it as a
 * modification; but first, as with cp, where they could not be set any more
 * once the owner is another (root without CAP_FOWNER).
 */
#include "config.h"

#include "meta.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "meta_mode.h"
#include "meta_work.h"
#include "sys.h"

struct meta *meta_new(void)
{
	struct meta *meta = calloc(1, sizeof(*meta));

	if (!meta)
		return NULL;
	meta->umask = umask(0);
	umask(meta->umask);
	meta->privileged = geteuid() == 0;
	meta->gives_away = sys_gives_away(CAP_TO_MASK(CAP_FOWNER));
	return meta;
}

void meta_free(struct meta *meta)
{
	free(meta);
}

mode_t meta_umask(const struct meta *meta)
{
	return meta->umask;
}

/* Attributes */

/* Tells of an attribute as loudly as was asked for. */
static int note_attribute(struct meta_work *work, enum err_op op, int errnum,
			  const char *name)
{
	const struct meta_wants *wants = work->wants;

	if (!wants->xattr_required && !wants->xattr_loud &&
	    (wants->xattr_quiet || errnum == EOPNOTSUPP || errnum == ENODATA))
		return 0;
	return meta_tell(work, op, errnum, name, wants->xattr_required);
}

/*
 * Sets an attribute; of a new file also where a default ACL has made it one
 * that its owner may not write to.
 */
static int set_attribute(struct meta_work *work, const char *name,
			 ssize_t length)
{
	struct stat st;

	if (meta_set_attr(work, name, length) == 0)
		return 0;
	if (errno != EACCES || !work->dest->is_new ||
	    fstat(work->to.fd, &st) < 0 || st.st_mode & S_IWUSR ||
	    inode_chmod(&work->to, (st.st_mode & META_ALL_BITS) | S_IWUSR) < 0)
		return -1;
	work->now.st_mode |= S_IWUSR;
	return meta_set_attr(work, name, length);
}

/* Copies all attributes that are no permissions, whatever becomes of one. */
static int copy_attributes(struct meta_work *work)
{
	int unsupported = 0, result = 0;
	const char *name;
	ssize_t length;

	meta_list_attrs(work);
	if (meta_is_unsupported(work->names_errnum))
		return 0;
	if (work->names_errnum)
		return note_attribute(work, ERR_LIST_ATTRIBUTES,
				      work->names_errnum, NULL);
	for (name = meta_next_attr(work, NULL); name;
	     name = meta_next_attr(work, name)) {
		if (meta_attr_action(name) != 0)
			continue;
		length = meta_get_attr(work, name);
		if (length < 0)
			result |= note_attribute(work, ERR_GET_ATTRIBUTE, errno,
						 name);
		else if (set_attribute(work, name, length) == 0)
			continue;
		else if (meta_is_unsupported(errno))
			unsupported = errno;
		else
			result |= note_attribute(work, ERR_SET_ATTRIBUTE, errno,
						 name);
	}
	/* One line for all of them, as libattr has it. */
	if (unsupported)
		result |= note_attribute(work, ERR_SET_ATTRIBUTES, unsupported,
					 NULL);
	return result;
}

/* Owner */

/*
 * What others may do with an old file until it has its new owner: nothing. The
 * owner keeps his bits, without which attributes could not be set.
 */
static int clear_permissions(struct meta_work *work)
{
	mode_t kept = S_ISDIR(work->now.st_mode) ? META_SPECIAL_BITS : 0;
	mode_t mode = work->now.st_mode & (S_IRWXU | kept);

	if (inode_chmod(&work->to, mode) < 0) {
		/* A user is not expected to, and cp fails without a word. */
		if (work->meta->privileged ||
		    (errno != EPERM && errno != EINVAL))
			return meta_fail(work, ERR_CLEAR_PERMISSIONS);
		return meta_tell(work, ERR_NONE, 0, NULL, true);
	}
	work->now.st_mode = (work->now.st_mode & S_IFMT) | mode;
	return 0;
}

/* Whether the owner is right. A new node must lose set-id bits all the same. */
static bool has_owner(const struct meta_work *work)
{
	mode_t type = work->source->st->st_mode & S_IFMT;

	return work->now_known &&
	       work->now.st_uid == work->source->st->st_uid &&
	       work->now.st_gid == work->source->st->st_gid &&
	       (type == S_IFREG || type == S_IFDIR || type == S_IFLNK);
}

/*
 * A user is not expected to be able to give files away: then only the group is
 * tried, set-id and sticky bits are lost, and nothing is said.
 */
static int set_owner(struct meta_work *work)
{
	const struct stat *st = work->source->st;
	int errnum;

	if (has_owner(work))
		return 0;
	if (!work->dest->is_new && work->wants->mode &&
	    clear_permissions(work) < 0)
		return -1;
	if (inode_chown(&work->to, st->st_uid, st->st_gid) == 0)
		return 0;
	errnum = errno;
	/* EACCES is what CIFS says instead of EPERM. */
	if (errnum != EPERM && errnum != EINVAL && errnum != EACCES)
		return meta_tell(work, ERR_PRESERVE_OWNER, errnum, NULL, true);
	if (!S_ISLNK(st->st_mode))
		inode_chown(&work->to, (uid_t)-1, st->st_gid);
	if (work->meta->privileged)
		return meta_tell(work, ERR_PRESERVE_OWNER, errnum, NULL, true);
	work->mode &= ~(mode_t)META_SPECIAL_BITS;
	return 0;
}

/* Times */

static int set_times(struct meta_work *work)
{
	const struct stat *st = work->source->st;
	const struct timespec times[2] = { st->st_atim, st->st_mtim };

	if (inode_set_times(&work->to, times) < 0)
		return meta_fail(work, ERR_PRESERVE_TIMES);
	return 0;
}

bool meta_gives_acl(struct meta *meta, int fd, dev_t dev)
{
	struct meta_fs *fs = meta_find_fs(meta, dev);
	const struct inode dir = inode_of(fd, false);

	if (fs->no_acl)
		return false;
	if (inode_get(&dir, META_DEFAULT_ACL, NULL, 0) >= 0)
		return true;
	fs->no_acl = meta_is_unsupported(errno);
	return !fs->no_acl && errno != ENODATA;
}

/* All of it */

/* Fills in the destination, and what is known of it. */
static int find_dest(struct meta_work *work)
{
	const struct meta_dest *dest = work->dest;
	mode_t type = work->source->st->st_mode & S_IFMT;

	if (dest->now) {
		work->now = *dest->now;
		work->now_known = true;
	}
	if (dest->file.fd >= 0) {
		work->to = inode_of(dest->file.fd, dest->file.path);
		/* An old file may have its owner already. */
		if (work->now_known || dest->is_new)
			return 0;
		if (fstat(work->to.fd, &work->now) < 0)
			return meta_fail(work, ERR_FSTAT_DEST);
	} else {
		if (inode_find(&work->to, dest->file.dir, dest->file.name,
			       &work->now) < 0)
			return meta_fail(work, ERR_STAT_DEST);
		if ((work->now.st_mode & S_IFMT) != type)
			return meta_tell(work, ERR_DEST_REPLACED, 0, NULL,
					 true);
	}
	work->now_known = true;
	return 0;
}

/* Whether anything is to be done at all: for plain copies there is not. */
static bool has_work(const struct meta_work *work)
{
	const struct meta_wants *wants = work->wants;

	return wants->ownership || wants->timestamps || wants->xattr ||
	       meta_mode_has_work(work);
}

/* Does it all, in order, as far as cp would go. */
static void apply(struct meta_work *work)
{
	const struct meta_wants *wants = work->wants;
	mode_t type = work->source->st->st_mode & S_IFMT;
	bool last = !work->meta->gives_away || !wants->ownership ||
		    has_owner(work);
	bool stop = false;

	/* Whoever may not set an old file's times leaves all of it alone. */
	if (wants->timestamps && (!last || !work->dest->is_new) &&
	    set_times(work) < 0)
		return;
	if (wants->ownership && set_owner(work) < 0)
		stop = true;
	if (stop && type == S_IFLNK)
		return;
	if (!stop && wants->xattr && copy_attributes(work) < 0)
		stop = type != S_IFREG;
	if (!stop)
		meta_mode_finish(work);
	if (wants->timestamps && last)
		set_times(work);
}

int meta_apply(struct meta *meta, const struct meta_wants *wants,
	       const struct meta_source *source, const struct meta_dest *dest,
	       const struct meta_listener *listener)
{
	struct meta_work work = {
		.meta = meta,
		.wants = wants,
		.source = source,
		.dest = dest,
		.listener = listener,
		.from = { .fd = -1 },
		.to = { .fd = -1 },
		.mode = source->st->st_mode & META_ALL_BITS,
	};

	if (source->file.fd >= 0)
		work.from = inode_of(source->file.fd, source->file.path);
	if (!has_work(&work))
		return 0;
	if (find_dest(&work) == 0)
		apply(&work);
	inode_drop(&work.from);
	inode_drop(&work.to);
	return work.failed ? -1 : 0;
}
