/* SPDX-License-Identifier: MIT */
/*
 * The contents of one file to another one.
 *
 * Small files, and all that is no regular file, go in order through a buffer;
 * a large file goes by chunks to whoever works. Either way the destination is
 * finished only when all of it is there, its metadata included, and taken back
 * when it is not.
 */
#include "config.h"

#include "file.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "account.h"
#include "clone.h"
#include "dest.h"
#include "keep.h"
#include "source.h"
#include "stream.h"
#include "transfer.h"
#include "util.h"

/*
 * From this size on a file is worth a nameless destination and chunks; below,
 * it is written in order, and is short when it is cut off.
 */
#define LARGE_FILE (8 * UTIL_MIB)

/* For who hears of records. */
struct exchange {
	struct session *session;
	struct transfer *transfer;
};

/* One pair on its way. */
struct item {
	const struct pair *pair;
	struct stat source_stat; /* as it was opened */
	int source;
	struct dest dest;
	uint64_t copied; /* bytes in place from the start */
	bool sized;	 /* copied by chunks, not in order */
	enum options_engine engine;
	uint64_t holes; /* bytes of it that are in holes */
	struct report_facts facts;
	struct exchange exchange;
};

/* Choosing */

/*
 * How many workers the file should have; 1 is this process. Who asks for N
 * workers and names one file wants them for it, however small it is.
 */
static unsigned int workers_for(struct session *session,
				const struct item *item)
{
	uint64_t size = (uint64_t)item->source_stat.st_size;
	unsigned int jobs = session->options->jobs;

	if (jobs == 1 || session->no_pool || session->pool_busy)
		return 1;
	if (jobs > 0 && item->pair->operand)
		return size / util_page_size() >= jobs ? jobs : 1;
	if (size < SESSION_LARGE)
		return 1;
	return jobs > 0 ? jobs : session_cpus(session);
}

/* An engine that was asked for works on ranges; rw does so in order, too. */
static bool asks_for_chunks(enum options_engine engine)
{
	return engine != OPTIONS_ENGINE_AUTO && engine != OPTIONS_ENGINE_RW;
}

/* Whether ITEM's source goes by chunks, which needs a size to be believed. */
static bool wants_chunks(struct session *session, const struct item *item)
{
	const struct stat *st = &item->source_stat;
	uint64_t size = (uint64_t)st->st_size;

	if (!S_ISREG(st->st_mode) || source_size_lies(item->source, st))
		return false;
	return size >= LARGE_FILE || source_has_holes(st) ||
	       asks_for_chunks(session->options->engine) ||
	       workers_for(session, item) > 1;
}

/* What the choice of an engine for ITEM depends on. */
static struct engine_pair pair_of(const struct item *item, unsigned int workers)
{
	return (struct engine_pair){
		.source = item->source,
		.dest = item->dest.fd,
		.size = (uint64_t)item->source_stat.st_size,
		.dest_existing = item->dest.kind == DEST_EXISTING,
		.dest_readable = item->dest.readable,
		.workers = workers,
	};
}

/*
 * Whether the engine that was asked for can serve files that are copied in
 * order: only rw can.
 */
static int check_forced_engine(const struct session *session,
			       const struct item *item, struct err *err)
{
	enum options_engine engine = session->options->engine;
	struct engine_pair pair = pair_of(item, 1);
	int reason = ENODEV;

	pair.size = 0; /* it is not to be believed */
	if (!asks_for_chunks(engine))
		return 0;
	if (S_ISREG(item->source_stat.st_mode) &&
	    item->dest.kind != DEST_STREAM)
		reason = engine_serves(engine, &pair);
	return reason ? err_set_num(err, ERR_ENGINE, reason) : 0;
}

/* What becomes of the zeros of ITEM when it is copied by chunks. */
static enum job_zeros zeros_of(const struct session *session,
			       const struct item *item)
{
	bool holes = source_has_holes(&item->source_stat);

	switch (session->options->sparse) {
	case OPTIONS_SPARSE_ALWAYS:
		return JOB_ZEROS_SKIP;
	case OPTIONS_SPARSE_NEVER:
		return holes ? JOB_ZEROS_FILL : JOB_ZEROS_COPY;
	case OPTIONS_SPARSE_AUTO:
		break;
	}
	/* There are holes, and nobody else knows where. */
	return holes && !extent_known(item->source) ? JOB_ZEROS_SKIP
						    : JOB_ZEROS_COPY;
}

