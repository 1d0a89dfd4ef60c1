/* SPDX-License-Identifier: MIT */
/*
 * The path of what is being worked at, for messages.
 */
#include "config.h"

#include "trail.h"

#include <stdlib.h>
#include <string.h>

/* Room for LENGTH bytes and a NUL. */
static int reserve(struct trail *trail, size_t length)
{
	size_t capacity = 2 * length + 64;
	char *path;

	if (length < trail->capacity)
		return 0;
	path = realloc(trail->path, capacity);
	if (!path)
		return -1;
	trail->path = path;
	trail->capacity = capacity;
	return 0;
}

int trail_start(struct trail *trail, const char *path)
{
	size_t length = strlen(path);

	/* As cp has it in the names below; what is all slashes stays. */
	while (length > 1 && path[length - 1] == '/')
		length--;
	if (path[0] == '/' && length == 1)
		length = strlen(path);
	*trail = (struct trail){ .length = length };
	if (reserve(trail, length) < 0)
		return -1;
	memcpy(trail->path, path, length);
	trail->path[length] = '\0';
	return 0;
}

int trail_push(struct trail *trail, const char *name)
{
	size_t length = strlen(name), at = trail->length;

	if (reserve(trail, at + 1 + length) < 0)
		return -1;
	if (at > 0 && trail->path[at - 1] != '/')
		trail->path[at++] = '/';
	memcpy(trail->path + at, name, length + 1);
	trail->length = at + length;
	return 0;
}

void trail_cut(struct trail *trail, size_t length)
{
	trail->length = length;
	trail->path[length] = '\0';
}

void trail_free(struct trail *trail)
{
	free(trail->path);
	trail->path = NULL;
}
