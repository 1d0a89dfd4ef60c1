# SPDX-License-Identifier: MIT
"""Runs a case with both programs, each in its own tree of the same name."""

import os
import re
import select
import signal
import subprocess
import threading
import time

from difftest import snapshot
from difftest.tree import libc, mount, remove

TIMEOUT = 10
USER = 65534
GROUPS = [31003]

# Writers come this much later than readers, who have to wait for them.
LATE = 0.01

FIFO_TEXT = b"through a FIFO\n" * 9

# How data was copied is for each to say: only that it is said is compared.
DEBUG = re.compile(rb"(?m)^copy offload: [^\n]*")

# A diagnostic of the sanitizers says more than its exit status.
PASSED_ON = ["ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "PATH"]


class Fifos:
    """The other ends of a tree's FIFOs: text for readers, an open drain."""

    def __init__(self, root, read, written):
        self.pending = [root + b"/" + path for path in read]
        self.held = {path: self.hold(path) for path in self.pending
                     if os.access(path, os.F_OK) and
                     not os.access(path, os.W_OK)}
        self.drains = {}
        for path in written:
            try:
                fd = self.open(root + b"/" + path, os.O_RDONLY)
                self.drains[fd] = path
            except PermissionError:
                pass  # neither can the copier
        self.received = {path: b"" for path in written}
        self.over = threading.Event()
        self.thread = None
        if self.pending or self.drains:
            self.thread = threading.Thread(target=self.serve)
            self.thread.start()

    def serve(self):
        while not self.over.wait(LATE):
            self.pending = [path for path in self.pending
                            if not self.feed(path)]
            self.drain()

    @staticmethod
    def open(path, flags):
        """PATH, which its owner need not be allowed to open so."""
        mode = os.stat(path).st_mode & 0o7777
        os.chmod(path, 0o600)
        fd = os.open(path, flags | os.O_NONBLOCK)
        os.chmod(path, mode)
        return fd

    def hold(self, path):
        """PATH, which its owner may not write to, open with text in it."""
        fd = self.open(path, os.O_RDWR)
        os.write(fd, FIFO_TEXT)
        return fd

    def let_go(self, path):
        """Closes PATH when its text was read; whether it was."""
        if select.select([self.held[path]], [], [], 0)[0]:
            return False
        os.close(self.held.pop(path))
        return True

    def feed(self, path):
        """Whether PATH needs nothing any more."""
        if path in self.held:
            return self.let_go(path)
        try:
            fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except FileNotFoundError:
            return True
        except OSError:
            return False  # nobody reads yet
        try:
            os.write(fd, FIFO_TEXT)
        except BrokenPipeError:
            pass
        finally:
            os.close(fd)
        return True

    def drain(self):
        for fd in select.select(list(self.drains), [], [], 0)[0]:
            try:
                self.received[self.drains[fd]] += os.read(fd, 1 << 20)
            except BlockingIOError:
                pass

    def finish(self):
        if self.thread:
            self.over.set()
            self.thread.join()
            self.drain()
        for fd in [*self.drains, *self.held.values()]:
            os.close(fd)
        return self.received


class Run:
    """What one program did."""

    def __init__(self):
        self.status = None
        self.stdout = b""
        self.stderr = b""
        self.received = {}
        self.side = None
        self.order = None

    def lines(self, text, in_order):
        lines = text.splitlines(keepends=True)
        return lines if in_order else sorted(lines)


class Result:
    """What became of a case; picklable, without the trees."""

    def __init__(self, case):
        self.case = case
        self.differences = []  # (aspect, detail, left, right)
        self.known = []
        self.unexplained = []
        self.productive = False
        self.status = None


class Place:
    """Where cases run: BASE, below a directory of their own."""

    def __init__(self, base, programs, comparer):
        self.base = base
        self.root = base + b"/t"
        self.programs = programs  # (cp, mcp), called "cp"
        self.comparer = comparer

    def run(self, case, keep=None):
        """Both runs of CASE; trees stay below KEEP if that is given."""
        result = Result(case)
        runs = []
        for which, program in zip(("cp", "mcp"), self.programs):
            case.tree.make(self.root)
            runs.append(self.run_one(case, program, which == "mcp"))
            if keep:
                subprocess.run(["cp", "-a", self.root, keep + "/" + which],
                               check=False)
            remove(self.root, case.tree.mounts())
        left, right = runs
        if snapshot.shape(left.side.before) != snapshot.shape(
                right.side.before):
            raise AssertionError(f"{case.name()}: two trees from one recipe")
        result.status = left.status
        result.productive = left.status == 0 and snapshot.changed(
            left.side.before, left.side.after)
        result.differences = self.differences(case, left, right)
        result.left, result.right = (
            {"status": run.status, "stdout": run.stdout,
             "stderr": run.stderr} for run in runs)
        return result

    def run_one(self, case, program, is_mcp):
        run = Run()
        before = snapshot.take(self.root)
        run.order = snapshot.inode_order(before)
        fifos = Fifos(self.root, case.fifos(False), case.fifos(True))
        words = case.worker_words() if is_mcp else []
        words += case.words(self.root)
        run.side = snapshot.Side(before, time.time_ns())
        try:
            self.execute(case, program, words, run)
        finally:
            run.received = fifos.finish()
        end = time.time_ns()
        try:
            run.side.finish(snapshot.take(self.root), end)
        except snapshot.Endless:
            run.side.finish(before, end)
            run.status = "endless"
        return run

    def execute(self, case, program, words, run):
        environment = {key: os.environ[key] for key in PASSED_ON
                       if key in os.environ}
        environment.update(case.environment, LC_ALL="C")
        identity = {}
        if os.geteuid() == 0 and case.user != "root":
            identity = {"user": USER, "group": USER, "extra_groups": GROUPS}
        with subprocess.Popen(
                [b"cp"] + words, executable=program, cwd=self.root,
                stdin=subprocess.DEVNULL if case.answers is None
                else subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, env=environment, umask=case.umask,
                start_new_session=True, **identity) as process:
            try:
                run.stdout, run.stderr = process.communicate(
                    case.answers, TIMEOUT)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                run.stdout, run.stderr = process.communicate()
                run.status = "timeout"
                return
        run.status = process.returncode
        run.stderr = own_name(run.stderr)
        run.stdout = DEBUG.sub(b"copy offload", own_name(run.stdout))

    def differences(self, case, left, right):
        found = []
        # cp goes by inode number, which not every file system gives alike.
        # Workers go by none.
        ordered = left.order == right.order and case.by_one_process
        if left.status == "endless":
            return []  # cp copies a directory into itself, for ever
        if left.status == right.status == "timeout":
            return []  # a FIFO that is met twice, through a symlink, and fed once
        if left.status != right.status:
            found.append(("exit", "", left.status, right.status))
        for stream in "stderr", "stdout":
            one, other = (run.lines(getattr(run, stream), ordered)
                          for run in (left, right))
            if one != other:
                found.append((stream, "", b"".join(one), b"".join(other)))
        for path, text in left.received.items():
            if text != right.received[path]:
                found.append(("written to FIFO", path, text,
                              right.received[path]))
        return found + self.comparer.compare(left.side, right.side)


def own_name(text):
    """Text without the directory of a cp that is called by a script."""
    return re.sub(rb"(^|'|\? )/\S*/cp(?=: | --help')", rb"\1cp", text,
                  flags=re.MULTILINE)


def private_file_system(directory):
    """A tmpfs without access times, in a mount namespace of our own."""
    if os.geteuid() != 0 or libc.unshare(0x00020000) != 0:
        return False
    try:
        mount(b"none", b"/", None, 0x44000, None)  # MS_REC | MS_PRIVATE
        mount(b"mcp-test", directory, b"tmpfs", 1024,
              b"size=2g,mode=755,huge=never")
    except OSError:
        return False
    return True


def what_compares(directory):
    """A Comparer for files below DIRECTORY."""
    path = directory + b"/probe"
    inodes = set()
    for _ in range(8):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL))
        inodes.add(os.stat(path).st_ino)
        os.unlink(path)
    noatime = os.statvfs(directory).f_flag & os.ST_NOATIME
    return snapshot.Comparer(bool(noatime), len(inodes) == 8)
