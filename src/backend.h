/* SPDX-License-Identifier: MIT */
/*
 * Who does the jobs: this process (inproc), forked workers (pool), and ranks
 * on other machines some day. `run` knows no more of them than this.
 */
#ifndef MCP_BACKEND_H
#define MCP_BACKEND_H

#include "job.h"

struct backend;

struct backend_ops {
	/*
	 * Takes JOB to be done, in an order of the backend's own. Descriptors
	 * of a JOB_FILE stay the caller's, to be kept open until its
	 * JOB_FORGET is submitted, which must follow all answers to its
	 * chunks. Returns 0, or -1 with errno ENOMEM.
	 */
	int (*submit)(struct backend *backend, const struct job *job);

	/*
	 * Waits for the next record. To be called while a chunk or batch is
	 * unanswered. Returns 0, or -1 when a fatal signal came.
	 */
	int (*next)(struct backend *backend, struct record *record);

	/*
	 * Ends what the backend runs and frees it. With ABANDON nothing more
	 * is written by anyone when this returns; otherwise all is answered.
	 */
	void (*finish)(struct backend *backend, bool abandon);
};

struct backend {
	const struct backend_ops *ops;
	unsigned int workers; /* who can work at the same time */

	/*
	 * Called with a RECORD_PROGRESS while `next` itself does a job; NULL:
	 * nobody wants to know. Others send these records.
	 */
	void (*hear)(void *arg, const struct record *progress);
	void *hear_arg;
};

#endif
