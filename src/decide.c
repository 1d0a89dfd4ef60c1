/* SPDX-License-Identifier: MIT */
/*
 * May it be copied? cp's rules, in cp's order.
 *
 * The order matters: what is skipped is not complained of, and what cannot be
 * done is said before anybody is asked.
 */
#include "config.h"

#include "decide.h"

#include <sys/stat.h>
#include <unistd.h>

#include "place.h"
#include "same.h"

#define SECOND 1000000000L
#define FINEST 100L /* of what is coarse: NTFS, servers of Windows */

/*
 * Whether a file that is made for that, beside PAIR's destination and without a
 * name, keeps a nanosecond; false also where that cannot be tried.
 */
static bool keeps_nanoseconds(const struct pair *pair)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
					   { .tv_nsec = 1 } };
	int fd = place_open_nameless(&pair->dest);
	struct stat st;
	bool kept;

	if (fd < 0)
		return false;
	kept = futimens(fd, times) == 0 && fstat(fd, &st) == 0 &&
	       st.st_mtim.tv_nsec == 1 && st.st_dev == pair->dest_stat.st_dev;
	close(fd);
	return kept;
}

/*
 * In what steps of nanoseconds the times of PAIR's destination are kept, as far
 * as they show it: that of its change is the clock's, which has no steps, but
 * even hundreds, one time of a hundred. 1 where times may be that fine.
 */
static long steps_of_time(const struct pair *pair)
{
	const struct stat *file = &pair->dest_stat;
	long step = SECOND;

	while (step >= FINEST && (file->st_ctim.tv_nsec % step != 0 ||
				  file->st_mtim.tv_nsec % step != 0))
		step /= 10;
	if (step < FINEST || (step < SECOND && keeps_nanoseconds(pair)))
		return 1;
	return step;
}

/*
 * Whether PAIR's destination was modified before its source. Where times are
 * KEPT, it is not older for what its file system could not keep of them.
 */
static bool is_older(const struct pair *pair, bool kept)
{
	const struct timespec *dest = &pair->dest_stat.st_mtim;
	const struct timespec *source = &pair->source_stat.st_mtim;

	if (dest->tv_sec != source->tv_sec)
		return dest->tv_sec < source->tv_sec;
	if (dest->tv_nsec >= source->tv_nsec)
		return false;
	return !kept ||
	       dest->tv_nsec <
		       source->tv_nsec - source->tv_nsec % steps_of_time(pair);
}

/* What -u, -n and -i say of overwriting, which is not for directories. */
static enum decision decide_update(const struct mcp_options *options,
				   const struct pair *pair, struct err *err)
{
	if (S_ISDIR(pair->source_stat.st_mode) || pair->agreed)
		return DECIDE_COPY;
	switch (options->update) {
	case OPTIONS_UPDATE_NONE:
		return DECIDE_SKIP;
	case OPTIONS_UPDATE_NONE_FAIL:
		err_set_num(err, ERR_NOT_REPLACING, 0);
		return DECIDE_FAIL;
	case OPTIONS_UPDATE_OLDER:
		if (!is_older(pair, options->preserve.timestamps))
			return DECIDE_OLDER;
		break;
	case OPTIONS_UPDATE_ALL:
		break;
	}
	return options->ask ? DECIDE_ASK : DECIDE_COPY;
}

enum decision decide(const struct mcp_options *options, const struct pair *pair,
		     struct err *err)
{
	enum decision update;
	enum same same;

	if (pair->found != DEST_SOMETHING)
		return DECIDE_COPY;
	/* Nothing is overwritten, be it by itself. */
	same = options->update == OPTIONS_UPDATE_NONE ||
			       options->update == OPTIONS_UPDATE_NONE_FAIL
		       ? SAME_NOT
		       : same_compare(options, pair, err);
	if (same == SAME_FAIL)
		return DECIDE_FAIL;
	if (same == SAME_BAD) {
		err_set_num(err, ERR_SAME_FILE, 0);
		return DECIDE_FAIL;
	}
	update = decide_update(options, pair, err);
	if (same != SAME_DONE)
		return update;
	if (update == DECIDE_ASK)
		return DECIDE_ASK_ONLY;
	return update == DECIDE_COPY ? DECIDE_SAME : update;
}

int decide_kinds(const struct mcp_options *options, const struct pair *pair,
		 struct err *err)
{
	bool source_dir = S_ISDIR(pair->source_stat.st_mode);
	bool dest_dir = S_ISDIR(pair->dest_stat.st_mode);

	if (pair->found != DEST_SOMETHING || source_dir == dest_dir)
		return 0;
	/* A file is backed up, a directory is not. */
	if (source_dir && options->backup != OPTIONS_BACKUP_NONE)
		return 0;
	return err_set_num(err, source_dir ? ERR_FILE_DEST : ERR_DIRECTORY_DEST,
			   0);
}

bool decide_must_unlink(const struct mcp_options *options,
			const struct pair *pair)
{
	if (pair->found != DEST_SOMETHING ||
	    options->backup != OPTIONS_BACKUP_NONE ||
	    S_ISDIR(pair->dest_stat.st_mode))
		return false;
	if (options->remove_destination)
		return true;
	if (options->attributes_only)
		return false;
	return (options->preserve.links && pair->dest_stat.st_nlink > 1) ||
	       (pair_is_never_followed(options, pair) &&
		!S_ISREG(pair->source_stat.st_mode));
}
