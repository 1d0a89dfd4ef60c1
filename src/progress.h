/* SPDX-License-Identifier: MIT */
/*
 * A copy as an onlooker sees it: how much, how fast, how much longer, and what
 * just now.
 *
 * The parent keeps one struct progress, into which its own tally and those of
 * the workers flow. Whoever shows it, whether as a line or as events, asks for
 * a struct progress_view, which is made of plain numbers: another process can
 * fill one and have it shown the same way.
 *
 * A tree is discovered while it is copied, and nothing is looked at twice only
 * to be counted: so totals may grow, and the sizes of files that were not
 * opened yet are not known. As long as this is so, bytes_total is an estimate
 * (those files are taken to be as large as the others are on average, apart
 * from large ones), and `growing` says so.
 */
#ifndef MCP_PROGRESS_H
#define MCP_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tally.h"
#include "util.h"

/* The longest name that is kept, with its NUL; of others it is the end. */
#define PROGRESS_NAME 4096

enum progress_phase {
	PROGRESS_COPYING,
	PROGRESS_WRITING_BACK, /* all is copied, and goes to the disk (--fsync) */
	PROGRESS_ENDED,
};

/* What can be shown. Times in nanoseconds, without time spent stopped. */
struct progress_view {
	enum progress_phase phase;
	uint64_t files; /* dealt with: copied, skipped and failed */
	uint64_t files_total;
	uint64_t bytes; /* the same, and those in place of files under way */
	uint64_t bytes_total;
	bool growing;	       /* the totals are not final */
	bool unknown;	       /* nobody can say how much it will be */
	unsigned int permille; /* of the work, below 1000 until all is done */
	uint64_t elapsed;
	uint64_t rate;	       /* bytes a second, over the last seconds */
	uint64_t rate_overall; /* and from the start */
	bool left_known;
	uint64_t left;		/* time */
	uint64_t to_write_back; /* bytes of files that go to the disk now ... */
	uint64_t written_back;	/* ... and of these, those that have gone */
	uint64_t errors;
	unsigned int workers; /* 1: this process alone */
	const char *now;      /* the file being copied, or NULL */
};

/* One worker, as far as it has told. */
struct progress_worker {
	pid_t pid; /* 0: there is none */
	struct tally tally;
	char *now; /* what it was at, or NULL */
};

struct progress_sample {
	uint64_t time; /* nanoseconds since the start, as below */
	uint64_t bytes;
	uint64_t work;
};

/* Samples of the last seconds, each PROGRESS_SAMPLE nanoseconds. */
#define PROGRESS_SAMPLES 24
#define PROGRESS_SAMPLE (UTIL_SECOND / 4)

struct progress {
	enum progress_phase phase;
	struct tally sum;		/* of all processes */
	unsigned int most_workers;	/* at a time, so far */
	char now[PROGRESS_NAME];	/* what this process is at, or empty */
	unsigned int workers;		/* as in the view */
	struct progress_worker *worker; /* worker_count of them */
	unsigned int worker_count;
	unsigned int latest; /* the worker that has told last */

	uint64_t start;	     /* util_now() */
	uint64_t stopped;    /* nanoseconds spent stopped, to be left out */
	uint64_t stopped_at; /* since when it is, or 0 */
	struct progress_sample samples[PROGRESS_SAMPLES];
	unsigned int sample_count; /* ever taken */
};

/* A copy that begins at NOW, as util_now() says it. */
void progress_begin(struct progress *progress, uint64_t now);

/* Everybody stops at NOW, by SIGTSTP, or goes on. */
void progress_stop(struct progress *progress, uint64_t now);
void progress_continue(struct progress *progress, uint64_t now);

/* There are COUNT workers from now on; 0: this process alone is left. */
void progress_set_workers(struct progress *progress, unsigned int count);

/*
 * Worker INDEX, which is process PID, has told of MORE, and of being at NAME,
 * LENGTH bytes (0: it is at nothing).
 */
void progress_hear(struct progress *progress, unsigned int index, pid_t pid,
		   const struct tally *more, const char *name, size_t length);

/* Takes a sample when the last one is old enough: to be called often. */
void progress_sample(struct progress *progress, uint64_t now);

/* This process is at the file NAME; NULL: at none. */
void progress_name(struct progress *progress, const char *name);

/* What can be shown at NOW. The names in it stay PROGRESS's. */
struct progress_view progress_look(const struct progress *progress,
				   uint64_t now);

/* Nanoseconds since the start, without time spent stopped. */
uint64_t progress_elapsed(const struct progress *progress, uint64_t now);

void progress_end(struct progress *progress);

#endif
