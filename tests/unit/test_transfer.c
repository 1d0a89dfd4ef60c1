/* SPDX-License-Identifier: MIT */
/*
 * test_transfer: a large file cut into jobs and put together from records,
 * with the test as the one who does the jobs.
 */
#include "config.h"

#include "transfer.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "unit.h"
#include "util.h"

#define PAGE 4096
#define FILE_ID 7
#define OUT_MOST 8

/* Jobs that were handed out and not answered, and one too many. */
static struct job out[OUT_MOST + 1];
static size_t out_count;

static struct transfer begin(uint64_t size, uint64_t chunk_size)
{
	struct transfer transfer;

	out_count = 0;
	assert_int_equal(transfer_begin(&transfer, FILE_ID, size, chunk_size,
					OUT_MOST),
			 0);
	transfer.source = transfer.dest = -1;
	return transfer;
}

/* The next job, or false; what must hold for each of them does. */
static bool take_job(struct transfer *transfer)
{
	struct job *job = &out[out_count];
	size_t i;

	if (!transfer_next(transfer, job))
		return false;
	assert_true(out_count < OUT_MOST);
	assert_int_equal(job->type, JOB_CHUNK);
	assert_int_equal(job->file, FILE_ID);
	assert_true(job->id > FILE_ID);
	assert_true(job->length > 0);
	assert_true(job->offset + job->length <= transfer->size);
	assert_int_equal(job->source_fd, -1);
	assert_int_equal(job->dest_fd, -1);
	for (i = 0; i < out_count; i++) {
		assert_int_not_equal(out[i].id, job->id);
		assert_true(out[i].offset + out[i].length <= job->offset ||
			    out[i].offset >= job->offset + job->length);
	}
	out_count++;
	return true;
}

static void answer(struct transfer *transfer, uint64_t id,
		   enum record_type type, uint64_t bytes, enum err_op op)
{
	const struct record record = {
		.type = type,
		.job = id,
		.bytes = bytes,
		.err = { .op = op, .errnum = op == ERR_NONE ? 0 : EIO },
	};

	transfer_record(transfer, &record);
}

/* Answers job INDEX of those that are out: all of it is copied. */
static void finish_job(struct transfer *transfer, size_t index)
{
	answer(transfer, out[index].id, RECORD_DONE, out[index].length,
	       ERR_NONE);
	out[index] = out[--out_count];
}

static void fail_job(struct transfer *transfer, size_t index, uint64_t bytes,
		     enum err_op op)
{
	answer(transfer, out[index].id, RECORD_FAILED, bytes, op);
	out[index] = out[--out_count];
}

static void take_all(struct transfer *transfer)
{
	while (take_job(transfer))
		;
}

static void jobs_cover_the_file_in_order(void **state)
{
	static const uint64_t sizes[] = { 1,	    PAGE - 1,  PAGE,
					  PAGE + 1, 40 * PAGE, 40 * PAGE + 1,
					  INT64_MAX };
	static const uint64_t chunks[] = { PAGE, 3 * PAGE, UTIL_MIB,
					   (uint64_t)1 << 61 };
	size_t i, j;

	(void)state;
	for (i = 0; i < UTIL_COUNT(sizes); i++) {
		for (j = 0; j < UTIL_COUNT(chunks); j++) {
			struct transfer transfer = begin(sizes[i], chunks[j]);
			uint64_t at = 0, id = FILE_ID;

			if (sizes[i] / chunks[j] > 1000) {
				transfer_end(&transfer);
				continue;
			}
			while (take_job(&transfer)) {
				assert_int_equal(out[0].offset, at);
				assert_int_equal(out[0].id, ++id);
				assert_true(out[0].length <= chunks[j]);
				assert_false(transfer_settled(&transfer));
				at += out[0].length;
				finish_job(&transfer, 0);
				assert_int_equal(transfer.done, at);
			}
			assert_int_equal(at, sizes[i]);
			assert_true(transfer_settled(&transfer));
			assert_false(transfer.failed);
			assert_int_equal(transfer_prefix(&transfer), sizes[i]);
			/* The ids of the next file begin here. */
			assert_int_equal(transfer.next_job, id + 1);
			transfer_end(&transfer);
		}
	}
}

static void answers_may_come_in_any_order(void **state)
{
	uint64_t seed = 6;
	unsigned int round;

	(void)state;
	for (round = 0; round < 200; round++) {
		uint64_t size = 1 + unit_random(&seed) % (100 * PAGE);
		struct transfer transfer = begin(size, 3 * PAGE);

		while (!transfer_settled(&transfer)) {
			take_all(&transfer);
			assert_in_range(out_count, 1, OUT_MOST);
			finish_job(&transfer, unit_random(&seed) % out_count);
		}
		assert_int_equal(out_count, 0);
		assert_int_equal(transfer.done, size);
		assert_int_equal(transfer_prefix(&transfer), size);
		transfer_end(&transfer);
	}
}

