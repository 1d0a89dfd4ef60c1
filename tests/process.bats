#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Parent and workers: who is forked, what each holds, and who dies of what.

load helper

setup_file() {
	# Large enough to be stopped in the middle of.
	random_file "$BATS_FILE_TMPDIR/big" 64M
	random_file "$BATS_FILE_TMPDIR/medium" 20M
}

setup() {
	scratch_setup
	BIG=$BATS_FILE_TMPDIR/big
	MEDIUM=$BATS_FILE_TMPDIR/medium
}

FORK='?clone,?clone3,?fork,?vfork'

# forks FILE: how many processes a trace saw but the first.
forks() {
	echo $(($(cut -d ' ' -f 1 "$1" | sort -u | wc -l) - 1))
}

# assert_forks N COMMAND...: it forks so many workers, and ends well.
assert_forks() {
	local expected=$1
	shift
	run traced log -e trace="$FORK,exit_group" "$@"
	assert_success
	assert_equal "$(forks log)" "$expected"
}

# is_replaced PID [OTHERS]: COPIER has as many children as WORKERS and OTHERS,
# and none of them is PID.
is_replaced() {
	local now
	now=$(children_of "$COPIER")
	(($(wc -w <<<"$now") == ${#WORKERS[@]} + ${2:-0})) &&
		! grep -qw "$1" <<<"$now"
}

# assert_here NAME...: nothing is here but that and what the test itself made.
assert_here() {
	assert_equal "$(ls -A -I 'job.*' -I 'log*' -I dest.before)" \
		"$(printf '%s\n' "$@")"
}

# Traces

trace_five() {
	run traced log -y -s 64 -e trace="openat,mmap,ftruncate,write,$FORK" \
		"$MCP" -j 5 --engine="$1" "$MEDIUM" copy
	assert_success
	same_file "$MEDIUM" copy
	assert_equal "$(forks log)" 5
	assert_equal "$(grep -c "openat(.*\"$MEDIUM\"" log)" 1
	grep "ftruncate(.*, $(stat -c %s copy)) = 0" log
}

# in_each_worker REGEX: each of them did a call that matches.
in_each_worker() {
	local pid pids
	pids=$(cut -d ' ' -f 1 log | uniq | awk '!seen[$0]++ && NR > 1')
	for pid in $pids; do
		grep -qE "^$pid +$1" log ||
			fail "worker $pid did no $1" || return
	done
}

@test "mmap: five workers map source and destination, and send records" {
	requires_strace
	trace_five mmap
	in_each_worker "mmap\(NULL, [0-9]+, PROT_READ, MAP_SHARED, [0-9]+<$MEDIUM>"
	in_each_worker 'mmap\(NULL, [0-9]+, PROT_READ\|PROT_WRITE, MAP_SHARED, '
	in_each_worker 'write\([0-9]+<pipe:\[[0-9]+\]>, "\\1\\2'
}

@test "rw: five workers map nothing, and send records" {
	requires_strace
	trace_five rw
	refute grep "mmap(.*MAP_SHARED, [0-9]*<$MEDIUM" log
	in_each_worker 'write\([0-9]+<pipe:\[[0-9]+\]>, "\\1\\2'
}

@test "-j 1 forks nothing" {
	requires_strace
	assert_forks 0 "$MCP" -j 1 "$BIG" copy
	assert_forks 0 "$MCP" -j 1 --engine=mmap "$MEDIUM" copy
}

@test "without -j a small file forks nothing" {
	requires_strace
	random_file small 1M
	assert_forks 0 "$MCP" small copy
}

@test "without -j a large file forks workers if there are CPUs for them" {
	requires_strace
	requires_cmd taskset
	local first
	first=$(taskset -cp $$ | sed 's/.*: *\([0-9]*\).*/\1/')
	assert_forks 0 taskset -c "$first" "$MCP" "$BIG" copy
	traced log -e trace="$FORK,exit_group" "$MCP" "$BIG" copy2
	same_file "$BIG" copy2
	# A control group may allow less than nproc tells.
	(($(forks log) <= $(nproc) && $(forks log) != 1))
}

@test "without -j later ones of several files fork workers from 1 MiB a CPU on" {
	requires_strace
	local first=$((4 * 1048576)) later=$(($(nproc) * 1048576))
	mkdir dir
	random_file large $first
	random_file less $((first - 1))
	random_file later $later
	random_file small 1048575
	assert_forks 0 "$MCP" large small dir
	assert_forks 0 "$MCP" less small dir
	(($(nproc) < 2)) || assert_forks 0 "$MCP" -j 1 large later dir
	traced log -e trace="$FORK,exit_group" "$MCP" large later dir
	same_file later dir/later
	assert_forks "$(forks log)" "$MCP" "$BIG" copy
}

@test "-j N forks N workers for N pages and none for fewer" {
	requires_strace
	local page
	page=$(getconf PAGESIZE)
	random_file five $((5 * page))
	random_file less $((5 * page - 1))
	assert_forks 5 "$MCP" -j 5 five copy
	same_file five copy
	assert_forks 0 "$MCP" -j 5 less copy2
	same_file less copy2
}

@test "workers stay for the next file" {
	requires_strace
	mkdir dir
	cp "$MEDIUM" again
	assert_forks 3 "$MCP" -j 3 "$MEDIUM" again dir
	same_file "$MEDIUM" dir/medium
	same_file again dir/again
}

# What a process holds

# open_in PID: what its descriptors are, a line each; valgrind's own are above.
open_in() {
	local fd
	for fd in /proc/"$1"/fd/*; do
		((${fd##*/} >= 1000)) || readlink "$fd"
	done
}

