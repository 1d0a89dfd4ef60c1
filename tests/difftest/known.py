# SPDX-License-Identifier: MIT
"""Where mcp is not what this cp is, and is not meant to be.

Each difference has a name, which doc/differences.md lists with the reason.
Between versions of cp, mcp does as the newest manual says: those have the
versions in which they show, since the one, before the other.  On purpose mcp
is different from all of them: those are tied to the files they are about.
What nothing explains is a failure.

Not drawn at all, since cp did something else altogether:
  parents-absolute (before 9.2): with an absolute SOURCE, --parents looked for
  the directories whose attributes it is to preserve in the wrong place.
"""

import re

from difftest.tree import base_of, parent_of

PROMPT = re.compile(rb"cp: (?:overwrite|replace|unwritable) .*?\? ")
YES = re.compile(rb"^[yY]")

# (name, since, before, pattern, replacement)
WORDS = [
    # -b and -n.
    ("backup-no-clobber-words", (0,), (9, 5),
     rb"options --backup and --no-clobber are mutually exclusive",
     rb"--backup is mutually exclusive with -n or --update=none-fail"),
    # The source is named, too.
    ("overwrite-directory-words", (0,), (9, 5),
     rb"(cannot overwrite directory [^\n]* with non-directory)[^\n]*", rb"\1"),
    # What -n skips was named.
    ("no-clobber-failed", (9, 2), (9, 5), rb"cp: not replacing [^\n]*\n",
     rb""),
    # A name with a quote that ends in an escape had an empty pair in front,
    # and one quote too few behind it.
    ("empty-quotes", (0,), (9, 5),
     rb"(?m)(^|[ (])'''((?=[^'])[^\n ]*\\[0-7nrt]+)(?=[ :)]|$)",
     rb"\1'\2'"),
    ("empty-quotes", (0,), (9, 5), rb"(?m)(^|[ (])'''(?=[^'])", rb"\1'"),
]


def declined(result):
    """-i, and not every answer was yes: since 9.2 that is a failure."""
    prompts = len(PROMPT.findall(result.left["stderr"]))
    if "-i" not in result.case.has or not prompts:
        return False
    answers = (result.case.answers or b"").split(b"\n")[:prompts]
    return not (len(answers) == prompts and all(map(YES.match, answers))) and \
        (result.left["status"], result.right["status"]) == (0, 1)


def no_clobber_failed(result):
    """-n: what was skipped was a failure."""
    return "-n" in result.case.has and (
        result.left["status"], result.right["status"]) == (1, 0)


# (name, since, before, function)
STATUSES = [
    ("interactive-declined", (0,), (9, 2), declined),
    ("no-clobber-failed", (9, 2), (9, 5), no_clobber_failed),
]


SPECIAL = {"char device": "char", "block device": "block", "fifo": "fifo",
           "socket": "sock"}


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

    def relative(self):
        """What a symlink to it could not be made, as cp alone says."""
        left, right = (set(re.findall(
            rb"(?m)^cp: ([^\n]*): can make relative symbolic links only in",
            getattr(self.result, side)["stderr"])) for side in
            ("left", "right"))
        return [unquoted(name) or name for name in left - right]

    def said(self, pattern, side="right"):
        return re.search(pattern, getattr(self.result, side)["stderr"])