/* Whether ITEM gets holes for zeros when it is copied in order. */
static bool skips_zeros(const struct session *session, const struct item *item)
{
	if (item->dest.kind == DEST_STREAM)
		return false;
	return session->options->sparse == OPTIONS_SPARSE_ALWAYS ||
	       (session->options->sparse == OPTIONS_SPARSE_AUTO &&
		S_ISREG(item->source_stat.st_mode) &&
		source_has_holes(&item->source_stat));
}

/* The most bytes that ITEM's data needs where it goes, as far as is known. */
static uint64_t needed_of(const struct session *session,
			  const struct item *item)
{
	const struct stat *st = &item->source_stat;
	uint64_t size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0;

	switch (session->options->sparse) {
	case OPTIONS_SPARSE_ALWAYS:
		return 0;
	case OPTIONS_SPARSE_NEVER:
		return size;
	case OPTIONS_SPARSE_AUTO:
		break;
	}
	return source_has_holes(st) ? (uint64_t)st->st_blocks * 512 : size;
}

/* Copying */

/* How holes are found, in cp's words; MAPPED: by asking where the data is. */
static const char *sparse_facts(const struct session *session, bool mapped)
{
	if (session->options->sparse != OPTIONS_SPARSE_ALWAYS)
		return mapped ? "SEEK_HOLE" : "no";
	return mapped ? "SEEK_HOLE + zeros" : "zeros";
}

static enum engine_result copy_in_order(struct session *session,
					struct item *item, struct err *err)
{
	struct stream stream = {
		.source = item->source,
		.dest = item->dest.fd,
		.dest_blocks = item->dest.blocks,
		.skip_zeros = skips_zeros(session, item),
		.tally = session->tally,
	};
	enum engine_result result;

	if (S_ISREG(item->source_stat.st_mode))
		stream.size = (uint64_t)item->source_stat.st_size;
	item->engine = OPTIONS_ENGINE_RW;
	item->facts.why = S_ISREG(item->source_stat.st_mode)
				  ? "it is copied in order"
				  : "it is no regular file";
	item->facts.workers = 1;
	item->facts.offload = "no";
	item->facts.sparse = sparse_facts(session, false);
	if (check_forced_engine(session, item, err) < 0 ||
	    (item->dest.kind == DEST_EXISTING &&
	     dest_check_space(&item->dest, needed_of(session, item), err) <
		     0) ||
	    dest_truncate(&item->dest, err) < 0)
		return ENGINE_FAILED;
	result = stream_copy(&stream, session->signals, &session->work, err);
	account_streamed(session, stream.done);
	item->copied = stream.done;
	item->holes = stream.holes;
	return result;
}

static void take_record(void *arg, const struct record *record)
{
	const struct exchange *exchange = arg;

	transfer_record(exchange->transfer, record);
	account_moved(exchange->session, transfer_moved(exchange->transfer));
}

/* Hands out the chunks of TRANSFER and takes in the answers. */
static enum engine_result exchange(struct exchange *both,
				   struct backend *backend)
{
	struct transfer *transfer = both->transfer;
	struct record record;
	struct job job;
	bool stopped;

	while (!transfer_settled(transfer)) {
		while (transfer_next(transfer, &job)) {
			if (backend->ops->submit(backend, &job) == 0)
				continue;
			record = (struct record){ .type = RECORD_FAILED,
						  .job = job.id };
			err_set(&record.err, ERR_MEMORY);
			take_record(both, &record);
		}
		if (transfer_settled(transfer))
			break;
		backend->hear = take_record;
		backend->hear_arg = both;
		stopped = backend->ops->next(backend, &record) < 0;
		backend->hear = NULL;
		if (stopped)
			return ENGINE_STOPPED;
		take_record(both, &record);
	}
	return transfer->failed ? ENGINE_FAILED : ENGINE_DONE;
}

