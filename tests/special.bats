#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# FIFOs, devices, terminals and open descriptors, as source and as destination:
# read and written in order, waited for, never sized, mapped or replaced.

load helper

setup() {
	scratch_setup
	LOOPS=()
}

teardown() {
	local loop
	for loop in "${LOOPS[@]}"; do
		losetup -d "$loop"
	done
	scratch_teardown
}

# begin ARG...: mcp in the background; see launch.
begin() {
	launch "$MCP" "${WAY[@]}" "$@"
	open_gate
}

# has_open FILE: whether the mcp begun has it open.
has_open() {
	local fd
	for fd in "/proc/$JOB/fd/"*; do
		[[ $fd -ef $1 ]] && return
	done
	return 1
}

# waits_with FILE: whether it sleeps, with FILE open.
waits_with() {
	has_open "$1" && all_in S "$JOB"
}

# await_wait FILE: until it waits so; an end is a failure at once.
await_wait() {
	wait_until ended_or_waits_with "$1"
	[[ ! -e job.end ]] || fail "it did not wait: $(<job.end) $(<job.err)"
}

ended_or_waits_with() {
	[[ -e job.end ]] || waits_with "$1"
}

# has_written N: whether some file of its has been written up to byte N.
has_written() {
	grep -qsx "pos:[[:space:]]*$1" "/proc/$JOB/fdinfo/"*
}

# at_most_10s COMMAND: for what would wait for ever if mcp went away.
at_most_10s() {
	timeout 10 bash -c "$1"
}

# identity FILE: what must not change of a file that is no regular one.
identity() {
	stat -c '%F %d:%i %a %h %t:%T' -- "$1"
}

# device NAME MAJOR MINOR: such a device in DEVICE, for root one of his own, lest
# a bug makes the machine's a regular file.
device() {
	DEVICE=/dev/$1
	if ((EUID == 0)); then
		DEVICE=$SCRATCH/$1
		mknod -m 666 "$DEVICE" c "$2" "$3" 2>/dev/null ||
			skip "needs leave to make devices"
	fi
	: 2>/dev/null >>"$DEVICE" || skip "needs to open $1"
}

# loop_device FILE: FILE as a block device, in LOOP.
loop_device() {
	requires_root
	requires_cmd losetup
	LOOP=$(losetup -f --show "$1" 2>/dev/null) ||
		skip "needs leave to make loop devices"
	LOOPS+=("$LOOP")
}

# A FIFO as source

fifo_waits() {
	mkfifo p
	begin p b
	await_wait p
	at_most_10s 'cat ../data >p'
	assert_ended "exit 0"
	cmp ../data b
	[[ -p p ]]
	assert_equal "$(cat job.out job.err)" ""
}

@test "a FIFO is read to its end, when a writer has come" {
	random_file data 300K
	each_way --no-mmap fifo_waits
}

fifo_silent() {
	mkfifo p
	echo old >old
	begin p old
	await_wait p
	assert_equal "$(cat old)" old
	at_most_10s ': >p'
	assert_ended "exit 0"
	cmp old /dev/null
}

@test "a writer that comes and goes without a word leaves an empty file" {
	each_way --no-mmap fifo_silent
}

fifo_slow() {
	local i
	mkfifo p
	begin p b
	await_wait p
	exec 7<>p
	for i in {1..5}; do
		echo "piece $i" >&7
		wait_until has_written $((i * 8))
		[[ ! -e job.end && ! -e b ]]
	done
	exec 7>&-
	assert_ended "exit 0"
	assert_equal "$(cat b)" "$(printf 'piece %d\n' {1..5})"
}

@test "a writer who takes his time is waited for, piece by piece" {
	each_way --no-mmap fifo_slow
}

