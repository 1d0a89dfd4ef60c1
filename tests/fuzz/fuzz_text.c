/* SPDX-License-Identifier: MIT */
/*
 * fuzz_text: what is made of texts that users and file systems give.
 *
 * The first byte chooses: a size, a number, a name to be quoted, or a name
 * and a suffix for a backup. Sizes are held against strtoull(3), quoted names
 * are read back as a shell would, and backups must stay in their directory.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "backup.h"
#include "quote.h"
#include "util.h"

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* Sizes and numbers */

static int power_of(char letter)
{
	static const char letters[] = "KMGTPE";
	const char *at = letter == 'k' ? letters : strchr(letters, letter);

	return letter && at ? (int)(at - letters) + 1 : 0;
}

/* What TEXT says, the long way round; -1 when it is no size below 2^63. */
static __int128 size_of(const char *text)
{
	__int128 size = 0, base = 1024;
	const char *unit = text;
	int power;

	for (; isdigit((unsigned char)*unit); unit++)
		if (size <= INT64_MAX)
			size = 10 * size + (*unit - '0');
	if (unit == text || size > INT64_MAX)
		return -1;
	power = power_of(*unit);
	unit += power > 0;
	if (power > 0 && strcmp(unit, "B") == 0)
		base = 1000;
	else if (*unit && strcmp(unit, power > 0 ? "iB" : "B") != 0)
		return -1;
	for (; power > 0 && size <= INT64_MAX; power--)
		size *= base;
	return size > INT64_MAX ? -1 : size;
}

static void try_size(const char *text)
{
	__int128 expected = size_of(text);
	uint64_t size = 0;

	require((util_parse_size(text, &size) == 0) == (expected >= 0));
	require(expected < 0 || size == (uint64_t)expected);
}

static void try_number(const char *text)
{
	unsigned long long expected;
	uint64_t number = 0;
	bool valid;
	char *end;

	errno = 0;
	expected = strtoull(text, &end, 10);
	valid = isdigit((unsigned char)*text) && *end == '\0' && errno == 0 &&
		expected >= 1 && expected <= 4096;
	require((util_parse_number(text, 1, 4096, &number) == 0) == valid);
	require(!valid || number == expected);
}

/* Quoting */

/* The byte that an escape of $'...' stands for; moves *AT behind it. */
static char unescape(const char **at)
{
	static const char letters[] = "abtnvfr", bytes[] = "\a\b\t\n\v\f\r";
	const char *found = strchr(letters, **at);
	int value = 0, i;

	require(**at != '\0');
	if (found) {
		(*at)++;
		return bytes[found - letters];
	}
	for (i = 0; i < 3; i++, (*at)++) {
		require(**at >= '0' && **at <= '7');
		value = 8 * value + (**at - '0');
	}
	return (char)value;
}

/* QUOTED as a shell reads it, into TEXT. */
static void read_back(const char *at, char *text)
{
	while (*at) {
		bool escapes = strncmp(at, "$'", 2) == 0;
		char quote;

		at += escapes;
		if (*at == '\\') {
			*text++ = at[1];
			at += 2;
			continue;
		}
		quote = *at++;
		require(quote == '\'' || quote == '"');
		while (*at != quote) {
			require(*at != '\0');
			if (escapes && *at == '\\') {
				at++;
				*text++ = unescape(&at);
			} else {
				require(quote == '\'' || !strchr("$`\\!", *at));
				*text++ = *at++;
			}
		}
		at++;
	}
	*text = '\0';
}

static void try_quote(const char *name)
{
	char *text = malloc(strlen(name) + 1);
	char *always = quote_always(name), *bare = quote_if_needed(name);
	const char *at;

	require(text && always && bare);
	for (at = always; *at; at++)
		require(!iscntrl((unsigned char)*at));
	read_back(always, text);
	require(strcmp(text, name) == 0);
	require(strcmp(bare, always) == 0 || strcmp(bare, name) == 0);
	/* Nothing that a shell would take for something else is bare. */
	if (strcmp(bare, name) == 0)
		require(*name && !strpbrk(name, " '\"$`\\!&;<>()|*?[:\n\t"));
	free(text);
	free(always);
	free(bare);
}

/* Backups */

/* NAME is that of a file in a directory; SUFFIX is behind its NUL. */
static void try_backup(const char *name, const char *suffix)
{
	static const enum options_backup controls[] = {
		OPTIONS_BACKUP_SIMPLE, OPTIONS_BACKUP_NUMBERED,
		OPTIONS_BACKUP_EXISTING
	};
	size_t length = strlen(name);
	char path[NAME_MAX + 3];
	struct err err;
	size_t i;

	if (length == 0 || length > NAME_MAX || strchr(name, '/') ||
	    strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return;
	strcpy(stpcpy(path, "./"), name);
	suffix = backup_suffix(suffix, NULL);
	require(*suffix);
	for (i = 0; i < UTIL_COUNT(controls); i++) {
		struct backup backup;

		require(backup_name(AT_FDCWD, path, controls[i], suffix,
				    &backup, &err) == 0);
		/* Cut short it may be the name itself: it fails, as in cp. */
		require(backup.cut || strcmp(backup.name, path) != 0);
		require(strncmp(backup.name, "./", 2) == 0);
		require(backup.cut ||
			strncmp(backup.name, path, length + 2) == 0);
		/* A suffix may end in slashes, and then it just fails. */
		if (controls[i] == OPTIONS_BACKUP_NUMBERED)
			require(!strchr(backup.name + 2, '/') &&
				strlen(backup.name + 2) <= NAME_MAX);
		free(backup.name);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size == 0)
		return 0;
	/* NUL behind the text and, for a suffix, behind that. */
	text = calloc(1, size + 1);
	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	switch (data[0] % 5) {
	case 0:
		try_size(text);
		break;
	case 1:
		try_number(text);
		break;
	case 2:
	case 3:
		setlocale(LC_CTYPE, data[0] % 5 == 2 ? "C" : "C.UTF-8");
		try_quote(text);
		break;
	case 4:
		try_backup(text, text + util_min(strlen(text) + 1, size));
		break;
	}
	free(text);
	return 0;
}
