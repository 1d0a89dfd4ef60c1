#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What is kept besides the data: modes, times, owners, extended attributes, ACLs.

load helper

mode() {
	stat -c %a "$1"
}

# requires_xattr FILE: user attributes can be had where it is.
requires_xattr() {
	requires_cmd setfattr
	setfattr -n user.try -v 1 "$1" 2>/dev/null ||
		skip "needs a file system with user attributes"
	setfattr -x user.try "$1"
}

requires_acl() {
	requires_cmd setfacl
	setfacl -m u:daemon:r "$1" 2>/dev/null ||
		skip "needs a file system with ACLs"
	setfacl -b "$1"
}

@test "a new file has its source's mode, less the umask" {
	: >a
	chmod 777 a
	(umask 027 && "$MCP" a b)
	assert_equal "$(mode b)" 750
	: >c
	chmod 600 c
	"$MCP" a c
	assert_equal "$(mode c)" 600
}

@test "-p keeps mode and times, to the nanosecond" {
	: >a
	chmod 4751 a
	touch -d '2001-02-03 04:05:06.123456789' a
	TZ=UTC touch -ad '2002-03-04 05:06:07.987654321' a
	(umask 077 && "$MCP" -p a b)
	assert_equal "$(TZ=UTC stat -c %x b)" "2002-03-04 05:06:07.987654321 +0000"
	same_file a b times
	: >c
	"$MCP" -p a c
	same_file a c times
}

@test "each word of --preserve keeps its own" {
	: >a
	chmod 751 a
	touch -d 2001-02-03 a
	"$MCP" --preserve=timestamps a b
	assert_equal "$(stat -c %Y b)" "$(stat -c %Y a)"
	(umask 077 && "$MCP" --preserve=timestamps a c)
	assert_equal "$(mode c)" 700
	(umask 077 && "$MCP" --preserve=mode a d)
	assert_equal "$(mode d)" 751
	[[ $(stat -c %Y d) != $(stat -c %Y a) ]]
	(umask 077 && "$MCP" -p --no-preserve=mode,timestamps a e)
	assert_equal "$(mode e)" 600
}

@test "directories keep theirs, whatever is put into them" {
	mkdir -p s/d
	echo x >s/d/file
	chmod 555 s/d
	chmod 2750 s
	touch -d 2001-02-03 s/d
	touch -d 2002-03-04 s
	"$MCP" -a s to
	assert_equal "$(stat -c '%a %Y' to to/d)" "$(stat -c '%a %Y' s s/d)"
	cmp s/d/file to/d/file
	chmod 755 s/d to/d
}

@test "a directory that cannot be read gives its mode and times" {
	requires_user
	mkdir -p s/d
	chmod 311 s/d
	touch -d 2001-02-03 s/d
	run "$MCP" -a s to
	assert_failure 1
	assert_output "mcp: cannot access 's/d': Permission denied"
	assert_equal "$(stat -c '%a %Y' to/d)" "$(stat -c '%a %Y' s/d)"
}

@test "owner and group are kept by who may" {
	requires_root
	: >a
	chown 12:34 a
	chmod 6755 a
	"$MCP" -p a b
	assert_equal "$(stat -c '%u:%g %a' b)" "12:34 6755"
	"$MCP" a c
	assert_equal "$(stat -c '%u:%g %a' c)" "0:0 755"
}

@test "a user does not fail because he cannot give files away" {
	requires_user
	[[ -r /etc/passwd ]] || skip "needs somebody else's file"
	run "$MCP" -p /etc/passwd copy
	assert_success
	assert_output ""
	assert_equal "$(stat -c %Y copy)" "$(stat -c %Y /etc/passwd)"
}

@test "set-id bits go when the owner cannot be kept" {
	requires_user
	local file
	file=$(find /usr/bin /bin -maxdepth 1 -perm -4004 -print -quit)
	[[ $file ]] || skip "needs a program of root's that is set-uid"
	"$MCP" -p "$file" copy
	[[ ! -u copy ]]
}

@test "an old file loses set-id bits that the source does not have" {
	echo x >a
	echo y >b
	chmod 644 a
	chmod 4755 b
	"$MCP" -p a b
	assert_equal "$(mode b)" 644
}

# A set-gid bit that is inherited, or was there, is no part of what is kept.
only_own_bits() {
	mkdir -m 755 d
	mkdir -m 3775 d/there
	chmod g+s d
	copies -a ../s d
	copies -a ../s/. d/there
	assert_equal "$(stat -c %a d/s d/s/own d/s/plain d/there/plain d/there)" \
		"$(stat -c %a ../s ../s/own ../s/plain ../s/plain ../s)"
}

@test "a directory has the bits of its source, and no set-gid bit besides" {
	mkdir -m 750 s
	mkdir -m 755 s/plain
	mkdir -m 2755 s/own
	each_way --auto only_own_bits
}

@test "extended attributes are kept by -a and --preserve=xattr" {
	: >a
	requires_xattr a
	setfattr -n user.one -v two a
	"$MCP" -a a b
	same_file a b xattrs
	"$MCP" --preserve=xattr a c
	same_file a c xattrs
	"$MCP" -p a d
	[[ $(traits d xattrs) != "$(traits a xattrs)" ]]
	chmod 444 a
	"$MCP" -a a e
	same_file a e xattrs
}

