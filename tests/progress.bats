#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Seeing a copy while it runs: the line on a terminal, SIGUSR1, --stats, -q.
#
# What stands still is looked at: workers are stopped in the middle of a file,
# or a FIFO gives no more, and the line is drawn all the same.

bats_require_minimum_version 1.5.0
load helper

setup_file() {
	random_file "$BATS_FILE_TMPDIR/big" 64M
}

setup() {
	scratch_setup
	BIG=$BATS_FILE_TMPDIR/big
	PTY=${MCP%/*}/../tests/pty
	[[ -x $PTY ]] || PTY=$MCP_TEST_SRCDIR/tests/pty
	[[ -x $PTY ]] || skip "needs tests/pty: run make check"
	export TERM=xterm
	# What pty is told; both ends open, so that nobody waits.
	mkfifo keys
	exec 9<>keys
	export JOB_STDIN=keys
}

requires_utf8() {
	[[ $(LC_ALL=C.UTF-8 locale charmap 2>/dev/null) == UTF-8 ]] ||
		skip "needs the locale C.UTF-8"
}

# frames FILE: each line drawn in the transcript FILE, one a line.
frames() {
	tr '\r' '\n' <"$1" | sed -n 's/\x1b\[K$//p' | grep . || :
}

# widest FILE: the most columns of a frame; every character is one here.
widest() {
	frames "$1" | perl -CS -ne 'chomp; $w = length if length > $w;
		END { print $w // 0 }'
}

drawn() {
	(($(frames job.out | wc -l) >= $1))
}

last_is_wide() {
	local width
	width=$(frames job.out | tail -n 1 | perl -CS -ne 'chomp; print length')
	((width >= $1 && width <= $2))
}

# asked_for_a_second FILE: SIGUSR1 says that mcp runs for a second or more.
asked_for_a_second() {
	kill -USR1 "$COPIER"
	grep -qE '(in|[0-9]) 0:0[1-9]' "$1"
}

# The one child of what was launched.
find_copier() {
	COPIER=$(children_of "$JOB")
	COPIER=${COPIER//[[:space:]]/}
}

has_children() {
	[[ -n $(children_of "$JOB") ]]
}

asked_for_bytes() {
	kill -USR1 "$JOB"
	grep -q "^mcp: $1 in" job.err
}

# SIGUSR1 says how many files of a tree are there, of 301.
tells_all_files() {
	local told
	kill -USR1 "$JOB"
	told=$(sed -n 's/^mcp: .*, \([0-9]*\) of ~301 files in .*/\1/p' job.err |
		tail -n 1)
	((told > 100 && told == $(find copy -type f | wc -l)))
}

# The line

