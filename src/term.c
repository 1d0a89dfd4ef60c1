/* SPDX-License-Identifier: MIT */
/*
 * The line at the foot of a terminal.
 */
#include "config.h"

#include "term.h"

#include <langinfo.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "util.h"

/* Erases from where the cursor is to the end of the line. */
#define ERASE "\033[K"

/* Where nobody knows. */
#define USUAL_COLUMNS 80

struct term term_open(void)
{
	const char *type = getenv("TERM");
	struct term term = { .columns = USUAL_COLUMNS };

	term.can_show = type && *type != '\0' && strcmp(type, "dumb") != 0 &&
			isatty(STDERR_FILENO);
	if (!term.can_show)
		return term;
	term.stdout_too = isatty(STDOUT_FILENO);
	term.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	term.group = getpgrp();
	term_measure(&term);
	return term;
}

void term_measure(struct term *term)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		term->columns = size.ws_col;
}

bool term_may_show(const struct term *term)
{
	struct pollfd ready = { .fd = STDERR_FILENO, .events = POLLOUT };
	pid_t group;

	if (!term->can_show || term->held)
		return false;
	/* -1: it is not our session's, and nobody else's group is at it. */
	group = tcgetpgrp(STDERR_FILENO);
	return (group < 0 || group == term->group) && poll(&ready, 1, 0) == 1 &&
	       (ready.revents & POLLOUT);
}

void term_show(struct term *term, const char *text, size_t length)
{
	char *line = malloc(length + sizeof(ERASE));

	if (!line)
		return;
	/* In one write, and erased behind it: so nothing flickers. */
	line[0] = '\r';
	memcpy(line + 1, text, length);
	memcpy(line + 1 + length, ERASE, sizeof(ERASE) - 1);
	term->shown = true;
	(void)!util_write_all(STDERR_FILENO, line, length + sizeof(ERASE));
	free(line);
}

void term_clear(struct term *term)
{
	if (term->shown)
		(void)!util_write_all(STDERR_FILENO, "\r" ERASE,
				      sizeof("\r" ERASE) - 1);
	term->shown = false;
}

void term_leave(struct term *term)
{
	if (term->shown)
		(void)!util_write_all(STDERR_FILENO, "\n", 1);
	term->shown = false;
}
