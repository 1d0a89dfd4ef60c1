#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Files that are replaced and kept under another name: -b, --backup, -S and the
# environment.

load helper

# What stands at the destination is "old", what comes is "new".
setup() {
	scratch_setup
	echo new >a
	echo old >b
}

# holds FILE TEXT
holds() {
	assert_equal "$(<"$1")" "$2"
}

@test "-b keeps the old file under a name with a tilde" {
	run "$MCP" -bv a b
	assert_success
	assert_output "'a' -> 'b' (backup: 'b~')"
	holds b new
	holds b~ old
}

@test "nothing is kept where nothing is replaced" {
	"$MCP" -b a c
	assert_not_exists c~
	mkdir d
	"$MCP" -rb d e
	"$MCP" -rbT d e
	assert_not_exists e~
}

@test "numbered backups count on from the highest" {
	: >b.~9~
	: >b.~07~
	"$MCP" --backup=numbered a b
	holds b.~10~ old
	"$MCP" --backup=t a b
	holds b.~11~ new
}

# cp tries the same number for ever.
@test "numbers that are taken are found out where the directory may not be read" {
	local without=()
	((EUID != 0)) || without=(setpriv --bounding-set=-all --inh-caps=-all)
	requires_cmd timeout "${without[@]:0:1}"
	mkdir d
	echo old >d/a
	: >d/a.~1~
	: >d/a.~2~
	chmod 300 d
	run "${without[@]}" timeout -s KILL 10 "$MCP" -T --backup=numbered a d/a
	chmod 700 d
	assert_success
	holds d/a new
	holds d/a.~3~ old
}

@test "existing backups are numbered where there are such" {
	"$MCP" --backup=existing a b
	holds b~ old
	: >b.~1~
	"$MCP" --backup=nil a b
	holds b.~2~ new
}

@test "--backup=none keeps nothing" {
	"$MCP" -b --backup=none -S .bak a b
	run ls
	assert_output $'a\nb'
}

@test "the environment says what options do not" {
	VERSION_CONTROL=numbered "$MCP" -b a b
	holds b.~1~ old
	rm b.~1~
	VERSION_CONTROL=numbered "$MCP" --backup=simple a b
	holds b~ new
	SIMPLE_BACKUP_SUFFIX=.sav "$MCP" -b a b
	holds b.sav new
	SIMPLE_BACKUP_SUFFIX=.sav "$MCP" -S .bak a b
	holds b.bak new
	VERSION_CONTROL=numbered "$MCP" a b
	assert_not_exists b.~1~
}

@test "a suffix that would lead elsewhere is not used" {
	mkdir d
	"$MCP" -S /d/x a b
	holds b~ old
}

@test "words that mean nothing are refused, with those that would" {
	run "$MCP" --backup=often a b
	assert_failure 1
	assert_line --index 0 "mcp: invalid argument 'often' for 'backup type'"
	VERSION_CONTROL=often run "$MCP" -b a b
	assert_failure 1
	assert_line --index 0 \
		"mcp: invalid argument 'often' for '\$VERSION_CONTROL'"
	VERSION_CONTROL=often run "$MCP" a b
	assert_success
}

@test "what leaves files alone makes no backups of them" {
	for option in -n --update=none --update=none-fail; do
		run "$MCP" -b "$option" a b
		assert_failure 1
		assert_line --index 0 "mcp: --backup is mutually exclusive with \
-n or --update=none-fail"
	done
	touch -d 2001-01-01 a
	"$MCP" -bu a b
	assert_not_exists b~
	run "$MCP" -bi a b <<<n
	assert_failure 1
	assert_not_exists b~
	holds b old
}

@test "a copy that fails gives the old file its name back" {
	mkfifo gone
	run "$MCP" -bvs a "$PWD/../${PWD##*/}/b"
	assert_success
	mkdir d
	echo old >d/a
	run "$MCP" -bvs a d/a
	assert_failure 1
	assert_line "mcp: d/a: can make relative symbolic links only in \
current directory"
	assert_line "'d/a~' -> 'd/a' (unbackup)"
	holds d/a old
	assert_not_exists d/a~
}

# The name is free while the copy is made, for a large file for long.
@test "what somebody else has put there meanwhile is not lost to the old file" {
	local jobs
	mkfifo fifo
	for jobs in 1 4; do
		echo old >d
		spawn "$MCP" -b -j $jobs fifo d 2>err
		wait_until test -e d~
		echo other >d
		echo late >fifo
		wait "$!" && fail "it was overwritten"
		assert_equal "$(<err)" "mcp: cannot create regular file 'd': File exists
mcp: cannot un-backup 'd': File exists"
		holds d other
		holds d~ old
		rm d d~
	done
}

