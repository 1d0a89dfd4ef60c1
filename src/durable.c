/* SPDX-License-Identifier: MIT */
/*
 * Directories on their way to the disk (--fsync).
 */
#include "config.h"

#include "durable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

static void fail(struct session *session, const char *shown, enum err_op op)
{
	const struct pair pair = { .source_shown = shown, .dest_shown = shown };
	struct err err;

	err_set(&err, op);
	session_fail(session, &pair, &err);
}

void durable_directory(struct session *session, int fd, bool path,
		       const char *shown)
{
	int readable = fd;

	/* A run that is interrupted has nothing to promise any more. */
	if (fd < 0 || !session->options->fsync || session->signals->fatal)
		return;
	/* fsync(2) wants it open for reading, if anything. */
	if (path)
		readable = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (readable < 0 || util_fsync(readable) < 0)
		fail(session, shown, ERR_FSYNC);
	if (path)
		util_close(&readable);
}

/*
 * Opens the directory in which PATH is: *NAME, malloc'ed. Returns -1 when that
 * failed, which was said, or when there is none and so nothing in it, or when
 * it is closed to us and MAY_BE_CLOSED.
 */
static int open_above(struct session *session, const char *path,
		      bool may_be_closed, char **name)
{
	int fd = -1;

	*name = place_parent_path(path);
	if (!*name) {
		fail(session, path, ERR_MEMORY);
		return -1;
	}
	fd = open(*name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno != ENOENT && errno != ENOTDIR &&
	    !(errno == EACCES && may_be_closed))
		fail(session, *name, ERR_FSYNC);
	return fd;
}

void durable_above(struct session *session, const char *name)
{
	char *above;
	int fd;

	if (!session->options->fsync)
		return;
	fd = open_above(session, name, false, &above);
	durable_directory(session, fd, false, above);
	util_close(&fd);
	free(above);
}

/* POSIX has a file created where a dangling symlink leads. */
static void sync_where_led(struct session *session, const struct pair *pair)
{
	char *name = realpath(pair->dest.name, NULL);

	if (name)
		durable_above(session, name);
	free(name);
}

void durable_operand(struct session *session, struct durable *durable,
		     const struct pair *pair)
{
	struct durable now;
	struct stat found;

	if (!session->options->fsync)
		return;
	if (session->options->posixly_correct)
		sync_where_led(session, pair);
	/* What was there before has had its name before. */
	now.fd = open_above(session, pair->dest.name,
			    pair->found == DEST_SOMETHING, &now.shown);
	if (now.fd >= 0 && fstat(now.fd, &found) == 0) {
		now.is = identity_of(&found);
		if (durable->fd < 0 || !identity_is(durable->is, now.is)) {
			durable_finish(session, durable);
			*durable = now;
			return;
		}
	}
	util_close(&now.fd);
	free(now.shown);
}

void durable_finish(struct session *session, struct durable *durable)
{
	durable_directory(session, durable->fd, false, durable->shown);
	util_close(&durable->fd);
	free(durable->shown);
	*durable = (struct durable){ .fd = -1 };
}
