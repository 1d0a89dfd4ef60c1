/* SPDX-License-Identifier: MIT */
/*
 * test_meta: what is preserved, in which order, and what is said of the rest.
 *
 * Where a source of another owner or time is needed, its struct stat is made
 * up; nobody looks at the file for what that says. Attributes and ACLs are
 * real ones. What is expected is what cp 9.1 was seen to do.
 */
#include "config.h"

#include "meta.h"

#include <acl/libacl.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/acl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ACCESS_ACL "system.posix_acl_access"
#define DEFAULT_ACL "system.posix_acl_default"

/* Skips the test, saying WHY, if NOT. */
#define REQUIRE(why, yes)      \
 do {                          \
  if (!(yes)) {                \
   print_message("%s\n", why); \
   skip();                     \
  }                            \
 } while (0)

#define REQUIRE_ROOT() REQUIRE("needs root", geteuid() == 0)
#define REQUIRE_USER() REQUIRE("root may do it all", geteuid() != 0)

/* A directory for each test, in which it works. */

static char scratch[1024];
static int home = -1;
static struct meta *meta;

/* What was noted. */
static struct {
	struct err err;
	char attribute[XATTR_NAME_MAX + 1];
	bool fails;
} notes[64];
static size_t note_count;

static int enter_scratch(void **state)
{
	const char *top = getenv("TMPDIR");

	(void)state;
	umask(022);
	meta = meta_new();
	note_count = 0;
	snprintf(scratch, sizeof(scratch), "%s/test_meta.XXXXXX",
		 top ? top : "/tmp");
	home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return !meta || home < 0 || !mkdtemp(scratch) || chdir(scratch) < 0 ? -1
									    : 0;
}

static int leave_scratch(void **state)
{
	(void)state;
	meta_free(meta);
	if (setenv("SCRATCH", scratch, 1) < 0 || fchdir(home) < 0)
		return -1;
	close(home);
	umount2(strcat(strcpy((char[1100]){ 0 }, scratch), "/other"),
		MNT_DETACH);
	return system("chmod -R u+rwx \"$SCRATCH\" && rm -rf \"$SCRATCH\"");
}

/* Mounts are gone with the process. */
static int leave_mount_namespace(void **state)
{
	(void)state;
	if (geteuid() == 0 && unshare(CLONE_NEWNS) == 0)
		mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL);
	return 0;
}

/* A file system on "other" that has neither attributes nor ACLs. */
static bool mount_poor(void)
{
	return geteuid() == 0 && mkdir("other", 0755) == 0 &&
	       mount("none", "other", "ramfs", 0, NULL) == 0;
}

/* Files */

static struct stat stat_of(const char *name)
{
	struct stat st;

	assert_int_equal(lstat(name, &st), 0);
	return st;
}

static mode_t mode_of(const char *name)
{
	return stat_of(name).st_mode & 07777;
}

