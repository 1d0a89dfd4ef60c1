#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The harness itself: a suite that fails, dies, hangs or skips must not pass.

load helper

setup() {
	scratch_setup
	# The runs below are of one user, who may skip nothing.
	export MCP_TEST_USERS=root MCP_TEST_STRICT=1 MCP_TEST_ONCE=0
	unset MCP_TEST_FILTER
}

# suite NAME: a test program from standard input, run by run-suite.
suite() {
	cat >"$1"
	chmod +x "$1"
	run "$MCP_TEST_SRCDIR/tests/run-suite" "$1"
}

# merge FILE...: what the runs of root and nobody printed, joined.
merge() {
	run awk -v suite=demo -v runs=$# -v strict=1 \
		-v expected=expected-skips \
		-f "$MCP_TEST_SRCDIR/tests/merge-tap.awk" \
		user=root status=0 "$1" ${2:+user=nobody status=0 "$2"}
}

@test "results are numbered through and the plans added up" {
	suite groups <<-'END'
		#!/bin/sh
		printf '1..1\nok 1 - a\n1..2\nok 1 - b\nnot ok 2 - c\n'
		exit 1
	END
	assert_line "ok 1 - a"
	assert_line "ok 2 - b"
	assert_line "not ok 3 - c"
	assert_line "1..3"
}

@test "a suite that dies halfway fails" {
	suite dies <<-'END'
		#!/bin/sh
		printf '1..3\nok 1 - a\n'
		kill -SEGV $$
	END
	assert_line --partial "not ok 2 - the suite ends early: 1 of 3 results"
}

@test "a suite that says nothing fails" {
	suite mute <<-'END'
		#!/bin/sh
	END
	assert_line --partial "not ok 1 - the suite ends early: 0 of unknown"
}

@test "a bad exit status fails even if all tests passed" {
	suite leaks <<-'END'
		#!/bin/sh
		printf '1..1\nok 1 - a\n'
		exit 99
	END
	assert_line "not ok 2 - the suite ends well: exit status 99"
}

# under_valgrind SUITE: tests/valgrind runs it, and takes "leaks" for mcp.
under_valgrind() {
	run env MCP="$PWD/leaks" "$MCP_TEST_SRCDIR/tests/valgrind" out "$1"
}

@test "what memcheck finds fails, whatever the test says" {
	requires_cmd cc valgrind
	cat >leaks.c <<-'END'
		#include <stdlib.h>
		#include <unistd.h>
		int main(int argc, char **argv)
		{
			if (argc > 1 && fork() == 0)
				_exit(write(1, malloc(1), 1) != 1);
			return 0;
		}
	END
	cc -o leaks leaks.c
	sed 's/^test/@&/' >well.bats <<-'END'
		test "a" { "$MCP"; }
	END
	sed 's/;/ fork;/' well.bats >badly.bats
	under_valgrind well.bats
	assert_success
	assert_output --partial "1 passed, 0 failed, 0 skipped; 1 processes, 0 errors"
	under_valgrind badly.bats
	assert_failure
	assert_output --partial "Syscall param write(buf) points to uninitialised"
	assert_output --partial "1 bytes in 1 blocks are definitely lost"
	assert_output --partial "1 passed, 0 failed, 0 skipped; 2 processes, 2 errors"
}

@test "a suite that hangs is ended with its children" {
	MCP_TEST_TIMEOUT=1 suite hangs <<-'END'
		#!/bin/sh
		echo 1..1
		sleep 1000 &
		echo $! >"$MCP_TEST_TMPDIR/../../child"
		wait
	END
	assert_line --partial "0 of 1 results, exit status 124 (timed out)"
	wait_until gone "$(cat child)"
}

# Dead, be it that nobody has reaped it yet.
gone() {
	! grep -qs '^State:[[:space:]]*[^Z]' "/proc/$1/status" ||
		grep -q '^State:[[:space:]]*Z' "/proc/$1/status"
}

@test "a run that is interrupted ends its suite and cleans up" {
	mkdir tmp
	cat >endless <<-'END'
		#!/bin/sh
		sleep 1000 &
		echo $! >"$MCP_TEST_TMPDIR/../../../child"
		wait
	END
	chmod +x endless
	MCP_TEST_TMPDIR=$PWD/tmp spawn "$MCP_TEST_SRCDIR/tests/run-suite" endless
	wait_until test -s child
	kill -TERM "$!"
	wait_until gone "$(cat child)"
	wait_until gone "$!"
	assert_equal "$(ls tmp)" ""
}

@test "signals ignored outside are not ignored in a suite" {
	env --default-signal true 2>/dev/null || skip "needs env --default-signal"
	trap '' INT HUP
	suite signals <<-'END'
		#!/bin/sh
		grep SigIgn /proc/self/status
		printf '1..1\nok 1\n'
	END
	trap - INT HUP
	assert_line --regexp 'SigIgn:.*0$'
}

