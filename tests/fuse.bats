#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Targets and sources that lack what a good file system has, as USB sticks and
# network servers do, or that fail: tests/poorfs stands in for them.

bats_require_minimum_version 1.5.0
load helper

setup_file() {
	export FILES=$BATS_FILE_TMPDIR/files TREE=$BATS_FILE_TMPDIR/tree
	mkdir "$FILES" "$TREE"
	: >"$FILES/empty"
	head -c 1000 /dev/urandom >"$FILES/small"
	head -c 3000001 /dev/urandom >"$FILES/odd"
	head -c 12M /dev/urandom >"$FILES/large"
	truncate -s 40M "$FILES/holes"
	printf end >>"$FILES/holes"

	mkdir -p "$TREE"/{a/b/c,closed,many}
	for ((i = 0; i < 300; i++)); do
		echo "$i" >"$TREE/many/$i"
	done
	cp "$FILES"/{small,large} "$TREE/a/b"
	echo one >"$TREE/a/one"
	chmod 4755 "$TREE/a/one"
	ln "$TREE/a/one" "$TREE/a/two"
	ln -s one "$TREE/a/link"
	ln -s no/where "$TREE/a/dangling"
	mkfifo "$TREE/a/fifo"
	echo attributes >"$TREE/a/attributes"
	setfattr -n user.colour -v blue "$TREE/a/attributes" || :
	if ((EUID == 0)); then
		chown 12:34 "$TREE/a/b/small"
	fi
	chmod 500 "$TREE/closed"
	touch -d 2001-02-03 "$TREE/a/one" "$TREE/many"
}

teardown_file() {
	chmod 700 "$BATS_FILE_TMPDIR/tree/closed"
}

# All that can be lacking.
BARE=nolink,norename2,noxattr,nofallocate,nomap,noowner,nonodes

# assert_no_leftovers DIR: no temporary name is anywhere below.
assert_no_leftovers() {
	assert_equal "$(find "$1" -name '.mcp-*')" ""
}

# copy_files DIR OPTION...: each of FILES to DIR by mcp with OPTIONs.
copy_files() {
	local dir=$1 file
	shift
	for file in "$FILES"/*; do
		echo "mcp $* ${file##*/}"
		run "$MCP" "$@" "$file" "$dir/"
		assert_success
		assert_output ""
		cmp "$file" "$dir/${file##*/}"
		# And once more, over what is there now.
		run "$MCP" "$@" "$file" "$dir/"
		assert_success
		assert_output ""
		cmp "$file" "$dir/${file##*/}"
		rm "$dir/${file##*/}"
	done
	assert_equal "$(ls -A "$dir")" ""
}

@test "a file is copied to a target that lacks everything" {
	local jobs engine
	mount_poor dir $BARE
	for jobs in 1 4; do
		for engine in auto rw direct; do
			copy_files dir -j $jobs --engine=$engine
		done
	done
}

@test "a file is copied to a target that lacks one thing" {
	local switch
	for switch in nolink norename2 nofallocate nomap noextend; do
		mount_poor $switch $switch
		copy_files $switch -j 1
		copy_files $switch -j 4
	done
}

@test "an engine that a target cannot serve says so, and leaves nothing" {
	local engine jobs reason
	mount_poor dir $BARE
	for jobs in 1 4; do
		for engine in mmap cfr clone; do
			reason="Invalid cross-device link"
			[[ $engine != mmap ]] || reason="No such device"
			run "$MCP" -j $jobs --engine=$engine "$FILES/large" dir
			assert_failure 1
			assert_output "mcp: the engine asked for cannot copy\
 '$FILES/large' to 'dir/large': $reason"
			assert_equal "$(ls -A dir)" ""
		done
	done
}

# read(2) gives less than was asked for there, and that was taken for the end.
@test "of a file that says too little of its size all is copied" {
	local jobs
	mount_poor dir nomap,claim=4096,piece=10000
	random_file dir.files/file 50000
	for jobs in 1 2; do
		"$MCP" -j $jobs dir/file copy
		cmp dir.files/file copy
		"$MCP" -j $jobs dir/file copy
		cmp dir.files/file copy
		"$MCP" -j $jobs -r dir tree
		cmp dir.files/file tree/file
		rm -r copy tree
	done
}

