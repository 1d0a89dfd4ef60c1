#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --status: what is told to whom, and that nobody is waited for.

load helper

setup() {
	scratch_setup
	requires_cmd jq
}

# valid FILE: its lines are events as doc/status.md has them.
valid() {
	local wrong
	wrong=$(jq -n -r -R \
		--rawfile page "$MCP_TEST_SRCDIR/doc/status.md" \
		-f "$MCP_TEST_SRCDIR/tests/status.jq" "$1") || return
	[[ -z $wrong ]] || fail "$wrong"
}

# events FILE: the kinds in it, those that repeat once, one word each.
events() {
	jq -r .event "$1" | uniq | paste -sd ' '
}

# of KIND FILE FILTER: what jq makes of the events of a kind.
of() {
	jq -r "select(.event == \"$1\") | $3" "$2"
}

# has_lines COUNT TEXT FILE
has_lines() {
	(($(grep -c "$2" "$3") >= $1))
}

# make_tree FILES: a tree of that many files, in 10 directories.
make_tree() {
	# shellcheck disable=SC2016 # Perl's own
	perl -e '
		mkdir("tree");
		mkdir("tree/$_") for 0 .. 9;
		for my $i (1 .. $ARGV[0]) {
			open(my $f, ">", "tree/" . $i % 10 . "/$i") or die;
			print $f "x" x ($i % 100);
		}' "$1"
}

# read_socket PATH [PAUSE]: what is told there, read in small bites with a pause
# of so many seconds between them.
read_socket() {
	# shellcheck disable=SC2016 # Perl's own
	perl -MIO::Socket::UNIX -e '
		my ($path, $pause) = @ARGV;
		my $s = IO::Socket::UNIX->new(Peer => $path) or exit 1;
		while (sysread($s, my $bytes, $pause ? 512 : 65536)) {
			syswrite(STDOUT, $bytes);
			select(undef, undef, undef, $pause) if $pause;
		}' "$@"
}

# sum_of DIR: "FILES BYTES" of the regular files below it.
sum_of() {
	find "$1" -type f -printf '%s\n' | awk '{ s += $1 } END { printf "%d %.0f\n", NR, s }'
}

# What is told

@test "a file: start, plan and end, each as the page says" {
	random_file source 3M
	for way in "-j 1" "-j 3" "-j 3 --chunk-size=64K"; do
		rm -f log copy
		# shellcheck disable=SC2086 # words
		run "$MCP" $way --status=log source copy
		assert_success
		assert_output ""
		valid log
		[[ $(events log) =~ ^start\ plan\ (progress\ )?end$ ]]
		assert_equal "$(of end log '[.status, .files, .bytes,
			.files_total, .bytes_total] | @csv')" \
			"0,1,3145728,1,3145728"
		assert_equal "$(of plan log '[.files, .bytes, .final] | @csv' |
			tail -n 1)" "1,3145728,true"
	done
}

@test "start: command, options in full, operands and process" {
	: >a
	: >b
	mkdir d
	run "$MCP" -pv -j2 a -S .old --status log b d
	assert_success
	valid log
	assert_equal "$(of start log '.command | tojson')" \
		"$(jq -cn --arg mcp "$MCP" '[$mcp, "-pv", "-j2", "a", "-S",
			".old", "--status", "log", "b", "d"]')"
	assert_equal "$(of start log '.options | tojson')" \
		'["-p","--verbose","--jobs=2","--suffix=.old","--status=log"]'
	assert_equal "$(of start log '[.sources, .destination, .workers] |
		tojson')" '[["a","b"],"d",2]'
	run "$MCP" -t d --status=log2 a b
	assert_success
	assert_equal "$(of start log2 '[.sources, .destination] | tojson')" \
		'[["a","b"],"d"]'
}

@test "a tree without regular files ends with all of it done" {
	mkdir -p tree/dir
	ln -s nowhere tree/link
	"$MCP" -a --status=log tree copy
	assert_equal "$(jq -r 'select(.event == "end").permille' log)" 1000
}

