/* SPDX-License-Identifier: MIT */
/*
 * The tables of options: what cli_norm, popt and --help know of each.
 */
#include "config.h"

#include "cli_table.h"

#include <stddef.h>

#define OPTIONAL (POPT_ARG_STRING | POPT_ARGFLAG_OPTIONAL)

/* In the order of cp's own table, which shows where one is ambiguous. */
const struct poptOption cli_table_cp[] = {
	{ "archive", 'a', POPT_ARG_NONE, NULL, OPTION_ARCHIVE,
	  "keep all that can be kept: -dR --preserve=all", NULL },
	{ "attributes-only", '\0', POPT_ARG_NONE, NULL, OPTION_ATTRIBUTES_ONLY,
	  "copy the attributes that are kept, and no data", NULL },
	{ "backup", '\0', OPTIONAL, NULL, OPTION_BACKUP,
	  "keep what is replaced under another name, as CONTROL says (below)",
	  "CONTROL" },
	{ NULL, 'b', POPT_ARG_NONE, NULL, OPTION_BACKUP_USUAL,
	  "--backup, as the environment says", NULL },
	{ "copy-contents", '\0', POPT_ARG_NONE, NULL, OPTION_COPY_CONTENTS,
	  "with -r, read FIFOs and devices instead of recreating them", NULL },
	{ "debug", '\0', POPT_ARG_NONE, NULL, OPTION_DEBUG,
	  "say how each file is copied; implies -v", NULL },
	{ NULL, 'd', POPT_ARG_NONE, NULL, OPTION_NO_DEREFERENCE_LINKS,
	  "-P --preserve=links", NULL },
	{ "dereference", 'L', POPT_ARG_NONE, NULL, OPTION_DEREFERENCE,
	  "follow all symbolic links in SOURCE", NULL },
	{ NULL, 'H', POPT_ARG_NONE, NULL, OPTION_DEREFERENCE_OPERANDS,
	  "follow symbolic links that are operands", NULL },
	{ "force", 'f', POPT_ARG_NONE, NULL, OPTION_FORCE,
	  "if a destination file cannot be opened, remove it and try again",
	  NULL },
	{ "interactive", 'i', POPT_ARG_NONE, NULL, OPTION_INTERACTIVE,
	  "ask before a file is overwritten", NULL },
	{ "keep-directory-symlink", '\0', POPT_ARG_NONE, NULL,
	  OPTION_KEEP_DIRECTORY_SYMLINK,
	  "copy into the directory that an existing symbolic link leads to",
	  NULL },
	{ "link", 'l', POPT_ARG_NONE, NULL, OPTION_LINK,
	  "make hard links instead of copies", NULL },
	{ "no-clobber", 'n', POPT_ARG_NONE, NULL, OPTION_NO_CLOBBER,
	  "leave existing files alone, and say nothing", NULL },
	{ "no-dereference", 'P', POPT_ARG_NONE, NULL, OPTION_NO_DEREFERENCE,
	  "copy symbolic links themselves", NULL },
	{ "no-preserve", '\0', POPT_ARG_STRING, NULL, OPTION_NO_PRESERVE,
	  "do not keep what LIST names", "LIST" },
	{ "no-target-directory", 'T', POPT_ARG_NONE, NULL,
	  OPTION_NO_TARGET_DIRECTORY,
	  "DEST is the copy itself, never a directory to put it in", NULL },
	{ "one-file-system", 'x', POPT_ARG_NONE, NULL, OPTION_ONE_FILE_SYSTEM,
	  "stay on the file system of each SOURCE", NULL },
	{ "parents", '\0', POPT_ARG_NONE, NULL, OPTION_PARENTS,
	  "use the whole name of each SOURCE below DIRECTORY, making "
	  "directories as needed",
	  NULL },
	{ NULL, 'p', POPT_ARG_NONE, NULL, OPTION_PRESERVE_USUAL,
	  "--preserve=mode,ownership,timestamps", NULL },
	{ "preserve", '\0', OPTIONAL, NULL, OPTION_PRESERVE,
	  "keep what LIST names: mode, ownership, timestamps, links, xattr, "
	  "all (default: as -p)",
	  "LIST" },
	{ "recursive", 'r', POPT_ARG_NONE, NULL, OPTION_RECURSIVE,
	  "copy directories with all that is in them", NULL },
	{ NULL, 'R', POPT_ARG_NONE, NULL, OPTION_RECURSIVE, "the same", NULL },
	{ "remove-destination", '\0', POPT_ARG_NONE, NULL,
	  OPTION_REMOVE_DESTINATION,
	  "remove each existing file before it is written anew", NULL },
	{ "sparse", '\0', POPT_ARG_STRING, NULL, OPTION_SPARSE,
	  "holes: auto (those of SOURCE, the default), always (blocks of "
	  "zeros, too) or never",
	  "WHEN" },
	{ "reflink", '\0', OPTIONAL, NULL, OPTION_REFLINK,
	  "share blocks instead of copying them: auto (where it can be done; "
	  "the default, but for the smallest), always (default of WHEN) or never",
	  "WHEN" },
	{ "strip-trailing-slashes", '\0', POPT_ARG_NONE, NULL,
	  OPTION_STRIP_SLASHES, "take slashes off the end of each SOURCE",
	  NULL },
	{ "suffix", 'S', POPT_ARG_STRING, NULL, OPTION_SUFFIX,
	  "--backup, with SUFFIX instead of ~", "SUFFIX" },
	{ "symbolic-link", 's', POPT_ARG_NONE, NULL, OPTION_SYMBOLIC_LINK,
	  "make symbolic links instead of copies", NULL },
	{ "target-directory", 't', POPT_ARG_STRING, NULL,
	  OPTION_TARGET_DIRECTORY, "copy every SOURCE into DIRECTORY",
	  "DIRECTORY" },
	{ NULL, 'u', POPT_ARG_NONE, NULL, OPTION_UPDATE_OLDER, "--update=older",
	  NULL },
	{ "update", '\0', OPTIONAL, NULL, OPTION_UPDATE,
	  "overwrite existing files: all; none; none-fail, and fail; older "
	  "(default), those that are older than SOURCE",
	  "WHICH" },
	{ "verbose", 'v', POPT_ARG_NONE, NULL, OPTION_VERBOSE,
	  "say what is copied where", NULL },
	{ NULL, 'Z', POPT_ARG_NONE, NULL, OPTION_CONTEXT_USUAL,
	  "accepted for SELinux, which mcp knows nothing of", NULL },
	{ "context", '\0', OPTIONAL, NULL, OPTION_CONTEXT,
	  "the same; warns that a CTX is ignored", "CTX" },
	{ "help", '\0', POPT_ARG_NONE, NULL, OPTION_HELP,
	  "show this help and exit", NULL },
	{ "version", '\0', POPT_ARG_NONE, NULL, OPTION_VERSION,
	  "show the version and exit", NULL },
	POPT_TABLEEND
};

