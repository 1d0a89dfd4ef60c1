/* SPDX-License-Identifier: MIT */
/*
 * One file on its way: for file and file_* only.
 */
#ifndef MCP_FILE_ITEM_H
#define MCP_FILE_ITEM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "dest.h"
#include "engine.h"
#include "options.h"
#include "report.h"
#include "session.h"

struct file_item {
	const struct pair *pair;
	struct stat source_stat; /* as it was opened */
	int source;
	struct dest dest;
	bool room_made; /* what it was to replace is gone */
	bool chunks;	/* it is worth a nameless destination, and chunks */

	/* What became of it so far. */
	uint64_t copied; /* bytes in place from the start */
	bool sized;	 /* dest_size was called: bytes are anywhere in it */
	enum options_engine engine;
	uint64_t holes; /* bytes of it that are in holes */
	struct report_facts facts;
};

/* Whether ENGINE works on ranges only; rw does so in order, too. */
bool file_item_asks_for_chunks(enum options_engine engine);

/* What the choice of an engine for ITEM and WORKERS depends on. */
struct engine_pair file_item_pair(const struct session *session,
				  const struct file_item *item,
				  unsigned int workers);

/* The most bytes that ITEM's data needs where it goes, as far as is known. */
uint64_t file_item_needs(const struct session *session,
			 const struct file_item *item);

/* How holes are found, in cp's words; MAPPED: by asking where the data is. */
const char *file_item_sparse_facts(const struct session *session, bool mapped);

#endif
