/* SPDX-License-Identifier: MIT */
/*
 * The direct engine: past the page cache, from disk to disk (O_DIRECT).
 *
 * Both files are opened once more, for direct access. SLOTS buffers go round:
 * each is read into, then written out of, and read into again, and so reading
 * and writing overlap; one io_uring holds all of it. Where there is none, a
 * request is done when it is made.
 *
 * Only whole blocks can be had directly: bytes before the first and behind the
 * last one go through rw. So does what fails or ends early: all that is on its
 * way is waited for, then rw does the next STRIDE and either manages or knows
 * why not. What is done is what lies before the first unfinished slot.
 */
#include "config.h"

#include "engine_direct.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine_rw.h"
#include "sys.h"
#include "uring.h"
#include "util.h"

/*
 * Buffers, and bytes of each: one is read while the other is written. Together
 * they stay near a core's cache: with 4 of 2 MiB, five workers took 1.04 s
 * where 0.60 s is enough for 2 of 1 MiB, and 0.63 s for 4 of 512 KiB [2 GiB,
 * ext4 in memory]. All of them are done again when one fails.
 */
#define SLOTS 2
#define SLOT_SIZE (1 * UTIL_MIB)
#define STRIDE (SLOTS * SLOT_SIZE)

/* What suits all devices, where the kernel does not say what it wants. */
#define BLOCK 4096

enum slot_state {
	SLOT_FREE,
	SLOT_READING,
	SLOT_WRITING,
	SLOT_FAILED, /* never to be finished: nothing behind it counts */
};

struct slot {
	enum slot_state state;
	uint64_t offset; /* of both files */
	uint32_t length;
	int32_t result; /* without a ring, of the request that was made */
};

/* What a process keeps: engine_work.direct. */
struct direct {
	struct uring *uring; /* NULL: there is none */
	char *buffers;
	struct slot slots[SLOTS];
	int source;		/* opened for direct access ... */
	int dest;		/* ... both of them */
	unsigned int under_way; /* requests */
	bool ending;		/* nothing more is begun */
	uint64_t next;		/* what is read next ... */
	uint64_t end;		/* ... up to here */
};

/* Making and opening */

static struct direct *make(struct engine_work *work)
{
	struct direct *direct = work->direct;

	if (direct)
		return direct;
	direct = calloc(1, sizeof(*direct));
	if (!direct)
		return NULL;
	direct->buffers = mmap(NULL, STRIDE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (direct->buffers == MAP_FAILED) {
		free(direct);
		return NULL;
	}
	direct->uring = uring_start(SLOTS);
	work->direct = direct;
	return direct;
}

void engine_direct_free(struct engine_work *work)
{
	struct direct *direct = work->direct;

	if (!direct)
		return;
	if (direct->uring)
		uring_end(direct->uring);
	munmap(direct->buffers, STRIDE);
	free(direct);
	work->direct = NULL;
}

/* Opens FD's file again: the flags of FD are shared with other processes. */
static int reopen(int fd, int flags)
{
	char path[sizeof("/proc/self/fd/") + 3 * sizeof(int)];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, flags | O_DIRECT | O_CLOEXEC | O_NOCTTY);
}

/* Whether FD may be accessed at multiples of BLOCK: 0, or errno. */
static int check_alignment(int fd)
{
	uint32_t memory, offset;

	if (sys_direct_alignment(fd, &memory, &offset) == 0 &&
	    (offset == 0 || BLOCK % offset != 0 || BLOCK % memory != 0))
		return EINVAL;
	return 0;
}

/* Opens both files. Returns 0, or errno. */
static int open_both(int source, int dest, int fds[2])
{
	int reason;

	fds[1] = -1;
	fds[0] = reopen(source, O_RDONLY);
	if (fds[0] >= 0)
		fds[1] = reopen(dest, O_WRONLY);
	if (fds[1] < 0)
		reason = errno;
	else if ((reason = check_alignment(fds[0])) == 0)
		reason = check_alignment(fds[1]);
	if (reason) {
		util_close(&fds[0]);
		util_close(&fds[1]);
	}
	return reason;
}

/* Requests */

static void begin(struct direct *direct, unsigned int number)
{
	struct slot *slot = &direct->slots[number];
	const struct uring_request request = {
		.is_write = slot->state == SLOT_WRITING,
		.fd = slot->state == SLOT_WRITING ? direct->dest
						  : direct->source,
		.buffer = direct->buffers + number * SLOT_SIZE,
		.length = slot->length,
		.offset = slot->offset,
		.tag = number,
	};
	ssize_t count;

	direct->under_way++;
	if (direct->uring) {
		uring_queue(direct->uring, &request);
		return;
	}
	do
		count = request.is_write
				? pwrite(request.fd, request.buffer,
					 request.length, (off_t)request.offset)
				: pread(request.fd, request.buffer,
					request.length, (off_t)request.offset);
	while (count < 0 && errno == EINTR);
	slot->result = (int32_t)count;
}

