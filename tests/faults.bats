#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the system refuses, halfway and from the start: a full disk, a source
# that changes, calls that fail and calls that this system does not have.

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
	mkdir dir
	STRACE=(env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"
		strace -f -qq -o "$SCRATCH/log")
}

# assert_dir NAME...: dir has these files and no other.
assert_dir() {
	assert_equal "$(ls -A dir)" "$(printf '%s\n' "$@")"
}

# nth_call CALL REGEX [K]: the how manyth CALL of the log's first process is its
# Kth, or first, to match.
nth_call() {
	awk -v call="$1(" -v regex="$2" -v k="${3:-1}" '
		NR == 1 { pid = $1 }
		$1 == pid && index($2, call) == 1 && ++n && $0 ~ regex && !--k {
			print n
			exit
		}' log
}

# A full file system

ALL_WAYS=("-j 1 --engine=rw" "-j 1 --engine=mmap" "-j 4 --engine=rw"
	"-j 4 --engine=mmap" "-j 4 --engine=rw --chunk-size=4M"
	"-j 4 --engine=mmap --chunk-size=4M")

@test "what does not fit is refused in one line, and nothing is there" {
	local way
	small_tmpfs 16M
	for way in "${ALL_WAYS[@]}" ""; do
		# shellcheck disable=SC2086 # several words
		run "$MCP" $way "$BIG" "$SMALL/copy"
		assert_failure 1
		assert_output "mcp: error writing '$SMALL/copy':\
 No space left on device"
		assert_equal "$(ls -A "$SMALL")" ""
	done
}

@test "what does not fit leaves an existing file as it is" {
	local way
	small_tmpfs 16M
	random_file old 10M
	cp old "$SMALL/copy"
	for way in "${ALL_WAYS[@]}" "-f"; do
		# shellcheck disable=SC2086 # several words
		run "$MCP" $way "$BIG" "$SMALL/copy"
		assert_failure 1
		assert_output "mcp: error writing '$SMALL/copy':\
 No space left on device"
		cmp old "$SMALL/copy"
	done
}

@test "room that was made a moment ago is there" {
	local way
	mount_image xfs xfs 320
	random_file xfs/source 100M
	for way in "${ALL_WAYS[@]}"; do
		# In so many pieces that it takes a while to free them.
		perl -e 'open(F, ">", "xfs/other") or die; $| = 1;
			for (0 .. 6500) {
				sysseek(F, $_ * 20480, 0) or die;
				syswrite(F, "x" x 16384) or die;
			}'
		sync xfs/other
		rm xfs/other
		# shellcheck disable=SC2086 # several words
		"$MCP" --reflink=never $way xfs/source xfs/copy
		cmp xfs/source xfs/copy
		rm xfs/copy
	done
}

@test "room that nobody makes is not waited for at each file" {
	local looks
	requires_strace
	mount_image xfs xfs 320
	mkdir dir/tree
	for name in {1..20}; do
		truncate -s 300M "dir/tree/$name"
	done
	run traced log -e trace=fstatfs \
		"$MCP" -r -j1 --sparse=never dir/tree xfs
	assert_failure 1
	assert_line --partial "No space left on device"
	assert_equal "${#lines[@]}" 20
	# What is believed, whether it frees later, and the first file's waits.
	looks=$(grep -c fstatfs log)
	echo "looks: $looks"
	((looks < 20 * 10))
}

@test "what fits once an existing file is gone is copied" {
	local way
	small_tmpfs 16M
	random_file new 12M
	for way in "${ALL_WAYS[@]}"; do
		random_file "$SMALL/copy" 14M
		# shellcheck disable=SC2086 # several words
		run "$MCP" $way new "$SMALL/copy"
		assert_success
		same_file new "$SMALL/copy"
	done
}

@test "a large file with little data is copied where there is little room" {
	local way
	small_tmpfs 16M
	truncate -s 60M sparse
	random_file data 4M
	cat data >>sparse
	for way in "${ALL_WAYS[@]}" ""; do
		rm -f "$SMALL/copy"
		# shellcheck disable=SC2086 # several words
		run "$MCP" $way sparse "$SMALL/copy"
		assert_success
		same_file sparse "$SMALL/copy"
		(($(stat -c %b "$SMALL/copy") <= 5 * 2048))
	done
}

# fill: what others do to SMALL while mcp is copying.
fill() {
	run cp /dev/zero "$SMALL/fill"
	assert_output --partial "No space left on device"
}

# fill_meanwhile N COMMAND...: fill when mcp with N workers has begun, at a moment
# when it still needs room.
fill_meanwhile() {
	local count=$1
	shift
	for _ in {1..20}; do
		hold_copy "$count" "$BIG" "$SMALL/copy" "$@"
		fill
		go_on
		wait_until -t 60 test -e job.end
		[[ $(<job.end) == "exit 0" ]] || return 0
		cmp "$BIG" "$SMALL/copy"
		rm "$SMALL/copy" "$SMALL/fill"
		[[ ! -e dest.before ]] || cp dest.before "$SMALL/copy"
	done
}

@test "a file system that fills up meanwhile: one line, nothing is there" {
	local engine count
	small_tmpfs 96M
	for engine in rw mmap; do
		for count in 4 0; do
			fill_meanwhile $count "$MCP" \
				-j $((count + !count)) --engine=$engine \
				"$BIG" "$SMALL/copy"
			assert_ended "exit 1"
			assert_equal "$(<job.err)" "mcp: error writing\
 '$SMALL/copy': No space left on device"
			assert_equal "$(ls -A "$SMALL")" fill
			rm "$SMALL/fill"
		done
	done
}

@test "a file system that fills up meanwhile: an existing file is cut short" {
	local engine
	small_tmpfs 96M
	for engine in rw mmap; do
		echo old >"$SMALL/copy"
		fill_meanwhile 4 \
			"$MCP" -j 4 --engine=$engine "$BIG" "$SMALL/copy"
		assert_ended "exit 1"
		assert_equal "$(<job.err)" "mcp: error writing '$SMALL/copy':\
 No space left on device (destination left incomplete)"
		(($(stat -c %s "$SMALL/copy") < $(stat -c %s "$BIG")))
		cmp -n "$(stat -c %s "$SMALL/copy")" "$BIG" "$SMALL/copy"
		rm "$SMALL/fill"
	done
}

@test "a full file system met by a store, not by a call: the same" {
	requires_strace
	small_tmpfs 96M
	# Each worker stops when it gets the file, and cannot populate.
	hold_traced 4 "${STRACE[@]}" -e trace=recvmsg,madvise \
		-e inject=recvmsg:signal=SIGSTOP:when=1 \
		-e inject=madvise:error=EINVAL \
		"$MCP" -j 4 --engine=mmap "$BIG" "$SMALL/copy"
	fill
	go_on_to_end
	assert_ended "exit 1"
	grep 'SIGBUS {' log
	assert_equal "$(<job.err)" "mcp: error writing '$SMALL/copy':\
 No space left on device"
	assert_equal "$(ls -A "$SMALL")" fill
}

@test "errors that no check foretold end it in one line" {
	requires_strace
	local jobs case call error words
	for case in "pwrite64 ENOSPC error writing 'dir/copy': No space left on\
 device" "pwrite64 EDQUOT error writing 'dir/copy': Disk quota exceeded" \
		"pwrite64 EIO error writing 'dir/copy': Input/output error" \
		"pread64 EIO error reading '$MEDIUM': Input/output error"; do
		read -r call error words <<<"$case"
		for jobs in 1 4; do
			run "${STRACE[@]}" -e trace="$call" \
				-e inject="$call:error=$error:when=20" \
				"$MCP" -j $jobs --engine=rw "$MEDIUM" dir/copy
			assert_failure 1
			grep INJECTED log
			assert_output "mcp: $words"
			assert_dir
		done
	done
}

