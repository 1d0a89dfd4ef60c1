# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What every suite starts with:
#
#     load helper
#
#     @test "an empty file is copied" {
#             : >empty
#             run "$MCP" empty copy
#             assert_success
#             same_file empty copy
#     }
#
# Each test runs in a scratch directory of its own ($SCRATCH), which is gone
# afterwards together with what was mounted and spawned through the functions
# below.  A suite with a setup or teardown of its own calls scratch_setup and
# scratch_teardown there.  Never sleep for a condition: wait_until it.

MCP_TEST_SRCDIR=${MCP_TEST_SRCDIR:-$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)}
MCP=${MCP:-$MCP_TEST_SRCDIR/src/mcp}
MCP_TEST_VARIANT=${MCP_TEST_VARIANT:-plain}
# What /proc calls it, and how many times longer than usual a wait may take.
MCP_TEST_COMM=${MCP_TEST_COMM:-${MCP##*/}}
MCP_TEST_SLOWNESS=${MCP_TEST_SLOWNESS:-1}
export MCP MCP_TEST_SRCDIR MCP_TEST_VARIANT

# What cp says and does depends on these.
export LC_ALL=C
unset CDPATH POSIXLY_CORRECT SIMPLE_BACKUP_SUFFIX VERSION_CONTROL
umask 022

# load_library NAME: every distribution has a place of its own.
load_library() {
	local dir dirs
	IFS=: read -ra dirs <<<"${BATS_LIB_PATH:-}"
	for dir in "${dirs[@]}" /usr/lib/bats /usr/share/bats /usr/lib \
		/usr/share /usr/local/lib/bats /usr/local/lib \
		/usr/lib/node_modules /usr/local/lib/node_modules; do
		[[ -r $dir/$1/load.bash ]] || continue
		load "$dir/$1/load.bash"
		return
	done
	echo "$1 is not installed: run ./bootstrap or set BATS_LIB_PATH" >&2
	return 1
}
load_library bats-support
load_library bats-assert
load_library bats-file

setup() {
	scratch_setup
}

teardown() {
	scratch_teardown
}

# skip_where_noted: what tests/valgrind-skips has a reason for.
skip_where_noted() {
	local suite=${BATS_TEST_FILENAME##*/} name line pattern
	[[ $MCP_TEST_VARIANT == valgrind ]] || return 0
	name="${suite%.bats}: $BATS_TEST_DESCRIPTION"
	while read -r line; do
		pattern=${line%% # *}
		[[ $pattern == "$name" || "~ $name" =~ ^$pattern$ ]] ||
			continue
		skip "with valgrind: ${line##* # }"
	done <"$MCP_TEST_SRCDIR/tests/valgrind-skips"
}

scratch_setup() {
	skip_where_noted
	[[ -x $MCP ]] || fail "no mcp at $MCP: run make, or set MCP"
	SCRATCH=$(mktemp -d "${MCP_TEST_TMPDIR:-$BATS_TEST_TMPDIR}/XXXXXX")
	MOUNTED=()
	SPAWNED=()
	cd "$SCRATCH" || return
}

scratch_teardown() {
	local i
	cd /
	for i in "${SPAWNED[@]}"; do
		kill -KILL "$i" 2>/dev/null || :
		wait "$i" 2>/dev/null || :
	done
	for ((i = ${#MOUNTED[@]} - 1; i >= 0; i--)); do
		umount "${MOUNTED[i]}" 2>/dev/null ||
			fusermount3 -u "${MOUNTED[i]}" 2>/dev/null ||
			umount -l "${MOUNTED[i]}"
	done
	chmod -R u+rwX "$SCRATCH" 2>/dev/null || :
	rm -rf --one-file-system "$SCRATCH"
}

# What a test needs of its surroundings.  Where that is missing it is skipped
# with the reason; tests/run-suite fails tests that no run of it could do.

requires_root() {
	((EUID == 0)) || skip "needs root"
}

requires_user() {
	((EUID != 0)) || skip "needs a user without privileges"
}

requires_cmd() {
	local cmd
	for cmd; do
		type "$cmd" >/dev/null 2>&1 || skip "needs $cmd"
	done
}

# Timing, address space and start-up mean nothing under a sanitizer or gcov.
requires_plain_build() {
	[[ $MCP_TEST_VARIANT == plain ]] ||
		skip "means nothing in the $MCP_TEST_VARIANT build"
}

# A process built for gcov writes files of its own when it ends.
requires_own_calls_only() {
	[[ $MCP_TEST_VARIANT != coverage ]] ||
		skip "means nothing in the coverage build"
}

requires_strace() {
	requires_cmd strace
	strace -o /dev/null true 2>/dev/null || skip "needs leave to ptrace"
}

# traced FILE COMMAND...: run COMMAND under strace -f, its calls go to FILE.
# The leak checker cannot work beside another tracer.
traced() {
	local file=$1
	shift
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 \
		strace -f -qq -o "$file" "$@"
}

# wait_until [-t SECONDS] COMMAND...: until COMMAND succeeds, or fail.
wait_until() {
	local limit=10 end
	if [[ $1 == -t ]]; then
		limit=$2
		shift 2
	fi
	end=$((SECONDS + limit * MCP_TEST_SLOWNESS))
	until "$@"; do
		((SECONDS < end)) || fail "not so after $limit s: $*" || return
		sleep 0.02
	done
}

# spawn COMMAND...: start it in the background, its id in $!; killed when the
# test ends.  Bats waits for whoever holds descriptor 3.
spawn() {
	"$@" 3>&- &
	SPAWNED+=($!)
}

# mount_tmpfs DIR SIZE [OPTION]: a file system of SIZE bytes at DIR, until the
# test ends.
mount_tmpfs() {
	requires_root
	mkdir -p "$1"
	mount -t tmpfs -o "size=$2${3:+,$3}" mcp-test "$1" \
		2>/dev/null ||
		skip "needs leave to mount"
	MOUNTED+=("$(cd "$1" && pwd)")
}

# small_tmpfs SIZE: a file system of SIZE bytes at $SMALL, for users too, who have
# to make a name space for it; until the test ends.
# shellcheck disable=SC2034 # SMALL is read by the tests
small_tmpfs() {
	if ((EUID == 0)); then
		mount_tmpfs small "$1"
		SMALL=$PWD/small
		return
	fi
	unshare -rm true 2>/dev/null || skip "needs leave to mount"
	mkdir small
	mkfifo small.ready
	# shellcheck disable=SC2016 # the inner shell's own
	spawn unshare -rm sh -c 'mount -t tmpfs -o "size=$0" mcp-test small &&
		echo yes >small.ready && exec sleep 1000
		echo no >small.ready' "$1" 2>small.err
	[[ $(timeout 10 cat small.ready) == yes ]] || skip "needs leave to mount"
	SMALL=/proc/$!/root$PWD/small
	rm small.ready small.err
}

# bind_mount FROM TO: FROM at TO as well, until the test ends.
bind_mount() {
	requires_root
	mount --bind "$1" "$2" 2>/dev/null || skip "needs leave to mount"
	MOUNTED+=("$(readlink -f "$2")")
}

# mount_ramfs DIR: as much memory as there is, until the test ends.
mount_ramfs() {
	requires_root
	mkdir "$1"
	mount -t ramfs mcp-test "$1" 2>/dev/null || skip "needs leave to mount"
	MOUNTED+=("$PWD/$1")
}

# mount_image DIR TYPE MIB: an empty file system of its own, until the test ends.
mount_image() {
	requires_root
	requires_cmd "mkfs.$2"
	truncate -s "$3M" "$1.image"
	"mkfs.$2" -q "$1.image" >/dev/null
	mkdir "$1"
	mount -o loop "$1.image" "$1" 2>/dev/null ||
		skip "needs leave to mount $2"
	MOUNTED+=("$PWD/$1")
}

# mount_poor DIR [SWITCH[,SWITCH]...]: a directory through tests/poorfs, which
# says there what the switches are, at DIR until the test ends.  What it keeps is
# in DIR.files, and what it was asked for in DIR.log.
mount_poor() {
	local poorfs=${MCP_TEST_BUILDDIR:-$MCP_TEST_SRCDIR}/tests/poorfs
	[[ -x $poorfs ]] || skip "needs libfuse3"
	[[ -r /dev/fuse && -w /dev/fuse ]] || skip "needs /dev/fuse"
	requires_cmd fusermount3
	mkdir -p "$1" "$1.files"
	: >"$1.log"
	"$poorfs" -o "backing=$PWD/$1.files,log=$PWD/$1.log${2:+,$2}" \
		-o default_permissions "$1" 3>&- || skip "needs leave to mount"
	MOUNTED+=("$PWD/$1")
}

# random_file FILE SIZE: SIZE bytes, K M G allowed, that no copy gets by luck.
random_file() {
	head -c "$2" /dev/urandom >"$1"
}

# data_map FILE: its data extents, "OFFSET END" a line, and its size.
data_map() {
	perl -e '
		open(my $f, "<", $ARGV[0]) or die "$ARGV[0]: $!\n";
		my ($size, $pos) = (-s $f, 0);
		while ($pos < $size) {
			my $data = sysseek($f, $pos, 3) // last;
			$pos = sysseek($f, $data, 4) // $size;
			printf "%d %d\n", $data, $pos;
		}
		print "size $size\n";' -- "$1"
}

# traits FILE WHAT...: one line for each WHAT of mode, owner, times, xattrs.
traits() {
	local file=$1 what
	shift
	for what; do
		case $what in
		mode) stat -c 'mode %f' -- "$file" ;;
		owner) stat -c 'owner %u:%g' -- "$file" ;;
		times) stat -c 'modified %.9Y' -- "$file" ;;
		xattrs)
			getfattr -h -d -m - --absolute-names -e hex -- \
				"$file" | sed 1d
			;;
		*) fail "traits: $what is none" ;;
		esac
	done
}

# same_file A B [WHAT...]: B has A's content, its type and mode, its holes
# where both lie on one file system (others have other blocks), and WHAT of
# owner, times and xattrs; "-mode" and "-holes" leave these out.
same_file() {
	local a=$1 b=$2 what=mode holes=yes arg
	shift 2
	for arg; do
		case $arg in
		-mode) what=${what#mode} ;;
		-holes) holes=no ;;
		*) what+=" $arg" ;;
		esac
	done
	cmp -- "$a" "$b" || fail "$b differs from $a" || return
	# shellcheck disable=SC2086 # a list
	assert_equal "$(traits "$b" $what)" "$(traits "$a" $what)" || return
	if [[ $holes == yes && $(stat -c %d -- "$a") == $(stat -c %d -- "$b") ]]; then
		assert_equal "$(data_map "$b")" "$(data_map "$a")"
	fi
}

