/* SPDX-License-Identifier: MIT */
/*
 * One job, start to finish: the same in a worker and in the parent.
 *
 * A struct copy is what one process needs: the large files it has been told of,
 * and its engine's buffer. copy_run takes the next job and says what became
 * of it.
 */
#ifndef MCP_COPY_H
#define MCP_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine.h"
#include "job.h"

struct copy_file; /* a large file that was announced */

struct copy {
	struct engine_work work;
	struct copy_file *files;
	size_t count;
	bool borrows; /* descriptors of files stay open for who has sent them */

	/*
	 * Called with the job and the bytes of it done so far, at least every
	 * ENGINE_STEP bytes; not 0: stop.
	 */
	int (*tick)(void *arg, const struct job *job, uint64_t done);
	void *arg;
	const struct job *job; /* the one that runs */
};

enum copy_result {
	COPY_RECORD, /* RECORD is the answer */
	COPY_SILENT, /* this kind of job has none */
	COPY_STOPPED,
};

struct copy copy_init(int (*tick)(void *, const struct job *, uint64_t),
		      void *arg);

/*
 * Runs JOB. The descriptors of a JOB_FILE belong to COPY from then on, until
 * its JOB_FORGET.
 */
enum copy_result copy_run(struct copy *copy, const struct job *job,
			  struct record *record);

/* Closes all files and frees what COPY holds. */
void copy_free(struct copy *copy);

#endif
