/* SPDX-License-Identifier: MIT */
/*
 * System calls and constants that a C library may lack, from the kernel's own
 * numbers. The one place for what configure found out.
 */
#ifndef MCP_SYS_H
#define MCP_SYS_H

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ /* glibc 2.35 */
# define MADV_POPULATE_READ 22
# define MADV_POPULATE_WRITE 23
#endif

#ifndef XFS_SUPER_MAGIC /* linux/magic.h of Linux 5.0 */
# define XFS_SUPER_MAGIC 0x58465342
#endif

#ifndef RENAME_NOREPLACE
# define RENAME_NOREPLACE (1 << 0)
#endif

#define SYS_ATTRIBUTE_APPEND 0x20
#define SYS_ATTRIBUTE_MOUNT_ROOT 0x2000 /* Linux 5.8 */

#ifndef RWF_NOWAIT /* glibc 2.27 */
# define RWF_NOWAIT 0x00000008
#endif

/* close_range(2), Linux 5.9: ENOSYS before. */
static inline int sys_close_range(unsigned int first, unsigned int last)
{
#ifdef HAVE_CLOSE_RANGE
	return close_range(first, last, 0);
#else
	return (int)syscall(SYS_close_range, first, last, 0);
#endif
}

/*
 * Whether this process may give files away (CAP_CHOWN), but then may do with
 * them only what others may, where it lacks all of LACKING, a mask of
 * CAP_TO_MASK (capget(2)).
 */
static inline bool sys_gives_away(uint32_t lacking)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	return syscall(SYS_capget, &header, data) == 0 &&
	       (data[0].effective & CAP_TO_MASK(CAP_CHOWN)) != 0 &&
	       (data[0].effective & lacking) == 0;
}

/* openat2(2), Linux 5.6: ENOSYS before. */
static inline int sys_openat2(int dir, const char *path,
			      const struct open_how *how)
{
	return (int)syscall(SYS_openat2, dir, path, how, sizeof(*how));
}

/*
 * What direct access to FD wants: addresses in memory and offsets in the file
 * that are multiples of these, 0 for none at all. Returns -1 where the kernel
 * does not say (statx(2) with STATX_DIOALIGN, Linux 6.1, headers even later).
 */
static inline int sys_direct_alignment(int fd, uint32_t *memory,
				       uint32_t *offset)
{
	const uint32_t dio_align = 0x2000;
	uint32_t statx[64]; /* of which the fields never move */

	if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, dio_align, statx) < 0 ||
	    !(statx[0] & dio_align))
		return -1;
	*memory = statx[38];
	*offset = statx[39];
	return 0;
}

/*
 * Whether NAME of DIR, or DIR itself if that is "", has ATTRIBUTE (statx(2),
 * Linux 4.11); false where the kernel, or the file system, does not say.
 */
static inline bool sys_has_attribute(int dir, const char *name,
				     uint64_t attribute)
{
	uint64_t statx[32]; /* of which the fields never move */

	return syscall(SYS_statx, dir, name,
		       AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0,
		       statx) == 0 &&
	       (statx[1] & attribute) != 0;
}

/*
 * Looks at NAME of DIR as fstatat(2) with FLAGS, for its numbers alone; but
 * what is mounted when a directory is entered is mounted for that (statx(2),
 * Linux 4.11). 0, or -1 with errno.
 */
static inline int sys_look_inside(int dir, const char *name, int flags,
				  dev_t *dev, ino_t *ino)
{
	const uint32_t inode = 0x100; /* STATX_INO */
	uint32_t statx[64];	      /* of which the fields never move */
	uint64_t number;

	if (syscall(SYS_statx, dir, name, flags, inode, statx) < 0)
		return -1;
	memcpy(&number, statx + 8, sizeof(number));
	*ino = (ino_t)number;
	*dev = makedev(statx[34], statx[35]);
	return 0;
}

/* renameat2(2) with RENAME_NOREPLACE, Linux 3.15. */
static inline int sys_rename_new(int old_dir, const char *old_name, int new_dir,
				 const char *new_name)
{
#ifdef HAVE_RENAMEAT2
	return renameat2(old_dir, old_name, new_dir, new_name,
			 RENAME_NOREPLACE);
#else
	return (int)syscall(SYS_renameat2, old_dir, old_name, new_dir, new_name,
			    RENAME_NOREPLACE);
#endif
}

#endif
