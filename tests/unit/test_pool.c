/* SPDX-License-Identifier: MIT */
/*
 * test_pool: real workers do real jobs, and die, and lie.
 *
 * Each test is in a child, which has the pool's signals and descriptors to
 * itself. A job without end, of a file of holes larger than any disk into
 * /dev/null, is what a worker is at when it is to be killed there.
 */
#include "config.h"

#include "pool.h"

#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "inproc.h"
#include "options.h"
#include "unit.h"
#include "util.h"
#include "wire.h"

#define FILE_ID 100
#define PAGE 4096
#define MOST_WORKERS 16

/* 1 TiB: minutes of copying, and no memory. */
#define ENDLESS ((uint64_t)1 << 40)

static struct signals signals;

static struct backend *start(unsigned int workers)
{
	struct backend *pool;

	/* A test that hangs ends, and so do its workers. */
	alarm(100);
	UNIT_CHECK(signals_open(&signals) == 0);
	pool = pool_start(&signals, workers, NULL);
	UNIT_CHECK(pool != NULL);
	UNIT_CHECK(pool->workers == workers);
	return pool;
}

static void announce(struct backend *backend, uint64_t file, int source,
		     int dest, enum options_engine engine)
{
	const struct job job = { .type = JOB_FILE,
				 .file = file,
				 .engine = (uint8_t)engine,
				 .source_fd = source,
				 .dest_fd = dest };

	UNIT_CHECK(backend->ops->submit(backend, &job) == 0);
}

static void submit(struct backend *backend, uint64_t file, uint64_t id,
		   uint64_t offset, uint64_t length)
{
	const struct job job = { .type = JOB_CHUNK,
				 .id = id,
				 .file = file,
				 .offset = offset,
				 .length = length,
				 .source_fd = -1,
				 .dest_fd = -1 };

	UNIT_CHECK(backend->ops->submit(backend, &job) == 0);
}

static void forget(struct backend *backend, uint64_t file)
{
	const struct job job = { .type = JOB_FORGET, .file = file };

	UNIT_CHECK(backend->ops->submit(backend, &job) == 0);
}

/* The next answer, or news of TYPE if that is RECORD_PROGRESS. */
static struct record next(struct backend *backend, enum record_type type)
{
	struct record record;

	do
		UNIT_CHECK(backend->ops->next(backend, &record) == 0);
	while (record.type == RECORD_PROGRESS && type != RECORD_PROGRESS);
	UNIT_CHECK(record.type == type);
	return record;
}

static bool is_parent(const char *pid, pid_t parent)
{
	char path[64], text[1024], *at;
	FILE *file;
	int found = 0;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	at = strrchr(text, ')');
	/* A zombie is no worker. */
	return at && at[2] != 'Z' && sscanf(at + 3, "%d", &found) == 1 &&
	       found == parent;
}

/* The children of this process: how many there are, up to MOST_WORKERS. */
static size_t find_workers(pid_t *pids)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	size_t count = 0;

	UNIT_CHECK(proc != NULL);
	while ((entry = readdir(proc)) && count < MOST_WORKERS)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    is_parent(entry->d_name, getpid()))
			pids[count++] = (pid_t)atoi(entry->d_name);
	closedir(proc);
	return count;
}

/* Sends NUMBER to all workers, of which there are COUNT. */
static void send_workers(int number, size_t count)
{
	pid_t pids[MOST_WORKERS];
	size_t i;

	UNIT_CHECK(find_workers(pids) == count);
	for (i = 0; i < count; i++)
		UNIT_CHECK(kill(pids[i], number) == 0);
}

/* And waits until it does stand still: it may yet read what is there. */
static void stop_worker(pid_t pid)
{
	siginfo_t info;

	UNIT_CHECK(kill(pid, SIGSTOP) == 0);
	UNIT_CHECK(waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT) == 0);
}