/* The engine for ITEM: chosen or forced, and if it can serve at all. */
static int choose_engine(const struct session *session, struct item *item,
			 unsigned int workers, struct job *file,
			 struct err *err)
{
	enum options_engine engine = session->options->engine;
	const struct engine_pair pair = pair_of(item, workers);
	int reason = 0;

	file->forced = engine != OPTIONS_ENGINE_AUTO;
	if (file->forced) {
		reason = engine_serves(engine, &pair);
		item->facts.why = "it was asked for";
	} else if (file->zeros == JOB_ZEROS_SKIP) {
		engine = OPTIONS_ENGINE_RW; /* which sees the bytes */
		item->facts.why = "zeros become holes";
	} else {
		engine = engine_choose(&pair);
		if (session->options->debug)
			item->facts.why = engine_why(&pair, engine);
	}
	file->engine = engine;
	return reason ? err_set_num(err, ERR_ENGINE, reason) : 0;
}

/*
 * What of ITEM's destination is in holes, where only the engine has seen the
 * zeros. File systems count blocks that are yet to be allocated.
 */
static uint64_t holes_of(const struct item *item)
{
	struct stat st;

	if (fstat(item->dest.fd, &st) < 0)
		return 0;
	return item->copied -
	       util_min((uint64_t)st.st_blocks * 512, item->copied);
}

static enum engine_result transfer_item(struct session *session,
					struct item *item,
					struct backend *backend,
					const struct job *file, struct err *err)
{
	uint64_t size = (uint64_t)item->source_stat.st_size;
	uint64_t chunk = job_chunk_size(size, backend->workers,
					session->options->chunk_size,
					util_page_size());
	struct job forget = { .type = JOB_FORGET, .file = file->file };
	struct transfer transfer;
	enum engine_result result;

	if (transfer_begin(&transfer, file->file, size, chunk,
			   (size_t)backend->workers * job_window(chunk)) < 0) {
		err_set(err, ERR_MEMORY);
		return ENGINE_FAILED;
	}
	if (backend->ops->submit(backend, file) < 0) {
		err_set(err, ERR_MEMORY);
		transfer_end(&transfer);
		return ENGINE_FAILED;
	}
	transfer.source = item->source;
	transfer.dest = item->dest.fd;
	transfer.sparse = file->zeros != JOB_ZEROS_FILL &&
			  source_has_holes(&item->source_stat);
	transfer.preallocate = file->zeros != JOB_ZEROS_SKIP &&
			       engine_preallocates(item->dest.fd);
	item->engine = file->engine;
	item->facts.workers = backend->workers;
	item->facts.offload = file->engine == OPTIONS_ENGINE_CFR ? "yes" : "no";
	item->facts.sparse = sparse_facts(session, transfer.sparse);
	item->exchange = (struct exchange){ session, &transfer };
	result = exchange(&item->exchange, backend);
	/* In this process nothing goes on by itself. */
	if (result == ENGINE_STOPPED && backend == session->pool)
		session_abandon(session);
	else
		backend->ops->submit(backend, &forget);
	if (result == ENGINE_FAILED)
		*err = transfer.err;
	item->copied = result == ENGINE_DONE ? size
					     : transfer_prefix(&transfer);
	item->holes = transfer.holes;
	if (file->zeros == JOB_ZEROS_SKIP)
		item->holes = holes_of(item);
	session->next_id = transfer.next_job;
	transfer_end(&transfer);
	return result;
}

static enum engine_result copy_by_chunks(struct session *session,
					 struct item *item, struct err *err)
{
	uint64_t size = (uint64_t)item->source_stat.st_size;
	unsigned int workers = workers_for(session, item);
	struct backend *backend;
	struct job file = {
		.type = JOB_FILE,
		.file = session->next_id,
		.source_fd = item->source,
		.dest_fd = item->dest.fd,
		.zeros = zeros_of(session, item),
	};
	int room;

	item->sized = true;
	if (dest_check_space(&item->dest, needed_of(session, item), err) < 0 ||
	    choose_engine(session, item, workers, &file, err) < 0)
		return ENGINE_FAILED;
	room = dest_size(&item->dest, size, err);
	if (room < 0)
		return ENGINE_FAILED;
	if (room > 0) {
		item->sized = false;
		return copy_in_order(session, item, err);
	}
	backend = session_backend(session, workers);
	if (!backend) {
		err_set(err, ERR_MEMORY);
		return ENGINE_FAILED;
	}
	return transfer_item(session, item, backend, &file, err);
}

