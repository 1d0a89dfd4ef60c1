# SPDX-License-Identifier: MIT
"""What is copied. The same on every machine, but for what comes from /usr.

Each maker takes a path that is not there and a scale, 1 but for trials, and
leaves the source there, cached. Contents are random, as some file systems find
zeros and repetitions, and every page is told from every other, so that a page
in a wrong place does not compare equal.
"""

import os
import random
import shutil
import stat
import struct

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
PAGE = 4096
POOL = 32 * MIB
USR_PARTS = ("bin", "include", "lib", "share")
LONG_AGO = 1_000_000_000  # a time that no copy has by chance

_pool = None


def pool():
    """POOL random bytes, made once: a source needs more than we can make."""
    global _pool
    if _pool is None:
        _pool = bytearray()
        seeded = random.Random(1)
        while len(_pool) < POOL:
            _pool += seeded.randbytes(MIB)
    return _pool


def write_random(out, at, length):
    """Writes pages of the pool, each with its own offset stamped on."""
    data = pool()
    for start in range(at, at + length, POOL):
        size = min(POOL, at + length - start)
        for page in range(0, size, PAGE):
            if page + 8 <= size:
                struct.pack_into("<Q", data, page, start + page)
        os.pwrite(out, memoryview(data)[:size], start)


def make_file(path, size):
    out = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        write_random(out, 0, size)
    finally:
        os.close(out)


def big(path, scale):
    make_file(path, max(int(2 * GIB * scale) // PAGE, 1) * PAGE)


def small(path, _scale):
    make_file(path, KIB)


def sparse(path, scale):
    """2 GiB of which every eighth MiB is data."""
    size = max(int(256 * scale), 1) * 8 * MIB
    out = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        os.ftruncate(out, size)
        for at in range(0, size, 8 * MIB):
            write_random(out, at + 3 * MIB, MIB)
    finally:
        os.close(out)


def write_small(path, seeded, size, number):
    start = seeded.randrange(POOL - size)
    stamp = struct.pack("<Q", number)[:size]
    out = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    os.write(out, stamp + memoryview(pool())[start:start + size - len(stamp)])
    os.close(out)


def sizes(seeded, number, total):
    """Mostly small, some large, as source trees are; the sum is exact."""
    drawn = [seeded.lognormvariate(0, 1.2) for _ in range(number)]
    factor = total / sum(drawn)
    drawn = [int(one * factor) for one in drawn]
    drawn[0] += total - sum(drawn)
    return drawn


def tree(path, scale):
    """50,000 files, 171 MiB, in 840 directories: 20 with 41 in each."""
    seeded = random.Random(2)
    number = max(int(50_000 * scale), 1)
    where = []
    for upper in range(20):
        top = os.path.join(path, f"part{upper:02}")
        where.append(top)
        where += [os.path.join(top, f"group{i:02}") for i in range(41)]
    for directory in where:
        os.makedirs(directory)
    each = sizes(seeded, number, int(171 * MIB * scale))
    for i, size in enumerate(each):
        name = os.path.join(where[i % len(where)], f"file{i:05}.dat")
        write_small(name, seeded, size, i)


def flat(path, scale):
    """100,000 files of 2 KiB in one directory."""
    seeded = random.Random(3)
    os.mkdir(path)
    for i in range(max(int(100_000 * scale), 1)):
        write_small(os.path.join(path, f"file{i:06}"), seeded, 2 * KIB, i)


def three(path, _scale):
    seeded = random.Random(4)
    os.mkdir(path)
    for i in range(3):
        write_small(os.path.join(path, f"file{i}"), seeded, 4 * KIB, i)


def usr_list(limit):
    """Paths in order of their names until limit bytes are reached.

    Fixed by that rule for one machine; the report tells how many there were.
    """
    total = 0
    for part in USR_PARTS:
        for above, names, files in os.walk(os.path.join("/usr", part)):
            names.sort()
            for name in sorted(files):
                path = os.path.join(above, name)
                status = os.lstat(path)
                if stat.S_ISREG(status.st_mode):
                    if total + status.st_size > limit:
                        continue
                    if not os.access(path, os.R_OK):
                        continue
                    total += status.st_size
                elif not stat.S_ISLNK(status.st_mode):
                    continue
                yield path


def usr(path, scale):
    for name in usr_list(int(GIB * scale)):
        copy = os.path.join(path, os.path.relpath(name, "/usr"))
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        shutil.copy2(name, copy, follow_symlinks=False)


def age(path):
    """Sets all times back, the directories' too, so that -a can be told."""
    for above, _, files in os.walk(path, topdown=False):
        for name in files:
            os.utime(os.path.join(above, name), (LONG_AGO, LONG_AGO),
                     follow_symlinks=False)
        os.utime(above, (LONG_AGO, LONG_AGO))


def make(maker, path, scale):
    maker(path, scale)
    age(path)
