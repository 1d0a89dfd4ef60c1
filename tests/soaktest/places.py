# SPDX-License-Identifier: MIT
"""Where a round happens: file systems that it has for itself.

A place has a directory for the source and one for the destination, "roomy"
ones on one file system, full ones on two.
"""

import os
import subprocess

from difftest.tree import mount, remove, umount

MIB = 1 << 20

# name: whether it needs leave to mount
PLACES = {"tmpfs": False, "directory": False, "ext4": True, "xfs": True,
          "btrfs": True, "full tmpfs": True, "full ext4": True}

MKFS = {"ext4": ["mkfs.ext4", "-q", "-F", "-m", "0"],
        "xfs": ["mkfs.xfs", "-q"],
        "btrfs": ["mkfs.btrfs", "-q"]}

ROOMY_SIZE = 512 * MIB


class Place:
    """A context: .source and .dest are empty directories while it lasts."""

    def __init__(self, name, base, plain, size=0):
        self.name = name
        self.full = name.startswith("full ")
        self.kind = name.removeprefix("full ")
        self.size = size if self.full else ROOMY_SIZE
        self.base = base + b"/round"
        self.plain = plain + b"/round"
        self.mounted = []

    def __enter__(self):
        os.mkdir(self.base)
        os.mkdir(self.plain)
        root = self.plain if self.name == "directory" else self.base
        self.source = self.dest = root
        try:
            if PLACES[self.name]:
                self.dest = self.base + b"/fs"
                os.mkdir(self.dest)
                self.mount()
                if not self.full:
                    self.source = self.dest
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for path in reversed(self.mounted):
            umount(path)
        remove(self.base)
        remove(self.plain)

    def mount(self):
        if self.kind == "tmpfs":
            mount(b"mcp-soak", self.dest, b"tmpfs", 1024,
                  b"mode=755,huge=never,size=%d" % self.size)
        else:
            image = self.base + b"/image"
            with open(image, "wb") as file:
                file.truncate(self.size)
            subprocess.run(MKFS[self.kind] + [image], check=True,
                           stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
            subprocess.run(["mount", "-o", "loop,noatime", image, self.dest],
                           check=True, stderr=subprocess.DEVNULL)
        self.mounted.append(self.dest)


def available(base, plain):
    """The names of the places that can be had here."""
    found = []
    for name, mounts in PLACES.items():
        if mounts and os.geteuid() != 0:
            continue
        try:
            with Place(name, base, plain, 16 * MIB):
                found.append(name)
        except (OSError, subprocess.CalledProcessError):
            pass
    return found
