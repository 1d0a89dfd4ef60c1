# SPDX-License-Identifier: MIT
"""What came of it: lines of TAP, and the table of doc/reliability.md."""

import collections

LETTERS = {"copied": "c", "failed": "f", "kept": "k", "incomplete": "i",
           "died": "d"}


def show(texts, indent):
    for text in texts[:4]:
        print(f"# {indent}{text}")
    if len(texts) > 4:
        print(f"# {indent}and {len(texts) - 4} more")


def tell(number, name, group, args):
    """The line of the cells of one GROUP; whether all is well."""
    counts = collections.Counter(
        result["outcome"] if result["hit"] else "n/a" for result in group)
    bad = [result for result in group if result["broken"]]
    for result in bad:
        print(f"# {result['cell']}{'' if result['hit'] else ' (not hit)'}")
        show(result["broken"], "    ")
        show(result["said"], "    | ")
    if args.show:
        for result in group:
            print(f"# {result['cell']}: {result['outcome']}"
                  f"{'' if result['hit'] else ' (not hit)'}")
            show(result["said"], "    | ")
    text = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    if bad or not args.quiet:
        print(f"{'not ok' if bad else 'ok'} {number} - {name}: {text}")
    return not bad


def summary(results):
    hit = sum(result["hit"] for result in results)
    broken = sum(bool(result["broken"]) for result in results)
    return f"{len(results)} cells, {hit} of them hit, {broken} broke a rule"


def entry(results):
    """How often what came of RESULTS, in letters."""
    counts = collections.Counter(
        "!" if result["broken"] else
        LETTERS[result["outcome"]] if result["hit"] else "n"
        for result in results)
    return " ".join(f"{counts[letter]}{letter}" for letter in "cfkidn!"
                    if counts[letter])


def table(results, engines):
    """A row for each call and -j, a column for each engine."""
    cells = collections.defaultdict(list)
    for result in results:
        key = "SIGKILL" if result["fault"] == "KILL" else result["call"]
        cells[key, result["jobs"], result["engine"]].append(result)
    lines = ["| fault | -j | " + " | ".join(engines) + " |",
             "|---|---|" + "---|" * len(engines)]
    for call, jobs in sorted({key[:2] for key in cells}):
        row = [entry(cells[call, jobs, engine]) for engine in engines]
        lines.append(f"| {call} | {jobs} | " + " | ".join(row) + " |")
    return "\n".join(lines)