@test "a tree: the totals are those of the files in it" {
	local way
	make_tree 1200
	head -c 40M /dev/zero >tree/large
	truncate -s 1M tree/hole
	ln -s large tree/symlink
	for way in "-j 1" "-j 2" "-j 5"; do
		rm -rf log copy
		# shellcheck disable=SC2086 # words
		run "$MCP" -r $way --status=log tree copy
		assert_success
		valid log
		assert_equal "$(of end log '"\(.files) \(.bytes)"')" \
			"$(sum_of tree)"
		assert_equal "$(of end log '"\(.files_total) \(.bytes_total)"')" \
			"$(sum_of tree)"
		assert_equal "$(of end log '[.directories, .symlinks,
			.permille] | @csv')" "11,1,1000"
		assert_equal "$(of plan log '"\(.files) \(.bytes) \(.final)"' |
			tail -n 1)" "$(sum_of tree) true"
	done
}

@test "hard links that are kept count once" {
	make_tree 500
	random_file tree/first 100K
	ln tree/first tree/second
	ln tree/first tree/3/third
	run "$MCP" -a -j 3 --status=log tree copy
	assert_success
	valid log
	assert_equal "$(of end log '.files')" 501
	assert_equal "$(of end log '.bytes')" \
		$(($(sum_of tree | cut -d ' ' -f 2) - 2 * 102400))
	assert_equal "$(of end log '.hard_links')" 2
}

@test "--status-files: one event for each file, wherever it is copied" {
	local way
	make_tree 1200
	ln -s nothing tree/symlink
	ln tree/1/1 tree/2/again
	random_file tree/large 40M
	for way in "-j 1" "-j 4"; do
		rm -rf log copy
		# shellcheck disable=SC2086 # words
		run "$MCP" -a $way --status=log --status-files tree copy
		assert_success
		valid log
		assert_equal "$(of file log .name | sort)" \
			"$(find tree ! -type d | sort)"
		assert_equal "$(of end log '.lost // 0')" 0
		# One of two names is linked to the other one.
		assert_equal "$(of file log .outcome | sort | uniq -c |
			awk '{ print $1, $2 }')" \
			$'1201 copied\n1 linked\n1 made'
		assert_equal "$(of file log 'select(.outcome == "copied") | .bytes' |
			awk '{ s += $1 } END { print s }')" \
			"$(of end log .bytes)"
		assert_equal "$(of file log 'select(.name == "tree/large") |
			.engine')" "$(of end log '.engines | to_entries |
			max_by(.value).key')"
	done
	rm -rf log
	run "$MCP" -an --status=log --status-files tree copy/..
	run "$MCP" -n --status=log --status-files tree/large copy/large
	assert_success
	assert_equal "$(of file log .outcome | tail -n 1)" skipped
}

@test "names that are no UTF-8 come out as they were" {
	local name=$'tr\xe9e/caf\xe9 \xff\x01' way
	mkdir $'tr\xe9e'
	: >"$name"
	run "$MCP" -r --status=log --status-files $'tr\xe9e' copy
	assert_success
	valid log
	assert_equal "$(of file log .name_b64 | base64 -d)" "$name"
	assert_equal "$(of file log .name)" $'tr\xef\xbf\xbde/caf\xef\xbf\xbd \xef\xbf\xbd\x01'
	assert_equal "$(of start log '.sources_b64[0]' | base64 -d)" $'tr\xe9e'
	assert_equal "$(of start log '.command_b64[2]' | base64 -d)" --status=log
	# A worker's.
	for way in {1..400}; do
		: >$'tr\xe9e/'"$way"
	done
	run "$MCP" -r -j 3 --status=log2 --status-files $'tr\xe9e' copy2
	assert_success
	valid log2
	assert_equal "$(of file log2 .name_b64 | while read -r way; do
		base64 -d <<<"$way"
		echo
	done | sort)" "$(find $'tr\xe9e' -type f | sort)"
	# What is text stands there once.
	: >$'caf\xc3\xa9'
	run "$MCP" --status=log3 --status-files $'caf\xc3\xa9' copy3
	assert_success
	refute grep b64 log3
	assert_equal "$(of file log3 .name)" $'caf\xc3\xa9'
}

