/* SPDX-License-Identifier: MIT */
/*
 * A local socket that listens at a path, and is taken away again.
 */
#ifndef MCP_STATUS_SOCKET_H
#define MCP_STATUS_SOCKET_H

#include <sys/types.h>

#include "status_target.h"

struct status_socket {
	int fd; /* listens; non-blocking, close-on-exec; or -1 */
	const char *path;
	dev_t dev; /* what is ours at path */
	ino_t ino;
};

/*
 * Listens at PATH, which must stay, with mode 0600. What stands there already
 * is replaced only when it is a socket of this user that refuses connections.
 * Returns 0, or -1 with ERROR.
 */
int status_socket_listen(struct status_socket *listener, const char *path,
			 struct status_target_error *error);

/*
 * The next reader that has connected: a non-blocking descriptor; or -1 when
 * there is none now (or no room for it: it waits).
 */
int status_socket_accept(const struct status_socket *listener);

/* Stops listening, and removes the path unless it is somebody else's now. */
void status_socket_close(struct status_socket *listener);

#endif
