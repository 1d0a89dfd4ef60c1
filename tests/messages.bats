#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A drop-in for cp: what goes wrong is said in cp's words, with cp's exit
# status, and leaves what cp leaves.
#
# mcp is called "cp" and put first on PATH.  Each line runs in directories that
# "prepare" made alike, with the cp of this machine and, in several ways, with
# this one; all that can be seen of the runs must be the same.  Where an old cp
# differs from the newest one, which mcp follows, the words stand here.

# shellcheck disable=SC1003,SC2016,SC2153 # the lines are for another shell

load helper

setup() {
	scratch_setup
	[[ $(cp --version 2>/dev/null) == *"GNU coreutils"* ]] ||
		skip "needs GNU cp"
	export SCRATCH
	mkdir bin
	ln -s "$MCP" bin/cp
	# shellcheck disable=SC2034 # for each_way
	WAYS=("" "-j 4 --engine=mmap")
}

# cp_since VERSION: whether this machine's cp is at least as new.
cp_since() {
	local version
	version=$(cp --version | sed -n '1s/.* //p')
	[[ $(printf '%s\n' "$1" "$version" | sort -V | head -n 1) == "$1" ]]
}

prepare() {
	echo text >a
	echo more >b
	mkdir d
	ln -s none dangling
	ln -s loop loop
}

# "cp" with the options of a way to copy.
call() {
	# shellcheck disable=SC2086 # several words
	command cp $OPTIONS "$@"
}

# see LINE...: each in a directory of its own, prepared; then what they wrote to
# standard output and standard error, and all files, those of 0 untouched.
see() {
	local i=0 line status
	mkdir 0 && cd 0 && prepare && cd ..
	for line; do
		mkdir $((++i)) && cd $i && prepare
		echo "$line" >>../out
		echo "$line" >>../err
		status=0
		eval "$line" >>../out 2>>../err </dev/null || status=$?
		cd .. && echo "status $status" >>out
	done
	cat out err
	find . -mindepth 2 -printf '%P: %y %m %n %s %l\n' 2>/dev/null | sort
	find . -mindepth 2 -type f -readable -exec cksum {} + |
		sed 's,^\([0-9]*\) [0-9]* \./\(.*\),\2: \1,' | sort
	chmod -R u+rwX .
}