# start_with_descriptors COMMAND...: with some more than 0 to 2 open, of low
# numbers, and of one that is higher than those of all pipes.
start_with_descriptors() {
	exec 5</dev/zero 7>>inherited 9</etc/passwd 99</etc/passwd
	exec "$@"
}

@test "a worker holds three ends, two files and 0 to 2, nothing else" {
	local pid files
	export -f start_with_descriptors
	hold_copy 5 "$BIG" copy bash -c 'start_with_descriptors "$@"' - \
		"$MCP" -j 5 "$BIG" copy
	open_in "$COPIER" | grep -x /dev/zero # it was there to be closed
	for pid in "${WORKERS[@]}"; do
		files=$(open_in "$pid")
		assert_equal "$(wc -l <<<"$files")" 8
		assert_equal "$(grep -c '^pipe:' <<<"$files")" 2
		assert_equal "$(grep -c '^socket:' <<<"$files")" 1
		assert_equal "$(grep -cx "$BIG" <<<"$files")" 1
	done
	go_on
	assert_ended "exit 0"
}

@test "no end of a pipe is in two workers, and the parent keeps the others" {
	local pid end ends
	hold_copy 5 "$BIG" copy "$MCP" -j 5 "$BIG" copy
	ends=$(for pid in "${WORKERS[@]}"; do
		open_in "$pid" | grep '^pipe:'
	done | sort)
	assert_equal "$(wc -l <<<"$ends")" 10
	assert_equal "$(uniq -d <<<"$ends")" ""
	open_in "$COPIER" >kept
	for end in $ends; do
		assert_equal "$(grep -cFx "$end" kept)" 1
	done
	go_on
	assert_ended "exit 0"
}

# has_its_own PID...: each holds two pipes and a socket, no end of another's.
has_its_own() {
	local pid files
	for pid; do
		files=$(open_in "$pid")
		(($(grep -c '^pipe:' <<<"$files") == 2)) || return
		(($(grep -c '^socket:' <<<"$files") == 1)) || return
	done
}

# three_are_replaced_or_over: the first of WORKERS are, or there is nobody but the
# others any more: new ones were there, and have ended.
three_are_replaced_or_over() {
	is_left_to_stopped || {
		is_replaced "${WORKERS[0]}" && is_replaced "${WORKERS[1]}" &&
			is_replaced "${WORKERS[2]}"
	}
}

is_left_to_stopped() {
	[[ $(children_of "$COPIER" | sort -n | xargs) == \
		"$(printf '%s\n' "${WORKERS[@]:3}" | sort -n | xargs)" ]]
}