@test "the old file gets its name back from a copy that lacks metadata" {
	local jobs
	requires_strace
	echo old >b
	for jobs in 1 4; do
		run traced log -e inject=utimensat:error=EIO \
			"$MCP" -p -b -j $jobs a b
		assert_failure 1
		assert_output "mcp: preserving times for 'b': Input/output error"
		holds b old
		assert_not_exists b~
	done
}

@test "the source is not what is moved out of the way" {
	run "$MCP" -b a a
	assert_failure 1
	assert_output "mcp: 'a' and 'a' are the same file"
	mv a b~
	run "$MCP" --backup=simple b~ b
	assert_failure 1
	assert_output "mcp: backing up 'b' might destroy source;  'b~' not copied"
	holds b~ new
	"$MCP" --backup=numbered b~ b
	holds b new
}

@test "nor is it where the name of the backup has to be cut short" {
	local x
	x=$(printf 'x%.0s' {1..253})
	echo old >"${x}yy"
	echo new >"$x~"
	run "$MCP" -b "$x~" "${x}yy"
	assert_failure 1
	assert_output "mcp: backing up '${x}yy' might destroy source;\
  '$x~' not copied"
	assert_equal "$(<"$x~") $(<"${x}yy")" "new old"
}

@test "nor is it where a symlink leads to it" {
	local option
	for option in -b --backup=simple -rLb; do
		ln -sf b~ link
		echo source >b~
		echo old >b
		run "$MCP" $option link b
		assert_failure 1
		assert_output "mcp: backing up 'b' might destroy source;\
  'link' not copied"
		holds b~ source
		holds b old
	done
	# Another name of it may go.
	ln b~ other
	run "$MCP" -b other b
	assert_success
	holds b source
	holds b~ old
	holds other source
}

@test "-f and -b make a backup of a file that is copied onto itself" {
	"$MCP" -fb a a
	holds a~ new
	"$MCP" -f --backup=t a a
	holds a.~1~ new
	run "$MCP" -fb a ./a
	assert_failure 1
}

@test "symbolic links and hard links are kept as they are" {
	ln -s a link
	"$MCP" -b b link
	assert_equal "$(readlink link~)" a
	holds link old
	ln b hard
	"$MCP" -b a hard
	assert_equal "$(stat -c %h b)" 2
	holds hard new
}

@test "links and symbolic links replace what is kept" {
	"$MCP" -bl a b
	assert_equal "$(stat -c %h a)" 2
	holds b~ old
	"$MCP" -bs a b
	assert_equal "$(readlink b)" a
}

@test "backups lie in the directory of the file" {
	mkdir -p d/e s/e
	echo old >d/e/f
	echo new >s/e/f
	"$MCP" -rT --backup=simple s d
	holds d/e/f~ old
	assert_not_exists f~
}

@test "a file that is backed up makes room for a directory" {
	mkdir d
	echo inside >d/f
	run "$MCP" -r d b
	assert_failure 1
	assert_output "mcp: cannot overwrite non-directory 'b' with directory 'd'"
	run "$MCP" -rbv d b
	assert_success
	assert_output $'\'d\' -> \'b\'\n\'d/f\' -> \'b/f\''
	holds b/f inside
	holds b~ old
	# In a tree, and a symbolic link, whatever it leads to.
	mkdir -p s/d t
	echo new >s/d/f
	ln -s ../d t/d
	"$MCP" -r --backup=t s/. t
	holds t/d/f new
	assert_equal "$(readlink t/d.~1~)" ../d
	holds d/f inside
}

@test "nothing is backed up for what has no name, or is not copied" {
	mkdir d
	run "$MCP" -rbT d/. b
	assert_failure 1
	assert_output "mcp: cannot create directory 'b': File exists"
	holds b old
	run "$MCP" -rbT a d
	assert_failure 1
	assert_output "mcp: cannot overwrite directory 'd' with non-directory 'a'"
	run ls
	assert_output $'a\nb\nd'
}

@test "a just created file is replaced only when its backups are numbered" {
	mkdir d s
	echo other >s/a
	run "$MCP" -b a s/a d
	assert_failure 1
	assert_output "mcp: will not overwrite just-created 'd/a' with 's/a'"
	"$MCP" --backup=t a s/a d
	holds d/a other
	holds d/a.~1~ new
}
