/* SPDX-License-Identifier: MIT */
/*
 * Reads and writes that are on their way at the same time.
 *
 * Two rings are shared with the kernel: we put requests at the tail of the one,
 * and take results from the head of the other. Each index has one writer, so
 * acquire and release are all the locking there is.
 */
#include "config.h"

#include "uring.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util.h"

struct uring {
	int fd;
	unsigned int queued; /* that the kernel was not told of */

	char *rings; /* both, in one mapping */
	size_t rings_size;
	struct io_uring_sqe *entries;
	size_t entries_size;

	_Atomic unsigned int *tail; /* of the requests */
	unsigned int *slots;
	unsigned int mask;
	_Atomic unsigned int *results_head;
	_Atomic unsigned int *results_tail;
	unsigned int results_mask;
	struct io_uring_cqe *results;
};

/* The indexes and arrays, where the kernel says that they are. */
static void find_parts(struct uring *uring, const struct io_uring_params *at)
{
	char *rings = uring->rings;

	uring->tail = (void *)(rings + at->sq_off.tail);
	uring->slots = (void *)(rings + at->sq_off.array);
	uring->mask = *(unsigned int *)(void *)(rings + at->sq_off.ring_mask);
	uring->results_head = (void *)(rings + at->cq_off.head);
	uring->results_tail = (void *)(rings + at->cq_off.tail);
	uring->results_mask =
		*(unsigned int *)(void *)(rings + at->cq_off.ring_mask);
	uring->results = (void *)(rings + at->cq_off.cqes);
}

static int map_rings(struct uring *uring, const struct io_uring_params *params)
{
	const int protection = PROT_READ | PROT_WRITE;
	const int flags = MAP_SHARED | MAP_POPULATE;

	uring->rings_size = util_max(
		params->sq_off.array +
			params->sq_entries * sizeof(unsigned int),
		params->cq_off.cqes +
			params->cq_entries * sizeof(struct io_uring_cqe));
	uring->rings = mmap(NULL, uring->rings_size, protection, flags,
			    uring->fd, IORING_OFF_SQ_RING);
	if (uring->rings == MAP_FAILED)
		return -1;
	uring->entries_size = params->sq_entries * sizeof(struct io_uring_sqe);
	uring->entries = mmap(NULL, uring->entries_size, protection, flags,
			      uring->fd, IORING_OFF_SQES);
	if (uring->entries == MAP_FAILED)
		return -1;
	find_parts(uring, params);
	return 0;
}

struct uring *uring_start(unsigned int entries)
{
	struct io_uring_params params = { 0 };
	struct uring *uring = calloc(1, sizeof(*uring));
	int saved;

	if (!uring)
		return NULL;
	uring->rings = MAP_FAILED;
	uring->entries = MAP_FAILED;
	uring->fd = (int)syscall(SYS_io_uring_setup, entries, &params);
	if (uring->fd >= 0 && !(params.features & IORING_FEAT_SINGLE_MMAP))
		errno = ENOSYS; /* before Linux 5.4 */
	else if (uring->fd >= 0 && map_rings(uring, &params) == 0)
		return uring;
	saved = errno;
	uring_end(uring);
	errno = saved;
	return NULL;
}

void uring_queue(struct uring *uring, const struct uring_request *request)
{
	unsigned int tail =
		atomic_load_explicit(uring->tail, memory_order_relaxed);
	unsigned int slot = tail & uring->mask;

	uring->entries[slot] = (struct io_uring_sqe){
		.opcode = request->is_write ? IORING_OP_WRITE : IORING_OP_READ,
		.fd = request->fd,
		.off = request->offset,
		.addr = (uintptr_t)request->buffer,
		.len = request->length,
		.user_data = request->tag,
	};
	uring->slots[slot] = slot;
	atomic_store_explicit(uring->tail, tail + 1, memory_order_release);
	uring->queued++;
}

/*
 * Tells the kernel what is queued; waits for a result if there is none. Returns
 * 0, or -1 with errno when it will have nothing of it.
 */
static int enter(struct uring *uring, bool wait)
{
	long taken = syscall(SYS_io_uring_enter, uring->fd, uring->queued,
			     wait ? 1 : 0, wait ? IORING_ENTER_GETEVENTS : 0,
			     NULL, 0);

	if (taken > 0)
		uring->queued -= (unsigned int)taken;
	return taken < 0 && errno != EINTR && errno != EAGAIN && errno != EBUSY
		       ? -1
		       : 0;
}

/* Takes back the request that was queued last, and returns its tag. */
static uint64_t take_back(struct uring *uring)
{
	unsigned int tail =
		atomic_load_explicit(uring->tail, memory_order_relaxed) - 1;

	atomic_store_explicit(uring->tail, tail, memory_order_release);
	uring->queued--;
	return uring->entries[tail & uring->mask].user_data;
}

/* Milliseconds between two looks, where the kernel does not let us wait. */
#define PAUSE 1

int32_t uring_wait(struct uring *uring, uint64_t *tag)
{
	unsigned int head =
		atomic_load_explicit(uring->results_head, memory_order_relaxed);
	const struct io_uring_cqe *result =
		&uring->results[head & uring->results_mask];
	int32_t value;

	for (;;) {
		bool none = head == atomic_load_explicit(uring->results_tail,
							 memory_order_acquire);

		if (!none && uring->queued == 0)
			break;
		if (enter(uring, none) == 0)
			continue;
		if (uring->queued > 0) {
			*tag = take_back(uring);
			return -EIO;
		}
		poll(NULL, 0, PAUSE);
	}
	*tag = result->user_data;
	value = result->res;
	atomic_store_explicit(uring->results_head, head + 1,
			      memory_order_release);
	return value;
}

void uring_end(struct uring *uring)
{
	if (uring->entries != MAP_FAILED)
		munmap(uring->entries, uring->entries_size);
	if (uring->rings != MAP_FAILED)
		munmap(uring->rings, uring->rings_size);
	util_close(&uring->fd);
	free(uring);
}
