/* SPDX-License-Identifier: MIT */
/*
 * A tree copied by several workers: the parent's side.
 *
 *     tree_copy -> begin -> give ... -> batches -> the pool's workers (serve)
 *     records -> given: batches again; put aside, full: kept; text: said
 *
 * The parent begins alone. When the tree turns out to be worth it, workers are
 * forked and all that is left is given to them; from then on the parent hands
 * batches from those who have some to those who have none. What a worker puts
 * aside is done here: other names of files of several names, since one table
 * must know them all (linked). Large files come at the end (large), and then
 * directories get their attributes, from the deepest up.
 */
#include "config.h"

#include "spread.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends.h"
#include "heir.h"
#include "kept.h"
#include "large.h"
#include "linked.h"
#include "pool.h"
#include "serve.h"
#include "tree.h"
#include "tree_take.h"

/*
 * So many batches for each worker are out before more of a huge directory is
 * listed: enough for the milliseconds that this takes, and little memory.
 */
#define BATCHES_AHEAD 4

struct spread {
	struct share share;
	struct session *session;
	struct backend *pool;
	struct share_roots roots; /* with descriptors of its own */
	struct serve serve;
	struct worker_server server;
	size_t out; /* batches given to workers and not answered yet */
	struct claims *claims;
	struct linked linked;
	struct kept_list large;
	struct kept_list full;
};

static void fail_for_memory(struct spread *spread)
{
	const struct err err = { .op = ERR_MEMORY };

	session_fail(spread->session, spread->roots.pair, &err);
}

/* A message that makes no sense: what it was about is not known. */
static void fail_for_nonsense(struct spread *spread)
{
	const struct err err = { .op = ERR_BATCH_DIED };

	session_fail(spread->session, spread->roots.pair, &err);
}

/* BODY is copied into KEPT, which goes to LIST. */
static void keep(struct spread *spread, struct kept_list *list,
		 const struct job_body *body, struct kept kept)
{
	if (kept_add(list, body, kept) < 0)
		fail_for_memory(spread);
}

/* Batches */

static void submit(struct spread *spread, const struct job_body *body)
{
	const struct job job = {
		.type = JOB_BATCH,
		.id = spread->session->next_id++,
		.body = *body,
	};

	if (spread->pool->ops->submit(spread->pool, &job) == 0)
		spread->out++;
	else
		fail_for_memory(spread);
}

/* Copies the names of BODY here. */
static void copy_here(struct spread *spread, const struct job_body *body)
{
	struct batch batch;

	if (batch_decode(body->bytes, body->length, &batch) < 0)
		fail_for_nonsense(spread);
	else
		tree_copy_batch(spread->session, &spread->roots, &batch, NULL);
	/* Others are at work all the time. */
	progress_name(&spread->session->progress, NULL);
}

static void keep_full(struct spread *spread, const struct job_body *body)
{
	struct batch_full full;

	if (batch_decode_full(body->bytes, body->length, &full) < 0)
		fail_for_nonsense(spread);
	else
		keep(spread, &spread->full, body,
		     (struct kept){ .depth = kept_depth(full.dir.path) });
}

static void take_aside(struct spread *spread, const struct job_body *body)
{
	if (linked_take(&spread->linked, body) < 0)
		fail_for_nonsense(spread);
	/* Others are at work all the time. */
	progress_name(&spread->session->progress, NULL);
}

/* For the heir. */
static void take_aside_left(void *arg, const struct job_body *body)
{
	take_aside(arg, body);
}

/*
 * The batch of RECORD is no worker's any more, since he died or, when the run
 * STOPS, left it or was never given it.
 */
static void inherit(struct spread *spread, const struct record *record,
		    bool stops)
{
	const struct heir heir = {
		.session = spread->session,
		.roots = &spread->roots,
		.share = &spread->share,
		.take_aside = take_aside_left,
		.arg = spread,
	};
	struct batch batch;
	struct heir_left left = { .err = record->err };
	const struct worker_slot *slot =
		record->type == RECORD_FAILED
			? pool_left(spread->pool, &left.heard)
			: NULL;

	if ((!slot && !stops) ||
	    batch_decode(record->body.bytes, record->body.length, &batch) < 0) {
		fail_for_nonsense(spread);
		return;
	}
	if (slot) {
		left.track = &slot->track;
		left.aside = &slot->aside;
	}
	if (stops)
		heir_leave(&heir, &batch, &left);
	else
		heir_take(&heir, &batch, &left);
}

/* What tree_copy asks of us */

