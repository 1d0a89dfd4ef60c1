# SPDX-License-Identifier: MIT
"""What is copied when a fault strikes: from S, to D, both in the directory
where mcp is run, and each entry by the same name in both."""

import os
import random
import shutil

PAGE = os.sysconf("SC_PAGE_SIZE")
BIG = 10 * 4 * PAGE + 123
LATE = 128 * 1024 + 1  # more than what is written by one call
# See JOB_FOR_ALL, ENTRIES_TO_SPREAD, BYTES_TO_SPREAD and NAMELESS_FROM.
FOR_ALL = 32 * 2**20
ENTRIES = 66
HEAVY = 3 * 2**19
LONG_AGO = 1_000_000_000_123_456_789


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)
    os.utime(path, ns=(LONG_AGO, LONG_AGO))


def noise(seed, size):
    return random.Random(seed).randbytes(size)


def attribute(path):
    try:
        os.setxattr(path, "user.kept", b"value")
    except OSError:
        pass  # this file system has none


def symlink(target, path):
    os.symlink(target, path)
    os.utime(path, ns=(LONG_AGO, LONG_AGO), follow_symlinks=False)


def big(top):
    write(f"{top}/big", noise(1, BIG))
    attribute(f"{top}/big")
    os.chmod(f"{top}/big", 0o640)


def large(top):
    """More than what is written back in one step."""
    write(f"{top}/large", noise(7, 2**20 + 123))


def other_big(top):
    write(f"{top}/big", noise(2, BIG + 3 * PAGE))


def holes(top):
    write(f"{top}/holes", noise(3, 4 * PAGE))
    with open(f"{top}/holes", "r+b") as file:
        file.seek(40 * PAGE)
        file.write(noise(4, 5 * PAGE + 7))


def three(top):
    for name in "abc":
        write(f"{top}/{name}", noise(name, 4 * PAGE + 5))


def small_tree(top):
    """One of each kind of entry."""
    os.makedirs(f"{top}/tree/dir")
    for name in ("dir/one", "dir/two", "first", "kept", "last"):
        write(f"{top}/tree/{name}", noise(name, 700))
    write(f"{top}/tree/empty", b"")
    write(f"{top}/tree/pages", noise(5, 2 * PAGE))
    attribute(f"{top}/tree/kept")
    os.chmod(f"{top}/tree/kept", 0o600)
    os.link(f"{top}/tree/first", f"{top}/tree/hard")
    symlink("first", f"{top}/tree/link")
    os.mkfifo(f"{top}/tree/fifo", 0o640)
    os.chmod(f"{top}/tree/dir", 0o750)
    old_directories(f"{top}/tree")


