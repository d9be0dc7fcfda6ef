#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Writes a module and its scenario to begin with: NAME, made of a template, FROM, in DIR, or
among our own without. `modrace new` calls this.

The templates are in harness/templates: FROM.c and FROM.ini, of a module named "skeleton",
which is what NAME takes the place of.
"""

import os
import re

from kbuild import steps
from kbuild.steps import Fail

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TEMPLATES = os.path.join(TOP, "harness", "templates")
NAME = re.compile(r"[a-z](?:[a-z0-9]|[-_](?=[a-z0-9]))*")
# What is made of it, such as the name of a device, has room for so many.
LONGEST = 24


def templates():
    """What there is to begin with."""
    return sorted(name.removesuffix(".c") for name in os.listdir(TEMPLATES) if name.endswith(".c"))


def wanted():
    """Name and template, checked."""
    name, kind = os.environ.get("NAME", ""), os.environ.get("FROM", "")
    known = ", ".join(templates())
    if not name:
        raise Fail("NAME is not given: the name of the scenario")
    if not NAME.fullmatch(name) or len(name) > LONGEST:
        raise Fail(f"NAME={name}: not a name: lower-case letters, digits, - and _ between them, "
                   f"a letter first, at most {LONGEST}")
    if not kind:
        raise Fail(f"FROM is not given: one of {known}")
    if kind not in templates():
        raise Fail(f"FROM={kind}: none of {known}")
    return name, kind


def places(name):
    """Where module and scenario go."""
    module = name.replace("-", "_") + ".c"
    directory = os.environ.get("DIR")
    ours = os.path.join(TOP, "modules", module)
    if not directory:
        return ours, os.path.join(TOP, "scenarios", f"{name}.ini")
    if os.path.exists(ours):
        raise Fail(f"NAME={name}: there is a module of that name among modrace's; take another")
    return os.path.join(directory, module), os.path.join(directory, f"{name}.ini")


def named(template, name):
    """A template's text with the name in the place of the skeleton's."""
    with open(os.path.join(TEMPLATES, template), encoding="utf-8") as file:
        return file.read().replace("skeleton", name)


def write(path, text):
    """A file that was not there."""
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "x", encoding="utf-8") as file:
        file.write(text)


def tell(name, kind, module, scenario):
    """What was written, and what to do with it."""
    directory = os.environ.get("DIR")
    where = f" --scenario-dir {directory}" if directory else ""
    print(f"{module}: the module, a {kind}\n{scenario}: how it is raced\n"
          f"race it: modrace run{where} --only '{name}/*'")
    if not directory:
        print("a scenario of modrace's also needs a line in harness/tests/titles for what its broken "
              "variant fails with, and its place in the catalogue: harness/report/catalogue.py write")


def command():
    """Write both, or none."""
    name, kind = wanted()
    module, scenario = places(name)
    for path in module, scenario:
        if os.path.exists(path):
            raise Fail(f"{path}: is there already; take another NAME or DIR")
    write(module, named(f"{kind}.c", name.replace("-", "_")))
    write(scenario, named(f"{kind}.ini", name.replace("-", "_")))
    tell(name, kind, module, scenario)


if __name__ == "__main__":
    steps.main("modrace", command)
