/* SPDX-License-Identifier: MIT */
/*
 * The best that a machine can do with a tree of small files, to hold a copier
 * against.
 *
 *     limit-tree [-j N] [-c|-m] SOURCE DEST
 *
 * One process lists SOURCE and makes the directories. Then N processes take
 * turns at a few files of one directory, and each file is seven system calls:
 * open, fstat, create with its final mode, read, write, close, close; six,
 * where instead of reading and writing its blocks are shared (-c, FICLONE of
 * ioctl_ficlone(2)) or moved by the kernel (-m, copy_file_range(2)). Nothing is
 * kept but that mode, nothing is checked, and DEST must not be there. Like a
 * copier, it has to list the directories before it can share them out.
 */
#define _GNU_SOURCE 1
#ifdef HAVE_CONFIG_H
# include "config.h"
#endif
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "share.h"

#define USAGE "usage: limit-tree [-j N] [-c|-m] SOURCE DEST"

enum { MAX_PROCESSES = 1024 };
enum { BUFFER = 128 << 10 };
enum { BATCH = 64 }; /* files: fewer would meet at the same directory's lock */

struct batch {
	const char *directory;	  /* below SOURCE and DEST */
	const char *names[BATCH]; /* NULL ends them */
};

struct list {
	struct batch *batches;
	size_t count, room;
	int source, dest;
	bool clone, move;
};

static char *join(const char *above, const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", above, name) < 0)
		err(1, "%s", name);
	return path;
}

static struct batch *add_batch(struct list *l, const char *directory)
{
	if (l->count == l->room) {
		size_t room = l->room ? 2 * l->room : 1024;
		struct batch *more = realloc(l->batches, room * sizeof(*more));
		if (!more)
			err(1, "memory");
		l->batches = more;
		l->room = room;
	}
	l->batches[l->count] = (struct batch){ .directory = directory };
	return &l->batches[l->count++];
}

static void copy_link(const struct list *l, const char *path)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(l->source, path, target, sizeof(target) - 1);

	if (n < 0)
		err(1, "%s", path);
	target[n] = '\0';
	if (symlinkat(target, l->dest, path))
		err(1, "%s", path);
}

/* Links are made here, too: there are few of them. */
static void list_directory(struct list *l, const char *directory)
{
	int fd = openat(l->source, directory, O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	size_t at = 0, used = BATCH;
	struct dirent *entry;

	if (!dir)
		err(1, "%s", directory);
	while ((entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (entry->d_type == DT_REG) {
			if (used == BATCH) {
				at = add_batch(l, directory) - l->batches;
				used = 0;
			}
			l->batches[at].names[used++] = strdup(entry->d_name);
			continue;
		}
		char *path = join(directory, entry->d_name);
		if (entry->d_type == DT_LNK) {
			copy_link(l, path);
			free(path);
		} else if (entry->d_type != DT_DIR ||
			   mkdirat(l->dest, path, 0755)) {
			err(1, "%s", path);
		} else {
			list_directory(l, path);
		}
	}
	closedir(dir);
}

static void copy_data(int in, int out, const char *name, char *buf)
{
	ssize_t n;

	do {
		n = read(in, buf, BUFFER);
		if (n < 0 || (n > 0 && write(out, buf, n) != n))
			err(1, "%s", name);
	} while (n == BUFFER);
}

static void move_data(int in, int out, const char *name, off_t size)
{
	while (size > 0) {
		ssize_t n = copy_file_range(in, NULL, out, NULL, size, 0);

		if (n <= 0)
			err(1, "%s", name);
		size -= n;
	}
}

static void copy_file(const struct list *l, int from, int to, const char *name,
		      char *buf)
{
	int in = openat(from, name, O_RDONLY | O_CLOEXEC), out;
	struct stat st;

	if (in < 0 || fstat(in, &st))
		err(1, "%s", name);
	out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		     st.st_mode & 07777);
	if (out < 0)
		err(1, "%s", name);
	if (l->move)
		move_data(in, out, name, st.st_size);
	else if (!l->clone)
		copy_data(in, out, name, buf);
	else if (ioctl(out, FICLONE, in))
		err(1, "%s", name);
	close(in);
	if (close(out))
		err(1, "%s", name);
}

/* The directories stay open from batch to batch, as most have several. */
static void work(const void *task, _Atomic uint64_t *next)
{
	const struct list *l = task;
	char *buf = malloc(BUFFER);
	const char *open_now = NULL;
	int from = -1, to = -1;
	uint64_t i;

	if (!buf)
		err(1, "memory");
	while ((i = atomic_fetch_add(next, 1)) < l->count) {
		const struct batch *b = &l->batches[i];
		if (b->directory != open_now) {
			if (open_now) {
				close(from);
				close(to);
			}
			open_now = b->directory;
			from = openat(l->source, open_now,
				      O_RDONLY | O_CLOEXEC);
			to = openat(l->dest, open_now, O_RDONLY | O_CLOEXEC);
			if (from < 0 || to < 0)
				err(1, "%s", open_now);
		}
		for (int k = 0; k < BATCH && b->names[k]; k++)
			copy_file(l, from, to, b->names[k], buf);
	}
}

int main(int argc, char **argv)
{
	struct list l = { .source = -1 };
	long processes = 1;
	int opt;

	while ((opt = getopt(argc, argv, "j:cm")) != -1) {
		if (opt == 'j')
			processes = strtol(optarg, NULL, 10);
		else if (opt == 'c')
			l.clone = true;
		else if (opt == 'm')
			l.move = true;
		if (opt == '?' || processes < 1 || processes > MAX_PROCESSES)
			errx(2, USAGE);
	}
	if (argc - optind != 2)
		errx(2, USAGE);
	umask(0);
	l.source = open(argv[optind], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l.source < 0)
		err(1, "%s", argv[optind]);
	if (mkdir(argv[optind + 1], 0755))
		err(1, "%s", argv[optind + 1]);
	l.dest = open(argv[optind + 1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l.dest < 0)
		err(1, "%s", argv[optind + 1]);
	list_directory(&l, ".");
	return share_out(work, &l, processes);
}
