# SPDX-License-Identifier: MIT
"""What the times of interleaved rounds say, and whether they say it.

Two contestants are compared by the median of the ratios within each round, as
both saw the same machine there, and its interval: the range of ranks that holds
that median with 95 % probability, by the binomial distribution alone (for seven
rounds: all of them). It supposes nothing of how times are distributed, and
shrinks as rounds are added.

cp against itself, the control, has such an interval too. What is smaller than
twice its width is not shown; nor is what the ratio of the two medians, told
beside it, does not say as well.
"""

import math
import statistics

CONFIDENCE = 0.95
LEAST = 6  # rounds without which there is no such interval


def interval(values):
    """The ranks around the median that hold it with CONFIDENCE, or all."""
    values = sorted(values)
    n, below = len(values), 0.0
    for cut in range(n // 2):
        below += math.comb(n, cut) / 2 ** n
        if 1 - 2 * below < CONFIDENCE:
            return values[max(cut - 1, 0)], values[n - 1 - max(cut - 1, 0)]
    return values[0], values[-1]


def quartiles(values):
    if len(values) < 2:
        return values[0], values[0]
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, high


def compare(reference, own):
    """Two dicts, round -> seconds: a ratio above 1 where own is faster."""
    both = [number for number in reference if number in own]
    if not both:
        return None
    pairs = [reference[number] / own[number] for number in both]
    low, high = interval(pairs)
    lower, upper = quartiles(pairs)
    return {"ratio": statistics.median(pairs),
            "ratio_of_medians": statistics.median(reference[n] for n in both)
                                / statistics.median(own[n] for n in both),
            "low": low, "high": high, "quartile_low": lower,
            "quartile_high": upper, "lowest": min(pairs),
            "highest": max(pairs), "rounds": len(both)}


def spread(control):
    """How far the control strays, from 1 too: a factor, 1 for not at all."""
    if not control:
        return math.inf
    return max(control["high"], 1) / min(control["low"], 1)


def shown(ratio, control):
    """Is the control's spread under half of the difference?"""
    if not ratio or not control or ratio["rounds"] < LEAST:
        return False
    one, other = (math.log(ratio[name])
                  for name in ("ratio", "ratio_of_medians"))
    if one * other <= 0:
        return False
    return math.log(spread(control)) < min(abs(one), abs(other)) / 2


def verdict(ratio, control):
    if not ratio:
        return ""
    if ratio["rounds"] < LEAST:
        return "too few rounds"
    if shown(ratio, control):
        return "faster" if ratio["ratio"] > 1 else "slower"
    if ratio["low"] > 1 and ratio["low"] > control["high"]:
        return "likely faster"
    if ratio["high"] < 1 and ratio["high"] < control["low"]:
        return "likely slower"
    return "not shown"
