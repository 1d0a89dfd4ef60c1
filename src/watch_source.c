/* SPDX-License-Identifier: MIT */
/*
 * The lines that --watch reads, from whatever --status writes to.
 */
#include "config.h"

#include "watch_source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json.h"
#include "status_target.h"
#include "util.h"

/* A longer line is none that --status has written: it is passed over. */
#define LINE_MOST ((size_t)1024 * 1024)

static int connect_to(struct watch_source *source, const char *path,
		      struct status_target_error *error)
{
	struct sockaddr_un address;
	int flags;

	if (status_target_address(path, &address, error) < 0)
		return -1;
	source->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (source->fd < 0 ||
	    connect(source->fd, (const struct sockaddr *)&address,
		    sizeof(address)) < 0)
		return status_target_fail(error, errno, "cannot connect to %s");
	flags = fcntl(source->fd, F_GETFL);
	if (flags < 0 || fcntl(source->fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return status_target_fail(error, errno, "cannot connect to %s");
	return 0;
}

static int open_path(struct watch_source *source, const char *path,
		     struct status_target_error *error)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return status_target_fail(error, errno, "cannot open %s");
	if (S_ISSOCK(st.st_mode))
		return connect_to(source, path, error);
	source->fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (source->fd < 0 || fstat(source->fd, &st) < 0)
		return status_target_fail(error, errno, "cannot open %s");
	if (S_ISDIR(st.st_mode))
		return status_target_fail(error, EISDIR, "cannot open %s");
	source->regular = S_ISREG(st.st_mode);
	return 0;
}

/* What was inherited: poll(2) says when it can be read, in any mode. */
static int open_descriptor(struct watch_source *source, int fd,
			   struct status_target_error *error)
{
	struct stat st;

	source->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (source->fd < 0 || fstat(source->fd, &st) < 0)
		return status_target_fail(error, errno, "cannot use %s");
	source->regular = S_ISREG(st.st_mode);
	return 0;
}

static int open_target(struct watch_source *source, const char *text,
		       struct status_target_error *error)
{
	struct status_target target;

	if (status_target_parse(text, O_RDONLY, &target, error) < 0)
		return -1;
	switch (target.kind) {
	case STATUS_TARGET_SOCKET:
		return connect_to(source, target.path, error);
	case STATUS_TARGET_FD:
		return open_descriptor(source, target.fd, error);
	case STATUS_TARGET_PATH:
		break;
	}
	return open_path(source, target.path, error);
}

int watch_source_open(struct watch_source *source, const char *target,
		      const struct report *report)
{
	struct status_target_error error;
	const char *why = "";

	*source = (struct watch_source){ .fd = -1 };
	if (json_open(&why) < 0) {
		report_reason(report, "cannot watch anything", why);
		return -1;
	}
	source->bytes = malloc(LINE_MOST);
	if (!source->bytes)
		status_target_fail(&error, ENOMEM, "cannot open %s");
	else if (open_target(source, target, &error) == 0)
		return 0;
	report_named(report, error.errnum, error.words, target);
	watch_source_close(source);
	return -1;
}

/* Gives the whole lines in SOURCE to TAKE, and keeps what is behind them. */
static void split(struct watch_source *source,
		  void (*take)(void *arg, const char *line, size_t length),
		  void *arg)
{
	const char *at = source->bytes, *end = at + source->length, *newline;

	while ((newline = memchr(at, '\n', (size_t)(end - at)))) {
		if (!source->skipping)
			take(arg, at, (size_t)(newline - at));
		source->skipping = false;
		at = newline + 1;
	}
	source->length = (size_t)(end - at);
	memmove(source->bytes, at, source->length);
	if (source->length == LINE_MOST) {
		source->skipping = true;
		source->length = 0;
	}
}

/* Whether a read of it would not wait. */
static bool is_ready(const struct watch_source *source)
{
	struct pollfd ready = { .fd = source->fd, .events = POLLIN };

	return source->regular || poll(&ready, 1, 0) > 0;
}

enum watch_read watch_source_read(struct watch_source *source,
				  void (*take)(void *arg, const char *line,
					       size_t length),
				  void *arg)
{
	ssize_t got;

	if (!is_ready(source))
		return WATCH_READ_NOTHING;
	got = read(source->fd, source->bytes + source->length,
		   LINE_MOST - source->length);
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? WATCH_READ_NOTHING
							 : WATCH_READ_END;
	if (got == 0)
		return source->regular ? WATCH_READ_NOTHING : WATCH_READ_END;
	source->length += (size_t)got;
	split(source, take, arg);
	return WATCH_READ_SOME;
}

void watch_source_close(struct watch_source *source)
{
	util_close(&source->fd);
	free(source->bytes);
	source->bytes = NULL;
}
