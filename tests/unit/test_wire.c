/* SPDX-License-Identifier: MIT */
/*
 * test_wire: jobs and records as bytes, and bytes that are neither.
 *
 * Whatever is decoded lies in memory of exactly its length, so that the
 * sanitizer build sees a read past its end.
 */
#include "config.h"

#include "wire.h"

#include <limits.h>

#include "unit.h"
#include "util.h"

/* The widths of the header, and where its fields stand. */
#define HEADER 12
#define AT_VERSION 0
#define AT_TYPE 1
#define AT_LENGTH 2

#define RANDOM_MESSAGES 300000

/* Bodies are as short as that where there are many. */
#define RANDOM_MAX (4 * WIRE_SMALL)

static int decode_job(const uint8_t *bytes, size_t length, struct job *job)
{
	uint8_t *exact = malloc(length ? length : 1);
	int taken;

	assert_non_null(exact);
	memcpy(exact, bytes, length);
	taken = wire_decode_job(exact, length, job);
	/* A body stays valid for the caller. */
	if (taken > 0 && job->body.bytes)
		job->body.bytes = bytes + (job->body.bytes - exact);
	free(exact);
	assert_true(taken >= -1);
	assert_true(taken <= (int)length);
	return taken;
}

static int decode_record(const uint8_t *bytes, size_t length,
			 struct record *record)
{
	uint8_t *exact = malloc(length ? length : 1);
	int taken;

	assert_non_null(exact);
	memcpy(exact, bytes, length);
	taken = wire_decode_record(exact, length, record);
	/* A body stays valid for the caller. */
	if (taken > 0 && record->body.bytes)
		record->body.bytes = bytes + (record->body.bytes - exact);
	free(exact);
	assert_true(taken >= -1);
	assert_true(taken <= (int)length);
	return taken;
}

static void assert_same_job(const struct job *a, const struct job *b)
{
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->file, b->file);
	assert_int_equal(a->offset, b->offset);
	assert_int_equal(a->length, b->length);
	assert_int_equal(a->engine, b->engine);
	assert_int_equal(a->forced, b->forced);
	assert_int_equal(a->zeros, b->zeros);
}

static void assert_same_record(const struct record *a, const struct record *b)
{
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->job, b->job);
	assert_int_equal(a->bytes, b->bytes);
	assert_int_equal(a->err.op, b->err.op);
	assert_int_equal(a->err.errnum, b->err.errnum);
}

static const struct job jobs[] = {
	{ .type = JOB_FILE, .id = 1, .file = 2, .engine = 1 },
	{ .type = JOB_FILE,
	  .id = UINT64_MAX,
	  .file = UINT64_MAX,
	  .engine = 2,
	  .forced = true,
	  .zeros = JOB_ZEROS_FILL },
	{ .type = JOB_CHUNK, .length = 1 },
	{ .type = JOB_CHUNK,
	  .id = UINT64_MAX,
	  .file = UINT64_MAX,
	  .offset = INT64_MAX - 1,
	  .length = 1 },
	{ .type = JOB_CHUNK, .id = 7, .length = INT64_MAX },
	{ .type = JOB_CHUNK,
	  .id = 0x0102030405060708,
	  .file = 0x1112131415161718,
	  .offset = 0x2122232425262728,
	  .length = 0x3132333435363738 },
	{ .type = JOB_FORGET },
	{ .type = JOB_FORGET, .id = UINT64_MAX, .file = UINT64_MAX },
};

static const struct record records[] = {
	{ .type = RECORD_PROGRESS },
	{ .type = RECORD_PROGRESS, .job = UINT64_MAX, .bytes = INT64_MAX },
	{ .type = RECORD_DONE, .job = 1, .bytes = 2 },
	{ .type = RECORD_DONE, .job = UINT64_MAX, .bytes = INT64_MAX },
	{ .type = RECORD_FAILED,
	  .job = 3,
	  .bytes = 4,
	  .err = { .op = ERR_STAT_SOURCE, .errnum = 0 } },
	{ .type = RECORD_FAILED,
	  .job = UINT64_MAX,
	  .bytes = INT64_MAX,
	  .err = { .op = ERR_OPS - 1, .errnum = INT_MAX } },
};

static void every_job_comes_back_as_it_went(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < UTIL_COUNT(jobs); i++) {
		uint8_t bytes[WIRE_MAX];
		size_t length = wire_encode_job(&jobs[i], bytes);
		struct job job;

		assert_in_range(length, HEADER, WIRE_MAX);
		assert_int_equal(decode_job(bytes, length, &job), length);
		assert_same_job(&jobs[i], &job);
	}
}

