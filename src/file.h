/* SPDX-License-Identifier: MIT */
/*
 * The contents of one file to another one: opened, copied in order or by
 * chunks, given its metadata, and finished or taken back.
 */
#ifndef MCP_FILE_H
#define MCP_FILE_H

#include "session.h"

/*
 * Copies the file PAIR, which was looked at and decided on. MADE, if not NULL,
 * gets what has the destination's name then, unless that is a stream.
 */
enum session_result file_copy(struct session *session, const struct pair *pair,
			      struct pair_made *made);

#endif
