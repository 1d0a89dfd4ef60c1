# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A worker that is killed while it copies a tree: what it was at is done again.

load helper

setup() {
	scratch_setup
	# Leaks cannot be looked for under ptrace.
	STRACE=(env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"
		strace -f -o trace)
	VICTIM=
	forest
}

# forest: a tree at s that is given to workers as a whole, with a directory
# "room" of 40 names.
forest() {
	mkdir s s/room
	(
		cd s || exit
		for ((i = 0; i < 300; i++)); do
			echo "$i" >"f$i"
		done
		for ((i = 0; i < 40; i++)); do
			echo "room $i" >"room/r$i"
		done
	)
}

# Small files are read and written on some file systems, and moved by the kernel
# on others.
WAY=(--engine=rw)

# kill_after CALL N NAME ARGUMENT...: mcp -j 2 with these. The first worker that
# has made CALL about s/NAME or t/NAME for the Nth time is killed right after it;
# others go on.
kill_after() {
	local call=$1 n=$2 name=$3
	shift 3
	requires_strace
	VICTIM=
	rm -f trace
	launch "${STRACE[@]}" -P "${name##*/}" -P "$(pwd -P)/s/$name" \
		-P "$(pwd -P)/t/$name" -e trace="$call" \
		-e inject="$call:signal=SIGSTOP:when=$n" "$MCP" -j 2 "${WAY[@]}" "$@"
	open_gate
	wait_until -t 60 killed_and_ended
	grep -q "^$VICTIM .*killed by SIGKILL" trace
}

# One of the workers that strace has stopped is killed, all others are continued,
# as often as need be: a SIGCONT that comes too early is lost.
killed_and_ended() {
	local parent pid
	test ! -e job.end || return 0
	parent=$(children_of "$JOB")
	test -e trace || return 1
	while read -r pid; do
		if [[ -z $VICTIM && $pid != "${parent//[[:space:]]/}" ]]; then
			VICTIM=$pid
			kill -KILL "$pid"
		elif [[ $pid != "$VICTIM" ]]; then
			kill -CONT "$pid" 2>/dev/null || :
		fi
	done < <(sed -n 's/^\([0-9]*\) *--- stopped by SIGSTOP ---$/\1/p' trace)
	return 1
}

# hold_after CALL N NAME ARGUMENT...: the same, but it is only stopped. Its id is
# in VICTIM, and killed_and_ended goes on when it was killed.
hold_after() {
	local call=$1 n=$2 name=$3
	shift 3
	requires_strace
	rm -f trace
	launch "${STRACE[@]}" -P "${name##*/}" -P "$(pwd -P)/s/$name" \
		-P "$(pwd -P)/t/$name" -e trace="$call" \
		-e inject="$call:signal=SIGSTOP:when=$n" "$MCP" -j 2 "${WAY[@]}" "$@"
	open_gate
	wait_until -t 60 grep -q 'stopped by SIGSTOP' trace
	VICTIM=$(sed -n 's/^\([0-9]*\) *--- stopped by SIGSTOP ---$/\1/p' trace)
}

# settle: waits until all is done that can be done without VICTIM, be it that names
# of the directory it is in were given to somebody who had nothing to do.
settle() {
	wait_until -t 60 nothing_runs
}

