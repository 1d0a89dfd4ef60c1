/* SPDX-License-Identifier: MIT */
/*
 * Engines: the table, and which row serves when nobody asked for one.
 */
#include "config.h"

#include "engine.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "engine_auto.h"
#include "engine_cfr.h"
#include "engine_clone.h"
#include "engine_direct.h"
#include "engine_mmap.h"
#include "engine_rw.h"
#include "engine_zeros.h"
#include "util.h"

static const struct engine *const engines[] = {
	[OPTIONS_ENGINE_MMAP] = &engine_mmap,
	[OPTIONS_ENGINE_RW] = &engine_rw,
	[OPTIONS_ENGINE_CFR] = &engine_cfr,
	[OPTIONS_ENGINE_CLONE] = &engine_clone,
	[OPTIONS_ENGINE_DIRECT] = &engine_direct,
};

static const char *const names[] = {
	[OPTIONS_ENGINE_AUTO] = "auto",
	[OPTIONS_ENGINE_MMAP] = "mmap",
	[OPTIONS_ENGINE_RW] = "rw",
	[OPTIONS_ENGINE_CFR] = "cfr",
	[OPTIONS_ENGINE_CLONE] = "clone",
	[OPTIONS_ENGINE_DIRECT] = "direct",
	NULL,
};

int engine_by_name(const char *name, enum options_engine *which)
{
	size_t i;

	for (i = 0; names[i]; i++) {
		if (strcmp(names[i], name) == 0) {
			*which = (enum options_engine)i;
			return 0;
		}
	}
	return -1;
}

const char *const *engine_names(void)
{
	return names;
}

const char *engine_name(enum options_engine which)
{
	return names[which];
}

int engine_serves(enum options_engine which, const struct engine_pair *pair)
{
	/* What a mapping of a file that cannot be read says. */
	if (which == OPTIONS_ENGINE_MMAP && !pair->dest_readable)
		return EACCES;
	return engine_probe(which, pair->source, pair->dest, pair->size);
}

static struct engine_case case_of(const struct engine_pair *pair)
{
	struct engine_case about = {
		.existing = pair->dest_existing,
		.durable = pair->durable,
		.pieces = pair->holes ||
			  pair->size < pair->workers * ENGINE_AUTO_PIECE,
		.workers = pair->workers,
	};

	engine_auto_look(&about, pair->source, pair->dest, pair->size);
	return about;
}

const char *engine_why(const struct engine_pair *pair,
		       enum options_engine which)
{
	const struct engine_case about = case_of(pair);

	return engine_auto_why(&about, which);
}

enum options_engine engine_choose(const struct engine_pair *pair)
{
	const struct engine_case about = case_of(pair);
	enum options_engine ranked[OPTIONS_ENGINES];
	unsigned int count, i = 0;

	count = engine_auto_rank(&about, ranked);
	/* The last one serves everything. */
	while (i + 1 < count && engine_serves(ranked[i], pair) != 0)
		i++;
	return ranked[i];
}

int engine_probe(enum options_engine which, int source, int dest, uint64_t size)
{
	return engines[which]->probe(source, dest, size);
}

enum engine_result engine_copy(enum options_engine which, bool forced,
			       struct engine_work *work,
			       struct engine_range *range, struct err *err)
{
	enum engine_result result;

	/* rw sees the bytes anyway. */
	if (range->zeros == JOB_ZEROS_FILL ||
	    (range->zeros == JOB_ZEROS_SKIP && which != OPTIONS_ENGINE_RW))
		return engine_zeros_copy(which, forced, work, range, err);
	result = engines[which]->copy(work, range, err);
	if (result != ENGINE_REFUSED)
		return result;
	if (!forced)
		return engine_rw.copy(work, range, err);
	err_set(err, ERR_ENGINE);
	return ENGINE_FAILED;
}

void *engine_buffer(struct engine_work *work)
{
	void *buffer;

	if (work->buffer)
		return work->buffer;
	/* Whole pages, and none of malloc's arena in a short-lived process. */
	buffer = mmap(NULL, ENGINE_BUFFER, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buffer == MAP_FAILED)
		return NULL;
	work->buffer = buffer;
	return buffer;
}

void engine_work_free(struct engine_work *work)
{
	if (work->buffer)
		munmap(work->buffer, ENGINE_BUFFER);
	work->buffer = NULL;
	engine_direct_free(work);
}