# An open end of a sibling would hide its death, or that it is to finish.
@test "workers in the places of dead ones hold no end of their siblings" {
	local pid now new=()
	for _ in {1..20}; do
		hold_copy 5 "$BIG" copy "$MCP" -j 5 "$BIG" copy
		kill -KILL "${WORKERS[@]:0:3}"
		wait_until three_are_replaced_or_over
		is_left_to_stopped || break
		# These had done their part before, and so no more is to do.
		go_on
		assert_ended "exit 0"
		rm copy
	done
	now=$(children_of "$COPIER")
	for pid in $now; do
		[[ " ${WORKERS[*]} " == *" $pid "* ]] || new+=("$pid")
	done
	assert_equal "${#new[@]}" 3
	wait_until has_its_own "${new[@]}"
	go_on
	assert_ended "exit 0"
	same_file "$BIG" copy
}

# has_little N ENGINE CALL: each of two workers, stopped at its Nth CALL, when it
# has all that it needs.
has_little() {
	local pid kib
	rm -f copy
	hold_traced 2 strace -f -qq -o log -e trace="$3" \
		-e inject="$3:signal=SIGSTOP:when=$1" \
		"$MCP" -j 2 --engine="$2" --chunk-size=32M "$BIG" copy
	for pid in "${WORKERS[@]}"; do
		kib=$(awk '/^RssAnon:/ { print $2 }' "/proc/$pid/status")
		echo "worker $pid: $kib KiB"
		((kib < 16384))
	done
	go_on_to_end
	assert_ended "exit 0"
}

@test "a worker has less than 16 MiB of its own" {
	requires_plain_build
	requires_strace
	has_little 1 rw pwrite64
	has_little 100 rw pwrite64
	has_little 20 mmap madvise
}

@test "when mcp has ended, no worker is there, not even a dead one" {
	hold_copy 5 "$BIG" copy "$MCP" -j 5 "$BIG" copy
	go_on
	assert_ended "exit 0"
	all_in - "$COPIER" "${WORKERS[@]}"
	same_file "$BIG" copy
}

# The death of a worker

kill_one_worker() {
	hold_copy 5 "$BIG" copy "$MCP" -j 5 --engine="$1" "$BIG" copy
	kill -KILL "${WORKERS[2]}"
	wait_until is_replaced "${WORKERS[2]}"
	go_on
	assert_ended "exit 0"
	same_file "$BIG" copy
	assert_equal "$(<job.err)" ""
	assert_here copy
}

@test "mmap: a worker killed halfway is replaced, and nothing is lost" {
	kill_one_worker mmap
}

@test "rw: a worker killed halfway is replaced, and nothing is lost" {
	kill_one_worker rw
}

@test "all workers killed at once are replaced, and nothing is lost" {
	local engine
	for engine in mmap rw; do
		rm -f copy
		hold_copy 5 "$BIG" copy \
			"$MCP" -j 5 --engine=$engine "$BIG" copy
		kill -KILL "${WORKERS[@]}"
		go_on
		assert_ended "exit 0"
		all_in - "${WORKERS[@]}"
		same_file "$BIG" copy
		assert_equal "$(<job.err)" ""
	done
}

@test "workers killed again and again: mcp does it itself in the end" {
	requires_strace
	run traced log -e trace=recvmsg,exit_group \
		-e inject=recvmsg:signal=SIGKILL:when=1 \
		"$MCP" -j 5 "$MEDIUM" copy
	assert_success
	assert_output ""
	same_file "$MEDIUM" copy
	# The first five and some more, each when it was given its first file.
	(($(grep -c 'killed by SIGKILL' log) > 5))
}

# die_of_work CALL N ARGUMENT...: each process dies at its Nth CALL, which shall
# be a worker at its first chunk; so this kills two.
die_of_work() {
	local call=$1 n=$2
	shift 2
	run traced log -e trace="$call,exit_group" \
		-e inject="$call:signal=SIGKILL:when=$n" \
		"$MCP" "$@" "$MEDIUM" copy
	assert_failure 1
	(($(grep -c 'killed by SIGKILL' log) >= 2))
	assert_output "mcp: error copying '$MEDIUM' to 'copy': two workers died\
 at it, by signal 9 (Killed)"
	assert_here
}