nothing_runs() {
	local before
	COPIER=$(children_of "$JOB")
	COPIER=${COPIER//[[:space:]]/}
	# shellcheck disable=SC2034 # switches reads it
	read -ra WORKERS <<<"$(children_of "$COPIER" | tr '\n' ' ')"
	before=$(switches)
	sleep 0.3
	[[ $(switches) == "$before" ]]
}

# kill_each CALL N NAME ARGUMENT...: the same, but that every worker is killed,
# before it makes the call. Fills $output and $status.
kill_each() {
	local call=$1 n=$2 name=$3
	shift 3
	requires_strace
	run "${STRACE[@]}" -P "${name##*/}" -P "$(pwd -P)/s/$name" \
		-P "$(pwd -P)/t/$name" -e trace="$call" \
		-e inject="$call:signal=SIGKILL:when=$n" "$MCP" -j 2 "${WAY[@]}" "$@"
	grep -q 'killed by SIGKILL' trace
}

# state DIR: all that is there, with modes, owners, times and contents.
state() {
	(
		cd "$1" || exit
		find . -printf '%P|%y|%m|%U:%G|%n|%T@|%l\n' | LC_ALL=C sort
		find . -type f -exec cksum {} + | LC_ALL=C sort -k3
	)
}

# shape DIR: all names there, with types and modes.
shape() {
	(cd "$1" && find . -printf '%P|%y|%m|%n|%l\n' | LC_ALL=C sort)
}

# assert_copied: mcp did all of it, and had nothing to say.
assert_copied() {
	assert_ended "exit 0"
	assert_equal "$(<job.err)" ""
	diff -r s t
	assert_equal "$(find t -name '.mcp-*')" ""
}

@test "a new file is copied again, whatever call its worker died after" {
	local call
	# Its source is opened and looked at, it is created, both are used.
	for call in "openat 1" "fstat,newfstatat 1" "openat 2" "read 1" \
		"write 1" "close 1" "close 2"; do
		for name in f7 room/r7; do
			# shellcheck disable=SC2086 # two words
			kill_after $call "$name" -r s t
			assert_copied
			rm -r t
		done
	done
}

@test "so is one that the kernel copies" {
	mount_tmpfs small 16M
	cp -r s small/s
	cd small
	WAY=()
	kill_after copy_file_range 1 room/r7 -r s t
	assert_copied
	rm -r t
	kill_after copy_file_range 1 f7 -r s t
	assert_copied
}

@test "of a new file that was half written nothing is lost, nor left" {
	head -c 300000 /dev/urandom >s/room/large
	kill_after write 1 room/large -r s t
	assert_copied
	rm -r t
	# And no other worker can do it.
	kill_each write 2 room/large -r s t
	assert_failure 1
	assert_output "mcp: error copying 's/room/large' to 't/room/large': two\
 workers died at it, by signal 9 (Killed)"
	assert [ ! -e t/room/large ]
	rm s/room/large
	diff -r s t
}

@test "so is a large file that one worker has for itself" {
	local call
	truncate -s 41M s/large
	truncate -s 40M s/second s/third
	echo end | tee -a s/large s/second >>s/third
	for call in "lseek 1" "pread64 1" "linkat 1"; do
		# shellcheck disable=SC2086 # two words
		kill_after $call large -r --engine=rw --reflink=never s t
		assert_copied
		rm -r t
	done
	kill_each pread64 1 large -r --engine=rw --reflink=never s t
	assert_failure 1
	assert_output "mcp: error copying 's/large' to 't/large': two workers\
 died at it, by signal 9 (Killed)"
	assert [ ! -e t/large ]
	rm s/large
	diff -r s t
}

@test "so are a new directory, symlink and FIFO" {
	ln -s nowhere s/room/dangling
	mkfifo s/room/fifo
	kill_after mkdirat 1 room -r s t
	assert_ended "exit 0"
	assert_equal "$(shape t)" "$(shape s)"
	rm -r t
	for call in symlinkat readlinkat; do
		kill_after $call 1 room/dangling -r s t
		assert_ended "exit 0"
		assert_equal "$(readlink t/room/dangling)" nowhere
		rm -r t
	done
	kill_after mknodat 1 room/fifo -r s t
	assert_ended "exit 0"
	assert [ -p t/room/fifo ]
}

@test "all attributes are kept, whatever call the worker died after" {
	local call
	requires_own_calls_only
	touch -d 2001-02-03 s/room/r3
	chmod 440 s/room/r3
	# Too small to be given away in parts, so that its worker ends it.
	mkdir s/cell
	echo 1 >s/cell/c1
	chmod 750 s/cell
	touch -d 2001-02-03 s/room s/cell s
	for call in "openat 2 room/r3" "flistxattr 1 room/r3" \
		"utimensat 1 room/r3" "close 1 room/r3" "mkdirat 1 room" \
		"getdents64 1 room" "flistxattr 1 cell" "utimensat 1 cell"; do
		# shellcheck disable=SC2086 # three words
		kill_after $call -a s t
		assert_ended "exit 0"
		assert_equal "$(<job.err)" ""
		assert_equal "$(state t)" "$(state s)"
		rm -r t
	done
}

@test "an existing file is overwritten, as was decided before its worker died" {
	local call option
	for option in "" -u -f --remove-destination; do
		for call in "ftruncate 1" "write 1" "close 1"; do
			[[ $option != --remove* ]] || call=${call/ftruncate/unlinkat}
			cp -r s t
			echo older >t/room/r9
			touch -d 2001-02-03 t/room/r9
			# shellcheck disable=SC2086 # several words
			kill_after $call room/r9 -r $option s/. t
			assert_copied
			rm -r t
		done
	done
}

@test "with -n what was there is left alone, and what was new is not" {
	local call
	for call in "openat 2" "write 1" "close 1"; do
		cp -r s t
		echo mine >t/f5
		rm t/room/r9
		# shellcheck disable=SC2086 # two words
		kill_after $call room/r9 -rn s/. t
		assert_ended "exit 0"
		assert_equal "$(<job.err)" ""
		assert_equal "$(<t/f5)" mine
		echo 5 >t/f5
		diff -r s t
		rm -r t
	done
}

@test "hard and symbolic links instead of copies are made again" {
	kill_after linkat 1 room/r9 -rlP s t
	assert_copied
	assert_equal "$(stat -c %i t/room/r9)" "$(stat -c %i s/room/r9)"
	rm -r t
	kill_after symlinkat 1 r9 -rs "$(pwd -P)/s" t
	assert_ended "exit 0"
	assert_equal "$(readlink t/room/r9)" "$(pwd -P)/s/room/r9"
}

# in_order DIR: the names in it, in the order in which they are copied, that of
# inodes: not that in which they were made where a file system has free ones in
# between. The first is the one that whoever has listed it gives to nobody.
in_order() {
	find "$1" -mindepth 1 -maxdepth 1 -printf '%i %f\n' | sort -n |
		sed 's/^[0-9]* //'
}

@test "files of several names keep them, whatever their worker was at" {
	local names one later call
	# LATER comes when ONE is done, and not told yet.
	mapfile -t names < <(in_order s/room)
	one=${names[3]} later=${names[9]}
	# All are called so, since any of them may be the first.
	mkdir s/more
	ln "s/room/$one" "s/$one"
	ln "s/room/$one" "s/more/$one"
	for call in "newfstatat 1 room/$one" "openat 1 room/$one" \
		"openat 2 room/$one" "openat 2 room/$later" \
		"close 2 room/$later"; do
		# shellcheck disable=SC2086 # three words
		kill_after $call -a s t
		assert_copied
		assert_equal "$(stat -c %h "t/room/$one")" 3
		rm -r t
	done
}

@test "with -v each line comes once" {
	local call
	for call in "openat 1" "openat 2" "write 1" "close 2"; do
		# shellcheck disable=SC2086 # two words
		kill_after $call room/r7 -rv s t
		assert_copied
		assert_equal "$(sort job.out)" \
			"$("$MCP" -j 1 -rv s u | sed "s/-> 'u/-> 't/" | sort)"
		rm -r t u
	done
	for call in mkdirat getdents64; do
		kill_after $call 1 room -rv s t
		assert_copied
		assert_equal "$(sort job.out)" \
			"$("$MCP" -j 1 -rv s u | sed "s/-> 'u/-> 't/" | sort)"
		rm -r t u
	done
}

@test "what is counted is right" {
	local call
	for call in "write 1 room/r7" "mkdirat 1 room" "getdents64 1 room"; do
		# shellcheck disable=SC2086 # three words
		kill_after $call -r --stats=json s t
		assert_ended "exit 0"
		diff -r s t
		run jq -c '[.files, .bytes, .directories, .files_failed,
			.errors]' job.out
		assert_output "[340,$(find s -type f -printf '%s\n' |
			awk '{ sum += $1 } END { print sum }'),2,0,0]"
		rm -r t
	done
}