@test "a skip is an error unless some run did the test" {
	: >expected-skips
	printf '1..2\nok 1 a # skip needs x\nok 2 b # skip needs x\n' >root
	printf '1..2\nok 1 a\nok 2 b # skip needs y\n' >nobody
	merge root nobody
	assert_line "ok 1 - a [root] # SKIP needs x"
	assert_line "ok 3 - a [nobody]"
	assert_line "not ok 4 - b [nobody]: skipped in every run: needs x"
	assert_line "1..4"
}

@test "an expected skip is none" {
	printf '%s\n' "demo: a (1*) # needs x" "~ demo: .* # needs (y|z)" \
		>expected-skips
	printf '1..3\n%s\n%s\n%s\n' "ok 1 a (1*) # skip needs x" \
		"ok 2 b # skip needs z" "ok 3 c # skip needs z now" >root
	merge root
	assert_line "ok 1 - a (1*) # SKIP needs x"
	assert_line "ok 2 - b # SKIP needs z"
	assert_line "not ok 3 - c: skipped in every run: needs z now"
}

@test "a test that cmocka skipped is no failure" {
	echo "~ demo: .* # .*" >expected-skips
	printf '1..1\nnot ok 1 # SKIP test_pages\n' >root
	merge root
	assert_line "ok 1 - test_pages # SKIP said by the unit test"
}

@test "a suite skipped as a whole is a skip" {
	: >expected-skips
	printf '1..0 # SKIP no such kernel\n' >root
	merge root
	assert_line "not ok 1 - all tests: skipped in every run: no such kernel"
}

@test "root's suites run as nobody as well, in a place of his own" {
	requires_root
	chmod 755 .
	MCP_TEST_USERS="root nobody" suite who <<-'END'
		#!/bin/sh
		touch "$MCP_TEST_SRCDIR/x$(id -un)" && rm "$MCP_TEST_SRCDIR/x$(id -un)" &&
			touch "$MCP_TEST_TMPDIR/y" && test -x "$MCP" &&
			printf '1..1\nok 1 - is %s\n' "$(id -un)"
	END
	assert_success
	assert_line "ok 1 - is root [root]"
	assert_line "ok 2 - is nobody [nobody]"
}

# Bats would take "@test" here for one of ours.
@test "where once is enough, nobody runs what root has skipped" {
	requires_root
	chmod 755 .
	mkdir tests src
	cp "$MCP" src/mcp
	cp "$MCP_TEST_SRCDIR"/tests/{run-suite,merge-tap.awk,expected-skips} tests
	sed 's/^test/@&/' >tests/ones.bats <<-'END'
		test "of both" { true; }
		test "of (all) users: a+b [c]" { ((EUID)) || skip "needs a user"; }
		test "of nobody here" { skip "needs more"; }
	END
	MCP=$PWD/src/mcp MCP_TEST_SRCDIR=$PWD MCP_TEST_ONCE=1 \
		MCP_TEST_USERS="root nobody" run tests/run-suite tests/ones.bats
	assert_line "ok 1 - of both [root]"
	assert_line "ok 2 - of (all) users: a+b [c] [root] # SKIP needs a user"
	assert_line "ok 4 - of (all) users: a+b [c] [nobody]"
	assert_line "not ok 5 - of nobody here [nobody]: skipped in every run:\
 needs more"
	assert_line "1..5"
}

@test "a mount made by a test is gone after it" {
	requires_root
	mkdir tmp
	MCP_TEST_TMPDIR=$PWD/tmp suite mounts <<-'END'
		#!/bin/sh
		mkdir "$MCP_TEST_TMPDIR/m"
		mount -t tmpfs -o size=64k none "$MCP_TEST_TMPDIR/m" || exit
		printf '1..1\nok 1\n'
	END
	if [[ $output == *"permission denied"* ]]; then
		skip "needs leave to mount"
	fi
	assert_success
	refute grep "$PWD/tmp" /proc/self/mountinfo
	assert_equal "$(ls tmp)" ""
}

@test "wait_until waits, and gives up" {
	spawn sh -c 'sleep 0.2; touch late'
	wait_until test -e late
	run wait_until -t 0 test -e never
	assert_failure
	assert_output --partial "not so after 0 s: test -e never"
}

@test "same_file sees content, mode and holes" {
	random_file a 64K
	cp -p a b
	same_file a b times

	chmod 600 b
	run same_file a b
	assert_failure
	same_file a b -mode

	cp -p a b
	printf x | dd of=b bs=1 seek=5000 conv=notrunc status=none
	run same_file a b
	assert_failure

	truncate -s 1M holes
	head -c 1M /dev/zero >full
	run same_file holes full
	assert_failure
	same_file holes full -holes
}
