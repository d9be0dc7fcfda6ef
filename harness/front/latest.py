#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
The reproducer that the latest results have of a run:

    latest.py RESULTS SCENARIO[/VARIANT]

prints three lines: the reproducer, MODULE= and KCONFIG= of these results, or nothing where
they were not given.
"""

import json
import os
import sys

from kbuild import steps
from kbuild.steps import Fail


def command():
    """Find it."""
    results, name = sys.argv[1:]
    path = os.path.join(results, "latest", "results.json")
    try:
        with open(path, encoding="utf-8") as file:
            told = json.load(file)
    except FileNotFoundError as error:
        raise Fail(f"REPRO={name}: not a reproducer, and there is no {path} to look for one") from error
    known = {f"{run['scenario']}/{run['variant']}": run["reproducer"]
             for run in told["runs"] if run.get("reproducer")}
    found = [key for key in known if name in (key, key.partition("/")[0])]
    if not found:
        raise Fail(f"REPRO={name}: the latest results have no reproducer of that name; there are "
                   f"{', '.join(known) or 'none'}")
    if len(found) > 1:
        raise Fail(f"REPRO={name}: several reproducers are meant: {', '.join(found)}")
    print(known[found[0]])
    print(told.get("module") or "")
    print(told.get("kconfig") or "")


if __name__ == "__main__":
    steps.main("modrace", command)
