# SPDX-License-Identifier: MIT
"""Differences on purpose, from all versions of cp, each with its name.

They are tied to the files that they are about.
"""

import os
import re

from difftest.purpose import SPECIAL, Purpose, in_octal, names_in, unquoted
from difftest.tree import base_of, parent_of


def not_cloned(result, side):
    """The names, as cp quotes them, of what blocks could not be shared."""
    return set(re.findall(rb"cp: failed to clone ([^\n]*) from [^\n]*\n",
                          getattr(result, side)["stderr"]))


class CloneFailed(Purpose):
    """--reflink=always that fails leaves nothing, and nothing changed."""

    name = "clone-failed"

    def applies(self):
        self.gone = {path for aspect, path, _, _ in self.result.differences
                     if aspect == "missing file"}
        # Or, with --remove-destination, new and empty, or removed.
        self.emptied = {path for aspect, path, left, _ in
                        self.result.differences
                        if ((aspect, left) in (
                            ("size of file", 0), ("mtime of file", "recent"),
                            ("type", "file"), ("inode of file", "replaced"))
                            or aspect.startswith("extra "))
                        and self.node(path)}
        failures = not_cloned(self.result, "left")
        return "--reflink" in self.case.has and \
            self.alike(failures, not_cloned(self.result, "right")) and \
            len(failures) >= len(self.gone)

    def alike(self, left, right):
        """Whether what fails is the same, but for what has a name here."""
        met = CloneLeftNothing(self.result)
        refused = {name for name in left if self.said(
            rb"cp: cannot create regular file " + re.escape(name) + rb": ")}
        below = {name for name in right - left
                 if met.is_below(unquoted(name))} if met.applies() else set()
        return left and left - refused == right - below

    def path(self, aspect, path, left, right):
        if aspect == "hard links":
            return self.linked_besides(self.gone | self.emptied, left, right)
        return path in self.gone | self.emptied or (
            aspect == "mtime of directory" and
            any(parent_of(one) == path for one in self.gone))


class StaysUntilComplete(Purpose):
    """What is removed for a copy that then fails is gone with cp."""

    name = "stays-until-complete"
    pattern = rb"cp: (?:cannot open [^\n]* for reading|error reading " \
              rb"[^\n]*): [^\n]*\n"

    def applies(self):
        # Of each that could not be read: it may have had another name there.
        failures = re.findall(self.pattern, self.result.left["stderr"])
        # Or a later operand came there, which it was written to or not.
        self.paths = {path for aspect, path, *how in self.result.differences
                      if (aspect.startswith("extra ") or
                          aspect == "inode of file" and
                          how == ["replaced", "kept"]) and self.node(path)}
        # A symlink that was its own source is not there to be read then; mcp
        # reads, or cannot read, what it leads to.
        self.own = {base_of(path)
                    for aspect, path, _, _ in self.result.differences
                    if aspect in ("extra file", "extra symlink") and
                    self.leads(path)}
        self.words = [(rb"cp: cannot open " + re.escape(name) +
                       rb" for reading: [^\n]*\n", b"") for name in re.findall(
                           rb"cp: cannot open ([^\n]*) for reading: No such "
                           rb"file or directory\n", self.result.left["stderr"])
                      if base_of(unquoted(name)) in self.own]
        return 0 < len(self.paths) <= len(failures)

    def leads(self, path):
        node = self.node(path)
        return node is not None and node.kind == "link"

    def exit(self, left, right):
        return self.words and (left, right) == (1, 0)

    def path(self, aspect, path, left, right):
        if aspect == "hard links":
            return self.linked_besides(self.paths, left, right)
        return path in self.paths or (
            aspect == "mtime of directory" and
            any(parent_of(one) == path for one in self.paths))


