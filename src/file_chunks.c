/* SPDX-License-Identifier: MIT */
/*
 * A file's contents by chunks: who does them, which engine, and the exchange of
 * jobs and records with them.
 */
#include "config.h"

#include "file_chunks.h"

#include <sys/stat.h>

#include "account.h"
#include "backend.h"
#include "backends.h"
#include "extent.h"
#include "fstype.h"
#include "job.h"
#include "source.h"
#include "transfer.h"
#include "util.h"

/*
 * From this size on a file is worth a nameless destination and chunks; below,
 * it is written in order, and is short when it is cut off.
 */
#define NAMELESS_FROM (1 * UTIL_MIB)

/* What each worker should have at least of a file that is one of several. */
#define PAYS_FROM (1 * UTIL_MIB)

/* Choosing */

/*
 * Whether ITEM, one of several operands, is worth workers that stay for the
 * next ones: so much was copied before, and each has as much to do as pays.
 */
static bool pays_among_others(struct session *session,
			      const struct file_item *item)
{
	return session->options->jobs == 0 && item->pair->operand &&
	       tally_moved(session->tally) >= JOB_PAYS_AFTER &&
	       (uint64_t)item->source_stat.st_size / backends_cpus(session) >=
		       PAYS_FROM;
}

/*
 * How many workers the file should have; 1 is this process. Who asks for N
 * workers and names one file wants them for it, however small it is.
 */
static unsigned int workers_for(struct session *session,
				const struct file_item *item)
{
	uint64_t size = (uint64_t)item->source_stat.st_size;
	unsigned int jobs = session->options->jobs;

	if (jobs == 1 || session->no_pool || session->pool_busy)
		return 1;
	if (jobs > 0 && item->pair->operand)
		return size / util_page_size() >= jobs ? jobs : 1;
	if (size < JOB_FOR_ALL && !pays_among_others(session, item))
		return 1;
	return jobs > 0 ? jobs : backends_cpus(session);
}

bool file_chunks_wanted(struct session *session, const struct file_item *item)
{
	const struct stat *st = &item->source_stat;
	uint64_t size = (uint64_t)st->st_size;

	if (!S_ISREG(st->st_mode) || source_size_lies(item->source, st))
		return false;
	return size >= NAMELESS_FROM || source_has_holes(st) ||
	       file_item_asks_for_chunks(session->options->engine) ||
	       workers_for(session, item) > 1;
}

/* What becomes of the zeros of ITEM when it is copied by chunks. */
static enum job_zeros zeros_of(const struct session *session,
			       const struct file_item *item)
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

/* The engine for ITEM: chosen or forced, and if it can serve at all. */
static int choose_engine(struct session *session, struct file_item *item,
			 unsigned int workers, struct job *file,
			 struct err *err)
{
	enum options_engine engine = session->options->engine;
	unsigned int at_once =
		workers > 1 ? (unsigned int)util_min(workers,
						     backends_cpus(session))
			    : 1;
	const struct engine_pair pair = file_item_pair(session, item, at_once);
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

/* Copying */

/* For who hears of records. */
struct exchange {
	struct session *session;
	struct transfer *transfer;
};

static void take_record(void *arg, const struct record *record)
{
	const struct exchange *exchange = arg;

	transfer_record(exchange->transfer, record);
	account_moved(exchange->session, transfer_moved(exchange->transfer));
}

/* Gives BACKEND as many chunks as can be out. */
static void hand_out(struct exchange *exchange, struct backend *backend)
{
	struct job job;

	while (transfer_next(exchange->transfer, &job)) {
		struct record failed = { .type = RECORD_FAILED, .job = job.id };

		if (backend->ops->submit(backend, &job) == 0)
			continue;
		err_set(&failed.err, ERR_MEMORY);
		take_record(exchange, &failed);
	}
}

/* Hands out all chunks and takes in the answers. */
static enum engine_result exchange_all(struct exchange *exchange,
				       struct backend *backend)
{
	struct transfer *transfer = exchange->transfer;
	struct record record;
	bool stopped;