@test "an error leaves an existing file cut short to what is good" {
	requires_strace
	cp "$BIG" dir/copy
	run "${STRACE[@]}" -e trace=pwrite64 \
		-e inject=pwrite64:error=EIO:when=30 \
		"$MCP" -j 1 --engine=rw "$MEDIUM" dir/copy
	assert_failure 1
	assert_output "mcp: error writing 'dir/copy': Input/output error\
 (destination left incomplete)"
	assert_equal "$(stat -c %s dir/copy)" $((29 * 128 * 1024))
	cmp -n $((29 * 128 * 1024)) "$MEDIUM" dir/copy
}

@test "pages that mmap cannot have: the truth comes from write" {
	requires_strace
	run "${STRACE[@]}" -e trace=madvise,pwrite64 \
		-e inject=madvise:error=EFAULT:when=3+ \
		-e inject=pwrite64:error=ENOSPC:when=3 \
		"$MCP" -j 3 --engine=mmap "$MEDIUM" dir/copy
	assert_failure 1
	assert_output "mcp: error writing 'dir/copy': No space left on device"
	assert_dir
}

# fail_each PREPARE CHECK ARGUMENT...: mcp with these, over and over: a look at a
# file fails, the first one, then the second, until there are no more. PREPARE
# comes before each, CHECK after it, which has the exit status in $ended and all
# that was said in "said".
fail_each() {
	local prepare=$1 check=$2 call n
	shift 2
	requires_strace
	for call in newfstatat fstat; do
		for ((n = 1; n < 100; n++)); do
			"$prepare"
			ended=0
			# Not by run, which minds libraries not being found.
			"${STRACE[@]}" -e trace=$call \
				-e inject=$call:error=EIO:when=$n "$MCP" "$@" \
				>said 2>&1 || ended=$?
			grep -q INJECTED log || break
			"$check"
		done
		# There were some, and each of them has failed.
		[[ $call == fstat ]] || ((n > 3 && n < 100))
	done
}

two_of_one_name() {
	rm -rf a b dir
	mkdir a b dir
	echo first >a/x
	echo second >b/x
}

first_is_not_lost() {
	cat said
	# The second may be there if the first one could not be copied.
	[[ ! -e dir/x || $(<dir/x) == first || $ended == 1 ]]
}

@test "what was just created is not overwritten, whichever look at it fails" {
	fail_each two_of_one_name first_is_not_lost a/x b/x dir
	fail_each two_of_one_name first_is_not_lost -p a/x b/x dir
}

link_and_file() {
	two_of_one_name
	echo precious >precious
	ln -sf ../precious a/x
}

nothing_precious_is_lost() {
	cat said
	assert_equal "$(<precious)" precious
}

@test "nor is it written through, if it is a symlink" {
	fail_each link_and_file nothing_precious_is_lost -P a/x b/x dir
}

one_by_two_names() {
	rm -rf precious other here
	echo precious >precious
	ln precious other
	ln -s . here
}

@test "a file is not taken for another one when a directory cannot be looked at" {
	fail_each one_by_two_names nothing_precious_is_lost \
		--remove-destination precious here/precious
	fail_each one_by_two_names nothing_precious_is_lost \
		-b precious here/precious
}

@test "a directory that cannot be opened again is said on its own side" {
	requires_strace
	local path n
	path=s$(printf '/d%.0s' {1..40})
	mkdir -p "$path"
	"${STRACE[@]}" -e trace=openat "$MCP" -r s dir
	for n in 1 2; do
		rm -r dir/s
		run "${STRACE[@]}" -e trace=openat,fstat,newfstatat \
			-e inject=openat:error=EIO:when="$(nth_call openat \
				'"\.\."' $n)" "$MCP" -r s dir
		assert_failure 1
		grep INJECTED log
		if ((n == 1)); then
			assert_output "mcp: cannot access 's': Input/output error"
		else
			assert_output "mcp: cannot create directory 'dir/s':\
 Input/output error"
		fi
		"${STRACE[@]}" -e trace=openat "$MCP" -r s dir
	done
}

@test "a new file that cannot be taken back is said to be incomplete" {
	requires_strace
	random_file small 300K
	run traced trace -e inject=write:error=EIO:when=2 \
		-e inject=unlinkat:error=EACCES "$MCP" -j 1 small dir/copy
	assert_failure 1
	assert_output "mcp: error writing 'dir/copy': Input/output error\
 (destination left incomplete)"
	grep -q 'unlinkat.*INJECTED' trace
}

@test "pages that mmap cannot have are written where that works" {
	requires_strace
	local jobs
	for jobs in 1 3; do
		rm -f dir/copy
		run "${STRACE[@]}" -e trace=madvise,pwrite64 \
			-e inject=madvise:error=EFAULT:when=3+ \
			"$MCP" -j $jobs --engine=mmap "$MEDIUM" dir/copy
		assert_success
		grep pwrite64 log
		same_file "$MEDIUM" dir/copy
	done
}

@test "space that cannot be reserved: an error only where none is left" {
	requires_strace
	case $(stat -f -c %T .) in
	ext2/ext3 | xfs) ;;
	*) skip "needs ext4 or xfs" ;;
	esac
	run "${STRACE[@]}" -e trace=fallocate \
		-e inject=fallocate:error=ENOSPC "$MCP" -j 3 "$MEDIUM" dir/copy
	assert_failure 1
	assert_output "mcp: error writing 'dir/copy': No space left on device"
	assert_dir
	run "${STRACE[@]}" -e trace=fallocate \
		-e inject=fallocate:error=EOPNOTSUPP \
		"$MCP" -j 3 "$MEDIUM" dir/copy
	assert_success
	grep INJECTED log
	same_file "$MEDIUM" dir/copy
}

@test "a size that cannot be set is an error" {
	requires_strace
	run "${STRACE[@]}" -e trace=ftruncate \
		-e inject=ftruncate:error=EIO "$MCP" -j 3 "$MEDIUM" dir/copy
	assert_failure 1
	assert_output "mcp: error writing 'dir/copy': Input/output error"
	assert_dir
}

@test "a file that cannot be made larger but by writing is written in order" {
	local errnum
	requires_strace
	for errnum in EPERM ENOSYS EOPNOTSUPP; do
		run "${STRACE[@]}" -e trace=ftruncate \
			-e inject=ftruncate:error=$errnum \
			"$MCP" -j 3 "$MEDIUM" dir/copy
		assert_success
		grep INJECTED log
		same_file "$MEDIUM" dir/copy
		rm dir/copy
	done
}

# A source that changes

@test "a source cut short meanwhile is an error, and nothing is there" {
	local engine size
	for engine in rw mmap; do
		for size in 0 1M 5000001; do
			cp "$BIG" source
			hold_copy 4 source dir/copy \
				"$MCP" -j 4 --engine=$engine source dir/copy
			truncate -s $size source
			go_on
			assert_ended "exit 1"
			assert_equal "$(<job.err)" "mcp: error reading\
 'source': source changed: it is shorter than when it was opened"
			assert_dir
		done
	done
}

@test "a source cut short meanwhile is an error without workers, too" {
	local engine
	for engine in rw mmap; do
		cp "$BIG" source
		hold_copy 0 source dir/copy \
			"$MCP" -j 1 --engine=$engine source dir/copy
		truncate -s 1M source
		go_on
		assert_ended "exit 1"
		assert_equal "$(<job.err)" "mcp: error reading 'source':\
 source changed: it is shorter than when it was opened"
		assert_dir
	done
}

