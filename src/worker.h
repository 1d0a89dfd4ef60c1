/* SPDX-License-Identifier: MIT */
/*
 * The life of a worker process: jobs in, records out, until the jobs end.
 */
#ifndef MCP_WORKER_H
#define MCP_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "aside.h"
#include "job.h"
#include "signals.h"
#include "tally.h"
#include "track.h"
#include "wire.h"

/*
 * What a worker leaves behind for the parent to read after its death, in
 * memory shared by both; cache lines of its own, so that no two workers fight
 * for one. The record of a job is written before the slot moves on.
 */
struct worker_slot {
	_Alignas(64) _Atomic uint64_t job; /* id of the job at work, 0: none */
	struct tally tally;		   /* of all its batches, told or not */
	struct track track;		   /* how far it is in the last one */
	struct aside_box aside;		   /* what it has to say of it */
};

/* What the parent tells all workers, in the same memory. */
struct worker_board {
	/* Batches that would be welcome; WORKER_QUIT: leave everything. */
	_Alignas(64) _Atomic int wanted;
	/* Somebody looks on: send a RECORD_TALLY now and then. */
	_Atomic bool watched;
};

#define WORKER_QUIT (-1)

/* The most records that are sent together. */
#define WORKER_RECORDS 3

/* The descriptors that a parent has for each. */
#define WORKER_FDS 3

/* A worker's way to the parent, while it does a JOB_BATCH. */
struct worker_link {
	/* COUNT records, at most WORKER_RECORDS, in one write. */
	void (*send)(void *arg, const struct record *records, size_t count);
	/* Whether LENGTH bytes more would be sent without waiting. */
	bool (*has_room)(void *arg, size_t length);
	void *arg;
	struct worker_slot *slot;
	struct worker_board *board;
	uint64_t job; /* for the records */

	/* What goes before the answer, in the same write. */
	struct record parting[WORKER_RECORDS - 1];
	size_t parting_count;
};

/* Who does a JOB_BATCH, which a worker knows nothing of. */
struct worker_server {
	/* Returns whether all of it was copied; failures were told. */
	bool (*serve)(void *arg, const struct job *job,
		      struct worker_link *link);
	void *arg;
	int keep[2]; /* descriptors that a new worker keeps for it, or -1 */
};

struct worker_ends {
	int jobs;	 /* read: messages of wire.h */
	int records;	 /* written */
	int descriptors; /* SOCK_SEQPACKET: one message for each JOB_FILE */
};

/* Messages on their way, which would be too much for a small stack. */
struct worker_room {
	struct wire_inbox inbox;
	uint8_t outbox[WORKER_RECORDS * WIRE_MAX];
};

struct worker_start {
	struct worker_ends ends;
	struct worker_room *room; /* the worker's alone, all zeros */
	struct worker_slot *slot;
	struct worker_board *board;
	const struct worker_server *server; /* NULL: no batches come */
	struct signals *signals;
	pid_t parent;
};

/*
 * In a fresh child: works until the end of the job pipe, then exits. Keeps no
 * descriptor but its ends, the server's and 0 to 2.
 */
_Noreturn void worker_main(const struct worker_start *start);

/*
 * The message that goes with a JOB_FILE over the descriptors socket: the id of
 * the file, with SOURCE and DEST (SCM_RIGHTS, unix(7)). Send does not wait.
 * Both return 0, or -1 with errno; EPROTO: what came was something else. What
 * is there of other files, which were not received when they should, is
 * dropped.
 */
int worker_send_files(int socket, uint64_t file, int source, int dest);
int worker_receive_files(int socket, uint64_t file, int *source, int *dest);

#endif
