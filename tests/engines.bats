#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --engine: what each one copies, and what it says where it cannot.

load helper

PAGE=$(getconf PAGESIZE)

# What can be asked for wherever the tests work; clone has tests of its own.
ENGINES=(auto mmap rw cfr)

# each_engine COMMAND...: for each of ENGINES, with and without workers, in an
# empty directory each; "copy" then goes that way.
each_engine() {
	local engine jobs start=$PWD
	! has_direct . || ENGINES+=(direct)
	for engine in "${ENGINES[@]}"; do
		for jobs in 1 4; do
			WAY=(-j "$jobs" "--engine=$engine")
			echo "# mcp ${WAY[*]}"
			cd "$(mktemp -d "$start/way.XXX")" || return
			"$@"
			cd "$start" || return
		done
	done
	WAY=()
}

# refused REASON SOURCE DEST
refused() {
	copy "$2" "$3"
	assert_failure 1
	assert_output "mcp: the engine asked for cannot copy '$2' to '$3': $1"
}

# All engines

lengths() {
	local size
	for size in "${SIZES[@]}"; do
		copies --chunk-size=$((4 * PAGE)) "../size.$size" new
		same_file "../size.$size" new
		cp ../other onto
		copies --chunk-size=$((4 * PAGE)) "../size.$size" onto
		cmp "../size.$size" onto
		rm new onto
	done
}

@test "every engine copies files of every length, new and existing" {
	local chunk=$((4 * PAGE)) size
	SIZES=(0 1 $((PAGE - 1)) "$PAGE" $((PAGE + 1)) "$chunk"
		$((chunk + 1)) $((6 * chunk + PAGE - 1)) 9000001)
	for size in "${SIZES[@]}"; do
		random_file "size.$size" "$size"
	done
	random_file other 100001
	each_engine lengths
}

tree() {
	copies -r ../from to
	diff -r ../from to
}

@test "every engine copies trees" {
	mkdir -p from/a/b
	random_file from/a/small 5000
	random_file from/a/b/large 9M
	: >from/a/empty
	ln -s small from/a/link
	each_engine tree
}

holes() {
	local when
	for when in auto always; do
		copies --sparse=$when ../sparse copy
		cmp ../sparse copy
		assert_equal "$(data_map copy)" "$(data_map ../sparse)"
	done
}

@test "every engine leaves holes alone" {
	truncate -s 10M sparse
	[[ $(data_map sparse) == "size 10485760" ]] ||
		skip "needs a file system with holes"
	dd if=/dev/urandom of=sparse bs=4096 seek=700 count=7 conv=notrunc \
		status=none
	each_engine holes
}

made_up() {
	refused "$REASON" /proc/version new
	[[ ! -e new ]]
	echo old >old
	refused "$REASON" /proc/version old
	assert_equal "$(cat old)" old
}

