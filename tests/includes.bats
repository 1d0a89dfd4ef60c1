#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The direction of includes in src/, and the check of it.

load helper

# A tree with three rooms; the tests add to it.
setup() {
	scratch_setup
	mkdir doc src
	cat >doc/design.md <<-'END'
		| layer | modules |
		|---|---|
		| 0 | `util` (as `copy` likes it), `err` |
		| 1 | `engine_*`, `engine` |
		| 2 | `copy` |

		`engine` may include `engine_*`.
	END
	echo '#include <stdio.h>' >src/util.h
	echo '#include "util.h"' >src/util.c
}

lint() {
	run "$MCP_TEST_SRCDIR/tests/lint-includes" .
}

@test "the sources include lower layers only" {
	run "$MCP_TEST_SRCDIR/tests/lint-includes" "$MCP_TEST_SRCDIR"
	assert_success
	assert_output ""
}

@test "lower layers, one's own header and config.h are fine" {
	printf '#include "%s.h"\n' config copy engine util >src/copy.c
	lint
	assert_success
	assert_output ""
}

@test "a higher layer is refused" {
	echo '#include "copy.h"' >>src/util.c
	lint
	assert_failure 1
	assert_output "src/util.c:2: util (layer 0) includes copy.h (layer 2)"
}

@test "the same layer is refused" {
	echo '  #  include "err.h"' >>src/util.h
	lint
	assert_failure 1
	assert_output "src/util.h:2: util (layer 0) includes err.h (layer 0)"
}

@test "the same layer is fine where the page says so, that way only" {
	echo '#include "engine_rw.h"' >src/engine.c
	lint
	assert_success
	echo '#include "engine.h"' >src/engine_rw.c
	lint
	assert_failure 1
	assert_output --partial "engine_rw (layer 1) includes engine.h (layer 1)"
}

@test "a module without a room is refused" {
	echo '#include "attic.h"' >>src/util.c
	: >src/cellar.c
	echo '#include "util.h"' >src/cellar.c
	lint
	assert_failure 1
	assert_line "src/cellar.c:1: cellar has no room in doc/design.md"
	assert_line "src/util.c:2: attic has no room in doc/design.md"
}

@test "a header from outside src is refused" {
	echo '#include "../bench/ipc.h"' >>src/util.c
	lint
	assert_failure 1
	assert_output "src/util.c:2: ../bench/ipc.h is no header of src/"
}

@test "a page without the table is an error" {
	echo nothing >doc/design.md
	lint
	assert_failure 1
	assert_output --partial "no table of rooms found"
}