def old_tree(top):
    """What small_tree meets: older and newer, of other kinds."""
    os.makedirs(f"{top}/tree/dir")
    for name in ("dir/one", "first", "last"):
        write(f"{top}/tree/{name}", noise(name + "old", 900))
    os.utime(f"{top}/tree/dir/one", ns=(2 * LONG_AGO // 3,) * 2)
    os.utime(f"{top}/tree/last", ns=(LONG_AGO + 10**9,) * 2)
    symlink("elsewhere", f"{top}/tree/link")
    old_directories(f"{top}/tree")


def forest(top):
    """Enough entries for workers, and several of each kind."""
    for i in range(8):
        os.makedirs(f"{top}/forest/d{i}/deep")
        for j in range(8):
            write(f"{top}/forest/d{i}/f{j}", noise(i * 8 + j, 300))
        write(f"{top}/forest/d{i}/deep/file", noise(i, 5000))
        attribute(f"{top}/forest/d{i}/f0")
        symlink("f1", f"{top}/forest/d{i}/link")
        os.mkfifo(f"{top}/forest/d{i}/fifo")
    os.link(f"{top}/forest/d1/f1", f"{top}/forest/d6/hard")
    old_directories(f"{top}/forest")


def old_forest(top):
    for i in range(0, 8, 2):
        os.makedirs(f"{top}/forest/d{i}")
        for j in range(0, 8, 2):
            write(f"{top}/forest/d{i}/f{j}", noise(-i * 8 - j, 500))
    old_directories(f"{top}/forest")


def linked_forest(top):
    """With files of several names, some of three, in several directories."""
    forest(top)
    for i in range(8):
        for j in range(3):
            os.link(f"{top}/forest/d{i}/f{j}",
                    f"{top}/forest/d{(i + 3) % 8}/other{j}")
        os.link(f"{top}/forest/d{i}/f0", f"{top}/forest/d{i}/deep/third")
    old_directories(f"{top}/forest")


def late_forest(top):
    """With files that take the place of others when they are complete."""
    forest(top)
    for i in (0, 1, 2):
        write(f"{top}/forest/d{i}/late", noise(i, LATE))
    old_directories(f"{top}/forest")


def old_late_forest(top):
    old_forest(top)
    for i in (0, 2):
        write(f"{top}/forest/d{i}/late", noise(-i - 1, LATE + PAGE))
    old_directories(f"{top}/forest")


def sparse(path, data, size):
    """A file of SIZE that begins with DATA and ends with it."""
    write(path, data)
    with open(path, "r+b") as file:
        file.seek(size - len(data))
        file.write(data)
    os.utime(path, ns=(LONG_AGO, LONG_AGO))


def large_forest(top):
    """With files that are for one worker each, and some that are for all of
    them, one after the other.  What is made first is copied first: there are
    workers when the files are met."""
    os.makedirs(f"{top}/forest/links")
    for i in range(ENTRIES):
        symlink("x", f"{top}/forest/links/{i}")
    os.mkdir(f"{top}/forest/dir")
    for i in range(5):
        sparse(f"{top}/forest/dir/large{i}", noise(i, PAGE + 5), FOR_ALL + i)
    sparse(f"{top}/forest/dir/named", noise(6, PAGE), FOR_ALL)
    os.link(f"{top}/forest/dir/named", f"{top}/forest/dir/other")
    old_directories(f"{top}/forest")


def old_large_forest(top):
    os.makedirs(f"{top}/forest/dir")
    for i in (0, 1, 4):
        sparse(f"{top}/forest/dir/large{i}", noise(-i - 1, PAGE), FOR_ALL // 2)
    old_directories(f"{top}/forest")


def heavy_forest(top):
    """Few files, whose bytes make it worth workers; each goes by chunks."""
    os.makedirs(f"{top}/forest")
    for i in range(6):
        write(f"{top}/forest/heavy{i}", noise(i, HEAVY))
    old_directories(f"{top}/forest")


def old_heavy_forest(top):
    os.makedirs(f"{top}/forest")
    for i in range(0, 6, 2):
        write(f"{top}/forest/heavy{i}", noise(-i - 1, 3 * PAGE))
    old_directories(f"{top}/forest")


def synced_forest(top):
    """Files that one fsync is enough for, and such as are written back step by
    step, by a worker and by who has several at them."""
    late_forest(top)
    for i in (3, 4):
        write(f"{top}/forest/d{i}/heavy", noise(i, HEAVY))
    for i in (5, 6):
        sparse(f"{top}/forest/d{i}/large", noise(i, HEAVY), FOR_ALL + i)
    old_directories(f"{top}/forest")


def old_synced_forest(top):
    old_late_forest(top)
    write(f"{top}/forest/d4/heavy", noise(-4, 3 * PAGE))
    sparse(f"{top}/forest/d6/large", noise(-6, PAGE), FOR_ALL // 2)
    old_directories(f"{top}/forest")


def old_directories(top):
    for directory, _, _ in os.walk(top, topdown=False):
        os.utime(directory, ns=(LONG_AGO, LONG_AGO))


class Work:
    """One kind of copy."""

    def __init__(self, name, arguments, source, dest=None, *, jobs=(1, 4),
                 times=False, removes=False, errors=None):
        self.name, self.arguments = name, arguments.split()
        self.source, self.dest = source, dest
        self.jobs = jobs
        self.times = times      # modification times are kept
        self.removes = removes  # what exists may be removed first
        # -a keeps attributes where it can, and is silent where not, as cp's.
        self.tries_xattrs = "-a" in self.arguments
        # For want of room what is in the way is removed, and it goes on.
        self.makes_room = "--remove-destination" in self.arguments
        self.errors = errors    # the most errnos to try of each call
        self.is_tree = name.startswith(("tree", "forest"))

    def make_source(self, top):
        os.mkdir(f"{top}/S")
        self.source(f"{top}/S")
        os.utime(f"{top}/S", ns=(LONG_AGO, LONG_AGO))

    def make_dest(self, top):
        remove(f"{top}/D")
        os.mkdir(f"{top}/D")
        if self.dest:
            self.dest(f"{top}/D")


def remove(path):
    shutil.rmtree(path, ignore_errors=True)


CHUNKS = f"--chunk-size={4 * PAGE}"

# All that -a keeps; but attributes must be kept, too.
KEEP = "--preserve=mode,ownership,timestamps,links,xattr"

WORKS = [
    Work("new", f"{CHUNKS} S/big D/big", big),
    Work("kept", f"-d {KEEP} {CHUNKS} S/big D/big", big, times=True),
    Work("old", f"{CHUNKS} S/big D/big", big, other_big),
    Work("remove", f"--remove-destination {CHUNKS} S/big D/big", big, other_big),
    Work("holes", f"{CHUNKS} S/holes D/holes", holes),
    Work("three", f"-p {CHUNKS} S/a S/b S/c D", three, times=True),
    Work("tree", f"-dR {KEEP} S/tree D", small_tree, jobs=(1,),
         times=True),
    Work("forest", "-a S/forest D", forest, jobs=(4,), times=True, errors=4),
    Work("tree-old", "-r S/tree D", small_tree, old_tree, jobs=(1,), errors=6),
    Work("tree-u", "-a -u S/tree D", small_tree, old_tree, jobs=(1,), errors=6,
         times=True),
    Work("tree-n", "-a -n S/tree D", small_tree, old_tree, jobs=(1,), errors=6,
         times=True),
    Work("tree-backup", "-a --backup=numbered S/tree D", small_tree,
         old_tree, jobs=(1,), errors=6, times=True, removes=True),
    Work("tree-remove", "-a --remove-destination S/tree D", small_tree,
         old_tree, jobs=(1,), errors=6, times=True, removes=True),
    Work("tree-force", "-r -f S/tree D", small_tree, old_tree, jobs=(1,), errors=6),
    Work("fsync", f"--fsync {CHUNKS} S/big D/big", big),
    Work("fsync-large", "--fsync --chunk-size=512K S/large D/large", large,
         errors=6),
    Work("tree-fsync", "-a --fsync S/tree D", small_tree, jobs=(1,),
         times=True, errors=6),
    Work("tree-link", "-r -l S/tree D", small_tree, jobs=(1,)),
    Work("forest-u", "-a -u S/forest D", forest, old_forest, jobs=(4,),
         times=True, errors=4),
    Work("forest-n", "-a -n S/forest D", forest, old_forest, jobs=(4,),
         times=True, errors=4),
    Work("forest-l", "-r -l S/forest D", forest, jobs=(4,), errors=4),
    Work("forest-backup", "-a --backup S/forest D", forest, old_forest,
         jobs=(4,), times=True, errors=4, removes=True),
    Work("forest-links", "-a S/forest D", linked_forest, jobs=(4,), times=True,
         errors=4),
    Work("forest-links-n", "-a -n S/forest D", linked_forest, old_forest,
         jobs=(4,), times=True, errors=4),
    Work("forest-remove", "-a --remove-destination S/forest D", late_forest,
         old_late_forest, jobs=(4,), times=True, errors=4, removes=True),
    Work("forest-large", "-a S/forest D", large_forest, jobs=(4,), times=True,
         errors=4),
    Work("forest-large-old", "-a S/forest D", large_forest, old_large_forest,
         jobs=(4,), times=True, errors=4),
    Work("forest-heavy", "-a S/forest D", heavy_forest, jobs=(4,), times=True,
         errors=4),
    Work("forest-heavy-old", "-a S/forest D", heavy_forest, old_heavy_forest,
         jobs=(4,), times=True, errors=4),
    Work("forest-fsync", "-a --fsync S/forest D", synced_forest, jobs=(4,),
         times=True, errors=4),
    Work("forest-fsync-old", "-a --fsync S/forest D", synced_forest,
         old_synced_forest, jobs=(4,), times=True, errors=4),
]

ENGINES = ("auto", "clone", "mmap", "rw", "cfr", "direct")
