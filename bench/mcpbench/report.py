# SPDX-License-Identifier: MIT
"""The result of an experiment, for programs (JSON) and people (Markdown).

A result says what it cannot say: where the control strays by more than half of
a difference, the difference is not shown, and only its interval is told.
"""

import hashlib
import os
import platform
import statistics

from . import stats

BUSY = 0.2  # CPUs: write-back and the like take less

LEGEND = """\
Median of the whole process, from fork to exit. To cp: cp's time by the
contestant's in the same round, above 1 is faster: the median of the rounds, and
in brackets the interval that holds it with 95 %. "cp again" is the control: cp
against itself. Where its interval is wider than half of a difference, that is
"not shown" by these runs; "likely" where at least the two intervals are apart.
To the limit: the time of bench/limit, the better of its two ways to copy, by
the contestant's; 1 is as fast as reading and writing alone. For trees it is
bench/limit-tree: six or seven system calls a file, and nothing else. CPU: seconds of
all processes, kernel included. MiB: resident, of the largest process, mapped
files included. "wrong" and "absent" are not counted."""


def best_limit(rows):
    """bench/limit writes alone, too, which is not the limit of copying."""
    found = [row for row in rows if row.who.role == "limit" and row.runs
             and "write" not in row.who.label]
    return min(found, key=lambda row: statistics.median(
        row.times().values()), default=None)


def digest_row(row, reference, control, limit, size):
    """One row as a dict, all of its runs included."""
    result = {"contestant": row.who.label, "role": row.who.role,
              "note": row.note, "command": row.who.argv}
    if not row.runs:
        return result
    seconds = row.times()
    median = statistics.median(seconds.values())
    result.update(
        seconds=median, quartiles=stats.quartiles(list(seconds.values())),
        bytes_per_s=size[1] / median, entries_per_s=size[0] / median,
        cpu=statistics.median(run["cpu"] for run in row.runs.values()),
        rss=max(run["rss"] for run in row.runs.values()),
        runs={str(number): run for number, run in row.runs.items()})
    if row.who.role != "cp":
        result["to_cp"] = stats.compare(reference, seconds)
    if limit and row.who.role != "limit":
        result["to_limit"] = stats.compare(limit.times(), seconds)
    if row.who.role not in ("cp", "control", "limit"):
        result["verdict"] = stats.verdict(result["to_cp"], control)
    return result


def busy_with_others(rows):
    """How many CPUs were busy with something else, or None: too short."""
    runs = [run for row in rows for run in row.runs.values()]
    seconds = sum(run["seconds"] for run in runs)
    if seconds < 1:
        return None
    return sum(run["others"] for run in runs) / seconds


def digest(experiment, rows, bench):
    """A whole experiment as a dict."""
    reference, limit = rows[0].times(), best_limit(rows)
    control = stats.compare(reference, rows[1].times())
    return {"experiment": experiment.name,
            "title": experiment.workload.title,
            "place": bench.place.name, "entries": bench.size[0],
            "bytes": bench.size[1], "rounds": len(reference),
            "others": busy_with_others(rows),
            "control": control, "control_spread": stats.spread(control),
            "limit": limit.who.label if limit else None,
            "best_forced": best_forced(rows),
            "rows": [digest_row(row, reference, control, limit, bench.size)
                     for row in rows]}


def best_forced(rows):
    """How auto stands to the fastest of the engines that were forced."""
    forced = [row for row in rows if row.who.forced and row.runs]
    auto = next((row for row in rows if row.who.role == "mcp"), None)
    if not forced or not auto or not auto.runs:
        return None
    best = min(forced,
               key=lambda row: statistics.median(row.times().values()))
    return {"engine": best.who.label,
            "to_auto": stats.compare(auto.times(), best.times())}


# --- facts ---


def file_digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def first_line(path, key):
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith(key):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return "unknown"


def facts(programs, scale):
    """What a result depends on, and has to be the same to be kept."""
    return {"kernel": platform.release(), "machine": platform.machine(),
            "cpu": first_line("/proc/cpuinfo", "model name"),
            "cpus": len(os.sched_getaffinity(0)),
            "memory": first_line("/proc/meminfo", "MemTotal"),
            "mcp": file_digest(programs.mcp), "cp": file_digest(programs.cp),
            "limits": [file_digest(programs.limit),
                       file_digest(programs.limit_tree),
                       file_digest(programs.mappings)], "scale": scale}


