/* SPDX-License-Identifier: MIT */
/*
 * May it be copied? cp's rules, in cp's order.
 *
 * The order matters: what is skipped is not complained of, and what cannot be
 * done is said before anybody is asked.
 */
#include "config.h"

#include "decide.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "confine.h"
#include "identity.h"
#include "source.h"

/* Looking */

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

static bool follows_source(const struct mcp_options *options,
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

bool decide_as_file(const struct mcp_options *options, const struct pair *pair)
{
	mode_t mode = pair->source_stat.st_mode;

	if (options->symbolic_link || options->hard_link)
		return false;
	return S_ISREG(mode) ||
	       (!S_ISLNK(mode) && !S_ISDIR(mode) &&
		(!options->recursive || options->copy_contents));
}

/* Whether PAIR is copied as with -P, which holds below operands with -H. */
static bool is_never_followed(const struct mcp_options *options,
			      const struct pair *pair)
{
	return options->dereference == OPTIONS_DEREF_NEVER ||
	       (options->dereference == OPTIONS_DEREF_OPERANDS &&
		!pair->operand);
}

int decide_look_at_source(const struct mcp_options *options, struct pair *pair,
			  struct err *err)
{
	if (pair->operand && is_closed(options, pair->source.name))
		return err_set_num(err, ERR_STAT_SOURCE, ENOENT);
	pair->source_followed = follows_source(options, pair);
	if (pair->said_regular &&
	    source_open_regular(&pair->source, &pair->source_fd,
				&pair->source_stat) == 0) {
		pair->source_opened = true;
		return 0;
	}
	if (fstatat(pair->source.dir, pair->source.name, &pair->source_stat,
		    pair->source_followed ? 0 : AT_SYMLINK_NOFOLLOW) < 0)
		return err_set(err, ERR_STAT_SOURCE);
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

int decide_look_at_dest(const struct mcp_options *options, struct pair *pair,
			struct err *err)
{
	const struct place *dest = &pair->dest;
	struct stat *found = &pair->dest_stat, link;

	/* /dev/stdout is a symlink that would dangle, /dev/fd/1 would not be. */
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

/* One file or two */

enum sameness {
	SAME_NOT,  /* or it does no harm */
	SAME_DONE, /* one file, and nothing is to be done about it */
	SAME_BAD,  /* one file, that would be destroyed */
};

/* Both names as they stand in their directories, symlinks unfollowed. */
struct names {
	struct stat source;
	struct stat dest;
	bool same_inode;
	bool same_name; /* one entry of one directory */
};

static const char *last_component(const char *name, size_t *length)
{
	size_t end = strlen(name), start;

	while (end > 1 && name[end - 1] == '/')
		end--;
	for (start = end; start > 0 && name[start - 1] != '/'; start--)
		;
	*length = end - start;
	return name + start;
}

/*
 * What PLACE's last component stands in: as cp, not following a symlink, so
 * that link/file and file are two names.
 */
static int stat_parent(const struct place *place, struct stat *parent)
{
	size_t length;
	const char *last = last_component(place->name, &length);
	size_t end = (size_t)(last - place->name);
	char *dir;
	int result;

	if (end == 0)
		return place->dir == AT_FDCWD ? stat(".", parent)
					      : fstat(place->dir, parent);
	while (end > 1 && place->name[end - 1] == '/')
		end--;
	dir = strndup(place->name, end);
	if (!dir)
		return -1;
	result = fstatat(place->dir, dir, parent, AT_SYMLINK_NOFOLLOW);
	free(dir);
	return result;
}

bool decide_is_same_name(const struct place *a, const struct place *b)
{
	struct stat parent_a, parent_b;
	size_t length_a, length_b;
	const char *last_a = last_component(a->name, &length_a);
	const char *last_b = last_component(b->name, &length_b);

	return length_a == length_b && memcmp(last_a, last_b, length_a) == 0 &&
	       stat_parent(a, &parent_a) == 0 &&
	       stat_parent(b, &parent_b) == 0 &&
	       identity_is_same(&parent_a, &parent_b);
}

static bool look_at_names(const struct pair *pair, struct names *names)
{
	if (fstatat(pair->source.dir, pair->source.name, &names->source,
		    AT_SYMLINK_NOFOLLOW) < 0 ||
	    fstatat(pair->dest.dir, pair->dest.name, &names->dest,
		    AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	names->same_inode = identity_is_same(&names->source, &names->dest);
	names->same_name = decide_is_same_name(&pair->source, &pair->dest);
	return true;
}

/* A backup takes the old file out of the way, unless it is the source. */
static enum sameness same_with_backup(const struct mcp_options *options,
				      const struct pair *pair,
				      const struct names *names)
{
	if (names->same_inode)
		return names->same_name ? SAME_BAD : SAME_NOT;
	if (!is_never_followed(options, pair) &&
	    S_ISLNK(names->source.st_mode) && !S_ISLNK(names->dest.st_mode))
		return SAME_BAD;
	return SAME_NOT;
}

/* Neither name may be a copy of the other; what about what they lead to? */
static enum sameness same_by_links(const struct mcp_options *options,
				   const struct pair *pair,
				   const struct names *names)
{
	bool source_link = S_ISLNK(names->source.st_mode);
	bool dest_link = S_ISLNK(names->dest.st_mode);
	struct stat source, dest;

	if (options->remove_destination) {
		if (dest_link)
			return SAME_NOT;
		if (names->same_inode && names->dest.st_nlink > 1 &&
		    !names->same_name)
			return SAME_NOT;
	}
	if (!source_link && !dest_link) {
		if (!names->same_inode)
			return SAME_NOT;
		if (options->hard_link)
			return SAME_DONE;
	}
	if (options->symbolic_link && dest_link)
		return SAME_NOT;
	if (!is_never_followed(options, pair))
		return SAME_BAD;
	if (fstatat(pair->source.dir, pair->source.name, &source, 0) < 0 ||
	    fstatat(pair->dest.dir, pair->dest.name, &dest, 0) < 0 ||
	    !identity_is_same(&source, &dest))
		return SAME_NOT;
	if (options->hard_link)
		return dest_link ? SAME_NOT : SAME_DONE;
	return SAME_BAD;
}

static enum sameness compare(const struct mcp_options *options,
			     const struct pair *pair)
{
	bool same = identity_is_same(&pair->source_stat, &pair->dest_stat);
	struct names names;

	if (same && options->hard_link)
		return SAME_DONE;
	if (!same && !is_never_followed(options, pair))
		return SAME_NOT;
	if (!same && !S_ISLNK(pair->source_stat.st_mode) &&
	    !S_ISLNK(pair->dest_stat.st_mode))
		return SAME_NOT;
	if (!look_at_names(pair, &names))
		return SAME_NOT;
	if (S_ISLNK(names.source.st_mode) && S_ISLNK(names.dest.st_mode)) {
		if (is_never_followed(options, pair)) {
			if (names.same_name)
				return SAME_BAD;
			if (options->backup == OPTIONS_BACKUP_NONE &&
			    names.same_inode)
				return SAME_DONE;
			return SAME_NOT;
		}
		if (options->remove_destination && !names.same_name)
			return SAME_NOT;
	}
	if (options->backup != OPTIONS_BACKUP_NONE)
		return same_with_backup(options, pair, &names);
	return same_by_links(options, pair, &names);
}

/* Deciding */

static bool is_older(const struct stat *a, const struct stat *b)
{
	if (a->st_mtim.tv_sec != b->st_mtim.tv_sec)
		return a->st_mtim.tv_sec < b->st_mtim.tv_sec;
	return a->st_mtim.tv_nsec < b->st_mtim.tv_nsec;
}

/* What -u, -n and -i say of overwriting, which is not for directories. */
static enum decision decide_update(const struct mcp_options *options,
				   const struct pair *pair, struct err *err)
{
	if (S_ISDIR(pair->source_stat.st_mode))
		return DECIDE_COPY;
	switch (options->update) {
	case OPTIONS_UPDATE_NONE:
		return DECIDE_SKIP;
	case OPTIONS_UPDATE_NONE_FAIL:
		err_set_num(err, ERR_NOT_REPLACING, 0);
		return DECIDE_FAIL;
	case OPTIONS_UPDATE_OLDER:
		if (!is_older(&pair->dest_stat, &pair->source_stat))
			return DECIDE_OLDER;
		break;
	case OPTIONS_UPDATE_ALL:
		break;
	}
	return options->ask ? DECIDE_ASK : DECIDE_COPY;
}

enum decision decide(const struct mcp_options *options, const struct pair *pair,
		     struct err *err)
{
	enum decision update;
	enum sameness same;

	if (pair->found != DEST_SOMETHING)
		return DECIDE_COPY;
	/* Nothing is overwritten, be it by itself. */
	same = options->update == OPTIONS_UPDATE_NONE ||
			       options->update == OPTIONS_UPDATE_NONE_FAIL
		       ? SAME_NOT
		       : compare(options, pair);
	if (same == SAME_BAD) {
		err_set_num(err, ERR_SAME_FILE, 0);
		return DECIDE_FAIL;
	}
	update = decide_update(options, pair, err);
	if (same != SAME_DONE)
		return update;
	if (update == DECIDE_ASK)
		return DECIDE_ASK_ONLY;
	return update == DECIDE_COPY ? DECIDE_SAME : update;
}

int decide_kinds(const struct pair *pair, struct err *err)
{
	bool source_dir = S_ISDIR(pair->source_stat.st_mode);
	bool dest_dir = S_ISDIR(pair->dest_stat.st_mode);

	if (pair->found != DEST_SOMETHING || source_dir == dest_dir)
		return 0;
	return err_set_num(err, source_dir ? ERR_FILE_DEST : ERR_DIRECTORY_DEST,
			   0);
}

bool decide_must_unlink(const struct mcp_options *options,
			const struct pair *pair)
{
	if (pair->found != DEST_SOMETHING ||
	    options->backup != OPTIONS_BACKUP_NONE ||
	    S_ISDIR(pair->dest_stat.st_mode))
		return false;
	if (options->remove_destination)
		return true;
	if (options->attributes_only)
		return false;
	return (options->preserve.links && pair->dest_stat.st_nlink > 1) ||
	       (is_never_followed(options, pair) &&
		!S_ISREG(pair->source_stat.st_mode));
}
