/* SPDX-License-Identifier: MIT */
/*
 * quote: names in messages, quoted as GNU cp quotes them.
 *
 * The invariant: the output holds no control character and no byte sequence
 * that is invalid in the locale, and a shell that knows $'...' reads it back
 * as the name. The first of these forms that can hold the name is taken:
 *
 *   name              bare, where that is allowed
 *   "it's"            a single quote, and nothing a shell or C would touch
 *   'a b'             anything that prints
 *   'it'\''s'$'\n'    anything at all
 *
 * A name is read character by character, and each is either printed whole or
 * escaped byte by byte. Names that hold a single quote and end in an escape
 * come out wrong in coreutils 9.1; here they take the form of its successors.
 */
#include "config.h"

#include "quote.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

/*
 * The longest a byte becomes: '$'\001 when an escape begins, 7 characters.
 * The two outer quotes and the NUL come on top.
 */
#define BYTE_MAX 7
#define FRAME_MAX 3

/* Which forms can hold a name. */
struct forms {
	bool bare;
	bool double_quotes;
};

/*
 * Returns whether the character at s is to be printed, and its length. A
 * byte that begins no character of the locale is one that is not.
 */
static bool is_printed(const char *s, size_t left, size_t *len)
{
	unsigned char byte = (unsigned char)*s;
	mbstate_t state = { 0 };
	wchar_t wide;
	size_t got;

	*len = 1;
	if (byte < 0x80)
		return byte >= ' ' && byte != 0x7f;
	got = mbrtowc(&wide, s, left, &state);
	if (got == 0 || got > left) /* also (size_t)-1 and -2 */
		return false;
	*len = got;
	return iswprint((wint_t)wide);
}

/* What an ASCII character that prints leaves possible; found by trial. */
static struct forms allowed_by(char c, bool first, bool only)
{
	switch (c) {
	case '\'':
	case ' ':
	case ':':
		return (struct forms){ false, true };
	case '#':
	case '~':
		/* A comment or a home directory, but only in front. */
		return (struct forms){ !first, first };
	case '{':
	case '}':
		/* Words of the shell only when alone. */
		return (struct forms){ !only, only };
	case '!':
	case '"':
	case '$':
	case '&':
	case '(':
	case ')':
	case '*':
	case ';':
	case '<':
	case '=':
	case '>':
	case '?':
	case '[':
	case '\\':
	case '^':
	case '`':
	case '|':
		return (struct forms){ false, false };
	default:
		return (struct forms){ true, true };
	}
}

static struct forms survey(const char *name, size_t n)
{
	struct forms all = { n > 0, memchr(name, '\'', n) != NULL };
	size_t len;

	for (size_t i = 0; i < n; i += len) {
		struct forms one = { false, false };

		if (is_printed(name + i, n - i, &len))
			one = allowed_by(name[i], i == 0, n == 1);
		all.bare &= one.bare;
		all.double_quotes &= one.double_quotes;
	}
	return all;
}

/* Writes the escape of one byte; returns the end. */
static char *put_escape(char *to, unsigned char byte)
{
	static const char letters[] = "abtnvfr"; /* from 7 on */

	*to++ = '\\';
	if (byte >= '\a' && byte <= '\r') {
		*to++ = letters[byte - '\a'];
		return to;
	}
	*to++ = (char)('0' + (byte >> 6));
	*to++ = (char)('0' + (byte >> 3 & 7));
	*to++ = (char)('0' + (byte & 7));
	return to;
}

/*
 * Writes name in single quotes, escapes in $'...' between them. Quotes stay
 * open from one character to the next; escaping says which kind.
 */
static void put_single(char *to, const char *name, size_t n)
{
	bool escaping = false;
	size_t len;

	*to++ = '\'';
	for (size_t i = 0; i < n; i += len) {
		bool printed = is_printed(name + i, n - i, &len);

		if (name[i] == '\'') {
			/* Closes either kind, reopens the plain one. */
			to = stpcpy(to, "'\\''");
			escaping = false;
			continue;
		}
		if (escaping == printed)
			to = stpcpy(to, printed ? "''" : "'$'");
		escaping = !printed;
		if (printed)
			to = mempcpy(to, name + i, len);
		else
			for (size_t j = 0; j < len; j++)
				to = put_escape(to, (unsigned char)name[i + j]);
	}
	*to++ = '\'';
	*to = '\0';
}

static char *quote(const char *name, bool bare_allowed)
{
	size_t n = strlen(name);
	struct forms can = survey(name, n);
	char *text, *to;

	if (bare_allowed && can.bare)
		return strdup(name);
	if (n > (SIZE_MAX - FRAME_MAX) / BYTE_MAX) {
		errno = ENOMEM;
		return NULL;
	}
	text = malloc(BYTE_MAX * n + FRAME_MAX);
	if (!text)
		return NULL;
	if (!can.double_quotes) {
		put_single(text, name, n);
		return text;
	}
	to = text;
	*to++ = '"';
	to = mempcpy(to, name, n);
	*to++ = '"';
	*to = '\0';
	return text;
}

char *quote_always(const char *name)
{
	return quote(name, false);
}

char *quote_if_needed(const char *name)
{
	return quote(name, true);
}
