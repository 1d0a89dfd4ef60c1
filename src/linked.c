/* SPDX-License-Identifier: MIT */
/*
 * Files of several names in a tree that workers copy: the parent's side.
 */
#include "config.h"

#include "linked.h"

#include <dirent.h>
#include <string.h>

#include "aside.h"
#include "trail.h"
#include "tree_take.h"

/*
 * So many bytes of what waits are enough to look whether some of it can be
 * done: two thousand names or so.
 */
#define FEW_BYTES 65536

/* A body in parts. */
struct parts {
	char now[BATCH_NAMES_MAX]; /* names to be done, for listing_parse */
	size_t now_length;
	uint8_t later[BATCH_MAX]; /* a body of those that wait */
	size_t later_length;
	struct trail dest; /* the directory's, once it is needed, ... */
	size_t root;	   /* ... and how much of it is the operand's */
};

void linked_begin(struct linked *linked, struct session *session,
		  const struct share_roots *roots)
{
	*linked = (struct linked){
		.session = session,
		.roots = roots,
		.enough = FEW_BYTES,
	};
}

static void fail_for_memory(struct linked *linked)
{
	const struct err err = { .op = ERR_MEMORY };

	session_fail(linked->session, linked->roots->pair, &err);
}

/* NAME was copied: from now on its file's other names are links to it. */
static void learn(struct linked *linked, struct parts *parts,
		  const struct batch_dir *dir, const struct aside_name *name)
{
	struct trail *dest = &parts->dest;
	size_t length;

	if (!dest->path) {
		int started =
			trail_start(dest, linked->roots->pair->dest_shown);

		parts->root = dest->length;
		if (started < 0 ||
		    (*dir->path != '\0' && trail_push(dest, dir->path) < 0)) {
			fail_for_memory(linked);
			return;
		}
	}
	length = dest->length;
	if (trail_push(dest, name->name) < 0 ||
	    links_add(&linked->session->links, name->source.dev,
		      name->source.ino,
		      (struct links_name){ dest->path, parts->root }) < 0)
		fail_for_memory(linked);
	trail_cut(dest, length);
}

static bool must_wait(const struct linked *linked,
		      const struct aside_name *name)
{
	return name->kind == ASIDE_LATER &&
	       !links_find(&linked->session->links, name->source.dev,
			   name->source.ino);
}

static void add_name(struct parts *parts, const char *name)
{
	size_t size = strlen(name) + 1;

	parts->now[parts->now_length] = DT_UNKNOWN;
	memcpy(parts->now + parts->now_length + 1, name, size);
	parts->now_length += 1 + size;
}

/* Divides what READER has; FINAL: nothing is to wait. */
static void divide(struct linked *linked, struct aside_reader *reader,
		   bool final, struct parts *parts)
{
	const struct batch_dir *dir = &reader->dir;
	struct aside_name name;

	while (aside_next(reader, &name)) {
		if (name.kind == ASIDE_FIRST) {
			learn(linked, parts, dir, &name);
		} else if (final || !must_wait(linked, &name)) {
			add_name(parts, name.name);
		} else {
			if (parts->later_length == 0)
				parts->later_length =
					aside_begin_body(dir, parts->later);
			parts->later_length = aside_put(&name, parts->later,
							parts->later_length);
		}
	}
}

static enum session_result copy(struct linked *linked,
				const struct batch_dir *dir,
				const struct parts *parts)
{
	const struct batch batch = {
		.dir = *dir,
		.names = parts->now,
		.length = parts->now_length,
	};

	return tree_copy_batch(linked->session, linked->roots, &batch, NULL);
}

static void keep(struct linked *linked, const struct parts *parts)
{
	const struct job_body body = { parts->later, parts->later_length };

	if (kept_add(&linked->waiting, &body, (struct kept){ 0 }) < 0)
		fail_for_memory(linked);
	else
		linked->length += body.length;
}

/* Does BODY, or keeps it; FINAL as above. *RESULT is that of copying. */
static int take(struct linked *linked, const struct job_body *body, bool final,
		enum session_result *result)
{
	struct aside_reader reader;
	struct parts parts;

	if (aside_read(&reader, body->bytes, body->length) < 0)
		return -1;
	parts.now_length = parts.later_length = 0;
	parts.dest = (struct trail){ 0 };
	divide(linked, &reader, final, &parts);
	trail_free(&parts.dest);
	if (parts.later_length > 0)
		keep(linked, &parts);
	*result = parts.now_length > 0 ? copy(linked, &reader.dir, &parts)
				       : SESSION_DONE;
	return 0;
}

/* Goes through all that waits, once. */
static enum session_result take_waiting(struct linked *linked, bool final)
{
	struct kept_list list = linked->waiting;
	enum session_result result = SESSION_DONE;
	size_t i;

	linked->waiting = (struct kept_list){ 0 };
	linked->length = 0;
	for (i = 0; i < list.count && result != SESSION_STOPPED; i++) {
		const struct job_body body = { list.items[i].bytes,
					       list.items[i].length };

		take(linked, &body, final, &result);
	}
	kept_free(&list);
	return result;
}

int linked_take(struct linked *linked, const struct job_body *body)
{
	enum session_result result;

	if (take(linked, body, false, &result) < 0)
		return -1;
	if (linked->length < linked->enough)
		return 0;
	take_waiting(linked, false);
	/* What still waits is not gone through again for every few names. */
	linked->enough = 2 * linked->length + FEW_BYTES;
	return 0;
}

enum session_result linked_finish(struct linked *linked)
{
	return take_waiting(linked, true);
}

void linked_free(struct linked *linked)
{
	kept_free(&linked->waiting);
}
