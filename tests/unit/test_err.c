/* SPDX-License-Identifier: MIT */
/*
 * test_err: the list of what can fail, which others rely on.
 */
#include "config.h"

#include "err.h"

#include "unit.h"
#include "util.h"

static void every_operation_has_a_name_of_its_own(void **unused)
{
	int op, other;

	(void)unused;
	for (op = 0; op < ERR_OPS; op++) {
		const char *name = err_op_name((enum err_op)op);

		assert_non_null(name);
		assert_true(strlen(name) > 0);
		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-"),
				 strlen(name));
		for (other = 0; other < op; other++)
			assert_string_not_equal(
				name, err_op_name((enum err_op)other));
	}
}

/* An older worker, or a program, knows them by these. */
static void numbers_and_names_stay_what_they_are(void **unused)
{
	static const struct {
		enum err_op op;
		int number;
		const char *name;
	} rows[] = {
		{ ERR_NONE, 0, "none" },
		{ ERR_STAT_SOURCE, 1, "stat-source" },
		{ ERR_WRITE, 10, "write" },
		{ ERR_FOREIGN_LINK, 20, "foreign-link" },
		{ ERR_MKDIR, 30, "mkdir" },
		{ ERR_MEMORY, 40, "memory" },
		{ ERR_SET_ATTRIBUTES, 50, "set-attributes" },
		{ ERR_PARENT_MODE, 60, "parent-mode" },
		{ ERR_FSYNC, 62, "fsync" },
	};
	size_t i;

	(void)unused;
	for (i = 0; i < UTIL_COUNT(rows); i++) {
		assert_int_equal(rows[i].op, rows[i].number);
		assert_string_equal(err_op_name(rows[i].op), rows[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operation_has_a_name_of_its_own),
		cmocka_unit_test(numbers_and_names_stay_what_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
