/* SPDX-License-Identifier: MIT */
/*
 * What is believed of file systems by their type, in one table: what no call
 * tells, and was read or measured.
 */
#ifndef MCP_FSTYPE_H
#define MCP_FSTYPE_H

#include <stdbool.h>
#include <stdint.h>

struct fstype {
	uint32_t magic; /* f_type of statfs(2) */
	/*
	 * It is of this machine: write(2) says all that can be said before
	 * fsync(2), so that close(2) need not be asked.
	 */
	bool local;
	/*
	 * Its numbers of free blocks hold. Compression, sharing or a server
	 * make those of others vague.
	 */
	bool counts_space;
	/*
	 * It frees what was removed a little later: xfs since Linux 5.15, so
	 * that its number of free blocks is not final at once.
	 */
	bool frees_later;
	/*
	 * Reserving the space first pays. ext4: twice the rate with either
	 * engine, since unwritten extents spare the delayed allocation of every
	 * page; xfs: 15.3 GB/s against 10.8. Not on tmpfs, where it zeroes
	 * pages that are then written again (0.2-0.35 s a GiB) and keeps huge
	 * pages away, nor on btrfs, where it turns off compression for the
	 * range.
	 */
	bool preallocate;
	/*
	 * Sharing the blocks of a cached file of at most ENGINE_SMALL bytes
	 * takes longer than copying it. Trees of files of 1, 4, 8, 16, 32 and
	 * 64 KiB in page cache, two workers, medians of 5, the time with
	 * --reflink=never to that with blocks shared: xfs 0.80, 0.82, 0.96,
	 * 1.04, 1.1, 1.3; btrfs 1.2, 1.5, 1.5, 1.9, 2.3, 3.1.
	 */
	bool copies_small;
	/*
	 * One copy_file_range(2) within it does a small file faster than
	 * read(2) and write(2): the kernel splices pages where blocks cannot be
	 * shared (copy_file_range(2), Linux 4.5). Trees of new files of 1, 4,
	 * 16, 64, 128 and 512 KiB in page cache, two workers, the least times
	 * of 11, to those of read and write: tmpfs 0.97, 0.93, 0.90, 0.86,
	 * 0.85, 0.82; ext4 1.03, 0.95, 0.97, 0.94, 0.95, 0.93.
	 */
	bool moves_small;
	/* Its files are made when they are read: their sizes may lie. */
	bool made_up;
	/*
	 * Other machines may write to it, although it is on a device of this
	 * one. So may they where its type could not be asked for.
	 */
	bool shared_device;
};

/*
 * What is believed of the file system of FD, a file or a directory, by one
 * fstatfs(2); never NULL. In doubt all is false, but for shared_device where
 * the call has failed.
 */
const struct fstype *fstype_of(int fd);

/* The same of the type MAGIC. */
const struct fstype *fstype_by_magic(uint32_t magic);

#endif
