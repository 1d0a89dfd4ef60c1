/* SPDX-License-Identifier: MIT */
/*
 * The order of things: descriptors, command line, signals, the run, farewell.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <unistd.h>

#include "cli.h"
#include "cli_help.h"
#include "report.h"
#include "run.h"
#include "signals.h"

/*
 * A standard descriptor that came closed would be the next file opened, and
 * messages would go into it. Each is filled the wrong way round, so that
 * using it fails as if it were closed. Sets a bit of *CLOSED for each.
 */
static int fill_standard_descriptors(unsigned int *closed)
{
	int fd;

	for (fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		if (open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
			return -1;
		*closed |= 1U << fd;
	}
	return 0;
}

static int copy(const struct cli *cli, struct report *report)
{
	struct signals signals;
	int status;

	if (signals_open(&signals) < 0) {
		report_named(report, errno, "cannot listen to signals", NULL);
		return 1;
	}
	status =
		run(&cli->options, cli->count, cli->operands, report, &signals);
	if (report_flush(report) < 0 && report->stdout_errnum == EPIPE)
		signals_broken_pipe(&signals);
	if (signals.fatal != 0)
		signals_die(&signals);
	return status;
}

int main(int argc, char **argv)
{
	struct report report = report_open(argc > 0 ? argv[0] : "mcp");
	unsigned int closed = 0;
	struct cli cli;
	int status = 0;

	if (fill_standard_descriptors(&closed) < 0)
		return 1;
	/* How names are quoted; the words stay those of the C locale. */
	setlocale(LC_CTYPE, "");

	switch (cli_read(&cli, argc, argv, &report)) {
	case CLI_RUN:
		cli.options.closed_descriptors = closed;
		report.quiet = cli.options.quiet;
		status = copy(&cli, &report);
		break;
	case CLI_HELP:
		cli_print_help(&report);
		break;
	case CLI_VERSION:
		cli_print_version();
		break;
	case CLI_WRONG:
		status = 1;
		break;
	}
	cli_free(&cli);
	if (report_close(&report) < 0)
		status = 1;
	return status;
}
