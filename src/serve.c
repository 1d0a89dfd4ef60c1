/* SPDX-License-Identifier: MIT */
/*
 * A tree copied by several workers: a worker's side.
 *
 * A worker copies names as the parent would, with the parent's session as it
 * was when the worker was forked; but it says nothing itself, and it puts aside
 * what depends on what others do. Its lines go to the parent before the names
 * that it gives away, so that a directory's line is there before those of its
 * contents.
 */
#include "config.h"

#include "serve.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "tree_take.h"

static struct record make_record(const struct serve *serve,
				 enum record_type type, uint64_t bytes,
				 const void *body, size_t length)
{
	return (struct record){
		.type = type,
		.job = serve->link->job,
		.bytes = bytes,
		.body = { body, length },
	};
}

static void send_record(struct serve *serve, enum record_type type,
			uint64_t bytes, const void *body, size_t length)
{
	const struct record record =
		make_record(serve, type, bytes, body, length);

	serve->link->send(serve->link->arg, &record, 1);
}

/* Telling what is done */

/* What was done since the last one, and NAME, what is just being done. */
static struct record make_tally(struct serve *serve, const char *name)
{
	const struct tally *now = &serve->link->slot->tally;
	struct tally more = tally_difference(now, &serve->told);
	size_t length = tally_pack(&more, serve->tally);
	size_t name_length = strlen(name);

	serve->told = *now;
	memcpy(serve->tally + length, name, name_length);
	return make_record(serve, RECORD_TALLY, 0, serve->tally,
			   length + name_length);
}

/* Notes */

/*
 * The notes that wait, if they can be sent without waiting; returns whether
 * RECORD is one of them. It is to be sent before there is another one.
 */
static bool take_notes(struct serve *serve, struct record *record)
{
	struct status_note_box *notes = &serve->notes;

	if ((notes->length == 0 && notes->lost == 0) ||
	    (!serve->urgent &&
	     !serve->link->has_room(serve->link->arg, notes->length)))
		return false;
	*record = make_record(serve, RECORD_NOTES, notes->lost, notes->bytes,
			      notes->length);
	notes->length = 0;
	notes->lost = 0;
	serve->urgent = false;
	return true;
}

/* Sends them now; those that cannot be sent without waiting stay. */
static void flush_notes(struct serve *serve)
{
	struct record record;

	if (take_notes(serve, &record))
		serve->link->send(serve->link->arg, &record, 1);
}

/* For the session. Files are many, and nobody waits for their notes. */
static void note_file(void *arg, const struct status_event_file *file)
{
	struct serve *serve = arg;

	if (status_note_put_file(&serve->notes, file))
		return;
	flush_notes(serve);
	if (!status_note_put_file(&serve->notes, file))
		serve->notes.lost++;
}

/* For the report: what goes wrong is told, as it is on stderr. */
static void note_error(void *arg, const struct err_told *parts)
{
	struct serve *serve = arg;

	serve->urgent = true;
	if (status_note_put_error(&serve->notes, parts))
		return;
	flush_notes(serve);
	serve->urgent = true;
	if (!status_note_put_error(&serve->notes, parts))
		serve->notes.lost++;
}

/* Sending */

/*
 * A record that lets others go on where this process has been: what it counted
 * goes before, lest they seem to do what nobody has found.
 */
static void send_counted(struct serve *serve, enum record_type type,
			 uint64_t bytes, const void *body, size_t length)
{
	struct record records[WORKER_RECORDS] = {
		make_tally(serve, serve->session->progress.now),
		make_record(serve, type, bytes, body, length),
	};
	size_t count = 2;

	track_sending(&serve->link->slot->track, 1);
	count += take_notes(serve, &records[count]);
	serve->link->send(serve->link->arg, records, count);
}

/* Nanoseconds between two tallies that are sent only to be looked at. */
#define TALLY_INTERVAL 50000000

/* For the watch. */
static void beat(void *arg)
{
	struct serve *serve = arg;
	struct record records[WORKER_RECORDS];
	size_t count = 1;

	serve->watch.due = util_now() + TALLY_INTERVAL;
	if (!atomic_load_explicit(&serve->link->board->watched,
				  memory_order_relaxed))
		return;
	records[0] = make_tally(serve, serve->session->progress.now);
	count += take_notes(serve, &records[count]);
	serve->link->send(serve->link->arg, records, count);
}

/* Workers are deaf. */
static void hear(void *arg, int number)
{
	(void)arg;
	(void)number;
}

/* Text */

static void flush(struct serve *serve)
{
	struct track *track = &serve->link->slot->track;

	if (track->text_length == 0)
		return;
	track->text_record = track->sent + 1;
	send_record(serve, RECORD_TEXT, STDOUT_FILENO, track->text,
		    track->text_length);
	track->text_length = 0;
	track->text_record = 0;
}

