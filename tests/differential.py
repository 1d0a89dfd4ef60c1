#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Does mcp do what cp does?

Draws trees and command lines by number, runs the machine's cp and mcp on each
in fresh trees of the same name, and compares exit status, stderr, stdout and
the trees with all metadata.  SEED:INDEX names a case for ever, as long as the
drawing (difftest/) and cp's version stay as they are.

As root, cases run as root and as an ordinary user, on a tmpfs of our own in a
mount namespace of our own.  The report at the end says what was drawn and
groups what was found; what is meant to be different, or differs between
versions of cp, has names in difftest/known.py.  Exit status: 0 no unknown
difference; 1 there are some; 2 too little was drawn of something (only where
all options were allowed).
"""

import argparse
import copy
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from difftest import known, report, running  # noqa: E402
from difftest.cases import Case  # noqa: E402
from difftest.options import OPTIONS, Draw  # noqa: E402
from difftest.shell import reproducer  # noqa: E402
from difftest.tree import remove, umount  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(
        description="Compare mcp with cp on drawn trees and options.")
    parser.add_argument("--mcp", default=os.environ.get("MCP", "mcp"),
                        help="the program to test (default: $MCP)")
    parser.add_argument("--cp", default=os.environ.get("MCP_TEST_CP") or
                        shutil.which("cp"), help="what it must be like "
                        "(default: $MCP_TEST_CP or cp); may be a script that "
                        "runs a cp of another system by its own ld.so")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=2500)
    parser.add_argument("--first", type=int, default=0,
                        help="index of the first case")
    parser.add_argument("--jobs", default="1,2,4", help="numbers for mcp's "
                        "-j to draw from (default: 1,2,4); empty: no -j")
    parser.add_argument("--list-options", help="draw only these, as in "
                        "-f,-n,--backup,umask (see difftest/options.py)")
    parser.add_argument("--omit-options", default="",
                        help="draw none of these")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--dir", help="where to work (default: a tmpfs)")
    parser.add_argument("--keep", metavar="DIR",
                        help="with --replay: copy both trees there")
    parser.add_argument("--replay", metavar="SEED:INDEX",
                        help="run this case alone and show it")
    parser.add_argument("--examples", type=int, default=12,
                        help="differences to show as a script")
    parser.add_argument("--any-order", action="store_true",
                        help="several workers: which of several names of a "
                        "file is copied first is not known")
    parser.add_argument("--pairs", action="store_true",
                        help="say how often each pair was drawn")
    return parser.parse_args()


def cp_version(program):
    text = subprocess.run([program, "--version"], stdout=subprocess.PIPE,
                          check=True).stdout.decode()
    match = re.match(r"cp \(GNU coreutils\) (\d+)\.(\d+)", text)
    if not match:
        sys.exit(f"differential.py: {program} is not GNU cp")
    return tuple(map(int, match.groups()))


def option_keys(args, version):
    keys = {key for key, option in OPTIONS.items()
            if option.since <= version}
    asked, omitted = (set(filter(None, (text or "").split(",")))
                      for text in (args.list_options, args.omit_options))
    if (asked | omitted) - OPTIONS.keys():
        sys.exit("differential.py: no such option: " +
                 " ".join(sorted((asked | omitted) - OPTIONS.keys())))
    if args.list_options is not None:
        keys &= asked
    return keys - omitted


def called_cp(program, directory):
    """A link called cp to PROGRAM, where everybody can reach it."""
    os.mkdir(directory)
    real = shutil.copy(shutil.which(program) or program,
                       os.path.join(directory, "program"))
    os.chmod(real, 0o755)
    link = os.path.join(directory, "cp")
    os.symlink("program", link)
    return link


class Session:
    """All that lasts while cases run."""

    def __init__(self, args, base):
        self.args = args
        self.base = base
        self.version = cp_version(args.cp)
        self.draw = Draw(args.seed, option_keys(args, self.version),
                         [int(jobs) for jobs in args.jobs.split(",")
                          if jobs], self.version)
        self.programs = [called_cp(args.cp, base + "/cp"),
                         called_cp(args.mcp, base + "/mcp")]
        self.comparer = running.what_compares(os.fsencode(base))
        self.place = None

    def settle(self):
        """Makes a directory for this process."""
        directory = f"{self.base}/{os.getpid()}"
        os.mkdir(directory)
        os.chmod(directory, 0o755)
        self.place = running.Place(os.fsencode(directory), self.programs,
                                   self.comparer)

    def run(self, case, keep=None):
        result = self.place.run(case, keep)
        known.explain(result, self.version, self.args.any_order)
        return result

    def smaller(self, result):
        """Takes away from RESULT's case what its difference can spare."""
        kind = report.signature(result)
        limit = time.monotonic() + 8
        progress = True
        while progress and time.monotonic() < limit:
            progress = False
            for case in reductions(result.case):
                if time.monotonic() > limit:
                    break
                try:
                    found = self.run(case)
                except (OSError, AssertionError):
                    remove(self.place.root, case.tree.mounts())
                    continue
                if found.unexplained and report.signature(found) == kind:
                    result = found
                    progress = True
                    break
        return result