class CloneFailed(Purpose):
    """--reflink=always that fails leaves nothing, and nothing changed."""

    name = "clone-failed"

    def applies(self):
        self.gone = {path for aspect, path, _, _ in self.result.differences
                     if aspect == "missing file"}
        self.emptied = {path for aspect, path, left, _ in
                        self.result.differences
                        if (aspect, left) in (("size of file", 0), (
                            "mtime of file", "recent")) and self.node(path)}
        failures = [getattr(self.result, side)["stderr"].count(
            b"failed to clone") for side in ("left", "right")]
        return "--reflink" in self.case.has and \
            failures[0] == failures[1] > 0 and failures[0] >= len(self.gone)

    def path(self, aspect, path, left, right):
        if aspect == "hard links":
            group = left if right == "not so" else right
            return bool(self.gone & set(group))
        return path in self.gone | self.emptied or (
            aspect == "mtime of directory" and
            any(parent_of(one) == path for one in self.gone))


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
        refused = self.said(rb"cannot remove [^\n]*: Permission denied", "left")
        if refused:
            self.words = self.words + [
                (rb"cp: cannot remove [^\n]*: Permission denied\n", b"")]
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
        return self.said(self.pattern)

    def leads_to(self, path):
        return any(node.kind == "link" and node.target and
                   base_of(node.target) == base_of(path)
                   for node in self.case.tree.nodes.values())

    def exit(self, left, right):
        return (left, right) == (0, 1)

    def path(self, aspect, path, left, right):
        if path in self.targets:
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
    words = [(rb"cp: not writing through dangling symlink [^\n]*\n", b""),
             (rb"cp: cannot create regular file [^\n]*: Permission denied\n",
              b"")]

    def applies(self):
        return "POSIXLY_CORRECT" in self.case.has and \
            self.said(self.words[0][0])

    def exit(self, left, right):
        return (left, right) == (0, 1)

    def path(self, aspect, path, left, right):
        return (aspect == "missing file" and not self.node(path) and any(
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


class KeptLink(Purpose):
    """--keep-directory-symlink: cp heeds it with --copy-contents only."""

    name = "keep-directory-symlink"
    since = (9, 5)
    refused = rb"cp: cannot overwrite non-directory [^\n]* with directory " \
              rb"[^\n]*\n"

    def applies(self):
        self.names = names_in(self.refused, self.result)
        self.words = [(self.refused, b"")] + [
            (rb"'[^\n]* -> '[^\n]*" + re.escape(base_of(name)) + rb"/[^\n]*\n",
             b"") for name in self.names]
        self.targets = tuple(base_of(node.target)
                             for node in self.case.tree.nodes.values()
                             if node.kind == "link")
        return "--keep-directory-symlink" in self.case.has and self.names

    def exit(self, left, right):
        return (left, right) == (1, 0)

    def path(self, aspect, path, left, right):
        return any(part in self.targets for part in path.split(b"/"))


class ContextOrder(Purpose):
    """That --context is ignored is said when all options were read."""

    name = "context-order"
    warning = rb"cp: warning: ignoring --context[^\n]*\n"
    words = [(warning, b"")]

    def applies(self):
        return all(self.said(self.warning, side) and
                   self.said(rb"(?m)^Try 'cp --help'", side)
                   for side in ("left", "right"))


class StickyUsual(Purpose):
    """--no-preserve=mode: with a set-gid bit the sticky bit stayed, too."""

    name = "no-preserve-sticky"
    since, before = (0,), (9, 5)

    def path(self, aspect, path, left, right):
        return aspect == "mode of directory" and \
            "--no-preserve" in self.case.has and \
            (left & ~right, right & ~left) == (0o1000, 0) and right & 0o2000


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


class SetGidInherited(Purpose):
    """A directory that is to have no set-id bits kept those that it had."""

    name = "set-gid-inherited"
    since, before = (0,), (9, 2)

    def path(self, aspect, path, left, right):
        return aspect == "mode of directory" and \
            left & 0o7000 and not right & 0o7000 and \
            left & 0o777 == right & 0o777


class AclStays(Purpose):
    """An ACL that the source does not have stays, had or inherited."""

    name = "acl-stays"
    since = (9, 2)

    def applies(self):
        return self.case.has & {"-a", "-p", "--preserve"}

    def path(self, aspect, path, left, right):
        return aspect.startswith("system.posix_acl_") and \
            left is not None and right is None


class BackupDirectory(Purpose):
    """--backup: that a directory is in the way is found out by trying."""

    name = "backup-directory-words"
    since = (9, 2)
    tried = rb"cp: (?:[^\n]*: can make relative symbolic links only in current" \
            rb" directory\n|cannot (?:create (?:regular file|symbolic link|hard link|" \
            rb"fifo|special file)|remove) [^\n]*: (?:Is a directory|File " \
            rb"exists)\n)"
    words = [(tried, b""),
             (rb"cp: cannot overwrite directory [^\n]* with non-directory "
              rb"[^\n]*\n", b"")]

    def applies(self):
        self.names = names_in(self.tried, self.result) + self.relative()
        self.words = self.words + [
            (b"(?m)^[^\n]* -> " + re.escape(quote) + b"\n", b"")
            for line in self.result.left["stderr"].splitlines(True)
            if re.match(self.tried, line)
            for quote in QUOTED.findall(line)[:1]]
        return self.case.has & {"-b", "--backup", "-S"} and self.names


class BackupForDirectory(Purpose):
    """--backup: a file had to be in the way of no directory."""

    name = "backup-for-directory"
    since, before = (0,), (9, 2)
    refused = rb"cp: cannot overwrite non-directory ([^\n]*) with directory" \
              rb" [^\n]*\n"
    words = [(refused, b"")]

    def applies(self):
        self.names = [unquoted(name) for line in
                      self.result.left["stderr"].splitlines(True)
                      for name in re.findall(self.refused, line)]
        self.words = self.words + [
            (b"[^\n]*" + re.escape(name.rstrip(b"'\"")) + b"[^\n]*\n", b"")
            for name in re.findall(self.refused, self.result.left["stderr"])]
        return self.case.has & {"-b", "--backup", "-S"} and self.names

    def exit(self, left, right):
        return (left, right) == (1, 0)

    def path(self, aspect, path, left, right):
        return any(base_of(name.rstrip(b"/")) in path
                   for name in self.names) or aspect == "mtime of directory"


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


def names_in(pattern, result):
    """The names in what cp alone says of PATTERN."""
    lines = set(result.left["stderr"].splitlines(True)) - \
        set(result.right["stderr"].splitlines(True))
    found = filter(None, (re.search(pattern, line) for line in lines))
    return [unquoted(name) for line in found
            for name in QUOTED.findall(line.group())]


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


class BackupElsewhere(Purpose):
    """A simple backup in DIRECTORY was put beside DIRECTORY."""

    name = "backup-elsewhere"
    pattern = rb"cp: (?:cannot create [^\n]*: File exists|not writing through " \
              rb"[^\n]*|cannot (?:un-)?backup [^\n]*)\n"
    since, before = (9, 1), (9, 2)

    def applies(self):
        self.backups = {base_of(path) for aspect, path, _, _ in
                        self.result.differences
                        if aspect.startswith(("extra ", "missing "))}
        names = set(map(base_of, names_in(self.pattern, self.result))) - {b""}
        self.names = tuple(names)
        self.words = [(self.pattern, b"")]
        if names:
            # It is said of what fails, too, but not where it would be.
            self.words.append((rb"'[^\n]* -> [^\n]*\n", b""))
        self.places = {parent_of(path) for _, path, _, _ in
                       self.result.differences
                       if path and base_of(path) in self.backups}
        return self.case.has & {"-b", "--backup", "-S"} and \
            (self.backups or names)

    def exit(self, left, right):
        return (left, right) == (1, 0) and self.said(self.pattern, "left")

    def path(self, aspect, path, left, right):
        if aspect == "hard links":
            group = left if right == "not so" else right
            return bool(self.backups & set(map(base_of, group))) or \
                self.said(self.pattern, "left")
        return base_of(path) in self.backups or \
            base_of(path).startswith(self.names) or (
                aspect == "mtime of directory" and path in self.places)


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
            self.words += [(rb"cp: (?:over|un)[^\n?]*" + line + rb"\? ", b""),
                           (rb"cp: [^\n]*" + line + rb"\n", b"")]
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
        return any(b"/" + name in b"/" + path for name in names) or \
            aspect == "mtime of directory"


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

    def path(self, aspect, path, left, right):
        return any(path == met or path.startswith(met + b"/")
                   for met in self.met)


PURPOSES = [CloneLeftNothing, CloneFailed, SpecialStays, ForeignLink,
            DanglingBelow, StreamIsLeftAlone, NoForeignSetId,
            KeptLink, ContextOrder, StickyUsual, FifoTimes, StreamTwice, SetGidInherited, AclStays, BackupDirectory, BackupForDirectory,
            FollowedAttributes, AttributesOfReadOnly, SetGidKept,
            BackupElsewhere, ParentsStale, AttributeWords]


def word_rules(purposes, version):
    for name, since, before, pattern, replacement in WORDS:
        if since <= version < before:
            yield name, pattern, replacement
    for purpose in purposes:
        for pattern, replacement in purpose.words:
            yield purpose.name, pattern, replacement


def explain_words(left, right, rules):
    """The names of what makes LEFT and RIGHT alike; none if they are not."""
    names = []
    for name, pattern, replacement in rules:
        other = [re.sub(pattern, replacement, text) for text in (left, right)]
        if other != [left, right]:
            names.append(name)
        left, right = other
    alike = sorted(left.splitlines()) == sorted(right.splitlines())
    return names if alike else []


def explain_status(result, purposes, version):
    statuses = result.left["status"], result.right["status"]
    return [name for name, since, before, explains in STATUSES
            if since <= version < before and explains(result)] + \
        [purpose.name for purpose in purposes if purpose.exit(*statuses)]


def explain(result, version):
    """Sets what of RESULT's differences is known and what remains."""
    purposes = [purpose for purpose in (
        kind(result) for kind in PURPOSES
        if kind.since <= version < kind.before) if purpose.applies()]
    rules = list(word_rules(purposes, version))
    for difference in result.differences:
        aspect, path, left, right = difference
        if aspect == "exit":
            names = explain_status(result, purposes, version)
        elif aspect in ("stderr", "stdout"):
            names = explain_words(left, right, rules)
        else:
            names = [purpose.name for purpose in purposes
                     if purpose.path(aspect, path, left, right)]
        result.known += names
        if not names:
            result.unexplained.append(difference)
    result.known = sorted(set(result.known))
