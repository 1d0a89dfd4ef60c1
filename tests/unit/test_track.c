/* SPDX-License-Identifier: MIT */
/*
 * test_track: what a worker leaves to its heirs, at each step of its way.
 */
#include "config.h"

#include "track.h"

#include <sys/stat.h>

#include "unit.h"

static struct track *new_track(const char *path)
{
	struct track *track = calloc(1, sizeof(*track));

	assert_non_null(track);
	track_reset(track);
	track_open(track, path);
	return track;
}

static struct listing listing_of(const char *text, size_t length)
{
	struct listing listing;

	assert_int_equal(listing_parse(&listing, text, length), 0);
	return listing;
}

#define LISTING_OF(text) listing_of(text, sizeof(text))

/* Of LEVEL so many names are dealt with, and the next one is at PHASE. */
static void assert_at(const struct track *track, size_t level, size_t dealt,
		      enum track_phase phase)
{
	enum track_phase now;

	assert_int_equal(track_dealt(&track->levels[level], &now), dealt);
	assert_int_equal(now, phase);
}

static void enter(struct track *track, const char *path)
{
	struct batch_full dir = { .dir.path = path };
	struct listing listing = LISTING_OF("\x08x\0\x08y");

	track_begin(track, "name");
	assert_string_equal(track->name.text, "name");
	assert_true(track_enter(track, &dir, &listing));
	listing_free(&listing);
}

static void of_a_new_batch_nothing_is_done(void **state)
{
	struct track *track = new_track("a/b");

	(void)state;
	assert_at(track, 0, 0, TRACK_BETWEEN);
	assert_int_equal(track->depth, 1);
	assert_int_equal(track->levels[0].path_length, 3);
	assert_memory_equal(track->path, "a/b", 3);
	assert_false(track->failed);
	free(track);
}

static void a_name_is_begun_decided_and_dealt_with(void **state)
{
	struct track *track = new_track("");

	(void)state;
	track_begin(track, "name");
	assert_at(track, 0, 0, TRACK_BEGUN);
	track_decided(track, NULL);
	assert_at(track, 0, 0, TRACK_DECIDED);
	track_end(track, false);
	assert_at(track, 0, 1, TRACK_BETWEEN);
	/* None is at work. */
	track_end(track, false);
	assert_at(track, 0, 1, TRACK_BETWEEN);
	free(track);
}

static void what_was_decided_is_of_this_name_only(void **state)
{
	const struct stat there = { .st_dev = 7, .st_ino = 9 };
	const struct batch_redo *redo;
	struct track *track = new_track("");

	(void)state;
	redo = &track->name.redo;
	track_begin(track, "name");
	track_decided(track, &there);
	track_said(track);
	assert_true(redo->is && redo->found && redo->said);
	assert_int_equal(redo->dest.dev, 7);
	assert_int_equal(redo->dest.ino, 9);
	track_end(track, false);
	track_begin(track, "name");
	assert_true(redo->is);
	assert_false(redo->found || redo->said);
	track_decided(track, NULL);
	assert_false(redo->found);
	free(track);
}

static void a_directory_is_dealt_with_when_it_is_left(void **state)
{
	struct listing listing = LISTING_OF("\x08x\0\x08y");
	struct track *track = new_track("a");

	(void)state;
	enter(track, "a/b");
	assert_int_equal(track->depth, 2);
	assert_at(track, 0, 0, TRACK_BEGUN);
	assert_at(track, 1, 0, TRACK_BETWEEN);
	assert_int_equal(track->levels[1].end, 2);
	assert_int_equal(track->levels[1].count, 2);
	assert_true(track->levels[1].sum == track_sum(&listing));
	assert_int_equal(track->levels[1].path_length, 3);
	assert_memory_equal(track->path, "a/b", 3);
	track_begin(track, "name");
	track_end(track, false);
	assert_at(track, 0, 0, TRACK_BEGUN);
	assert_at(track, 1, 1, TRACK_BETWEEN);
	track_leave(track, false);
	assert_int_equal(track->depth, 1);
	assert_at(track, 0, 1, TRACK_BETWEEN);
	listing_free(&listing);
	free(track);
}

static void the_path_is_that_of_the_directory_entered_last(void **state)
{
	struct track *track = new_track("a");

	(void)state;
	enter(track, "a/long");
	track_leave(track, false);
	enter(track, "a/b");
	assert_int_equal(track->levels[1].path_length, 3);
	assert_memory_equal(track->path, "a/b", 3);
	free(track);
}

