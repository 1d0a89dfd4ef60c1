/* SPDX-License-Identifier: MIT */
/*
 * System calls and constants that a C library may lack, from the kernel's own
 * numbers. The one place for what configure found out.
 */
#ifndef MCP_SYS_H
#define MCP_SYS_H

#include <linux/magic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
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

/* close_range(2), Linux 5.9: ENOSYS before. */
static inline int sys_close_range(unsigned int first, unsigned int last)
{
#ifdef HAVE_CLOSE_RANGE
	return close_range(first, last, 0);
#else
	return (int)syscall(SYS_close_range, first, last, 0);
#endif
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
