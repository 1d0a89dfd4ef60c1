/* SPDX-License-Identifier: MIT */
/*
 * What a worker has to say for --status, as bytes.
 *
 *     file   1, bytes 8, nanoseconds 8, engine 1, outcome 1, name
 *     error  2, errno 4, signal 4, named 1, operation, name, text
 *
 * Texts are ended by a NUL.
 */
#include "config.h"

#include "status_note.h"

#include <string.h>

#include "pack.h"

enum note {
	NOTE_FILE = 1,
	NOTE_ERROR,
};

#define FILE_FIELDS (1 + 8 + 8 + 1 + 1)
#define ERROR_FIELDS (1 + 4 + 4 + 1)

static bool has_room(const struct status_note_box *box, size_t length)
{
	return length <= sizeof(box->bytes) - box->length;
}

static void put_text(struct pack *pack, const char *text)
{
	pack_put_bytes(pack, text, strlen(text) + 1);
}

bool status_note_put_file(struct status_note_box *box,
			  const struct status_event_file *file)
{
	struct pack pack = { .out = box->bytes, .at = box->length };

	if (!has_room(box, FILE_FIELDS + strlen(file->name) + 1))
		return false;
	pack_put(&pack, NOTE_FILE, 1);
	pack_put(&pack, file->bytes, 8);
	pack_put(&pack, file->nanoseconds, 8);
	pack_put(&pack, file->engine, 1);
	pack_put(&pack, file->outcome, 1);
	put_text(&pack, file->name);
	box->length = pack.at;
	return true;
}

bool status_note_put_error(struct status_note_box *box,
			   const struct err_told *parts)
{
	struct pack pack = { .out = box->bytes, .at = box->length };
	const char *name = parts->name ? parts->name : "";

	if (!has_room(box, ERROR_FIELDS + strlen(parts->operation) + 1 +
				   strlen(name) + 1 + strlen(parts->text) + 1))
		return false;
	pack_put(&pack, NOTE_ERROR, 1);
	pack_put(&pack, (uint64_t)parts->errnum, 4);
	pack_put(&pack, (uint64_t)parts->signal, 4);
	pack_put(&pack, parts->name != NULL, 1);
	put_text(&pack, parts->operation);
	put_text(&pack, name);
	put_text(&pack, parts->text);
	box->length = pack.at;
	return true;
}

/* The text that comes next, or NULL when it has no end. */
static const char *get_text(struct pack *pack, size_t length)
{
	const char *text = (const char *)pack->in + pack->at;
	size_t most = length - pack->at, taken = strnlen(text, most);

	if (taken == most)
		return NULL;
	pack->at += taken + 1;
	return text;
}

static int read_file(struct pack *pack, size_t length,
		     const struct status_note_reader *reader)
{
	struct status_event_file file;

	if (length - pack->at < FILE_FIELDS - 1)
		return -1;
	file.bytes = pack_get(pack, 8);
	file.nanoseconds = pack_get(pack, 8);
	file.engine = (enum options_engine)pack_get(pack, 1);
	file.outcome = (enum status_event_outcome)pack_get(pack, 1);
	file.name = get_text(pack, length);
	if (!file.name || file.engine >= OPTIONS_ENGINES ||
	    file.outcome >= STATUS_EVENT_OUTCOMES)
		return -1;
	reader->file(reader->arg, &file);
	return 0;
}

static int read_error(struct pack *pack, size_t length,
		      const struct status_note_reader *reader)
{
	struct err_told parts;
	bool named;

	if (length - pack->at < ERROR_FIELDS - 1)
		return -1;
	parts.errnum = (int)pack_get(pack, 4);
	parts.signal = (int)pack_get(pack, 4);
	named = pack_get(pack, 1) != 0;
	parts.operation = get_text(pack, length);
	parts.name = parts.operation ? get_text(pack, length) : NULL;
	parts.text = parts.name ? get_text(pack, length) : NULL;
	if (!parts.text)
		return -1;
	if (!named)
		parts.name = NULL;
	reader->error(reader->arg, &parts);
	return 0;
}

int status_note_read(const uint8_t *bytes, size_t length,
		     const struct status_note_reader *reader)
{
	struct pack pack = { .in = bytes };
	int result = 0;

	while (result == 0 && pack.at < length) {
		switch (pack_get(&pack, 1)) {
		case NOTE_FILE:
			result = read_file(&pack, length, reader);
			break;
		case NOTE_ERROR:
			result = read_error(&pack, length, reader);
			break;
		default:
			result = -1;
		}
	}
	return result;
}
