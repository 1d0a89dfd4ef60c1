# SPDX-License-Identifier: MIT
"""What a difference that is meant can be asked: the class of all of them."""

import re

from difftest.tree import base_of

SPECIAL = {"char device": "char", "block device": "block", "fifo": "fifo",
           "socket": "sock"}


QUOTED = re.compile(rb"""(?:\$'(?:\\.|[^'\\])*'|'[^']*'|"[^"]*"|\\')+""")
PART = re.compile(rb"""(\$?)'((?:(?<=\$')(?:\\.|[^'\\])*|[^']*))'|"([^"]*)"|"""
                  rb"""\\(')""")


def unquoted(text):
    """A name as cp quotes it, read as a shell would."""
    name = b""
    for dollar, single, double, escaped in PART.findall(text):
        if dollar:
            single = single.decode("latin-1").encode("latin-1").decode(
                "unicode_escape").encode("latin-1")
        name += single + double + escaped
    return name


def in_octal(name):
    """What cp writes of a name in which no character can be printed."""
    return b"".join(b"\\%03o" % byte for byte in name)


def names_in(pattern, result):
    """The names in what cp alone says of PATTERN."""
    lines = set(result.left["stderr"].splitlines(True)) - \
        set(result.right["stderr"].splitlines(True))
    found = filter(None, (re.search(pattern, line) for line in lines))
    return [unquoted(name) for line in found
            for name in QUOTED.findall(line.group())]


class Purpose:
    """A difference on purpose: whether it explains one of RESULT's."""

    name = None
    since, before = (0,), (99,)
    words = []  # as in WORDS, without versions

    def __init__(self, result):
        self.result = result
        self.case = result.case

    def applies(self):
        """Whether anything of it is in RESULT."""
        return True

    def exit(self, left, right):
        return False

    def path(self, aspect, path, left, right):
        return False

    def operands(self):
        return [one.rstrip(b"/.") for one in self.case.operands]

    def node(self, path):
        return self.case.tree.nodes.get(path)

    def same_files(self, paths):
        """PATHS, and all other names that a file of theirs has at first."""
        nodes = self.case.tree.nodes
        first = {nodes[path].target if nodes[path].kind == "hard" else path
                 for path in paths if path in nodes}
        return paths | first | {path for path, node in nodes.items()
                                if node.kind == "hard" and
                                node.target in first}

    def others_of(self, names):
        """Base names of files of which one name is among the base NAMES."""
        nodes = self.case.tree.nodes
        same = self.same_files({path for path in nodes
                                if base_of(path) in names})
        return {base_of(path) for path in same}

    def linked_besides(self, paths, left, right):
        """Whether what has these names has them, PATHS aside, in both."""
        names, column = (left, 3) if right == "not so" else (right, 2)
        rest = set(names) - paths
        return len(rest) < 2 or any(
            set(difference[column]) - paths == rest
            for difference in self.result.differences
            if difference[0] == "hard links")

    def relative(self):
        """What a symlink to it could not be made, as cp alone says."""
        left, right = (set(re.findall(
            rb"(?m)^cp: ([^\n]*): can make relative symbolic links only in",
            getattr(self.result, side)["stderr"])) for side in
            ("left", "right"))
        return [unquoted(name) or name for name in left - right]

    def said(self, pattern, side="right"):
        return re.search(pattern, getattr(self.result, side)["stderr"])
