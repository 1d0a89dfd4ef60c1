#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Signals: what ends mcp and leaves nothing behind, what stops it, and what it
# does not hear.

load helper

setup_file() {
	# Large enough to be stopped in the middle of.
	random_file "$BATS_FILE_TMPDIR/big" 64M
}

setup() {
	scratch_setup
	BIG=$BATS_FILE_TMPDIR/big
}

# assert_here NAME...: nothing is here but that and what the test itself made.
assert_here() {
	assert_equal "$(ls -A -I 'job.*' -I 'log*' -I dest.before)" \
		"$(printf '%s\n' "$@")"
}

# assert_cut: copy has a beginning of BIG and not its size.
assert_cut() {
	(($(stat -c %s copy) < $(stat -c %s "$BIG"))) &&
		cmp -n "$(stat -c %s copy)" "$BIG" copy
}

# mask_has PID MASK NUMBER: the signal is in the process's MASK (proc(5)).
mask_has() {
	local mask
	mask=$(awk -v name="$2:" '$1 == name { print $2 }' "/proc/$1/status")
	(((0x$mask >> ($3 - 1)) & 1))
}

# The end by a signal

# assert_died NUMBER: mcp died of it, with all its workers.
assert_died() {
	assert_ended "signal $1"
	all_in - "$COPIER" "${WORKERS[@]}"
}

@test "INT, TERM and HUP: workers and new file are gone, mcp dies of it" {
	local engine signal
	for engine in mmap rw; do
		for signal in 2 15 1; do
			hold_copy 3 "$BIG" copy \
				"$MCP" -j 3 --engine=$engine "$BIG" copy
			kill -$signal "$COPIER"
			assert_died $signal
			assert_equal "$(<job.err)" ""
			assert_here
		done
	done
}

@test "INT, TERM and HUP to the group: the same" {
	local signal
	for signal in INT TERM HUP; do
		hold_copy 3 "$BIG" copy "$MCP" -j 3 "$BIG" copy
		kill -$signal -- "-$COPIER"
		assert_died "$(kill -l $signal)"
		assert_equal "$(<job.err)" ""
		assert_here
	done
}

# There the kernel ends nobody by a signal that he does not catch.
@test "INT, TERM and HUP: the first process of a container ends, too" {
	local jobs signal
	unshare -rfp true 2>/dev/null || skip "needs leave to make name spaces"
	for jobs in 0 3; do
		for signal in 2 15 1; do
			hold_copy $jobs "$BIG" copy unshare -rfp \
				"$MCP" -j $((jobs ? jobs : 1)) "$BIG" copy
			kill -$signal "$COPIER"
			((jobs)) || kill -CONT "$COPIER"
			assert_ended "exit $((128 + signal))"
			all_in - "$COPIER" "${WORKERS[@]}"
			assert_equal "$(<job.err)" ""
			assert_here
		done
	done
}

@test "INT, TERM and HUP to mcp without workers: the new file is gone" {
	local engine signal
	for engine in mmap rw; do
		for signal in INT TERM HUP; do
			hold_copy 0 "$BIG" copy \
				"$MCP" -j 1 --engine=$engine "$BIG" copy
			kill -$signal "$COPIER"
			go_on
			assert_died "$(kill -l $signal)"
			assert_equal "$(<job.err)" ""
			assert_here
		done
	done
}

# Less and more than what is copied between two looks at the signals.
@test "small and large chunks make mcp without workers no less attentive" {
	local engine size
	for engine in mmap rw; do
		for size in 64K 64M; do
			hold_copy 0 "$BIG" copy "$MCP" -j 1 --engine=$engine \
				--chunk-size=$size "$BIG" copy
			kill -TERM "$COPIER"
			go_on
			assert_died 15
			assert_here
		done
	done
}

@test "an existing file is left cut short, which is said" {
	local count
	for count in 0 3; do
		random_file copy 70M
		hold_copy $count "$BIG" copy \
			"$MCP" -j $((count + !count)) "$BIG" copy
		kill -INT "$COPIER"
		go_on
		assert_died 2
		assert_equal "$(<job.err)" \
			"mcp: 'copy' left incomplete: Interrupt"
		assert_cut
		assert_here copy
	done
}

@test "what was copied before stays, and what comes after is not begun" {
	cp "$BIG" second
	cp "$BIG" third
	# Again from the start when it was not caught in time.
	hold_copy 3 second dir/second sh -c 'rm -rf dir && mkdir dir && exec "$@"' \
		- "$MCP" -j 3 "$BIG" second third dir
	kill -TERM "$COPIER"
	assert_died 15
	assert_equal "$(ls -A dir)" big
	same_file "$BIG" dir/big
}

