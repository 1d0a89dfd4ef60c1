# SPDX-License-Identifier: MIT
"""What already lies where copies will go."""

from difftest.sources import SECOND
from difftest.tree import Node, base_of, parent_of


class Obstacles:
    """Draws into MAKER's tree; HAS is the set of options."""

    def __init__(self, maker, has, tags):
        self.make = maker
        self.has = has
        self.tags = tags

    def crowding(self):
        """How often a destination exists already."""
        if self.has & {"-b", "--backup", "-f", "-i", "-n", "-u", "--update",
                       "--update=", "--update=none-fail",
                       "--remove-destination"}:
            return 0.55
        if self.has & {"-l", "-s"}:
            return 0.07
        return 0.3

    def overlay(self, node, path):
        """Puts something where NODE will be copied to."""
        if path in self.make.tree:
            return
        if node.kind == "link" and self.make.chance(0.1):
            node = self.make.tree.get(self.followed(node)) or node
        if node.is_dir() and self.make.chance(0.96):
            if self.make.tree.add(self.make.dressed(Node("dir", path))) is None:
                return
            if self.make.chance(0.3):
                self.make.tree.add(self.make.file(self.make.name(path)))
            for child in self.make.tree.children(node.path):
                if self.make.chance(self.crowding()):
                    self.overlay(child, path + b"/" + base_of(child.path))
            return
        self.obstacle(node, path)

    @staticmethod
    def followed(node):
        directory = parent_of(node.path)
        return directory + b"/" + node.target if directory else node.target

    def obstacle(self, node, path):
        """Something at PATH that is no directory tree like NODE."""
        make, tree = self.make, self.make.tree
        rng = make.rng
        mtime = node.mtime if node.mtime is not None else \
            tree[node.target].mtime
        kinds = {"older": 30, "newer": 12, "same": 5, "nanosecond": 4,
                 "readonly": 8, "hard-to-source": 2, "sym-to-source": 1,
                 "sym-to-file": 8, "sym-to-dir": 3, "dangling": 3, "loop": 1,
                 "dir": 1, "special": 3, "hard-link": 5, "sym-same": 3}
        if node.is_dir():
            kinds = {"older": 3, "sym-to-dir": 6, "dangling": 1, "dir": 20,
                     "special": 1}
        kind = rng.choices(list(kinds), list(kinds.values()))[0]
        self.tags.append("exists " + kind)
        if kind == "hard-to-source" and node.kind != "hard" and \
                node.kind != "fifo" and \
                not make.crosses_mount(node.path, path):
            new = Node("hard", path, target=node.path)
        elif kind == "hard-link":
            new = make.hard_link(path, fifos=False)
        elif kind == "sym-to-source" and node.kind != "fifo":
            new = make.link(path, make.up(path) + node.path)
        elif kind == "sym-same" and node.kind == "link":
            new = make.link(path, node.target)
        elif kind in ("sym-to-file", "sym-to-dir"):
            make.elsewhere(b"aside")
            new = make.link(path, make.up(path) + (
                b"aside" if kind == "sym-to-dir" else b"aside/file"))
        elif kind == "dangling":
            new = make.link(path, b"not there")
        elif kind == "loop":
            new = make.link(path, base_of(path))
        elif kind == "dir":
            new = make.dressed(Node("dir", path))
        elif kind == "special":
            new = make.special(path)
            new.drained = True
        else:
            new = make.file(path)
            new.mtime = mtime + {"older": -5 * SECOND, "newer": 5 * SECOND,
                                 "nanosecond": rng.choice([-1, 1])
                                 }.get(kind, 0)
            if kind == "readonly":
                new.mode = 0o444
        tree.add(new)
        if self.has & {"-b", "--backup"} and self.make.chance(0.5):
            for suffix in rng.sample([b"~", b".~1~", b".~2~", b".~9~",
                                      b".~10~", b".bak", b".~01~"], 2):
                if len(base_of(path) + suffix) <= 255:
                    tree.add(make.file(path + suffix))

    def parents_in(self, directory, path):
        """Makes PATH in DIRECTORY, for --parents to find it."""
        done = directory
        for part in path.split(b"/") if path else []:
            done += b"/" + part
            if done in self.make.tree:
                continue
            if self.make.chance(0.04):
                self.make.tree.add(self.make.file(done))
                return False
            self.make.tree.add(self.make.dressed(
                Node("dir", done), self.make.rng.choice([None, 0o755, 0o700])))
        return True
