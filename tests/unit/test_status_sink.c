/* SPDX-License-Identifier: MIT */
/*
 * test_status_sink: readers of every kind, that come late, stall and go; whole
 * lines, and none that is lost without being told.
 */
#include "config.h"

#include "status_sink.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "unit.h"
#include "util.h"

static char dir[4096];

static char *path_of(const char *name)
{
	char *path = NULL;

	UNIT_CHECK(asprintf(&path, "%s/%s", dir, name) > 0);
	return path;
}

static int make_dir(void **unused)
{
	const char *top = getenv("TMPDIR");

	(void)unused;
	snprintf(dir, sizeof(dir), "%s/sink.XXXXXX", top ? top : "/tmp");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **unused)
{
	char *command = NULL;
	int result;

	(void)unused;
	UNIT_CHECK(asprintf(&command, "rm -rf '%s'", dir) > 0);
	result = system(command);
	free(command);
	return result;
}

/* Lines: "NUMBER TEXT", or "NUMBER TEXT lost N". */

struct event {
	unsigned int number;
	const char *text;
};

static char *compose(const void *arg, uint64_t lost)
{
	const struct event *event = arg;
	char *line = NULL;
	int made = lost > 0
			   ? asprintf(&line, "%u %s lost %llu\n", event->number,
				      event->text, (unsigned long long)lost)
			   : asprintf(&line, "%u %s\n", event->number,
				      event->text);

	return made < 0 ? NULL : line;
}

static void put(struct status_sink *sink, unsigned int number, const char *text)
{
	const struct event event = { number, text };
	const struct status_reader_line line = { compose, &event };

	status_sink_put(sink, &line);
}

static void finish(struct status_sink *sink)
{
	const struct event event = { 0, "end" };
	const struct status_reader_line line = { compose, &event };

	status_sink_close(sink, &line);
}

static void greet(void *arg, struct status_reader *reader)
{
	const struct event event = { 0, "hello" };
	const struct status_reader_line line = { compose, &event };

	(void)arg;
	status_reader_tell(reader, &line, NULL, false);
}

static struct status_sink *open_sink(const char *text)
{
	static struct status_target target;
	const struct status_sink_greeter greeter = { greet, NULL };
	struct status_target_error error;
	struct status_sink *sink = NULL;

	if (status_target_parse(text, O_WRONLY, &target, &error) == 0)
		sink = status_sink_open(&target, &greeter, &error);
	if (!sink)
		fprintf(stderr, "%s: %s\n", text, error.words);
	return sink;
}

/* Reads FD without waiting into TEXT, which is ended; returns the length. */
static size_t read_some(int fd, char *text, size_t size)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	size_t length = 0;
	ssize_t got;

	while (length + 1 < size && poll(&ready, 1, 0) > 0) {
		got = read(fd, text + length, size - 1 - length);
		if (got <= 0)
			break;
		length += (size_t)got;
	}
	text[length] = '\0';
	return length;
}

static void assert_file(const char *path, const char *text)
{
	char content[4096];
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0);
	read_some(fd, content, sizeof(content));
	close(fd);
	assert_string_equal(content, text);
}

