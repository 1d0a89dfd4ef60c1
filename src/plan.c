/* SPDX-License-Identifier: MIT */
/*
 * From operands to copies: which file goes where, and whether it may.
 */
#include "config.h"

#include "plan.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "identity.h"
#include "place.h"
#include "util.h"

/* Operands */

static int wrong(struct plan_error *error, const char *words, const char *name)
{
	*error = (struct plan_error){ .words = words,
				      .name = name,
				      .usage = true };
	return -1;
}

static int no_directory(struct plan_error *error, const char *words,
			const char *name)
{
	*error = (struct plan_error){ .words = words,
				      .name = name,
				      .errnum = errno };
	return -1;
}

/* stat(2) of a directory: 0, or -1 with errno, ENOTDIR for anything else. */
static int stat_directory(const char *path)
{
	struct stat found;

	if (stat(path, &found) < 0)
		return -1;
	if (S_ISDIR(found.st_mode))
		return 0;
	errno = ENOTDIR;
	return -1;
}

/*
 * Whether errno ERRNUM of a stat leaves open what the last operand is. Then
 * nothing is to be copied: "into it" and "as it" are different places. The
 * others recur when it is looked at as the destination, after the source.
 */
static bool is_unknown(int errnum)
{
	return errnum != ENOENT && errnum != ENOTDIR && errnum != EACCES &&
	       errnum != ELOOP && errnum != ENAMETOOLONG;
}

static int check_count(const struct mcp_options *options, unsigned int count,
		       char *const *operands, struct plan_error *error)
{
	if (count == 0)
		return wrong(error, "missing file operand", NULL);
	if (count == 1 && !options->target_directory)
		return wrong(error, "missing destination file operand after %s",
			     operands[0]);
	if (options->target_directory && options->no_target_directory) {
		*error = (struct plan_error){
			.words = "cannot combine --target-directory (-t) and "
				 "--no-target-directory (-T)",
		};
		return -1;
	}
	if (count > 2 && options->no_target_directory)
		return wrong(error, "extra operand %s", operands[2]);
	return 0;
}

int plan_open(struct plan *plan, const struct mcp_options *options,
	      unsigned int count, char *const *operands,
	      struct plan_error *error)
{
	const char *last;

	*plan = (struct plan){ .options = options, .sources = operands };
	if (check_count(options, count, operands, error) < 0)
		return -1;
	if (options->target_directory) {
		plan->count = count;
		plan->directory = options->target_directory;
		if (stat_directory(plan->directory) < 0)
			return no_directory(error, "target directory %s",
					    plan->directory);
		return 0;
	}
	last = operands[count - 1];
	plan->count = count - 1;
	if (!options->no_target_directory && stat_directory(last) == 0)
		plan->directory = last;
	else if (!options->no_target_directory && is_unknown(errno))
		return no_directory(error, "cannot stat %s", last);
	else if (count > 2)
		return no_directory(error, "target %s", last);
	else
		plan->dest = last;
	if (options->parents && !plan->directory)
		return wrong(error,
			     "with --parents, the destination must be a "
			     "directory",
			     NULL);
	return 0;
}

/* The length of PATH without the slashes behind it, but for a leading one. */
static size_t length_bare(const char *path)
{
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		length--;
	return length;
}

/* DIRECTORY/the last component of SOURCE, with no slash too many. */
static char *name_in(const char *directory, const char *source)
{
	size_t bare = length_bare(directory), length;
	const char *last = place_last_component(source, &length);
	bool slash = bare > 0 && directory[bare - 1] != '/';
	char *path;

	/* What is all slashes stays as it is, to cp's liking. */
	if (bare == 1 && directory[0] == '/')
		bare = strlen(directory);
	/* Not out of DIRECTORY. */
	if (length == 2 && memcmp(last, "..", 2) == 0) {
		last++;
		length--;
	}
	if (asprintf(&path, "%.*s%s%.*s", (int)bare, directory,
		     slash ? "/" : "", (int)length, last) < 0)
		return NULL;
	return path;
}

/* --parents: DIRECTORY/SOURCE, without the slashes behind it. */
static char *path_in(const char *directory, const char *source)
{
	size_t bare = length_bare(directory);
	const char *between = source[0] == '/' ? "" : "/";
	char *path;

	/* "//a" could be something else than "/a" (POSIX). */
	if (bare == 1 && directory[0] == '/')
		between = source[0] == '/' ? "." : "";
	if (asprintf(&path, "%.*s%s%.*s", (int)bare, directory, between,
		     (int)length_bare(source), source) < 0)
		return NULL;
	return path;
}