@test "error: what, of what, why, and the words that stderr has" {
	local way text
	make_tree 1000
	mkfifo tree/5/fifo
	"$MCP" -r tree copy
	rm copy/7/7 copy/5/fifo
	mkdir copy/7/7 copy/5/fifo
	for way in "-j 1" "-j 3"; do
		rm -f log
		# shellcheck disable=SC2086 # words
		run "$MCP" -r $way --status=log --status-files tree/. copy
		assert_failure 1
		valid log
		text="cannot overwrite directory 'copy/./7/7' with non-directory 'tree/./7/7'"
		assert_line "mcp: $text"
		assert_equal "$(of error log 'select(.name == "copy/./7/7") |
			[.operation, .text] | @tsv')" \
			$'directory-dest\t'"$text"
		assert_equal "$(of error log .name | sort | paste -sd ' ')" \
			"copy/./5/fifo copy/./7/7"
		assert_equal "$(of end log '[.status, .errors, .failed.files,
			.errors_by_kind.refused] | @csv')" 1,2,1,2
		assert_equal "$(of file log 'select(.outcome == "failed") | .name' |
			sort | paste -sd ' ')" "tree/./5/fifo tree/./7/7"
	done
	run "$MCP" --status=log3 nothing copy
	assert_failure 1
	valid log3
	assert_equal "$(of error log3 '[.operation, .name, .errno] | @csv')" \
		'"stat-source","nothing",2'
	assert_equal "$(of end log3 '[.status, .files, .errors] | @csv')" 1,0,1
}

@test "operands that are wrong are told, too" {
	run "$MCP" --status=log a b nowhere
	assert_failure 1
	valid log
	assert_equal "$(events log)" "start error plan end"
	assert_equal "$(of end log .status)" 1
	assert_equal "$(of error log .text | head -n 1)" \
		"target 'nowhere': No such file or directory"
}

@test "what a large file is at, and who is at it" {
	random_file source 64M
	hold_copy 3 source copy "$MCP" -j 3 --status=log source copy
	# As long as nothing moves it is told once a second.
	wait_until grep -q '"progress"' log
	wait_until has_lines 3 progress log
	valid log
	assert_equal "$(of start log .pid)" "$COPIER"
	assert_equal "$(of progress log '[.workers, .name, .phase] | @csv' |
		tail -n 1)" '3,"source","copying"'
	go_on
	assert_ended "exit 0"
	valid log
	assert_equal "$(of end log .bytes)" $((64 << 20))
	# Nothing goes backwards, nor too often.
	assert_equal "$(of progress log .bytes)" "$(of progress log .bytes | sort -n)"
	jq -s -e '[.[] | select(.event == "progress").time] | . as $t |
		all(range(1; length); $t[.] - $t[. - 1] > 0.09)' log
}

# Targets

# has_not_open PID FILE
has_not_open() {
	! readlink "/proc/$1/fd/"* | grep -qxF "$2"
}

@test "what is written back is told, and moves" {
	requires_strace
	local jobs
	random_file big 64M
	for jobs in 1 3; do
		rm -f log copy
		# A slow disk.
		traced trace -e trace=sync_file_range \
			-e inject=sync_file_range:delay_exit=10000 \
			"$MCP" -j $jobs --fsync --status=log big copy
		valid log
		of progress log 'select(.to_write_back) |
			"\(.phase) \(.to_write_back) \(.written_back) \(.name)"' \
			>told
		refute grep -v '^writing-back 67108864 [0-9]* big$' told
		sort -nc -k 3 told
		(($(sort -u told | wc -l) >= 3)) || fail "$(<told)"
		# Not any more when it is there.
		assert_equal "$(tail -n 1 log | jq .to_write_back)" null
	done
}

