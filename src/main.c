/* SPDX-License-Identifier: MIT */
/*
 * The order of things: descriptors, command line, signals, the run, farewell.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "cli_help.h"
#include "cpus.h"
#include "report.h"
#include "run.h"
#include "signals.h"
#include "status.h"
#include "watch.h"

/*
 * Opens FD, the lowest one that is free, the wrong way round. A pipe will do
 * where there is no /dev/null, as in a chroot. 0, or -1.
 */
static int fill(int fd)
{
	int ends[2];

	if (open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) == fd)
		return 0;
	if (pipe(ends) < 0)
		return -1;
	if (fd == 0)
		dup2(ends[1], 0);
	close(ends[1]);
	return ends[0] == fd ? 0 : -1;
}

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
		if (fill(fd) < 0)
			return -1;
		*closed |= 1U << fd;
	}
	return 0;
}

/* For the report. */
static void tell_error(void *arg, const struct err_told *parts)
{
	status_error(arg, parts);
}

/*
 * Begins to tell what --status asks for. Returns 0, or -1 when that cannot be,
 * which was said; *STATUS stays NULL where nobody asks.
 */
static int begin_status(const struct cli *cli, int argc, char **argv,
			struct report *report, struct status **status)
{
	const struct mcp_options *options = &cli->options;
	unsigned int count = cli->count;
	struct status_event_start start = {
		.command = argv,
		.command_count = (size_t)argc,
		.options = cli->norm.argv + 1,
		.sources = cli->operands,
		.dest = options->target_directory,
		.workers = options->jobs > 0 ? options->jobs : cpus_available(),
	};

	/* Behind them stands "--" and nothing that counts. */
	while (cli->norm.argv[1 + start.option_count] &&
	       strcmp(cli->norm.argv[1 + start.option_count], "--") != 0)
		start.option_count++;
	if (!start.dest && count > 1)
		start.dest = cli->operands[--count];
	start.source_count = count;
	*status = status_open(options->status, options->status_count, &start,
			      report);
	if (!*status)
		return -1;
	report_listen(report, tell_error, *status);
	return 0;
}

static int copy(const struct cli *cli, int argc, char **argv,
		struct report *report, struct signals *signals)
{
	struct status *status = NULL;
	int result;

	if (cli->options.status_count > 0 &&
	    begin_status(cli, argc, argv, report, &status) < 0)
		return 1;
	result = run(&cli->options, cli->count, cli->operands, report, signals,
		     status);
	if (report_flush(report) < 0 && report->stdout_errnum == EPIPE)
		signals_broken_pipe(signals);
	/* It dies without another word. */
	if (signals->fatal == 0 && report_close(report) < 0)
		result = 1;
	report_listen(report, NULL, NULL);
	status_close(status, signals->fatal != 0 ? 1 : result, signals->fatal);
	return result;
}

/* For the report. */
static int wait_for_room(void *signals, int fd)
{
	return signals_wait_room(signals, fd);
}

/*
 * What the command line asks for, deaf to no signal. Returns the exit status.
 */
static int act(const struct cli *cli, int argc, char **argv,
	       struct report *report)
{
	struct signals signals;
	int result;

	report->quiet = cli->options.quiet;
	if (signals_open(&signals) < 0) {
		report_named(report, errno, "cannot listen to signals", NULL);
		return 1;
	}
	report_wait(report, wait_for_room, &signals);
	result = cli->options.watch ? watch(&cli->options, report, &signals)
				    : copy(cli, argc, argv, report, &signals);
	if (signals.fatal != 0)
		signals_die(&signals);
	report_wait(report, NULL, NULL);
	return result;
}

int main(int argc, char **argv)
{
	struct report report = report_open(argc > 0 ? argv[0] : "mcp");
	unsigned int closed = 0;
	enum cli_verdict verdict;
	struct cli cli;
	int status = 0;

	if (fill_standard_descriptors(&closed) < 0)
		return 1;
	/* How names are quoted; the words stay those of the C locale. */
	setlocale(LC_CTYPE, "");

	verdict = cli_read(&cli, argc, argv, &report);
	switch (verdict) {
	case CLI_RUN:
	case CLI_WATCH:
		cli.options.closed_descriptors = closed;
		status = act(&cli, argc, argv, &report);
		break;
	case CLI_HELP:
		cli_print_help(&report);
		break;
	case CLI_VERSION:
		cli_print_version(&report);
		break;
	case CLI_WRONG:
		status = 1;
		break;
	}
	cli_free(&cli);
	/* A copy has closed it. */
	if (verdict != CLI_RUN && report_close(&report) < 0)
		status = 1;
	return status;
}
