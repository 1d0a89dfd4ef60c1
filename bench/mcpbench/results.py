# SPDX-License-Identifier: MIT
"""Results on disk: a file for each experiment, and all of them put together."""

import json
import os

from . import picture, report


def result_path(directory, name):
    return os.path.join(directory, name.replace("/", "@") + ".json")


def write_json(path, content):
    """Complete or not at all: a half one would stop the next run."""
    with open(path + ".new", "w", encoding="utf-8") as out:
        json.dump(content, out, indent=1)
        out.write("\n")
    os.replace(path + ".new", path)


def keep(directory, result):
    write_json(result_path(directory, result["experiment"]), result)


def kept(directory, experiment, given, rounds):
    """A former result that still holds, or None."""
    try:
        with open(result_path(directory, experiment.name),
                  encoding="utf-8") as file:
            result = json.load(file)
    except (OSError, ValueError):
        return None
    same = result.get("facts") == {**given, "peers": experiment.peers}
    return result if same and result["rounds"] >= rounds else None


def put_together(directory, given, results):
    """Returns why there is no picture, or None."""
    write_json(os.path.join(directory, "results.json"),
               {"facts": given, "results": results})
    with open(os.path.join(directory, "results.md"), "w",
              encoding="utf-8") as out:
        out.write(report.document(given, results) + "\n")
    return picture.draw(results, os.path.join(directory, "results.svg"))
