# SPDX-License-Identifier: MIT
"""A case as a shell sees it: its command line, and a script to repeat it."""

from difftest.running import GROUPS, USER
from difftest.tree import ROOT, quoted

# What scripts call, by name; bash has no words for it.
FUNCTIONS = {"fill": r"""fill() { python3 -c '
import random, sys
name, size, seed, *rest = sys.argv[1:]
rng = random.Random(int(seed))
with open(name, "xb") as file:
    for at, length, noise in zip(*[iter(map(int, rest))] * 3):
        file.seek(at)
        file.write(rng.randbytes(length) if noise else bytes(length))
    file.truncate(int(size))' "$@"; }""", "xattr": r"""xattr() { python3 -c '
import os, sys
os.setxattr(sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3].strip("-")),
            follow_symlinks=False)' "$@"; }"""}

# Times of the run itself are nothing to compare.
LISTING = r"""listing() {
	find . -printf '%P %y %m %U:%G %s %n %T@ %l\n' | sort |
		sed "s/ $now[0-9.]* / recent /"
	find . -type f -exec cksum {} + | sort -k 3
	python3 -c '
import os
for top, dirs, files in sorted(os.walk(b".")):
    for path in [top] + sorted(top + b"/" + name for name in files):
        for key in sorted(os.listxattr(path, follow_symlinks=False)):
            print(path, key, os.getxattr(path, key, follow_symlinks=False))'
}"""


def command_line(case):
    """What is typed for CASE, but for the program's name."""
    return " ".join(quoted(word) for word in case.words(ROOT))


def worker_options(case):
    """What mcp is given besides, with a space behind it."""
    return "".join(word.decode() + " " for word in case.worker_words())


def surroundings(case):
    """What stands before the program's name."""
    words = []
    if case.user != "root":
        words.append(f"setpriv --reuid={USER} --regid={USER} "
                     f"--groups={GROUPS[0]}")
    words.append("env LC_ALL=C")
    words += [f"{key}={quoted(value.encode())}"
              for key, value in case.environment.items()]
    return " ".join(words)


def reproducer(case):
    """One paste for a shell of root's: both runs, and what differs."""
    answers = "" if case.answers is None else \
        f"printf %s {quoted(case.answers)} |"
    streams = ">../$1.err" if answers else "</dev/null >../$1.err"
    around = surroundings(case)
    line = command_line(case)
    body = "\n".join("\t" + words for words in case.tree.shell())
    others = [f"\t(sleep 0.2; echo text >{quoted(path)}) &"
              for path in case.fifos(False)]
    others += [f"\tcat {quoted(path)} >/dev/null &"
               for path in case.fifos(True)]
    return "\n".join([
        "bash <<'EOF'",
        'T=$(mktemp -d) && chmod 755 "$T" && cd "$T" || exit',
        "now=$(date +%s | cut -c-7)",
        *(text for name, text in FUNCTIONS.items() if f"\t{name} " in body),
        LISTING,
        "make_tree() {", "\tumask 0", "\tmkdir t && cd t || return", body,
        "}",
        "try() {", "\t(make_tree)", "\tcd t || return", *others,
        f"\t{answers} (umask {case.umask:03o}; \"$@\" 2>&1) {streams}".replace(
            "\t ", "\t"),
        '\techo "exit status ${PIPESTATUS[-1]}" >>../$1.err',
        "\tkill $(jobs -p) 2>/dev/null",
        "\tlisting >../$1.tree",
        *(f"\tumount {quoted(path)}" for path in case.tree.mounts()),
        "\tcd .. && mv t $1.t", "}",
        f"cp() {{ {around} cp {line}; }}",
        "mcp() {",
        f"\t{around} bash -c 'exec -a cp \"$0\" \"$@\"' \\",
        f"\t\t\"${{MCP:-$(type -P mcp)}}\" {worker_options(case)}{line}",
        "}",
        "try cp; try mcp",
        "for what in err tree; do",
        "\tdiff -u cp.$what mcp.$what && cat cp.$what",
        "done",
        "EOF"])
