/* SPDX-License-Identifier: MIT */
/*
 * What mcp says of a failure: cp's words where it has any, with names quoted as
 * it quotes them.
 */
#include "config.h"

#include "phrase.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "quote.h"
#include "util.h"

enum names {
	NAME_NONE,
	NAME_SOURCE,
	NAME_DEST,
	NAME_DEST_BARE, /* quoted only where it must be */
	NAME_SOURCE_DEST,
	NAME_DEST_SOURCE,
};

/* What each operation is called when it fails. */
static const struct {
	const char *words; /* a %s for each name */
	enum names names;
} phrases[] = {
	[ERR_STAT_SOURCE] = { "cannot stat %s", NAME_SOURCE },
	[ERR_OPEN_SOURCE] = { "cannot open %s for reading", NAME_SOURCE },
	[ERR_FSTAT_SOURCE] = { "cannot fstat %s", NAME_SOURCE },
	[ERR_READ] = { "error reading %s", NAME_SOURCE },
	[ERR_SOURCE_REPLACED] = { "skipping file %s, as it was replaced "
				  "while being copied",
				  NAME_SOURCE },
	[ERR_SOURCE_SHRANK] = { "error reading %s: source changed: it is "
				"shorter than when it was opened",
				NAME_SOURCE },
	[ERR_STAT_DEST] = { "cannot stat %s", NAME_DEST },
	[ERR_CREATE] = { "cannot create regular file %s", NAME_DEST },
	[ERR_FSTAT_DEST] = { "cannot fstat %s", NAME_DEST },
	[ERR_WRITE] = { "error writing %s", NAME_DEST },
	[ERR_CLOSE_DEST] = { "failed to close %s", NAME_DEST },
	[ERR_REMOVE_DEST] = { "cannot remove %s", NAME_DEST },
	[ERR_DEST_REPLACED] = { "not overwriting %s, as it was replaced "
				"while being copied",
				NAME_DEST },
	[ERR_SAME_FILE] = { "%s and %s are the same file", NAME_SOURCE_DEST },
	[ERR_OMIT_DIRECTORY] = { "-r not specified; omitting directory %s",
				 NAME_SOURCE },
	[ERR_DIRECTORY_DEST] = { "cannot overwrite directory %s with "
				 "non-directory %s",
				 NAME_DEST_SOURCE },
	[ERR_DANGLING_LINK] = { "not writing through dangling symlink %s",
				NAME_DEST },
	[ERR_JUST_CREATED] = { "will not overwrite just-created %s with %s",
			       NAME_DEST_SOURCE },
	[ERR_FILE_DEST] = { "cannot overwrite non-directory %s with "
			    "directory %s",
			    NAME_DEST_SOURCE },
	[ERR_FOREIGN_LINK] = { "not writing through symlink %s of another user",
			       NAME_DEST },
	[ERR_NOT_REPLACING] = { "not replacing %s", NAME_DEST },
	[ERR_READ_LINK] = { "cannot read symbolic link %s", NAME_SOURCE },
	[ERR_SYMLINK] = { "cannot create symbolic link %s", NAME_DEST },
	[ERR_SYMLINK_TO] = { "cannot create symbolic link %s to %s",
			     NAME_DEST_SOURCE },
	[ERR_RELATIVE_LINK] = { "%s: can make relative symbolic links only in "
				"current directory",
				NAME_DEST_BARE },
	[ERR_HARD_LINK] = { "cannot create hard link %s to %s",
			    NAME_DEST_SOURCE },
	[ERR_FIFO] = { "cannot create fifo %s", NAME_DEST },
	[ERR_SPECIAL] = { "cannot create special file %s", NAME_DEST },
	[ERR_UNKNOWN_TYPE] = { "%s has unknown file type", NAME_SOURCE },
	[ERR_MKDIR] = { "cannot create directory %s", NAME_DEST },
	[ERR_ACCESS] = { "cannot access %s", NAME_SOURCE },
	[ERR_CYCLE] = { "cannot copy cyclic symbolic link %s", NAME_SOURCE },
	[ERR_DIRECTORY_LINK] = { "will not create hard link %s to directory %s",
				 NAME_DEST_SOURCE },
	[ERR_INTO_ITSELF] = { "cannot copy a directory, %s, into itself, %s",
			      NAME_SOURCE_DEST },
	[ERR_CLONE] = { "failed to clone %s from %s", NAME_DEST_SOURCE },
	[ERR_BACKUP] = { "cannot backup %s", NAME_DEST },
	[ERR_BACKUP_SOURCE] = { "backing up %s might destroy source;  %s not "
				"copied",
				NAME_DEST_SOURCE },
	[ERR_ENGINE] = { "the engine asked for cannot copy %s to %s",
			 NAME_SOURCE_DEST },
	[ERR_WORKER_DIED] = { "error copying %s to %s: two workers died at it",
			      NAME_SOURCE_DEST },
	[ERR_BATCH_DIED] = { "error copying %s to %s: the worker at it died",
			     NAME_SOURCE_DEST },
	[ERR_MEMORY] = { "error copying %s to %s: memory exhausted",
			 NAME_SOURCE_DEST },
	[ERR_PRESERVE_TIMES] = { "preserving times for %s", NAME_DEST },
	[ERR_PRESERVE_OWNER] = { "failed to preserve ownership for %s",
				 NAME_DEST },
	[ERR_CLEAR_PERMISSIONS] = { "clearing permissions for %s", NAME_DEST },
	[ERR_READ_PERMISSIONS] = { "%s", NAME_SOURCE },
	[ERR_PRESERVE_PERMISSIONS] = { "preserving permissions for %s",
				       NAME_DEST },
	[ERR_SET_PERMISSIONS] = { "setting permissions for %s", NAME_DEST },
	[ERR_LIST_ATTRIBUTES] = { "listing attributes of %s", NAME_SOURCE },
	[ERR_GET_ATTRIBUTE] = { "getting attribute %s of %s",
				NAME_DEST_SOURCE },
	[ERR_SET_ATTRIBUTE] = { "setting attribute %s for %s",
				NAME_SOURCE_DEST },
	[ERR_SET_ATTRIBUTES] = { "setting attributes for %s", NAME_DEST },
	[ERR_JUST_CREATED_LINK] = { "will not copy %s through just-created "
				    "symlink %s",
				    NAME_SOURCE_DEST },
	[ERR_UNBACKUP] = { "cannot un-backup %s", NAME_DEST },
	[ERR_PARENT_STAT_SOURCE] = { "failed to get attributes of %s",
				     NAME_SOURCE },
	[ERR_PARENT_STAT_DEST] = { "failed to get attributes of %s",
				   NAME_DEST },
	[ERR_MAKE_DIRECTORY] = { "cannot make directory %s", NAME_DEST },
	[ERR_NO_DIRECTORY] = { "%s exists but is not a directory", NAME_DEST },
	[ERR_PARENT_TIMES] = { "failed to preserve times for %s", NAME_DEST },
	[ERR_PARENT_OWNER] = { "failed to preserve ownership for %s",
			       NAME_DEST },
	[ERR_PARENT_MODE] = { "failed to preserve permissions for %s",
			      NAME_DEST },
	[ERR_REMOVE_HIDDEN] = { "cannot remove a temporary file beside %s",
				NAME_DEST },
	[ERR_FSYNC] = { "fsync failed for %s", NAME_DEST },
};

