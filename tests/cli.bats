#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The command line: what each way of writing it means, and what is refused.

load helper

setup() {
	scratch_setup
	echo text >a
	HINT="Try 'mcp --help' for more information."
}

# refused "MESSAGE" ARG...: status 1, MESSAGE with the hint behind it and
# nothing else, no file made or changed.
refused() {
	plainly_refused "$1
$HINT" "${@:2}"
}

# plainly_refused "MESSAGE" ARG...: the same without the hint.
plainly_refused() {
	local before
	before=$(files)
	copy "${@:2}"
	assert_failure 1
	assert_output "mcp: $1"
	assert_equal "$(files)" "$before"
}

files() {
	ls -lAi --time-style=full-iso
}

# understood ARG...: a is copied to b, without a word.
understood() {
	rm -f b
	copies "$@"
	cmp a b
}

# Operands

@test "without operands, cp's two lines" {
	refused "missing file operand"
	refused "missing file operand" -v
	refused "missing file operand" -T
	refused "missing file operand" -t .
	refused "missing file operand" --
}

@test "without a destination, cp's two lines" {
	refused "missing destination file operand after 'a'" a
	refused "missing destination file operand after 'two words'" "two words"
	refused "missing destination file operand after 'a'" -T a
	refused "missing destination file operand after '-v'" -- -v
}

@test "operands that -T and -t do not go with are refused" {
	refused "extra operand 'c'" -T a b c
	plainly_refused "cannot combine --target-directory (-t) and --no-target-directory (-T)" \
		-t . -T a
	plainly_refused "multiple target directories specified" -t . -t . a
}

@test "an empty operand is a name that nothing has" {
	copy "" b
	assert_failure 1
	assert_output "mcp: cannot stat '': No such file or directory"
	copy a ""
	assert_failure 1
	assert_output "mcp: cannot create regular file '': No such file or directory"
}

# Writing options

@test "options come before, between and after the operands" {
	understood -j 1 a b
	understood a -j 1 b
	understood a b -j 1
	understood a b -j1 --engine rw
	mkdir d
	copies a -t d
	cmp a d/a
}

@test "POSIXLY_CORRECT ends the options at the first operand" {
	export POSIXLY_CORRECT=1
	understood -j 1 a b
	copy a b -j
	assert_failure 1
	assert_output "mcp: target '-j': No such file or directory"
	mkdir ./-v
	copies a b -v
	cmp a ./-v/a
	cmp b ./-v/b
}

@test "-- ends the options" {
	understood -j 1 -- a b
	understood a -- b
	copies -- a -v
	cmp a ./-v
	copies -- -v --jobs=0
	cmp a ./--jobs=0
	copies -- a --
	cmp a ./--
}

@test "a lone dash is an operand" {
	copies a -
	cmp a ./-
	copies - b
	cmp a b
}

@test "long options may be shortened as long as they are unambiguous" {
	local option
	for option in --jobs --job --jo --j; do
		understood $option=2 a b
		understood $option 2 a b
	done
	for option in --chunk-size --chunk --ch; do
		understood $option=64K a b
		understood $option 64K a b
	done
	for option in --engine --engin --e; do
		understood $option=rw a b
		understood $option rw a b
	done
	for option in --force --fo --f --no-clobber --no-c --no-cl; do
		understood $option a b
	done
	understood --no-target-directory a b
	understood --no-t a b
	mkdir d
	for option in --target-directory --target --t; do
		copies $option=d a
		copies $option d a
		cmp a d/a
		rm d/a
	done
	copy --verb a b
	assert_success
	assert_output "'a' -> 'b'"
}

@test "an ambiguous abbreviation is refused, with what it could mean" {
	refused "option '--ver' is ambiguous; possibilities: '--verbose' '--version'" \
		--ver a b
	refused "option '--v' is ambiguous; possibilities: '--verbose' '--version'" \
		--v a b
	# In cp's order, which is not the alphabet's.
	refused "option '--re' is ambiguous; possibilities: '--recursive' '--remove-destination' '--reflink'" \
		--re a b
	refused "option '--p' is ambiguous; possibilities: '--parents' '--preserve'" \
		--p a b
	refused "option '--no' is ambiguous; possibilities: '--no-clobber' '--no-dereference' '--no-preserve' '--no-target-directory'" \
		--no a b
}

