/* SPDX-License-Identifier: MIT */
/*
 * test_aside: names that a worker has to tell of, sent or left by its death,
 * and bytes that are none; and who is the first at a file of several names.
 *
 * Whatever is read lies in memory of exactly its length, so that the sanitizer
 * build sees a read past its end.
 */
#include "config.h"

#include "aside.h"

#include "claims.h"
#include "unit.h"

static const struct batch_dir dir = {
	.path = "a/b",
	.source = { 1, UINT64_MAX },
	.dest = { 3, 4 },
	.created = true,
};

static const struct aside_name one = { ASIDE_FIRST, { 5, 6 }, "one" };
static const struct aside_name two = { ASIDE_LATER, { 7, UINT64_MAX }, "two" };
static const struct aside_name three = { ASIDE_NOW, { 9, 10 }, "three" };

/* On the heap, since it is large. */
static struct aside_box *new_box(void)
{
	struct aside_box *box = calloc(1, sizeof(*box));

	assert_non_null(box);
	aside_reset(box);
	return box;
}

static uint8_t *exact(const uint8_t *bytes, size_t length)
{
	uint8_t *copy = malloc(length ? length : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, length);
	return copy;
}

static int read_exactly(const uint8_t *bytes, size_t length)
{
	uint8_t *copy = exact(bytes, length);
	struct aside_reader reader;
	int result = aside_read(&reader, copy, length);

	free(copy);
	return result;
}

static void assert_next(struct aside_reader *reader,
			const struct aside_name *expected)
{
	struct aside_name name;

	assert_true(aside_next(reader, &name));
	assert_int_equal(name.kind, expected->kind);
	assert_true(identity_is(name.source, expected->source));
	assert_string_equal(name.name, expected->name);
}

/* The LENGTH BYTES are of the directory, with the first COUNT of the names. */
static void assert_body(const uint8_t *bytes, size_t length, size_t count)
{
	const struct aside_name *names[] = { &one, &two, &three };
	struct aside_reader reader;
	struct aside_name name;
	size_t i;

	assert_int_equal(aside_read(&reader, bytes, length), 0);
	assert_string_equal(reader.dir.path, dir.path);
	assert_true(identity_is(reader.dir.source, dir.source));
	assert_true(identity_is(reader.dir.dest, dir.dest));
	assert_true(reader.dir.created);
	for (i = 0; i < count; i++)
		assert_next(&reader, names[i]);
	assert_false(aside_next(&reader, &name));
}

static void names_come_back_as_they_were(void **state)
{
	struct aside_box *box = new_box();
	uint8_t bytes[BATCH_MAX], *copy;
	size_t length;

	(void)state;
	assert_true(aside_is_empty(box));
	assert_true(aside_add(box, &dir, &one));
	assert_true(aside_add(box, &dir, &two));
	assert_true(aside_add(box, &dir, &three));
	assert_false(aside_is_empty(box));
	length = aside_encode(box, bytes);
	copy = exact(bytes, length);
	assert_body(copy, length, 3);
	free(copy);
	free(box);
}

static void names_of_one_directory_are_together(void **state)
{
	struct aside_box *box = new_box();
	struct batch_dir other = dir;

	(void)state;
	other.path = "a/c";
	assert_true(aside_add(box, &dir, &one));
	assert_false(aside_add(box, &other, &two));
	other = dir;
	other.dest.ino++;
	assert_false(aside_add(box, &other, &two));
	aside_reset(box);
	assert_true(aside_add(box, &other, &two));
	free(box);
}

static void a_full_box_takes_no_more(void **state)
{
	struct aside_box *box = new_box();
	uint8_t bytes[BATCH_MAX];
	size_t count = 0;

	(void)state;
	while (aside_add(box, &dir, &one))
		assert_in_range(++count, 1, BATCH_NAMES_MAX);
	assert_in_range(count, 100, BATCH_NAMES_MAX);
	assert_int_equal(read_exactly(bytes, aside_encode(box, bytes)), 0);
	free(box);
}

static void the_dead_leave_what_did_not_arrive(void **state)
{
	struct aside_box *box = new_box();
	uint8_t bytes[BATCH_MAX];

	(void)state;
	assert_int_equal(aside_encode_left(box, 5, false, bytes), 0);
	aside_add(box, &dir, &one);
	aside_settle(box);
	assert_body(bytes, aside_encode_left(box, 5, false, bytes), 1);
	box->record = 6;
	assert_body(bytes, aside_encode_left(box, 5, false, bytes), 1);
	assert_int_equal(aside_encode_left(box, 6, false, bytes), 0);
	free(box);
}

