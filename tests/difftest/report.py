# SPDX-License-Identifier: MIT
"""What was drawn, and what was found, grouped by kind."""

import collections
import difflib
import re

from difftest.shell import command_line, reproducer, surroundings, \
    worker_options

NAMES = re.compile(rb"(\$?'[^']*')+|\"[^\"]*\"")


def abstract(line):
    """LINE without the names in it."""
    return NAMES.sub(b"NAME", line).decode(errors="replace").strip()[:150]


# The field that says most comes first; the rest follows from it as a rule.
WEIGHTY = ["written to FIFO", "missing", "extra", "type", "file system",
           "content", "size", "target", "rdev", "hard links", "inode", "mode",
           "uid", "gid", "system.", "security.", "trusted.", "user.",
           "holes", "mtime", "atime"]


def weight(aspect):
    return next((place for place, word in enumerate(WEIGHTY)
                 if aspect.startswith(word)), len(WEIGHTY))


def lines_of(aspect, left, right):
    """The first line that one side alone has, for each of them."""
    ours = collections.Counter(map(abstract, right.splitlines()))
    theirs = collections.Counter(map(abstract, left.splitlines()))
    parts = [f"{aspect}, {side} only: {min(lines)}"
             for side, lines in (("cp", theirs - ours),
                                 ("mcp", ours - theirs)) if lines]
    return parts or [f"{aspect}: other names, or another order"]


def signature(result):
    """What makes two differences one kind."""
    found = {aspect: (left, right)
             for aspect, _, left, right in result.unexplained}
    parts = []
    if "exit" in found:
        parts.append("exit status {} -> {}".format(*found.pop("exit")))
    streams = {stream: found.pop(stream) for stream in ("stderr", "stdout")
               if stream in found}
    if "stderr" in streams:
        parts += lines_of("stderr", *streams["stderr"])
    if found:
        parts.append(min(found, key=weight))
    if "stdout" in streams and not parts:
        parts += lines_of("stdout", *streams["stdout"])
    return tuple(parts)


def shown(value, limit=400):
    text = value.decode(errors="backslashreplace") \
        if isinstance(value, bytes) else str(value)
    return text if len(text) <= limit else text[:limit] + "..."


def describe(result):
    """The differences of one case, a line or a few each."""
    lines = []
    for aspect, path, left, right in result.unexplained:
        if aspect in ("stderr", "stdout"):
            lines += [f"  {aspect}:"] + [
                "    " + line.rstrip("\n") for line in difflib.unified_diff(
                    shown(left, 4000).splitlines(keepends=True),
                    shown(right, 4000).splitlines(keepends=True),
                    "cp", "mcp", n=1)]
        else:
            lines.append(f"  {aspect} {path!r}: cp {shown(left)}, "
                         f"mcp {shown(right)}")
    return lines


def commands(case):
    """Both command lines."""
    before = f"umask {case.umask:03o}; {surroundings(case)}"
    line = command_line(case)
    return [f"  {before} cp {line}",
            f"  {before} mcp {worker_options(case)}{line}"] + (
        [f"  answers: {case.answers!r}"] if case.answers else [])


class Report:
    def __init__(self, draw):
        self.draw = draw
        self.count = 0
        self.productive = 0
        self.statuses = collections.Counter()
        self.options = collections.Counter({key: 0 for key in draw.keys})
        self.pairs = collections.Counter({pair: 0 for pair in draw.pairs})
        self.tags = collections.Counter()
        self.known = collections.Counter()
        self.groups = collections.defaultdict(list)

    def add(self, result):
        case = result.case
        self.count += 1
        self.productive += result.productive
        self.statuses[result.status] += 1
        self.options.update(case.keys)
        keys = sorted(case.keys)
        self.pairs.update(pair for pair in (
            (one, other) for one in keys for other in keys if one < other)
            if pair in self.pairs)
        self.tags.update(set(case.tags))
        self.tags[f"run by {case.user}"] += 1
        self.tags[f"jobs {case.jobs}"] += 1
        self.known.update(result.known)
        if result.unexplained:
            self.groups[signature(result)].append(result)

    def share(self):
        return 100 * self.productive / max(self.count, 1)

    def failures(self):
        return sum(map(len, self.groups.values()))

    def thin(self, least_options, least_pairs, least_share):
        """What was drawn too seldom."""
        complaints = [f"{key} was drawn {count} times, not {least_options}"
                      for key, count in self.options.items()
                      if count < least_options]
        complaints += [f"{one} with {other} was drawn {count} times, not "
                       f"{least_pairs}"
                       for (one, other), count in self.pairs.items()
                       if count < least_pairs]
        if self.share() < least_share:
            complaints.append(f"{self.share():.1f} % of the cases succeeded "
                              f"and changed the tree, not {least_share}")
        return complaints

    def show_coverage(self, verbose):
        print(f"{self.count} cases; in cp {self.share():.1f} % ended with "
              "exit status 0 and a changed tree; exit statuses: " +
              ", ".join(f"{status} {count} times" for status, count in
                        self.statuses.most_common()))
        print("options: " + ", ".join(
            f"{key} {count}" for key, count in self.options.items()))
        if self.pairs:
            rare, least = min(self.pairs.items(), key=lambda item: item[1])
            print(f"{len(self.pairs)} interacting pairs, each drawn at least "
                  f"{least} times ({' with '.join(rare)})")
        if verbose:
            for (one, other), count in sorted(self.pairs.items()):
                print(f"  {one} with {other}: {count}")
        print("trees: " + ", ".join(f"{tag} {count}" for tag, count in
                                    sorted(self.tags.items())))

    def show_known(self):
        for name, count in sorted(self.known.items()):
            print(f"known difference: {name}, {count} times")

    def show_groups(self, examples, smaller):
        """smaller(result): a case with as little as shows the same."""
        for number, (kind, results) in enumerate(sorted(
                self.groups.items(), key=lambda item: -len(item[1])), 1):
            print(f"\n--- difference {number}, {len(results)} cases")
            for part in kind:
                print(f"  | {part}")
            common = set.intersection(*(result.case.has for result in
                                        results))
            print("  options in all of them: " +
                  (" ".join(sorted(common)) or "none"))
            for result in results[:3]:
                print(f"  {result.case.name()}")
                print("\n".join(commands(result.case)))
            if number > examples:
                continue
            small = smaller(min(results, key=lambda result: len(
                result.case.tree.nodes)))
            print(f"  as small as it gets, from {small.case.name()}:")
            print("\n".join(commands(small.case) + describe(small)))
            print("  to see it:")
            print(reproducer(small.case))
