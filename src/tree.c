/* SPDX-License-Identifier: MIT */
/*
 * A directory with all that is below it.
 *
 * Depth first, in cp's order, with a stack of our own: a tree may be deeper
 * than the C stack. Each directory is opened once, by its single name in its
 * parent, so that no path is looked up twice and no symlink that appears
 * meanwhile leads out of the tree. Descriptors of levels far above are closed;
 * on the way back they are opened again through "..", and must be the
 * directories they were.
 */
#include "config.h"

#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "account.h"
#include "durable.h"
#include "entry.h"
#include "inode.h"
#include "keep.h"
#include "listing.h"
#include "tree_work.h"
#include "util.h"

/* Entering */

struct level *tree_add_level(struct tree *tree)
{
	struct level *level;

	if (tree->depth == tree->capacity) {
		size_t capacity = 2 * tree->capacity + 16;
		struct level *levels =
			reallocarray(tree->levels, capacity, sizeof(*levels));

		if (!levels)
			return NULL;
		tree->levels = levels;
		tree->capacity = capacity;
	}
	level = &tree->levels[tree->depth++];
	*level = (struct level){ .source = -1, .dest = -1 };
	return level;
}

/* Whether PAIR is where the directory that is known as EARLIER is. */
static bool is_there(const struct place *place, const char *earlier)
{
	const struct place there = place_operand(earlier);

	return decide_is_same_name(place, &there);
}

static bool is_followed_always(const struct session *session,
			       const struct pair *pair)
{
	enum options_deref dereference = session->options->dereference;

	return dereference == OPTIONS_DEREF_ALWAYS ||
	       (dereference == OPTIONS_DEREF_OPERANDS && pair->operand);
}

/*
 * Would this directory be copied for ever, or twice? Returns 0, -1 with ERR,
 * or 1 when it is to be passed over after a warning. *EARLIER is where it was
 * copied to before.
 */
static int check_repetition(struct tree *tree, const struct pair *pair,
			    const char **earlier, struct err *err)
{
	struct session *session = tree->session;
	const struct stat *source = &pair->source_stat;
	size_t i;

	for (i = 0; i < tree->depth; i++)
		if (identity_is(identity_of(source), tree->levels[i].source_id))
			return err_set_num(err, ERR_CYCLE, 0);
	*earlier = links_find(&session->dirs, source->st_dev, source->st_ino);
	if (!*earlier)
		return 0;
	if (is_there(&pair->source, *earlier))
		return err_set_num(err, ERR_INTO_ITSELF, 0);
	if (pair->operand && is_there(&pair->dest, *earlier)) {
		report_warning(session->report,
			       "warning: source directory %s specified more "
			       "than once",
			       pair->source_shown);
		return 1;
	}
	if (is_followed_always(session, pair))
		return 0;
	return err_set_num(err, ERR_DIRECTORY_LINK, 0);
}

/* Out of memory a repetition goes unnoticed, which harms nothing. */
static void remember(struct tree *tree, struct identity id,
		     const struct pair *pair)
{
	links_add(&tree->session->dirs, id.dev, id.ino, pair->dest_shown);
}

/* What is the same in the level above need not be asked again. */
void tree_learn_facts(struct tree *tree, struct level *level,
		      const struct stat *dest)
{
	const struct level *above = tree->depth > 1 ? level - 1 : NULL;
	const struct meta_wants *wants = &tree->session->wants;
	struct place_facts *facts = &level->facts;

	facts->dev = dest->st_dev;
	facts->gid = dest->st_gid;
	facts->local = above && above->facts.dev == facts->dev
			       ? above->facts.local
			       : publish_is_local(level->dest);
	facts->no_acl =
		(wants->mode || wants->no_mode) &&
		!meta_gives_acl(tree->session->meta, level->dest, facts->dev);
}

/*
 * Gives us the permissions of an owner for the directory PLACE, be it closed to
 * us; *LENT are those that it did not have.
 */
