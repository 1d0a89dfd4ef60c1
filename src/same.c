/* SPDX-License-Identifier: MIT */
/*
 * One file or two? cp's rules, in cp's order.
 */
#include "config.h"

#include "same.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "identity.h"

/* Both names as they stand in their directories, symlinks unfollowed. */
struct names {
	struct stat source;
	struct stat dest;
	bool same_inode;
	bool same_name; /* one entry of one directory */
};

/* Returns 1, 0 when nothing is at the destination any more, or -1 with ERR. */
static int look_at_names(const struct pair *pair, struct names *names,
			 struct err *err)
{
	int same_name;

	if (fstatat(pair->source.dir, pair->source.name, &names->source,
		    AT_SYMLINK_NOFOLLOW) < 0)
		return err_set(err, ERR_STAT_SOURCE);
	if (fstatat(pair->dest.dir, pair->dest.name, &names->dest,
		    AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : err_set(err, ERR_STAT_DEST);
	same_name = place_is_same(&pair->source, &pair->dest);
	if (same_name < 0)
		return err_set(err, ERR_STAT_DEST);
	names->same_inode = identity_is_same(&names->source, &names->dest);
	names->same_name = same_name > 0;
	return 1;
}

/* A backup takes the old file out of the way, unless it is the source. */
static enum same same_with_backup(const struct mcp_options *options,
				  const struct pair *pair,
				  const struct names *names)
{
	if (names->same_inode)
		return names->same_name ? SAME_BAD : SAME_NOT;
	if (!pair_is_never_followed(options, pair) &&
	    S_ISLNK(names->source.st_mode) && !S_ISLNK(names->dest.st_mode))
		return SAME_BAD;
	return SAME_NOT;
}

/* Neither name may be a copy of the other; what about what they lead to? */
static enum same same_by_links(const struct mcp_options *options,
			       const struct pair *pair,
			       const struct names *names)
{
	bool source_link = S_ISLNK(names->source.st_mode);
	bool dest_link = S_ISLNK(names->dest.st_mode);
	struct stat source, dest;

	if (options->remove_destination) {
		if (dest_link)
			return SAME_NOT;
		if (names->same_inode && names->dest.st_nlink > 1 &&
		    !names->same_name)
			return SAME_NOT;
	}
	if (!source_link && !dest_link) {
		if (!names->same_inode)
			return SAME_NOT;
		if (options->hard_link)
			return SAME_DONE;
	}
	if (options->symbolic_link && dest_link)
		return SAME_NOT;
	if (!pair_is_never_followed(options, pair))
		return SAME_BAD;
	if (fstatat(pair->source.dir, pair->source.name, &source, 0) < 0 ||
	    fstatat(pair->dest.dir, pair->dest.name, &dest, 0) < 0 ||
	    !identity_is_same(&source, &dest))
		return SAME_NOT;
	if (options->hard_link)
		return dest_link ? SAME_NOT : SAME_DONE;
	return SAME_BAD;
}

enum same same_compare(const struct mcp_options *options,
		       const struct pair *pair, struct err *err)
{
	bool same = identity_is_same(&pair->source_stat, &pair->dest_stat);
	struct names names;
	int seen;

	if (same && options->hard_link)
		return SAME_DONE;
	if (!same && !pair_is_never_followed(options, pair))
		return SAME_NOT;
	if (!same && !S_ISLNK(pair->source_stat.st_mode) &&
	    !S_ISLNK(pair->dest_stat.st_mode))
		return SAME_NOT;
	seen = look_at_names(pair, &names, err);
	if (seen <= 0)
		return seen < 0 ? SAME_FAIL : SAME_NOT;
	if (S_ISLNK(names.source.st_mode) && S_ISLNK(names.dest.st_mode)) {
		if (pair_is_never_followed(options, pair)) {
			if (names.same_name)
				return SAME_BAD;
			if (options->backup == OPTIONS_BACKUP_NONE &&
			    names.same_inode)
				return SAME_DONE;
			return SAME_NOT;
		}
		if (options->remove_destination && !names.same_name)
			return SAME_NOT;
	}
	if (options->backup != OPTIONS_BACKUP_NONE)
		return same_with_backup(options, pair, &names);
	return same_by_links(options, pair, &names);
}