@test "timeout(1) ends it" {
	hold_copy 3 "$BIG" copy timeout 1 "$MCP" -j 3 "$BIG" copy
	assert_ended "exit 124"
	all_in - "$COPIER" "${WORKERS[@]}"
	assert_here

	hold_copy 3 "$BIG" copy timeout --preserve-status -s INT 1 \
		"$MCP" -j 3 "$BIG" copy
	assert_ended "exit 130"
	all_in - "$COPIER" "${WORKERS[@]}"
	assert_here
}

@test "a shell sees that mcp died of the signal" {
	hold_copy 3 "$BIG" copy sh -c '"$@"; echo "status $?"' - \
		"$MCP" -j 3 "$BIG" copy
	kill -TERM "$COPIER"
	assert_ended "exit 0"
	assert_equal "$(<job.out)" "status 143"
}

# in_terminal COMMAND: the arguments for hold_copy to run it in a terminal of
# its own.  What is written to keys is typed there.
in_terminal() {
	requires_cmd script
	mkfifo keys
	exec {KEYS}<>keys
	export JOB_STDIN=keys
	TERMINAL=(env SHELL="$BASH" script -qec "$1" /dev/null)
}

@test "Ctrl-C at a terminal: workers and new file are gone, mcp dies of it" {
	in_terminal "exec '$MCP' -j 3 '$BIG' copy"
	hold_copy 3 "$BIG" copy "${TERMINAL[@]}"
	printf '\003' >&"$KEYS"
	assert_ended "exit 130"
	all_in - "$COPIER" "${WORKERS[@]}"
	assert_equal "$(ls -A)" "$(printf '%s\n' job.end job.err job.gate \
		job.out job.pid keys)"
}

# Deaf

@test "nohup: HUP changes nothing" {
	hold_copy 3 "$BIG" copy nohup "$MCP" -j 3 "$BIG" copy
	mask_has "$COPIER" SigIgn 1
	kill -HUP -- "-$COPIER"
	go_on
	assert_ended "exit 0"
	same_file "$BIG" copy
}

@test "nohup: HUP changes nothing without workers, either" {
	hold_copy 0 "$BIG" copy nohup "$MCP" -j 1 "$BIG" copy
	kill -HUP "$COPIER"
	go_on
	assert_ended "exit 0"
	same_file "$BIG" copy
}

@test "INT and TERM that are ignored at start stay so" {
	hold_copy 3 "$BIG" copy sh -c 'trap "" INT TERM; exec "$@"' - \
		"$MCP" -j 3 "$BIG" copy
	mask_has "$COPIER" SigIgn 2
	kill -INT "$COPIER"
	kill -TERM "$COPIER"
	go_on
	assert_ended "exit 0"
	same_file "$BIG" copy
}

@test "INT that is blocked at start stays so" {
	# shellcheck disable=SC2016 # Perl's own
	hold_copy 3 "$BIG" copy perl -e 'use POSIX;
		sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGINT)); exec(@ARGV)' \
		-- "$MCP" -j 3 "$BIG" copy
	mask_has "$COPIER" SigBlk 2
	kill -INT "$COPIER"
	go_on
	assert_ended "exit 0"
	same_file "$BIG" copy
}

@test "a signal that is ignored does not make mcp deaf to another" {
	hold_copy 3 "$BIG" copy nohup "$MCP" -j 3 "$BIG" copy
	kill -HUP "$COPIER"
	kill -TERM "$COPIER"
	assert_died 15
	assert_here
}

@test "workers do not hear what is sent to a group" {
	local signal
	hold_copy 3 "$BIG" copy "$MCP" -j 3 "$BIG" copy
	# Else a dead one could be replaced unseen.
	kill -STOP "$COPIER"
	wait_until all_in T "$COPIER"
	for signal in INT TERM HUP USR1 USR2 WINCH PIPE XFSZ; do
		kill -$signal "${WORKERS[@]}"
	done
	kill -CONT "${WORKERS[@]}"
	wait_until -t 60 all_in S "${WORKERS[@]}"
	kill -CONT "$COPIER"
	assert_ended "exit 0"
	same_file "$BIG" copy
}

# send_usr1: to mcp and each of its workers, again and again, until it has ended.
send_usr1() {
	until [[ -e job.end ]]; do
		kill -USR1 "$COPIER" "${WORKERS[@]}" 2>/dev/null || :
	done
}

