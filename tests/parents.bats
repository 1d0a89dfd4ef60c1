#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --parents: the whole name of a source below the directory.

load helper

setup() {
	scratch_setup
	mkdir -p a/b d
	echo one >a/b/file
	chmod 750 a
	chmod 705 a/b
}

mode() {
	stat -c %a "$1"
}

@test "directories that are missing are made, with the modes of the source's" {
	"$MCP" --parents a/b/file d
	cmp a/b/file d/a/b/file
	assert_equal "$(mode d/a) $(mode d/a/b)" "750 705"
}

@test "-v says which directories were made, and only those" {
	run "$MCP" -v --parents a/b/file d
	assert_output "a -> d/a
a/b -> d/a/b
'a/b/file' -> 'd/a/b/file'"
	rm d/a/b/file
	run "$MCP" -v --parents a/b/file d
	assert_output "'a/b/file' -> 'd/a/b/file'"
}

@test "slashes at the end, in between and in front lead nowhere else" {
	"$MCP" -r --parents a//b/ d/
	assert_exists d/a/b/file
	"$MCP" --parents "$PWD/a/b/file" d
	assert_exists "d$PWD/a/b/file"
}

@test "directories get what is kept of the source's" {
	touch -d 2001-02-03 a/b
	touch -d 2002-03-04 a
	"$MCP" -p --parents a/b/file d
	assert_equal "$(stat -c %Y d/a d/a/b)" "$(stat -c %Y a a/b)"
}

@test "directories that are there get it when one below is missing" {
	mkdir -m 700 d/a
	"$MCP" --parents a/b/file d
	assert_equal "$(mode d/a)" 700
	rm -r d/a/b
	"$MCP" -p --parents a/b/file d
	assert_equal "$(mode d/a)" 750
	chmod 700 d/a
	"$MCP" -p --parents a/b/file d
	assert_equal "$(mode d/a)" 700
}

@test "directories that nobody could write to are filled all the same" {
	chmod 500 a/b
	"$MCP" --parents a/b/file d
	assert_equal "$(mode d/a/b)" 500
	cmp a/b/file d/a/b/file
}

@test "without their modes directories get what the umask leaves" {
	chmod 700 a
	(umask 027 && "$MCP" --no-preserve=mode --parents a/b/file d)
	assert_equal "$(mode d/a)" 750
}

@test "what is in the way is named" {
	: >d/a
	run "$MCP" --parents a/b/file d
	assert_failure 1
	assert_output "mcp: 'd/a' exists but is not a directory"
	run "$MCP" --parents none/b/file d
	assert_failure 1
	assert_output \
		"mcp: failed to get attributes of 'none': No such file or directory"
	run "$MCP" --parents a/b/file new
	assert_failure 1
	assert_line --index 0 \
		"mcp: with --parents, the destination must be a directory"
}

@test "a directory that cannot be made is named, and the others go on" {
	requires_user
	mkdir closed
	chmod 500 closed
	run "$MCP" --parents a/b/file closed
	assert_failure 1
	assert_output \
		"mcp: cannot make directory 'closed/a': Permission denied"
}

@test "several sources may share directories" {
	echo two >a/b/second
	"$MCP" --parents a/b/file a/b/second d
	cmp a/b/second d/a/b/second
}

@test "a source that ends in .. stays in the directory" {
	mkdir -p in/deep
	echo x >in/file
	"$MCP" -r in/deep/.. d
	assert_exists d/file
	assert_not_exists file
}
