/* SPDX-License-Identifier: MIT */
/*
 * An entry that a worker died at, begun again.
 *
 * Which inode a new file got was not recorded: that would be one more system
 * call for each file, and the worker may die before it. It is known that
 * nothing was there when its creation was decided on. Whatever is there now is
 * held against the source. A regular file that holds the beginning of the
 * source's bytes and no others, a symlink that leads where it should, a link to
 * the source itself, an empty directory: were it somebody else's, nothing would
 * be lost with it either, since the same comes into its place. Where the source
 * is gone nothing comes, so nothing goes, and it is said that it is there.
 */
#include "config.h"

#include "redo.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confine.h"
#include "engine.h"
#include "identity.h"
#include "util.h"

/* How much is compared at a time: two of them fit into an engine's buffer. */
#define PIECE (ENGINE_BUFFER / 2)

enum state {
	STATE_NOTHING, /* nothing is there, or not any more */
	STATE_SAME,    /* what was there when it was decided what to do */
	STATE_UNSURE,  /* something else */
	STATE_UNSEEN,  /* it cannot be looked at */
};

/* Reads up to PIECE bytes from OFFSET on; how many, or -1. */
static ssize_t read_piece(int fd, char *buffer, off_t offset)
{
	size_t got = 0;

	while (got < PIECE) {
		ssize_t count = pread(fd, buffer + got, PIECE - got,
				      offset + (off_t)got);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -1;
		if (count == 0)
			break;
		got += (size_t)count;
	}
	return (ssize_t)got;
}

/*
 * Whether all of DEST is the beginning of SOURCE. OURS has room for two pieces.
 */
static bool begins(int source, int dest, char *ours)
{
	char *theirs = ours + PIECE;
	off_t offset = 0;

	for (;;) {
		ssize_t made = read_piece(dest, ours, offset);
		ssize_t given = made > 0 ? read_piece(source, theirs, offset)
					 : 0;

		if (made == 0)
			return true;
		if (made < 0 || given < made ||
		    memcmp(ours, theirs, (size_t)made) != 0)
			return false;
		offset += made;
	}
}

/* Opens PLACE, which must be the regular file SEEN; -1 when it is not. */
static int open_regular(const struct place *place, const struct stat *seen)
{
	struct stat found;
	int fd = openat(place->dir, place->name,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
				O_CLOEXEC);

	if (fd < 0 ||
	    (fstat(fd, &found) == 0 && identity_is_same(&found, seen)))
		return fd;
	util_close(&fd);
	return -1;
}

static bool is_file_begun(struct session *session, const struct pair *pair,
			  const struct stat *there)
{
	const struct stat *source = &pair->source_stat;
	const struct place_facts *facts = pair->dest.facts;
	bool begun = there->st_size == 0;
	char *buffer;
	int from, to;

	if (!S_ISREG(there->st_mode) || there->st_nlink != 1 ||
	    there->st_size > source->st_size)
		return false;
	/*
	 * Elsewhere, owners are what a server makes of them. Where nothing is
	 * known of the directory it is taken for local.
	 */
	if ((!facts || facts->local) && there->st_uid != session->uid &&
	    there->st_uid != source->st_uid)
		return false;
	/* Its mode may already be that of a file which we may not read. */
	if (begun)
		return true;
	buffer = engine_buffer(&session->work);
	from = open_regular(&pair->source, source);
	to = open_regular(&pair->dest, there);
	begun = buffer && from >= 0 && to >= 0 && begins(from, to, buffer);
	util_close(&from);
	util_close(&to);
	return begun;
}

/* Whether the symlink PLACE leads to TARGET. */
static bool leads_to(const struct place *place, const char *target)
{
	char text[PATH_MAX];
	ssize_t length =
		readlinkat(place->dir, place->name, text, sizeof(text));

	return length >= 0 && (size_t)length < sizeof(text) &&
	       (size_t)length == strlen(target) &&
	       memcmp(text, target, (size_t)length) == 0;
}

static bool is_same_symlink(const struct pair *pair)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(pair->source.dir, pair->source.name, target,
				    sizeof(target) - 1);

	if (length < 0)
		return false;
	target[length] = '\0';
	return leads_to(&pair->dest, target);
}

