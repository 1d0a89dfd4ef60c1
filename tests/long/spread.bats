# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Trees with workers from their first entry on, in a build of its own (make
# check-spread): whatever cp does, they do too.

load ../helper

setup() {
	requires_cmd python3
	scratch_setup
}

@test "workers from the first entry on do what cp does" {
	run python3 "$MCP_TEST_SRCDIR/tests/differential.py" \
		--seed "${MCP_TEST_SEED:-2}" --mcp "$MCP" --count 1500 \
		--jobs 2,4 --any-order
	assert_success
}

@test "this build does start workers at the first entry" {
	requires_strace
	mkdir s
	echo x >s/f
	env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" \
		strace -f -o trace -e trace=openat2 "$MCP" -r -j 2 s t
	same_file s/f t/f
	grep -c 'exited with 0' trace
	[[ $(grep -c 'exited with 0' trace) == 3 ]]
}