class SpecialStays(Purpose):
    """-f removes no FIFO, socket or device that cannot be opened."""

    name = "special-stays"
    words = [(rb"cp: cannot create regular file [^\n]*: (?:Permission "
              rb"denied|No such device or address)\n", b""),
             (rb"removed [^\n]*\n", b"")]

    def applies(self):
        self.paths = {path for aspect, path, left, right in
                      self.result.differences
                      if aspect == "type" and right in SPECIAL and
                      self.node(path)}
        self.linked = {path for aspect, _, *groups in self.result.differences
                       if aspect == "hard links" for group in groups
                       if self.paths & set(group) for path in group}
        # Or cp may not remove it.
        words = rb"cp: cannot remove [^\n]*: Permission denied\n"
        refused = self.said(words, "left")
        if refused:
            self.words = self.words + [(words, b"")]
        # With --reflink=always cp gets no further.
        self.words = self.words + [
            (rb"cp: failed to clone " + re.escape(name) + rb" from [^\n]*\n",
             b"") for name in re.findall(
                 rb"cp: cannot create regular file ([^\n]*): No such device",
                 self.result.right["stderr"])]
        return "-f" in self.case.has and (self.paths or refused) and \
            self.said(self.words[0][0])

    def exit(self, left, right):
        return (left, right) == (0, 1)

    def path(self, aspect, path, left, right):
        return path in self.paths | self.linked or (
            aspect.split()[0] in ("mtime", "atime") and
            any(parent_of(one) == path for one in self.paths))


class ForeignLink(Purpose):
    """Below an operand, no symlink of another user is followed."""

    name = "foreign-symlink"
    pattern = rb"cp: not writing through symlink ([^\n]*) of another user\n"
    words = [(pattern, b""),
             (rb"cp: cannot create regular file [^\n]*: Permission denied\n",
              b"")]

    def applies(self):
        self.targets = {path for path in self.case.tree.nodes
                        if self.leads_to(path)}
        # With --reflink=always cp gets no further, either.
        self.words = self.words + [
            (rb"cp: failed to clone " + re.escape(name) + rb" from [^\n]*\n",
             b"") for name in re.findall(self.pattern,
                                         self.result.right["stderr"])]
        # Other names of such a file are copies of their own then.
        self.others = self.others_of({
            base_of(unquoted(name)) for name in re.findall(
                self.pattern, self.result.right["stderr"])})
        return self.said(self.pattern)

    def leads_to(self, path):
        return any(node.kind == "link" and node.target and
                   base_of(node.target) == base_of(path)
                   for node in self.case.tree.nodes.values())

    def exit(self, left, right):
        return (left, right) == (0, 1)

    def path(self, aspect, path, left, right):
        if path in self.targets or base_of(path) in self.others:
            return True
        # With -f cp may replace the symlink.
        links = {one for one, node in self.case.tree.nodes.items()
                 if node.kind == "link" and node.owner is not None}
        return "-f" in self.case.has and (path in links or (
            aspect == "mtime of directory" and
            any(parent_of(one) == path for one in links)))


class DanglingBelow(Purpose):
    """POSIXLY_CORRECT: below an operand no dangling symlink is followed."""

    name = "posix-dangling"
    words = [(rb"cp: not writing through dangling symlink ([^\n]*)\n", b""),
             (rb"cp: cannot create regular file [^\n]*: Permission denied\n",
              b"")]

    def applies(self):
        # Other names of such a file are copies of their own then.
        self.others = self.others_of({
            base_of(unquoted(name)) for name in re.findall(
                self.words[0][0], self.result.right["stderr"])})
        return "POSIXLY_CORRECT" in self.case.has and \
            self.said(self.words[0][0])

    def exit(self, left, right):
        return (left, right) == (0, 1)

    def path(self, aspect, path, left, right):
        return base_of(path) in self.others or (
            aspect == "missing file" and not self.node(path) and any(
                node.kind == "link" and base_of(node.target) == base_of(path)
                for node in self.case.tree.nodes.values())) or \
            aspect == "mtime of directory"


