/* SPDX-License-Identifier: MIT */
/*
 * Names in JSON, which knows only text.
 */
#include "config.h"

#include "json_name.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* U+FFFD, the replacement character. */
#define REPLACEMENT "\xef\xbf\xbd"

/*
 * The bytes of the character at TEXT, or 0 when it begins none: neither one
 * that could be shorter, nor half of a UTF-16 pair, nor one beyond U+10FFFF.
 */
static size_t character(const unsigned char *text)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t code;
	size_t length, i;

	if (*text < 0x80)
		return 1;
	if (*text < 0xc2 || *text > 0xf4)
		return 0;
	length = *text >= 0xf0 ? 4 : *text >= 0xe0 ? 3 : 2;
	code = *text & (0x7fU >> length);
	for (i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3fU);
	}
	if (code < least[length] || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return length;
}

static bool is_utf8(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t length;

	for (; *at; at += length) {
		length = character(at);
		if (length == 0)
			return false;
	}
	return true;
}

/* TEXT with a replacement for each byte that is not UTF-8. */
static struct json *shown(const char *text)
{
	const size_t most = sizeof(REPLACEMENT) - 1;
	char *clean = malloc(most * strlen(text) + 1), *to = clean;
	struct json *value;

	if (!clean)
		return NULL;
	while (*text) {
		size_t length = character((const unsigned char *)text);

		memcpy(to, length > 0 ? text : REPLACEMENT,
		       length > 0 ? length : most);
		to += length > 0 ? length : most;
		text += length > 0 ? length : 1;
	}
	*to = '\0';
	value = json_new_text(clean);
	free(clean);
	return value;
}

static struct json *base64(const char *text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *bytes = (const unsigned char *)text;
	size_t length = strlen(text), i;
	char *encoded = malloc((length + 2) / 3 * 4 + 1), *to = encoded;
	struct json *value;

	if (!encoded)
		return NULL;
	for (i = 0; i < length; i += 3) {
		size_t left = length - i;
		uint32_t group = (uint32_t)bytes[i] << 16;

		group |= left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
		group |= left > 2 ? bytes[i + 2] : 0;
		*to++ = digits[group >> 18];
		*to++ = digits[group >> 12 & 63];
		*to++ = left > 1 ? digits[group >> 6 & 63] : '=';
		*to++ = left > 2 ? digits[group & 63] : '=';
	}
	*to = '\0';
	value = json_new_text(encoded);
	free(encoded);
	return value;
}

static void put_base64(struct json *object, const char *key, struct json *value)
{
	char name[64];

	snprintf(name, sizeof(name), "%s_b64", key);
	json_put(object, name, value);
}

void json_name_put(struct json *object, const char *key, const char *name)
{
	bool whole = is_utf8(name);

	json_put(object, key, whole ? json_new_text(name) : shown(name));
	if (!whole)
		put_base64(object, key, base64(name));
}

void json_name_put_all(struct json *object, const char *key, size_t count,
		       char *const *names)
{
	struct json *array = json_new_array();
	bool whole = true;
	size_t i;

	for (i = 0; i < count; i++) {
		json_add(array, shown(names[i]));
		whole = whole && is_utf8(names[i]);
	}
	json_put(object, key, array);
	if (whole)
		return;
	array = json_new_array();
	for (i = 0; i < count; i++)
		json_add(array, base64(names[i]));
	put_base64(object, key, array);
}