@test "a source that lost its last byte meanwhile is an error" {
	local engine
	for engine in rw mmap; do
		cp "$BIG" source
		hold_copy 4 source dir/copy \
			"$MCP" -j 4 --engine=$engine source dir/copy
		truncate -s -1 source
		go_on
		assert_ended "exit 1"
		assert_equal "$(<job.err)" "mcp: error reading 'source':\
 source changed: it is shorter than when it was opened"
		assert_dir
	done
}

@test "a clone that cannot be had is a copy, but not where the source fails" {
	local error
	requires_strace
	echo source >source
	for error in ENOSPC EDQUOT ENOMEM EXDEV; do
		"${STRACE[@]}" -e trace=ioctl -e inject=ioctl:error=$error:when=1 \
			"$MCP" source dir/copy
		grep 'FICLONE.*INJECTED' log
		cmp source dir/copy
		rm dir/copy
	done
	run "${STRACE[@]}" -e trace=ioctl -e inject=ioctl:error=EIO:when=1 \
		"$MCP" source dir/copy
	assert_failure 1
	assert_output "mcp: failed to clone 'dir/copy' from 'source':\
 Input/output error"
	grep 'FICLONE.*INJECTED' log
	assert_dir
}

# share_while CHANGE OLD: xfs/source is 256 KiB, and CHANGE happens to it when it
# is open; xfs/copy is OLD before, or new.  What was said is in job.err.
share_while() {
	local share=("$MCP" -j 1 --reflink=always xfs/source xfs/copy)
	local opened
	share_files "$2"
	run traced log -e trace=openat "${share[@]}"
	assert_success
	# What is opened after the source is what becomes the copy.
	opened=$(grep -n '"xfs/source"' log)
	share_files "$2"
	hold_traced 0 "${STRACE[@]}" -e trace=openat,ioctl \
		-e inject=openat:signal=SIGSTOP:when=$((${opened%%:*} + 1)) \
		"${share[@]}"
	! grep -q FICLONE log || fail "$(<log)" || return
	eval "$1"
	go_on_to_end
}

share_files() {
	random_file xfs/source 256K
	rm -f xfs/copy
	[[ -z $1 ]] || random_file xfs/copy "$1"
	[[ -z $1 ]] || cp xfs/copy old
}

@test "a source cut short before its blocks are shared is an error" {
	local size old
	requires_strace
	mount_image xfs xfs 320
	for size in 64K 70001 0; do
		for old in "" 1K 100K 1M; do
			share_while "truncate -s $size xfs/source" "$old"
			assert_ended "exit 1"
			assert_equal "$(<job.err)" "mcp: error reading\
 'xfs/source': source changed: it is shorter than when it was opened"
			[[ -n $old ]] || assert_file_not_exist xfs/copy
			[[ -z $old ]] || cmp old xfs/copy
		done
	done
}

@test "a source that grows before its blocks are shared is copied" {
	local old
	requires_strace
	mount_image xfs xfs 320
	for old in "" 1K 1M; do
		share_while "head -c 100000 /dev/urandom >>xfs/source" "$old"
		assert_ended "exit 0"
		assert_equal "$(<job.err)" ""
		cmp -n $((256 * 1024)) xfs/source xfs/copy
		(($(stat -c %s xfs/copy) <= $(stat -c %s xfs/source)))
	done
}

# Extents are shared one by one, and there must be room for what says so.
@test "an existing file that shares only a part of the blocks is incomplete" {
	local option old=xfs/copy
	mount_image xfs xfs 320
	perl -e 'open(F, ">", "xfs/source") or die;
		for (0 .. 14999) {
			sysseek(F, $_ * 8192, 0) or die;
			syswrite(F, "x" x 4096) or die;
		}'
	tee "$old"-j1 "$old"-j4 "$old"--reflink=always <<<old >/dev/null
	head -c 400M /dev/zero >xfs/full 2>/dev/null || :
	sync -f xfs
	for option in -j1 -j4 --reflink=always; do
		run "$MCP" $option xfs/source "$old$option"
		assert_failure 1
		assert_output --regexp "^mcp: (error writing|failed to clone)\
 '$old$option'( from 'xfs/source')?: No space left on device \
\(destination left incomplete\)$"
		assert_not_equal "$(<"$old$option")" old
	done
}

@test "an existing file that could not be shared at all is as it was" {
	requires_strace
	requires_own_calls_only
	mount_image xfs xfs 320
	echo source >xfs/source
	echo old >xfs/copy
	sync -f xfs
	# The first ioctl asks where the blocks of the old file are.
	run traced log -e trace=ioctl -e inject=ioctl:error=ENOSPC:when=2 \
		"$MCP" --reflink=always xfs/source xfs/copy
	assert_failure 1
	assert_output "mcp: failed to clone 'xfs/copy' from 'xfs/source':\
 No space left on device"
	grep 'FICLONE.*INJECTED' log
	assert_equal "$(<xfs/copy)" old
}

@test "a destination that goes before it is opened is made anew" {
	requires_strace
	cp "$MEDIUM" dir/copy
	# The last of two looks at it.
	hold_traced 0 "${STRACE[@]}" -P dir/copy -e trace=%%stat,openat \
		-e inject=%%stat:signal=SIGSTOP:when=2 \
		"$MCP" -j 1 "$MEDIUM" dir/copy
	rm dir/copy
	go_on_to_end
	assert_ended "exit 0"
	grep 'openat(.*dir/copy.*ENOENT' log
	cmp "$MEDIUM" dir/copy
	assert_dir copy
}

@test "a source cut short that only a fault tells: the same" {
	requires_strace
	cp "$MEDIUM" source
	hold_traced 4 "${STRACE[@]}" -e trace=recvmsg,madvise \
		-e inject=recvmsg:signal=SIGSTOP:when=1 \
		-e inject=madvise:error=EINVAL \
		"$MCP" -j 4 --engine=mmap source dir/copy
	truncate -s 1M source
	go_on_to_end
	assert_ended "exit 1"
	grep 'SIGBUS {' log
	assert_equal "$(<job.err)" "mcp: error reading 'source':\
 source changed: it is shorter than when it was opened"
	assert_dir

	# And in the parent.
	cp "$MEDIUM" source
	hold_traced 0 "${STRACE[@]}" -e trace=ftruncate,madvise \
		-e inject=ftruncate:signal=SIGSTOP:when=1 \
		-e inject=madvise:error=EINVAL \
		"$MCP" -j 1 --engine=mmap source dir/copy
	truncate -s 1M source
	go_on_to_end
	assert_ended "exit 1"
	grep 'SIGBUS {' log
	assert_equal "$(<job.err)" "mcp: error reading 'source':\
 source changed: it is shorter than when it was opened"
	assert_dir
}

@test "a source cut short leaves an existing file cut short" {
	local try
	# Under load they may be held when all is read: then once more.
	for try in {1..5}; do
		echo "try $try"
		cp "$BIG" source
		echo old >dir/copy
		hold_copy 4 source dir/copy "$MCP" -j 4 source dir/copy
		truncate -s 1M source
		go_on
		assert_ended "exit 1"
		assert_equal "$(<job.err)" "mcp: error reading 'source':\
 source changed: it is shorter than when it was opened (destination left\
 incomplete)"
		cmp -n "$(stat -c %s dir/copy)" "$BIG" dir/copy
		(($(stat -c %s dir/copy) == $(stat -c %s "$BIG"))) || break
	done
	(($(stat -c %s dir/copy) < $(stat -c %s "$BIG")))
}

