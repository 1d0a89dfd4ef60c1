/* SPDX-License-Identifier: MIT */
/*
 * Large files of a tree that workers copy.
 */
#include "config.h"

#include "large.h"

#include <stdlib.h>
#include <string.h>

static struct tally_known sized(uint64_t size)
{
	return (struct tally_known){ TALLY_KIND_SIZED, size };
}

/* What is known of a name alone. */
static const struct tally_known unseen = { TALLY_KIND_UNKNOWN, 0 };

int large_keep(struct kept_list *list, const struct job_body *body,
	       uint64_t size, struct tally *sum)
{
	tally_unknow(sum, unseen);
	tally_know(sum, sized(size));
	return kept_add(list, body, (struct kept){ .size = size });
}

void large_forget(const struct kept *kept, struct tally *sum)
{
	tally_unknow(sum, sized(kept->size));
	tally_know(sum, unseen);
}

static int largest_first(const void *left, const void *right)
{
	const struct kept *a = left, *b = right;

	return a->size < b->size ? 1 : a->size > b->size ? -1 : 0;
}

size_t large_divide(struct kept_list *list, unsigned int workers)
{
	struct kept *items = list->items;
	uint64_t left = 0;
	size_t alone = 0, i;

	if (list->count == 0)
		return 0;
	qsort(items, list->count, sizeof(*items), largest_first);
	for (i = 0; i < list->count; i++)
		left += items[i].size;
	for (i = 0; i < list->count; i++) {
		const struct kept kept = items[i];

		left -= kept.size;
		if (kept.size == 0 ||
		    (workers > 1 && kept.size > left / (workers - 1)))
			continue;
		/* Before those that are not, which keep their order. */
		memmove(&items[alone + 1], &items[alone],
			(i - alone) * sizeof(kept));
		items[alone++] = kept;
	}
	return alone;
}
