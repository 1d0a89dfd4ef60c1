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

from difftest.purposes import AttributesOfReadOnly, AttributeWords, \
    CloneFailed, CloneLeftNothing, ContextOrder, CycleBackedUp, \
    DanglingBelow, FifoTimes, FollowedAttributes, ForeignLink, IntoItself, \
    NoForeignSetId, OrderOfLinks, ParentsStale, ParentsUnseen, SetGidKept, \
    SpecialStays, SpeltTwice, StaysUntilComplete, StreamIsLeftAlone, StreamTwice
from difftest.versions import STATUSES, WORDS, AclStays, BackupDirectory, \
    BackupElsewhere, BackupForDirectory, KeptLink, SetGidInherited, \
    StickyUsual

PURPOSES = [
    CloneLeftNothing, CloneFailed, SpecialStays, ForeignLink, DanglingBelow,
    StaysUntilComplete, StreamIsLeftAlone, NoForeignSetId, KeptLink,
    ContextOrder, StickyUsual,
    FifoTimes, StreamTwice, SpeltTwice, SetGidInherited, AclStays,
    BackupDirectory, BackupForDirectory, FollowedAttributes,
    AttributesOfReadOnly, SetGidKept, BackupElsewhere, ParentsStale,
    ParentsUnseen, CycleBackedUp, IntoItself, AttributeWords]


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


def explain(result, version, any_order=False):
    """Sets what of RESULT's differences is known and what remains."""
    purposes = [purpose for purpose in (
        kind(result) for kind in PURPOSES + [OrderOfLinks] * any_order
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