class StreamIsLeftAlone(Purpose):
    """A device or FIFO that is written to keeps its own attributes."""

    name = "stream-attributes"
    words = [(rb"cp: (?:setting attribute|preserving|failed to preserve|"
              rb"clearing)[^\n]*\n", b"")]

    def applies(self):
        return any(node.kind in SPECIAL.values()
                   for node in self.case.tree.nodes.values())

    def exit(self, left, right):
        return (left, right) == (1, 0) and self.said(self.words[0][0], "left")

    def path(self, aspect, path, left, right):
        field, _, kind = aspect.partition(" of ")
        node = self.node(path)
        if node and node.kind == "hard":
            node = self.node(node.target)
        if kind not in SPECIAL or field in ("rdev", "inode"):
            return False
        if node and node.kind == SPECIAL[kind]:
            return True
        # Made a link to one that was written to.
        return any(node.drained and node.kind == SPECIAL[kind]
                   for node in self.case.tree.nodes.values())


class StreamTwice(Purpose):
    """What goes to a device or FIFO of DIRECTORY overwrites nothing."""

    name = "stream-twice"
    pattern = rb"cp: will not overwrite just-created ([^\n]*) with [^\n]*\n"

    def applies(self):
        self.words = [(self.pattern, b"")]
        names = {base_of(unquoted(name)) for name in
                 re.findall(self.pattern, self.result.left["stderr"])}
        return names and all(any(
            node.kind in SPECIAL.values() and base_of(other) == name
            for other, node in self.case.tree.nodes.items())
            for name in names)

    def exit(self, left, right):
        return (left, right) == (1, 0)

    def path(self, aspect, path, left, right):
        return aspect == "written to FIFO"


class SpeltTwice(Purpose):
    """--parents: one name, spelt in two ways, is one name."""

    name = "spelt-twice"
    words = [(StreamTwice.pattern, b"")]

    def applies(self):
        return "--parents" in self.case.has and \
            self.said(StreamTwice.pattern, "right") and \
            not self.said(StreamTwice.pattern, "left")

    def exit(self, left, right):
        return (left, right) == (0, 1)

    def path(self, aspect, path, left, right):
        names = {base_of(unquoted(name)) for name in re.findall(
            StreamTwice.pattern, self.result.right["stderr"])}
        return base_of(path).startswith(tuple(names)) or \
            aspect == "mtime of directory"


class FifoTimes(Purpose):
    """A FIFO has the times that it had before it was opened.

    cp looks when its writer is there, who may have written or not.
    """

    name = "fifo-times"

    def path(self, aspect, path, left, right):
        return aspect == "mtime of file" and left == "recent" and \
            ("--copy-contents" in self.case.has or
             not self.case.recursive()) and any(
                node.kind == "fifo" and base_of(other) == base_of(path)
                for other, node in self.case.tree.nodes.items())


class NoForeignSetId(Purpose):
    """With -p, an old file loses set-id bits that the source does not have."""

    name = "set-id-lost"

    def path(self, aspect, path, left, right):
        return aspect == "mode of file" and \
            left & ~right & 0o777 == 0 and right & ~left == 0 and \
            left not in self.source_modes(path)

    def source_modes(self, path):
        """Modes that PATH might have from its source."""
        nodes = self.case.tree.nodes
        if any(node.kind == "hard" and path in (other, node.target)
               for other, node in nodes.items()):
            return  # written to as something else, too
        operands = self.operands()
        for other, node in nodes.items():
            if other != path and base_of(other) == base_of(path) and any(
                    one and (b"/" + other + b"/").find(
                        b"/" + base_of(one) + b"/") >= 0
                    for one in operands[:-1] or operands):
                yield nodes[node.target].mode if node.kind == "hard" \
                    else node.mode


class FollowedAttributes(Purpose):
    """A directory found through a symlink gives its own attributes."""

    name = "followed-attributes"

    def path(self, aspect, path, left, right):
        field, _, kind = aspect.partition(" of ")
        # Until cp 9.2 ACLs were those of the directory.
        return kind == "directory" and "." in field and \
            (self.case.version >= (9, 2) or
             not field.startswith("system.")) and any(
                self.is_link(node) and (base_of(other) == base_of(path) or
                                        other in self.operands())
                for other, node in self.case.tree.nodes.items())

    def is_link(self, node):
        if node.kind == "hard":
            node = self.node(node.target)
        return node.kind == "link"


