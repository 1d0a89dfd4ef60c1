/* SPDX-License-Identifier: MIT */
/*
 * The life of a worker process: jobs in, records out, until the jobs end.
 */
#ifndef MCP_WORKER_H
#define MCP_WORKER_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "signals.h"

/*
 * What a worker leaves behind for the parent to read after its death, in
 * memory shared by both; a cache line each, so that no two workers fight for
 * one. The record of a job is written before the slot moves on.
 */
struct worker_slot {
	_Alignas(64) _Atomic uint64_t job; /* id of the job at work, 0: none */
};

struct worker_ends {
	int jobs;	 /* read: messages of wire.h */
	int records;	 /* written */
	int descriptors; /* SOCK_SEQPACKET: one message for each JOB_FILE */
};

/*
 * In a fresh child of PARENT: works until the end of the job pipe, then exits.
 * Keeps no descriptor but ENDS and 0 to 2.
 */
_Noreturn void worker_main(struct worker_ends ends, struct worker_slot *slot,
			   struct signals *signals, pid_t parent);

/*
 * The message that goes with a JOB_FILE over the descriptors socket: the id of
 * the file, with SOURCE and DEST (SCM_RIGHTS, unix(7)). Send does not wait.
 * Both return 0, or -1 with errno; EPROTO: what came was something else.
 */
int worker_send_files(int socket, uint64_t file, int source, int dest);
int worker_receive_files(int socket, uint64_t file, int *source, int *dest);

#endif
