/* SPDX-License-Identifier: MIT */
/*
 * What is preserved of a file besides its data: owner and group, extended
 * attributes, ACLs, mode, times.
 *
 * A new file is created with meta_create_mode, then written, and meta_apply
 * does the rest, also where nothing is to be preserved: what was withheld from
 * others until now is granted then. What cp says nothing about is not noted
 * either; which that is depends on struct meta_wants.
 */
#ifndef MCP_META_H
#define MCP_META_H

#include <stdbool.h>
#include <sys/stat.h>

#include "err.h"

struct meta_wants {
	bool mode; /* and ACLs */
	bool ownership;
	bool timestamps;
	bool xattr;
	/*
	 * What fails of these is a failure (--preserve=xattr), or not even
	 * mentioned (-a, without the former), or else a warning, unless there
	 * are no attributes at all where it goes (--preserve=all).
	 */
	bool xattr_required;
	bool xattr_quiet;
	bool xattr_loud; /* but then mentioned in any case */
	bool no_mode; /* --no-preserve=mode: a new file's is 0666 less umask */
	bool context; /* SELinux: not used yet */
	bool context_required;
};

/* A file, by descriptor or, where it must not be opened, by name. */
struct meta_file {
	int fd;		  /* -1: by name */
	bool path;	  /* FD was opened with O_PATH */
	int dir;	  /* AT_FDCWD or a directory, may be O_PATH, ... */
	const char *name; /* ... in which this is no symlink, or it is meant */
};

struct meta_source {
	struct meta_file file;
	const struct stat *st; /* of it, before it was read */
};

struct meta_dest {
	struct meta_file file;
	bool is_new; /* of this run, with meta_create_mode */
	/*
	 * Known to have no ACL: the directory had no default one when the file
	 * was created in it (meta_gives_acl).
	 */
	bool no_acl;
	/*
	 * Of a new directory: what had to be added to the mode that it came
	 * with, so that it could be written to; a default ACL or the umask may
	 * take that away.
	 */
	mode_t lent;
	/*
	 * Its st_dev, st_uid, st_gid and st_mode now, or what they must be of a
	 * file just created; NULL costs a system call or two. Of no use for
	 * one by name.
	 */
	const struct stat *now;
};

/*
 * Something that could not be preserved. For ERR_GET_ATTRIBUTE and
 * ERR_SET_ATTRIBUTE the attribute has a name, else that is NULL.
 */
struct meta_note {
	struct err err;
	const char *attribute; /* valid during the call */
	bool fails;	       /* else a warning only */
};

struct meta_listener {
	void (*note)(void *arg, const struct meta_note *note);
	void *arg;
};

/* What was learned of file systems, and buffers: one for a process. */
struct meta;

/*
 * Returns NULL with errno ENOMEM. Reads the umask, which takes setting it: no
 * other thread should be creating files.
 */
struct meta *meta_new(void);

void meta_free(struct meta *meta);

/* The mode bits that are not given to what is created (umask(2)). */
mode_t meta_umask(const struct meta *meta);

/*
 * The mode to create the copy of a file of mode SOURCE with, before the umask.
 * OWNED: it will have the right owner and group from the start.
 */
mode_t meta_create_mode(const struct meta *meta, const struct meta_wants *wants,
			mode_t source, bool owned);

/*
 * Whether what is created in the directory FD, open for reading and on device
 * DEV, may get an ACL from it.
 */
bool meta_gives_acl(struct meta *meta, int fd, dev_t dev);

/*
 * Makes DEST what WANTS wants of SOURCE, another file of the same kind, whose
 * data is in place. Tells LISTENER what went wrong, in the order in which cp
 * does, which stops where we stop. Returns 0, or -1 when a note said FAILS:
 * ERR_NONE (of which cp says nothing),
 * ERR_PRESERVE_TIMES, ERR_PRESERVE_OWNER, ERR_CLEAR_PERMISSIONS,
 * ERR_READ_PERMISSIONS, ERR_PRESERVE_PERMISSIONS, ERR_SET_PERMISSIONS,
 * ERR_LIST_ATTRIBUTES, ERR_GET_ATTRIBUTE, ERR_SET_ATTRIBUTE,
 * ERR_SET_ATTRIBUTES; of an old file also ERR_FSTAT_DEST, of one by name
 * ERR_STAT_DEST and ERR_DEST_REPLACED. A source by name that is another file
 * now cannot be read from: ESTALE.
 */
int meta_apply(struct meta *meta, const struct meta_wants *wants,
	       const struct meta_source *source, const struct meta_dest *dest,
	       const struct meta_listener *listener);

#endif
