#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A copy of 4 GiB and one of 100,000 files, looked at in three ways at once: in
# a terminal, in a second one through --watch, and by a script through a FIFO.

load ../helper

setup() {
	scratch_setup
	requires_cmd jq script
}

# needs_memory GIB: scratch files are in memory where there is so much.
needs_memory() {
	(($(awk '/^MemAvailable/ { print $2 }' /proc/meminfo) >> 20 >= $1)) ||
		skip "needs $1 GiB of memory"
	mount_tmpfs memory "$1G"
	cd memory || return
}

# Three who look on, each with the time at which it has seen something, in
# lines of "SECONDS BYTES": line, watch and fifo.seen.
look_on() {
	mkfifo fifo
	spawn read_fifo
	FIFO=$!
	spawn see watch.seen "$MCP" --watch=unix:socket
	WATCH=$!
}

# The script: what a FIFO tells, with the time.
read_fifo() {
	tee fifo.log <fifo | jq --unbuffered -r 'select(.event == "progress" or
		.event == "end") | "\(now) \(.bytes)"' >fifo.seen
}

# see FILE COMMAND...: a terminal of 200 columns for COMMAND; what it draws, with
# the time. --watch waits for its socket first.
see() {
	local seen=$1
	shift
	while [[ $2 == --watch=* && ! -S socket ]]; do
		sleep 0.01
	done
	# shellcheck disable=SC2016 # Perl's own
	TERM=xterm script -qefc "stty cols 200; $*" /dev/null </dev/null |
		perl -MTime::HiRes=time -e '
			my %unit = (B => 1, KiB => 2**10, MiB => 2**20,
				    GiB => 2**30);
			open(my $seen, ">", $ARGV[0]) or die;
			$seen->autoflush(1);
			my $text = "";
			while (sysread(STDIN, $text, 65536, length($text))) {
				my $now = time();
				while ($text =~ s/^(.*?)(\e\[K|\n)//s) {
					my $line = $1;
					print $seen "raw $line\n";
					next unless $line =~
						m{([\d.]+)(?:/~?[\d.]+)? ([KMG]i?B|B)};
					printf $seen "%.3f %.0f\n", $now,
						$1 * $unit{$2};
				}
			}' "$seen"
}

# agree FILE: what it saw at any time is what the script was told within a
# second of it, but for the digits that a line leaves out.
agree() {
	grep -v '^raw' "$1" >"$1.numbers"
	# shellcheck disable=SC2016 # Perl's own
	perl -e '
		my ($mine, $theirs) = map {
			open(my $f, "<", $_) or die;
			[map { [split] } <$f>] } @ARGV;
		my ($checked, $wrong) = (0, 0);
		for my $seen (@$mine) {
			my ($time, $bytes) = @$seen;
			my @near = grep { abs($_->[0] - $time) <= 1 } @$theirs;
			next unless @near;
			my @sorted = sort { $a <=> $b } map { $_->[1] } @near;
			# Three digits, as shown.
			my $slack = $bytes * 0.006 + 1;
			$checked++;
			next if $bytes >= $sorted[0] - $slack &&
				$bytes <= $sorted[-1] + $slack;
			print "at $time: $bytes, told $sorted[0] to $sorted[-1]\n";
			$wrong++;
		}
		print "$ARGV[0]: $checked compared, $wrong wrong\n";
		exit($wrong || $checked < 3);' "$1.numbers" fifo.seen
}

# last FILE: the last line that a terminal has shown, from the bytes on.
last() {
	grep '^raw' "$1" | grep -a 'files\|100%' | tail -n 1 | tr -d '\r' |
		sed 's/^raw *//'
}

# all_agree FILES BYTES: all three, while it ran and in the end.
all_agree() {
	wait "$FIFO" "$WATCH"
	agree line.seen
	agree watch.seen
	assert_equal "$(jq -r 'select(.event == "end") |
		"\(.files) \(.bytes) \(.status)"' fifo.log)" "$1 $2 0"
	assert_equal "$(last watch.seen)" "$(last line.seen)"
	[[ $(last line.seen) == *100%* ]]
	# It was looked at, not only its end.
	(($(jq -r 'select(.event == "progress").bytes' fifo.log |
		sort -u | wc -l) >= 3))
}

# sum_of DIR: "FILES BYTES" of the regular files below it, hard links once.
sum_of() {
	find "$1" -type f -printf '%D:%i %s\n' | sort -u |
		awk '{ s += $2 } END { printf "%d %.0f\n", NR, s }'
}

# copy ARG...: in the first terminal, told to the others.
copy() {
	see line.seen "$MCP" -g --status=unix:socket --status=fifo "$@"
}

@test "4 GiB: three who look on agree all the time, and exactly in the end" {
	local sum
	needs_memory 10
	mkdir source
	head -c 4G /dev/zero | tr '\0' x >source/large
	read -ra sum <<<"$(sum_of source)"
	look_on
	copy -j 2 source/large copy
	cmp source/large copy
	all_agree "${sum[@]}"
}

@test "100,000 files: three who look on agree all the time, and in the end" {
	local sum
	needs_memory 6
	# shellcheck disable=SC2016 # Perl's own
	perl -e '
		mkdir("source");
		for my $i (0 .. 99999) {
			my $dir = "source/" . $i % 1000;
			mkdir($dir) if $i < 1000;
			open(my $f, ">", "$dir/$i") or die;
			print $f "x" x ($i % 10000);
		}
		link("source/1/1", "source/2/link");
		link("source/3/3", "source/999/link");'
	read -ra sum <<<"$(sum_of source)"
	look_on
	copy -a -j 2 source copy
	assert_equal "$(sum_of copy)" "${sum[*]}"
	all_agree "${sum[@]}"
}