fifos_in_turn() {
	mkfifo p q
	mkdir d
	begin p ../data q d
	await_wait p
	at_most_10s 'echo one >p'
	await_wait q
	at_most_10s 'echo two >q'
	assert_ended "exit 0"
	assert_equal "$(cat d/p d/q)" "one
two"
	cmp ../data d/data
}

@test "FIFOs among several sources are read in their turn" {
	random_file data 300K
	each_way --no-mmap fifos_in_turn
}

fifo_interrupted() {
	local dest signal=$1 number=$2
	mkfifo p
	echo old >old
	for dest in new old; do
		begin p $dest
		await_wait p
		kill "-$signal" "$JOB"
		assert_ended "signal $number"
	done
	assert_equal "$(cat old)" old
	rm job.*
	assert_equal "$(ls -A)" "old
p"
}

@test "a signal ends the wait for a writer, and no file has changed" {
	each_way --no-mmap fifo_interrupted INT 2
	each_way --auto fifo_interrupted TERM 15
	each_way --auto fifo_interrupted HUP 1
}

fifo_cut_off() {
	local dest
	mkfifo p
	echo "something old" >old
	for dest in new old; do
		begin p $dest
		await_wait p
		exec 7<>p
		echo piece >&7
		wait_until has_written 6
		kill -INT "$JOB"
		assert_ended "signal 2"
		exec 7>&-
	done
	[[ ! -e new ]]
	assert_equal "$(cat old)" piece
	assert_equal "$(cat job.err)" "mcp: 'old' left incomplete: Interrupt"
}

@test "a signal in the middle leaves no new file, and says so of an old one" {
	each_way --no-mmap fifo_cut_off
}

# Open descriptors as sources

descriptors() {
	local file
	"$MCP" "${WAY[@]}" /dev/stdin from.file <../data
	"$MCP" "${WAY[@]}" /dev/stdin from.pipe < <(cat ../data)
	"$MCP" "${WAY[@]}" /dev/fd/0 from.0 < <(cat ../data)
	"$MCP" "${WAY[@]}" /dev/fd/6 from.6 6<../data
	"$MCP" "${WAY[@]}" /proc/self/fd/6 from.proc 6<../data
	"$MCP" "${WAY[@]}" <(cat ../data) from.command
	echo old >from.twice
	"$MCP" "${WAY[@]}" <(cat ../data) from.twice
	for file in from.*; do
		cmp ../data "$file"
	done
	: | "$MCP" "${WAY[@]}" /dev/stdin empty
	cmp empty /dev/null
	echo old >empty
	"$MCP" "${WAY[@]}" /dev/null empty
	cmp empty /dev/null
}

@test "/dev/stdin, /dev/fd/N and <(command) are read to their end" {
	random_file data 300K
	each_way --no-mmap descriptors
}

@test "what is left of a pipe is copied, of a file all" {
	printf '%s\n' one two >data
	{
		read -r _
		"$MCP" /dev/stdin rest
	} < <(cat data)
	assert_equal "$(cat rest)" two
	{
		read -r _
		"$MCP" /dev/stdin all
	} <data
	cmp data all
}

@test "pipes are copied into a directory under their numbers" {
	mkdir d
	"$MCP" /dev/fd/6 /dev/fd/8 d 6< <(echo six) 8< <(echo eight)
	assert_equal "$(cat d/6 d/8)" "six
eight"
}

large_pipe() {
	"$MCP" "${WAY[@]}" /dev/stdin b < <(cat ../data)
	cmp ../data b
}

@test "a pipe may bring more than any buffer holds" {
	random_file data 10000001
	each_way --no-mmap large_pipe
}

terminal_in() {
	# The end of file that is typed: ^D.
	printf 'typed\n\004' >keys
	script -qec "$(printf '%q ' "$MCP" "${WAY[@]}") /dev/tty b" /dev/null \
		<keys >/dev/null
	assert_equal "$(cat b)" typed
}

@test "a terminal is read to the end of file that is typed" {
	requires_cmd script
	each_way --no-mmap terminal_in
}

