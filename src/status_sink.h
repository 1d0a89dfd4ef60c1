/* SPDX-License-Identifier: MIT */
/*
 * All who are told what a run does: none of them is ever waited for.
 *
 * A file, a descriptor and a FIFO are one reader, a socket has as many as have
 * connected. A FIFO that nobody reads, or nobody any more, is tried again.
 */
#ifndef MCP_STATUS_SINK_H
#define MCP_STATUS_SINK_H

#include "status_reader.h"
#include "status_target.h"

struct status_sink;

/* Called for each new reader, before it is told anything else. */
struct status_sink_greeter {
	void (*greet)(void *arg, struct status_reader *reader);
	void *arg;
};

/*
 * Opens TARGET, which must stay: a file is appended to or created, a FIFO is
 * not waited for, a socket listens. Who is there is greeted, in writing if it
 * takes that without waiting. Returns NULL with ERROR.
 */
struct status_sink *status_sink_open(const struct status_target *target,
				     const struct status_sink_greeter *greeter,
				     struct status_target_error *error);

/* Puts LINE in the queues of all readers; writes only when these are full. */
void status_sink_put(struct status_sink *sink,
		     const struct status_reader_line *line);

/* COUNT lines were lost before they came here: for everybody. */
void status_sink_lose(struct status_sink *sink, uint64_t count);

/*
 * Lets new readers in, and writes what can be written without waiting. To be
 * called some times a second.
 */
void status_sink_pump(struct status_sink *sink);

/*
 * Tells all readers LAST, and frees the sink. A reader that is behind then gets
 * up to a second while it reads; one that does not read, a tenth. What is not
 * written then is dropped in favour of LAST.
 */
void status_sink_close(struct status_sink *sink,
		       const struct status_reader_line *last);

#endif
