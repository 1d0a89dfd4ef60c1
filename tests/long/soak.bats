# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Nothing is lost when something goes wrong: some rounds of tests/soak.py, and
# the proof that it would notice.

load ../helper

setup() {
	requires_cmd python3 cp
	scratch_setup
}

# soak ARGUMENT...
soak() {
	TMPDIR=$SCRATCH python3 "$MCP_TEST_SRCDIR/tests/soak.py" "$@"
}

# stand_in COMMANDS: a program that copies $S to $D, the last two words, with
# cp and $HOW, which is what cp understands of the rest, and does as COMMANDS
# say.
stand_in() {
	cat >stand-in <<-END
		#!/bin/bash
		[[ \$1 != --version ]] || exit 0
		D=\${!#} HOW=() S=
		for ((i = 3; i <= \$#; i++)); do
			case \${!i} in
			--engine=* | --chunk-size=* | -T) ;;
			-*) HOW+=("\${!i}") ;;
			*) S=\${S:-\${!i}} ;;
			esac
		done
		copy() { cp "\${HOW[@]}" -T "\$S" "\$D"; }
		one() { find "\$D" -type f -size +0 | sort | head -n 1; }
		$1
	END
	chmod 755 stand-in
}

# assert_noticed RULE [ROUNDS]: of the stand-in's rounds some broke it.
assert_noticed() {
	run soak --mcp ./stand-in --seed 1 --rounds "${2:-12}" --places=tmpfs
	assert_failure 1
	assert_output --partial "  broken: $1"
}

@test "twenty rounds break no rule" {
	requires_strace
	run soak --mcp "$MCP" --seed 1 --rounds 20
	assert_success
	assert_line '0 rounds broke a rule'
}

@test "a round is drawn the same again" {
	local first
	run soak --mcp "$MCP" --replay 7:3 --places=tmpfs
	assert_success
	first=$(grep '^7:3: ' <<<"$output")
	run soak --mcp "$MCP" --replay 7:3 --places=tmpfs
	assert_success
	# How it ended is another matter.
	assert_line --partial "${first%:*}:"
}

@test "a copier that changes a byte is noticed" {
	# shellcheck disable=SC2016 # the stand-in's
	stand_in 'copy; f=$(one); printf "\0" | dd of="$f" conv=notrunc 2>/dev/null
		touch -r "$S" "$f"'
	assert_noticed 'looks finished'
}

@test "a copier that leaves a file short is noticed" {
	# shellcheck disable=SC2016
	stand_in 'copy; truncate -s -1 "$(one)"'
	assert_noticed 'partial'
}

@test "a copier that forgets a name is noticed" {
	# shellcheck disable=SC2016
	stand_in 'copy; rm -f "$(one)"'
	assert_noticed 'not whole'
}

@test "a copier that forgets the mode is noticed" {
	# shellcheck disable=SC2016
	stand_in 'copy; chmod 601 "$(one)"'
	assert_noticed 'not whole'
}

@test "a copier that fails without a word is noticed" {
	stand_in 'copy; exit 1'
	assert_noticed 'exit status'
}

@test "a copier that dies is noticed" {
	# shellcheck disable=SC2016
	stand_in 'copy; kill -ABRT $$'
	assert_noticed 'exit status'
}

@test "a copier that touches the source is noticed" {
	# shellcheck disable=SC2016
	stand_in 'copy; touch "$S"'
	assert_noticed 'source'
}

@test "a copier that leaves a process behind is noticed" {
	stand_in 'copy; setsid sleep 100 & exit 0'
	assert_noticed 'left behind'
}

@test "a copier that leaves a hidden name is noticed" {
	# shellcheck disable=SC2016
	stand_in 'copy
		[ ! -d "$D" ] || echo x >"$D/.mcp-1-2-00000000-3-4.tmp"'
	assert_noticed 'hidden name'
}

@test "a copier that breaks hard links is noticed" {
	# shellcheck disable=SC2016
	stand_in 'HOW+=(--no-preserve=links); copy'
	assert_noticed 'hard links' 40
}

@test "a copier that hangs is noticed" {
	stand_in 'sleep 1000'
	run soak --mcp ./stand-in --seed 1 --rounds 1 --places=tmpfs --limit 2
	assert_failure 1
	assert_output --partial '  broken: hang'
}