# That is how fusefat is. All files from 1 MiB on failed there.
@test "an engine that must make a file larger first says that it cannot" {
	local jobs
	mount_poor dir noextend
	for jobs in 1 4; do
		run "$MCP" -j $jobs --engine=mmap "$FILES/large" dir
		assert_failure 1
		assert_output "mcp: the engine asked for cannot copy\
 '$FILES/large' to 'dir/large': Operation not permitted"
		assert_equal "$(ls -A dir)" ""
	done
}

@test "a target whose files can be mapped is written by mapping" {
	local jobs
	mount_poor dir nolink,noxattr
	for jobs in 1 4; do
		copy_files dir -j $jobs --engine=mmap
	done
}

@test "a file is copied from there, by every engine" {
	local jobs engine file
	mount_poor dir nolink,noxattr,nofallocate
	mount_poor unmapped $BARE
	cp "$FILES"/* dir.files
	cp "$FILES"/* unmapped.files
	for jobs in 1 4; do
		for engine in auto rw mmap direct; do
			for file in "$FILES"/*; do
				echo "-j $jobs --engine=$engine ${file##*/}"
				"$MCP" -j $jobs --engine=$engine \
					"dir/${file##*/}" copy
				cmp "$file" copy
				rm copy
				[[ $engine != mmap ]] || continue
				"$MCP" -j $jobs --engine=$engine \
					"unmapped/${file##*/}" copy
				cmp "$file" copy
				rm copy
			done
		done
	done
}

# What stands in for a file without a name.  It is tried on an empty one.

@test "where no file can be without a name, a hidden one is renamed" {
	local jobs
	mount_poor dir
	for jobs in 1 4; do
		: >dir.log
		"$MCP" -j $jobs "$FILES/large" dir/copy
		cmp "$FILES/large" dir/copy
		run grep -E '^(create|rename2)' dir.log
		assert_line --index 0 --regexp \
			'^create /\.mcp-[0-9a-f]+(-[0-9a-f]+){4}\.tmp : done$'
		assert_line --index 2 --regexp \
			'^rename2 /\.mcp-[-0-9a-f]*\.tmp /copy: done$'
		rm dir/copy
		assert_equal "$(ls -A dir)" ""
	done
}

@test "where it cannot be renamed without replacing, it is linked" {
	local jobs
	mount_poor dir norename2
	for jobs in 1 4; do
		: >dir.log
		"$MCP" -j $jobs "$FILES/large" dir/copy
		cmp "$FILES/large" dir/copy
		grep -q '^rename2 .*: Invalid argument$' dir.log
		grep -q '^link /\.mcp-.*\.tmp /copy: done$' dir.log
		rm dir/copy
		assert_equal "$(ls -A dir)" ""
	done
}

@test "where neither can be done, it has its name from the first" {
	local jobs
	mount_poor dir norename2,nolink
	for jobs in 1 4; do
		: >dir.log
		"$MCP" -j $jobs "$FILES/large" dir/copy
		cmp "$FILES/large" dir/copy
		grep -q '^rename2 .*: Invalid argument$' dir.log
		grep -q '^link .*: Operation not permitted$' dir.log
		grep -q '^create /copy : done$' dir.log
		rm dir/copy
		assert_equal "$(ls -A dir)" ""
	done
}

# Trees, as cp copies them

# snapshot DIR: what is there, with all that cp may keep.
snapshot() {
	(
		cd "$1" || exit
		find . \( -type d -printf '%P d %m %U:%G' -o \
			-printf '%P %y %m %U:%G %n %s %l' \) -printf ' %T@\n' |
			sort
		find . -type f -exec cksum {} + | sort -k 3
		getfattr -R -h -d . 2>/dev/null || :
	)
}

