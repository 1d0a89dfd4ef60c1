/* SPDX-License-Identifier: MIT */
/*
 * What each option sets.
 */
#include "config.h"

#include "cli_set.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "cli_word.h"
#include "engine.h"
#include "status_target.h"
#include "util.h"

/* Complains of VALUE as WORDS, for a %s, say. */
static int refuse(const struct report *report, const char *words,
		  const char *value)
{
	report_usage(report, words, value);
	return -1;
}

static int set_jobs(struct mcp_options *options, const char *value,
		    const struct report *report)
{
	uint64_t jobs;

	if (util_parse_number(value, 1, OPTIONS_MAX_JOBS, &jobs) < 0)
		return refuse(
			report,
			"invalid number of jobs: %s (1 to 4096 are valid)",
			value);
	options->jobs = (unsigned int)jobs;
	return 0;
}

static int set_chunk_size(struct mcp_options *options, const char *value,
			  const struct report *report)
{
	if (util_parse_size(value, &options->chunk_size) < 0 ||
	    options->chunk_size == 0)
		return refuse(report, "invalid chunk size: %s", value);
	return 0;
}

static int set_engine(struct mcp_options *options, const char *value,
		      const struct report *report)
{
	if (engine_by_name(value, &options->engine) < 0)
		return refuse(
			report,
			"unknown engine: %s (auto, mmap, rw, cfr, clone and "
			"direct are known)",
			value);
	return 0;
}

static int set_target(struct mcp_options *options, const char *value,
		      const struct report *report)
{
	if (options->target_directory) {
		report_named(report, 0, "multiple target directories specified",
			     NULL);
		return -1;
	}
	options->target_directory = value;
	return 0;
}

/* -p, and --preserve without a list. */
static void preserve_usual(struct options_preserve *preserve)
{
	preserve->mode = preserve->ownership = preserve->timestamps = true;
	preserve->no_mode = false;
}

static void set_archive(struct mcp_options *options)
{
	options->recursive = true;
	options->dereference = OPTIONS_DEREF_NEVER;
	preserve_usual(&options->preserve);
	options->preserve.links = true;
	options->preserve.xattr = true;
	options->preserve.xattr_quiet = true;
}

/*
 * A target of --status or, for O_RDONLY, --watch. A descriptor is looked at
 * here, before mcp opens any of its own.
 */
static int set_status_target(const char **target, const char *value, int access,
			     const struct report *report)
{
	struct status_target_error error;
	struct status_target parsed;

	if (status_target_parse(value, access, &parsed, &error) < 0) {
		report_named(report, error.errnum, error.words, value);
		return -1;
	}
	*target = value;
	return 0;
}

static int add_status(struct mcp_options *options, const char *value,
		      const struct report *report)
{
	if (options->status_count == OPTIONS_MAX_STATUS)
		return refuse(report, "more than 8 targets of --status: %s",
			      value);
	return set_status_target(&options->status[options->status_count++],
				 value, O_WRONLY, report);
}

/* Options of cp that have a value. */
static int set_valued(struct mcp_options *options, enum option option,
		      const char *value, const struct report *report)
{
	switch (option) {
	case OPTION_PRESERVE:
		if (value)
			return cli_word_preserve(options, value, true, report);
		preserve_usual(&options->preserve);
		return 0;
	case OPTION_NO_PRESERVE:
		return cli_word_preserve(options, value, false, report);
	case OPTION_REFLINK:
	case OPTION_PROGRESS:
		return cli_word_set(options, option, value ? value : "always",
				    report);
	case OPTION_SPARSE:
		return cli_word_set(options, option, value, report);
	case OPTION_BACKUP:
		options->make_backups = true;
		if (value)
			options->backup_word = value;
		return 0;
	case OPTION_SUFFIX:
		options->make_backups = true;
		options->backup_suffix = value;
		return 0;
	case OPTION_CONTEXT:
		options->warn_context |= value != NULL;
		return 0;
	case OPTION_TARGET_DIRECTORY:
		return set_target(options, value, report);
	case OPTION_UPDATE:
		return cli_word_set(options, option, value ? value : "older",
				    report);
	case OPTION_JOBS:
		return set_jobs(options, value, report);
	case OPTION_CHUNK_SIZE:
		return set_chunk_size(options, value, report);
	case OPTION_ENGINE:
		return set_engine(options, value, report);
	case OPTION_STATUS:
		return add_status(options, value, report);
	case OPTION_WATCH:
		return set_status_target(&options->watch, value, O_RDONLY,
					 report);
	case OPTION_STATS:
		return cli_word_set(options, option, value ? value : "text",
				    report);
	default:
		abort(); /* the tables hold no other */
	}
}

