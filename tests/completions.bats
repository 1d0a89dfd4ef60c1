#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Each shell's completion offers the options of --help, all of them and no
# others, and the words that their values may be.

load helper

FILES=$MCP_TEST_SRCDIR/completions

# The options of --help, one a line: "-a" and "--archive".
options_of_help() {
	"$MCP" --help | sed -n 's/^  \(-.\|   \)/\1/p' |
		grep -oE '^(-.(, --[a-z-]+)?|    ?--[a-z-]+)' |
		sed 's/, /\n/; s/^ *//' | sort
}

# complete_bash WORD...: what bash offers for the last one.
complete_bash() {
	# shellcheck disable=SC2016 # the inner shell's own
	bash --norc -c '
		source "$1"
		shift
		COMP_WORDS=(mcp "$@")
		COMP_CWORD=$#
		_mcp
		printf "%s\n" "${COMPREPLY[@]}"' - "$FILES/mcp.bash" "$@"
}

# words_of OPTION: what mcp takes as its value, as it says itself.
words_of() {
	"$MCP" "--$1=?" a b 2>&1 | grep -oE "^  - .*" | grep -oE "'[^']*'" |
		tr -d "'" | sort
}

# engines: those that --engine takes.
engines() {
	"$MCP" --engine=none a b 2>&1 | sed -n '1{s/.*(//; s/ are known)//
		s/ and /, /; s/, /\n/g; p}' | sort
}

@test "bash offers every option, and no other" {
	assert_equal "$(complete_bash - | sort)" "$(options_of_help)"
	(($(options_of_help | wc -l) > 50))
}

@test "zsh offers every option, and no other" {
	assert_equal "$(sed -n "s/^	'//p" "$FILES/_mcp" |
		sed "s/^([^)]*)'{\([^}]*\)}.*/\1/; s/^\*//; s/[=[].*//" |
		tr ',' '\n' | sed 's/=.*//' | grep '^-' | sort)" \
		"$(options_of_help)"
}

@test "fish offers every option, and no other" {
	assert_equal "$(grep '^complete' "$FILES/mcp.fish" |
		grep -oE -- ' -(s .|l [a-z-]+)' |
		sed 's/ -s /-/; s/ -l /--/' | sort)" "$(options_of_help)"
}

@test "all offer the words of each option that has some" {
	local option words
	for option in backup preserve reflink sparse update; do
		words=$(words_of "$option")
		[[ -n $words ]]
		assert_equal "$(complete_bash "--$option" = | sort)" "$words"
		for words in $words; do
			grep -E -- "$option=|attributes=" "$FILES/_mcp" |
				grep -qw -- "$words" || fail "zsh: $words"
			grep -E -- "$option|set -l" "$FILES/mcp.fish" |
				grep -qw -- "$words" || fail "fish: $words"
		done
	done
	assert_equal "$(complete_bash --engine = | sort)" "$(engines)"
	for words in $(engines); do
		grep -- '--engine=' "$FILES/_mcp" | grep -qw -- "$words"
		grep -- '-l engine' "$FILES/mcp.fish" | grep -qw -- "$words"
	done
}

@test "bash completes lists, directories and names of files" {
	mkdir directory
	: >"a file"
	assert_equal "$(complete_bash --preserve = mode,ti)" mode,timestamps
	assert_equal "$(complete_bash -t d)" directory
	assert_equal "$(complete_bash a)" "a file"
	assert_equal "$(complete_bash -v --ver)" $'--verbose\n--version'
	assert_equal "$(complete_bash -j '')" ""
}

# Interactive shells that are asked. zsh completes at a terminal only: its
# first line is filled in, completed, and what is offered told to a file.