# one_name FILE: FILE, sorted, where all names of a file of $TREE are one.
one_name() {
	local names
	names=$(find "$TREE" ! -type d -links +1 -printf '%i %P\n' |
		sed 's,^\([0-9]*\) \(.*\),s|\2\\b|name-of-\1|g,')
	[[ -n $names ]] || return
	sed "$names" "$1" | sort
}

# as_cp SWITCHES OPTION...: the tree, copied with OPTIONs to a target that lacks
# things, by cp and by mcp alone and with workers: the same status, lines and
# files.  What mcp says is in cp.err, and its status in STATUS.
as_cp() {
	local switches=$1 jobs status
	local same=cat
	shift
	echo "$switches: $*"
	# cp makes a directory as it is in the source, and then cannot open it
	# to itself; mcp makes it open, and then cannot close it.
	chmod 500 "$TREE/closed"
	[[ $switches != *noowner* ]] || chmod 755 "$TREE/closed"
	mount_poor dir "$switches"
	STATUS=0
	cp "$@" "$TREE" dir/tree 2>cp.raw || STATUS=$?
	sed 's/^cp: /mcp: /' cp.raw | sort >cp.err
	snapshot dir/tree >cp.tree
	rm -rf dir/tree
	for jobs in 1 4; do
		# Workers meet the names of a file in any order, and only the
		# first can be had where there are no links.
		[[ $jobs$switches != 4*nolink* ]] || same=one_name
		status=0
		"$MCP" -j $jobs "$@" "$TREE" dir/tree 2>mcp.err || status=$?
		assert_equal "$status" "$STATUS"
		sort -o mcp.err mcp.err
		diff <($same cp.err) <($same mcp.err)
		snapshot dir/tree >mcp.tree
		times_aside cp.tree "$@" >cp.aside
		times_aside mcp.tree "$@" >mcp.aside
		diff <($same cp.aside) <($same mcp.aside)
		assert_no_leftovers dir
		rm -rf dir/tree
	done
	umount dir 2>/dev/null || fusermount3 -u dir
	rm -r dir.files
}

# times_aside FILE OPTION...: FILE, without times where OPTIONs do not keep them.
times_aside() {
	case "$*" in
	*-a* | *=all* | *=timestamps*) cat "$1" ;;
	*) sed 's/ [0-9.]*$//' "$1" ;;
	esac
}

@test "trees are copied as cp copies them: -r" {
	local switches
	for switches in nolink,norename2 noxattr noowner nonodes nomap $BARE; do
		as_cp "$switches" -r
	done
}

@test "trees are copied as cp copies them: -a" {
	local switches
	for switches in nolink,norename2 noxattr noowner nonodes nomap $BARE; do
		as_cp "$switches" -a
	done
}

@test "attributes that are not to be had are no error for -a" {
	getfattr -n user.colour "$TREE/a/attributes" >/dev/null 2>&1 ||
		skip "needs extended attributes"
	as_cp noxattr -a
	assert_equal "$STATUS" 0
	assert_equal "$(<cp.err)" ""
}

@test "what was asked for by name is an error: --preserve" {
	local wanted
	for wanted in xattr all ownership mode links timestamps; do
		as_cp noxattr -r --preserve=$wanted
	done
	for wanted in ownership mode all links; do
		as_cp nolink,noowner -r --preserve=$wanted
	done
	getfattr -n user.colour "$TREE/a/attributes" >/dev/null 2>&1 ||
		skip "needs extended attributes"
	as_cp noxattr -r --preserve=xattr
	assert_equal "$STATUS" 1
	grep -q "a/attributes': Operation not supported$" cp.err
}

# Limits and faults

@test "a file that is too large for the target is an error, and others come" {
	local jobs engine
	mount_poor dir most=5000000
	for jobs in 1 4; do
		for engine in auto rw; do
			run "$MCP" -j $jobs --engine=$engine -r "$FILES" dir/to
			assert_failure 1
			assert_line "mcp: error writing 'dir/to/large': File too large"
			assert_line "mcp: error writing 'dir/to/holes': File too large"
			assert_equal "${#lines[@]}" 2
			assert_equal "$(ls -A dir/to)" $'empty\nodd\nsmall'
			cmp "$FILES/odd" dir/to/odd
			rm -r dir/to
		done
	done
}

