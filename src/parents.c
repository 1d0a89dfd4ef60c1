/* SPDX-License-Identifier: MIT */
/*
 * The directories above a destination that --parents makes like the source's.
 *
 * Of DIRECTORY/a/b/file, when DIRECTORY/a/b is not there, a and b are made as
 * the source's are, or were there already; either way they get what is kept of
 * those, as cp has it. When DIRECTORY/a/b is there they are left as they are.
 */
#include "config.h"

#include "parents.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account.h"
#include "durable.h"
#include "keep.h"
#include "util.h"

struct parent {
	struct parent *above;
	struct stat source_stat;
	bool restores; /* only this is to be done: ... */
	mode_t mode;   /* ... the mode it is to have in the end */
	char *source;  /* names */
	char *dest;
};

static int fail(struct session *session, const struct parent *parent,
		enum err_op op, int errnum)
{
	const struct pair pair = {
		.source_shown = parent->source,
		.dest_shown = parent->dest,
	};
	struct err err;

	err_set_num(&err, op, errnum);
	session_fail(session, &pair, &err);
	return -1;
}

static bool keeps_any(const struct session *session)
{
	const struct meta_wants *wants = &session->wants;

	return wants->mode || wants->ownership || wants->timestamps;
}

/* Making */

/* The bits of MODE that others do not get before all is in place. */
static mode_t withheld(const struct session *session, mode_t mode)
{
	if (session->wants.ownership)
		return mode & (S_IRWXG | S_IRWXO);
	return session->wants.mode ? mode & (S_IWGRP | S_IWOTH) : 0;
}

static int make(struct session *session, struct parent *parent)
{
	mode_t source = parent->source_stat.st_mode;
	mode_t due = withheld(session, source);
	mode_t mode = session->wants.no_mode ? S_IRWXU | S_IRWXG | S_IRWXO
					     : source & 07777;
	struct stat made;

	if (mkdir(parent->dest, mode & ~due) < 0)
		return fail(session, parent, ERR_MAKE_DIRECTORY, errno);
	account_directory(session);
	if (session->options->verbose)
		report_parent(session->report, parent->source, parent->dest);
	if (lstat(parent->dest, &made) < 0)
		return fail(session, parent, ERR_PARENT_STAT_DEST, errno);
	due &= ~made.st_mode & ~meta_umask(session->meta);
	if (!session->wants.mode &&
	    (due || (made.st_mode & S_IRWXU) != S_IRWXU)) {
		parent->restores = true;
		parent->mode = (made.st_mode | due) & 07777;
	}
	if ((made.st_mode & S_IRWXU) != S_IRWXU &&
	    chmod(parent->dest, (made.st_mode & 07777) | S_IRWXU) < 0)
		return fail(session, parent, ERR_SET_PERMISSIONS, errno);
	return 0;
}

/* Looks at PARENT's source. 0, or -1 when that was said to be no directory. */
static int look(struct session *session, struct parent *parent)
{
	int errnum = 0;

	if (stat(parent->source, &parent->source_stat) < 0)
		errnum = errno;
	else if (!S_ISDIR(parent->source_stat.st_mode))
		errnum = ENOTDIR;
	return errnum == 0
		       ? 0
		       : fail(session, parent, ERR_PARENT_STAT_SOURCE, errnum);
}

/* Puts the first LENGTH bytes of both names in front of the list. */
static struct parent *add(struct parents *parents, const struct pair *pair,
			  size_t offset, size_t length)
{
	struct parent *parent = calloc(1, sizeof(*parent));

	if (!parent)
		return NULL;
	parent->above = parents->list;
	parents->list = parent;
	parent->source = strndup(pair->dest.name + offset, length - offset);
	parent->dest = strndup(pair->dest.name, length);
	return parent->source && parent->dest ? parent : NULL;
}

/* The directory that is the first LENGTH bytes of PAIR's destination. */
static int make_one(struct session *session, const struct pair *pair,
		    size_t offset, size_t length, struct parents *parents)
{
	struct parent *parent = add(parents, pair, offset, length);
	const struct err memory = { .op = ERR_MEMORY };
	struct stat found;
	bool missing;

	if (!parent) {
		session_fail(session, pair, &memory);
		return -1;
	}
	missing = stat(parent->dest, &found) < 0;
	if ((missing || keeps_any(session)) && look(session, parent) < 0)
		return -1;
	if (missing)
		return make(session, parent);
	if (!S_ISDIR(found.st_mode))
		return fail(session, parent, ERR_NO_DIRECTORY, 0);
	return 0;
}

