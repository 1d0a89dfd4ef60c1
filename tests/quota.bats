#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Limits that nobody is told of before they are met: a quota that the kernel
# keeps, and blocks that are shared, so that writing to them takes new ones.
# btrfs has both, for root, too.

load helper

setup_file() {
	random_file "$BATS_FILE_TMPDIR/source" 24M
	random_file "$BATS_FILE_TMPDIR/old" 2M
}

setup() {
	scratch_setup
	requires_cmd btrfs
	SOURCE=$BATS_FILE_TMPDIR/source
	OLD=$BATS_FILE_TMPDIR/old
	mount_image btrfs btrfs 256
}

# What copies here: clones, and cfr within btrfs, take no more room.
ENGINES=(auto rw mmap direct)

# limited SIZE: a directory btrfs/limited in which no more may be.
limited() {
	btrfs quota enable btrfs || skip "needs quotas of btrfs"
	btrfs subvolume create btrfs/limited
	btrfs qgroup limit "$1" btrfs/limited
}

# anew COMMAND...: an empty btrfs/limited, of which btrfs knows, then COMMAND.
anew() {
	rm -rf btrfs/limited/*
	sync -f btrfs
	"$@"
	sync -f btrfs
}

# has_other_size FILE: than SOURCE, for which nobody can take it.
has_other_size() {
	(($(stat -c %s "$1") != $(stat -c %s "$SOURCE")))
}

@test "a quota that is met is an error, and no new file is there" {
	local engine jobs
	limited 12M
	for engine in "${ENGINES[@]}"; do
		for jobs in 1 4; do
			anew :
			run "$MCP" -j $jobs --engine="$engine" \
				"$SOURCE" btrfs/limited/copy
			assert_failure 1
			assert_output "mcp: error writing 'btrfs/limited/copy':\
 Disk quota exceeded"
			assert_equal "$(ls -A btrfs/limited)" ""
		done
	done
}

# Where its quota is met btrfs does not even let files be cut.
@test "a quota that is met leaves an existing file incomplete, which is said" {
	local engine jobs
	limited 12M
	for engine in "${ENGINES[@]}"; do
		for jobs in 1 4; do
			anew cp "$OLD" btrfs/limited/copy
			run "$MCP" -j $jobs --engine="$engine" \
				"$SOURCE" btrfs/limited/copy
			assert_failure 1
			assert_output "mcp: error writing 'btrfs/limited/copy':\
 Disk quota exceeded (destination left incomplete)"
			has_other_size btrfs/limited/copy
		done
	done
}

@test "in a tree a quota costs what does not fit, and nothing else" {
	local jobs name
	limited 12M
	mkdir -p tree/first tree/last
	random_file tree/first/a 1000
	cp "$SOURCE" tree/large
	random_file tree/last/z 1000
	for jobs in 1 4; do
		anew :
		run "$MCP" -j $jobs -r tree btrfs/limited
		assert_failure 1
		assert_output "mcp: error writing 'btrfs/limited/tree/large':\
 Disk quota exceeded"
		for name in first/a last/z; do
			same_file tree/$name btrfs/limited/tree/$name
		done
		[[ ! -e btrfs/limited/tree/large ]]
	done
}

# Reserving does not help: it promises blocks that it then has not.
@test "blocks that are shared are not free to be written where none is left" {
	local engine jobs
	cp "$SOURCE" btrfs/source
	random_file btrfs/shared 24M
	dd if=/dev/zero of=btrfs/fill bs=1M 2>/dev/null || :
	sync -f btrfs
	for engine in rw mmap direct; do
		for jobs in 1 4; do
			rm -f btrfs/copy
			cp --reflink=always btrfs/shared btrfs/copy
			sync -f btrfs
			run "$MCP" -j $jobs --engine=$engine --reflink=never \
				btrfs/source btrfs/copy
			assert_failure 1
			assert_output "mcp: error writing 'btrfs/copy':\
 No space left on device (destination left incomplete)"
			has_other_size btrfs/copy
			cmp "$SOURCE" btrfs/source
		done
	done
}
