#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The manual page, --help and README say the same, and what they show works.

load helper

setup() {
	scratch_setup
	PAGE=$MCP_TEST_SRCDIR/man/mcp.1
	README=$MCP_TEST_SRCDIR/README.md
}

# section NAME: its lines in the source of the page.
section() {
	awk -v name="$1" '
		/^\.Sh / { inside = substr($0, 5) == name; next }
		inside' "$PAGE"
}

# One line an option, as "-j, --jobs=N".

options_of_help() {
	"$MCP" --help |
		grep -oE '^  (-.(, --[a-z-]+)?|    --[a-z-]+)(\[?=[A-Z]+\]?)?' |
		sed 's/^ *//' | sort
}

options_of_page() {
	section OPTIONS |
		sed -n '/^\.It Fl /{
			s/^\.It //
			s/Fl Fl /--/
			s/Fl /-/
			s/ , /, /
			s/ Ns = Ns Ar /=/
			s/ Ns Op = Ns Ar \(.*\)/[=\1]/
			p
		}' | sort
}

# Their names alone, as "-j" and "--jobs".
option_names() {
	options_of_help | grep -oE -- '-(-[a-z-]+|[A-Za-z]\b)'
}

@test "the page has every option of --help, and no other" {
	assert_equal "$(options_of_page)" "$(options_of_help)"
	# Else two empty lists would be the same, too.
	assert_equal "$(options_of_page | grep -cx -e '-j, --jobs=N' \
		-e --version)" 2
}

@test "the page speaks of no option that --help does not have" {
	local options option
	options=$(option_names)
	while read -r option; do
		grep -qxe "$option" <<<"$options" ||
			fail "the page speaks of $option"
	done < <(grep -oE 'Fl (Fl )?[A-Za-z][a-z-]*' "$PAGE" |
		sed 's/Fl Fl /--/; s/Fl /-/' | sort -u)
}

@test "the page has every engine that --engine takes, and no other" {
	local engines engine
	run "$MCP" --engine=none a b
	assert_failure
	# "unknown engine: 'none' (auto, mmap and rw are known)"
	engines=$(sed 's/.*(//; s/ are known)$//; s/ and /, /; s/, /\n/g' \
		<<<"${lines[0]}" | sort)
	assert_equal "$(section OPTIONS |
		sed -n '/^\.It Fl Fl engine/,/^\.El/s/^\.It Cm //p' | sort)" \
		"$engines"
	for engine in $engines; do
		run "$MCP" "--engine=$engine" missing b
		assert_output --partial "cannot stat 'missing'"
	done
}

@test "--help fits into 80 columns" {
	run "$MCP" --help
	assert_success
	refute_line --regexp '.{80}'
}

@test "the page has what scripts want to know" {
	local name
	for name in SIGNALS "EXIT STATUS" EXAMPLES ENVIRONMENT FILES; do
		[[ -n $(section "$name") ]] || fail "no section $name"
	done
	for name in INT TERM HUP TSTP PIPE; do
		section SIGNALS | grep -q "SIG$name" || fail "no SIG$name"
	done
	section EXAMPLES | grep -q -- 'mcp -j 5 '
}

@test "mandoc finds no fault with the page" {
	requires_cmd mandoc
	run mandoc -Tlint -Wwarning "$PAGE"
	assert_success
	assert_output ""
}

@test "groff finds no fault with the page" {
	requires_cmd groff
	[[ -e $(find /usr/share/groff /usr/local/share/groff \
		-name doc.tmac -print -quit 2>/dev/null) ]] ||
		skip "needs groff with the macros for manual pages"
	run groff -mdoc -ww -z "$PAGE"
	assert_success
	assert_output ""
}

@test "the page fits into 80 columns" {
	requires_cmd mandoc
	run bash -c 'mandoc -Tascii -Owidth=80 "$1" | sed "s/.\x08//g"' - "$PAGE"
	assert_success
	assert_line --partial "EXIT STATUS"
	refute_line --regexp '.{81}'
}

@test "the examples do what they say" {
	local commands command
	mapfile -t commands < <(section EXAMPLES | sed -n 's/^\$ //p')
	((${#commands[@]} >= 5))

	mkdir -p bin backup/home home
	ln -s "$MCP" bin/mcp
	PATH=$PWD/bin:$PATH
	random_file disk.img 100K
	gzip -k disk.img
	printf '%s\n' b c a >notes.txt
	cp notes.txt home
	echo one >part1
	echo two >part2
	echo zero >all
	for command in "${commands[@]}"; do
		# Whoever runs this may be root: nothing outside is for examples.
		refute grep -E '(^|[ =])(/|~)' <<<"${command//\/dev\/std/}"
		run bash -euo pipefail -c "$command"
		assert_success
	done

	cmp disk.img backup/disk.img
	cmp disk.img disk.new
	cmp disk.img backup/disk-????-??-??.img
	cmp notes.txt backup/notes.txt
	cmp notes.txt backup/home/notes.txt
	assert_equal "$(<sorted.txt)" "$(printf '%s\n' a b c)"
	assert_equal "$(<all)" "$(printf '%s\n' zero one two)"
}

@test "README begins with the two commands" {
	run head -n 20 "$README"
	assert_line --regexp '^ *\./bootstrap && \./src/mcp -j 5 SOURCE DEST$'
	assert_line --regexp '^ *\./bootstrap && make check$'
}

# shellcheck disable=SC2016 # the backticks are Markdown's
@test "what README and HACKING point to is there" {
	local page path
	cd "$MCP_TEST_SRCDIR" || return
	for page in README.md HACKING.md; do
		while read -r path; do
			# Or what is built from it.
			[[ -e $path || -e $path.c ]] ||
				fail "$page points to $path"
		done < <(grep -oE '\]\([^)#:]+\)' "$page" | sed 's/^](//; s/)$//'
			grep -oE '`(bench|doc|man|src|tests)/[a-z_./-]+`' \
				"$page" | tr -d '\`')
	done
	grep -q doc/design.md README.md
	grep -q HACKING.md README.md
	grep -q man/mcp.1 README.md
}

@test "README shows no option that there is not" {
	local options option
	options=$(option_names)
	while read -r option; do
		grep -qxe "$option" <<<"$options" ||
			fail "README speaks of mcp $option"
	done < <(grep -oE 'mcp( -[^ `]+)+' "$README" |
		grep -oE -- ' -(-[a-z-]+|[A-Za-z])' | tr -d ' ' | sort -u)
}