/* The length of PATH without its last component and the slashes before it. */
static size_t length_above(const char *path)
{
	size_t length = strlen(path);

	while (length > 0 && path[length - 1] != '/')
		length--;
	while (length > 1 && path[length - 1] == '/')
		length--;
	return length;
}

/* Whether the directory for the destination is there: 1, 0, or -1 when said. */
static int is_there(struct session *session, const struct pair *pair,
		    size_t length)
{
	char none[] = "";
	struct parent above = { .source = none,
				.dest = strndup(pair->dest.name, length) };
	struct stat found;
	int result;

	if (!above.dest || stat(above.dest, &found) < 0)
		result = 0;
	else if (S_ISDIR(found.st_mode))
		result = 1;
	else
		result = fail(session, &above, ERR_NO_DIRECTORY, 0);
	free(above.dest);
	return result;
}

int parents_make(struct session *session, const struct pair *pair,
		 struct parents *parents)
{
	const char *dest = pair->dest.name;
	size_t source = strlen(pair->source.name), end = length_above(dest);
	size_t offset, at;
	int there;

	*parents = (struct parents){ .list = NULL };
	while (source > 1 && pair->source.name[source - 1] == '/')
		source--;
	offset = strlen(dest) - source;
	/* A source in the current directory, or in the root of all. */
	if (end <= offset)
		return 0;
	there = is_there(session, pair, end);
	if (there != 0)
		return there < 0 ? -1 : 0;
	for (at = offset + strspn(dest + offset, "/"); at < end;
	     at += strspn(dest + at, "/")) {
		at += strcspn(dest + at, "/");
		if (make_one(session, pair, offset, at, parents) < 0)
			return -1;
	}
	return 0;
}

/* Settling */

static int set_owner(struct session *session, const struct parent *parent)
{
	const struct stat *st = &parent->source_stat;

	if (lchown(parent->dest, st->st_uid, st->st_gid) == 0)
		return 0;
	/* A user is not expected to be able to. */
	if ((errno != EPERM && errno != EINVAL) || session->uid == 0)
		return fail(session, parent, ERR_PARENT_OWNER, errno);
	if (lchown(parent->dest, (uid_t)-1, st->st_gid) < 0)
		return 0; /* nor is this */
	return 0;
}

static int set_mode(struct session *session, const struct parent *parent)
{
	const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
	const struct pair shown = {
		.source_shown = parent->source,
		.dest_shown = parent->dest,
	};
	struct keep_directory directory = {
		.source_stat = &parent->source_stat,
		.source = open(parent->source, flags),
		.source_path = true,
		.dest = open(parent->dest, flags),
		.dest_path = true,
	};
	int result;

	if (directory.source < 0)
		result = fail(session, parent, ERR_PARENT_STAT_SOURCE, errno);
	else if (directory.dest < 0)
		result = fail(session, parent, ERR_PARENT_STAT_DEST, errno);
	else
		result = keep_mode_of_directory(session, &shown, &directory);
	util_close(&directory.source);
	util_close(&directory.dest);
	return result;
}

static int settle(struct session *session, const struct parent *parent)
{
	const struct stat *st = &parent->source_stat;
	const struct timespec times[2] = { st->st_atim, st->st_mtim };
	const struct meta_wants *wants = &session->wants;

	if (wants->timestamps &&
	    utimensat(AT_FDCWD, parent->dest, times, 0) < 0)
		return fail(session, parent, ERR_PARENT_TIMES, errno);
	if (wants->ownership && set_owner(session, parent) < 0)
		return -1;
	if (wants->mode)
		return set_mode(session, parent);
	if (parent->restores && chmod(parent->dest, parent->mode) < 0)
		return fail(session, parent, ERR_PARENT_MODE, errno);
	return 0;
}

void parents_settle(struct session *session, const struct parents *parents)
{
	const struct parent *parent;

	for (parent = parents->list; parent; parent = parent->above)
		if ((keeps_any(session) || parent->restores) &&
		    settle(session, parent) < 0)
			return;
	/* The last one is the directory of the destination: see run. */
	for (parent = parents->list; parent; parent = parent->above)
		durable_above(session, parent->dest);
}

void parents_free(struct parents *parents)
{
	struct parent *parent;

	while ((parent = parents->list)) {
		parents->list = parent->above;
		free(parent->source);
		free(parent->dest);
		free(parent);
	}
}
