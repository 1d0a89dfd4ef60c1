#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A sample of the matrix of injected faults, tests/faultmatrix.py, and the proof
# that it would notice.  make check-long has more of it (tests/long).

load helper

setup() {
	requires_cmd python3
	requires_strace
	requires_own_calls_only
	scratch_setup
}

# matrix ARGUMENT...
matrix() {
	python3 "$MCP_TEST_SRCDIR/tests/faultmatrix.py" --quiet "$@"
}

# assert_hit N: as many faults have struck, or more.
assert_hit() {
	[[ $output =~ ([0-9]+)" of them hit" ]]
	((BASH_REMATCH[1] >= $1))
}

@test "a call that fails, or ends a process, breaks no rule: one file" {
	run matrix --mcp "$MCP" --only '[nokhtr]*/*' --omit 'tree*' \
		--share 0.02
	assert_success
	assert_hit 300
}

@test "a call that fails, or ends a process, breaks no rule: trees" {
	run matrix --mcp "$MCP" --only 'tree*' --only 'forest*' --share 0.007
	assert_success
	assert_hit 100
}

# assert_met KIND PATTERN: so a fault at KIND is called. Who comes first to a file
# differs from run to run, and often it is the parent.
assert_met() {
	local _
	for _ in {1..20}; do
		matrix --mcp "$MCP" --list --only "$1/rw/j4/*" >listed
		! grep -q "^$1/rw/j4/$2" listed || return 0
	done
	fail "$1 does not meet $2"
}

@test "workers meet the faults of what is large, and of what is heavy" {
	# Who does this has the file for itself.
	assert_met forest-large 'worker/ftruncate(dest'
	assert_met forest-heavy 'worker/ftruncate(dest'
	# Of a file for all workers they hear by this.
	assert_met forest-large 'worker/recvmsg(dest'
}

@test "workers and who has them meet the faults of what goes to the disk" {
	local step='sync_file_range(dest,SYNC_FILE_RANGE_WAIT_BEFORE.*/EIO$'
	assert_met forest-fsync "parent/$step"
	assert_met forest-fsync "worker/$step"
	# A small file's, and a directory's.
	assert_met forest-fsync 'worker/fsync(dest)/EIO$'
}

@test "a seed draws the time at which a call fails" {
	run matrix --mcp "$MCP" --list --only 'three/rw/j1/*' --seed 5
	assert_success
	assert_line --regexp '^three/rw/j1/parent/openat\(source.*\)[0-9]+/EIO$'
	assert_line --regexp '^three/rw/j1/parent/openat\(source.*\)[0-9]+/KILL$'
	refute_line --regexp '\)(last)?/'
	run matrix --mcp "$MCP" --only 'three/rw/j1/parent/openat(*' --seed 5
	assert_success
	assert_hit 20
}

# stand_in COMMANDS: a copier that does as COMMANDS say.
stand_in() {
	printf '#!/bin/sh\n%s\n' "$1" >stand-in
	chmod 755 stand-in
}

# assert_noticed WHAT [CELLS]: some fault makes the matrix say so of stand-in.
assert_noticed() {
	run matrix --mcp ./stand-in --only "${2:-new/rw/j1/*}" --share 0.3
	assert_failure 1
	assert_output --partial "$1"
}

@test "a copier that exits 0 whatever happens is noticed" {
	stand_in "'$MCP' \"\$@\"; exit 0"
	assert_noticed "exit status 0, but: mcp: "
}

@test "a copier with nothing to say is noticed" {
	stand_in "'$MCP' \"\$@\" 2>&-"
	assert_noticed "exit status 1 without a word"
}

@test "a copier that leaves an incomplete file is noticed" {
	stand_in "'$MCP' \"\$@\" || { s=\$?; echo x >D/big; exit \$s; }"
	assert_noticed "big is new and incomplete, 2 bytes"
}

@test "what differs in a large file is seen, and where its holes are is not" {
	truncate -s 32M one
	echo end >>one
	cp --sparse=never one same
	cp one shorter
	truncate -s -1 shorter
	cp one other
	printf x | dd of=other bs=1 seek=16M conv=notrunc status=none
	PYTHONPATH=$MCP_TEST_SRCDIR/tests run python3 -B -c '
from faults.snapshot import digest
print([digest("one") == digest(name) for name in ("same", "shorter", "other")])'
	assert_success
	assert_output "[True, False, False]"
}

@test "a copier that loses what was there is noticed" {
	stand_in "'$MCP' \"\$@\" || { s=\$?; rm -f D/big; exit \$s; }"
	assert_noticed "big was there, and is gone" 'remove/rw/j1/*/E*'
}

@test "a copier that leaves neither the old nor the new file when killed is noticed" {
	stand_in "rm D/big; exec '$MCP' \"\$@\""
	assert_noticed "big was there, and is gone" 'remove/rw/j1/*/KILL'
}

@test "a copier that leaves a temporary name is noticed" {
	stand_in "'$MCP' \"\$@\" || { s=\$?; >D/.mcp-1.tmp; exit \$s; }"
	assert_noticed "a temporary name: .mcp-1.tmp"
}

@test "a copier that changes its source is noticed" {
	stand_in "'$MCP' \"\$@\" || { s=\$?; touch S/big; exit \$s; }"
	assert_noticed "the source: big has changed"
}

@test "a copier that hides an error that must be one is noticed" {
	stand_in "'$MCP' \"\$@\" 2>&- || cp S/big D/big"
	assert_noticed "copied, and not failed or kept or incomplete"
}
