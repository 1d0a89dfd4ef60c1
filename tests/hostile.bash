# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Somebody exchanges directories and files of a tree for symbolic links that
# lead out of it, while it is copied.  For tests/hostile.bats and its long form.

EXCHANGE=${MCP_TEST_BUILDDIR:-$MCP_TEST_SRCDIR}/tests/exchange

# as_attacker WHO COMMAND...: WHO is "same" or "other", another user.
as_attacker() {
	local who=$1
	shift
	if [[ $who == other ]]; then
		exec setpriv --reuid="$(id -u nobody)" --clear-groups "$@"
	fi
	exec "$@"
}

# arena: a source and a destination, each with a directory x and a file f, and
# beside each a symbolic link out of the tree, for which it is exchanged.
arena() {
	local i
	[[ -x $EXCHANGE ]] || skip "needs tests/exchange: make check builds it"
	mkdir -p outside/x canary/x source/{x,many} dest/x
	echo SECRET | tee outside/f outside/x/one >outside/x/two
	echo canary | tee canary/f canary/x/one >canary/x/two
	echo open | tee source/f source/x/one >source/x/two
	for ((i = 0; i < 100; i++)); do
		echo open >source/many/$i
	done
	echo old | tee dest/f dest/x/one >dest/x/two
	ln -s ../outside/x source/x.link
	ln -s ../outside/f source/f.link
	ln -s ../canary/x dest/x.link
	ln -s ../canary/f dest/f.link
	# As root, somebody else's: through one's own, files are written.
	((EUID)) || chown -h nobody source/*.link dest/*.link
	chmod 1777 canary canary/x
	chmod 777 source dest
	outside_state >outside.before
}

# What nobody may change, the time of the last change included.
outside_state() {
	find outside canary -printf '%p %i %m %U:%G %s %n %T@ %C@\n' | sort
	cat outside/f outside/x/* canary/f canary/x/*
}

# links_arena: an arena of only a file, where a symbolic link of ours is in its way,
# which is followed, and one of somebody else's is beside it.
links_arena() {
	arena
	rm -r source/x source/many source/*.link dest/f dest/x
	echo old >dest/inside
	ln -s inside dest/f
	outside_state >outside.before
}

# assert_untouched DIR...: nothing of outside was copied to DIR, nor changed.
assert_untouched() {
	! grep -rlD skip SECRET "$@" || fail "read outside" || return
	outside_state | diff outside.before - || fail "changed outside"
}

# attack WHO COUNT PAUSE DIR PAIR...: exchanges go on in the background.
attack() {
	local who=$1 count=$2 pause=$3 dir=$4 name pairs=()
	shift 4
	for name; do
		pairs+=("$name" "$name.link")
	done
	ATTACK=("$who" "$EXCHANGE" "$count" "$pause" "$dir" "${pairs[@]}")
	COPIES=0 HITS=0
	start_attack
}

start_attack() {
	as_attacker "${ATTACK[@]}" 3>&- &
	ATTACKER=$!
	SPAWNED+=($!)
}

# still_attacked: until the attacker is done, who begins anew where that was before
# three copies were made.  COPIES is 0 where he failed.
still_attacked() {
	! kill -0 "$ATTACKER" 2>/dev/null || return 0
	if ! wait "$ATTACKER"; then
		echo "the attacker failed" >&2
		COPIES=0
		return 1
	fi
	((COPIES < 3)) || return
	start_attack
}

# race_source WHO COUNT PAUSE OPTION...: the source is exchanged COUNT times
# while it is copied with OPTIONS again and again.  COPIES counts that, and HITS
# the lines that say what was found exchanged.
race_source() {
	local who=$1 count=$2 pause=$3
	shift 3
	attack "$who" "$count" "$pause" source x f
	while still_attacked; do
		"$MCP" "$@" source copy 2>err || :
		assert_untouched copy
		rm -rf copy
		((++COPIES))
		HITS=$((HITS + $(wc -l <err)))
	done
}

# race_link COUNT PAUSE OPTION...: the same of our own link, by another user.
race_link() {
	local count=$1 pause=$2
	shift 2
	attack other "$count" "$pause" dest f
	while still_attacked; do
		"$MCP" "$@" -T source dest 2>err || :
		outside_state | diff outside.before - ||
			fail "changed outside" || return
		((++COPIES))
		HITS=$((HITS + $(wc -l <err)))
	done
}

# race_dest WHO COUNT PAUSE OPTION...: the same of the destination.
race_dest() {
	local who=$1 count=$2 pause=$3 names=(x f)
	shift 3
	# A user's own symlinks are followed, as cp follows them.
	((EUID == 0)) || names=(x)
	rm -f source/*.link
	attack "$who" "$count" "$pause" dest "${names[@]}"
	while still_attacked; do
		"$MCP" "$@" -T source dest 2>err || :
		assert_untouched dest
		((++COPIES))
		HITS=$((HITS + $(wc -l <err)))
	done
}
