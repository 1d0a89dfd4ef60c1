# SPDX-License-Identifier: MIT
"""Whether a copy is one: all of it once, and its size every time."""

import os
import stat
import subprocess

from .process import Wrong

PIECE = 1 << 20


def same_content(path, other):
    with open(path, "rb", buffering=0) as one, \
            open(other, "rb", buffering=0) as two:
        left, right = bytearray(PIECE), bytearray(PIECE)
        while True:
            n, m = one.readinto(left), two.readinto(right)
            # Short reads are for pipes; these are regular files.
            if n != m or left[:n] != right[:m]:
                return False
            if n < PIECE:
                return True


def entries(top):
    """Yields the path of everything below top, relative, and its lstat."""
    waiting = [""]
    while waiting:
        below = waiting.pop()
        with os.scandir(os.path.join(top, below)) as found:
            for entry in found:
                path = os.path.join(below, entry.name)
                status = entry.stat(follow_symlinks=False)
                yield path, status
                if stat.S_ISDIR(status.st_mode):
                    waiting.append(path)


def count(top):
    """Returns how many entries and how many bytes of files there are."""
    number = size = 0
    for _, status in entries(top):
        number += 1
        if stat.S_ISREG(status.st_mode):
            size += status.st_size
    return number, size


def metadata_differs(path, one, two):
    """The first thing that -a should have kept and did not, or None."""
    link = stat.S_ISLNK(one.st_mode)
    for name in ("st_uid", "st_gid", "st_mtime_ns", "st_mode"):
        if link and name == "st_mode":
            continue
        if getattr(one, name) != getattr(two, name):
            kind = "directory " if stat.S_ISDIR(one.st_mode) else ""
            return f"{name[3:]} of {kind}{path or '.'} differs"
    if not stat.S_ISDIR(one.st_mode) and one.st_nlink != two.st_nlink:
        return f"hard links of {path} differ"
    return None


def check_content(source, target):
    """Names, types, links and contents; diff is far faster than we are."""
    done = subprocess.run(["diff", "-rq", "--no-dereference", "--",
                           source, target], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, errors="replace",
                          check=False)
    if done.returncode:
        raise Wrong(done.stdout.splitlines()[0] if done.stdout
                    else f"diff ended with {done.returncode}")


def check_metadata(source, target):
    """All that -a keeps, of trees of the same names."""
    theirs = dict(entries(target))
    pairs = [("", os.lstat(source), os.lstat(target))]
    pairs += [(path, one, theirs[path]) for path, one in entries(source)]
    for path, one, two in pairs:
        said = metadata_differs(path, one, two)
        if said:
            raise Wrong(said)


def check(source, target, archive):
    """Compares everything; raises Wrong."""
    if not os.path.lexists(target):
        raise Wrong("there is no copy")
    if os.path.isdir(source):
        check_content(source, target)
        if archive:
            check_metadata(source, target)
    elif not same_content(source, target):
        raise Wrong("the content differs")


def glance(size, target):
    """Compares what is quickly known: size is (entries, bytes)."""
    if not os.path.lexists(target):
        raise Wrong("there is no copy")
    if os.path.isdir(target):
        found = count(target)
    else:
        found = 0, os.path.getsize(target)
    if found != size:
        raise Wrong(f"{found[0]} entries of {found[1]} bytes, "
                    f"not {size[0]} of {size[1]}")


def filled_holes(source, target):
    """Does the copy of a sparse file take notably more space?"""
    if os.path.isdir(source):
        return False
    one, two = os.lstat(source), os.lstat(target)
    sparse = one.st_blocks * 512 < one.st_size * 3 // 4
    return sparse and two.st_blocks > one.st_blocks * 5 // 4