# Processes.  What copies runs below a launcher that gives it what a shell at a
# terminal would, a process group of its own and signals that are not ignored,
# and that keeps how it ended:
#
#     hold_copy 5 big copy "$MCP" -j 5 big copy
#     kill -KILL "${WORKERS[0]}"
#     go_on
#     assert_ended "exit 0"

# launch COMMAND...: start it, its id in JOB; it waits at a gate for open_gate.
# Reads $JOB_STDIN, writes job.out and job.err.
launch() {
	rm -f job.*
	mkfifo job.gate
	# shellcheck disable=SC2016 # Perl's own
	perl -e '
		sub note { # rename: nobody reads half a note
			my ($name, $text) = @_;
			open(my $f, ">", "$name.new") or die;
			print $f "$text\n";
			close($f);
			rename("$name.new", $name);
		}
		my $pid = fork() // die;
		if ($pid == 0) {
			setpgrp(0, 0);
			$SIG{$_} = "DEFAULT"
				for qw(HUP INT QUIT PIPE TERM TSTP CHLD);
			open(my $gate, "<", "job.gate") or die;
			readline($gate);
			close($gate);
			exec(@ARGV) or die "$ARGV[0]: $!\n";
		}
		note("job.pid", $pid);
		waitpid($pid, 0);
		note("job.end", $? & 127 ? "signal " . ($? & 127) :
					   "exit " . ($? >> 8));
		' -- "$@" <"${JOB_STDIN:-/dev/null}" >job.out 2>job.err 3>&- &
	SPAWNED+=($!)
	wait_until test -e job.pid
	JOB=$(<job.pid)
	SPAWNED+=("$JOB")
}

