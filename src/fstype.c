/* SPDX-License-Identifier: MIT */
/*
 * What is believed of file systems by their type.
 */
#include "config.h"

#include "fstype.h"

#include <stddef.h>
#include <sys/vfs.h>

#include "sys.h"
#include "util.h"

/* Which <linux/magic.h> lacks, or has not had for long. */
#define GFS2_TYPE 0x01161970
#define OCFS2_TYPE 0x7461636f

static const struct fstype types[] = {
	{ EXT4_SUPER_MAGIC, .local = true, .counts_space = true,
	  .preallocate = true, .moves_small = true },
	{ XFS_SUPER_MAGIC, .local = true, .counts_space = true,
	  .frees_later = true, .preallocate = true, .copies_small = true },
	{ TMPFS_MAGIC, .local = true, .counts_space = true,
	  .moves_small = true },
	{ BTRFS_SUPER_MAGIC, .local = true },
	{ OVERLAYFS_SUPER_MAGIC, .local = true },
	{ PROC_SUPER_MAGIC, .made_up = true },
	{ SYSFS_MAGIC, .made_up = true },
	{ DEBUGFS_MAGIC, .made_up = true },
	{ TRACEFS_MAGIC, .made_up = true },
	{ CGROUP_SUPER_MAGIC, .made_up = true },
	{ CGROUP2_SUPER_MAGIC, .made_up = true },
	{ BPF_FS_MAGIC, .made_up = true },
	{ SECURITYFS_MAGIC, .made_up = true },
	{ GFS2_TYPE, .shared_device = true },
	{ OCFS2_TYPE, .shared_device = true },
};

const struct fstype *fstype_by_magic(uint32_t magic)
{
	static const struct fstype unknown;
	size_t i;

	for (i = 0; i < UTIL_COUNT(types); i++)
		if (types[i].magic == magic)
			return &types[i];
	return &unknown;
}

const struct fstype *fstype_of(int fd)
{
	static const struct fstype unasked = { .shared_device = true };
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return &unasked;
	return fstype_by_magic((uint32_t)fs.f_type);
}
