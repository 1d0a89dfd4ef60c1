/* SPDX-License-Identifier: MIT */
/*
 * What one run of mcp holds from its first file to its last.
 */
#ifndef MCP_SESSION_H
#define MCP_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "backend.h"
#include "engine.h"
#include "links.h"
#include "meta.h"
#include "options.h"
#include "pair.h"
#include "progress.h"
#include "publish.h"
#include "report.h"
#include "share.h"
#include "signals.h"
#include "status.h"
#include "tally.h"
#include "track.h"
#include "util.h"

/* What became of an entry, where SESSION_DONE does not say it all. */
enum session_outcome {
	SESSION_MADE,	 /* it is there, and no file was copied for it */
	SESSION_COPIED,	 /* a file was */
	SESSION_SKIPPED, /* it was left alone, as was asked */
	SESSION_LINKED,	 /* it is another name of a file of before */
};

/* The entry whose turn it is, for account. */
struct session_entry {
	struct tally_known known; /* as what it is counted */
	uint64_t moved;		  /* bytes counted as in place */
	enum session_outcome outcome;
	enum options_engine engine; /* SESSION_COPIED: what has copied it ... */
	uint64_t size;		    /* ... bytes ... */
	uint64_t holes;		    /* ... and these of them are in holes */
	uint64_t begun;		    /* when, if somebody is told */
};

/* Who is told of each file when it is over (--status-files); NULL: nobody. */
struct session_teller {
	void (*tell)(void *arg, const struct status_event_file *file);
	void *arg;
};

struct session {
	const struct mcp_options *options;
	struct report *report;
	struct signals *signals;

	struct backend *inproc; /* NULL until needed */
	struct backend *pool;	/* NULL until needed ... */
	bool no_pool;		/* ... and for good when it failed */
	bool pool_busy;		/* with a tree: not for a large file now */
	struct share *share;	/* others are at this tree, or NULL */
	uint64_t next_id;	/* of files and jobs */
	unsigned int cpus;	/* 0 until they are counted */

	struct publish_fs fs;
	bool room_vain; /* dest_check_space */
	struct meta *meta;
	struct meta_wants wants;
	uid_t uid; /* whose files are that are created here */
	gid_t gid;
	/* Files of this device cannot be cloned to where they go now. */
	bool no_clone;
	dev_t no_clone_dev;

	struct engine_work work; /* for what is copied in order */
	struct links links;	 /* files of several names */
	struct links dirs;	 /* directories that must not be copied again */
	int status;		 /* 1 once something was not done */

	struct progress progress;
	struct tally *tally; /* of this process: where it counts */
	struct track *track; /* of a worker at a batch, or NULL */
	struct session_entry entry;
	struct session_teller teller;
	struct status *events; /* of the first process, or NULL */
};

/*
 * Begins a run of OPTIONS. Returns 0, or -1 with errno ENOMEM; session_end is
 * to be called all the same.
 */
int session_begin(struct session *session, const struct mcp_options *options,
		  struct report *report, struct signals *signals);

/* What became of an entry. Failures were said when it is known. */
enum session_result {
	SESSION_DONE,
	SESSION_FAILED,
	SESSION_STOPPED,   /* a fatal signal ends the run */
	SESSION_DIRECTORY, /* it is one, and its turn comes (entry.h) */
	SESSION_ASIDE,	   /* to be put aside (share.h): untouched */
	SESSION_YIELDED,   /* of file_copy: done, without a copy (-n) */
};

/* Counts the error ERR, which was said. */
void session_count_error(struct session *session, const struct err *err);

/* Says that PAIR failed by ERR, and remembers it. Returns SESSION_FAILED. */
enum session_result session_fail(struct session *session,
				 const struct pair *pair,
				 const struct err *err);

/* The same, of a destination that is left as LEFT says. */
enum session_result session_fail_left(struct session *session,
				      const struct pair *pair,
				      const struct err *err,
				      enum dest_left left);

/* Frees what SESSION holds; its backends have ended. */
void session_end(struct session *session);

#endif