@test "a file is appended to, and never cut" {
	: >source
	echo '{"mine":1}' >log
	run "$MCP" --status=log source copy
	run "$MCP" --status=log source copy
	assert_success
	assert_equal "$(head -n 1 log)" '{"mine":1}'
	sed -i 1d log
	valid log
	assert_equal "$(events log)" "start plan end start plan end"
}

@test "a FIFO that nobody reads, or nobody any more, is not waited for" {
	: >source
	mkfifo fifo
	run timeout 10 "$MCP" --status=fifo source copy
	assert_success
	random_file big 64M
	hold_copy 2 big copy2 "$MCP" -j 2 --status=fifo big copy2
	# The reader is gone after a line.
	spawn sh -c 'head -n 1 <fifo >first'
	wait_until test -s first
	# It has noticed that.
	wait_until has_not_open "$COPIER" "$PWD/fifo"
	# The next one has missed nothing that counts.
	spawn sh -c 'cat <fifo >log'
	wait_until grep -q progress log
	go_on
	assert_ended "exit 0"
	wait_until grep -q '"end"' log
	valid log
	assert_equal "$(head -n 1 log)" "$(cat first)"
	[[ $(events log) == "start plan progress "*end ]]
}

@test "fd:N is written to, and left as blocking as it was" {
	: >source
	run bash -c '"$1" --status=fd:7 source copy 7>log &&
		"$1" --status=fd:7 source copy 7>&1 >/dev/null | cat >log2 &&
		"$1" --status=fd:1 source copy >log3' - "$MCP"
	assert_success
	valid log
	valid log2
	valid log3
	assert_equal "$(events log)" "start plan end"
	assert_equal "$(events log2)" "start plan end"
	assert_equal "$(events log3)" "start plan end"
	# Nobody reads: it is stderr of others, too, and still blocks.
	run bash -c '"$1" --status=fd:2 source copy 2> >(exit) && echo good' \
		- "$MCP"
	assert_output good
}

@test "a reader that goes is no failure, of the copy or by SIGPIPE" {
	make_tree 1200
	run bash -c '"$1" -r --status=fd:7 --status-files tree copy \
		7> >(head -n 2 >/dev/null)' - "$MCP"
	assert_success
	assert_output ""
	assert_equal "$(sum_of copy)" "$(sum_of tree)"
}

@test "a socket is its user's alone, and gone at the end" {
	random_file big 64M
	hold_copy 2 big copy "$MCP" -j 2 --status=unix:socket big copy
	assert_equal "$(stat -c '%A %u' socket)" "srw------- $EUID"
	spawn read_socket socket >log
	wait_until grep -q progress log
	go_on
	assert_ended "exit 0"
	wait_until grep -q '"end"' log
	valid log
	[[ $(events log) == "start plan progress "*end ]]
	[[ ! -e socket ]]
}

@test "INT, TERM and HUP: the end is told, and the socket is gone" {
	local signal
	random_file big 64M
	for signal in INT TERM HUP; do
		rm -f log
		hold_copy 2 big copy "$MCP" -j 2 --status=unix:socket big copy
		spawn read_socket socket >log
		wait_until grep -q progress log
		kill -$signal "$COPIER"
		assert_ended "signal $(kill -l $signal)"
		wait_until grep -q '"end"' log
		valid log
		assert_equal "$(of end log .signal)" "$(kill -l $signal)"
		[[ ! -e socket ]]
	done
}

@test "workers hold nothing of it open" {
	local pid
	random_file big 64M
	hold_copy 2 big copy "$MCP" -j 2 --status=unix:socket big copy
	spawn read_socket socket >log
	wait_until grep -q progress log
	[[ $(readlink "/proc/$COPIER/fd/"*) == *socket:* ]]
	for pid in "${WORKERS[@]}"; do
		# One is its own, for the files.
		assert_equal "$(readlink "/proc/$pid/fd/"* |
			grep -c socket:)" 1
	done
	go_on
	assert_ended "exit 0"
}

