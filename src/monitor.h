/* SPDX-License-Identifier: MIT */
/*
 * Who looks on while a copy runs: the progress line, SIGUSR1, and observers.
 *
 * A monitor is the signals' watch: it is called from wherever signals are taken
 * in, and asks to be called again when something is due. As long as nobody
 * looks on, nothing is.
 */
#ifndef MCP_MONITOR_H
#define MCP_MONITOR_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"
#include "progress.h"
#include "report.h"
#include "signals.h"
#include "term.h"

/* Somebody else who wants to look on, now and then. */
struct monitor_observer {
	/* Called every INTERVAL nanoseconds or less often, with util_now(). */
	void (*look)(void *arg, const struct progress *progress, uint64_t now);
	void *arg;
	uint64_t interval;
	uint64_t due; /* the monitor's */
	struct monitor_observer *next;
};

enum monitor_drawing {
	MONITOR_NONE,
	MONITOR_PERHAPS, /* a line, if it takes long, and on a terminal */
	MONITOR_LINE,	 /* a line on a terminal */
	MONITOR_PLAIN,	 /* plain lines, which go elsewhere */
};

/*
 * Called once, when it is known that somebody looks on: to find out how much
 * there is to do, as far as that is cheap.
 */
struct monitor_reckoner {
	void (*reckon)(void *arg);
	void *arg;
};

struct monitor {
	struct report *report;
	struct signals *signals;
	struct progress *progress;
	struct monitor_reckoner reckoner;
	struct signals_watch watch;
	struct term term;
	enum monitor_drawing drawing;
	bool drawn;	    /* something was, at least once */
	uint64_t draw_due;  /* 0: never */
	uint64_t asked_due; /* when SIGUSR1 is answered; 0: it has not come */
	struct monitor_observer *observers;
};

/*
 * Looks on as OPTIONS say, until monitor_end. Everything must stay until then.
 * When PROGRESS says that there is more than one worker, they are asked to
 * tell.
 */
void monitor_begin(struct monitor *monitor, const struct mcp_options *options,
		   struct report *report, struct signals *signals,
		   struct progress *progress,
		   const struct monitor_reckoner *reckoner);

/* OBSERVER looks on, too, from now until monitor_end. */
void monitor_observe(struct monitor *monitor,
		     struct monitor_observer *observer);

/* All is over, well or not: the last line, if one was shown. */
void monitor_end(struct monitor *monitor);

#endif