@test "mmap: work that kills two workers is an error with the signal's name" {
	requires_strace
	local n arguments=(-j 2 --engine=mmap --chunk-size=16M)
	# Not so early that the parent dies: a sanitizer's start calls it, too.
	traced log -e trace=execve,madvise "$MCP" "${arguments[@]}" "$MEDIUM" copy
	n=$(awk 'NR == 1 { pid = $1 } $1 == pid && /madvise/ { ++n }
		END { print n + 5 }' log)
	rm copy
	die_of_work madvise "$n" "${arguments[@]}"
}

@test "rw: work that kills two workers is an error with the signal's name" {
	requires_strace
	die_of_work pwrite64 1 -j 5 --engine=rw
}

@test "work at which two workers exit is an error" {
	requires_own_calls_only
	requires_strace
	# Nobody to tell: each worker leaves when it cannot write a record.
	run traced log -e trace=write,exit_group \
		-e inject=write:error=EPIPE:when=1 \
		"$MCP" -j 5 "$MEDIUM" copy
	assert_failure 1
	assert_output "mcp: error copying '$MEDIUM' to 'copy': two workers died\
 at it"
	assert_here
}

@test "work that kills two workers leaves an existing file cut short" {
	requires_strace
	cp "$BIG" copy
	run traced log -e trace=pwrite64,exit_group \
		-e inject=pwrite64:signal=SIGKILL:when=2 \
		"$MCP" -j 3 --engine=rw "$MEDIUM" copy
	assert_failure 1
	assert_output "mcp: error copying '$MEDIUM' to 'copy': two workers died\
 at it, by signal 9 (Killed) (destination left incomplete)"
	(($(stat -c %s copy) < $(stat -c %s "$MEDIUM")))
	cmp -n "$(stat -c %s copy)" "$MEDIUM" copy
}

# What waits in stdio's buffer when a worker is forked must not be written by
# the worker, too, when it exits.
@test "what was said before a worker died is said once" {
	mkdir dir
	cp "$BIG" second
	hold_copy 2 second dir/second "$MCP" -v -j 2 "$BIG" second dir
	kill -KILL "${WORKERS[0]}"
	wait_until is_replaced "${WORKERS[0]}"
	go_on
	assert_ended "exit 0"
	assert_equal "$(<job.out)" "'$BIG' -> 'dir/big'
'second' -> 'dir/second'"
}

@test "a file whose descriptors cannot be sent at once is copied" {
	requires_strace
	local when
	for when in 1 2+; do
		rm -f copy
		run traced log -e trace=sendmsg \
			-e inject=sendmsg:error=ENOMEM:when=$when \
			timeout 10 "$MCP" -j 3 "$MEDIUM" copy
		grep -q INJECTED log
		assert_success
		same_file "$MEDIUM" copy
	done
}

@test "a worker that cannot take a file's descriptors leaves no hole" {
	requires_strace
	run traced log -e trace=recvmsg \
		-e inject=recvmsg:error=ENOMEM:when=1 \
		"$MCP" -j 3 "$MEDIUM" copy
	grep -q INJECTED log
	if ((status)); then
		assert_failure 1
		assert_output "mcp: cannot open '$MEDIUM' for reading:\
 Cannot allocate memory"
		assert_here
	else
		same_file "$MEDIUM" copy
	fi
}

# What a worker did not receive for one file is still there for the next.  Each
# fails once, mostly at the first file.
@test "descriptors that cannot be taken cost one file, not those behind it" {
	requires_strace
	cp "$MEDIUM" second
	cp "$MEDIUM" third
	mkdir dir
	run traced log -e trace=recvmsg \
		-e inject=recvmsg:error=ENOMEM:when=1 \
		"$MCP" -j 2 --chunk-size=1M "$MEDIUM" second third dir
	grep -q INJECTED log
	assert_failure 1
	assert_line "mcp: cannot open '$MEDIUM' for reading:\
 Cannot allocate memory"
	refute_output --partial "Protocol error"
	same_file third dir/third
}

@test "a stopped worker delays the copy and loses nothing" {
	hold_first 4 "$BIG" copy "$MCP" -j 4 "$BIG" copy
	all_in S "$COPIER"
	assert_file_not_exist job.end
	assert_file_not_exist copy
	kill -CONT "${WORKERS[0]}"
	assert_ended "exit 0"
	same_file "$BIG" copy
}

@test "a stopped worker that has nothing left to do is not waited for" {
	hold_first 2 "$BIG" copy "$MCP" -j 2 "$BIG" copy
	kill -STOP "${WORKERS[1]}"
	kill -CONT "${WORKERS[0]}"
	assert_ended "exit 0"
	same_file "$BIG" copy
	assert_gone "${WORKERS[@]}"
}

@test "workers that end slowly are not disturbed" {
	requires_strace
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 \
		strace -f -o trace -e trace=kill,exit_group \
		-e inject=exit_group:delay_enter=100000 "$MCP" -j 4 "$BIG" copy
	same_file "$BIG" copy
	run grep -c '+++ exited with 0' trace
	assert_output 5
	run grep kill trace
	assert_failure
}

@test "who continues mcp continues its workers" {
	hold_copy 2 "$BIG" copy "$MCP" -j 2 "$BIG" copy
	kill -CONT "$COPIER"
	assert_ended "exit 0"
	same_file "$BIG" copy
}

# The death of the parent

# kill_parent N SOURCE ARGUMENT...: kill mcp while its N workers are stopped.
kill_parent() {
	local count=$1 source=$2
	shift 2
	# With mcp the last of its process group the kernel would wake them up. One
	# that was not stopped in time has to end, to be tried again.
	hold_copy "$count" "$source" copy bash -c '"$@" && exit; exec sleep 1000' - \
		"$MCP" "$@" "$source" copy
	kill -KILL "$COPIER"
	assert_gone "$COPIER" "${WORKERS[@]}"
	kill -KILL "$JOB"
	assert_ended "signal 9"
}

@test "when mcp is killed, its workers go and the new file has no name" {
	local engine
	for engine in mmap rw; do
		kill_parent 5 "$BIG" -j 5 --engine=$engine
		assert_here
	done
	kill_parent 0 "$BIG" -j 1
	# Or it was trying how a file can get its name, on an empty one.
	find . -name '.mcp-*.tmp' -empty -delete
	assert_here
}

@test "when mcp is killed, its workers go even while they work" {
	hold_copy 4 "$BIG" copy "$MCP" -j 4 --chunk-size=16M "$BIG" copy
	kill -STOP "$COPIER"
	wait_until all_in T "$COPIER"
	kill -CONT "${WORKERS[@]}"
	kill -KILL "$COPIER"
	assert_gone "${WORKERS[@]}"
	assert_here
}

@test "when mcp is killed, an existing file does not look complete" {
	cp "$MEDIUM" copy
	kill_parent 5 "$BIG" -j 5
	assert_here copy
	(($(stat -c %s copy) != $(stat -c %s "$BIG")))
	kill_parent 0 "$BIG" -j 1
	(($(stat -c %s copy) != $(stat -c %s "$BIG")))
}

# Limits

@test "where no worker can be forked, mcp copies by itself" {
	requires_strace
	run traced log -e trace="$FORK,exit_group" \
		-e inject="$FORK:error=EAGAIN" "$MCP" -j 5 "$MEDIUM" copy
	assert_success
	assert_output ""
	grep INJECTED log
	assert_equal "$(forks log)" 0
	same_file "$MEDIUM" copy
}

@test "where some workers can be forked, they copy" {
	requires_strace
	run traced log -e trace="$FORK,exit_group" \
		-e inject="$FORK:error=EAGAIN:when=3" \
		"$MCP" -j 5 "$MEDIUM" copy
	assert_success
	assert_output ""
	grep INJECTED log
	assert_equal "$(forks log)" 2
	same_file "$MEDIUM" copy
}

@test "where a dead worker cannot be replaced, the others carry on" {
	requires_strace
	# Of three, each dies when it is given its first file.
	run traced log -e trace="recvmsg,$FORK,exit_group" \
		-e inject="$FORK:error=EAGAIN:when=4+" \
		-e inject=recvmsg:signal=SIGKILL:when=1 \
		"$MCP" -j 3 "$MEDIUM" copy
	assert_success
	grep INJECTED log
	assert_equal "$(grep -c 'killed by SIGKILL' log)" 3
	same_file "$MEDIUM" copy
}

@test "with few descriptors there are fewer workers" {
	hold_copy 1 "$BIG" copy bash -c 'ulimit -n 20 && exec "$@"' - \
		"$MCP" -j 8 "$BIG" copy
	(($(children_of "$COPIER" | wc -l) < 8))
	go_on
	assert_ended "exit 0"
	same_file "$BIG" copy
}

# poll(2) takes no more entries than there may be descriptors.
@test "many workers asked for and few descriptors: it is copied" {
	local most
	for most in 14 20 40; do
		rm -f copy
		run timeout -k 1 10 bash -c "ulimit -n $most && exec \"\$@\"" - \
			"$MCP" -j 64 "$MEDIUM" copy
		assert_success
		assert_output ""
		same_file "$MEDIUM" copy
	done
}

@test "the soft limit of descriptors is raised" {
	(($(ulimit -Hn) > 200)) || skip "needs more than 200 descriptors"
	hold_copy 8 "$BIG" copy bash -c 'ulimit -Sn 20 && exec "$@"' - \
		"$MCP" -j 8 "$BIG" copy
	go_on
	assert_ended "exit 0"
}

@test "where processes are limited, mcp copies by itself" {
	requires_user
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 \
		run bash -c 'ulimit -u 1 && exec "$@"' - \
		"$MCP" -v -j 5 "$MEDIUM" copy
	assert_success
	assert_output "'$MEDIUM' -> 'copy'"
	same_file "$MEDIUM" copy
}

# The messages that a worker composes took 180 KiB of it.
@test "workers do with a stack of 128 KiB" {
	local i
	requires_plain_build
	run bash -c 'ulimit -s 128 && exec "$@"' - "$MCP" -j 2 "$MEDIUM" copy
	assert_success
	assert_output ""
	same_file "$MEDIUM" copy
	mkdir s
	for i in {1..300}; do
		echo "$i" >"s/$i"
		ln "s/$i" "s/other.$i"
	done
	run bash -c 'ulimit -s 128 && exec "$@"' - "$MCP" -j 2 -a s new
	assert_success
	assert_output ""
	diff -r s new
}

# What came from the one who started mcp

@test "with SIGCHLD ignored at start deaths are seen all the same" {
	requires_strace
	# shellcheck disable=SC2016 # Perl's own
	local deaf=(perl -e '$SIG{CHLD} = "IGNORE"; exec(@ARGV)' --)
	run "${deaf[@]}" grep SigIgn: /proc/self/status
	(((0x${output##*[[:space:]]} >> 16) & 1))

	hold_copy 5 "$BIG" copy "${deaf[@]}" "$MCP" -j 5 "$BIG" copy
	kill -KILL "${WORKERS[0]}"
	wait_until is_replaced "${WORKERS[0]}"
	go_on
	assert_ended "exit 0"
	same_file "$BIG" copy

	run traced log -e trace=pwrite64 \
		-e inject=pwrite64:signal=SIGKILL:when=1 \
		"${deaf[@]}" "$MCP" -j 5 --engine=rw "$MEDIUM" copy2
	assert_failure 1
	assert_output --partial "by signal 9 (Killed)"
}

@test "children that are not mcp's own are left alone" {
	hold_copy 5 "$BIG" copy bash -c '
		sleep 1000 & echo $! >job.first
		sleep 1000 & echo $! >job.second
		exec "$@"' - "$MCP" -j 5 "$BIG" copy
	local first second
	first=$(<job.first)
	second=$(<job.second)
	SPAWNED+=("$first" "$second")

	kill -KILL "$first"
	wait_until all_in Z "$first"
	# That mcp has read its signals shows when one of its own is replaced.
	kill -KILL "${WORKERS[0]}"
	wait_until is_replaced "${WORKERS[0]}" 2
	all_in Z "$first"
	go_on
	assert_ended "exit 0"
	all_in S "$second"
	same_file "$BIG" copy
}
