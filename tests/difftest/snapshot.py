# SPDX-License-Identifier: MIT
"""What a tree is at one moment, and how two such moments differ.

Times that lie within the run are "recent", all others are exact: what is
preserved needs not be known, since no tree is made with recent times.
Access times are compared where reading does not change them (noatime), and
inode numbers, as kept or new, where freed numbers are not used again.
"""

import hashlib
import os
import stat
import time

TYPES = {stat.S_IFREG: "file", stat.S_IFDIR: "directory",
         stat.S_IFLNK: "symlink", stat.S_IFIFO: "fifo",
         stat.S_IFSOCK: "socket", stat.S_IFCHR: "char device",
         stat.S_IFBLK: "block device"}

# Blocks of file systems differ, and so do the pieces that copiers look at.
HOLE_SLACK = 128 * 1024

# No drawn tree comes near, unless a directory is copied into itself for ever.
MOST_ENTRIES = 3000
LONGEST_PATH = 2000


class Endless(Exception):
    """A tree that is too large to be meant."""


class Entry:
    """All that is compared of one name."""

    __slots__ = ("type", "mode", "uid", "gid", "mtime", "atime", "size",
                 "allocated", "content", "target", "rdev", "xattrs", "ino",
                 "dev")

    def __init__(self, path, deep):
        st = os.lstat(path)
        self.type = TYPES[stat.S_IFMT(st.st_mode)]
        self.mode = stat.S_IMODE(st.st_mode)
        self.uid = st.st_uid
        self.gid = st.st_gid
        self.mtime = st.st_mtime_ns
        self.atime = st.st_atime_ns
        self.size = 0 if self.type == "directory" else st.st_size
        self.allocated = st.st_blocks * 512
        self.rdev = st.st_rdev if "device" in self.type else 0
        self.ino = st.st_ino
        self.dev = st.st_dev
        self.content = self.target = None
        self.xattrs = {}
        if not deep:
            return
        if self.type == "file" and st.st_size:
            self.content = insist(digest, path, self.mode)
        elif self.type == "symlink":
            self.target = os.readlink(path)
        self.xattrs = insist(xattrs_of, path, self.mode)


def insist(read, path, mode):
    """What READ finds in PATH, although its mode may forbid it."""
    try:
        return read(path)
    except PermissionError:
        os.chmod(path, mode | 0o400)
        try:
            return read(path)
        finally:
            os.chmod(path, mode)


def xattrs_of(path):
    try:
        names = os.listxattr(path, follow_symlinks=False)
    except OSError:
        names = []  # there is no such thing here
    return {name: os.getxattr(path, name, follow_symlinks=False)
            for name in names}


def digest(path):
    fd = os.open(path, os.O_RDONLY | os.O_NOATIME)
    try:
        state = hashlib.blake2b(digest_size=8)
        while data := os.read(fd, 1 << 20):
            state.update(data)
        return state.hexdigest()
    finally:
        os.close(fd)


def take(root, deep=True):
    """{path: Entry} of ROOT, b"" being ROOT itself."""
    entries = {b"": Entry(root, deep)}
    pending = [b""]
    closed = []
    while pending:
        directory = pending.pop()
        full = root + b"/" + directory
        mode = entries[directory].mode
        if mode & 0o500 != 0o500 and os.geteuid() != 0:
            os.chmod(full, mode | 0o500)
            closed.append((full, mode))
        for name in names_in(full):
            path = directory + b"/" + name if directory else name
            if len(entries) > MOST_ENTRIES or len(path) > LONGEST_PATH:
                raise Endless
            entry = Entry(root + b"/" + path, deep)
            entries[path] = entry
            if entry.type == "directory":
                pending.append(path)
    for full, mode in reversed(closed):
        os.chmod(full, mode)
    return entries


def names_in(path):
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOATIME)
    try:
        # By descriptor names come as str, surrogates standing for bytes.
        return sorted(os.fsencode(name) for name in os.listdir(fd))
    finally:
        os.close(fd)


def inode_order(entries):
    return sorted(entries, key=lambda path: (entries[path].dev,
                                             entries[path].ino, path))


def shape(entries):
    """What two trees made from one recipe must have in common."""
    now = time.time_ns()
    return {path: (e.type, e.mode, e.uid, e.gid, e.size, e.rdev,
                   "recent" if abs(e.mtime - now) < 10**11 else e.mtime)
            for path, e in entries.items()}


def changed(before, after):
    """Whether more than access times is different."""
    if before.keys() != after.keys():
        return True
    for path, old in before.items():
        new = after[path]
        for field in Entry.__slots__:
            if field != "atime" and getattr(old, field) != getattr(
                    new, field):
                return True
    return False


class Side:
    """One run's tree: before, after, and the time in between."""

    def __init__(self, before, start):
        self.before = before
        self.after = None
        self.start = start - 10**9
        self.end = None

    def finish(self, after, end):
        self.after = after
        self.end = end + 10**9

    def time(self, value):
        return "recent" if self.start <= value <= self.end else value

    def is_new(self, path):
        """Whether PATH is a new name, or has other times than before."""
        old = self.before.get(path)
        return old is None or old.mtime != self.after[path].mtime

    def inode(self, path):
        old, new = self.before.get(path), self.after[path]
        if old is None:
            return "new"
        return "kept" if (old.dev, old.ino) == (new.dev, new.ino) \
            else "replaced"

    def device(self, path):
        return self.after[path].dev != self.after[b""].dev

    def link_groups(self):
        groups = {}
        for path, entry in self.after.items():
            if entry.type != "directory":
                groups.setdefault((entry.dev, entry.ino), []).append(path)
        return {tuple(sorted(group)) for group in groups.values()
                if len(group) > 1}


class Comparer:
    """What of two trees can be compared in this place."""

    def __init__(self, atimes, inodes):
        self.atimes = atimes
        self.inodes = inodes

    def compare(self, left, right):
        """[(kind of difference, path, left's, right's)]"""
        found = []
        for path in sorted(left.after.keys() | right.after.keys()):
            a, b = left.after.get(path), right.after.get(path)
            if a is None:
                found.append((f"extra {b.type}", path, None, b.type))
            elif b is None:
                found.append((f"missing {a.type}", path, a.type, None))
            elif a.type != b.type:
                found.append(("type", path, a.type, b.type))
            else:
                found += [
                    (f"{field} of {a.type}", path, one, other)
                    for field, one, other in self.fields(left, right, path)
                    if one != other]
        one, other = left.link_groups(), right.link_groups()
        for group in sorted(one - other):
            found.append(("hard links", group[0], group, "not so"))
        for group in sorted(other - one):
            found.append(("hard links", group[0], "not so", group))
        return found

    def fields(self, left, right, path):
        a, b = left.after[path], right.after[path]
        for field in "mode", "uid", "gid", "size", "content", "target", \
                "rdev":
            yield field, getattr(a, field), getattr(b, field)
        # Whether a reader got our text or left before is a race.
        if a.type != "fifo" or left.inode(path) == "new":
            yield "mtime", left.time(a.mtime), right.time(b.mtime)
        if self.atimes and left.is_new(path) and right.is_new(path):
            yield "atime", left.time(a.atime), right.time(b.atime)
        for name in sorted(a.xattrs.keys() | b.xattrs.keys()):
            yield name, a.xattrs.get(name), b.xattrs.get(name)
        if abs(a.allocated - b.allocated) > HOLE_SLACK:
            yield "holes", a.allocated, b.allocated
        if self.inodes:
            yield "inode", left.inode(path), right.inode(path)
        yield "file system", left.device(path), right.device(path)