static void make_file(const char *name, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void make_dir(const char *name, mode_t mode)
{
	assert_int_equal(mkdir(name, 0700), 0);
	assert_int_equal(chmod(name, mode), 0);
}

static bool set_attr(const char *name, const char *attribute, const char *value)
{
	return lsetxattr(name, attribute, value, strlen(value), 0) == 0;
}

/* The value of ATTRIBUTE, or NULL. */
static const char *attr(const char *name, const char *attribute)
{
	static char values[4][XATTR_SIZE_MAX + 1];
	static unsigned int next;
	char *value = values[next++ % COUNT(values)];
	ssize_t length = lgetxattr(name, attribute, value, XATTR_SIZE_MAX);

	if (length < 0)
		return NULL;
	value[length] = '\0';
	return value;
}

static bool has_attrs(void)
{
	int fd = open(".", O_RDONLY | O_CLOEXEC);
	bool has = fsetxattr(fd, "user.test", "1", 1, 0) == 0;

	fremovexattr(fd, "user.test");
	close(fd);
	return has;
}

static bool set_acl(const char *name, acl_type_t type, const char *text)
{
	acl_t acl = acl_from_text(text);
	bool done = acl && acl_set_file(name, type, acl) == 0;

	acl_free(acl);
	return done;
}

static void check_acl(const char *name, acl_type_t type, const char *expected)
{
	acl_t acl = acl_get_file(name, type);
	char *text = acl ? acl_to_any_text(acl, NULL, ',',
					   TEXT_ABBREVIATE | TEXT_NUMERIC_IDS)
			 : NULL;

	assert_non_null(text);
	assert_string_equal(text, expected);
	acl_free(text);
	acl_free(acl);
}

#define SOME_ACL "u::rw-,u:1:rwx,g::r--,m::rwx,o::---"
#define HEIR_ACL "u::rwx,u:2:rwx,g::r-x,m::rwx,o::r-x"

static bool has_acls(void)
{
	bool has = mkdir("acl", 0700) == 0 &&
		   set_acl("acl", ACL_TYPE_DEFAULT, HEIR_ACL) &&
		   set_acl("acl", ACL_TYPE_ACCESS, HEIR_ACL);

	return rmdir("acl") == 0 && has;
}

/* Copying */

static void take_note(void *arg, const struct meta_note *note)
{
	(void)arg;
	assert_true(note_count < COUNT(notes));
	notes[note_count].err = note->err;
	notes[note_count].fails = note->fails;
	snprintf(notes[note_count].attribute, sizeof(notes[0].attribute), "%s",
		 note->attribute ? note->attribute : "");
	note_count++;
}

static void check_note(size_t index, enum err_op op, int errnum,
		       const char *attribute, bool fails)
{
	assert_true(index < note_count);
	assert_int_equal(notes[index].err.op, op);
	assert_int_equal(notes[index].err.errnum, errnum);
	assert_string_equal(notes[index].attribute, attribute);
	assert_int_equal(notes[index].fails, fails);
}

static const struct meta_listener listener = { .note = take_note };

static struct meta_file by_name(const char *name)
{
	return (struct meta_file){ .fd = -1, .dir = AT_FDCWD, .name = name };
}

static int apply(const struct meta_wants *wants,
		 const struct meta_source *source, const struct meta_dest *dest)
{
	int result;

	note_count = 0;
	result = meta_apply(meta, wants, source, dest, &listener);
	for (size_t i = 0; i < note_count; i++)
		if (notes[i].fails)
			assert_int_equal(result, -1);
	return result;
}

static bool is_openable(mode_t mode)
{
	return S_ISREG(mode) || S_ISDIR(mode);
}

/* What copy_new says that a directory was lent. */
static mode_t lent;

/*
 * Makes NEW of SOURCE as a copy would: created with the mode for it, then
 * meta_apply. The source's state is ST, if that is not NULL.
 */
static int copy_new(const struct meta_wants *wants, const char *source,
		    const struct stat *st, const char *new)
{
	const struct stat real = stat_of(source);
	struct meta_source from = { .file = by_name(source),
				    .st = st ? st : &real };
	struct meta_dest to = { .file = by_name(new),
				.is_new = true,
				.lent = lent };
	mode_t mode = meta_create_mode(meta, wants, from.st->st_mode, false);
	int result;

	if (S_ISREG(real.st_mode)) {
		to.file.fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
				  mode);
		assert_true(to.file.fd >= 0);
	} else if (S_ISDIR(real.st_mode)) {
		assert_int_equal(mkdir(new, mode), 0);
		to.file.fd = open(new, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(to.file.fd >= 0);
	} else if (S_ISLNK(real.st_mode)) {
		assert_int_equal(symlink("nowhere", new), 0);
	} else {
		assert_int_equal(mknod(new, (real.st_mode & S_IFMT) | mode,
				       real.st_rdev),
				 0);
	}
	if (is_openable(real.st_mode)) {
		from.file.fd = open(source, O_RDONLY | O_CLOEXEC);
		assert_true(from.file.fd >= 0);
	}
	result = apply(wants, &from, &to);
	if (is_openable(real.st_mode)) {
		close(from.file.fd);
		close(to.file.fd);
	}
	return result;
}

/* The same to OLD, which is there and is opened with FLAGS. */
static int copy_over_with(int flags, const struct meta_wants *wants,
			  const char *source, const struct stat *st,
			  const char *old)
{
	const struct stat real = stat_of(source);
	struct meta_source from = {
		.file = { .fd = open(source, O_RDONLY | O_CLOEXEC) },
		.st = st ? st : &real,
	};
	struct meta_dest to = {
		.file = { .fd = open(old, flags | O_CLOEXEC) },
	};
	int result;

	assert_true(from.file.fd >= 0 && to.file.fd >= 0);
	result = apply(wants, &from, &to);
	close(from.file.fd);
	close(to.file.fd);
	return result;
}

static int copy_over(const struct meta_wants *wants, const char *source,
		     const struct stat *st, const char *old)
{
	return copy_over_with(O_WRONLY, wants, source, st, old);
}

static int copy_over_dir(const struct meta_wants *wants, const char *source,
			 const struct stat *st, const char *old)
{
	return copy_over_with(O_RDONLY | O_DIRECTORY, wants, source, st, old);
}

/* cp's options */
static const struct meta_wants nothing = { .mode = false };
static const struct meta_wants mode_only = { .mode = true };
static const struct meta_wants owner_only = { .ownership = true };
static const struct meta_wants times_only = { .timestamps = true };
static const struct meta_wants no_mode = { .no_mode = true };
static const struct meta_wants usual = { .mode = true,
					 .ownership = true,
					 .timestamps = true };
static const struct meta_wants archive = { .mode = true,
					   .ownership = true,
					   .timestamps = true,
					   .xattr = true,
					   .xattr_quiet = true };
static const struct meta_wants all = { .mode = true,
				       .ownership = true,
				       .timestamps = true,
				       .xattr = true };
static const struct meta_wants attrs_only = { .xattr = true,
					      .xattr_required = true };

/* Creating */

static void new_files_are_closed_until_they_have_their_owner(void **state)
{
	const bool root = geteuid() == 0;
	/* Without privileges attributes need a bit to be set by. */
	const mode_t write_bit = root ? 0 : 0200;
	const struct {
		const struct meta_wants *wants;
		mode_t source;
		bool owned;
		mode_t mode;
	} cases[] = {
		{ &nothing, S_IFREG | 0644, false, 0644 },
		{ &nothing, S_IFREG | 07777, false, 0777 },
		{ &nothing, S_IFDIR | 0555, false, 0755 },
		{ &nothing, S_IFDIR | 01777, false, 01755 },
		{ &nothing, S_IFIFO | 04640, false, 04640 },
		{ &mode_only, S_IFREG | 06755, false, 0755 },
		{ &mode_only, S_IFDIR | 01777, false, 01755 },
		{ &owner_only, S_IFREG | 0644, false, 0600 },
		{ &owner_only, S_IFREG | 0644, true, 0600 },
		{ &usual, S_IFREG | 06755, false, 0700 },
		{ &usual, S_IFREG | 06755, true, 0755 },
		{ &usual, S_IFDIR | 0555, false, 0700 },
		{ &usual, S_IFREG | 0664, true, 0644 },
		{ &usual, S_IFREG | 0640, true, 0600 },
		{ &usual, S_IFDIR | 0775, true, 0700 },
		{ &usual, S_IFCHR | 06666, false, 06600 },
		{ &archive, S_IFREG | 0444, false, 0400 | write_bit },
		{ &attrs_only, S_IFREG | 0444, false, 0444 | write_bit },
		{ &attrs_only, S_IFIFO | 0444, false, 0444 },
		{ &times_only, S_IFREG | 0640, false, 0640 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(meta_create_mode(meta, cases[i].wants,
						  cases[i].source,
						  cases[i].owned),
				 cases[i].mode);
}

static void with_nothing_to_preserve_nothing_is_touched(void **state)
{
	const struct timespec old[2] = { { 1, 0 }, { 1, 0 } };

	(void)state;
	make_file("s", 0664);
	if (has_attrs())
		assert_true(set_attr("s", "user.a", "1"));
	assert_int_equal(utimensat(AT_FDCWD, "s", old, 0), 0);
	assert_int_equal(copy_new(&nothing, "s", NULL, "d"), 0);
	assert_int_equal(note_count, 0);
	assert_int_equal(mode_of("d"), 0644);
	assert_null(attr("d", "user.a"));
	assert_true(stat_of("d").st_mtime > 1);
	make_file("e", 0600);
	assert_int_equal(copy_over(&nothing, "s", NULL, "e"), 0);
	assert_int_equal(mode_of("e"), 0600);
}

static void a_directory_loses_what_it_was_lent(void **state)
{
	(void)state;
	make_dir("s", 0555);
	assert_int_equal(copy_new(&nothing, "s", NULL, "d"), 0);
	assert_int_equal(mode_of("d"), 0555);
	assert_int_equal(copy_new(&times_only, "s", NULL, "e"), 0);
	assert_int_equal(mode_of("e"), 0555);
	assert_int_equal(copy_new(&owner_only, "s", NULL, "f"), 0);
	assert_int_equal(mode_of("f"), 0555);
	make_dir("t", 0755);
	lent = 0200;
	assert_int_equal(copy_new(&nothing, "t", NULL, "g"), 0);
	lent = 0;
	assert_int_equal(mode_of("g"), 0555);
}

static void what_was_withheld_is_granted_as_umask_says(void **state)
{
	(void)state;
	make_file("s", 0666);
	make_dir("t", 0777);
	assert_int_equal(copy_new(&owner_only, "s", NULL, "d"), 0);
	assert_int_equal(mode_of("d"), 0644);
	assert_int_equal(copy_new(&owner_only, "t", NULL, "e"), 0);
	assert_int_equal(mode_of("e"), 0755);
	meta_free(meta);
	umask(002);
	meta = meta_new();
	assert_non_null(meta);
	assert_int_equal(copy_new(&nothing, "t", NULL, "f"), 0);
	assert_int_equal(mode_of("f"), 0775);
	assert_int_equal(copy_new(&owner_only, "t", NULL, "g"), 0);
	assert_int_equal(mode_of("g"), 0775);
}

/* Mode */

static void the_mode_is_preserved_to_the_last_bit(void **state)
{
	static const mode_t modes[] = { 0,     0600,  0644,  0777,  0444, 0007,
					01755, 02755, 04755, 07777, 07000 };
	char name[16];

	(void)state;
	make_file("s", 0600);
	for (size_t i = 0; i < COUNT(modes); i++) {
		struct stat st = stat_of("s");

		st.st_mode = S_IFREG | modes[i];
		snprintf(name, sizeof(name), "d%zu", i);
		assert_int_equal(copy_new(&mode_only, "s", &st, name), 0);
		assert_int_equal(mode_of(name), modes[i]);
		snprintf(name, sizeof(name), "e%zu", i);
		assert_int_equal(copy_new(&archive, "s", &st, name), 0);
		assert_int_equal(mode_of(name), modes[i]);
		snprintf(name, sizeof(name), "o%zu", i);
		make_file(name, 0777);
		assert_int_equal(copy_over(&usual, "s", &st, name), 0);
		assert_int_equal(mode_of(name), modes[i]);
	}
	assert_int_equal(note_count, 0);
}

/* cp before 9.2 left them where the source had none; newer ones do not. */
static void old_set_id_bits_do_not_survive(void **state)
{
	(void)state;
	make_file("s", 0644);
	make_file("d", 07755);
	assert_int_equal(copy_over(&mode_only, "s", NULL, "d"), 0);
	assert_int_equal(mode_of("d"), 0644);
}

/* With the mode a directory gets the bits of its source, and no others. */
static void an_inherited_set_gid_bit_stays_unless_modes_are_kept(void **state)
{
	struct stat st;

	(void)state;
	make_dir("top", 02755);
	make_dir("s", 0755);
	assert_int_equal(copy_new(&nothing, "s", NULL, "top/a"), 0);
	REQUIRE("set-gid is not inherited here", mode_of("top/a") & S_ISGID);
	assert_int_equal(mode_of("top/a"), 02755);
	assert_int_equal(copy_new(&no_mode, "s", NULL, "top/b"), 0);
	assert_int_equal(mode_of("top/b"), 02755);
	assert_int_equal(copy_new(&owner_only, "s", NULL, "top/c"), 0);
	assert_int_equal(mode_of("top/c"), 02755);
	assert_int_equal(copy_new(&usual, "s", NULL, "top/d"), 0);
	assert_int_equal(mode_of("top/d"), 0755);
	assert_int_equal(chmod("top/d", 02700), 0);
	st = stat_of("s");
	st.st_uid++;
	assert_int_equal(copy_over_dir(&usual, "s", &st, "top/d"), 0);
	assert_int_equal(mode_of("top/d"), 0755);
	assert_int_equal(chmod("s", 01755), 0);
	assert_int_equal(copy_over_dir(&usual, "s", NULL, "top/d"), 0);
	assert_int_equal(mode_of("top/d"), 01755);
	assert_int_equal(copy_new(&usual, "s", NULL, "top/e"), 0);
	assert_int_equal(mode_of("top/e"), 01755);
}

static void no_mode_means_as_if_it_were_not_known(void **state)
{
	struct meta_wants wants = archive;

	(void)state;
	make_file("s", 04751);
	make_dir("t", 0700);
	make_file("old", 0640);
	assert_int_equal(copy_new(&no_mode, "s", NULL, "d"), 0);
	assert_int_equal(mode_of("d"), 0644);
	assert_int_equal(copy_new(&no_mode, "t", NULL, "e"), 0);
	assert_int_equal(mode_of("e"), 0755);
	wants.mode = false;
	wants.no_mode = true;
	assert_int_equal(copy_new(&wants, "s", NULL, "f"), 0);
	assert_int_equal(mode_of("f"), 0644);
	/* What is there keeps its own. */
	assert_int_equal(copy_over(&no_mode, "s", NULL, "old"), 0);
	assert_int_equal(mode_of("old"), 0640);
	/* --no-preserve=mode -p */
	wants.mode = true;
	assert_int_equal(copy_new(&wants, "s", NULL, "g"), 0);
	assert_int_equal(mode_of("g"), 04751);
}

static void a_mode_that_is_right_already_stays(void **state)
{
	struct stat st, now;
	struct meta_source from = { .st = &st };
	/* As it is not touched, nobody notices that it is not there. */
	struct meta_dest to = { .file = { .fd = 9999 },
				.is_new = true,
				.no_acl = true,
				.now = &now };

	(void)state;
	make_file("s", 0640);
	st = now = stat_of("s");
	from.file.fd = open("s", O_RDONLY | O_CLOEXEC);
	assert_int_equal(apply(&mode_only, &from, &to), 0);
	assert_int_equal(note_count, 0);
	now.st_mode = S_IFREG | 0600;
	assert_int_equal(apply(&mode_only, &from, &to), -1);
	check_note(0, ERR_PRESERVE_PERMISSIONS, EBADF, "", true);
	close(from.file.fd);
}

/* Times */

static void times_are_preserved_to_the_nanosecond(void **state)
{
	const struct timespec times[2] = { { 1000000001, 123456789 },
					   { 1000000002, 987654321 } };
	struct stat source, st;

	(void)state;
	make_file("s", 0600);
	assert_int_equal(utimensat(AT_FDCWD, "s", times, 0), 0);
	source = stat_of("s");
	REQUIRE("times are coarse here",
		source.st_mtim.tv_nsec == times[1].tv_nsec);
	assert_int_equal(copy_new(&times_only, "s", &source, "d"), 0);
	st = stat_of("d");
	assert_int_equal(st.st_mtim.tv_sec, times[1].tv_sec);
	assert_int_equal(st.st_mtim.tv_nsec, times[1].tv_nsec);
	assert_int_equal(st.st_atim.tv_sec, times[0].tv_sec);
	assert_int_equal(st.st_atim.tv_nsec, times[0].tv_nsec);
	make_file("e", 0600);
	assert_int_equal(copy_over(&archive, "s", &source, "e"), 0);
	assert_int_equal(stat_of("e").st_mtim.tv_nsec, times[1].tv_nsec);
}

/* As cp, which starts with the times of an old file and stops there. */
static void an_old_file_of_another_user_is_left_alone(void **state)
{
	const struct stat before = stat_of("/dev/null");

	(void)state;
	REQUIRE_USER();
	make_file("s", 0600);
	assert_int_equal(copy_over(&archive, "s", NULL, "/dev/null"), -1);
	assert_int_equal(note_count, 1);
	check_note(0, ERR_PRESERVE_TIMES, EPERM, "", true);
	assert_int_equal(copy_over(&mode_only, "s", NULL, "/dev/null"), -1);
	assert_int_equal(note_count, 1);
	check_note(0, ERR_PRESERVE_PERMISSIONS, EPERM, "", true);
	assert_int_equal(copy_over(&owner_only, "s", NULL, "/dev/null"), 0);
	assert_int_equal(note_count, 0);
	assert_int_equal(stat_of("/dev/null").st_mode, before.st_mode);
}

/* Owner */

static void root_gives_files_away(void **state)
{
	struct stat st;

	(void)state;
	REQUIRE_ROOT();
	make_file("s", 0600);
	st = stat_of("s");
	st.st_uid = 1234;
	st.st_gid = 4321;
	st.st_mode = S_IFREG | 06755;
	assert_int_equal(copy_new(&usual, "s", &st, "d"), 0);
	assert_int_equal(stat_of("d").st_uid, 1234);
	assert_int_equal(stat_of("d").st_gid, 4321);
	assert_int_equal(mode_of("d"), 06755);
	make_file("e", 0666);
	assert_int_equal(copy_over(&usual, "s", &st, "e"), 0);
	assert_int_equal(stat_of("e").st_uid, 1234);
	assert_int_equal(stat_of("e").st_gid, 4321);
	assert_int_equal(mode_of("e"), 06755);
	make_file("f", 0640);
	assert_int_equal(copy_over(&owner_only, "s", &st, "f"), 0);
	assert_int_equal(stat_of("f").st_uid, 1234);
	assert_int_equal(mode_of("f"), 0640);
	assert_int_equal(note_count, 0);
}

static void a_user_loses_set_id_bits_and_hears_nothing(void **state)
{
	struct stat st;

	(void)state;
	REQUIRE_USER();
	make_file("s", 0600);
	st = stat_of("s");
	st.st_uid = 0;
	st.st_mode = S_IFREG | 07755;
	assert_int_equal(copy_new(&usual, "s", &st, "d"), 0);
	assert_int_equal(note_count, 0);
	assert_int_equal(mode_of("d"), 0755);
	assert_int_equal(stat_of("d").st_uid, geteuid());
	st.st_gid = 0;
	assert_int_equal(copy_new(&usual, "s", &st, "e"), 0);
	assert_int_equal(mode_of("e"), 0755);
	make_file("f", 0600);
	assert_int_equal(copy_over(&usual, "s", &st, "f"), 0);
	assert_int_equal(mode_of("f"), 0755);
	assert_int_equal(copy_new(&owner_only, "s", &st, "g"), 0);
	assert_int_equal(mode_of("g"), 0755);
	/* Where the owner is not asked for, they stay. */
	assert_int_equal(copy_new(&mode_only, "s", &st, "h"), 0);
	assert_int_equal(mode_of("h"), 07755);
	assert_int_equal(note_count, 0);
}

/* Takes CAPABILITY out of the effective set, or puts it back. */
static void set_capability(unsigned int capability, bool on)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { { 0 } };
	uint32_t bit = (uint32_t)1 << (capability % 32);
	uint32_t *effective = &data[capability / 32].effective;

	assert_int_equal(syscall(SYS_capget, &header, data), 0);
	*effective = on ? *effective | bit : *effective & ~bit;
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

static void root_is_told_of_an_owner_that_cannot_be_set(void **state)
{
	struct stat st;

	(void)state;
	REQUIRE_ROOT();
	make_file("s", 0600);
	make_file("old", 0666);
	st = stat_of("s");
	st.st_uid = 1234;
	st.st_mode = S_IFREG | 06755;
	st.st_mtim.tv_sec = 4711;
	set_capability(CAP_CHOWN, false);
	assert_int_equal(copy_new(&archive, "s", &st, "d"), -1);
	set_capability(CAP_CHOWN, true);
	assert_int_equal(note_count, 1);
	check_note(0, ERR_PRESERVE_OWNER, EPERM, "", true);
	/* It has what else is safe to have. */
	assert_int_equal(mode_of("d"), 0700);
	assert_int_equal(stat_of("d").st_mtim.tv_sec, 4711);
	set_capability(CAP_CHOWN, false);
	assert_int_equal(copy_over(&archive, "s", &st, "old"), -1);
	set_capability(CAP_CHOWN, true);
	assert_int_equal(note_count, 1);
	check_note(0, ERR_PRESERVE_OWNER, EPERM, "", true);
	assert_int_equal(mode_of("old"), 0600);
}

/* Attributes */

static void attributes_are_copied_whatever_their_size(void **state)
{
	static char long_value[3001];
	char name[64], value[64];

	(void)state;
	REQUIRE("no user attributes here", has_attrs());
	memset(long_value, 'v', sizeof(long_value) - 1);
	make_file("s", 0444);
	assert_int_equal(chmod("s", 0644), 0);
	assert_true(set_attr("s", "user.empty", ""));
	assert_true(set_attr("s", "user.long", long_value));
	/* More than fits into a first try. */
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "user.a.name.that.is.long.%d", i);
		snprintf(value, sizeof(value), "value %d", i);
		assert_true(set_attr("s", name, value));
	}
	assert_int_equal(chmod("s", 0444), 0);
	assert_int_equal(copy_new(&archive, "s", NULL, "d"), 0);
	assert_string_equal(attr("d", "user.empty"), "");
	assert_string_equal(attr("d", "user.long"), long_value);
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "user.a.name.that.is.long.%d", i);
		snprintf(value, sizeof(value), "value %d", i);
		assert_string_equal(attr("d", name), value);
	}
	assert_int_equal(mode_of("d"), 0444);
	assert_int_equal(copy_new(&attrs_only, "s", NULL, "e"), 0);
	assert_string_equal(attr("e", "user.long"), long_value);
	assert_int_equal(mode_of("e"), 0444);
	assert_int_equal(copy_new(&usual, "s", NULL, "f"), 0);
	assert_null(attr("f", "user.empty"));
	assert_int_equal(note_count, 0);
}

