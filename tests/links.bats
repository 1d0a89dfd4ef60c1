#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Names of one file: hard links that are kept (-d, -a), links instead of copies
# (-l, -s), and copies of a file onto itself.

load helper

# one_file FILE...: all are names of one file.
one_file() {
	local file
	for file; do
		assert_equal "$(stat -c %d:%i "$file")" "$(stat -c %d:%i "$1")"
	done
}

# two_files A B
two_files() {
	[[ $(stat -c %d:%i "$1") != $(stat -c %d:%i "$2") ]]
}

@test "names of one file stay names of one file" {
	mkdir -p s/d
	echo x >s/a
	ln s/a s/d/b
	ln -s nowhere s/soft
	ln s/soft s/d/hard
	"$MCP" -a s to
	one_file to/a to/d/b
	one_file to/soft to/d/hard
	two_files s/a to/a
	"$MCP" -r s plain
	two_files plain/a plain/d/b
}

@test "names of a thousand files are told apart" {
	local i
	mkdir -p s/a s/b
	for i in {1..1000}; do
		echo "$i" >"s/a/$i"
	done
	cp -rl s/a/. s/b
	"$MCP" -a s t
	diff -r s t
	assert_equal "$(find t -type f -links 2 | wc -l)" 2000
	assert [ t/a/7 -ef t/b/7 ]
}

@test "a file is linked to its first copy, longer than a path can be" {
	local i name option top=$PWD
	name=$(printf 'x%.0s' {1..250})
	mkdir deep shallow
	echo x >shallow/file
	(
		cd deep
		for ((i = 0; i < 50; i++)); do
			mkdir "$name"
			cd "$name" || exit
		done
		ln "$top/shallow/file" file
	)
	for option in -a --keep-directory-symlink; do
		mkdir t
		run "$MCP" -a $option deep shallow t
		assert_success
		assert_output ""
		assert_equal "$(stat -c %h t/shallow/file)" 2
		assert_equal "$(find t -name file -printf '%i\n' | sort -u |
			wc -l)" 1
		rm -rf t
	done
}

@test "operands that are names of one file are copied once" {
	mkdir d
	echo x >a
	ln a b
	"$MCP" --preserve=links a b d
	one_file d/a d/b
	"$MCP" a b d
	cmp a d/b
}

@test "a symbolic link and the file it leads to become one file with -L" {
	mkdir s
	echo x >s/a
	ln -s a s/link
	"$MCP" -rL --preserve=links s to
	one_file to/a to/link
	"$MCP" -rL s plain
	two_files plain/a plain/link
}

@test "an existing destination is replaced by the link" {
	mkdir s to
	echo x >s/a
	ln s/a s/b
	echo old >to/a
	echo old >to/b
	run "$MCP" -avT s to
	assert_success
	# Whichever comes second.
	assert_line --regexp "^removed 'to/[ab]'$"
	one_file to/a to/b
}

@test "what -u leaves alone is linked to all the same" {
	mkdir s to
	echo x >s/a
	ln s/a s/b
	touch -d 2001-01-01 s/a
	echo newer >to/a
	echo newer >to/b
	"$MCP" -au s/. to
	one_file to/a to/b
}

@test "a name whose copy failed is not linked to" {
	requires_user
	mkdir -p s to
	echo x >s/a
	ln s/a s/b
	echo closed >to/a
	chmod 444 to/a
	run "$MCP" -d s/a s/b to
	assert_failure 1
	cmp s/b to/b
	assert_equal "$(<to/a)" closed
}

@test "-l makes hard links, also of a tree" {
	mkdir s
	echo x >s/a
	ln -s a s/link
	"$MCP" -rlP s to
	one_file s/a to/a
	one_file s/link to/link
	[[ ! s -ef to ]]
}

@test "-l leaves an existing file alone but for -f, -i and links to itself" {
	echo x >a
	echo y >b
	run "$MCP" -l a b
	assert_failure 1
	assert_output "mcp: cannot create hard link 'b' to 'a': File exists"
	"$MCP" -lf a b
	one_file a b
	"$MCP" -l a b
	echo z >c
	run "$MCP" -li a c <<<y
	assert_success
	one_file a c
}

