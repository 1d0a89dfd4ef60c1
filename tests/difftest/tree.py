# SPDX-License-Identifier: MIT
"""A tree as a recipe that can be made twice alike, or told to a shell.

Nodes are made in the order in which they were added, parents first; owner,
attributes, mode and times follow in the opposite order, so that no node is
touched again after its times were set, and a directory may lose its w bit.
"""

import ctypes
import os
import random
import shlex
import stat
import struct
import subprocess

# Stands for the absolute name of the tree, which is known when it is made.
ROOT = b"\0ROOT"

ACL_ACCESS = b"system.posix_acl_access"
ACL_DEFAULT = b"system.posix_acl_default"

libc = ctypes.CDLL(None, use_errno=True)


def mount(source, target, kind, flags, data):
    if libc.mount(source, target, kind, flags, data) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), target)


def umount(target):
    libc.umount2(target, 2)  # MNT_DETACH


def acl(user, named_user, group, named_group, mask, other):
    """A POSIX ACL as the kernel stores it; named_*: (id, bits) or None."""
    entries = [(0x01, user, 0xFFFFFFFF)]
    if named_user:
        entries.append((0x02, named_user[1], named_user[0]))
    entries.append((0x04, group, 0xFFFFFFFF))
    if named_group:
        entries.append((0x08, named_group[1], named_group[0]))
    if named_user or named_group:
        entries.append((0x10, mask, 0xFFFFFFFF))
    entries.append((0x20, other, 0xFFFFFFFF))
    return struct.pack("<I", 2) + b"".join(
        struct.pack("<HHI", *entry) for entry in entries)


def quoted(text):
    """BYTES for bash; the tree's absolute name becomes "$T"/t."""
    if ROOT in text:
        return '"$T"/t'.join(quoted(part) if part else ""
                             for part in text.split(ROOT))
    if all(32 <= byte < 127 for byte in text):
        return shlex.quote(text.decode())
    escaped = "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b"'\\"
        else f"\\{byte:03o}" for byte in text)
    return f"$'{escaped}'"


def parent_of(path):
    return path.rpartition(b"/")[0]


def base_of(path):
    return path.rpartition(b"/")[2]


class Node:
    """One name of a tree.

    kind is file, dir, link, hard, fifo, sock, char, block or mount; data is
    a list of (offset, length, random?) within size; owner and times may be
    None: as they come.
    """

    def __init__(self, kind, path, **traits):
        self.kind = kind
        self.path = path
        self.mode = None
        self.owner = None
        self.mtime = None
        self.atime = None
        self.xattrs = {}
        self.acls = {}
        self.size = 0
        self.seed = 0
        self.data = []
        self.target = None
        self.rdev = 0
        self.drained = False  # a FIFO that is written to, not read
        for name, value in traits.items():
            setattr(self, name, value)

    def is_dir(self):
        return self.kind in ("dir", "mount")

    def content(self):
        """(offset, bytes) pairs."""
        rng = random.Random(self.seed)
        for offset, length, noise in self.data:
            yield offset, rng.randbytes(length) if noise else bytes(length)

    # Making

    def make(self, path, root):
        if self.kind == "file":
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                # First: behind what is appended xfs reserves room, which it
                # calls data for a while if the file then grows over it.
                os.ftruncate(fd, self.size)
                for offset, data in self.content():
                    os.pwrite(fd, data, offset)
            finally:
                os.close(fd)
        elif self.kind == "dir":
            os.mkdir(path, 0o700)
        elif self.kind == "mount":
            os.mkdir(path, 0o700)
            try:
                mount(b"mcp-test", path, b"tmpfs", 0, b"size=16m,mode=700")
            except PermissionError:
                pass  # then it is a directory like any other
        elif self.kind == "link":
            os.symlink(self.target.replace(ROOT, root), path)
        elif self.kind == "hard":
            os.link(root + b"/" + self.target, path, follow_symlinks=False)
        else:
            kinds = {"fifo": stat.S_IFIFO, "sock": stat.S_IFSOCK,
                     "char": stat.S_IFCHR, "block": stat.S_IFBLK}
            try:
                os.mknod(path, kinds[self.kind] | 0o600, self.rdev)
            except PermissionError:
                os.mknod(path, stat.S_IFSOCK | 0o600)  # not root

    def finish(self, path):
        if self.kind == "hard":
            return
        if self.owner and os.geteuid() == 0:
            os.chown(path, *self.owner, follow_symlinks=False)
        self.set_xattrs(path, self.xattrs)
        if self.kind != "link":
            os.chmod(path, self.mode)
            self.set_xattrs(path, self.acls)
        if self.mtime is not None:
            os.utime(path, ns=(self.atime, self.mtime),
                     follow_symlinks=False)

    @staticmethod
    def set_xattrs(path, xattrs):
        for name, value in xattrs.items():
            try:
                os.setxattr(path, name, value, follow_symlinks=False)
            except OSError:
                pass  # what cannot be here is in neither tree

    # Telling

    def shell(self):
        name = quoted(b"./" + self.path)
        if self.kind == "file":
            lines = ["fill %s %d %d %s" % (
                name, self.size, self.seed, " ".join(
                    "%d %d %d" % segment for segment in self.data))]
        elif self.kind == "dir":
            lines = [f"mkdir {name}"]
        elif self.kind == "mount":
            lines = [f"mkdir {name}",
                     f"mount -t tmpfs -o size=16m mcp-test {name}"]
        elif self.kind == "link":
            lines = [f"ln -s -- {quoted(self.target)} {name}"]
        elif self.kind == "hard":
            lines = [f"ln -P {quoted(b'./' + self.target)} {name}"]
        elif self.kind == "sock":
            lines = ["python3 -c 'import os, sys; "
                     f"os.mknod(sys.argv[1], 0o140600)' {name}"]
        elif self.kind == "fifo":
            lines = [f"mkfifo {name}"]
        else:
            lines = ["mknod %s %s %d %d" % (
                name, self.kind[0], os.major(self.rdev),
                os.minor(self.rdev))]
        return [line.rstrip() for line in lines]

    def shell_finish(self):
        name = quoted(b"./" + self.path)
        lines = []
        if self.kind == "hard":
            return lines
        if self.owner and self.owner != (0, 0):
            lines.append("chown -h %d:%d %s" % (*self.owner, name))
        lines += self.shell_xattrs(name, self.xattrs)
        if self.kind != "link" and self.mode is not None:
            lines.append(f"chmod {self.mode:04o} {name}")
        lines += self.shell_xattrs(name, self.acls)
        for flag, time in ("-a", self.atime), ("-m", self.mtime):
            if time is not None:
                seconds, rest = divmod(time, 10**9)
                lines.append(f"touch -h {flag} "
                             f"-d @{seconds}.{rest:09d} {name}")
        return lines

    @staticmethod
    def shell_xattrs(name, xattrs):
        return [f"xattr {name} {key.decode()} {value.hex() or '-'}"
                for key, value in xattrs.items()]