static void only_so_many_jobs_are_out_at_a_time(void **state)
{
	struct transfer transfer = begin(100 * PAGE, PAGE);

	(void)state;
	take_all(&transfer);
	assert_int_equal(out_count, OUT_MOST);
	finish_job(&transfer, 3);
	finish_job(&transfer, 0);
	take_all(&transfer);
	assert_int_equal(out_count, OUT_MOST);
	transfer_end(&transfer);
}

static void an_empty_file_is_settled_at_once(void **state)
{
	struct transfer transfer = begin(0, PAGE);

	(void)state;
	assert_true(transfer_settled(&transfer));
	assert_false(take_job(&transfer));
	assert_false(transfer.failed);
	assert_int_equal(transfer_prefix(&transfer), 0);
	transfer_end(&transfer);
}

static void answers_that_nobody_waits_for_count_for_nothing(void **state)
{
	struct transfer transfer = begin(4 * PAGE, PAGE);
	uint64_t id;

	(void)state;
	take_all(&transfer);
	id = out[0].id;
	finish_job(&transfer, 0);
	assert_int_equal(transfer.done, PAGE);

	/* A second time, and of jobs that never were. */
	answer(&transfer, id, RECORD_DONE, PAGE, ERR_NONE);
	answer(&transfer, id, RECORD_FAILED, 0, ERR_READ);
	answer(&transfer, FILE_ID, RECORD_FAILED, 0, ERR_READ);
	answer(&transfer, UINT64_MAX, RECORD_DONE, UINT64_MAX, ERR_NONE);
	assert_int_equal(transfer.done, PAGE);
	assert_false(transfer.failed);

	while (out_count > 0)
		finish_job(&transfer, 0);
	assert_true(transfer_settled(&transfer));
	assert_int_equal(transfer_prefix(&transfer), 4 * PAGE);
	transfer_end(&transfer);
}

static void progress_settles_nothing(void **state)
{
	struct transfer transfer = begin(2 * PAGE, PAGE);

	(void)state;
	take_all(&transfer);
	answer(&transfer, out[0].id, RECORD_PROGRESS, PAGE, ERR_NONE);
	answer(&transfer, out[1].id, RECORD_PROGRESS, PAGE, ERR_NONE);
	assert_false(transfer_settled(&transfer));
	assert_int_equal(transfer.done, 0);
	finish_job(&transfer, 0);
	assert_false(transfer_settled(&transfer));
	finish_job(&transfer, 0);
	assert_true(transfer_settled(&transfer));
	assert_int_equal(transfer.done, 2 * PAGE);
	transfer_end(&transfer);
}

static void what_is_interrupted_is_in_place_as_far_as_was_told(void **state)
{
	struct transfer transfer = begin(10 * PAGE, 2 * PAGE);

	(void)state;
	assert_int_equal(transfer_prefix(&transfer), 0);
	take_all(&transfer);
	assert_int_equal(out_count, 5);
	assert_int_equal(transfer_prefix(&transfer), 0);
	answer(&transfer, out[0].id, RECORD_PROGRESS, 100, ERR_NONE);
	answer(&transfer, out[2].id, RECORD_PROGRESS, 200, ERR_NONE);
	assert_int_equal(transfer_prefix(&transfer), 100);
	finish_job(&transfer, 0);
	/* The second chunk, of which nothing is known, comes first now. */
	assert_int_equal(transfer_prefix(&transfer), 2 * PAGE);
	answer(&transfer, transfer.next_job - 4, RECORD_DONE, 2 * PAGE,
	       ERR_NONE);
	assert_int_equal(transfer_prefix(&transfer), 4 * PAGE + 200);
	transfer_end(&transfer);
}

static void nothing_behind_the_last_job_is_in_place(void **state)
{
	struct transfer transfer = begin(10 * PAGE, PAGE);

	(void)state;
	assert_true(take_job(&transfer));
	finish_job(&transfer, 0);
	assert_int_equal(transfer_prefix(&transfer), PAGE);
	transfer_end(&transfer);
}

