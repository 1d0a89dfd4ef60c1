/* SPDX-License-Identifier: MIT */
/*
 * The tables of options: what cli_norm, popt and --help know of each.
 *
 * cp's come first, in the order of cp's own table, which its messages about
 * abbreviations show; then our own, so that an abbreviation that means
 * something to cp never means something else.
 */
#ifndef MCP_CLI_TABLE_H
#define MCP_CLI_TABLE_H

#include <popt.h>

/* What popt says of an option that it has read. */
enum option {
	OPTION_ARCHIVE = 1,
	OPTION_ATTRIBUTES_ONLY,
	OPTION_BACKUP_USUAL,
	OPTION_BACKUP,
	OPTION_COPY_CONTENTS,
	OPTION_DEBUG,
	OPTION_NO_DEREFERENCE_LINKS,
	OPTION_FORCE,
	OPTION_DEREFERENCE_OPERANDS,
	OPTION_INTERACTIVE,
	OPTION_KEEP_DIRECTORY_SYMLINK,
	OPTION_LINK,
	OPTION_DEREFERENCE,
	OPTION_NO_CLOBBER,
	OPTION_NO_DEREFERENCE,
	OPTION_PRESERVE_USUAL,
	OPTION_PRESERVE,
	OPTION_NO_PRESERVE,
	OPTION_PARENTS,
	OPTION_RECURSIVE,
	OPTION_REFLINK,
	OPTION_REMOVE_DESTINATION,
	OPTION_SPARSE,
	OPTION_STRIP_SLASHES,
	OPTION_SUFFIX,
	OPTION_SYMBOLIC_LINK,
	OPTION_TARGET_DIRECTORY,
	OPTION_NO_TARGET_DIRECTORY,
	OPTION_UPDATE_OLDER,
	OPTION_UPDATE,
	OPTION_VERBOSE,
	OPTION_ONE_FILE_SYSTEM,
	OPTION_CONTEXT_USUAL,
	OPTION_CONTEXT,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_JOBS,
	OPTION_CHUNK_SIZE,
	OPTION_ENGINE,
	OPTION_PROGRESS,
	OPTION_PROGRESS_ALWAYS,
	OPTION_STATS,
	OPTION_STATUS,
	OPTION_STATUS_FILES,
	OPTION_WATCH,
	OPTION_QUIET,
	OPTION_FSYNC,
};

/* Ended by POPT_TABLEEND each. */
extern const struct poptOption cli_table_cp[];
extern const struct poptOption cli_table_own[];
extern const struct poptOption cli_table_backup[];
extern const struct poptOption cli_table_seeing[];

/* All, and NULL. */
extern const struct poptOption *const cli_tables[];

#endif
