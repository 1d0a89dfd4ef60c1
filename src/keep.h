/* SPDX-License-Identifier: MIT */
/*
 * What is kept of an entry besides its data: meta, with a session's settings
 * and its voice.
 */
#ifndef MCP_KEEP_H
#define MCP_KEEP_H

#include "session.h"

/*
 * The mode to create PAIR's copy with, before umask. Fills PAIR's new_mode and
 * owned.
 */
void keep_create_mode(const struct session *session, struct pair *pair);

/*
 * Gives the copy of PAIR, which is at DEST_FD and IS_NEW, what is wanted of
 * the source, open at SOURCE_FD. What cannot be had is said, and remembered in
 * the exit status where cp does so: then -1, else 0.
 */
int keep_of_file(struct session *session, const struct pair *pair,
		 int source_fd, int dest_fd, bool is_new);

/* The same of a symlink, device or FIFO, just created, which is not opened. */
void keep_of_node(struct session *session, const struct pair *pair);

/*
 * The same of a symlink just made to lead to the source (-s), which may be of
 * another kind: its times and attributes are kept as far as a symlink has any.
 */
void keep_of_symlink(struct session *session, const struct pair *pair);

struct keep_directory {
	const struct stat *source_stat; /* before it was read */
	int source;
	bool source_path; /* that is open with O_PATH */
	int dest;
	bool dest_path; /* that is open with O_PATH */
	bool is_new;
	mode_t lent; /* as in struct meta_dest */
};

/* The same of a DIRECTORY that is full. */
void keep_of_directory(struct session *session, const struct pair *pair,
		       const struct keep_directory *directory);

/* Of those only mode and ACLs. 0, or -1 when that failed. */
int keep_mode_of_directory(struct session *session, const struct pair *pair,
			   const struct keep_directory *directory);

#endif