@test "a source that grows is copied at least as it was" {
	local engine
	for engine in rw mmap; do
		rm -f dir/copy
		cp "$BIG" source
		hold_copy 4 source dir/copy \
			"$MCP" -j 4 --engine=$engine source dir/copy
		echo more >>source
		go_on
		assert_ended "exit 0"
		assert_equal "$(<job.err)" ""
		cmp -n "$(stat -c %s "$BIG")" "$BIG" dir/copy
	done
}

# Calls that this kernel or file system does not have

@test "a kernel without MADV_POPULATE" {
	requires_strace
	local jobs
	for jobs in 1 4; do
		rm -f dir/copy
		run "${STRACE[@]}" -e trace=madvise,pwrite64 \
			-e inject=madvise:error=EINVAL \
			"$MCP" -j $jobs --engine=mmap "$MEDIUM" dir/copy
		assert_success
		grep MADV_POPULATE log
		grep '(INJECTED)' log # of workers, maybe on a line of its own
		refute grep pwrite64 log # it is copied by mapping all the same
		same_file "$MEDIUM" dir/copy
	done
}

@test "a kernel without close_range" {
	requires_strace
	run "${STRACE[@]}" -e trace=close_range -e inject=close_range:error=ENOSYS \
		bash -c 'ulimit -n 256 && exec "$@"' - \
		"$MCP" -j 4 "$MEDIUM" dir/copy
	assert_success
	grep INJECTED log
	same_file "$MEDIUM" dir/copy
}

# find_source_map: which mmap of mcp is the first one of the source.
find_source_map() {
	"${STRACE[@]}" -y -e trace=mmap "$MCP" "$@" "$MEDIUM" dir/copy
	nth_call mmap "MAP_SHARED, [0-9]+<$MEDIUM>"
	rm dir/copy
}

# mount_mapped: dir on a file system for which auto is mmap, however many work.
mount_mapped() {
	mount_tmpfs dir 64M huge=advise
}

@test "a source that cannot be mapped is read" {
	requires_strace
	local n
	mount_mapped
	n=$(find_source_map -j 4)
	run "${STRACE[@]}" -y -e trace=mmap,pwrite64 \
		-e inject=mmap:error=ENODEV:when="$n" \
		"$MCP" -j 4 "$MEDIUM" dir/copy
	assert_success
	grep "<$MEDIUM>.*INJECTED" log
	grep pwrite64 log
	same_file "$MEDIUM" dir/copy
}

@test "a source that cannot be mapped is an error if told to map" {
	requires_strace
	local n
	n=$(find_source_map -j 4 --engine=mmap)
	run "${STRACE[@]}" -e trace=mmap \
		-e inject=mmap:error=ENODEV:when="$n" \
		"$MCP" -j 4 --engine=mmap "$MEDIUM" dir/copy
	assert_failure 1
	assert_output "mcp: the engine asked for cannot copy '$MEDIUM' to\
 'dir/copy': No such device"
	assert_dir
}

# beyond_parent ENGINE: a number of an mmap that a worker of the mcp below comes
# to, and its parent does not: calls are counted for each process.
beyond_parent() {
	"${STRACE[@]}" -e trace=mmap "$MCP" --engine="$1" "${MANY_MAPS[@]}"
	rm dir/copy
	awk 'NR == 1 { pid = $1 } $1 == pid { ++n } END { print n + 100 }' log
}

@test "a worker that cannot map any more reads" {
	requires_strace
	mount_mapped
	MANY_MAPS=(-j 2 --chunk-size=16K "$MEDIUM" dir/copy)
	run "${STRACE[@]}" -e trace=mmap,pwrite64 \
		-e inject=mmap:error=ENODEV:when="$(beyond_parent auto)" \
		"$MCP" --engine=auto "${MANY_MAPS[@]}"
	assert_success
	grep INJECTED log
	grep pwrite64 log
	same_file "$MEDIUM" dir/copy
}

@test "a worker that cannot map any more is an error if told to map" {
	requires_strace
	MANY_MAPS=(-j 2 --chunk-size=16K "$MEDIUM" dir/copy)
	run "${STRACE[@]}" -e trace=mmap \
		-e inject=mmap:error=ENODEV:when="$(beyond_parent mmap)" \
		"$MCP" --engine=mmap "${MANY_MAPS[@]}"
	assert_failure 1
	grep INJECTED log
	assert_output "mcp: the engine asked for cannot copy '$MEDIUM' to\
 'dir/copy': No such device"
	assert_dir
}

# Fallbacks of a file without a name.  HOW is what is left when some calls fail.

# inject_how HOW: INJECT are strace's options for it, PROOF a call of the log.
inject_how() {
	local n
	case $1 in
	nameless)
		INJECT=()
		PROOF='linkat(.*"copy"'
		;;
	without-proc)
		INJECT=(-e inject=linkat:error=ENOENT:when=1)
		PROOF='linkat(.*ENOENT.*INJECTED'
		;;
	without-tmpfile)
		"${STRACE[@]}" -e trace=openat "$MCP" -j 3 "$MEDIUM" dir/copy
		n=$(nth_call openat O_TMPFILE)
		rm dir/copy
		INJECT=(-e inject=openat:error=EOPNOTSUPP:when="$n")
		PROOF='renameat2(.*"copy", RENAME_NOREPLACE) = 0'
		;;
	rename)
		INJECT=(-e inject=linkat:error=EPERM)
		PROOF='renameat2(.*"copy", RENAME_NOREPLACE) = 0'
		;;
	link)
		INJECT=(-e inject=linkat:error=EPERM:when=1
			-e inject=renameat2:error=EINVAL)
		PROOF='linkat(.*mcp-.*"copy", 0) = 0'
		;;
	named)
		INJECT=(-e inject=linkat:error=EPERM
			-e inject=renameat2:error=EINVAL)
		PROOF='openat(.*"copy", O_RDWR|O_CREAT|O_EXCL'
		;;
	esac
	INJECT+=(-e "trace=openat,linkat,renameat2,unlinkat,recvmsg")
}

HOWS=(nameless without-proc without-tmpfile rename link named)

@test "a file without a name and what stands in for it: identical, alone" {
	requires_strace
	local how
	for how in "${HOWS[@]}"; do
		echo "$how"
		inject_how "$how"
		run "${STRACE[@]}" "${INJECT[@]}" \
			"$MCP" -j 3 "$MEDIUM" dir/copy
		assert_success
		assert_output ""
		grep "$PROOF" log
		same_file "$MEDIUM" dir/copy
		assert_dir copy
		rm dir/copy
	done
}

# stopped_how HOW ARGUMENT...: mcp -j 3, stopped before its workers copy a byte.
stopped_how() {
	inject_how "$1"
	shift
	hold_traced 3 "${STRACE[@]}" "${INJECT[@]}" \
		-e inject=recvmsg:signal=SIGSTOP:when=1 \
		"$MCP" -j 3 "$@" "$MEDIUM" dir/copy
}

@test "a file without a name and what stands in for it: gone if interrupted" {
	requires_strace
	local how
	for how in "${HOWS[@]}"; do
		echo "$how"
		stopped_how "$how"
		kill -INT "$COPIER"
		assert_ended "signal 2"
		assert_gone "${WORKERS[@]}"
		assert_equal "$(<job.err)" ""
		assert_dir
	done
}

