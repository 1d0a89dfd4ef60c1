# SPDX-License-Identifier: MIT
"""One run of mcp with what goes wrong, and how it ended.

strace injects errors and deaths at exact calls, and slows some runs down;
signals come from here.  Orphans become children of this process, so that
whoever outlives mcp is found, whatever it did to get away.
"""

import collections
import ctypes
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time

libc = ctypes.CDLL(None, use_errno=True)
PR_SET_CHILD_SUBREAPER = 36

# Seconds that workers have to die of their parent's death.
GRACE = 2

# What a slow run waits at: microseconds at the entry of each.
SLOWED = "openat,write,pwrite64,copy_file_range,madvise,renameat:" \
    "delay_enter=%d"


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def descendants(pid):
    found = []
    for child in children(pid):
        found += [child, *descendants(child)]
    return found


def state(pid):
    """name, state letter"""
    try:
        with open(f"/proc/{pid}/stat") as file:
            text = file.read()
    except OSError:
        return "", "X"
    return text[text.find("(") + 1:text.rfind(")")], \
        text[text.rfind(")") + 2]


def describe(pid):
    try:
        with open(f"/proc/{pid}/wchan") as file:
            return f"{pid} {' '.join(state(pid))} {file.read()}"
    except OSError:
        return f"{pid} {' '.join(state(pid))}"


def send(pid, name):
    try:
        os.kill(pid, getattr(signal, "SIG" + name))
        return True
    except ProcessLookupError:
        return False