@test "USR1 to every process, again and again, ends and changes nothing" {
	hold_copy 3 "$BIG" copy "$MCP" -j 3 "$BIG" copy
	kill -USR1 "$COPIER" "${WORKERS[@]}"
	go_on
	send_usr1
	assert_ended "exit 0"
	same_file "$BIG" copy
	assert_equal "$(grep -cvE '^mcp: [0-9]+%, ' job.err)" 0
}

# Stopping and going on

@test "TSTP stops mcp and its workers, CONT lets them go on" {
	hold_first 4 "$BIG" copy "$MCP" -j 4 "$BIG" copy
	kill -TSTP "$COPIER"
	wait_until all_in T "$COPIER" "${WORKERS[@]}"
	# A second time changes nothing.
	kill -TSTP "$COPIER"
	all_in T "$COPIER" "${WORKERS[@]}"
	assert_file_not_exist copy
	kill -CONT "$COPIER"
	assert_ended "exit 0"
	same_file "$BIG" copy
}

@test "TSTP works again and again" {
	hold_copy 4 "$BIG" copy "$MCP" -j 4 "$BIG" copy
	for _ in {1..5}; do
		# Before the first of them can go on to the end.
		perl -e 'kill("CONT", @ARGV); kill("TSTP", @ARGV)' "$COPIER"
		wait_until stopped_or_ended
	done
	# Not in a flood, in which a leak checker that stops its process drowns.
	until [[ -e job.end ]]; do
		kill -CONT "$COPIER" 2>/dev/null || :
		sleep 0.05
	done
	assert_ended "exit 0"
	same_file "$BIG" copy
}

stopped_or_ended() {
	[[ -e job.end ]] || all_in TZ- "$COPIER" "${WORKERS[@]}"
}

@test "TSTP stops mcp without workers, CONT lets it go on" {
	local engine
	for engine in mmap rw; do
		rm -f copy
		for _ in {1..20}; do
			hold_copy 0 "$BIG" copy \
				"$MCP" -j 1 --engine=$engine "$BIG" copy
			# CONT would undo a TSTP that came before it.
			perl -e 'kill("CONT", @ARGV); kill("TSTP", @ARGV)' \
				"$COPIER"
			wait_until stopped_or_ended
			[[ -e job.end ]] || break
			rm -f copy
		done
		all_in T "$COPIER"
		assert_file_not_exist copy
		kill -CONT "$COPIER"
		assert_ended "exit 0"
		same_file "$BIG" copy
	done
}

@test "TERM to a stopped mcp ends it when it goes on" {
	hold_copy 3 "$BIG" copy "$MCP" -j 3 "$BIG" copy
	kill -TSTP "$COPIER"
	wait_until all_in T "$COPIER"
	kill -TERM "$COPIER"
	kill -CONT "$COPIER"
	assert_died 15
	assert_here
}

# Nobody could continue it: the kernel does not let it stop.
@test "TSTP stops nobody in an orphaned process group" {
	hold_copy 3 "$BIG" copy setsid -w "$MCP" -j 3 "$BIG" copy
	kill -TSTP "$COPIER"
	# No go_on: mcp does it.
	assert_ended "exit 0"
	same_file "$BIG" copy
}

@test "TSTP that is ignored at start stays so" {
	hold_copy 3 "$BIG" copy sh -c 'trap "" TSTP; exec "$@"' - \
		"$MCP" -j 3 "$BIG" copy
	mask_has "$COPIER" SigIgn 20
	kill -TSTP "$COPIER"
	go_on
	assert_ended "exit 0"
	same_file "$BIG" copy
}

@test "Ctrl-Z at a terminal stops it, fg lets it go on" {
	# One that was not stopped in time has to end, to be tried again.
	in_terminal "'$BASH' -mc '\"\$@\" && exit; echo stopped \$?; read -r _
		fg >fg.out; echo ended \$?' - '$MCP' -j 3 '$BIG' copy"
	hold_copy 3 "$BIG" copy "${TERMINAL[@]}"
	# The workers are held by us; they stay so until mcp goes on.
	printf '\032' >&"$KEYS"
	wait_until grep -q 'stopped 148' job.out
	all_in T "$COPIER" "${WORKERS[@]}"
	assert_file_not_exist copy
	printf '\n' >&"$KEYS"
	wait_until grep -q 'ended 0' job.out
	assert_ended "exit 0"
	same_file "$BIG" copy
}

# Output that nobody reads, and files that may not grow