# A FIFO as destination

fifo_dest() {
	local before
	mkfifo p
	before=$(identity p)
	begin ../data p
	await_wait ../data
	[[ ! -e job.end ]]
	at_most_10s 'cat p >got'
	assert_ended "exit 0"
	cmp ../data got
	assert_equal "$(identity p)" "$before"
}

@test "a FIFO is written to, when a reader has come" {
	random_file data 300K
	each_way --no-mmap fifo_dest
}

fifo_dest_interrupted() {
	local before
	mkfifo p
	before=$(identity p)
	begin ../data p
	await_wait ../data
	kill -INT "$JOB"
	assert_ended "signal 2"
	# Now with a reader that does not read.
	exec 7<>p
	begin ../data p
	await_wait p
	kill -INT "$JOB"
	assert_ended "signal 2"
	exec 7>&-
	assert_equal "$(cat job.err)" ""
	assert_equal "$(identity p)" "$before"
}

@test "a signal ends the wait for a reader, and for room in the pipe" {
	random_file data 300K
	each_way --no-mmap fifo_dest_interrupted
}

reader_leaves() {
	mkfifo p
	begin ../data p
	at_most_10s 'head -c 1 p >/dev/null'
	assert_ended "signal 13"
	assert_equal "$(cat job.err)" ""
	launch bash -c 'trap "" PIPE; exec "$@"' - "$MCP" "${WAY[@]}" ../data p
	open_gate
	at_most_10s 'head -c 1 p >/dev/null'
	assert_ended "exit 1"
	assert_equal "$(cat job.err)" "mcp: error writing 'p': Broken pipe"
	[[ -p p ]]
}

@test "a reader that goes away ends mcp as it ends cp" {
	random_file data 300K
	each_way --no-mmap reader_leaves
}

# Devices as destinations

null() {
	local before
	ln -s "$DEVICE" link
	before=$(identity "$DEVICE")
	copies ../data "$DEVICE"
	copies -f ../data "$DEVICE"
	copies -n ../data "$DEVICE"
	copies -fT ../data link
	copies ../empty "$DEVICE"
	assert_equal "$(identity "$DEVICE")" "$before"
	assert_equal "$(readlink link)" "$DEVICE"
}

@test "/dev/null takes everything and stays what it is" {
	random_file data 300K
	: >empty
	device null 1 3
	each_way --no-mmap null
}

full() {
	local before options
	before=$(identity "$DEVICE")
	copies ../empty "$DEVICE"
	for options in -T -fT; do
		copy $options ../data "$DEVICE"
		assert_failure 1
		assert_output "mcp: error writing '$DEVICE': No space left on device"
	done
	assert_equal "$(identity "$DEVICE")" "$before"
}

@test "/dev/full takes nothing and stays what it is" {
	random_file data 300K
	: >empty
	device full 1 7
	each_way --no-mmap full
}

loop() {
	copies ../data "$LOOP"
	cmp ../data "$LOOP"
	copies ../short "$LOOP"
	assert_equal "$(head -c 5 "$LOOP")" short
	# The rest is as it was.
	cmp -i 5 ../data "$LOOP"
	copy ../long "$LOOP"
	assert_failure 1
	assert_output "mcp: error writing '$LOOP': No space left on device\
 (destination left incomplete)"
	assert_equal "$(identity "$LOOP")" "$IDENTITY"
	assert_equal "$(blockdev --getsize64 "$LOOP")" 1048576
	# And as a source it is what it holds.
	copies "$LOOP" copy
	cmp copy "$LOOP"
}

@test "a block device is written from its start, and neither cut nor grown" {
	truncate -s 1M image
	loop_device image
	IDENTITY=$(identity "$LOOP")
	random_file data 1M
	printf short >short
	random_file long 1M
	printf more >>long
	each_way --no-mmap loop
	assert_equal "$(stat -c %s image)" 1048576
	# What was written has come through to the file below.
	losetup -d "$LOOP"
	LOOPS=()
	cmp long image 2>&1 | grep -q 'EOF on image'
}