@test "before it is complete no file has its name, or else not its size" {
	requires_strace
	local how
	for how in "${HOWS[@]}"; do
		echo "$how"
		stopped_how "$how"
		case $how in
		nameless | without-proc) assert_dir ;;
		named)
			assert_dir copy
			(($(stat -c %s dir/copy) != $(stat -c %s "$MEDIUM")))
			;;
		*)
			run ls -A dir
			assert_output --regexp '^\.mcp-[0-9a-f-]*\.tmp$'
			;;
		esac
		go_on
		assert_ended "exit 0"
		same_file "$MEDIUM" dir/copy
		assert_dir copy
		rm dir/copy
	done
}

@test "when mcp is killed while its file has a name, it looks not complete" {
	requires_strace
	stopped_how named
	kill -KILL "$COPIER"
	assert_gone "${WORKERS[@]}"
	assert_dir copy
	(($(stat -c %s dir/copy) != $(stat -c %s "$MEDIUM")))
}

@test "a name that appears meanwhile is an error, and stays as it is" {
	requires_strace
	local how
	for how in nameless rename link; do
		echo "$how"
		stopped_how "$how"
		echo mine >dir/copy
		go_on
		assert_ended "exit 1"
		assert_equal "$(<job.err)" "mcp: cannot create regular file\
 'dir/copy': File exists"
		assert_dir copy
		assert_equal "$(<dir/copy)" mine
		rm dir/copy
	done
}

@test "a name that appears meanwhile is passed over in silence by -n" {
	requires_strace
	local how
	for how in nameless rename link; do
		echo "$how"
		stopped_how "$how" -n
		echo mine >dir/copy
		go_on
		assert_ended "exit 0"
		assert_equal "$(<job.err)" ""
		assert_dir copy
		assert_equal "$(<dir/copy)" mine
		rm dir/copy
	done
}

@test "of what is passed over so no other name becomes a link" {
	local first other
	mkdir s
	cp "$BIG" s/one
	ln s/one s/two
	"$MCP" -av s order >lines
	first=$(sed -n "s/'s\/\(.*\)' -> .*/\1/p" lines | head -n 1)
	other=$([[ $first == one ]] && echo two || echo one)
	# In a directory that was there: in a new one nobody else is expected.
	mkdir dir/s
	hold_copy 0 s/one "dir/s/$first" "$MCP" -j 1 -an s dir
	echo mine >"dir/s/$first"
	go_on
	assert_ended "exit 0"
	assert_equal "$(<job.err)" ""
	assert_equal "$(<"dir/s/$first")" mine
	same_file "$BIG" "dir/s/$other"
}

@test "in a new directory a name that appears is an error, with -n, too" {
	mkdir s
	cp "$BIG" s/one
	hold_copy 0 s/one dir/s/one "$MCP" -j 1 -an s dir
	echo mine >dir/s/one
	go_on
	assert_ended "exit 1"
	assert_equal "$(<job.err)" \
		"mcp: cannot create regular file 'dir/s/one': File exists"
	assert_equal "$(<dir/s/one)" mine
}

@test "a name that appears meanwhile is an error without workers, too" {
	hold_copy 0 "$BIG" dir/copy "$MCP" -j 1 "$BIG" dir/copy
	ln -s nowhere dir/copy
	go_on
	assert_ended "exit 1"
	assert_equal "$(<job.err)" \
		"mcp: cannot create regular file 'dir/copy': File exists"
	assert_equal "$(readlink dir/copy)" nowhere
}

@test "what others put in the place of a half-made file is not removed" {
	requires_strace
	stopped_how named
	rm dir/copy
	echo mine >dir/copy
	kill -INT "$COPIER"
	assert_ended "signal 2"
	assert_equal "$(<dir/copy)" mine
}

@test "a directory that goes away meanwhile is an error" {
	hold_copy 3 "$BIG" dir/copy "$MCP" -j 3 "$BIG" dir/copy
	rm -rf dir
	go_on
	assert_ended "exit 1"
	assert_equal "$(<job.err)" "mcp: cannot create regular file 'dir/copy':\
 No such file or directory"
	assert_file_not_exist dir
}

@test "a name that cannot be given in the end is an error" {
	requires_strace
	# The first is a trial.
	run "${STRACE[@]}" -e trace=linkat -e inject=linkat:error=ENOSPC:when=2 \
		"$MCP" -j 3 "$MEDIUM" dir/copy
	assert_failure 1
	grep '"copy".*INJECTED' log
	assert_output "mcp: cannot create regular file 'dir/copy':\
 No space left on device"
	assert_dir

	run "${STRACE[@]}" -e trace=linkat,renameat2 \
		-e inject=linkat:error=EPERM \
		-e inject=renameat2:error=EDQUOT:when=2 \
		"$MCP" -j 3 "$MEDIUM" dir/copy
	assert_failure 1
	grep '"copy".*INJECTED' log
	assert_output "mcp: cannot create regular file 'dir/copy':\
 Disk quota exceeded"
	assert_dir
}

@test "a file that is refused although the trial worked is an error" {
	requires_strace
	local n
	"${STRACE[@]}" -e trace=openat "$MCP" -j 3 "$MEDIUM" dir/copy
	n=$(nth_call openat O_TMPFILE 2)
	rm dir/copy
	run "${STRACE[@]}" -e trace=openat \
		-e inject=openat:error=ENOSPC:when="$n" \
		"$MCP" -j 3 "$MEDIUM" dir/copy
	assert_failure 1
	grep 'O_TMPFILE.*INJECTED' log
	assert_output "mcp: cannot create regular file 'dir/copy':\
 No space left on device"
	assert_dir
}

@test "an error that only close tells leaves no file" {
	requires_own_calls_only
	requires_strace
	local n
	"${STRACE[@]}" -y -e trace=close "$MCP" -j 3 "$MEDIUM" dir/copy
	n=$(nth_call close '/dir/#.*deleted' 2) # the first one is a trial
	rm dir/copy
	run "${STRACE[@]}" -y -e trace=close \
		-e inject=close:error=EIO:when="$n" \
		"$MCP" -j 3 "$MEDIUM" dir/copy
	assert_failure 1
	grep INJECTED log
	assert_output "mcp: failed to close 'dir/copy': Input/output error"
	assert_dir
}

@test "an error that only close tells leaves an existing file incomplete" {
	requires_own_calls_only
	requires_strace
	local n
	echo old >dir/copy
	"${STRACE[@]}" -y -e trace=close "$MCP" -j 3 "$MEDIUM" dir/copy
	n=$(nth_call close '/dir/copy>')
	echo old >dir/copy
	run "${STRACE[@]}" -y -e trace=close \
		-e inject=close:error=EIO:when="$n" \
		"$MCP" -j 3 "$MEDIUM" dir/copy
	assert_failure 1
	grep INJECTED log
	assert_output "mcp: failed to close 'dir/copy': Input/output error\
 (destination left incomplete)"
	(($(stat -c %s dir/copy) != $(stat -c %s "$MEDIUM")))
}

@test "a new file of which close tells an error, and that stays, is incomplete" {
	requires_own_calls_only
	requires_strace
	local n
	random_file small 300K
	"${STRACE[@]}" -y -e trace=close "$MCP" -j 1 small dir/copy
	n=$(nth_call close '/dir/copy>')
	rm dir/copy
	run traced trace -e inject=close:error=EIO:when="$n" \
		-e inject=unlinkat:error=EACCES "$MCP" -j 1 small dir/copy
	assert_failure 1
	assert_output "mcp: failed to close 'dir/copy': Input/output error\
 (destination left incomplete)"
	grep -q 'unlinkat.*INJECTED' trace
}