static void kill_workers(size_t count)
{
	send_workers(SIGKILL, count);
}

/*
 * The descriptors of worker PID above 2; -1: it is gone. Those beyond the limit
 * are valgrind's.
 */
static int count_descriptors(pid_t pid)
{
	char path[64];
	struct dirent *entry;
	struct rlimit limit;
	int count = 0;
	DIR *dir;

	UNIT_CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (!dir)
		return -1;
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.' && atoi(entry->d_name) > 2 &&
			 (rlim_t)atoi(entry->d_name) < limit.rlim_cur;
	closedir(dir);
	return count;
}

static void wait_for_descriptors(pid_t pid, int count)
{
	unsigned int tries;

	for (tries = 0; tries < 1000; tries++) {
		if (count_descriptors(pid) == count)
			return;
		usleep(10000);
	}
	fprintf(stderr, "worker %d has %d descriptors, not %d\n", (int)pid,
		count_descriptors(pid), count);
	exit(1);
}

/* Copies a file of COUNT chunks of CHUNK bytes, and compares. */
static void copy_file(struct backend *backend, uint64_t file, uint64_t chunk,
		      unsigned int count, enum options_engine engine)
{
	int source = unit_disk_file(0);
	int dest = unit_disk_file(chunk * count);
	bool answered[2000] = { false };
	unsigned int i;

	UNIT_CHECK(count <= UTIL_COUNT(answered));
	unit_fill(source, 0, chunk * count, file);
	announce(backend, file, source, dest, engine);
	for (i = 0; i < count; i++)
		submit(backend, file, file + 1 + i, i * chunk, chunk);
	for (i = 0; i < count; i++) {
		struct record record = next(backend, RECORD_DONE);

		UNIT_CHECK(record.bytes == chunk);
		UNIT_CHECK(record.job > file && record.job <= file + count);
		UNIT_CHECK(!answered[record.job - file - 1]);
		answered[record.job - file - 1] = true;
	}
	UNIT_CHECK(unit_same(source, dest, 0, chunk * count));
	forget(backend, file);
	close(source);
	close(dest);
}

