/* SPDX-License-Identifier: MIT */
/*
 * Asking the user (-i).
 */
#include "config.h"

#include "prompt.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* The permissions of MODE as ls(1) shows them. */
static void show_mode(mode_t mode, char shown[10])
{
	static const char letters[] = "rwxrwxrwx";
	static const struct {
		mode_t bit;
		int at;
		char with, without; /* execute permission */
	} special[] = {
		{ S_ISUID, 2, 's', 'S' },
		{ S_ISGID, 5, 's', 'S' },
		{ S_ISVTX, 8, 't', 'T' },
	};
	int i;

	for (i = 0; i < 9; i++)
		shown[i] = mode & (0400 >> i) ? letters[i] : '-';
	for (i = 0; i < 3; i++)
		if (mode & special[i].bit)
			shown[special[i].at] = shown[special[i].at] == 'x'
						       ? special[i].with
						       : special[i].without;
	shown[9] = '\0';
}

static bool is_writable(const struct pair *pair)
{
	return S_ISLNK(pair->dest_stat.st_mode) ||
	       faccessat(pair->dest.dir, pair->dest.name, W_OK, AT_EACCESS) ==
		       0;
}

/* Reads one line, of which only the first character matters. */
static enum prompt_answer read_answer(struct session *session)
{
	char first = '\0', c;
	size_t count = 0;

	/* A byte at a time: what is behind the line is not ours. */
	for (;;) {
		ssize_t got;

		if (signals_wait_fd(session->signals, STDIN_FILENO, POLLIN))
			return PROMPT_STOPPED;
		got = read(STDIN_FILENO, &c, 1);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0 || c == '\n')
			break;
		if (count++ == 0)
			first = c;
	}
	return first == 'y' || first == 'Y' ? PROMPT_YES : PROMPT_NO;
}

enum prompt_answer prompt_overwrite(struct session *session,
				    const struct pair *pair)
{
	const struct mcp_options *options = session->options;
	mode_t mode = pair->dest_stat.st_mode & 07777;
	char words[96] = "overwrite %s? ";
	enum prompt_answer answer;
	char shown[10];

	show_mode(mode, shown);
	if (is_writable(pair))
		;
	else if (options->force || options->remove_destination)
		snprintf(words, sizeof(words),
			 "replace %%s, overriding mode %04o (%s)? ",
			 (unsigned int)mode, shown);
	else
		snprintf(words, sizeof(words),
			 "unwritable %%s (mode %04o, %s); try anyway? ",
			 (unsigned int)mode, shown);
	report_question(session->report, words, pair->dest_shown);
	answer = read_answer(session);
	report_answered(session->report);
	return answer;
}
