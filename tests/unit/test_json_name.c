/* SPDX-License-Identifier: MIT */
/*
 * test_json_name: names come out as they went in, whatever bytes they are.
 */
#include "config.h"

#include "json_name.h"

#include "unit.h"
#include "util.h"

static int open_library(void **unused)
{
	const char *why = NULL;

	(void)unused;
	if (json_open(&why) == 0)
		return 0;
	fprintf(stderr, "%s\n", why);
	return -1;
}

static void assert_name(const char *name, const char *expected)
{
	struct json *object = json_new_object();
	char *text;

	json_name_put(object, "name", name);
	text = json_print(object);
	assert_string_equal(text, expected);
	free(text);
	json_drop(object);
}

static void text_is_text(void **unused)
{
	(void)unused;
	assert_name("", "{\"name\":\"\"}");
	assert_name("a b", "{\"name\":\"a b\"}");
	assert_name("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
		    "{\"name\":\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"}");
	assert_name("\n\x1b\x7f\"\\", "{\"name\":\"\\n\\u001B\x7f\\\"\\\\\"}");
}

#define NO "\xef\xbf\xbd"

static void other_bytes_stand_there_in_base64_too(void **unused)
{
	static const struct {
		const char *name;
		const char *shown;
		const char *encoded;
	} names[] = {
		{ "caf\xe9", "caf" NO, "Y2Fm6Q==" },
		{ "\xff", NO, "/w==" },
		{ "\xfb\xff", NO NO, "+/8=" },
		{ "\xff\xff\xff", NO NO NO, "////" },
		{ "\xc3", NO, "ww==" },	       /* cut off */
		{ "\xe2\x82", NO NO, "4oI=" }, /* cut off */
		{ "\xe2\x82"
		  "a",
		  NO NO "a", "4oJh" },
		{ "\xc0\xaf", NO NO, "wK8=" },	      /* too long */
		{ "\xe0\x80\xaf", NO NO NO, "4ICv" }, /* too long */
		{ "\xed\xa0\x80", NO NO NO, "7aCA" }, /* half a pair */
		{ "\xf4\x90\x80\x80", NO NO NO NO, "9JCAgA==" },
		{ "\xf0\x8f\xbf\xbf", NO NO NO NO, "8I+/vw==" },
	};
	size_t i;

	(void)unused;
	for (i = 0; i < UTIL_COUNT(names); i++) {
		char expected[256];

		snprintf(expected, sizeof(expected),
			 "{\"name\":\"%s\",\"name_b64\":\"%s\"}",
			 names[i].shown, names[i].encoded);
		assert_name(names[i].name, expected);
	}
}

/* The library and we agree on what UTF-8 is: it never leaves a name out. */
static void no_bytes_are_left_out(void **unused)
{
	uint64_t state = 88172645463325252;
	int i;

	(void)unused;
	for (i = 0; i < 20000; i++) {
		struct json *object = json_new_object();
		char name[8];
		size_t k;

		for (k = 0; k < sizeof(name) - 1; k++) {
			uint64_t drawn = unit_random(&state);

			/* Mostly such as begin and go on with something. */
			name[k] = (char)(drawn % 3 ? 0x80 | drawn >> 8
						   : 1 + (drawn >> 8) % 255);
		}
		name[sizeof(name) - 1] = '\0';
		json_name_put(object, "name", name);
		assert_non_null(json_text_of(json_find(object, "name"), NULL));
		json_drop(object);
	}
}

static void lists_are_whole_in_both_forms(void **unused)
{
	char a[] = "a", broken[] = "\xff";
	char *const names[] = { a, broken };
	struct json *object = json_new_object();
	char *text;

	(void)unused;
	json_name_put_all(object, "names", 1, names);
	text = json_print(object);
	assert_string_equal(text, "{\"names\":[\"a\"]}");
	free(text);
	json_drop(object);
	object = json_new_object();
	json_name_put_all(object, "names", 2, names);
	text = json_print(object);
	assert_string_equal(text, "{\"names\":[\"a\",\"" NO "\"],"
				  "\"names_b64\":[\"YQ==\",\"/w==\"]}");
	free(text);
	json_drop(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_text),
		cmocka_unit_test(other_bytes_stand_there_in_base64_too),
		cmocka_unit_test(no_bytes_are_left_out),
		cmocka_unit_test(lists_are_whole_in_both_forms),
	};

	return cmocka_run_group_tests(tests, open_library, NULL);
}
