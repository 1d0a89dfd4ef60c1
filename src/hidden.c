/* SPDX-License-Identifier: MIT */
/*
 * Hidden names, for what may not be seen under its own yet.
 */
#include "config.h"

#include "hidden.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "fstype.h"
#include "util.h"

#define NO_BOOT "00000000"

/* Who made a name. What is not known is 0, or NO_BOOT. */
struct maker {
	long pid;
	unsigned long long start;
	char boot[9];
	unsigned long long space; /* the namespaces */
};

/*
 * Reads into TEXT, of SIZE bytes, what one read(2) gives of the file PATH of
 * /proc, and ends it with a 0. Returns its length, or -1.
 */
static ssize_t read_proc(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);

	util_close(&fd);
	text[length < 0 ? 0 : length] = '\0';
	return length;
}

/*
 * The state of the process PID (a number, or "self"), and when it was started,
 * in clock ticks: fields 3 and 22 of its stat. Returns 0, or -1 when it is not
 * there or not to be seen.
 */
static int look_at_process(const char *pid, char *state,
			   unsigned long long *start)
{
	char path[sizeof("/proc//stat") + 3 * sizeof(long)], text[1024];
	char *at;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	if (read_proc(path, text, sizeof(text)) < 0)
		return -1;
	/* The 2nd field is a name in brackets that may hold anything. */
	at = strrchr(text, ')');
	if (!at || sscanf(at + 1,
			  " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u"
			  " %*d %*d %*d %*d %*d %*d %llu",
			  state, start) != 2)
		return -1;
	return 0;
}

static void find_boot(char boot[9])
{
	if (read_proc("/proc/sys/kernel/random/boot_id", boot, 9) != 8)
		memcpy(boot, NO_BOOT, 9);
}

/*
 * The namespaces that give a process its number and, since Linux 5.6, its time
 * of start: 32 bits each. Returns 0 when they are not known.
 */
static unsigned long long find_space(void)
{
	struct stat pids, times;

	if (stat("/proc/self/ns/pid", &pids) < 0)
		return 0;
	if (stat("/proc/self/ns/time", &times) < 0)
		return pids.st_ino;
	return pids.st_ino | (unsigned long long)times.st_ino << 32;
}

/* All but when we were started. */
static struct maker this_process(void)
{
	struct maker us = { .pid = (long)getpid() };

	find_boot(us.boot);
	us.space = find_space();
	return us;
}

static struct maker ourselves(void)
{
	struct maker us = this_process();
	char state;

	if (look_at_process("self", &state, &us.start) < 0)
		us.start = 0;
	return us;
}

static void write_name(char *name, const struct maker *maker,
		       unsigned int count)
{
	snprintf(name, HIDDEN_SIZE, ".mcp-%ld-%llu-%s-%llu-%u.tmp", maker->pid,
		 maker->start, maker->boot, maker->space, count);
}

void hidden_name(char *name, unsigned int count)
{
	const struct maker us = ourselves();

	write_name(name, &us, count);
}

void hidden_trial_name(char *name)
{
	const struct maker us = this_process();

	write_name(name, &us, 0);
}

/* Whether NAME is a hidden name, exactly as it would be written, and whose. */
static bool parse(const char *name, struct maker *maker)
{
	char again[HIDDEN_SIZE];
	unsigned int count;

	if (sscanf(name, ".mcp-%ld-%llu-%8[0-9a-f]-%llu-%u.tmp", &maker->pid,
		   &maker->start, maker->boot, &maker->space, &count) != 5)
		return false;
	write_name(again, maker, count);
	return maker->pid > 0 && strlen(maker->boot) == 8 &&
	       strcmp(again, name) == 0;
}

/*
 * Whether no other machine can write to the file system of FD: it is on a
 * device of this one, and of no kind that is made for being shared.
 */