static int lend(const struct place *place, mode_t *lent)
{
	int fd = openat(place->dir, place->name,
			O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const struct inode inode = inode_of(fd, true);
	struct stat found;
	int result = -1;

	if (fd >= 0 && fstat(fd, &found) == 0) {
		*lent = S_IRWXU & ~found.st_mode;
		result = inode_chmod(&inode, (found.st_mode & 07777) | S_IRWXU);
	}
	util_close(&fd);
	return result;
}

/* Makes the destination directory, so that we can write to it. */
static int make_dest(struct tree *tree, struct level *level,
		     const struct pair *pair, struct err *err)
{
	const struct place *dest = &pair->dest;

	if (mkdirat(dest->dir, dest->name, pair->new_mode) < 0)
		return err_set(err, ERR_MKDIR);
	level->created = true;
	if (tree->session->options->verbose)
		report_copy(tree->session->report, pair->source_shown,
			    pair->dest_shown);
	level->dest = openat(dest->dir, dest->name,
			     O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	/* A strange umask or default ACL has taken our own bits. */
	if (level->dest < 0 && errno == EACCES && lend(dest, &level->lent) == 0)
		level->dest =
			openat(dest->dir, dest->name,
			       O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return level->dest < 0 ? err_set(err, ERR_MKDIR) : 0;
}

static int open_existing_dest(struct level *level, const struct pair *pair,
			      struct err *err)
{
	int flags = O_DIRECTORY | O_CLOEXEC |
		    (pair->dest_followed ? 0 : O_NOFOLLOW);

	level->dest = openat(pair->dest.dir, pair->dest.name, flags);
	/* Enough to create files in it. */
	if (level->dest < 0 && errno == EACCES) {
		level->dest_path = true;
		level->dest =
			openat(pair->dest.dir, pair->dest.name, flags | O_PATH);
	}
	return level->dest < 0 ? err_set(err, ERR_MKDIR) : 0;
}

/* Opens the destination directory, making it where there is none. */
static int open_dest(struct tree *tree, struct level *level,
		     const struct pair *pair, struct err *err)
{
	bool existing = pair->found == DEST_SOMETHING;
	struct stat found;

	if ((existing ? open_existing_dest(level, pair, err)
		      : make_dest(tree, level, pair, err)) < 0)
		return -1;
	if (fstat(level->dest, &found) < 0)
		return err_set(err, ERR_MKDIR);
	level->dest_id = identity_of(&found);
	if (existing &&
	    !identity_is(level->dest_id, identity_of(&pair->dest_stat)))
		return err_set_num(err, ERR_DEST_REPLACED, 0);
	if (level->created && (found.st_mode & S_IRWXU) != S_IRWXU &&
	    level->lent == 0) {
		level->lent = S_IRWXU & ~found.st_mode;
		if (fchmod(level->dest, (found.st_mode & 07777) | S_IRWXU) < 0)
			return err_set(err, ERR_SET_PERMISSIONS);
	}
	tree_learn_facts(tree, level, &found);
	if (level->created && !tree->has_first) {
		tree->has_first = true;
		remember(tree, level->dest_id, pair);
	}
	return 0;
}

/* Opens the source directory to be read, or with O_PATH for its attributes. */
static int open_source_as(struct level *level, const struct pair *pair,
			  int flags, struct err *err)
{
	struct stat found;

	level->source =
		openat(pair->source.dir, pair->source.name,
		       flags | O_DIRECTORY | O_CLOEXEC |
			       (pair->source_followed ? 0 : O_NOFOLLOW));
	if (level->source < 0)
		return err_set(err, ERR_ACCESS);
	level->source_path = flags & O_PATH;
	if (fstat(level->source, &found) < 0)
		err_set(err, ERR_FSTAT_SOURCE);
	else if (!identity_is(identity_of(&found),
			      identity_of(&pair->source_stat)))
		err_set_num(err, ERR_SOURCE_REPLACED, 0);
	else
		return 0;
	util_close(&level->source);
	return -1;
}

static int open_source(struct level *level, const struct pair *pair,
		       struct err *err)
{
	struct err other;

	if (open_source_as(level, pair, O_RDONLY | O_NONBLOCK, err) == 0)
		return 0;
	/* What cannot be read has attributes all the same. */
	if (err->errnum == EACCES)
		open_source_as(level, pair, O_PATH, &other);
	return -1;
}

/*
 * What a process has open beside the levels: 0 to 2, signals, a worker's pipes
 * or its parent's, the roots, a level that is entered, its listing, or the
 * files that are being copied.
 */
#define OTHER_FDS 14

/* How many levels above the top one may stay open. */
static size_t most_open_levels(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    limit.rlim_cur >= OTHER_FDS + 2 * OPEN_LEVELS)
		return OPEN_LEVELS;
	return limit.rlim_cur < OTHER_FDS + 4
		       ? 1
		       : (size_t)(limit.rlim_cur - OTHER_FDS) / 2;
}

/* Closes what is far above, where ".." will lead back to it. */
static void close_far_level(struct tree *tree)
{
	size_t far, i;

	if (tree->depth == 1)
		return;
	if (tree->open_levels == 0)
		tree->open_levels = most_open_levels();
	if (tree->depth <= tree->open_levels)
		return;
	far = tree->depth - 1 - tree->open_levels;
	for (i = far + 1; i < tree->depth; i++)
		if (tree->levels[i].followed)
			return;
	util_close(&tree->levels[far].source);
	util_close(&tree->levels[far].dest);
}

static bool leaves_file_system(const struct tree *tree, const struct pair *pair)
{
	return tree->session->options->one_file_system &&
	       pair->source_stat.st_dev != tree->root->source_stat.st_dev;
}

/* Puts the directory PAIR on the stack, ready to be read. */
static int enter(struct tree *tree, const struct pair *pair, struct err *err)
{
	struct level *level;

	level = tree_add_level(tree);
	if (!level)
		return err_set(err, ERR_MEMORY);
	level->source_length = tree->source.length;
	level->dest_length = tree->dest.length;
	level->followed = pair->source_followed || pair->dest_followed;
	tree_judge_findable(tree);
	if (open_dest(tree, level, pair, err) < 0)
		return -1;
	level->source_stat = pair->source_stat;
	level->source_id = identity_of(&pair->source_stat);
	if (leaves_file_system(tree, pair))
		return open_source_as(level, pair, O_PATH, err);
	if (open_source(level, pair, err) < 0)
		return -1;
	/* Others can begin before all of it is read. */
	if (listing_begin(&level->listing, level->source) < 0 ||
	    (!tree_may_spread(tree) && listing_finish(&level->listing) < 0))
		return err_set(err, ERR_ACCESS);
	if (!level->listing.rest)
		account_found(tree->session, &level->listing);
	close_far_level(tree);
	return 0;
}

/* Leaving */

/* Opens *FD again, which is the directory above BELOW and was WHO. */
static int reopen(int *fd, int below, struct identity who)
{
	struct stat found;

	if (*fd >= 0)
		return 0;
	*fd = openat(below, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0)
		return -1;
	if (fstat(*fd, &found) == 0 && identity_is(identity_of(&found), who))
		return 0;
	util_close(fd);
	errno = ESTALE;
	return -1;
}

struct pair tree_shown(const struct tree *tree, const struct level *level)
{
	const bool is_root = level == tree->levels;

	return (struct pair){
		.source_shown = is_root ? tree->root->source_shown
					: tree->source.path,
		.dest_shown = is_root ? tree->root->dest_shown
				      : tree->dest.path,
	};
}

/* The directory LEVEL is full, and gets what is kept of the source's. */
static void settle(struct tree *tree, const struct level *level)
{
	const struct pair shown = tree_shown(tree, level);
	const struct keep_directory directory = {
		.source_stat = &level->source_stat,
		.source = level->source,
		.source_path = level->source_path,
		.dest = level->dest,
		.dest_path = level->dest_path,
		.is_new = level->created,
		.lent = level->lent,
	};

	/* Of a source that was replaced nothing is known. */
	if (level->dest >= 0 && level->source >= 0)
		keep_of_directory(tree->session, &shown, &directory);
	durable_directory(tree->session, level->dest, level->dest_path,
			  shown.dest_shown);
}

int tree_leave(struct tree *tree, struct err *err)
{
	struct level *level = &tree->levels[tree->depth - 1];
	struct level *above = tree->depth > 1 ? level - 1 : NULL;
	int result = 0;

	if (level->borrowed)
		;
	else if (level->shared)
		tree_leave_full(tree, level);
	else
		settle(tree, level);
	if (above &&
	    (reopen(&above->source, level->source, above->source_id) < 0 ||
	     reopen(&above->dest, level->dest, above->dest_id) < 0))
		result = err_set_num(err, ERR_SOURCE_REPLACED, 0);
	util_close(&level->source);
	util_close(&level->dest);
	listing_free(&level->listing);
	tree->depth--;
	if (above) {
		trail_cut(&tree->source, above->source_length);
		trail_cut(&tree->dest, above->dest_length);
	}
	return result;
}

/* Walking */

/* The trails as names in PAIR; whenever one is pushed they may move. */
static void show(const struct tree *tree, struct pair *pair)
{
	pair->source_shown = tree->source.path;
	pair->dest_shown = tree->dest.path;
}

static enum session_result try_to_enter(struct tree *tree, struct pair *pair)
{
	size_t depth = tree->depth;
	struct pair shown = *pair;
	const char *earlier = NULL;
	struct err err;
	int repeated = check_repetition(tree, pair, &earlier, &err);

	if (repeated > 0)
		return SESSION_FAILED; /* passed over, which is no failure */
	if (repeated == 0 && pair->operand)
		remember(tree, identity_of(&pair->source_stat), pair);
	if (repeated == 0 && enter(tree, pair, &err) == 0) {
		account_directory(tree->session);
		return SESSION_DONE;
	}
	if (err.op == ERR_INTO_ITSELF) {
		shown = *tree->root;
		tree->into_itself = true;
	} else if (err.op == ERR_DIRECTORY_LINK) {
		shown.source_shown = earlier;
	}
	session_fail(tree->session, &shown, &err);
	/* What was not made cannot be made twice. */
	if (err.op == ERR_MKDIR && pair->operand)
		links_drop(&tree->session->dirs, pair->source_stat.st_dev,
			   pair->source_stat.st_ino);
	/* What is there now keeps its mode, and is left at once. */
	if (tree->depth > depth)
		tree_leave(tree, &err);
	return SESSION_FAILED;
}

static enum session_result enter_or_fail(struct tree *tree, struct pair *pair)
{
	enum session_result result = try_to_enter(tree, pair);

	/* Its names are known now, or never will be. */
	account_listed(tree->session);
	return result;
}

/*
 * Puts PAIR aside. What is written through a symlink waits for the end, too:
 * somebody may be writing the file that it leads to.
 */
static enum session_result put_aside(struct tree *tree, const struct pair *pair)
{
	const struct stat *source = &pair->source_stat;
	const struct err err = { .op = ERR_CREATE, .errnum = ENAMETOOLONG };
	bool last = (pair->found == DEST_SOMETHING && pair->dest_followed) ||
		    (S_ISREG(source->st_mode) &&
		     (uint64_t)source->st_size >= SESSION_LARGE);

	const struct share_aside aside = {
		.last = last,
		.size = S_ISREG(source->st_mode) ? (uint64_t)source->st_size
						 : 0,
	};

	if (tree_put_aside(tree, pair->source.name, &aside) == 0)
		return SESSION_DONE;
	tally_unknow(tree->session->tally, account_known(DT_UNKNOWN));
	return session_fail(tree->session, pair, &err);
}

/* Whether regular files are opened at all. */
static bool is_read(const struct mcp_options *options)
{
	return !options->hard_link && !options->symbolic_link;
}

/* Copies the entry NAME of the top level, of a TYPE of readdir(3). */
static enum session_result copy_entry(struct tree *tree, const char *name,
				      unsigned char type)
{
	const size_t depth = tree->depth;
	const size_t source_length = tree->source.length;
	const size_t dest_length = tree->dest.length;
	const struct level *level = &tree->levels[depth - 1];
	struct pair pair = {
		.source = { level->source, name, true, NULL },
		.dest = { level->dest, name, true, &level->facts },
		.dest_fresh = level->created,
		/* Where nothing can be in the way, it will be read. */
		.said_regular = level->created && type == DT_REG &&
				is_read(tree->session->options),
		.counted = account_known(type),
	};
	enum session_result result;
	struct stat created;

	/* Deeper than others can find it, all is ours. */
	tree->session->share =
		tree_has_parent(tree) && level->findable ? tree->share : NULL;
	if (trail_push(&tree->source, name) < 0 ||
	    trail_push(&tree->dest, name) < 0) {
		const struct err err = { .op = ERR_MEMORY };

		show(tree, &pair);
		account_begin(tree->session, pair.counted);
		result = session_fail(tree->session, &pair, &err);
		account_end(tree->session, &pair, result);
	} else {
		show(tree, &pair);
		result = entry_copy(tree->session, &pair, NULL, &created);
		if (result == SESSION_DIRECTORY)
			result = enter_or_fail(tree, &pair);
		else if (result == SESSION_ASIDE)
			result = put_aside(tree, &pair);
	}
	if (tree->depth == depth) {
		trail_cut(&tree->source, source_length);
		trail_cut(&tree->dest, dest_length);
	}
	return result;
}

enum session_result tree_walk(struct tree *tree)
{
	const struct session *session = tree->session;
	struct err err;

	while (tree->depth > 0) {
		struct level *level;

		tree_offer(tree);
		level = &tree->levels[tree->depth - 1];
		if (signals_drain_sometimes(session->signals) != 0)
			return SESSION_STOPPED;
		if (level->next < level->listing.count && !tree->into_itself) {
			const char *name =
				listing_name(&level->listing, level->next);
			unsigned char type =
				listing_type(&level->listing, level->next);

			if (level->borrowed && tree->share)
				tree->share->ops->note_dealt(tree->share,
							     level->next);
			level->next++;
			tree->entries++;
			if (copy_entry(tree, name, type) == SESSION_STOPPED)
				return SESSION_STOPPED;
		} else if (tree_leave(tree, &err) < 0) {
			session_fail(tree->session, tree->root, &err);
			return SESSION_FAILED;
		}
	}
	return SESSION_DONE;
}

void tree_free(struct tree *tree)
{
	struct err err;

	while (tree->depth > 0)
		tree_leave(tree, &err);
	free(tree->levels);
	trail_free(&tree->source);
	trail_free(&tree->dest);
}

enum session_result tree_copy(struct session *session, const struct pair *pair,
			      struct share *share, struct stat *created)
{
	struct tree tree = {
		.session = session,
		.root = pair,
		.share = share,
	};
	enum session_result result = SESSION_FAILED;
	struct pair root = *pair;
	struct err err = { .op = ERR_MEMORY };

	if (trail_start(&tree.source, pair->source_shown) < 0 ||
	    trail_start(&tree.dest, pair->dest_shown) < 0)
		session_fail(session, pair, &err);
	else if (tree.root_length = tree.dest.length,
		 enter_or_fail(&tree, &root) == SESSION_DONE) {
		fstat(tree.levels[0].dest, created);
		result = tree_walk(&tree);
	}
	tree_free(&tree);
	return result;
}
