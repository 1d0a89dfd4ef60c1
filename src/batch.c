/* SPDX-License-Identifier: MIT */
/*
 * A part of a tree as plain data: some names of one directory.
 */
#include "config.h"

#include "batch.h"

#include <string.h>

/* Four numbers and whether it was created, then the path with its NUL. */
#define DIR_SIZE (4 * 8 + 1)

/* Five small numbers and two of the file that was found. */
#define REDO_SIZE (5 + 2 * 8)

/* Mode, owner, group, two times of seconds and nanoseconds, what was lent. */
#define FULL_SIZE (4 + 4 + 4 + 2 * (8 + 4) + 4)

void batch_put_dir(struct pack *pack, const struct batch_dir *dir)
{
	pack_put(pack, dir->source.dev, 8);
	pack_put(pack, dir->source.ino, 8);
	pack_put(pack, dir->dest.dev, 8);
	pack_put(pack, dir->dest.ino, 8);
	pack_put(pack, dir->created, 1);
	pack_put_bytes(pack, dir->path, strlen(dir->path) + 1);
}

int batch_get_dir(struct pack *pack, size_t length, struct batch_dir *dir)
{
	const uint8_t *end;

	if (length - pack->at < DIR_SIZE)
		return -1;
	dir->source.dev = pack_get(pack, 8);
	dir->source.ino = pack_get(pack, 8);
	dir->dest.dev = pack_get(pack, 8);
	dir->dest.ino = pack_get(pack, 8);
	dir->created = pack_get(pack, 1) != 0;
	end = memchr(pack->in + pack->at, '\0', length - pack->at);
	if (!end)
		return -1;
	dir->path = (const char *)pack->in + pack->at;
	pack->at = (size_t)(end - pack->in) + 1;
	return 0;
}

static void put_redo(struct pack *pack, const struct batch_redo *redo)
{
	pack_put(pack, redo->is, 1);
	pack_put(pack, redo->decided, 1);
	pack_put(pack, redo->found, 1);
	pack_put(pack, redo->said, 1);
	pack_put(pack, redo->signal, 1);
	pack_put(pack, redo->dest.dev, 8);
	pack_put(pack, redo->dest.ino, 8);
}

static int get_redo(struct pack *pack, size_t length, struct batch_redo *redo)
{
	if (length - pack->at < REDO_SIZE)
		return -1;
	redo->is = pack_get(pack, 1) != 0;
	redo->decided = pack_get(pack, 1) != 0;
	redo->found = pack_get(pack, 1) != 0;
	redo->said = pack_get(pack, 1) != 0;
	redo->signal = (uint8_t)pack_get(pack, 1);
	redo->dest.dev = pack_get(pack, 8);
	redo->dest.ino = pack_get(pack, 8);
	return 0;
}

size_t batch_encode(const struct batch *batch, uint8_t *buffer)
{
	struct pack pack = { .out = buffer };

	batch_put_dir(&pack, &batch->dir);
	put_redo(&pack, &batch->redo);
	pack_put(&pack, batch->whole, 1);
	pack_put_bytes(&pack, batch->names, batch->length);
	return pack.at;
}

bool batch_is_plain(const char *name)
{
	return name[0] != '\0' && !strchr(name, '/') &&
	       strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

int batch_decode(const uint8_t *bytes, size_t length, struct batch *batch)
{
	struct pack pack = { .in = bytes };
	const char *name;

	if (batch_get_dir(&pack, length, &batch->dir) < 0 ||
	    get_redo(&pack, length, &batch->redo) < 0 || pack.at == length)
		return -1;
	batch->whole = pack_get(&pack, 1) != 0;
	batch->names = (const char *)bytes + pack.at;
	batch->length = length - pack.at;
	if (batch->length == 0 || batch->names[batch->length - 1] != '\0')
		return -1;
	/* A byte for the type, then the name. */
	for (name = batch->names; name < batch->names + batch->length;
	     name += 1 + strlen(name + 1) + 1)
		if (name + 1 == batch->names + batch->length ||
		    !batch_is_plain(name + 1))
			return -1;
	return 0;
}

static void put_time(struct pack *pack, const struct timespec *time)
{
	pack_put(pack, (uint64_t)time->tv_sec, 8);
	pack_put(pack, (uint64_t)time->tv_nsec, 4);
}

static struct timespec get_time(struct pack *pack)
{
	struct timespec time = { .tv_sec = (time_t)pack_get(pack, 8) };

	time.tv_nsec = (long)pack_get(pack, 4);
	return time;
}

size_t batch_encode_full(const struct batch_full *full, uint8_t *buffer)
{
	const struct stat *st = &full->source_stat;
	struct pack pack = { .out = buffer };

	batch_put_dir(&pack, &full->dir);
	pack_put(&pack, st->st_mode, 4);
	pack_put(&pack, st->st_uid, 4);
	pack_put(&pack, st->st_gid, 4);
	put_time(&pack, &st->st_atim);
	put_time(&pack, &st->st_mtim);
	pack_put(&pack, full->lent, 4);
	return pack.at;
}

int batch_decode_full(const uint8_t *bytes, size_t length,
		      struct batch_full *full)
{
	struct pack pack = { .in = bytes };
	struct stat *st = &full->source_stat;

	*full = (struct batch_full){ 0 };
	if (batch_get_dir(&pack, length, &full->dir) < 0 ||
	    length - pack.at != FULL_SIZE)
		return -1;
	st->st_dev = full->dir.source.dev;
	st->st_ino = full->dir.source.ino;
	st->st_mode = (mode_t)pack_get(&pack, 4);
	st->st_uid = (uid_t)pack_get(&pack, 4);
	st->st_gid = (gid_t)pack_get(&pack, 4);
	st->st_atim = get_time(&pack);
	st->st_mtim = get_time(&pack);
	full->lent = (mode_t)pack_get(&pack, 4);
	return S_ISDIR(st->st_mode) ? 0 : -1;
}