static void directories_have_attributes_too(void **state)
{
	(void)state;
	REQUIRE("no user attributes here", has_attrs());
	make_dir("s", 0755);
	assert_true(set_attr("s", "user.a", "1"));
	assert_int_equal(chmod("s", 0555), 0);
	assert_int_equal(copy_new(&archive, "s", NULL, "d"), 0);
	assert_string_equal(attr("d", "user.a"), "1");
	assert_int_equal(mode_of("d"), 0555);
}

static void the_skip_list_is_honoured(void **state)
{
	(void)state;
	REQUIRE("no user attributes here", has_attrs());
	REQUIRE("no /etc/xattr.conf", access("/etc/xattr.conf", R_OK) == 0);
	make_file("s", 0644);
	assert_true(set_attr("s", "user.Beagle.index", "1"));
	assert_true(set_attr("s", "user.other", "1"));
	assert_int_equal(copy_new(&all, "s", NULL, "d"), 0);
	assert_null(attr("d", "user.Beagle.index"));
	assert_string_equal(attr("d", "user.other"), "1");
}

static void attributes_of_the_old_file_stay(void **state)
{
	(void)state;
	REQUIRE("no user attributes here", has_attrs());
	make_file("s", 0644);
	make_file("d", 0644);
	assert_true(set_attr("s", "user.a", "new"));
	assert_true(set_attr("d", "user.a", "old"));
	assert_true(set_attr("d", "user.b", "old"));
	assert_int_equal(copy_over(&archive, "s", NULL, "d"), 0);
	assert_string_equal(attr("d", "user.a"), "new");
	assert_string_equal(attr("d", "user.b"), "old");
}

