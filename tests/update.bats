#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Which existing files are overwritten: -u and its forms, -n, -i.

load helper

# old and new are named for their age, same is as old as new.
setup() {
	scratch_setup
	for file in old new same; do
		echo $file >$file
	done
	touch -d 2001-01-01 old
	touch -d 2002-02-02 new same
}

holds() {
	assert_equal "$(<"$1")" "$2"
}

@test "-u overwrites what is older, and nothing else" {
	"$MCP" -u new old
	holds old new
	"$MCP" -u same new
	holds new new
	"$MCP" -u new missing
	holds missing new
}

@test "a nanosecond makes a file older" {
	touch -d '2002-02-02 00:00:00.000000001' new
	"$MCP" -u new same
	holds same new
}

# Small inodes of ext4 have whole seconds.
@test "-u with -p is not misled by times that a file system cannot keep" {
	requires_root
	requires_cmd mkfs.ext4
	truncate -s 8M image
	mkfs.ext4 -q -I 128 -F image 2>/dev/null
	mkdir mnt
	mount -o loop image mnt 2>/dev/null || skip "needs leave to mount"
	MOUNTED+=("$PWD/mnt")
	touch -d '2002-02-02 00:00:00.9' new
	"$MCP" -p new mnt/copy
	echo stays >mnt/kept
	touch -r mnt/copy mnt/kept
	"$MCP" -pu new mnt/kept
	holds mnt/kept stays
	"$MCP" -u new mnt/kept
	holds mnt/kept new
	touch -d '2002-02-02 00:00:01' new
	"$MCP" -pu new mnt/copy
	assert_equal "$(stat -c %Y mnt/copy)" "$(stat -c %Y new)"
}

# What is fine tells by chance, one time of a hundred, nothing of it.
@test "-u with -p sees a nanosecond, whenever the older file was changed" {
	# O_TMPFILE, which Perl does not know by name.
	perl -MFcntl -e 'sysopen(my $f, ".", 020000000 | O_DIRECTORY | O_WRONLY)
		or exit 1' || skip "needs files without a name"
	touch -d '2002-02-02 00:00:00.000000001' new
	for _ in {1..5000}; do
		chmod 600 same
		[[ $(stat -c %.9Z same) != *00 ]] || break
	done
	assert_regex "$(stat -c %.9Z same)" '00$'
	"$MCP" -pu new same
	holds same new
}

@test "--update's words say the rest" {
	"$MCP" --update=older same old
	holds old same
	"$MCP" --update=none new old
	holds old same
	"$MCP" --update=all new old
	holds old new
	run "$MCP" --update=none-fail same old
	assert_failure 1
	assert_output "mcp: not replacing 'old'"
	"$MCP" --update=none-fail same missing
	holds missing same
	"$MCP" -u --update=all same old
	holds old same
}

@test "an unknown word is refused" {
	run "$MCP" --update=sometimes new old
	assert_failure 1
	assert_line --index 0 "mcp: invalid argument 'sometimes' for '--update'"
	assert_line "  - 'none-fail'"
}

@test "-n passes over what is there, silently" {
	run "$MCP" -nv new old missing .
	assert_failure 1 # missing
	run "$MCP" -nv new old
	assert_success
	assert_output ""
	holds old old
}

@test "--debug names what is passed over" {
	run "$MCP" --debug -n new old
	assert_success
	assert_output "skipped 'old'"
	run "$MCP" --debug -u old new
	assert_output "skipped 'new'"
}

@test "-n wins over -u, and the last of -n and -i over the other" {
	"$MCP" -n --update=all new old
	holds old old
	run "$MCP" -in new old
	assert_success
	assert_output ""
	run "$MCP" -ni new old <<<y
	assert_success
	assert_output "mcp: overwrite 'old'? "
	holds old new
	run "$MCP" -nui same new
	assert_output ""
}

@test "-i takes y and Y for a yes, and nothing else" {
	local answer
	for answer in y Y yes Yo; do
		echo old >old
		run "$MCP" -i new old <<<"$answer"
		assert_success
		holds old new
	done
	for answer in n '' ' y' 1; do
		echo old >old
		run "$MCP" -i new old <<<"$answer"
		assert_failure 1
		holds old old
	done
	run "$MCP" -i new old </dev/null
	assert_failure 1
	holds old old
}

@test "-i asks for each file of a tree, and for no directory" {
	mkdir -p s/d t/d
	echo new >s/d/a
	echo new >s/d/b
	echo old >t/d/a
	echo old >t/d/b
	run "$MCP" -riT s t <<<$'n\ny'
	assert_failure 1
	assert_equal "$(cat t/d/a t/d/b | sort)" $'new\nold'
}

@test "-i tells of a file that may not be written to" {
	requires_user
	chmod 444 old
	run "$MCP" -i new old <<<n
	assert_output \
		"mcp: unwritable 'old' (mode 0444, r--r--r--); try anyway? "
	run "$MCP" -if new old <<<y
	assert_success
	assert_output \
		"mcp: replace 'old', overriding mode 0444 (r--r--r--)? "
	holds old new
}

@test "what is not overwritten may be the source itself" {
	run "$MCP" -n old ./old
	assert_success
	run "$MCP" --update=none old ./old
	assert_success
	run "$MCP" -u old ./old
	assert_failure 1
}

@test "trees are updated file by file" {
	mkdir -p s/d t/d
	"$MCP" -p old new s/d
	echo mine >t/d/old
	echo mine >t/d/new
	touch -d 2001-06-01 t/d/*
	"$MCP" -ruT s t
	holds t/d/old mine
	holds t/d/new new
}
