#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --fsync: exit status 0 means that all of it is on the disk.

bats_require_minimum_version 1.5.0
load helper

# make_tree DIR: every kind of entry, and enough of them for workers.
make_tree() {
	local i
	mkdir -p "$1"/{a/b/c,many,empty}
	for ((i = 0; i < 300; i++)); do
		echo "$i" >"$1/many/$i"
	done
	: >"$1/a/nothing"
	random_file "$1/a/b/small" 5000
	random_file "$1/a/b/large" 9M
	truncate -s 2M "$1/a/b/c/holes"
	echo end >>"$1/a/b/c/holes"
	echo one >"$1/a/one"
	ln "$1/a/one" "$1/a/two"
	ln -s one "$1/a/link"
	mkfifo "$1/a/fifo"
	chmod 500 "$1/a/b/c"
}

# trace_fsync ARGUMENT...: mcp --fsync, every change that it makes in the log.
trace_fsync() {
	local calls=fsync,openat,mkdirat,linkat,symlinkat,mknodat,renameat2
	calls+=',?mkdir,?link,?symlink,?mknod,?renameat,write,pwrite64'
	calls+=,copy_file_range,ftruncate,fallocate,fchown,fchmod,utimensat
	calls+=,fsetxattr
	traced log -y -s 300 -e trace="$calls" \
		"$MCP" --fsync "$@"
}

