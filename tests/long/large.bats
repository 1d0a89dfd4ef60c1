#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What takes longer: sizes beyond 4 GiB, and deaths and signals at moments that
# nobody chose.  These come from MCP_TEST_SEED, which a failed test shows.

load ../helper

GIB=$((1 << 30))

setup_file() {
	random_file "$BATS_FILE_TMPDIR/gib" 1G
	random_file "$BATS_FILE_TMPDIR/some" 128M
}

setup() {
	scratch_setup
	ONE_GIB=$BATS_FILE_TMPDIR/gib
	SOME=$BATS_FILE_TMPDIR/some
	SEED=${MCP_TEST_SEED:-$((RANDOM * 32768 + RANDOM))}
	echo "MCP_TEST_SEED=$SEED"
	RANDOM=$SEED
}

# Sizes

@test "1 GiB of random bytes" {
	local engine
	for engine in mmap rw; do
		run "$MCP" -j 5 --engine=$engine "$ONE_GIB" copy
		assert_success
		same_file "$ONE_GIB" copy
		rm copy
	done
}

# Around what a signed or unsigned number of 32 bits can hold.
@test "holes and data on both sides of 2 GiB and 4 GiB" {
	local at way
	for at in 0 $((2 * GIB - 4096)) $((2 * GIB)) $((4 * GIB - 8192)) \
		$((4 * GIB)) $((5 * GIB + 12288)); do
		head -c 12288 /dev/urandom |
			dd of=sparse bs=4096 seek=$((at / 4096)) conv=notrunc \
				status=none
	done
	head -c 777 /dev/urandom | dd of=sparse bs=1 seek=$((6 * GIB)) \
		conv=notrunc status=none
	for way in "-j 5 --engine=mmap" "-j 1 --engine=rw"; do
		# shellcheck disable=SC2086 # two words
		run "$MCP" $way sparse copy
		assert_success
		same_file sparse copy
		rm copy
	done
}

@test "more than 4 GiB without a hole" {
	local engine needed
	needed=$((9 * GIB / 1024))
	(($(awk '/^MemAvailable/ { print $2 }' /proc/meminfo) > needed + 1048576)) ||
		skip "needs 10 GiB of memory"
	small_tmpfs 9G
	# Not divisible by a page; each block another.
	perl -e 'open(my $random, "<", "/dev/urandom"); binmode(STDOUT);
		sysread($random, my $block, 1 << 20);
		print pack("Q", $_) . substr($block, 8) for 1 .. 4300;
		print "end"' >"$SMALL/source"
	for engine in mmap rw; do
		run "$MCP" -j 5 --engine=$engine "$SMALL/source" "$SMALL/copy"
		assert_success
		same_file "$SMALL/source" "$SMALL/copy"
		rm "$SMALL/copy"
	done
}

# Moments that nobody chose

# kill_workers SEED: until the launched mcp ends, kill one of its workers every
# few milliseconds, at most so many that mcp still forks others.  Prints how many.
kill_workers() {
	# shellcheck disable=SC2016 # Perl's own
	perl -e '
		my ($parent, $seed) = @ARGV;
		my ($count, $most) = (0, 1 + $seed % 20);
		srand($seed);
		until (-e "job.end" || $count >= $most) {
			select(undef, undef, undef, rand(0.03));
			my @workers;
			for my $stat (glob("/proc/[0-9]*/stat")) {
				open(my $f, "<", $stat) or next;
				my $line = readline($f) // next;
				push(@workers, $1) if
					$line =~ /^(\d+) \(.*\) [^Z] $parent /s;
			}
			$count += kill("KILL", $workers[rand(@workers)])
				if @workers;
		}
		print "$count\n"' "$JOB" "$1"
}

