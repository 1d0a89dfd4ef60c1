/* SPDX-License-Identifier: MIT */
/*
 * A terminal for tests: runs a program at a new pseudo-terminal, in a session
 * of its own, and writes to stdout what it writes there.
 *
 * Usage: pty COLUMNS COMMAND [ARGUMENT]...
 *
 * On stdin it takes lines, until their end:
 *
 *     columns N   the terminal has so many from now on
 *     key N       the key with the code N is pressed (3: Ctrl-C, 26: Ctrl-Z)
 *
 * It ends as the program did.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static void check(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "pty: %s: %s\n", what, strerror(errno));
	exit(125);
}

static void resize(int terminal, int columns)
{
	const struct winsize size = {
		.ws_row = 24,
		.ws_col = (unsigned short)columns,
	};

	check(ioctl(terminal, TIOCSWINSZ, &size) == 0, "TIOCSWINSZ");
}

/* In the child: COMMAND at the terminal called NAME. */
static void run(const char *name, char **command)
{
	int fd;

	check(setsid() >= 0, "setsid");
	fd = open(name, O_RDWR);
	check(fd >= 0 && ioctl(fd, TIOCSCTTY, 0) == 0, name);
	check(dup2(fd, 0) == 0 && dup2(fd, 1) == 1 && dup2(fd, 2) == 2, "dup2");
	if (fd > 2)
		close(fd);
	execvp(command[0], command);
	check(0, command[0]);
}

static void obey(int terminal, const char *line)
{
	int number;
	char key;

	if (sscanf(line, "columns %d", &number) == 1) {
		resize(terminal, number);
	} else if (sscanf(line, "key %d", &number) == 1) {
		key = (char)number;
		check(write(terminal, &key, 1) == 1, "key");
	} else {
		errno = EINVAL;
		check(0, line);
	}
}

/* Takes lines from stdin. Returns 0 at their end. */
static int take_lines(int terminal)
{
	static char lines[4096];
	static size_t length;
	ssize_t got = read(0, lines + length, sizeof(lines) - 1 - length);
	char *end;

	if (got <= 0)
		return 0;
	length += (size_t)got;
	lines[length] = '\0';
	while ((end = strchr(lines, '\n'))) {
		*end = '\0';
		obey(terminal, lines);
		length -= (size_t)(end + 1 - lines);
		memmove(lines, end + 1, length + 1);
	}
	return 1;
}

/* Copies what TERMINAL says to stdout, until nobody has it open any more. */
static void attend(int terminal)
{
	struct pollfd fds[] = { { .fd = terminal, .events = POLLIN },
				{ .fd = 0, .events = POLLIN } };
	char bytes[4096];

	for (;;) {
		ssize_t got;

		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents && !take_lines(terminal))
			fds[1].fd = -1;
		if (!fds[0].revents)
			continue;
		got = read(terminal, bytes, sizeof(bytes));
		if (got <= 0)
			return;
		check(write(1, bytes, (size_t)got) == got, "stdout");
	}
}

int main(int argc, char **argv)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios how;
	int status;
	pid_t pid;

	if (argc < 3) {
		fputs("Usage: pty COLUMNS COMMAND [ARGUMENT]...\n", stderr);
		return 125;
	}
	check(terminal >= 0 && grantpt(terminal) == 0 &&
		      unlockpt(terminal) == 0,
	      "posix_openpt");
	/* What is written comes out as it is. */
	check(tcgetattr(terminal, &how) == 0, "tcgetattr");
	how.c_oflag &= ~(tcflag_t)OPOST;
	how.c_lflag &= ~(tcflag_t)ECHO;
	check(tcsetattr(terminal, TCSANOW, &how) == 0, "tcsetattr");
	resize(terminal, atoi(argv[1]));
	pid = fork();
	check(pid >= 0, "fork");
	if (pid == 0)
		run(ptsname(terminal), argv + 2);
	attend(terminal);
	check(waitpid(pid, &status, 0) == pid, "waitpid");
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
	return WEXITSTATUS(status);
}
