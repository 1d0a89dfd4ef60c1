# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Trees that are worth workers: what they do together is what one does alone.

load helper

setup() {
	scratch_setup
	# Leaks cannot be looked for under ptrace.
	STRACE=(env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"
		strace -f -o trace)
}

# forest DIRS FILES: a tree at s, of that many directories with so many files.
forest() {
	local i j

	mkdir s
	for ((i = 0; i < $1; i++)); do
		mkdir "s/d$i"
		for ((j = 0; j < $2; j++)); do
			echo "$i $j" >"s/d$i/f$j"
		done
	done
}

# names COUNT: a tree at s, of so many empty files: shared out before the first.
names() {
	mkdir s
	(cd s && seq -f 'f%g' "$1" | xargs touch)
}

# state DIR: all that is there, with modes, owners, times and contents.
state() {
	(
		cd "$1" || exit
		find . -printf '%P|%y|%m|%U:%G|%n|%T@|%l\n' | LC_ALL=C sort
		find . -type f -exec cksum {} + | LC_ALL=C sort -k3
	)
}

# with_workers ARGUMENT...: mcp with them and -j 4, which must start workers.
with_workers() {
	requires_strace
	run "${STRACE[@]}" -e trace=openat2 -e signal=none \
		"$MCP" -j 4 "$@"
	# Four for each tree, and itself.
	assert [ "$(grep -c '+++ exited with' trace)" -ge 5 ]
}

@test "a tree is the same as one process makes it" {
	forest 20 20
	mkdir -p s/d3/deep/er/est s/empty
	ln -s nowhere s/d4/dangling
	mkfifo s/d5/fifo
	chmod 700 s/d6
	chmod 4755 s/d7/f1
	touch -d 2001-02-03 s/d8 s/d8/f1 s/d3/deep
	with_workers -a s t
	assert_success
	assert_equal "$(state t)" "$(state s)"
}

@test "without -a modes are those of one process, too" {
	forest 20 20
	chmod 750 s/d6
	chmod 600 s/d7/f1
	umask 027
	with_workers -r s t
	assert_success
	"$MCP" -j 1 -r s u
	assert_equal "$(state t | sed 's/|[0-9.]*|$//')" \
		"$(state u | sed 's/|[0-9.]*|$//')"
}

@test "directories that may not be written to keep their mode and times" {
	forest 20 20
	touch -d 2001-02-03 s/d*
	chmod 555 s/d1 s/d2
	with_workers -a s t
	chmod 755 s/d1 s/d2
	assert_success
	assert_equal "$(stat -c '%a %Y' t/d1 t/d2 t/d3)" \
		"$(stat -c '%a %Y' s/d1 s/d2 s/d3 | sed '1,2s/^755/555/')"
	chmod 755 t/d1 t/d2
}

@test "files of several names keep them, wherever these are" {
	local i
	forest 20 20
	for ((i = 0; i < 20; i++)); do
		ln s/d0/f1 "s/d$i/first"
		ln "s/d$i/f2" "s/d$(((i + 7) % 20))/second$i"
	done
	with_workers -a s t
	assert_success
	assert_equal "$(state t)" "$(state s)"
	assert_equal "$(stat -c %i t/d0/f1)" "$(stat -c %i t/d19/first)"
}

@test "when the first name of a file fails, the others are one file all the same" {
	local i
	forest 20 20
	for ((i = 0; i < 20; i++)); do
		echo x >>s/first
		ln s/first "s/d$i/first"
	done
	# Half of the names cannot be made, whichever comes first.
	for ((i = 0; i < 20; i += 2)); do
		mkdir -p "t/d$i/first"
	done
	with_workers -aT s t
	assert_failure
	for ((i = 0; i < 20; i += 2)); do
		assert_line "mcp: cannot overwrite directory 't/d$i/first' with non-directory 's/d$i/first'"
		assert [ t/first -ef "t/d$((i + 1))/first" ]
	done
	assert_equal "$(stat -c %h t/first)" 11
	assert_equal "$(wc -l <<<"$output")" 10
}

@test "names of earlier operands are known to all workers" {
	local i
	mkdir s
	for ((i = 0; i < 200; i++)); do
		echo "$i" >"s/f$i"
	done
	cp -rl s u
	mkdir t
	with_workers -a s u t
	assert_success
	for ((i = 0; i < 200; i++)); do
		assert [ "t/s/f$i" -ef "t/u/f$i" ]
	done
}

