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

const char *options_validate(struct mcp_options *options, size_t page_size)
{
	if (options->hard_link && options->symbolic_link)
		return "cannot make both hard and symbolic links";
	if (options->status_files && options->status_count == 0)
		return "--status-files has no meaning without --status";
	if (options->reflink == OPTIONS_REFLINK_ALWAYS &&
	    options->sparse != OPTIONS_SPARSE_AUTO)
		return "--reflink can be used only with --sparse=auto";
	/* Shared blocks would have the holes of the source. */
	if (options->sparse == OPTIONS_SPARSE_NEVER)
		options->reflink = OPTIONS_REFLINK_NEVER;
	if (options->no_clobber)
		options->update = OPTIONS_UPDATE_NONE;
	if (options->make_backups &&
	    (options->update == OPTIONS_UPDATE_NONE ||
	     options->update == OPTIONS_UPDATE_NONE_FAIL))
		return "--backup is mutually exclusive with -n or "
		       "--update=none-fail";
	/* -l -r follows symlinks no more than -r does, to cp's liking. */
	if (options->dereference == OPTIONS_DEREF_UNSAID)
		options->dereference = options->recursive && !options->hard_link
					       ? OPTIONS_DEREF_NEVER
					       : OPTIONS_DEREF_ALWAYS;
	if (options->reflink == OPTIONS_REFLINK_NEVER &&
	    (options->engine == OPTIONS_ENGINE_CFR ||
	     options->engine == OPTIONS_ENGINE_CLONE))
		return "--engine=cfr and --engine=clone may share blocks, "
		       "which --reflink=never and --sparse=never forbid";
	if (options->jobs > OPTIONS_MAX_JOBS)
		return "invalid number of jobs: more than 4096";
	if (options->chunk_size % page_size != 0)
		return "invalid chunk size: not a multiple of the page size";
	return NULL;
}
