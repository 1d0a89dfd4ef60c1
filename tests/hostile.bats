#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Trees that somebody else can write to, and names that he chose: what SECURITY.md
# promises.

bats_require_minimum_version 1.5.0
load helper
load hostile

# each_attacker COMMAND...: as each user that can be had, in a new arena.
each_attacker() {
	local who whos=(same) start=$PWD
	((EUID)) || whos+=(other)
	for who in "${whos[@]}"; do
		cd "$(mktemp -d "$start/arena.XXX")" || return
		chmod 755 .
		arena
		"$1" "$who" "${@:2}"
		cd "$start" || return
	done
}

chmod_scratch() {
	chmod 755 "$SCRATCH"
}

@test "a source exchanged for a symlink: nothing outside is read" {
	local options
	chmod_scratch
	for options in "-r -j 1" "-a -j 4"; do
		echo "$options"
		# shellcheck disable=SC2086 # a list
		each_attacker race_source 800 500 $options
		((COPIES >= 3))
	done
}

@test "a destination exchanged for a symlink: nothing outside is written" {
	local options
	chmod_scratch
	for options in "-r -j 1" "-a -j 4"; do
		echo "$options"
		# shellcheck disable=SC2086 # a list
		each_attacker race_dest 800 500 $options
		((COPIES >= 3))
	done
}

# It is stopped between its look at the link and that at what it leads to.
@test "our symlink exchanged for somebody else's: nothing outside is written" {
	requires_root
	requires_strace
	local n calls='?newfstatat,?fstatat64'
	links_arena
	traced log -e trace="$calls" "$MCP" -j 1 -r -T source dest
	assert_equal "$(<dest/inside)" open
	n=$(grep -n '"f", {st_mode=S_IFLNK' log | sed 's/:.*//')
	hold_traced 0 env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" \
		strace -f -qq -o log -e trace="$calls" \
		-e inject="$calls:signal=SIGSTOP:when=$n" \
		"$MCP" -j 1 -r -T source dest
	"$EXCHANGE" 1 0 dest f f.link
	go_on_to_end
	assert_ended "exit 1"
	assert_equal "$(<job.err)" "mcp: not overwriting 'dest/f', as it was\
 replaced while being copied"
	assert_untouched dest
}

