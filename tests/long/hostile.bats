#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# 100,000 exchanges of directories and files for symbolic links that lead out of
# a tree while it is copied, in all ways: nothing outside is read or written.

bats_require_minimum_version 1.5.0
load ../helper
load ../hostile

EXCHANGES=100000 # of each kind

# All the ways, and who attacks: the same user and another one.
# shellcheck disable=SC2153 # set by the races
race_all() {
	local race=$1 whos=(same) who options start=$PWD share
	local done=0 copies=0 hits=0
	local ways=("-r -j 1" "-r -j 4" "-a -j 1" "-a -j 4" "-r -j 4 --engine=mmap"
		"-r -f -j 4" "-r -u -j 4" "-r --remove-destination -j 4"
		"-r --backup=numbered" "-r -P -l -f -j 4" "-r --attributes-only -j 4")
	((EUID)) || whos+=(other)
	chmod 755 "$SCRATCH"
	share=$((EXCHANGES / (${#ways[@]} * ${#whos[@]}) + 1))
	for who in "${whos[@]}"; do
		for options in "${ways[@]}"; do
			cd "$(mktemp -d "$start/arena.XXX")" || return
			chmod 755 .
			arena
			# shellcheck disable=SC2086 # a list
			$race "$who" $share 400 $options
			((COPIES >= 3))
			echo "# $race, $who user, $options:" \
				"$share exchanges, $COPIES copies, $HITS messages" >&3
			done=$((done + share)) copies=$((copies + COPIES))
			hits=$((hits + HITS))
			cd "$start" || return
			rm -rf arena.*
		done
	done
	echo "# $race: $done exchanges, $copies copies, $hits messages" >&3
	((done >= EXCHANGES && hits > 0))
}

@test "100,000 exchanges in the source: nothing outside is read" {
	race_all race_source
}

@test "100,000 exchanges in the destination: nothing outside is written" {
	race_all race_dest
}

@test "100,000 exchanges of links in the destination: the same" {
	requires_root
	chmod 755 "$SCRATCH"
	links_arena
	race_link $EXCHANGES 300 -r
	((COPIES >= 3))
	echo "# race_link: $EXCHANGES exchanges, $COPIES copies, $HITS" \
		"messages" >&3
}
