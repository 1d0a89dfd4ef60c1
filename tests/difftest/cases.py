# SPDX-License-Identifier: MIT
"""One case: a tree, a command line and its surroundings, drawn by a number.

First the options, so that the tree can have what they act on; then the
operands and the sources that they name; then what already lies where the
copies will go.
"""

import os
import random

from difftest.obstacles import Obstacles
from difftest.options import OPTIONS, RECURSIVE, Argument, assemble
from difftest.sources import Maker
from difftest.tree import ROOT, Node, Tree, base_of, parent_of


class Case:
    """All that is needed to run it, and to tell about it."""

    def __init__(self, draw, index):
        self.seed = draw.seed
        self.version = draw.version
        self.index = index
        self.rng = rng = random.Random(f"{draw.seed}:{index}")
        self.keys = draw.options(rng, index)
        self.has = set(self.keys)
        # Without root's powers every case is an ordinary user's.
        self.user = "root" if rng.random() < 0.55 and os.geteuid() == 0 \
            else "user"
        # Drawn in any case, so that --jobs changes nothing else.
        jobs, chunk = rng.random(), rng.random() < 0.5
        self.jobs = draw.jobs and draw.jobs[int(jobs * len(draw.jobs))]
        self.chunk = chunk and (self.jobs or 1) > 1
        self.environment = {}
        self.umask = 0o022
        self.answers = None
        self.arguments = []
        self.operands = []
        self.separator = False
        self.tree = Tree()
        self.tags = []
        self.wanted = self.wants()
        self.make = Maker(rng, self.tree, self.user, self.wanted)
        self.there = Obstacles(self.make, self.has, self.tags)
        self.values = {key: OPTIONS[key].value(rng) for key in self.keys}
        self.draw_surroundings()
        self.draw_operands()
        self.draw_command()

    def __getstate__(self):
        return {key: value for key, value in self.__dict__.items()
                if key not in ("rng", "make", "there")}

    def name(self):
        return f"{self.seed}:{self.index}"

    def chance(self, share):
        return self.rng.random() < share

    @property
    def by_one_process(self):
        """Whether questions are asked, or there is nobody else to copy."""
        return (self.jobs or 1) == 1 or (
            self.answers is not None and "-n" not in self.has)

    def recursive(self):
        return bool(self.has & RECURSIVE)

    def wants(self):
        has = self.has
        wants = set()
        if has & {"-a", "-p", "--preserve", "--no-preserve", "-x",
                  "--attributes-only"}:
            wants |= {"metadata", "links"}
        if has & {"-d", "-l"}:
            wants.add("links")
        if has & {"--sparse", "--reflink"}:
            wants.add("sparse")
        if "-x" in has or self.chance(0.03):
            wants.add("mount")
        if "--copy-contents" in has or (self.recursive() and
                                        self.chance(0.2)):
            wants.add("special")
        # A FIFO that is read has one writer, who writes once.
        if not has & RECURSIVE or "--copy-contents" in has:
            wants.add("fifo-once")
        return wants

    # Surroundings

    def draw_surroundings(self):
        rng = self.rng
        for key in "VERSION_CONTROL", "SIMPLE_BACKUP_SUFFIX", \
                "POSIXLY_CORRECT":
            if key in self.has:
                self.environment[key] = self.values[key]
        if "umask" in self.has:
            self.umask = int(self.values["umask"], 8)
        if "-i" in self.has:
            answers = [rng.choice([b"y", b"y", b"yes", b"n", b"", b"Y",
                                   b"nope", b" y"]) for _ in range(30)]
            if self.chance(0.5):
                answers = [b"y"] * 30
            self.answers = b"\n".join(answers[:rng.choice([30, 30, 1])])
            if self.chance(0.8):
                self.answers += b"\n"

    # Operands

    def draw_operands(self):
        form = self.choose_form()
        self.tags.append("form " + form)
        getattr(self, "form_" + form)()

    def choose_form(self):
        has, rng = self.has, self.rng
        weights = {"into": 50, "onto": 34, "inside": 8, "same": 3,
                   "itself": 1, "absent": 1, "several_onto": 0.5,
                   "nothing": 0.5}
        if has & {"-b", "--backup", "-f", "-l", "-s",
                  "--remove-destination"}:
            weights["same"] = 4.5
        if "-T" in has:
            weights.update(into=1.5, several_onto=0.7, inside=25, onto=50)
        if "-t" in has:
            weights.update(onto=2, same=3, itself=1, several_onto=0,
                           inside=5)
        if "--parents" in has:
            weights.update(onto=1.5, same=0.5, inside=10)
        if not self.recursive():
            weights.update(inside=0.5, itself=0.3)
        return rng.choices(list(weights), list(weights.values()))[0]

    def place(self):
        """A directory for a source, made with those above it."""
        deep = 0.8 if "--parents" in self.has else 0.25
        if not self.chance(deep):
            return b""
        path = self.rng.choice([b"in", b"in", b"in/deep", b"in too",
                                b"in/deep/er"])
        for end in range(len(path) + 1):
            if end == len(path) or path[end:end + 1] == b"/":
                if path[:end] not in self.tree:
                    self.tree.add(self.make.dressed(
                        Node("dir", path[:end]),
                        self.rng.choice([None, 0o755, 0o700, 0o2775])))
        return path

    def source(self, path=None):
        """Draws a source; returns its node, which may be None: missing."""
        rng, make = self.rng, self.make
        path = path or make.name(self.place())
        if self.recursive():
            kinds = {"dir": 60, "file": 18, "link": 10, "hard": 5,
                     "special": 4, "missing": 0.3}
        else:
            kinds = {"dir": 1, "file": 75, "link": 11, "hard": 7,
                     "special": 1.5, "missing": 0.3}
        kind = rng.choices(list(kinds), list(kinds.values()))[0]
        self.tags.append("source " + kind)
        if kind == "missing":
            return None
        if kind == "dir":
            return make.directory(path)
        if kind == "file":
            return self.tree.add(make.file(path))
        if kind == "special":
            return self.tree.add(make.special(path))
        if kind == "hard":
            return self.tree.add(make.hard_link(path))
        return self.tree.add(self.good_link(path))

    def good_link(self, path):
        """A symlink operand: mostly to something."""
        if self.chance(0.88):
            target = self.make.name(parent_of(path))
            if target == path:
                longest = len(base_of(target)) == 255
                target = target[:-1] + b"2" if longest else target + b"2"
            if self.recursive() and self.chance(0.5):
                self.make.directory(target)
            else:
                self.tree.add(self.make.file(target))
            return self.make.link(path, base_of(target))
        return self.make.symlink(path, path)

    def sources(self, count):
        nodes = []
        for _ in range(count):
            path = None
            if nodes and self.chance(0.12):
                # The name again, from elsewhere: just-created.
                path = self.place() + b"/" + base_of(nodes[0].path)
                path = path.lstrip(b"/")
                if path in self.tree:
                    path = None
            node = self.source(path)
            if node:
                nodes.append(node)
            if node is None:
                self.operands.append(b"missing")
            else:
                self.operands.append(self.operand(node))
        if nodes and "fifo-once" not in self.make.wants and \
                self.chance(0.04):
            self.operands.append(self.operand(nodes[0]))
        return nodes

    def operand(self, node):
        """One of the ways to name NODE."""
        path = node.path
        if "-s" in self.has:
            absolute = 0.9
        else:
            absolute = 0.1
        if "--parents" in self.has and self.version < (9, 2):
            absolute = 0  # parents-absolute in difftest/known.py
        if self.chance(absolute):
            path = ROOT + b"/" + path
        elif self.chance(0.08):
            path = b"./" + path
        elif self.chance(0.03) and b"/" in path:
            path = path.replace(b"/", b"//", 1)
        elif self.chance(0.03) and b"/" in path:
            head = path.partition(b"/")[0]
            path = head + b"/../" + path
        slashes = 0.2 if node.is_dir() else 0.06 \
            if node.kind == "link" else 0.01
        if "--strip-trailing-slashes" in self.has:
            slashes = 0.7
        if self.chance(slashes):
            path += b"/" * self.rng.choice([1, 1, 2])
        return path

    # Destinations

    def target_directory(self):
        """An existing directory, and the ways to name it."""
        path = self.make.name(b"")
        if self.tree.add(self.make.dressed(
                Node("dir", path), self.rng.choice(
                    [0o755, 0o755, 0o777, 0o2775, None]))) is None:
            raise AssertionError(path)
        name = path
        if self.chance(0.1):
            name = self.make.name(b"")
            self.tree.add(self.make.link(name, path))
        elif self.chance(0.08):
            name = ROOT + b"/" + path
        elif self.chance(0.1):
            name = b"./" + path
        if self.chance(0.2):
            name += b"/"
        return path, name

    def put_destination(self, name):
        """NAME is the destination: the last operand, or that of -t."""
        if "-t" in self.has:
            self.values["-t"] = name
        else:
            self.operands.append(name)

    # Forms: what is copied where

    def form_into(self):
        nodes = self.sources(self.rng.choice([1, 1, 1, 2, 2, 3]))
        if self.chance(0.05) and "--parents" not in self.has:
            directory, name = b"", self.rng.choice([b".", b"./", ROOT])
        else:
            directory, name = self.target_directory()
        for node in nodes:
            if not self.chance(self.there.crowding()):
                continue
            path = base_of(node.path)
            if "--parents" in self.has:
                path = node.path
                if not self.there.parents_in(directory, parent_of(path)):
                    continue
            self.there.overlay(node, directory + b"/" + path
                         if directory else path)
        self.put_destination(name)

    def form_onto(self):
        nodes = self.sources(1)
        path = self.make.name(self.place() if self.chance(0.3) else b"")
        name = path
        if self.chance(0.02):
            name = path + b"/no/where"
        elif nodes and self.chance(self.there.crowding()):
            if nodes[0].is_dir() and "-T" in self.has:
                self.there.overlay(nodes[0], path)
            else:
                self.there.obstacle(nodes[0], path)
        if self.chance(0.15 if nodes and nodes[0].is_dir() else 0.02):
            name += b"/"
        if self.chance(0.06):
            name = ROOT + b"/" + name
        self.put_destination(name)

    def form_inside(self):
        """DIR/. to a directory, or with -T: one is merged with the other."""
        node = self.make.directory(self.make.name(self.place()))
        directory = self.make.name(b"")
        name = directory
        if self.chance(0.75) or "-t" in self.has or "--parents" in self.has:
            inner = directory
            if "--parents" in self.has:
                self.tree.add(self.make.dressed(Node("dir", directory),
                                                0o755))
                self.there.parents_in(directory, parent_of(node.path))
                inner = directory + b"/" + node.path
            self.there.overlay(node, inner)
        source = node.path
        if "-T" not in self.has or self.chance(0.2):
            source += self.rng.choice([b"/.", b"/.", b"/./", b"//."])
        absolute = 0.9 if "-s" in self.has else 0.05
        if "--parents" in self.has and self.version < (9, 2):
            absolute = 0
        if self.chance(absolute):
            source = ROOT + b"/" + source
        self.operands.append(source)
        self.put_destination(name)

    def form_same(self):
        """The source and the destination are one file."""
        rng, make, tree = self.rng, self.make, self.tree
        path = make.name(b"")
        node = tree.add(make.file(path))
        other = make.name(b"")
        kind = rng.choice(["twice", "dot", "hard", "link-to-file",
                           "file-to-link", "two-links", "hard-links-of-link",
                           "directory"])
        self.tags.append("same " + kind)
        operands = {"twice": [path, path], "dot": [path, b"./" + path],
                    "link-to-file": [other, path],
                    "directory": [path, b"."]}.get(kind, [path, other])
        if kind == "hard":
            tree.add(Node("hard", other, target=path))
        elif kind in ("link-to-file", "file-to-link"):
            tree.add(make.link(other, path))
        elif kind == "two-links":
            third = make.name(b"")
            tree.add(make.link(third, path))
            tree.add(make.link(other, path))
            operands = [third, other]
        elif kind == "hard-links-of-link":
            third = make.name(b"")
            tree.add(make.link(third, node.path))
            tree.add(Node("hard", other, target=third))
            operands = [third, other]
        if self.recursive() and self.chance(0.2):
            directory = make.name(b"")
            tree.add(make.dressed(Node("dir", directory), 0o755))
            tree.add(Node("hard", directory + b"/" + base_of(path),
                          target=path))
            operands = [path, directory]
        self.operands.append(operands[0])
        self.put_destination(operands[1])

    def form_itself(self):
        node = self.make.directory(self.make.name(b""), mode=0o755)
        path = node.path
        inner = self.make.name(path)
        if self.chance(0.5):
            self.tree.add(self.make.dressed(Node("dir", inner), 0o755))
        self.operands.append(path + self.rng.choice([b"", b"", b"/"]))
        self.put_destination(self.rng.choice([inner, inner, path, b".",
                                              inner + b"/x"]))

    def form_absent(self):
        self.operands.append(self.rng.choice(
            [b"missing", b"missing/", b"missing/x", b"", b"mis\nsing"]))
        if self.chance(0.5):
            self.sources(1)
        self.put_destination(self.rng.choice(
            [self.target_directory()[1], b"nowhere/", b"nowhere", b""]))

    def form_several_onto(self):
        self.sources(2)
        path = self.make.name(b"")
        if self.chance(0.5):
            self.tree.add(self.make.file(path))
        self.put_destination(path + self.rng.choice([b"", b"/"]))

    def form_nothing(self):
        if self.chance(0.5):
            self.sources(1)
        if "-t" in self.has:
            self.values["-t"] = self.rng.choice([b"nowhere", b"", b"."])

    # Command

    def draw_command(self):
        rng = self.rng
        for key in self.keys:
            option = OPTIONS[key]
            if option.argument == "variable":
                continue
            self.arguments.append(Argument(rng, option, self.values[key]))
        self.separator = any(name.startswith(b"-") for name in self.operands)
        share = 0.03 if "POSIXLY_CORRECT" in self.has else 0.12
        if not self.separator and self.operands and self.chance(share):
            for argument in self.arguments:
                argument.after = self.chance(0.6)
        self.separator = self.separator or self.chance(0.05)

    def words(self, root):
        """The arguments of cp, the tree being ROOT."""
        before = assemble([one for one in self.arguments if not one.after])
        after = assemble([one for one in self.arguments if one.after])
        middle = [b"--"] if self.separator else []
        return [word.replace(ROOT, root)
                for word in before + middle + self.operands + after]

    def worker_words(self):
        """What only mcp is given."""
        if not self.jobs:
            return []
        words = [b"-j%d" % self.jobs]
        return words + [b"--chunk-size=4K"] if self.chunk else words

    def fifos(self, drained):
        """FIFOs that the copier may write to, or else read."""
        if not drained and "fifo-once" not in self.wanted:
            return []
        return [node.path for node in self.tree.nodes.values()
                if node.kind == "fifo" and node.drained == drained]
