/* SPDX-License-Identifier: MIT */
/*
 * A copy as somebody sees it who looks on.
 *
 * Percent and time left are those of work: bytes, and for each file as many
 * more as its opening and closing take the time of. That falls only when work
 * is found that was not known of, never by more.
 */
#include "config.h"

#include "progress.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

/*
 * What a file costs beyond its bytes, in bytes: on ext4, xfs and tmpfs a small
 * one takes 7 to 12 microseconds with two workers, in which 4 GB/s are copied.
 */
#define FILE_COST (32 * UTIL_KIB)

/* No time left is told before so much has passed. */
#define LEFT_AFTER (UTIL_SECOND / 2)

void progress_begin(struct progress *progress, uint64_t now)
{
	*progress = (struct progress){
		.workers = 1,
		.most_workers = 1,
		.start = now,
	};
}

void progress_stop(struct progress *progress, uint64_t now)
{
	if (progress->stopped_at == 0)
		progress->stopped_at = now;
}

void progress_continue(struct progress *progress, uint64_t now)
{
	if (progress->stopped_at != 0)
		progress->stopped += now - progress->stopped_at;
	progress->stopped_at = 0;
}

static void forget_workers(struct progress *progress)
{
	while (progress->worker_count > 0)
		free(progress->worker[--progress->worker_count].now);
	free(progress->worker);
	progress->worker = NULL;
	progress->latest = 0;
}

void progress_set_workers(struct progress *progress, unsigned int count)
{
	forget_workers(progress);
	progress->workers = count > 0 ? count : 1;
	if (progress->workers > progress->most_workers)
		progress->most_workers = progress->workers;
	/* Without memory they are counted, and their names not shown. */
	if (count > 0)
		progress->worker = calloc(count, sizeof(*progress->worker));
	if (progress->worker)
		progress->worker_count = count;
}

void progress_hear(struct progress *progress, unsigned int index, pid_t pid,
		   const struct tally *more, const char *name, size_t length)
{
	struct progress_worker *worker;

	tally_add(&progress->sum, more);
	if (index >= progress->worker_count)
		return;
	worker = &progress->worker[index];
	worker->pid = pid;
	tally_add(&worker->tally, more);
	free(worker->now);
	worker->now = length > 0 ? strndup(name, length) : NULL;
	progress->latest = index;
}

void progress_end(struct progress *progress)
{
	forget_workers(progress);
}

void progress_name(struct progress *progress, const char *name)
{
	size_t length = name ? strlen(name) : 0;

	if (length >= sizeof(progress->now)) {
		name += length - (sizeof(progress->now) - 1);
		length = sizeof(progress->now) - 1;
	}
	memcpy(progress->now, length > 0 ? name : "", length + 1);
}

/* How much */

/* What was taken back before it was counted, by two processes, is none. */
static uint64_t count_of(const struct progress *progress,
			 enum tally_field field)
{
	uint64_t count = progress->sum.count[field];

	return count > INT64_MAX ? 0 : count;
}

static uint64_t files_done(const struct progress *progress)
{
	return count_of(progress, TALLY_FILES) +
	       count_of(progress, TALLY_SKIPPED_FILES) +
	       count_of(progress, TALLY_FAILED_FILES);
}

static uint64_t bytes_done(const struct progress *progress)
{
	return count_of(progress, TALLY_BYTES) +
	       count_of(progress, TALLY_SKIPPED_BYTES) +
	       count_of(progress, TALLY_FAILED_BYTES) +
	       count_of(progress, TALLY_PARTIAL_BYTES);
}

static uint64_t work_done(const struct progress *progress)
{
	return bytes_done(progress) + files_done(progress) * FILE_COST;
}

/* Files whose size nobody knows yet. */
static uint64_t files_unsized(const struct progress *progress)
{
	uint64_t found = count_of(progress, TALLY_FOUND_FILES);
	uint64_t sized = count_of(progress, TALLY_SIZED_FILES);

	return found > sized ? found - sized : 0;
}

/* What the files whose size is not known will have, on average. */
static uint64_t estimate(const struct progress *progress)
{
	uint64_t files = count_of(progress, TALLY_SIZED_FILES) -
			 count_of(progress, TALLY_LARGE_FILES);
	uint64_t bytes = count_of(progress, TALLY_FOUND_BYTES) -
			 count_of(progress, TALLY_LARGE_BYTES);

	if (files == 0 || files > INT64_MAX || bytes > INT64_MAX)
		return 0;
	return (uint64_t)((double)bytes / (double)files *
			  (double)files_unsized(progress));
}