@test "a socket where somebody listens is left alone, and nothing is copied" {
	random_file big 64M
	hold_copy 2 big copy "$MCP" -j 2 --status=unix:socket big copy
	run "$MCP" --status=unix:socket big copy2
	assert_failure 1
	assert_output "mcp: another process listens at 'unix:socket'"
	[[ ! -e copy2 && -S socket ]]
	go_on
	assert_ended "exit 0"
}

@test "a socket that a killed mcp has left behind is replaced" {
	random_file big 64M
	hold_copy 2 big copy "$MCP" -j 2 --status=unix:socket big copy
	kill -KILL "$COPIER"
	assert_ended "signal 9"
	[[ -S socket ]]
	run "$MCP" --status=unix:socket big copy2
	assert_success
	[[ ! -e socket ]]
}

@test "a target that cannot be is an error, and nothing is copied" {
	local target
	: >source
	echo precious >file
	mkdir dir
	for target in dir nowhere/log unix:nowhere/socket unix:file unix: \
		fd: fd:x fd:77 fd:-1 ''; do
		run "$MCP" --status="$target" source copy
		assert_failure 1
		assert_output --partial "mcp: "
		assert_equal "${#lines[@]}" 1
		[[ ! -e copy ]]
	done
	assert_equal "$(<file)" precious
	run "$MCP" --status="unix:$(printf 'a%.0s' {1..108})" source copy
	assert_failure 1
	assert_output --partial "is longer than the 107 bytes it may have"
	run "$MCP" --status=fd:0 source copy </dev/null
	assert_failure 1
	assert_output "mcp: 'fd:0' is not open for writing"
	run bash -c '"$1" --status=fd:1 source copy >&-' - "$MCP"
	assert_failure 1
	run "$MCP" --status-files source copy
	assert_failure 1
	assert_line "mcp: --status-files has no meaning without --status"
	[[ ! -e copy ]]
}

# Many, and slow ones