@test "more names than wait in memory find their files" {
	local i
	mkdir s s/a s/b
	for ((i = 0; i < 4000; i++)); do
		echo "$i" >"s/a/with-a-name-that-is-rather-long-$i"
	done
	cp -rl s/a/. s/b
	cp -rl s/a/. s/c
	with_workers -a s t
	assert_success
	assert_equal "$(state t)" "$(state s)"
	assert_equal "$(find t -type f -links 3 | wc -l)" 12000
	assert_equal "$(find t -type f -printf '%i\n' | sort -u | wc -l)" 4000
}

@test "one huge directory is shared, too" {
	forest 1 1500
	with_workers -r s t
	assert_success
	diff -r s t
}

@test "a huge directory is copied while it is still being listed" {
	local first last

	requires_strace
	mkdir s
	(cd s && seq 20000 | xargs touch)
	run "${STRACE[@]}" -e trace=openat,getdents64 -e signal=none \
		"$MCP" -r -j 2 s d
	assert_success
	assert_equal "$(find d -type f | wc -l)" 20000
	first=$(grep -n 'O_CREAT' trace | head -n 1 | cut -d: -f1)
	last=$(grep -n getdents64 trace | tail -n 1 | cut -d: -f1)
	assert [ "$first" -lt "$last" ]
}

@test "a directory of which the rest cannot be listed is named, once" {
	requires_strace
	requires_own_calls_only
	mkdir s
	(cd s && seq 9000 | xargs touch)
	for jobs in 1 2; do
		run "${STRACE[@]}" -e trace=getdents64 -e signal=none \
			-e inject=getdents64:error=EIO:when=5 \
			"$MCP" -r -j $jobs s d$jobs
		assert_failure 1
		grep -q INJECTED trace
		assert_equal "$(grep -c "cannot access 's': Input/output error" \
			<<<"$output")" 1
		assert_equal "${#lines[@]}" 1
	done
}

@test "a tree onto another one, of which the last operand wins" {
	local i
	forest 20 20
	cp -r s second
	for ((i = 0; i < 20; i++)); do
		echo second >"second/d$i/f3"
	done
	mkdir t
	with_workers -r s/. second/. t
	assert_success
	diff -r second t
}

@test "with -v every line is whole, and a directory's comes before its contents" {
	forest 20 20
	with_workers -rv s t
	assert_success
	assert_equal "${#lines[@]}" 421
	awk -F"'" '{
		seen[$4] = 1
		at = match($4, "/[^/]*$")
		if (at && !(substr($4, 1, at - 1) in seen))
			bad = 1
	} END { exit bad }' <<<"$output"
	diff <(sort <<<"$output") <(cd . && cp -rv s u | sed "s/-> 'u/-> 't/" | sort)
}

@test "what cannot be read is named, once, and all else is copied" {
	requires_user
	forest 20 20
	chmod 0 s/d3/f3 s/d4
	with_workers -r s t
	chmod 755 s/d4
	assert_failure 1
	assert_equal "$(sort <<<"$output")" \
		"mcp: cannot access 's/d4': Permission denied
mcp: cannot open 's/d3/f3' for reading: Permission denied"
	assert [ "$(find t -type f | wc -l)" == 379 ]
}

