#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --watch: the progress line of a copy that another process makes.

load helper

setup() {
	scratch_setup
	requires_cmd jq
}

# watch TARGET: run it as a program would, with plain lines.
watch() {
	run timeout 30 "$MCP" --watch="$1"
}

@test "--watch of a file: the state it has come to, and its exit status" {
	: >source
	random_file large 3M
	"$MCP" --status=log source copy
	watch log
	assert_success
	assert_output --regexp "^mcp: 100%, 0 B of 0 B, 1 of 1 file in "
	# The last copy of several is the one that counts.
	run "$MCP" --status=log nothing copy
	"$MCP" --status=log large copy
	watch log
	assert_success
	assert_output --regexp "^mcp: 100%, 3.00 MiB of 3.00 MiB, 1 of 1 file "
	run "$MCP" --status=log nothing copy
	watch log
	assert_failure 1
	assert_line --regexp "1 error"
	run "$MCP" -q --watch=log
	assert_failure 1
	assert_output ""
}

@test "--watch of a file that grows, to the end" {
	random_file big 64M
	hold_copy 2 big copy "$MCP" -j 2 --status=log big copy
	watch_on log
	wait_until grep -q ": big" watched
	[[ ! -e watched.end ]]
	go_on
	assert_ended "exit 0"
	assert_watched 0 "100%, 64.0 MiB of 64.0 MiB"
}

# watch_on TARGET: the same in the background, to the files watched and, in the
# end, watched.end.
watch_on() {
	rm -f watched watched.end
	: >watched
	spawn watching "$1"
}

watching() {
	local status=0
	"$MCP" --watch="$1" 2>watched >watched.out || status=$?
	echo "$status" >watched.end
}

# assert_watched STATUS TEXT: it ended so, and the last line has this.
assert_watched() {
	wait_until test -s watched.end
	assert_equal "$(<watched.end)" "$1"
	[[ $(tail -n 1 watched) == *"$2"* ]] || fail "$(<watched)"
	assert_equal "$(<watched.out)" ""
}

# has_open PID FILE: a child of it has.
has_open() {
	readlink "/proc/$(children_of "$1" | tr -d ' ')/fd/"* | grep -qxF "$2"
}

@test "--watch of a socket and of a FIFO, begun before or meanwhile" {
	random_file big 64M
	hold_copy 2 big copy "$MCP" -j 2 --status=unix:socket big copy
	watch_on unix:socket
	wait_until grep -q ": big" watched
	go_on
	assert_ended "exit 0"
	assert_watched 0 "100%, 64.0 MiB of 64.0 MiB"
	# A path that is a socket is enough.
	hold_copy 2 big copy2 "$MCP" -j 2 --status=unix:socket big copy2
	watch_on socket
	wait_until grep -q ": big" watched
	kill -TERM "$COPIER"
	assert_ended "signal 15"
	assert_watched 143 "64.0 MiB"
	mkfifo fifo
	hold_copy 2 big copy3 "$MCP" -j 2 --status=fifo big copy3
	watch_on fifo
	wait_until grep -q ": big" watched
	go_on
	assert_ended "exit 0"
	assert_watched 0 "100%, 64.0 MiB of 64.0 MiB"
	# It waits for somebody to tell.
	watch_on fifo
	wait_until has_open $! "$PWD/fifo"
	run "$MCP" --status=fifo big copy4
	assert_success
	assert_watched 0 "100%, 64.0 MiB of 64.0 MiB"
}

@test "--watch says when the copy was killed" {
	local target
	random_file big 64M
	mkfifo fifo
	for target in unix:socket fifo log; do
		hold_copy 2 big copy "$MCP" -j 2 --status=$target big copy
		watch_on $target
		wait_until grep -q ": big" watched
		kill -KILL "$COPIER"
		assert_ended "signal 9"
		assert_watched 1 "mcp: '$target' ended without telling how"
	done
}

@test "--watch of what is not there, of too much, and of nothing" {
	: >empty
	mkdir dir
	watch nothing
	assert_failure 1
	assert_output "mcp: cannot open 'nothing': No such file or directory"
	watch unix:nothing
	assert_failure 1
	assert_output "mcp: cannot connect to 'unix:nothing': No such file or directory"
	watch dir
	assert_failure 1
	run "$MCP" --watch=empty operand
	assert_failure 1
	assert_line "mcp: extra operand 'operand'"
	run bash -c '"$1" --watch=fd:7 7</dev/null' - "$MCP"
	assert_failure 1
	assert_output "mcp: 'fd:7' ended without telling anything"
	run bash -c ': | "$1" --watch=fd:0' - "$MCP"
	assert_failure 1
}

# Whoever writes it may be somebody else.
@test "--watch trusts nothing that it reads" {
	local evil=$'\x1b]0;evil\x07\x1b[2J'
	{
		echo '{"event":"start","v":1,"pid":4194304,"workers":-1}'
		echo nonsense
		head -c 3000000 /dev/zero | tr '\0' a
		echo
		head -c 100000 /dev/urandom
		echo
		printf '[%.0s' {1..5000}
		echo
		echo 1
		echo '"text"'
		echo '{"event":{"event":"end"},"v":1}'
		echo '{"event":"end","v":"1"}'
		echo '{"event":"progress","v":1,"files":"x","left":-5,"name":7}'
		echo '{"event":"plan","v":1,"files":-7,"bytes":1e300}'
		printf '{"event":"progress","v":1,"bytes":%s,"rate":%s,%s}\n' \
			9223372036854775807 9223372036854775807 \
			'"permille":99999,"elapsed":1e308,"left":1e308,
			"errors":9223372036854775807,"workers":1e15,
			"name":'"$(jq -n --arg name "$evil" '$name')" |
			paste -sd ' '
	} >log
	watch_on log
	wait_until grep -q evil watched
	echo '{"event":"end","v":1,"status":77,"bytes":1}' >>log
	assert_watched 77 "mcp: "
	refute grep -q $'\x1b\|\x07' watched
	# Another version may mean something else by the same words.
	echo '{"event":"end","v":2,"status":0}' >other
	run bash -c '"$1" --watch=fd:0 < <(cat other)' - "$MCP"
	assert_failure 1
	assert_output "mcp: 'fd:0' tells in a version that is not known here"
}

@test "--watch on a terminal draws the line, and leaves it clean" {
	requires_cmd script
	random_file big 64M
	hold_copy 2 big copy "$MCP" -j 2 --status=unix:socket big copy
	spawn env TERM=xterm script -qec "stty cols 80; '$MCP' --watch=socket" \
		typescript </dev/null >/dev/null
	wait_until grep -q big typescript
	go_on
	assert_ended "exit 0"
	wait_until grep -q 'COMMAND_EXIT_CODE="0"' typescript
	# Over and over in one row, and a new one at the end.
	assert grep -q $'\r.*64.0 MiB.*\x1b\\[K\r\r*$' \
		<(grep -v '^Script' typescript)
	assert_equal "$(grep -c 'MiB' <(tr '\r' ' ' <typescript))" 1
}
