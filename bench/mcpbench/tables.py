# SPDX-License-Identifier: MIT
"""Which experiments there are.

An experiment is a workload at a place among contestants; its name is
WORKLOAD/PLACE, by which it is chosen and its result is kept.
"""

import dataclasses
import typing

from . import contestants, sources
from .filesystems import MADE


@dataclasses.dataclass(frozen=True)
class Workload:
    """What is done to which source."""

    name: str
    title: str
    make: typing.Callable
    options: str = ""  # of cp, for trees
    cold: bool = False
    overwrite: bool = False
    clone: bool = False
    # Of a copy that takes milliseconds many are made: it costs nothing, and
    # one tells nothing.
    quick: bool = False
    # Who copies, if it is not mcp against cp: "engines" or "mappings".
    among: str = ""

    @property
    def is_tree(self):
        return bool(self.options)

    @property
    def archive(self):
        return self.options == "-a"


@dataclasses.dataclass(frozen=True)
class Experiment:
    """A workload at a place; with the peers, or cp, mcp and the limit."""

    workload: Workload
    place: str
    peers: bool = False

    @property
    def name(self):
        return f"{self.workload.name}/{self.place}"

    def contestants(self, programs, settings):
        w = self.workload
        jobs = settings.cold_jobs if w.cold else settings.jobs
        reflink = "auto" if w.clone else "never"
        rows = [contestants.cp(programs, w, reflink),
                contestants.cp(programs, w, reflink, "cp again", "control")]
        if w.among:
            return rows + self.variants(programs, jobs)
        rows.append(contestants.mcp(programs, w, jobs, reflink))
        if w.clone:
            rows.append(contestants.limit_clone(programs))
        elif w.options == "-r" and not w.quick:
            rows.append(contestants.limit_tree(programs, jobs))
            # What clones has nothing else for copy_file_range to do.
            rows.append((contestants.limit_tree_clone if self.place in CLONING
                         else contestants.limit_tree_move)(programs, jobs))
        elif not w.is_tree:
            if w.cold:
                # Its own way to have it synced; that is timed for all.
                rows.append(contestants.mcp(programs, w, jobs,
                                            more=["--fsync"]))
            elif not w.quick:
                rows.append(contestants.mcp(programs, w, 1))
            if not w.quick and w.make is sources.big:
                rows += contestants.limits(programs, jobs, w, w.cold or
                                           self.place == "btrfs")
        if self.peers:
            rows += contestants.peers(w, CLONES_A_COPY if w.clone else 1)
        rows += [contestants.added(programs, one) for one in settings.add]
        return rows

    def variants(self, programs, jobs):
        if self.workload.among == "engines":
            return contestants.engines(programs, self.workload, jobs,
                                       self.place in CLONING)
        return contestants.mappings(programs, jobs)


WORKLOADS = {one.name: one for one in (
    Workload("file", "one 2 GiB file, cached", sources.big),
    Workload("file-cold", "one 2 GiB file, not cached, synced afterwards",
             sources.big, cold=True),
    Workload("file-clone", "one 2 GiB file, cloned by who can",
             sources.big, clone=True, quick=True),
    Workload("file-over", "one 2 GiB file over another", sources.big,
             overwrite=True),
    Workload("sparse", "one sparse file, 256 MiB of data in 2 GiB",
             sources.sparse),
    Workload("engines", "one 2 GiB file, cached, by each engine and by a crowd",
             sources.big, among="engines"),
    Workload("mappings", "one 2 GiB file, cached, by ways to map it",
             sources.big, among="mappings"),
    Workload("start", "one file of 1 KiB", sources.small, quick=True),
    Workload("tree-r", "50,000 files in 840 directories, -r", sources.tree,
             "-r"),
    Workload("tree-a", "50,000 files in 840 directories, -a", sources.tree,
             "-a"),
    Workload("flat-r", "100,000 files of 2 KiB in one directory, -r",
             sources.flat, "-r"),
    Workload("flat-a", "100,000 files of 2 KiB in one directory, -a",
             sources.flat, "-a"),
    Workload("usr-r", "up to 1 GiB of /usr, -r", sources.usr, "-r"),
    Workload("usr-a", "up to 1 GiB of /usr, -a", sources.usr, "-a"),
    Workload("three-r", "one directory with 3 files, -r", sources.three,
             "-r", quick=True),
)}

# Where blocks can be shared; cp -r and mcp -r do.
CLONING = ("btrfs", "xfs")
# Rounds of clones in which a peer takes part once: some copy, for seconds.
CLONES_A_COPY = 15

# The tables of make bench. A place is measured in one go, see rounds.
TABLES = {
    "file": ["file/ext4", "file/xfs", "file/tmpfs-never", "file/tmpfs-advise",
             "file/btrfs", "file-clone/xfs", "file-clone/btrfs",
             "file-cold/ext4"],
    "tree": ["tree-r/ext4", "tree-r/xfs", "tree-r/tmpfs-never",
             "tree-a/ext4", "tree-a/xfs", "tree-a/tmpfs-never",
             "flat-r/ext4", "flat-r/tmpfs-never", "usr-r/ext4",
             "three-r/ext4"],
    "start": ["start/ext4", "start/tmpfs-never"],
    # What engine_auto.c and engine_mmap.c rest on: when asked for.
    "engines": [f"engines/{place}" for place in MADE],
    "mappings": [f"mappings/{place}" for place in MADE],
}


def can_be(workload, place):
    """Some are called just one thing, see the workload."""
    if workload.cold:
        return place == "ext4"
    if workload.clone:
        return place in CLONING
    return True


def everything(places):
    return [Experiment(workload, place, peers=True)
            for place in places for workload in WORKLOADS.values()
            if can_be(workload, place)]


def against_everybody(places):
    return [one for one in everything(places) if not one.workload.among]


def for_directory(peers, named):
    """Nothing that needs root; what can be cloned there nobody knows.

    named: some are asked for by name, variants perhaps.
    """
    return [Experiment(workload, "dir", peers)
            for workload in WORKLOADS.values()
            if not (workload.cold or workload.clone)
            and (named or not workload.among)]


def tables(names, peers=False):
    listed = [name for table in names for name in TABLES[table]]
    found = [Experiment(WORKLOADS[workload], place, peers)
             for workload, place in (name.split("/") for name in listed)]
    # Together what is at one place, and there what has the same source.
    order = list(WORKLOADS)
    return sorted(found, key=lambda one: (
        MADE.index(one.place), order.index(one.workload.name)))