/* Whether THERE is what copying PAIR makes, or the beginning of it. */
static bool is_begun(struct session *session, const struct pair *pair,
		     const struct stat *there)
{
	const struct mcp_options *options = session->options;
	const struct stat *source = &pair->source_stat;

	/* Only an empty one can be removed. */
	if (S_ISDIR(source->st_mode))
		return S_ISDIR(there->st_mode);
	/* The other name of it stays. */
	if (options->hard_link)
		return identity_is_same(there, source) && there->st_nlink > 1;
	if (options->symbolic_link)
		return S_ISLNK(there->st_mode) &&
		       leads_to(&pair->dest, pair->source_shown);
	if (S_ISREG(source->st_mode))
		return is_file_begun(session, pair, there);
	if (S_ISLNK(source->st_mode))
		return S_ISLNK(there->st_mode) && is_same_symlink(pair);
	return (there->st_mode & S_IFMT) == (source->st_mode & S_IFMT) &&
	       there->st_rdev == source->st_rdev && there->st_nlink == 1;
}

/* Looks at what is there: *THERE, if it is STATE_SAME or STATE_UNSURE. */
static enum state look_at_dest(const struct pair *pair, struct stat *there)
{
	const struct batch_redo *redo = pair->redo;
	const struct place *dest = &pair->dest;

	if (fstatat(dest->dir, dest->name, there, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? STATE_NOTHING : STATE_UNSEEN;
	return redo->found && identity_is(redo->dest, identity_of(there))
		       ? STATE_SAME
		       : STATE_UNSURE;
}

/* The same, where the source was seen; what is begun of it goes. */
static enum state look(struct session *session, const struct pair *pair,
		       struct stat *there)
{
	const struct place *dest = &pair->dest;
	bool directory = S_ISDIR(pair->source_stat.st_mode);
	enum state state = look_at_dest(pair, there);

	if (state == STATE_UNSURE && is_begun(session, pair, there) &&
	    unlinkat(dest->dir, dest->name, directory ? AT_REMOVEDIR : 0) == 0)
		return STATE_NOTHING;
	return state;
}

/*
 * What is to be said of STATE. A file may be half written even where the old
 * one was to be removed: a new one may have got the number that became free.
 */
static enum dest_left left_as(const struct batch_redo *redo, enum state state,
			      const struct stat *there)
{
	if (state == STATE_NOTHING)
		return redo->found ? DEST_LEFT_REMOVED : DEST_LEFT_ALONE;
	return state == STATE_UNSEEN || S_ISREG(there->st_mode)
		       ? DEST_LEFT_INCOMPLETE
		       : DEST_LEFT_ALONE;
}

/* What was read of a FIFO cannot be read again. */
static bool is_used_up(const struct session *session, const struct pair *pair)
{
	return pair_is_as_file(session->options, pair) &&
	       !S_ISREG(pair->source_stat.st_mode);
}

int redo_take_up(struct session *session, struct pair *pair, struct err *err)
{
	struct stat there = { 0 };
	enum state state;
	bool used_up;

	if (!pair->redo->decided)
		return 0;
	used_up = is_used_up(session, pair);
	state = used_up ? look_at_dest(pair, &there)
			: look(session, pair, &there);
	pair->left = left_as(pair->redo, state, &there);
	if (state == STATE_UNSURE || state == STATE_UNSEEN || used_up)
		return err_set_num(err, ERR_BATCH_DIED, pair->redo->signal);
	pair->agreed = state == STATE_SAME;
	return 0;
}

void redo_leave(struct pair *pair)
{
	struct stat there = { 0 };

	if (pair->redo->decided)
		pair->left =
			left_as(pair->redo, look_at_dest(pair, &there), &there);
}

/* The entry NAME of the directory PATH below ROOT, which must be ID. */
static struct place open_place(int root, const char *path, const char *name,
			       const struct identity *id)
{
	return (struct place){
		.dir = confine_open(root, path, O_PATH, id),
		.name = name,
		.confined = true,
	};
}

enum dest_left redo_clean_up(struct session *session,
			     const struct share_roots *roots,
			     const struct batch_dir *dir, const char *name,
			     const struct batch_redo *redo)
{
	struct pair pair = { .redo = redo };
	struct stat there = { 0 };
	enum state state;
	struct err err;

	if (!redo->decided)
		return DEST_LEFT_ALONE;
	/* The destination first: there may be one descriptor only. */
	pair.dest = open_place(roots->dest, dir->path, name, &dir->dest);
	if (pair.dest.dir < 0) {
		state = errno == ENOENT ? STATE_NOTHING : STATE_UNSEEN;
		return left_as(redo, state, &there);
	}
	pair.source = open_place(roots->source, dir->path, name, &dir->source);
	state = pair.source.dir >= 0 && pair_look_at_source(session->options,
							    &pair, &err) == 0
			? look(session, &pair, &there)
			: look_at_dest(&pair, &there);
	util_close(&pair.source.dir);
	util_close(&pair.dest.dir);
	return left_as(redo, state, &there);
}
