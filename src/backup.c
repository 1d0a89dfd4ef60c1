/* SPDX-License-Identifier: MIT */
/*
 * How the file that stood there is kept: its other name.
 *
 * Numbers are strings of digits without a zero in front, compared by length
 * first and counted up by hand: there is no largest one.
 */
#include "config.h"

#include "backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "choice.h"
#include "util.h"

#define USUAL_SUFFIX "~"

/* In the order of cp's complaint. */
static const struct choice controls[] = {
	{ "none", OPTIONS_BACKUP_NONE },
	{ "off", OPTIONS_BACKUP_NONE },
	{ "simple", OPTIONS_BACKUP_SIMPLE },
	{ "never", OPTIONS_BACKUP_SIMPLE },
	{ "existing", OPTIONS_BACKUP_EXISTING },
	{ "nil", OPTIONS_BACKUP_EXISTING },
	{ "numbered", OPTIONS_BACKUP_NUMBERED },
	{ "t", OPTIONS_BACKUP_NUMBERED },
	{ NULL, 0 },
};

int backup_control(const char *option, const char *variable,
		   enum options_backup *control, char **complaint)
{
	const char *word = option, *named = "backup type";
	enum choice_result result;
	int value;

	if (!word || !*word) {
		word = variable;
		named = "$VERSION_CONTROL";
	}
	if (!word || !*word)
		word = "existing";
	result = choice_find(controls, word, &value);
	if (result != CHOICE_FOUND) {
		*complaint = choice_complaint(controls, result, word, named);
		return -1;
	}
	*control = (enum options_backup)value;
	return 0;
}

const char *backup_suffix(const char *option, const char *variable)
{
	const char *suffix = option ? option : variable;
	const char *slash;

	if (!suffix || !*suffix || *suffix == '/')
		return USUAL_SUFFIX;
	/* It must not lead elsewhere; with slashes at its end it just fails. */
	slash = strchr(suffix, '/');
	if (slash && slash[strspn(slash, "/")] != '\0')
		return USUAL_SUFFIX;
	return suffix;
}

/* PATH taken apart; pointers into it. */
struct parts {
	const char *path;
	size_t dir_length; /* of what is before the last name, slash included */
	const char *name;
	size_t length; /* of the last name, slashes behind it not included */
};

static struct parts take_apart(const char *path)
{
	size_t end = strlen(path), start;

	while (end > 1 && path[end - 1] == '/')
		end--;
	for (start = end; start > 0 && path[start - 1] != '/'; start--)
		;
	return (struct parts){
		.path = path,
		.dir_length = start,
		.name = path + start,
		.length = end - start,
	};
}

/* The digits in ENTRY if it is a numbered backup of PARTS: how many, or 0. */
static size_t digits_of(const struct parts *parts, const char *entry,
			const char **digits)
{
	size_t count;

	if (strncmp(entry, parts->name, parts->length) != 0)
		return 0;
	entry += parts->length;
	if (strncmp(entry, ".~", 2) != 0 || entry[2] == '0')
		return 0;
	*digits = entry + 2;
	count = strspn(*digits, "0123456789");
	return strcmp(*digits + count, "~") == 0 ? count : 0;
}

/* Opens the directory of PARTS for reading; NULL with errno. */
static DIR *open_directory(int dir, const struct parts *parts)
{
	char *path = strndup(parts->path, parts->dir_length);
	DIR *stream = NULL;
	int fd;

	if (!path)
		return NULL;
	fd = openat(dir, *path ? path : ".",
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(path);
	if (fd >= 0)
		stream = fdopendir(fd);
	if (!stream)
		util_close(&fd);
	return stream;
}

/*
 * Raises NUMBER, that of BACKUP, to the highest in the directory, and tells the
 * bytes that a name there may have. One that may not be read has none. Returns
 * 0, or -1 with errno.
 */
static int look_around(int dir, const struct parts *parts,
		       struct backup *backup, size_t *name_max)
{
	DIR *stream = open_directory(dir, parts);
	char *number = backup->number;
	const struct dirent *entry;
	const char *digits;
	size_t count;
	long most;
	int errnum;

	if (!stream)
		return errno == EACCES ? 0 : -1;
	most = fpathconf(dirfd(stream), _PC_NAME_MAX);
	if (most > 0 && most < NAME_MAX)
		*name_max = (size_t)most;
	for (errno = 0; (entry = readdir(stream)); errno = 0) {
		count = digits_of(parts, entry->d_name, &digits);
		/* Not a number of ours: room for one more digit is needed. */
		if (count + 1 >= sizeof(backup->number))
			continue;
		if (count > strlen(number) ||
		    (count > 0 && count == strlen(number) &&
		     strncmp(digits, number, count) > 0)) {
			memcpy(number, digits, count);
			number[count] = '\0';
		}
	}
	errnum = errno;
	closedir(stream);
	errno = errnum;
	return errnum ? -1 : 0;
}

/* Adds one to NUMBER, in place, which has room for one digit more. */
static void count_up(char *number)
{
	size_t length = strlen(number), at = length;

	while (at > 0 && number[at - 1] == '9')
		number[--at] = '0';
	if (at > 0) {
		number[at - 1]++;
		return;
	}
	memmove(number + 1, number, length + 1);
	number[0] = '1';
}

/* The first LENGTH bytes of PARTS's name, where it is, and the three texts. */
static char *compose(const struct parts *parts, size_t length,
		     const char *before, const char *text, const char *after)
{
	size_t head = parts->dir_length + length;
	char *name = malloc(head + strlen(before) + strlen(text) +
			    strlen(after) + 1);

	if (!name)
		return NULL;
	memcpy(name, parts->path, head);
	strcpy(stpcpy(stpcpy(name + head, before), text), after);
	return name;
}

int backup_name(int dir, const char *path, enum options_backup control,
		const char *suffix, struct backup *backup, struct err *err)
{
	const struct parts parts = take_apart(path);
	size_t length = parts.length, name_max = NAME_MAX, digits, added;
	char *number = backup->number;
	bool grows;

	if (control != OPTIONS_BACKUP_SIMPLE &&
	    look_around(dir, &parts, backup, &name_max) < 0)
		return err_set(err, errno == ENOMEM ? ERR_MEMORY : ERR_BACKUP);
	digits = strlen(number);
	backup->exclusive = control == OPTIONS_BACKUP_NUMBERED || digits > 0;
	count_up(number);
	added = backup->exclusive ? strlen(number) + 3 : strlen(suffix);
	/*
	 * A simple backup with too long a name fails when it is renamed to. Of
	 * others that are longer than those that are there cp leaves one byte
	 * unused, and where that is not enough it makes room for a tilde.
	 */
	grows = digits == 0 || strlen(number) > digits;
	backup->cut = control != OPTIONS_BACKUP_SIMPLE && grows &&
		      length + added >= name_max;
	if (backup->cut)
		backup->name = compose(&parts, util_min(length, name_max - 2),
				       "", USUAL_SUFFIX, "");
	else if (backup->exclusive)
		backup->name = compose(&parts, length, ".~", number, "~");
	else
		backup->name = compose(&parts, length, "", suffix, "");
	return backup->name ? 0 : err_set(err, ERR_MEMORY);
}
