#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Would the tests notice?

Each file of tests/mutants is a patch that breaks one thing in src/.  Its head
says what, and which tests must notice:

    Hidden files are left behind after a failure.
    Caught-by: tests/unit/test_dest
    Caught-by: tests/faults.bats: nothing is left

What follows the second colon is a regular expression that matches names of
tests.  One of these tests must fail; all of them pass without the patch.

The patches are applied, built and taken back one after the other in SOURCE, a
copy of the tree, with BUILD a build of it.  Without BUILD nothing is changed:
whether they apply is all that is looked at.  Exit status: 0 all were noticed
(or apply); 1 one was not, does not apply or does not build.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True

from soaktest.faults import (  # noqa: E402
    become_subreaper, children, descendants, send)

# Seconds for a test that is expected to fail; who hangs is noticed.
LIMIT = 120


def reap(suite, over):
    """Buries orphans, which tests wait for, until a SUITE is OVER."""
    while not over.wait(0.05):
        for pid in children(os.getpid()):
            if pid != suite:
                try:
                    os.waitpid(pid, os.WNOHANG)
                except ChildProcessError:
                    pass


class Mutant:
    """One patch."""

    def __init__(self, path):
        self.path = path
        self.name = os.path.basename(path).removesuffix(".patch")
        with open(path) as file:
            head = file.read().partition("\n--- ")[0]
        self.what = head.partition("\n")[0]
        self.catchers = re.findall(r"^Caught-by: (.*)$", head, re.MULTILINE)


class Workplace:
    """The copy of the tree and its build."""

    def __init__(self, args):
        self.source = os.path.abspath(args.source)
        self.build = args.build and os.path.abspath(args.build)
        self.jobs = str(args.jobs)
        self.baseline = {}

    def patch(self, mutant, *more):
        return subprocess.run(
            ["patch", "-p1", "-s", "-f", "--no-backup-if-mismatch", "-r", "-",
             "-i", mutant.path, *more], cwd=self.source,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def make(self, *targets):
        return subprocess.run(
            ["make", "-s", "-j", self.jobs, "src/mcp", *targets],
            cwd=self.build, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self, catcher):
        """Runs tests: None when they pass, or the name of one that failed."""
        suite, _, names = catcher.partition(": ")
        environment = dict(
            os.environ, MCP=self.build + "/src/mcp", MCP_TEST_VARIANT="plain",
            MCP_TEST_SRCDIR=self.source, MCP_TEST_BUILDDIR=self.build,
            CMOCKA_MESSAGE_OUTPUT="TAP")
        for name in "MAKEFLAGS", "MFLAGS", "MAKELEVEL":
            environment.pop(name, None)
        if suite.endswith(".bats"):
            if suite == "tests/fuse.bats":
                self.make("tests/poorfs")  # without libfuse3 they are skipped
            words = ["bats", "--tap", self.source + "/" + suite]
            words[2:2] = ["-f", names] if names else []
        else:
            made = self.make(suite)
            if made.returncode != 0:
                return "it does not build"
            words = [self.build + "/" + suite]
        process = subprocess.Popen(
            words, cwd=self.source, env=environment, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        over = threading.Event()
        reaper = threading.Thread(target=reap, args=(process.pid, over))
        reaper.start()
        try:
            text = process.communicate(timeout=LIMIT)[0].decode(
                errors="replace")
        except subprocess.TimeoutExpired:
            text = "not ok - it hangs"
        finally:
            over.set()
            reaper.join()
            self.clear_up(process)
        # cmocka has it that what is skipped is not ok.
        failed = re.search(r"^not ok (?!.*# skip)\d* ?-? ?(.*)$", text,
                           re.MULTILINE | re.IGNORECASE)
        if failed:
            return failed[1]
        if process.returncode != 0:
            return f"exit status {process.returncode}"
        passed = re.search(r"^ok (?!.*# skip)", text, re.MULTILINE)
        return None if passed else ""

    @staticmethod
    def clear_up(process):
        for pid in descendants(os.getpid()):
            send(pid, "KILL")
        process.wait()
        while True:
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                return

    def passes(self, catcher):
        """Whether CATCHER's tests pass as things are."""
        if catcher not in self.baseline:
            self.baseline[catcher] = self.run(catcher)
        return self.baseline[catcher] is None


def try_mutant(place, mutant):
    """Returns (whether all is well, what is to be said)."""
    able = [catcher for catcher in mutant.catchers if place.passes(catcher)]
    if not able:
        return False, "no test that must notice can run and passes: " + \
            "; ".join(f"{catcher} ({place.baseline[catcher] or 'none ran'})"
                      for catcher in mutant.catchers)
    applied = place.patch(mutant)
    if applied.returncode != 0:
        place.patch(mutant, "-R")
        return False, "does not apply:\n" + applied.stdout.decode()
    try:
        made = place.make()
        if made.returncode != 0:
            return False, "does not build:\n" + made.stdout.decode()
        for catcher in able:
            failed = place.run(catcher)
            if failed:
                return True, f"{catcher.partition(': ')[0]}: {failed}"
        return False, "NOT NOTICED by " + "; ".join(able)
    finally:
        place.patch(mutant, "-R")
        # Older than what was made of it, it would not be made again.
        for name in re.findall(r"^--- a/(\S+)", open(mutant.path).read(),
                               re.MULTILINE):
            os.utime(os.path.join(place.source, name))
        place.make()


def see_if_apply(place, mutants):
    """Says which do not, and returns how many."""
    bad = 0
    for mutant in mutants:
        applied = place.patch(mutant, "--dry-run")
        if applied.returncode != 0:
            bad += 1
            print(f"{mutant.name} does not apply:\n{applied.stdout.decode()}")
    return bad


def main():
    parser = argparse.ArgumentParser(description="Break mcp, and see whether "
                                     "the tests notice.")
    parser.add_argument("--source", required=True, help="a copy of the tree")
    parser.add_argument("--build", help="a build of it")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("names", nargs="*", help="only these mutants")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    become_subreaper()
    directory = os.path.join(os.path.abspath(args.source), "tests/mutants")
    mutants = [Mutant(os.path.join(directory, name))
               for name in sorted(os.listdir(directory))
               if name.endswith(".patch") and
               (not args.names or name.removesuffix(".patch") in args.names)]
    place = Workplace(args)
    if not place.build:
        return 1 if see_if_apply(place, mutants) or not mutants else 0
    made = place.make()
    if made.returncode != 0:
        sys.exit(made.stdout.decode())
    missed = 0
    for mutant in mutants:
        start = time.monotonic()
        good, text = try_mutant(place, mutant)
        missed += not good
        print(f"{'caught' if good else 'MISSED'} {mutant.name} "
              f"({time.monotonic() - start:.0f} s): {text}", flush=True)
    print(f"{len(mutants)} mutants, {len(mutants) - missed} caught, "
          f"{missed} missed")
    return 1 if missed or not mutants else 0


if __name__ == "__main__":
    sys.exit(main())
