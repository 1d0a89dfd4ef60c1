/* SPDX-License-Identifier: MIT */
/*
 * Which destination a file of several names was copied to first.
 */
#include "config.h"

#include "links.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct links_entry {
	struct links_entry *next;
	dev_t dev;
	ino_t ino;
	struct links_name name; /* path is what follows */
	char path[];
};

#define FIRST_SIZE 256

static size_t slot_of(const struct links *links, dev_t dev, ino_t ino)
{
	/* Fibonacci hashing: neighbouring inodes go to distant slots. */
	uint64_t mixed = ((uint64_t)ino ^ (uint64_t)dev << 32) *
			 UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(mixed >> 32) & (links->size - 1);
}

/* The pointer that leads to the entry, or to the end of its chain. */
static struct links_entry **locate(const struct links *links, dev_t dev,
				   ino_t ino)
{
	struct links_entry **at = &links->table[slot_of(links, dev, ino)];

	while (*at && ((*at)->ino != ino || (*at)->dev != dev))
		at = &(*at)->next;
	return at;
}

static int grow(struct links *links)
{
	struct links bigger = { .size = links->size ? 2 * links->size
						    : FIRST_SIZE,
				.count = links->count };
	size_t i;

	bigger.table = calloc(bigger.size, sizeof(*bigger.table));
	if (!bigger.table)
		return -1;
	for (i = 0; i < links->size; i++) {
		while (links->table[i]) {
			struct links_entry *entry = links->table[i];
			struct links_entry **at;

			links->table[i] = entry->next;
			entry->next = NULL;
			at = locate(&bigger, entry->dev, entry->ino);
			*at = entry;
		}
	}
	free(links->table);
	*links = bigger;
	return 0;
}

const struct links_name *links_find(const struct links *links, dev_t dev,
				    ino_t ino)
{
	struct links_entry *entry;

	if (links->count == 0)
		return NULL;
	entry = *locate(links, dev, ino);
	return entry ? &entry->name : NULL;
}

int links_add(struct links *links, dev_t dev, ino_t ino, struct links_name name)
{
	size_t length = strlen(name.path) + 1;
	struct links_entry *entry, **at;

	if (links->count >= links->size && grow(links) < 0)
		return -1;
	entry = malloc(sizeof(*entry) + length);
	if (!entry)
		return -1;
	entry->dev = dev;
	entry->ino = ino;
	entry->next = NULL;
	memcpy(entry->path, name.path, length);
	entry->name = (struct links_name){ entry->path, name.root };
	links_drop(links, dev, ino);
	at = locate(links, dev, ino);
	*at = entry;
	links->count++;
	return 0;
}

void links_drop(struct links *links, dev_t dev, ino_t ino)
{
	struct links_entry **at, *entry;

	if (links->count == 0)
		return;
	at = locate(links, dev, ino);
	entry = *at;
	if (!entry)
		return;
	*at = entry->next;
	free(entry);
	links->count--;
}

void links_free(struct links *links)
{
	size_t i;

	for (i = 0; i < links->size; i++) {
		while (links->table[i]) {
			struct links_entry *entry = links->table[i];

			links->table[i] = entry->next;
			free(entry);
		}
	}
	free(links->table);
	*links = (struct links){ 0 };
}
