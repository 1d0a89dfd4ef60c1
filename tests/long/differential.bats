# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# mcp does what the machine's cp does: tests/differential.py, which draws trees
# and command lines, and the proof that it would notice.

load ../helper

# What cp has and mcp has not yet: nothing.
MISSING=

SEED=${MCP_TEST_SEED:-1}

setup() {
	requires_cmd python3
	scratch_setup
}

# differential ARGUMENT...
differential() {
	python3 "$MCP_TEST_SRCDIR/tests/differential.py" --seed "$SEED" "$@"
}

# stand_in COMMANDS: a cp of our own, which does as COMMANDS say.
stand_in() {
	printf '#!/bin/sh\n%s\n' "$1" >stand-in
	chmod 755 stand-in
}

# assert_noticed COUNT WHAT: WHAT is what the script says of stand-in.
assert_noticed() {
	run differential --mcp ./stand-in --jobs '' --count "$1" --examples 0
	[[ $2 != inode* || $output != *'kept inodes no'* ]] ||
		skip "needs a file system that does not reuse inode numbers"
	assert_failure 1
	assert_line "  | $2"
}

@test "cp does what cp does" {
	run differential --mcp "$(type -P cp)" --jobs '' --count 1000
	assert_success
}

@test "a copier that touches directories is noticed" {
	# shellcheck disable=SC2016 # the stand-in's
	stand_in 'cp "$@"; s=$?; find . -type d -exec touch {} +; exit $s'
	assert_noticed 50 'mtime of directory'
}

@test "a copier that ignores -d is noticed" {
	# shellcheck disable=SC2016
	stand_in 'for a; do shift; [ "$a" = -d ] || set -- "$@" "$a"; done
		exec cp "$@"'
	assert_noticed 1500 'hard links'
}

@test "a copier that forgets the umask is noticed" {
	# shellcheck disable=SC2016
	stand_in 'umask 0; exec cp "$@"'
	assert_noticed 50 'mode of file'
}

@test "a copier that leaves a file behind is noticed" {
	# shellcheck disable=SC2016
	stand_in 'cp "$@"; s=$?; : >.tmp.mcp; exit $s'
	assert_noticed 50 'extra file'
}

@test "a copier with another exit status is noticed" {
	# shellcheck disable=SC2016
	stand_in 'cp "$@" || exit 2'
	assert_noticed 50 'exit status 1 -> 2'
}

@test "a copier with nothing to say is noticed" {
	# shellcheck disable=SC2016
	stand_in 'cp "$@" >/dev/null'
	assert_noticed 200 'stdout, cp only: NAME -> NAME'
}

@test "a copier that replaces what it should overwrite is noticed" {
	# shellcheck disable=SC2016
	stand_in 'exec cp --remove-destination "$@"'
	assert_noticed 200 'inode of file'
}

@test "a copier that fills holes is noticed" {
	# shellcheck disable=SC2016
	stand_in 'POSIXLY_CORRECT=1 exec cp --sparse=never "$@"'
	assert_noticed 300 'holes of file'
}

@test "mcp does what cp does" {
	run differential --mcp "$MCP" --count 2500 --jobs 1 \
		--omit-options="$MISSING"
	assert_success
}
