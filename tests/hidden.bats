#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Hidden names, where no file can be without one: gone when mcp is, or with the
# next mcp.

bats_require_minimum_version 1.5.0
load helper

setup_file() {
	export BIG=$BATS_FILE_TMPDIR/big
	# Large enough to be caught.
	head -c 100M /dev/zero | tr '\0' 'x' >"$BIG"
}

# names DIR: the hidden ones in it.
names() {
	find "$1" -maxdepth 1 -name '.mcp-*' -printf '%f\n'
}

# killed_at DIR: an mcp that was killed while it copied to DIR.
killed_at() {
	hold_copy 2 "$BIG" "$1/copy" "$MCP" -j 2 "$BIG" "$1/copy"
	kill -KILL "$COPIER"
	assert_ended "signal 9"
	assert_gone "${WORKERS[@]}"
}

# without_nameless COMMAND...: mcp, for which O_TMPFILE fails.
without_nameless() {
	traced log -e trace=openat \
		-e inject=openat:error=EOPNOTSUPP:when="$NTH" "$@"
}

# hold_without_nameless LOG: the same of two workers, held while they copy to dir.
hold_without_nameless() {
	mkdir dir
	mount_tmpfs dir 300M
	count_opens dir
	hold_copy 2 "$BIG" dir/copy \
		env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" \
		strace -f -qq -o "$1" -e trace=openat \
		-e inject=openat:error=EOPNOTSUPP:when="$NTH" \
		"$MCP" -j 2 "$BIG" dir/copy
}

# count_opens DIR: NTH is the number of the openat that would be nameless.
count_opens() {
	traced log -e trace=openat "$MCP" -j 1 "$BIG" "$1/copy"
	NTH=$(grep -n O_TMPFILE log | sed -n '1s/:.*//p')
	rm "$1/copy"
}

# name_of PID START BOOT NAMESPACE: as mcp writes it.
name_of() {
	echo ".mcp-$1-$2-$3-$4-1.tmp"
}

