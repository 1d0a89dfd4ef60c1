#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Is anything lost when something goes wrong?

Round after round copies a file or a tree that was drawn, while something that
was drawn goes wrong: a worker or mcp is killed, a signal comes, a system call
fails, the file system is full.  Afterwards soaktest/rules.py says whether all
is well.  What should have come out is what cp makes of the same when nothing
goes wrong.

SEED:ROUND names a round for ever, as long as the drawing stays as it is and
the same file systems can be had.  Errors and deaths that strace injects come
at the same call again; signals come after the same time, which may be another
moment.

Exit status: 0 no rule was broken; 1 one was.
"""

import argparse
import collections
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from difftest import snapshot  # noqa: E402
from difftest.running import private_file_system  # noqa: E402
from difftest.tree import remove, umount  # noqa: E402
from soaktest import faults, places  # noqa: E402
from soaktest.draw import Round  # noqa: E402
from soaktest.rules import Evidence, Judge  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(
        description="Copy while things go wrong, and see if anything is "
        "lost.")
    parser.add_argument("--mcp", default=os.environ.get("MCP", "mcp"),
                        help="the program to test (default: $MCP)")
    parser.add_argument("--cp", default=shutil.which("cp"),
                        help="what says how it should be (default: cp)")
    parser.add_argument("--seed", type=int,
                        help="default: one that was not there before")
    parser.add_argument("--rounds", type=int, help="how many at most")
    parser.add_argument("--time", type=float, help="seconds at most")
    parser.add_argument("--first", type=int, default=0,
                        help="number of the first round")
    parser.add_argument("--replay", metavar="SEED:ROUND",
                        help="this round alone, and show it")
    parser.add_argument("--times", type=int, default=1,
                        help="with --replay: so many times")
    parser.add_argument("--keep", metavar="DIR",
                        help="with --replay: copy what is left there")
    parser.add_argument("--limit", type=float, default=30,
                        help="seconds until a copy counts as one that hangs")
    parser.add_argument("--places", help="only these, as in tmpfs,ext4")
    parser.add_argument("--verbose", action="store_true",
                        help="say what every round was")
    args = parser.parse_args()
    if not (args.rounds or args.time or args.replay):
        args.time = 60
    if args.seed is None:
        args.seed = random.SystemRandom().randrange(10**6)
    return args


class Session:
    """All that lasts while rounds are run."""

    def __init__(self, args, base, plain):
        self.args = args
        self.base = os.fsencode(base)
        self.plain = os.fsencode(plain)
        # A name that starts all messages, and a file that cannot change.
        self.mcp = os.path.join(plain, "mcp")
        shutil.copy(shutil.which(args.mcp) or args.mcp, self.mcp)
        found = places.available(self.base, self.plain)
        self.places = [name for name in found if not args.places or
                       name in args.places.split(",")]
        if not self.places:
            sys.exit("soak.py: no such place here")
        self.runner = faults.Runner(self.mcp, args.limit)
        self.kinds = collections.Counter()
        self.hits = collections.Counter()
        self.endings = collections.Counter()
        self.failed = []

    def run(self, drawn):
        """Returns (outcome, what was broken)."""
        with places.Place(drawn.place, self.base, self.plain,
                          drawn.size) as place:
            source, dest, model = (place.source + b"/s", place.dest + b"/d",
                                   place.source + b"/m")
            drawn.source.make(source)
            drawn.dest.make(dest)
            drawn.dest.make(model)
            return self.compare(drawn, source, dest, model)

    def compare(self, drawn, source, dest, model):
        names = [b"", b"", b""]
        if drawn.single:
            names = [b"/file"] * 3
        start = time.time_ns()
        subprocess.run([self.args.cp, *drawn.how, "-T", source + names[0],
                        model + names[1]], check=True,
                       stdout=subprocess.DEVNULL)
        times = [(start, time.time_ns())]
        before = [snapshot.take(source), snapshot.take(dest)]
        start = time.time_ns()
        outcome = self.runner.run(drawn, source + names[0], dest + names[2])
        times.append((start, time.time_ns()))
        evidence = Evidence(drawn, outcome, (source, dest))
        evidence.source = (before[0], snapshot.take(source))
        evidence.before = before[1]
        evidence.after = snapshot.take(dest)
        evidence.wanted = snapshot.take(model)
        evidence.times = times
        broken = Judge(evidence).judge()
        if broken and self.args.keep:
            subprocess.run(["cp", "-a", source, dest, model, self.args.keep])
        return outcome, broken

    def count(self, drawn, outcome, broken):
        self.kinds[drawn.kind] += 1
        self.hits.update(outcome.hits)
        self.endings[outcome.ending] += 1
        if broken:
            self.failed.append(drawn.name)
            self.show(drawn, outcome, broken)
        elif self.args.verbose:
            print(f"{drawn.name}: {drawn}: {outcome.ending}", flush=True)

    def show(self, drawn, outcome, broken):
        print(f"{drawn.name}: {drawn}: {outcome.ending}")
        print(f"  hit: {table(outcome.hits)}")
        for line in broken[:8]:
            print(f"  broken: {line}")
        if len(broken) > 8:
            print(f"  ... and {len(broken) - 8} more")
        for line in outcome.stderr.splitlines()[:8]:
            print(f"  stderr: {line.decode(errors='replace')}")
        only = f" --places={self.args.places}" if self.args.places else ""
        print(f"  again: tests/soak.py --mcp={self.args.mcp} "
              f"--replay={drawn.name}{only}", flush=True)

    def show_summary(self):
        print(f"seed {self.args.seed}: {sum(self.kinds.values())} rounds on "
              f"{', '.join(self.places)}")
        if not self.runner.tracer.program:
            print("no strace here: no errors, no exact deaths")
        print(f"faults: {table(self.kinds)}")
        print(f"hit: {table(self.hits)}")
        print(f"ended by: {table(self.endings)}")
        print(f"{len(self.failed)} rounds broke a rule"
              f"{': ' if self.failed else ''}{' '.join(self.failed)}")


def table(counter):
    return ", ".join(f"{key} {value}" for key, value in
                     sorted(counter.items())) or "nothing"


def soak(session):
    args = session.args
    end = time.monotonic() + args.time if args.time else None
    number = args.first
    while (not args.rounds or number < args.first + args.rounds) and \
            (not end or time.monotonic() < end):
        drawn = Round(args.seed, number, session.places)
        session.count(drawn, *session.run(drawn))
        number += 1
    session.show_summary()
    return 1 if session.failed else 0


def replay(session):
    seed, _, number = session.args.replay.partition(":")
    for _ in range(session.args.times):
        drawn = Round(int(seed), int(number), session.places)
        outcome, broken = session.run(drawn)
        session.count(drawn, outcome, broken)
        if not broken:
            session.show(drawn, outcome, broken)
    return 1 if session.failed else 0


def main():
    args = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    faults.become_subreaper()
    base = tempfile.mkdtemp(prefix="mcp-soak.", dir="/dev/shm" if os.access(
        "/dev/shm", os.W_OK | os.X_OK) else None)
    plain = tempfile.mkdtemp(prefix="mcp-soak.")
    own = private_file_system(os.fsencode(base))
    try:
        session = Session(args, base, plain)
        return replay(session) if args.replay else soak(session)
    finally:
        if own:
            umount(os.fsencode(base))
            os.rmdir(base)
        else:
            remove(os.fsencode(base))
        remove(os.fsencode(plain))


if __name__ == "__main__":
    sys.exit(main())