# It takes a second descriptor to ask while the file can still be taken back.
@test "nor is such an error lost where no descriptor is left to ask" {
	requires_strace
	requires_own_calls_only
	local inject n
	random_file small 300K
	for n in 6 7 8 9; do
		for inject in close:delay_exit=0 close:error=ENOSPC:when=1; do
			# shellcheck disable=SC2016 # of the shell that is started
			run "${STRACE[@]}" -P "$PWD/dir/copy" \
				-e trace=fcntl,close -e inject="$inject" \
				bash -c 'exec 3>&- 4>&- && ulimit -n "$0" && exec "$@"' \
				"$n" "$MCP" -j 1 small dir/copy
			rm -f dir/copy
			[[ $status == 0 ]] && grep -q 'F_DUPFD.*EMFILE' log ||
				break
		done
		! grep -q 'F_DUPFD.*EMFILE' log || break
	done
	grep 'F_DUPFD.*EMFILE' log
	grep 'close.*INJECTED' log
	assert_failure 1
	assert_output "mcp: failed to close 'dir/copy': No space left on device"
}

# Linux 5.9 and 5.10 say 0 where EAGAIN is meant.
@test "what is said to end and is not in memory is copied whole" {
	local n
	requires_strace
	requires_own_calls_only
	mount_image xfs xfs 320
	mkdir xfs/tree
	for n in {1..9}; do
		random_file "xfs/tree/$n" 3000
	done
	for n in 1 4; do
		"${STRACE[@]}" -e trace=preadv2 -e inject=preadv2:retval=0:when=2+ \
			"$MCP" -r -j $n xfs/tree "xfs/copy.$n"
		grep 'preadv2.*INJECTED' log
		diff -r xfs/tree "xfs/copy.$n"
	done
}

# Calls that do less than they were asked for

@test "calls that a signal interrupts are tried again" {
	requires_strace
	local jobs
	for jobs in 1 3; do
		rm -f dir/copy
		# The first few preads may be the dynamic linker's.
		run "${STRACE[@]}" \
			-e trace='pread64,pwrite64,recvmsg,sendmsg,?poll,ppoll' \
			-e inject=pread64,pwrite64:error=EINTR:when=9+2 \
			-e inject='recvmsg,sendmsg,?poll,ppoll:error=EINTR:when=1+2' \
			"$MCP" -j $jobs --engine=rw "$MEDIUM" dir/copy
		assert_success
		assert_output ""
		grep 'pwrite64.*INJECTED' log
		same_file "$MEDIUM" dir/copy
	done
}

# So it is where other processes of the user keep as many on their way as one of
# ours may have open (unix(7)).
@test "descriptors that can be sent to no worker: it is copied without them" {
	requires_strace
	run timeout 60 "${STRACE[@]}" -e trace=sendmsg \
		-e inject=sendmsg:error=ETOOMANYREFS \
		"$MCP" -j 3 --engine=rw "$MEDIUM" dir/copy
	assert_success
	assert_output ""
	grep 'sendmsg.*INJECTED' log
	same_file "$MEDIUM" dir/copy
}

# The first asks whether the kernel can copy here, and moves nothing.
@test "calls of copy_file_range that a signal interrupts are made again" {
	requires_strace
	random_file source 9M
	run "${STRACE[@]}" -e trace=copy_file_range \
		-e inject=copy_file_range:error=EINTR:when=1+2 \
		"$MCP" -j 1 --engine=cfr source dir/copy
	assert_success
	assert_output ""
	grep ' 0, 0) = -1 EINTR' log
	same_file source dir/copy
}

@test "a poll that fails for want of memory is tried again" {
	requires_strace
	run "${STRACE[@]}" -e trace='?poll,ppoll' \
		-e inject='?poll,ppoll:error=ENOMEM:when=1+3' \
		"$MCP" -j 3 "$MEDIUM" dir/copy
	assert_success
	grep INJECTED log
	same_file "$MEDIUM" dir/copy
}

# Reads at most 5000 bytes, writes at most 3000 of them, and is interrupted half
# of the time.
compile_short() {
	requires_plain_build # a sanitizer wants to be the first library
	requires_cmd cc
	(($(getconf LONG_BIT) == 64)) || skip "needs 64 bits"
	cat >short.c <<-'END'
		#define _GNU_SOURCE
		#include <errno.h>
		#include <sys/syscall.h>
		#include <unistd.h>
		#define SHORT(name, number, buffer, ...) \
		ssize_t name(int fd, buffer data, size_t length __VA_ARGS__) \
		{ \
			long offset = WHERE; \
			static int count; \
			if (count++ % 2) { \
				errno = EINTR; \
				return -1; \
			} \
			size_t most = number == SYS_write || \
				number == SYS_pwrite64 ? 3000 : 5000; \
			return syscall(number, fd, data, \
				       length < most ? length : most, offset); \
		}
		#define WHERE at
		SHORT(pread, SYS_pread64, void *, , long at)
		SHORT(pread64, SYS_pread64, void *, , long at)
		SHORT(pwrite, SYS_pwrite64, const void *, , long at)
		SHORT(pwrite64, SYS_pwrite64, const void *, , long at)
		#undef WHERE
		#define WHERE 0
		SHORT(read, SYS_read, void *)
		SHORT(write, SYS_write, const void *)
	END
	cc -O2 -shared -fPIC -o short.so short.c
}

@test "short reads and writes are gone on with" {
	requires_strace
	local jobs
	compile_short
	for jobs in 1 3; do
		rm -f dir/copy
		run "${STRACE[@]}" -E LD_PRELOAD="$PWD/short.so" \
			-e trace=pread64,pwrite64 \
			"$MCP" -j $jobs --engine=rw "$MEDIUM" dir/copy
		assert_success
		grep 'pwrite64(.* = 3000$' log
		same_file "$MEDIUM" dir/copy
	done
	rm dir/copy
	random_file small 99999
	run "${STRACE[@]}" -E LD_PRELOAD="$PWD/short.so" -e trace=write \
		"$MCP" -j 1 small dir/copy
	assert_success
	grep ' write(.* = 3000$' log
	same_file small dir/copy
}

# The same of the kernel's own copy.
compile_short_all() {
	compile_short
	cat >>short.c <<-'END'
		ssize_t copy_file_range(int from, off_t *from_at, int to,
					off_t *to_at, size_t length,
					unsigned int flags)
		{
			return syscall(SYS_copy_file_range, from, from_at, to,
				       to_at, length < 5000 ? length : 5000,
				       flags);
		}
	END
	cc -O2 -shared -fPIC -o short.so short.c
}

