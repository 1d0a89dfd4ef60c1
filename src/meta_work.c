/* SPDX-License-Identifier: MIT */
/*
 * One file on its way through meta_apply.
 *
 * One listing tells of attributes and of ACLs, which to the kernel are
 * attributes, too: a file that has neither costs no second call.
 */
#include "config.h"

#include "meta_work.h"

#include <attr/libattr.h>
#include <errno.h>
#include <string.h>

#include "identity.h"
#include "util.h"

/*
 * What is offered before all that can be needed: the kernel allocates as much
 * as it is offered, and clears it for a value.
 */
#define FIRST_OFFER 512

struct meta_fs *meta_find_fs(struct meta *meta, dev_t dev)
{
	struct meta_fs *fs = meta->fs, *end = fs + UTIL_COUNT(meta->fs);

	while (fs < end && !(fs->known && fs->dev == dev))
		fs++;
	if (fs < end)
		return fs;
	fs = &meta->fs[meta->next_fs++ % UTIL_COUNT(meta->fs)];
	*fs = (struct meta_fs){ .known = true, .dev = dev };
	return fs;
}

bool meta_is_unsupported(int errnum)
{
	return errnum == EOPNOTSUPP || errnum == ENOSYS;
}

int meta_tell(struct meta_work *work, enum err_op op, int errnum,
	      const char *attribute, bool fails)
{
	struct meta_note told = { .attribute = attribute, .fails = fails };

	err_set_num(&told.err, op, errnum);
	work->listener->note(work->listener->arg, &told);
	work->failed |= fails;
	return fails ? -1 : 0;
}

int meta_fail(struct meta_work *work, enum err_op op)
{
	return meta_tell(work, op, errno, NULL, true);
}

/* /etc/xattr.conf says, where it is. */
int meta_attr_action(const char *name)
{
	if (strcmp(name, META_ACCESS_ACL) == 0 ||
	    strcmp(name, META_DEFAULT_ACL) == 0)
		return ATTR_ACTION_PERMISSIONS;
	return attr_copy_action(name, NULL);
}

/* Finds a source that came by name, if it still is what it was. */
static int find_source(struct meta_work *work)
{
	const struct meta_file *file = &work->source->file;
	struct stat st;

	if (work->from.fd >= 0)
		return 0;
	if (inode_find(&work->from, file->dir, file->name, &st) < 0)
		return -1;
	if (identity_is_same(&st, work->source->st))
		return 0;
	inode_drop(&work->from);
	errno = ESTALE;
	return -1;
}

void meta_list_attrs(struct meta_work *work)
{
	struct meta *meta = work->meta;
	struct meta_fs *fs = meta_find_fs(meta, work->source->st->st_dev);
	ssize_t length = -1;

	if (work->listed)
		return;
	work->listed = true;
	errno = EOPNOTSUPP;
	if (!fs->no_list && find_source(work) == 0) {
		length = inode_list(&work->from, meta->names, FIRST_OFFER);
		if (length < 0 && errno == ERANGE)
			length = inode_list(&work->from, meta->names,
					    XATTR_LIST_MAX);
		/* Of symlinks there may be none where other files have them. */
		if (!S_ISLNK(work->source->st->st_mode))
			fs->no_list = length < 0 && meta_is_unsupported(errno);
	}
	if (length < 0) {
		work->names_errnum = errno;
		return;
	}
	work->names_length = (size_t)length;
	meta->names[length] = '\0';
}

const char *meta_next_attr(const struct meta_work *work, const char *name)
{
	const char *end = work->meta->names + work->names_length;

	name = name ? name + strlen(name) + 1 : work->meta->names;
	return name < end ? name : NULL;
}

ssize_t meta_get_attr(struct meta_work *work, const char *name)
{
	struct meta *meta = work->meta;
	ssize_t length;

	if (find_source(work) < 0)
		return -1;
	length = inode_get(&work->from, name, meta->value, FIRST_OFFER);
	if (length < 0 && errno == ERANGE)
		length = inode_get(&work->from, name, meta->value,
				   sizeof(meta->value));
	return length;
}

int meta_set_attr(struct meta_work *work, const char *name, ssize_t length)
{
	return inode_set(&work->to, name, work->meta->value, (size_t)length);
}
