/* SPDX-License-Identifier: MIT */
/*
 * A whole run: plan, backend, records, exit status.
 *
 * For each pair of the plan: decide, open both files, copy in order or by
 * chunks, finish or take back. The only place where records are interpreted
 * and where a failure meets the names it belongs to.
 */
#include "config.h"

#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "backend.h"
#include "cpus.h"
#include "dest.h"
#include "engine.h"
#include "inproc.h"
#include "plan.h"
#include "pool.h"
#include "source.h"
#include "stream.h"
#include "transfer.h"
#include "util.h"

/*
 * From this size on a file is worth a nameless destination and chunks; below,
 * it is written in order, and is short when it is cut off.
 */
#define LARGE_FILE (8 * UTIL_MIB)

/* From this size on workers pay when nobody asked for a number of them. */
#define POOL_FILE (32 * UTIL_MIB)

struct run {
	const struct mcp_options *options;
	struct report *report;
	struct signals *signals;
	struct plan plan;
	struct backend *inproc; /* NULL until needed */
	struct backend *pool;	/* NULL until needed ... */
	bool no_pool;		/* ... and for good when it failed */
	struct publish_fs fs;
	struct engine_work work; /* for what is copied in order */
	uint64_t next_id;	 /* of files and jobs */
};

/* One pair on its way. */
struct item {
	struct plan_pair pair;
	struct stat source_stat; /* as it was opened */
	int source;
	struct dest dest;
	uint64_t copied; /* bytes in place from the start */
	bool sized;	 /* copied by chunks, not in order */
};

/* Choosing */

/* How many workers the file should have; 1 is this process. */
static unsigned int workers_for(const struct run *run, uint64_t size)
{
	unsigned int jobs = run->options->jobs;

	if (jobs == 1 || run->no_pool)
		return 1;
	if (jobs == 0)
		return size >= POOL_FILE ? cpus_available() : 1;
	return size / util_page_size() >= jobs ? jobs : 1;
}

/* The backend for WORKERS workers; the pool stays once it is there. */
static struct backend *backend_for(struct run *run, unsigned int workers)
{
	if (workers > 1 && !run->pool && !run->no_pool) {
		report_flush(run->report);
		run->pool = pool_start(run->signals, workers);
		run->no_pool = !run->pool;
	}
	if (workers > 1 && run->pool)
		return run->pool;
	if (!run->inproc)
		run->inproc = inproc_start(run->signals);
	return run->inproc;
}

/* An engine that was asked for works on ranges; rw does so in order, too. */
static bool asks_for_chunks(enum options_engine engine)
{
	return engine != OPTIONS_ENGINE_AUTO && engine != OPTIONS_ENGINE_RW;
}

/* Whether ITEM's source goes by chunks, which needs a size to be believed. */
static bool wants_chunks(const struct run *run, const struct item *item)
{
	const struct stat *st = &item->source_stat;
	uint64_t size = (uint64_t)st->st_size;

	if (!S_ISREG(st->st_mode) || source_size_lies(item->source, st))
		return false;
	return size >= LARGE_FILE || source_has_holes(st) ||
	       asks_for_chunks(run->options->engine) ||
	       workers_for(run, size) > 1;
}

/*
 * Whether the engine that was asked for can serve files that are copied in
 * order: only rw can.
 */
static int check_forced_engine(const struct run *run, const struct item *item,
			       struct err *err)
{
	enum options_engine engine = run->options->engine;
	int reason;

	if (!asks_for_chunks(engine))
		return 0;
	if (!S_ISREG(item->source_stat.st_mode) ||
	    item->dest.kind == DEST_STREAM)
		reason = ENODEV;
	else if (!item->dest.readable)
		reason = EACCES;
	else
		reason = engine_probe(engine, item->source, item->dest.fd, 0);
	return reason ? err_set_num(err, ERR_ENGINE, reason) : 0;
}

/* Copying */

static enum engine_result copy_in_order(struct run *run, struct item *item,
					struct err *err)
{
	struct stream stream = {
		.source = item->source,
		.dest = item->dest.fd,
		.dest_blocks = item->dest.blocks,
	};
	enum engine_result result;

	if (S_ISREG(item->source_stat.st_mode))
		stream.size = (uint64_t)item->source_stat.st_size;
	if (check_forced_engine(run, item, err) < 0 ||
	    (item->dest.kind == DEST_EXISTING &&
	     dest_check_space(&item->dest, stream.size, err) < 0) ||
	    dest_truncate(&item->dest, err) < 0)
		return ENGINE_FAILED;
	result = stream_copy(&stream, run->signals, &run->work, err);
	item->copied = stream.done;
	return result;
}

/* Hands out the chunks of TRANSFER and takes in the answers. */
static enum engine_result exchange(struct backend *backend,
				   struct transfer *transfer)
{
	struct record record;
	struct job job;

