#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What does mcp do when a call fails?

For every kind of copy (faults/work.py), engine and number of workers mcp is run
under strace once to see which calls it makes, about what.  Then it is run again
for each of them and each errno that its manual page gives (faults/calls), and
for a SIGKILL at that call, and each outcome is judged by the same rules
(faults/judge.py).  A cell counts only if strace says that it has injected the
fault where it was meant.

Prints TAP.  Exit status: 0 no rule was broken.
"""

import argparse
import collections
import fnmatch
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
import zlib

sys.dont_write_bytecode = True

from faults import report, table, work  # noqa: E402
from faults.running import Scenario  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(
        description="Inject faults into mcp and judge what comes of them.")
    parser.add_argument("--mcp", default=os.environ.get("MCP", "mcp"),
                        help="the program to test (default: $MCP)")
    parser.add_argument("--only", metavar="GLOB", action="append",
                        help="cells whose names match, as printed")
    parser.add_argument("--omit", metavar="GLOB", action="append", default=[],
                        help="but not these")
    parser.add_argument("--share", type=float, default=1, metavar="PART",
                        help="a part of the cells, chosen evenly")
    parser.add_argument("--seed", type=int, help="at a time drawn by it, "
                        "neither the first nor the last, that a call is made")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--dir", default=os.environ.get(
        "MCP_TEST_TMPDIR", tempfile.gettempdir()), help="where to work")
    parser.add_argument("--json", metavar="FILE", help="all results")
    parser.add_argument("--table", metavar="FILE", nargs="+",
                        help="run nothing: what --json wrote, as a table")
    parser.add_argument("--list", action="store_true",
                        help="name the cells and run none")
    parser.add_argument("--quiet", action="store_true",
                        help="print what is not ok and a summary")
    parser.add_argument("--show", action="store_true",
                        help="what each cell said, and its end")
    return parser.parse_args()


def chosen(cell, args):
    if args.only and not any(fnmatch.fnmatchcase(cell.name, glob)
                             for glob in args.only):
        return False
    if any(fnmatch.fnmatchcase(cell.name, glob) for glob in args.omit):
        return False
    return zlib.crc32(cell.name.encode()) < args.share * 2**32


def may_have(scenario, glob):
    """Whether there may be cells of SCENARIO that match GLOB."""
    start = "/".join(glob.split("/")[:3])
    return "(" in start or fnmatch.fnmatchcase(scenario.name, start)


def run_scenario(scenario):
    """The results of all chosen cells, as plain data."""
    args = scenario.options
    top = tempfile.mkdtemp(dir=args.dir)
    results = []
    try:
        scenario.prepare(os.path.realpath(top), TABLE)
        if scenario.refused:
            return scenario.name, scenario.refused, []
        for cell in scenario.cells(TABLE):
            if not chosen(cell, args):
                continue
            if not args.list:
                scenario.try_cell(cell)
            results.append({
                "cell": cell.name, "work": scenario.work.name,
                "engine": scenario.engine, "jobs": scenario.jobs,
                "call": cell.call, "fault": cell.fault.what,
                "hit": cell.hit,
                "outcome": cell.outcome.kind if cell.outcome else "",
                "broken": cell.outcome.broken if cell.outcome else [],
                "said": cell.lines if cell.outcome else [],
            })
    finally:
        shutil.rmtree(top, ignore_errors=True)
    return scenario.name, None, results


def main():
    args = arguments()
    if args.table:
        results = [result for file in args.table
                   for result in json.load(open(file))]
        print(report.table(results, work.ENGINES))
        print("\n" + report.summary(results))
        return 0
    args.mcp = os.path.abspath(shutil.which(args.mcp) or args.mcp)
    args.environment = dict(os.environ, LC_ALL="C")
    args.environment["ASAN_OPTIONS"] = \
        os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    os.umask(0o022)
    scenarios = [Scenario(kind, engine, jobs, args)
                 for kind in work.WORKS for engine in work.ENGINES
                 for jobs in kind.jobs]
    if args.only:
        scenarios = [scenario for scenario in scenarios if any(
            may_have(scenario, glob) for glob in args.only)]
    number = failed = 0
    everything = []
    with multiprocessing.Pool(args.processes) as pool:
        for name, refused, results in pool.imap(run_scenario, scenarios):
            everything += results
            if refused:
                number += 1
                if not args.quiet:
                    print(f"ok {number} - {name} # SKIP {refused}")
                continue
            groups = collections.defaultdict(list)
            for result in results:
                groups[result["call"]].append(result)
                if args.list:
                    print(result["cell"])
            if args.list:
                continue
            for call, group in groups.items():
                number += 1
                failed += not report.tell(number, f"{name} {call}", group, args)
            sys.stdout.flush()
    print(f"1..{number}")
    print("# " + report.summary(everything))
    if args.json:
        with open(args.json, "w") as file:
            json.dump(everything, file, indent=0)
    return 1 if failed else 0


TABLE = table.rows()

if __name__ == "__main__":
    sys.exit(main())
