/* SPDX-License-Identifier: MIT */
/*
 * The mode and the ACLs of one file on its way through meta_apply.
 *
 * An ACL is the mode, but for set-id and sticky bits, which follow it. ACLs
 * are copied as they are stored, as newer versions of cp do it; a plain one is
 * made where the destination may have inherited one.
 */
#include "config.h"

#include "meta_mode.h"

#include <attr/libattr.h>
#include <errno.h>
#include <string.h>

/* Creating */

/* Attributes of a regular file are the owner's if he may write to it. */
static bool needs_write_bit(const struct meta *meta,
			    const struct meta_wants *wants, mode_t source)
{
	return S_ISREG(source) && wants->xattr && !meta->privileged;
}

/*
 * What others do not get of the mode at first: nobody but the owner may open
 * it before it has that owner, or put anything into a directory before it is
 * complete.
 */
static mode_t withheld_bits(const struct meta_wants *wants, mode_t source,
			    bool owned)
{
	if (wants->ownership && (!owned || S_ISDIR(source)))
		return S_IRWXG | S_IRWXO;
	/* What looks like the group's may be others', of whom an ACL tells. */
	if (wants->ownership)
		return source & S_IRWXG & ~((source & S_IRWXO) << 3);
	return S_ISDIR(source) ? S_IWGRP | S_IWOTH : 0;
}

mode_t meta_create_mode(const struct meta *meta, const struct meta_wants *wants,
			mode_t source, bool owned)
{
	mode_t mode = source & META_ALL_BITS;

	mode &= ~withheld_bits(wants, source, owned && wants->mode);
	if (S_ISREG(source))
		mode &= META_PERMISSIONS;
	if (S_ISDIR(source))
		mode |= S_IRWXU;
	if (needs_write_bit(meta, wants, source))
		mode |= S_IWUSR;
	return mode;
}

/* Setting */

/* Whether it may have set-id or sticky bits; a new file comes without. */
static bool may_be_special(const struct meta_work *work)
{
	if (work->dest->is_new && S_ISREG(work->source->st->st_mode))
		return false;
	return !work->now_known || work->now.st_mode & META_SPECIAL_BITS;
}

static bool may_have_acl(const struct meta_work *work)
{
	return !work->dest->no_acl &&
	       !(work->now_known &&
		 meta_find_fs(work->meta, work->now.st_dev)->no_acl);
}

/*
 * Gives the destination the permissions of MODE, and takes away an ACL that it
 * has inherited or had before. Returns 1, 0 when it can have no ACL and chmod
 * is to do it, or -1.
 */
static int set_plain_acl(struct meta_work *work, mode_t mode, enum err_op op)
{
	if (!may_have_acl(work))
		return 0;
	if (inode_set_plain_acl(&work->to, mode & META_PERMISSIONS) == 0)
		return 1;
	if (!meta_is_unsupported(errno) && errno != EINVAL)
		return meta_fail(work, op);
	if (work->now_known)
		meta_find_fs(work->meta, work->now.st_dev)->no_acl = true;
	return 0;
}

/* The bits that no ACL sets, once that is set. */
static int set_special_bits(struct meta_work *work)
{
	if (!(work->mode & META_SPECIAL_BITS) && !may_be_special(work))
		return 0;
	if (inode_chmod(&work->to, work->mode) < 0)
		return meta_fail(work, ERR_PRESERVE_PERMISSIONS);
	return 0;
}

/* The mode of a source that has no ACL. */
static int set_mode(struct meta_work *work)
{
	mode_t mode = work->mode;
	int done = set_plain_acl(work, mode, ERR_PRESERVE_PERMISSIONS);

	if (done < 0)
		return -1;
	if (done > 0)
		return set_special_bits(work);
	if (work->dest->is_new && work->now_known &&
	    !(mode & (S_ISUID | S_ISGID)) &&
	    (work->now.st_mode & META_ALL_BITS) == mode)
		return 0;
	if (inode_chmod(&work->to, mode) < 0)
		return meta_fail(work, ERR_PRESERVE_PERMISSIONS);
	return 0;
}

/*
 * The mode of a source whose access ACL of LENGTH bytes is in META. Where it
 * cannot be had, cp says so and gives the group what the ACL's mask says.
 */
static int set_access_acl(struct meta_work *work, ssize_t length)
{
	int errnum;

	if (meta_set_attr(work, META_ACCESS_ACL, length) == 0)
		return set_special_bits(work);
	errnum = errno;
	if (meta_is_unsupported(errnum))
		inode_chmod(&work->to, work->mode);
	return meta_tell(work, ERR_PRESERVE_PERMISSIONS, errnum, NULL, true);
}

/* Whether the source has the ACL called NAME: 1 with it in META, 0, or -1. */
static int get_acl(struct meta_work *work, const char *name, ssize_t *length)
{
	struct meta_fs *fs = meta_find_fs(work->meta, work->source->st->st_dev);
	const char *at = NULL;

	if (work->names_errnum == 0) {
		do
			at = meta_next_attr(work, at);
		while (at && strcmp(at, name) != 0);
		if (!at)
			return 0;
	} else if (fs->no_acl) {
		return 0;
	}
	*length = meta_get_attr(work, name);
	if (*length >= 0)
		return 1;
	fs->no_acl |= meta_is_unsupported(errno);
	if (errno == ENODATA || errno == EINVAL || meta_is_unsupported(errno))
		return 0;
	return meta_fail(work, ERR_READ_PERMISSIONS);
}