class Tree:
    """Nodes by path, in the order in which they are made."""

    def __init__(self):
        self.nodes = {}
        self.top = Node("dir", b"")

    def __contains__(self, path):
        return path in self.nodes

    def __getitem__(self, path):
        return self.nodes[path]

    def get(self, path):
        return self.nodes.get(path)

    def add(self, node):
        """NODE, or None where its name is taken or its directory is none."""
        if node.path in self.nodes:
            return None
        parent = parent_of(node.path)
        if parent and not (parent in self.nodes and
                           self.nodes[parent].is_dir()):
            return None
        self.nodes[node.path] = node
        return node

    def children(self, path):
        return [node for node in self.nodes.values()
                if parent_of(node.path) == path]

    def without(self, path):
        """A copy lacking PATH, or None where others need it."""
        for node in self.nodes.values():
            if parent_of(node.path) == path or (
                    node.kind == "hard" and node.target == path):
                return None
        copy = Tree()
        copy.top = self.top
        copy.nodes = {key: node for key, node in self.nodes.items()
                      if key != path}
        return copy

    def make(self, root):
        """Makes the tree as directory ROOT, which is new."""
        umask = os.umask(0)
        try:
            os.mkdir(root, 0o700)
            nodes = list(self.nodes.values())
            for node in nodes:
                node.make(root + b"/" + node.path, root)
            for node in reversed(nodes):
                node.finish(root + b"/" + node.path)
            self.top.finish(root)
        finally:
            os.umask(umask)

    def mounts(self):
        return [node.path for node in self.nodes.values()
                if node.kind == "mount"]

    def shell(self):
        nodes = list(self.nodes.values())
        lines = []
        for node in nodes:
            lines += node.shell()
        for node in reversed(nodes):
            lines += node.shell_finish()
        return lines + self.top.shell_finish()


def remove(root, mounts=()):
    """Removes the tree at ROOT, whatever its modes."""
    for path in reversed(list(mounts)):
        umount(root + b"/" + path)
    try:
        remove_below(root)
    except (OSError, RecursionError):  # too deep
        subprocess.run(["rm", "-rf", "--one-file-system", root], check=True)


def remove_below(path):
    if os.geteuid() != 0:
        os.chmod(path, 0o700)
    for entry in list(os.scandir(path)):
        if entry.is_dir(follow_symlinks=False):
            remove_below(entry.path)
        else:
            os.unlink(entry.path)
    os.rmdir(path)
