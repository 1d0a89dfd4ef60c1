/* SPDX-License-Identifier: MIT */
/*
 * Every setting of a run, in one place, const once the command line is read.
 *
 * Flow: options_defaults, then cli fills in what was said, then one
 * options_validate sees all of it together.
 */
#ifndef MCP_OPTIONS_H
#define MCP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most workers that -j takes. */
#define OPTIONS_MAX_JOBS 4096

/* The most targets of --status. */
#define OPTIONS_MAX_STATUS 8

/* Which way of moving bytes was asked for; the names stand in engine.c. */
enum options_engine {
	OPTIONS_ENGINE_AUTO,
	OPTIONS_ENGINE_MMAP,
	OPTIONS_ENGINE_RW,
	OPTIONS_ENGINE_CFR,
	OPTIONS_ENGINE_CLONE,
	OPTIONS_ENGINE_DIRECT,
	OPTIONS_ENGINES /* how many there are */
};

/* Which symlinks are followed. */
enum options_deref {
	OPTIONS_DEREF_UNSAID,	/* as -r says */
	OPTIONS_DEREF_NEVER,	/* -P, -d, -a */
	OPTIONS_DEREF_OPERANDS, /* -H */
	OPTIONS_DEREF_ALWAYS,	/* -L */
};

/* How the file that stood there is kept (--backup). */
enum options_backup {
	OPTIONS_BACKUP_NONE,
	OPTIONS_BACKUP_SIMPLE,	 /* NAME SUFFIX */
	OPTIONS_BACKUP_NUMBERED, /* NAME.~N~ */
	OPTIONS_BACKUP_EXISTING, /* numbered where there are such, or simple */
};

/* What is kept of a file besides its data (--preserve). */
struct options_preserve {
	bool mode;
	bool ownership;
	bool timestamps;
	bool links;
	bool context; /* said so by name */
	bool xattr;
	bool xattr_required; /* said so by name */
	bool xattr_quiet;    /* -a: not a word where they cannot be had */
	bool no_mode;	     /* --no-preserve=mode: as umask gives it */
};

/* Whether blocks are shared instead of copied (--reflink). */
enum options_reflink {
	OPTIONS_REFLINK_UNSAID, /* but where copying is faster (file_order.h) */
	OPTIONS_REFLINK_AUTO,
	OPTIONS_REFLINK_ALWAYS, /* or it is a failure */
	OPTIONS_REFLINK_NEVER,
};

/* What becomes of zeros and holes (--sparse). */
enum options_sparse {
	OPTIONS_SPARSE_AUTO,   /* holes of a sparse source stay holes */
	OPTIONS_SPARSE_ALWAYS, /* and zeros become holes */
	OPTIONS_SPARSE_NEVER,  /* no holes */
};

/* When an existing file is overwritten. */
enum options_update {
	OPTIONS_UPDATE_ALL,
	OPTIONS_UPDATE_NONE,	  /* never, silently: also -n */
	OPTIONS_UPDATE_NONE_FAIL, /* never, and that is a failure */
	OPTIONS_UPDATE_OLDER,	  /* when it is older than the source: -u */
};

/* When progress is shown (--progress). */
enum options_progress {
	OPTIONS_PROGRESS_AUTO,
	OPTIONS_PROGRESS_ALWAYS,
	OPTIONS_PROGRESS_NEVER,
};

/* In what form what was done is told (--stats). */
enum options_stats {
	OPTIONS_STATS_NONE,
	OPTIONS_STATS_TEXT,
	OPTIONS_STATS_JSON,
};

struct mcp_options {
	const char *target_directory; /* -t, NULL when not given */
	bool no_target_directory;     /* -T */
	bool strip_slashes;	      /* --strip-trailing-slashes */
	bool parents;		      /* --parents */

	bool recursive;			/* -r */
	bool one_file_system;		/* -x */
	bool copy_contents;		/* --copy-contents */
	bool keep_directory_symlink;	/* --keep-directory-symlink */
	enum options_deref dereference; /* -L -H -P; settled by validation */

	bool force;		 /* -f */
	bool ask;		 /* -i */
	bool remove_destination; /* --remove-destination */
	bool no_clobber;	 /* -n, which --update cannot undo, only -i */
	enum options_update update; /* -u, --update; settled by validation */
	bool make_backups;	    /* -b, --backup, -S */
	const char *backup_word;    /* --backup=CONTROL, NULL when not given */
	enum options_backup backup; /* what these mean, and the environment */
	const char *backup_suffix;  /* -S, or from the environment */

	bool hard_link;			  /* -l */
	bool symbolic_link;		  /* -s */
	bool attributes_only;		  /* --attributes-only */
	struct options_preserve preserve; /* -p, --preserve, -a, -d */

	enum options_reflink reflink; /* --reflink */
	enum options_sparse sparse;   /* --sparse */

	bool fsync; /* --fsync */

	bool verbose;				/* -v, --debug */
	bool debug;				/* --debug */
	bool quiet;				/* -q */
	enum options_progress progress;		/* -g, --progress */
	enum options_stats stats;		/* --stats */
	const char *status[OPTIONS_MAX_STATUS]; /* --status, each time ... */
	unsigned int status_count;		/* ... so many */
	bool status_files;			/* --status-files */
	const char *watch;	    /* --watch, NULL: this is a copy */
	unsigned int jobs;	    /* -j, 0 when not given */
	uint64_t chunk_size;	    /* --chunk-size, bytes; 0: chosen */
	enum options_engine engine; /* --engine */
	bool warn_context;	    /* --context=CTX, which is ignored */
	bool posixly_correct;	    /* POSIXLY_CORRECT is in the environment */
	/* Which of descriptors 0 to 2 were closed at start, a bit each. */
	unsigned int closed_descriptors;
};

/* What holds when nothing is said. */
struct mcp_options options_defaults(void);

/*
 * Settles what only shows when all settings are known, and checks it. Returns
 * NULL, or what is wrong as a sentence for the user (static, without the
 * program's name).
 */
const char *options_validate(struct mcp_options *options, size_t page_size);

#endif
