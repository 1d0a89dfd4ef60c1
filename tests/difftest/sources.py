# SPDX-License-Identifier: MIT
"""What a drawn tree consists of: names, files of all kinds, metadata.

A symlink never leads out of the operand it is in to where destinations are,
since cp -L would copy what it is just making.
"""

import os

from difftest.tree import ACL_ACCESS, ACL_DEFAULT, ROOT, Node, acl, \
    base_of, parent_of

PLAIN_NAMES = [b"a", b"b", b"c", b"d", b"e", b"f", b"g", b"one", b"two",
               b"file", b"dir", b"sub", b"README.txt", b".hidden", b"x.tar.gz",
               b"Makefile", b"data.bin", b"long" * 10]
ODD_NAMES = [b"with space", b"new\nline", b"quo'te", b'dou"ble', b"-dash",
             b"--", b"back\\slash", b"\xff\xfe", b"caf\xc3\xa9", b"tab\there",
             b"*", b"$HOME", b"~", b"f~", b"x.~1~", b" lead", b"trail ",
             b"n" * 255, b"m" * 252, b"#c", b"=", b"a:b", b"\x01", b"-r",
             b"'", b"...", b"...", b"a=b", b"\x7f", b"{a,b}", b"`id`"]

SIZES = [0, 1, 17, 511, 4095, 4096, 4097, 8192, 12289, 65535, 65537]

# More than mcp copies at one go.
LARGE = (9 << 20) + 5

# A hole has to be larger than what snapshots forgive.
SPARSE = [
    (1 << 20, []),
    (1 << 20, [(0, 5000, True)]),
    ((1 << 20) + 77, [(1 << 19, 4096, True)]),
    (700001, [(0, 4096, True), (500000, 200001, True)]),
    (400000, [(0, 400000, False)]),
    (600000, [(0, 10, True), (10, 599000, False)]),
]

SECOND = 10**9
TIMES = [second * SECOND + part
         for second in (1, 100000000, 999999999, 1234567890, 4102444800)
         for part in (0, 1, 123456789, 500000000, 999999999)]

# Whom a tree may belong to besides the one who copies.
OTHER_USER = 31001
OTHER_GROUP = 31002
SHARED_GROUP = 31003

# VFS_CAP_REVISION_2 with CAP_NET_RAW permitted and effective.
CAPABILITY = bytes.fromhex("0100000200200000000000000000000000000000")

SPECIAL = ("fifo", "sock", "char", "block")