static void every_record_comes_back_as_it_went(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < UTIL_COUNT(records); i++) {
		uint8_t bytes[WIRE_MAX];
		size_t length = wire_encode_record(&records[i], bytes);
		struct record record;

		assert_in_range(length, HEADER, WIRE_MAX);
		assert_int_equal(decode_record(bytes, length, &record), length);
		assert_same_record(&records[i], &record);
	}
}

static void descriptors_do_not_travel(void **state)
{
	struct job job = { .type = JOB_FILE, .engine = 1 }, out;
	uint8_t bytes[WIRE_MAX], same[WIRE_MAX];
	size_t length = wire_encode_job(&job, bytes);

	(void)state;
	job.source_fd = 17;
	job.dest_fd = 18;
	assert_int_equal(wire_encode_job(&job, same), length);
	assert_memory_equal(bytes, same, length);
	assert_int_equal(decode_job(bytes, length, &out), length);
	assert_int_equal(out.source_fd, -1);
	assert_int_equal(out.dest_fd, -1);
}

/* The table in wire.h: another machine must read the same bytes. */
static void the_bytes_are_those_of_the_table(void **state)
{
	static const uint8_t chunk[] = {
		WIRE_VERSION, 2,    36,	  0,	0x08, 0x07, 0x06, 0x05, 0x04,
		0x03,	      0x02, 0x01, 0x18, 0x17, 0x16, 0x15, 0x14, 0x13,
		0x12,	      0x11, 0x28, 0x27, 0x26, 0x25, 0x24, 0x23, 0x22,
		0x21,	      0x38, 0x37, 0x36, 0x35, 0x34, 0x33, 0x32, 0x31,
	};
	static const uint8_t failed[] = {
		WIRE_VERSION,
		3,
		25,
		0,
		3,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		4,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		1,
		0,
		0,
		0,
		0,
	};
	uint8_t bytes[WIRE_MAX];

	(void)state;
	assert_int_equal(wire_encode_job(&jobs[5], bytes), sizeof(chunk));
	assert_memory_equal(bytes, chunk, sizeof(chunk));
	assert_int_equal(wire_encode_record(&records[4], bytes),
			 sizeof(failed));
	assert_memory_equal(bytes, failed, sizeof(failed));
}

static void a_message_cut_anywhere_is_not_all_there_yet(void **state)
{
	uint8_t bytes[WIRE_MAX];
	struct record record;
	struct job job;
	size_t i, cut;

	(void)state;
	for (i = 0; i < UTIL_COUNT(jobs); i++) {
		size_t length = wire_encode_job(&jobs[i], bytes);

		for (cut = 0; cut < length; cut++)
			assert_int_equal(decode_job(bytes, cut, &job), 0);
	}
	for (i = 0; i < UTIL_COUNT(records); i++) {
		size_t length = wire_encode_record(&records[i], bytes);

		for (cut = 0; cut < length; cut++)
			assert_int_equal(decode_record(bytes, cut, &record), 0);
	}
}

static void what_follows_a_message_is_not_touched(void **state)
{
	uint8_t bytes[2 * WIRE_MAX];
	struct record record;
	struct job job;
	size_t i, length;

	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	for (i = 0; i < UTIL_COUNT(jobs); i++) {
		length = wire_encode_job(&jobs[i], bytes);
		assert_int_equal(decode_job(bytes, sizeof(bytes), &job),
				 length);
		assert_same_job(&jobs[i], &job);
	}
	for (i = 0; i < UTIL_COUNT(records); i++) {
		length = wire_encode_record(&records[i], bytes);
		assert_int_equal(decode_record(bytes, sizeof(bytes), &record),
				 length);
		assert_same_record(&records[i], &record);
	}
}

static void another_version_is_refused(void **state)
{
	uint8_t bytes[WIRE_MAX];
	unsigned int version;
	struct record record;
	struct job job;

	(void)state;
	for (version = 0; version <= UINT8_MAX; version++) {
		int good = version == WIRE_VERSION;
		size_t length = wire_encode_job(&jobs[0], bytes);

		bytes[AT_VERSION] = (uint8_t)version;
		assert_int_equal(decode_job(bytes, length, &job),
				 good ? (int)length : -1);
		length = wire_encode_record(&records[0], bytes);
		bytes[AT_VERSION] = (uint8_t)version;
		assert_int_equal(decode_record(bytes, length, &record),
				 good ? (int)length : -1);
	}
}