/* For report_to. */
static void put_text(void *arg, int fd, const char *text, size_t length)
{
	struct serve *serve = arg;
	struct track *track = &serve->link->slot->track;
	size_t there = track->text_length;

	if (fd != STDOUT_FILENO || length > sizeof(track->text) - there) {
		flush(serve);
		there = 0;
	}
	if (fd == STDOUT_FILENO && length <= sizeof(track->text)) {
		memcpy(track->text + there, text, length);
		track->text_length = there + length;
		return;
	}
	while (length > 0) {
		size_t part = util_min(length, sizeof(track->text));

		send_record(serve, RECORD_TEXT, (uint64_t)fd, text, part);
		text += part;
		length -= part;
	}
}

/* What the tree asks of us */

static bool is_wanted(struct share *share)
{
	const struct serve *serve = (const struct serve *)share;

	return atomic_load_explicit(&serve->link->board->wanted,
				    memory_order_relaxed) > 0;
}

static void give(struct share *share, const struct batch *batch)
{
	struct serve *serve = (struct serve *)share;
	uint8_t body[BATCH_MAX];
	int wanted;

	/* Below 0 it means something else, and must stay as it is. */
	wanted = atomic_load(&serve->link->board->wanted);
	while (wanted > 0 &&
	       !atomic_compare_exchange_weak(&serve->link->board->wanted,
					     &wanted, wanted - 1))
		;
	flush(serve);
	send_counted(serve, RECORD_GIVEN, 0, body, batch_encode(batch, body));
}

static void put_last(struct share *share, const struct batch *batch,
		     uint64_t size)
{
	struct serve *serve = (struct serve *)share;
	uint8_t body[BATCH_MAX];

	flush(serve);
	send_counted(serve, RECORD_LAST, size, body, batch_encode(batch, body));
}

static bool claim(struct share *share, struct identity file)
{
	const struct serve *serve = (const struct serve *)share;

	return claims_take(serve->claims, file);
}

/* Sends what is aside. */
static void flush_aside(struct serve *serve)
{
	struct aside_box *box = &serve->link->slot->aside;
	uint8_t body[BATCH_MAX];

	if (aside_is_empty(box))
		return;
	flush(serve);
	/* Behind the tally. */
	box->record = serve->link->slot->track.sent + 2;
	send_counted(serve, RECORD_ASIDE, 0, body, aside_encode(box, body));
	aside_reset(box);
}

static void put_aside(struct share *share, const struct batch_dir *dir,
		      const struct aside_name *name)
{
	struct serve *serve = (struct serve *)share;
	struct aside_box *box = &serve->link->slot->aside;

	if (aside_add(box, dir, name))
		return;
	flush_aside(serve);
	aside_add(box, dir, name);
}

static void settle(struct share *share)
{
	const struct serve *serve = (const struct serve *)share;

	aside_settle(&serve->link->slot->aside);
}

static void leave_full(struct share *share, const struct batch_full *full)
{
	struct serve *serve = (struct serve *)share;
	uint8_t body[BATCH_MAX];

	send_record(serve, RECORD_FULL, 0, body, batch_encode_full(full, body));
}

static const struct share_ops ops = {
	.is_wanted = is_wanted,
	.give = give,
	.put_last = put_last,
	.claim = claim,
	.put_aside = put_aside,
	.settle = settle,
	.leave_full = leave_full,
};

void serve_prepare(struct serve *serve, struct session *session,
		   const struct share_roots *roots, struct claims *claims)
{
	*serve = (struct serve){
		.share = { .ops = &ops },
		.session = session,
		.roots = roots,
		.claims = claims,
		.watch = { .due = 1, .beat = beat, .hear = hear },
	};
	serve->watch.arg = serve;
}

static enum session_result copy_batch(struct serve *serve,
				      const struct job_body *body)
{
	struct batch batch;

	if (batch_decode(body->bytes, body->length, &batch) < 0)
		return SESSION_FAILED;
	serve->share.whole = batch.whole;
	return tree_copy_batch(serve->session, serve->roots, &batch,
			       &serve->share);
}

bool serve_batch(void *arg, const struct job *job, struct worker_link *link)
{
	struct serve *serve = arg;
	struct session *session = serve->session;

	/*
	 * The first batch. What the parent has is not to be used here: it may
	 * hold an io_uring, which is one for both.
	 */
	if (!serve->link) {
		serve->left = session->inproc;
		session->inproc = NULL;
	}
	serve->link = link;
	session->pool = NULL;
	session->no_pool = true;
	session->status = 0;
	session->tally = &link->slot->tally;
	session->track = &link->slot->track;
	session->signals->watch = &serve->watch;
	report_to(session->report, put_text, serve);
	if (session->report->listen)
		report_listen(session->report, note_error, serve);
	if (session->teller.tell)
		session->teller = (struct session_teller){ note_file, serve };
	if (copy_batch(serve, &job->body) == SESSION_FAILED)
		session->status = 1;
	flush_aside(serve);
	flush(serve);
	session->signals->watch = NULL;
	link->parting[0] = make_tally(serve, "");
	link->parting_count = 1;
	link->parting_count += take_notes(serve, &link->parting[1]);
	return session->status == 0;
}
