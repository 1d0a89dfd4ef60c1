/* SPDX-License-Identifier: MIT */
/*
 * What auto means: which engine serves when nobody asked for one.
 */
#ifndef MCP_ENGINE_AUTO_H
#define MCP_ENGINE_AUTO_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"

/* What the choice depends on. */
struct engine_case {
	uint32_t type;	      /* of the destination's file system (statfs(2)) */
	bool huge_pages;      /* it gives them to mappings that ask */
	bool existing;	      /* the destination was there before */
	unsigned int workers; /* who copy at the same time; 1: this process */
};

/* What CASE's destination DEST is like: fills type and huge_pages. */
void engine_auto_look(struct engine_case *about, int dest);

/*
 * The engines that are best for ABOUT, the best one first: the number of them,
 * at most OPTIONS_ENGINES. The last one is rw, which serves everything.
 */
unsigned int engine_auto_rank(const struct engine_case *about,
			      enum options_engine ranked[OPTIONS_ENGINES]);

/* Why ENGINE is among them, for --debug. */
const char *engine_auto_why(const struct engine_case *about,
			    enum options_engine engine);

#endif