static void a_type_or_length_not_in_the_table_is_refused(void **state)
{
	uint8_t bytes[WIRE_MAX] = { WIRE_VERSION };
	struct record record;
	unsigned int type, length;
	struct job job;

	(void)state;
	/* The operation of a failure, and the length of a chunk. */
	bytes[HEADER + 8] = 1;
	bytes[HEADER + 16] = 1;
	for (type = 0; type <= UINT8_MAX; type++) {
		for (length = 0; length <= 300; length++) {
			int job_good = (type == JOB_FILE && length == 23) ||
				       (type == JOB_CHUNK && length == 36) ||
				       (type == JOB_FORGET && length == 20) ||
				       (type == JOB_BATCH && length >= 20);
			int record_good =
				(type == RECORD_PROGRESS && length == 20) ||
				(type == RECORD_DONE && length == 20) ||
				(type == RECORD_FAILED && length == 25) ||
				(((type >= RECORD_GIVEN &&
				   type <= RECORD_LAST) ||
				  type == RECORD_TALLY ||
				  type == RECORD_NOTES) &&
				 length >= 20);

			bytes[AT_TYPE] = (uint8_t)type;
			bytes[AT_LENGTH] = (uint8_t)length;
			bytes[AT_LENGTH + 1] = (uint8_t)(length >> 8);
			assert_int_equal(decode_job(bytes, 300, &job),
					 job_good ? (int)length : -1);
			assert_int_equal(decode_record(bytes, 300, &record),
					 record_good ? (int)length : -1);
		}
	}
}

static void a_length_that_is_not_there_is_not_trusted(void **state)
{
	uint8_t bytes[WIRE_MAX];
	struct job job;

	(void)state;
	/* Refused at once, not waited for. */
	wire_encode_job(&jobs[2], bytes);
	bytes[AT_LENGTH] = bytes[AT_LENGTH + 1] = 0xff;
	assert_int_equal(decode_job(bytes, HEADER, &job), -1);
}

static void a_record_is_no_job_and_a_job_no_record(void **state)
{
	uint8_t bytes[WIRE_MAX];
	struct record record;
	struct job job;
	size_t i;

	(void)state;
	for (i = 0; i < UTIL_COUNT(records); i++) {
		size_t length = wire_encode_record(&records[i], bytes);

		assert_int_equal(decode_job(bytes, length, &job), -1);
	}
	for (i = 0; i < UTIL_COUNT(jobs); i++) {
		size_t length = wire_encode_job(&jobs[i], bytes);

		assert_int_equal(decode_record(bytes, length, &record), -1);
	}
}

static void check_chunk(uint64_t offset, uint64_t length, int good)
{
	const struct job chunk = { .type = JOB_CHUNK,
				   .offset = offset,
				   .length = length };
	uint8_t bytes[WIRE_MAX];
	size_t size = wire_encode_job(&chunk, bytes);
	struct job job;

	assert_int_equal(decode_job(bytes, size, &job), good ? (int)size : -1);
}

static void a_chunk_that_no_file_holds_is_refused(void **state)
{
	(void)state;
	check_chunk(0, 0, 0);
	check_chunk(5, 0, 0);
	check_chunk(0, INT64_MAX, 1);
	check_chunk(0, (uint64_t)INT64_MAX + 1, 0);
	check_chunk(1, INT64_MAX, 0);
	check_chunk(INT64_MAX - 5, 5, 1);
	check_chunk(INT64_MAX - 5, 6, 0);
	check_chunk(INT64_MAX, 1, 0);
	check_chunk((uint64_t)INT64_MAX + 1, 1, 0);
	check_chunk(UINT64_MAX, 1, 0);
	check_chunk(1, UINT64_MAX, 0);
	check_chunk(UINT64_MAX, UINT64_MAX, 0);
}

static void a_flag_is_no_or_yes(void **state)
{
	uint8_t bytes[WIRE_MAX];
	size_t length = wire_encode_job(&jobs[0], bytes);
	unsigned int flag;
	struct job job;

	(void)state;
	for (flag = 0; flag <= UINT8_MAX; flag++) {
		bytes[length - 2] = (uint8_t)flag;
		assert_int_equal(decode_job(bytes, length, &job),
				 flag <= 1 ? (int)length : -1);
	}
}

