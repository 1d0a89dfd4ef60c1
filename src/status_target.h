/* SPDX-License-Identifier: MIT */
/*
 * Where a run's status goes, or comes from: the words of --status and --watch.
 *
 *     unix:PATH   a local socket
 *     fd:N        a descriptor that was inherited
 *     PATH        anything else: a file or a FIFO
 */
#ifndef MCP_STATUS_TARGET_H
#define MCP_STATUS_TARGET_H

#include <sys/un.h>

struct status_target {
	enum {
		STATUS_TARGET_PATH,
		STATUS_TARGET_FD,
		STATUS_TARGET_SOCKET,
	} kind;
	const char *path; /* of PATH and SOCKET; points into the words */
	int fd;		  /* of FD */
};

/* What is wrong with a target, for report_named and report_usage. */
struct status_target_error {
	int errnum;	   /* or 0: the words say it all */
	const char *words; /* static, with one %s for the target */
};

/* Fills ERROR; returns -1 for `return`. */
int status_target_fail(struct status_target_error *error, int errnum,
		       const char *words);

/*
 * Reads TEXT, which must stay. A descriptor must be open for ACCESS (O_RDONLY
 * or O_WRONLY), so that this is to be called before mcp opens any of its own.
 * Returns 0, or -1 with ERROR.
 */
int status_target_parse(const char *text, int access,
			struct status_target *target,
			struct status_target_error *error);

/*
 * The address of the socket at PATH: 0, or -1 when PATH is longer than a
 * socket's may be (unix(7)), with ERROR.
 */
int status_target_address(const char *path, struct sockaddr_un *address,
			  struct status_target_error *error);

#endif