@test "every engine goes on after a short read or write, in trees, too" {
	requires_strace
	local engine jobs i j whole
	compile_short_all
	random_file some 1M
	for i in {0..9}; do
		mkdir -p "tree/d$i"
		for j in {0..9}; do
			random_file "tree/d$i/f$j" 20K
		done
	done
	for engine in auto mmap rw cfr; do
		for jobs in 1 4; do
			rm -rf dir/*
			whole=()
			[[ $engine != auto ]] || whole=(--reflink=never)
			run "${STRACE[@]}" -E LD_PRELOAD="$PWD/short.so" \
				-e trace=read,write,copy_file_range,pread64 \
				"$MCP" -r -j $jobs --engine=$engine \
				"${whole[@]}" some tree dir
			assert_success
			assert_output ""
			[[ $engine == mmap ]] || grep -q ' = 5000$' log
			cmp some dir/some
			diff -r tree dir/tree
		done
	done
}

# What mcp needs for itself

@test "pipes that cannot be made: fewer workers, or none" {
	requires_strace
	local when
	for when in 1+ 5; do
		rm -f dir/copy
		run "${STRACE[@]}" -e trace=pipe2,exit_group \
			-e inject=pipe2:error=EMFILE:when=$when \
			"$MCP" -j 3 "$MEDIUM" dir/copy
		assert_success
		assert_output ""
		grep INJECTED log
		same_file "$MEDIUM" dir/copy
	done
}

@test "sockets that cannot be made: fewer workers, or none" {
	requires_strace
	run "${STRACE[@]}" -e trace=socketpair \
		-e inject=socketpair:error=ENFILE:when=2 \
		"$MCP" -j 3 "$MEDIUM" dir/copy
	assert_success
	assert_output ""
	grep INJECTED log
	same_file "$MEDIUM" dir/copy
}

@test "signals that cannot be listened to are an error" {
	requires_strace
	run "${STRACE[@]}" -e trace=signalfd4 \
		-e inject=signalfd4:error=EMFILE "$MCP" "$MEDIUM" dir/copy
	assert_failure 1
	assert_output "mcp: cannot listen to signals: Too many open files"
	assert_dir
}

# What the matrix of faults (tests/faultmatrix.py) has found

# A directory whose stat fails once is no new name for a copy.
@test "a last operand of which nothing is known gets no copy" {
	requires_strace
	local n
	mkdir tree
	echo x >tree/file
	"${STRACE[@]}" -e trace=newfstatat "$MCP" -r tree dir
	n=$(nth_call newfstatat '"dir", \{')
	rm -r dir/tree
	run "${STRACE[@]}" -e trace=newfstatat \
		-e inject=newfstatat:error=EIO:when="$n" "$MCP" -r tree dir
	grep '"dir".*INJECTED' log
	assert_failure 1
	assert_output "mcp: cannot stat 'dir': Input/output error"
	assert_dir
}

@test "a temporary file that cannot be removed is an error" {
	requires_strace
	run "${STRACE[@]}" -e trace=unlinkat \
		-e inject=unlinkat:error=EIO "$MCP" "$MEDIUM" dir/copy
	grep 'mcp-.*INJECTED' log
	assert_failure 1
	assert_output "mcp: cannot remove a temporary file beside 'dir/copy':\
 Input/output error"
	assert_file_not_exist dir/copy
}

@test "a directory that cannot be looked at was not replaced" {
	requires_strace
	local n
	mkdir tree
	"${STRACE[@]}" -y -e trace=newfstatat "$MCP" -r tree dir
	rmdir dir/tree
	n=$(nth_call newfstatat "$PWD/tree>, \"\"")
	run "${STRACE[@]}" -y -e trace=newfstatat \
		-e inject=newfstatat:error=EIO:when="$n" "$MCP" -r tree dir
	grep 'INJECTED' log
	assert_failure 1
	assert_output "mcp: cannot fstat 'tree': Input/output error"
}

@test "an engine that cannot read an empty file says why" {
	requires_strace
	local engine n
	: >empty
	for engine in mmap cfr direct; do
		rm -f dir/copy
		"${STRACE[@]}" -y -e trace=pread64 \
			"$MCP" --engine=$engine empty dir/copy
		n=$(nth_call pread64 '/empty>')
		rm dir/copy
		run "${STRACE[@]}" -y -e trace=pread64 \
			-e inject=pread64:error=EIO:when="$n" \
			"$MCP" --engine=$engine empty dir/copy
		grep '/empty>.*INJECTED' log
		assert_failure 1
		assert_output "mcp: the engine asked for cannot copy 'empty' to\
 'dir/copy': Input/output error"
		assert_dir
	done
}

@test "where there is no memory for a copy its name is told" {
	requires_plain_build
	requires_strace
	local n
	echo new >small
	echo old >dir/copy
	"${STRACE[@]}" -e trace=mmap "$MCP" --engine=rw small dir/copy
	n=$(nth_call mmap 'NULL, 131072, ')
	run "${STRACE[@]}" -e trace=mmap \
		-e inject=mmap:error=ENOMEM:when="$n" \
		"$MCP" --engine=rw small dir/copy
	grep INJECTED log
	assert_failure 1
	assert_output "mcp: error copying 'small' to 'dir/copy': memory exhausted:\
 Cannot allocate memory (destination left incomplete)"
}

@test "a directory that a worker cannot look at was not replaced" {
	requires_strace
	local i n
	for i in {0..11}; do
		mkdir -p "tree/d$i"
		touch "tree/d$i/"{0..11}
	done
	for n in {1..6}; do
		rm -rf copy
		run "${STRACE[@]}" -y -P "$PWD/copy/d7" -P "$PWD/tree/d8" \
			-e trace=newfstatat \
			-e inject=newfstatat:error=EIO:when="$n" \
			"$MCP" -r -j 4 tree copy
		refute_output --partial replaced
		! grep INJECTED log || assert_failure 1
	done
}

# Limits

@test "with 16 descriptors all is copied" {
	local jobs i
	for i in {0..9}; do
		mkdir -p "tree/a/b/c/d/e/f/g/h/d$i"
		touch "tree/a/b/c/d/e/f/g/h/d$i/"{0..9}
	done
	for jobs in 1 4; do
		rm -rf dir/*
		run bash -c 'ulimit -n 16 && exec "$@"' - \
			"$MCP" -j $jobs "$MEDIUM" dir/copy
		assert_success
		assert_output ""
		same_file "$MEDIUM" dir/copy
		run bash -c 'ulimit -n 16 && exec "$@"' - \
			"$MCP" -a -j $jobs tree dir
		assert_success
		assert_output ""
		diff -r tree dir/tree
	done
}

@test "an existing file is rewritten with the descriptors that cp needs" {
	local limit jobs
	for limit in {6..16}; do
		for jobs in 1 4; do
			echo old >dir/copy
			run bash -c 'exec 3>&- 4>&- && ulimit -n "$0" && exec "$@"' \
				"$limit" "$MCP" -j $jobs "$MEDIUM" dir/copy
			assert_success
			assert_output ""
			same_file "$MEDIUM" dir/copy
		done
	done
}

@test "that there is no memory, not even to say so, is said" {
	requires_plain_build
	requires_cmd prlimit
	local most said=0
	echo x >small
	for most in {100..700..20}; do
		rm -f copy
		run bash -c 'prlimit "$@" || exit $(($? == 127 ? 2 : $?))' - \
			--data=$((most * 1024)) "$MCP" small copy
		((status != 2)) || continue # nor is there any to load it
		if ((status == 0)); then
			assert_output ""
			same_file small copy
		else
			assert_failure 1
			assert_output --regexp '^mcp: .*memory'
			[[ ! -e copy ]]
			said=$((said + 1))
		fi
	done
	((said > 0))
}

@test "workers at a tree that stop for a while, and full pipes, lose nothing" {
	requires_strace
	local i
	for i in {0..39}; do
		mkdir -p "tree/d$i"
		touch "tree/d$i/$(printf '%0200d' "$i")"{0..39}
	done
	# Each worker stops when it has its first batch, and the parent goes on
	# to give until there is no more room.
	hold_traced 4 "${STRACE[@]}" -e trace=openat2 \
		-e inject=openat2:signal=SIGSTOP:when=1 \
		"$MCP" -r -v -j 4 tree copy
	go_on_to_end
	assert_ended "exit 0"
	assert_equal "$(<job.err)" ""
	assert_equal "$(sort -u job.out | wc -l)" $((1 + 40 + 40 * 40))
	diff -r tree copy
}

# A parent that is stopped reads no records: the workers' pipes fill.
@test "workers at a tree whose parent stops for a while wait for it" {
	requires_strace
	local i
	for i in {0..39}; do
		mkdir -p "tree/d$i"
		touch "tree/d$i/$(printf '%0200d' "$i")"{0..39}
	done
	hold_traced 0 "${STRACE[@]}" -e trace=?poll,ppoll \
		-e inject=?poll,ppoll:signal=SIGSTOP:when=2 \
		"$MCP" -r -v -j 4 tree copy
	wait_until -t 30 all_in S "${WORKERS[@]}"
	go_on_to_end
	assert_ended "exit 0"
	assert_equal "$(sort -u job.out | wc -l)" $((1 + 40 + 40 * 40))
	diff -r tree copy
}

# What is replaced

# stop_while WRITE ARGUMENT...: mcp with these, but that a HUP comes with the
# second call of WRITE, which takes until it is time to look for one, and INJECT,
# of links and names, happens besides. Fills $ended and "said".
stop_while() {
	local write=$1
	shift
	ended=0
	"${STRACE[@]}" -e trace="$write,linkat,renameat2" "${INJECT[@]}" \
		-e inject="$write:signal=SIGHUP:delay_exit=30000:when=2" \
		"$MCP" "$@" >said 2>&1 || ended=$?
	cat said
	grep DELAYED log
}

@test "what --remove-destination removes stays until the new file is complete" {
	requires_strace
	local ways=("write -j1 small" "write -j1 --fsync small"
		"pwrite64 -j1 --engine=rw $MEDIUM") way how
	random_file small 900K
	for way in "${ways[@]}"; do
		for how in nameless rename; do
			echo old >dir/copy
			ln -f dir/copy other
			INJECT=()
			[[ $how == nameless ]] ||
				INJECT=(-e inject=linkat:error=EPERM)
			# shellcheck disable=SC2086 # several words
			stop_while $way dir/copy --remove-destination
			((ended == 129))
			assert_equal "$(<said)" ""
			assert_dir copy
			assert [ dir/copy -ef other ]
		done
		# shellcheck disable=SC2086
		"$MCP" ${way#* } dir/copy --remove-destination
		cmp "${way##* }" dir/copy
		assert_equal "$(<other)" old
	done
}

@test "what -f removes stays as long" {
	requires_strace
	requires_user
	random_file small 900K
	echo old >dir/copy
	chmod 400 dir/copy
	INJECT=()
	stop_while write -j1 -f small dir/copy
	((ended == 129))
	assert_equal "$(<said)" ""
	assert_equal "$(<dir/copy)" old
	assert_dir copy
	"$MCP" -f small dir/copy
	cmp small dir/copy
}

@test "what had to be removed first is said to be, if nothing takes its place" {
	requires_strace
	random_file small 900K
	echo old >dir/copy
	INJECT=(-e inject=linkat:error=EPERM -e inject=renameat2:error=EINVAL)
	stop_while write -j1 --remove-destination small dir/copy
	((ended == 129))
	assert_equal "$(<said)" "mcp: 'dir/copy' removed: Hangup"
	assert_dir
	echo old >dir/copy
	head -c 100K small >tiny
	run traced trace -e inject=write:error=EIO:when=1 \
		"$MCP" --remove-destination tiny dir/copy
	assert_failure 1
	assert_output "mcp: error writing 'dir/copy': Input/output error\
 (destination removed)"
	assert_dir
}

@test "what would be removed stays where blocks cannot be shared that must be" {
	requires_strace
	local how
	echo new >tiny
	for how in --reflink=always --engine=clone; do
		echo old >dir/copy
		run traced trace -e inject=ioctl:error=EOPNOTSUPP \
			"$MCP" $how --remove-destination tiny dir/copy
		assert_failure 1
		assert_output --partial "'dir/copy'"
		refute_output --partial "removed"
		assert_dir copy
		assert_equal "$(<dir/copy)" old
	done
}

@test "what goes makes room for the new file, as with cp" {
	local old
	small_tmpfs 24M
	head -c 12M "$BIG" >"$SMALL/copy"
	old=$(stat -c %i "$SMALL/copy")
	"$MCP" --remove-destination "$MEDIUM" "$SMALL/copy"
	cmp "$MEDIUM" "$SMALL/copy"
	assert [ "$(stat -c %i "$SMALL/copy")" != "$old" ]
	# There is none for this.
	run "$MCP" --remove-destination "$BIG" "$SMALL/copy"
	assert_failure 1
	assert_output "mcp: error writing '$SMALL/copy': No space left on device"
	cmp "$MEDIUM" "$SMALL/copy"
	assert_equal "$(ls -A "$SMALL")" copy
}

# refuses WHY TO: --remove-destination and -f know of TO, small or large, that it
# may not be removed, and say nothing else.
refuses() {
	local from
	for from in tiny small; do
		run "${AS[@]}" "$MCP" --remove-destination -v "$from" "$2"
		assert_failure 1
		assert_output "mcp: cannot remove '$2': $1"
	done
}

@test "a link that cannot be replaced leaves a temporary name, which is said" {
	local option
	requires_cmd chattr
	mount_image image ext4 64
	mkdir image/log
	echo new >image/source
	echo old >image/log/kept
	chattr +a image/log
	for option in -sf -lf; do
		run "$MCP" $option "$PWD/image/source" image/log/kept
		assert_failure 1
		assert_output "mcp: cannot remove a temporary file beside\
 'image/log/kept': Operation not permitted"
	done
	chattr -a image/log
	assert_equal "$(<image/log/kept)" old
}

@test "what may not be removed is not said to be" {
	requires_cmd chattr
	requires_cmd setpriv
	local AS=()
	mount_image image ext4 64
	random_file small 900K
	head -c 100K small >tiny
	mkdir image/log image/sticky
	echo old | tee image/fixed image/mounted image/log/kept \
		image/sticky/kept >/dev/null
	chattr +i image/fixed
	chattr +a image/log
	refuses "Operation not permitted" image/fixed
	refuses "Operation not permitted" image/log/kept
	chattr -i image/fixed
	chattr -a image/log
	assert_equal "$(ls -A image/log)" kept
	assert_equal "$(cat image/fixed image/log/kept)" \
		"$(printf 'old\nold')"
	echo other >image/other
	bind_mount image/other image/mounted
	refuses "Device or resource busy" image/mounted
	chown 1 image/sticky image/sticky/kept
	chmod 1777 image/sticky
	AS=(setpriv --bounding-set=-fowner)
	refuses "Operation not permitted" image/sticky/kept
}

@test "-f tells what may not be removed before it copies" {
	requires_cmd chattr
	requires_strace
	mount_image image ext4 64
	random_file small 900K
	echo old >image/fixed
	chattr +i image/fixed
	run traced log -e trace=write,pwrite64,copy_file_range \
		"$MCP" -j1 -fv --engine=rw small image/fixed
	assert_failure 1
	assert_line "mcp: cannot remove 'image/fixed': Operation not permitted"
	refute_output --partial removed
	chattr -i image/fixed
	assert_equal "$(grep -c pwrite64 log)" 0
}

@test "a large file is copied into an append-only directory" {
	requires_cmd chattr
	mount_image image ext4 64
	random_file small 900K
	mkdir image/log
	chattr +a image/log
	"$MCP" -j 2 small image/log/new
	chattr -a image/log
	cmp small image/log/new
	assert_equal "$(ls -A image/log)" new
}
