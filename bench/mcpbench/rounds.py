# SPDX-License-Identifier: MIT
"""One experiment: everybody in turn, round after round.

First everybody copies once, untimed, and the copy is compared with the source,
all of it; who fails that is out, and said to be. Then come the rounds. Rounds
are added until the control strays by less than half of the difference between
mcp and cp, or time is up, and then the interval is all there is to say.
"""

import mmap
import os
import shutil
import sys
import time

from . import sources, stats, verify
from .process import Failure, Wrong, call

QUICK_FACTOR = 15  # of rounds, where one takes milliseconds
HUGE_PAGE = 2 << 20
CPUS = len(os.sched_getaffinity(0))
ENTRY_MEMORY = 6 << 10  # of the kernel, for a small file: inode, name, page


def tell(text):
    """A line that the next one replaces, for who watches."""
    if sys.stderr.isatty():
        print(f"\r{text:78.78}\r", end="", file=sys.stderr, flush=True)


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        call(["rm", "-rf", "--", path])  # several times as fast as shutil
    elif os.path.lexists(path):
        os.unlink(path)


def touch(size):
    """Has memory for the next copy that was used a moment ago.

    Virtual machines give free memory back to the host within seconds, and
    asking for it again costs several times what copying does [measured: 0.4
    and 2.3 s for the same copy]. What is freed last is taken first. A process
    for each CPU: it is most of what a round takes besides the copy.
    """
    share = -(-size // CPUS // HUGE_PAGE) * HUGE_PAGE
    children = []
    for _ in range(CPUS):
        pid = os.fork()
        if not pid:
            touch_and_exit(share)
        children.append(pid)
    for pid in children:
        if os.waitpid(pid, 0)[1]:
            raise Failure(f"no {share >> 20} MiB of memory for each CPU")


def touch_and_exit(size):
    status = 1
    try:
        memory = mmap.mmap(-1, size,
                           flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        memory.madvise(mmap.MADV_HUGEPAGE)
        for at in range(0, size, mmap.PAGESIZE):
            memory[at] = 1
        status = 0
    finally:
        os._exit(status)


class Bench:
    """A place, its present source, and who times."""

    def __init__(self, place, clock, settings):
        self.place, self.clock, self.settings = place, clock, settings
        self.source = os.path.join(place.path, "source")
        self.target = os.path.join(place.path, "target")
        self.made = self.size = None

    def prepare(self, make):
        """Has the source that make makes; the last one may be it."""
        if self.made is make:
            return
        remove(self.source)
        self.made = None
        tell(f"{self.place.name}: making the source: {make.__name__}")
        sources.make(make, self.source, self.settings.scale)
        self.made = make
        if os.path.isdir(self.source):
            self.size = verify.count(self.source)
        else:
            self.size = 0, os.path.getsize(self.source)

    def clear(self, workload):
        """As each copy has to find it. Unlinked first: never written out."""
        remove(self.target)
        if workload.overwrite:
            with open(self.target, "wb") as out:
                for at in range(0, self.size[1], sources.MIB):
                    out.write(bytes(min(sources.MIB, self.size[1] - at)))
        if workload.cold:
            self.place.forget()
        elif not workload.quick:
            self.place.calm()
        if not workload.quick:
            # Cold, the source has to be read and the copy written, too.
            touch((self.size[1] + self.size[0] * ENTRY_MEMORY + HUGE_PAGE)
                  * (3 if workload.cold else 1) * 9 // 8)

    def copy(self, who, workload, all_of_it=False):
        """One copy, timed and looked at; raises Wrong."""
        self.clear(workload)
        taken = self.clock.run(who.command(self.source, self.target),
                               self.place.path if workload.cold else None)
        if who.role == "limit" and "write" in who.label:
            if os.path.getsize(self.target) != self.size[1]:
                raise Wrong("it has another size")
            return taken
        if all_of_it:
            verify.check(self.source, self.target, workload.archive)
            taken["holes_filled"] = verify.filled_holes(self.source,
                                                        self.target)
        else:
            verify.glance(self.size, self.target)
        return taken


class Row:
    """What one contestant did: runs by round, and what is to be said."""

    def __init__(self, who):
        self.who, self.runs, self.note = who, {}, who.absent or ""

    @property
    def out(self):
        return bool(self.who.absent) or self.note.startswith("wrong")

    def times(self):
        return {number: run["seconds"] for number, run in self.runs.items()}


def attempt(row, bench, workload, number):
    """number: of the round, or 0 for the one that is compared."""
    if row.out or (number and (number - 1) % row.who.every):
        return
    tell(f"{workload.name}/{bench.place.name}: "
         f"{f'round {number}' if number else 'warm-up'}: {row.who.label}")
    try:
        # The control is the same program, and checking takes its time.
        taken = bench.copy(row.who, workload, all_of_it=not number
                           and row.who.role != "control")
    except (Wrong, OSError) as error:
        # Where it happened is a name that we made up.
        said = str(error).replace(bench.place.path + os.sep, "")
        row.note, row.runs = f"wrong: {said}", {}
        return
    if number:
        row.runs[number] = taken
    elif taken.get("holes_filled"):
        row.note = "holes filled"


def enough(rows, number, least, until, settings):
    if number < least:
        return False
    if number >= settings.most * least // settings.rounds:
        return True
    if time.monotonic() > until:
        return True
    first = {row.who.role: row for row in reversed(rows) if not row.out}
    if not all(role in first for role in ("cp", "control", "mcp")):
        return True
    reference = first["cp"].times()
    return stats.shown(stats.compare(reference, first["mcp"].times()),
                       stats.compare(reference, first["control"].times()))


def measure(experiment, bench, programs, until):
    """Returns the rows, cp first, the control second.

    Until then rounds are added, if need be; the least there has to be are made.
    """
    workload, settings = experiment.workload, bench.settings
    bench.prepare(workload.make)
    rows = [Row(who) for who in experiment.contestants(programs, settings)]
    for row in rows:
        attempt(row, bench, workload, 0)
    if rows[0].out:
        raise Failure(f"{experiment.name}: cp: {rows[0].note}")
    least = settings.rounds * (QUICK_FACTOR if workload.quick else 1)
    number = 0
    while not enough(rows, number, least, until, settings):
        number += 1
        # Each round begins with another one, whom then another precedes.
        shift = (number - 1) % len(rows)
        for row in rows[shift:] + rows[:shift]:
            attempt(row, bench, workload, number)
    remove(bench.target)
    tell("")
    return rows


def check_space(place, settings):
    """Source and copy, and something to spare, at the place and in memory."""
    need = int(2 * 2 * sources.GIB * settings.scale) + 256 * sources.MIB
    free = shutil.disk_usage(place.path).free
    if free < need:
        raise Failure(f"{place.path}: {need >> 20} MiB needed, "
                      f"{free >> 20} MiB free")