_Static_assert(UTIL_COUNT(phrases) == ERR_OPS, "every operation has its words");

/*
 * FORMAT, one of ours with a %s for FIRST and SECOND, with these quoted by
 * QUOTE. malloc'ed, or NULL.
 */
static char *compose_with(char *(*quote)(const char *), const char *format,
			  const char *first, const char *second)
{
	char *quoted[2] = { quote(first), quote(second) };
	char *words = NULL;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	if (!quoted[0] || !quoted[1] ||
	    asprintf(&words, format, quoted[0], quoted[1]) < 0)
		words = NULL;
#pragma GCC diagnostic pop
	free(quoted[0]);
	free(quoted[1]);
	return words;
}

char *phrase_compose(const char *format, const char *first, const char *second)
{
	return compose_with(quote_always, format, first, second);
}

char *phrase_failure(const struct err *err, const char *source,
		     const char *dest, struct err_told *parts)
{
	enum names names = phrases[err->op].names;
	bool dest_first = names == NAME_DEST || names == NAME_DEST_BARE ||
			  names == NAME_DEST_SOURCE;
	bool died = err->op == ERR_WORKER_DIED || err->op == ERR_BATCH_DIED;

	*parts = (struct err_told){
		.operation = err_op_name(err->op),
		.name = names == NAME_NONE ? NULL
			: dest_first	   ? dest
					   : source,
		.errnum = died ? 0 : err->errnum,
		.signal = died ? err->errnum : 0,
	};
	return compose_with(names == NAME_DEST_BARE ? quote_if_needed
						    : quote_always,
			    phrases[err->op].words, dest_first ? dest : source,
			    dest_first ? source : dest);
}