# --- tables ---


def ratio_text(ratio):
    if not ratio:
        return ""
    digits = 0 if ratio["ratio"] >= 100 else 2  # cloning
    middle, low, high = (f"{ratio[name]:.{digits}f}"
                         for name in ("ratio", "low", "high"))
    return f"{middle} ({low}..{high})"


def time_text(seconds):
    if seconds < 0.1:
        return f"{seconds * 1000:.2f} ms"
    return f"{seconds:.3f} s"


def rate_text(result, row):
    if result["bytes"] < 1 << 20:
        return ""
    if result["entries"]:
        return f"{row['entries_per_s'] / 1000:.1f} k/s"
    return f"{row['bytes_per_s'] / 1e9:.2f} GB/s"


def table(head, lines):
    """Markdown that can be read as it is."""
    lines = [head] + lines
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    ruled = [lines[0], ["-" * width for width in widths]] + lines[1:]
    return "\n".join("| " + " | ".join(
        cell.ljust(width) for cell, width in zip(line, widths)) + " |"
        for line in ruled)


def row_cells(result, row):
    if "seconds" not in row:
        return [row["contestant"]] + [""] * 6 + [row["note"]]
    said = ", ".join(filter(None, [row.get("verdict"), row["note"]]))
    return [row["contestant"], time_text(row["seconds"]),
            rate_text(result, row), ratio_text(row.get("to_cp")),
            ratio_text(row.get("to_limit")), f"{row['cpu']:.3f}",
            f"{row['rss'] / 2**20:.1f}", said]


def detail(result):
    """Everybody of one experiment."""
    strays = (result["control_spread"] - 1) * 100
    control = (f"cp against itself strays by {strays:.1f} %: less than "
               f"{2 * strays:.0f} % is not shown."
               if result["rounds"] >= stats.LEAST else
               "Too few rounds to say how far cp strays from itself.")
    text = (f"### {result['experiment']}: {result['title']}\n\n"
            f"{result['rounds']} rounds, {result['entries'] or 1} entries, "
            f"{result['bytes'] / 2**20:.4g} MiB. {control}")
    if (result["others"] or 0) > BUSY:
        text += (f" **Not a quiet machine: {result['others']:.1f} CPUs were "
                 "busy with something else.**")
    if result.get("best_forced"):
        text += (f" auto takes {ratio_text(result['best_forced']['to_auto'])} "
                 "times what the fastest of the engines forced does, "
                 f"{result['best_forced']['engine']}.")
    text += "\n\n"
    return text + table(
        ["", "median", "rate", "to cp", "to the limit", "CPU s", "MiB", ""],
        [row_cells(result, row) for row in result["rows"]]) + "\n"


def summary(results):
    """A line for each mcp of each experiment."""
    lines = []
    for result in results:
        cp_row = result["rows"][0]
        for row in result["rows"]:
            if row["role"] != "mcp":
                continue
            time = time_text(row["seconds"]) if "seconds" in row else ""
            lines.append([result["experiment"], row["contestant"],
                          time_text(cp_row["seconds"]), time,
                          ratio_text(row.get("to_cp")),
                          ratio_text(result["control"]),
                          ratio_text(row.get("to_limit")),
                          row.get("verdict") or row["note"]])
    return table(["experiment", "", "cp", "mcp", "to cp",
                  "control", "to the limit", ""], lines)


def document(given, results):
    """All of it, as Markdown."""
    head = (f"# mcp against cp\n\n{given['cpus']} CPUs ({given['cpu']}), "
            f"{given['memory']}, Linux {given['kernel']}.")
    if given["scale"] != 1:
        head += (f"\n**Scaled by {given['scale']}: a trial, not a "
                 "measurement.**")
    if "memcpy" in given:
        head += (f"\nmemcpy alone, from memory to memory, not cached: "
                 f"{given['memcpy'] / 1e9:.1f} GB/s.")
    parts = [head, LEGEND, summary(results)] + [
        detail(result) for result in results]
    return "\n\n".join(parts)
