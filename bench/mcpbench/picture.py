# SPDX-License-Identifier: MIT
"""The ratios to look at: an SVG by gnuplot, or nothing where there is none.

A line for each contestant of each experiment: a dot for its ratio to cp, its
interval, and behind them, in grey, how far cp strays from itself.
"""

import shutil
import subprocess

ROW_HEIGHT, WIDTH = 17, 900
SCRIPT = """\
set terminal svg size {width},{height} dynamic font 'sans,11' \
background 'white'
set output '{output}'
set logscale x 2
set xlabel 'times as fast as cp (logarithmic); grey: cp against itself'
set xrange [{low}:{high}]
set yrange [{bottom}:0.5]
set ytics ({tics}) scale 0
set grid xtics linecolor '#dddddd'
set lmargin 42
set key outside top horizontal
set arrow from 1,graph 0 to 1,graph 1 nohead linecolor '#888888'
set style fill solid noborder
plot $control using (1):1:2:3:4:5 with boxxyerror linecolor '#dddddd' \
notitle, \
 $mcp using 1:4:2:3 with xerrorbars pointtype 7 pointsize 0.7 \
linewidth 1.5 linecolor '#c03020' title 'mcp', \
 $copier using 1:4:2:3 with xerrorbars pointtype 7 pointsize 0.5 \
linecolor '#3060a0' title 'others', \
 $limit using 1:4:2:3 with xerrorbars pointtype 5 pointsize 0.5 \
linecolor '#909090' title 'limit'
"""


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def rows_of(results):
    """Yields (label, role, ratio, control) for all that has a ratio."""
    for result in results:
        for row in result["rows"]:
            if row["role"] not in ("cp", "control") and row.get("to_cp"):
                yield (f"{result['experiment']} {row['contestant']}",
                       row["role"], row["to_cp"], result["control"])


def block(name, lines):
    # A block may not be empty: one point that is nowhere.
    return f"${name} << END\n" + "\n".join(lines or [
        "NaN NaN NaN NaN NaN"]) + "\nEND\n"


def script(results, output):
    rows = list(rows_of(results))
    blocks = {"mcp": [], "copier": [], "limit": [], "control": []}
    low, high = 0.9, 1.1
    for i, (_, role, ratio, control) in enumerate(rows):
        at = -i
        blocks[role].append(f"{ratio['ratio']} {ratio['low']} "
                            f"{ratio['high']} {at}")
        blocks["control"].append(f"{at} {control['low']} {control['high']} "
                                 f"{at - 0.5} {at + 0.5}")
        low = min(low, ratio["low"], control["low"])
        high = max(high, ratio["high"], control["high"])
    tics = ", ".join(f"{quoted(row[0])} {-i}" for i, row in enumerate(rows))
    return "".join(block(*one) for one in blocks.items()) + SCRIPT.format(
        width=WIDTH, height=100 + ROW_HEIGHT * len(rows), output=output,
        low=low / 1.1, high=high * 1.1, bottom=-len(rows) + 0.5, tics=tics)


def draw(results, output):
    """Returns why there is no picture, or None."""
    if not any(True for _ in rows_of(results)):
        return "nothing to draw"
    gnuplot = shutil.which("gnuplot")
    if not gnuplot:
        return "no gnuplot here"
    done = subprocess.run([gnuplot], input=script(results, output).encode(),
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          check=False)
    if done.returncode:
        return "gnuplot: " + done.stderr.decode(errors="replace").strip()
    return None