# Open descriptors as destinations

appended() {
	local dest
	for dest in /dev/stdout /dev/fd/1 /proc/self/fd/1; do
		echo before >log
		{
			"$MCP" "${WAY[@]}" ../data "$dest"
			echo after
		} >>log
		diff <(echo before && cat ../data && echo after) log
		{
			echo before
			"$MCP" "${WAY[@]}" -f ../data "$dest"
			echo after
		} >log
		diff <(echo before && cat ../data && echo after) log
	done
	echo before >log
	"$MCP" "${WAY[@]}" ../data /dev/fd/6 6>>log
	"$MCP" "${WAY[@]}" ../data /dev/stderr 2>>log
	diff <(echo before && cat ../data ../data) log
}

@test "a file behind /dev/stdout keeps what stands there already" {
	random_file data 300K
	each_way --no-mmap appended
}

piped() {
	"$MCP" "${WAY[@]}" ../data /dev/stdout | cmp ../data
	"$MCP" "${WAY[@]}" ../data /dev/fd/6 6>&1 >/dev/null | cmp ../data
	{
		echo before
		"$MCP" "${WAY[@]}" ../data /dev/stdout
		echo after
	} | diff -a <(echo before && cat ../data && echo after) - >/dev/null
}

@test "a pipe behind /dev/stdout gets all, in order" {
	random_file data 10000001
	each_way --no-mmap piped
}

stops_reading() {
	local status
	"$MCP" "${WAY[@]}" ../data /dev/stdout 2>err | head -c 1 >/dev/null
	status=${PIPESTATUS[0]}
	assert_equal "$status $(cat err)" "141 "
}

@test "a pipe behind /dev/stdout that nobody reads any more ends mcp" {
	random_file data 1M
	each_way --no-mmap stops_reading
}

@test "a socket behind /dev/stdout gets all" {
	random_file data 1M
	# shellcheck disable=SC2016 # Perl's own
	perl -MSocket -e '
		socketpair(my $ours, my $theirs, AF_UNIX, SOCK_STREAM, 0)
			or die;
		if (!fork()) {
			close($ours);
			open(STDOUT, ">&", $theirs) or die;
			exec(@ARGV) or die;
		}
		close($theirs);
		print while read($ours, $_, 65536);
		wait();
		exit($? != 0);' "$MCP" data /dev/stdout >got
	cmp data got
}

socket_full() {
	# A child of JOB holds the other end and does not read.
	# shellcheck disable=SC2016 # Perl's own
	launch perl -MSocket -e '
		socketpair(my $ours, my $theirs, AF_UNIX, SOCK_STREAM, 0)
			or die;
		my $child = fork() // die;
		sleep(1000) if !$child;
		close($ours);
		open(my $f, ">", "child") or die;
		print $f "$child\n";
		close($f);
		open(STDOUT, ">&", $theirs) or die;
		exec(@ARGV) or die;' "$MCP" "${WAY[@]}" ../data /dev/stdout
	open_gate
	wait_until test -s child
	SPAWNED+=("$(<child)")
	await_wait ../data
	kill -INT "$JOB"
	assert_ended "signal 2"
	kill "$(<child)"
}

@test "a signal ends the wait for room in a socket" {
	random_file data 10M
	each_way --no-mmap socket_full
}

terminal_out() {
	local dest
	for dest in /dev/tty /dev/stdout; do
		script -qec "$(printf '%q ' "$MCP" "${WAY[@]}") ../data $dest" \
			/dev/null </dev/null | tr -d '\r' | cmp ../data
	done
}

@test "a terminal gets all, in order" {
	requires_cmd script
	seq 20000 >data
	each_way --no-mmap terminal_out
}

# What is never done to them

