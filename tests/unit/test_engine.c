/* SPDX-License-Identifier: MIT */
/*
 * test_engine: every engine keeps the contract of engine.h.
 *
 * A new engine is added to OPTIONS_ENGINE_..., and is then held to all of it
 * by the table here.
 */
#include "config.h"

#include "engine.h"

#include <stdbool.h>
#include <sys/stat.h>

#include "unit.h"
#include "util.h"

/* All that can be asked for by name and serve files in memory. */
static const enum options_engine engines[] = {
	OPTIONS_ENGINE_MMAP, OPTIONS_ENGINE_RW, OPTIONS_ENGINE_CFR,
	OPTIONS_ENGINE_DIRECT, /* from Linux 6.6 on: count_engines */
};
static size_t engine_count;

/* More than one ENGINE_STEP, and no multiple of anything. */
#define SIZE ((uint64_t)3 * ENGINE_STEP + 12345)

/* What the steps of a copy were told. */
struct steps {
	uint64_t last;
	uint64_t widest; /* bytes between two of them */
	unsigned int count;
	uint64_t stop_at; /* 0: never */
};

static int on_step(void *arg, uint64_t done)
{
	struct steps *steps = arg;

	UNIT_CHECK(done >= steps->last);
	steps->widest = util_max(steps->widest, done - steps->last);
	steps->last = done;
	steps->count++;
	return steps->stop_at && done >= steps->stop_at;
}

struct fixture {
	int source;
	int dest;
	struct steps steps;
	struct engine_work work;
};

static void make(struct fixture *f, uint64_t size)
{
	*f = (struct fixture){ .source = unit_memory_file(size),
			       .dest = unit_memory_file(size) };
	unit_fill(f->source, 0, size, 1);
	f->work.step = on_step;
	f->work.step_arg = &f->steps;
}

static void unmake(struct fixture *f)
{
	engine_work_free(&f->work);
	close(f->source);
	close(f->dest);
}

static enum engine_result copy(struct fixture *f, enum options_engine which,
			       bool forced, struct engine_range *range,
			       struct err *err)
{
	range->source = f->source;
	range->dest = f->dest;
	return engine_copy(which, forced, &f->work, range, err);
}

static void each_name_means_its_engine(void **state)
{
	const char *const *name = engine_names();
	unsigned int count = 0;

	(void)state;
	for (; *name; name++, count++) {
		enum options_engine which;

		assert_int_equal(engine_by_name(*name, &which), 0);
		assert_string_equal(engine_name(which), *name);
	}
	/* And auto and clone. */
	assert_int_equal(count, UTIL_COUNT(engines) + 2);
}

static void other_names_are_none(void **state)
{
	static const char *const others[] = { "",    "RW",	"rw ", "r",
					      "rww", "mmap,rw", "none" };
	enum options_engine which = OPTIONS_ENGINE_RW;
	size_t i;

	(void)state;
	for (i = 0; i < UTIL_COUNT(others); i++)
		assert_int_equal(engine_by_name(others[i], &which), -1);
	assert_int_equal(which, OPTIONS_ENGINE_RW);
}

static void auto_is_an_engine_that_serves(void **state)
{
	unsigned int workers;

	(void)state;
	for (workers = 1; workers <= 5; workers++) {
		struct fixture f;
		struct engine_pair pair;
		int i;

		make(&f, SIZE);
		for (i = 0; i < 8; i++) {
			pair = (struct engine_pair){
				.source = f.source,
				.dest = f.dest,
				.size = i & 1 ? SIZE : 0,
				.dest_existing = i & 2,
				.dest_readable = i & 4,
				.workers = workers,
			};
			assert_int_equal(
				engine_serves(engine_choose(&pair), &pair), 0);
		}
		unmake(&f);
	}
}

static void a_mapping_is_not_chosen_for_what_cannot_be_read(void **state)
{
	struct fixture f;
	struct engine_pair pair;

	(void)state;
	make(&f, SIZE);
	pair = (struct engine_pair){ .source = f.source,
				     .dest = f.dest,
				     .size = SIZE };
	assert_int_equal(engine_serves(OPTIONS_ENGINE_MMAP, &pair), EACCES);
	pair.dest_readable = true;
	assert_int_equal(engine_serves(OPTIONS_ENGINE_MMAP, &pair), 0);
	unmake(&f);
}

/* The byte at OFFSET, if there is one, is that of a new file. */
static void assert_untouched(int fd, uint64_t offset)
{
	char byte = 1;

	if (offset < SIZE) {
		assert_int_equal(pread(fd, &byte, 1, (off_t)offset), 1);
		assert_int_equal(byte, 0);
	}
}

