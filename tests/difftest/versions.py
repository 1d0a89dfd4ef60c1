# SPDX-License-Identifier: MIT
"""Differences of some versions of cp, since the one, before the other."""

import re

from difftest.purpose import QUOTED, Purpose, names_in, unquoted
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


class SetGidInherited(Purpose):
    """What is to have no set-id bits kept those that it had, files aside."""

    name = "set-gid-inherited"
    since, before = (0,), (9, 2)

    def path(self, aspect, path, left, right):
        return aspect.startswith("mode of ") and aspect != "mode of file" and \
            left & 0o7000 and not right & 0o7000 and \
            left & 0o777 == right & 0o777


class StickyUsual(Purpose):
    """--no-preserve=mode: with a set-gid bit the sticky bit stayed, too."""

    name = "no-preserve-sticky"
    since, before = (0,), (9, 5)

    def path(self, aspect, path, left, right):
        return aspect == "mode of directory" and \
            "--no-preserve" in self.case.has and \
            (left & ~right, right & ~left) == (0o1000, 0) and right & 0o2000


class AclStays(Purpose):
    """An ACL that the source does not have stays, had or inherited."""

    name = "acl-stays"
    since = (9, 2)

    def applies(self):
        return self.case.has & {"-a", "-p", "--preserve"}

    def path(self, aspect, path, left, right):
        return aspect.startswith("system.posix_acl_") and \
            left is not None and right is None


class KeptLink(Purpose):
    """--keep-directory-symlink: cp heeds it with --copy-contents only."""

    name = "keep-directory-symlink"
    since = (9, 5)
    refused = rb"cp: cannot overwrite non-directory [^\n]* with directory " \
              rb"[^\n]*\n"

    def applies(self):
        self.names = names_in(self.refused, self.result)
        self.words = [(self.refused, b"")] + [
            (rb"'[^\n]* -> '[^\n]*" + re.escape(base_of(name)) +
             rb"/[^\n]*\n", b"") for name in self.names]
        self.targets = tuple(base_of(node.target)
                             for node in self.case.tree.nodes.values()
                             if node.kind == "link")
        return "--keep-directory-symlink" in self.case.has and self.names

    def exit(self, left, right):
        return (left, right) == (1, 0)

    def path(self, aspect, path, left, right):
        return any(part in self.targets for part in path.split(b"/"))


class BackupDirectory(Purpose):
    """--backup: that a directory is in the way is found out by trying."""

    name = "backup-directory-words"
    since = (9, 2)
    tried = rb"cp: (?:[^\n]*: can make relative symbolic links only in " \
            rb"current directory\n|cannot (?:create (?:regular file|symbolic " \
            rb"link|hard link|fifo|special file)|remove) [^\n]*: (?:Is a " \
            rb"directory|File exists)\n)"
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
              rb" ([^\n]*)\n"
    # And if that then is a symlink to where it is, it is not copied at all.
    cyclic = rb"cp: cannot copy cyclic symbolic link [^\n]*\n"
    words = [(refused, b""), (cyclic, b"")]

    def applies(self):
        self.names = [unquoted(name) for line in
                      self.result.left["stderr"].splitlines(True)
                      for name, _ in re.findall(self.refused, line)]
        # Of both, and what is in them: with other quotes, or without. First, as
        # a question without an answer stands in the same line.
        self.words = [
            (b"[^\n]*['\" ]" + re.escape(name.strip(b"'\"").rstrip(b"/")) +
             b"['\"/][^\n]*(?:\n|\\Z)", b"")
            for names in re.findall(self.refused, self.result.left["stderr"])
            for name in names] + self.words
        # A later name of what was there before it cannot be linked to it.
        self.linked = {unquoted(name) for name, to in re.findall(
            rb"cp: cannot create hard link ([^\n]*) to ([^\n]*): Operation "
            rb"not permitted\n", self.result.right["stderr"])
                       if unquoted(to) in self.names}
        return self.case.has & {"-b", "--backup", "-S"} and self.names

    def exit(self, left, right):
        return (left, right) == (1, 0)

    def path(self, aspect, path, left, right):
        return path in self.linked or \
            any(base_of(name.rstrip(b"/")) in path
                for name in self.names) or aspect == "mtime of directory"


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

    def taken_back(self, aspect, path):
        """Elsewhere its backup is not found when the copy has failed: an older
        one takes its place."""
        return aspect.endswith(" of file") and base_of(path) and \
            self.result.left["status"] == 1 and \
            any(name.startswith(base_of(path)) for name in self.backups)

    def path(self, aspect, path, left, right):
        if aspect == "hard links":
            group = left if right == "not so" else right
            return bool(self.backups & set(map(base_of, group))) or \
                self.said(self.pattern, "left")
        return base_of(path) in self.backups or \
            self.taken_back(aspect, path) or \
            base_of(path).startswith(self.names) or (
                aspect == "mtime of directory" and path in self.places)
