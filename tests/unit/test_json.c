/* SPDX-License-Identifier: MIT */
/*
 * test_json: values made, printed and read again by the library.
 */
#include "config.h"

#include "json.h"

#include "unit.h"

static int open_library(void **unused)
{
	const char *why = NULL;

	(void)unused;
	if (json_open(&why) == 0)
		return 0;
	fprintf(stderr, "%s\n", why);
	return -1;
}

static void what_is_put_in_is_printed_in_order(void **unused)
{
	struct json *object = json_new_object();
	struct json *array = json_new_array();
	char *text;

	(void)unused;
	json_put_number(object, "number", 1234567890123);
	json_put_real(object, "real", 1700000000.123);
	json_put_bool(object, "yes", true);
	json_put_bool(object, "no", false);
	json_put_text(object, "text", "a\"\n\xc3\xa4");
	json_put_text(object, "none", NULL);
	json_add(array, json_new_text("x"));
	json_put(object, "array", array);
	text = json_print(object);
	assert_string_equal(text,
			    "{\"number\":1234567890123,\"real\":1700000000.123,"
			    "\"yes\":true,\"no\":false,"
			    "\"text\":\"a\\\"\\n\xc3\xa4\",\"none\":null,"
			    "\"array\":[\"x\"]}");
	free(text);
	json_drop(object);
}

static void what_is_read_is_found_by_name_and_kind(void **unused)
{
	static const char text[] =
		"{\"n\":7,\"t\":\"word\",\"b\":true,\"neg\":-1,\"r\":0.5}rest";
	struct json *object = json_parse(text, sizeof(text) - 5);

	(void)unused;
	assert_non_null(object);
	assert_int_equal(json_number_of(json_find(object, "n"), 1), 7);
	assert_string_equal(json_text_of(json_find(object, "t"), "x"), "word");
	assert_true(json_bool_of(json_find(object, "b"), false));
	assert_true(json_real_of(json_find(object, "r"), 1) == 0.5);
	assert_true(json_real_of(json_find(object, "n"), 1) == 7);
	assert_true(json_real_of(json_find(object, "t"), 1) == 1);
	/* Another kind, no number of ours, and nothing at all. */
	assert_int_equal(json_number_of(json_find(object, "t"), 1), 1);
	assert_int_equal(json_number_of(json_find(object, "neg"), 1), 1);
	assert_string_equal(json_text_of(json_find(object, "n"), "x"), "x");
	assert_true(json_bool_of(json_find(object, "none"), true));
	assert_null(json_find(NULL, "n"));
	json_drop(object);
}

static void nonsense_is_refused(void **unused)
{
	(void)unused;
	assert_null(json_parse("{", 1));
	assert_null(json_parse("{}x", 3));
	assert_null(json_parse("", 0));
}

/* A name that is not UTF-8 must have been made one before. */
static void what_is_no_utf8_is_left_out(void **unused)
{
	struct json *object = json_new_object();
	char *text;

	(void)unused;
	json_put_text(object, "name", "\xff");
	text = json_print(object);
	assert_string_equal(text, "{}");
	free(text);
	json_drop(object);
}

static void no_value_is_no_harm(void **unused)
{
	(void)unused;
	json_put_number(NULL, "n", 1);
	json_add(NULL, json_new_text("x"));
	assert_null(json_print(NULL));
	json_drop(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_in_is_printed_in_order),
		cmocka_unit_test(what_is_read_is_found_by_name_and_kind),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(what_is_no_utf8_is_left_out),
		cmocka_unit_test(no_value_is_no_harm),
	};

	return cmocka_run_group_tests(tests, open_library, NULL);
}
