/* SPDX-License-Identifier: MIT */
/*
 * Words that an option takes: one of a few, or the beginning of one.
 */
#include "config.h"

#include "choice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quote.h"

enum choice_result choice_find(const struct choice *table, const char *word,
			       int *value)
{
	enum choice_result result = CHOICE_UNKNOWN;
	size_t length = strlen(word);
	const struct choice *at;

	for (at = table; at->word; at++) {
		if (strncmp(at->word, word, length) != 0)
			continue;
		if (at->word[length] == '\0') {
			*value = at->value;
			return CHOICE_FOUND;
		}
		if (result == CHOICE_UNKNOWN) {
			*value = at->value;
			result = CHOICE_FOUND;
		} else if (*value != at->value) {
			result = CHOICE_AMBIGUOUS;
		}
	}
	return result;
}

char *choice_complaint(const struct choice *table, enum choice_result result,
		       const char *word, const char *option)
{
	const struct choice *at;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	char *quoted = quote_always(word);

	if (!out || !quoted) {
		if (out)
			fclose(out);
		free(text);
		free(quoted);
		return NULL;
	}
	fprintf(out, "%s argument %s for '%s'\nValid arguments are:",
		result == CHOICE_AMBIGUOUS ? "ambiguous" : "invalid", quoted,
		option);
	free(quoted);
	/* Words of one value stand in one line. */
	for (at = table; at->word; at++)
		fprintf(out, "%s'%s'",
			at > table && at[-1].value == at->value ? ", "
								: "\n  - ",
			at->word);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
