/* SPDX-License-Identifier: MIT */
/*
 * The file that stood there, moved aside (--backup), and moved back should
 * the copy fail.
 *
 * A new number is taken by a rename that replaces nothing, and the next one is
 * tried when somebody else was quicker. A simple backup replaces the one
 * before it, but never the source.
 */
#include "config.h"

#include "shelf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "backup.h"
#include "identity.h"
#include "sys.h"

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Whether the source of PAIR has no name of its own, but "." or "..". */
static bool is_nameless(const struct pair *pair)
{
	const char *source = base_of(pair->source.name);

	return strcmp(source, ".") == 0 || strcmp(source, "..") == 0;
}

/* Whether the source of PAIR is where a simple backup would go. */
static bool is_source(const struct mcp_options *options,
		      const struct pair *pair)
{
	const char *source = base_of(pair->source.name);
	const char *dest = base_of(pair->dest.name);
	size_t length = strlen(dest);
	struct stat found;
	char *name;
	bool same;

	if (strncmp(source, dest, length) != 0 ||
	    strcmp(source + length, options->backup_suffix) != 0 ||
	    asprintf(&name, "%s%s", pair->dest.name, options->backup_suffix) <
		    0)
		return false;
	same = fstatat(pair->dest.dir, name, &found, 0) == 0 &&
	       identity_is_same(&found, &pair->source_stat);
	free(name);
	return same;
}

/*
 * Whether PAIR's source stands where BACKUP is to be, though its name does not
 * say so: a symlink leads there, or the backup's name had to be cut short.
 * Where it is just another name of the source, that is not lost.
 */
static bool would_replace_source(const struct pair *pair,
				 const struct backup *backup)
{
	struct stat found, source;

	if ((backup->exclusive && !backup->cut) ||
	    fstatat(pair->dest.dir, backup->name, &found, AT_SYMLINK_NOFOLLOW) <
		    0 ||
	    !identity_is_same(&found, &pair->source_stat))
		return false;
	return backup->cut || found.st_nlink == 1 ||
	       fstatat(pair->source.dir, pair->source.name, &source,
		       AT_SYMLINK_NOFOLLOW) < 0 ||
	       S_ISLNK(source.st_mode);
}

/*
 * renameat(2) that replaces nothing, also where the kernel has no such thing.
 */
static int rename_new(int dir, const char *from, const char *to)
{
	struct stat found;

	if (sys_rename_new(dir, from, dir, to) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (fstatat(dir, to, &found, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return renameat(dir, from, dir, to);
}

/* Renames to BACKUP. Returns 0, 1 when another name is needed, or -1. */
static int rename_to(const struct place *dest, const struct backup *backup)
{
	int result = backup->exclusive
			     ? rename_new(dest->dir, dest->name, backup->name)
			     : renameat(dest->dir, dest->name, dest->dir,
					backup->name);

	if (result < 0 && errno == EEXIST && backup->exclusive && !backup->cut)
		return 1;
	return result;
}

/* BACKUP as it is called in messages. */
static char *show(const struct pair *pair, const struct backup *backup)
{
	size_t head = (size_t)(base_of(pair->dest_shown) - pair->dest_shown);
	char *shown;

	if (asprintf(&shown, "%.*s%s", (int)head, pair->dest_shown,
		     base_of(backup->name)) < 0)
		return NULL;
	return shown;
}

int shelf_put(const struct mcp_options *options, struct pair *pair,
	      struct shelf *shelf, struct err *err)
{
	struct backup backup = { .name = NULL };
	int result;

	*shelf = (struct shelf){ .name = NULL };
	if (options->backup == OPTIONS_BACKUP_NONE ||
	    pair->found != DEST_SOMETHING || S_ISDIR(pair->dest_stat.st_mode) ||
	    is_nameless(pair))
		return 0;
	if (options->backup != OPTIONS_BACKUP_NUMBERED &&
	    is_source(options, pair))
		return err_set_num(err, ERR_BACKUP_SOURCE, 0);
	do {
		free(shelf->name);
		shelf->name = NULL;
		if (backup_name(pair->dest.dir, pair->dest.name,
				options->backup, options->backup_suffix,
				&backup, err) < 0)
			return -1;
		shelf->name = backup.name;
		if (would_replace_source(pair, &backup)) {
			shelf_free(shelf);
			return err_set_num(err, ERR_BACKUP_SOURCE, 0);
		}
		result = rename_to(&pair->dest, &backup);
	} while (result > 0);
	if (result < 0) {
		err_set(err, ERR_BACKUP);
		shelf_free(shelf);
		/* It is gone, which does as well. */
		if (err->errnum != ENOENT)
			return -1;
	} else {
		shelf->shown = show(pair, &backup);
	}
	pair->found = DEST_NOTHING;
	return 0;
}

/* Whether what stands where PAIR goes is what was MADE. */
static bool is_what_was_made(const struct pair *pair,
			     const struct pair_made *made)
{
	struct stat there;

	return made && made->known &&
	       fstatat(pair->dest.dir, pair->dest.name, &there,
		       AT_SYMLINK_NOFOLLOW) == 0 &&
	       identity_is(made->file, identity_of(&there));
}

int shelf_take(const struct pair *pair, const struct shelf *shelf,
	       const struct pair_made *made, struct err *err)
{
	const struct place *dest = &pair->dest;

	/* Others may have taken the name meanwhile, which was free. */
	if (rename_new(dest->dir, shelf->name, dest->name) == 0)
		return 0;
	err_set(err, ERR_UNBACKUP);
	if (err->errnum != EEXIST || !is_what_was_made(pair, made))
		return -1;
	if (renameat(dest->dir, shelf->name, dest->dir, dest->name) < 0)
		return err_set(err, ERR_UNBACKUP);
	return 0;
}

void shelf_free(struct shelf *shelf)
{
	free(shelf->name);
	free(shelf->shown);
	*shelf = (struct shelf){ .name = NULL };
}
