/* SPDX-License-Identifier: MIT */
/*
 * Every setting of a run, in one place, const once the command line is read.
 */
#include "config.h"

#include "options.h"

struct mcp_options options_defaults(void)
{
	return (struct mcp_options){
		.engine = OPTIONS_ENGINE_AUTO,
	};
}

const char *options_validate(const struct mcp_options *options,
			     size_t page_size)
{
	if (options->jobs > OPTIONS_MAX_JOBS)
		return "invalid number of jobs: more than 4096";
	if (options->chunk_size % page_size != 0)
		return "invalid chunk size: not a multiple of the page size";
	return NULL;
}
