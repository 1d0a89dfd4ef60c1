/* SPDX-License-Identifier: MIT */
/*
 * test_monitor: who looks on, and when: nobody, plain lines, SIGUSR1,
 * observers. Lines on a terminal are for tests/progress.bats.
 */
#include "config.h"

#include "monitor.h"

#include "unit.h"
#include "util.h"

static struct mcp_options options;
static struct report report;
static struct signals signals;
static struct progress progress;
static struct monitor monitor;
static unsigned int lines, reckoned, looked;
static char last[1000];

/* For the report: counts what is said. */
static void hear_text(void *arg, int fd, const char *text, size_t length)
{
	(void)arg;
	assert_int_equal(fd, STDERR_FILENO);
	lines++;
	snprintf(last, sizeof(last), "%.*s", (int)length, text);
}

static void reckon(void *arg)
{
	assert_ptr_equal(arg, &reckoned);
	reckoned++;
}

static void look(void *arg, const struct progress *seen, uint64_t now)
{
	assert_ptr_equal(arg, &looked);
	assert_ptr_equal(seen, &progress);
	assert_true(now > 0);
	looked++;
}

static int setup(void **unused)
{
	(void)unused;
	/* Not drawn on, should the test run at a terminal. */
	setenv("TERM", "dumb", 1);
	options = (struct mcp_options){ .progress = OPTIONS_PROGRESS_AUTO };
	report = report_open("mcp");
	report_to(&report, hear_text, NULL);
	signals = (struct signals){ .fd = -1 };
	progress_begin(&progress, util_now());
	progress.sum.count[TALLY_FOUND_FILES] = 1;
	progress.sum.count[TALLY_SIZED_FILES] = 1;
	progress.sum.count[TALLY_FOUND_BYTES] = 100;
	lines = reckoned = looked = 0;
	return 0;
}

static void begin(void)
{
	const struct monitor_reckoner reckoner = { reckon, &reckoned };

	monitor_begin(&monitor, &options, &report, &signals, &progress,
		      &reckoner);
	assert_ptr_equal(signals.watch, &monitor.watch);
}

static void end(void)
{
	monitor_end(&monitor);
	assert_null(signals.watch);
}

static void hear(int number)
{
	monitor.watch.hear(monitor.watch.arg, number);
}

static void beat(void)
{
	monitor.watch.beat(monitor.watch.arg);
}

static void nobody_looks_on_and_nothing_is_due(void **unused)
{
	static const enum options_progress wanted[] = {
		OPTIONS_PROGRESS_NEVER,
		OPTIONS_PROGRESS_AUTO,
	};
	size_t i;

	(void)unused;
	for (i = 0; i < UTIL_COUNT(wanted); i++) {
		options.progress = wanted[i];
		/* Under another name it is the same as never. */
		report.program = wanted[i] == OPTIONS_PROGRESS_AUTO ? "cp"
								    : "mcp";
		begin();
		assert_int_equal(monitor.watch.due, 0);
		assert_false(monitor.watch.looking);
		beat();
		end();
	}
	assert_int_equal(lines, 0);
	assert_int_equal(reckoned, 0);
}

static void of_a_long_copy_nothing_is_said_where_no_terminal_is(void **unused)
{
	(void)unused;
	begin();
	assert_true(monitor.watch.due > util_now());
	assert_false(monitor.watch.looking);
	monitor.draw_due = 1; /* the second is over */
	beat();
	assert_int_equal(monitor.watch.due, 0);
	assert_false(monitor.watch.looking);
	end();
	assert_int_equal(lines, 0);
}

static void who_asks_gets_plain_lines_a_second_apart(void **unused)
{
	uint64_t before;

	(void)unused;
	options.progress = OPTIONS_PROGRESS_ALWAYS;
	begin();
	assert_true(monitor.watch.looking);
	assert_int_equal(reckoned, 1);
	beat();
	assert_int_equal(lines, 0);
	monitor.draw_due = 1;
	before = util_now();
	beat();
	assert_int_equal(lines, 1);
	assert_true(monitor.watch.due >= before + UTIL_SECOND);
	beat();
	assert_int_equal(lines, 1);
	end();
	assert_int_equal(lines, 2);
}

