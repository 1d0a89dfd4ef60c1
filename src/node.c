/* SPDX-License-Identifier: MIT */
/*
 * What is made rather than copied: links, devices, FIFOs, sockets.
 */
#include "config.h"

#include "node.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confine.h"
#include "hidden.h"
#include "identity.h"
#include "place.h"

/* Something that makes a link called NAME in the directory DIR. */
struct link_maker {
	int (*make)(const struct link_maker *maker, int dir, const char *name);
	const struct place *from; /* of a hard link ... */
	int flags;		  /* ... for linkat(2) */
	const char *target;	  /* of a symlink */
};

static int make_hard(const struct link_maker *maker, int dir, const char *name)
{
	return linkat(maker->from->dir, maker->from->name, dir, name,
		      maker->flags);
}

static int make_soft(const struct link_maker *maker, int dir, const char *name)
{
	return symlinkat(maker->target, dir, name);
}

/*
 * Renames HIDDEN to what PAIR's destination is called. Returns 0, or -1 with
 * ERR, of OP unless it is that HIDDEN stays.
 */
static int move_link(const struct pair *pair, const char *hidden,
		     enum err_op op, struct err *err)
{
	const struct place *dest = &pair->dest;
	int result = renameat(dest->dir, hidden, dest->dir, dest->name);
	struct stat left;

	if (result < 0)
		err_set(err, op);
	/* Two links of one file are renamed by doing nothing. */
	if (fstatat(dest->dir, hidden, &left, AT_SYMLINK_NOFOLLOW) == 0 &&
	    unlinkat(dest->dir, hidden, 0) < 0)
		return err_set(err, ERR_REMOVE_HIDDEN);
	return result;
}

/*
 * Makes the link where PAIR wants it. With REPLACE what is there is replaced
 * at once, through a hidden name beside it: should the link not be possible,
 * nothing is lost. Returns 0, 1 when something was replaced, or -1 with ERR, of
 * OP or ERR_REMOVE_HIDDEN.
 */
static int put_link(const struct link_maker *maker, const struct pair *pair,
		    bool replace, enum err_op op, struct err *err)
{
	const struct place *dest = &pair->dest;
	size_t own, length;
	char *hidden;
	int result;

	if (maker->make(maker, dest->dir, dest->name) == 0)
		return 0;
	if (errno != EEXIST || !replace)
		return err_set(err, op);
	length = (size_t)(place_last_component(dest->name, &own) - dest->name);
	hidden = malloc(length + HIDDEN_SIZE);
	if (!hidden)
		return err_set(err, op);
	memcpy(hidden, dest->name, length);
	hidden_name(hidden + length, 3);
	result = maker->make(maker, dest->dir, hidden) < 0
			 ? err_set(err, op)
			 : move_link(pair, hidden, op, err);
	free(hidden);
	return result < 0 ? -1 : 1;
}

/* Hard links */

int node_hard_link(const struct mcp_options *options, const struct pair *pair,
		   struct err *err)
{
	const struct link_maker maker = {
		.make = make_hard,
		.from = &pair->source,
		.flags = pair->source_followed ? AT_SYMLINK_FOLLOW : 0,
	};

	/* Who was asked has agreed to lose what is there. */
	return put_link(&maker, pair, options->force || options->ask,
			ERR_HARD_LINK, err) < 0
		       ? -1
		       : 0;
}

/* Whether TARGET is in the directory that PAIR's destination goes to. */
static bool is_beside(const struct pair *pair, const struct links_name *target)
{
	const char *own = strrchr(pair->dest_shown, '/');
	const char *slash = strrchr(target->path, '/');

	return pair->dest.confined && own && slash &&
	       target->root < strlen(target->path) &&
	       own - pair->dest_shown == slash - target->path &&
	       memcmp(pair->dest_shown, target->path,
		      (size_t)(slash - target->path)) == 0;
}

