/* SPDX-License-Identifier: MIT */
/*
 * Reads and writes that are on their way at the same time: as much of
 * io_uring(7) as that takes, without a library (Linux 5.6).
 */
#ifndef MCP_URING_H
#define MCP_URING_H

#include <stdbool.h>
#include <stdint.h>

struct uring;

/*
 * A ring for at most ENTRIES requests at a time; NULL with errno, ENOSYS or
 * EPERM where the kernel has none or forbids it.
 */
struct uring *uring_start(unsigned int entries);

/* A read of LENGTH bytes at OFFSET of FD, or a write. */
struct uring_request {
	bool is_write;
	int fd;
	void *buffer; /* the caller's, until the request has ended */
	uint32_t length;
	uint64_t offset;
	uint64_t tag; /* by which its end is told */
};

/* Queues REQUEST, of at most ENTRIES; uring_wait gets it on its way. */
void uring_queue(struct uring *uring, const struct uring_request *request);

/*
 * Waits for the end of some request: fills *TAG and returns its bytes, or
 * minus its errno: EIO where the kernel does not take it. At least one must be
 * on its way.
 */
int32_t uring_wait(struct uring *uring, uint64_t *tag);

/* Frees the ring, in which nothing is on its way. */
void uring_end(struct uring *uring);

#endif