# assert_durable DIR...: of what is at or below DIR, every regular file was
# written back after its last change and, if it had none, before it got its name,
# and every directory after its last name.
assert_durable() {
	# shellcheck disable=SC2016 # Perl's own
	perl -e '
		use File::Find;
		my (%created, %changed, %synced, %nameless, %hidden, %inode,
			$line);
		sub directory { return $_[0] =~ m|^(.*)/[^/]+$| ? $1 : "."; }
		sub named { # PATH came into being
			my ($path) = @_;
			$path =~ s|/+$||;
			$created{$path} = $changed{directory($path)} = $line;
		}
		open(my $log, "<", "log") or die;
		while (<$log>) {
			$line = $.;
			next if / = -1 / || /resumed>/;
			my ($pid) = /^(\d+)/;
			if (/ fsync\((\d+)<(.*?)>(\(deleted\))?/) {
				$synced{$2} = $line;
				$nameless{"$pid:$1"} = $line if $3;
			} elsif (m|linkat\(.*"/proc/self/fd/(\d+)", \d+<(.*?)>, "([^"]*)"|) {
				my ($name, $synced) =
					("$2/$3", delete $nameless{"$pid:$1"});
				if ($name =~ m|/\.mcp-|) { # a trial, or renamed
					$hidden{$name} = $synced;
					next;
				}
				die "$name has a name too soon\n" unless $synced;
				named($name);
				$synced{$name} = $line;
			} elsif (m|renameat\(\d+<(.*?)>, "(\.mcp-.*?)", \d+<(.*?)>, "(.*?)"| &&
				 exists $hidden{"$1/$2"}) {
				my ($from, $to) = ("$1/$2", "$3/$4");
				die "$to has a name too soon\n"
					unless delete $hidden{$from};
				named($to);
				$synced{$to} = $line;
			} elsif (/ (?:mkdirat|mknodat|openat)\(\d+<(.*?)>, "([^"]*)"(.*)/) {
				named("$1/$2")
					if $3 =~ /O_CREAT/ || !/ openat/;
			} elsif (/ (?:linkat|symlinkat|renameat2?)\(.*\d+<(.*?)>, "([^"]*)"/) {
				named("$1/$2");
			} elsif (/ (?:mkdir|symlink|mknod|link)\((?:"[^"]*", )?"([^"]*)"/ ||
				 / (?:mkdirat|mknodat|openat)\(AT_FDCWD[^,]*, "([^"]*)", .*(?:O_CREAT|0\d\d\d)/) {
				named($1) if $1 =~ m|^/|;
			} elsif (/ (?:p?write(?:64)?|ftruncate|fallocate|fchown|fchmod|fsetxattr|utimensat)\(\d+<(.*?)>/) {
				$changed{$1} = $line;
			}
		}
		die "nothing in the log\n" unless $line;
		sub look {
			my $path = $File::Find::name;
			my ($dev, $ino, $mode) = lstat($path);
			return unless -d _ || -f _;
			my $last = $changed{$path} // 0;
			my $ok = ($synced{$path} // 0) > $last;
			$inode{$ino} //= [$path] if -f _;
			push(@{$inode{$ino}}, "synced") if -f _ && $ok;
			die "$path (changed in line $last) was not written back\n"
				if -d _ && !$ok;
		}
		find({ wanted => \&look, no_chdir => 1 }, @ARGV);
		for (values %inode) {
			die "$$_[0] was not written back\n"
				unless grep { $_ eq "synced" } @$_;
		}
		' -- "$@"
}

@test "files are written back before they count, directories in the end" {
	requires_strace
	local jobs option
	make_tree tree
	for jobs in 1 4; do
		for option in -r -a "-r --engine=mmap" "-r --reflink=never" \
			"-r --attributes-only"; do
			echo "-j $jobs $option"
			mkdir "$PWD/to"
			# shellcheck disable=SC2086 # a list
			trace_fsync -j $jobs $option tree "$PWD/to/tree"
			assert_durable "$PWD/to"
			[[ $option == *only* ]] || diff -r --no-dereference \
				-x fifo tree to/tree
			chmod -R u+w to
			rm -r to
		done
	done
}

@test "so are files and directories that were there" {
	requires_strace
	local jobs option
	make_tree tree
	for jobs in 1 4; do
		for option in "" --remove-destination "--backup=numbered" -u -f; do
			echo "-j $jobs $option"
			mkdir "$PWD/to"
			cp -r tree to
			chmod -R u+w to
			find to -type f -exec truncate -s 3 {} +
			find to -exec touch -h -d 2001-02-03 {} +
			rm -f to/tree/a/fifo to/tree/a/link
			# shellcheck disable=SC2086 # a list
			trace_fsync -j $jobs -r $option tree "$PWD/to"
			[[ $option == --backup* ]] || assert_durable "$PWD/to"
			cmp tree/a/b/large to/tree/a/b/large
			rm -r to
		done
	done
}

@test "a file of all workers is written back once it is whole" {
	requires_strace
	random_file big 33M
	mkdir tree "$PWD/to"
	mv big tree
	cp "$MCP" tree/mcp
	trace_fsync -j 4 tree/big "$PWD/to/big"
	assert_durable "$PWD/to"
	cmp tree/big to/big
	for ((i = 0; i < 300; i++)); do
		echo "$i" >tree/$i
	done
	rm to/big
	trace_fsync -j 4 -r --reflink=never tree "$PWD/to"
	assert_durable "$PWD/to"
	diff -r tree to/tree
}

@test "so are directories that --parents makes, and those above them" {
	requires_strace
	mkdir -p s/a/b s/c to
	echo 1 >s/a/1
	echo 2 >s/a/b/2
	echo 3 >s/c/3
	trace_fsync --parents s/a/1 s/a/b/2 s/c/3 "$PWD/to"
	assert_durable "$PWD/to"
	diff -r s to/s
	rm -r to/s
	trace_fsync -a --parents s/a/1 s/a/b s/c/3 "$PWD/to"
	assert_durable "$PWD/to"
	diff -r s to/s
}

@test "links, devices and FIFOs are durable with their directory" {
	requires_strace
	local option
	ln -s nowhere link
	mkfifo fifo
	echo text >file
	for option in -d -l -s; do
		mkdir "$PWD/to"
		case $option in
		-d) set -- link fifo ;;
		*) set -- "$PWD/file" ;;
		esac
		trace_fsync -R $option "$@" "$PWD/to"
		# The last call is that for the directory, but for valgrind's.
		grep -vF /memcheck/ log | tail -n 1 >last
		run cat last
		assert_output --regexp "fsync\([0-9]+<$PWD/to>\) += 0"
		rm -r to
	done
}

@test "an open file is written back, and what cannot be is not" {
	requires_strace
	echo text >file
	traced log -y -e trace=fsync "$MCP" --fsync file /dev/stdout >out
	grep -q "fsync([0-9]*<$PWD/out>) *= 0" log
	assert_equal "$(<out)" text
	run "$MCP" --fsync file /dev/stdout
	assert_success
	assert_output text
	run "$MCP" --fsync file /dev/null
	assert_success
	assert_output ""
}

@test "without --fsync nothing waits for the disk" {
	requires_strace
	make_tree tree
	traced log -e trace=fsync,fdatasync,sync,syncfs,sync_file_range \
		"$MCP" -j 4 -a tree copy
	assert_equal "$(grep -c sync log)" 0
}

# What cannot be written back

@test "a new file that cannot be written back is an error, and gone" {
	requires_strace
	local jobs size
	for size in 5000 9M; do
		random_file file "$size"
		for jobs in 1 4; do
			mkdir to
			run traced log -y -e trace=fsync \
				-e inject=fsync:error=EIO:when=1 \
				"$MCP" -j $jobs --fsync file to/copy
			assert_failure 1
			assert_output "mcp: fsync failed for 'to/copy':\
 Input/output error"
			assert_equal "$(grep -c INJECTED log)" 1
			# Once, and then the directory.
			assert_equal "$(grep -c 'fsync(' log)" 2
			assert_equal "$(ls -A to)" ""
			rmdir to
		done
	done
}

@test "an existing file that cannot be written back is incomplete" {
	requires_strace
	local jobs size
	for size in 5000 9M; do
		random_file file "$size"
		for jobs in 1 4; do
			echo old >copy
			run traced log -y -e trace=fsync \
				-e inject=fsync:error=EIO:when=1 \
				"$MCP" -j $jobs --fsync file copy
			assert_failure 1
			assert_output "mcp: fsync failed for 'copy': Input/output\
 error (destination left incomplete)"
			grep -q "/copy>.*INJECTED" log
			assert_equal "$(grep -c '/copy>' log)" 1
			(($(stat -c %s copy) < $(stat -c %s file)))
		done
	done
}

@test "in a tree, each such file is named, and all others are there" {
	requires_strace
	local jobs name
	make_tree tree
	for jobs in 1 4; do
		# In each process, so that workers meet it, too.
		run traced log -y -e trace=fsync \
			-e inject=fsync:error=ENOSPC:when=3 \
			"$MCP" -j $jobs -r --fsync tree to
		assert_failure 1
		assert_equal "$(grep -c INJECTED log)" "${#lines[@]}"
		(("${#lines[@]}" >= (jobs > 1 ? 2 : 1)))
		sed -n 's|.*fsync([0-9]*<\(.*\)>) .*INJECTED.*|\1|p' log >names
		while read -r name; do
			name=${name#"$PWD/"}
			assert_line "mcp: fsync failed for '$name':\
 No space left on device"
			[[ -d $name ]] || assert_file_not_exist "$name"
		done <names
		# What is not there was named.
		(cd tree && find . -type f) | while read -r name; do
			name=${name#./}
			[[ -e to/$name ]] ||
				grep -qF "'to/$name'" <<<"$output" ||
				fail "$name is not there"
		done
		chmod -R u+w to
		rm -r to
	done
}

@test "a directory that cannot be written back is an error" {
	requires_strace
	mkdir -p tree/dir
	echo text >tree/dir/file
	# The file, its directory, the one above, and where that is.
	run traced log -y -e trace=fsync -e inject=fsync:error=EIO:when=2 \
		"$MCP" -r --fsync tree to
	assert_failure 1
	assert_output "mcp: fsync failed for 'to/dir': Input/output error"
	assert_equal "$(<to/dir/file)" text
	rm -r to
	run traced log -y -e trace=fsync -e inject=fsync:error=EIO:when=4 \
		"$MCP" -r --fsync tree to
	assert_failure 1
	assert_output "mcp: fsync failed for '.': Input/output error"
}

@test "a directory that fsync knows nothing of is no error" {
	mkdir tree
	echo text >tree/file
	mount_poor dir nosync
	"$MCP" -r --fsync tree dir/tree
	assert_equal "$(<dir/tree/file)" text
	grep -q '^fsyncdir /tree : Invalid argument$' dir.log
	grep -q '^fsync /tree/file : done$' dir.log
}

# mount_loop DIR TYPE MIB ROOM: a file system of MIB MiB in a file that has room
# for ROOM only.
mount_loop() {
	requires_root
	requires_cmd "mkfs.$2"
	mount_tmpfs "$1.ram" "$4"
	truncate -s "$3M" "$1.ram/image"
	"mkfs.$2" -q "$1.ram/image" >/dev/null
	mkdir -p "$1"
	mount -o loop "$1.ram/image" "$1" 2>/dev/null ||
		skip "needs leave to mount $2"
	MOUNTED+=("$PWD/$1")
}

@test "what the disk has no room for is an error, and it is not lost" {
	local jobs
	mount_loop disk ext4 64 24M
	random_file large 40M
	echo small >small
	for jobs in 1 4; do
		run "$MCP" -j $jobs --fsync small large disk
		assert_failure 1
		assert_line --regexp "^mcp: fsync failed for 'disk/large':\
 (Input/output error|No space left on device)$"
		assert_file_not_exist disk/large
		umount disk
		e2fsck -fy disk.ram/image >/dev/null 2>&1 || :
		mkfs.ext4 -qF disk.ram/image
		mount -o loop disk.ram/image disk
	done
	# Without --fsync nobody is told.
	run "$MCP" large disk
	assert_success
}

# Awake while it is written back

# hold_writing_back ARGUMENT...: mcp --fsync, held when the first of a large
# file is on the disk, in the parent.
hold_writing_back() {
	hold_traced 0 env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" \
		strace -f -qq -o log -e trace=sync_file_range,fsync \
		-e inject=sync_file_range:signal=STOP:when=20 \
		"$MCP" --fsync "$@"
}

@test "while a file goes to the disk SIGUSR1 is answered" {
	requires_strace
	local jobs told
	random_file big 64M
	for jobs in 1 4; do
		hold_writing_back -j $jobs big copy
		kill -USR1 "$COPIER"
		go_on_to_end
		assert_ended "exit 0"
		cmp big copy
		# Eight pieces under way, and then each second call ends one.
		told='^mcp: 99%, 64.0 MiB of 64.0 MiB, 0 of 1 file in .*,'
		told+=' writing back (9|[1-9][0-9])%: big$'
		assert_regex "$(<job.err)" "$told"
		rm copy
	done
}

@test "while a file goes to the disk SIGTERM ends it, and a new one is gone" {
	requires_strace
	local jobs
	random_file big 64M
	for jobs in 1 4; do
		hold_writing_back -j $jobs big copy
		kill -TERM "$COPIER"
		go_on_to_end
		assert_ended "signal 15"
		assert_file_not_exist copy
		assert_equal "$(grep -c 'fsync(' log)" 0
		(($(grep -c 'sync_file_range(' log) <= 22))
		# One that was there has got all of it.
		echo old >copy
		hold_writing_back -j $jobs big copy
		kill -TERM "$COPIER"
		go_on_to_end
		assert_ended "signal 15"
		cmp big copy
		assert_equal "$(<job.err)" ""
		rm copy
	done
}

# waits_for_stopped: the parent has told its workers to leave, and one has.
waits_for_stopped() {
	local pid
	for pid in "${WORKERS[@]}"; do
		! all_in Tt "$pid" && ! all_in SRD "$pid" && return
	done
	return 1
}

@test "a worker that is told to leave does so while a file goes to the disk" {
	requires_strace
	local i
	mkdir tree
	for ((i = 0; i < 300; i++)); do
		echo "$i" >"tree/$i"
	done
	random_file tree/large 30M
	hold_traced 1 env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" \
		strace -f -qq -y -o log -e trace=sync_file_range,fsync \
		-e inject=sync_file_range:signal=STOP:when=20 \
		"$MCP" --fsync -r --reflink=never -j 2 tree copy
	kill -TERM "$COPIER"
	wait_until -t 60 waits_for_stopped
	go_on_to_end
	assert_ended "signal 15"
	assert_file_not_exist copy/large
	(($(grep -c 'sync_file_range(' log) <= 22))
	assert_equal "$(grep -c 'fsync([0-9]*<[^>]*\(large\|#\|deleted\)' log)" 0
}

@test "what cannot be written back is an error, whichever call says so" {
	requires_strace
	local jobs when error
	random_file big 33M
	# When it is given to the disk, and when it is waited for.
	for jobs in 1 4; do
		for when in 3 12; do
			mkdir to
			run traced log -y \
				-e trace=fsync,sync_file_range \
				-e inject=sync_file_range:error=EIO:when=$when \
				"$MCP" -j $jobs --fsync big to/copy
			assert_failure 1
			assert_output "mcp: fsync failed for 'to/copy':\
 Input/output error"
			grep -q INJECTED log
			# It is told once only: fsync would say that all is well.
			refute grep -q 'fsync(.*\(copy\|deleted\|#\)' log
			assert_equal "$(ls -A to)" ""
			rmdir to
			echo old >copy
			run traced log -y -e trace=fsync,sync_file_range \
				-e inject=sync_file_range:error=ENOSPC:when=$when \
				"$MCP" -j $jobs --fsync big copy
			assert_failure 1
			assert_output "mcp: fsync failed for 'copy': No space\
 left on device (destination left incomplete)"
			(($(stat -c %s copy) < $(stat -c %s big)))
		done
	done
}

@test "where a file cannot be written back in steps fsync does it all" {
	requires_strace
	local error
	random_file big 20M
	for error in ESPIPE EINVAL ENOSYS EOPNOTSUPP; do
		traced log -y -e trace=fsync,sync_file_range \
			-e inject=sync_file_range:error=$error \
			"$MCP" -j 2 --fsync big "$PWD/copy"
		assert_equal "$(grep -c 'sync_file_range(' log)" 1
		grep -q 'fsync(.*= 0' log
		cmp big copy
		rm copy
	done
	# Which is no answer.
	traced log -e trace=fsync,sync_file_range \
		-e inject=sync_file_range:error=EINTR:when=1+2 \
		"$MCP" -j 2 --fsync big copy
	cmp big copy
	(($(grep -c 'sync_file_range(.* = 0' log) == 40))
}

# pieces_waited_for: what of it was waited for, "OFFSET LENGTH" a line, in order.
pieces_waited_for() {
	sed -n 's/.*sync_file_range([^,]*, \([0-9]*\), \([0-9]*\), .*WAIT_AFTER.*/\1 \2/p' \
		log | sort -n
}

@test "all data is written back in steps, and holes are passed over" {
	requires_strace
	local file
	random_file big 9437999
	# Far apart, as are its ends.
	truncate -s 20G sparse
	for file in 5 100 11000; do
		dd if=big of=sparse bs=1M count=3 conv=notrunc seek=$file \
			status=none
	done
	trace_fsync_steps big dense
	assert_equal "$(pieces_waited_for | awk '
		$1 != end { print "from", $1; exit }
		{ end = $1 + $2 } END { print end }')" 9437999
	trace_fsync_steps sparse copy
	# Whole pieces from where data begins, and little more.
	for file in 5 6 7 100 101 102 11000 11001 11002; do
		pieces_waited_for | awk -v at=$((file << 20)) '
			$1 <= at && $1 + $2 >= at + 1048576 { found = 1 }
			END { exit !found }'
	done
	(($(pieces_waited_for | wc -l) <= 12))
	# To compare 20 GiB of holes would take a minute.
	assert_equal "$(data_map copy)" "$(data_map sparse)"
	for file in 5 100 11000; do
		cmp -i $((file << 20)) -n $((3 << 20)) sparse copy
	done
	# What is appended, and not what was there.
	cat big big >out
	traced log -e trace=fsync,sync_file_range \
		"$MCP" --fsync big /dev/stdout >>out
	assert_equal "$(pieces_waited_for | head -n 1)" "$((9437999 * 2)) 1048576"
	cat big big big | cmp - out
}

# trace_fsync_steps SOURCE DEST: the calls that write it back, in the log.
trace_fsync_steps() {
	traced log -e trace=sync_file_range "$MCP" --fsync --reflink=never "$@"
}

# Power failure

# lose_power DIR: what was not written back is gone. The number is that of
# XFS_IOC_GOINGDOWN and EXT4_IOC_SHUTDOWN, and 2: without the log.
lose_power() {
	perl -e '
		my $how = pack("L", 2);
		open(my $dir, "<", $ARGV[0]) or die "$ARGV[0]: $!\n";
		ioctl($dir, 0x8004587d, $how) or die "shutdown: $!\n";
		' -- "$1"
	umount "$1"
	mount -o loop "$1.ram/image" "$1"
}

# snapshot DIR: names, kinds, attributes and contents.
snapshot() {
	(
		cd "$1" || exit
		find . -printf '%P %y %m %U:%G %T@ %n %l\n' | sort
		find . -type f -exec cksum {} + | sort -k 3
	)
}

outlasts_power_failure() {
	local jobs
	make_tree tree
	mount_loop disk "$1" 400 450M
	for jobs in 1 4; do
		# So that what is lost is lost from something that was there.
		mkdir disk/$jobs
		echo old >disk/$jobs/old
		sync -f disk
		"$MCP" -j $jobs -a --fsync tree disk/$jobs
		"$MCP" -j $jobs --fsync tree/a/b/large disk/$jobs/old
		"$MCP" -j $jobs -a --fsync tree/a/link tree/a/fifo disk/$jobs
		lose_power disk
		diff <(snapshot tree) <(snapshot disk/$jobs/tree)
		cmp tree/a/b/large disk/$jobs/old
		test -L disk/$jobs/link
		test -p disk/$jobs/fifo
	done
}

# Were it otherwise, the test above would mean nothing.
is_lost_without() {
	make_tree tree
	mount_loop disk "$1" 400 450M
	"$MCP" -a tree disk
	snapshot tree >before
	! diff -q before <(snapshot disk/tree) >/dev/null || : >copied
	assert_file_exist copied
	lose_power disk
	! diff -q before <(snapshot disk/tree 2>/dev/null) >/dev/null ||
		fail "all is there"
}

@test "ext4: all of it outlasts a power failure" {
	outlasts_power_failure ext4
}

@test "xfs: all of it outlasts a power failure" {
	outlasts_power_failure xfs
}

@test "ext4: without --fsync it does not" {
	is_lost_without ext4
}

@test "xfs: without --fsync it does not" {
	is_lost_without xfs
}
