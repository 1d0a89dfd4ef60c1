/* SPDX-License-Identifier: MIT */
/*
 * A file on its way to the disk (--fsync), in steps.
 *
 *     written   waited for       on their way           yet to come
 *     [...........][ oldest ][ piece ] ... [ newest ][ next .........]
 *
 * A piece is given to the disk without waiting for it, and when PIECES are
 * under way the oldest is waited for: the disk always has something to do, and
 * nobody waits for more than a piece at a time.
 */
#include "config.h"

#include "writeback.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "extent.h"
#include "source.h"
#include "util.h"

/*
 * The bytes of a piece, less than an engine's step: a slow disk takes a tenth
 * of a second for it. A smaller file is left to fsync.
 */
#define PIECE UTIL_MIB

/* So many on their way keep a disk busy: together an engine's step. */
#define PIECES (ENGINE_STEP / PIECE)

struct writeback {
	int fd;
	uint64_t at; /* what comes next, ... */
	uint64_t end;
	bool sparse; /* ... of which not all is data */
	struct extent pieces[PIECES];
	unsigned int first; /* of them is the oldest on its way */
	unsigned int count; /* are on their way */
};

/* Whether ERRNUM says nothing about the data: fsync alone has to do then. */
static bool is_refusal(int errnum)
{
	return errnum == ESPIPE || errnum == EINVAL || errnum == ENOSYS ||
	       errnum == EOPNOTSUPP;
}

static int sync_piece(int fd, const struct extent *piece, unsigned int flags)
{
	int result;

	do
		result = sync_file_range(fd, (off_t)piece->start,
					 (off_t)(piece->end - piece->start),
					 flags);
	while (result < 0 && errno == EINTR);
	return result;
}

/* Finds the next piece; false: there is none, as far as can be told. */
static bool next_piece(struct writeback *back, struct extent *piece)
{
	*piece = (struct extent){ back->at, back->end };
	if (back->sparse &&
	    extent_next(back->fd, back->at, back->end, piece) <= 0)
		return false;
	/* Small ones with holes between them are one. */
	piece->end = util_min(back->end, piece->start + PIECE);
	return piece->start < piece->end;
}

/*
 * One step: a piece more on its way, or the oldest of them waited for. Returns
 * 1, 0 when there was nothing to do, or -1 with errno.
 */
static int step(struct writeback *back)
{
	struct extent *piece;

	if (back->count < PIECES) {
		piece = &back->pieces[(back->first + back->count) % PIECES];
		if (next_piece(back, piece)) {
			back->at = piece->end;
			back->count++;
			return sync_piece(back->fd, piece,
					  SYNC_FILE_RANGE_WRITE) < 0
				       ? -1
				       : 1;
		}
		back->at = back->end;
	}
	if (back->count == 0)
		return 0;
	piece = &back->pieces[back->first];
	back->first = (back->first + 1) % PIECES;
	back->count--;
	/*
	 * An error of the data is told here, and then not by fsync any more:
	 * it is once only for each open file.
	 */
	return sync_piece(back->fd, piece,
			  SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
				  SYNC_FILE_RANGE_WAIT_AFTER) < 0
		       ? -1
		       : 1;
}

/* Up to where BACK is written. */
static uint64_t written(const struct writeback *back)
{
	return back->count > 0 ? back->pieces[back->first].start : back->at;
}

static enum engine_result step_by_step(struct session *session,
				       struct writeback *back, struct err *err)
{
	uint64_t *done = &session->tally->count[TALLY_WRITTEN_BACK];
	uint64_t told = back->at;
	int more;

	while ((more = step(back)) > 0) {
		*done += written(back) - told;
		told = written(back);
		if (signals_drain_sometimes(session->signals) != 0)
			return ENGINE_STOPPED;
	}
	if (more == 0 || is_refusal(errno))
		return ENGINE_DONE;
	err_set(err, ERR_FSYNC);
	return ENGINE_FAILED;
}

/* What of DEST was written: the last SIZE bytes where it is not ours alone. */
static struct writeback range_of(const struct dest *dest, uint64_t size)
{
	struct writeback back = { .fd = dest->fd, .end = size };
	struct stat st;
	off_t end;

	if (size <= PIECE)
		return (struct writeback){ .fd = dest->fd };
	if (dest->kind != DEST_STREAM) {
		back.sparse = fstat(dest->fd, &st) == 0 &&
			      source_has_holes(&st);
		return back;
	}
	/* -1: a pipe, say, where there is nothing to write back. */
	end = lseek(dest->fd, 0, SEEK_CUR);
	if (end < 0 || (uint64_t)end < size)
		return (struct writeback){ .fd = dest->fd };
	back.at = (uint64_t)end - size;
	back.end = (uint64_t)end;
	return back;
}

enum engine_result writeback_file(struct session *session,
				  const struct dest *dest, uint64_t size,
				  struct err *err)
{
	struct progress *progress = &session->progress;
	uint64_t *count = session->tally->count;
	struct writeback back = range_of(dest, size);
	const uint64_t total = back.end - back.at;
	const uint64_t before = count[TALLY_WRITTEN_BACK];
	const enum progress_phase phase = progress->phase;
	enum engine_result result;

	count[TALLY_TO_WRITE_BACK] += total;
	/* While workers are at a tree, that is copied, too. */
	if (!session->pool_busy)
		progress->phase = PROGRESS_WRITING_BACK;
	result = step_by_step(session, &back, err);
	if (result == ENGINE_DONE && dest_sync(dest, err) < 0)
		result = ENGINE_FAILED;
	progress->phase = phase;
	count[TALLY_TO_WRITE_BACK] -= total;
	count[TALLY_WRITTEN_BACK] = before;
	return result;
}
