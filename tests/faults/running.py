# SPDX-License-Identifier: MIT
"""Running mcp under strace, without a fault and with one."""

import os
import random
import signal
import subprocess

from faults import snapshot
from faults.judge import State, judge
from faults.table import calls_of, faults_of, number_of, words_of
from faults.trace import FORKS, WAITS, Trace

# What is met most, to be tried where not all is.
OFTEN = ("EIO", "ENOSPC", "EACCES", "ENOMEM", "EINTR", "EMFILE", "EPERM")

# Traced in each run, to see that every worker was waited for.
ALWAYS = (*FORKS, *WAITS)

SECONDS = 20  # a run takes some hundredths of one

# Reasons that are as honest as the errno that was injected, by its name.
OTHER_REASONS = {}


class Run:
    """How one run ended."""

    def __init__(self):
        self.status, self.lines, self.hangs = None, [], False
        self.trace = self.source = self.dest = None
        self.left = []


class Fault:
    """What is injected: an errno or a signal, at the Nth CALL of a process."""

    def __init__(self, call, what, nth, outcome="open", who="parent"):
        self.call, self.what, self.nth = call, what, nth
        self.outcome, self.who = outcome, who
        if what == "KILL":
            self.reasons = ["by signal 9 (Killed)"]
        else:
            self.reasons = [": " + words_of(what)]
            self.reasons += OTHER_REASONS.get(what, [])

    def arguments(self):
        if self.what == "KILL":
            what = "signal=SIGKILL"
        else:
            what = f"error={number_of(self.what)}"
        return ["-e", f"inject={self.call}:{what}:when={self.nth}"]


class Cell:
    """One site, one fault, one judgement."""

    def __init__(self, scenario, who, site, occurrence, fault):
        self.scenario, self.who, self.site = scenario, who, site
        self.occurrence, self.fault = occurrence, fault
        self.outcome = None  # a judge.Outcome, once it was run
        self.hit = False

    @property
    def call(self):
        return self.site[0]

    @property
    def name(self):
        call, about, detail = self.site
        place = ",".join(filter(None, (about, detail)))
        return (f"{self.scenario.name}/{self.who}/{call}({place})"
                f"{self.occurrence}/{self.fault.what}")