# Its arguments: what to do with SIGPIPE, and a command whose output is a pipe
# that nobody reads.
# shellcheck disable=SC2016 # Perl's own
NO_READER=(perl -e '$SIG{PIPE} = shift; pipe(R, W); close(R);
	open(STDOUT, ">&", W); close(W); exec(@ARGV)' --)

# stands_still PID: it has waited for a while.
stands_still() {
	local before
	before=$(<"/proc/$1/schedstat")
	sleep 0.3
	[[ $(state_of "$1") == S &&
		$before == "$(<"/proc/$1/schedstat")" ]]
}

# ends_by_term COMMAND...: which comes to stand still, and gets TERM then.
ends_by_term() {
	local pid status=0
	spawn "$@"
	pid=$!
	wait_until -t 20 stands_still "$pid"
	kill -TERM "$pid"
	wait_until -t 20 is_over "$pid"
	wait "$pid" || status=$?
	assert_equal "$status" $((128 + 15))
}

# is_over PID: it has ended.
is_over() {
	[[ $(state_of "$1") == @(Z|) ]]
}

# The reader of a pipe may be a pager in which somebody looks something up.
@test "what nobody reads keeps no signal from ending it" {
	local jobs number name
	name=$(printf 'x%.0s' {1..100})
	mkdir tree
	for ((number = 0; number < 1200; number++)); do
		: >"tree/$name$number"
	done
	mkfifo pipe
	exec 8<>pipe
	for jobs in 1 4; do
		ends_by_term "$MCP" -rv -j $jobs tree "copy.$jobs" 8>&- >pipe
		ends_by_term "$MCP" -j $jobs -t tree "no/$name"{1..1200} \
			8>&- 2>pipe
	done
	exec 8>&-
}

@test "-v to a reader who has gone: dies of SIGPIPE, no file is half made" {
	local jobs
	for jobs in 1 4; do
		rm -f copy
		launch "${NO_READER[@]}" DEFAULT \
			"$MCP" -v -j $jobs "$BIG" copy
		open_gate
		assert_ended "signal 13"
		assert_equal "$(<job.err)" ""
		[[ ! -e copy ]] || same_file "$BIG" copy
		rm -f copy
		assert_here
	done
}

@test "-v to a reader who has gone, SIGPIPE ignored: an error" {
	local jobs
	for jobs in 1 4; do
		rm -f copy
		run "${NO_READER[@]}" IGNORE \
			"$MCP" -v -j $jobs "$BIG" copy
		assert_failure 1
		assert_output "mcp: write error: Broken pipe"
		[[ ! -e copy ]] || same_file "$BIG" copy
	done
}

@test "-v to a full device: an error" {
	run sh -c '"$@" >/dev/full' - "$MCP" -v "$BIG" copy
	assert_failure 1
	assert_output "mcp: write error: No space left on device"
}

# limited COMMAND...: files may not become larger than 1 MiB.
limited() {
	run bash -c 'ulimit -f 1024 && exec "$@"' - "$@"
}

@test "a limit of file sizes is an error, and leaves no file" {
	local engine jobs
	for engine in mmap rw; do
		for jobs in 1 4; do
			limited "$MCP" -j $jobs --engine=$engine "$BIG" copy
			assert_failure 1
			assert_output "mcp: error writing 'copy': File too large"
			assert_here
		done
	done
	random_file small 2M
	limited "$MCP" small copy
	assert_failure 1
	assert_output "mcp: error writing 'copy': File too large"
	assert_here small
}

@test "a limit of file sizes leaves an existing file cut short" {
	local file
	random_file small 2M
	for file in "$BIG" small; do
		echo old >copy
		limited "$MCP" -j 4 "$file" copy
		assert_failure 1
		assert_output "mcp: error writing 'copy': File too large\
 (destination left incomplete)"
		(($(stat -c %s copy) <= 1024 * 1024))
		cmp -n "$(stat -c %s copy)" "$file" copy
	done
}

# It was "Invalid argument".
@test "an engine that was asked for tells of the limit of file sizes" {
	local engine jobs
	random_file small 2M
	for engine in mmap cfr; do
		for jobs in 1 4; do
			echo old >copy
			limited "$MCP" -j $jobs --engine=$engine small copy
			assert_failure 1
			assert_output "mcp: the engine asked for cannot copy\
 'small' to 'copy': File too large (destination left incomplete)"
		done
	done
}

@test "a file as large as the limit of file sizes is copied" {
	local jobs
	random_file limit 1M
	for jobs in 1 4; do
		rm -f copy
		limited "$MCP" -j $jobs limit copy
		assert_success
		same_file limit copy
	done
}

# While it is rewritten it is larger than in the end.
@test "a file as large as the limit of file sizes replaces another" {
	local jobs
	random_file limit 1M
	for jobs in 1 4; do
		random_file copy 1M
		limited "$MCP" -j $jobs limit copy
		assert_success
		same_file limit copy
	done
}