requires_zsh() {
	requires_cmd zsh
	PTY=${MCP%/*}/../tests/pty
	[[ -x $PTY ]] || PTY=$MCP_TEST_SRCDIR/tests/pty
	[[ -x $PTY ]] || skip "needs tests/pty: run make check"
	mkdir zsh
	cat >zsh/.zshrc <<-'EOF'
		fpath=($COMPLETIONS $fpath)
		autoload -Uz compinit && compinit -u -D
		compadd() {
			local -a offered
			# With -O, -A or -D nothing is offered, but stored.
			[[ "${(j: :)@[1,(i)-(|-)]}" == (|* )-[^\ ]#[OAD]* ]] ||
				builtin compadd -O offered "$@"
			(($#offered)) && print -rl -- $offered >>$OFFERED
			builtin compadd "$@"
		}
		setopt extended_glob
		told() {
			_main_complete
			# Nothing is shown, however much it is.
			compstate[list]= compstate[insert]=
		}
		zle -C told complete-word told
		zle-line-init() {
			BUFFER=$LINE CURSOR=$#LINE
			zle told
			exit
		}
		zle -N zle-line-init
	EOF
}

# complete_zsh LINE: what zsh offers at its end, as it would be typed.
complete_zsh() {
	: >zsh/offered
	LINE=$1 OFFERED=$PWD/zsh/offered COMPLETIONS=$FILES \
		ZDOTDIR=$PWD/zsh TERM=dumb \
		"$PTY" 80 zsh -i </dev/null >zsh/screen
	sed 's/[= ]*$//' zsh/offered | sort -u
}

# complete_fish LINE: what fish offers at its end.
complete_fish() {
	# shellcheck disable=SC2016 # fish's own
	HOME=$PWD XDG_DATA_HOME=$PWD/.data XDG_CONFIG_HOME=$PWD/.config \
		fish --no-config -c 'source $argv[1]; complete -C $argv[2]' \
		"$FILES/mcp.fish" "$1" | cut -f 1
}

# lines WORD...: one each.
lines() {
	printf '%s\n' "$@"
}

@test "zsh, asked for options, offers them all" {
	requires_zsh
	assert_equal "$(complete_zsh 'mcp -' | grep '^-')" "$(options_of_help)"
	assert_equal "$(complete_zsh 'mcp a --ver')" "$(lines --verbose --version)"
}

@test "zsh, asked for values, offers what can be there" {
	requires_zsh
	mkdir directory
	: >"a file"
	assert_equal "$(complete_zsh 'mcp --reflink=')" \
		"$(lines always auto never)"
	assert_equal "$(complete_zsh 'mcp --sparse ')" \
		"$(lines always auto never)"
	assert_equal "$(complete_zsh 'mcp --preserve=mode,ti')" timestamps
	assert_equal "$(complete_zsh 'mcp -t d')" directory
	assert_equal "$(complete_zsh 'mcp --target-directory=d')" directory
	assert_equal "$(complete_zsh 'mcp -v a')" 'a\ file'
	assert_equal "$(complete_zsh 'mcp -j ')" ""
}

@test "fish, asked for options, offers them all" {
	requires_cmd fish
	assert_equal "$(complete_fish 'mcp -' | sed 's/=$//' | sort -u)" \
		"$(options_of_help)"
	assert_equal "$(complete_fish 'mcp a --ver')" \
		"$(lines --verbose --version)"
}

@test "fish, asked for values, offers what can be there" {
	requires_cmd fish
	mkdir directory
	: >"a file"
	assert_equal "$(complete_fish 'mcp --reflink=')" \
		"$(lines --reflink={always,auto,never})"
	assert_equal "$(complete_fish 'mcp --sparse ')" \
		"$(lines always auto never)"
	assert_equal "$(complete_fish 'mcp --preserve=mode,ti')" \
		--preserve=mode,timestamps
	assert_equal "$(complete_fish 'mcp -t d')" directory/
	assert_equal "$(complete_fish 'mcp --target-directory=d')" \
		--target-directory=directory/
	assert_equal "$(complete_fish 'mcp -v a')" "a file"
	assert_equal "$(complete_fish 'mcp -j ')" ""
}

@test "each shell that is here can read its file" {
	local shell found=0
	bash -n "$FILES/mcp.bash"
	for shell in zsh:_mcp fish:mcp.fish; do
		type -P "${shell%:*}" >/dev/null || continue
		found=1
		"${shell%:*}" -n "$FILES/${shell#*:}"
	done
	((found)) || skip "needs zsh or fish, besides bash"
}