@test "a file that somebody else has put there is not touched" {
	hold_after openat 2 room/r7 -r s t
	rm t/room/r7
	echo mine >t/room/r7
	kill -KILL "$VICTIM"
	wait_until -t 60 killed_and_ended
	assert_ended "exit 1"
	assert_equal "$(<t/room/r7)" mine
	assert_equal "$(<job.err)" "mcp: error copying 's/room/r7' to\
 't/room/r7': the worker at it died, by signal 9 (Killed) (destination left\
 incomplete)"
}

@test "nor is one that has taken the place of what was there" {
	cp -r s t
	echo older >t/room/r9
	touch -d 2001-02-03 t/room/r9
	hold_after ftruncate 1 room/r9 -ru s/. t
	echo mine >mine
	mv mine t/room/r9
	kill -KILL "$VICTIM"
	wait_until -t 60 killed_and_ended
	assert_ended "exit 1"
	assert_equal "$(<t/room/r9)" mine
	assert_equal "$(<job.err)" "mcp: error copying 's/./room/r9' to\
 't/./room/r9': the worker at it died, by signal 9 (Killed) (destination left\
 incomplete)"
}

# Only who has listed it had to list it again, so it has to be the one that dies.
@test "a directory that changes meanwhile is an error that names it" {
	hold_after openat 1 "room/$(in_order s/room | head -n 1)" -r s t
	settle
	echo new >s/room/more
	kill -KILL "$VICTIM"
	wait_until -t 60 killed_and_ended
	assert_ended "exit 1"
	assert_equal "$(<job.err)" "mcp: error copying 's/room' to 't/room': the\
 worker at it died, by signal 9 (Killed)"
}