static void zeros_are_treated_in_a_way_that_there_is(void **state)
{
	uint8_t bytes[WIRE_MAX];
	size_t length = wire_encode_job(&jobs[0], bytes);
	unsigned int zeros;
	struct job job;

	(void)state;
	for (zeros = 0; zeros <= UINT8_MAX; zeros++) {
		bytes[length - 1] = (uint8_t)zeros;
		assert_int_equal(decode_job(bytes, length, &job),
				 zeros < JOB_ZEROS ? (int)length : -1);
	}
}

static void check_failure(unsigned int op, uint32_t errnum, int good)
{
	const struct record failure = { .type = RECORD_FAILED };
	uint8_t bytes[WIRE_MAX];
	size_t length = wire_encode_record(&failure, bytes);
	struct record record;

	bytes[HEADER + 8] = (uint8_t)op;
	bytes[HEADER + 9] = (uint8_t)errnum;
	bytes[HEADER + 10] = (uint8_t)(errnum >> 8);
	bytes[HEADER + 11] = (uint8_t)(errnum >> 16);
	bytes[HEADER + 12] = (uint8_t)(errnum >> 24);
	assert_int_equal(decode_record(bytes, length, &record),
			 good ? (int)length : -1);
	if (good) {
		assert_int_equal(record.err.op, op);
		assert_int_equal(record.err.errnum, errnum);
	}
}

static void a_failure_must_name_an_operation_and_an_errno(void **state)
{
	unsigned int op;

	(void)state;
	for (op = 0; op <= UINT8_MAX; op++)
		check_failure(op, 5, op > ERR_NONE && op < ERR_OPS);
	check_failure(ERR_READ, 0, 1);
	check_failure(ERR_READ, INT_MAX, 1);
	check_failure(ERR_READ, (uint32_t)INT_MAX + 1, 0);
	check_failure(ERR_READ, UINT32_MAX, 0);
}

/* Random bytes, most of them with a header that is nearly right. */
static size_t draw_message(uint64_t *seed, uint8_t *bytes)
{
	static const uint8_t lengths[] = { 20, 23, 25, 36, 60, 12, 0 };
	size_t length = unit_random(seed) % RANDOM_MAX, i;

	for (i = 0; i < length; i++)
		bytes[i] = (uint8_t)unit_random(seed);
	if (length >= HEADER && unit_random(seed) % 8 != 0) {
		bytes[AT_VERSION] = WIRE_VERSION;
		bytes[AT_TYPE] = (uint8_t)(unit_random(seed) % 10);
		bytes[AT_LENGTH] =
			lengths[unit_random(seed) % UTIL_COUNT(lengths)];
		bytes[AT_LENGTH + 1] = unit_random(seed) % 8 == 0;
	}
	/* Small numbers are the ones that pass. */
	for (i = HEADER; i < length; i++)
		if (unit_random(seed) % 4 != 0)
			bytes[i] = (uint8_t)(unit_random(seed) % 2);
	return length;
}

/*
 * Any bytes are refused or waited on or taken, and what is taken is exactly
 * what encoding it again yields: nothing in a message goes unread.
 */
static void random_bytes_do_no_harm(void **state)
{
	uint64_t seed = 3;
	unsigned int i, good_jobs = 0, good_records = 0;

	(void)state;
	for (i = 0; i < RANDOM_MESSAGES; i++) {
		uint8_t bytes[RANDOM_MAX], again[RANDOM_MAX];
		size_t length = draw_message(&seed, bytes);
		struct record record;
		struct job job;
		int taken = decode_job(bytes, length, &job);

		if (taken > 0) {
			assert_int_equal(wire_encode_job(&job, again), taken);
			assert_memory_equal(bytes, again, (size_t)taken);
			good_jobs++;
		}
		taken = decode_record(bytes, length, &record);
		if (taken > 0) {
			assert_int_equal(wire_encode_record(&record, again),
					 taken);
			assert_memory_equal(bytes, again, (size_t)taken);
			good_records++;
		}
	}
	/* Else the test has shown nothing. */
	assert_true(good_jobs > 1000);
	assert_true(good_records > 1000);
}

static void make_pipe(int ends[2])
{
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
}

