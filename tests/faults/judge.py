# SPDX-License-Identifier: MIT
"""Whether what came of a fault keeps the rules.

 1. Exit status 0: everything is as without the fault, and nothing was said.
    Else 1, and one line for each entry that failed: which, what, why.
 2. The source is as it was.  An existing destination is as it was, or as it
    should be, or "incomplete" was said, or "removed".  A new file whose
    contents are not complete is not there; for want of metadata alone it
    stays.
 3. No process outlives mcp, no temporary name is left, and nothing hangs.
 4. All entries of which nothing was said are copied.
"""

import re

from faults import snapshot

LINE = re.compile(r"mcp: (.+)")
NAME = re.compile(r"'([SD])(?:/([^']*))?'|(?<!\S)([SD])/(\S+?)(?=[: ,]|$)")
HIDDEN = re.compile(r"\.mcp-\d+-\d+-[0-9a-f]{8}-\d+-\d+\.tmp")
INCOMPLETE = "(destination left incomplete)"
REMOVED = "(destination removed)"


class State:
    """What was, and what should be: of one kind of copy, without faults."""

    def __init__(self, source, before, expected):
        self.source = source
        self.before = before
        self.expected = expected


class Outcome:
    """How a run ended, and which rules it broke."""

    def __init__(self):
        self.broken = []
        self.kind = ""  # copied, failed, kept, incomplete, died

    def breaks(self, text):
        self.broken.append(text)


def told_of(lines, several, outcome):
    """{entry: line} of what was said; SEVERAL: processes were hit, of which
    two may have been at one entry."""
    told = {}
    for line in lines:
        if not LINE.fullmatch(line):
            outcome.breaks(f"not a message: {line}")
            continue
        names = [match[2] or match[4] or "." for match in NAME.finditer(line)]
        # Of SOURCE and DEST both have the name; of a hard link two have.
        entry = names[0] if names else None
        # Each batch of names of a directory that cannot be opened says so.
        if entry in told and told[entry] != line and not several:
            outcome.breaks(f"a second line for {entry}: {line}")
        told[entry] = line
    return told


def is_good(name, state, now, told, work):
    """Whether NAME is as it should be."""
    should, found = state.expected.get(name), now.get(name)
    if not should or not found:
        return should is found
    times = work.times or (name in state.before and not should.is_directory
                           and should.mtime == state.before[name].mtime)
    if not found.same_contents(should) or not found.same_metadata(
            should, times and name != ".", work.tries_xattrs):
        return False
    # Of a file that was not copied as a whole no other name is a link.
    among = (state.expected.keys() & now.keys()) - told.keys() | {name}
    return should.is_directory or \
        snapshot.linked(state.expected, name, among) == \
        snapshot.linked(now, name, among)


BACKUP = re.compile(r"(~|\.~\d+~)$")


def is_told(name, told):
    """Whether something was said of NAME, or of a directory above it; a
    backup that was not made, or undone, is its original's matter."""
    name = BACKUP.sub("", name)
    while name:
        if name in told:
            return True
        name = name.rpartition("/")[0]
    return "." in told or None in told


def judge_entry(name, state, now, told, may_remove, outcome):
    """NAME is not as it should be: is it at least as the rules want it?"""
    before, found = state.before.get(name), now.get(name)
    should = state.expected.get(name)
    if not should and not before:
        if ".mcp-" not in name:
            outcome.breaks(f"an extra entry: {name}")
        elif not any("temporary file" in line for line in told.values()):
            outcome.breaks(f"a temporary name: {name}")
        return
    if not is_told(name, told):
        outcome.breaks(f"nothing was said of {name}, which is "
                       + describe(found, should, before))
    if not found:
        # A symlink is removed before another takes its place, as by cp.
        if before and before.is_file and not (
                may_remove and REMOVED in told.get(name, "")):
            outcome.breaks(f"{name} was there, and is gone")
        return
    if not found.is_file or (should and found.same_contents(should)) or \
            (before and found.same_contents(before)):
        if should and found.same_contents(should):
            outcome.kind = "kept"
        return
    if not before:
        outcome.breaks(f"{name} is new and incomplete, {found.size} bytes")
    elif INCOMPLETE not in told.get(name, ""):
        outcome.breaks(f"{name} is worse than before, which was not said")
    else:
        outcome.kind = "incomplete"


def describe(found, should, before):
    if not found:
        return "missing"
    if not should:
        return "still there"
    if not found.same_contents(should):
        return "as before" if before and found.same_contents(before) \
            else "something else"
    parts = [part for part in ("mode", "owner", "xattrs", "mtime")
             if getattr(found, part) != getattr(should, part)]
    return "different in " + (", ".join(parts) or "its links")


def is_left_open(run):
    """Whether the end of a pipe stayed open, for which somebody then waits:
    strace lets close(2) fail by not making it, and a kernel lets the
    descriptor go whatever it says."""
    return any(call.injected and call.name == "close" and
               "pipe" in call.detail for call in run.trace.calls)


