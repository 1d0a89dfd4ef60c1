# SPDX-License-Identifier: MIT
"""A round, drawn from its name: what is copied, how, and what goes wrong.

What exists at the destination before is drawn, too.  cp, on the same, says
what has to come out, so options whose meaning differs between its versions
are not drawn.

Heavy trees came later.  They are drawn apart, so that all other rounds are
what they were, but for the sizes of full file systems: of a file with holes
only the data counts there since then.
"""

import random

from difftest.tree import Node, Tree

KIB = 1 << 10
MIB = 1 << 20
SECOND = 10**9
NEWER = 1600000000 * SECOND
TIME = 1500000000 * SECOND
OLDER = 1400000000 * SECOND

ENGINES = ["auto", "mmap", "rw", "cfr", "direct"]

ERRORS = {
    # Of these all runs have several, whatever is copied.
    "openat": ["EACCES", "EMFILE", "ENOSPC", "EIO", "EINTR", "ENOMEM"],
    "newfstatat": ["EIO", "EACCES", "ENOMEM"],
    "read": ["EIO", "EINTR"],
    "write": ["EIO", "ENOSPC", "EDQUOT", "EFBIG", "EINTR"],
    "pread64": ["EIO", "EINTR"],
    "pwrite64": ["EIO", "ENOSPC", "EDQUOT", "EINTR"],
    "ftruncate": ["EIO", "EFBIG", "EPERM", "EINTR"],
    "fallocate": ["ENOSPC", "EOPNOTSUPP", "EINTR", "EIO"],
    "copy_file_range": ["EIO", "EXDEV", "ENOSPC", "EINVAL", "EINTR"],
    "ioctl": ["EOPNOTSUPP", "ENOSPC", "EXDEV", "EIO"],
    "mmap": ["ENOMEM", "ENODEV", "EAGAIN"],
    "madvise": ["EFAULT", "ENOMEM", "EINVAL", "EIO"],
    # ENXIO would say that there is no more data, which only lseek knows.
    "lseek": ["EINVAL", "EIO"],
    "fchown": ["EPERM", "EIO"],
    "fchmod": ["EPERM", "EIO"],
    "utimensat": ["EPERM", "EIO"],
    "flistxattr": ["EIO"],
    "fgetxattr": ["EIO"],
    "fsetxattr": ["ENOSPC", "EPERM"],
    "mkdirat": ["ENOSPC", "EACCES", "EMLINK"],
    "symlinkat": ["ENOSPC", "EIO"],
    "linkat": ["EMLINK", "EPERM", "ENOSPC", "EIO"],
    "unlinkat": ["EACCES", "EIO"],
    "renameat": ["EACCES", "EIO", "ENOSPC"],
    "renameat2": ["EACCES", "EIO", "ENOSPC"],
    "getdents64": ["EIO", "ENOMEM"],
    "readlinkat": ["EIO", "ENOMEM"],
    "close": ["EIO"],
    "pipe2": ["EMFILE", "ENFILE"],
    "clone": ["EAGAIN", "ENOMEM"],
    "signalfd4": ["EMFILE", "ENOMEM"],
    "sendmsg": ["ENOMEM", "EINTR"],
    "recvmsg": ["ENOMEM", "EINTR"],
    "io_uring_setup": ["ENOSYS", "EPERM", "ENOMEM"],
}

# Where a death is of interest: the calls that change something.
DEADLY = ["openat", "write", "pwrite64", "ftruncate", "fchown", "fchmod",
          "utimensat", "mkdirat", "linkat", "unlinkat", "renameat",
          "symlinkat", "read", "pread64", "close", "madvise", "recvmsg",
          "copy_file_range", "getdents64", "newfstatat"]

# What a tree makes hundreds of.
COMMON = {"openat", "newfstatat", "read", "write", "close", "getdents64",
          "mkdirat", "ioctl", "fchmod", "fchown", "utimensat", "fsetxattr"}