	while (!transfer_settled(transfer)) {
		while (transfer_next(transfer, &job)) {
			if (backend->ops->submit(backend, &job) == 0)
				continue;
			record = (struct record){ .type = RECORD_FAILED,
						  .job = job.id };
			err_set(&record.err, ERR_MEMORY);
			transfer_record(transfer, &record);
		}
		if (transfer_settled(transfer))
			break;
		if (backend->ops->next(backend, &record) < 0)
			return ENGINE_STOPPED;
		transfer_record(transfer, &record);
	}
	return transfer->failed ? ENGINE_FAILED : ENGINE_DONE;
}

/* Nothing may write to a file any more that is about to be cut or removed. */
static void abandon_backends(struct run *run)
{
	if (run->pool)
		run->pool->ops->finish(run->pool, true);
	run->pool = NULL;
}

/* The engine for ITEM: chosen or forced, and if it can serve at all. */
static int choose_engine(const struct run *run, const struct item *item,
			 unsigned int workers, struct job *file,
			 struct err *err)
{
	enum options_engine engine = run->options->engine;
	int reason;

	file->forced = engine != OPTIONS_ENGINE_AUTO;
	if (!file->forced)
		engine = engine_choose(workers);
	if (engine == OPTIONS_ENGINE_MMAP && !item->dest.readable)
		reason = EACCES;
	else
		reason = engine_probe(engine, item->source, item->dest.fd,
				      (uint64_t)item->source_stat.st_size);
	if (reason && file->forced)
		return err_set_num(err, ERR_ENGINE, reason);
	file->engine = reason ? OPTIONS_ENGINE_RW : engine;
	return 0;
}

static enum engine_result transfer_item(struct run *run, struct item *item,
					struct backend *backend,
					const struct job *file, struct err *err)
{
	uint64_t size = (uint64_t)item->source_stat.st_size;
	uint64_t chunk = job_chunk_size(size, backend->workers,
					run->options->chunk_size,
					util_page_size());
	struct job forget = { .type = JOB_FORGET, .file = file->file };
	struct transfer transfer;
	enum engine_result result;

	if (transfer_begin(&transfer, file->file, size, chunk,
			   (size_t)backend->workers * job_window(chunk)) < 0 ||
	    backend->ops->submit(backend, file) < 0) {
		err_set(err, ERR_MEMORY);
		return ENGINE_FAILED;
	}
	transfer.source = item->source;
	transfer.dest = item->dest.fd;
	transfer.sparse = source_has_holes(&item->source_stat);
	transfer.preallocate = engine_preallocates(item->dest.fd);
	result = exchange(backend, &transfer);
	if (result == ENGINE_STOPPED)
		abandon_backends(run);
	else
		backend->ops->submit(backend, &forget);
	if (result == ENGINE_FAILED)
		*err = transfer.err;
	item->copied = result == ENGINE_DONE ? size
					     : transfer_prefix(&transfer);
	run->next_id = transfer.next_job;
	transfer_end(&transfer);
	return result;
}

static enum engine_result copy_by_chunks(struct run *run, struct item *item,
					 struct err *err)
{
	uint64_t size = (uint64_t)item->source_stat.st_size;
	uint64_t needed =
		util_min(size, (uint64_t)item->source_stat.st_blocks * 512);
	unsigned int workers = workers_for(run, size);
	struct backend *backend;
	struct job file = {
		.type = JOB_FILE,
		.file = run->next_id,
		.source_fd = item->source,
		.dest_fd = item->dest.fd,
	};

	int room;

	item->sized = true;
	if (dest_check_space(&item->dest, needed, err) < 0 ||
	    choose_engine(run, item, workers, &file, err) < 0)
		return ENGINE_FAILED;
	room = dest_size(&item->dest, size, err);
	if (room < 0)
		return ENGINE_FAILED;
	if (room > 0) {
		item->sized = false;
		return copy_in_order(run, item, err);
	}
	backend = backend_for(run, workers);
	if (!backend) {
		err_set(err, ERR_MEMORY);
		return ENGINE_FAILED;
	}
	return transfer_item(run, item, backend, &file, err);
}

/* One pair */

/*
 * A FIFO that nobody has opened for writing yet reads as if it were at its
 * end; until somebody has, the destination is left alone. Returns as
 * open_item.
 */
static int wait_for_writer(struct run *run, const struct item *item,
			   struct err *err)
{
	if (S_ISREG(item->source_stat.st_mode))
		return 0;
	if (asks_for_chunks(run->options->engine))
		return err_set_num(err, ERR_ENGINE, ENODEV);
	if (S_ISFIFO(item->source_stat.st_mode) &&
	    signals_wait_fd(run->signals, item->source, POLLIN) != 0)
		return 1;
	return 0;
}

/* Opens both files. Returns 0, -1 with ERR, or 1 after a fatal signal. */
static int open_item(struct run *run, struct item *item, bool *chunks,
		     struct err *err)
{
	struct dest_request request = {
		.options = run->options,
		.signals = run->signals,
		.path = item->pair.dest,
		.found = item->pair.found,
		.seen = &item->pair.dest_stat,
		.source = &item->source_stat,
	};
	int opened;

