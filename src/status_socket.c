/* SPDX-License-Identifier: MIT */
/*
 * A local socket that listens at a path, and is taken away again.
 *
 * One that a killed run has left behind cannot be told from a live one by
 * looking: it is whoever connects that is refused. So is, for an instant, who
 * connects to one that is bound and does not listen yet, which is why a second
 * refusal is asked for.
 */
#include "config.h"

#include "status_socket.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

/* Milliseconds from bind(2) to listen(2), with room to spare. */
#define BIRTH_TIME 50

/* How often what stands at the path may change while we look at it. */
#define MOST_TRIES 8

static int bind_to(int fd, const struct sockaddr_un *address)
{
	/* chmod(2) afterwards would leave an instant for others. */
	mode_t before = umask(0177);
	int result =
		bind(fd, (const struct sockaddr *)address, sizeof(*address));
	int saved = errno;

	umask(before);
	errno = saved;
	return result;
}

/* Whether somebody listens at ADDRESS; when in doubt, somebody does. */
static bool is_live(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* EAGAIN: so many wait that there is no room for us. */
	bool refused = fd >= 0 &&
		       connect(fd, (const struct sockaddr *)address,
			       sizeof(*address)) < 0 &&
		       (errno == ECONNREFUSED || errno == ENOENT);

	util_close(&fd);
	return !refused;
}

/*
 * Removes what stands at ADDRESS if it is left over. Returns 0 when it is
 * worth trying again, or -1 with ERROR.
 */
static int clear(const struct sockaddr_un *address,
		 struct status_target_error *error)
{
	const char *path = address->sun_path;
	struct stat before, after;

	if (lstat(path, &before) < 0)
		return 0;
	if (!S_ISSOCK(before.st_mode))
		return status_target_fail(error, 0,
					  "%s exists and is no socket");
	if (is_live(address))
		return status_target_fail(error, 0,
					  "another process listens at %s");
	poll(NULL, 0, BIRTH_TIME);
	if (is_live(address))
		return status_target_fail(error, 0,
					  "another process listens at %s");
	if (before.st_uid != geteuid())
		return status_target_fail(
			error, 0, "%s is a dead socket of another user");
	/* Somebody else may have come to the same conclusion. */
	if (lstat(path, &after) < 0 || after.st_dev != before.st_dev ||
	    after.st_ino != before.st_ino)
		return 0;
	if (unlink(path) < 0 && errno != ENOENT)
		return status_target_fail(error, errno, "cannot remove %s");
	return 0;
}

static int bind_and_listen(struct status_socket *listener,
			   struct status_target_error *error)
{
	struct sockaddr_un address;
	struct stat st;
	int tries;

	if (status_target_address(listener->path, &address, error) < 0)
		return -1;
	for (tries = 0; bind_to(listener->fd, &address) < 0; tries++) {
		if (errno != EADDRINUSE || tries == MOST_TRIES)
			return status_target_fail(error, errno,
						  "cannot listen at %s");
		if (clear(&address, error) < 0)
			return -1;
	}
	if (listen(listener->fd, SOMAXCONN) < 0 ||
	    lstat(listener->path, &st) < 0) {
		status_target_fail(error, errno, "cannot listen at %s");
		unlink(listener->path);
		return -1;
	}
	listener->dev = st.st_dev;
	listener->ino = st.st_ino;
	return 0;
}

int status_socket_listen(struct status_socket *listener, const char *path,
			 struct status_target_error *error)
{
	*listener = (struct status_socket){
		.path = path,
		.fd = socket(AF_UNIX,
			     SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
	};
	if (listener->fd < 0)
		return status_target_fail(error, errno, "cannot listen at %s");
	if (bind_and_listen(listener, error) == 0)
		return 0;
	util_close(&listener->fd);
	return -1;
}

int status_socket_accept(const struct status_socket *listener)
{
	int fd =
		accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	/*
	 * We listen to nobody. Bytes that we were sent and have not read when
	 * we close would make the reader lose those that it has not read.
	 */
	if (fd >= 0)
		shutdown(fd, SHUT_RD);
	return fd;
}

void status_socket_close(struct status_socket *listener)
{
	struct stat st;

	if (listener->fd < 0)
		return;
	if (lstat(listener->path, &st) == 0 && st.st_dev == listener->dev &&
	    st.st_ino == listener->ino)
		unlink(listener->path);
	util_close(&listener->fd);
}