# A FIFO without a reader is waited for, which leaves time.
@test "a directory exchanged for a symlink: no name outside is linked to" {
	local first second
	requires_strace
	mkdir -p source/a source/b outside
	echo inside >source/a/name
	ln source/a/name source/b/name
	echo outside >outside/name
	# When the second directory is made, the first has its name.
	hold_traced 0 env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" \
		strace -f -qq -o log -e trace=mkdirat \
		-e inject=mkdirat:signal=SIGSTOP:when=3 \
		"$MCP" -a -j 1 source dest
	first=$(echo dest/*/name)
	first=${first%/name}
	second=dest/$([[ $first == dest/a ]] && echo b || echo a)
	mv "$first" moved
	ln -s "$PWD/outside" "$first"
	go_on_to_end
	assert_ended "exit 1"
	assert_equal "$(<job.err)" "mcp: cannot create hard link '$second/name' to\
 '$first/name': Too many levels of symbolic links"
	assert_equal "$(stat -c %h outside/name)" 1
	assert_not_exist "$second/name"
}

@test "what was a FIFO and is a symlink now is not written to" {
	local jobs
	for jobs in 1 4; do
		rm -rf ./*
		arena
		rm -r source/x source/many source/*.link dest/f
		mkfifo dest/f
		launch "$MCP" -j $jobs -r -T source dest
		open_gate
		# It has looked at it, and found nobody there.
		wait_until -t 10 is_waiting
		"$EXCHANGE" 1 0 dest f f.link
		assert_ended "exit 1"
		assert_untouched dest
	done
}

# is_waiting: mcp polls, again and again, for the reader of a FIFO.
is_waiting() {
	grep -qE 'poll|restart' "/proc/$JOB/wchan" 2>/dev/null &&
		[[ $(<"/proc/$JOB/comm") == "$MCP_TEST_COMM" ]]
}

# What is followed on request shows that the tests above can fail.

@test "with -L what is outside is read, which is noticed" {
	arena
	"$MCP" -rL source copy
	run assert_untouched copy
	assert_failure
	assert_output --partial "read outside"
}

@test "with --keep-directory-symlink it is written, which is noticed" {
	arena
	rm -r source/*.link dest/x
	mv dest/x.link dest/x
	((EUID)) || chown -h root dest/x
	"$MCP" -r --keep-directory-symlink -T source dest
	run assert_untouched dest
	assert_failure
	assert_output --partial "changed outside"
}

@test "somebody else's symlink in the way of a file is not written through" {
	requires_root
	arena
	rm source/*.link dest/f
	mv dest/f.link dest/f
	run "$MCP" -r -T source dest
	assert_failure 1
	assert_output "mcp: not writing through symlink 'dest/f' of another user"
	assert_untouched dest
}

@test "a symlink in the way of a directory is not followed" {
	local jobs
	arena
	rm -r source/*.link dest/x
	mv dest/x.link dest/x
	for jobs in 1 4; do
		run "$MCP" -j $jobs -r -T source dest
		assert_failure 1
		assert_output "mcp: cannot overwrite non-directory 'dest/x' with\
 directory 'source/x'"
		assert_untouched dest
		assert_equal "$(cat dest/f)" open
	done
}

# Names

@test "whatever a name is made of, its copy has it" {
	local jobs names=($'new\nline' $'esc\e[31mape' $'bell\a' $'bad\xff\xfe'
		"$(printf '%255s' '' | tr ' ' n)" "$(printf '\303\274%.0s' {1..127})"
		-dash '*' ' ' $'\\' "it's" $'tab\t' ...)
	mkdir -p tree/dirs
	for name in "${names[@]}"; do
		echo "$name" >"tree/$name"
		mkdir "tree/dirs/$name"
		ln -s -- "$name" "tree/dirs/$name/link"
	done
	for jobs in 1 4; do
		run "$MCP" -j $jobs -a tree copy
		assert_success
		assert_output ""
		diff -r --no-dereference tree copy
		assert_equal "$(find copy | wc -l)" "$(find tree | wc -l)"
		rm -r copy
	done
}

@test "no control character of a name reaches the terminal" {
	local jobs name
	mkdir -p tree dest
	for name in $'new\nline' $'esc\e[31mape' $'bell\a' $'cr\rcr' $'del\177' \
		$'c1\xc2\x9b31m' $'bad\xff'; do
		echo text >"tree/$name"
		# What is in the way is said, with its name.
		mkdir "dest/$name"
	done
	for jobs in 1 4; do
		run "$MCP" -j $jobs -rv -T tree dest
		assert_failure 1
		assert_equal "${#lines[@]}" 7
		refute grep -qaP '[\x00-\x09\x0b-\x1f\x7f]' <<<"$output"
	done
}

@test "set-id bits go when the owner cannot be kept" {
	requires_user
	local other
	# Somebody else's set-id program, that all may read.
	other=$(find /usr/bin /bin -maxdepth 1 -perm -4005 ! -user "$(id -u)" \
		-type f 2>/dev/null | head -n 1)
	[[ -n $other ]] || skip "needs somebody else's set-id program"
	mkdir tree
	for jobs in 1 4; do
		"$MCP" -j $jobs -p "$other" copy 2>err || :
		assert_equal "$(stat -c %u copy)" "$(id -u)"
		test ! -u copy
		rm -f copy
	done
}

@test "set-id bits go when chown fails, also as root" {
	requires_root
	local jobs
	mount_poor dir noowner
	echo program >program
	chown 12:34 program
	chmod 6755 program
	for jobs in 1 4; do
		run "$MCP" -j $jobs -p program dir/copy
		assert_failure 1
		assert_equal "$(stat -c %u dir/copy)" 0
		test ! -u dir/copy
		test ! -g dir/copy
		cmp program dir/copy
		rm dir/copy
	done
}

@test "FIFOs, sockets and devices of a tree are never opened" {
	requires_root
	requires_strace
	local jobs
	mkdir tree
	mkfifo tree/fifo
	mknod tree/device c 1 5
	mknod tree/disk b 7 200
	perl -MIO::Socket::UNIX -e \
		'IO::Socket::UNIX->new(Local => "tree/socket", Listen => 1) or die'
	for jobs in 1 4; do
		traced log -e trace=open,openat -y "$MCP" -j $jobs -a tree copy
		refute grep -E '"(fifo|device|disk|socket)".*, O_(RDONLY|WRONLY|RDWR)[^P]*(O_CLOEXEC)?\) *= [0-9]' \
			<(grep -v O_PATH log)
		assert_equal "$(cd copy && stat -c '%n %f %t,%T' ./*)" \
			"$(cd tree && stat -c '%n %f %t,%T' ./*)"
		rm -r copy
	done
}
