/* SPDX-License-Identifier: MIT */
/*
 * What mcp says of a failure: cp's words where it has any, with names quoted as
 * it quotes them.
 */
#ifndef MCP_PHRASE_H
#define MCP_PHRASE_H

#include "err.h"

/*
 * What failed by ERR, of copying SOURCE to DEST, without the reason; and that
 * taken apart, but for the text: names in PARTS are the caller's. The words are
 * malloc'ed; NULL when there was no memory for them.
 */
char *phrase_failure(const struct err *err, const char *source,
		     const char *dest, struct err_told *parts);

/*
 * FORMAT, one of ours with a %s for FIRST and then SECOND, as far as there are
 * any, with these quoted. malloc'ed, or NULL.
 */
char *phrase_compose(const char *format, const char *first, const char *second);

#endif