/* How fast */

uint64_t progress_elapsed(const struct progress *progress, uint64_t now)
{
	uint64_t until = progress->stopped_at ? progress->stopped_at : now;

	return until - progress->start - progress->stopped;
}

static struct progress_sample sample_at(const struct progress *progress,
					uint64_t now)
{
	return (struct progress_sample){
		.time = progress_elapsed(progress, now),
		.bytes = bytes_done(progress),
		.work = work_done(progress),
	};
}

void progress_sample(struct progress *progress, uint64_t now)
{
	struct progress_sample sample = sample_at(progress, now);
	unsigned int last = (progress->sample_count - 1) % PROGRESS_SAMPLES;

	if (progress->sample_count > 0 &&
	    sample.time - progress->samples[last].time < PROGRESS_SAMPLE)
		return;
	progress->samples[progress->sample_count++ % PROGRESS_SAMPLES] = sample;
}

/* The oldest sample that is remembered; before the first, the start. */
static struct progress_sample oldest(const struct progress *progress)
{
	if (progress->sample_count <= PROGRESS_SAMPLES)
		return (struct progress_sample){ 0, 0, 0 };
	return progress->samples[progress->sample_count % PROGRESS_SAMPLES];
}

static uint64_t per_second(uint64_t amount, uint64_t time)
{
	return time == 0 ? 0
			 : (uint64_t)((double)amount * UTIL_SECOND /
				      (double)time);
}

/* What is more in B than in A; a file that failed takes some back. */
static uint64_t gain(uint64_t a, uint64_t b)
{
	return b > a ? b - a : 0;
}

/* How long yet, by the pace of the last seconds. */
static void tell_left(struct progress_view *view, uint64_t work_left,
		      uint64_t work_rate)
{
	if (view->unknown || view->elapsed < LEFT_AFTER || work_rate == 0)
		return;
	view->left_known = true;
	view->left =
		(uint64_t)((double)work_left / (double)work_rate * UTIL_SECOND);
}

static void tell_now(const struct progress *progress,
		     struct progress_view *view)
{
	if (progress->now[0] != '\0')
		view->now = progress->now;
	else if (progress->latest < progress->worker_count)
		view->now = progress->worker[progress->latest].now;
}

struct progress_view progress_look(const struct progress *progress,
				   uint64_t now)
{
	const struct progress_sample here = sample_at(progress, now);
	const struct progress_sample then = oldest(progress);
	struct progress_view view = {
		.phase = progress->phase,
		.files = files_done(progress),
		.files_total = count_of(progress, TALLY_FOUND_FILES),
		.bytes = here.bytes,
		.bytes_total = count_of(progress, TALLY_FOUND_BYTES) +
			       estimate(progress),
		.growing = count_of(progress, TALLY_UNLISTED) > 0 ||
			   files_unsized(progress) > 0,
		.elapsed = here.time,
		.rate = per_second(gain(then.bytes, here.bytes),
				   here.time - then.time),
		.rate_overall = per_second(here.bytes, here.time),
		.to_write_back = count_of(progress, TALLY_TO_WRITE_BACK),
		.written_back = count_of(progress, TALLY_WRITTEN_BACK),
		.errors = tally_errors(&progress->sum),
		.workers = progress->workers,
	};
	uint64_t all = view.bytes_total + view.files_total * FILE_COST;

	/* One that has no size, and none that has: a FIFO, say. */
	view.unknown = view.files_total == 0 ||
		       (files_unsized(progress) > 0 &&
			count_of(progress, TALLY_SIZED_FILES) == 0);
	/* All that workers have left to do is to wait for the disk. */
	if (view.phase == PROGRESS_COPYING && view.to_write_back > 0 &&
	    !view.growing && view.bytes >= view.bytes_total)
		view.phase = PROGRESS_WRITING_BACK;
	/* A file may grow while it is copied. */
	view.bytes_total = util_max(view.bytes_total, view.bytes);
	all = util_max(all, here.work);
	if (all > 0)
		view.permille =
			(unsigned int)((double)here.work * 1000 / (double)all);
	else if (view.phase == PROGRESS_ENDED)
		view.permille = 1000;
	if (view.permille > 999)
		view.permille = view.files == view.files_total && !view.growing
					? 1000
					: 999;
	tell_left(&view, all - here.work,
		  per_second(gain(then.work, here.work),
			     here.time - then.time));
	tell_now(progress, &view);
	return view;
}
