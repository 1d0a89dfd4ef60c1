/* SPDX-License-Identifier: MIT */
/* quote: names in messages, quoted as GNU cp quotes them. */
#ifndef QUOTE_H
#define QUOTE_H

/*
 * Both return name in a form that a shell reads back as name and that a
 * terminal can be shown: no control character in it, no byte sequence that
 * the locale of LC_CTYPE does not know (setlocale() is the caller's). The
 * result is the caller's to free; NULL with errno ENOMEM when memory ran out.
 *
 * quote_always puts quotes around every name, as in "cannot stat 'a'": the
 * form for a name inside a sentence. quote_if_needed leaves a harmless name
 * bare: the form for a name set off by colons, as in "a: ...". A name with a
 * colon is not harmless.
 */
char *quote_always(const char *name);
char *quote_if_needed(const char *name);

#endif