def changed(case, **changes):
    """A copy of CASE with CHANGES."""
    other = copy.copy(case)
    other.__dict__.update(changes)
    return other


def reductions(case):
    """Cases that have a little less than CASE."""
    for index in range(len(case.arguments)):
        yield changed(case, arguments=case.arguments[:index] +
                      case.arguments[index + 1:])
    for index in range(len(case.operands) - 1):
        yield changed(case, operands=case.operands[:index] +
                      case.operands[index + 1:])
    for changes in ({"environment": {}}, {"umask": 0o022}, {"jobs": 1},
                    {"chunk": False}, {"user": "root"}):
        name, value = next(iter(changes.items()))
        if getattr(case, name) not in (None, value):
            yield changed(case, **changes)
    for path in reversed(case.tree.nodes):
        tree = case.tree.without(path)
        if tree:
            yield changed(case, tree=tree)
    paths = [b"", *case.tree.nodes]
    for change in NODE_CHANGES:
        # For all at once, then for each.
        for some in [paths] + [[path] for path in paths]:
            tree = changed_nodes(case.tree, some, change)
            if tree:
                yield changed(case, tree=tree)


NODE_CHANGES = [
    lambda node: {"xattrs": {}},
    lambda node: {"acls": {}},
    lambda node: {"owner": None},
    lambda node: {"mtime": None, "atime": None},
    lambda node: {"mode": 0o755 if node.is_dir() else 0o644},
    lambda node: {"size": 1, "data": [(0, 1, True)]}
    if node.kind == "file" else {},
]


def changed_nodes(tree, paths, change):
    """A copy of TREE where CHANGE is made to PATHS; None if it is the same."""
    other = copy.copy(tree)
    other.nodes = dict(tree.nodes)
    different = False
    for path in paths:
        node = copy.copy(other.nodes[path] if path else other.top)
        changes = {} if node.kind == "hard" else change(node)
        for key, value in changes.items():
            different = different or getattr(node, key) != value
            setattr(node, key, value)
        if path:
            other.nodes[path] = node
        else:
            other.top = node
    return other if different else None


def replay(session, name):
    seed, _, index = name.partition(":")
    session.draw = Draw(int(seed), session.draw.keys, session.draw.jobs,
                        session.version)
    session.settle()
    case = Case(session.draw, int(index))
    keep = session.args.keep
    if keep:
        os.makedirs(keep, exist_ok=True)
    result = session.run(case, keep)
    print("\n".join(report.commands(case)))
    for which in "left", "right":
        got = getattr(result, which)
        print({"left": "cp", "right": "mcp"}[which] +
              f": exit status {got['status']}")
        for stream in "stdout", "stderr":
            if got[stream]:
                print(f"  {stream}: " +
                      report.shown(got[stream], 4000).replace("\n", "\n    "))
    print("known: " + (", ".join(result.known) or "none"))
    print("differences:" if result.unexplained else "no difference")
    print("\n".join(report.describe(result)))
    print("to see it:\n" + reproducer(case))
    return 1 if result.unexplained else 0


def begin(session):
    """A process that runs cases starts here."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    session.settle()
    run_index.session = session


def run_index(index):
    session = run_index.session
    return session.run(Case(session.draw, index))


def compare_all(session):
    args = session.args
    found = report.Report(session.draw)
    start = time.monotonic()
    indexes = range(args.first, args.first + args.count)
    with multiprocessing.get_context("fork").Pool(
            args.processes, begin, (session,)) as pool:
        for result in pool.imap(run_index, indexes, chunksize=8):
            found.add(result)
    seconds = time.monotonic() - start
    session.settle()
    found.show_groups(args.examples, session.smaller)
    if found.groups:
        print()
    print(f"seed {args.seed}, cp {'.'.join(map(str, session.version))}, "
          f"{args.count / seconds:.0f} cases a second; compared: "
          f"access times {'yes' if session.comparer.atimes else 'no'}, "
          f"kept inodes {'yes' if session.comparer.inodes else 'no'}")
    found.show_coverage(args.pairs)
    found.show_known()
    print(f"{found.failures()} differences of {len(found.groups)} kinds")
    if found.groups:
        return 1
    complaints = []
    if args.list_options is None and args.count >= 2000:
        complaints = found.thin(50, 5, 60)
    for complaint in complaints:
        print(complaint)
    return 2 if complaints else 0


def main():
    args = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    base = tempfile.mkdtemp(prefix="mcp-differential.", dir=args.dir or (
        "/dev/shm" if os.access("/dev/shm", os.W_OK | os.X_OK) else None))
    os.chmod(base, 0o755)
    own = not args.dir and running.private_file_system(os.fsencode(base))
    try:
        session = Session(args, base)
        if args.replay:
            return replay(session, args.replay)
        return compare_all(session)
    finally:
        if own:
            umount(os.fsencode(base))
            os.rmdir(base)
        else:
            remove(os.fsencode(base))


if __name__ == "__main__":
    sys.exit(main())