# What it had begun is done all the same, be it new or not.
@test "so it is when it changes while a file of it is half written" {
	local first old
	first=$(in_order s/room | head -n 1)
	head -c 300000 /dev/urandom >"s/room/$first"
	for old in "" old; do
		cp -r s t
		rm "t/room/$first"
		[[ -z $old ]] || head -c 400000 /dev/urandom >"t/room/$first"
		hold_after write 1 "room/$first" -rT s t
		settle
		echo new >s/room/more
		kill -KILL "$VICTIM"
		wait_until -t 60 killed_and_ended
		assert_ended "exit 1"
		assert_equal "$(<job.err)" "mcp: error copying 's/room' to\
 't/room': the worker at it died, by signal 9 (Killed)"
		cmp "s/room/$first" "t/room/$first"
		rm -r t s/room/more
	done
}

@test "and when it is gone it is said which file of it is half written" {
	local first
	first=$(in_order s/room | head -n 1)
	head -c 300000 /dev/urandom >"s/room/$first"
	cp -r s t
	head -c 200000 /dev/urandom >"t/room/$first"
	hold_after write 1 "room/$first" -rT s t
	settle
	rm -r s/room
	kill -KILL "$VICTIM"
	wait_until -t 60 killed_and_ended
	assert_ended "exit 1"
	assert_equal "$(<job.err)" "mcp: error copying 's/room' to 't/room': the\
 worker at it died, by signal 9 (Killed)
mcp: cannot access 's/room/$first': No such file or directory (destination left\
 incomplete)
mcp: cannot access 's/room': No such file or directory"
}

# without_source CALL N NAME LEFT ARGUMENT...: s/NAME is removed when its worker
# has made CALL, and then the worker dies: t/NAME is said to be LEFT as that.
without_source() {
	local call=$1 n=$2 name=$3 left=$4
	shift 4
	hold_after "$call" "$n" "$name" "$@"
	rm "s/$name"
	kill -KILL "$VICTIM"
	wait_until -t 60 killed_and_ended
	assert_ended "exit 1"
	assert_equal "$(<job.err)" "mcp: cannot stat 's/$name': No such file or\
 directory$left"
}

@test "what was begun of a file whose source goes, too, is told of" {
	local incomplete=" (destination left incomplete)"
	head -c 300000 /dev/urandom >kept
	cp kept s/large
	cp -r s t
	head -c 400000 /dev/urandom >t/large
	without_source write 1 large "$incomplete" -rT s t
	cp kept s/large
	rm -r t
	# It is no more certain that it is ours.
	without_source write 1 large "$incomplete" -rT s t
	rm -r t
	cp kept s/large
	without_source openat 1 large "" -rT s t
	assert [ ! -e t/large ]
	without_source unlinkat 1 f5 " (destination removed)" \
		-rT --remove-destination s t
	assert [ ! -e t/f5 ]
}

@test "so it is when the source has become a directory" {
	head -c 300000 /dev/urandom >s/large
	cp -r s t
	head -c 400000 /dev/urandom >t/large
	hold_after write 1 large -rT s t
	rm s/large
	mkdir s/large
	kill -KILL "$VICTIM"
	wait_until -t 60 killed_and_ended
	assert_ended "exit 1"
	assert_equal "$(<job.err)" "mcp: cannot overwrite non-directory 't/large'\
 with directory 's/large' (destination left incomplete)"
}

@test "so it is when the source cannot be opened any more" {
	requires_user
	head -c 300000 /dev/urandom >s/large
	cp -r s t
	head -c 400000 /dev/urandom >t/large
	hold_after write 1 large -rT s t
	chmod 0 s/large
	kill -KILL "$VICTIM"
	wait_until -t 60 killed_and_ended
	assert_ended "exit 1"
	assert_equal "$(<job.err)" "mcp: cannot open 's/large' for reading:\
 Permission denied (destination left incomplete)"
}

# ended_while_held CALL N NAME ARGUMENT...: a worker is stopped after CALL, as
# above, and then mcp is ended by a signal.
ended_while_held() {
	local parent
	hold_after "$@"
	parent=$(children_of "$JOB")
	kill -TERM "${parent//[[:space:]]/}"
	assert_ended "signal 15"
	all_in - "$VICTIM"
}