SIGNALS = ["INT", "TERM", "HUP"]

HARMLESS = [("worker", "USR1"), ("worker", "USR2"), ("worker", "INT"),
            ("worker", "TERM"), ("worker", "HUP"), ("all", "WINCH"),
            ("all", "CHLD"), ("all", "CONT")]

FAULTS = ["none", "worker", "worker", "signal", "signal", "group", "harmless",
          "stop", "pause", "parent", "error", "error", "error", "error",
          "death", "death", "death", "several"]


def held(node):
    """Bytes of data; holes take no room."""
    return sum(length for _, length, _ in node.data)


def moment(rng):
    """Seconds: short runs last 2 ms, long ones 200."""
    return 0.0002 * 1000 ** rng.random()


class Event:
    """A signal: after SECONDS, to WHOM (mcp, group, worker, workers, all)."""

    def __init__(self, seconds, whom, signal):
        self.seconds = seconds
        self.whom = whom
        self.signal = signal

    def __str__(self):
        return f"{self.signal} to {self.whom} after {self.seconds:.4f} s"


class Round:
    """All of round SEED:NUMBER."""

    def __init__(self, seed, number, places):
        self.name = f"{seed}:{number}"
        self.rng = rng = random.Random(self.name)
        self.place = rng.choice(list(places))
        self.single = rng.random() < 0.35
        self.apart = random.Random(self.name + " heavy")
        self.heavy, self.others = self.draw_weight()
        self.jobs = rng.choice([1, 2, 4, 4, 4])
        self.options = []
        self.draw_options()
        self.source = self.draw_source()
        self.dest = self.draw_dest()
        self.size = self.draw_size()
        self.kind = rng.choice(FAULTS)
        self.events = []
        self.inject = []  # (calls, what happens, from the n-th of mcp's own)
        self.slow = rng.random() < 0.2
        self.draw_fault(self.kind)

    # What

    def draw_weight(self):
        """How many heavy files a tree has, and names beside if these are few.

        Such trees have workers as soon as 4 MiB were moved, and files of 32
        MiB go to one worker each, or to all.
        """
        rng = self.apart
        if self.single or rng.random() < 0.6:
            return 0, None
        if rng.random() < 0.4:
            return rng.randint(2, 6), None
        names = rng.randint(2, 5)
        heavy = rng.randint(2, names)
        return heavy, names - heavy

    def draw_options(self):
        rng = self.rng
        if self.single:
            self.engine = rng.choice(ENGINES)
            if self.engine != "auto":
                self.options += [f"--engine={self.engine}"]
            if rng.random() < 0.6:
                self.options += [f"--chunk-size={rng.choice([64, 512])}K"]
        elif self.heavy:
            self.options += self.apart.choice(
                [[], [], [], ["--chunk-size=512K"],
                 *([f"--engine={engine}"] for engine in ENGINES[1:])])
        elif rng.random() < 0.25:
            self.options += [f"--engine={rng.choice(ENGINES[1:3])}"]
        plain = ["-r"] if not self.single else []
        self.how = [*plain, *rng.choice(
            [[], [], ["-p"], ["-a"], ["-a"], ["-a", "--preserve=all"],
             ["-u"], ["-n"], ["--backup=t"],
             ["-b"], ["-l", "-P"], ["-s", "-P"], ["-p", "--sparse=always"],
             ["--remove-destination"], ["-a", "-u"], ["-a", "-b"],
             ["--reflink=never"], ["-f"]])]
        if "--reflink=never" in self.how and "--engine=cfr" in self.options:
            self.how.remove("--reflink=never")
        # Links need one file system, and so does what cp shall link to.
        if "-l" in self.how and self.place.startswith("full"):
            self.how.remove("-l")
        if {"-l", "-s"} & set(self.how):
            self.options = []
        self.preserves = {"-a", "-p"} & set(self.how)

    def draw_source(self):
        tree = Tree()
        tree.top = self.node("dir", b"", 0o755)
        if self.single:
            size = self.rng.choice([
                300 * KIB + 1, 2 * MIB, 9 * MIB + 5, 12 * MIB, 33 * MIB + 77])
            tree.add(self.file(b"file", size))
        else:
            self.draw_tree(tree)
        return tree

    def draw_tree(self, tree):
        rng = self.rng
        directories = [b""]
        count = rng.choice([5, 40, 150, 400, 600])
        flat = rng.random() < 0.3
        if self.others is not None:
            count = self.others
        weighty = self.apart.sample(range(count + self.heavy), self.heavy)
        for number in range(count + self.heavy):
            above = b"" if flat else rng.choice(directories)
            path = above + b"/%d" % number if above else b"%d" % number
            if number in weighty:
                tree.add(self.heavy_file(path, number == weighty[0]))
                continue
            what = rng.random()
            if what < 0.12:
                if tree.add(self.node("dir", path, 0o755)):
                    directories.append(path)
            elif what < 0.17:
                tree.add(self.node("link", path, 0o777, target=b"nowhere"))
            elif what < 0.21:
                self.add_hard_link(tree, path)
            elif what < 0.23:
                tree.add(self.node("fifo", path, 0o640))
            else:
                tree.add(self.file(path, self.file_size()))
        if not self.heavy and rng.random() < 0.2:
            tree.add(self.file(b"large", rng.choice([9, 34]) * MIB + 3))

    def add_hard_link(self, tree, path):
        files = [n.path for n in tree.nodes.values() if n.kind == "file"]
        if files:
            tree.add(Node("hard", path, target=self.rng.choice(files)))

    def file_size(self):
        return self.rng.choice([0, 1, 700, 4096, 5000, 65536, 200001])

    def node(self, kind, path, mode, time=TIME, **traits):
        return Node(kind, path, mode=mode, mtime=time, atime=time, **traits)

    def heavy_file(self, path, full):
        """Mostly holes; where FULL, enough data to be worth workers."""
        rng = self.apart
        node = self.file(path, rng.choice([5, 9, 17, 33, 33, 40]) * MIB +
                         rng.choice([0, 1, 4097]))
        node.data = self.islands(node.size, full or rng.random() < 0.4)
        return node

    def islands(self, size, full):
        """Up to four pieces of data in SIZE bytes of holes."""
        rng = self.apart
        lengths = [rng.choice([1, 4096, 70001]) for _ in range(
            rng.randint(0, 3))]
        if full:
            lengths.insert(rng.randint(0, len(lengths)),
                           4 * MIB + 4096 * rng.randint(1, 200))
        data = []
        spare = size - sum(length + 4095 & ~4095 for length in lengths)
        end = 0
        for length in lengths:
            gap = rng.randint(0, spare) & ~4095
            spare -= gap
            data.append((end + gap, length, True))
            end += gap + (length + 4095 & ~4095)
        return data

    def file(self, path, size, time=TIME):
        rng = self.rng
        mode = rng.choice([0o644, 0o600, 0o755, 0o444])
        owner = rng.choice([None, None, None, (31001, 31002)])
        data = [(0, size, True)] if size else []
        if size > 100 * KIB and rng.random() < 0.2:
            half = size // 2 & ~0xfff
            data = [(0, 4096, True), (half, size - half, True)]
        node = self.node("file", path, mode, time, size=size, owner=owner,
                         data=data, seed=rng.getrandbits(32))
        if rng.random() < 0.1:
            node.xattrs = {"user.soak": b"%d" % size}
        return node

    # Where

    def draw_dest(self):
        """What is there before: some of the source's names."""
        rng = self.rng
        tree = Tree()
        tree.top = self.node("dir", b"", 0o755)
        share = rng.choice([0, 0, 0.3, 0.9])
        if {"-l", "-s"} & set(self.how):
            share = 0  # cp would refuse
        nodes = self.source.nodes
        linked = {node.target for node in nodes.values()
                  if node.kind == "hard"}
        for node in nodes.values():
            if rng.random() >= share:
                continue
            if node.kind == "dir":
                tree.add(self.node("dir", node.path, 0o755))
            elif node.kind in ("file", "hard"):
                whole = nodes.get(node.target, node).size
                size = rng.choice([0, 3, whole, whole + 4097])
                time = rng.choice([OLDER, NEWER])
                # With -u the first of several names says what becomes of
                # all, and which is the first is not known.
                if "-u" in self.how and (node.kind == "hard" or
                                         node.path in linked):
                    time = OLDER
                old = self.file(node.path, size, time)
                if self.heavy and size > 4 * MIB:
                    old.data = self.islands(size, self.apart.random() < 0.3)
                old.mode |= 0o200
                # Of several names of a file any may be the first.
                old.xattrs = {}
                tree.add(old)
        return tree

    def draw_size(self):
        """Of the full file systems: some of what is needed."""
        before = sum(held(node) + 4096 for node in self.dest.nodes.values())
        needed = before + sum(map(held, self.source.nodes.values()))
        return max(2 * before + 4 * MIB,
                   int(needed * (0.2 + 0.7 * self.rng.random())))

    # What goes wrong

    def draw_fault(self, kind):
        rng = self.rng
        if kind == "worker":
            self.events += [Event(moment(rng), "worker", "KILL")
                            for _ in range(rng.choice([1, 1, 2, 5]))]
        elif kind in ("signal", "group"):
            whom = {"signal": "mcp", "group": "group"}[kind]
            self.events += [Event(moment(rng), whom, rng.choice(SIGNALS))
                            for _ in range(rng.choice([1, 1, 1, 2]))]
        elif kind == "harmless":
            self.events += [Event(moment(rng), *rng.choice(HARMLESS))
                            for _ in range(5)]
        elif kind == "stop":
            start = moment(rng)
            self.events += [Event(start, "group", "TSTP"),
                            Event(start + moment(rng), "group", "CONT")]
        elif kind == "pause":
            start = moment(rng)
            self.events += [Event(start, "worker", "STOP"),
                            Event(start + moment(rng), "all", "CONT")]
        elif kind == "parent":
            self.events += [Event(moment(rng), "mcp", "KILL")]
        elif kind == "error":
            call = rng.choice(list(ERRORS))
            error = rng.choice(ERRORS[call])
            self.inject += [(call, f"error={error}", self.nth(call))]
        elif kind == "death":
            call = rng.choice(DEADLY)
            self.inject += [(call, "signal=KILL", self.nth(call))]
        elif kind == "several":
            for other in rng.sample(["worker", "error", "death", "pause",
                                     "harmless"], 2):
                self.draw_fault(other)

    def nth(self, call):
        most = 300 if call in COMMON and not self.single else 10
        if self.others is not None:
            most = 30  # few names, and many pieces
        return int(most ** self.rng.random())

    @property
    def quiet_xattrs(self):
        """Whether attributes may be lost without a word, as with cp -a."""
        return "-a" in self.how and "--preserve=all" not in self.how and any(
            "xattr" in call for call, _, _ in self.inject)

    # Told

    def __str__(self):
        what = "a file" if self.single else \
            f"{len(self.source.nodes)} names"
        if self.heavy:
            what += f", {self.heavy} of them heavy,"
        faults = [str(event) for event in self.events] + [
            f"{call} {result} at {when}" for call, result, when in self.inject]
        return (f"{what} on {self.place}, {len(self.dest.nodes)} there "
                f"before, -j {self.jobs} {' '.join(self.options + self.how)}"
                f"; {self.kind}: {', '.join(faults) or 'nothing'}"
                f"{', slowly' if self.slow else ''}")