int node_link_to(const struct pair *pair, const struct links_name *target,
		 struct err *err)
{
	struct place from = pair->dest;
	/* A symlink that was made (-s), or written through, is not meant. */
	const struct link_maker maker = { .make = make_hard,
					  .from = &from,
					  .flags = pair->source_followed
							   ? AT_SYMLINK_FOLLOW
							   : 0 };
	bool beside = is_beside(pair, target);
	int result;

	if (beside)
		from.name = strrchr(target->path, '/') + 1;
	if (!beside && confine_reach(&from, target->path, target->root) < 0)
		result = err_set(err, ERR_HARD_LINK);
	else
		result = put_link(&maker, pair, true, ERR_HARD_LINK, err);
	if (!beside)
		place_leave(&from);
	return result;
}

/* Symlinks */

static int symlink_to(const struct mcp_options *options,
		      const struct pair *pair, const char *target,
		      enum err_op op, struct err *err)
{
	const struct link_maker maker = { .make = make_soft, .target = target };

	return put_link(&maker, pair, options->force, op, err) < 0 ? -1 : 0;
}

/* Whether a symlink at PATH can lead to a name relative to here. */
static bool is_in_current_directory(const char *path)
{
	const struct place place = place_operand(path);
	struct stat here, there;

	/* Where there is no such directory, that will be the complaint. */
	return stat(".", &here) < 0 ||
	       place_stat_parent(&place, 0, &there) < 0 ||
	       identity_is_same(&here, &there);
}

int node_symlink(const struct mcp_options *options, const struct pair *pair,
		 struct err *err)
{
	if (pair->source_shown[0] != '/' &&
	    !is_in_current_directory(pair->dest_shown))
		return err_set_num(err, ERR_RELATIVE_LINK, 0);
	return symlink_to(options, pair, pair->source_shown, ERR_SYMLINK_TO,
			  err);
}

/* What the symlink PLACE holds, malloc'ed; SIZE is what lstat(2) said. */
static char *read_link(const struct place *place, off_t size)
{
	size_t room = size > 0 ? (size_t)size + 1 : 128;

	for (;;) {
		char *text = malloc(room);
		ssize_t length;

		if (!text)
			return NULL;
		length = readlinkat(place->dir, place->name, text, room);
		if (length >= 0 && (size_t)length < room) {
			text[length] = '\0';
			return text;
		}
		free(text);
		if (length < 0)
			return NULL;
		room *= 2;
	}
}

/*
 * With -u, a symlink that cannot be replaced (--attributes-only) is right if
 * it leads to TARGET already.
 */
static bool is_there_already(const struct mcp_options *options,
			     const struct pair *pair, const char *target)
{
	char *text;
	bool same;

	if (options->update != OPTIONS_UPDATE_OLDER ||
	    pair->found != DEST_SOMETHING || !S_ISLNK(pair->dest_stat.st_mode))
		return false;
	text = read_link(&pair->dest, pair->dest_stat.st_size);
	same = text && strcmp(text, target) == 0;
	free(text);
	return same;
}

static int copy_symlink(const struct mcp_options *options,
			const struct pair *pair, struct err *err)
{
	char *target = read_link(&pair->source, pair->source_stat.st_size);
	int result;

	if (!target)
		return err_set(err, ERR_READ_LINK);
	result = symlink_to(options, pair, target, ERR_SYMLINK, err);
	if (result < 0 && err->errnum == EEXIST &&
	    is_there_already(options, pair, target))
		result = 0;
	free(target);
	return result;
}

/* The others */

static int make_node(const struct pair *pair, struct err *err)
{
	mode_t type = pair->source_stat.st_mode & S_IFMT;
	mode_t mode = type | pair->new_mode;

	if (mknodat(pair->dest.dir, pair->dest.name, mode,
		    pair->source_stat.st_rdev) == 0)
		return 0;
	return err_set(err, S_ISFIFO(type) ? ERR_FIFO : ERR_SPECIAL);
}

int node_copy(const struct mcp_options *options, const struct pair *pair,
	      struct err *err)
{
	return S_ISLNK(pair->source_stat.st_mode)
		       ? copy_symlink(options, pair, err)
		       : make_node(pair, err);
}
