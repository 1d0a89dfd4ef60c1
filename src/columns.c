/* SPDX-License-Identifier: MIT */
/*
 * Names, which may hold anything, in so many columns of a terminal.
 */
#include "config.h"

#include "columns.h"

#include <string.h>
#include <wchar.h>
#include <wctype.h>

/* No character of UTF-8 has more bytes. */
#define MB_LEN_MAX_OF_UTF8 4

/* One character of a name as it is shown: its bytes, and its columns. */
struct letter {
	const char *bytes;
	size_t length;
	unsigned int columns;
	size_t taken; /* of the name */
};

/* The character at NAME; what cannot be shown is a question mark. */
static struct letter letter_at(const char *name, bool utf8)
{
	struct letter letter = { "?", 1, 1, 1 };
	mbstate_t state = { 0 };
	wchar_t wide;
	size_t length;
	int columns;

	if (!utf8) {
		if (*name >= ' ' && *name <= '~')
			letter.bytes = name;
		return letter;
	}
	length = mbrtowc(&wide, name, MB_LEN_MAX_OF_UTF8, &state);
	if (length == 0 || length > MB_LEN_MAX_OF_UTF8)
		return letter;
	letter.taken = length;
	columns = iswprint((wint_t)wide) ? wcwidth(wide) : -1;
	if (columns < 0)
		return letter;
	return (struct letter){ name, length, (unsigned int)columns, length };
}

unsigned int columns_of(const char *name, bool utf8)
{
	unsigned int columns = 0;

	while (*name) {
		struct letter letter = letter_at(name, utf8);

		columns += letter.columns;
		name += letter.taken;
	}
	return columns;
}

size_t columns_put(char *text, size_t size, const char *name,
		   unsigned int columns, bool utf8)
{
	unsigned int width = columns_of(name, utf8);
	const char *dots = utf8 ? "\xe2\x80\xa6" : "...";
	unsigned int dots_width = utf8 ? 1 : 3;
	size_t at = 0;

	if (width > columns) {
		at = strlen(dots);
		memcpy(text, dots, at);
		columns -= dots_width;
	}
	while (width > columns) {
		struct letter letter = letter_at(name, utf8);

		width -= letter.columns;
		name += letter.taken;
	}
	while (*name && at + MB_LEN_MAX_OF_UTF8 <= size) {
		struct letter letter = letter_at(name, utf8);

		memcpy(text + at, letter.bytes, letter.length);
		at += letter.length;
		name += letter.taken;
	}
	return at;
}