/* As a default ACL may have it. */
static void attributes_are_set_where_the_owner_may_not_write(void **state)
{
	(void)state;
	REQUIRE("no user attributes here", has_attrs());
	REQUIRE("no ACLs here", has_acls());
	make_dir("heir", 0755);
	assert_true(set_acl("heir", ACL_TYPE_DEFAULT, "u::r-x,g::---,o::---"));
	make_file("s", 0640);
	assert_true(set_attr("s", "user.a", "1"));
	assert_int_equal(copy_new(&all, "s", NULL, "heir/d"), 0);
	assert_int_equal(note_count, 0);
	assert_string_equal(attr("heir/d", "user.a"), "1");
	assert_int_equal(mode_of("heir/d"), 0640);
}

/* The new owner of an old file may not write to it, and still gets all. */
static void attributes_are_set_before_the_mode_forbids_it(void **state)
{
	struct stat st;

	(void)state;
	REQUIRE("no user attributes here", has_attrs());
	make_file("s", 0644);
	assert_true(set_attr("s", "user.a", "1"));
	make_file("d", 0644);
	st = stat_of("s");
	st.st_uid++;
	st.st_mode = S_IFREG | 0444;
	assert_int_equal(copy_over(&all, "s", &st, "d"), 0);
	assert_int_equal(note_count, 0);
	assert_string_equal(attr("d", "user.a"), "1");
	assert_int_equal(mode_of("d"), 0444);
}