/* Ranges that begin and end anywhere, also in the middle of a page. */
static void a_range_and_nothing_else_is_copied(void **state)
{
	static const uint64_t at[] = { 0, 1, 4095, 4096, 1048575, SIZE - 1 };
	static const uint64_t lengths[] = { 1, 4096, 4097, 1048577, SIZE };
	size_t e, i, j;

	(void)state;
	for (e = 0; e < engine_count; e++) {
		for (i = 0; i < UTIL_COUNT(at); i++) {
			for (j = 0; j < UTIL_COUNT(lengths); j++) {
				struct engine_range range = {
					.offset = at[i],
					.length = util_min(lengths[j],
							   SIZE - at[i]),
				};
				struct fixture f;
				struct stat now;
				struct err err;

				make(&f, SIZE);
				assert_int_equal(copy(&f, engines[e], true,
						      &range, &err),
						 ENGINE_DONE);
				assert_int_equal(range.done, range.length);
				assert_true(unit_same(f.source, f.dest,
						      range.offset,
						      range.length));
				assert_untouched(f.dest, at[i] - 1);
				assert_untouched(f.dest, at[i] + range.length);
				assert_int_equal(fstat(f.dest, &now), 0);
				assert_int_equal(now.st_size, SIZE);
				unmake(&f);
			}
		}
	}
}

/* Data, a hole, zeros that are data, data, and a hole at the end. */
static void make_holes(struct fixture *f)
{
	static char zeros[16 * 4096];

	make(f, SIZE);
	close(f->source);
	f->source = unit_memory_file(SIZE);
	unit_fill(f->source, 0, 5000, 1);
	unit_fill(f->source, 3 << 20, 12345, 1);
	UNIT_CHECK(pwrite(f->source, zeros, sizeof(zeros), 4 << 20) ==
		   sizeof(zeros));
	unit_fill(f->source, ENGINE_STEP, 2 * ENGINE_STEP, 1);
}

static uint64_t blocks_of(int fd)
{
	struct stat now;

	assert_int_equal(fstat(fd, &now), 0);
	assert_int_equal(now.st_size, SIZE);
	return (uint64_t)now.st_blocks * 512;
}

/* In pieces that begin and end in the middle of blocks, too. */
static void copy_holes(struct fixture *f, enum options_engine which,
		       enum job_zeros zeros)
{
	static const uint64_t cuts[] = { 0,	  100,	    5001, (3 << 20) + 7,
					 5 << 20, SIZE - 1, SIZE };
	size_t i;

	for (i = 0; i + 1 < UTIL_COUNT(cuts); i++) {
		struct engine_range range = {
			.offset = cuts[i],
			.length = cuts[i + 1] - cuts[i],
			.zeros = zeros,
		};
		struct err err;

		f->steps = (struct steps){ 0 };
		assert_int_equal(copy(f, which, true, &range, &err),
				 ENGINE_DONE);
		assert_int_equal(range.done, range.length);
		assert_true(f->steps.widest <= ENGINE_STEP);
	}
	assert_true(unit_same(f->source, f->dest, 0, SIZE));
}

static void zeros_that_are_skipped_take_no_room(void **state)
{
	size_t e;

	(void)state;
	for (e = 0; e < engine_count; e++) {
		struct fixture f;

		make_holes(&f);
		copy_holes(&f, engines[e], JOB_ZEROS_SKIP);
		assert_int_equal(blocks_of(f.dest),
				 (2 + 4) * 4096 + 2 * ENGINE_STEP);
		unmake(&f);
	}
}

static void holes_that_are_filled_take_room_and_stay_in_the_source(void **state)
{
	size_t e;

	(void)state;
	for (e = 0; e < engine_count; e++) {
		struct fixture f;
		uint64_t before;

		make_holes(&f);
		before = blocks_of(f.source);
		copy_holes(&f, engines[e], JOB_ZEROS_FILL);
		assert_int_equal(blocks_of(f.dest), util_round_up(SIZE, 4096));
		/* copy_holes has compared it since, by reading. */
		assert_int_equal(blocks_of(f.source), before);
		unmake(&f);
	}
}

static void no_step_is_too_wide(void **state)
{
	size_t e;

	(void)state;
	for (e = 0; e < engine_count; e++) {
		struct engine_range range = { .length = SIZE };
		struct fixture f;
		struct err err;

		make(&f, SIZE);
		assert_int_equal(copy(&f, engines[e], true, &range, &err),
				 ENGINE_DONE);
		assert_true(f.steps.count >= 3);
		assert_true(f.steps.widest <= ENGINE_STEP);
		unmake(&f);
	}
}