@test "attributes that cannot be kept: a failure, a warning, or no word" {
	: >a
	requires_xattr a
	setfattr -n user.one -v two a
	ln -s a link
	run "$MCP" --preserve=xattr -s a soft
	assert_failure 1
	assert_output \
		"mcp: setting attribute 'user.one' for 'soft': Operation not permitted"
	run "$MCP" --preserve=all -s a softer
	assert_success
	assert_output --partial "mcp: setting attribute 'user.one' for 'softer'"
	run "$MCP" -as a softest
	assert_success
	assert_output ""
}

@test "ACLs are part of the mode" {
	: >a
	requires_acl a
	setfacl -m u:daemon:rw,m::rw a
	"$MCP" --preserve=mode a b
	assert_equal "$(getfacl -cn b)" "$(getfacl -cn a)"
	"$MCP" a c
	[[ $(getfacl -cn c) != *user:[0-9]*:* ]] || fail "c has an ACL"
	setfacl -m u:bin:r c
	chmod 640 c
	: >plain
	chmod 600 plain
	"$MCP" -p plain c
	assert_equal "$(getfacl -cn c)" "$(getfacl -cn plain)"
}

# What an ACL grants others shows among the bits of the group, which then had it
# until the copy had the ACL, and for good where that could not be set.
@test "no group may ever do with a copy what an ACL keeps from it" {
	requires_strace
	mkdir -p s/d
	: >s/d/file
	requires_acl s/d/file
	setfacl -m u:daemon:rw,g::- s/d/file
	setfacl -m u:daemon:rwx,g::- s/d
	assert_equal "$(mode s/d/file)" 664
	chmod 660 s/d/file
	chmod 750 s/d
	umask 0
	traced log -e trace=openat,mkdirat "$MCP" -a s new
	grep -q '"d", 0700)' log
	grep -q '"file", .*O_CREAT.*, 0600)' log
	assert_equal "$(getfacl -cn new/d/file)" "$(getfacl -cn s/d/file)"
	assert_equal "$(getfacl -cn new/d)" "$(getfacl -cn s/d)"
}

@test "attributes are kept beside an ACL" {
	# It lists ACLs first.
	mount_tmpfs mnt 1M
	cd mnt
	: >a
	requires_acl a
	requires_xattr a
	setfacl -m u:daemon:rw a
	setfattr -n user.try -v 1 a
	"$MCP" -a a b
	same_file a b xattrs
}

@test "default ACLs are kept, and shape what is created under them" {
	mkdir -p s/d to
	: >s/d/file
	requires_acl s/d/file
	setfacl -d -m u:daemon:rwx,g::---,o::--- s/d
	"$MCP" -a s/d kept
	assert_equal "$(getfacl -cn kept)" "$(getfacl -cn s/d)"
	assert_equal "$(getfacl -cn kept/file)" "$(getfacl -cn s/d/file)"
	setfacl -d -m u:daemon:rwx,g::---,o::--- to
	"$MCP" s/d/file to
	[[ $(getfacl -cn to/file) == *"other::---"* ]]
	"$MCP" --preserve=mode s/d/file to/kept
	assert_equal "$(getfacl -cn to/kept)" "$(getfacl -cn s/d/file)"
}

@test "--attributes-only gives attributes, and leaves data alone" {
	echo x >a
	chmod 711 a
	touch -d 2001-02-03 a
	echo y >b
	"$MCP" -p --attributes-only a b
	assert_equal "$(<b)" y
	assert_equal "$(stat -c '%a %Y' b)" "$(stat -c '%a %Y' a)"
	"$MCP" --attributes-only a c
	assert_equal "$(stat -c '%a %s' c)" "711 0"
}

@test "a device that is written to keeps its own" {
	requires_root
	echo x >a
	chmod 777 a
	mknod null c 1 3
	chmod 666 null
	"$MCP" -p a null
	assert_equal "$(mode null)" 666
}

@test "FIFOs and sockets of a tree are made anew, with their modes" {
	mkdir s
	mkfifo -m 640 s/fifo
	touch -d 2001-02-03 s/fifo
	"$MCP" -a s to
	[[ -p to/fifo ]]
	assert_equal "$(stat -c '%a %Y' to/fifo)" "$(stat -c '%a %Y' s/fifo)"
}

# given COMMAND...: as root that may give files
# away but may not do with them then what only their owner may do.
given() {
	setpriv --bounding-set="$BOUND" --inh-caps="$BOUND" "$@"
}

# said OUTPUT: what either of them said, in the same words and in one order.
said() {
	sed "s/‘/'/g; s/’/'/g; s/^m*cp: //; s/'cp/'new/" <<<"$1" | sort
}

# cp gives a file its times before its owner, and cannot give it a mode then. A
# file of 1 MiB and more could not get its name any more.
@test "root that has no say over others' files copies them as cp does" {
	local BOUND jobs cp_said
	requires_root
	requires_cmd setpriv
	mkdir -p s/d
	echo x >s/d/small
	random_file s/large 2M
	chmod -R u=rwX,go= s
	find s -exec touch -d 2001-02-03 {} +
	chown -R 1:1 s
	for BOUND in -fowner -fowner,-dac_override; do
		run given cp -a s cp
		assert_failure 1
		cp_said=$(said "$output")
		for jobs in 1 2; do
			run given "$MCP" -j $jobs -a s new
			assert_failure 1
			assert_equal "$(said "$output")" "$cp_said"
			diff -r s new
			diff <(cd cp && find . -printf '%p %m %u %g %T@\n' | sort) \
				<(cd new && find . -printf '%p %m %u %g %T@\n' | sort)
			rm -rf new
		done
		rm -rf cp
	done
}