static void workers_copy_a_file(void)
{
	struct backend *pool = start(5);

	copy_file(pool, FILE_ID, 3 * PAGE, 40, OPTIONS_ENGINE_MMAP);
	copy_file(pool, 2 * FILE_ID, PAGE + 1, 40, OPTIONS_ENGINE_RW);
	pool->ops->finish(pool, false);
	UNIT_CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

static void this_process_copies_a_file(void)
{
	struct backend *inproc;

	UNIT_CHECK(signals_open(&signals) == 0);
	inproc = inproc_start(&signals);
	UNIT_CHECK(inproc != NULL);
	UNIT_CHECK(inproc->workers == 1);
	copy_file(inproc, FILE_ID, 3 * PAGE, 40, OPTIONS_ENGINE_MMAP);
	copy_file(inproc, 2 * FILE_ID, PAGE + 1, 40, OPTIONS_ENGINE_RW);
	UNIT_CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	inproc->ops->finish(inproc, false);
}

/* Forgets one file of two, which must not be mistaken for each other. */
static void copy_two_files(struct backend *backend)
{
	int source[2], dest[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		source[i] = unit_memory_file(2 * PAGE);
		dest[i] = unit_memory_file(2 * PAGE);
		unit_fill(source[i], 0, 2 * PAGE, i);
		announce(backend, 100 * (i + 1), source[i], dest[i],
			 OPTIONS_ENGINE_RW);
		submit(backend, 100 * (i + 1), 100 * (i + 1) + 1, 0, PAGE);
		next(backend, RECORD_DONE);
	}
	forget(backend, 100);
	submit(backend, 200, 202, PAGE, PAGE);
	next(backend, RECORD_DONE);
	UNIT_CHECK(unit_same(source[0], dest[0], 0, PAGE));
	UNIT_CHECK(!unit_same(source[0], dest[0], PAGE, PAGE));
	UNIT_CHECK(unit_same(source[1], dest[1], 0, 2 * PAGE));
	backend->ops->finish(backend, false);
}

static void a_worker_tells_files_apart(void)
{
	copy_two_files(start(1));
}

static void this_process_tells_files_apart(void)
{
	struct backend *inproc;

	UNIT_CHECK(signals_open(&signals) == 0);
	inproc = inproc_start(&signals);
	UNIT_CHECK(inproc != NULL);
	copy_two_files(inproc);
}

static void far_more_jobs_than_a_worker_is_given_are_done(void)
{
	struct backend *pool = start(2);

	copy_file(pool, FILE_ID, PAGE, 2000, OPTIONS_ENGINE_RW);
	pool->ops->finish(pool, false);
}

static void a_worker_holds_its_ends_and_no_other(void)
{
	struct backend *pool = start(4);
	pid_t pids[MOST_WORKERS];
	size_t i;

	UNIT_CHECK(find_workers(pids) == 4);
	for (i = 0; i < 4; i++)
		wait_for_descriptors(pids[i], 3);
	pool->ops->finish(pool, false);
}

static void a_file_is_closed_when_it_is_forgotten(void)
{
	struct backend *pool = start(1);
	int source = unit_memory_file(PAGE), dest = unit_memory_file(PAGE);
	pid_t pid;

	UNIT_CHECK(find_workers(&pid) == 1);
	announce(pool, FILE_ID, source, dest, OPTIONS_ENGINE_RW);
	submit(pool, FILE_ID, FILE_ID + 1, 0, PAGE);
	next(pool, RECORD_DONE);
	wait_for_descriptors(pid, 5);
	forget(pool, FILE_ID);
	/* It is told of it when jobs are handed out. */
	announce(pool, 2 * FILE_ID, source, dest, OPTIONS_ENGINE_RW);
	submit(pool, 2 * FILE_ID, 2 * FILE_ID + 1, 0, PAGE);
	next(pool, RECORD_DONE);
	UNIT_CHECK(count_descriptors(pid) == 5);
	pool->ops->finish(pool, false);
}

static void a_failure_comes_back_with_its_reason(void)
{
	struct backend *pool = start(2);
	int source = unit_memory_file(10 * PAGE);
	int dest = unit_memory_file(20 * PAGE);
	struct record record;

	announce(pool, FILE_ID, source, dest, OPTIONS_ENGINE_RW);
	submit(pool, FILE_ID, FILE_ID + 1, 8 * PAGE, 4 * PAGE);
	record = next(pool, RECORD_FAILED);
	UNIT_CHECK(record.job == FILE_ID + 1);
	UNIT_CHECK(record.bytes == 2 * PAGE);
	UNIT_CHECK(record.err.op == ERR_SOURCE_SHRANK);
	/* The worker is none the worse for it. */
	submit(pool, FILE_ID, FILE_ID + 2, 0, PAGE);
	record = next(pool, RECORD_DONE);
	UNIT_CHECK(record.job == FILE_ID + 2);
	pool->ops->finish(pool, false);
}

static void workers_killed_while_idle_are_replaced(void)
{
	struct backend *pool = start(3);

	copy_file(pool, FILE_ID, PAGE, 20, OPTIONS_ENGINE_RW);
	kill_workers(3);
	copy_file(pool, 2000, PAGE, 20, OPTIONS_ENGINE_RW);
	pool->ops->finish(pool, false);
}

/* SIZE bytes of nothing into /dev/null, and one worker at it. */
static void be_at_work(struct backend *pool, uint64_t size)
{
	int source = unit_memory_file(size);
	int dest = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct record record;

	UNIT_CHECK(dest >= 0);
	announce(pool, FILE_ID, source, dest, OPTIONS_ENGINE_RW);
	submit(pool, FILE_ID, FILE_ID + 1, 0, size);
	record = next(pool, RECORD_PROGRESS);
	UNIT_CHECK(record.job == FILE_ID + 1);
	UNIT_CHECK(record.bytes > 0 && record.bytes < size);
}

/* Kills the one worker there is; returns who that was. */
static pid_t kill_worker(void)
{
	pid_t pids[MOST_WORKERS];

	UNIT_CHECK(find_workers(pids) == 1);
	UNIT_CHECK(kill(pids[0], SIGKILL) == 0);
	return pids[0];
}

/* Waits for news of the endless job; returns how many others were done. */
static unsigned int wait_for_progress(struct backend *pool)
{
	unsigned int done = 0;
	struct record record;

	for (;; done++) {
		UNIT_CHECK(pool->ops->next(pool, &record) == 0);
		if (record.type == RECORD_PROGRESS)
			return done;
		UNIT_CHECK(record.type == RECORD_DONE);
	}
}

/*
 * Kills the one that took the place of FIRST, when it is at the endless job,
 * too. Returns how many others were done meanwhile.
 */
static unsigned int kill_successor(struct backend *pool, pid_t first)
{
	pid_t pids[MOST_WORKERS];
	unsigned int done = 0;

	/* What FIRST said is heard before another one is forked. */
	do
		done += wait_for_progress(pool);
	while (find_workers(pids) == 0 || pids[0] == first);
	done += wait_for_progress(pool);
	UNIT_CHECK(kill_worker() != first);
	return done;
}

static void what_a_dead_worker_was_at_is_done_again(void)
{
	struct backend *pool;
	struct record record;
	pid_t first, second;

	unit_skip_case_with_valgrind(); /* there it takes minutes */
	pool = start(1);
	/* A second or more, and the death comes at the start. */
	be_at_work(pool, (uint64_t)16 << 30);
	first = kill_worker();
	record = next(pool, RECORD_DONE);
	UNIT_CHECK(record.job == FILE_ID + 1);
	UNIT_CHECK(record.bytes == (uint64_t)16 << 30);
	UNIT_CHECK(find_workers(&second) == 1);
	UNIT_CHECK(first != second);
	pool->ops->finish(pool, false);
}

static void a_second_death_at_the_same_job_is_a_failure(void)
{
	struct backend *pool = start(1);
	struct record record;

	be_at_work(pool, ENDLESS);
	UNIT_CHECK(kill_successor(pool, kill_worker()) == 0);
	record = next(pool, RECORD_FAILED);
	UNIT_CHECK(record.job == FILE_ID + 1);
	UNIT_CHECK(record.err.op == ERR_WORKER_DIED);
	UNIT_CHECK(record.err.errnum == SIGKILL);
	/* There is a third one. */
	copy_file(pool, 2000, PAGE, 20, OPTIONS_ENGINE_RW);
	pool->ops->finish(pool, false);
}

static void jobs_that_only_waited_are_not_charged_with_a_death(void)
{
	struct backend *pool = start(1);
	int source = unit_memory_file(3 * PAGE);
	int dest = unit_memory_file(3 * PAGE);
	unsigned int failed = 0, done;

	/* Small enough that both are sent before the other is answered. */
	be_at_work(pool, ENDLESS);
	announce(pool, 2000, source, dest, OPTIONS_ENGINE_RW);
	submit(pool, 2000, 2001, 0, PAGE);
	submit(pool, 2000, 2002, PAGE, PAGE);
	done = wait_for_progress(pool);
	done += kill_successor(pool, kill_worker());
	while (failed < 1 || done < 2) {
		struct record record;

		UNIT_CHECK(pool->ops->next(pool, &record) == 0);
		if (record.type == RECORD_DONE) {
			UNIT_CHECK(record.job == 2001 || record.job == 2002);
			done++;
		} else if (record.type == RECORD_FAILED) {
			UNIT_CHECK(record.job == FILE_ID + 1);
			failed++;
		}
	}
	pool->ops->finish(pool, false);
}

/* A pipe of worker PID, the one it writes to or the other, opened once more. */
static int open_pipe(pid_t pid, bool written)
{
	char path[64], target[64];
	struct stat link;
	int fd;

	for (fd = 3; fd < 1000; fd++) {
		ssize_t length;

		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
		length = readlink(path, target, sizeof(target) - 1);
		if (length < 0 || lstat(path, &link) < 0)
			continue;
		target[length] = '\0';
		if (strncmp(target, "pipe:", 5) == 0 &&
		    written == !!(link.st_mode & 0200))
			return open(path, (written ? O_WRONLY : O_RDONLY) |
						  O_CLOEXEC);
	}
	return -1;
}

/* How many jobs of LENGTH bytes a worker is sent that answers none. */
static int jobs_sent(uint64_t length)
{
	const struct job file = { .type = JOB_FILE };
	const struct job chunk = { .type = JOB_CHUNK };
	struct backend *pool = start(1);
	int source = unit_memory_file(100 * length);
	int dest = open("/dev/null", O_RDWR | O_CLOEXEC);
	uint8_t bytes[WIRE_MAX];
	int jobs, sent = 0;
	struct record record;
	unsigned int i;
	pid_t pid;

	UNIT_CHECK(find_workers(&pid) == 1);
	wait_for_descriptors(pid, 3);
	jobs = open_pipe(pid, false);
	UNIT_CHECK(jobs >= 0);
	stop_worker(pid);
	announce(pool, FILE_ID, source, dest, OPTIONS_ENGINE_RW);
	for (i = 0; i < 100; i++)
		submit(pool, FILE_ID, FILE_ID + 1 + i, i * length, length);
	/* It would wait for an answer, but for the signal. */
	raise(SIGTERM);
	UNIT_CHECK(pool->ops->next(pool, &record) == -1);
	UNIT_CHECK(ioctl(jobs, FIONREAD, &sent) == 0);
	sent -= (int)wire_encode_job(&file, bytes);
	UNIT_CHECK(sent % (int)wire_encode_job(&chunk, bytes) == 0);
	close(jobs);
	pool->ops->finish(pool, true);
	return sent / (int)wire_encode_job(&chunk, bytes);
}

static void a_worker_is_sent_many_small_jobs(void)
{
	UNIT_CHECK(jobs_sent(PAGE) == JOB_WINDOW);
}

static void a_worker_is_sent_one_large_job(void)
{
	UNIT_CHECK(jobs_sent(256 * UTIL_MIB) == 1);
}

static void a_worker_that_talks_nonsense_is_replaced(void)
{
	static const uint8_t junk[12] = "nonsense...";
	struct backend *pool = start(1);
	pid_t first, second;
	int records;

	UNIT_CHECK(find_workers(&first) == 1);
	/* When it has closed all else. */
	wait_for_descriptors(first, 3);
	records = open_pipe(first, true);
	UNIT_CHECK(records >= 0);
	UNIT_CHECK(write(records, junk, sizeof(junk)) == sizeof(junk));
	close(records);
	copy_file(pool, FILE_ID, PAGE, 100, OPTIONS_ENGINE_RW);
	UNIT_CHECK(find_workers(&second) == 1);
	UNIT_CHECK(first != second);
	pool->ops->finish(pool, false);
}

static void a_worker_that_answers_what_nobody_asked_is_not_heard(void)
{
	const struct record lie = { .type = RECORD_FAILED,
				    .job = FILE_ID + 99,
				    .err = { EIO, ERR_READ } };
	struct backend *pool = start(1);
	uint8_t bytes[WIRE_MAX];
	size_t length = wire_encode_record(&lie, bytes);
	pid_t pid;
	int records;

	UNIT_CHECK(find_workers(&pid) == 1);
	wait_for_descriptors(pid, 3);
	records = open_pipe(pid, true);
	UNIT_CHECK(records >= 0);
	UNIT_CHECK(write(records, bytes, length) == (ssize_t)length);
	close(records);
	copy_file(pool, FILE_ID, PAGE, 20, OPTIONS_ENGINE_RW);
	pool->ops->finish(pool, false);
}

/* Descriptors run out, and so does the last worker. */
static void without_workers_this_process_does_the_rest(void)
{
	struct backend *pool = start(1);
	int source = unit_disk_file(0);
	int dest = unit_disk_file((uint64_t)20 * PAGE);
	struct rlimit limit;
	pid_t pids[MOST_WORKERS];
	unsigned int i;
	int lowest;

	unit_fill(source, 0, (size_t)20 * PAGE, 1);
	announce(pool, FILE_ID, source, dest, OPTIONS_ENGINE_RW);
	for (i = 0; i < 20; i++)
		submit(pool, FILE_ID, FILE_ID + 1 + i, i * PAGE, PAGE);
	/* The dead one's three ends are free then; a new one needs six. */
	lowest = fcntl(0, F_DUPFD_CLOEXEC, 3);
	UNIT_CHECK(lowest > 0 && close(lowest) == 0);
	kill_workers(1);
	UNIT_CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = (rlim_t)lowest;
	UNIT_CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	for (i = 0; i < 20; i++)
		next(pool, RECORD_DONE);
	limit.rlim_cur = limit.rlim_max;
	UNIT_CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	UNIT_CHECK(find_workers(pids) == 0);
	UNIT_CHECK(unit_same(source, dest, 0, (size_t)20 * PAGE));
	forget(pool, FILE_ID);
	pool->ops->finish(pool, false);
}

static void where_no_worker_can_be_had_there_is_no_pool(void)
{
	const struct rlimit few = { 32, 32 };
	int fds[32];
	size_t count = 0;

	unit_skip_case_with_valgrind(); /* it has no hard limit */
	UNIT_CHECK(signals_open(&signals) == 0);
	UNIT_CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
	while ((fds[count] = fcntl(0, F_DUPFD_CLOEXEC, 0)) >= 0)
		count++;
	UNIT_CHECK(pool_start(&signals, 4, NULL) == NULL);
	UNIT_CHECK(errno == EMFILE);
	UNIT_CHECK(signals.forward == NULL);
	/* A sanitizer needs some to say its last words. */
	while (count > 0)
		close(fds[--count]);
}

/* Once poll(2) was asked of more entries than descriptors: EINVAL for ever. */
static void fewer_workers_than_asked_for_are_workers(void)
{
	struct backend *pool;
	struct rlimit few;
	pid_t pids[MOST_WORKERS];
	size_t count;

	unit_skip_case_with_valgrind(); /* it has no hard limit */
	alarm(10);
	UNIT_CHECK(signals_open(&signals) == 0);
	/* Three for each, and 24 for what else the parent does. */
	few.rlim_cur = few.rlim_max = 24 + 4 * 3;
	UNIT_CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
	pool = pool_start(&signals, 40, NULL);
	UNIT_CHECK(pool != NULL);
	count = find_workers(pids);
	UNIT_CHECK(count == 4);
	copy_file(pool, FILE_ID, PAGE, 200, OPTIONS_ENGINE_RW);
	pool->ops->finish(pool, false);
}

/* Stopped ones, which would not notice by themselves. */
static void abandoning_ends_what_is_at_work(void)
{
	struct backend *pool = start(2);

	be_at_work(pool, ENDLESS);
	send_workers(SIGSTOP, 2);
	pool->ops->finish(pool, true);
	UNIT_CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	UNIT_CHECK(signals.forward == NULL);
}

static void a_fatal_signal_ends_the_wait(void)
{
	struct backend *pool = start(2);
	struct record record;

	be_at_work(pool, ENDLESS);
	raise(SIGTERM);
	while (pool->ops->next(pool, &record) == 0)
		UNIT_CHECK(record.type == RECORD_PROGRESS);
	UNIT_CHECK(signals.fatal == SIGTERM);
	pool->ops->finish(pool, true);
}

static void a_fatal_signal_stops_this_process_at_work(void)
{
	struct backend *inproc;
	struct record record;
	int source = unit_memory_file(ENDLESS);
	int dest = open("/dev/null", O_RDWR | O_CLOEXEC);

	UNIT_CHECK(signals_open(&signals) == 0);
	inproc = inproc_start(&signals);
	UNIT_CHECK(inproc != NULL);
	announce(inproc, FILE_ID, source, dest, OPTIONS_ENGINE_RW);
	submit(inproc, FILE_ID, FILE_ID + 1, 0, ENDLESS);
	alarm(100);
	if (fork() == 0) {
		usleep(50000);
		kill(getppid(), SIGTERM);
		_exit(0);
	}
	UNIT_CHECK(inproc->ops->next(inproc, &record) == -1);
	UNIT_CHECK(signals.fatal == SIGTERM);
	inproc->ops->finish(inproc, true);
}

static void workers_end_with_their_parent(void)
{
	pid_t parent;
	int status;
	unsigned int i;

	alarm(100);
	/* The orphans become children of this process. */
	UNIT_CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	parent = fork();
	UNIT_CHECK(parent >= 0);
	if (parent == 0) {
		struct backend *pool = start(3);
		pid_t pids[MOST_WORKERS];

		be_at_work(pool, ENDLESS);
		UNIT_CHECK(find_workers(pids) == 3);
		/* They have closed all else, so they have said this, too. */
		for (i = 0; i < 3; i++)
			while (count_descriptors(pids[i]) > 5)
				usleep(1000);
		send_workers(SIGSTOP, 3);
		raise(SIGKILL);
	}
	UNIT_CHECK(waitpid(parent, &status, 0) == parent);
	UNIT_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	for (i = 0; i < 3; i++) {
		UNIT_CHECK(wait(&status) > 0);
		UNIT_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	}
	UNIT_CHECK(wait(&status) == -1 && errno == ECHILD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_CASE(workers_copy_a_file),
		UNIT_CASE(this_process_copies_a_file),
		UNIT_CASE(a_worker_tells_files_apart),
		UNIT_CASE(this_process_tells_files_apart),
		UNIT_CASE(far_more_jobs_than_a_worker_is_given_are_done),
		UNIT_CASE(a_worker_is_sent_many_small_jobs),
		UNIT_CASE(a_worker_is_sent_one_large_job),
		UNIT_CASE(a_worker_holds_its_ends_and_no_other),
		UNIT_CASE(a_file_is_closed_when_it_is_forgotten),
		UNIT_CASE(a_failure_comes_back_with_its_reason),
		UNIT_CASE(workers_killed_while_idle_are_replaced),
		UNIT_CASE(what_a_dead_worker_was_at_is_done_again),
		UNIT_CASE(a_second_death_at_the_same_job_is_a_failure),
		UNIT_CASE(jobs_that_only_waited_are_not_charged_with_a_death),
		UNIT_CASE(a_worker_that_talks_nonsense_is_replaced),
		UNIT_CASE(a_worker_that_answers_what_nobody_asked_is_not_heard),
		UNIT_CASE(without_workers_this_process_does_the_rest),
		UNIT_CASE(where_no_worker_can_be_had_there_is_no_pool),
		UNIT_CASE(fewer_workers_than_asked_for_are_workers),
		UNIT_CASE(abandoning_ends_what_is_at_work),
		UNIT_CASE(a_fatal_signal_ends_the_wait),
		UNIT_CASE(a_fatal_signal_stops_this_process_at_work),
		UNIT_CASE(workers_end_with_their_parent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