static void too_deep_nothing_more_is_told(void **state)
{
	const struct batch_full dir = { .dir.path = "" };
	struct listing listing = LISTING_OF("\x08x");
	struct track *track = new_track("");
	size_t depth;

	(void)state;
	for (depth = 1; depth < TRACK_LEVELS; depth++) {
		track_begin(track, "name");
		assert_true(track_enter(track, &dir, &listing));
	}
	track_begin(track, "name");
	assert_false(track_enter(track, &dir, &listing));
	assert_int_equal(track->depth, TRACK_LEVELS);
	assert_at(track, TRACK_LEVELS - 1, 0, TRACK_DEEP);
	/* What is below is copied, of which nobody is to know. */
	track_begin(track, "name");
	track_decided(track, NULL);
	assert_at(track, TRACK_LEVELS - 1, 0, TRACK_DEEP);
	track_end(track, false);
	assert_at(track, TRACK_LEVELS - 1, 1, TRACK_BETWEEN);
	listing_free(&listing);
	free(track);
}

static void names_are_given_when_their_record_was_sent(void **state)
{
	struct track *track = new_track("");

	(void)state;
	track->sent = 10;
	enter(track, "b");
	track_give(track, 1, 1);
	assert_true(track->hand.record == TRACK_UNSENT);
	track_sending(track, 2);
	assert_int_equal(track->hand.record, 13);
	/* What is on its way is not numbered again. */
	track_sending(track, 5);
	assert_int_equal(track->hand.record, 13);
	assert_int_equal(track->levels[1].end, 2);
	track_given(track);
	assert_int_equal(track->hand.record, 0);
	assert_int_equal(track->levels[1].end, 1);
	free(track);
}

static void a_name_put_aside_takes_no_others_along(void **state)
{
	struct track *track = new_track("");

	(void)state;
	enter(track, "b");
	track_begin(track, "name");
	track_put_aside(track);
	assert_true(track->hand.aside);
	track_sending(track, 0);
	track_end(track, false);
	assert_int_equal(track->hand.record, 0);
	assert_int_equal(track->levels[1].end, 2);
	assert_at(track, 1, 1, TRACK_BETWEEN);
	free(track);
}

static void a_record_has_arrived_when_so_many_were_heard(void **state)
{
	(void)state;
	assert_true(track_arrived(3, 3));
	assert_true(track_arrived(3, 4));
	assert_false(track_arrived(4, 3));
	assert_false(track_arrived(0, 3));
	assert_false(track_arrived(TRACK_UNSENT, 3));
}

static void a_failure_is_remembered_to_the_end_of_the_batch(void **state)
{
	struct track *track = new_track("");

	(void)state;
	track_begin(track, "name");
	track_end(track, true);
	track_begin(track, "name");
	track_end(track, false);
	assert_true(track->failed);
	track_reset(track);
	assert_false(track->failed);
	enter(track, "b");
	track_leave(track, true);
	assert_true(track->failed);
	free(track);
}

static void assert_sums(bool same, struct listing a, struct listing b)
{
	assert_int_equal(track_sum(&a) == track_sum(&b), same);
	listing_free(&a);
	listing_free(&b);
}

static void other_names_or_another_order_have_another_sum(void **state)
{
	(void)state;
	assert_sums(true, LISTING_OF("\x08x\0\x08y"),
		    LISTING_OF("\x08x\0\x08y"));
	/* The type is not of the name. */
	assert_sums(true, LISTING_OF("\x08x"), LISTING_OF("\x00x"));
	assert_sums(false, LISTING_OF("\x08x\0\x08y"),
		    LISTING_OF("\x08y\0\x08x"));
	assert_sums(false, LISTING_OF("\x08xy\0\x08z"),
		    LISTING_OF("\x08x\0\x08yz"));
	assert_sums(false, LISTING_OF("\x08x"), LISTING_OF("\x08x\0\x08y"));
}

static void in_the_parent_there_is_nothing_to_tell(void **state)
{
	(void)state;
	track_open(NULL, "a");
	track_begin(NULL, "name");
	track_known(NULL, (struct tally_known){ TALLY_KIND_UNKNOWN, 0 });
	track_decided(NULL, NULL);
	track_said(NULL);
	track_give(NULL, 0, 0);
	track_put_aside(NULL);
	track_given(NULL);
	track_end(NULL, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_a_new_batch_nothing_is_done),
		cmocka_unit_test(a_name_is_begun_decided_and_dealt_with),
		cmocka_unit_test(what_was_decided_is_of_this_name_only),
		cmocka_unit_test(a_directory_is_dealt_with_when_it_is_left),
		cmocka_unit_test(
			the_path_is_that_of_the_directory_entered_last),
		cmocka_unit_test(too_deep_nothing_more_is_told),
		cmocka_unit_test(names_are_given_when_their_record_was_sent),
		cmocka_unit_test(a_name_put_aside_takes_no_others_along),
		cmocka_unit_test(a_record_has_arrived_when_so_many_were_heard),
		cmocka_unit_test(
			a_failure_is_remembered_to_the_end_of_the_batch),
		cmocka_unit_test(other_names_or_another_order_have_another_sum),
		cmocka_unit_test(in_the_parent_there_is_nothing_to_tell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