	item->source = source_open(item->pair.source, &item->pair.source_stat,
				   &item->source_stat, err);
	if (item->source < 0)
		return -1;
	opened = wait_for_writer(run, item, err);
	if (opened != 0)
		return opened;
	*chunks = wants_chunks(run, item);
	/* What has no size may grow large, and must not be seen half. */
	if (*chunks || !S_ISREG(item->source_stat.st_mode))
		request.fs = &run->fs;
	return dest_open(&item->dest, &request, err);
}

/* Takes back what was begun. Returns the exit status. */
static int fail_item(struct run *run, struct item *item, enum engine_result why,
		     const struct err *err)
{
	bool incomplete = dest_fail(&item->dest, item->copied);

	if (why == ENGINE_STOPPED) {
		if (incomplete)
			report_interrupted(run->report, item->pair.dest,
					   run->signals->fatal);
		return 1;
	}
	/* A name that appeared while we copied, and that -n respects. */
	if (run->options->no_clobber && err->op == ERR_CREATE &&
	    err->errnum == EEXIST)
		return 0;
	report_failure(run->report, err, item->pair.source, item->pair.dest,
		       incomplete);
	return 1;
}

static int finish_item(struct run *run, struct item *item)
{
	bool regular = S_ISREG(item->source_stat.st_mode);
	struct stat created;
	struct err err;

	if (regular && source_check(item->source, &item->source_stat,
				    item->copied, &err) < 0)
		return fail_item(run, item, ENGINE_FAILED, &err);
	if (run->plan.count > 1 && item->dest.kind != DEST_STREAM &&
	    fstat(item->dest.fd, &created) == 0)
		plan_created(&run->plan, &item->pair, &created);
	if (dest_finish(&item->dest, item->copied, item->sized, &err) < 0) {
		/* What is in place is not known, so not all of it counts. */
		item->copied -= item->copied > 0;
		return fail_item(run, item, ENGINE_FAILED, &err);
	}
	return 0;
}

static int copy_pair(struct run *run, struct item *item)
{
	enum engine_result result = ENGINE_FAILED;
	bool chunks = false;
	struct err err;
	int opened;

	if (run->options->verbose)
		report_copy(run->report, item->pair.source, item->pair.dest);
	opened = open_item(run, item, &chunks, &err);
	if (opened == 0 && item->dest.removed && run->options->verbose)
		report_removed(run->report, item->pair.dest);
	if (opened == 0)
		result = chunks && item->dest.kind != DEST_STREAM
				 ? copy_by_chunks(run, item, &err)
				 : copy_in_order(run, item, &err);
	else if (opened > 0)
		result = ENGINE_STOPPED;
	if (result != ENGINE_DONE)
		return fail_item(run, item, result, &err);
	return finish_item(run, item);
}

/* Copies pair INDEX of the plan, or not. Returns the exit status. */
static int run_pair(struct run *run, unsigned int index)
{
	struct item item = { .source = -1, .dest = { .fd = -1 } };
	struct err err;
	int status = 0;

	if (plan_pair(&run->plan, index, &item.pair) < 0) {
		report_named(run->report, 0, "memory exhausted", NULL);
		return 1;
	}
	switch (plan_decide(&run->plan, &item.pair, &err)) {
	case PLAN_COPY:
		status = copy_pair(run, &item);
		util_close(&item.source);
		break;
	case PLAN_SKIP:
		break;
	case PLAN_REPEAT:
		report_named(run->report, 0,
			     "warning: source file %s specified more than once",
			     item.pair.source);
		break;
	case PLAN_FAIL:
		report_failure(run->report, &err, item.pair.source,
			       item.pair.dest, false);
		status = 1;
		break;
	}
	plan_pair_free(&item.pair);
	return status;
}

static void finish(struct run *run)
{
	if (run->pool)
		run->pool->ops->finish(run->pool, run->signals->fatal != 0);
	if (run->inproc)
		run->inproc->ops->finish(run->inproc, true);
	engine_work_free(&run->work);
	plan_close(&run->plan);
}

int run(const struct mcp_options *options, unsigned int count,
	char *const *operands, struct report *report, struct signals *signals)
{
	struct run state = {
		.options = options,
		.report = report,
		.signals = signals,
		.next_id = 1,
	};
	struct plan_error error;
	unsigned int i;
	int status = 0;

	if (plan_open(&state.plan, options, count, operands, &error) < 0) {
		if (error.usage)
			report_usage(report, error.words, error.name);
		else
			report_named(report, error.errnum, error.words,
				     error.name);
		return 1;
	}
	for (i = 0; i < state.plan.count; i++) {
		status |= run_pair(&state, i);
		if (signals_drain(signals) != 0)
			break;
	}
	finish(&state);
	return status;
}