class Scenario:
    """One kind of work, by one engine, with so many workers."""

    def __init__(self, work, engine, jobs, options):
        self.work, self.engine, self.jobs = work, engine, jobs
        self.options = options
        self.name = f"{work.name}/{engine}/j{jobs}"
        self.top = None
        self.refused = None  # why this cannot be run here

    def command(self):
        return [self.options.mcp, "-j", str(self.jobs),
                f"--engine={self.engine}", *self.work.arguments]

    def prepare(self, top, table):
        """Make the source at TOP and learn what comes without a fault."""
        self.top = top
        self.table, self.calls = table, calls_of(table)
        self.work.make_source(top)
        source = snapshot.take(f"{top}/S")
        self.work.make_dest(top)
        before = snapshot.take(f"{top}/D")
        self.state = State(source, before, before)
        run = self.run(["--seccomp-bpf", "-e", "trace=" + ",".join(
            f"?{call}" for call in (*self.calls, *ALWAYS))])
        self.baseline = run.trace
        if run.status != 0 or run.lines:
            self.refused = (run.lines or ["exits %s" % run.status])[0]
            return
        self.state = State(source, before, run.dest)
        self.check_baseline(source, run.dest)

    @staticmethod
    def check_baseline(source, dest):
        """That the copy without a fault is one is what other suites show."""
        for name, entry in dest.items():
            if entry.is_file and name in source and \
                    name.count("/") == 0 and \
                    not entry.same_contents(source[name]):
                raise SystemExit(f"{name} is not copied, without a fault")

    def run(self, arguments):
        """mcp under strace with ARGUMENTS."""
        self.work.make_dest(self.top)
        run, log = Run(), f"{self.top}/log"
        with open(f"{self.top}/err", "wb") as err:
            process = subprocess.Popen(
                ["strace", "-f", "-y", "-o", log, *arguments,
                 *self.command()],
                stdin=subprocess.DEVNULL, stdout=err, stderr=err,
                cwd=self.top, env=self.options.environment,
                start_new_session=True)
            try:
                run.status = process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                run.hangs = True
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        with open(f"{self.top}/err", errors="surrogateescape") as err:
            run.lines = err.read().splitlines()
        run.trace = Trace(log, self.top)
        run.source = snapshot.take(f"{self.top}/S")
        run.dest = snapshot.take(f"{self.top}/D")
        if run.status is not None and run.status >= 0:
            run.left = run.trace.unwaited()
        return run

    def cells(self, table):
        """All that can be done to it, by what was seen without a fault."""
        counts = {}  # of the parent, by call
        library = set()
        for call in self.baseline.of_first():
            counts[call.name] = call.nth
            if call.about == "library":
                library.add((call.name, call.nth))
        for who, calls in (("parent", self.baseline.of_first()),
                           ("worker", self.baseline.of_workers())):
            sites = {}
            for call in calls:
                if call.about != "library":
                    sites.setdefault(call.site, []).append(call.nth)
            for site, found in sites.items():
                if who == "worker":
                    found = self.for_workers(site[0], found, counts, library)
                yield from self.cells_of(who, site, found, table)

    @staticmethod
    def for_workers(call, found, counts, library):
        """strace counts for each process: beyond what mcp itself comes to,
        or at least not where its libraries are loaded."""
        beyond = [nth for nth in found if nth > counts.get(call, 0)]
        return sorted(beyond or [nth for nth in found
                                 if (call, nth) not in library])

    def cells_of(self, who, site, found, table):
        faults = self.faults_of(table, site)
        # A sanitizer's own memory is not mcp's.
        if site[0] in ("mmap", "madvise") and site[1] == "own" and \
                os.environ.get("MCP_TEST_VARIANT", "plain") != "plain":
            return
        if not found or not faults:
            return
        if self.options.seed is not None:
            yield from self.cells_between(who, site, found, faults)
            return
        for what, outcome in self.some(faults):
            yield self.cell(who, site, "", what, found[0], outcome)
        if found[-1] != found[0]:
            what = "EIO" if "EIO" in faults else next(iter(faults))
            yield self.cell(who, site, "last", what, found[-1], faults[what])
        for occurrence, nth in {"": found[0], "last": found[-1]}.items():
            if occurrence == "" or nth != found[0]:
                yield self.cell(who, site, occurrence, "KILL", nth, "open")

    def cells_between(self, who, site, found, faults):
        """At one of the times between the first and the last."""
        if len(found) < 3:
            return
        drawn = random.Random(f"{self.options.seed} {self.name} {who} {site}")
        nth = drawn.choice(found[1:-1])
        for what, outcome in (*self.some(faults), ("KILL", "open")):
            yield self.cell(who, site, nth, what, nth, outcome)

    def faults_of(self, table, site):
        return faults_of(table, site, self.work.is_tree,
                         self.options.seed is not None)

    def some(self, faults):
        """FAULTS, or as many of them as this kind of work tries."""
        most = self.work.errors or len(faults)
        return [(what, faults[what]) for what in sorted(
            faults, key=lambda what: OFTEN.index(what)
            if what in OFTEN else len(OFTEN))[:most]]

    def cell(self, who, site, occurrence, what, nth, outcome):
        return Cell(self, who, site, occurrence,
                    Fault(site[0], what, nth, outcome, who))

    @staticmethod
    def is_meant(call, cell):
        # What is not received cannot be told from its trace.
        return call.site[:2] == cell.site[:2] or \
            call.name == cell.call == "recvmsg"

    def outcome_of(self, run, fault):
        """What must come of it: of all calls that were hit, since strace
        counts for each process, and may hit another one in each."""
        outcomes = {
            self.faults_of(self.table, call.site).get(fault.what, "open")
            for call in run.trace.calls if call.injected}
        if "lie" in outcomes:
            return "lie"
        return outcomes.pop() if len(outcomes) == 1 else "open"

    def try_cell(self, cell):
        """Run CELL and judge it."""
        fault = cell.fault
        arguments = ["-e", "trace=" + ",".join(
            {fault.call, *(f"?{call}" for call in ALWAYS)})]
        # strace 6.1 does not deliver a signal that goes with a filter.
        if fault.what != "KILL":
            arguments.append("--seccomp-bpf")
        run = self.run(arguments + fault.arguments())
        if fault.what == "KILL":
            cell.hit = any("killed by SIGKILL" in how
                           for _, how in run.trace.ends)
        else:
            cell.hit = any(call.injected and self.is_meant(call, cell)
                           for call in run.trace.calls)
            fault.outcome = self.outcome_of(run, fault)
        cell.outcome = judge(self.work, self.state, run, fault)
        if run.hangs and not cell.outcome.broken:
            cell.hit = False
        cell.lines = run.lines
        return run