static void the_name_that_they_died_at_is_not_among_them(void **state)
{
	struct aside_box *box = new_box();
	uint8_t bytes[BATCH_MAX];

	(void)state;
	aside_add(box, &dir, &one);
	assert_int_equal(aside_encode_left(box, 5, true, bytes), 0);
	/* It is dealt with, and only that is not said yet. */
	assert_body(bytes, aside_encode_left(box, 5, false, bytes), 1);
	aside_settle(box);
	aside_add(box, &dir, &two);
	assert_body(bytes, aside_encode_left(box, 5, true, bytes), 1);
	assert_body(bytes, aside_encode_left(box, 5, false, bytes), 2);
	free(box);
}

static void what_is_cut_off_is_refused(void **state)
{
	uint8_t bytes[BATCH_MAX];
	size_t begin = aside_begin_body(&dir, bytes);
	size_t end = aside_put(&one, bytes, begin);
	size_t all = aside_put(&two, bytes, end), cut;

	(void)state;
	for (cut = 0; cut < all; cut++)
		assert_int_equal(read_exactly(bytes, cut), cut == end ? 0 : -1);
	assert_int_equal(read_exactly(bytes, all), 0);
}

static int read_of(struct aside_name name)
{
	uint8_t bytes[BATCH_MAX];
	size_t length = aside_begin_body(&dir, bytes);

	return read_exactly(bytes, aside_put(&name, bytes, length));
}

static void what_makes_no_sense_is_refused(void **state)
{
	uint8_t bytes[2 * BATCH_MAX];
	size_t length = aside_begin_body(&dir, bytes), i;

	(void)state;
	assert_int_equal(read_of(one), 0);
	assert_int_equal(read_of((struct aside_name){ 0, { 5, 6 }, "a" }), -1);
	assert_int_equal(
		read_of((struct aside_name){ ASIDE_KINDS, { 5, 6 }, "a" }), -1);
	assert_int_equal(
		read_of((struct aside_name){ ASIDE_NOW, { 5, 6 }, ".." }), -1);
	assert_int_equal(
		read_of((struct aside_name){ ASIDE_NOW, { 5, 6 }, "a/b" }), -1);
	assert_int_equal(
		read_of((struct aside_name){ ASIDE_NOW, { 5, 6 }, "" }), -1);
	/* More names than ever are together. */
	for (i = 0; i <= BATCH_NAMES_MAX / 21; i++)
		length = aside_put(&one, bytes, length);
	assert_int_equal(read_exactly(bytes, length), -1);
}

static void one_is_the_first_at_a_file(void **state)
{
	struct claims *claims = claims_start();
	uint64_t ino, first = 0;

	(void)state;
	assert_non_null(claims);
	for (ino = 1; ino <= 100000; ino++)
		first += claims_take(claims, (struct identity){ 7, ino });
	assert_int_equal(first, 100000);
	for (ino = 1; ino <= 100000; ino++)
		assert_false(claims_take(claims, (struct identity){ 7, ino }));
	assert_true(claims_take(claims, (struct identity){ 8, 1 }));
	claims_free(claims);
	claims_free(NULL);
}

static void files_of_other_groups_and_devices_have_other_marks(void **state)
{
	struct claims *claims = claims_start();
	uint64_t dev, group, ino, first = 0;

	(void)state;
	assert_non_null(claims);
	for (dev = 20; dev < 22; dev++)
		for (group = 0; group < 4; group++)
			for (ino = 100; ino < 10100; ino++)
				first += claims_take(claims,
						     (struct identity){
							     dev,
							     group << 31 | ino,
						     });
	assert_int_equal(first, 2 * 4 * 10000);
	claims_free(claims);
}

static void children_know_what_was_claimed(void **state)
{
	struct claims *claims = claims_start();
	pid_t child;
	int status;

	(void)state;
	assert_non_null(claims);
	child = fork();
	if (child == 0)
		_exit(!claims_take(claims, (struct identity){ 7, 1 }));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_false(claims_take(claims, (struct identity){ 7, 1 }));
	claims_free(claims);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_come_back_as_they_were),
		cmocka_unit_test(names_of_one_directory_are_together),
		cmocka_unit_test(a_full_box_takes_no_more),
		cmocka_unit_test(the_dead_leave_what_did_not_arrive),
		cmocka_unit_test(the_name_that_they_died_at_is_not_among_them),
		cmocka_unit_test(what_is_cut_off_is_refused),
		cmocka_unit_test(what_makes_no_sense_is_refused),
		cmocka_unit_test(one_is_the_first_at_a_file),
		cmocka_unit_test(
			files_of_other_groups_and_devices_have_other_marks),
		cmocka_unit_test(children_know_what_was_claimed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
