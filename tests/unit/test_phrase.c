/* SPDX-License-Identifier: MIT */
/*
 * test_phrase: what is said of a failure.
 */
#include "config.h"

#include "phrase.h"

#include "unit.h"
#include "util.h"

/* A hole in the table would be no words at all, and about nothing. */
static void every_operation_has_words_with_a_name(void **unused)
{
	int op;

	(void)unused;
	for (op = ERR_NONE + 1; op < ERR_OPS; op++) {
		const struct err err = { .op = (enum err_op)op };
		struct err_told told;
		char *words = phrase_failure(&err, "SOURCE", "DEST", &told);

		assert_non_null(words);
		assert_non_null(told.name);
		assert_non_null(strstr(words, told.name));
		assert_null(strchr(words, '%'));
		assert_string_equal(told.operation,
				    err_op_name((enum err_op)op));
		free(words);
	}
}

static void a_signal_is_no_errno(void **unused)
{
	static const struct {
		struct err err;
		int errnum, signal;
	} rows[] = {
		{ { EIO, ERR_READ }, EIO, 0 },
		{ { SIGKILL, ERR_WORKER_DIED }, 0, SIGKILL },
		{ { SIGKILL, ERR_BATCH_DIED }, 0, SIGKILL },
	};
	size_t i;

	(void)unused;
	for (i = 0; i < UTIL_COUNT(rows); i++) {
		struct err_told told;

		free(phrase_failure(&rows[i].err, "SOURCE", "DEST", &told));
		assert_int_equal(told.errnum, rows[i].errnum);
		assert_int_equal(told.signal, rows[i].signal);
	}
}

static void names_stand_in_the_order_of_the_words(void **unused)
{
	static const struct {
		enum err_op op;
		const char *words;
	} rows[] = {
		{ ERR_READ, "error reading 'SOURCE'" },
		{ ERR_WRITE, "error writing 'DEST'" },
		{ ERR_SAME_FILE, "'SOURCE' and 'DEST' are the same file" },
		{ ERR_CLONE, "failed to clone 'DEST' from 'SOURCE'" },
	};
	size_t i;

	(void)unused;
	for (i = 0; i < UTIL_COUNT(rows); i++) {
		const struct err err = { .op = rows[i].op };
		struct err_told told;
		char *words = phrase_failure(&err, "SOURCE", "DEST", &told);

		assert_string_equal(words, rows[i].words);
		free(words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operation_has_words_with_a_name),
		cmocka_unit_test(a_signal_is_no_errno),
		cmocka_unit_test(names_stand_in_the_order_of_the_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