int plan_pair(const struct plan *plan, unsigned int index, struct pair *pair,
	      char **dest)
{
	char *source = plan->sources[index];

	/* As cp, which leaves them to a source that gets another name. */
	if (plan->options->strip_slashes && plan->directory)
		source[length_bare(source)] = '\0';
	if (plan->directory && plan->options->parents)
		*dest = path_in(plan->directory, source);
	else if (plan->directory)
		*dest = name_in(plan->directory, source);
	else
		*dest = strdup(plan->dest);
	if (!*dest)
		return -1;
	*pair = (struct pair){
		.source = place_operand(source),
		.dest = place_operand(*dest),
		.operand = true,
		.source_shown = source,
		.dest_shown = *dest,
	};
	return 0;
}

/* Files met before */

/*
 * A name, however it was spelt: the directory it is in, and the last component;
 * and what had it when it was met last.
 */
struct plan_seen {
	struct identity parent;
	struct pair_made file;
	char name[];
};

static int compare_seen(const void *left, const void *right)
{
	const struct plan_seen *a = left, *b = right;

	if (a->parent.ino != b->parent.ino)
		return a->parent.ino < b->parent.ino ? -1 : 1;
	if (a->parent.dev != b->parent.dev)
		return a->parent.dev < b->parent.dev ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* PATH, which nothing had yet; malloc'ed, or NULL with errno. */
static struct plan_seen *new_seen(const char *path)
{
	const struct place place = place_operand(path);
	size_t length;
	const char *last = place_last_component(path, &length);
	struct stat parent;
	struct plan_seen *seen;

	if (place_stat_parent(&place, AT_SYMLINK_NOFOLLOW, &parent) < 0)
		return NULL;
	seen = calloc(1, sizeof(*seen) + length + 1);
	if (!seen)
		return NULL;
	seen->parent = identity_of(&parent);
	memcpy(seen->name, last, length);
	return seen;
}

/* PATH in TREE, where it is put if it is not yet; NULL with errno. */
static struct plan_seen *look_up(void **tree, const char *path)
{
	struct plan_seen *seen = new_seen(path), **node;

	if (!seen)
		return NULL;
	node = tsearch(seen, tree, compare_seen);
	if (!node || *node != seen)
		free(seen);
	if (node)
		return *node;
	errno = ENOMEM;
	return NULL;
}

/* Whether FILE is what SEEN had, or may be. */
static bool had(const struct plan_seen *seen, const struct stat *file)
{
	return seen->file.is &&
	       (!seen->file.known ||
		identity_is(seen->file.file, identity_of(file)));
}

/*
 * What cannot be remembered is not noticed when it is repeated, which harms
 * nothing: its destination was just created.
 */
bool plan_is_repeated(struct plan *plan, const struct pair *pair)
{
	struct plan_seen *seen;
	bool repeated;

	if (plan->count < 2 || S_ISDIR(pair->source_stat.st_mode) ||
	    plan->options->backup != OPTIONS_BACKUP_NONE)
		return false;
	seen = look_up(&plan->seen_sources, pair->source_shown);
	if (!seen)
		return false;
	repeated = had(seen, &pair->source_stat);
	seen->file = pair_made_as(&pair->source_stat);
	return repeated;
}

int plan_expect(struct plan *plan, const struct pair *pair, struct err *err)
{
	plan->expected = look_up(&plan->seen_dests, pair->dest_shown);
	if (plan->expected)
		return 0;
	return err_set(err, errno == ENOMEM ? ERR_MEMORY : ERR_STAT_DEST);
}

bool plan_is_just_created(const struct plan *plan, const struct stat *file)
{
	return had(plan->expected, file);
}

void plan_made(struct plan *plan, const struct pair_made *made)
{
	plan->expected->file = *made;
}

bool plan_is_for_backup(const struct plan *plan)
{
	struct stat found;

	return plan->dest && plan->options->force &&
	       plan->options->backup != OPTIONS_BACKUP_NONE &&
	       strcmp(plan->sources[0], plan->dest) == 0 &&
	       stat(plan->dest, &found) == 0 && S_ISREG(found.st_mode);
}

void plan_close(struct plan *plan)
{
	tdestroy(plan->seen_sources, free);
	tdestroy(plan->seen_dests, free);
	plan->seen_sources = plan->seen_dests = NULL;
}
