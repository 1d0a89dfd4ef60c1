/* SPDX-License-Identifier: MIT */
/*
 * What a worker has to say for --status, as bytes: notes, one after the other,
 * the body of a RECORD_NOTES.
 */
#ifndef MCP_STATUS_NOTE_H
#define MCP_STATUS_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "status_event.h"

/* Bytes of notes that wait to be sent together. */
#define STATUS_NOTE_MAX 24576

struct status_note_box {
	size_t length;
	uint64_t lost; /* that had no room */
	uint8_t bytes[STATUS_NOTE_MAX];
};

/* Put a note in BOX. Return false when there is no room. */
bool status_note_put_file(struct status_note_box *box,
			  const struct status_event_file *file);
bool status_note_put_error(struct status_note_box *box,
			   const struct err_told *parts);

struct status_note_reader {
	void (*file)(void *arg, const struct status_event_file *file);
	void (*error)(void *arg, const struct err_told *parts);
	void *arg;
};

/*
 * Gives each note in LENGTH bytes to READER, as long as they make sense. Names
 * in them are valid during the call. Returns 0, or -1 when they make none.
 */
int status_note_read(const uint8_t *bytes, size_t length,
		     const struct status_note_reader *reader);

#endif
