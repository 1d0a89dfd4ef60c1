/* SPDX-License-Identifier: MIT */
/*
 * How the file that stood there is kept: its other name.
 *
 * Simple backups are NAME and a suffix, numbered ones NAME.~N~ with the next
 * number of the directory, however many digits that has.
 */
#ifndef MCP_BACKUP_H
#define MCP_BACKUP_H

#include <limits.h>
#include <stdbool.h>

#include "err.h"
#include "options.h"

/*
 * Fills in the control that is meant by OPTION, the value of --backup, or else
 * by VARIABLE, that of $VERSION_CONTROL, or else by none of them; each may be
 * NULL or empty. Returns 0, or -1 with the complaint for the user, several
 * lines of malloc'ed text; that is NULL when there is no memory.
 */
int backup_control(const char *option, const char *variable,
		   enum options_backup *control, char **complaint);

/*
 * The suffix that is meant by OPTION, the value of -S, or else by VARIABLE,
 * that of $SIMPLE_BACKUP_SUFFIX; each may be NULL. Returns one of them, or "~".
 */
const char *backup_suffix(const char *option, const char *variable);

struct backup {
	char *name; /* the caller's to free, relative to the same directory */
	/*
	 * Must not be there yet: to be renamed to with RENAME_NOREPLACE, and
	 * should it be there, backup_name is to be asked again. But for a name
	 * that had to be cut short, of which there is only one.
	 */
	bool exclusive;
	bool cut;
	char number[NAME_MAX + 2]; /* digits of the highest in use, "": none */
};

/*
 * Where PATH, relative to DIR or AT_FDCWD, is to be renamed to. CONTROL is not
 * OPTIONS_BACKUP_NONE. Fills BACKUP and returns 0, or -1 with ERR_BACKUP or
 * ERR_MEMORY. Reads the directory unless CONTROL is OPTIONS_BACKUP_SIMPLE.
 *
 * BACKUP->number is "" at first, and when asked again what it was filled with:
 * each number is higher than the last, also where the directory may not be
 * read, or where upper and lower case are one and the names in it look
 * different.
 */
int backup_name(int dir, const char *path, enum options_backup control,
		const char *suffix, struct backup *backup, struct err *err);

#endif