static void capabilities_survive_the_change_of_owner(void **state)
{
	/* cap_net_raw+ep, in revision 2 of the format */
	static const unsigned char caps[20] = { 1, 0, 0, 2, 0, 0x20 };
	unsigned char copied[32];
	struct stat st;

	(void)state;
	REQUIRE_ROOT();
	make_file("s", 0755);
	REQUIRE("no file capabilities here",
		setxattr("s", "security.capability", caps, sizeof(caps), 0) ==
			0);
	st = stat_of("s");
	st.st_uid = st.st_gid = 1234;
	assert_int_equal(copy_new(&archive, "s", &st, "d"), 0);
	assert_int_equal(getxattr("d", "security.capability", copied,
				  sizeof(copied)),
			 sizeof(caps));
	assert_memory_equal(copied, caps, sizeof(caps));
}

/*
 * Where some attributes cannot be set: root has no right to those of
 * "security" without a capability, users none to those of a file of mode 0400.
 */
static int copy_attrs_without_rights(const struct meta_wants *wants)
{
	const bool root = geteuid() == 0;
	int result;

	if (root)
		set_capability(CAP_SYS_ADMIN, false);
	result = copy_over(wants, "s", NULL, "d");
	if (root)
		set_capability(CAP_SYS_ADMIN, true);
	return result;
}