class AttributesOfReadOnly(Purpose):
    """An old file that loses its w bit gets its attributes all the same."""

    name = "attributes-of-read-only"
    words = [(rb"cp: setting attribute [^\n]*: Permission denied\n", b"")]

    def applies(self):
        return self.case.user != "root"

    def exit(self, left, right):
        return (left, right) == (1, 0) and self.said(self.words[0][0], "left")

    def path(self, aspect, path, left, right):
        field, _, kind = aspect.partition(" of ")
        if kind not in ("file", "directory") or \
                not field.startswith("user."):
            return False
        nodes = self.case.tree.nodes
        for other, node in nodes.items():
            if base_of(other) == base_of(path) or other in self.operands():
                node = nodes[node.target] if node.kind == "hard" else node
                if node.mode is not None and not node.mode & 0o200:
                    return True
        return False


class SetGidKept(Purpose):
    """A directory without all of u=rwx keeps the set-gid bit it inherits.

    cp makes such a directory with its final mode and adds u=rwx, whereupon the
    kernel takes the bit away from who is not of the group.
    """

    name = "set-gid-kept"

    def path(self, aspect, path, left, right):
        return aspect == "mode of directory" and self.case.user != "root" and \
            (left & ~right, right & ~left) == (0, 0o2000) and \
            left & 0o700 != 0o700


class ParentsStale(Purpose):
    """--parents: what was new for one SOURCE was taken as new for the next."""

    name = "parents-taken-as-new"
    pattern = rb"cp: (?:cannot [^\n]*: (?:File exists|Is a directory)|" \
              rb"not writing [^\n]*|cannot open [^\n]*)\n"

    def applies(self):
        self.names = names_in(self.pattern, self.result) + self.relative()
        self.words = [(self.pattern, b"")]
        for name in self.names:
            line = re.escape(base_of(name)) + rb"[^\n]*"
            self.words += [(rb"cp: (?:over|un|re)[^\n?]*" + line + rb"\? ",
                            b""),
                           (rb"cp: [^\n]*" + line + rb"\n", b""),
                           (rb"(?:removed |[^\n]* -> )[^\n]*" + re.escape(
                               base_of(name)) + rb"(?:'?|/[^\n]*)\n", b"")]
        # What is overwritten can have another name.
        self.overwritten = self.same_files(
            {os.path.normpath(name) for name in self.names})
        return "--parents" in self.case.has and self.names

    def exit(self, left, right):
        return (left, right) == (1, 0)

    def path(self, aspect, path, left, right):
        if aspect == "hard links":
            return True
        # Of DIR/. it is DIR.
        names = [base_of(re.sub(rb"(/\.?)+$", b"", name))
                 for name in self.names]
        names += [base_of(node.target)
                  for other, node in self.case.tree.nodes.items()
                  if node.kind == "link" and base_of(other) in names]
        return path in self.overwritten or \
            any(b"/" + name in b"/" + path for name in names) or \
            aspect == "mtime of directory"


class ParentsUnseen(Purpose):
    """--parents: so taken as new, what cannot be looked at is to be created."""

    name = "parents-taken-as-new"
    created = rb"cp: cannot create regular file ([^\n]*): Permission denied\n"
    seen = rb"cp: cannot stat ([^\n]*): Permission denied\n"

    def applies(self):
        names = set(re.findall(self.created, self.result.left["stderr"])) & \
            set(re.findall(self.seen, self.result.right["stderr"]))
        self.words = [(pattern.replace(rb"([^\n]*)", re.escape(name)), b"")
                      for name in names
                      for pattern in (self.created, self.seen)]
        return "--parents" in self.case.has and names


