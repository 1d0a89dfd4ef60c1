# SPDX-License-Identifier: MIT
"""The data file: which calls may fail how, and what must come of it."""

import collections
import errno
import fnmatch
import os

FILE = os.path.join(os.path.dirname(__file__), "calls")
OUTCOMES = ("fail", "keep", "pass", "open", "lie")

LATER = "*"  # behind an outcome: not between the first time and the last

# page: the manual page that says so; calls: as strace names them
Row = collections.namedtuple("Row", "page calls object outcome errors")


def rows():
    """All rows of the file; a mistake in it is an error."""
    result = []
    with open(FILE) as file:
        for number, line in enumerate(file, 1):
            words = line.partition("#")[0].split()
            if not words:
                continue
            page, calls, about, outcome, *errors = words
            unknown = [name for name in errors if not hasattr(errno, name)
                       and name not in BEYOND_PYTHON]
            if outcome.removesuffix(LATER) not in OUTCOMES or not errors or unknown:
                raise SystemExit(f"{FILE}:{number}: {' '.join(unknown)}?")
            result.append(Row(page, calls.split(","), about, outcome, errors))
    return result


# In strace's table, and not in Python's.
BEYOND_PYTHON = {"ENOPKG": 65, "EHWPOISON": 133}


def number_of(name):
    return getattr(errno, name, None) or BEYOND_PYTHON[name]


def words_of(name):
    """What strerror says of the errno NAME."""
    return os.strerror(number_of(name))


def is_about(row, about, detail, tree):
    kind, _, glob = row.object.partition(":")
    if kind.startswith("file/"):
        kind = kind.removeprefix("file/")
        if tree:
            return False
    return kind in (about, "any") and fnmatch.fnmatchcase(detail, glob or "*")


def faults_of(table, site, tree, between):
    """{errno: outcome} at SITE, (call, what it is about, detail), where a TREE
    is copied or not, at the first and the last time or BETWEEN them; what the
    first row says counts."""
    found = {}
    for row in table:
        if site[0] in row.calls and is_about(row, site[1], site[2], tree):
            for name in row.errors:
                found.setdefault(name, "open" if between and
                                 row.outcome.endswith(LATER)
                                 else row.outcome.removesuffix(LATER))
    return found


def calls_of(table):
    return sorted({call for row in table for call in row.calls})