static void give(struct share *share, const struct batch *batch)
{
	struct spread *spread = (struct spread *)share;
	uint8_t bytes[BATCH_MAX];
	const struct job_body body = { bytes, batch_encode(batch, bytes) };

	submit(spread, &body);
}

static void leave_full(struct share *share, const struct batch_full *full)
{
	uint8_t bytes[BATCH_MAX];
	const struct job_body body = { bytes, batch_encode_full(full, bytes) };

	keep_full((struct spread *)share, &body);
}

/*
 * Whether the destination is somewhere below the source, as far as can be
 * seen: then the copy would meet itself, which only one process alone notices.
 */
static bool may_be_inside(int dest, const struct stat *source)
{
	struct stat here = { 0 }, above;
	int fd = fcntl(dest, F_DUPFD_CLOEXEC, 0);
	bool inside = true;

	while (fd >= 0 && fstat(fd, &above) == 0) {
		int next;

		if (above.st_dev == source->st_dev &&
		    above.st_ino == source->st_ino)
			break;
		/* Above the root is the root. */
		inside = above.st_dev != here.st_dev ||
			 above.st_ino != here.st_ino;
		if (!inside)
			break;
		here = above;
		next = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		util_close(&fd);
		fd = next;
	}
	util_close(&fd);
	return inside;
}

static bool begin(struct share *share, const struct share_roots *roots)
{
	struct spread *spread = (struct spread *)share;
	struct session *session = spread->session;

	if (may_be_inside(roots->dest, &roots->pair->source_stat))
		return false;
	spread->roots.source = fcntl(roots->source, F_DUPFD_CLOEXEC, 3);
	spread->roots.dest = fcntl(roots->dest, F_DUPFD_CLOEXEC, 3);
	spread->roots.pair = roots->pair;
	spread->roots.dest_id = roots->dest_id;
	if (spread->roots.source < 0 || spread->roots.dest < 0)
		return false;
	spread->claims = claims_start();
	if (!spread->claims)
		return false;
	linked_begin(&spread->linked, session, &spread->roots);
	serve_prepare(&spread->serve, session, &spread->roots, spread->claims);
	spread->server = (struct worker_server){
		.serve = serve_batch,
		.arg = &spread->serve,
		.keep = { spread->roots.source, spread->roots.dest },
	};
	spread->pool = backends_serve(session, &spread->server);
	progress_name(&session->progress, NULL);
	return spread->pool != NULL;
}

/* What the workers say */

static void keep_large(struct spread *spread, const struct record *record)
{
	if (large_keep(&spread->large, &record->body, record->bytes,
		       spread->session->tally) < 0)
		fail_for_memory(spread);
}

static void take_tally(struct spread *spread, const struct record *record)
{
	const struct job_body *body = &record->body;
	struct tally more;
	size_t taken = tally_unpack(body->bytes, body->length, &more);

	progress_hear(&spread->session->progress, record->worker, record->pid,
		      &more, (const char *)body->bytes + taken,
		      body->length - taken);
}

static void take_record(struct spread *spread, const struct record *record)
{
	switch (record->type) {
	case RECORD_GIVEN:
		submit(spread, &record->body);
		break;
	case RECORD_ASIDE:
		take_aside(spread, &record->body);
		break;
	case RECORD_LAST:
		keep_large(spread, record);
		break;
	case RECORD_FULL:
		keep_full(spread, &record->body);
		break;
	case RECORD_TALLY:
		take_tally(spread, record);
		break;
	case RECORD_NOTES:
		if (spread->session->events)
			status_notes(spread->session->events,
				     record->body.bytes, record->body.length,
				     record->bytes);
		break;
	case RECORD_TEXT:
		report_text(spread->session->report, (int)record->bytes,
			    (const char *)record->body.bytes,
			    record->body.length);
		break;
	case RECORD_DONE:
		if (record->bytes)
			spread->session->status = 1;
		spread->out--;
		break;
	case RECORD_FAILED:
		spread->out--;
		inherit(spread, record, false);
		break;
	case RECORD_RETURNED:
		spread->out--;
		copy_here(spread, &record->body);
		break;
	case RECORD_PROGRESS:
		break;
	}
}

/* Until no more than MOST batches are out. */
static enum session_result attend(struct spread *spread, size_t most)
{
	struct session *session = spread->session;
	enum session_result result = SESSION_DONE;
	struct record record;

	session->pool_busy = true;
	while (spread->out > most && result == SESSION_DONE) {
		if (spread->pool->ops->next(spread->pool, &record) < 0)
			result = SESSION_STOPPED;
		else
			take_record(spread, &record);
		/* It came while something was copied here. */
		if (session->signals->fatal != 0)
			result = SESSION_STOPPED;
	}
	session->pool_busy = false;
	return result;
}

