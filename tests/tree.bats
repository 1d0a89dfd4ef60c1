#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Directories with all that is below them.  Most tests hold mcp against the
# machine's cp: each works in a copy of the same directory, and what they say,
# how they end and what they leave must be equal.

load helper

# Whoever calls it: cp is older than some of what mcp does.
CP=$(command -v cp)

# prepare COMMANDS: what both find, made by a shell in an empty directory.
prepare() {
	mkdir by-cp by-mcp
	(cd by-cp && eval "$1")
	(cd by-mcp && eval "$1")
}

# state DIR: all that is in it, a line each.
state() {
	(
		cd "$1" || exit
		find . -printf '%P %y %m %U:%G %s %l\n' |
			sed -E 's/^(.* d [0-7]+ [0-9:]+) [0-9]+ $/\1/' | LC_ALL=C sort
		find . -type f ! -perm 000 -exec cksum {} + | LC_ALL=C sort -k3
	)
}

# alike ARGUMENT...: cp and mcp do the same with them, in equal directories,
# where the inodes may be in another order.
alike() {
	local status_cp=0 status_mcp=0

	ln -sf "$MCP" cp
	(cd by-cp && "$CP" "$@" >../out.cp 2>../err.cp) || status_cp=$?
	(cd by-mcp && ../cp "$@" >../out.mcp 2>../err.mcp) || status_mcp=$?
	sed -i "s|^$CP: |cp: |; s|^Try '$CP|Try 'cp|" err.cp
	# Newer versions name the source, too.
	sed -i -E 's/(cannot overwrite directory .* with non-directory).*/\1/' \
		err.cp err.mcp
	assert_equal "$(sort err.mcp)" "$(sort err.cp)" &&
		assert_equal "$(sort out.mcp)" "$(sort out.cp)" &&
		assert_equal "$status_mcp" "$status_cp" || return
	((${SAYS_ONLY:-0})) ||
		assert_equal "$(state by-mcp)" "$(state by-cp)"
}

SMALL_TREE='
	mkdir -p s/d/e s/empty
	echo one >s/file
	echo two >"s/d/a file"
	echo three >"s/d/e/new
line"
	: >s/d/nothing
	ln -s file s/link
	ln -s nowhere s/dangling
	ln -s d s/dirlink
	ln s/file s/d/hard
	chmod 640 s/d/nothing
	chmod 755 s/d/e
'

@test "a directory is left out without -r" {
	prepare "$SMALL_TREE"
	alike s copy
}

@test "a tree is copied to a new name, line by line as cp says it" {
	prepare "$SMALL_TREE"
	alike -rv s copy
	ln -sf "$MCP" cp
	./cp -rv by-cp/s again
	"$CP" -rv by-cp/s again.cp >expected
	sed "s/'again.cp/'again/" expected | diff - <(./cp -rv by-cp/s again2 |
		sed "s/'again2/'again/")
}

@test "a tree is copied into an existing directory, and onto itself there" {
	prepare "mkdir to; $SMALL_TREE"
	alike -rv s to
	alike -rv s to
	alike -rvT s to/s
}

@test "symbolic links are followed as -L, -H and -P say" {
	prepare "ln -s s/d top; $SMALL_TREE rm s/dangling"
	alike -rL s followed
	alike -rH top followed-top
	alike -rP top kept-top
	alike -P s/link kept
	alike -d s/dirlink kept-dir
	alike -L s/link file
}

@test "a dangling link is an error only where it would be followed" {
	prepare "$SMALL_TREE"
	alike -r s copy
	alike -rL s followed
}

@test "a directory is not copied into itself" {
	# How much was copied until then depends on the order of inodes.
	local SAYS_ONLY=1
	prepare "$SMALL_TREE"
	alike -r s s/d/new
	alike -r s s
	alike -rT s s
}

@test "a loop of followed links ends" {
	prepare "mkdir -p s/d; ln -s .. s/d/up; echo x >s/file"
	alike -rL s copy
}

@test "a directory does not replace a file, nor a file a directory" {
	prepare "mkdir -p to/file; echo x >to/d; $SMALL_TREE"
	alike -r s/d to
	alike -r s/file to
	alike -rT s/d to/d
}

@test "-l links, -s points, and -f lets them replace what is there" {
	prepare "$SMALL_TREE"
	alike -rl s linked
	alike -l s/file linked/file
	alike -l s/file linked/d/nothing
	alike -lf s/file linked/d/nothing
	alike -s s/file pointer
	alike -s s/file pointer
	alike -sf s/d/nothing pointer
	alike -s s/file s/elsewhere
	alike -ls s/file both
}

@test "-lf that cannot link loses nothing" {
	mount_tmpfs other 1M
	echo new >source
	echo old >other/dest
	run "$MCP" -lf source other/dest
	assert_failure 1
	assert_output "mcp: cannot create hard link 'other/dest' to 'source': Invalid cross-device link"
	assert_equal "$(<other/dest)" old
	assert_equal "$(ls -A other)" dest
}

