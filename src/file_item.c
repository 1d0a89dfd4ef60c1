/* SPDX-License-Identifier: MIT */
/*
 * One file on its way: what all ways of copying it ask.
 */
#include "config.h"

#include "file_item.h"

#include "source.h"

bool file_item_asks_for_chunks(enum options_engine engine)
{
	return engine != OPTIONS_ENGINE_AUTO && engine != OPTIONS_ENGINE_RW;
}

struct engine_pair file_item_pair(const struct session *session,
				  const struct file_item *item,
				  unsigned int workers)
{
	return (struct engine_pair){
		.source = item->source,
		.dest = item->dest.fd,
		.size = (uint64_t)item->source_stat.st_size,
		.dest_existing = item->dest.kind == DEST_EXISTING,
		.dest_readable = item->dest.readable,
		.durable = session->options->fsync,
		.holes = source_has_holes(&item->source_stat),
		.workers = workers,
	};
}

uint64_t file_item_needs(const struct session *session,
			 const struct file_item *item)
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

const char *file_item_sparse_facts(const struct session *session, bool mapped)
{
	if (session->options->sparse != OPTIONS_SPARSE_ALWAYS)
		return mapped ? "SEEK_HOLE" : "no";
	return mapped ? "SEEK_HOLE + zeros" : "zeros";
}