@test "the line fits terminals of 20, 40, 80 and 200 columns, in UTF-8 and ASCII" {
	local columns locale
	requires_utf8
	for locale in C C.UTF-8; do
		for columns in 20 40 80 200; do
			hold_copy 2 "$BIG" copy env LC_ALL=$locale "$PTY" \
				$columns "$MCP" -g -j 2 "$BIG" copy
			wait_until -t 60 drawn 1
			go_on
			assert_ended "exit 0"
			same_file "$BIG" copy
			(($(widest job.out) < columns)) ||
				fail "$columns: $(frames job.out)"
			run frames job.out
			assert_line --index 0 --regexp '^ *[0-9]+% [[|]'
			assert_line --index $((${#lines[@]} - 1)) \
				--regexp '^100% [[|][#█]+[]|].* in 0:[0-9]+$'
			# Left at the start of a new line.
			assert_equal "$(tail -c 1 job.out | od -An -c)" '  \n'
			if [[ $locale == C ]]; then
				refute grep -qP '[^\x00-\x7f]' job.out
			else
				assert grep -q '█' job.out
			fi
			rm copy
		done
	done
}

@test "of the terminal no more is asked than carriage return and erasing a line" {
	run -0 "$PTY" 80 "$MCP" -g -j 1 "$BIG" copy <keys
	assert [ "$(frames <(printf %s "$output") | wc -l)" -ge 1 ]
	refute grep -qP '\x1b(?!\[K)' <<<"$output"
}

# slowed CALLS MICROSECONDS ARG...: mcp -g at a terminal, each of these CALLS that
# much longer than it is, all of them in the log. It draws ten times a second at
# most, and at its end.
slowed() {
	local calls=$1 delay=$2 begun=${EPOCHREALTIME/./}
	shift 2
	launch "$PTY" 100 env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" \
		strace -f -qq -y -o log -e trace="$calls" \
		-e inject="$calls":delay_exit="$delay" "$MCP" -g "$@"
	open_gate
	wait_until -t 120 test -e job.end
	assert_ended "exit 0"
	(($(frames job.out | wc -l) <=
		(${EPOCHREALTIME/./} - begun) / 100000 + 1))
}

# moved LEAST FROM TO: between FROM and TO MiB the line stood at LEAST different
# numbers or more, one behind the other.
moved() {
	# The unit may stand behind the total alone, which is a guess at first.
	frames job.out | sed -nE \
		's|.* ([0-9.]+) ?(\w*)/~?[0-9.]+ ([KMG]?i?B) .*|\1 \2 \3|p' |
		awk '{ printf "%.6f\n",
			$1 * 1024 ^ (index("BKMGT", substr($2, 1, 1)) - 3) }' >seen
	sort -nc seen
	(($(awk -v from="$2" -v to="$3" '$1 > from && $1 < to' seen |
		sort -u | wc -l) >= $1)) || fail "$(frames job.out)"
}

@test "the line moves within one file, whatever the engine" {
	local engine calls delay jobs
	requires_strace
	# For the whole file half a second or more.
	for engine in "rw pwrite64 2000" "mmap madvise 8000" \
		"cfr copy_file_range 200000" \
		"direct io_uring_enter,pwrite64 8000"; do
		read -r engine calls delay <<<"$engine"
		"$MCP" --engine="$engine" --reflink=auto "$BIG" copy 2>err || {
			echo "no $engine here: $(<err)"
			continue
		}
		for jobs in 1 2; do
			rm -f copy
			echo "$engine -j $jobs"
			slowed "$calls" "$delay" -j $jobs --engine="$engine" \
				--reflink=auto "$BIG" copy
			moved 3 0 64
			frames job.out | tail -n 1 | grep -q '^100% .* 64.0 MiB'
			cmp "$BIG" copy
		done
		rm copy
	done
}

# tree_with SIZE: small files, and one of SIZE; so many that workers begin before
# the first is copied, whichever that is.
tree_with() {
	local i
	mkdir tree
	for i in {1..300}; do
		echo "$i" >"tree/$i"
	done
	head -c "$1" "$BIG" >tree/large
}

# worker_wrote LEAST CALL: at least so many of these, and none of the first
# process, wrote to large.
worker_wrote() {
	local first
	first=$(head -n 1 log)
	(($(grep -c "^${first%% *} .*$2(.*large" log) == 0)) &&
		(($(grep -c "$2(.*\(large\|deleted\)" log) >= $1))
}

@test "the line moves within a file that a worker copies in a tree" {
	local jobs
	requires_strace
	# By chunks, and in order; both are less than what takes all workers.
	tree_with 30M
	slowed pwrite64 6000 -r -j 2 --engine=rw --reflink=never tree copy
	moved 5 1 29
	worker_wrote 50 pwrite64
	cmp tree/large copy/large
	rm -r tree copy
	tree_with 1000K
	slowed write 60000 -r -j 2 --engine=rw --reflink=never tree copy
	moved 3 0.1 0.9
	worker_wrote 8 write
	cmp tree/large copy/large
}

@test "the line moves within a large file of a tree" {
	local jobs
	requires_strace
	tree_with 60M
	for jobs in 1 2; do
		slowed pwrite64 3000 -r -j $jobs --engine=rw --reflink=never \
			tree copy
		moved 3 1 58
		cmp tree/large copy/large
		rm -r copy
	done
}

@test "the line moves while one file goes to the disk, and says so" {
	local columns words
	requires_strace
	for columns in 20 80; do
		words="writing back"
		((columns > 20)) || words=written
		# Each piece takes a slow disk 10 ms, twice.
		launch "$PTY" $columns \
			env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" \
			strace -f -qq -o log -e trace=sync_file_range \
			-e inject=sync_file_range:delay_exit=10000 \
			"$MCP" -g -j 2 --fsync "$BIG" copy
		open_gate
		assert_ended "exit 0"
		frames job.out | sed -n "s/.* $words \([0-9]*\)%.*/\1/p" >seen
		(($(sort -u seen | wc -l) >= 3)) || fail "$(frames job.out)"
		sort -nc seen
		(($(widest job.out) < columns))
		frames job.out | tail -n 1 | grep -q '^100% '
		rm copy
	done
}

@test "the line follows the size of the window" {
	hold_copy 2 "$BIG" copy "$PTY" 80 "$MCP" -g -j 2 "$BIG" copy
	wait_until -t 60 last_is_wide 50 79
	echo "columns 30" >&9
	wait_until -t 60 last_is_wide 10 29
	echo "columns 120" >&9
	wait_until -t 60 last_is_wide 60 119
	go_on
	assert_ended "exit 0"
}

@test "nothing is drawn in the background" {
	# shellcheck disable=SC2016 # the inner shell's
	hold_copy 2 "$BIG" copy "$PTY" 80 bash -c \
		'set -m; "$@" 2>&1 & wait' - "$MCP" -g -j 2 "$BIG" copy
	wait_until -t 60 asked_for_a_second job.out
	go_on
	assert_ended "exit 0"
	assert_equal "$(frames job.out)" ""
	same_file "$BIG" copy
}

# answered COUNT: SIGUSR1 was, so many times.
answered() {
	kill -USR1 "$COPIER"
	(($(tr '\r' '\n' <job.out | grep -c '^mcp: ') >= $1))
}

has_grandchild() {
	local shell
	# ps pads what has few digits, and takes no such number.
	shell=$(children_of "$JOB")
	COPIER=$(children_of "${shell//[[:space:]]/}")
	COPIER=${COPIER//[[:space:]]/}
	[[ -n $COPIER ]]
}

@test "nothing is drawn while it goes on in the background, but again in front" {
	local count
	mkfifo fifo
	# shellcheck disable=SC2016 # the inner shell's
	launch "$PTY" 80 bash -c 'set -m; "$@"; bg >bg.out; read -r; fg >fg.out' \
		- "$MCP" -g fifo copy
	open_gate
	exec 7>fifo
	echo some >&7
	wait_until -t 60 has_grandchild
	wait_until -t 60 drawn 1
	echo "key 26" >&9
	wait_until -t 60 test -s bg.out
	wait_until -t 60 answered 1
	count=$(frames job.out | wc -l)
	# It runs, for longer than it takes to draw.
	wait_until -t 60 answered 20
	wait_until -t 60 asked_for_a_second job.out
	assert_equal "$(frames job.out | wc -l)" "$count"
	echo "key 10" >&9
	wait_until -t 60 drawn $((count + 1))
	exec 7>&-
	assert_ended "exit 0"
	assert_equal "$(<copy)" some
}

@test "time spent stopped does not count" {
	local told begun=$SECONDS stopped
	hold_copy 2 "$BIG" copy "$MCP" -j 2 "$BIG" copy
	kill -TSTP "$COPIER"
	wait_until -t 60 all_in T "$COPIER"
	stopped=$SECONDS
	wait_until -t 60 seconds_are $((stopped + 5))
	kill -USR1 "$COPIER"
	kill -CONT "$COPIER"
	assert_ended "exit 0"
	told=$(sed -n 's/^mcp: .* in 0:\([0-9]*\).*/\1/p' job.err)
	((10#$told <= SECONDS - begun - 3)) || fail "$(<job.err)"
}

seconds_are() {
	((SECONDS >= $1))
}

@test "without being asked it is drawn on a terminal, after a second" {
	hold_copy 2 "$BIG" copy "$PTY" 80 "$MCP" -j 2 "$BIG" copy
	wait_until -t 60 drawn 3
	go_on
	assert_ended "exit 0"
	frames job.out | tail -n 1 | grep -q '^100% '
}

@test "without being asked a short copy draws nothing" {
	run -0 "$PTY" 80 "$MCP" "$BIG" copy <keys
	(($(frames <(printf %s "$output") | wc -l) == 0)) ||
		# A busy machine has made it long.
		[[ $output == *"in 0:0"[1-9]* ]]
}

@test "called by another name it draws nothing, unless asked" {
	ln -s "$MCP" cp
	MCP_TEST_COMM=${MCP_TEST_COMM/"${MCP##*/}"/cp}
	hold_copy 2 "$BIG" copy "$PTY" 80 ./cp -j 2 "$BIG" copy
	wait_until -t 60 asked_for_a_second job.out
	go_on
	assert_ended "exit 0"
	assert_equal "$(frames job.out)" ""
	run -0 "$PTY" 80 ./cp -g "$BIG" copy <keys
	assert_output --partial "100% "
}

@test "-q and --progress=never draw nothing" {
	local option
	for option in -q --progress=never; do
		hold_copy 2 "$BIG" copy "$PTY" 80 "$MCP" $option -j 2 "$BIG" copy
		wait_until -t 60 asked_for_a_second job.out
		go_on
		assert_ended "exit 0"
		assert_equal "$(frames job.out)" ""
		rm copy
	done
}

@test "nothing is drawn where stderr is no terminal" {
	hold_copy 2 "$BIG" copy "$MCP" -j 2 "$BIG" copy
	wait_until -t 60 asked_for_a_second job.err
	go_on
	assert_ended "exit 0"
	refute grep -q $'[\r\033]' job.err
	refute grep -v '^mcp: ' job.err
	assert_equal "$(<job.out)" ""
}

@test "-g writes plain lines where stderr is no terminal" {
	hold_copy 2 "$BIG" copy "$MCP" -g -j 2 "$BIG" copy
	wait_until -t 60 grep -q '^mcp: [0-9]*%, .* of 64.0 MiB, 0 of 1 file in' \
		job.err
	go_on
	assert_ended "exit 0"
	assert_regex "$(tail -n 1 job.err)" \
		'^mcp: 100%, 64.0 MiB of 64.0 MiB, 1 of 1 file in 0:[0-9]+, .*/s$'
	refute grep -q $'[\r\033]' job.err
}

@test "-g writes plain lines on a terminal that cannot erase" {
	run -0 env TERM=dumb "$PTY" 80 "$MCP" -g "$BIG" copy <keys
	refute_output --regexp $'\033'
	assert_output --partial "mcp: 100%, "
}

@test "lines of -v and messages stand alone" {
	local i
	mkdir dir
	for i in {1..200}; do
		echo "$i" >"f$i"
	done
	run -1 "$PTY" 80 "$MCP" -g -v f{1..100} missing f{101..200} dir <keys
	for i in {1..200}; do
		echo "'f$i' -> 'dir/f$i'"
	done | sort >expected
	echo "mcp: cannot stat 'missing': No such file or directory" >>expected
	# What is drawn is taken away before something else is written.
	tr -d '\r' <<<"$output" | sed 's/.*\x1b\[K//' | grep . >told || :
	assert_equal "$(sort told)" "$(sort expected)"
}

@test "a question stands alone until it is answered" {
	echo old >copy
	# shellcheck disable=SC2016 # the inner shell's
	launch "$PTY" 80 "$MCP" -g -i -j 1 "$BIG" copy
	open_gate
	wait_until -t 60 grep -q "overwrite 'copy'? $" job.out
	find_copier
	# No matter how long that takes.
	kill -WINCH "$COPIER"
	wait_until -t 60 asked_for_a_second job.out
	assert_equal "$(frames job.out)" ""
	echo "key 121" >&9
	echo "key 10" >&9
	assert_ended "exit 0"
	frames job.out | tail -n 1 | grep -q '^100% '
}

# Signals

@test "Ctrl-C leaves the terminal at a new line, and nothing else" {
	hold_copy 2 "$BIG" copy "$PTY" 80 "$MCP" -g -j 2 "$BIG" copy
	wait_until -t 60 drawn 1
	echo "key 3" >&9
	assert_ended "signal 2"
	assert_equal "$(tail -c 1 job.out | od -An -c)" '  \n'
	refute [ -e copy ]
}

@test "the stop key takes the line away, going on brings it back" {
	local count
	# One that was not stopped in time has to end, to be tried again.
	# shellcheck disable=SC2016 # the inner shell's
	hold_copy 2 "$BIG" copy "$PTY" 80 bash -c \
		'set -m; "$@" && exit; read -r; fg >fg.out' - \
		"$MCP" -g -j 2 "$BIG" copy
	wait_until -t 60 drawn 1
	kill -TSTP "$COPIER"
	wait_until -t 60 all_in T "$COPIER" "${WORKERS[@]}"
	[[ $(<job.out) =~ $'\r\033[K'[^$'\r']*$ ]] || fail "$(cat -v job.out)"
	count=$(frames job.out | wc -l)
	echo "key 10" >&9
	wait_until -t 60 drawn $((count + 1))
	assert_ended "exit 0"
	same_file "$BIG" copy
}

@test "SIGUSR1 is answered by a line, with workers at one file" {
	hold_copy 2 "$BIG" copy "$MCP" -q -j 2 "$BIG" copy
	kill -USR1 "$COPIER"
	wait_until -t 60 grep -qE \
		'^mcp: [0-9]+%, .* of 64.0 MiB, 0 of 1 file in .*: .*/big$' job.err
	go_on
	assert_ended "exit 0"
	assert_equal "$(wc -l <job.err)" 1
}

@test "SIGUSR1 is answered by a line, without workers and of a source without a size" {
	mkfifo fifo
	launch "$MCP" fifo copy
	open_gate
	exec 7>fifo
	head -c 100000 "$BIG" >&7
	wait_until -t 60 asked_for_bytes "97.7 KiB"
	exec 7>&-
	assert_ended "exit 0"
	assert_equal "$(stat -c %s copy)" 100000
}

@test "SIGUSR1 is answered by a line, with workers at a tree" {
	local i
	mkdir tree
	for i in {1..300}; do
		echo "$i" >"tree/$i"
	done
	# A worker waits for it.
	mkfifo tree/fifo
	launch "$MCP" -r --copy-contents -j 2 tree copy
	open_gate
	# Until it hears signals.
	wait_until -t 60 has_children
	wait_until -t 60 tells_all_files
	echo end >tree/fifo
	assert_ended "exit 0"
	assert_equal "$(<copy/fifo)" end
}

@test "SIGUSR1 that was ignored at the start stays ignored" {
	# shellcheck disable=SC2016 # the inner shell's
	hold_copy 2 "$BIG" copy sh -c 'trap "" USR1; exec "$@"' - \
		"$MCP" -j 2 "$BIG" copy
	kill -USR1 "$COPIER"
	go_on
	assert_ended "exit 0"
	assert_equal "$(<job.err)" ""
}

# -q

@test "-q silences warnings, and no errors" {
	mkdir dir
	echo a >a
	run -0 "$MCP" -q a a dir
	assert_output ""
	run -0 "$MCP" -q --context=x a b
	assert_output ""
	run -1 "$MCP" -q missing dir
	assert_output "mcp: cannot stat 'missing': No such file or directory"
}

# --stats

# number KEY: its value in what --stats=json has said.
number() {
	perl -ne 'print $1 if /"'"$1"'":([0-9.]+)/' stats
}

# assert_numbers KEY NUMBER ...
assert_numbers() {
	while (($#)); do
		[[ $(number "$1") == "$2" ]] ||
			fail "$1 is $(number "$1"), not $2: $(<stats)"
		shift 2
	done
}

# A tree of all kinds; its files, and their bytes, with hard links once.
make_tree() {
	local i
	mkdir -p tree/a/b tree/c
	for i in {1..300}; do
		head -c $((i * 10)) "$BIG" >"tree/a/$i"
		: >"tree/c/$i"
	done
	head -c 40M "$BIG" >tree/large
	head -c 9M "$BIG" >tree/a/middle
	truncate -s 20M tree/a/b/sparse
	echo end >>tree/a/b/sparse
	ln tree/a/1 tree/c/one
	ln tree/large tree/c/large
	ln -s large tree/symlink
	mkfifo tree/fifo
}

files_of() {
	find "$1" -type f -printf '%i %s\n' | sort -u | wc -l
}

bytes_of() {
	find "$1" -type f -printf '%i %s\n' | sort -u |
		awk '{ sum += $2 } END { printf "%d", sum }'
}

@test "--stats agrees with find, with any number of workers" {
	local jobs
	make_tree
	for jobs in 1 2 5; do
		"$MCP" -a -j $jobs --stats=json tree copy >stats
		assert_numbers files "$(files_of tree)" \
			bytes "$(bytes_of tree)" \
			directories "$(find tree -type d | wc -l)" \
			symlinks 1 hard_links 2 others 1 errors 0 \
			files_failed 0 files_skipped 0 workers $jobs
		assert_equal "$(files_of copy)" "$(files_of tree)"
		# Without links every name is a file.
		rm -r copy
		"$MCP" -r -j $jobs --stats=json tree copy >stats
		assert_numbers files "$(find tree -type f | wc -l)" \
			bytes "$(find tree -type f -printf '%s\n' |
				awk '{ s += $1 } END { printf "%d", s }')" \
			hard_links 0
		rm -r copy
	done
}

@test "--stats tells what was skipped, and what has failed" {
	local jobs
	make_tree
	for jobs in 1 2; do
		mkdir -p copy/a copy/c/7
		echo there >copy/a/5
		"$MCP" -rn -j $jobs --stats=json tree/. copy >stats
		assert_numbers files_skipped 2 errors 0 files_failed 0 \
			files $(($(find tree -type f | wc -l) - 2))
		rm -r copy
		mkdir -p copy/c/7
		run -1 "$MCP" -r -j $jobs --stats=json tree/. copy
		grep '^{' <<<"$output" >stats
		assert_numbers files_skipped 0 errors 1 files_failed 1 \
			refused 1 files $(($(find tree -type f | wc -l) - 1))
		rm -r copy
	done
}

@test "--stats has the errors by kind" {
	mkdir dir
	: >file
	run -1 "$MCP" --stats=json missing dir file there
	run -1 "$MCP" --stats=json missing missing2 dir file "$SCRATCH/dir"
	grep '^{' <<<"$output" >stats
	assert_numbers errors 3 source 2 refused 1 files 1
}

@test "--stats tells which engine has moved how much" {
	"$MCP" --stats=json --engine=rw -j 2 "$BIG" copy >stats
	assert_numbers rw $((64 << 20)) mmap 0 workers 2 bytes $((64 << 20))
	"$MCP" --stats=json --engine=mmap -j 3 "$BIG" copy >stats
	assert_numbers rw 0 mmap $((64 << 20)) workers 3
}

@test "--stats counts holes that stay holes" {
	local jobs
	truncate -s 16M sparse
	head -c 1M "$BIG" >>sparse
	for jobs in 1 2; do
		"$MCP" --stats=json --reflink=never -j $jobs sparse copy >stats
		assert_numbers bytes $((17 << 20)) bytes_in_holes $((16 << 20))
		rm copy
	done
}

@test "--stats tells what was cloned, and what was copied where that could be cloned" {
	local jobs type
	for type in xfs btrfs; do
		mount_image "$type" "$type" 320
		mkdir "$type/tree"
		cp "$BIG" "$type/tree/large"
		echo small >"$type/tree/small"
		for jobs in 1 2; do
			"$MCP" -r --reflink=always --stats=json -j $jobs \
				"$type/tree" "$type/copy" >stats
			assert_numbers bytes 67108870 bytes_cloned 67108870
			rm -r "$type/copy"
			"$MCP" -r --reflink=never --stats=json -j $jobs \
				"$type/tree" "$type/copy" >stats
			assert_numbers bytes 67108870 bytes_cloned 0
			rm -r "$type/copy"
		done
	done
	"$MCP" --stats "$type/tree/large" "$type/copy" 2>err
	assert grep -qx "bytes: 67108864 (64.0 MiB), 64.0 MiB cloned" err
}

@test "--stats is text on stderr unless it is asked to be JSON" {
	"$MCP" --stats "$BIG" copy >out 2>err
	assert_equal "$(<out)" ""
	run cat err
	assert_line "files: 1 copied"
	assert_line "bytes: 67108864 (64.0 MiB)"
	assert_line "errors: 0"
	assert_line --regexp '^time: [0-9.]+ s$'
	"$MCP" --stats=text "$BIG" copy 2>err
	assert grep -q "^workers: " err
	run -1 "$MCP" --stats=xml a b
	assert_line --partial "invalid argument 'xml' for '--stats'"
}

@test "what a dead worker did and had not told counts" {
	local i
	requires_strace
	mkdir tree
	for i in {1..400}; do
		echo "$i" >"tree/$i"
	done
	# Each worker dies at its hundredth file.
	traced log -e trace=utimensat \
		-e inject=utimensat:signal=SIGKILL:when=100 \
		"$MCP" -r -p -j 2 --stats=json tree copy >stats 2>err || :
	assert grep -q "killed by SIGKILL" log
	assert_numbers files "$(find copy -type f | wc -l)" \
		bytes "$(find copy -type f -printf '%s\n' |
			awk '{ s += $1 } END { print s }')"
	assert_equal $(($(number files) + $(number files_failed))) 400
}

# Cost

# calls_in LOG: but not those that ask for signals every 20 ms, whoever looks on.
calls_in() {
	grep -vcF ' = -1 EAGAIN ' "$1"
}

# Under strace a copy takes long, and there are more of these than there would be.
@test "looking on costs four system calls each time, and next to none else" {
	local i plain watched times
	requires_strace
	requires_own_calls_only
	mkdir tree
	for i in {1..3000}; do
		echo "$i" >"tree/$i"
	done
	traced log "$MCP" -r -j 1 tree copy
	plain=$(calls_in log)
	rm -r copy
	"$PTY" 80 env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" \
		strace -f -qq -o log "$MCP" -g -r -j 1 tree copy <keys >drawn
	watched=$(calls_in log)
	times=$(frames drawn | wc -l)
	((times >= 1))
	((watched - plain <= 4 * times + plain / 100)) ||
		fail "$plain calls, and $watched with $times lines"
}

@test "a plain copy does not load jansson, --stats=json does" {
	requires_strace
	traced log -e trace=openat "$MCP" -j 2 -g "$BIG" copy
	refute grep -q jansson log
	traced log -e trace=openat "$MCP" --stats=json "$BIG" copy
	assert grep -q jansson log
}

# --debug

# A character device that no driver has.
@test "--debug says nothing of what cannot be opened" {
	requires_root
	mknod nobodys c 240 200 || skip "needs leave to make devices"
	run "$MCP" --debug nobodys copy
	assert_failure 1
	assert_output "'nobodys' -> 'copy'
mcp: cannot open 'nobodys' for reading: No such device or address"
	run "$MCP" --debug --reflink=always nobodys copy
	assert_failure 1
	refute_line --partial "copy offload"
}

@test "--debug says why by that engine" {
	: >small
	run -0 "$MCP" --debug small copy
	assert_output --partial "engine: rw, workers: 1, because: it is copied in order"
	run -0 "$MCP" --debug --engine=mmap -j 2 "$BIG" copy
	assert_output --partial "engine: mmap, workers: 2, because: it was asked for"
	run -0 "$MCP" --debug --reflink=never -j 2 "$BIG" copy
	assert_output --regexp "engine: [a-z]+, workers: 2, because: [a-z' ]+"
}