const struct poptOption cli_table_own[] = {
	{ "jobs", 'j', POPT_ARG_STRING, NULL, OPTION_JOBS,
	  "copy large files and trees with N worker processes (1 to 4096; 1: "
	  "without any; default: one for each CPU that mcp may use)",
	  "N" },
	{ "chunk-size", '\0', POPT_ARG_STRING, NULL, OPTION_CHUNK_SIZE,
	  "split large files into pieces of SIZE, a multiple of the page size "
	  "(default: several for each worker)",
	  "SIZE" },
	{ "engine", '\0', POPT_ARG_STRING, NULL, OPTION_ENGINE,
	  "move the bytes by NAME: mmap (memory to memory), rw (read and "
	  "write), cfr (the kernel copies), clone (blocks are shared), "
	  "direct (past the page cache) or auto (the default: what suits the "
	  "file)",
	  "NAME" },
	POPT_TABLEEND
};

const struct poptOption cli_table_seeing[] = {
	{ NULL, 'g', POPT_ARG_NONE, NULL, OPTION_PROGRESS_ALWAYS,
	  "--progress=always", NULL },
	{ "progress", '\0', OPTIONAL, NULL, OPTION_PROGRESS,
	  "show how far it is: auto (on a terminal, when it takes longer than "
	  "a second), always (default of WHEN) or never",
	  "WHEN" },
	{ "quiet", 'q', POPT_ARG_NONE, NULL, OPTION_QUIET,
	  "show no progress and no warnings", NULL },
	{ "status", '\0', POPT_ARG_STRING, NULL, OPTION_STATUS,
	  "tell what is being done as lines of JSON to TARGET: a file (it is "
	  "appended to), a FIFO, fd:N, or unix:PATH, a socket for readers; may be repeated",
	  "TARGET" },
	{ "status-files", '\0', POPT_ARG_NONE, NULL, OPTION_STATUS_FILES,
	  "with --status, tell of each file, too", NULL },
	{ "watch", '\0', POPT_ARG_STRING, NULL, OPTION_WATCH,
	  "copy nothing; show the progress of the copy that tells TARGET",
	  "TARGET" },
	{ "stats", '\0', OPTIONAL, NULL, OPTION_STATS,
	  "tell at the end what was done: as text (default) on standard error, "
	  "or as json on standard output",
	  "FORM" },
	POPT_TABLEEND
};

const struct poptOption cli_table_backup[] = {
	{ "fsync", '\0', POPT_ARG_NONE, NULL, OPTION_FSYNC,
	  "end only when every file and directory is on the disk", NULL },
	POPT_TABLEEND
};

const struct poptOption *const cli_tables[] = { cli_table_cp, cli_table_own,
						cli_table_seeing,
						cli_table_backup, NULL };