static void what_fails_is_said_as_loudly_as_cp_says_it(void **state)
{
	const bool root = geteuid() == 0;
	const char *const name = root ? "security.a" : "user.a";
	const char *const other = root ? "security.b" : "user.b";
	const int errnum = root ? EPERM : EACCES;
	struct meta_wants wants = attrs_only;
	int fd;

	(void)state;
	REQUIRE("no user attributes here", has_attrs());
	make_file("s", 0644);
	assert_true(set_attr("s", name, "1"));
	assert_true(set_attr("s", other, "1"));
	make_file("d", 0600);
	/* Opened for writing while that is possible, as a new file is. */
	fd = open("d", O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	if (!root) {
		const struct stat st = stat_of("s");
		const struct meta_source from = { .file = by_name("s"),
						  .st = &st };
		const struct meta_dest to = { .file = { .fd = fd } };

		assert_int_equal(fchmod(fd, 0400), 0);
		assert_int_equal(apply(&wants, &from, &to), -1);
	} else {
		assert_int_equal(copy_attrs_without_rights(&wants), -1);
	}
	/* --preserve=xattr: each of them, and a failure. */
	assert_int_equal(note_count, 2);
	check_note(0, ERR_SET_ATTRIBUTE, errnum, notes[0].attribute, true);
	check_note(1, ERR_SET_ATTRIBUTE, errnum, notes[1].attribute, true);
	assert_string_not_equal(notes[0].attribute, notes[1].attribute);
	close(fd);
	if (!root)
		return;
	/* --preserve=all: each of them, and no failure. */
	wants.xattr_required = false;
	assert_int_equal(copy_attrs_without_rights(&wants), 0);
	assert_int_equal(note_count, 2);
	check_note(0, ERR_SET_ATTRIBUTE, errnum, notes[0].attribute, false);
	/* -a: silence */
	wants.xattr_quiet = true;
	assert_int_equal(copy_attrs_without_rights(&wants), 0);
	assert_int_equal(note_count, 0);
	/* -a --preserve=xattr */
	wants.xattr_required = true;
	assert_int_equal(copy_attrs_without_rights(&wants), -1);
	assert_int_equal(note_count, 2);
}

static void where_there_are_no_attributes_one_line_says_so(void **state)
{
	(void)state;
	REQUIRE("no user attributes here", has_attrs());
	REQUIRE("needs root and ramfs", mount_poor());
	make_file("s", 0644);
	assert_true(set_attr("s", "user.a", "1"));
	assert_true(set_attr("s", "user.b", "1"));
	assert_int_equal(copy_new(&archive, "s", NULL, "other/a"), 0);
	assert_int_equal(note_count, 0);
	assert_int_equal(copy_new(&all, "s", NULL, "other/b"), 0);
	assert_int_equal(note_count, 0);
	assert_int_equal(copy_new(&attrs_only, "s", NULL, "other/c"), -1);
	assert_int_equal(note_count, 1);
	check_note(0, ERR_SET_ATTRIBUTES, EOPNOTSUPP, "", true);
	/* The other way there is nothing to lose. */
	assert_int_equal(copy_new(&attrs_only, "other/a", NULL, "d"), 0);
	assert_int_equal(note_count, 0);
}

/* ACLs */

static void acls_are_part_of_the_mode(void **state)
{
	(void)state;
	REQUIRE("no ACLs here", has_acls());
	make_file("s", 0640);
	assert_true(set_acl("s", ACL_TYPE_ACCESS, SOME_ACL));
	assert_int_equal(copy_new(&usual, "s", NULL, "d"), 0);
	check_acl("d", ACL_TYPE_ACCESS, SOME_ACL);
	assert_int_equal(copy_new(&archive, "s", NULL, "e"), 0);
	check_acl("e", ACL_TYPE_ACCESS, SOME_ACL);
	make_file("f", 04755);
	assert_int_equal(copy_over(&mode_only, "s", NULL, "f"), 0);
	check_acl("f", ACL_TYPE_ACCESS, SOME_ACL);
	assert_int_equal(mode_of("f"), 0670);
	/* And not of the attributes. */
	assert_int_equal(copy_new(&attrs_only, "s", NULL, "g"), 0);
	check_acl("g", ACL_TYPE_ACCESS, "u::rw-,g::r-x,o::---");
	assert_int_equal(copy_new(&nothing, "s", NULL, "h"), 0);
	assert_null(attr("h", ACCESS_ACL));
	assert_int_equal(note_count, 0);
}

static void an_acl_and_set_id_bits_go_together(void **state)
{
	(void)state;
	REQUIRE("no ACLs here", has_acls());
	make_file("s", 0);
	assert_true(set_acl("s", ACL_TYPE_ACCESS, SOME_ACL));
	assert_int_equal(chmod("s", 06750), 0);
	assert_int_equal(copy_new(&usual, "s", NULL, "d"), 0);
	check_acl("d", ACL_TYPE_ACCESS, "u::rwx,u:1:rwx,g::r--,m::r-x,o::---");
	assert_int_equal(mode_of("d"), 06750);
}

static void directories_have_default_acls_too(void **state)
{
	(void)state;
	REQUIRE("no ACLs here", has_acls());
	make_dir("s", 0750);
	assert_true(set_acl("s", ACL_TYPE_ACCESS, HEIR_ACL));
	assert_true(set_acl("s", ACL_TYPE_DEFAULT, SOME_ACL));
	assert_int_equal(copy_new(&usual, "s", NULL, "d"), 0);
	check_acl("d", ACL_TYPE_ACCESS, HEIR_ACL);
	check_acl("d", ACL_TYPE_DEFAULT, SOME_ACL);
	assert_int_equal(copy_new(&archive, "s", NULL, "e"), 0);
	check_acl("e", ACL_TYPE_DEFAULT, SOME_ACL);
	assert_int_equal(copy_new(&nothing, "s", NULL, "f"), 0);
	assert_null(attr("f", DEFAULT_ACL));
}

static void inherited_acls_go_with_the_mode_only(void **state)
{
	(void)state;
	REQUIRE("no ACLs here", has_acls());
	make_dir("heir", 0755);
	assert_true(set_acl("heir", ACL_TYPE_DEFAULT, HEIR_ACL));
	make_file("s", 0640);
	make_dir("t", 0750);
	assert_int_equal(copy_new(&nothing, "s", NULL, "heir/a"), 0);
	check_acl("heir/a", ACL_TYPE_ACCESS,
		  "u::rw-,u:2:rwx,g::r-x,m::r--,o::---");
	assert_int_equal(copy_new(&times_only, "t", NULL, "heir/b"), 0);
	check_acl("heir/b", ACL_TYPE_DEFAULT, HEIR_ACL);
	assert_int_equal(copy_new(&usual, "s", NULL, "heir/c"), 0);
	assert_null(attr("heir/c", ACCESS_ACL));
	assert_int_equal(mode_of("heir/c"), 0640);
	assert_int_equal(copy_new(&usual, "t", NULL, "heir/d"), 0);
	assert_null(attr("heir/d", ACCESS_ACL));
	assert_null(attr("heir/d", DEFAULT_ACL));
	assert_int_equal(mode_of("heir/d"), 0750);
	/* --no-preserve=mode takes the entries, too. */
	assert_int_equal(copy_new(&no_mode, "s", NULL, "heir/e"), 0);
	assert_null(attr("heir/e", ACCESS_ACL));
	assert_int_equal(mode_of("heir/e"), 0644);
	/* --preserve=ownership leaves them, and grants what was withheld. */
	assert_int_equal(copy_new(&owner_only, "s", NULL, "heir/f"), 0);
	check_acl("heir/f", ACL_TYPE_ACCESS,
		  "u::rw-,u:2:rwx,g::r-x,m::r--,o::---");
	/* But for what they say of the owner. */
	assert_true(set_acl("heir", ACL_TYPE_DEFAULT, "u::---,g::rwx,o::---"));
	assert_int_equal(copy_new(&owner_only, "s", NULL, "heir/g"), 0);
	assert_int_equal(mode_of("heir/g"), 0640);
	assert_int_equal(note_count, 0);
}

static void an_old_acl_goes(void **state)
{
	(void)state;
	REQUIRE("no ACLs here", has_acls());
	make_file("s", 0640);
	make_file("d", 0600);
	assert_true(set_acl("d", ACL_TYPE_ACCESS, SOME_ACL));
	assert_int_equal(copy_over(&times_only, "s", NULL, "d"), 0);
	check_acl("d", ACL_TYPE_ACCESS, SOME_ACL);
	assert_int_equal(copy_over(&usual, "s", NULL, "d"), 0);
	assert_null(attr("d", ACCESS_ACL));
	assert_int_equal(mode_of("d"), 0640);
}

static void an_acl_that_cannot_be_had_is_a_failure(void **state)
{
	(void)state;
	REQUIRE("no ACLs here", has_acls());
	REQUIRE("needs root and ramfs", mount_poor());
	make_file("s", 0640);
	make_dir("t", 0750);
	make_dir("u", 0700);
	make_file("plain", 02755);
	assert_true(set_acl("s", ACL_TYPE_ACCESS, SOME_ACL));
	assert_true(set_acl("t", ACL_TYPE_DEFAULT, SOME_ACL));
	assert_int_equal(copy_new(&archive, "s", NULL, "other/a"), -1);
	assert_int_equal(note_count, 1);
	check_note(0, ERR_PRESERVE_PERMISSIONS, EOPNOTSUPP, "", true);
	assert_int_equal(mode_of("other/a"), 0670);
	assert_int_equal(copy_new(&usual, "t", NULL, "other/b"), -1);
	assert_int_equal(note_count, 1);
	check_note(0, ERR_PRESERVE_PERMISSIONS, EOPNOTSUPP, "", true);
	/* Without one nothing is missed, at the first time and at others. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(copy_new(&archive, "plain", NULL,
					  i ? "other/c" : "other/d"),
				 0);
		assert_int_equal(mode_of(i ? "other/c" : "other/d"), 02755);
	}
	assert_int_equal(copy_new(&no_mode, "plain", NULL, "other/e"), 0);
	assert_int_equal(mode_of("other/e"), 0644);
	make_dir("other/top", 02755);
	assert_int_equal(copy_new(&no_mode, "t", NULL, "other/top/f"), 0);
	assert_int_equal(mode_of("other/top/f"), 02755);
	assert_int_equal(copy_new(&usual, "u", NULL, "other/top/g"), 0);
	assert_int_equal(mode_of("other/top/g"), 0700);
	assert_int_equal(note_count, 0);
}

static void a_directory_tells_whether_it_gives_acls(void **state)
{
	int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dev_t dev = stat_of(".").st_dev;

	(void)state;
	assert_true(fd >= 0);
	assert_false(meta_gives_acl(meta, fd, dev));
	if (has_acls()) {
		assert_true(set_acl(".", ACL_TYPE_DEFAULT, HEIR_ACL));
		assert_true(meta_gives_acl(meta, fd, dev));
	}
	close(fd);
	if (!mount_poor())
		return;
	fd = open("other", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dev = stat_of("other").st_dev;
	assert_false(meta_gives_acl(meta, fd, dev));
	close(fd);
	/* And it is remembered. */
	assert_false(meta_gives_acl(meta, -1, dev));
}

/* Symlinks and nodes */

static void symlinks_are_not_followed(void **state)
{
	const struct timespec times[2] = { { 11, 22 }, { 33, 44 } };
	struct stat st;

	(void)state;
	make_file("target", 0640);
	assert_int_equal(symlink("target", "s"), 0);
	assert_int_equal(utimensat(AT_FDCWD, "s", times, AT_SYMLINK_NOFOLLOW),
			 0);
	st = stat_of("s");
	if (geteuid() == 0)
		st.st_uid = st.st_gid = 1234;
	assert_int_equal(copy_new(&archive, "s", &st, "d"), 0);
	assert_int_equal(note_count, 0);
	assert_int_equal(stat_of("d").st_mtim.tv_sec, 33);
	assert_int_equal(stat_of("d").st_uid, st.st_uid);
	assert_true(stat_of("target").st_mtim.tv_sec > 33);
	assert_int_equal(stat_of("target").st_uid, geteuid());
	assert_int_equal(mode_of("target"), 0640);
	assert_int_equal(copy_new(&mode_only, "s", &st, "e"), 0);
	assert_int_equal(copy_new(&no_mode, "s", &st, "f"), 0);
	/* Somebody else's symlink, as a user. */
	st.st_uid = 0;
	assert_int_equal(copy_new(&usual, "s", &st, "g"), 0);
	assert_int_equal(note_count, 0);
}

static void attributes_of_symlinks_are_copied(void **state)
{
	(void)state;
	REQUIRE_ROOT();
	assert_int_equal(symlink("target", "s"), 0);
	REQUIRE("no attributes for symlinks here",
		set_attr("s", "trusted.a", "1"));
	assert_int_equal(copy_new(&archive, "s", NULL, "d"), 0);
	assert_string_equal(attr("d", "trusted.a"), "1");
}

static void a_fifo_is_not_opened(void **state)
{
	struct stat st;

	(void)state;
	alarm(10);
	assert_int_equal(mkfifo("s", 0600), 0);
	assert_int_equal(chmod("s", 0604), 0);
	if (has_acls())
		assert_true(set_acl("s", ACL_TYPE_ACCESS, SOME_ACL));
	st = stat_of("s");
	st.st_mtim = (struct timespec){ 33, 44 };
	assert_int_equal(copy_new(&archive, "s", &st, "d"), 0);
	assert_int_equal(note_count, 0);
	if (has_acls())
		check_acl("d", ACL_TYPE_ACCESS, SOME_ACL);
	assert_int_equal(mode_of("d"), st.st_mode & 07777);
	assert_int_equal(stat_of("d").st_mtim.tv_nsec, 44);
	assert_int_equal(copy_new(&no_mode, "s", &st, "e"), 0);
	assert_int_equal(mode_of("e"), 0644);
	alarm(0);
}

static void a_device_gets_all_of_it(void **state)
{
	struct stat st;

	(void)state;
	REQUIRE_ROOT();
	REQUIRE("no devices here",
		mknod("s", S_IFCHR | 0600, stat_of("/dev/null").st_rdev) == 0);
	st = stat_of("s");
	st.st_mode = S_IFCHR | 02664;
	st.st_uid = st.st_gid = 1234;
	assert_int_equal(copy_new(&usual, "s", &st, "d"), 0);
	assert_int_equal(mode_of("d"), 02664);
	assert_int_equal(stat_of("d").st_gid, 1234);
	assert_int_equal(note_count, 0);
}

static void a_node_is_found_in_its_directory(void **state)
{
	const struct stat st = { .st_mode = S_IFIFO | 0640 };
	struct meta_source from = { .file = by_name("s"), .st = &st };
	struct meta_dest to = { .is_new = true };

	(void)state;
	make_dir("sub", 0755);
	assert_int_equal(mkfifo("sub/d", 0600), 0);
	to.file = by_name("d");
	to.file.dir = open("sub", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(apply(&mode_only, &from, &to), -1);
	check_note(0, ERR_READ_PERMISSIONS, ENOENT, "", true);
	assert_int_equal(mkfifo("s", 0600), 0);
	assert_int_equal(apply(&times_only, &from, &to), 0);
	assert_int_equal(stat_of("sub/d").st_mtim.tv_sec, 0);
	close(to.file.dir);
}

static void another_file_of_that_name_is_left_alone(void **state)
{
	struct stat st;
	struct meta_source from = { .file = by_name("s"), .st = &st };
	const struct meta_dest to = { .file = by_name("d"), .is_new = true };

	(void)state;
	make_file("victim", 0600);
	assert_int_equal(mkfifo("s", 0666), 0);
	st = stat_of("s");
	/* In place of the FIFO that was made: */
	assert_int_equal(symlink("victim", "d"), 0);
	assert_int_equal(apply(&usual, &from, &to), -1);
	assert_int_equal(note_count, 1);
	check_note(0, ERR_DEST_REPLACED, 0, "", true);
	assert_int_equal(unlink("d"), 0);
	assert_int_equal(link("victim", "d"), 0);
	assert_int_equal(apply(&usual, &from, &to), -1);
	check_note(0, ERR_DEST_REPLACED, 0, "", true);
	assert_int_equal(mode_of("victim"), 0600);
	assert_int_equal(unlink("d"), 0);
	assert_int_equal(apply(&usual, &from, &to), -1);
	check_note(0, ERR_STAT_DEST, ENOENT, "", true);
}

static void another_source_of_that_name_tells_nothing(void **state)
{
	struct stat st;
	struct meta_source from = { .file = by_name("s"), .st = &st };
	const struct meta_dest to = { .file = by_name("d"), .is_new = true };

	(void)state;
	assert_int_equal(mkfifo("old", 0600), 0);
	assert_int_equal(mkfifo("s", 0600), 0);
	assert_int_equal(mkfifo("d", 0600), 0);
	st = stat_of("old");
	assert_int_equal(apply(&attrs_only, &from, &to), -1);
	assert_int_equal(note_count, 1);
	check_note(0, ERR_LIST_ATTRIBUTES, ESTALE, "", true);
	assert_int_equal(apply(&mode_only, &from, &to), -1);
	check_note(0, ERR_READ_PERMISSIONS, ESTALE, "", true);
}

#define TEST(name) \
 cmocka_unit_test_setup_teardown(name, enter_scratch, leave_scratch)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(new_files_are_closed_until_they_have_their_owner),
		TEST(with_nothing_to_preserve_nothing_is_touched),
		TEST(a_directory_loses_what_it_was_lent),
		TEST(what_was_withheld_is_granted_as_umask_says),
		TEST(the_mode_is_preserved_to_the_last_bit),
		TEST(old_set_id_bits_do_not_survive),
		TEST(an_inherited_set_gid_bit_stays_unless_modes_are_kept),
		TEST(no_mode_means_as_if_it_were_not_known),
		TEST(a_mode_that_is_right_already_stays),
		TEST(times_are_preserved_to_the_nanosecond),
		TEST(an_old_file_of_another_user_is_left_alone),
		TEST(root_gives_files_away),
		TEST(a_user_loses_set_id_bits_and_hears_nothing),
		TEST(root_is_told_of_an_owner_that_cannot_be_set),
		TEST(attributes_are_copied_whatever_their_size),
		TEST(directories_have_attributes_too),
		TEST(the_skip_list_is_honoured),
		TEST(attributes_of_the_old_file_stay),
		TEST(attributes_are_set_where_the_owner_may_not_write),
		TEST(attributes_are_set_before_the_mode_forbids_it),
		TEST(capabilities_survive_the_change_of_owner),
		TEST(what_fails_is_said_as_loudly_as_cp_says_it),
		TEST(where_there_are_no_attributes_one_line_says_so),
		TEST(acls_are_part_of_the_mode),
		TEST(an_acl_and_set_id_bits_go_together),
		TEST(directories_have_default_acls_too),
		TEST(inherited_acls_go_with_the_mode_only),
		TEST(an_old_acl_goes),
		TEST(an_acl_that_cannot_be_had_is_a_failure),
		TEST(a_directory_tells_whether_it_gives_acls),
		TEST(symlinks_are_not_followed),
		TEST(attributes_of_symlinks_are_copied),
		TEST(a_fifo_is_not_opened),
		TEST(a_device_gets_all_of_it),
		TEST(a_node_is_found_in_its_directory),
		TEST(another_file_of_that_name_is_left_alone),
		TEST(another_source_of_that_name_tells_nothing),
	};

	return cmocka_run_group_tests(tests, leave_mount_namespace, NULL);
}
