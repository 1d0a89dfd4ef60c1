/* SPDX-License-Identifier: MIT */
/*
 * test_batch: parts of trees as bytes, and bytes that are none.
 *
 * Whatever is decoded lies in memory of exactly its length, so that the
 * sanitizer build sees a read past its end.
 */
#include "config.h"

#include "batch.h"

#include "listing.h"
#include "unit.h"

static const char names[] = "\x08one\0\x04two\0\x00three";

static const struct batch batch = {
	.dir = { .path = "a/b",
		 .source = { 1, UINT64_MAX },
		 .dest = { 3, 4 },
		 .created = true },
	.names = names,
	.length = sizeof(names),
};

static const struct batch_full full = {
	.dir = { .path = "", .source = { 7, 8 }, .dest = { 9, 10 } },
	.source_stat = { .st_mode = S_IFDIR | 01755,
			 .st_uid = 70000,
			 .st_gid = UINT32_MAX - 1,
			 .st_atim = { -5, 999999999 },
			 .st_mtim = { INT64_C(1) << 40, 1 } },
	.lent = 0200,
};

static uint8_t *exact(const uint8_t *bytes, size_t length)
{
	uint8_t *copy = malloc(length ? length : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, length);
	return copy;
}

static void assert_same_dir(const struct batch_dir *a,
			    const struct batch_dir *b)
{
	assert_string_equal(a->path, b->path);
	assert_memory_equal(&a->source, &b->source, sizeof(a->source));
	assert_memory_equal(&a->dest, &b->dest, sizeof(a->dest));
	assert_int_equal(a->created, b->created);
}

static void whole_comes_back(void **state)
{
	uint8_t bytes[BATCH_MAX], *copy;
	struct batch one = batch, out;
	size_t length;

	(void)state;
	one.whole = true;
	length = batch_encode(&one, bytes);
	copy = exact(bytes, length);
	assert_int_equal(batch_decode(copy, length, &out), 0);
	assert_true(out.whole);
	assert_memory_equal(out.names, names, sizeof(names));
	free(copy);
}

static void a_batch_comes_back_as_it_was(void **state)
{
	uint8_t bytes[BATCH_MAX], *copy;
	size_t length = batch_encode(&batch, bytes);
	struct batch out;

	(void)state;
	copy = exact(bytes, length);
	assert_int_equal(batch_decode(copy, length, &out), 0);
	assert_same_dir(&out.dir, &batch.dir);
	assert_false(out.whole);
	assert_int_equal(out.length, batch.length);
	assert_memory_equal(out.names, names, sizeof(names));
	free(copy);
}

static void assert_redo_comes_back(struct batch_redo redo)
{
	uint8_t bytes[BATCH_MAX], *copy;
	struct batch again = batch, out;
	size_t length;

	again.redo = redo;
	length = batch_encode(&again, bytes);
	copy = exact(bytes, length);
	assert_int_equal(batch_decode(copy, length, &out), 0);
	assert_int_equal(out.redo.is, redo.is);
	assert_int_equal(out.redo.decided, redo.decided);
	assert_int_equal(out.redo.found, redo.found);
	assert_int_equal(out.redo.said, redo.said);
	assert_int_equal(out.redo.signal, redo.signal);
	assert_true(identity_is(out.redo.dest, redo.dest));
	assert_same_dir(&out.dir, &batch.dir);
	assert_memory_equal(out.names, names, sizeof(names));
	free(copy);
}

static void what_a_dead_worker_had_decided_comes_back_as_it_was(void **state)
{
	(void)state;
	assert_redo_comes_back((struct batch_redo){ .is = true });
	assert_redo_comes_back(
		(struct batch_redo){ .is = true, .decided = true });
	assert_redo_comes_back(
		(struct batch_redo){ .is = true, .found = true });
	assert_redo_comes_back((struct batch_redo){ .is = true, .said = true });
	assert_redo_comes_back(
		(struct batch_redo){ .is = true,
				     .decided = true,
				     .found = true,
				     .said = true,
				     .signal = UINT8_MAX,
				     .dest = { UINT64_MAX, UINT64_MAX - 1 } });
}

