# SPDX-License-Identifier: MIT
"""strace's log: which process made which call, about what.

A call is about an object: "source" or "dest" for what lies in the two
directories of a case, "own" for pipes, sockets, memory and the like, and
"library" for all else, which is what happens before main() and what libraries
read for themselves: nothing is injected there.
"""

import re

LINE = re.compile(r"(\d+) +(.*)")
UNFINISHED = re.compile(r"(.*?) ?<unfinished \.\.\.>$")
RESUMED = re.compile(r"<\.\.\. (\w+) resumed>(.*)")
CALL = re.compile(r"(\w+)\((.*)")
RETURN = re.compile(r"\) += (\S+)(.*)$")
ENDED = re.compile(r"\+\+\+ (exited with (\d+)|killed by (\w+).*?) \+\+\+")
OPEN = re.compile(r"(?<![\w/])\d+<((?:[^<>]|<[^>]*>)*)>|AT_FDCWD<([^>]*)>")
TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')

# The words that tell one place in the program from another.
FLAG = re.compile(r"\b(?:[A-Z]+_[A-Z0-9_]+(?:\|[A-Z]+_[A-Z0-9_]+)*"
                  r"|FICLONE(?:RANGE)?|BTRFS_IOC_CLONE)\b")
NOT_FLAGS = re.compile(r"(?:AT_FDCWD|S_IF\w+|O_CLOEXEC|O_NOCTTY|O_NOFOLLOW"
                       r"|O_NONBLOCK|O_LARGEFILE)\|?")

# The name of what is complete and takes the place of another.
INSTEAD = re.compile(r'"[^"]*\.mcp-[^"]*-4\.tmp"')

FORKS = ("clone", "clone3", "fork", "vfork")
WAITS = ("wait4",)


class Call:
    """One call of one process."""

    __slots__ = ("pid", "name", "text", "result", "note", "nth", "about",
                 "detail")

    def __init__(self, pid, name, text):
        self.pid, self.name, self.text = pid, name, text
        self.result = self.note = ""
        self.nth = 0      # the how manyth of its name in its process
        self.about = self.detail = ""

    @property
    def injected(self):
        return "(INJECTED)" in self.note

    @property
    def site(self):
        return self.name, self.about, self.detail


class Trace:
    """A whole log: .calls in order, .first process, .ends of processes."""

    def __init__(self, file, top):
        self.calls, self.first = [], None
        self.ends = []  # (pid, how)
        self.top = top
        pending, counts = {}, {}
        with open(file, errors="surrogateescape") as lines:
            for line in lines:
                match = LINE.match(line)
                if match:
                    self._line(int(match[1]), match[2], pending, counts)
        for call in self.calls:
            self._classify(call)
        self._leave_start()

    def _line(self, pid, text, pending, counts):
        self.first = self.first or pid
        ended = ENDED.match(text)
        if ended:
            self.ends.append((pid, ended[1]))
            return
        resumed = RESUMED.match(text)
        if resumed:
            call = pending.pop(pid, None)
            if call:
                self._finish(call, call.text + resumed[2])
            return
        match = CALL.match(text)
        if not match:
            return
        call = Call(pid, match[1], match[2])
        key = pid, call.name
        counts[key] = call.nth = counts.get(key, 0) + 1
        self.calls.append(call)
        unfinished = UNFINISHED.match(call.text)
        if unfinished:
            call.text = unfinished[1]
            pending[pid] = call
        else:
            self._finish(call, call.text)

    @staticmethod
    def _finish(call, text):
        found = None
        for found in RETURN.finditer(text):
            pass
        if found:
            call.text, call.result = text[:found.start()], found[1]
            call.note = found[2]
        else:
            call.text = text

    def _paths(self, call):
        """The absolute names that CALL has to do with."""
        base, paths = "", []
        text = call.text.partition(", {st_mode")[0]
        for part in re.finditer(f"{OPEN.pattern}|{TEXT.pattern}", text):
            if part[3] is None:
                base = part[1] or part[2]
                paths.append(base)
            elif part[3].startswith("/"):
                paths.append(part[3])
            elif part[3] and base.startswith("/"):
                paths.append(f"{base}/{part[3]}")
        return paths

    def _classify(self, call):
        paths = self._paths(call)
        about = "own"
        for path in paths:
            if path.startswith(f"{self.top}/D"):
                about = "dest"
            elif path.startswith(f"{self.top}/S") and about != "dest":
                about = "source"
            elif path.startswith("/proc/self/fd/"):
                pass
            elif path.startswith("/") and path != self.top and \
                    about == "own":
                about = "library"
        if call.name == "mmap" and "MAP_ANONYMOUS" in call.text:
            about = "own"
        call.about = about
        flags = [NOT_FLAGS.sub("", found).strip("|")
                 for found in FLAG.findall(call.text)]
        named = "name" if TEXT.search(call.text) else "fd"
        if call.name in ("fsetxattr", "fgetxattr"):
            flags = [match[1] for match in TEXT.finditer(call.text)][:1]
        elif call.name == "linkat" and "/proc/self/fd" in call.text:
            flags.append("proc")
        elif call.name in ("read", "write", "close", "fcntl"):
            flags += re.findall(r"<(pipe|socket|anon_inode)", call.text)
        if about == "dest" and "(deleted)" in call.text:
            flags.append("nameless")
        if re.search(r'"[^"]*\.mcp-', call.text):
            flags.append("hidden")
        if INSTEAD.search(call.text):
            flags.append("instead")
        if call.name.endswith("stat") or call.name == "newfstatat":
            flags.append(named)
        call.detail = "+".join(flag for flag in flags if flag)

    def _leave_start(self):
        """What happens before main() listens to signals is the library's."""
        mine = self.of_first()
        start = next((index for index, call in enumerate(mine)
                      if call.name == "signalfd4"), 0)
        for call in mine[:start]:
            if call.about == "own":
                call.about = "library"

    def unwaited(self):
        """The children that the first process has not waited for."""
        born, waited = set(), set()
        for call in self.of_first():
            if call.name in FORKS and call.result.isdigit():
                born.add(call.result)
            elif call.name in WAITS:
                waited.add(call.result)
        return sorted(born - waited)

    def of_first(self):
        return [call for call in self.calls if call.pid == self.first]

    def of_workers(self):
        return [call for call in self.calls if call.pid != self.first]
