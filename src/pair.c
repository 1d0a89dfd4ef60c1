/* SPDX-License-Identifier: MIT */
/*
 * One source and its destination, looked at as cp looks at them.
 */
#include "config.h"

#include "pair.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "confine.h"
#include "identity.h"
#include "source.h"
#include "sys.h"

/*
 * Whether PATH is a descriptor that came closed. It is something else by now,
 * which nobody meant.
 */
static bool is_closed(const struct mcp_options *options, const char *path)
{
	int number = dest_descriptor_named(path);

	return number >= 0 && number <= 2 &&
	       (options->closed_descriptors & (1U << number)) != 0;
}

bool pair_is_followed(const struct mcp_options *options,
		      const struct pair *pair)
{
	switch (options->dereference) {
	case OPTIONS_DEREF_ALWAYS:
		return true;
	case OPTIONS_DEREF_OPERANDS:
		return pair->operand;
	case OPTIONS_DEREF_NEVER:
	case OPTIONS_DEREF_UNSAID:
		break;
	}
	return false;
}

bool pair_is_as_file(const struct mcp_options *options, const struct pair *pair)
{
	mode_t mode = pair->source_stat.st_mode;

	if (options->symbolic_link || options->hard_link)
		return false;
	return S_ISREG(mode) ||
	       (!S_ISLNK(mode) && !S_ISDIR(mode) &&
		(!options->recursive || options->copy_contents));
}

bool pair_is_never_followed(const struct mcp_options *options,
			    const struct pair *pair)
{
	return options->dereference == OPTIONS_DEREF_NEVER ||
	       (options->dereference == OPTIONS_DEREF_OPERANDS &&
		!pair->operand);
}

/*
 * Where something is mounted when a directory is entered (autofs, NFS), a look
 * at that shows what will be covered. SEEN becomes what will be entered.
 */
static void look_inside(const struct place *place, int flags, struct stat *seen)
{
	struct identity entered;
	struct stat found;

	if (S_ISDIR(seen->st_mode) &&
	    sys_look_inside(place->dir, place->name, flags, &entered.dev,
			    &entered.ino) == 0 &&
	    !identity_is(entered, identity_of(seen)) &&
	    fstatat(place->dir, place->name, &found, flags) == 0)
		*seen = found;
}

int pair_look_at_source(const struct mcp_options *options, struct pair *pair,
			struct err *err)
{
	int flags;

	if (pair->operand && is_closed(options, pair->source.name))
		return err_set_num(err, ERR_STAT_SOURCE, ENOENT);
	pair->source_followed = pair_is_followed(options, pair);
	if (pair->said_regular &&
	    source_open_regular(&pair->source, &pair->source_fd,
				&pair->source_stat) == 0) {
		pair->source_opened = true;
		return 0;
	}
	flags = pair->source_followed ? 0 : AT_SYMLINK_NOFOLLOW;
	if (fstatat(pair->source.dir, pair->source.name, &pair->source_stat,
		    flags) < 0)
		return err_set(err, ERR_STAT_SOURCE);
	if (options->recursive)
		look_inside(&pair->source, flags, &pair->source_stat);
	return 0;
}

/*
 * Whether a symlink at the destination stands for itself: where it would be
 * replaced, or where what comes is not written through it.
 */
static bool takes_link_itself(const struct mcp_options *options,
			      const struct pair *pair)
{
	mode_t mode = pair->source_stat.st_mode;
	bool as_regular = options->copy_contents || !options->recursive;

	return (!S_ISREG(mode) &&
		(!as_regular || S_ISDIR(mode) || S_ISLNK(mode))) ||
	       options->symbolic_link || options->hard_link ||
	       options->backup != OPTIONS_BACKUP_NONE ||
	       options->remove_destination;
}

/* --keep-directory-symlink: a directory goes where one leads to another. */
static bool keeps_link_to_directory(const struct mcp_options *options,
				    const struct pair *pair)
{
	struct stat found;

	return options->keep_directory_symlink &&
	       S_ISDIR(pair->source_stat.st_mode) &&
	       fstatat(pair->dest.dir, pair->dest.name, &found, 0) == 0 &&
	       S_ISDIR(found.st_mode);
}

static int look_at_dest(const struct mcp_options *options, struct pair *pair,
			struct err *err)
{
	const struct place *dest = &pair->dest;
	struct stat *found = &pair->dest_stat, link;

	/* /dev/stdout would be a dangling symlink, /dev/fd/1 not there. */
	if (pair->operand && is_closed(options, dest->name))
		return strncmp(dest->name, "/dev/std", 8) == 0
			       ? err_set_num(err, ERR_DANGLING_LINK, 0)
			       : err_set_num(err, ERR_CREATE, ENOENT);
	pair->dest_followed = pair->dest_foreign = false;
	pair->found = DEST_NOTHING;
	/* Should somebody else be quicker, O_EXCL tells. */
	if (pair->dest_fresh)
		return 0;
	pair->found = DEST_SOMETHING;
	if (fstatat(dest->dir, dest->name, found, AT_SYMLINK_NOFOLLOW) == 0) {
		if (!S_ISLNK(found->st_mode) ||
		    (takes_link_itself(options, pair) &&
		     !keeps_link_to_directory(options, pair)))
			return 0;
		pair->dest_followed = true;
		link = *found;
		if (fstatat(dest->dir, dest->name, found, 0) == 0) {
			pair->dest_foreign =
				dest->confined &&
				!confine_may_follow(dest->dir, &link);
			return 0;
		}
	}
	if (errno == ENOENT)
		pair->found = DEST_NOTHING;
	else if (errno == ELOOP && options->force)
		pair->found = DEST_LOOP;
	else
		return err_set(err, ERR_STAT_DEST);
	return 0;
}

int pair_look_at_dest(const struct mcp_options *options, struct pair *pair,
		      struct err *err)
{
	if (look_at_dest(options, pair, err) < 0)
		return -1;
	if (pair->found == DEST_SOMETHING && S_ISDIR(pair->source_stat.st_mode))
		look_inside(&pair->dest,
			    pair->dest_followed ? 0 : AT_SYMLINK_NOFOLLOW,
			    &pair->dest_stat);
	return 0;
}

struct pair_made pair_made_as(const struct stat *file)
{
	struct pair_made made = { .is = true, .known = file };

	if (file)
		made.file = identity_of(file);
	return made;
}

void pair_learn_made(const struct pair *pair, struct pair_made *made)
{
	const struct place *dest = &pair->dest;
	struct stat now;
	bool there =
		fstatat(dest->dir, dest->name, &now, AT_SYMLINK_NOFOLLOW) == 0;

	*made = pair_made_as(there ? &now : NULL);
}