# What is true of this shell: BOOT, SPACE, and START of its process PID.
look() {
	local stat
	BOOT=$(head -c 8 /proc/sys/kernel/random/boot_id)
	SPACE=$(printf %u $(($(stat -L -c %i /proc/self/ns/pid) |
		$(stat -L -c %i /proc/self/ns/time 2>/dev/null || echo 0) << 32)))
	stat=$(<"/proc/$1/stat")
	stat=${stat##*) }
	read -ra stat <<<"$stat"
	START=${stat[19]}
}

@test "what a killed mcp has left is removed by the next one" {
	local left
	mount_poor dir
	killed_at dir
	left=$(names dir)
	assert_regex "$left" '^\.mcp-[0-9]+-[0-9]+-[0-9a-f]{8}-[0-9]+-1\.tmp$'
	assert_file_not_exist dir/copy
	"$MCP" "$BIG" dir/copy
	cmp "$BIG" dir/copy
	assert_equal "$(ls -A dir)" copy
}

@test "so it is in every directory of a tree" {
	local jobs
	mount_poor dir
	mkdir -p tree/a/b tree/c
	for jobs in 1 2; do
		rm -rf dir/tree
		mkdir -p dir/tree/a/b dir/tree/c
		cp "$BIG" tree/a/b
		cp "$BIG" tree/c
		look $$
		touch "dir/tree/a/b/$(name_of 4194305 1 "$BOOT" "$SPACE")" \
			"dir/tree/c/$(name_of 4194305 1 "$BOOT" "$SPACE")"
		sleep 0.1 # or it could be this run's own
		"$MCP" -j $jobs -r tree dir
		diff -r tree dir/tree
	done
}

@test "where O_TMPFILE fails, the same" {
	requires_strace
	hold_without_nameless log
	assert_equal "$(names dir | wc -l)" 1
	kill -KILL "$COPIER"
	wait_until -t 10 test -e job.end
	assert_gone "${WORKERS[@]}"
	assert_equal "$(names dir | wc -l)" 1
	without_nameless "$MCP" -j 1 "$BIG" dir/copy
	grep -q 'O_TMPFILE.*INJECTED' log
	cmp "$BIG" dir/copy
	assert_equal "$(ls -A dir)" copy
}

@test "a hidden name that cannot be removed again is told of" {
	local jobs
	requires_strace
	mkdir dir
	count_opens dir
	for jobs in 1 2; do
		run traced log -e trace=openat,unlinkat,pwrite64,ftruncate \
			-e inject=openat:error=EOPNOTSUPP:when="$NTH" \
			-e inject=pwrite64,ftruncate:error=EIO \
			-e inject=unlinkat:error=EROFS \
			"$MCP" -j $jobs --engine=rw "$BIG" dir/copy
		assert_failure 1
		assert_output "mcp: error writing 'dir/copy': Input/output error\
 (a temporary file is left beside it)"
		grep -q 'unlinkat.*\.mcp-.*INJECTED' log
		rm dir/.mcp-*.tmp
	done
}

@test "that of an mcp that lives stays, and it is not disturbed" {
	local left
	mount_poor dir
	hold_copy 2 "$BIG" dir/copy "$MCP" -j 2 "$BIG" dir/copy
	left=$(names dir)
	test -n "$left"
	"$MCP" "$BIG" dir/other
	assert_equal "$(names dir)" "$left"
	cmp "$BIG" dir/other
	go_on
	assert_ended "exit 0"
	cmp "$BIG" dir/copy
	assert_equal "$(ls -A dir)" $'copy\nother'
}

# There it was started at another time.
@test "nor by an mcp in another time namespace" {
	requires_root
	requires_strace
	local elsewhere=(unshare -T --boottime 100000 --fork) left
	"${elsewhere[@]}" true 2>/dev/null || skip "needs time namespaces"
	hold_without_nameless held
	left=$(names dir)
	test -n "$left"
	without_nameless "${elsewhere[@]}" "$MCP" -j 1 "$BIG" dir/other
	grep -q 'O_TMPFILE.*INJECTED' log
	assert_equal "$(names dir)" "$left"
	go_on
	assert_ended "exit 0"
	cmp "$BIG" dir/copy
}

@test "only what no process can be at is removed" {
	local gone stays
	mount_poor dir
	look $$
	gone=("$(name_of 4194305 1 "$BOOT" "$SPACE")"
		# Another process has its id now.
		"$(name_of $$ $((START + 1)) "$BOOT" "$SPACE")")
	stays=("$(name_of $$ "$START" "$BOOT" "$SPACE")"
		"$(name_of $$ 0 "$BOOT" "$SPACE")"
		# In another container, or on another machine.
		"$(name_of 4194305 1 "$BOOT" "${SPACE/4/5}")"
		"$(name_of 4194305 1 "${BOOT//[0-9]/a}" "$SPACE")"
		"$(name_of 4194305 1 00000000 "$SPACE")"
		# No names of mcp's.
		.mcp-4194305.tmp ".mcp-4194305-1-$BOOT-$SPACE-1"
		".mcp-4194305-1-$BOOT-$SPACE-1.tmp2"
		".mcp-04194305-1-$BOOT-$SPACE-1.tmp"
		".mcp--4194305-1-$BOOT-$SPACE-1.tmp" .mcp-.tmp mcp.tmp)
	(cd dir && touch -- "${gone[@]}" "${stays[@]}")
	# What is as old as the run, by a clock that ticks, could be its own.
	sleep 0.1
	"$MCP" "$BIG" dir/copy
	assert_equal "$(find dir -type f -printf '%f\n' | sort)" \
		"$(printf '%s\n' copy "${stays[@]}" | sort)"
}

# What is newer than this boot is of a container that has an id of its own for it.
@test "what was copied has such a name, and stays" {
	local name
	mount_poor dir
	look $$
	name=$(name_of 4194305 1 "$BOOT" "$SPACE")
	echo contents >"$name"
	"$MCP" "$name" "$BIG" dir
	assert_equal "$(<"dir/$name")" contents
}

@test "on a disk of this machine what was left by another boot is removed" {
	requires_root
	requires_cmd mkfs.ext4 debugfs
	requires_strace
	local other newer
	look $$
	other=$(name_of $$ "$START" "${BOOT//[0-9]/a}" "$SPACE")
	newer=$(name_of $$ "$START" "${BOOT//[0-9]/b}" "$SPACE")
	mount_tmpfs ram 400M
	truncate -s 250M ram/image
	mkfs.ext4 -q ram/image
	: >empty
	debugfs -w -R "write empty $other" ram/image
	debugfs -w -R "set_inode_field $other ctime 20010203" ram/image
	mkdir dir
	mount -o loop ram/image dir 2>/dev/null || skip "needs leave to mount"
	MOUNTED+=("$PWD/dir")
	count_opens dir
	test -e "dir/$other"
	touch "dir/$newer"
	without_nameless "$MCP" -j 1 "$BIG" dir/copy
	grep -q 'O_TMPFILE.*INJECTED' log
	assert_equal "$(names dir)" "$newer"
}

@test "that one directory takes no nameless file says nothing of the others" {
	requires_strace
	mkdir -p s/a s/b dir/a
	cp "$BIG" s/a/1
	cp "$BIG" s/b/2
	traced log -e trace=openat "$MCP" -r -j 1 s/. dir
	NTH=$(grep -n O_TMPFILE log | sed -n "1s/:.*//p")
	[[ -n $NTH ]] || skip "needs nameless files"
	rm dir/*/*
	# As where it is immutable.
	traced log -e trace=openat -e inject=openat:error=EPERM:when="$NTH" \
		"$MCP" -r -j 1 s/. dir
	grep "O_TMPFILE.*INJECTED" log
	assert_equal "$(grep -c "[.]mcp-.*[.]tmp.*O_CREAT" log)" 1
	diff -r s dir
}

@test "no directory is read where files can be nameless" {
	requires_strace
	mkdir dir
	touch dir/something
	traced log -y -e trace=getdents64 "$MCP" -j 1 "$BIG" dir/copy
	refute grep -q "$PWD/dir>" log
}

@test "workers that die in a tree leave no hidden name" {
	requires_strace
	local i
	mount_poor dir
	for ((i = 0; i < 8; i++)); do
		mkdir -p tree/$i
		head -c 9M "$BIG" >tree/$i/file
	done
	for ((i = 0; i < 300; i++)); do
		echo "$i" >tree/$i.small
	done
	# The parent does not write any of them.
	run traced log -e trace=pwrite64,renameat2 \
		-e inject=pwrite64:signal=KILL:when=20 \
		"$MCP" -j 2 --engine=rw --chunk-size=64K -r tree dir
	assert_failure 1
	assert_output --partial "two workers died at it"
	grep -q 'killed by SIGKILL' log
	assert_equal "$(find dir -name '.mcp-*')" ""
}