static void an_inbox_is_filled_and_emptied(void **state)
{
	struct wire_inbox inbox = { 0 };
	int ends[2];

	(void)state;
	make_pipe(ends);
	assert_int_equal(wire_fill(&inbox, ends[0]), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(inbox.length, 0);

	assert_int_equal(write(ends[1], "abc", 3), 3);
	assert_int_equal(wire_fill(&inbox, ends[0]), 1);
	assert_int_equal(inbox.length, 3);
	wire_take(&inbox, 2);
	assert_int_equal(inbox.length, 1);
	assert_int_equal(inbox.bytes[0], 'c');
	assert_int_equal(write(ends[1], "de", 2), 2);
	assert_int_equal(wire_fill(&inbox, ends[0]), 1);
	assert_int_equal(inbox.length, 3);
	assert_memory_equal(inbox.bytes, "cde", 3);
	wire_take(&inbox, 0);
	assert_int_equal(inbox.length, 3);
	wire_take(&inbox, 3);
	assert_int_equal(inbox.length, 0);

	close(ends[1]);
	assert_int_equal(wire_fill(&inbox, ends[0]), 0);
	assert_int_equal(inbox.length, 0);
	close(ends[0]);
	assert_int_equal(wire_fill(&inbox, ends[0]), -1);
	assert_int_equal(errno, EBADF);
}

static void a_full_inbox_takes_no_more(void **state)
{
	struct wire_inbox inbox = { 0 };
	static const uint8_t much[2 * sizeof(inbox.bytes)];
	/* More than a pipe holds. */
	int fd = memfd_create("much", MFD_CLOEXEC);

	(void)state;
	assert_int_equal(pwrite(fd, much, sizeof(much), 0), sizeof(much));
	assert_int_equal(wire_fill(&inbox, fd), 1);
	assert_int_equal(inbox.length, sizeof(inbox.bytes));
	assert_int_equal(wire_fill(&inbox, fd), -1);
	assert_int_equal(errno, ENOBUFS);
	assert_int_equal(inbox.length, sizeof(inbox.bytes));
	wire_take(&inbox, 1);
	assert_int_equal(wire_fill(&inbox, fd), 1);
	assert_int_equal(inbox.length, sizeof(inbox.bytes));
	close(fd);
}

/* Takes all whole messages out of INBOX, which must be those after NEXT. */
static void take_all(struct wire_inbox *inbox, uint64_t *next)
{
	struct record record;
	int taken;

	while ((taken = wire_decode_record(inbox->bytes, inbox->length,
					   &record)) > 0) {
		wire_take(inbox, (size_t)taken);
		assert_int_equal(record.job, *next);
		(*next)++;
	}
	assert_int_equal(taken, 0);
}

static void messages_cut_at_any_place_come_out_whole(void **state)
{
	struct wire_inbox inbox = { 0 };
	uint8_t stream[2000 * WIRE_SMALL];
	size_t length = 0, at = 0;
	uint64_t seed = 4, next = 0, i;
	int ends[2];

	(void)state;
	for (i = 0; i < 2000; i++) {
		struct record record = records[i % UTIL_COUNT(records)];

		record.job = i;
		length += wire_encode_record(&record, stream + length);
	}
	make_pipe(ends);
	while (at < length) {
		size_t piece =
			util_min(1 + unit_random(&seed) % 90, length - at);

		assert_int_equal(write(ends[1], stream + at, piece), piece);
		at += piece;
		assert_int_equal(wire_fill(&inbox, ends[0]), 1);
		take_all(&inbox, &next);
	}
	assert_int_equal(next, 2000);
	assert_int_equal(inbox.length, 0);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_job_comes_back_as_it_went),
		cmocka_unit_test(every_record_comes_back_as_it_went),
		cmocka_unit_test(descriptors_do_not_travel),
		cmocka_unit_test(the_bytes_are_those_of_the_table),
		cmocka_unit_test(a_message_cut_anywhere_is_not_all_there_yet),
		cmocka_unit_test(what_follows_a_message_is_not_touched),
		cmocka_unit_test(another_version_is_refused),
		cmocka_unit_test(a_type_or_length_not_in_the_table_is_refused),
		cmocka_unit_test(a_length_that_is_not_there_is_not_trusted),
		cmocka_unit_test(a_record_is_no_job_and_a_job_no_record),
		cmocka_unit_test(a_chunk_that_no_file_holds_is_refused),
		cmocka_unit_test(a_flag_is_no_or_yes),
		cmocka_unit_test(zeros_are_treated_in_a_way_that_there_is),
		cmocka_unit_test(a_failure_must_name_an_operation_and_an_errno),
		cmocka_unit_test(random_bytes_do_no_harm),
		cmocka_unit_test(an_inbox_is_filled_and_emptied),
		cmocka_unit_test(a_full_inbox_takes_no_more),
		cmocka_unit_test(messages_cut_at_any_place_come_out_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