@test "a hundred readers at one socket are all told the same" {
	local i
	random_file big 64M
	hold_copy 2 big copy "$MCP" -j 2 --status=unix:socket big copy
	# shellcheck disable=SC2016 # Perl's own
	spawn perl -MIO::Socket::UNIX -MIO::Select -e '
		my (%text, %name);
		my $select = IO::Select->new;
		for (1 .. 100) {
			my $s = IO::Socket::UNIX->new(Peer => "socket") or die;
			$name{$s} = $_;
			$select->add($s);
		}
		while ($select->count) {
			for my $s ($select->can_read) {
				next if sysread($s, $text{$s}, 65536,
						length($text{$s} // ""));
				open(my $f, ">", "log.$name{$s}") or die;
				print $f $text{$s};
				$select->remove($s);
			}
			if (!$told && keys(%text) == 100) {
				open(my $f, ">", "all") or die;
				$told = 1;
			}
		}
		open(my $f, ">", "done") or die;'
	wait_until test -e all
	go_on
	assert_ended "exit 0"
	wait_until test -e "done"
	cat log.* >logs
	valid logs
	for i in {1..100}; do
		cmp <(head -n 1 log.1) <(head -n 1 "log.$i")
		cmp <(tail -n 1 log.1) <(tail -n 1 "log.$i")
	done
	assert_equal "$(of end log.1 .bytes)" $((64 << 20))
}

# A megabyte is told, and a socket and a queue hold half of that.
@test "a reader that stalls loses whole events, is told so, and stops nobody" {
	make_tree 6000
	spawn read_socket_late >late
	spawn read_socket_soon >soon
	run timeout 60 "$MCP" -r -j 3 --status=unix:socket --status-files tree copy
	assert_success
	assert_output ""
	assert_equal "$(sum_of copy)" "$(sum_of tree)"
	wait_until -t 30 grep -q '"end"' soon
	: >look
	wait_until -t 30 test -e looked
	valid late
	[[ $(head -n 1 late) == '{"event":"start"'* ]]
	# It has what it could hold, and no line of it is cut.
	(($(of file late .name | wc -l) < 6000))
	valid soon
}

# Reads nothing until the file `look' is there.
read_socket_late() {
	# shellcheck disable=SC2016 # Perl's own
	perl -MIO::Socket::UNIX -e '
		my $s;
		until ($s = IO::Socket::UNIX->new(Peer => "socket")) {
			select(undef, undef, undef, 0.01);
		}
		select(undef, undef, undef, 0.01) until -e "look";
		syswrite(STDOUT, $bytes) while sysread($s, $bytes, 65536);
		open(my $f, ">", "looked");'
}

read_socket_soon() {
	until read_socket socket; do
		sleep 0.01
	done
}

@test "a slow reader is told how many events it has lost" {
	make_tree 6000
	mkfifo fifo
	# Ten lines at a time: it is behind from the start.
	# shellcheck disable=SC2016 # Perl's own
	spawn perl -e 'open(my $f, "+<", "fifo") or die;
		open(my $ready, ">", "ready");
		while ($text !~ /"end".*\n/) {
			sysread($f, $text, 4096, length($text));
			select(undef, undef, undef, 0.02);
		}
		print $text;
		close(STDOUT);
		open($f, ">", "over");' >log
	wait_until test -e ready
	run timeout 60 "$MCP" -r -j 3 --status=fifo --status-files tree copy
	assert_success
	wait_until -t 30 test -e over
	valid log
	assert_equal "$(events log | awk '{ print $NF }')" end
	# Told at least once; all that is missing was lost by the end.
	(($(of end log .lost) >= 6000 - $(of file log .name | wc -l)))
}

# Cost

@test "a plain copy loads nothing for it" {
	requires_strace
	: >source
	traced log "$MCP" source copy
	refute grep jansson log
	traced log "$MCP" --status=told source copy
	assert grep -q jansson log
}

# What --status takes more of is due to time, not to files: looks, ten a second,
# and workers that tell what they do, twenty. With nothing in the way that is less
# than 1 % of 50,000 files a second at six calls each.
@test "a tree takes more system calls by the second, and not by the file" {
	requires_strace
	requires_plain_build
	local without with traced opened
	make_tree 5000
	without=$(calls plain "$MCP" -r -j 2 tree copy)
	traced=$(microseconds calls told \
		"$MCP" -r -j 2 --status=told tree copy3)
	with=$(<told.calls)
	# How many batches there are is chance: each opens two directories, and
	# takes 22 calls with that.
	opened=$(($(openat2s told) - $(openat2s plain)))
	echo "$without calls, $with with --status in $traced us, $opened openat2s"
	((without > 5000 * 6))
	((opened < 5000 / 10))
	((with - without - 11 * opened - $(start_calls) <=
		100 + traced * 300 / 1000000))
}

# calls NAME COMMAND...: how many system calls COMMAND makes.
calls() {
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 \
		strace -f -c -o "$1.count" "${@:2}"
	awk '$1 ~ /^[0-9]/ && $NF != "total" { sum += $4 }
		END { print sum }' "$1.count" |
		tee "$1.calls"
}

# openat2s NAME: of what calls has counted, the openat2.
openat2s() {
	awk '$NF == "openat2" { calls = $4 } END { print calls + 0 }' "$1.count"
}

# How long COMMAND takes.
microseconds() {
	local start=$EPOCHREALTIME end
	"$@" >/dev/null
	end=$EPOCHREALTIME
	echo $((${end/[.,]/} - ${start/[.,]/}))
}

# start_calls: what --status takes more at start and end: of one empty file.
start_calls() {
	: >empty
	echo $(($(calls start "$MCP" --status=told empty copy.told) -
		$(calls start "$MCP" empty copy.plain)))
}