static bool is_ours_alone(int fd)
{
	struct stat dir;

	return fstat(fd, &dir) == 0 && major(dir.st_dev) != 0 &&
	       !fstype_of(fd)->shared_device;
}

/*
 * Whether NAME was last changed before this machine was started. A container
 * may have an id of its own for the boot (LXC), and what is made there now is
 * newer.
 */
static bool is_of_old(int dir, const char *name)
{
	struct timespec up;
	struct stat found;

	return clock_gettime(CLOCK_BOOTTIME, &up) == 0 &&
	       fstatat(dir, name, &found, AT_SYMLINK_NOFOLLOW) == 0 &&
	       found.st_ctim.tv_sec < time(NULL) - up.tv_sec;
}

/* Whether MAKER, of our boot and our namespaces, is gone. */
static bool has_ended(const struct maker *maker)
{
	char pid[3 * sizeof(long)], state;
	unsigned long long start;

	if (kill((pid_t)maker->pid, 0) < 0 && errno == ESRCH)
		return true;
	snprintf(pid, sizeof(pid), "%ld", maker->pid);
	if (maker->start == 0 || look_at_process(pid, &state, &start) < 0)
		return false;
	/* Another one has its id now, or nobody has asked how it ended. */
	return start != maker->start || state == 'Z' || state == 'X';
}

static bool is_gone(const struct maker *maker, const struct maker *us, int dir,
		    const char *name)
{
	if (strcmp(us->boot, NO_BOOT) == 0 || us->space == 0 ||
	    strcmp(maker->boot, NO_BOOT) == 0)
		return false;
	if (strcmp(maker->boot, us->boot) != 0)
		return is_ours_alone(dir) && is_of_old(dir, name);
	return maker->space == us->space && has_ended(maker);
}

static bool may_be_directory(const struct dirent *entry)
{
	return (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN) &&
	       strcmp(entry->d_name, ".") != 0 &&
	       strcmp(entry->d_name, "..") != 0;
}

static struct timespec begun;

/*
 * By the clock that times of files are of (clock_gettime(2)): it lags behind.
 */
void hidden_begin(void)
{
	clock_gettime(CLOCK_REALTIME_COARSE, &begun);
}

/* Whether NAME was last changed before this run began, if that is known. */
static bool is_old(int dir, const char *name)
{
	struct stat found;

	return begun.tv_sec == 0 ||
	       (fstatat(dir, name, &found, AT_SYMLINK_NOFOLLOW) == 0 &&
		(found.st_ctim.tv_sec < begun.tv_sec ||
		 (found.st_ctim.tv_sec == begun.tv_sec &&
		  found.st_ctim.tv_nsec < begun.tv_nsec)));
}

/*
 * What of it: hidden names that are old, or all of them, or those below, too.
 */
enum extent { OLD, HERE, BELOW };

/* Takes FD; as deep as there are descriptors. */
static void sweep(int fd, const struct maker *us, enum extent extent)
{
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	struct maker maker;

	if (!dir) {
		util_close(&fd);
		return;
	}
	while ((entry = readdir(dir))) {
		if (parse(entry->d_name, &maker) &&
		    (extent != OLD || is_old(fd, entry->d_name)) &&
		    is_gone(&maker, us, fd, entry->d_name))
			unlinkat(fd, entry->d_name, 0);
		else if (extent == BELOW && may_be_directory(entry))
			sweep(openat(fd, entry->d_name,
				     O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
					     O_CLOEXEC),
			      us, BELOW);
	}
	closedir(dir);
}

void hidden_sweep(int dir_fd)
{
	const struct maker us = ourselves();

	sweep(openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), &us,
	      HERE);
}

void hidden_sweep_old(int dir_fd)
{
	const struct maker us = ourselves();

	sweep(openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), &us,
	      OLD);
}

void hidden_sweep_below(int dir_fd, const char *name)
{
	const struct maker us = ourselves();

	sweep(openat(dir_fd, name,
		     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
	      &us, BELOW);
}
