/* SPDX-License-Identifier: MIT */
/*
 * What the pool's workers say, and what one that died could not say any more.
 */
#include "config.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "pool_work.h"

struct job_body pool_keep_body(struct pool *pool, struct job_body body)
{
	if (body.length > 0)
		memcpy(pool->body, body.bytes, body.length);
	return (struct job_body){ pool->body, body.length };
}

/* A death */

/* What worker INDEX, which was at job ID, has done and not told. */
static void remember_words(struct pool *pool, unsigned int index, uint64_t id)
{
	struct pool_worker *worker = &pool->workers[index];
	struct tally rest =
		tally_difference(&worker->slot->tally, &worker->told);
	size_t i;

	/* What it was at is not on its way any more. */
	for (i = 0; i < TALLY_FIELDS; i++)
		if (tally_is_passing((enum tally_field)i))
			rest.count[i] = -worker->told.count[i];
	pool->words = (struct record){
		.type = RECORD_TALLY,
		.job = id,
		.body = { pool->words_body,
			  tally_pack(&rest, pool->words_body) },
		.worker = index,
	};
	pool->has_words = true;
}

/* What WORKER leaves of its batch is not its successor's. */
static void take_slot(struct pool *pool, struct pool_worker *worker)
{
	struct worker_slot *left = worker->slot;

	worker->slot = pool->spare;
	pool->spare = left;
	pool->spare_heard = worker->heard;
	pool->has_left = true;
}

static void lose(struct pool *pool, struct pool_job *lost, int status)
{
	pool->lost =
		(struct record){ .type = RECORD_FAILED, .job = lost->job.id };
	if (lost->job.type == JOB_BATCH) {
		pool->lost.body = pool_keep_body(pool, lost->job.body);
		pool_free_body(&lost->job);
	}
	err_set_num(&pool->lost.err,
		    lost->job.type == JOB_BATCH ? ERR_BATCH_DIED
						: ERR_WORKER_DIED,
		    WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	pool->has_lost = true;
}

void pool_bury(struct pool *pool, unsigned int index)
{
	struct pool_worker *worker = &pool->workers[index];
	uint64_t at_work =
		atomic_load_explicit(&worker->slot->job, memory_order_acquire);
	size_t i;

	/* Usually it is gone; one that only closed its pipe must go, too. */
	if (worker->pid > 0)
		kill(worker->pid, SIGKILL);
	pool_wait_for(worker);
	pool_close_ends(&worker->ends);
	pool->alive--;
	pool->has_left = false;
	for (i = worker->count; i-- > 0;) {
		struct pool_job *job = &worker->running[i];

		if (job->job.type == JOB_BATCH && job->job.id == at_work) {
			remember_words(pool, index, at_work);
			take_slot(pool, worker);
		}
		if (job->job.id == at_work &&
		    (++job->deaths >= 2 || job->job.type == JOB_BATCH))
			lose(pool, job, worker->status);
		else if (pool_enqueue(pool, job) < 0)
			lose(pool, job, worker->status);
	}
	worker->count = 0;
	for (i = 0; i < pool->file_count; i++)
		pool->files[i].known[index] = false;
	if (pool->respawns > 0) {
		pool->respawns--;
		pool_spawn(pool, index);
	}
}

/* Records */

/* Job ID is answered; false when this worker was not asked. */
static bool settle(struct pool_worker *worker, uint64_t id)
{
	size_t i;

	for (i = 0; i < worker->count; i++) {
		if (worker->running[i].job.id == id) {
			pool_free_body(&worker->running[i].job);
			worker->running[i] = worker->running[--worker->count];
			return true;
		}
	}
	return false;
}

static bool is_running(const struct pool_worker *worker, uint64_t id)
{
	size_t i;

	for (i = 0; i < worker->count; i++)
		if (worker->running[i].job.id == id)
			return true;
	return false;
}

static bool is_answer(const struct record *record)
{
	return record->type == RECORD_DONE || record->type == RECORD_FAILED;
}

/* Whether the tally in RECORD makes sense; it is known as told then. */
static bool note_tally(struct pool_worker *worker, const struct record *record)
{
	struct tally tally;

	if (tally_unpack(record->body.bytes, record->body.length, &tally) == 0)
		return false;
	tally_add(&worker->told, &tally);
	return true;
}

/* The next record that WORKER has sent; false when there is none now. */
static bool take_record(struct pool *pool, struct pool_worker *worker,
			struct record *record)
{
	for (;;) {
		int taken;

		if (worker->unheard)
			worker->inbox.length = 0;
		taken = wire_decode_record(worker->inbox.bytes,
					   worker->inbox.length, record);
		if (taken == 0)
			return false;
		if (taken > 0 && record->type == RECORD_TALLY &&
		    !note_tally(worker, record))
			taken = -1;
		if (taken < 0) {
			/* Not one of ours any more: its jobs are redone. */
			worker->unheard = true;
			if (worker->pid > 0)
				kill(worker->pid, SIGKILL);
			continue;
		}
		worker->heard++;
		record->body = pool_keep_body(pool, record->body);
		record->worker = (unsigned int)(worker - pool->workers);
		record->pid = worker->pid;
		wire_take(&worker->inbox, (size_t)taken);
		if (is_answer(record) ? settle(worker, record->job)
				      : is_running(worker, record->job))
			return true;
	}
}

bool pool_take_lost(struct pool *pool, struct record *record)
{
	if (pool->has_words) {
		*record = pool->words;
		pool->has_words = false;
		return true;
	}
	if (!pool->has_lost)
		return false;
	*record = pool->lost;
	pool->has_lost = false;
	return true;
}

bool pool_take_record(struct pool *pool, struct record *record)
{
	unsigned int i;

	if (pool_take_lost(pool, record))
		return true;
	for (i = 0; i < pool->backend.workers; i++)
		if (take_record(pool, &pool->workers[i], record))
			return true;
	return false;
}
