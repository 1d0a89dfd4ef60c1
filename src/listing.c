/* SPDX-License-Identifier: MIT */
/*
 * The names in a directory, in the order in which cp takes them.
 *
 * Names stand in one block, since a directory may hold a million of them.
 */
#include "config.h"

#include "listing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

/*
 * So many names are read at a time: what one getdents64(2) brings into the 32
 * KiB of glibc's readdir(3), when names are short.
 */
#ifndef SOME_NAMES /* make check-spread sets it: directories of tests are small */
# define SOME_NAMES 1024
#endif

static int add(struct listing *listing, ino_t ino, unsigned char type,
	       const char *name)
{
	size_t length = strlen(name) + 1;
	struct listing_name *names =
		util_grow(listing->names, &listing->names_capacity,
			  listing->count + 1, sizeof(*names));
	char *text;

	if (!names)
		return -1;
	listing->names = names;
	text = util_grow(listing->text, &listing->text_capacity,
			 listing->length + 1 + length, 1);
	if (!text)
		return -1;
	listing->text = text;
	listing->text[listing->length++] = (char)type;
	listing->names[listing->count++] = (struct listing_name){
		.ino = ino,
		.at = listing->length,
	};
	memcpy(listing->text + listing->length, name, length);
	listing->length += length;
	return 0;
}

static int by_inode(const void *left, const void *right)
{
	const struct listing_name *a = left, *b = right;

	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

/*
 * Sorts the names, after a look: file systems often tell them in this order
 * already, or, as tmpfs does, the newest first.
 */
static void sort(struct listing *listing)
{
	struct listing_name *names = listing->names;
	size_t rising = 1, falling = 1, i, count = listing->count;

	for (i = 1; i < count; i++) {
		rising += names[i - 1].ino <= names[i].ino;
		falling += names[i - 1].ino > names[i].ino;
	}
	if (count == 0 || rising == count)
		return;
	if (falling < count) {
		qsort(names, count, sizeof(*names), by_inode);
		return;
	}
	for (i = 0; i < count / 2; i++) {
		struct listing_name name = names[i];

		names[i] = names[count - 1 - i];
		names[count - 1 - i] = name;
	}
}

static bool is_dots(const char *name)
{
	return name[0] == '.' &&
	       (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

/* Nothing more is read; errno stays. */
static void end(struct listing *listing)
{
	int saved = errno;

	if (listing->rest)
		closedir(listing->rest);
	listing->rest = NULL;
	sort(listing);
	errno = saved;
}

/* Reads COUNT names, or as many as there are. */
static int read_names(struct listing *listing, size_t count)
{
	while (count-- > 0) {
		const struct dirent *entry;

		errno = 0;
		entry = readdir(listing->rest);
		if (!entry) {
			end(listing);
			return errno == 0 ? 0 : -1;
		}
		if (!is_dots(entry->d_name) &&
		    add(listing, entry->d_ino, entry->d_type, entry->d_name) <
			    0) {
			end(listing);
			return -1;
		}
	}
	return 0;
}

int listing_begin(struct listing *listing, int fd)
{
	/* Its own descriptor: closedir(3) would take ours with it. */
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	*listing = (struct listing){ 0 };
	if (copy < 0)
		return -1;
	listing->rest = fdopendir(copy);
	if (listing->rest)
		return read_names(listing, SOME_NAMES);
	util_close(&copy);
	return -1;
}

int listing_more(struct listing *listing)
{
	return read_names(listing, SOME_NAMES);
}

int listing_finish(struct listing *listing)
{
	return listing->rest ? read_names(listing, SIZE_MAX) : 0;
}

const char *listing_name(const struct listing *listing, size_t index)
{
	return listing->text + listing->names[index].at;
}

unsigned char listing_type(const struct listing *listing, size_t index)
{
	return (unsigned char)listing->text[listing->names[index].at - 1];
}

int listing_parse(struct listing *listing, const char *text, size_t length)
{
	const char *at = text, *end = text + length;

	*listing = (struct listing){ 0 };
	while (at < end) {
		if (add(listing, 0, (unsigned char)at[0], at + 1) < 0)
			return -1;
		at += 1 + strlen(at + 1) + 1;
	}
	return 0;
}

size_t listing_cut(struct listing *listing, size_t first, size_t count,
		   char *text, size_t size)
{
	size_t length = 0, from = listing->count, i;

	while (from > first && count > 0) {
		size_t more = strlen(listing_name(listing, from - 1)) + 2;

		if (length + more > size)
			break;
		length += more;
		from--;
		count--;
	}
	for (i = from, length = 0; i < listing->count; i++) {
		const char *name = listing_name(listing, i) - 1;
		size_t more = strlen(name + 1) + 2;

		memcpy(text + length, name, more);
		length += more;
	}
	listing->count = from;
	/* Until names are sorted, what follows theirs is nobody's. */
	if (listing->rest && from < i)
		listing->length = listing->names[from].at - 1;
	return length;
}

void listing_free(struct listing *listing)
{
	if (listing->rest)
		closedir(listing->rest);
	free(listing->names);
	free(listing->text);
	*listing = (struct listing){ 0 };
}