@test "workers killed at random: an identical copy, or an error and none" {
	local engine round killed=0 good=0 chunk
	for engine in mmap rw; do
		for round in {1..20}; do
			# Small chunks are more often between two than at work.
			chunk=$((round % 2 ? 64 : 1))M
			rm -f copy
			launch "$MCP" -j 5 --engine=$engine --chunk-size=$chunk \
				"$ONE_GIB" copy
			open_gate
			((killed += $(kill_workers $RANDOM)))
			wait_until -t 60 test -e job.end
			echo "$engine $round: $(<job.end)"
			if [[ $(<job.end) == "exit 0" ]]; then
				assert_equal "$(<job.err)" ""
				cmp "$ONE_GIB" copy
				((++good))
				continue
			fi
			# One chunk that was hit twice.
			assert_ended "exit 1"
			assert_equal "$(<job.err)" "mcp: error copying\
 '$ONE_GIB' to 'copy': two workers died at it, by signal 9 (Killed)"
			assert_file_not_exist copy
		done
	done
	echo "killed $killed, $good good copies"
	((killed > 80 && good >= 10))
}

# send_at_random SIGNAL PID: some time within SPAN microseconds.
send_at_random() {
	perl -e 'select(undef, undef, undef, $ARGV[2] / 1e6);
		kill($ARGV[0], $ARGV[1])' -- "$1" "$2" \
		"$(((RANDOM * 32768 + RANDOM) % SPAN))"
}

# How long a copy takes and something more, in microseconds; at its fastest, for
# too late is never.
measure_span() {
	local start took
	SPAN=60000000
	for _ in {1..5}; do
		rm -f copy
		start=$(date +%s%N)
		"$MCP" -j 5 "$SOME" copy
		took=$((($(date +%s%N) - start) / 800))
		((SPAN < took)) || SPAN=$took
	done
}

# no_process_in GROUP: but for dead ones.
no_process_in() {
	! ps -eo pgid=,stat= | awk -v group="$1" '
		$1 == group && $2 !~ /^Z/ { found = 1 }
		END { exit !found }'
}

# check_copy OLD: a file that was not to be seen before it is complete.  OLD is
# what was there before, if anything.
check_copy() {
	local size
	if [[ ! -e copy ]]; then
		[[ -z $1 ]]
		return
	fi
	size=$(stat -c %s copy)
	if ((size == $(stat -c %s "$SOME"))); then
		cmp "$SOME" copy
	elif [[ -z $1 ]]; then
		fail "copy has $size bytes"
	elif [[ $(<job.end) == "signal 9" ]]; then
		: # nobody could cut it
	elif ! cmp -s "$1" copy; then
		cmp -n "$size" "$SOME" copy
	fi
}

# at_random_moments SIGNAL: to mcp and to its group, 50 times each, in turn with
# and without an existing file and with each engine.
at_random_moments() {
	local signal=$1 count old died=0 target engine
	random_file small 1M
	measure_span
	for count in {1..100}; do
		engine=$((count % 3 ? 1 : 0))
		engine=${engine/0/rw} engine=${engine/1/mmap}
		rm -f copy
		old=
		if ((count % 4 >= 2)); then
			old=small
			cp small copy
		fi
		launch "$MCP" -j 5 --engine="$engine" "$SOME" copy
		target=$JOB
		((count % 2)) || target=-$JOB
		open_gate
		send_at_random "$signal" "$target"
		wait_until -t 60 test -e job.end
		echo "$count $engine ${old:-new} $target: $(<job.end) $(<job.err)"
		wait_until -t 2 no_process_in "$JOB"
		check_copy "$old"
		if [[ $(<job.end) == "signal $(kill -l "$signal")" ]]; then
			((++died))
		else
			assert_ended "exit 0"
			same_file "$SOME" copy ${old:+-mode}
		fi
	done
	echo "$died died of it"
	((died >= 20))
}

@test "INT at random moments: a complete copy or none, no worker left" {
	at_random_moments INT
}

@test "TERM at random moments: a complete copy or none, no worker left" {
	at_random_moments TERM
}

@test "HUP at random moments: a complete copy or none, no worker left" {
	at_random_moments HUP
}

@test "KILL at random moments: a complete copy or none, no worker left" {
	at_random_moments KILL
}
