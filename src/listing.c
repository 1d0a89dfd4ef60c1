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
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* BLOCK with room for COUNT items of SIZE bytes; NULL with errno ENOMEM. */
static void *grow(void *block, size_t *capacity, size_t count, size_t size)
{
	size_t wanted = 2 * count + 32;

	if (count <= *capacity)
		return block;
	block = reallocarray(block, wanted, size);
	if (block)
		*capacity = wanted;
	return block;
}

static int add(struct listing *listing, ino_t ino, unsigned char type,
	       const char *name)
{
	size_t length = strlen(name) + 1;
	struct listing_name *names = grow(listing->names,
					  &listing->names_capacity,
					  listing->count + 1, sizeof(*names));
	char *text;

	if (!names)
		return -1;
	listing->names = names;
	text = grow(listing->text, &listing->text_capacity,
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

static int read_all(struct listing *listing, DIR *dir)
{
	for (;;) {
		const struct dirent *entry;

		errno = 0;
		entry = readdir(dir);
		if (!entry)
			return errno == 0 ? 0 : -1;
		if (!is_dots(entry->d_name) &&
		    add(listing, entry->d_ino, entry->d_type, entry->d_name) <
			    0)
			return -1;
	}
}

int listing_read(struct listing *listing, int fd)
{
	/* Its own descriptor: closedir(3) would take ours with it. */
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	int result, saved;

	*listing = (struct listing){ 0 };
	if (!dir) {
		saved = errno;
		if (copy >= 0)
			close(copy);
		errno = saved;
		return -1;
	}
	result = read_all(listing, dir);
	saved = errno;
	closedir(dir);
	sort(listing);
	errno = saved;
	return result;
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
	return length;
}

void listing_free(struct listing *listing)
{
	free(listing->names);
	free(listing->text);
	*listing = (struct listing){ 0 };
}