@test "-u overwrites what is older, and only that" {
	prepare "mkdir s to; echo new >s/older; echo new >s/newer
		echo old >to/older; echo old >to/newer; echo new >s/equal
		echo old >to/equal; touch -d 2001-01-01 to/older s/newer
		touch -d '2002-02-02 02:02:02.123' s/equal to/equal; echo x >s/missing"
	alike -ruvT s to
}

@test "--update=none-fail names what it does not replace" {
	mkdir s to
	echo new >s/a
	echo new >s/b
	echo old >to/a
	run "$MCP" -rT --update=none-fail s to
	assert_failure 1
	assert_output "mcp: not replacing 'to/a'"
	assert_equal "$(<to/a)" old
	assert_equal "$(<to/b)" new
}

@test "-i asks, in cp's words, and takes only yes for yes" {
	mkdir s to
	for name in a b c; do
		echo new >s/$name
		echo old >to/$name
	done
	run "$MCP" -ri s/a s/b s/c to <<<$'y\nn\nYes'
	assert_failure 1
	assert_output "mcp: overwrite 'to/a'? mcp: overwrite 'to/b'? mcp: overwrite 'to/c'? "
	assert_equal "$(<to/a) $(<to/b) $(<to/c)" "new old new"
}

@test "--remove-destination removes first, and keeps the other name's file" {
	prepare "echo new >s; echo old >d; ln d other; ln -s d pointer"
	alike -v --remove-destination s d
	alike -v --remove-destination s pointer
}

@test "nothing is removed where that is not allowed, nor said to be" {
	requires_user
	prepare "echo new >s; head -c 200K /dev/zero >large; mkdir d; echo old >d/s
		echo old >d/large; chmod 555 d"
	alike -v --remove-destination s d
	alike -v --remove-destination large d
	chmod 755 by-cp/d by-mcp/d
}

