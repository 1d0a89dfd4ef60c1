# SPDX-License-Identifier: MIT
"""What must hold, whatever went wrong.

Each rule compares three moments of the destination: before, after, and what
cp makes of the same (wanted).  A name is excused when a line on stderr names
it or a directory above it.
"""

import collections
import re
import signal

from difftest import snapshot

HIDDEN = re.compile(rb"(^|/)\.mcp-\d+-\d+-[0-9a-f]{8}-\d+-\d+\.tmp$")
FATAL = {-signal.SIGINT, -signal.SIGTERM, -signal.SIGHUP}

# Of a source; blocks come when the file system finds time to write.
UNCHANGED = [field for field in snapshot.Entry.__slots__
             if field not in ("atime", "allocated")]


class Evidence:
    """All that is known after a round."""

    def __init__(self, drawn, outcome, roots):
        self.drawn = drawn
        self.outcome = outcome
        self.roots = roots  # of source and destination, as mcp was told
        self.source = ()    # snapshots before and after
        self.before = self.after = self.wanted = None
        self.times = ()     # of the two runs: (start, end) of cp's and mcp's


class Judge:
    """Holds the rules against EVIDENCE; complaints are in .broken."""

    def __init__(self, evidence):
        self.evidence = evidence
        self.outcome = evidence.outcome
        self.before = evidence.before
        self.after = evidence.after
        self.wanted = evidence.wanted
        self.killed = evidence.outcome.parent_killed
        self.broken = []
        self.named = self.names_on_stderr()

    def names_on_stderr(self):
        found = set()
        for name in re.findall(rb"'([^'\n]*)'", self.outcome.stderr):
            for root in self.evidence.roots:
                if name == root:
                    found.add(b"")
                elif name.startswith(root + b"/"):
                    path = name[len(root) + 1:]
                    found.add(path)
                    # A backup is an account of what it was made of.
                    found.add(re.sub(rb"(\.~\d+~|~)$", b"", path))
        return found

    def say(self, rule, path, text):
        name = path.decode(errors="replace") or "."
        self.broken.append(f"{rule}: {name}: {text}")

    def is_excused(self, path):
        if self.outcome.unheard:
            return True
        path = re.sub(rb"(\.~\d+~|~)$", b"", path)
        while path and path not in self.named:
            path = path.rpartition(b"/")[0]
        return path in self.named

    # The rules

    def judge(self):
        if self.outcome.stderr.startswith(b"mcp: cannot listen to signals"):
            self.wanted = self.before
        self.check_end()
        self.check_source()
        self.check_hidden()
        status = self.outcome.status
        for path in sorted(self.before.keys() | self.after.keys() |
                           self.wanted.keys()):
            # The directory that a file goes into is not copied.
            if HIDDEN.search(path) or not path and self.evidence.drawn.single:
                continue
            self.check_contents(path)
            if self.killed:
                continue
            if status == 0:
                self.check_whole(path)
            elif status in FATAL:
                self.check_interrupted(path)
            elif not self.is_excused(path):
                self.check_whole(path)
        if status == 0 and not self.killed:
            self.check_links()
        return self.broken

    def check_end(self):
        outcome = self.outcome
        if outcome.hang:
            self.say("hang", b"", ", ".join(outcome.hang))
            return
        if outcome.left:
            self.say("left behind", b"", ", ".join(outcome.left))
        sent = {event.signal for event in self.evidence.drawn.events}
        status = outcome.status
        if status in FATAL and signal.Signals(-status).name[3:] not in sent \
                or status < 0 and status not in FATAL and not self.killed \
                or status > 1:
            self.say("exit status", b"", outcome.ending)
        if status == 1 and not outcome.stderr.strip() and \
                not outcome.unheard:
            self.say("exit status", b"", "1, and not a word on stderr")
        for line in outcome.stderr.splitlines():
            if not re.match(rb"mcp: .", line):
                self.say("stderr", b"", repr(line[:200]))

    def check_source(self):
        before, after = self.evidence.source
        for path in sorted(before.keys() | after.keys()):
            old, new = before.get(path), after.get(path)
            if old is None or new is None or any(
                    getattr(old, field) != getattr(new, field)
                    for field in UNCHANGED):
                self.say("source", path, "was changed")

    def check_hidden(self):
        # All places here have nameless files, which is tried once, on an
        # empty one: a death in between leaves that, or an error that is said.
        dead = self.killed or self.outcome.worker_killed or \
            b"cannot remove a temporary file" in self.outcome.stderr
        # A name that becomes a link to another is replaced by a hidden one, and
        # so is a file that is removed for a complete one.
        known = collections.Counter(e.ino for e in self.after.values())
        complete = {e.content for e in self.wanted.values()}
        for path, entry in self.after.items():
            if HIDDEN.search(path) and not (dead and (
                    entry.size == 0 or known[entry.ino] > 1 or
                    entry.content in complete)):
                self.say("hidden name", path, f"of {entry.size} bytes")

    def check_contents(self, path):
        """Nothing may look finished that is not."""
        now = self.after.get(path)
        old = self.before.get(path)
        wanted = self.wanted.get(path)
        if now is None or now.type != "file":
            return
        if wanted is None:
            if not self.is_kept_aside(path, now):
                self.say("extra", path, f"a file of {now.size} bytes")
            return
        if wanted.type != "file" or now.content == wanted.content:
            return
        if old is not None and old.type == "file" and \
                now.content == old.content:
            return
        if now.size == wanted.size:
            self.say("looks finished", path, "size without contents")
        elif old is None and not self.killed and \
                not self.is_said(path, now, wanted):
            self.say("partial", path, f"a new file of {now.size} bytes, "
                     f"{wanted.size} wanted")
        elif old is None and now.size > wanted.size:
            self.say("partial", path, "a new file that is too long")
        elif not self.killed and not self.is_excused(path):
            self.say("not said", path, "an old file was cut off")

    def is_said(self, path, now, wanted):
        """Whether a new file is short, and that was said."""
        said = b"'%s'" % (self.evidence.roots[1] + b"/" + path)
        return now.size < wanted.size and \
            any(said in line and b"(destination left incomplete)" in line
                for line in self.outcome.stderr.splitlines())

    def is_kept_aside(self, path, now):
        """A backup that only an interrupted run leaves."""
        original = self.before.get(re.sub(rb"(\.~\d+~|~)$", b"", path))
        return self.killed and original is not None and \
            original.content == now.content

    def check_whole(self, path):
        now, wanted = self.after.get(path), self.wanted.get(path)
        if now is None:
            self.say("not whole", path, f"no {wanted.type}")
        elif wanted is None:
            if now.type != "file":
                self.say("extra", path, f"a {now.type}")
        elif now.type != wanted.type:
            self.say("not whole", path, f"a {now.type}")
        else:
            for field, one, other in self.fields(path, now, wanted):
                if one != other:
                    self.say("not whole", path,
                             f"{field} is {one}, wanted {other}")

    def fields(self, path, now, wanted):
        for field in "mode", "uid", "gid", "size", "content", "target", \
                "rdev":
            yield field, getattr(now, field), getattr(wanted, field)
        if not self.evidence.drawn.quiet_xattrs:
            yield "xattrs", now.xattrs, wanted.xattrs
        # A directory that something failed in has another time.
        if wanted.type != "directory" or self.outcome.status == 0 or \
                self.evidence.drawn.preserves:
            cp, mcp = self.evidence.times
            yield "mtime", recent(now, mcp), recent(wanted, cp)
        # On xfs cp keeps room that it had reserved, and did not need.
        least = wanted.allocated
        if "xfs" in self.evidence.drawn.place:
            source = self.evidence.source[0].get(path, wanted)
            least = min(least, source.allocated)
        least -= snapshot.HOLE_SLACK
        most = wanted.allocated + snapshot.HOLE_SLACK
        if now.dev == wanted.dev and not least <= now.allocated <= most:
            yield "holes", now.allocated, wanted.allocated

    def check_interrupted(self, path):
        """After a signal: done, or as it was, or not begun."""
        now, old, wanted = (moment.get(path) for moment in (
            self.after, self.before, self.wanted))
        if now is None:
            if old is not None and not self.is_excused(path):
                self.say("lost", path, f"a {old.type} that was there")
        elif now.type == "directory" or self.is_excused(path):
            pass
        elif wanted is None:
            self.say("extra", path, f"a {now.type}")
        elif not (old is not None and same(now, old)):
            self.check_whole(path)

    def check_links(self):
        one, other = (link_groups(moment) for moment in (
            self.after, self.wanted))
        for group in sorted(one ^ other):
            self.say("hard links", group[0],
                     "not with " + b", ".join(group[1:]).decode())


def same(now, old):
    return (now.ino, now.dev, now.mode, now.uid, now.gid, now.mtime,
            now.content) == (old.ino, old.dev, old.mode, old.uid, old.gid,
                             old.mtime, old.content)


def recent(entry, times):
    start, end = times
    return "recent" if start - 10**9 <= entry.mtime <= end + 10**9 \
        else entry.mtime


def link_groups(entries):
    groups = {}
    for path, entry in entries.items():
        if entry.type != "directory":
            groups.setdefault((entry.dev, entry.ino), []).append(path)
    return {tuple(sorted(group)) for group in groups.values()
            if len(group) > 1}