class IntoItself(Purpose):
    """A directory that is copied into itself through a symlink to it."""

    name = "into-itself-words"
    pattern = rb"cp: cannot copy a directory, [^\n]*, into itself, " \
              rb"([^\n]*)\n"

    def applies(self):
        self.words = [
            (rb"cp: (?:cannot copy a directory, [^\n]*, into itself, |will "
             rb"not create hard link [^\n]* to directory )" +
             re.escape(name) + rb"\n", b"")
            for name in re.findall(self.pattern, self.result.right["stderr"])]
        return bool(self.words)


class OrderOfLinks(Purpose):
    """Several workers: which of several names of a file comes first."""

    name = "order-of-links"

    def applies(self):
        hard = [node for node in self.case.tree.nodes.values()
                if node.kind == "hard"]
        self.names = {base_of(path) for node in hard
                      for path in (node.path, node.target)}
        # Where a copy is linked, no symlink is followed.
        self.names |= {base_of(node.target)
                       for path, node in self.case.tree.nodes.items()
                       if node.kind == "link" and base_of(path) in self.names}
        self.words = [(rb"[^\n]*[/'\" ]" + re.escape(name) +
                       rb"(?:['\" :][^\n]*)?\n", b"")
                      for name in self.names | set(map(in_octal, self.names))]
        self.parents = {parent_of(path)
                        for _, path, _, _ in self.result.differences
                        if path and base_of(path) in self.names}
        self.met = self.led_to_by_several()
        return not self.case.by_one_process and (hard or self.met)

    def led_to_by_several(self):
        """What is written through several symlinks: which copy is last?"""
        led = [os.path.normpath(os.path.join(parent_of(path), node.target))
               for path, node in self.case.tree.nodes.items()
               if node.kind == "link"]
        return {path for path in led if led.count(path) > 1}

    def exit(self, left, right):
        return any(aspect == "stderr"
                   for aspect, *_ in self.result.differences)

    def path(self, aspect, path, left, right):
        return path in self.met or base_of(path) in self.names or (
            aspect == "mtime of directory" and path in self.parents)


class CycleBackedUp(Purpose):
    """--backup: what a cyclic symlink would replace was moved, and back."""

    name = "cycle-backed-up"

    def path(self, aspect, path, left, right):
        return aspect == "mtime of directory" and left == "recent" and \
            self.case.has & {"-b", "--backup", "-S"} and \
            self.said(rb"cannot copy cyclic symbolic link")


class AttributeWords(Purpose):
    """cp gives the attribute's name twice; mcp gives the file's, too.

    Of ACLs it quotes the file's name in another style than everywhere else.
    """

    name = "attribute-words"
    words = [(rb"(cp: [sg]etting attribute ('[^']*') (?:for|of)) [^\n]*",
              rb"\1"),
             (rb"(cp: preserving permissions for) [^\n]*\\[^\n]*", rb"\1")]


class CloneLeftNothing(Purpose):
    """A later operand, a directory, meets the empty file that cp has left."""

    name = "clone-left-nothing"

    def applies(self):
        self.met = [path for path in re.findall(
            rb"cannot overwrite non-directory '([^'\n]*)' with directory",
            self.result.left["stderr"])
            if b"failed to clone '" + path + b"' from" in
            self.result.left["stderr"]]
        self.words = [rule for path in map(re.escape, self.met) for rule in [
            (rb"cp: cannot overwrite non-directory '" + path +
             rb"' with directory [^\n]*\n", rb""),
            (rb"cp: failed to clone '" + path + rb"/[^\n]*\n", rb"")]]
        return "--reflink" in self.case.has and bool(self.met)

    def is_below(self, path):
        return any(path == met or path.startswith(met + b"/")
                   for met in self.met)

    def path(self, aspect, path, left, right):
        return self.is_below(path)


class ContextOrder(Purpose):
    """That --context is ignored is said when all options were read."""

    name = "context-order"
    warning = rb"cp: warning: ignoring --context[^\n]*\n"
    words = [(warning, b"")]

    def applies(self):
        return all(self.said(self.warning, side) and
                   self.said(rb"(?m)^Try 'cp --help'", side)
                   for side in ("left", "right"))
