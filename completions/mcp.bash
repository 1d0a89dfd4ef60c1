# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Completion of mcp's command line for bash, on its own: bash-completion finds
# this file, but nothing of it is used.

_mcp_options="
	-a --archive --attributes-only --backup -b --copy-contents --debug -d
	-f --force -i --interactive -H --keep-directory-symlink -l --link
	-L --dereference -n --no-clobber -P --no-dereference -p --preserve
	--no-preserve --parents -r --recursive -R --reflink
	--remove-destination --sparse --strip-trailing-slashes -S --suffix
	-s --symbolic-link -t --target-directory -T --no-target-directory
	-u --update -v --verbose -x --one-file-system -Z --context
	--help --version
	-j --jobs --chunk-size --engine -g --progress -q --quiet --stats
	--status --status-files --watch --fsync"

# _mcp_words OPTION: what its value may be; nothing when that is free.
_mcp_words() {
	case $1 in
	--backup) echo none off numbered t existing nil simple never ;;
	--preserve | --no-preserve)
		echo mode ownership timestamps links context xattr all
		;;
	--reflink | --sparse) echo auto always never ;;
	--update) echo all none none-fail older ;;
	--engine) echo auto mmap rw cfr clone direct ;;
	--progress) echo auto always never ;;
	--stats) echo text json ;;
	esac
}

_mcp_reply() {
	mapfile -t COMPREPLY < <("$@")
}

# _mcp_value OPTION BEGINNING
_mcp_value() {
	local words before=
	case $1 in
	-t | --target-directory)
		compopt -o filenames 2>/dev/null
		_mcp_reply compgen -d -- "$2"
		return
		;;
	--status | --watch)
		compopt -o filenames 2>/dev/null
		_mcp_reply compgen -f -- "$2"
		return
		;;
	--preserve | --no-preserve) # a list
		[[ $2 != *,* ]] || before=${2%,*},
		;;
	esac
	words=$(_mcp_words "$1")
	_mcp_reply compgen -P "$before" -W "$words" -- "${2#"$before"}"
}

_mcp() {
	local word=${COMP_WORDS[COMP_CWORD]} previous=
	((COMP_CWORD == 0)) || previous=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()
	# Bash makes words of --option=value: three, or two at the "=".
	if [[ $word == = ]]; then
		_mcp_value "$previous" ''
	elif [[ $previous == = ]]; then
		_mcp_value "${COMP_WORDS[COMP_CWORD - 2]}" "$word"
	elif [[ $word == -* ]]; then
		_mcp_reply compgen -W "$_mcp_options" -- "$word"
	else
		case $previous in
		-t | --target-directory | --no-preserve | --sparse | --engine | \
			--status | --watch)
			_mcp_value "$previous" "$word"
			;;
		-S | --suffix | -j | --jobs | --chunk-size) ;;
		*)
			compopt -o filenames 2>/dev/null
			_mcp_reply compgen -f -- "$word"
			;;
		esac
	fi
}

complete -F _mcp mcp