/* Before this byte all is done. */
static uint64_t finished(const struct direct *direct)
{
	uint64_t first = direct->next;
	unsigned int i;

	for (i = 0; i < SLOTS; i++)
		if (direct->slots[i].state != SLOT_FREE)
			first = util_min(first, direct->slots[i].offset);
	return first;
}

/* Reads into every slot that is free, but no STRIDE ahead of the slowest. */
static void begin_reads(struct direct *direct)
{
	uint64_t end = util_min(direct->end, finished(direct) + STRIDE);
	unsigned int i;

	for (i = 0; i < SLOTS && !direct->ending && direct->next < end; i++) {
		struct slot *slot = &direct->slots[i];

		if (slot->state != SLOT_FREE)
			continue;
		*slot = (struct slot){
			.state = SLOT_READING,
			.offset = direct->next,
			.length = (uint32_t)util_min(end - direct->next,
						     SLOT_SIZE),
		};
		direct->next += slot->length;
		begin(direct, i);
	}
}

/* Waits for a request to end; what it has read is written then. */
static void end_one(struct direct *direct)
{
	uint64_t number = 0;
	struct slot *slot;
	int32_t result;

	if (direct->uring) {
		result = uring_wait(direct->uring, &number);
	} else {
		while (direct->slots[number].state != SLOT_READING &&
		       direct->slots[number].state != SLOT_WRITING)
			number++;
		result = direct->slots[number].result;
	}
	slot = &direct->slots[number];
	direct->under_way--;
	if (result < 0 || (uint32_t)result != slot->length) {
		slot->state = SLOT_FAILED;
		direct->ending = true;
	} else if (slot->state == SLOT_WRITING) {
		slot->state = SLOT_FREE;
	} else if (direct->ending) {
		slot->state = SLOT_FAILED;
	} else {
		slot->state = SLOT_WRITING;
		begin(direct, (unsigned int)number);
	}
}

/*
 * Whole blocks of RANGE up to END of the files. ENGINE_DONE does not say that
 * all of them are done.
 */
static enum engine_result copy_blocks(struct engine_work *work,
				      struct engine_range *range, uint64_t end)
{
	struct direct *direct = work->direct;
	enum engine_result result = ENGINE_DONE;
	unsigned int i;

	direct->next = range->offset + range->done;
	direct->end = end;
	direct->ending = false;
	for (i = 0; i < SLOTS; i++)
		direct->slots[i].state = SLOT_FREE;
	begin_reads(direct);
	while (direct->under_way > 0) {
		end_one(direct);
		begin_reads(direct);
		range->done = finished(direct) - range->offset;
		if (result == ENGINE_DONE &&
		    work->step(work->step_arg, range->done) != 0) {
			result = ENGINE_STOPPED;
			direct->ending = true;
		}
	}
	return result;
}

static enum engine_result copy_opened(struct engine_work *work,
				      struct engine_range *range,
				      struct err *err)
{
	uint64_t end = (range->offset + range->length) / BLOCK * BLOCK;

	while (range->done < range->length) {
		uint64_t at = range->offset + range->done;
		enum engine_result result = ENGINE_DONE;

		if (at % BLOCK != 0 || at >= end) {
			result = engine_rw_part(work, range, BLOCK - at % BLOCK,
						err);
		} else {
			result = copy_blocks(work, range, end);
			if (result == ENGINE_DONE &&
			    range->offset + range->done < end)
				result = engine_rw_part(work, range, STRIDE,
							err);
		}
		if (result != ENGINE_DONE)
			return result;
		if (work->step(work->step_arg, range->done) != 0)
			return ENGINE_STOPPED;
	}
	return ENGINE_DONE;
}

static enum engine_result direct_copy(struct engine_work *work,
				      struct engine_range *range,
				      struct err *err)
{
	struct direct *direct = make(work);
	enum engine_result result;
	int fds[2], reason;

	if (!direct) {
		err_set_num(err, ERR_MEMORY, ENOMEM);
		return ENGINE_FAILED;
	}
	reason = open_both(range->source, range->dest, fds);
	if (reason) {
		errno = reason;
		return ENGINE_REFUSED;
	}
	direct->source = fds[0];
	direct->dest = fds[1];
	result = copy_opened(work, range, err);
	util_close(&fds[0]);
	util_close(&fds[1]);
	return result;
}

/* EINVAL: a file system that knows nothing of direct access. */
static int direct_probe(int source, int dest, uint64_t size)
{
	int fds[2], reason;

	if (size == 0)
		return util_check_empty(source, EINVAL);
	reason = open_both(source, dest, fds);
	if (!reason) {
		util_close(&fds[0]);
		util_close(&fds[1]);
	}
	return reason;
}

const struct engine engine_direct = {
	.name = "direct",
	.probe = direct_probe,
	.copy = direct_copy,
};
