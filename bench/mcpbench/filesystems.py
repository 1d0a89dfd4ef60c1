# SPDX-License-Identifier: MIT
"""Places to copy in: file systems made for the purpose, or a directory.

All that is made lives on one tmpfs: images that are loop-mounted, and other
tmpfs beside it. Each is made when it is needed and gone before the next, as
memory has to hold image, source and copy. They are mounted in a mount namespace
of our own (see bench/run): the kernel takes all of it away with the last
process in it, loop devices included, even if that is killed.
"""

import contextlib
import ctypes
import os
import shutil
import tempfile

from .process import Failure, call

# Sparse: memory is taken by what is written. btrfs gives room to data in large
# chunks and is full when nothing is left for metadata.
IMAGE_SIZE = {"ext4": 8 << 30, "xfs": 8 << 30, "btrfs": 16 << 30}
IMAGES_SIZE = "9g"
TMPFS_SIZE = "6g"
MKFS = {
    # Its lazy initialisation would run beside the first rounds.
    "ext4": ["mkfs.ext4", "-q", "-F", "-m", "0", "-E",
             "lazy_itable_init=0,lazy_journal_init=0"],
    "xfs": ["mkfs.xfs", "-q", "-f"],
    "btrfs": ["mkfs.btrfs", "-q", "-f", "-d", "single", "-m", "single"],
}
TMPFS = {"tmpfs-never": "huge=never", "tmpfs-advise": "huge=advise"}
MADE = [*MKFS, *TMPFS]

_libc = ctypes.CDLL(None, use_errno=True)


class Place:
    """A directory on the file system that is measured."""

    def __init__(self, name, path, image=False):
        self.name, self.path, self.image = name, path, image

    def calm(self):
        """Nothing left to write, and memory of freed blocks given back."""
        fd = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            # btrfs: what is removed is free with the commit after next.
            for _ in range(2 if self.name == "btrfs" else 1):
                if _libc.syncfs(fd):
                    raise Failure(f"{self.path}: "
                                  + os.strerror(ctypes.get_errno()))
        finally:
            os.close(fd)
        if self.image:
            call(["fstrim", self.path])

    def forget(self):
        """Drops what is cached; the pages of the image on tmpfs stay."""
        self.calm()
        with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
            file.write("3\n")


def why_absent(name):
    """Why a place cannot be made here, or None."""
    if name not in MADE:
        return None
    if os.geteuid() != 0:
        return "making it needs root"
    tool = MKFS.get(name, ["mount"])[0]
    return None if shutil.which(tool) else f"no {tool}"


def unmount(path):
    try:
        call(["umount", path])
    except Failure:
        call(["umount", "-l", path])


@contextlib.contextmanager
def mounted(path, *arguments):
    os.makedirs(path, exist_ok=True)
    call(["mount", *arguments, path])
    try:
        yield
    finally:
        unmount(path)


@contextlib.contextmanager
def scratch(parent=None):
    """A directory of our own, for copies or to mount something below."""
    top = tempfile.mkdtemp(prefix="mcp-bench-", dir=parent)
    try:
        yield top
    finally:
        shutil.rmtree(top, ignore_errors=True)


@contextlib.contextmanager
def made(name, top):
    """One of MADE, below the directory top."""
    base = os.path.join(top, "base")
    point = os.path.join(top, "place")
    if name in TMPFS:
        options = f"{TMPFS[name]},size={TMPFS_SIZE}"
        with mounted(point, "-t", "tmpfs", "-o", options, "mcp-bench"):
            yield Place(name, point)
        return
    size = f"huge=never,size={IMAGES_SIZE}"
    with mounted(base, "-t", "tmpfs", "-o", size, "mcp-bench"):
        image = os.path.join(base, "image")
        with open(image, "wb") as file:
            file.truncate(IMAGE_SIZE[name])
        call(MKFS[name] + [image])
        with mounted(point, "-t", name, "-o", "loop", image):
            yield Place(name, point, image=True)


@contextlib.contextmanager
def place(name, directory):
    """Enters a place: one of MADE, or "dir", which is the one given."""
    with scratch(directory if name == "dir" else None) as top:
        if name == "dir":
            yield Place(name, top)
        else:
            with made(name, top) as here:
                yield here


def kind_of(directory):
    """The type of the mount that holds it, for the heading."""
    best, kind = "", "unknown"
    path = os.path.realpath(directory)
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        for line in mounts:
            point, found = line.split()[1:3]
            point = point.encode().decode("unicode_escape")
            inside = os.path.commonpath([path, point]) == point
            if inside and len(point) >= len(best):
                best, kind = point, found
    return kind