@test "files that are made when they are read go to no engine but rw" {
	local way
	for way in "mmap:No such device" "cfr:Invalid argument" \
		"clone:Operation not supported" "direct:Invalid argument"; do
		WAY=("--engine=${way%%:*}")
		REASON=${way#*:}
		cd "$(mktemp -d "$SCRATCH/XXX")"
		made_up
	done
	copies --engine=rw /proc/version new
	cmp /proc/version new
}

@test "what is no regular file goes to no engine but rw" {
	local engine
	mkfifo fifo
	random_file a 9M
	for engine in mmap cfr clone direct; do
		WAY=("--engine=$engine")
		refused "No such device" fifo new
		[[ ! -e new ]]
		refused "No such device" a /dev/null
	done
}

# cfr

@test "cfr: the kernel copies, and nobody writes" {
	requires_strace
	requires_own_calls_only
	random_file a 9M
	for jobs in 1 4; do
		run traced log -e trace=copy_file_range,pwrite64 \
			"$MCP" -j $jobs --engine=cfr a b
		assert_success
		same_file a b
		grep -q 'copy_file_range(' log
		refute grep pwrite64 log
	done
}

# small_tree: on tmpfs, which best copies small files by itself. The third of 19
# would be written in more than one piece.
small_tree() {
	local i
	mount_tmpfs small 32M
	mkdir small/tree
	for i in {1..19}; do
		random_file "small/tree/$i" $((i == 3 ? 300000 : 100 * i))
	done
	: >small/tree/empty
}

@test "auto: small files of a tree are copied by the kernel where that is faster" {
	requires_strace
	requires_own_calls_only
	small_tree
	run traced log -e trace=copy_file_range,write \
		"$MCP" -r -j 1 small/tree small/copy
	assert_success
	assert_equal "$(grep -c 'copy_file_range(' log)" 19
	assert_equal "$(grep -c 'write(' log)" 0
	diff -r small/tree small/copy
	run "$MCP" -r --debug small/tree/3 small/tree small/copy
	assert_output --partial "tree/3'
copy offload: yes, reflink: unsupported, sparse detection: no, engine: cfr, workers: 1, because: so small, the file system copies it itself"
	# An operand is no tree, and another engine may be asked for.
	assert_output --partial "copy/3'
copy offload: no, reflink: unsupported, sparse detection: no, engine: rw, workers: 1, because: it is copied in order"
	run traced log -e trace=copy_file_range \
		"$MCP" -r -j 1 --engine=rw small/tree small/rw
	refute grep 'copy_file_range(' log
}

@test "auto: what the kernel does not copy is read and written, with its errors" {
	requires_strace
	requires_own_calls_only
	local error
	small_tree
	for error in error=EIO error=ENOSPC error=EINTR error=ENOSYS retval=0; do
		run traced log -e trace=copy_file_range \
			-e "inject=copy_file_range:$error" \
			"$MCP" -r -j 1 small/tree small/copy
		assert_success
		diff -r small/tree small/copy
		rm -r small/copy
	done
	# A size that is past the limit is reached by both.
	run sh -c 'ulimit -f 256; exec "$@"' sh "$MCP" -r -j 1 small/tree small/copy
	assert_failure 1
	assert_output "mcp: error writing 'small/copy/3': File too large"
	[[ ! -e small/copy/3 ]]
	assert_equal "$(find small/copy -type f | wc -l)" 19
}

other_file_system() {
	refused "Invalid cross-device link" a tmpfs/new
	[[ ! -e tmpfs/new ]]
	refused "Invalid cross-device link" a tmpfs/old
	assert_equal "$(cat tmpfs/old)" old
}

@test "cfr and clone say that they do not go to another file system" {
	mount_tmpfs tmpfs 32M
	random_file a 9M
	echo old >tmpfs/old
	for WAY in --engine=cfr --engine=clone "--engine=cfr -j4"; do
		read -ra WAY <<<"$WAY"
		other_file_system
	done
	random_file a 5
	WAY=(--engine=cfr)
	other_file_system
}

# inject WHAT: the copy of a by cfr, in which the second call goes wrong.
inject() {
	rm -f b
	run traced log -e trace=copy_file_range,pwrite64 \
		-e "inject=copy_file_range:$1:when=2" \
		"$MCP" -j "${2:-1}" --engine=cfr a b
	grep -q INJECTED log
}

@test "cfr: an error in the middle is looked into by read and write" {
	requires_strace
	requires_own_calls_only
	random_file a 33M
	inject error=EIO
	assert_success
	same_file a b
	grep -q pwrite64 log
	inject error=ENOSPC
	assert_success
	same_file a b
	# It says that the source has ended: so do files of /proc.
	inject retval=0
	assert_success
	same_file a b
	inject error=EINTR
	assert_success
	same_file a b
	refute grep pwrite64 log
}

@test "cfr: a refusal in the middle is told, and nothing is left" {
	requires_strace
	requires_own_calls_only
	random_file a 33M
	inject error=EOPNOTSUPP
	assert_failure 1
	assert_output "mcp: the engine asked for cannot copy 'a' to 'b': Operation not supported"
	[[ ! -e b ]]
	# The first one in each worker is its probe's, if it has one.
	inject error=ENOSYS 4
	assert_failure 1
	assert_output "mcp: the engine asked for cannot copy 'a' to 'b': Function not implemented"
	[[ ! -e b ]]
}

@test "cfr: a full file system is told as by other engines" {
	mount_tmpfs small 24M
	random_file small/a 14M
	for jobs in 1 4; do
		WAY=(-j "$jobs" --engine=cfr)
		copy small/a small/b
		assert_failure 1
		assert_output "mcp: error writing 'small/b': No space left on device"
		[[ ! -e small/b ]]
	done
}

# clone

@test "clone: where blocks can be shared they are" {
	local type size
	for type in btrfs:256 xfs:320; do
		size=${type#*:}
		type=${type%:*}
		cd "$SCRATCH"
		mount_image "$type" "$type" "$size"
		cd "$SCRATCH/$type"
		random_file a 20000001
		random_file old 30M
		random_file small 5000
		: >empty
		sync .
		before=$(df --output=used . | tail -n 1)
		for jobs in 1 4; do
			WAY=(-j "$jobs" --engine=clone)
			for name in a small empty; do
				copies $name new
				cmp $name new
				rm new
			done
		done
		for i in {1..5}; do
			copies a "a.$i"
		done
		copies a old
		cmp a old
		sync .
		after=$(df --output=used . | tail -n 1)
		((after < before + 4096)) || fail "$before, then $after KiB"
	done
}

@test "clone: the middle of a block where a longer file goes on is no end to it" {
	local type
	for type in btrfs:256 xfs:320; do
		cd "$SCRATCH"
		mount_image "${type%:*}" "${type%:*}" "${type#*:}"
		cd "$SCRATCH/${type%:*}"
		random_file a 70001
		random_file b 1M
		random_file c 1M
		copies --reflink=always a b
		cmp a b
		copy --debug a c
		assert_success
		assert_output --partial "reflink: yes"
		cmp a c
	done
}

@test "clone: what may not be shared with a longer file leaves it as it was" {
	requires_cmd chattr
	mount_image btrfs btrfs 256
	cd btrfs
	random_file a 70001
	# Without checksums, which the source has.
	: >old
	chattr +C old
	random_file b 1M
	cat b >old
	copy --reflink=always a old
	assert_failure 1
	assert_output "mcp: failed to clone 'old' from 'a': Invalid argument"
	cmp b old
	copies a old
	cmp a old
}

@test "clone: where whole files cannot be cloned, their parts are" {
	requires_strace
	requires_own_calls_only
	mount_image btrfs btrfs 256
	cd btrfs
	random_file a 20000001
	random_file old 30M
	for name in new old; do
		# Of an old file it is asked first where its blocks are, each
		# time, and one that is longer is tried with whole blocks.
		which=$([[ $name == new ]] && echo 1 || echo 2..4)
		run traced log -e trace=ioctl,pwrite64 \
			-e inject=ioctl:error=EINVAL:when="$which" \
			"$MCP" -j 1 --engine=clone a $name
		assert_success
		grep -q 'FICLONERANGE, .*INJECTED' log
		grep -q 'FICLONERANGE, {.*, src_length=[1-9].* = 0' log
		# The last bytes are no whole block.
		assert_equal "$(grep -c pwrite64 log)" 1
		cmp a $name
	done
}

@test "clone: where blocks cannot be shared that is an error, and no change" {
	mount_image ext4 ext4 64
	random_file ext4/a 9M
	random_file ext4/small 10
	echo old >ext4/old
	WAY=(--engine=clone)
	for name in a small; do
		refused "Operation not supported" ext4/$name ext4/new
		[[ ! -e ext4/new ]]
		refused "Operation not supported" ext4/$name ext4/old
		assert_equal "$(cat ext4/old)" old
	done
}

@test "what may share blocks does not go with what forbids it" {
	local engine
	echo a >a
	for engine in cfr clone; do
		for forbids in --reflink=never --sparse=never; do
			copy --engine=$engine $forbids a b
			assert_failure 1
			assert_output "mcp: --engine=cfr and --engine=clone may share blocks, which --reflink=never and --sparse=never forbid
Try 'mcp --help' for more information."
		done
	done
	[[ ! -e b ]]
}

# direct

@test "direct: both files are opened for it, and several requests are under way" {
	requires_strace
	requires_own_calls_only
	has_direct . || skip "needs a file system with direct access"
	random_file a 21000001
	for jobs in 4 1; do
		run traced log -e trace=openat,io_uring_setup,io_uring_enter \
			"$MCP" -j $jobs --engine=direct a b
		assert_success
		same_file a b
		grep -q 'open.*/proc/self/fd/.*O_RDONLY.*O_DIRECT' log
		grep -q 'open.*/proc/self/fd/.*O_WRONLY.*O_DIRECT' log
	done
	grep -q 'io_uring_setup(.* = [0-9]' log || skip "needs io_uring"
	grep -q 'io_uring_enter([0-9]*, 2, 1, IORING_ENTER_GETEVENTS' log
}

@test "direct: without io_uring it goes, too" {
	requires_strace
	requires_own_calls_only
	has_direct . || skip "needs a file system with direct access"
	random_file a 21000001
	for error in EPERM ENOSYS; do
		run traced log -e trace=io_uring_setup,io_uring_enter,pwrite64 \
			-e inject=io_uring_setup:error=$error \
			"$MCP" -j 2 --engine=direct a b
		assert_success
		same_file a b
		grep -q INJECTED log
		refute grep io_uring_enter log
		grep -q 'pwrite64(.*, 1048576, ' log
		rm b
	done
}

@test "direct: what the ring refuses is done without" {
	local when
	requires_strace
	random_file a 20M
	has_direct . || skip "needs direct access"
	for when in 1 2 3+; do
		run traced log -e trace=io_uring_setup,io_uring_enter \
			-e inject=io_uring_enter:error=ENOMEM:when=$when \
			"$MCP" -j 1 --engine=direct a b
		assert_success
		grep -q 'io_uring_setup(.* = [0-9]' log || skip "needs io_uring"
		grep -q 'io_uring_enter.*INJECTED' log
		cmp a b
	done
}

@test "direct: workers do not use the ring of their parent" {
	local number
	requires_strace
	requires_own_calls_only
	has_direct . || skip "needs a file system with direct access"
	random_file small 300000
	random_file large 6000000
	mkdir tree
	for number in {1..80}; do
		random_file "tree/$number" 300000
	done
	WAY=("$MCP" -j 4 --engine=direct -r small large tree dir)
	mkdir dir
	# Those for the large file cannot be had, those for the tree can.
	traced log -e trace=mmap "${WAY[@]}"
	rm -r dir/*
	number=$(sed "s/ .*//;q" log)
	number=$(grep "^$number .*mmap(" log |
		grep -n "MAP_SHARED|MAP_ANONYMOUS" | sed "s/:.*//;q")
	run traced log -e trace=mmap,io_uring_setup \
		-e inject=mmap:error=ENOMEM:when="$number" "${WAY[@]}"
	assert_success
	assert_output ""
	grep "MAP_SHARED|MAP_ANONYMOUS.*INJECTED" log
	# A ring of each other's would end them.
	refute grep SIGABRT log
	diff -r tree dir/tree
}

@test "direct: an error in the middle is looked into by read and write" {
	requires_strace
	requires_own_calls_only
	has_direct . || skip "needs a file system with direct access"
	random_file a 33M
	for jobs in 1 3; do
		for call in pread64 pwrite64; do
			# The loader reads, too, with small buffers.
			run traced log -e trace=io_uring_setup,pread64,pwrite64 \
				-e inject=io_uring_setup:error=ENOSYS \
				-e inject=$call:error=EIO:when=5 \
				"$MCP" -j $jobs --engine=direct a b
			assert_success
			same_file a b
			grep -q "$call.*INJECTED" log
			rm b
		done
	done
}

@test "direct: a full file system and a limit are told as by other engines" {
	mount_image ext4 ext4 64
	random_file ext4/a 40M
	for jobs in 1 4; do
		WAY=(-j "$jobs" --engine=direct)
		copy ext4/a ext4/b
		assert_failure 1
		assert_output "mcp: error writing 'ext4/b': No space left on device"
		[[ ! -e ext4/b ]]
		limited() {
			ulimit -f 8192
			copy a b
			assert_failure 1
			assert_output "mcp: error writing 'b': File too large"
		}
		random_file a 9M
		(limited)
		[[ ! -e b ]]
	done
}

@test "direct: where there is no direct access that is an error, and no change" {
	mount_ramfs ram
	has_direct ram && skip "needs a file system without direct access"
	random_file ram/a 9M
	echo old >ram/old
	WAY=(--engine=direct)
	refused "Invalid argument" ram/a ram/new
	[[ ! -e ram/new ]]
	refused "Invalid argument" ram/a ram/old
	assert_equal "$(cat ram/old)" old
}

# auto

# chosen DIR ARG...: the engine that a copy into DIR goes by.
chosen() {
	local dir=$1
	shift
	traced log -e trace=copy_file_range,pwrite64,madvise \
		"$MCP" "$@" "$dir/source" "$dir/copy" || return
	cmp "$dir/source" "$dir/copy" || return
	rm "$dir/copy"
	# The probe of cfr copies nothing.
	if grep -q 'copy_file_range(.* = [1-9]' log; then
		echo cfr
	elif grep -q MADV_POPULATE_WRITE log; then
		echo mmap
	else
		echo rw
	fi
}

@test "auto: what was measured decides, and nothing but it" {
	requires_root
	requires_strace
	requires_own_calls_only
	mount_tmpfs huge 64M huge=advise
	mount_tmpfs small 64M
	mount_image ext4 ext4 64
	for dir in huge small ext4; do
		random_file $dir/source 9M
	done
	assert_equal "$(chosen huge -j 1)" cfr
	assert_equal "$(chosen huge -j 2)" mmap
	head -c 3M huge/source >huge/less
	mv huge/less huge/source
	assert_equal "$(chosen huge -j 1)" cfr
	assert_equal "$(chosen huge -j 2)" rw
	assert_equal "$(chosen small -j 1)" cfr
	assert_equal "$(chosen small -j 2)" rw
	assert_equal "$(chosen ext4 -j 1)" cfr
	assert_equal "$(chosen ext4 -j 2)" rw
	# Four workers have less than 32 MiB each.
	assert_equal "$(chosen ext4 -j 4)" rw
	# No blocks can be shared there, and so none are with this.
	assert_equal "$(chosen ext4 -j 1 --reflink=never)" cfr
}

@test "auto: what is not in the page cache is read, not mapped" {
	requires_root
	mount_image ext4 ext4 128
	mount_tmpfs huge 128M huge=advise
	random_file ext4/source 40M
	sync ext4/source
	dd if=ext4/source iflag=nocache count=0 status=none
	run "$MCP" --debug -j 5 ext4/source huge/cold
	assert_success
	assert_output --partial "engine: rw"
	# That has read it into the cache.
	run "$MCP" --debug -j 5 ext4/source huge/hot
	assert_success
	assert_output --partial "engine: mmap"
	cmp ext4/source huge/cold
	cmp ext4/source huge/hot
}

@test "auto: what comes from the disk and has to be there again goes past the cache" {
	requires_root
	for type in ext4 xfs; do
		mount_image $type $type 320
		has_direct $type || skip "needs a file system with direct access"
		random_file $type/source 40M
		sync $type/source
		dd if=$type/source iflag=nocache count=0 status=none
		run -0 "$MCP" --debug --fsync --reflink=never -j 2 \
			$type/source $type/cold
		assert_output --partial "engine: direct"
		cmp $type/source $type/cold
		# What is in the page cache is not read once more.
		run -0 "$MCP" --debug --fsync --reflink=never -j 2 \
			$type/source $type/hot
		refute_output --partial "engine: direct"
	done
}

# how NAME OPTION...: the engine by which that file of tree comes to a new copy.
how() {
	rm -rf copy
	"$MCP" -r --debug "${@:2}" tree copy >log
	diff -r tree copy >&2
	sed -n "/tree\/$1' ->/{n;s/.*engine: \([a-z]*\),.*/\1/p}" log
}

@test "auto: on xfs, what is small and in the page cache is copied, all else shared" {
	mount_image xfs xfs 320
	cd xfs
	mkdir tree
	random_file tree/small 8192
	random_file tree/larger 8193
	for jobs in 1 4; do
		assert_equal "$(how small -j "$jobs")" rw
		assert_equal "$(how larger -j "$jobs")" clone
	done
	# Who asks for blocks to be shared has them shared.
	assert_equal "$(how small --reflink=auto)" clone
	assert_equal "$(how small --reflink)" clone
	assert_equal "$(how larger --reflink=never)" rw
	sync tree/small
	dd if=tree/small iflag=nocache count=0 status=none
	assert_equal "$(how small)" clone
}

@test "auto: on btrfs, what is small is shared, too" {
	mount_image btrfs btrfs 256
	cd btrfs
	mkdir tree
	random_file tree/small 8192
	assert_equal "$(how small)" clone
}

# limited_group MEMORY: sets GROUP to a new control group with that limit.
limited_group() {
	local at=/sys/fs/cgroup limit=memory.max
	if [[ -d $at/memory ]]; then
		at+=/memory limit=memory.limit_in_bytes
	fi
	GROUP=$at/mcp-test-$$
	{ mkdir "$GROUP" && echo "$1" >"$GROUP/$limit"; } 2>/dev/null ||
		{ rmdir "$GROUP" 2>/dev/null; skip "needs a group of limited memory"; }
}

@test "auto: what is larger than memory goes past the page cache" {
	requires_root
	mount_image ext4 ext4 256
	has_direct ext4 || skip "needs a file system with direct access"
	limited_group 20M
	random_file ext4/source 40M
	sync ext4/source
	dd if=ext4/source iflag=nocache count=0 status=none
	run bash -c "echo \$BASHPID >$GROUP/cgroup.procs &&
		exec '$MCP' --debug -j 1 ext4/source ext4/copy"
	rmdir "$GROUP"
	assert_success
	assert_output --partial "engine: direct"
	cmp ext4/source ext4/copy
}

@test "auto: where the first choice cannot serve the next one does" {
	requires_root
	requires_strace
	requires_own_calls_only
	mount_tmpfs small 64M
	random_file source 9M
	traced log -e trace=copy_file_range,pwrite64 \
		"$MCP" -j 1 source small/copy
	cmp source small/copy
	grep -q 'copy_file_range(.*EXDEV' log
	grep -q pwrite64 log
}