# assert_read_error OPTION...: "large", sick from 8 MiB on, is not copied.
assert_read_error() {
	echo "mcp $*"
	rm -rf to
	run "$MCP" "$@" dir/files to
	assert_failure 1
	assert_output \
		"mcp: error reading 'dir/files/large': Input/output error"
	assert_equal "$(ls -A to)" $'empty\nholes\nodd\nsmall'
	cmp "$FILES/odd" to/odd
}

@test "a read error is said, whatever reads" {
	local jobs engine
	mount_poor dir sick=large,after=8388608
	cp -r "$FILES" dir.files/files
	for jobs in 1 4; do
		assert_read_error -r -j $jobs
		for engine in rw mmap direct; do
			assert_read_error -r -j $jobs --engine=$engine
		done
	done
	grep -q '^read /files/large : Input/output error$' dir.log
}

@test "a read error under a mapping is its real errno, and never zeros" {
	local jobs
	# Not EIO: what a SIGBUS alone would be taken for.
	mount_poor dir sick=large,after=8388608,errno=123
	cp "$FILES/large" dir.files
	for jobs in 1 4; do
		run "$MCP" -j $jobs --engine=mmap dir/large copy
		assert_failure 1
		assert_output \
			"mcp: error reading 'dir/large': No medium found"
		assert_file_not_exist copy
		echo old >existing
		run "$MCP" -j $jobs --engine=mmap dir/large existing
		assert_failure 1
		assert_output "mcp: error reading 'dir/large': No medium found\
 (destination left incomplete)"
		# What is in place is the source's.
		cmp -n "$(stat -c %s existing)" existing "$FILES/large"
		(($(stat -c %s existing) <= 8388608))
	done
}

@test "a read error after a fault that nobody expected is the same" {
	requires_strace
	local jobs
	mount_poor dir sick=large,after=8388608
	cp "$FILES/large" dir.files
	for jobs in 1 4; do
		run traced log -e trace=madvise -e inject=madvise:error=EINVAL \
			"$MCP" -j $jobs --engine=mmap dir/large copy
		assert_failure 1
		assert_output \
			"mcp: error reading 'dir/large': Input/output error"
		grep -q 'SIGBUS {' log
		assert_file_not_exist copy
	done
}

@test "a write error leaves nothing new, and says what is incomplete" {
	local jobs engine
	mount_poor new sick=.mcp-*,after=8388608,errno=28,nomap
	mount_poor dir sick=large,after=8388608,errno=28,nomap
	for jobs in 1 4; do
		for engine in auto rw direct; do
			run "$MCP" -j $jobs --engine=$engine "$FILES/large" new
			assert_failure 1
			assert_output "mcp: error writing 'new/large':\
 No space left on device"
			assert_equal "$(ls -A new)" ""
			echo old >dir/large
			run "$MCP" -j $jobs --engine=$engine "$FILES/large" dir
			assert_failure 1
			assert_output "mcp: error writing 'dir/large':\
 No space left on device (destination left incomplete)"
			(($(stat -c %s dir/large) <= 8388608))
			cmp -n "$(stat -c %s dir/large)" dir/large \
				"$FILES/large"
			rm dir/large
		done
	done
}

@test "in a tree a write error costs the file that it hits" {
	local jobs
	mount_poor dir sick=odd,after=524288,nomap
	cp -a "$FILES" from
	# So that it is written under its name.
	truncate -s 900K from/odd
	for jobs in 1 4; do
		run "$MCP" -j $jobs -r from dir/to
		assert_failure 1
		assert_output "mcp: error writing 'dir/to/odd':\
 Input/output error"
		assert_equal "$(ls -A dir/to)" $'empty\nholes\nlarge\nsmall'
		cmp "$FILES/large" dir/to/large
		rm -r dir/to
	done
}