@test "short options may be bundled, a value ends the bundle" {
	copy -fv a b
	assert_success
	assert_output "'a' -> 'b'"
	copy -vfT a b
	assert_success
	assert_output "'a' -> 'b'"
	copies -vfn a b
	understood -j5 a b
	understood -fj5 a b
	understood -fj 5 a b
	understood -j 5 a b
	mkdir d
	copy -vtd a
	assert_success
	assert_output "'a' -> 'd/a'"
	copy -vft d a
	assert_success
	assert_output "'a' -> 'd/a'"
	mkdir vd
	copies -tvd a
	cmp a vd/a
}

@test "of options that contradict each other the last one wins" {
	understood -j 4 -j 1 a b
	understood --engine=mmap --engine=rw a b
	understood --chunk-size=4M --chunk-size=64K a b
	# -f does not take -n back: cp skips, too.
	echo old >b
	copies -n -f a b
	assert_equal "$(cat b)" old
}

@test "unknown options are refused as getopt refuses them" {
	refused "unrecognized option '--bogus'" --bogus a b
	refused "unrecognized option '--bogus=1'" --bogus=1 a b
	refused "invalid option -- 'Y'" -Y a b
	refused "invalid option -- 'Y'" -fYv a b
	refused "invalid option -- '?'" '-?' a b
	refused "invalid option -- '='" -f=1 a b
	refused "unrecognized option '--bogus'" a b --bogus
	refused "unrecognized option '---'" --- a b
}

@test "options that are still to be built are refused, not ignored" {
	local option
	for option in --dry-run --verify \
		--resume --atomic --bwlimit=1 --nocache; do
		refused "unrecognized option '$option'" $option a b
	done
}

@test "values that are missing or unwanted are refused" {
	refused "option requires an argument -- 'j'" a b -j
	refused "option requires an argument -- 't'" a b -ft
	refused "option '--jobs' requires an argument" a b --jobs
	refused "option '--engine' requires an argument" a b --eng
	refused "option '--chunk-size' requires an argument" a b --chunk-size
	refused "option '--target-directory' requires an argument" a --target
	refused "option '--force' doesn't allow an argument" --force=1 a b
	refused "option '--verbose' doesn't allow an argument" --verb= a b
	refused "option '--help' doesn't allow an argument" --help=me a b
}

@test "an option in the place of a value is the value" {
	refused "invalid number of jobs: '-f' (1 to 4096 are valid)" -j -f a b
	refused "unknown engine: '--' (auto, mmap, rw, cfr, clone and direct are known)" \
		--engine -- a b
}

# popt puts the next word without a dash into any value that holds this, and
# loops for ever when there is none.
@test "a value that holds what popt replaces stays as it is" {
	copy() {
		run timeout 10 "$MCP" "$@"
	}
	mkdir '!#:+' 'x!#:+'
	copies -t '!#:+' a
	cmp a '!#:+/a'
	copies --target-directory='x!#:+' a
	cmp a 'x!#:+/a'
	refused "unknown engine: 'rw!#:+' (auto, mmap, rw, cfr, clone and direct are known)" \
		--engine='rw!#:+' a b
}

@test "of several mistakes the first one is told, alone" {
	refused "invalid number of jobs: '0' (1 to 4096 are valid)" \
		-j 0 --bogus --chunk-size=1 a b
	refused "unrecognized option '--bogus'" --bogus -j 0 a b
	refused "unrecognized option '--bogus'" --bogus
}

# Values

@test "a number of jobs from 1 to 4096 is taken" {
	local jobs
	for jobs in 1 2 4095 4096 007; do
		understood -j $jobs a b
		understood --jobs=$jobs a b
	done
}

@test "any other number of jobs is refused" {
	local jobs
	for jobs in 0 -1 4097 65537 4294967297 18446744073709551617 \
		99999999999999999999999999999999 x 4x 0x4 1e3 1.5 +4 " 4" "4 " \
		"" 1K; do
		refused "invalid number of jobs: '$jobs' (1 to 4096 are valid)" \
			-j "$jobs" a b
		refused "invalid number of jobs: '$jobs' (1 to 4096 are valid)" \
			--jobs="$jobs" a b
	done
}

@test "sizes may be written as for GNU tools" {
	local size
	for size in 65536 65536B 64K 64k 64KiB 512KB 4096KB 1M 1MiB 512MB 1G \
		1GiB 1T 1TiB 1P 1PiB 1E 7E 7EiB; do
		understood --chunk-size=$size a b
	done
}

@test "a chunk size that is none is refused" {
	local size
	for size in 0 0K x K -1 -4K 4X 4Ki 4KiBB 4KK "4 K" " 4K" "" +4K 1.5M \
		0x1000 1Q; do
		refused "invalid chunk size: '$size'" --chunk-size="$size" a b
	done
}