static bool keep_pace(struct share *share)
{
	struct spread *spread = (struct spread *)share;

	return attend(spread, (size_t)BATCHES_AHEAD * spread->pool->workers) ==
	       SESSION_DONE;
}

static const struct share_ops ops = {
	.begin = begin,
	.give = give,
	.keep_pace = keep_pace,
	.leave_full = leave_full,
};

/*
 * Lets the workers leave what they are at, and says what they have to say of
 * that: which existing files are incomplete now. For those who do not answer,
 * and what they would have gone on with after a death, it is said here.
 */
static void dismiss(struct spread *spread)
{
	struct session *session = spread->session;
	struct record record;

	while (session->pool && pool_dismiss(session->pool, &record))
		if (record.type == RECORD_TEXT || record.type == RECORD_TALLY ||
		    record.type == RECORD_NOTES)
			take_record(spread, &record);
		else if (record.type == RECORD_FAILED ||
			 record.type == RECORD_RETURNED)
			inherit(spread, &record, true);
	backends_abandon(session);
}

/* KEPT goes to one worker. */
static void give_large(struct spread *spread, const struct kept *kept)
{
	uint8_t bytes[BATCH_MAX];
	struct job_body body = { bytes, 0 };
	struct batch batch;

	large_forget(kept, spread->session->tally);
	if (batch_decode(kept->bytes, kept->length, &batch) < 0) {
		fail_for_nonsense(spread);
		return;
	}
	batch.whole = true;
	body.length = batch_encode(&batch, bytes);
	submit(spread, &body);
}

/*
 * Copies large files: some by one worker each, at the same time, then the
 * others, and what workers put last again, each by all workers together.
 */
static enum session_result copy_large(struct spread *spread)
{
	struct session *session = spread->session;
	struct kept_list *large = &spread->large;
	size_t alone = large_divide(large, spread->pool->workers), i;

	for (i = 0; i < alone; i++)
		give_large(spread, &large->items[i]);
	if (attend(spread, 0) == SESSION_STOPPED)
		return SESSION_STOPPED;
	for (; i < large->count; i++) {
		const struct kept *kept = &large->items[i];
		const struct job_body body = { kept->bytes, kept->length };

		if (signals_drain(session->signals) != 0)
			return SESSION_STOPPED;
		large_forget(kept, session->tally);
		copy_here(spread, &body);
	}
	return session->signals->fatal ? SESSION_STOPPED : SESSION_DONE;
}

static void finish_directories(struct spread *spread)
{
	struct kept_list *list = &spread->full;
	struct batch_full full;
	size_t i;

	kept_sort(list);
	for (i = 0; i < list->count; i++)
		if (batch_decode_full(list->items[i].bytes,
				      list->items[i].length, &full) == 0)
			tree_finish_full(spread->session, &spread->roots,
					 &full);
}

static enum session_result end(struct spread *spread)
{
	enum session_result result;

	result = attend(spread, 0);
	if (result == SESSION_DONE)
		result = linked_finish(&spread->linked);
	if (result != SESSION_STOPPED)
		result = copy_large(spread);
	if (result == SESSION_STOPPED)
		dismiss(spread);
	else
		finish_directories(spread);
	return result;
}

/* Whether workers could do anything for it: see doc/design.md. */
static bool may_spread(const struct session *session)
{
	const struct mcp_options *options = session->options;

	return options->jobs != 1 && !options->ask &&
	       options->backup == OPTIONS_BACKUP_NONE &&
	       options->dereference != OPTIONS_DEREF_ALWAYS &&
	       !options->keep_directory_symlink;
}

enum session_result spread_tree(struct session *session,
				const struct pair *pair)
{
	struct spread spread = {
		.share = { .ops = &ops },
		.session = session,
		.roots = { -1, -1, NULL, { 0, 0 } },
	};
	bool may = may_spread(session);
	enum session_result result =
		tree_copy(session, pair, may ? &spread.share : NULL);

	session->share = NULL;
	if (spread.pool) {
		if (result == SESSION_STOPPED)
			dismiss(&spread);
		else if (end(&spread) == SESSION_STOPPED)
			result = SESSION_STOPPED;
		if (session->pool)
			pool_serve(session->pool, NULL);
	}
	util_close(&spread.roots.source);
	util_close(&spread.roots.dest);
	linked_free(&spread.linked);
	claims_free(spread.claims);
	kept_free(&spread.large);
	kept_free(&spread.full);
	return result;
}