def become_subreaper():
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Tracer:
    """strace, and how often the loader makes each call before main()."""

    def __init__(self, mcp):
        self.program = shutil.which("strace")
        self.starts = collections.Counter()
        if self.program and not self.count(mcp):
            self.program = None

    def count(self, mcp):
        with tempfile.NamedTemporaryFile() as log:
            done = subprocess.run(
                [self.program, "-o", log.name, mcp, "--version"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            text = log.read().decode(errors="replace")
        self.starts.update(re.findall(r"^(\w+)\(", text, re.MULTILINE))
        return done.returncode == 0

    def command(self, drawn, log):
        words = [self.program, "-f", "-qq", "-o", log]
        for call, result, when in drawn.inject:
            words += ["-e", f"inject={call}:{result}:"
                      f"when={when + self.starts[call]}"]
        if drawn.slow:
            delay = random.Random(drawn.name).choice([100, 1000])
            words += ["-e", "inject=" + SLOWED % delay]
        return words


class Outcome:
    """How a run ended."""

    def __init__(self):
        self.status = None  # as subprocess has it: -N is signal N
        self.stderr = b""
        self.hang = []      # who was there at the end of the time
        self.left = []      # who outlived mcp
        self.hits = collections.Counter()
        self.parent_killed = False
        self.worker_killed = False
        self.unheard = False  # a line for stderr could not be written

    @property
    def ending(self):
        if self.hang:
            return "hang"
        if self.status < 0:
            return f"signal {signal.Signals(-self.status).name[3:]}"
        return f"exit {self.status}"


class Runner:
    """Runs mcp for rounds."""

    def __init__(self, mcp, limit):
        self.mcp = mcp
        self.limit = limit  # seconds
        self.tracer = Tracer(mcp)

    def run(self, drawn, source, dest):
        outcome = Outcome()
        log = tempfile.mktemp(prefix="mcp-soak-strace.")
        words = [self.mcp, "-j", str(drawn.jobs), *drawn.options, *drawn.how,
                 "-T", source, dest]
        traced = bool(drawn.inject or drawn.slow) and self.tracer.program
        if traced:
            words = self.tracer.command(drawn, log) + words
        with tempfile.TemporaryFile() as stderr:
            process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=stderr, start_new_session=True, restore_signals=True,
                env=dict(os.environ, LC_ALL="C",
                         ASAN_OPTIONS="exitcode=99:detect_leaks=0",
                         UBSAN_OPTIONS="exitcode=99"))
            Watch(process, drawn, outcome, traced).follow(self.limit)
            self.look_for_orphans(outcome)
            stderr.seek(0)
            outcome.stderr = b"".join(
                line for line in stderr.read().splitlines(True)
                if not re.match(rb"\S*strace: ", line))
        if traced:
            self.count_hits(outcome, log)
            os.unlink(log)
        return outcome

    @staticmethod
    def look_for_orphans(outcome):
        end = time.monotonic() + (GRACE if outcome.parent_killed else 0)
        while True:
            left = [pid for pid in children(os.getpid())
                    if state(pid)[1] not in "ZX"]
            if not left or time.monotonic() >= end:
                break
            time.sleep(0.005)
        if not outcome.hang:
            outcome.left = [describe(pid) for pid in left]
        for pid in left:
            send(pid, "KILL")
        while True:
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                return

    @staticmethod
    def count_hits(outcome, log):
        with open(log, errors="replace") as file:
            first = None
            begun = {}  # what each is at, where others came in between
            for line in file:
                pid, _, rest = line.partition(" ")
                first = first or pid
                if "resumed>" not in rest:
                    begun[pid] = rest.lstrip()
                if "(INJECTED)" in rest:
                    outcome.hits["error injected"] += 1
                    outcome.unheard |= begun[pid].startswith("write(2,")
                elif "+++ killed by SIGKILL" in rest:
                    outcome.hits["killed at a call"] += 1
                    if pid == first:
                        outcome.parent_killed = True
                    else:
                        outcome.worker_killed = True


class Watch:
    """Follows one process until it ends, and sends it what was drawn."""

    def __init__(self, process, drawn, outcome, traced):
        self.process = process
        self.outcome = outcome
        self.traced = traced
        self.rng = random.Random(drawn.name + " watch")
        self.events = sorted(drawn.events, key=lambda event: event.seconds)
        self.copier = None

    def find_copier(self):
        """mcp itself, be it strace's child."""
        if self.copier is None:
            if not self.traced:
                self.copier = self.process.pid
            else:
                found = children(self.process.pid)
                # Before exec(2) it is strace still.
                if found and state(found[0])[0] != "strace":
                    self.copier = found[0]
        return self.copier

    def follow(self, limit):
        start = time.monotonic()
        nudged = start
        while self.process.poll() is None:
            now = time.monotonic()
            if self.events and now - start >= self.events[0].seconds and \
                    self.find_copier():
                self.deliver(self.events.pop(0))
            elif now - start > limit:
                self.give_up()
                break
            # A CONT may come too early, before the process has stopped.
            if now - nudged > 0.3 and not self.events:
                nudged = now
                for pid in descendants(self.process.pid) + [self.process.pid]:
                    if state(pid)[1] in "Tt":
                        send(pid, "CONT")
            time.sleep(0.0002 if self.events else 0.002)
        self.outcome.status = self.process.wait()

    def deliver(self, event):
        workers = children(self.copier)
        if event.whom == "worker" and not workers:
            # Until there is one, or never.
            event.seconds += 0.0005
            self.events.append(event)
            self.events.sort(key=lambda other: other.seconds)
            return
        if event.whom == "group":
            # strace -o lets nothing of it through to itself.
            whom = [-self.process.pid]
        else:
            whom = {"mcp": [self.copier],
                    "worker": workers and [self.rng.choice(workers)],
                    "all": [self.copier, *workers]}[event.whom]
        for pid in whom:
            if send(pid, event.signal):
                self.outcome.hits[f"{event.signal} to {event.whom}"] += 1
        if event.signal == "KILL":
            if event.whom == "mcp":
                self.outcome.parent_killed = True
            else:
                self.outcome.worker_killed = True

    def give_up(self):
        there = [self.process.pid, *descendants(self.process.pid)]
        self.outcome.hang = [describe(pid) for pid in there]
        for pid in reversed(there):
            send(pid, "KILL")
