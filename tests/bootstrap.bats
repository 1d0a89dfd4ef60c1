#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# bootstrap, on machines with other package managers: fakes of these, and of
# all that would build, write down what they are asked for.

# The fakes expand their variables when they run.
# shellcheck disable=SC2016

load helper

setup() {
	scratch_setup
	mkdir bin tree
	cp "$MCP_TEST_SRCDIR/bootstrap" tree/
	touch tree/configure.ac tree/Makefile.am
	touch log installed refused
	export ASKED=$PWD/log INSTALLED=$PWD/installed REFUSED=$PWD/refused
	export USER_ID=0

	# Nothing but this is on PATH, above all no real package manager.
	local tool
	for tool in cat chmod dirname env find grep rm sh touch tr true; do
		ln -s "$(type -P "$tool")" bin/
	done
	fake id <<<'echo "$USER_ID"'
	fake nproc <<<'echo 3'
	fake make <<<'echo "make $*" >>"$ASKED"'
	fake autoreconf <<-'END'
		echo "autoreconf $*" >>"$ASKED"
		touch Makefile.in
		cat >configure <<-'EOF'
			#!/bin/sh
			echo "configure $*" >>"$ASKED"
			touch Makefile
			echo 'echo "config.status $*" >>"$ASKED"' >config.status
			chmod +x config.status
		EOF
		chmod +x configure
	END
	fake dpkg-query <<<'grep -qx -e "$4" "$INSTALLED" && echo installed'
	fake rpm <<<'grep -qx -e "$3" "$INSTALLED"'
}

# fake NAME: a command, its script from standard input.
fake() {
	{
		echo "#!/bin/sh"
		cat
	} >"bin/$1"
	chmod +x "bin/$1"
}

# A package manager that answers what is installed, and else writes down what
# it is asked for and installs every word of it, unless one is in $REFUSED.
machine_with() {
	fake "$1" <<-'END'
		case $1 in
		-Si) exit 1 ;;
		-T) exec grep -qx -e "$2" "$INSTALLED" ;;
		info) exec grep -qx -e "$3" "$INSTALLED" ;;
		esac
		echo "${0##*/} $*" >>"$ASKED"
		for word; do
			! grep -qx -e "$word" "$REFUSED" || exit 1
		done
		for word; do
			echo "$word" >>"$INSTALLED"
		done
	END
}

bootstrap() {
	run env PATH="$PWD/bin" ./tree/bootstrap "$@"
}

# asked LINE...: exactly this was asked for since the last time.
asked() {
	assert_equal "$(<log)" "$(printf '%s\n' "$@")"
	: >log
}

built='autoreconf -fi
configure 
make -j 3'

apt='apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=120'

@test "apt-get is asked for what Debian calls it" {
	machine_with apt-get
	bootstrap
	assert_success
	asked "apt-get update -q" "$apt autoconf automake gcc libacl1-dev\
 libattr1-dev libc6-dev libjansson-dev libpopt-dev make pkg-config acl attr bats bats-assert bats-file\
 bats-support fuse3 jq libcmocka-dev libfuse3-dev procps strace" "$built"
}

@test "dnf is asked for what Fedora calls it" {
	machine_with dnf
	bootstrap
	assert_success
	asked "dnf install -y autoconf automake gcc jansson-devel libacl-devel libattr-devel\
 make pkgconf-pkg-config popt-devel acl attr bats bats-assert bats-file bats-support diffutils fuse3 fuse3-devel jq libcmocka-devel\
 procps-ng strace util-linux util-linux-script" "$built"
}

@test "zypper is asked for what openSUSE calls it" {
	machine_with zypper
	bootstrap
	assert_success
	asked "zypper --non-interactive install --no-recommends autoconf\
 automake gcc libacl-devel libattr-devel libjansson-devel make pkg-config popt-devel acl attr bats\
 bats-assert bats-file bats-support diffutils fuse3 fuse3-devel jq libcmocka-devel procps strace util-linux" "$built"
}

@test "pacman is asked for what Arch calls it, its lists fetched first" {
	machine_with pacman
	bootstrap
	assert_success
	asked "pacman -Sy" "pacman -S --needed --noconfirm acl attr autoconf\
 automake gcc jansson make pkgconf popt bats bats-assert bats-file bats-support cmocka diffutils fuse3 jq\
 procps-ng strace util-linux" "$built"
}

@test "apk is asked for what Alpine calls it" {
	machine_with apk
	bootstrap
	assert_success
	asked "apk add --no-cache acl-dev attr-dev autoconf automake gcc\
 jansson-dev linux-headers make musl-dev pkgconf popt-dev acl attr bash bats bats-assert bats-file bats-support\
 cmocka-dev coreutils diffutils fuse3 fuse3-dev jq procps-ng strace tar util-linux" "$built"
}