def judge(work, state, run, fault):
    """RUN: how it ended; FAULT: what was done to it."""
    outcome = Outcome()
    outcome.kind = "copied" if run.status == 0 else "failed"
    if run.hangs:
        if not is_left_open(run):
            outcome.breaks("hangs")
        return outcome
    hit = {call.pid for call in run.trace.calls if call.injected}
    told = told_of(run.lines, len(hit) > 1, outcome)
    killed = fault.what == "KILL" and run.status == -9
    if run.status < 0:
        outcome.kind = "died"
        if not killed:
            outcome.breaks(f"died of signal {-run.status}")
    elif run.status > 1:
        outcome.breaks(f"exit status {run.status}")
    elif run.status == 0 and told:
        outcome.breaks(f"exit status 0, but: {run.lines[0]}")
    elif run.status == 1 and not told:
        outcome.breaks("exit status 1 without a word")

    changed = snapshot.unchanged(state.source, run.source)
    if changed:
        outcome.breaks(f"the source: {changed}")
    may_remove = work.removes or \
        (work.makes_room and fault.what in ("ENOSPC", "EDQUOT"))
    for name in sorted(state.expected.keys() | state.before.keys()
                       | run.dest.keys()):
        if not is_good(name, state, run.dest, told, work):
            if fault.outcome == "lie":
                continue
            if killed:
                judge_killed(name, state, run, work, fault, outcome)
            else:
                judge_entry(name, state, run.dest, told, may_remove, outcome)
    if run.left:
        outcome.breaks(f"processes outlived mcp: {run.left}")
    judge_words(told, run, fault, outcome)
    judge_expected(work, state, run, fault, outcome)
    return outcome


def judge_killed(name, state, run, work, fault, outcome):
    """After kill -9 of mcp: nothing half made may look complete."""
    before, found = state.before.get(name), run.dest.get(name)
    should = state.expected.get(name)
    if not should and not before:
        hidden = HIDDEN.fullmatch(name.rpartition("/")[2])
        # Workers die with mcp, whatever call they are at.
        workers = len(run.trace.ends) > 1
        # Whether nameless files can be linked is tried with an empty one.
        trial = (workers or "unlinkat" in fault.call) and found.size == 0
        # What is complete waits for an instant to replace something.
        waits = (workers or "renameat" in fault.call) and any(
            found.same_contents(other) for other in state.expected.values())
        if not hidden or not (trial or waits):
            outcome.breaks(f"left behind: {name}")
    elif before and before.is_file and not found and not work.removes:
        outcome.breaks(f"{name} was there, and is gone")
    elif found and found.is_file and should and \
            not found.same_contents(should) and \
            not (before and found.same_contents(before)) and \
            found.size == should.size:
        outcome.breaks(f"{name} looks complete, and is not")


def judge_words(told, run, fault, outcome):
    """The reason is what was injected, or an honest other."""
    if fault.outcome == "lie":
        return
    reasons = list(fault.reasons)
    if fault.what == "ELOOP":
        reasons.append("as it was replaced while being copied")
    if fault.what == "ENOENT" and fault.call == "openat":
        reasons.append("File exists")  # what is gone is made anew
    if fault.what == "EFBIG" and fault.call == "ftruncate" and \
            fault.outcome == "open":
        reasons.append("the engine asked for cannot copy")
    if fault.call in ("mmap", "brk"):
        reasons.append("memory exhausted")
    if any(call.injected and call.about == "own"
           for call in run.trace.of_workers()):
        reasons += ["two workers died at it", "the worker at it died"]
    for line in told.values():
        text = line.removesuffix(" " + INCOMPLETE).removesuffix(" " + REMOVED)
        if not any(reason in text for reason in reasons):
            outcome.breaks(f"not the reason: {line}")


def judge_expected(work, state, run, fault, outcome):
    """What calls says must come of it."""
    wanted = {"fail": ("failed", "kept", "incomplete"),
              "pass": ("copied",)}.get(fault.outcome)
    if work.makes_room and fault.what in ("ENOSPC", "EDQUOT"):
        wanted = None
    if wanted and outcome.kind not in wanted:
        outcome.breaks(f"{outcome.kind}, and not {' or '.join(wanted)}")
    if fault.outcome == "keep":
        for name, should in state.expected.items():
            found = run.dest.get(name)
            if not has_kept(name, found, should, state.before):
                outcome.breaks(f"{name} lost its contents")


def has_kept(name, found, should, before):
    """Whether NAME has its contents, or its backup is back, as with cp."""
    backups = [other for other in before if BACKUP.sub("", name) == other]
    if found and found.same_contents(should):
        return True
    if BACKUP.search(name):
        return not found and bool(backups)
    return bool(found and backups and found.same_contents(before[name]))