static void a_full_directory_comes_back_as_it_was(void **state)
{
	const struct stat *a = &full.source_stat, *b;
	uint8_t bytes[BATCH_MAX], *copy;
	size_t length = batch_encode_full(&full, bytes);
	struct batch_full out;

	(void)state;
	copy = exact(bytes, length);
	assert_int_equal(batch_decode_full(copy, length, &out), 0);
	b = &out.source_stat;
	assert_same_dir(&out.dir, &full.dir);
	assert_int_equal(b->st_mode, a->st_mode);
	assert_int_equal(b->st_uid, a->st_uid);
	assert_int_equal(b->st_gid, a->st_gid);
	assert_memory_equal(&b->st_atim, &a->st_atim, sizeof(a->st_atim));
	assert_memory_equal(&b->st_mtim, &a->st_mtim, sizeof(a->st_mtim));
	assert_int_equal(out.lent, full.lent);
	free(copy);
}

static void what_is_cut_off_is_refused(void **state)
{
	uint8_t bytes[BATCH_MAX];
	size_t length = batch_encode_full(&full, bytes), cut;

	(void)state;
	for (cut = 0; cut < length; cut++) {
		uint8_t *copy = exact(bytes, cut);
		struct batch_full out;

		assert_int_equal(batch_decode_full(copy, cut, &out), -1);
		free(copy);
	}
	length = batch_encode(&batch, bytes);
	/* Without all names it may be a shorter batch, but for half a name. */
	for (cut = 0; cut < length; cut++) {
		uint8_t *copy = exact(bytes, cut);
		struct batch out;
		int result = batch_decode(copy, cut, &out);

		assert_true(result == -1 || out.names[out.length - 1] == '\0');
		assert_true(cut >= length - sizeof(names) || result == -1);
		free(copy);
	}
}

static void check_names(const char *text, size_t length, int expected)
{
	struct batch odd = batch, out;
	uint8_t bytes[BATCH_MAX];
	size_t all;

	odd.names = text;
	odd.length = length;
	all = batch_encode(&odd, bytes);
	assert_int_equal(batch_decode(bytes, all, &out), expected);
}

static void a_name_that_leads_elsewhere_is_refused(void **state)
{
	(void)state;
	check_names("\x08"
		    "a",
		    3, 0);
	check_names("\x08..", 4, -1);
	check_names("\x08.", 3, -1);
	check_names("\x08...", 5, 0);
	check_names("\x08"
		    "a/b",
		    5, -1);
	check_names("\x08/", 3, -1);
	check_names("\x08", 2, -1);
	check_names("\x08"
		    "a\0\x08..",
		    7, -1);
	check_names("\x08"
		    "a\0\x08",
		    4, -1);
	check_names("", 0, -1);
}

static void a_listing_gives_names_from_its_end(void **state)
{
	struct listing listing;
	char text[64];
	size_t length;

	(void)state;
	assert_int_equal(listing_parse(&listing, names, sizeof(names)), 0);
	assert_int_equal(listing.count, 3);
	assert_string_equal(listing_name(&listing, 1), "two");
	assert_int_equal(listing_type(&listing, 1), 4);

	length = listing_cut(&listing, 1, 9, text, sizeof(text));
	assert_int_equal(length, sizeof("\x04two") + sizeof("\x00three"));
	assert_memory_equal(text, names + sizeof("\x08one"), length);
	assert_int_equal(listing.count, 1);
	assert_int_equal(listing_cut(&listing, 1, 9, text, sizeof(text)), 0);
	listing_free(&listing);
}

static void a_listing_gives_no_more_than_there_is_room_for(void **state)
{
	struct listing listing;
	char text[9];

	(void)state;
	assert_int_equal(listing_parse(&listing, names, sizeof(names)), 0);
	assert_int_equal(listing_cut(&listing, 0, 9, text, sizeof(text)), 7);
	assert_string_equal(text + 1, "three");
	assert_int_equal(listing_cut(&listing, 0, 9, text, 2), 0);
	assert_int_equal(listing.count, 2);
	listing_free(&listing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_batch_comes_back_as_it_was),
		cmocka_unit_test(whole_comes_back),
		cmocka_unit_test(
			what_a_dead_worker_had_decided_comes_back_as_it_was),
		cmocka_unit_test(a_full_directory_comes_back_as_it_was),
		cmocka_unit_test(what_is_cut_off_is_refused),
		cmocka_unit_test(a_name_that_leads_elsewhere_is_refused),
		cmocka_unit_test(a_listing_gives_names_from_its_end),
		cmocka_unit_test(
			a_listing_gives_no_more_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
