/* SPDX-License-Identifier: MIT */
/*
 * Keeping count of one entry after the other: what was found, what it turned
 * out to be, how far it is, and what became of it.
 *
 * A name is counted when it is found, as what it is said to be (account_found).
 * When its turn comes that is replaced by what is known then, and when it is
 * over by what it was: so the totals are right at any time, and in the end
 * exactly.
 */
#ifndef MCP_ACCOUNT_H
#define MCP_ACCOUNT_H

#include "listing.h"
#include "session.h"

/* What a name of a TYPE of readdir(3) is said to be. */
struct tally_known account_known(unsigned char type);

/* All names of LISTING, which was read just now, are found. */
void account_found(struct session *session, const struct listing *listing);

/* The turn of PAIR begins; it was counted as KNOWN. */
void account_begin(struct session *session, struct tally_known known);

/* PAIR's source was looked at. */
void account_look(struct session *session, const struct pair *pair);

/* Its contents are about to be copied, under this name. */
void account_name(struct session *session, const struct pair *pair);

/* MOVED of its bytes are in place by now, from its start. */
void account_moved(struct session *session, uint64_t moved);

/* The same, when they were counted by who has moved them (stream.h). */
void account_streamed(struct session *session, uint64_t moved);

/* ENGINE has copied it: SIZE bytes, HOLES of which are in holes. */
void account_copied(struct session *session, enum options_engine engine,
		    uint64_t size, uint64_t holes);

/* It was left alone, as was asked; or linked to another name of it. */
void account_skipped(struct session *session);
void account_linked(struct session *session);

/*
 * It is over for PAIR, with RESULT. A directory is counted on, until
 * account_listed says that its names are known, or never will be.
 */
void account_end(struct session *session, const struct pair *pair,
		 enum session_result result);
void account_listed(struct session *session);

/* A directory was entered, or made. */
void account_directory(struct session *session);

#endif
