#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Refuses an include that runs up. The rooms of harness/host stand in harness/host/README.md,
a heading each, the lowest first: a file may include headers of its own room and of those
above its heading there. A file in no room, a room without a heading and an include
without its room are refused as well.

    layers.py [HOST]        default: harness/host
"""

import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HEADING = re.compile(r"^## ([a-z]+)/$", re.M)
INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)


def rooms(host):
    """The rooms, the lowest first."""
    with open(os.path.join(host, "README.md"), encoding="utf-8") as file:
        return HEADING.findall(file.read())


def sources(host):
    """All C files, by their paths below the host directory."""
    for directory, _, names in sorted(os.walk(host)):
        for name in sorted(names):
            if name.endswith((".c", ".h")):
                yield os.path.relpath(os.path.join(directory, name), host)


def elsewhere(host, name):
    """Whether a header is of another directory of the harness, which all rooms may use."""
    parent = os.path.dirname(host)
    return any(os.path.exists(os.path.join(parent, directory, name))
               for directory in ("common", "traffic"))


def complaints(host):
    """What is wrong, a line each."""
    order = rooms(host)
    for path in sources(host):
        room = os.path.dirname(path)
        if room not in order:
            yield f"{path}: is in no room of README.md"
            continue
        with open(os.path.join(host, path), encoding="utf-8") as file:
            included = INCLUDE.findall(file.read())
        for name in included:
            other = os.path.dirname(name)
            if not os.path.exists(os.path.join(host, name)) and elsewhere(host, name):
                continue
            if other not in order:
                yield f"{path}: \"{name}\" names no room"
            elif order.index(other) > order.index(room):
                yield f"{path}: \"{name}\" runs up: {room}/ stands before {other}/"


def main():
    host = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else
                           os.path.join(TOP, "harness", "host"))
    found = list(complaints(host))
    for line in found:
        print(f"harness/host/{line}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
