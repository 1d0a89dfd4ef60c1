/* SPDX-License-Identifier: MIT */
/*
 * test_status_note: what workers say of files and errors, as bytes and back;
 * and bytes that make no sense.
 */
#include "config.h"

#include "status_note.h"

#include "unit.h"
#include "util.h"

/* What a reader was given, copied. */
struct heard {
	unsigned int files;
	unsigned int errors;
	struct status_event_file file;
	struct err_told error;
	char name[STATUS_NOTE_MAX];
	char operation[100];
	char text[STATUS_NOTE_MAX];
};

static struct heard heard;
static struct status_note_box box;

static void hear_file(void *arg, const struct status_event_file *file)
{
	UNIT_CHECK(arg == &heard);
	heard.files++;
	heard.file = *file;
	snprintf(heard.name, sizeof(heard.name), "%s", file->name);
}

static void hear_error(void *arg, const struct err_told *parts)
{
	UNIT_CHECK(arg == &heard);
	heard.errors++;
	heard.error = *parts;
	snprintf(heard.name, sizeof(heard.name), "%s",
		 parts->name ? parts->name : "(none)");
	snprintf(heard.operation, sizeof(heard.operation), "%s",
		 parts->operation);
	snprintf(heard.text, sizeof(heard.text), "%s", parts->text);
}

static const struct status_note_reader reader = { hear_file, hear_error,
						  &heard };

static int setup(void **unused)
{
	(void)unused;
	memset(&heard, 0, sizeof(heard));
	memset(&box, 0, sizeof(box));
	return 0;
}

static struct status_event_file some_file(const char *name)
{
	return (struct status_event_file){
		.name = name,
		.engine = OPTIONS_ENGINE_RW,
		.outcome = STATUS_EVENT_SKIPPED,
		.bytes = UINT64_C(0x123456789abcdef0),
		.nanoseconds = UINT64_MAX,
	};
}

static void a_file_comes_back_as_it_was(void **unused)
{
	static const char *const names[] = { "", "a", "n\xff\n\x01 \xc3\xa4" };
	size_t i;

	(void)unused;
	for (i = 0; i < UTIL_COUNT(names); i++) {
		const struct status_event_file file = some_file(names[i]);

		box.length = 0;
		assert_true(status_note_put_file(&box, &file));
		assert_int_equal(
			status_note_read(box.bytes, box.length, &reader), 0);
		assert_int_equal(heard.files, i + 1);
		assert_string_equal(heard.name, names[i]);
		assert_int_equal(heard.file.engine, file.engine);
		assert_int_equal(heard.file.outcome, file.outcome);
		assert_true(heard.file.bytes == file.bytes);
		assert_true(heard.file.nanoseconds == file.nanoseconds);
	}
}

static void an_error_comes_back_as_it_was(void **unused)
{
	const struct err_told rows[] = {
		{ "write", "some\nwhere", ENOSPC, 0, "error writing" },
		{ "other", NULL, 0, SIGKILL, "" },
		/* No name, and one that is empty, are not the same. */
		{ "", "", 0, 0, "text" },
	};
	size_t i;

	(void)unused;
	for (i = 0; i < UTIL_COUNT(rows); i++) {
		box.length = 0;
		assert_true(status_note_put_error(&box, &rows[i]));
		assert_int_equal(
			status_note_read(box.bytes, box.length, &reader), 0);
		assert_int_equal(heard.errors, i + 1);
		assert_string_equal(heard.operation, rows[i].operation);
		assert_string_equal(heard.name,
				    rows[i].name ? rows[i].name : "(none)");
		assert_string_equal(heard.text, rows[i].text);
		assert_int_equal(heard.error.errnum, rows[i].errnum);
		assert_int_equal(heard.error.signal, rows[i].signal);
	}
}

static void notes_come_in_order_and_none_is_half(void **unused)
{
	const struct err_told error = { "read", "x", EIO, 0, "text" };
	unsigned int files = 0, errors = 0;
	char name[300];

	(void)unused;
	for (;;) {
		struct status_event_file file = some_file(name);
		size_t before = box.length;

		memset(name, 'n', sizeof(name));
		name[files % 299] = '\0';
		file.bytes = files;
		if (!status_note_put_file(&box, &file)) {
			assert_int_equal(box.length, before);
			break;
		}
		files++;
		if (!status_note_put_error(&box, &error))
			break;
		errors++;
	}
	assert_true(files > 50);
	assert_true(box.length <= STATUS_NOTE_MAX);
	assert_int_equal(status_note_read(box.bytes, box.length, &reader), 0);
	assert_int_equal(heard.files, files);
	assert_int_equal(heard.errors, errors);
	assert_int_equal(heard.file.bytes, files - 1);
}

static void what_has_no_room_at_all_is_refused(void **unused)
{
	static char name[STATUS_NOTE_MAX];
	const struct status_event_file file = some_file(name);
	const struct err_told error = { "read", name, EIO, 0, "" };

	(void)unused;
	memset(name, 'n', sizeof(name) - 1);
	assert_false(status_note_put_file(&box, &file));
	assert_false(status_note_put_error(&box, &error));
	assert_int_equal(box.length, 0);
}

static void what_is_cut_is_refused_and_what_was_before_is_told(void **unused)
{
	const struct status_event_file file = some_file("name");
	const struct err_told error = { "read", "x", EIO, 0, "text" };
	size_t first, length;

	(void)unused;
	assert_true(status_note_put_file(&box, &file));
	first = box.length;
	assert_true(status_note_put_error(&box, &error));
	for (length = 1; length < box.length; length++) {
		/* In memory of its own, so that a sanitizer sees its end. */
		uint8_t *bytes = malloc(length);

		UNIT_CHECK(bytes != NULL);
		memcpy(bytes, box.bytes, length);
		heard.files = 0;
		assert_int_equal(status_note_read(bytes, length, &reader),
				 length == first ? 0 : -1);
		assert_int_equal(heard.files, length >= first);
		assert_int_equal(heard.errors, 0);
		free(bytes);
	}
}

static void numbers_that_mean_nothing_are_refused(void **unused)
{
	const struct status_event_file file = some_file("name");

	(void)unused;
	assert_true(status_note_put_file(&box, &file));
	box.bytes[17] = OPTIONS_ENGINES;
	assert_int_equal(status_note_read(box.bytes, box.length, &reader), -1);
	box.bytes[17] = OPTIONS_ENGINE_RW;
	box.bytes[18] = STATUS_EVENT_OUTCOMES;
	assert_int_equal(status_note_read(box.bytes, box.length, &reader), -1);
	box.bytes[18] = STATUS_EVENT_COPIED;
	assert_int_equal(status_note_read(box.bytes, box.length, &reader), 0);
	box.bytes[0] = 3;
	assert_int_equal(status_note_read(box.bytes, box.length, &reader), -1);
	assert_int_equal(heard.files, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_file_comes_back_as_it_was, setup),
		cmocka_unit_test_setup(an_error_comes_back_as_it_was, setup),
		cmocka_unit_test_setup(notes_come_in_order_and_none_is_half,
				       setup),
		cmocka_unit_test_setup(what_has_no_room_at_all_is_refused,
				       setup),
		cmocka_unit_test_setup(
			what_is_cut_is_refused_and_what_was_before_is_told,
			setup),
		cmocka_unit_test_setup(numbers_that_mean_nothing_are_refused,
				       setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
