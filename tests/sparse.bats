#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --sparse: which zeros are holes afterwards, with every engine, as from cp.

load helper

# requires_holes: a file system that knows of them.
requires_holes() {
	truncate -s 1M probe
	[[ $(data_map probe) == "size 1048576" ]] ||
		skip "needs a file system with holes"
	rm probe
}

# data_at FILE BLOCK COUNT: COUNT blocks of 4 KiB that are not zero.
data_at() {
	dd if=/dev/urandom of="$1" bs=4096 seek="$2" count="$3" conv=notrunc \
		status=none
}

# zeros_at FILE: 300 KiB of zeros that are data.
zeros_at() {
	head -c 300K /dev/zero |
		dd of="$1" bs=4096 seek=600 conv=notrunc status=none
}

# A file of 3 MiB and one of 10, with holes and with zeros that are data.
make_sources() {
	local name mib both
	requires_holes
	for name in small:3 large:10; do
		mib=${name#*:}
		name=${name%:*}
		head -c "${mib}M" /dev/zero >"$name.zeros"
		truncate -s "${mib}M" "$name.holes"
		data_at "$name.holes" 10 3
		data_at "$name.holes" 500 1
		cp --sparse=never "$name.holes" "$name.dense"
		for both in both end; do
			cp "$name.holes" "$name.$both"
			zeros_at "$name.$both"
		done
		# No whole block at the end, of data and of zeros.
		cp "$name.dense" "$name.odd"
		printf 'x%5000s' "" | tr ' ' '\0' >>"$name.odd"
		printf x >>"$name.end"
	done
	random_file old 4M
	sync ./*
}

# make_theirs WHEN SOURCE: zeros between holes stay data with auto since cp 9.2,
# so that is done for older ones here.
make_theirs() {
	cp --sparse="$1" "$2" theirs
	[[ $1 == auto && $2 == *.both || $1 == auto && $2 == *.end ]] ||
		return 0
	zeros_at theirs
}

like_cp() {
	local when file
	for when in auto always never; do
		for file in ../small.* ../large.*; do
			file=${file##*/}
			make_theirs $when "../$file"
			copies --sparse=$when "../$file" new
			cp ../old onto
			copies --sparse=$when "../$file" onto
			sync theirs new onto
			same_as_theirs "--sparse=$when $file" new
			same_as_theirs "--sparse=$when $file, existing" onto
			rm theirs new onto
		done
	done
}

# same_as_theirs WHAT FILE
same_as_theirs() {
	cmp theirs "$2" || fail "$1" || return
	[[ $(data_map "$2") == "$(data_map theirs)" ]] ||
		fail "$1: data at $(data_map "$2"), from cp $(data_map theirs)"
}

@test "holes are where cp makes them, with every WHEN, engine and -j" {
	make_sources
	each_way like_cp
}

@test "on tmpfs they are, too, and the source keeps its own" {
	local before
	mount_tmpfs tmpfs 128M
	cd tmpfs
	make_sources
	before=$(stat -c '%n %b' large.* small.*)
	each_way like_cp
	assert_equal "$(stat -c '%n %b' large.* small.*)" "$before"
}

@test "a file of the largest size is copied onto another one" {
	mount_tmpfs tmpfs 8M
	truncate -s 9223372036854775807 tmpfs/large
	echo old >tmpfs/copy
	run timeout 60 "$MCP" tmpfs/large tmpfs/copy
	assert_success
	assert_output ""
	assert_equal "$(stat -c %s tmpfs/copy)" 9223372036854775807
	assert_equal "$(head -c 4 tmpfs/copy | od -An -tx1)" " 00 00 00 00"
}

@test "zeros out of a pipe become holes with always, and only then" {
	local when
	make_sources
	for when in auto always never; do
		cp --sparse=$when <(cat small.odd) theirs
		run "$MCP" --sparse=$when <(cat small.odd) ours
		assert_success
		assert_output ""
		sync theirs ours
		same_as_theirs "--sparse=$when" ours
		rm theirs ours
	done
}

@test "a destination that is no regular file gets the zeros" {
	make_sources
	"$MCP" --sparse=always small.holes /dev/stdout | cmp - small.holes
	"$MCP" --sparse=always small.holes /dev/stdout >redirected
	cmp redirected small.holes
	"$MCP" --sparse=always small.odd /dev/stdout >>redirected
	cat small.holes small.odd | cmp - redirected
}

@test "holes are not read" {
	requires_holes
	requires_strace
	requires_own_calls_only
	truncate -s 64G huge 2>/dev/null || skip "needs files of 64 GiB"
	data_at huge 1000 1
	data_at huge 9000000 200
	for when in auto always; do
		for way in "-j 1 --engine=rw" "-j 4 --engine=rw"; do
			read -ra WAY <<<"$way"
			run traced log -e trace=pread64,read,pwrite64 \
				"$MCP" "${WAY[@]}" --sparse=$when huge copy
			assert_success
			assert_output ""
			# 804 KiB, and what processes say to each other.
			(($(grep -c 'pread64(' log) < 40))
			assert_equal "$(data_map copy)" "$(data_map huge)"
			rm copy
		done
	done
}

@test "what takes no room in the source needs none to be copied" {
	mount_tmpfs tmpfs 8M
	truncate -s 1G tmpfs/source
	data_at tmpfs/source 100000 300
	in_little_room() {
		copies ../tmpfs/source ../tmpfs/copy
		cmp -n 10M -i 400M ../tmpfs/source ../tmpfs/copy
		(($(stat -c %b ../tmpfs/copy) <= 2400))
		copies --sparse=always ../tmpfs/source ../tmpfs/copy
		(($(stat -c %b ../tmpfs/copy) <= 2400))
		rm ../tmpfs/copy
	}
	each_way in_little_room
}

@test "never: a file whose zeros do not fit is refused, and the old one stays" {
	mount_tmpfs tmpfs 8M
	truncate -s 1G tmpfs/source
	echo old >tmpfs/copy
	no_room() {
		copy --sparse=never ../tmpfs/source ../tmpfs/copy
		assert_failure 1
		assert_output "mcp: error writing '../tmpfs/copy': No space left on device"
		assert_equal "$(cat ../tmpfs/copy)" old
	}
	each_way no_room
}

@test "a limit on file sizes is met by a hole at the end as by data" {
	requires_holes
	head -c 100K /dev/zero >zeros
	limited() {
		(
			ulimit -f 64
			copy --sparse=always ../zeros new
			assert_failure 1
			assert_output "mcp: error writing 'new': File too large"
		)
		[[ ! -e new ]]
	}
	each_way limited
}

@test "WHEN is checked in cp's words, and goes with no --reflink" {
	local arguments="Valid arguments are:
  - 'never'
  - 'auto'
  - 'always'
Try 'mcp --help' for more information."
	echo a >a
	copy --sparse=x a b
	assert_failure 1
	assert_output "mcp: invalid argument 'x' for '--sparse'
$arguments"
	copy --sparse=a a b
	assert_failure 1
	assert_output "mcp: ambiguous argument 'a' for '--sparse'
$arguments"
	for when in always never; do
		copy --reflink --sparse=$when a b
		assert_failure 1
		assert_output "mcp: --reflink can be used only with --sparse=auto
Try 'mcp --help' for more information."
		copies --reflink=auto --sparse=$when a b
		copies --sparse=$when --sparse=auto --reflink=never a b
	done
	copies --sparse=n a b
	copies --sparse=al a b
	copies --sparse=au a b
}