# seen LINE...: see, in a small shell, since forks of this one are slow, and at
# a path that is the same each time.
seen() {
	mkdir "$SCRATCH/here"
	(
		cd "$SCRATCH/here" || exit
		OPTIONS=${WAY[*]} bash -c "$(declare -f call prepare see)
			cp() { call \"\$@\"; }
			see \"\$@\"" see "$@"
	)
	rm -rf "$SCRATCH/here"
}

# like_cp [--no-mmap] LINE...: all that is seen of each is the same for both.
like_cp() {
	local which=()
	if [[ $1 == --* ]]; then
		which=("$1")
		shift
	fi
	seen "$@" >expected
	each_way "${which[@]}" as_expected "$@"
}

as_expected() {
	PATH=$SCRATCH/bin:$PATH seen "$@" >../actual
	diff -U2 ../expected ../actual
}

# refused_like_cp LINE...: the same, with status 1, and files stay as they are.
refused_like_cp() {
	like_cp "$@"
	awk -v lines=$# '
		/^status / && !/^status 1$/ { print; bad = 1 }
		match($0, "^[0-9]+/") {
			dir = substr($0, 1, RLENGTH - 1)
			files[dir] = files[dir] "\n" substr($0, RLENGTH)
		}
		END {
			for (i = 1; i <= lines; i++)
				if (files[i] != files[0]) {
					print "line " i ":" files[i]
					bad = 1
				}
			exit bad
		}' expected
}

# newest_says MESSAGE LINE: for what no cp before the newest says so.
newest_says() {
	each_way says "$@"
}

says() {
	prepare
	OPTIONS=${WAY[*]} PATH=$SCRATCH/bin:$PATH run bash -c \
		"$(declare -f call); cp() { call \"\$@\"; }; $2"
	assert_failure 1
	assert_output "$1"
}

@test "a source that is not there, or cannot be reached" {
	refused_like_cp 'cp none c' 'cp none/x c' 'cp a/x c' 'cp a/ c' 'cp "" c' \
		'cp dangling c' 'cp loop c' 'cp loop/x c' 'cp none a' \
		'cp -v none c' 'cp -f none a' 'cp none d' 'cp none none'
}

@test "a name that is too long, and a path that is" {
	refused_like_cp 'cp a $(printf %0256d 0)' 'cp $(printf %0256d 0) c' \
		'cp a $(printf d/%.0s {1..2050})c' \
		'cp $(printf d/%.0s {1..2050})c c' 'cp -t $(printf %0256d 0) a'
}

@test "a directory without -r" {
	refused_like_cp 'cp d c' 'cp d d' 'cp d/ c' 'cp . c' 'cp .. d' 'cp d a' \
		'cp -T d a' 'cp -t d d' 'cp -v d c' 'cp -f d c' 'cp -n d a'
	like_cp 'cp d a d' 'cp -v a d b d'
}

@test "a destination whose directory is not there" {
	refused_like_cp 'cp a none/c' 'cp a none/' 'cp a c/' 'cp a none/../c' \
		'cp a b/c' 'cp a ""' 'cp a dangling/' 'cp a dangling/c' \
		'cp a loop/c' 'cp a d/none/c' 'cp -T a none/c' 'cp a d/none/' \
		'cp a a/' 'cp a b/' 'cp a dangling/.' 'cp -v a none/c'
}

@test "a target directory that is none" {
	refused_like_cp 'cp a b none' 'cp a b a' 'cp a b b/' 'cp a b none/' \
		'cp -t none a' 'cp -t a b' 'cp -t "" a' 'cp -t loop a' \
		'cp -t dangling a' 'cp a b dangling' 'cp a b loop' \
		'cp a b d none' 'cp -v a b d a' 'cp --target-directory=a/ b' \
		'cp a b ""' 'cp a b /dev/null' 'cp -t /dev/null a'
}

@test "a directory in the place of the file" {
	prepare() {
		echo text >a
		mkdir -p d/a e
		ln -s d l
	}
	if cp_since 9.5; then
		refused_like_cp 'cp -T a d' 'cp a d' 'cp -f a d' 'cp -vT a d/' \
			'cp -T a l' 'cp -fT a l'
	fi
	newest_says "cp: cannot overwrite directory 'd' with non-directory 'a'" \
		'cp -T a d'
	newest_says "cp: cannot overwrite directory 'd/a' with non-directory 'a'" \
		'cp -v a d'
	newest_says "cp: cannot overwrite directory 'l' with non-directory './a'" \
		'cp -fT ./a l'
}

@test "a file onto itself, whatever it is called there" {
	prepare() {
		echo text >a
		mkdir d e
		ln a hard
		ln a d/a
		ln -s a soft
		ln -s soft softer
		ln -s ../a e/a
		ln -s . here
	}
	refused_like_cp 'cp a a' 'cp a ./a' 'cp a d/../a' 'cp a "$PWD/a"' \
		'cp a hard' 'cp hard a' 'cp a d' 'cp d/a .' 'cp a .' 'cp a e' \
		'cp a soft' 'cp soft a' 'cp softer soft' 'cp soft softer' \
		'cp e/a soft' 'cp a here/a' 'cp a here/here/hard' \
		'cp -T a hard' 'cp -t d a' 'cp -f a a' 'cp -f a hard' \
		'cp -f a soft' 'cp -f soft a' 'cp -f e/a soft' 'cp -v a a' \
		'cp a /proc/self/cwd/a'
}

@test "a file onto itself through a bind mount" {
	requires_root
	echo precious >file
	mkdir dir other
	echo precious >dir/file
	: >mounted
	bind_mount file mounted
	bind_mount dir other
	prepare() {
		ln -s "$SCRATCH"/{file,mounted,dir,other} .
	}
	refused_like_cp 'cp file mounted' 'cp mounted file' \
		'cp dir/file other' 'cp other/file dir/file' \
		'cp -f dir/file other/file' 'cp -f file mounted'
	assert_equal "$(cat file dir/file)" "precious
precious"
}

@test "a file that this very command made is not overwritten" {
	prepare() {
		mkdir d e f
		echo 1 >a
		echo 2 >e/a
		echo 3 >f/a
	}
	like_cp 'cp a e/a d' 'cp a e/a f/a d' 'cp -v e/a a d' 'cp -f a e/a d' \
		'cp -t d f/a e/a' 'cp a e/a none f/a d' 'cp e/a f/a .' \
		'cp a e/a d/../d'
	prepare() {
		mkdir d e
		echo 1 >a
		ln a e/a
		echo old >d/a
	}
	like_cp 'cp a e/a d' 'cp -v a e/a d'
}

@test "a source that is named twice is copied once, with a warning" {
	prepare() {
		mkdir d e
		echo 1 >a
		ln a b
		ln -s a soft
		ln -s . here
	}
	like_cp 'cp a a d' 'cp a a a d' 'cp -v a a d' 'cp a b d' 'cp -v a b d' \
		'cp soft soft d' 'cp a soft d' 'cp none none d' 'cp e e d' \
		'cp -t d a a' 'cp -f a a d'
}

# cp compares the directories and the last components, not the words.
@test "a directory that is named before what it is in is copied once" {
	prepare() {
		mkdir -p s/x/y o
		echo 1 >s/x/y/f
	}
	like_cp 'cp -a s/x s/. o' 'cp -a s/x/y s/x/. o' \
		'cp -a --parents s/x s/. o' 'cp -a --parents s/x/y s/x o'
}

@test "a source that is named twice in different words is copied once" {
	prepare() {
		mkdir d e
		echo 1 >a
		ln -s . here
	}
	like_cp 'cp a ./a d' 'cp a e/../a d' 'cp ./a "$PWD/a" d' \
		'cp a here/a d' 'cp -v a .//a d'
}

@test "links that lead nowhere, or to themselves, as destination" {
	refused_like_cp 'cp a dangling' 'cp -f a dangling' 'cp -T a dangling' \
		'cp a loop' 'cp -T a loop' 'cp -v a dangling' 'cp -v a loop'
	like_cp 'cp -f a loop' 'cp -fv a loop' 'cp -f a loop/' \
		'POSIXLY_CORRECT=1 cp a dangling' \
		'POSIXLY_CORRECT=1 cp -f a dangling' \
		'POSIXLY_CORRECT=1 cp a loop' \
		'ln -s d/x y; POSIXLY_CORRECT=1 cp a y' \
		'ln -s none/x y; POSIXLY_CORRECT=1 cp a y' \
		'ln -s x/ y; POSIXLY_CORRECT=1 cp a y'
}

@test "operands that are missing or too many" {
	refused_like_cp 'cp' 'cp a' 'cp -T' 'cp -T a' 'cp -T a b c' 'cp -t d' \
		'cp -T a b "two words"' 'cp "two words"' 'cp --' 'cp -f' \
		'cp -t d -T a' 'cp -t d -T a b' 'cp -t d -t d a' 'cp ""'
}

@test "options that are wrong" {
	refused_like_cp 'cp --bogus a c' 'cp --bogus=1 a c' 'cp -Y a c' \
		'cp -fYv a c' 'cp -t' 'cp a -ft' 'cp --target-directory' \
		'cp --force=1 a c' 'cp --verb= a c' 'cp --ver a c' 'cp --v a c' \
		'cp a c --bogus' 'cp -? a c' 'cp -f=1 a c' 'cp --- a c' 'cp --help=1'
	like_cp 'POSIXLY_CORRECT=1 cp a d -Y' 'cp a d -v' \
		'POSIXLY_CORRECT=1 cp a b -v' 'cp -- a -v' 'cp a -t d' \
		'cp --targ=d a' 'cp a --target d' 'cp -vtd a'
}

# A terminal would act on it.
@test "an unknown option with control characters is shown harmless" {
	newest_says "cp: unrecognized option '--bo?gus?[2J'
Try 'cp --help' for more information." \
		'cp --bo$'\''\n'\''gus$'\''\e'\''[2J a c'
}

@test "-v names what was done, with slashes as cp writes them" {
	prepare() {
		echo text >a
		mkdir -p d/e
	}
	like_cp 'cp -v a d/' 'cp -v a d//' 'cp -v ./a d' 'cp -v d/../a d/e' \
		'cp -v a d/e/..///' 'cp -v .//a d/e/' 'cp -v a ./d/.' \
		'cp -v "$PWD/a" /proc/self/cwd/d' 'cp -v a c; cp -v a c'
}

@test "a full device, as destination and as standard output" {
	[[ -c /dev/full ]] || skip "needs /dev/full"
	like_cp --no-mmap 'cp a /dev/full' 'cp -v a /dev/full' 'cp a b /dev/full' \
		'cp a a /dev/full' 'cp -f a /dev/full'
	like_cp 'cp -v a c >/dev/full' 'cp -v a none d >/dev/full' \
		'cp -v none c >/dev/full' 'cp --version >/dev/full' \
		'cp --help >/dev/full' 'cp a c >/dev/full' \
		'cp a none/c 2>/dev/full' 'cp -v a c 2>/dev/full'
}

@test "standard output and error that can only be read, of a pipe" {
	mkfifo pipe
	exec 8<>pipe
	echo text >file
	# shellcheck disable=SC2016 # of the shell that is started
	run timeout 10 bash -c '"$0" -v file copy 8>&- 1<pipe' "$MCP"
	assert_failure 1
	assert_output "mcp: write error: Bad file descriptor"
	# shellcheck disable=SC2016
	run timeout 10 bash -c '"$0" no copy 8>&- 2<pipe' "$MCP"
	assert_failure 1
	exec 8>&-
}

@test "standard output and error that are closed" {
	like_cp 'cp -v a c >&-' 'cp -v a none d >&-' 'cp a c >&- 2>&- <&-' \
		'cp a none/c 2>&-' 'cp --version >&-' 'cp --help >&-' \
		'cp -v a c 2>&-' 'cp -v a c <&-' 'cp a c <&-'
}

# What is closed must not become /dev/null behind the back of who names it.
@test "standard descriptors that are closed, as operands" {
	like_cp --no-mmap 'cp /dev/stdin c <&-' 'cp /dev/stdin b <&-' \
		'cp a /dev/stdout >&-' 'cp a /dev/fd/1 >&-' 'cp /dev/fd/0 c <&-' \
		'cp a /proc/self/fd/1 >&-'
}

# It said nothing, and did nothing.
@test "standard descriptors that are closed, where there is no /dev/null" {
	unshare -rm mount -t tmpfs mcp-test /dev 2>/dev/null ||
		skip "needs leave to make name spaces"
	echo x >a
	# shellcheck disable=SC2016 # the inner shell's own
	run unshare -rm sh -c 'mount -t tmpfs mcp-test /dev &&
		exec "$@" <&- >&-' - "$MCP" a c
	assert_success
	refute_output
	same_file a c
}

@test "descriptors that are not open, as operands" {
	like_cp 'cp /dev/fd/9 c' 'cp a /dev/fd/9' 'cp a /dev/fd/x' \
		'cp a /dev/fd/99999999999' 'cp a /dev/fd/-1' 'cp /dev/fd/-1 c' \
		'cp /proc/self/fd/9 c'
}

# Names with a single quote go into double quotes if nothing in them minds.
both_quotes() {
	local name
	for name in "'" "''" "#'s" "'#" "~'s" "s'~" "{'" "it's a: b" "\$'x" \
		"\"'\"" "'!" "'=" "'\\" "'?" "';" "'%@+,-_" "'{a}" "'["; do
		cp "$name" c
	done
}

# In both locales, since one prints what the other escapes.
@test "names are quoted as cp quotes them" {
	local LC_ALL
	prepare() { :; }
	for LC_ALL in C C.UTF-8; do
		export LC_ALL
		echo "# LC_ALL=$LC_ALL"
		like_cp 'for n in plain "two words" "it'\''s" "\"" "\\" "*" "?" \
			"~" "~a" "a~" "#" "#a" "a#" "{" "{a}" "a{b}" "\$x" "a=b" \
			"a:b" "(" "[a]" "a;b" "<" "|" "&" "!" "^" "%" "@" "+" ","; \
			do cp "$n" c; cp -t "$n" c; done' \
			"$(declare -f both_quotes); both_quotes" \
			'for n in $'\''new\nline'\'' $'\''tab\t'\'' $'\''\t'\'' \
			$'\''\a\b\t\n\v\f\r\e\177\1'\'' $'\''a\x80'\'' \
			$'\''\xff\xfe'\'' $'\''\xe2\x82'\'' $'\''\xe2\x82\xac'\'' \
			$'\''\xe2\x82\xac uro\n'\'' $'\''\xc2\x85x'\'' \
			$'\''\xe2\x80\x8b'\'' $'\''\x1b[31mred'\'' \
			$'\''\xed\xa0\x80'\'' $'\''\xf4\x90\x80\x80'\''; \
			do cp "$n" c; done' \
			'touch $'\''new\nline'\'' "two words" "it'\''s"; mkdir "d d"; \
			cp -v * "d d"; cp "two words" none/"it'\''s"; \
			cp "two words" "two words" "it'\''s"; cp "it'\''s" "it'\''s"'
	done
}

# coreutils 9.1 adds an empty pair of quotes to a name that has a quote of its
# own and then ends in an escape.
@test "a name with a quote and an escape is quoted as by newer cp" {
	newest_says "cp: cannot stat 'it'\''s'\$'\n': No such file or directory" \
		'cp $'\''it\'\''s\n'\'' c'
}

@test "each failure is one line, and the others are copied" {
	prepare() {
		echo 1 >a
		echo 2 >b
		echo 3 >c
		mkdir -p d/b e
	}
	if cp_since 9.5; then
		like_cp 'cp none a b e c nowhere d' \
			'cp -v none a b e c nowhere d'
	fi
	newest_says "cp: cannot stat 'none': No such file or directory
cp: cannot overwrite directory 'd/b' with non-directory 'b'
cp: -r not specified; omitting directory 'e'
cp: cannot stat 'nowhere': No such file or directory" \
		'cp none a b e c nowhere d'
	assert_equal "$(cat way.*/d/a way.*/d/c | sort -u)" "1
3"
}

@test "a program that is running is not overwritten" {
	cp "$(type -P sleep)" busy
	spawn ./busy 1000
	wait_until test "/proc/$!/exe" -ef busy
	prepare() {
		echo text >a
	}
	refused_like_cp 'cp a "$SCRATCH/busy"' 'cp -v a "$SCRATCH/busy"'
	cmp busy "$(type -P sleep)"
	kill $!
}

@test "a socket cannot be read or written" {
	prepare() {
		echo text >a
		perl -MSocket -e '
			socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die;
			bind($s, sockaddr_un("socket")) or die;'
	}
	refused_like_cp 'cp socket c' 'cp -v a d/..//none'
	like_cp 'cp a socket' 'cp socket a' 'cp -v a socket' 'cp -T a socket'
}

@test "files and directories that are closed to us" {
	requires_user
	prepare() {
		echo text >a
		echo secret >unreadable
		chmod 0 unreadable
		echo old >r-only
		chmod 444 r-only
		mkdir unwritable unsearchable
		echo old >unwritable/a
		chmod 444 unwritable/a
		echo old >unwritable/writable
		chmod 500 unwritable
		echo old >unsearchable/a
		chmod 600 unsearchable
	}
	like_cp 'cp unreadable c' 'cp -v unreadable c' 'cp unreadable r-only' \
		'cp -f unreadable r-only' 'cp a r-only' 'cp a unreadable' \
		'cp a unwritable' 'cp -f a unwritable' 'cp a unwritable/new' \
		'cp -f a unwritable/new' 'cp a unwritable/writable' \
		'cp -f a unwritable/writable' 'cp a unsearchable' \
		'cp a unsearchable/new' \
		'cp unsearchable/a c' 'cp -t unsearchable a' \
		'cp -f a unsearchable' 'cp a unreadable r-only a unwritable' \
		'cp -fv a r-only' 'cp -fv a unreadable' 'cp -f unreadable c' \
		'cp a /proc/version' 'cp a /proc/none' 'cp a /etc/passwd' \
		'cp -f a /etc/passwd' 'cp a /etc/none-such' 'cp a /' \
		'cp -v a ///'
}

@test "a file system that may only be read" {
	requires_root
	mount_tmpfs ro 1M
	echo old >ro/old
	mount -o remount,ro "$PWD/ro"
	prepare() {
		echo text >a
	}
	refused_like_cp 'cp a "$SCRATCH/ro"' 'cp a "$SCRATCH/ro/new"' \
		'cp a "$SCRATCH/ro/old"' 'cp -f a "$SCRATCH/ro/old"' \
		'cp -v a "$SCRATCH/ro"'
}