static int copy_default_acl(struct meta_work *work)
{
	ssize_t length;
	int found = get_acl(work, META_DEFAULT_ACL, &length);

	if (found < 0)
		return -1;
	if (found > 0 && meta_set_attr(work, META_DEFAULT_ACL, length) < 0)
		return meta_fail(work, ERR_PRESERVE_PERMISSIONS);
	/* Like cp, not to be bothered when that fails. */
	if (found == 0 && may_have_acl(work))
		inode_remove(&work->to, META_DEFAULT_ACL);
	return 0;
}

/* ACLs of other kinds, NFSv4's above all, where both sides know them. */
static int copy_other_acls(struct meta_work *work)
{
	const char *name;
	ssize_t length;

	if (work->names_errnum)
		return 0;
	for (name = meta_next_attr(work, NULL); name;
	     name = meta_next_attr(work, name)) {
		if (strcmp(name, META_ACCESS_ACL) == 0 ||
		    strcmp(name, META_DEFAULT_ACL) == 0 ||
		    meta_attr_action(name) != ATTR_ACTION_PERMISSIONS)
			continue;
		length = meta_get_attr(work, name);
		if (length < 0 && errno != ENODATA &&
		    !meta_is_unsupported(errno))
			return meta_fail(work, ERR_READ_PERMISSIONS);
		if (length >= 0 && meta_set_attr(work, name, length) < 0 &&
		    !meta_is_unsupported(errno))
			return meta_fail(work, ERR_PRESERVE_PERMISSIONS);
	}
	return 0;
}

static int copy_permissions(struct meta_work *work)
{
	ssize_t length;
	int found;

	meta_list_attrs(work);
	found = get_acl(work, META_ACCESS_ACL, &length);
	if (found < 0)
		return -1;
	if ((found > 0 ? set_access_acl(work, length) : set_mode(work)) < 0)
		return -1;
	if (S_ISDIR(work->source->st->st_mode) && copy_default_acl(work) < 0)
		return -1;
	return copy_other_acls(work);
}

/*
 * Of what ST tells, the bits that stay when the usual permissions are set:
 * those that a directory has inherited, and all that FIFOs and the like were
 * made with, since cp sets an ACL where there is such a thing, and no other
 * bits.
 */
static mode_t staying_bits(const struct meta_work *work, const struct stat *st,
			   bool acl_refused)
{
	if (S_ISDIR(st->st_mode))
		return st->st_mode & S_ISGID;
	if (acl_refused || meta_find_fs(work->meta, st->st_dev)->no_acl)
		return 0;
	return st->st_mode & META_SPECIAL_BITS;
}

/* --no-preserve=mode: as if the source's mode were not known. */
static int set_usual_mode(struct meta_work *work)
{
	mode_t type = work->source->st->st_mode & S_IFMT;
	mode_t mode = type == S_IFDIR || type == S_IFSOCK ? 0777 : 0666;
	bool acl_tried = may_have_acl(work);
	struct stat st;
	int done;

	mode &= ~work->meta->umask;
	done = set_plain_acl(work, mode, ERR_SET_PERMISSIONS);
	if (done < 0)
		return -1;
	if (done > 0 && type != S_IFDIR)
		return 0;
	if (fstat(work->to.fd, &st) < 0)
		return meta_fail(work, ERR_SET_PERMISSIONS);
	if (done > 0 && !(st.st_mode & S_ISGID))
		return 0;
	mode |= staying_bits(work, &st, acl_tried);
	if (inode_chmod(&work->to, mode) < 0)
		return meta_fail(work, ERR_SET_PERMISSIONS);
	return 0;
}

/* What the owner was given for the time being only. */
static mode_t lent_bits(const struct meta_work *work)
{
	mode_t source = work->source->st->st_mode;

	if (S_ISDIR(source))
		return (S_IRWXU & ~source) | work->dest->lent;
	if (needs_write_bit(work->meta, work->wants, source))
		return S_IWUSR & ~source;
	return 0;
}

/* What was withheld, as far as the umask is not against it. */
static mode_t due_bits(const struct meta_work *work)
{
	mode_t source = work->source->st->st_mode;

	return source & withheld_bits(work->wants, source, false) &
	       ~work->meta->umask;
}

/* Ends what meta_create_mode has begun, where no mode is preserved. */
static int settle_mode(struct meta_work *work)
{
	mode_t source = work->source->st->st_mode;
	mode_t due = due_bits(work), lent = lent_bits(work), mode;
	struct stat st;

	if (!due && !lent)
		return 0;
	if (fstat(work->to.fd, &st) < 0)
		return meta_fail(work, ERR_PRESERVE_PERMISSIONS);
	/* Of a file cp does not ask what a default ACL would have made. */
	if (S_ISREG(source))
		mode = source & META_PERMISSIONS & ~work->meta->umask;
	else
		mode = (st.st_mode & META_ALL_BITS & ~lent) | due;
	if (mode != (st.st_mode & META_ALL_BITS) &&
	    inode_chmod(&work->to, mode) < 0)
		return meta_fail(work, ERR_PRESERVE_PERMISSIONS);
	return 0;
}

bool meta_mode_has_work(const struct meta_work *work)
{
	if (S_ISLNK(work->source->st->st_mode))
		return false;
	if (work->wants->mode)
		return true;
	return work->dest->is_new &&
	       (work->wants->no_mode || lent_bits(work) || due_bits(work));
}

int meta_mode_finish(struct meta_work *work)
{
	if (S_ISLNK(work->source->st->st_mode))
		return 0;
	if (work->wants->mode)
		return copy_permissions(work);
	if (!work->dest->is_new)
		return 0;
	return work->wants->no_mode ? set_usual_mode(work) : settle_mode(work);
}