static void a_failure_ends_the_handing_out(void **state)
{
	struct transfer transfer = begin(100 * PAGE, PAGE);

	(void)state;
	take_all(&transfer);
	fail_job(&transfer, 2, 10, ERR_WRITE);
	assert_true(transfer.failed);
	assert_false(take_job(&transfer));
	/* The others are still at work, and must be waited for. */
	while (out_count > 0) {
		assert_false(transfer_settled(&transfer));
		finish_job(&transfer, 0);
		assert_false(take_job(&transfer));
	}
	assert_true(transfer_settled(&transfer));
	assert_int_equal(transfer.err.op, ERR_WRITE);
	assert_int_equal(transfer.err.errnum, EIO);
	assert_int_equal(transfer_prefix(&transfer), 2 * PAGE + 10);
	transfer_end(&transfer);
}

static void the_first_failure_is_told_and_the_lowest_one_cuts(void **state)
{
	struct transfer transfer = begin(100 * PAGE, PAGE);

	(void)state;
	take_all(&transfer);
	fail_job(&transfer, 5, 50, ERR_WRITE);
	assert_int_equal(transfer_prefix(&transfer), 0);
	fail_job(&transfer, 1, 30, ERR_READ);
	fail_job(&transfer, 4, 0, ERR_MEMORY);
	while (out_count > 0)
		finish_job(&transfer, out_count - 1);
	assert_int_equal(transfer.err.op, ERR_WRITE);
	assert_int_equal(transfer_prefix(&transfer), PAGE + 30);
	transfer_end(&transfer);
}

#define STRIDE (4 * UTIL_MIB)

/* Runs TRANSFER of SOURCE to its end; returns the bytes of all jobs. */
static uint64_t run_sparse(struct transfer *transfer, int source)
{
	uint64_t bytes = 0, at = 0;

	transfer->sparse = true;
	transfer->source = source;
	while (take_job(transfer)) {
		assert_true(out[0].offset >= at);
		/* What lies between was a hole. */
		for (; at < out[0].offset; at += PAGE) {
			char page[PAGE] = { 1 };
			static const char zeros[PAGE];

			assert_true(pread(source, page, PAGE, (off_t)at) > 0);
			assert_memory_equal(page, zeros, PAGE);
		}
		at = out[0].offset + out[0].length;
		bytes += out[0].length;
		finish_job(transfer, 0);
	}
	assert_true(transfer_settled(transfer));
	assert_false(transfer->failed);
	assert_int_equal(transfer_prefix(transfer), transfer->size);
	assert_int_equal(transfer->done, bytes);
	return bytes;
}

static void holes_are_left_out(void **state)
{
	struct transfer transfer = begin(8 * STRIDE, UTIL_MIB);
	size_t page = util_page_size();
	int fd = unit_memory_file(8 * STRIDE);

	(void)state;
	unit_fill(fd, STRIDE, page, 1);
	unit_fill(fd, 2 * STRIDE, 3 * UTIL_MIB, 2);
	unit_fill(fd, 7 * STRIDE - page, 2 * page, 3);
	assert_int_equal(run_sparse(&transfer, fd), 3 * UTIL_MIB + 3 * page);
	transfer_end(&transfer);
	close(fd);
}

static void holes_of_a_file_on_disk_are_left_out(void **state)
{
	struct transfer transfer = begin(8 * STRIDE + 5, UTIL_MIB);
	int fd = unit_disk_file(8 * STRIDE + 5);
	struct stat now;
	uint64_t bytes;

	(void)state;
	unit_fill(fd, STRIDE + 77, 5000, 1);
	unit_fill(fd, 5 * STRIDE, 2 * UTIL_MIB, 2);
	unit_fill(fd, 8 * STRIDE, 5, 3);
	bytes = run_sparse(&transfer, fd);
	assert_true(bytes >= 2 * UTIL_MIB + 5000 + 5);
	/* A file system without holes leaves none out. */
	assert_int_equal(fstat(fd, &now), 0);
	if ((uint64_t)now.st_blocks * 512 < 4 * UTIL_MIB)
		assert_true(bytes < 4 * UTIL_MIB);
	transfer_end(&transfer);
	close(fd);
}

static void a_file_of_holes_has_no_job(void **state)
{
	struct transfer transfer = begin(8 * STRIDE, UTIL_MIB);
	int fd = unit_memory_file(8 * STRIDE);

	(void)state;
	assert_int_equal(run_sparse(&transfer, fd), 0);
	transfer_end(&transfer);
	close(fd);
}

