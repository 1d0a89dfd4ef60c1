/* SPDX-License-Identifier: MIT */
/*
 * The pool's books: for pool and its parts only.
 */
#ifndef MCP_POOL_WORK_H
#define MCP_POOL_WORK_H

#include <stdbool.h>
#include <sys/types.h>

#include "backend.h"
#include "signals.h"
#include "wire.h"
#include "worker.h"

struct pool_job {
	struct job job;	     /* its body is the pool's own */
	unsigned int deaths; /* of workers that were at it */
};

struct pool_file {
	struct job job;
	bool *known; /* by worker: it was told of the file */
};

struct pool_worker {
	pid_t pid;		 /* 0: was reaped, or never was */
	int status;		 /* of waitpid(2), when it was reaped */
	struct worker_ends ends; /* the parent's: -1 when there is no worker */
	struct pool_job running[JOB_WINDOW];
	size_t count;
	struct worker_slot *slot; /* one of pool->slots */
	uint64_t heard;		  /* records, since it was forked */
	struct tally told;	  /* of its slot's */
	bool unheard; /* it talked nonsense, and is not listened to any more */
	struct wire_inbox inbox;
	struct pollfd *polled; /* its record pipe's entry in pool->poll */
	/* What the job pipe had no room for yet. */
	uint8_t outbox[2 * JOB_WINDOW * WIRE_SMALL + WIRE_MAX];
	size_t outbox_length;
};

struct pool {
	struct backend backend;
	struct signals *signals;
	struct worker_slot *slots;  /* shared, one more than workers */
	struct worker_board *board; /* shared by all */
	const struct worker_server *server;
	struct worker_room room; /* each worker has a copy, by fork(2) */
	struct pool_worker *workers;
	unsigned int alive;
	unsigned int respawns; /* still to be granted */
	struct pollfd *poll;   /* the signals, then up to two a worker */

	struct pool_job *queue; /* waiting, the last one is the next */
	size_t count;
	size_t capacity;
	struct pool_file *files;
	size_t file_count;
	uint64_t retries_since; /* since when a job waits for room, or 0 */
	struct backend *inproc; /* for when there is no worker any more, ... */
	bool alone;		/* ... which there is not */
	struct record lost;	/* a failure that no worker could tell */
	bool has_lost;
	struct worker_slot *spare; /* a worker's who left it at a batch, ... */
	uint64_t spare_heard;	   /* ... and what was heard of him */
	bool has_left;		   /* RECORD_FAILED was about it */
	struct record words; /* which goes before: what it had not told yet */
	bool has_words;
	uint64_t quit_by; /* when all must be gone; 0: nobody need go */
	uint8_t body[WIRE_BODY_MAX]; /* of the record given out last */
	uint8_t words_body[TALLY_PACKED_MAX];
};

/* In pool_child.c: */

/* Closes what is open of ENDS. */
void pool_close_ends(struct worker_ends *ends);

/* Forks worker INDEX. Returns 0, or -1 with errno. */
int pool_spawn(struct pool *pool, unsigned int index);

/* What the terminal's stop key did to us, done to the workers. */
void pool_forward(void *arg, int number);

/*
 * Continues the workers that are stopped [waitid(2)], and disturbs no other: a
 * signal makes a leak checker begin again that looks through one as it ends.
 */
void pool_continue(struct pool *pool);

/*
 * Makes room for the descriptors of WORKERS workers, as far as we may. Returns
 * for how many of them, one at least, there is room beside what this process
 * opens itself meanwhile.
 */
unsigned int pool_make_room(unsigned int workers);

/* Waits for the end of a worker that ends or was killed. */
void pool_wait_for(struct pool_worker *worker);

/*
 * Takes note of the workers that ended, never of children not ours, and tells
 * how many have not.
 */
unsigned int pool_reap(struct pool *pool);

/* In pool_record.c: */

/* BODY, which is about to go, for whoever takes a record. */
struct job_body pool_keep_body(struct pool *pool, struct job_body body);

/* Gives the jobs of dead worker INDEX back, and puts another in its place. */
void pool_bury(struct pool *pool, unsigned int index);

/*
 * What no worker could tell, into RECORD; false when there is nothing. Its body
 * is overwritten by the next record.
 */
bool pool_take_lost(struct pool *pool, struct record *record);

/* The next record that was lost or has been read; false when there is none. */
bool pool_take_record(struct pool *pool, struct record *record);

/* In pool_queue.c: */

/* The file ID that was added, or NULL. */
struct pool_file *pool_find_file(struct pool *pool, uint64_t id);

/* Puts JOB, with a body that is the pool's, last: 0, or -1 with errno. */
int pool_enqueue(struct pool *pool, const struct pool_job *job);

/* The same of a JOB_BATCH, the body of which stays the caller's. */
int pool_enqueue_batch(struct pool *pool, const struct job *job);

/* Frees the body of a JOB of the pool's. */
void pool_free_body(struct job *job);

/* Knows the file of a JOB_FILE from now on: 0, or -1 with errno. */
int pool_add_file(struct pool *pool, const struct job *job);

/* Forgets the file of a JOB_FORGET, and lets the workers forget it. */
void pool_forget_file(struct pool *pool, const struct job *job);

/*
 * Hands out what can be; pool->retry says that something could not be for a
 * want that no event ends: a full socket, or too many descriptors on their way
 * (ETOOMANYREFS).
 */
void pool_hand_out(struct pool *pool);

/* Writes what WORKER's job pipe has room for. */
void pool_flush(struct pool_worker *worker);

#endif