/* For --debug, in cp's words. */
static const char *why_not_cloned(const struct session *session,
				  const struct item *item)
{
	if (session->options->reflink == OPTIONS_REFLINK_NEVER)
		return "no";
	if (session->no_clone &&
	    session->no_clone_dev == item->source_stat.st_dev)
		return "unsupported";
	return "avoided";
}

/*
 * Shares the blocks instead of copying, where that can be done. Returns
 * ENGINE_DONE, ENGINE_FAILED under --reflink=always, or ENGINE_REFUSED: then
 * nothing has changed, and the bytes are to be copied.
 */
static enum engine_result clone(struct session *session, struct item *item,
				struct err *err)
{
	const struct mcp_options *options = session->options;
	const struct stat *source = &item->source_stat;
	bool always = options->reflink == OPTIONS_REFLINK_ALWAYS;

	if (options->reflink == OPTIONS_REFLINK_NEVER ||
	    (!always && ((options->engine != OPTIONS_ENGINE_AUTO &&
			  options->engine != OPTIONS_ENGINE_CLONE) ||
			 !S_ISREG(source->st_mode) || source->st_size == 0 ||
			 item->dest.kind == DEST_STREAM ||
			 (session->no_clone &&
			  session->no_clone_dev == source->st_dev)))) {
		item->facts.reflink = why_not_cloned(session, item);
		return ENGINE_REFUSED;
	}
	item->facts.reflink = "unsupported";
	if (clone_file(item->source, item->dest.fd) == 0) {
		item->facts.reflink = "yes";
		item->engine = OPTIONS_ENGINE_CLONE;
		item->facts.why = "blocks can be shared";
		item->facts.workers = 1;
		item->copied = (uint64_t)source->st_size;
		return dest_cut(&item->dest, item->copied, err) < 0
			       ? ENGINE_FAILED
			       : ENGINE_DONE;
	}
	if (always) {
		err_set(err, ERR_CLONE);
		return ENGINE_FAILED;
	}
	if (clone_is_hopeless(errno)) {
		session->no_clone = true;
		session->no_clone_dev = source->st_dev;
	}
	return ENGINE_REFUSED;
}

/* The contents of ITEM, both sides of which are open. */
static enum engine_result copy_item(struct session *session, struct item *item,
				    bool chunks, struct err *err)
{
	enum engine_result result;

	if (session->options->attributes_only)
		return ENGINE_DONE;
	result = clone(session, item, err);
	if (result != ENGINE_REFUSED)
		return result;
	return chunks && item->dest.kind != DEST_STREAM
		       ? copy_by_chunks(session, item, err)
		       : copy_in_order(session, item, err);
}

/*
 * A FIFO that nobody has opened for writing yet reads as if it were at its
 * end; until somebody has, the destination is left alone. Returns as
 * open_item.
 */
static int wait_for_writer(struct session *session, const struct item *item,
			   struct err *err)
{
	if (S_ISREG(item->source_stat.st_mode))
		return 0;
	if (asks_for_chunks(session->options->engine))
		return err_set_num(err, ERR_ENGINE, ENODEV);
	if (S_ISFIFO(item->source_stat.st_mode) &&
	    signals_wait_fd(session->signals, item->source, POLLIN) != 0)
		return 1;
	return 0;
}

/* Opens both files. Returns 0, -1 with ERR, or 1 after a fatal signal. */
static int open_item(struct session *session, struct item *item, bool *chunks,
		     struct err *err)
{
	const struct pair *pair = item->pair;
	struct dest_request request = {
		.options = session->options,
		.signals = session->signals,
		.place = pair->dest,
		.found = pair->found,
		.seen = &pair->dest_stat,
		.followed = pair->dest_followed,
		.source = &item->source_stat,
		.mode = pair->new_mode,
	};
	int opened;