/* A stretch may begin in the middle of a chunk: the next ones are aligned. */
static void chunks_in_a_stretch_end_at_multiples(void **state)
{
	struct transfer transfer = begin(2 * STRIDE, UTIL_MIB);
	size_t page = util_page_size();
	int fd = unit_memory_file(2 * STRIDE);
	unsigned int count = 0;

	(void)state;
	unit_fill(fd, STRIDE - 3 * page, 2 * UTIL_MIB, 1);
	transfer.sparse = true;
	transfer.source = fd;
	while (take_job(&transfer)) {
		uint64_t end = out[0].offset + out[0].length;

		assert_true(end % UTIL_MIB == 0 ||
			    end == STRIDE - 3 * page + 2 * UTIL_MIB);
		count++;
		finish_job(&transfer, 0);
	}
	assert_int_equal(count, 3);
	transfer_end(&transfer);
	close(fd);
}

static void a_source_that_cannot_be_asked_is_a_failure(void **state)
{
	struct transfer transfer = begin(10 * PAGE, PAGE);
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	transfer.sparse = true;
	transfer.source = ends[0];
	assert_false(take_job(&transfer));
	assert_true(transfer_settled(&transfer));
	assert_true(transfer.failed);
	assert_int_equal(transfer.err.op, ERR_READ);
	assert_int_equal(transfer.err.errnum, ESPIPE);
	assert_int_equal(transfer_prefix(&transfer), 0);
	transfer_end(&transfer);
	close(ends[0]);
	close(ends[1]);
}

static void space_is_reserved_stretch_by_stretch(void **state)
{
	struct transfer transfer = begin(4 * STRIDE, UTIL_MIB);
	size_t page = util_page_size();
	int source = unit_memory_file(4 * STRIDE);
	int dest = unit_memory_file(4 * STRIDE);
	struct stat now;

	(void)state;
	unit_fill(source, STRIDE, 4 * page, 1);
	transfer.preallocate = true;
	transfer.dest = dest;
	assert_int_equal(run_sparse(&transfer, source), 4 * page);
	assert_int_equal(fstat(dest, &now), 0);
	assert_int_equal(now.st_blocks * 512, 4 * page);
	transfer_end(&transfer);
	close(source);
	close(dest);
}

/* A file may not grow past its limit: fallocate says EFBIG. */
static void reserve_past_the_limit(void)
{
	const struct rlimit limit = { PAGE, PAGE };
	struct transfer transfer;
	struct job job;

	signal(SIGXFSZ, SIG_IGN);
	UNIT_CHECK(transfer_begin(&transfer, FILE_ID, 10 * PAGE, PAGE, 1) == 0);
	transfer.preallocate = true;
	transfer.dest = unit_memory_file(0);
	UNIT_CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	UNIT_CHECK(!transfer_next(&transfer, &job));
	UNIT_CHECK(transfer_settled(&transfer));
	UNIT_CHECK(transfer.failed);
	UNIT_CHECK(transfer.err.op == ERR_WRITE);
	UNIT_CHECK(transfer.err.errnum == EFBIG);
	UNIT_CHECK(transfer_prefix(&transfer) == 0);
	transfer_end(&transfer);
}

/* EBADF here, EOPNOTSUPP and others there: it was only for speed. */
static void a_refusal_to_reserve_is_no_failure(void **state)
{
	struct transfer transfer = begin(10 * PAGE, PAGE);

	(void)state;
	transfer.preallocate = true;
	transfer.dest = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_true(transfer.dest >= 0);
	assert_true(take_job(&transfer));
	assert_false(transfer.failed);
	close(transfer.dest);
	transfer_end(&transfer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jobs_cover_the_file_in_order),
		cmocka_unit_test(answers_may_come_in_any_order),
		cmocka_unit_test(only_so_many_jobs_are_out_at_a_time),
		cmocka_unit_test(an_empty_file_is_settled_at_once),
		cmocka_unit_test(
			answers_that_nobody_waits_for_count_for_nothing),
		cmocka_unit_test(progress_settles_nothing),
		cmocka_unit_test(
			what_is_interrupted_is_in_place_as_far_as_was_told),
		cmocka_unit_test(nothing_behind_the_last_job_is_in_place),
		cmocka_unit_test(a_failure_ends_the_handing_out),
		cmocka_unit_test(
			the_first_failure_is_told_and_the_lowest_one_cuts),
		cmocka_unit_test(holes_are_left_out),
		cmocka_unit_test(holes_of_a_file_on_disk_are_left_out),
		cmocka_unit_test(a_file_of_holes_has_no_job),
		cmocka_unit_test(chunks_in_a_stretch_end_at_multiples),
		cmocka_unit_test(a_source_that_cannot_be_asked_is_a_failure),
		cmocka_unit_test(space_is_reserved_stretch_by_stretch),
		UNIT_CASE(reserve_past_the_limit),
		cmocka_unit_test(a_refusal_to_reserve_is_no_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