@test "--developer asks for the linters, too" {
	machine_with apt-get
	bootstrap --developer
	assert_success
	assert_line --regexp "with apt-get: .* procps strace btrfs-progs clang\
 clang-format cppcheck debootstrap dosfstools fish git libclang-rt-dev mandoc\
 patch python3 shellcheck valgrind xfsprogs xz-utils zsh ?\$"
	assert grep -qx shellcheck installed
}

@test "it says what it will install before it does" {
	machine_with dnf
	echo gcc >>installed
	fake dnf <<<'echo "dnf runs"'
	bootstrap
	assert_line --index 0 --regexp \
		'^bootstrap: installing with dnf: autoconf automake jansson-devel .*'
	assert_line --index 1 "dnf runs"
}

@test "run again it asks for nothing and configures nothing" {
	machine_with apt-get
	bootstrap
	: >log
	bootstrap
	assert_success
	asked "make -j 3"
}

@test "a changed configure.ac or Makefile.am is noticed" {
	machine_with apt-get
	bootstrap
	: >log
	touch -d '1 minute' tree/Makefile.am
	bootstrap
	assert_equal "$(head -n 1 log)" "autoreconf -fi"
}

@test "test tools that came later are shown to configure" {
	machine_with apt-get
	bootstrap
	: >log
	sed -i /libcmocka-dev/d installed
	bootstrap
	asked "apt-get update -q" "$apt libcmocka-dev" \
		"config.status --recheck" "config.status " "make -j 3"
}

@test "other arguments go to configure, in order" {
	machine_with apt-get
	bootstrap CC=clang --no-install --prefix="/a b"
	assert_success
	asked "autoreconf -fi" "configure CC=clang --prefix=/a b" "make -j 3"
}

@test "--no-install installs nothing and says what is missing" {
	machine_with dnf
	echo strace >installed
	bootstrap --no-install
	assert_success
	assert_line --partial "not installed as asked: autoconf automake gcc"
	refute_line --partial strace
	asked "$built"
}

@test "sudo is used by those who are not root, and only for the manager" {
	machine_with apt-get
	USER_ID=1000
	fake sudo <<<'echo "sudo $*" >>"$ASKED"; exec "$@"'
	bootstrap
	assert_success
	assert_line --partial "installing with apt-get through sudo: autoconf"
	assert_equal "$(grep -c ^sudo log)" 3
	assert_equal "$(sed -n 's/^sudo //p' log | cut -d ' ' -f 1-3)" \
		"$(printf '%s\n' true "apt-get update -q" \
			"env DEBIAN_FRONTEND=noninteractive apt-get")"
}

@test "no sudo is needed where nothing is missing" {
	machine_with apt-get
	bootstrap
	USER_ID=1000
	bootstrap
	assert_success
}

@test "without root, a missing compiler is an error" {
	machine_with apt-get
	USER_ID=1000
	fake sudo <<<'exit 1'
	bootstrap
	assert_failure 1
	assert_line --partial "cannot install without root: autoconf"
	asked ""
}

@test "without root, missing test tools are none" {
	machine_with apt-get
	bootstrap
	: >log
	sed -i '/^bats/d' installed
	USER_ID=1000
	fake sudo <<<'exit 1'
	bootstrap
	assert_success
	assert_line --partial "cannot install without root: bats bats-assert"
	asked "make -j 3"
}

@test "a test tool that the distribution lacks does not stop the build" {
	machine_with zypper
	echo bats-file >refused
	bootstrap
	assert_success
	assert_line "bootstrap: cannot install bats-file: going on without it"
	assert_equal "$(grep -cx -e gcc -e strace installed)" 2

	: >log
	bootstrap
	assert_success
	assert_line --partial "could not be installed earlier: bats-file"
	asked "make -j 3"
}

@test "a compiler that cannot be installed stops the build" {
	machine_with zypper
	echo gcc >refused
	bootstrap
	assert_failure 1
	assert_line --partial "cannot install autoconf automake gcc"
	refute grep -q autoreconf log
}

@test "lists that cannot be refreshed do not stop the build" {
	machine_with apt-get
	mv bin/apt-get bin/apt-get-works
	fake apt-get <<<'[ "$1" != update ] && exec apt-get-works "$@"'
	bootstrap
	assert_success
	assert_line --partial "cannot refresh the package lists"
}

@test "an unknown system builds with what there is" {
	bootstrap
	assert_success
	assert_line --partial "no package manager that I know"
	asked "$built"
}

@test "the manager that comes first on PATH is taken" {
	machine_with dnf
	mkdir later
	cp bin/dnf later/apt-get
	run env PATH="$PWD/bin:$PWD/later" ./tree/bootstrap
	assert_success
	refute grep -q apt-get log
}

@test "--help shows the options and does nothing" {
	machine_with apt-get
	bootstrap -h
	assert_success
	assert_line --partial "--no-install"
	assert_line --partial "--developer"
	asked ""
}
