/* SPDX-License-Identifier: MIT */
/*
 * A view of a copy in words: as a line with a bar, for a terminal of any width,
 * and as a plain line, for a file or a pipe.
 */
#ifndef MCP_LINE_H
#define MCP_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "progress.h"

/* No line is longer, in bytes, whatever is asked for. */
#define LINE_MAX_BYTES 8192

/* Below so many columns a line is not made, but for so many. */
#define LINE_MIN_COLUMNS 20

/*
 * VIEW as a line of at most COLUMNS columns, less one: a terminal's last one
 * would move the cursor on. Of UTF8 or ASCII. Without a newline. Returns its
 * length in bytes; TEXT has room for LINE_MAX_BYTES.
 */
size_t line_bar(const struct progress_view *view, unsigned int columns,
		bool utf8, char *text);

/* VIEW as a sentence, without a newline. Returns its length, as above. */
size_t line_plain(const struct progress_view *view, bool utf8, char *text);

#endif
