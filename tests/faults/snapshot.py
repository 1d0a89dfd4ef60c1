# SPDX-License-Identifier: MIT
"""What a tree is at one moment."""

import errno
import hashlib
import os
import stat
import sys


class Entry:
    """All that is compared of one name; times of what exists are exact."""

    __slots__ = ("type", "mode", "owner", "mtime", "size", "content",
                 "target", "xattrs", "ino", "links")

    def __init__(self, path):
        st = os.lstat(path)
        self.type = stat.S_IFMT(st.st_mode)
        self.mode = stat.S_IMODE(st.st_mode)
        self.owner = st.st_uid, st.st_gid
        self.mtime = st.st_mtime_ns
        self.size = st.st_size
        self.ino = st.st_ino
        self.links = st.st_nlink
        self.content = self.target = None
        if self.type == stat.S_IFREG:
            self.content = digest(path)
        elif self.type == stat.S_IFLNK:
            self.target = os.readlink(path)
        self.xattrs = xattrs_of(path)

    @property
    def is_file(self):
        return self.type == stat.S_IFREG

    @property
    def is_directory(self):
        return self.type == stat.S_IFDIR

    def same_contents(self, other):
        return (self.type, self.content, self.target) == \
            (other.type, other.content, other.target)

    def same_metadata(self, other, times, any_xattrs=False):
        return (self.mode, self.owner) == (other.mode, other.owner) and \
            (any_xattrs or self.xattrs == other.xattrs) and \
            (not times or self.mtime == other.mtime)


BLOCK = 64 * 1024
ZEROS = bytes(BLOCK)


def digest(path):
    """Of all bytes; large files of the tests are holes, which nobody reads."""
    fd = os.open(path, os.O_RDONLY | os.O_NOATIME if os.geteuid() == 0
                 else os.O_RDONLY)
    with open(fd, "rb", buffering=0) as file:
        size = os.fstat(fd).st_size
        found = hashlib.blake2b(b"%d" % size, digest_size=16)
        at = 0
        while (at := next_data(fd, at)) < size:
            at -= at % BLOCK
            file.seek(at)
            block = file.read(BLOCK)
            # A hole is not told from zeros.
            if block != ZEROS[:len(block)]:
                found.update(b"%d" % at + block)
            at += BLOCK
        return found.digest()


def next_data(fd, at):
    try:
        return os.lseek(fd, at, os.SEEK_DATA)
    except OSError as error:
        return at if error.errno != errno.ENXIO else sys.maxsize


def xattrs_of(path):
    try:
        return {name: os.getxattr(path, name, follow_symlinks=False)
                for name in os.listxattr(path, follow_symlinks=False)}
    except OSError:
        return {}


def take(top):
    """{name below TOP: Entry}, TOP itself as "."."""
    entries = {".": Entry(top)}
    for directory, names, files in os.walk(top):
        for name in names + files:
            path = os.path.join(directory, name)
            entries[os.path.relpath(path, top)] = Entry(path)
    return entries


def unchanged(before, now):
    """What became of a tree that nothing may change, or None."""
    for name in sorted(before.keys() | now.keys()):
        if name not in now:
            return f"{name} is gone"
        if name not in before:
            return f"{name} is new"
        if not now[name].same_contents(before[name]) or \
                not now[name].same_metadata(before[name], True) or \
                now[name].ino != before[name].ino:
            return f"{name} has changed"
    return None


def linked(entries, name, among):
    """The names AMONG that are the same file as NAME."""
    return frozenset(other for other in among
                     if entries[other].ino == entries[name].ino)