@test "a chunk size beyond what a file can have is refused" {
	local size
	for size in 8E 9223372036854775808 18446744073709551616 \
		18446744073709555712 18014398509481984K 16384P 99999999999999E; do
		refused "invalid chunk size: '$size'" --chunk-size=$size a b
	done
}

@test "a chunk size of no whole pages is refused" {
	local size
	for size in 1 512 4095 65537 4KB 1000000 1MB; do
		refused "invalid chunk size: not a multiple of the page size" \
			--chunk-size=$size a b
	done
}

@test "engines are known by their full names" {
	local engine
	for engine in auto mmap rw cfr; do
		understood --engine=$engine a b
		understood --engine $engine a b
	done
	for engine in bogus "" mm RW " rw" clon copy_file_range; do
		refused "unknown engine: '$engine' (auto, mmap, rw, cfr, clone and direct are known)" \
			--engine="$engine" a b
	done
}

# Help

@test "--help goes to standard output, fits 80 columns and exits 0" {
	"$MCP" --help >out 2>err
	assert_equal "$(head -n 1 out)" \
		"Usage: mcp [OPTION]... [-T] SOURCE DEST"
	refute grep -E '.{80}|	| $' out
	assert_equal "$(cat err)" ""
}

@test "--help names every option, and --version the program" {
	local option
	run "$MCP" --help
	for option in "-f, --force" "-n, --no-clobber" \
		"-t, --target-directory=DIRECTORY" "-T, --no-target-directory" \
		"-v, --verbose" "--help" "--version" "-j, --jobs=N" \
		"--chunk-size=SIZE" "--engine=NAME"; do
		assert_line --regexp "^  (    )?$option( |\$)"
	done
	run "$MCP" --version
	assert_success
	assert_line -n 0 --regexp '^mcp \(.*mcp.*\) [0-9]+\.[0-9]+'
}

@test "--help and --version count where they stand" {
	copy --help --bogus
	assert_success
	copy --version -j 0
	assert_success
	copy --hel a b
	assert_success
	assert [ ! -e b ]
	refused "unrecognized option '--bogus'" --bogus --help
	refused "invalid number of jobs: '0' (1 to 4096 are valid)" \
		-j 0 --version
}

@test "help that cannot be written is an error" {
	run bash -c '"$MCP" --help >/dev/full'
	assert_failure 1
	assert_output "mcp: write error: No space left on device"
	run bash -c '"$MCP" --version >&-'
	assert_failure 1
	assert_output "mcp: write error: Bad file descriptor"
}

# The surroundings

@test "popt's alias files change nothing" {
	mkdir home home/.popt.d
	export HOME=$PWD/home
	printf '%s\n' "mcp alias --jobs --verbose --no-clobber" \
		"mcp alias -f --verbose --no-clobber" \
		"mcp alias --zap --verbose" "mcp exec --zip /bin/false" \
		"mcp alias -z --verbose" | tee home/.popt >home/.popt.d/mcp
	echo old >b
	copies -f a b
	cmp a b
	refused "unrecognized option '--zap'" --zap a b
	refused "unrecognized option '--zip'" --zip a b
	refused "invalid option -- 'z'" -z a b
	refused "invalid number of jobs: '--no' (1 to 4096 are valid)" \
		--jobs --no a b
}

@test "popt's alias files are not even looked for" {
	requires_strace
	traced log env HOME="$PWD" "$MCP" -f a b
	cmp a b
	refute grep -E '/popt"|/\.popt|popt\.d' log
}

@test "no variable of the environment is an option" {
	MCP_OPTIONS=-v MCP_JOBS=0 POPT_OPTIONS=-v CP_OPTIONS=-v \
		MCP_ENGINE=bogus understood a b
}

@test "messages begin with the name mcp was called by" {
	ln -s "$MCP" cp
	run ./cp
	assert_failure 1
	assert_output "cp: missing file operand
Try 'cp --help' for more information."
	run "$PWD/cp" none b
	assert_output "cp: cannot stat 'none': No such file or directory"
	run ./cp --help
	assert_line -n 0 "Usage: cp [OPTION]... [-T] SOURCE DEST"
	run bash -c 'exec -a /else/where/name "$MCP" none b'
	assert_output "name: cannot stat 'none': No such file or directory"
}

@test "mcp called without even a name of its own does no harm" {
	requires_cmd perl
	# shellcheck disable=SC2016 # Perl's own
	run perl -e 'my @none; exec { $ENV{MCP} } @none'
	assert_failure 1
	assert_output --partial "missing file operand"
}
