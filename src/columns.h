/* SPDX-License-Identifier: MIT */
/*
 * Names, which may hold anything, in so many columns of a terminal.
 *
 * They are shown as UTF-8 (UTF8: LC_CTYPE is of that kind) or as ASCII; what
 * cannot be shown is a question mark.
 */
#ifndef MCP_COLUMNS_H
#define MCP_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

/* How many NAME would take. */
unsigned int columns_of(const char *name, bool utf8);

/*
 * Writes NAME in at most COLUMNS columns, at least 3, to TEXT, which has room
 * for SIZE bytes; of a longer one its end, behind dots. Returns how many bytes
 * it wrote, with no NUL behind them.
 */
size_t columns_put(char *text, size_t size, const char *name,
		   unsigned int columns, bool utf8);

#endif
