/* SPDX-License-Identifier: MIT */
/*
 * What a worker has to say of names that have to do with others.
 */
#include "config.h"

#include "aside.h"

#include <string.h>

#include "pack.h"

/* Of a name, before it: its kind and two numbers of its source. */
#define HEAD_SIZE (1 + 2 * 8)

/* Collecting */

void aside_reset(struct aside_box *box)
{
	/* Whoever dies in between has sent it, or has nothing in it. */
	atomic_store_explicit(&box->settled, 0, memory_order_release);
	atomic_store_explicit(&box->length, 0, memory_order_release);
	atomic_store_explicit(&box->record, 0, memory_order_release);
}

static bool is_of(const struct aside_box *box, const struct batch_dir *dir)
{
	return identity_is(box->dir.source, dir->source) &&
	       identity_is(box->dir.dest, dir->dest) &&
	       strcmp(box->path, dir->path) == 0;
}

bool aside_add(struct aside_box *box, const struct batch_dir *dir,
	       const struct aside_name *name)
{
	size_t length = box->length;

	if (HEAD_SIZE + strlen(name->name) + 1 > sizeof(box->names) - length)
		return false;
	if (length > 0 && !is_of(box, dir))
		return false;
	if (length == 0) {
		box->dir = *dir;
		memcpy(box->path, dir->path, strlen(dir->path) + 1);
	}
	length = aside_put(name, box->names, length);
	atomic_store_explicit(&box->length, length, memory_order_release);
	return true;
}

void aside_settle(struct aside_box *box)
{
	atomic_store_explicit(&box->settled, box->length, memory_order_release);
}

/* As bytes */

size_t aside_begin_body(const struct batch_dir *dir, uint8_t *buffer)
{
	struct pack pack = { .out = buffer };

	batch_put_dir(&pack, dir);
	return pack.at;
}

size_t aside_put(const struct aside_name *name, uint8_t *buffer, size_t at)
{
	struct pack pack = { .out = buffer, .at = at };

	pack_put(&pack, name->kind, 1);
	pack_put(&pack, name->source.dev, 8);
	pack_put(&pack, name->source.ino, 8);
	pack_put_bytes(&pack, name->name, strlen(name->name) + 1);
	return pack.at;
}

static size_t encode(const struct aside_box *box, size_t length,
		     uint8_t *buffer)
{
	struct batch_dir dir = box->dir;
	struct pack pack = { .out = buffer };

	dir.path = box->path;
	pack.at = aside_begin_body(&dir, buffer);
	pack_put_bytes(&pack, box->names, length);
	return pack.at;
}

size_t aside_encode(const struct aside_box *box, uint8_t *buffer)
{
	return encode(box, box->length, buffer);
}

size_t aside_encode_left(const struct aside_box *box, uint64_t heard,
			 bool at_work, uint8_t *buffer)
{
	size_t length = at_work ? box->settled : box->length;

	if (length == 0 || (box->record != 0 && box->record <= heard))
		return 0;
	return encode(box, length, buffer);
}

bool aside_next(struct aside_reader *reader, struct aside_name *name)
{
	struct pack pack = { .in = reader->at };

	if (reader->at == reader->end)
		return false;
	name->kind = (enum aside_kind)pack_get(&pack, 1);
	name->source.dev = (dev_t)pack_get(&pack, 8);
	name->source.ino = (ino_t)pack_get(&pack, 8);
	name->name = (const char *)reader->at + HEAD_SIZE;
	reader->at += HEAD_SIZE + strlen(name->name) + 1;
	return true;
}

/* Whether all of READER, which ends with a NUL, are names with their heads. */
static bool is_sound(struct aside_reader reader)
{
	while (reader.at < reader.end) {
		struct aside_name name;

		if ((size_t)(reader.end - reader.at) <= HEAD_SIZE)
			return false;
		aside_next(&reader, &name);
		if (name.kind < ASIDE_NOW || name.kind >= ASIDE_KINDS ||
		    !batch_is_plain(name.name))
			return false;
	}
	return true;
}

int aside_read(struct aside_reader *reader, const uint8_t *bytes, size_t length)
{
	struct pack pack = { .in = bytes };

	if (batch_get_dir(&pack, length, &reader->dir) < 0)
		return -1;
	reader->at = bytes + pack.at;
	reader->end = bytes + length;
	if (reader->at == reader->end ||
	    reader->end - reader->at > BATCH_NAMES_MAX ||
	    bytes[length - 1] != '\0')
		return -1;
	return is_sound(*reader) ? 0 : -1;
}
