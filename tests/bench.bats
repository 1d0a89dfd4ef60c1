#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The benchmark: it counts what is right, and nothing else, and cleans up.

load helper

setup() {
	requires_cmd cc
	requires_cmd python3
	scratch_setup
	mkdir tools place
}

# tool NAME: builds bench/NAME here; make check has no need of them otherwise.
tool() {
	local more=()
	# The one that measures a part of mcp itself.
	if [[ $1 == mappings ]]; then
		: >config.h
		more=(-I. "$MCP_TEST_SRCDIR/src/store.c")
	fi
	cc -o "tools/$1" "$MCP_TEST_SRCDIR/bench/$1.c" "${more[@]}"
}

# bench ARGUMENT...: one round of something small, in the directory "place".
bench() {
	local name
	for name in clock limit limit-tree mappings; do
		[[ -e tools/$name ]] || tool "$name"
	done
	python3 "$MCP_TEST_SRCDIR/bench/run" --mcp="$MCP" --tools=tools \
		--results=results --directory=place --rounds=1 --most=1 \
		--scale=0.001 "$@"
}

# fake LINE...: a program "fake" that copies as LINE says.
fake() {
	printf '%s\n' '#!/bin/sh' 'for last; do :; done' "$@" >fake
	chmod +x fake
}

# says PYTHON: an expression about the module stats.
says() {
	PYTHONPATH=$MCP_TEST_SRCDIR/bench PYTHONDONTWRITEBYTECODE=1 \
		python3 -c "
import sys
from mcpbench.stats import *
sys.exit(not ($1))"
}

@test "a benchmark copies, checks and reports" {
	run bench --only=start/dir,three-r/dir
	assert_success
	assert_output --regexp '\| start/dir +\| mcp -j 2 \|'
	assert_output --regexp '\| three-r/dir +\| mcp -j 2 \|'
	refute_output --partial wrong:
	[[ -s results/results.md ]]
	python3 -m json.tool results/results.json >/dev/null
	assert_equal "$(ls -A place)" ""
}

@test "a benchmark counts no wrong copy" {
	fake "printf '%01024d' 0 >\"\$last\""
	run bench --only=start/dir --mcp=./fake
	assert_success
	assert_output --regexp 'mcp -j 2 .*wrong: the content differs'
	assert_equal "$(ls -A place)" ""
}

@test "a benchmark counts no copier that fails" {
	fake 'echo oh no >&2; exit 3'
	run bench --only=start/dir --mcp=./fake
	assert_success
	assert_output --regexp 'mcp -j 2 .*wrong: exit 3: oh no'
}

@test "a benchmark goes on with what it has" {
	bench --only=start/dir --resume
	run bench --only=start/dir --resume
	assert_success
	assert_line "start/dir: kept from before"
	# Another program: its former result tells nothing.
	# shellcheck disable=SC2016 # it is the fake that has such arguments
	fake 'exec cp "$4" "$5"'
	run bench --only=start/dir --resume --mcp=./fake
	refute_line "start/dir: kept from before"
}

@test "a benchmark that is stopped leaves nothing behind" {
	local name
	for name in clock limit limit-tree mappings; do
		tool "$name"
	done
	fake "echo \$\$ >'$PWD/started'" 'exec sleep 60'
	bench --only=start/dir --mcp=./fake &
	wait_until test -s started
	kill "$(children_of $!)"
	wait $! || :
	assert_equal "$(ls -A place)" ""
	assert_gone "$(<started)"
}

@test "auto is held against every engine, and ways to map against each other" {
	run bench --only=engines/dir,mappings/dir
	assert_success
	assert_output --partial "times what the fastest of the engines forced"
	assert_output --regexp '\| mmap +\| [0-9]'
	assert_output --regexp '\| mcp -j 16 +\| [0-9]'
	assert_output --regexp '\| mappings -p -r -h -n +\| [0-9]'
	refute_output --partial wrong:
}

@test "the limit is a copy" {
	tool limit
	tool limit-tree
	random_file source 1234567
	tools/limit copy -j 3 source new
	cmp source new
	tools/limit copy -p -j 2 -b 4096 source reserved
	cmp source reserved
	mkdir -p tree/a/b
	cp source tree/a/b/large
	printf x >tree/a/small
	ln -s small tree/a/link
	tools/limit-tree -j 2 tree copy
	diff -r --no-dereference tree copy
	tools/limit-tree -m -j 2 tree moved
	diff -r --no-dereference tree moved
}

@test "what the control does not allow is not shown" {
	says 'interval([3, 1, 2]) == (1, 3)'
	says 'interval(range(7)) == (0, 6)'
	says 'interval(range(9)) == (1, 7)'
	local control
	control='compare({i: 10 for i in range(7)}, {i: 9 + i / 3 for i in range(7)})'
	says "spread($control) > 1.2"
	says "verdict(compare({i: 10 for i in range(7)},
		{i: 8 for i in range(7)}), $control) == 'likely faster'
		or not shown(compare({i: 10 for i in range(7)},
		{i: 8 for i in range(7)}), $control)"
	says "verdict(compare({i: 30 for i in range(7)},
		{i: 10 for i in range(7)}), $control) == 'faster'"
	says "verdict(compare({i: 10 for i in range(7)},
		{i: 30 for i in range(7)}), $control) == 'slower'"
	says "verdict(compare({0: 10}, {0: 1}),
		compare({0: 10}, {0: 10})) == 'too few rounds'"
	# A control that is steadily beside 1 is no control.
	says "not shown(compare({i: 10 for i in range(7)},
		{i: 8 for i in range(7)}), compare({i: 10 for i in range(7)},
		{i: 8 for i in range(7)}))"
}
