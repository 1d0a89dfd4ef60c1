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

/* Which way of moving bytes was asked for; the names stand in engine.c. */
enum options_engine {
	OPTIONS_ENGINE_AUTO,
	OPTIONS_ENGINE_MMAP,
	OPTIONS_ENGINE_RW,
	OPTIONS_ENGINES /* how many there are */
};

struct mcp_options {
	const char *target_directory; /* -t, NULL when not given */
	bool no_target_directory;     /* -T */
	bool force;		      /* -f */
	bool no_clobber;	      /* -n */
	bool verbose;		      /* -v */
	unsigned int jobs;	      /* -j, 0 when not given */
	uint64_t chunk_size;	      /* --chunk-size, bytes; 0: chosen */
	enum options_engine engine;   /* --engine */
	bool posixly_correct; /* POSIXLY_CORRECT is in the environment */
	/* Which of descriptors 0 to 2 were closed at start, a bit each. */
	unsigned int closed_descriptors;
};

/* What holds when nothing is said. */
struct mcp_options options_defaults(void);

/*
 * Checks what only shows when all settings are known. Returns NULL, or what
 * is wrong as a sentence for the user (static, without the program's name).
 */
const char *options_validate(const struct mcp_options *options,
			     size_t page_size);

#endif
