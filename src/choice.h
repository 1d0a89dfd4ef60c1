/* SPDX-License-Identifier: MIT */
/*
 * Words that an option takes: one of a few, or the beginning of one.
 */
#ifndef MCP_CHOICE_H
#define MCP_CHOICE_H

struct choice {
	const char *word; /* NULL ends a table; equal values are one choice */
	int value;
};

enum choice_result {
	CHOICE_FOUND,
	CHOICE_UNKNOWN,
	CHOICE_AMBIGUOUS,
};

/*
 * What WORD means in TABLE: as it stands there, or as the beginning of words
 * that all have one value. Fills *VALUE when found.
 */
enum choice_result choice_find(const struct choice *table, const char *word,
			       int *value);

/*
 * The complaint about WORD for OPTION in cp's words, with the words that would
 * be right, malloc'ed; NULL with errno ENOMEM.
 */
char *choice_complaint(const struct choice *table, enum choice_result result,
		       const char *word, const char *option);

#endif