	while (!transfer_settled(transfer)) {
		hand_out(exchange, backend);
		if (transfer_settled(transfer))
			break;
		backend->hear = take_record;
		backend->hear_arg = exchange;
		stopped = backend->ops->next(backend, &record) < 0;
		backend->hear = NULL;
		backend->hear_arg = NULL;
		if (stopped)
			return ENGINE_STOPPED;
		take_record(exchange, &record);
	}
	return transfer->failed ? ENGINE_FAILED : ENGINE_DONE;
}

/*
 * What of ITEM's destination is in holes, where only the engine has seen the
 * zeros. File systems count blocks that are yet to be allocated.
 */
static uint64_t holes_of(const struct file_item *item)
{
	struct stat st;

	if (fstat(item->dest.fd, &st) < 0)
		return 0;
	return item->copied -
	       util_min((uint64_t)st.st_blocks * 512, item->copied);
}

/* What TRANSFER of ITEM has come to, now that nothing works on it any more. */
static void take_result(struct session *session, struct file_item *item,
			const struct transfer *transfer,
			enum engine_result result, enum job_zeros zeros)
{
	item->copied = result == ENGINE_DONE ? transfer->size
					     : transfer_prefix(transfer);
	item->holes = zeros == JOB_ZEROS_SKIP ? holes_of(item)
					      : transfer->holes;
	session->next_id = transfer->next_job;
}

/* Has BACKEND copy ITEM, as FILE says. */
static enum engine_result transfer_item(struct session *session,
					struct file_item *item,
					struct backend *backend,
					const struct job *file, struct err *err)
{
	uint64_t size = (uint64_t)item->source_stat.st_size;
	uint64_t chunk = job_chunk_size(size, backend->workers,
					session->options->chunk_size,
					util_page_size());
	struct job forget = { .type = JOB_FORGET, .file = file->file };
	struct transfer transfer;
	struct exchange exchange = { session, &transfer };
	enum engine_result result;

	if (transfer_begin(&transfer, file->file, size, chunk,
			   (size_t)backend->workers * job_window(chunk)) < 0 ||
	    backend->ops->submit(backend, file) < 0) {
		err_set(err, ERR_MEMORY);
		transfer_end(&transfer);
		return ENGINE_FAILED;
	}
	transfer.source = item->source;
	transfer.dest = item->dest.fd;
	transfer.sparse = file->zeros != JOB_ZEROS_FILL &&
			  source_has_holes(&item->source_stat);
	transfer.preallocate = file->zeros != JOB_ZEROS_SKIP &&
			       fstype_of(item->dest.fd)->preallocate;
	item->facts.sparse = file_item_sparse_facts(session, transfer.sparse);
	result = exchange_all(&exchange, backend);
	/* In this process nothing goes on by itself. */
	if (result == ENGINE_STOPPED && backend == session->pool)
		backends_abandon(session);
	else
		backend->ops->submit(backend, &forget);
	if (result == ENGINE_FAILED)
		*err = transfer.err;
	take_result(session, item, &transfer, result, file->zeros);
	transfer_end(&transfer);
	return result;
}

enum engine_result file_chunks_copy(struct session *session,
				    struct file_item *item, struct err *err)
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
	int reason;

	if (dest_check_space(&item->dest, file_item_needs(session, item),
			     &session->room_vain, err) < 0 ||
	    choose_engine(session, item, workers, &file, err) < 0)
		return ENGINE_FAILED;
	reason = dest_size(&item->dest, size, err);
	if (reason > 0 && file_item_asks_for_chunks(session->options->engine))
		reason = err_set_num(err, ERR_ENGINE, reason);
	if (reason != 0)
		return reason < 0 ? ENGINE_FAILED : ENGINE_REFUSED;
	item->sized = true;
	backend = backends_get(session, workers);
	if (!backend) {
		err_set(err, ERR_MEMORY);
		return ENGINE_FAILED;
	}
	item->engine = file.engine;
	item->facts.workers = backend->workers;
	item->facts.offload = file.engine == OPTIONS_ENGINE_CFR ? "yes" : "no";
	return transfer_item(session, item, backend, &file, err);
}
