#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Regular files: every byte, mode and hole arrives, in every way mcp copies.

load helper

PAGE=$(getconf PAGESIZE)

inode() {
	stat -c %i -- "$1"
}

# requires_holes: a file system that knows of them.
requires_holes() {
	truncate -s 1M probe
	[[ $(data_map probe) == "size 1048576" ]] ||
		skip "needs a file system with holes"
	rm probe
}

# write_at FILE OFFSET TEXT
write_at() {
	printf %s "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# Contents

lengths() {
	local size
	for size in "${SIZES[@]}"; do
		copies --chunk-size=$((4 * PAGE)) "../size.$size" "$size"
		cmp "../size.$size" "$size"
	done
}

@test "files of every length around a page and a chunk arrive whole" {
	local chunk=$((4 * PAGE)) size
	SIZES=(0 1 $((PAGE - 1)) "$PAGE" $((PAGE + 1))
		$((chunk - 1)) "$chunk" $((chunk + 1))
		$((3 * chunk)) $((6 * chunk + PAGE - 1)) $((8 * chunk + 1)))
	for size in "${SIZES[@]}"; do
		random_file "size.$size" "$size"
	done
	each_way lengths
}

@test "five workers share five pages and three bytes" {
	local engine
	random_file a $((5 * PAGE + 3))
	for engine in auto mmap rw; do
		copies -j 5 --engine=$engine a $engine
		same_file a $engine
		copies -j 5 --engine=$engine --chunk-size="$PAGE" a $engine.pages
		same_file a $engine.pages
	done
}

@test "more workers than pages, and more workers than chunks, do no harm" {
	random_file a $((3 * PAGE))
	copies -j 64 a few
	same_file a few
	copies -j 3 --chunk-size=1G a one
	same_file a one
}

whole() {
	copies ../big new
	same_file ../big new
	rm new
}

@test "a file of 40 MiB arrives whole" {
	random_file big 40M
	each_way whole
}

@test "a chunk size that does not divide the file leaves nothing out" {
	local pages
	random_file a $((101 * PAGE + 7))
	for pages in 1 3 7 64 101 102 1000; do
		copies -j 4 --chunk-size=$((pages * PAGE)) a b.$pages
		same_file a b.$pages
	done
}

@test "many chunks, many more than any window, arrive whole" {
	random_file a $((1500 * PAGE + 1))
	copies -j 4 --chunk-size="$PAGE" a b
	same_file a b
	copies -j 4 --chunk-size="$PAGE" --engine=rw a b
	same_file a b
}

other_file_system() {
	copies ../big ../tmpfs/copy
	same_file ../big ../tmpfs/copy
	copies ../tmpfs/copy back
	same_file ../big back
	copies ../big ../tmpfs/copy
	same_file ../big ../tmpfs/copy
	rm back ../tmpfs/copy
}

@test "another file system gets the same, and gives it back" {
	mount_tmpfs tmpfs 64M
	random_file big 9M
	each_way other_file_system
}

untouched() {
	local before
	before=$(stat -c '%Y %Z %s %a' ../a)
	copies ../a b
	assert_equal "$(stat -c '%Y %Z %s %a' ../a)" "$before"
	same_file ../a ../a.before
}

@test "the source stays as it is" {
	random_file a 100K
	cp a a.before
	each_way untouched
}

# Existing files

# rewritten OLD NEW
rewritten() {
	local before
	cp "../$1" b
	ln b link
	chmod 640 b
	before=$(stat -c '%i %a %h' b)
	copies --chunk-size=$((4 * PAGE)) "../$2" b
	cmp "../$2" b
	cmp b link
	assert_equal "$(stat -c '%i %a %h' b)" "$before"
}

@test "an existing file keeps its inode, its links and its mode" {
	: >empty
	random_file small 5
	random_file large $((40 * PAGE + 5))
	random_file other $((40 * PAGE + 5))
	random_file larger $((64 * PAGE + 1))
	each_way rewritten empty large
	each_way rewritten small large
	each_way rewritten other large
	each_way rewritten larger large
	each_way rewritten large small
	each_way rewritten large empty
}

large_onto() {
	cp ../old b
	copies ../new b
	same_file ../new b -holes
	cp ../new b
	copies ../old b
	same_file ../old b -holes
}

@test "a large file takes the place of a larger and of a smaller one" {
	random_file new 9M
	random_file old 11000001
	each_way large_onto
}

@test "an existing file that may be written but not read is copied to" {
	requires_user
	random_file a 100K
	write_only() {
		echo old >b
		chmod 200 b
		copies ../a b
		chmod 600 b
		same_file ../a b -mode
	}
	each_way --no-mmap write_only
}

@test "a mapping that is asked for but impossible leaves the file alone" {
	requires_user
	random_file a 100K
	no_mapping() {
		echo old >b
		chmod 200 b
		copy ../a b
		assert_failure 1
		assert_output "mcp: the engine asked for cannot copy '../a' to 'b': Permission denied"
		chmod 600 b
		assert_equal "$(cat b)" old
	}
	each_way --mmap no_mapping
}

# Where to

into() {
	mkdir d e f
	ln -s d link
	copies ../a d
	copies ../a e/
	copies ../a f///
	copies ../a link/b
	copies -T ../a new
	copies -T ../a new
	copies -t f ../b
	same_file ../a d/a
	same_file ../a e/a
	same_file ../a f/a
	same_file ../a d/b
	same_file ../a new
	same_file ../b f/b
}

@test "into a directory, with -t, with -T, through a link to a directory" {
	random_file a 100K
	random_file b 0
	each_way --auto into
}

several() {
	mkdir d e
	copies ../from/* d
	diff -r ../from d
	copies --target-directory=e ../from/*
	diff -r ../from e
}

@test "several sources go into a directory" {
	local i
	mkdir from
	for i in {1..20}; do
		random_file "from/$i" $((i * i * i * 97))
	done
	random_file from/large 9M
	: >from/empty
	each_way --auto several
}

one_fails() {
	mkdir d
	copy ../a none ../b d
	assert_failure 1
	assert_output "mcp: cannot stat 'none': No such file or directory"
	same_file ../a d/a
	same_file ../b d/b
}

@test "a source that cannot be copied does not keep the others from it" {
	random_file a 100K
	random_file b 10
	each_way --auto one_fails
}

@test "a name is a name: spaces, newlines, broken UTF-8, dashes, popt's own" {
	local name names=("two words" $'new\nline' $'bad\xff\xfeUTF-8'
		-dash --force - "!#:+" "a!#:+b" "'quoted'" "*" $'tab\t' "\\")
	mkdir from to1 to2
	for name in "${names[@]}"; do
		random_file "from/$name" 50
		copies -- "from/$name" to1
		same_file "from/$name" "to1/$name"
	done
	cd from
	copies --target-directory=../to2 -- "${names[@]}"
	for name in "${names[@]}"; do
		same_file "./$name" "../to2/$name"
	done
}

@test "a name as long as names can be is no problem" {
	local name
	name=$(printf '%0255d' 0)
	mkdir d
	random_file "$name" 9M
	copies -j 4 "$name" d
	same_file "$name" "d/$name"
}

# Links

through_links() {
	mkdir d
	echo old >d/real
	ln -s d/real link
	ln -s ../../a to_a
	ln -s to_a to_to_a
	mv to_a d/
	ln -s d/to_a to_a
	copies to_to_a link
	assert_equal "$(readlink link)" d/real
	same_file ../a d/real
	copies to_to_a new
	[[ ! -L new ]]
	same_file ../a new
}

@test "links are followed on both sides" {
	random_file a 100K
	each_way --auto through_links
}

dangling() {
	ln -s target link
	copy ../a link
	assert_failure 1
	assert_output "mcp: not writing through dangling symlink 'link'"
	copy -f ../a link
	assert_failure 1
	assert_output "mcp: not writing through dangling symlink 'link'"
	[[ ! -e target ]]
	POSIXLY_CORRECT=1 copies ../a link
	assert_equal "$(readlink link)" target
	same_file ../a target
	# It is a new file as any other.
	rm target
	(umask 022 && POSIXLY_CORRECT=1 copies --no-preserve=mode ../secret link)
	assert_equal "$(stat -c %a target)" 644
}

@test "a dangling link is written through for POSIXLY_CORRECT only" {
	random_file a 100K
	echo hidden >secret
	chmod 600 secret
	each_way --auto dangling
}

@test "a file made through a dangling link that cannot be written is incomplete" {
	echo some >a
	ln -s target link
	# shellcheck disable=SC2016 # the shell's own, there
	run env POSIXLY_CORRECT=1 bash -c 'ulimit -f 0; "$@" 2>&1 | cat' - \
		"$MCP" a link
	assert_output "mcp: error writing 'link': File too large\
 (destination left incomplete)"
	assert_file_empty target
}

@test "a file that standard output is keeps a part, which is said" {
	random_file a 3M
	# shellcheck disable=SC2016 # the shell's own, there
	run bash -c 'ulimit -f 2048; { "$@" >out; } 2>&1 | cat' - \
		"$MCP" a /dev/stdout
	assert_output "mcp: error writing '/dev/stdout': File too large\
 (destination left incomplete)"
	cmp -n $((2 * 1024 * 1024)) a out
}

one_name() {
	local option
	cp ../a a
	ln a other
	ln -s . here
	for option in --remove-destination -b "-b -f" "-P -b"; do
		for dest in here here/a ./here/here; do
			# shellcheck disable=SC2086 # several
			copy $option a $dest
			assert_failure 1
			assert_line --regexp "'a' and '.*/a' are the same file"
			same_file ../a a
		done
	done
}

@test "a file is not removed to be copied to its own name" {
	random_file a 100K
	each_way --auto one_name
}

# -f, -n, -v

force_loop() {
	ln -s loop loop
	copy ../a loop
	assert_failure 1
	assert_output "mcp: cannot stat 'loop': Too many levels of symbolic links"
	copies -f ../a loop
	[[ ! -L loop ]]
	same_file ../a loop
	ln -s there here
	ln -s here there
	copy -fv ../a here
	assert_success
	assert_output "'../a' -> 'here'
removed 'here'"
	[[ -L there ]]
}

@test "-f replaces a link that leads nowhere but to itself" {
	random_file a 100K
	each_way --auto force_loop
}

force_unopenable() {
	local inode mode
	for mode in 0 200 400; do
		echo old >b
		ln b other
		chmod $mode b
		inode=$(inode b)
		copies -f ../a b
		# Only what cannot be written to has to go.
		if ((mode == 200)); then
			assert_equal "$(inode b)" "$inode"
			chmod 644 b
		else
			[[ $(inode b) != "$inode" ]]
			chmod 400 other
			assert_equal "$(cat other)" old
		fi
		same_file ../a b
		rm -f b other
	done
}

@test "-f replaces a file that cannot be opened, and no other" {
	requires_user
	random_file a 100K
	each_way --no-mmap force_unopenable
}

force_running() {
	cp "$(type -P sleep)" busy
	spawn ./busy 1000
	wait_until test "/proc/$!/exe" -ef busy
	copy ../a busy
	assert_failure 1
	assert_output "mcp: cannot create regular file 'busy': Text file busy"
	copies -f ../a busy
	same_file ../a busy
	kill $!
}

@test "-f replaces a program that is running" {
	random_file a 100K
	chmod 755 a
	each_way --auto force_running
}

force_needless() {
	local inode
	echo old >b
	inode=$(inode b)
	copies -f ../a b
	assert_equal "$(inode b)" "$inode"
	same_file ../a b
}

@test "-f rewrites in place what can be opened" {
	random_file a 100K
	each_way --auto force_needless
}

no_clobber() {
	mkdir d
	echo old >d/a
	touch -d 2001-01-01 d/a
	copies -n ../a d/a
	copies -nf ../a d/a
	copies -fn ../a d/a
	copies -n ../a ../b d
	assert_equal "$(cat d/a)" old
	assert_equal "$(stat -c %y d/a | cut -c1-10)" 2001-01-01
	same_file ../b d/b
	# Not even a word about what would be wrong otherwise.
	copies -n ../a ../a
	ln -s ../../a d/same
	copies -n ../a d/same
	mkdir d/dir
	copies -nT ../a d/dir
}

@test "-n leaves alone what is there, and says nothing" {
	random_file a 100K
	random_file b 10
	each_way --auto no_clobber
}

verbose() {
	mkdir d
	copy -v ../a new
	assert_success
	assert_output "'../a' -> 'new'"
	copy -v ../a "../it's" d/
	assert_success
	assert_output "'../a' -> 'd/a'
\"../it's\" -> \"d/it's\""
	copy -v ../a none d
	assert_failure 1
	assert_line -n 0 "'../a' -> 'd/a'"
	assert_line -n 1 "mcp: cannot stat 'none': No such file or directory"
	copy -nv ../a d
	assert_success
	assert_output ""
}

@test "-v says what is copied where, and only that" {
	random_file a 100K
	random_file "it's" 10
	each_way --auto verbose
}

@test "-v says what -f removed" {
	requires_user
	echo new >a
	echo old >b
	chmod 400 b
	copy -fv a b
	assert_success
	assert_output "'a' -> 'b'
removed 'b'"
}

# Modes

# modes_of DIR: of the files in it.
modes_of() {
	(cd "$1" && stat -c '%a %n' -- *)
}

new_modes() {
	local mask
	for mask in 000 022 077 777; do
		mkdir $mask
		umask $mask
		copies ../from/* $mask
		umask 022
		assert_equal "$(modes_of $mask)" "${THEIRS[$mask]}"
	done
}

@test "a new file gets the source's mode less the umask, as from cp" {
	local mask mode
	local -A THEIRS
	mkdir from
	for mode in 000 400 444 600 640 644 666 755 777 1644 2755 4755 6777; do
		# What nobody but root can read is for root only.
		((EUID == 0 || (8#$mode & 8#400))) || continue
		echo new >from/$mode
		chmod $mode from/$mode
	done
	for mask in 000 022 077 777; do
		mkdir $mask
		(umask $mask && cp from/* $mask)
		THEIRS[$mask]=$(modes_of $mask)
	done
	each_way new_modes
}

existing_modes() {
	cp -a ../old ours
	copies ../from/* ours
	assert_equal "$(modes_of ours)" "$EXPECTED"
}

@test "an existing file keeps its mode, and set-id bits as from cp" {
	local mode
	mkdir from old
	for mode in 600 644 666 1777 2755 2745 4755 6755; do
		random_file from/$mode 100K
		chmod 6755 from/$mode
		echo old >old/$mode
		chmod $mode old/$mode
	done
	cp -a old theirs
	cp from/* theirs
	EXPECTED=$(modes_of theirs)
	each_way existing_modes
}

inherits_acl() {
	mkdir d
	default_acl d
	(umask 077 && cp ../a d/theirs)
	umask 077
	copies ../a d/ours
	umask 022
	assert_equal "$(stat -c %a d/ours)" "$(stat -c %a d/theirs)"
	assert_equal "$(access_acl d/ours)" "$(access_acl d/theirs)"
	# The umask does not count where a default ACL does.
	assert_equal "$(stat -c %a d/ours)" 664
}

# default_acl DIR: user::rwx, user:1:rwx, group::r-x, mask::rwx, other::r--.
default_acl() {
	# shellcheck disable=SC2016 # Perl's own
	perl -e '
		my %setxattr = (x86_64 => 188, i686 => 226, aarch64 => 5,
				riscv64 => 5, loongarch64 => 5, ppc64le => 209,
				s390x => 224, armv7l => 226);
		chomp(my $machine = `uname -m`);
		my $number = $setxattr{$machine} // exit 3;
		my ($name, $dir) = ("system.posix_acl_default", $ARGV[0]);
		my $acl = pack("V", 2);
		$acl .= pack("vvV", @$_) for [1, 7, ~0], [2, 7, 1], [4, 5, ~0],
					     [16, 7, ~0], [32, 4, ~0];
		exit(syscall($number, $dir, $name, $acl, length($acl), 0) != 0);
		' -- "$1" || skip "needs a file system with ACLs"
}

# The bytes of FILE's ACL; nothing when it has none.
access_acl() {
	# shellcheck disable=SC2016 # Perl's own
	perl -e '
		my %getxattr = (x86_64 => 191, i686 => 229, aarch64 => 8,
				riscv64 => 8, loongarch64 => 8, ppc64le => 212,
				s390x => 227, armv7l => 229);
		chomp(my $machine = `uname -m`);
		my ($name, $file) = ("system.posix_acl_access", $ARGV[0]);
		my $acl = "\0" x 1024;
		my $got = syscall($getxattr{$machine}, $file, $name, $acl, 1024);
		print unpack("H*", substr($acl, 0, $got)) if $got > 0;
		' -- "$1"
}

@test "a default ACL of the directory rules, whatever the umask" {
	random_file a 100K
	chmod 664 a
	each_way --auto inherits_acl
}

inherits_group() {
	mkdir d
	chgrp "$GROUP" d
	chmod 2755 d
	copies ../a d
	copies ../a d/new
	assert_equal "$(stat -c '%g %a' d/a d/new)" "$GROUP 755
$GROUP 755"
}

@test "a set-gid directory hands its group on, and no set-gid bit" {
	local groups
	read -ra groups < <(id -G)
	GROUP=${groups[-1]}
	((EUID)) || GROUP=1
	random_file a 100K
	chmod 6755 a
	each_way --auto inherits_group
}

# Holes

# The same data where the same data is, and no blocks for anything else.
same_holes() {
	cmp "../$1" "$2"
	assert_equal "$(data_map "$2")" "${MAP[$1]}"
}

sparse() {
	local name
	for name in holes empty end many; do
		copies "../$name" "$name"
		same_holes "$name" "$name"
	done
	for name in holes end; do
		cp ../full onto
		copies "../$name" onto
		same_holes "$name" onto
	done
}

@test "holes stay holes, between data, at the end, all over" {
	local i name
	local -A MAP
	requires_holes
	truncate -s 3M holes
	for i in 0 1000000 2500000; do
		write_at holes $i "data at $i"
	done
	truncate -s 20M empty
	random_file end 10K
	truncate -s 9000001 end
	truncate -s $((400 * PAGE)) many
	for ((i = 3; i < 400; i += 9)); do
		write_at many $((i * PAGE + 11)) $i
	done
	random_file full 4M
	for name in holes empty end many; do
		MAP[$name]=$(data_map $name)
	done
	each_way sparse
}

far_apart() {
	copies ../sparse copy
	cmp ../sparse copy
	sync copy
	(($(stat -c %b copy) <= $(stat -c %b ../sparse) + 64))
}

# Asking for huge pages in the mapping of the destination once made 2 MiB of
# data of each of these bytes (ext4 since Linux 6.16).
@test "bytes far apart from each other take no more room than before" {
	local i
	requires_holes
	truncate -s 64M sparse
	for i in 5 12 33 50; do
		write_at sparse $((i * 1048576 + 500000)) x
	done
	sync sparse
	each_way far_apart
}

up_to_the_hole() {
	copies ../sparse copy
	cmp ../sparse copy
	sync copy
	(($(stat -c %b copy) <= $(stat -c %b ../sparse) + 256))
}

# The kernel reads a second huge page ahead, and behind the data it was filled.
@test "a hole behind more than a huge page of data stays one" {
	requires_holes
	truncate -s 40M sparse
	dd if=/dev/urandom of=sparse bs=4K seek=2869 count=900 conv=notrunc \
		iflag=fullblock status=none
	sync sparse
	each_way up_to_the_hole
}

# Reading ahead is done in folios that grow, those of the copies before counting,
# and the last one was filled: of 60 copies 10, by 36 KiB to 1.3 MiB.
@test "a hole behind data of any size stays one, time after time" {
	local i
	mount_tmpfs ram 200M
	cd ram
	mount_image ext4 ext4 150
	truncate -s 34000000 ext4/sparse
	dd if=/dev/urandom of=ext4/sparse bs=4K seek=3379 count=18 \
		conv=notrunc status=none
	dd if=/dev/urandom of=ext4/sparse bs=4K seek=4773 count=1058 \
		iflag=fullblock conv=notrunc status=none
	sync ext4/sparse
	for ((i = 0; i < 30; i++)); do
		"$MCP" -j 4 --engine=mmap ext4/sparse ext4/copy
		assert_equal "$(stat -c %b ext4/copy)" \
			"$(stat -c %b ext4/sparse)"
		rm ext4/copy
	done
}

@test "zeros that are data stay data" {
	requires_holes
	head -c 9M /dev/zero >zeros
	dense() {
		copies ../zeros copy
		same_file ../zeros copy
	}
	each_way dense
}

@test "a sparse file far larger than the disk is copied" {
	requires_holes
	truncate -s 8T huge 2>/dev/null || skip "needs files of 8 TiB"
	write_at huge 5000000000 "far out"
	far() {
		copies ../huge copy
		assert_equal "$(data_map copy)" "$(data_map ../huge)"
		assert_equal "$(dd if=copy bs=1 skip=5000000000 count=7 \
			status=none)" "far out"
		rm copy
	}
	each_way --auto far
}

# Files that are made when they are read

made_up() {
	copies "$FILE" new
	cmp "$FILE" new
	assert_equal "$(stat -c %a new)" "$(stat -c %a "$FILE")"
	cp ../big old
	copies "$FILE" old
	cmp "$FILE" old
}

@test "files of /proc and /sys, whatever size they claim, are read to their end" {
	random_file big 10K
	for FILE in /proc/version /proc/sys/kernel/ostype /proc/filesystems \
		/sys/devices/system/cpu/online; do
		[[ -r $FILE && -s $FILE || $FILE == /proc/* ]] || continue
		each_way --no-mmap made_up
	done
}

@test "a mapping of such a file is refused, and nothing is touched" {
	refused() {
		echo old >b
		for FILE in /proc/version /sys/devices/system/cpu/online; do
			[[ -r $FILE ]] || continue
			copy "$FILE" b
			assert_failure 1
			assert_output "mcp: the engine asked for cannot copy '$FILE' to 'b': No such device"
			copy "$FILE" new
			assert_failure 1
		done
		assert_equal "$(ls -A)" b
		assert_equal "$(cat b)" old
	}
	each_way --mmap refused
}