open_gate() {
	echo >job.gate
}

# hold_copy N SOURCE DEST COMMAND...: launch COMMAND, in which mcp copies SOURCE
# to DEST, and stop its N workers, or itself where N is 0, in the middle of it.
# Its id is then in COPIER, theirs in WORKERS.  Where they were faster than the
# hand that stops them it is tried again, from what DEST was at first.
hold_copy() {
	local workers=$1 source=$2 dest=$3 found status
	shift 3
	rm -f dest.before
	[[ ! -e $dest ]] || cp -p "$dest" dest.before
	for _ in {1..20}; do
		launch "$@"
		status=0
		found=$(stop_workers "$workers" "$source" "$dest") || status=$?
		read -r COPIER WORKERS <<<"$found"
		read -ra WORKERS <<<"$WORKERS"
		SPAWNED+=(${COPIER:+"$COPIER"} "${WORKERS[@]}")
		((status)) || return 0
		((status == 1)) || fail "stop_workers: $status" || return
		go_on
		wait_until -t 60 test -e job.end
		rm -f "$dest"
		[[ ! -e dest.before ]] || cp -p dest.before "$dest"
	done
	fail "$* was never caught copying: $(<job.end) $(<job.err)"
}

# Opens the gate and stops the workers, each when it has got its files: prints
# who was found, and returns 1 when it came too late.
stop_workers() {
	# shellcheck disable=SC2016 # Perl's own
	perl -e '
		my ($job, $name, $workers, $source, $dest) = @ARGV;
		my (%status, @stopped, $copier);
		my %inherited = map { $_ => 1 } files("self");
		$SIG{ALRM} = sub { die "fewer workers than expected\n" };
		alarm(30);

		sub status { # of a process: name, state, parent
			open(my $f, "<", "/proc/$_[0]/stat") or return ("", "X", 0);
			return readline($f) =~ /\((.*)\) (.) (\d+)/s;
		}
		sub children { # it forks no more than once, so ids are cached
			my ($parent) = @_;
			opendir(my $proc, "/proc") or die;
			my @all = grep { /^\d+$/ } readdir($proc);
			$status{$_} //= (status($_))[2] for @all;
			return grep { $status{$_} == $parent } @all;
		}
		sub find { # the first mcp from $_[0] down
			my ($pid) = @_;
			return $pid if (status($pid))[0] eq $name;
			for (children($pid)) {
				my $found = find($_);
				return $found if $found;
			}
			return 0;
		}
		sub files { # what is open in a process, but for valgrind
			my ($pid) = @_;
			opendir(my $dir, "/proc/$pid/fd") or return ();
			return grep { !/memcheck/ }
				map { readlink("/proc/$pid/fd/$_") // () }
				grep { /^\d+$/ && $_ < 1000 } readdir($dir);
		}
		sub has_source {
			return scalar(grep { $_ eq $source } @_);
		}
		sub has_pipes { # of its own: from start to end of the workers
			return scalar(grep { /^pipe:/ && !$inherited{$_} }
				      files($_[0]));
		}
		sub is_stopped {
			return (status($_[0]))[1] =~ /[Tt]/;
		}
		sub finish {
			print join(" ", $copier, @stopped), "\n";
			exit($_[0]);
		}

		open(my $gate, ">", "job.gate") or die;
		print $gate "\n";
		close($gate);
		until ($copier = find($job)) {
			exit 1 if -e "job.end";
			%status = ();
		}
		my %done;
		while (@stopped < $workers || !$workers) {
			finish(1) if -e "job.end";
			# All done: it waits for the end of the stopped ones.
			finish(1) if @stopped && !has_pipes($copier);
			for my $pid ($workers ? children($copier) : $copier) {
				next if $done{$pid};
				my @files = files($pid);
				# 0 to 2, its three ends, the two files: it
				# has closed what it inherited.
				next unless has_source(@files) &&
					(!$workers || @files == 8);
				kill("STOP", $pid);
				$done{$pid} = 1;
				push(@stopped, $pid);
			}
			last if !$workers && @stopped;
		}
		for my $pid (@stopped) {
			until (is_stopped($pid)) {
				finish(1) if -e "job.end";
			}
		}
		if ($workers) {
			# Waiting for the stopped, not for the end of them.
			until ((status($copier))[1] eq "S") {
				finish(1) if -e "job.end";
			}
			finish(1) unless has_pipes($copier);
		} else {
			@stopped = ();
		}
		finish(!has_source(files($copier)) ||
		       (-s $dest // -1) == -s $source);
		' -- "$JOB" "$MCP_TEST_COMM" "$1" "$(readlink -f "$2")" "$3"
}

# hold_traced N COMMAND...: launch COMMAND, strace of an mcp, and wait until N of
# its workers, or itself where N is 0, were stopped by a signal that strace
# injects.  The ids are then in COPIER and WORKERS.
hold_traced() {
	local count=$1
	shift
	launch "$@"
	open_gate
	wait_until -t 30 stay_stopped "$count"
	SPAWNED+=("$COPIER" "${WORKERS[@]}")
}

are_stopped() {
	local pid stopped=0
	COPIER=$(children_of "$JOB")
	COPIER=${COPIER//[[:space:]]/}
	[[ -n $COPIER ]] || return
	WORKERS=()
	for pid in $(children_of "$COPIER"); do
		WORKERS+=("$pid")
		! all_in Tt "$pid" || ((++stopped))
	done
	if (($1)); then
		((stopped == $1))
	else
		all_in Tt "$COPIER"
	fi
}

# A tracer stops a process at every call, for an instant.
stay_stopped() {
	local before
	are_stopped "$1" || return
	before=$(switches)
	sleep 0.3
	are_stopped "$1" && [[ $(switches) == "$before" ]]
}

# How often COPIER and WORKERS have run so far.
switches() {
	local pid
	for pid in "$COPIER" "${WORKERS[@]}"; do
		grep ctxt_switches "/proc/$pid/status"
	done
}

# go_on: continue what hold_copy stopped, and nobody else: mcp would pass it on to
# workers that end already, whose leak checker then waits for ever.
go_on() {
	local stopped=("${WORKERS[@]}")
	[[ -z $COPIER ]] || ! all_in Tt "$COPIER" || stopped+=("$COPIER")
	kill -CONT "${stopped[@]}" 2>/dev/null || :
}

# go_on_to_end: the same of what hold_traced has stopped, until COMMAND has ended.
# A SIGCONT that comes while the tracer still looks at the SIGSTOP is lost.
go_on_to_end() {
	wait_until -t 60 ended_or_continued
}

ended_or_continued() {
	go_on
	test -e job.end
}

# hold_first N SOURCE DEST COMMAND...: the same, but only the first of WORKERS is
# stopped: the others have done what can be done without it, and wait.
hold_first() {
	for _ in {1..20}; do
		hold_copy "$@" || return
		kill -CONT "${WORKERS[@]:1}"
		wait_until -t 60 are_settled "${WORKERS[@]:1}"
		! all_in S "${WORKERS[@]:1}" || return 0
		# It had nothing to do any more when it was stopped.
		go_on
		wait_until -t 60 test -e job.end
		rm -f "$3"
	done
	fail "${*:4}: the first worker was never caught at work"
}

are_settled() {
	all_in S "$@" || all_in -Z "$@"
}

# assert_ended "exit STATUS" | "signal NUMBER": how the launched command ended.
assert_ended() {
	wait_until -t 60 test -e job.end
	[[ $(<job.end) == "$1" ]] ||
		fail "ended by $(<job.end), not $1: $(<job.err)"
}

# children_of PID: the ids of its children.
children_of() {
	ps -o pid= --ppid "$1" || :
}

# state_of PID: the letter that ps shows; nothing when there is no such process.
state_of() {
	local stat
	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
	stat=${stat##*) }
	echo "${stat%% *}"
}

# all_in STATES PID...: each process is in one of the states; "-" is gone.
all_in() {
	local states=$1 pid state
	shift
	for pid; do
		state=$(state_of "$pid")
		[[ $states == *"${state:--}"* ]] || return
	done
}

# assert_gone PID...: be it that nobody has reaped them yet.
assert_gone() {
	wait_until -t 2 all_in -Z "$@"
}

# Every way mcp may copy a file, as the options that lead there.
WAYS=("" "-j 1" "-j 4" "-j 1 --engine=mmap" "-j 4 --engine=mmap"
	"-j 4 --engine=rw")
WAY=()

# each_way [--auto | --mmap | --no-mmap] COMMAND...: COMMAND for every one of
# WAYS, which "copy" then goes, in an empty directory each; only for those that
# leave the engine to mcp, or insist on mmap, or do not.  Not to be used in a
# condition, where bash would ignore failures.
each_way() {
	local way which=any start=$PWD
	if [[ $1 == --* ]]; then
		which=${1#--}
		shift
	fi
	for way in "${WAYS[@]}"; do
		case $which:$way in
		auto:*--engine=* | mmap:*[!p] | mmap: | no-mmap:*mmap) continue ;;
		esac
		echo "# mcp ${way:-without options}"
		read -ra WAY <<<"$way"
		cd "$(mktemp -d "$start/way.XXX")" || return
		"$@"
		cd "$start" || return
	done
	WAY=()
}

# copy ARG...: "run" mcp, in the way that each_way says.
copy() {
	run "$MCP" "${WAY[@]}" "$@"
}

# copies ARG...: the same, and it must succeed without a word.
copies() {
	copy "$@"
	assert_success || return
	assert_output ""
}

# Not every file system knows of direct access (tmpfs does since Linux 6.6).
has_direct() {
	dd if=/dev/zero of="$1/probe" bs=4096 count=1 oflag=direct \
		status=none 2>/dev/null && rm "$1/probe"
}
