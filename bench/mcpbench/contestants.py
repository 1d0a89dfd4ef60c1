# SPDX-License-Identifier: MIT
"""Who copies, and by which command.

A contestant is a program with its options for one kind of workload. The first
of each experiment is cp, the second cp again, the control. "limit" is no
copier but bench/limit or bench/limit-tree. The others are peers, each as its
own manual says to use it for the task, with the number of workers it chooses by
itself.
"""

import os
import shlex
import shutil

PEERS = ["uutils", "rsync", "rclone", "xcp", "cpz", "fcp", "dcp"]
# What can be forced where blocks are not shared.
ENGINES = ["mmap", "rw", "cfr", "direct"]
CROWD = 16  # workers, on a machine that has fewer CPUs
WAYS = ["", "-r", "-p", "-p -r", "-p -r -h", "-p -r -a", "-p -r -h -a",
        "-p -r -h -n", "-p -b -h", "-p -b -h -a", "-p -r -h -k",
        "-p -r -h -w 262144", "-p -r -h -w 8388608", "-p -r -h -w 268435456",
        "-p -r -h -s 33554432"]
PLACES = [os.path.expanduser("~/.cargo/bin"), "/usr/lib/cargo/bin"]


class Contestant:
    """A label, the command in front of SOURCE DEST, or why there is none."""

    def __init__(self, label, argv, **more):
        self.label, self.argv = label, argv
        self.role = more.get("role", "copier")  # or cp, control, limit, mcp
        self.absent = more.get("absent")
        self.slash = more.get("slash", False)  # SOURCE/ is what is in it
        self.every = more.get("every", 1)  # takes part in each such round
        self.forced = more.get("forced", False)  # what auto could choose

    def command(self, source, target):
        if self.slash and os.path.isdir(source):
            source, target = source + "/", target + "/"
        return [*self.argv, source, target]


def find(name):
    """The path of a program, in PATH or where cargo puts it, or None."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *PLACES])
    return shutil.which(name, path=path)


def absent(label):
    return Contestant(label, None, absent="absent")


# --- the programs ---


def cp_options(workload, reflink):
    """cp's own, and mcp has them by the same names."""
    if workload.options:
        return [workload.options]
    return [f"--reflink={reflink}"]


def cp(programs, workload, reflink="never", label="cp", role="cp"):
    return Contestant(label, [programs.cp,
                              *cp_options(workload, reflink)], role=role)


def mcp(programs, workload, jobs, reflink="never", more=()):
    return Contestant(" ".join(["mcp", "-j", str(jobs), *more]),
                      [programs.mcp, "-j", str(jobs), *more,
                       *cp_options(workload, reflink)], role="mcp")


def engines(programs, workload, jobs, shares):
    """auto and what it chooses among; and more workers than there are CPUs.

    shares: cfr would share blocks there, and so it is none of them.
    """
    rows = [mcp(programs, workload, jobs)]
    for name in ENGINES:
        argv = [programs.mcp, "-j", str(jobs), f"--engine={name}"]
        if name == "cfr" and shares:
            continue
        if name != "cfr":
            argv += cp_options(workload, "never")
        rows.append(Contestant(name, argv, forced=True))
    return rows + [mcp(programs, workload, CROWD)]


def mappings(programs, jobs):
    """bench/mappings as mcp does it, with one thing more, less or other."""
    return [Contestant("mappings " + (ways or "alone"),
                       [programs.mappings, "-j", str(jobs), *ways.split()])
            for ways in WAYS]


def added(programs, text):
    """A command that the user wants to see among them."""
    words = shlex.split(text)
    own = {"mcp": programs.mcp, "cp": programs.cp}
    found = own.get(words[0]) or find(words[0]) if words else None
    return Contestant(text, [found, *words[1:]]) if found else absent(text)


def limits(programs, jobs, workload, slow):
    """Copying as often as the others, where that takes little time."""
    modes = {"copy": 2 if slow else 1}
    if not slow and not workload.overwrite:
        modes["write"] = 3  # for information
    ways = [([], "new"), (["-p"], "reserved")][:1 if slow else 2]
    return [Contestant(f"limit {mode}, {words}",
                       [programs.limit, mode, *reserve, "-j", str(jobs)],
                       role="limit", every=every)
            for mode, every in modes.items() for reserve, words in ways]


def limit_tree(programs, jobs):
    return Contestant("limit tree", [programs.limit_tree, "-j", str(jobs)],
                      role="limit")


def limit_tree_clone(programs, jobs):
    return Contestant("limit tree, cloning",
                      [programs.limit_tree, "-c", "-j", str(jobs)],
                      role="limit")


def limit_tree_move(programs, jobs):
    return Contestant("limit tree, in kernel",
                      [programs.limit_tree, "-m", "-j", str(jobs)],
                      role="limit")


def limit_clone(programs):
    return Contestant("limit clone", [programs.limit, "clone"], role="limit")


# --- peers ---


def uutils(workload):
    # Debian has it as one program of many names; others under its name.
    found = find("coreutils")
    argv = [found, "cp"] if found else [find("uu-cp")]
    if not argv[0]:
        return absent("uutils cp")
    reflink = "auto" if workload.clone else "never"
    return Contestant("uutils cp", argv + cp_options(workload, reflink))


def rsync(_workload):
    found = find("rsync")
    return Contestant("rsync", [found, "-a", "--whole-file"],
                      slash=True) if found else absent("rsync")


def rclone(workload):
    found = find("rclone")
    if not found:
        return absent("rclone")
    argv = [found, "--config", os.devnull, "-q"]
    if not workload.is_tree:
        return Contestant("rclone", argv + ["copyto"])
    argv += ["copy", "--links", "--create-empty-src-dirs"]
    if workload.archive:
        argv.append("--metadata")
    return Contestant("rclone", argv)


def xcp(workload):
    found = find("xcp")
    if not found:
        return absent("xcp")
    argv = [found, "--no-progress", "--no-target-directory",
            "--reflink=" + ("auto" if workload.clone else "never")]
    if workload.is_tree:
        argv += ["-r", "-o"] if workload.archive else ["-r"]
    return Contestant("xcp", argv)


def plain(label, workload, *options):
    """One that has no options to keep anything, nor to clone or not."""
    found = find(label)
    if not found:
        return absent(label)
    if workload.archive:
        return Contestant(label, None, absent="absent: it keeps no times")
    return Contestant(label, [found, *options])


def cpz(workload):
    return plain("cpz", workload, *["-f"] * workload.overwrite)


def fcp(workload):
    return plain("fcp", workload)


def dcp(workload):
    found, runner = find("dcp"), find("mpirun")
    if not found or not runner:
        return absent("dcp")
    argv = [runner, "--oversubscribe", "-np", str(len(
        os.sched_getaffinity(0)))]
    if os.geteuid() == 0:
        argv.append("--allow-run-as-root")
    argv += [found, "-q"] + (["-p"] if workload.archive else [])
    return Contestant("dcp", argv)


def peers(workload, every=1):
    """every: they take part in each such round."""
    rows = [globals()[name](workload) for name in PEERS]
    for row in rows:
        row.every = every
    return rows