class Maker:
    """Draws nodes into TREE.

    wants is what the options make interesting: a set of fifo-once, metadata,
    links, sparse, mount, special.
    """

    def __init__(self, rng, tree, user, wants):
        self.rng = rng
        self.tree = tree
        self.user = user
        self.wants = wants
        self.fifos = 0
        self.seeds = 0
        tree.top = self.dressed(Node("dir", b""), mode=0o755)
        tree.top.xattrs = {}
        tree.top.acls = {}
        tree.top.owner = self.owner()

    # Names

    def chance(self, share):
        return self.rng.random() < share

    def name(self, directory):
        """A new path in DIRECTORY."""
        for _ in range(50):
            name = self.rng.choice(
                ODD_NAMES if self.chance(0.18) else PLAIN_NAMES)
            path = directory + b"/" + name if directory else name
            if path not in self.tree:
                return path
        self.seeds += 1
        return path + b"%d" % self.seeds

    # Metadata

    def owner(self):
        return (0, 0) if self.user == "root" else (65534, 65534)

    def file_mode(self):
        if self.chance(0.25 if self.user == "root" else 0.06):
            return self.rng.choice([0, 0o200, 0o111, 0o400, 0o4755, 0o2755,
                                    0o6711, 0o1644, 0o7777, 0o2644])
        return self.rng.choice([0o644, 0o644, 0o600, 0o755, 0o664, 0o444,
                                0o640, 0o666])

    def dir_mode(self):
        if self.chance(0.25 if self.user == "root" else 0.05):
            return self.rng.choice([0, 0o111, 0o500, 0o4755, 0o2775, 0o1777,
                                    0o7777, 0o555, 0o300])
        return self.rng.choice([0o755, 0o755, 0o700, 0o775, 0o750, 0o2755,
                                0o777])

    def dressed(self, node, mode=None):
        """NODE with mode, owner, times, attributes."""
        rng = self.rng
        if mode is None:
            mode = self.dir_mode() if node.is_dir() else self.file_mode()
        node.mode = mode
        node.owner = self.owner()
        if self.chance(0.15):
            node.owner = rng.choice([
                (OTHER_USER, OTHER_GROUP), (node.owner[0], SHARED_GROUP),
                (node.owner[0], OTHER_GROUP), (0, 0), (OTHER_USER, 0)])
            if self.user != "root" and node.owner[0] != 65534 and \
                    self.chance(0.85):
                node.mode |= 0o555 if node.is_dir() else 0o444
        node.mtime = rng.choice(TIMES)
        node.atime = rng.choice(TIMES)
        self.attributes(node)
        return node

    def attributes(self, node):
        rng = self.rng
        share = 0.2 if "metadata" in self.wants else 0.06
        if node.kind in ("file", "dir", "mount"):
            if self.chance(share):
                node.xattrs[rng.choice([b"user.a", b"user.b"])] = \
                    rng.choice([b"", b"1", b"\0\xff", b"v" * 300])
            if self.chance(share / 4):
                node.xattrs[b"user.Beagle.skipped"] = b"x"
            if self.chance(share / 2):
                bits = node.mode >> 6 & 7, node.mode >> 3 & 7, node.mode & 7
                node.acls[ACL_ACCESS] = acl(
                    bits[0], (OTHER_USER, rng.choice([0, 4, 6, 7])), bits[1],
                    rng.choice([None, (SHARED_GROUP, 5)]),
                    rng.choice([7, 5, 4, 0]), bits[2])
        if node.is_dir() and self.chance(share / 2):
            node.acls[ACL_DEFAULT] = rng.choice([
                acl(7, (OTHER_USER, 7), 5, None, 7, 0),
                acl(7, None, 7, (SHARED_GROUP, 6), 6, 5),
                acl(7, None, 5, None, 0, 5)])
        if node.kind == "file" and self.chance(share / 4):
            node.xattrs[b"security.capability"] = CAPABILITY
        if self.chance(share / 5):
            node.xattrs[b"trusted.t"] = b"yes"

    # Files

    def file(self, path, **traits):
        rng = self.rng
        node = Node("file", path, **traits)
        self.seeds += 1
        node.seed = self.seeds
        if self.chance(0.35 if "sparse" in self.wants else 0.03):
            node.size, node.data = rng.choice(SPARSE)
        elif self.chance(0.002):
            node.size, node.data = LARGE, [(0, LARGE, True)]
        else:
            node.size = rng.choice(SIZES)
            node.data = [(0, node.size, True)] if node.size else []
        return self.dressed(node)

    def special(self, path, kind=None):
        kinds = SPECIAL if self.user == "root" else SPECIAL[:2] * 3 + SPECIAL
        kind = kind or self.rng.choice(kinds)
        if kind == "fifo":
            if "fifo-once" in self.wants and self.fifos:
                kind = "sock"
            else:
                self.fifos += 1
        node = Node(kind, path)
        if kind == "char":
            node.rdev = os.makedev(1, 3)
        elif kind == "block":
            node.rdev = os.makedev(240, 200)
        return self.dressed(node)

    def link(self, path, target):
        return self.dressed(Node("link", path, target=target))

    def linkable(self, fifos):
        """What may have a second name; FIFOs only where none is opened."""
        return [node for node in self.tree.nodes.values()
                if node.kind in ("file", "link") or
                node.kind in ("sock", "char", "block") or
                (node.kind == "fifo" and fifos)]

    def hard_link(self, path, fifos=True):
        nodes = self.linkable(fifos and "fifo-once" not in self.wants)
        if not nodes:
            return self.file(path)
        first = self.rng.choice(nodes)
        if self.crosses_mount(first.path, path):
            return self.file(path)
        return Node("hard", path, target=first.path)

    def crosses_mount(self, one, other):
        return self.mount_of(one) != self.mount_of(other)

    def mount_of(self, path):
        path = parent_of(path)
        while path:
            if self.tree[path].kind == "mount":
                return path
            path = parent_of(path)
        return b""

    def symlink(self, path, top):
        """A symlink that stays below TOP, or leads to other things."""
        rng = self.rng
        directory = parent_of(path)
        siblings = [node for node in self.tree.children(directory)
                    if node.kind != "fifo" and (directory or node.kind in
                                                ("file", "link"))]
        kind = rng.choice(["sibling"] * 5 + ["dangling", "loop", "absolute",
                                             "self", "up", "elsewhere",
                                             "elsewhere"])
        if kind == "sibling" and siblings:
            return self.link(path, base_of(rng.choice(siblings).path))
        if kind == "absolute" and siblings:
            return self.link(path, ROOT + b"/" + rng.choice(siblings).path)
        if kind == "loop":
            return self.link(path, base_of(path))
        if kind == "self" and directory:
            return self.link(path, b".")
        if kind == "up" and directory and parent_of(directory) and \
                directory != top:
            return self.link(path, b"..")
        if kind == "elsewhere":
            return self.link(path, self.up(path) + self.elsewhere())
        return self.link(path, rng.choice([b"nowhere", b"no/where", b"",
                                           b"/nonexistent/x"]) or b"gone")

    @staticmethod
    def up(path):
        return b"../" * path.count(b"/")

    def elsewhere(self, directory=b"else"):
        """A plain file or directory that no operand names.

        Symlinks of destinations lead to another one than those of sources.
        """
        if directory not in self.tree:
            self.tree.add(self.dressed(Node("dir", directory), mode=0o755))
            self.tree.add(self.file(directory + b"/where"))
            self.tree.add(self.file(directory + b"/file"))
        return directory + self.rng.choice([b"", b"/where", b"/file"])

    # Trees

    def entry(self, path, top, depth):
        """Adds one node of any kind at PATH, with all below it."""
        rng = self.rng
        special = 3 if "special" in self.wants else 1
        kinds = ["file"] * 12 + ["link"] * 4 + ["special"] * special + \
            ["hard"] * (5 if "links" in self.wants else 2)
        if depth < 3:
            kinds += ["dir"] * 6
        kind = rng.choice(kinds)
        if kind == "dir":
            return self.directory(path, top, depth)
        if kind == "link":
            return self.tree.add(self.symlink(path, top))
        if kind == "hard":
            return self.tree.add(self.hard_link(path))
        if kind == "special":
            return self.tree.add(self.special(path))
        return self.tree.add(self.file(path))

    def directory(self, path, top=None, depth=0, mode=None):
        kind = "dir"
        if "mount" in self.wants and depth > 0 and self.chance(0.5):
            kind = "mount"
            self.wants = self.wants - {"mount"}
        node = self.tree.add(self.dressed(Node(kind, path), mode))
        if node is None:
            return None
        count = self.rng.choice([0, 1, 2, 3, 4, 5])
        if "mount" in self.wants:
            count += 2
        for _ in range(count):
            self.entry(self.name(path), top or path, depth + 1)
        return node