	if (pair->source_opened) {
		item->source = pair->source_fd;
		item->source_stat = pair->source_stat;
	} else {
		item->source = source_open(&pair->source, pair->source_followed,
					   &pair->source_stat,
					   &item->source_stat, err);
	}
	if (item->source < 0)
		return -1;
	opened = wait_for_writer(session, item, err);
	if (opened != 0)
		return opened;
	*chunks = !session->options->attributes_only &&
		  wants_chunks(session, item);
	/* What has no size may grow large, and must not be seen half. */
	if (*chunks || !S_ISREG(item->source_stat.st_mode))
		request.fs = &session->fs;
	return dest_open(&item->dest, &request, err);
}

/* Takes back what was begun, and says why unless a signal did it. */
static enum session_result fail_item(struct session *session, struct item *item,
				     enum engine_result why,
				     const struct err *err)
{
	bool incomplete = dest_fail(&item->dest, item->copied);

	if (why == ENGINE_STOPPED) {
		if (incomplete)
			report_interrupted(session->report,
					   item->pair->dest_shown,
					   session->signals->fatal);
		return SESSION_STOPPED;
	}
	/* A name that appeared while we copied, and that -n respects. */
	if (session->options->update == OPTIONS_UPDATE_NONE &&
	    err->op == ERR_CREATE && err->errnum == EEXIST) {
		account_skipped(session);
		return SESSION_DONE;
	}
	return incomplete ? session_fail_incomplete(session, item->pair, err)
			  : session_fail(session, item->pair, err);
}

/* What is in place is not known, so not all of it counts. */
static enum session_result
fail_unknown(struct session *session, struct item *item, const struct err *err)
{
	item->copied -= item->copied > 0;
	return fail_item(session, item, ENGINE_FAILED, err);
}

static enum session_result finish_item(struct session *session,
				       struct item *item, struct stat *created)
{
	const struct stat *source = &item->source_stat;
	bool regular = S_ISREG(source->st_mode);
	struct err err;
	int kept = 0;

	/* What was read in order and to its end was read whole. */
	if (regular && !session->options->attributes_only &&
	    (item->sized || item->copied < (uint64_t)source->st_size) &&
	    source_check(item->source, &item->source_stat, item->copied, &err) <
		    0)
		return fail_item(session, item, ENGINE_FAILED, &err);
	if (item->pair->operand && item->dest.kind != DEST_STREAM)
		fstat(item->dest.fd, created);
	if (dest_settle(&item->dest, item->copied, item->sized, &err) < 0)
		return fail_unknown(session, item, &err);
	/* A stream is somebody else's: it is written to, and that is all. */
	if (item->dest.kind != DEST_STREAM)
		kept = keep_of_file(session, item->pair, item->source,
				    item->dest.fd, item->dest.kind == DEST_NEW);
	if ((session->options->fsync && dest_sync(&item->dest, &err) < 0) ||
	    dest_finish(&item->dest, &err) < 0)
		return fail_unknown(session, item, &err);
	return kept < 0 ? SESSION_FAILED : SESSION_DONE;
}

enum session_result file_copy(struct session *session, const struct pair *pair,
			      struct stat *created)
{
	struct item item = {
		.pair = pair,
		.source = -1,
		.dest = { .fd = -1 },
		.facts = { "unknown", "unknown", "unknown", NULL, 0,
			   "nothing was copied" },
	};
	enum engine_result result = ENGINE_FAILED;
	enum session_result outcome;
	bool chunks = false;
	struct err err;
	int opened;

	account_name(session, pair);
	opened = open_item(session, &item, &chunks, &err);
	if (opened == 0 && item.dest.removed && session->options->verbose)
		report_removed(session->report, pair->dest_shown);
	if (opened == 0)
		result = copy_item(session, &item, chunks, &err);
	else if (opened > 0)
		result = ENGINE_STOPPED;
	outcome = result == ENGINE_DONE
			  ? finish_item(session, &item, created)
			  : fail_item(session, &item, result, &err);
	if (result == ENGINE_DONE && outcome == SESSION_DONE)
		account_copied(session, item.engine, item.copied, item.holes);
	if (!pair->source_opened)
		util_close(&item.source);
	item.facts.engine = item.engine == OPTIONS_ENGINE_AUTO
				    ? "none"
				    : engine_name(item.engine);
	if (session->options->debug && !session->options->attributes_only)
		report_debug(session->report, &item.facts);
	return outcome;
}