@test "what a worker was at that does not answer is told of at the end" {
	local name
	for name in large room/large; do
		head -c 300000 /dev/urandom >"s/$name"
		cp -r s t
		head -c 400000 /dev/urandom >"t/$name"
		ended_while_held write 1 "$name" -rT s t
		assert_equal "$(<job.err)" \
			"mcp: 't/$name' left incomplete: Terminated"
		# A new one goes.
		rm "t/$name"
		ended_while_held write 1 "$name" -rT s t
		assert_equal "$(<job.err)" ""
		assert [ ! -e "t/$name" ]
		rm -r t "s/$name"
	done
	cp -r s t
	ended_while_held unlinkat 1 f5 -rT --remove-destination s t
	assert_equal "$(<job.err)" "mcp: 't/f5' removed: Terminated"
}

@test "so is what one was at that has died, and nobody goes on with" {
	local parent
	head -c 300000 /dev/urandom >s/room/large
	cp -r s t
	head -c 400000 /dev/urandom >t/room/large
	hold_after write 1 room/large -rT s t
	parent=$(children_of "$JOB")
	parent=${parent//[[:space:]]/}
	kill -STOP "$parent"
	wait_until all_in Tt "$parent"
	kill -KILL "$VICTIM"
	kill -TERM "$parent"
	wait_until all_in -Z "$VICTIM"
	kill -CONT "$parent"
	assert_ended "signal 15"
	assert_equal "$(<job.err)" \
		"mcp: 't/room/large' left incomplete: Terminated"
}

@test "nor does a hidden name stay of one that does not answer" {
	mount_poor t
	head -c 3000000 /dev/urandom >s/room/large
	ended_while_held pread64,read 1 room/large -rT s t
	assert_equal "$(<job.err)" ""
	assert [ ! -e t/room/large ]
	assert_equal "$(find t -name '.mcp-*')" ""
}

@test "a second death at a name is an error, and the others are copied" {
	local call
	# The parent opens and closes what is left, too.
	for call in "read 1" "write 1"; do
		# shellcheck disable=SC2086 # two words
		kill_each $call room/r7 -r s t
		assert_failure 1
		assert_output "mcp: error copying 's/room/r7' to 't/room/r7':\
 two workers died at it, by signal 9 (Killed)"
		assert [ ! -e t/room/r7 ]
		assert_equal "$(diff -r s t)" "Only in s/room: r7"
		rm -r t
	done
}

@test "a second death at a directory is one, too" {
	kill_each mkdirat 1 room -r s t
	assert_failure 1
	assert_output "mcp: error copying 's/room' to 't/room': two workers died\
 at it, by signal 9 (Killed)"
	assert_equal "$(diff -r s t)" "Only in s: room"
}

@test "all workers may die, again and again" {
	local name
	requires_strace
	# Each of them, at its 50th file or so.
	run "${STRACE[@]}" -e trace=openat \
		-e inject=openat:signal=SIGKILL:when=100 "$MCP" -j 2 -rv s t
	assert [ "$(grep -c 'killed by SIGKILL' trace)" -ge 4 ]
	# It may be, and rarely is, that two die at one name.
	if ((status)); then
		assert_failure 1
		for name in $(diff -r s t | sed -n 's/^Only in s[^:]*: //p'); do
			assert_line --regexp "/$name': two workers died at it"
		done
		return
	fi
	assert_equal "$(sort <<<"$output")" \
		"$("$MCP" -j 1 -rv s u | sed "s/-> 'u/-> 't/" | sort)"
	diff -r s t
}

@test "what was given away by who died is copied, and once" {
	local i
	mkdir s/room/wide
	for ((i = 0; i < 300; i++)); do
		echo "$i" >"s/room/wide/w$i"
	done
	# Its directory is entered, and half of it given to the other one.
	kill_after openat 2 room/wide/w9 -rv s t
	assert_copied
	assert_equal "$(sort job.out)" \
		"$("$MCP" -j 1 -rv s u | sed "s/-> 'u/-> 't/" | sort)"
}

@test "a deep tree is taken up where its worker was" {
	local i path=s/room
	for ((i = 0; i < 200; i++)); do
		path+=/$((i % 10))
	done
	mkdir -p "$path"
	echo deep >s/room/0/1/2/3/deep
	kill_after write 1 room/0/1/2/3/deep -r s t
	assert_copied
}
