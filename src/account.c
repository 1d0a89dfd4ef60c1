/* SPDX-License-Identifier: MIT */
/*
 * Keeping count of one entry after the other.
 */
#include "config.h"

#include "account.h"

#include <dirent.h>

struct tally_known account_known(unsigned char type)
{
	switch (type) {
	case DT_REG:
		return (struct tally_known){ TALLY_KIND_FILE, 0 };
	case DT_DIR:
		return (struct tally_known){ TALLY_KIND_DIRECTORY, 0 };
	case DT_UNKNOWN:
		return (struct tally_known){ TALLY_KIND_UNKNOWN, 0 };
	default:
		return (struct tally_known){ TALLY_KIND_OTHER, 0 };
	}
}

void account_found(struct session *session, const struct listing *listing)
{
	size_t i;

	for (i = 0; i < listing->count; i++)
		tally_know(session->tally,
			   account_known(listing_type(listing, i)));
}

static void add(struct session *session, enum tally_field field, uint64_t more)
{
	session->tally->count[field] += more;
}

/* What was known of the entry is now KNOWN. */
static void learn(struct session *session, struct tally_known known)
{
	tally_unknow(session->tally, session->entry.known);
	tally_know(session->tally, known);
	session->entry.known = known;
	track_known(session->track, known);
}

void account_begin(struct session *session, struct tally_known known)
{
	session->entry = (struct session_entry){ .known = known };
	track_known(session->track, known);
	if (session->teller.tell)
		session->entry.begun = util_now();
}

void account_look(struct session *session, const struct pair *pair)
{
	const struct stat *source = &pair->source_stat;
	struct tally_known known = { TALLY_KIND_OTHER, 0 };

	if (S_ISREG(source->st_mode)) {
		known.kind = TALLY_KIND_SIZED;
		known.size = (uint64_t)source->st_size;
	} else if (S_ISDIR(source->st_mode)) {
		known.kind = TALLY_KIND_DIRECTORY;
	} else if (pair_is_as_file(session->options, pair)) {
		known.kind = TALLY_KIND_FILE;
	}
	learn(session, known);
}

void account_name(struct session *session, const struct pair *pair)
{
	progress_name(&session->progress, pair->source_shown);
}

void account_moved(struct session *session, uint64_t moved)
{
	add(session, TALLY_PARTIAL_BYTES, moved - session->entry.moved);
	session->entry.moved = moved;
}

void account_streamed(struct session *session, uint64_t moved)
{
	session->entry.moved = moved;
}

void account_copied(struct session *session, enum options_engine engine,
		    uint64_t size, uint64_t holes)
{
	session->entry.outcome = SESSION_COPIED;
	session->entry.engine = engine;
	session->entry.size = size;
	session->entry.holes = holes;
}

void account_skipped(struct session *session)
{
	session->entry.outcome = SESSION_SKIPPED;
}

void account_linked(struct session *session)
{
	session->entry.outcome = SESSION_LINKED;
}

static void end_copied(struct session *session)
{
	const struct session_entry *entry = &session->entry;

	learn(session, (struct tally_known){ TALLY_KIND_SIZED, entry->size });
	add(session, TALLY_FILES, 1);
	add(session, TALLY_BYTES, entry->size);
	add(session, TALLY_HOLES, entry->holes);
	add(session, TALLY_BY_ENGINE + entry->engine,
	    entry->size - entry->holes);
}

/* A file that was skipped or has failed: FIELD, and behind it the bytes. */
static void end_uncopied(struct session *session, enum tally_field field)
{
	uint64_t size = session->entry.known.size;

	learn(session, (struct tally_known){ TALLY_KIND_SIZED, size });
	add(session, field, 1);
	add(session, field + 1, size);
}

/* It was made, and not as a file that counts. */
static void end_made(struct session *session, const struct pair *pair)
{
	const struct mcp_options *options = session->options;
	enum tally_field field = TALLY_OTHERS;

	learn(session, (struct tally_known){ TALLY_KIND_OTHER, 0 });
	if (session->entry.outcome == SESSION_LINKED || options->hard_link)
		field = TALLY_HARD_LINKS;
	else if (options->symbolic_link || S_ISLNK(pair->source_stat.st_mode))
		field = TALLY_SYMLINKS;
	add(session, field, 1);
}

static bool is_file(const struct session_entry *entry)
{
	return entry->known.kind == TALLY_KIND_FILE ||
	       entry->known.kind == TALLY_KIND_SIZED;
}

_Static_assert(TALLY_SKIPPED_BYTES == TALLY_SKIPPED_FILES + 1 &&
		       TALLY_FAILED_BYTES == TALLY_FAILED_FILES + 1,
	       "see end_uncopied");

static enum status_event_outcome outcome_of(const struct session_entry *entry,
					    enum session_result result)
{
	static const enum status_event_outcome outcomes[] = {
		[SESSION_MADE] = STATUS_EVENT_MADE,
		[SESSION_COPIED] = STATUS_EVENT_COPIED,
		[SESSION_SKIPPED] = STATUS_EVENT_SKIPPED,
		[SESSION_LINKED] = STATUS_EVENT_LINKED,
	};

	return result == SESSION_FAILED ? STATUS_EVENT_FAILED
					: outcomes[entry->outcome];
}

/* Tells of PAIR, which is over with RESULT, who wants to know. */
static void tell(const struct session *session, const struct pair *pair,
		 enum session_result result)
{
	const struct session_entry *entry = &session->entry;
	const struct status_event_file file = {
		.name = pair->source_shown,
		.engine = entry->engine,
		.outcome = outcome_of(entry, result),
		.bytes = entry->outcome == SESSION_COPIED ? entry->size
							  : entry->known.size,
		.nanoseconds = util_now() - entry->begun,
	};

	session->teller.tell(session->teller.arg, &file);
}

void account_end(struct session *session, const struct pair *pair,
		 enum session_result result)
{
	const struct session_entry *entry = &session->entry;

	/* Interrupted: it stays as far as it came. */
	if (result == SESSION_STOPPED || result == SESSION_DIRECTORY)
		return;
	account_moved(session, 0);
	if (session->teller.tell && result != SESSION_ASIDE)
		tell(session, pair, result);
	if (result == SESSION_ASIDE)
		learn(session, (struct tally_known){ TALLY_KIND_UNKNOWN, 0 });
	else if (entry->outcome == SESSION_SKIPPED && is_file(entry))
		end_uncopied(session, TALLY_SKIPPED_FILES);
	else if (result == SESSION_FAILED && is_file(entry))
		end_uncopied(session, TALLY_FAILED_FILES);
	else if (result == SESSION_FAILED || entry->outcome == SESSION_SKIPPED)
		learn(session, (struct tally_known){ TALLY_KIND_OTHER, 0 });
	else if (entry->outcome == SESSION_COPIED)
		end_copied(session);
	else
		end_made(session, pair);
}

void account_listed(struct session *session)
{
	add(session, TALLY_UNLISTED, (uint64_t)-1);
}

void account_directory(struct session *session)
{
	add(session, TALLY_DIRECTORIES, 1);
}