/* Options that are one flag, and which. */
static const struct {
	enum option option;
	size_t field; /* of struct mcp_options, a bool */
} flags[] = {
	{ OPTION_ATTRIBUTES_ONLY,
	  offsetof(struct mcp_options, attributes_only) },
	{ OPTION_BACKUP_USUAL, offsetof(struct mcp_options, make_backups) },
	{ OPTION_COPY_CONTENTS, offsetof(struct mcp_options, copy_contents) },
	{ OPTION_FORCE, offsetof(struct mcp_options, force) },
	{ OPTION_FSYNC, offsetof(struct mcp_options, fsync) },
	{ OPTION_KEEP_DIRECTORY_SYMLINK,
	  offsetof(struct mcp_options, keep_directory_symlink) },
	{ OPTION_LINK, offsetof(struct mcp_options, hard_link) },
	{ OPTION_PARENTS, offsetof(struct mcp_options, parents) },
	{ OPTION_RECURSIVE, offsetof(struct mcp_options, recursive) },
	{ OPTION_REMOVE_DESTINATION,
	  offsetof(struct mcp_options, remove_destination) },
	{ OPTION_STATUS_FILES, offsetof(struct mcp_options, status_files) },
	{ OPTION_STRIP_SLASHES, offsetof(struct mcp_options, strip_slashes) },
	{ OPTION_SYMBOLIC_LINK, offsetof(struct mcp_options, symbolic_link) },
	{ OPTION_NO_TARGET_DIRECTORY,
	  offsetof(struct mcp_options, no_target_directory) },
	{ OPTION_QUIET, offsetof(struct mcp_options, quiet) },
	{ OPTION_VERBOSE, offsetof(struct mcp_options, verbose) },
	{ OPTION_ONE_FILE_SYSTEM,
	  offsetof(struct mcp_options, one_file_system) },
};

static bool set_flag(struct mcp_options *options, enum option option)
{
	size_t i;

	for (i = 0; i < UTIL_COUNT(flags); i++) {
		if (flags[i].option == option) {
			*(bool *)((char *)options + flags[i].field) = true;
			return true;
		}
	}
	return false;
}

int cli_set_option(struct mcp_options *options, enum option option,
		   const char *value, const struct report *report)
{
	if (set_flag(options, option))
		return 0;
	switch (option) {
	case OPTION_ARCHIVE:
		set_archive(options);
		break;
	case OPTION_CONTEXT_USUAL:
		break;
	case OPTION_DEBUG:
		options->debug = options->verbose = true;
		break;
	case OPTION_NO_DEREFERENCE_LINKS:
		options->preserve.links = true;
		options->dereference = OPTIONS_DEREF_NEVER;
		break;
	case OPTION_INTERACTIVE:
		options->ask = true;
		options->no_clobber = false;
		break;
	case OPTION_DEREFERENCE_OPERANDS:
		options->dereference = OPTIONS_DEREF_OPERANDS;
		break;
	case OPTION_DEREFERENCE:
		options->dereference = OPTIONS_DEREF_ALWAYS;
		break;
	case OPTION_NO_CLOBBER:
		options->no_clobber = true;
		options->ask = false;
		break;
	case OPTION_NO_DEREFERENCE:
		options->dereference = OPTIONS_DEREF_NEVER;
		break;
	case OPTION_PRESERVE_USUAL:
		preserve_usual(&options->preserve);
		break;
	case OPTION_PROGRESS_ALWAYS:
		options->progress = OPTIONS_PROGRESS_ALWAYS;
		break;
	case OPTION_UPDATE_OLDER:
		options->update = OPTIONS_UPDATE_OLDER;
		break;
	default:
		return set_valued(options, option, value, report);
	}
	return 0;
}