static void a_stopped_copy_can_go_on(void **state)
{
	size_t e;

	(void)state;
	for (e = 0; e < engine_count; e++) {
		struct engine_range range = { .length = SIZE };
		struct fixture f;
		struct err err;

		make(&f, SIZE);
		f.steps.stop_at = SIZE / 2;
		assert_int_equal(copy(&f, engines[e], true, &range, &err),
				 ENGINE_STOPPED);
		assert_in_range(range.done, SIZE / 2, SIZE - 1);
		assert_true(unit_same(f.source, f.dest, 0, range.done));
		f.steps.stop_at = 0;
		assert_int_equal(copy(&f, engines[e], true, &range, &err),
				 ENGINE_DONE);
		assert_int_equal(range.done, SIZE);
		assert_true(unit_same(f.source, f.dest, 0, SIZE));
		unmake(&f);
	}
}

static void copy_what_ends_early(bool no_populate)
{
	const uint64_t end = SIZE / 2 + 77;
	size_t e;

	for (e = 0; e < engine_count; e++) {
		struct engine_range range = { .length = SIZE };
		struct err err = { 0 };
		struct fixture f;

		make(&f, SIZE);
		f.work.no_populate = no_populate;
		UNIT_CHECK(ftruncate(f.source, (off_t)end) == 0);
		UNIT_CHECK(copy(&f, engines[e], true, &range, &err) ==
			   ENGINE_FAILED);
		UNIT_CHECK(err.op == ERR_SOURCE_SHRANK);
		UNIT_CHECK(range.done <= end);
		UNIT_CHECK(unit_same(f.source, f.dest, 0, range.done));
		unmake(&f);
	}
}

/* In a child: cmocka would have the SIGBUS that guard is for. */
static void a_source_that_ends_early_is_said_to_have_shrunk(void)
{
	copy_what_ends_early(false);
}

static void the_same_on_a_kernel_that_cannot_populate(void)
{
	copy_what_ends_early(true);
}

static void the_reason_of_a_failed_write_is_known(void **state)
{
	size_t e;

	(void)state;
	for (e = 0; e < engine_count; e++) {
		struct engine_range range = { .length = SIZE };
		struct err err = { 0 };
		struct fixture f;
		int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

		assert_true(full >= 0);
		make(&f, SIZE);
		assert_int_equal(dup2(full, f.dest), f.dest);
		close(full);
		assert_int_equal(copy(&f, engines[e], false, &range, &err),
				 ENGINE_FAILED);
		assert_int_equal(err.op, ERR_WRITE);
		assert_int_equal(err.errnum, ENOSPC);
		assert_int_equal(range.done, 0);
		unmake(&f);
	}
}

/* A shared mapping wants its file open for reading, too. */
static void write_only(struct fixture *f)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", f->dest);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(dup2(fd, f->dest), f->dest);
	close(fd);
}

static void where_an_engine_refuses_rw_steps_in(void **state)
{
	struct engine_range range = { .length = SIZE };
	struct fixture f;
	struct err err;
	int dest;

	(void)state;
	make(&f, SIZE);
	dest = fcntl(f.dest, F_DUPFD_CLOEXEC, 0);
	write_only(&f);
	assert_int_equal(engine_probe(OPTIONS_ENGINE_MMAP, f.source, f.dest,
				      SIZE),
			 EACCES);
	assert_int_equal(
		engine_probe(OPTIONS_ENGINE_RW, f.source, f.dest, SIZE), 0);
	assert_int_equal(copy(&f, OPTIONS_ENGINE_MMAP, false, &range, &err),
			 ENGINE_DONE);
	assert_int_equal(range.done, SIZE);
	assert_true(unit_same(f.source, dest, 0, SIZE));
	close(dest);
	unmake(&f);
}

/* Files in memory and on a disk are never on one file system. */
static void between_file_systems_rw_steps_in_for_the_kernel(void **state)
{
	static const enum options_engine within_one[] = {
		OPTIONS_ENGINE_CFR,
		OPTIONS_ENGINE_CLONE,
	};
	size_t e;

	(void)state;
	for (e = 0; e < UTIL_COUNT(within_one); e++) {
		struct engine_range range = { .length = SIZE };
		struct err err = { 0 };
		struct fixture f;

		make(&f, SIZE);
		close(f.dest);
		f.dest = unit_disk_file(SIZE);
		assert_int_equal(engine_probe(within_one[e], f.source, f.dest,
					      SIZE),
				 EXDEV);
		assert_int_equal(copy(&f, within_one[e], true, &range, &err),
				 ENGINE_FAILED);
		assert_int_equal(err.op, ERR_ENGINE);
		assert_int_equal(err.errnum, EXDEV);
		assert_int_equal(range.done, 0);
		assert_int_equal(copy(&f, within_one[e], false, &range, &err),
				 ENGINE_DONE);
		assert_int_equal(range.done, SIZE);
		assert_true(unit_same(f.source, f.dest, 0, SIZE));
		unmake(&f);
	}
}

