/* SPDX-License-Identifier: MIT */
/*
 * One directory of a tree, open on both sides.
 *
 * Each is opened by its single name in the one above, and must be what was seen
 * there, so that no symlink that appears meanwhile leads out of the tree.
 */
#include "config.h"

#include "level.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "confine.h"
#include "durable.h"
#include "fstype.h"
#include "inode.h"
#include "keep.h"
#include "shelf.h"
#include "util.h"

/* The destination */

void level_learn_facts(struct level *level, struct session *session,
		       const struct level *above, const struct stat *dest)
{
	const struct meta_wants *wants = &session->wants;
	struct place_facts *facts = &level->facts;

	if (above && above->facts.dev == dest->st_dev) {
		*facts = above->facts;
	} else {
		const struct fstype *type = fstype_of(level->dest);

		facts->local = type->local;
		facts->copies_small = type->copies_small;
		facts->moves_small = type->moves_small;
	}
	facts->dev = dest->st_dev;
	facts->gid = dest->st_gid;
	facts->no_acl = (wants->mode || wants->no_mode) &&
			!meta_gives_acl(session->meta, level->dest, facts->dev);
}

/*
 * Gives us the permissions of an owner for the directory PLACE, be it closed to
 * us; *LENT are those that it did not have.
 */
static int lend(const struct place *place, mode_t *lent)
{
	int fd = openat(place->dir, place->name,
			O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const struct inode inode = inode_of(fd, true);
	struct stat found;
	int result = -1;

	if (fd >= 0 && fstat(fd, &found) == 0) {
		*lent = S_IRWXU & ~found.st_mode;
		result = inode_chmod(&inode, (found.st_mode & 07777) | S_IRWXU);
	}
	util_close(&fd);
	return result;
}

/* mkdirat(2), in place of a file if there is to be a backup of that. */
static int make_directory(struct session *session, const struct pair *pair,
			  struct err *err)
{
	const struct place *dest = &pair->dest;
	struct pair replaced = *pair;
	struct shelf shelf;
	struct err other;
	int result = shelf_put(session->options, &replaced, &shelf, err);

	if (result == 0 && mkdirat(dest->dir, dest->name, pair->new_mode) < 0) {
		result = err_set(err, ERR_MKDIR);
		if (shelf.name && shelf_take(pair, &shelf, NULL, &other) < 0)
			session_fail(session, pair, &other);
	}
	shelf_free(&shelf);
	return result;
}

/* Makes the destination directory, so that we can write to it. */
static int make_dest(struct level *level, struct session *session,
		     const struct pair *pair, struct err *err)
{
	const struct place *dest = &pair->dest;

	if (make_directory(session, pair, err) < 0)
		return -1;
	level->created = true;
	if (session->options->verbose && !pair_is_said(pair))
		report_copy(session->report, pair->source_shown,
			    pair->dest_shown);
	track_said(session->track);
	level->dest = openat(dest->dir, dest->name,
			     O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	/* A strange umask or default ACL has taken our own bits. */
	if (level->dest < 0 && errno == EACCES && lend(dest, &level->lent) == 0)
		level->dest =
			openat(dest->dir, dest->name,
			       O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return level->dest < 0 ? err_set(err, ERR_MKDIR) : 0;
}

static int open_existing_dest(struct level *level, const struct pair *pair,
			      struct err *err)
{
	int flags = O_DIRECTORY | O_CLOEXEC |
		    (pair->dest_followed ? 0 : O_NOFOLLOW);

	level->dest = openat(pair->dest.dir, pair->dest.name, flags);
	/* Enough to create files in it. */
	if (level->dest < 0 && errno == EACCES) {
		level->dest_path = true;
		level->dest =
			openat(pair->dest.dir, pair->dest.name, flags | O_PATH);
	}
	return level->dest < 0 ? err_set(err, ERR_MKDIR) : 0;
}

int level_open_dest(struct level *level, struct session *session,
		    const struct level *above, const struct pair *pair,
		    struct err *err)
{
	bool existing = pair->found == DEST_SOMETHING &&
			S_ISDIR(pair->dest_stat.st_mode);
	struct stat found;

	if ((existing ? open_existing_dest(level, pair, err)
		      : make_dest(level, session, pair, err)) < 0)
		return -1;
	if (fstat(level->dest, &found) < 0)
		return err_set(err, ERR_MKDIR);
	level->dest_id = identity_of(&found);
	if (existing &&
	    !identity_is(level->dest_id, identity_of(&pair->dest_stat)))
		return err_set_num(err, ERR_DEST_REPLACED, 0);
	if (level->created && (found.st_mode & S_IRWXU) != S_IRWXU &&
	    level->lent == 0) {
		level->lent = S_IRWXU & ~found.st_mode;
		if (fchmod(level->dest, (found.st_mode & 07777) | S_IRWXU) < 0)
			return err_set(err, ERR_SET_PERMISSIONS);
	}
	level_learn_facts(level, session, above, &found);
	return 0;
}

/* The source */

/* Opens the source directory to be read, or with O_PATH for its attributes. */
static int open_source_as(struct level *level, const struct pair *pair,
			  int flags, struct err *err)
{
	struct stat found;

	level->source =
		openat(pair->source.dir, pair->source.name,
		       flags | O_DIRECTORY | O_CLOEXEC |
			       (pair->source_followed ? 0 : O_NOFOLLOW));
	if (level->source < 0)
		return err_set(err, ERR_ACCESS);
	level->source_path = flags & O_PATH;
	if (fstat(level->source, &found) < 0)
		err_set(err, ERR_FSTAT_SOURCE);
	else if (!identity_is(identity_of(&found),
			      identity_of(&pair->source_stat)))
		err_set_num(err, ERR_SOURCE_REPLACED, 0);
	else
		return 0;
	util_close(&level->source);
	return -1;
}

int level_open_source(struct level *level, const struct pair *pair, bool read,
		      struct err *err)
{
	struct err other;

	if (!read)
		return open_source_as(level, pair, O_PATH, err);
	if (open_source_as(level, pair, O_RDONLY | O_NONBLOCK, err) == 0)
		return 0;
	/* What cannot be read has attributes all the same. */
	if (err->errnum == EACCES)
		open_source_as(level, pair, O_PATH, &other);
	return -1;
}

/* Again */

int level_find(struct level *level, const struct share_roots *roots,
	       const struct batch_dir *dir, struct err *err)
{
	level->source_id = dir->source;
	level->dest_id = dir->dest;
	level->created = dir->created;
	level->source =
		confine_open(roots->source, dir->path, O_RDONLY, &dir->source);
	if (level->source < 0 && errno == ESTALE)
		return err_set_num(err, ERR_SOURCE_REPLACED, 0);
	if (level->source < 0)
		return err_set(err, ERR_ACCESS);
	level->dest =
		confine_open(roots->dest, dir->path, O_RDONLY, &dir->dest);
	/* The root is what it was opened as. */
	if (level->dest >= 0)
		level->dest_path = (fcntl(level->dest, F_GETFL) & O_PATH) != 0;
	if (level->dest < 0 && errno == EACCES) {
		level->dest_path = true;
		level->dest = confine_open(roots->dest, dir->path, O_PATH,
					   &dir->dest);
	}
	if (level->dest < 0 && errno == ESTALE)
		return err_set_num(err, ERR_DEST_REPLACED, 0);
	if (level->dest < 0)
		return err_set(err, ERR_MKDIR);
	return 0;
}

/*
 * Opens *FD again, which is the directory above BELOW and was WHO: with O_PATH
 * if PATH, since it may be closed to us.
 */
static int reopen(int *fd, int below, bool path, struct identity who)
{
	struct stat found;

	if (*fd >= 0)
		return 0;
	*fd = openat(below, "..",
		     (path ? O_PATH : O_RDONLY) | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0)
		return -1;
	if (fstat(*fd, &found) == 0 && identity_is(identity_of(&found), who))
		return 0;
	util_close(fd);
	errno = ESTALE;
	return -1;
}

int level_reopen(struct level *above, const struct level *level,
		 struct err *err)
{
	if (reopen(&above->source, level->source, above->source_path,
		   above->source_id) < 0)
		return errno == ESTALE
			       ? err_set_num(err, ERR_SOURCE_REPLACED, 0)
			       : err_set(err, ERR_ACCESS);
	if (reopen(&above->dest, level->dest, above->dest_path,
		   above->dest_id) < 0)
		return errno == ESTALE ? err_set_num(err, ERR_DEST_REPLACED, 0)
				       : err_set(err, ERR_MKDIR);
	return 0;
}

/* The end */

void level_settle(const struct level *level, struct session *session,
		  const struct pair *shown)
{
	const struct keep_directory directory = {
		.source_stat = &level->source_stat,
		.source = level->source,
		.source_path = level->source_path,
		.dest = level->dest,
		.dest_path = level->dest_path,
		.is_new = level->created,
		.lent = level->lent,
	};

	/* Of a source that was replaced nothing is known. */
	if (level->dest >= 0 && level->source >= 0)
		keep_of_directory(session, shown, &directory);
	durable_directory(session, level->dest, level->dest_path,
			  shown->dest_shown);
}

void level_close(struct level *level)
{
	util_close(&level->source);
	util_close(&level->dest);
	listing_free(&level->listing);
}