static void quiet_is_quiet(void **unused)
{
	(void)unused;
	options.progress = OPTIONS_PROGRESS_ALWAYS;
	options.quiet = true;
	begin();
	assert_int_equal(monitor.watch.due, 0);
	end();
	assert_int_equal(lines, 0);
}

static void who_asks_by_a_signal_is_answered_once(void **unused)
{
	(void)unused;
	options.progress = OPTIONS_PROGRESS_NEVER;
	begin();
	hear(SIGUSR1);
	assert_true(monitor.watch.due > 0 && monitor.watch.due <= util_now());
	assert_int_equal(reckoned, 1);
	beat();
	assert_int_equal(lines, 1);
	assert_non_null(strstr(last, "0%, 0 B of 100 B, 0 of 1 file in 0:00"));
	assert_int_equal(monitor.watch.due, 0);
	beat();
	end();
	assert_int_equal(lines, 1);
	assert_int_equal(reckoned, 1);
}

static void workers_are_asked_first_unless_they_only_wait(void **unused)
{
	(void)unused;
	options.progress = OPTIONS_PROGRESS_NEVER;
	progress.workers = 4;
	begin();
	hear(SIGUSR1);
	assert_true(monitor.watch.due > util_now());
	beat();
	assert_int_equal(lines, 0);
	/* It ends meanwhile. */
	end();
	assert_int_equal(lines, 1);

	begin();
	progress.phase = PROGRESS_WRITING_BACK;
	hear(SIGUSR1);
	beat();
	assert_int_equal(lines, 2);
	end();
	assert_int_equal(lines, 2);
}

static void time_spent_stopped_is_left_out(void **unused)
{
	(void)unused;
	begin();
	hear(SIGTSTP);
	assert_true(progress.stopped_at != 0);
	hear(SIGCONT);
	assert_int_equal(progress.stopped_at, 0);
	assert_true(progress.stopped > 0);
	end();
}

static void observers_are_called_when_they_are_due(void **unused)
{
	struct monitor_observer often = { .look = look,
					  .arg = &looked,
					  .interval = UTIL_SECOND };
	struct monitor_observer seldom = { .look = look,
					   .arg = &looked,
					   .interval = 3600 * UTIL_SECOND };
	uint64_t before = util_now();

	(void)unused;
	options.progress = OPTIONS_PROGRESS_NEVER;
	begin();
	monitor_observe(&monitor, &seldom);
	assert_true(monitor.watch.due >= before + seldom.interval);
	monitor_observe(&monitor, &often);
	assert_int_equal(monitor.watch.due, often.due);
	assert_true(monitor.watch.looking);
	beat();
	assert_int_equal(looked, 0);
	often.due = 1;
	before = util_now();
	beat();
	assert_int_equal(looked, 1);
	assert_true(often.due >= before + often.interval);
	beat();
	assert_int_equal(looked, 1);
	assert_int_equal(monitor.watch.due, often.due);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nobody_looks_on_and_nothing_is_due,
				       setup),
		cmocka_unit_test_setup(
			of_a_long_copy_nothing_is_said_where_no_terminal_is,
			setup),
		cmocka_unit_test_setup(who_asks_gets_plain_lines_a_second_apart,
				       setup),
		cmocka_unit_test_setup(quiet_is_quiet, setup),
		cmocka_unit_test_setup(who_asks_by_a_signal_is_answered_once,
				       setup),
		cmocka_unit_test_setup(
			workers_are_asked_first_unless_they_only_wait, setup),
		cmocka_unit_test_setup(time_spent_stopped_is_left_out, setup),
		cmocka_unit_test_setup(observers_are_called_when_they_are_due,
				       setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