static void a_forced_engine_that_refuses_is_a_failure(void **state)
{
	struct engine_range range = { .length = SIZE };
	struct err err = { 0 };
	struct fixture f;

	(void)state;
	make(&f, SIZE);
	write_only(&f);
	assert_int_equal(copy(&f, OPTIONS_ENGINE_MMAP, true, &range, &err),
			 ENGINE_FAILED);
	assert_int_equal(err.op, ERR_ENGINE);
	assert_int_equal(err.errnum, EACCES);
	assert_int_equal(range.done, 0);
	unmake(&f);
}

static void a_probe_changes_nothing(void **state)
{
	static const uint64_t sizes[] = { 0, 1, 100000 };
	size_t e, i;

	(void)state;
	for (e = 0; e < engine_count; e++) {
		for (i = 0; i < UTIL_COUNT(sizes); i++) {
			struct fixture f;
			struct stat now;

			make(&f, sizes[i]);
			assert_int_equal(ftruncate(f.dest, 0), 0);
			assert_int_equal(engine_probe(engines[e], f.source,
						      f.dest, sizes[i]),
					 0);
			assert_int_equal(fstat(f.dest, &now), 0);
			assert_int_equal(now.st_size, 0);
			assert_int_equal(now.st_blocks, 0);
			unmake(&f);
		}
	}
}

/* Files of /proc say that they have no size, and have content. */
static void a_file_made_when_it_is_read_is_not_mapped(void **state)
{
	int source = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	int dest = unit_memory_file(0);

	(void)state;
	assert_true(source >= 0);
	assert_int_equal(engine_probe(OPTIONS_ENGINE_MMAP, source, dest, 0),
			 ENODEV);
	assert_int_equal(engine_probe(OPTIONS_ENGINE_CFR, source, dest, 0),
			 EINVAL);
	assert_int_equal(engine_probe(OPTIONS_ENGINE_CLONE, source, dest, 0),
			 EOPNOTSUPP);
	assert_int_equal(engine_probe(OPTIONS_ENGINE_RW, source, dest, 0), 0);
	close(source);
	close(dest);
}

static void the_buffer_is_made_once(void **state)
{
	struct engine_work work = { 0 };
	char *buffer = engine_buffer(&work);

	(void)state;
	assert_non_null(buffer);
	buffer[0] = buffer[ENGINE_BUFFER - 1] = 'x';
	assert_ptr_equal(engine_buffer(&work), buffer);
	engine_work_free(&work);
	assert_null(work.buffer);
	engine_work_free(&work);
}

static void count_engines(void)
{
	int source = unit_memory_file(1), dest = unit_memory_file(1);

	engine_count = UTIL_COUNT(engines);
	if (engine_probe(OPTIONS_ENGINE_DIRECT, source, dest, 1) != 0)
		engine_count--;
	close(source);
	close(dest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* First: guard installs its handler once in a process. */
		UNIT_CASE(a_source_that_ends_early_is_said_to_have_shrunk),
		UNIT_CASE(the_same_on_a_kernel_that_cannot_populate),
		cmocka_unit_test(each_name_means_its_engine),
		cmocka_unit_test(other_names_are_none),
		cmocka_unit_test(auto_is_an_engine_that_serves),
		cmocka_unit_test(
			a_mapping_is_not_chosen_for_what_cannot_be_read),
		cmocka_unit_test(a_range_and_nothing_else_is_copied),
		cmocka_unit_test(zeros_that_are_skipped_take_no_room),
		cmocka_unit_test(
			holes_that_are_filled_take_room_and_stay_in_the_source),
		cmocka_unit_test(no_step_is_too_wide),
		cmocka_unit_test(a_stopped_copy_can_go_on),
		cmocka_unit_test(the_reason_of_a_failed_write_is_known),
		cmocka_unit_test(where_an_engine_refuses_rw_steps_in),
		cmocka_unit_test(
			between_file_systems_rw_steps_in_for_the_kernel),
		cmocka_unit_test(a_forced_engine_that_refuses_is_a_failure),
		cmocka_unit_test(a_probe_changes_nothing),
		cmocka_unit_test(a_file_made_when_it_is_read_is_not_mapped),
		cmocka_unit_test(the_buffer_is_made_once),
	};

	count_engines();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
