#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A copy of 4 GiB and one of 100,000 files, looked at in three ways at once: in
# a terminal, in a second one through --watch, and by a script through a FIFO. And
# what looking costs the process that shows it.

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

# The script: what a FIFO tells, with the time. It may begin to read when some is
# copied; when nothing was, it is told.
read_fifo() {
	tee fifo.log <fifo | jq --unbuffered -r '
		if .event == "start" then "\(.time) 0"
		elif .event == "progress" or .event == "end" then
			"\(now) \(.bytes)"
		else empty end' >fifo.seen
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

# never_backwards EVENTS: what is done never becomes less, and the part that it is
# of the work only when more was found. Of the totals only changes by one in 64
# are told, and FILE is what a file costs beyond its bytes (src/progress.c).
never_backwards() {
	local told
	told=$(jq -n -r --argjson file 32768 '
		reduce inputs as $e ({work: 0, permille: 0, all: 1, then: 1,
				      count: 0, wrong: []};
			if $e.event == "plan" then
				.all = $e.bytes + $e.files * $file
			elif $e.event == "progress" then
				($e.bytes + $e.files * $file) as $work
				| if $work < .work or $e.permille + 2 <
				      .permille * .then / .all * 63 / 65
				  then .wrong += [$e] else . end
				| .work = $work | .permille = $e.permille
				| .then = .all | .count += 1
			else . end)
		| "\(.count) \(.wrong)"' <"$1")
	echo "events, and those that go backwards: $told"
	[[ $told == *" []" ]] && ((${told%% *} >= 3))
}

# share COMMAND...: COMMAND at a terminal; prints how many thousandths of the time
# it took were spent by its first process itself.
share() {
	# shellcheck disable=SC2016 # Perl's own
	TERM=xterm script -qefc "$(printf '%q ' perl -MTime::HiRes=time,sleep -e '
		my $begun = time();
		my $pid = fork() // die;
		if ($pid == 0) {
			exec(@ARGV[1 .. $#ARGV]) or die;
		}
		# Until it has ended, and is not buried: then the sum stands.
		for (;;) {
			open(my $f, "<", "/proc/$pid/stat") or die;
			last if readline($f) =~ /\) Z/;
			sleep(0.001);
		}
		my $wall = time() - $begun;
		open(my $f, "<", "/proc/$pid/schedstat") or die;
		my ($own) = split(" ", readline($f));
		waitpid($pid, 0);
		open(my $out, ">", $ARGV[0]) or die;
		printf $out "%d %.3f %.4f\n", $own / 1e6 / $wall, $wall,
			$own / 1e9;
		exit($? != 0);' share.out "$@")" /dev/null </dev/null >/dev/null
	echo "thousandths, seconds, and its own: $(<share.out)" >&2
	read -r SHARE _ <share.out
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
	never_backwards fifo.log
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

# takes_little COMMAND...: the parent's share, in the best of three runs, since it
# is a busy machine that makes it more: below two hundredths.
takes_little() {
	local least=1000
	for _ in {1..3}; do
		rm -rf copy
		share "$@"
		((SHARE >= least)) || least=$SHARE
	done
	((least < 20)) || fail "$least thousandths"
}

# What "the parent" is: the first of three processes. Without workers it is the
# only one, and copies.
@test "with a line and status the parent takes less than 2 % of a CPU" {
	needs_memory 7
	mkdir tree
	# shellcheck disable=SC2016 # Perl's own
	perl -e '
		for my $i (0 .. 49999) {
			my $dir = "tree/" . $i % 840;
			mkdir($dir) if $i < 840;
			open(my $f, ">", "$dir/$i") or die;
			print $f "x" x ($i * 7919 % 7000);
		}'
	takes_little "$MCP" -g --status=events -r -j 2 tree copy
	diff -r tree copy
	rm -r tree copy
	head -c 2G /dev/zero | tr '\0' x >large
	takes_little "$MCP" -g --status=events -j 2 large copy
	cmp large copy
}
