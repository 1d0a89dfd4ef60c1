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

@test "a call that fails, or ends a process, breaks no rule" {
	run python3 "$MCP_TEST_SRCDIR/tests/faultmatrix.py" --mcp "$MCP" \
		--quiet --share "${MCP_TEST_SHARE:-0.2}"
	assert_success
}