@test "what fails in a worker fails mcp" {
	local last
	forest 20 20
	small_tmpfs 4M
	# What cp comes to last is never the parent's own, nor put aside for it.
	last=$("$MCP" -j 1 -rv s/. x | tail -n 1)
	last=${last#*" -> 'x/"}
	last=${last%"'"}
	head -c 5M /dev/zero >"s/$last"
	with_workers -r s/. "$SMALL/t"
	assert_failure 1
	# Others may have met it while there was no room.
	assert_line "mcp: error writing '$SMALL/t/$last': No space left on\
 device"
}

@test "a large file in a tree waits for the others, and is copied by all" {
	forest 20 20
	truncate -s 40M s/d3/large
	echo end >>s/d3/large
	touch -d 2001-02-03 s/d3/large s/d3
	with_workers -a s t
	assert_success
	cmp s/d3/large t/d3/large
	assert_equal "$(state t)" "$(state s)"
}

# workers_at FILE...: how many --debug said in "said", of copies at t.
workers_at() {
	local file
	for file; do
		grep -A1 -F " -> 't/$file'" said | grep -o 'workers: [0-9]*'
	done | sort
}

@test "large files of one size are copied by one worker each, but for the last" {
	local i

	names 300
	for i in 1 2 3 4 5; do
		truncate -s 40M "s/large$i"
		echo "$i" >>"s/large$i"
	done
	"$MCP" -a -j 2 --debug --reflink=never s t >said
	assert_equal "$(workers_at large{1..5})" \
		"$(printf 'workers: %d\n' 1 1 1 1 2)"
	assert_equal "$(state t)" "$(state s)"
}

@test "a giant is copied by all workers, whatever else is large" {
	names 300
	truncate -s 400M s/giant
	truncate -s 40M s/one s/two s/three
	"$MCP" -a -j 2 --debug --reflink=never s t >said
	assert_equal "$(workers_at giant)" 'workers: 2'
	assert_equal "$(workers_at one two three)" \
		"$(printf 'workers: %d\n' 1 1 2)"
	assert_equal "$(state t)" "$(state s)"
}

@test "large files of several names are one file, too" {
	local i

	names 300
	for i in 1 2 3 4; do
		truncate -s 40M "s/large$i"
		echo "$i" >>"s/large$i"
		ln "s/large$i" "s/other$i"
	done
	with_workers -a s t
	assert_success
	assert_equal "$(state t)" "$(state s)"
	for i in 1 2 3 4; do
		assert [ "t/large$i" -ef "t/other$i" ]
	done
}

@test "a few files are worth workers when they are heavy" {
	local i

	mkdir s
	for i in 1 2 3 4; do
		head -c 3M /dev/urandom >"s/f$i"
	done
	with_workers -a --reflink=never s t
	assert_success
	assert_equal "$(state t)" "$(state s)"
}

@test "and are not when nothing is left to be copied after them" {
	mkdir s
	head -c 9M /dev/urandom >s/one
	requires_strace
	run "${STRACE[@]}" -e trace=none -e signal=none \
		"$MCP" -j 4 -a --reflink=never s t
	assert_success
	assert_equal "$(grep -c '+++ exited with' trace)" 1
}

@test "a tree is copied into itself no deeper than once" {
	forest 20 20
	mkdir s/t
	run "$MCP" -j 4 -r s s/t
	assert_failure 1
	assert_output "mcp: cannot copy a directory, 's', into itself, 's/t/s'"
	assert [ ! -e s/t/s/t/s ]
}

@test "nor is it where a mount hides that it is" {
	# Where there is an end to what it could be copied into.
	mkdir small
	mount_tmpfs small 64M
	cd small
	forest 20 20
	mkdir -p s/sub/t here
	bind_mount s/sub here
	run "$MCP" -j 4 -rT s here/t
	assert_failure 1
	assert_output "mcp: cannot copy a directory, 's', into itself, 'here/t'"
	diff -r s/d1 here/t/d1
	assert [ -d here/t/sub ]
	assert [ ! -e here/t/sub/t ]
}

@test "-u, -n and existing files are as with one process" {
	forest 20 20
	cp -r s t
	echo newer >t/d1/f1
	touch -d 2001-02-03 t/d2/f2 t/d3/f3
	echo older >t/d2/f2
	touch -d 2001-02-03 t/d2/f2
	cp -a t u
	with_workers -ru s/. t
	assert_success
	"$MCP" -j 1 -ru s/. u
	diff -r t u
	assert_equal "$(<t/d1/f1) $(<t/d2/f2)" "newer 2 2"
}

@test "a thousand levels are no limit, nor a path beyond PATH_MAX" {
	local i name
	forest 20 20
	name=$(printf 'x%.0s' {1..100})
	(
		cd s/d1
		for ((i = 0; i < 100; i++)); do
			mkdir "$name"
			cd "$name" || exit
		done
		echo bottom >file
	)
	with_workers -a s t
	assert_success
	(
		cd t/d1
		for ((i = 0; i < 100; i++)); do
			cd "$name" || exit
		done
		[[ $(<file) == bottom ]]
	)
}

@test "names deeper than PATH_MAX are left to one process" {
	local i name
	name=$(printf 'x%.0s' {1..100})
	mkdir s
	(
		cd s
		for ((i = 0; i < 100; i++)); do
			echo "$i" >f1
			echo "$i" >f2
			mkdir "$name"
			cd "$name" || exit
		done
	)
	with_workers -a s t
	assert_success
	assert_output ""
	(
		cd t
		for ((i = 0; i < 100; i++)); do
			[[ $(<f1)$(<f2) == "$i$i" ]] || exit
			cd "$name" || exit
		done
	)
}

# Workers once lost sight of names below a path of 40,000 bytes, and made a file
# of each. One process alone could not link to what was deeper than PATH_MAX.
@test "names of one file stay that, however deep they are" {
	local i jobs name ids top=$PWD
	name=$(printf 'x%.0s' {1..250})
	forest 20 20
	(
		cd s/d1
		for ((i = 0; i < 170; i++)); do
			mkdir "$name"
			cd "$name" || exit
			((i != 20)) || ln "$top/s/d2/f2" name
			((i != 30)) || echo deep >name
		done
		ln "$top/s/d3/f3" name
		for ((i = 169; i > 30; i--)); do
			cd ..
		done
		ln name "$top/s/d4/deep"
		ln name "$name/name"
	)
	# It is chance who comes to the deep ones.
	for jobs in 1 4 4 4; do
		if ((jobs == 1)); then
			run "$MCP" -j 1 -a s t
		else
			with_workers -a s t
		fi
		assert_success
		assert_output ""
		ids=()
		cd t/d1
		for ((i = 0; i < 170; i++)); do
			cd "$name"
			[[ ! -e name ]] || ids+=("$(stat -c %i:%h name)")
		done
		cd "$top"
		assert_equal "${ids[*]}" "$(stat -c %i:%h t/d2/f2 t/d4/deep \
			t/d4/deep t/d3/f3 | paste -sd ' ')"
		assert_equal "${ids[*]//*:/}" "2 3 3 2"
		rm -rf t
	done
}

# Each batch was, through all directories above it: 200,000 of them here.
@test "what is deeper than a path can be is not sought from the top" {
	local i name
	name=$(printf 'x%.0s' {1..100})
	mkdir s
	(
		cd s
		for ((i = 0; i < 200; i++)); do
			touch {a..j}
			mkdir "$name"
			cd "$name" || exit
		done
	)
	requires_strace
	run "${STRACE[@]}" -e trace=openat -e signal=none "$MCP" -j 4 -a s t
	assert_success
	assert_output ""
	assert [ "$(grep -c O_PATH trace)" -lt 2000 ]
	assert_equal "$(find t | wc -l)" 2201
}

@test "a slash behind a new directory changes nothing" {
	forest 20 20
	with_workers -r s new/
	assert_success
	diff -r s new
}

@test "each engine serves workers at a tree" {
	local engine
	forest 20 20
	for engine in rw mmap direct; do
		with_workers -r --engine=$engine s "$engine"
		assert_success
		diff -r s "$engine"
	done
}

@test "what is written through a symlink does not meet what is written there" {
	local i
	forest 20 20
	mkdir t t/d1
	echo old >t/d1/f1
	for i in 2 3 4 5; do
		mkdir "t/d$i"
		ln -s ../d1/f1 "t/d$i/f$i"
	done
	with_workers -r s/. t
	assert_success
	# One of them, and whole.
	grep -qxE '1 1|2 2|3 3|4 4|5 5' t/d1/f1
	assert [ "$(wc -l <t/d1/f1)" == 1 ]
}

@test "a FIFO whose reader has gone ends all of it, as with one process" {
	local jobs
	names 300
	mkdir -p s/sub t/s/sub
	random_file s/sub/z 400000
	touch s/sub/{a,b}
	mkfifo t/s/sub/z
	for jobs in 1 4; do
		head -c 10 t/s/sub/z >/dev/null 3>&- &
		SPAWNED+=($!)
		run timeout 60 env --default-signal=PIPE \
			"$MCP" -r -j $jobs s t
		assert_failure 141
		assert_output ""
	done
}

@test "workers leave their parent the descriptors that it needs" {
	local limit deep=deep engine=rw
	# It opens both files once more.
	! has_direct . || engine=direct
	names 300
	random_file s/m 1500000
	random_file s/n 1500000
	random_file big 300000
	for _ in {1..24}; do
		deep+=/d
	done
	mkdir -p "$deep"
	touch "$deep/f"
	for limit in 20 24 33 36 39 45 60; do
		mkdir -p t/s
		# These are for the parent: they have another name.
		echo old | tee t/s/m >t/s/n
		ln t/s/m m.old
		ln t/s/n n.old
		run bash -c "ulimit -n $limit"' && exec "$@"' - \
			"$MCP" -r -j 16 --engine=$engine s t
		assert_success
		assert_output ""
		diff -r s t/s
		run bash -c "ulimit -n $limit"' && exec "$@"' - \
			"$MCP" -r -j 16 big s deep deep/d t
		assert_success
		assert_output ""
		diff -r deep t/deep
		rm -r t ./*.old
	done
}
