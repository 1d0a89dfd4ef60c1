# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Trees onto file systems of several kinds, each in an image of its own.

load ../helper

setup() {
	scratch_setup
	requires_root
	mount_tmpfs ram 900M
}

# image KIND MKFS-ARGUMENT...: a new file system at $PWD/target.
image() {
	requires_cmd "mkfs.$1"
	truncate -s 800M ram/image
	"mkfs.$1" "${@:2}" ram/image >/dev/null 2>&1
	mkdir target
	mount -o loop ram/image target || skip "needs leave to mount $1"
	MOUNTED+=("$PWD/target")
}

# state DIR: names, kinds, modes, owners, times, link counts and contents.
state() {
	(
		cd "$1" || exit
		find . -not -name lost+found -printf \
			'%P|%y|%m|%U:%G|%n|%T@|%l\n' | LC_ALL=C sort |
			sed '1s/|[0-9]*|\([0-9.]*\)|$/|\1/; s/^\([^|]*|d|[^|]*|[^|]*\)|[0-9]*/\1/'
		find . -type f -exec cksum {} + | LC_ALL=C sort -k3
	)
}

# A tree that is worth workers, with one of everything.
tree() {
	local i j

	mkdir source
	for ((i = 0; i < 20; i++)); do
		mkdir "source/d$i"
		for ((j = 0; j < 20; j++)); do
			echo "$i $j" >"source/d$i/f$j"
		done
		ln "source/d0/f1" "source/d$i/link"
	done
	truncate -s 40M source/d3/holes
	echo end >>source/d3/holes
	ln -s nowhere source/d4/dangling
	mkfifo source/d5/fifo
	chmod 4750 source/d6/f3
	chmod 555 source/d7
	touch -d 2001-02-03 source/d7 source/d8/f1 source/d9
}

# same JOBS: -a is whole with so many, and again onto itself.
same() {
	"$MCP" -a -j "$1" source target/copy
	assert_equal "$(state target/copy)" "$(state source)"
	assert [ "$(stat -c %b target/copy/d3/holes)" -lt 1000 ]
	"$MCP" -a -j "$1" source/. target/copy
	assert_equal "$(state target/copy)" "$(state source)"
	rm -rf target/copy
}

@test "ext4 gets all of a tree" {
	image ext4 -q
	tree
	same 1
	same 4
}

@test "xfs gets all of a tree" {
	image xfs -q
	tree
	same 1
	same 4
}

@test "btrfs gets all of a tree" {
	image btrfs -q
	tree
	same 1
	same 4
}

@test "FAT, without links, owners or holes, gets the contents, and says what is lost" {
	image vfat
	mkdir source
	for i in {1..100}; do
		echo "$i" >"source/f$i"
	done
	ln source/f1 source/second
	"$MCP" -r -j 4 source target/copy
	diff -r source target/copy
	run "$MCP" -a -j 4 source target/again
	diff -r source target/again
	ln -s f1 source/soft
	run "$MCP" -r -j 4 source target/third
	assert_failure 1
	assert_output "mcp: cannot create symbolic link 'target/third/soft':\
 Operation not permitted"
	rm source/soft
	diff -r source target/third
}
