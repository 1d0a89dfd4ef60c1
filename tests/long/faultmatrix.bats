# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The matrix of injected faults, as much of it as there is time for; all of it is
# tests/faultmatrix.py without --share.

load ../helper

setup() {
	requires_cmd python3
	requires_strace
	requires_own_calls_only
	scratch_setup
}

@test "a call that fails, or ends a process, breaks no rule: shared blocks" {
	requires_root
	requires_cmd mkfs.xfs
	truncate -s 400M image
	mkfs.xfs -q image >/dev/null 2>&1 || skip "needs mkfs.xfs"
	mkdir xfs
	mount -o loop image xfs 2>/dev/null || skip "needs leave to mount xfs"
	MOUNTED+=("$PWD/xfs")
	run python3 "$MCP_TEST_SRCDIR/tests/faultmatrix.py" --mcp "$MCP" \
		--quiet --dir xfs --only '*/clone/*' --only 'new/auto/*' \
		--only 'old/auto/*' --only 'tree*/auto/*' \
		--share "${MCP_TEST_SHARE:-0.15}"
	assert_success
	assert_line --regexp '^# [0-9]{4,} cells'
}

@test "a call that fails, or ends a process, breaks no rule" {
	run python3 "$MCP_TEST_SRCDIR/tests/faultmatrix.py" --mcp "$MCP" \
		--quiet --share "${MCP_TEST_SHARE:-0.1}"
	assert_success
}

@test "a call that fails between the first and the last breaks no rule" {
	run python3 "$MCP_TEST_SRCDIR/tests/faultmatrix.py" --mcp "$MCP" \
		--quiet --seed "${MCP_TEST_SEED:-1}" \
		--share "${MCP_TEST_SHARE:-0.03}"
	assert_success
}