@test "FIFOs and sockets are made anew, never opened" {
	prepare "mkdir s; mkfifo s/fifo; mkfifo -m 600 s/private
		perl -MSocket -e 'socket(my \$s, AF_UNIX, SOCK_STREAM, 0);
			bind(\$s, sockaddr_un(\"s/socket\"))'"
	alike -r s copy
	alike -r s/. copy
}

@test "devices are made anew" {
	requires_root
	prepare "mkdir s; mknod s/zero c 1 5 || mknod s/fifo p"
	alike -r s copy
}

@test "--copy-contents reads what a FIFO says" {
	mkdir s
	mkfifo s/fifo
	spawn sh -c 'echo said >s/fifo'
	run "$MCP" -r --copy-contents s copy
	assert_success
	assert_equal "$(<copy/fifo)" said
}

@test "directories that may not be written to are filled all the same" {
	prepare "mkdir -p s/closed/deep; echo x >s/closed/file; chmod 555 s/closed/deep s/closed"
	alike -r s copy
	chmod -R u+w by-cp by-mcp
}

@test "what cannot be read is named, and the rest is copied" {
	requires_user
	prepare "mkdir -p s/shut s/open; echo x >s/open/file; echo y >s/secret
		chmod 000 s/shut s/secret"
	alike -r s copy
	chmod -R u+rwx by-cp by-mcp
}

# Levels far above are closed meanwhile, and opened again on the way back.
@test "a deep tree goes into directories that may be written to, not read" {
	local path as=()
	if ((EUID == 0)); then
		requires_cmd setpriv
		as=(setpriv --bounding-set '-dac_override,-dac_read_search')
	fi
	path=$(printf '/d%.0s' {1..40})
	mkdir -p "s$path" "to/s$path"
	find s -type d -exec cp /dev/null {}/file \;
	find to/s -depth -type d -exec chmod 300 {} \;
	run "${as[@]}" "$MCP" -r s to
	chmod -R u+rwx to
	assert_success
	assert_output ""
	diff -r s to/s
}

@test "modes come out as umask leaves them" {
	prepare "mkdir -m 777 s; mkdir -m 2775 s/group; echo x >s/all; chmod 666 s/all
		echo x >s/exec; chmod 4777 s/exec"
	umask 027
	alike -r s copy
	alike -r --no-preserve=mode s plain
}

SPECIAL_BITS='mkdir s; mkfifo s/fifo
	perl -MIO::Socket::UNIX -e \
		"IO::Socket::UNIX->new(Local => q(s/sock), Listen => 1) or die"
	chmod 7777 s/fifo s/sock'

# Below a directory they lost some, as operands they did not.
@test "--no-preserve=mode leaves FIFOs and sockets the bits that cp leaves" {
	prepare "$SPECIAL_BITS"
	umask 027
	alike -a --no-preserve=mode s tree
	alike -a --no-preserve=mode s/fifo s/sock tree
}

@test "--no-preserve=mode leaves no such bits where there are no ACLs" {
	mount_ramfs ram
	cd ram
	prepare "$SPECIAL_BITS"
	umask 027
	alike -a --no-preserve=mode s tree
}

@test "a tree of many files needs no more descriptors than one of few" {
	local i
	requires_plain_build
	mkdir s
	for i in {1..100}; do
		echo "$i" >"s/$i"
	done
	(ulimit -n 40 && "$MCP" -r -j 1 s t)
	diff -r s t
	# Operands are opened elsewhere than what is found in a directory.
	mkdir u
	(ulimit -n 40 && "$MCP" -j 1 s/* u)
	diff -r s u
}

@test "-x leaves out what is on another file system" {
	mkdir -p s/a s/mnt
	echo a >s/a/f
	mount_tmpfs s/mnt 1M
	echo b >s/mnt/f
	run "$MCP" -rx s t
	assert_success
	assert_equal "$(find t | LC_ALL=C sort | xargs)" "t t/a t/a/f t/mnt"
	run "$MCP" -r s u
	assert_success
	cmp s/mnt/f u/mnt/f
}

# automounted DIR BACKING: the directories of BACKING show in DIR, an autofs, and
# each is mounted there when it is entered, until the test ends.
automounted() {
	requires_root
	requires_cmd python3
	mkdir "$1"
	spawn "$MCP_TEST_SRCDIR/tests/automount.py" "$1" "$2" >"$1.log"
	wait_until test -s "$1.log"
	[[ $(<"$1.log") == ready ]] || skip "needs leave to mount autofs"
	MOUNTED+=("$PWD/$1")
}

# Until it is entered the directory that will be covered is seen, and what was
# opened was taken for another one that somebody had put there.
@test "what is mounted when it is entered is copied, and copied to" {
	local jobs
	mkdir -p full/{one,two}/d
	echo x >full/one/x
	echo y >full/two/d/y
	for jobs in 1 4; do
		mkdir -p empty$jobs/{one,two}
		automounted one$jobs full
		run "$MCP" -j $jobs -r one$jobs/one copy
		assert_success
		refute_output
		diff -r full/one copy
		rm -r copy

		automounted all$jobs full
		run "$MCP" -j $jobs -a all$jobs copy
		assert_success
		refute_output
		diff -r full copy
		rm -r copy

		automounted dest$jobs empty$jobs
		run "$MCP" -j $jobs -rT full dest$jobs
		assert_success
		refute_output
		diff -r full empty$jobs
	done
}

@test "-x does not enter what is mounted only then" {
	mkdir -p full/one
	echo x >full/one/x
	automounted auto full
	run "$MCP" -rx auto copy
	assert_success
	refute_output
	assert_equal "$(find copy)" $'copy\ncopy/one'
}

@test "trailing slashes go with --strip-trailing-slashes" {
	prepare "$SMALL_TREE"
	alike -r s/ copy
	alike s/link/ copy2
	alike --strip-trailing-slashes -P s/dirlink/ copy3
}

@test "a directory named twice is copied once, after a warning" {
	prepare "mkdir to; $SMALL_TREE"
	alike -r s s/ to
	alike -r s/d s/d to
}

@test "a tree 10,000 levels deep is copied, path beyond PATH_MAX and all" {
	local way
	perl -e 'mkdir "s"; chdir "s"; for (1 .. 10000) { mkdir "deep"; chdir "deep" }
		open(my $f, ">", "bottom"); print $f "here\n"'
	for way in "-r -j 1" "-a -j 4"; do
		# shellcheck disable=SC2086 # several words
		run "$MCP" $way s copy
		assert_success
		run perl -e 'chdir "copy" or die;
			for (1 .. 10000) { chdir "deep" or die "$_: $!" }
			open(my $f, "<", "bottom") or die; print <$f>'
		assert_success
		assert_output here
		rm -rf copy
	done
	rm -rf s
}

@test "an interrupted tree leaves no half file" {
	mkdir s
	for i in {1..20}; do
		random_file "s/$i" 300K
	done
	random_file s/big 64M
	# It may be faster than the hand that interrupts it.
	for _ in {1..20}; do
		rm -rf copy
		launch "$MCP" -r s copy
		open_gate
		wait_until -t 60 test -d copy
		kill -INT "$JOB" 2>/dev/null || :
		wait_until -t 60 test -e job.end
		[[ $(<job.end) == "exit 0" ]] || break
	done
	assert_ended "signal 2"
	for i in copy/*; do
		[[ ! -e $i ]] || cmp -- "$i" "s/${i##*/}" ||
			(($(stat -c %s "$i") < $(stat -c %s "s/${i##*/}")))
	done
}

# What the umask takes of a new directory's mode must not be there in the end,
# and nothing else may be missing, be it made while we may not even look into it.
@test "a umask that keeps even us out gives directories the modes of cp" {
	local mask
	mkdir -p s/below
	for mask in 0400 0300 0500 0577 0777; do
		(umask $mask && "$MCP" -r s ours && cp -r s theirs)
		assert_equal "$(stat -c %a ours)" "$(stat -c %a theirs)"
		chmod 700 ours theirs
		assert_equal "$(stat -c %a ours/below)" \
			"$(stat -c %a theirs/below)"
		rm -rf ours theirs
	done
}