# untouched_in LOG NAME: no call in it sizes, maps, replaces or truncates what
# is open as NAME, which is written to by one process.
untouched_in() {
	refute grep -E 'O_TRUNC|O_CREAT' "$1"
	refute grep -E '^[0-9]+ +(ftruncate|fallocate|unlink|rename|link)' "$1"
	refute grep -E "mmap\(.*<[^>]*$2" "$1"
	refute grep -E '(fork|clone3?)\(' "$1"
	grep -q "write([0-9]*<[^>]*$2" "$1"
}

@test "devices, FIFOs and descriptors are only opened and written" {
	requires_own_calls_only
	local calls
	requires_strace
	random_file data 300K
	device null 1 3
	mkfifo p
	echo before >log
	calls=(-y -e 'trace=%file,%desc,%process')
	traced null.trace "${calls[@]}" "$MCP" -f -j 4 data "$DEVICE"
	untouched_in null.trace /null
	spawn cat p
	traced fifo.trace "${calls[@]}" "$MCP" -f -j 4 data p
	untouched_in fifo.trace /p
	traced stdout.trace "${calls[@]}" "$MCP" -f -j 4 data /dev/stdout >>log
	untouched_in stdout.trace /log
}

# cp -f removes them.
@test "-f removes no FIFO and no socket that cannot be opened" {
	requires_user
	echo text >data
	mkfifo p
	chmod 0 p
	copy -f data p
	assert_failure 1
	assert_output "mcp: cannot create regular file 'p': Permission denied"
	[[ -p p ]]
	# shellcheck disable=SC2016 # Perl's own
	perl -MSocket -e '
		socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die;
		bind($s, sockaddr_un("socket")) or die;'
	copy -f data socket
	assert_failure 1
	assert_output "mcp: cannot create regular file 'socket': No such device or address"
	[[ -S socket ]]
}

not_mapped() {
	local before
	before=$(identity "$DEVICE")
	copy ../data "$DEVICE"
	assert_failure 1
	assert_output "mcp: the engine asked for cannot copy '../data' to '$DEVICE': No such device"
	assert_equal "$(identity "$DEVICE")" "$before"
	echo old >old
	run "$MCP" "${WAY[@]}" /dev/stdin old < <(echo new)
	assert_failure 1
	assert_output "mcp: the engine asked for cannot copy '/dev/stdin' to 'old': No such device"
	run "$MCP" "${WAY[@]}" "$DEVICE" new
	assert_failure 1
	assert_output "mcp: the engine asked for cannot copy '$DEVICE' to 'new': No such device"
	"$MCP" "${WAY[@]}" ../data /dev/stdout >>old 2>err || :
	assert_equal "$(cat err)" "mcp: the engine asked for cannot copy '../data' to '/dev/stdout': No such device"
	assert_equal "$(cat old)" old
	[[ ! -e new ]]
}

@test "a mapping of any of them that is asked for is an error" {
	random_file data 300K
	device null 1 3
	each_way --mmap not_mapped
}

fifo_not_mapped() {
	mkfifo p
	begin p new
	assert_ended "exit 1"
	assert_equal "$(cat job.err)" "mcp: the engine asked for cannot copy 'p' to 'new': No such device"
	[[ ! -e new ]]
}

@test "a mapping of a FIFO is refused without a wait" {
	each_way --mmap fifo_not_mapped
}

# proc_written ARG...: what a file of /proc is given goes to the kernel in
# order, and pwrite(2) is refused.
proc_written() {
	"$MCP" "${WAY[@]}" ../many /proc/self/comm
	"$MCP" "${WAY[@]}" ../holes /proc/self/comm
}

@test "a file of /proc is written in order, however much there is" {
	random_file many 2M
	truncate -s 4M holes
	echo x >>holes
	each_way --auto proc_written
	run "$MCP" --engine=rw -j 4 many /proc/self/comm
	assert_success
}
