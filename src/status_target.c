/* SPDX-License-Identifier: MIT */
/*
 * Where a run's status goes, or comes from: the words of --status and --watch.
 */
#include "config.h"

#include "status_target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>

#include "util.h"

int status_target_fail(struct status_target_error *error, int errnum,
		       const char *words)
{
	*error = (struct status_target_error){ errnum, words };
	return -1;
}

/* What stands behind PREFIX in TEXT, or NULL. */
static const char *behind(const char *text, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

static int check_descriptor(int fd, int access,
			    struct status_target_error *error)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || flags & O_PATH)
		return status_target_fail(error, flags < 0 ? errno : EBADF,
					  "cannot use %s");
	if ((flags & O_ACCMODE) == access || (flags & O_ACCMODE) == O_RDWR)
		return 0;
	return status_target_fail(error, 0,
				  access == O_WRONLY
					  ? "%s is not open for writing"
					  : "%s is not open for reading");
}

int status_target_parse(const char *text, int access,
			struct status_target *target,
			struct status_target_error *error)
{
	struct sockaddr_un address;
	const char *rest;
	uint64_t number;

	*target = (struct status_target){ .path = text, .fd = -1 };
	if ((rest = behind(text, "unix:"))) {
		target->kind = STATUS_TARGET_SOCKET;
		target->path = rest;
		return status_target_address(rest, &address, error);
	}
	if ((rest = behind(text, "fd:"))) {
		if (util_parse_number(rest, 0, INT_MAX, &number) < 0)
			return status_target_fail(error, 0,
						  "invalid descriptor: %s");
		target->kind = STATUS_TARGET_FD;
		target->fd = (int)number;
		return check_descriptor(target->fd, access, error);
	}
	target->kind = STATUS_TARGET_PATH;
	return *text ? 0 : status_target_fail(error, ENOENT, "cannot open %s");
}

int status_target_address(const char *path, struct sockaddr_un *address,
			  struct status_target_error *error)
{
	size_t length = strlen(path);

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (length == 0)
		return status_target_fail(error, ENOENT, "cannot open %s");
	if (length >= sizeof(address->sun_path))
		return status_target_fail(error, 0,
					  "the path of the socket %s is longer "
					  "than the 107 bytes it may have");
	memcpy(address->sun_path, path, length + 1);
	return 0;
}