@test "a dangling symbolic link with a slash behind it is not replaced by a link" {
	echo x >a
	ln -s nowhere link
	for how in -lf -li -sf; do
		run "$MCP" "$how" a link/
		assert_failure 1
		assert_output --regexp \
			"^mcp: cannot create .* link 'link/' to 'a': Not a directory$"
	done
	assert_equal "$(ls -A)" $'a\nlink'
}

@test "-s makes symbolic links, which have to lead somewhere" {
	mkdir d
	echo x >a
	"$MCP" -s a link
	assert_equal "$(readlink link)" a
	run "$MCP" -s a d
	assert_failure 1
	assert_output \
		"mcp: d/a: can make relative symbolic links only in current directory"
	run "$MCP" -s a d/new/
	assert_failure 1
	assert_output \
		"mcp: d/new/: can make relative symbolic links only in current directory"
	"$MCP" -s "$PWD/a" d
	cmp a d/a
	"$MCP" -rs "$PWD/d" copy
	assert_equal "$(readlink copy/a)" "$PWD/d/a"
}

@test "-s replaces an existing symbolic link with -f only" {
	echo x >a
	ln -s old link
	run "$MCP" -s a link
	assert_failure 1
	"$MCP" -sf a link
	assert_equal "$(readlink link)" a
}

@test "times are kept of symbolic links, too" {
	echo x >a
	touch -d 2001-02-03 a
	ln -s a link
	touch -hd 2002-03-04 link
	"$MCP" -a link copy
	assert_equal "$(stat -c %Y copy)" "$(stat -c %Y link)"
	"$MCP" -ps a made
	assert_equal "$(stat -c %Y made)" "$(stat -c %Y a)"
}

@test "one file under two names is not copied onto itself" {
	echo x >a
	ln a hard
	ln -s a soft
	for to in hard soft ./a; do
		run "$MCP" a "$to"
		assert_failure 1
		assert_output "mcp: 'a' and '$to' are the same file"
	done
	run "$MCP" -P soft a
	assert_failure 1
	"$MCP" --remove-destination a hard
	two_files a hard
	"$MCP" --remove-destination a soft
	[[ ! -L soft ]]
	cmp a soft
}

# In containers: opened to be written, a file that has several names in the lower
# directory becomes one of its own, with another inode number, and was taken for
# one that somebody had put there.
@test "names of one file below an overlay are overwritten one by one" {
	local jobs i
	mount_tmpfs layers 16M
	mkdir overlay
	for jobs in 1 4; do
		rm -rf layers/* source
		mkdir -p layers/{lower,upper,work} source
		for i in {1..70}; do
			echo old >layers/lower/"$i"
			ln layers/lower/"$i" layers/lower/"$i".too
			echo "new $i" >source/"$i"
			echo "new, too $i" >source/"$i".too
		done
		mount -t overlay -o \
			lowerdir=layers/lower,upperdir=layers/upper \
			-o workdir=layers/work mcp-test overlay 2>/dev/null ||
			skip "needs leave to mount overlayfs"
		MOUNTED+=("$PWD/overlay")
		run "$MCP" -j $jobs -rT source overlay
		assert_success
		refute_output
		diff -r source overlay
		umount overlay
		unset 'MOUNTED[-1]'
	done
}

@test "two symbolic links to one file are two files" {
	echo x >a
	ln -s a one
	ln -s ./a two
	"$MCP" -P one two
	assert_equal "$(readlink two)" a
	run "$MCP" one two
	assert_failure 1
}

@test "nothing goes through a symbolic link that was just made" {
	mkdir d s
	echo outside >victim
	ln -s "$PWD/victim" link
	echo evil >s/link
	run "$MCP" -P link s/link d
	assert_failure 1
	assert_output "mcp: will not copy 's/link' through just-created symlink \
'd/link'"
	assert_equal "$(<victim)" outside
}

@test "a directory is copied to where a symbolic link leads only if asked to" {
	mkdir -p s/d there to
	echo x >s/d/file
	ln -s ../there to/d
	run "$MCP" -r s/. to
	assert_failure 1
	assert_output \
		"mcp: cannot overwrite non-directory 'to/./d' with directory 's/./d'"
	"$MCP" -r --keep-directory-symlink s/. to
	assert_exists there/file
	[[ -L to/d ]]
}