static int connect_to(const char *path)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct status_target_error error;
	struct sockaddr_un address;

	UNIT_CHECK(status_target_address(path, &address, &error) == 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* A sink's path points into these words. */
static char *targets[64];
static size_t target_count;

static struct status_sink *listen_at(const char *path)
{
	char **target = &targets[target_count++];

	UNIT_CHECK(target_count <= UTIL_COUNT(targets));
	UNIT_CHECK(asprintf(target, "unix:%s", path) > 0);
	return open_sink(*target);
}

static int forget_targets(void **unused)
{
	while (target_count > 0)
		free(targets[--target_count]);
	return remove_dir(unused);
}

/* Files */

static void a_file_is_created_and_appended_to(void **unused)
{
	char *path = path_of("file");
	struct status_sink *sink = open_sink(path);

	(void)unused;
	assert_file(path, "0 hello\n");
	put(sink, 1, "a");
	status_sink_pump(sink);
	assert_file(path, "0 hello\n1 a\n");
	finish(sink);
	assert_file(path, "0 hello\n1 a\n0 end\n");
	finish(open_sink(path));
	assert_file(path, "0 hello\n1 a\n0 end\n0 hello\n0 end\n");
	free(path);
}

static void a_file_that_cannot_be_opened_is_an_error(void **unused)
{
	(void)unused;
	assert_null(open_sink("/nowhere/file"));
	assert_null(open_sink(dir));
	assert_null(open_sink(""));
	assert_null(open_sink("unix:"));
	assert_null(open_sink("unix:/nowhere/socket"));
	assert_null(open_sink("fd:"));
	assert_null(open_sink("fd:x"));
	assert_null(open_sink("fd:999"));
	assert_null(open_sink("fd:-1"));
}

/* FIFOs */

static void a_fifo_waits_for_nobody_and_greets_who_comes(void **unused)
{
	char *path = path_of("fifo"), text[4096];
	struct status_sink *sink;
	int i, fd;

	(void)unused;
	assert_int_equal(mkfifo(path, 0600), 0);
	sink = open_sink(path);
	put(sink, 1, "nobody hears it");
	status_sink_pump(sink);
	for (i = 0; i < 3; i++) {
		fd = open(path, O_RDONLY | O_NONBLOCK);
		status_sink_pump(sink);
		put(sink, 2, "b");
		status_sink_pump(sink);
		read_some(fd, text, sizeof(text));
		assert_string_equal(text, "0 hello\n2 b\n");
		close(fd);
		put(sink, 3, "into the void");
		status_sink_pump(sink);
	}
	fd = open(path, O_RDONLY | O_NONBLOCK);
	finish(sink);
	read_some(fd, text, sizeof(text));
	assert_string_equal(text, "0 hello\n0 end\n");
	close(fd);
	free(path);
}

static void what_took_the_place_of_a_fifo_is_left_alone(void **unused)
{
	char *path = path_of("fifo2");
	struct status_sink *sink;
	int fd;

	(void)unused;
	assert_int_equal(mkfifo(path, 0600), 0);
	sink = open_sink(path);
	assert_int_equal(unlink(path), 0);
	status_sink_pump(sink);
	assert_int_equal(access(path, F_OK), -1);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	status_sink_pump(sink);
	finish(sink);
	assert_file(path, "");
	close(fd);
	free(path);
}

/* Descriptors */

static void a_descriptor_stays_as_blocking_as_it_was(void **unused)
{
	int ends[2];
	char target[32], text[4096];
	struct status_sink *sink;

	(void)unused;
	assert_int_equal(pipe(ends), 0);
	snprintf(target, sizeof(target), "fd:%d", ends[1]);
	sink = open_sink(target);
	put(sink, 1, "a");
	status_sink_pump(sink);
	assert_int_equal(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
	read_some(ends[0], text, sizeof(text));
	assert_string_equal(text, "0 hello\n1 a\n");
	close(ends[0]);
	put(sink, 2, "nobody is there any more");
	status_sink_pump(sink);
	finish(sink);
	close(ends[1]);
}

static void what_others_write_to_a_file_follows_ours(void **unused)
{
	char *path = path_of("shared"), target[32];
	int fd = open(path, O_RDWR | O_CREAT, 0600);

	(void)unused;
	assert_int_equal(write(fd, "before\n", 7), 7);
	snprintf(target, sizeof(target), "fd:%d", fd);
	finish(open_sink(target));
	assert_int_equal(write(fd, "after\n", 6), 6);
	assert_file(path, "before\n0 hello\n0 end\nafter\n");
	close(fd);
	free(path);
}

static void a_descriptor_for_reading_is_refused(void **unused)
{
	int fd = open("/dev/null", O_RDONLY);
	char target[32];

	(void)unused;
	snprintf(target, sizeof(target), "fd:%d", fd);
	assert_null(open_sink(target));
	close(fd);
}

/* Sockets */

static void a_socket_tells_many_and_is_gone_at_the_end(void **unused)
{
	enum { MANY = 100 };
	char *path = path_of("socket"), text[4096];
	struct status_sink *sink = listen_at(path);
	int fds[MANY], i;
	struct stat st;

	(void)unused;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	for (i = 0; i < MANY; i++) {
		fds[i] = connect_to(path);
		assert_true(fds[i] >= 0);
		if (i % 10 == 0)
			status_sink_pump(sink);
	}
	status_sink_pump(sink);
	for (i = 0; i < MANY; i += 2)
		close(fds[i]);
	put(sink, 1, "a");
	finish(sink);
	for (i = 1; i < MANY; i += 2) {
		read_some(fds[i], text, sizeof(text));
		assert_string_equal(text, "0 hello\n1 a\n0 end\n");
		close(fds[i]);
	}
	assert_int_equal(lstat(path, &st), -1);
	free(path);
}

static void what_a_reader_writes_costs_it_nothing(void **unused)
{
	char *path = path_of("talker"), text[4096];
	struct status_sink *sink = listen_at(path);
	int fd = connect_to(path);

	(void)unused;
	assert_int_equal(send(fd, "GET /\n", 6, MSG_NOSIGNAL), 6);
	status_sink_pump(sink);
	assert_int_equal(send(fd, "GET /\n", 6, MSG_NOSIGNAL), -1);
	finish(sink);
	read_some(fd, text, sizeof(text));
	assert_string_equal(text, "0 hello\n0 end\n");
	close(fd);
	free(path);
}

static void a_dead_socket_is_replaced_a_live_one_is_not(void **unused)
{
	/* Not freed by the child. */
	static struct status_sink *volatile stale;
	static char *path;
	struct status_sink *sink;
	struct stat before, after;
	int status;
	pid_t pid;

	(void)unused;
	path = path_of("stale");
	pid = fork();
	if (pid == 0) {
		stale = listen_at(path);
		_exit(stale ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(stat(path, &before), 0);
	sink = listen_at(path);
	assert_non_null(sink);
	assert_int_equal(stat(path, &after), 0);
	assert_null(listen_at(path));
	assert_true(connect_to(path) >= 0);
	finish(sink);
	free(path);
}

static void what_is_no_socket_is_not_replaced(void **unused)
{
	char *path = path_of("precious");
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	(void)unused;
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	assert_null(listen_at(path));
	assert_file(path, "x");
	free(path);
}

static void a_socket_that_took_our_place_stays(void **unused)
{
	char *path = path_of("usurped");
	struct status_sink *first = listen_at(path), *second;

	(void)unused;
	assert_int_equal(unlink(path), 0);
	second = listen_at(path);
	finish(first);
	assert_int_equal(access(path, F_OK), 0);
	finish(second);
	assert_int_equal(access(path, F_OK), -1);
	free(path);
}

static void a_path_too_long_for_a_socket_is_refused(void **unused)
{
	char path[109];
	struct status_target target;
	struct status_target_error error;
	char text[128];

	(void)unused;
	memset(path, 'a', sizeof(path));
	path[108] = '\0';
	snprintf(text, sizeof(text), "unix:%s", path);
	assert_int_equal(status_target_parse(text, O_WRONLY, &target, &error),
			 -1);
	assert_non_null(strstr(error.words, "longer"));
	path[107] = '\0';
	snprintf(text, sizeof(text), "unix:%s", path);
	assert_int_equal(status_target_parse(text, O_WRONLY, &target, &error),
			 0);
}

/* Slow ones */

/*
 * TEXT is made of whole lines with rising numbers; as many as are missing were
 * told as lost, when the next one came. Returns the last number.
 */
static unsigned int check_lines(char *text)
{
	unsigned int last = 0;
	unsigned long long lost = 0;
	char *line, *rest = text;

	while ((line = strsep(&rest, "\n")) && *line) {
		unsigned int number = (unsigned int)strtoul(line, NULL, 10);
		const char *told = strstr(line, " lost ");

		assert_non_null(rest);
		if (number == 0)
			continue;
		if (number != last + 1) {
			lost += number - last - 1;
			assert_non_null(told);
			assert_true(strtoull(told + 6, NULL, 10) == lost);
		} else {
			assert_null(told);
		}
		last = number;
	}
	return last;
}

/*
 * Rounds of lines to a reader of FD who looks up only now and then, and always
 * in the middle of something.
 */
static void stall(struct status_sink *sink, int fd)
{
	enum { LINES = 3000, ROUNDS = 4, SIZE = 8 << 20 };
	char *text = malloc(SIZE), *filler = malloc(900);
	unsigned int number = 0, round, i;
	size_t length = 0;
	uint64_t start;

	assert_non_null(text);
	assert_non_null(filler);
	memset(filler, 'x', 899);
	filler[899] = '\0';
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < LINES; i++) {
			put(sink, ++number, filler + i % 800);
			if (i % 100 == 0)
				status_sink_pump(sink);
		}
		for (i = 0; i < 3; i++) {
			ssize_t got = read(fd, text + length, 70001);

			assert_true(got > 0);
			length += (size_t)got;
			status_sink_pump(sink);
		}
	}
	start = util_now();
	finish(sink);
	assert_true(util_now() - start < UINT64_C(1500000000));
	length += read_some(fd, text + length, SIZE - length);
	assert_true(length < SIZE - 1);
	/* Lines were lost, and there was something in between. */
	number = check_lines(text);
	assert_true(number > LINES && number < ROUNDS * LINES);
	free(text);
	free(filler);
	close(fd);
}

static void a_slow_reader_of_a_socket_loses_whole_lines(void **unused)
{
	char *path = path_of("slow");
	struct status_sink *sink = listen_at(path);
	int fd = connect_to(path);

	(void)unused;
	status_sink_pump(sink);
	stall(sink, fd);
	free(path);
}

static void a_slow_reader_of_a_fifo_loses_whole_lines(void **unused)
{
	char *path = path_of("slow fifo");
	int fd;

	(void)unused;
	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	stall(open_sink(path), fd);
	free(path);
}

static void a_slow_reader_of_a_descriptor_loses_whole_lines(void **unused)
{
	int ends[2];
	char target[32];

	(void)unused;
	assert_int_equal(pipe(ends), 0);
	snprintf(target, sizeof(target), "fd:%d", ends[1]);
	stall(open_sink(target), ends[0]);
	close(ends[1]);
}

/* Who reads slowly at the end still gets the end, and is told what is not. */
static void the_end_comes_before_what_nobody_waits_for(void **unused)
{
	/* Not freed by the child. */
	static char *path, *text;
	static struct status_sink *volatile sink;
	int fd, status, i;
	const char *told;
	char filler[900];
	pid_t pid;

	(void)unused;
	path = path_of("late");
	text = malloc(1 << 20);
	assert_non_null(text);
	sink = listen_at(path);
	fd = connect_to(path);
	memset(filler, 'x', sizeof(filler) - 1);
	filler[sizeof(filler) - 1] = '\0';
	/* Before the other end is accepted, which a child would hold, too. */
	pid = fork();
	if (pid == 0) {
		const int64_t pause = 50000000;
		int64_t overslept = 0, before;
		size_t length = 0;
		ssize_t got;

		/*
		 * 40 KiB a second are not enough for what there will be. But
		 * no less, where there is little time for us.
		 */
		while ((got = read(fd, text + length, 2048)) > 0) {
			length += (size_t)got;
			if (overslept >= pause) {
				overslept -= pause;
				continue;
			}
			before = (int64_t)util_now();
			poll(NULL, 0, 50);
			overslept += (int64_t)util_now() - before - pause;
		}
		text[length] = '\0';
		told = strrchr(text, ' ');
		_exit(strstr(text, "\n0 end lost ") && told &&
				      atoi(told) > 10 &&
				      text[length - 1] == '\n'
			      ? 0
			      : 1);
	}
	close(fd);
	status_sink_pump(sink);
	for (i = 1; i <= 400; i++)
		put(sink, (unsigned int)i, filler);
	finish(sink);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	free(text);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_created_and_appended_to),
		cmocka_unit_test(a_file_that_cannot_be_opened_is_an_error),
		cmocka_unit_test(a_fifo_waits_for_nobody_and_greets_who_comes),
		cmocka_unit_test(what_took_the_place_of_a_fifo_is_left_alone),
		cmocka_unit_test(a_descriptor_stays_as_blocking_as_it_was),
		cmocka_unit_test(what_others_write_to_a_file_follows_ours),
		cmocka_unit_test(a_descriptor_for_reading_is_refused),
		cmocka_unit_test(a_socket_tells_many_and_is_gone_at_the_end),
		cmocka_unit_test(what_a_reader_writes_costs_it_nothing),
		cmocka_unit_test(a_dead_socket_is_replaced_a_live_one_is_not),
		cmocka_unit_test(what_is_no_socket_is_not_replaced),
		cmocka_unit_test(a_socket_that_took_our_place_stays),
		cmocka_unit_test(a_path_too_long_for_a_socket_is_refused),
		cmocka_unit_test(a_slow_reader_of_a_socket_loses_whole_lines),
		cmocka_unit_test(a_slow_reader_of_a_fifo_loses_whole_lines),
		cmocka_unit_test(
			a_slow_reader_of_a_descriptor_loses_whole_lines),
		cmocka_unit_test(the_end_comes_before_what_nobody_waits_for),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, make_dir, forget_targets);
}
