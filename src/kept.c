/* SPDX-License-Identifier: MIT */
/*
 * Bodies of messages that are for later.
 */
#include "config.h"

#include "kept.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

/* Room for one more in LIST: 0, or -1 with errno ENOMEM. */
static int reserve(struct kept_list *list)
{
	struct kept *items = util_grow(list->items, &list->capacity,
				       list->count + 1, sizeof(*items));

	if (!items)
		return -1;
	list->items = items;
	return 0;
}

int kept_add(struct kept_list *list, const struct job_body *body,
	     struct kept kept)
{
	if (reserve(list) < 0)
		return -1;
	kept.bytes = malloc(body->length);
	if (!kept.bytes)
		return -1;
	kept.length = body->length;
	memcpy(kept.bytes, body->bytes, body->length);
	list->items[list->count++] = kept;
	return 0;
}

size_t kept_depth(const char *path)
{
	size_t depth = *path != '\0';

	for (; *path; path++)
		depth += *path == '/';
	return depth;
}

static int deepest_first(const void *left, const void *right)
{
	const struct kept *a = left, *b = right;

	return a->depth < b->depth ? 1 : a->depth > b->depth ? -1 : 0;
}

void kept_sort(struct kept_list *list)
{
	if (list->count > 0)
		qsort(list->items, list->count, sizeof(*list->items),
		      deepest_first);
}

void kept_free(struct kept_list *list)
{
	while (list->count > 0)
		free(list->items[--list->count].bytes);
	free(list->items);
}
