#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
What there is to race, from the headers of the scenarios and the modules.

    catalogue.py list [DIR] a line for each variant, of our scenarios or of those in DIR
    catalogue.py write      docs/catalogue.md
    catalogue.py check      is docs/catalogue.md what `write` would write?

The comment at the top of a module that is raced ends with fields, each of which may go on
in further lines that begin with a tab:

     * Lockout:	who has to lock out whom, and how
     * Breaks:	the half of the access rule that the broken variant breaks, "lockout" or
     *		"reference", and how; or "nothing"
     * Origin:	the commit, CVE or mail that it re-creates
     * Survives:	a mutant that `make mutate` does not see fail, and why; if there are any

The rule: what one does not own one accesses with its owner locked out, or with a reference
that the owner knows of. Exit status: 0, 1 if the page is not current, 2 if a header is not
as it should be.
"""

import configparser
import os
import re
import sys
from typing import NamedTuple

import jinja2

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCENARIOS = os.path.join(TOP, "scenarios")
PAGE = os.path.join(TOP, "docs", "catalogue.md")
TEMPLATES = os.path.join(TOP, "harness", "report")
MODES = "stress explore lockdep"
MANDATORY = ("Lockout", "Breaks", "Origin")
HALVES = ("lockout", "reference", "nothing")
FIELD = re.compile(r"(Lockout|Breaks|Origin|Survives):\s+(.*)")
TABLE = re.compile(r"^static const struct part parts\[\] = \{\n(.*?)^\};", re.M | re.S)
ROW = re.compile(r'\{ "(\w+)",(.*?)\}', re.S)


class Fail(Exception):
    """What is said before the program ends with status 2."""


class Module(NamedTuple):
    """A module that is raced: its header's fields, each a list, and its table of parts."""
    name: str
    fields: dict
    parts: dict         # by name: what a part has of start, close and stop

    def field(self, name):
        return " ".join(self.fields.get(name, []))


class Variant(NamedTuple):
    """One variant of a scenario."""
    name: str
    module: str
    params: str
    removal: str
    requires: str
    expect: str
    modes: str


class Scenario(NamedTuple):
    """A scenario file."""
    name: str
    path: str
    title: str
    variants: list
    traffic: list


def read(path):
    with open(path) as f:
        return f.read()


def header(path):
    """The lines of the comment at the top of a C file, without what begins them."""
    found = re.search(r"^/\*\n(.*?)^ \*/", read(path), re.M | re.S)
    if not found:
        raise Fail(f"{path}: no comment at its top")
    return [line[2:].lstrip(" ") for line in found[1].splitlines()]


def fields(path):
    """The fields of a header, by name."""
    found, last = {}, None
    for line in header(path):
        if matched := FIELD.match(line):
            last = found.setdefault(matched[1], [])
            last.append(matched[2])
        elif last and line.startswith("\t"):
            last[-1] += f" {line.strip()}"
        else:
            last = None
    for name in MANDATORY:
        if name not in found:
            raise Fail(f"{path}: the comment at its top has no {name}:")
    if found["Breaks"][0].split(":")[0] not in HALVES:
        raise Fail(f"{path}: Breaks: begins with none of {', '.join(HALVES)}")
    return found


def parts(path):
    """What each part of a module's table has."""
    table = TABLE.search(read(path))
    return {row[1]: re.findall(r"\.(start|close|stop) =", row[2])
            for row in ROW.finditer(table[1])} if table else {}


def load_module(name):
    """The module of that name; NAME_lifecycle is made from the source of NAME."""
    path = os.path.join(TOP, "modules", f"{name.removesuffix('_lifecycle')}.c")
    return Module(name, fields(path), parts(path))


def load_scenario(path):
    """A scenario, as the parser of harness/common/scenario.c reads it."""
    ini = configparser.ConfigParser(comment_prefixes=(";",), interpolation=None)
    try:
        ini.read(path)
        return parse_scenario(path, ini)
    except (configparser.Error, KeyError) as error:
        raise Fail(f"{path}: {str(error).splitlines()[0]}; race it for a better word") from error


def parse_scenario(path, ini):
    """The same, read."""
    general, variants = ini["scenario"], []
    for section in (ini[s] for s in ini.sections() if s.startswith("variant ")):
        variants.append(Variant(
            section.name.split()[1], section.get("module", general["module"]),
            section.get("params", ""), section.get("removal", general.get("removal", "nonblock")),
            section.get("requires", ""), section["expect"], section.get("modes", MODES)))
    kinds = sorted({ini[s]["type"] for s in ini.sections() if s.startswith("traffic ")})
    return Scenario(os.path.basename(path).removesuffix(".ini"), path, general.get("title", ""),
                    variants, kinds)


def scenarios(directory=SCENARIOS):
    """All scenarios of a directory, by name."""
    return [load_scenario(os.path.join(directory, name))
            for name in sorted(os.listdir(directory)) if name.endswith(".ini")]


def variant_names(scenario, expect):
    """The variants that must pass, or fail, and in which modes if not in all."""
    return ", ".join(f"`{v.name}`" + ("" if v.modes == MODES else f" ({v.modes})")
                     for v in scenario.variants if v.expect == expect)


def page():
    """docs/catalogue.md."""
    found = scenarios()
    used = {v.module.removesuffix("_lifecycle") for s in found for v in s.variants}
    loader = jinja2.FileSystemLoader(TEMPLATES)
    template = jinja2.Environment(loader=loader, trim_blocks=True, lstrip_blocks=True,
                                  keep_trailing_newline=True,
                                  undefined=jinja2.StrictUndefined).get_template("catalogue.md.j2")
    return template.render(scenarios=found, modules=[load_module(name) for name in sorted(used)],
                           names=variant_names)


def show(directory=SCENARIOS):
    if not os.path.isdir(directory):
        raise Fail(f"{directory}: no such directory")
    for scenario in scenarios(directory):
        print(f"{scenario.name}: {scenario.title}")
        for v in scenario.variants:
            print(f"    {v.name:22} {v.expect}  {v.modes:24} {v.removal:16} {v.module}"
                  f"{' ' if v.params else ''}{v.params}")


def check():
    """0 if the page is current."""
    if os.path.exists(PAGE) and read(PAGE) == page():
        return 0
    print(f"{PAGE}: not what the headers say; `harness/report/catalogue.py write` writes it again",
          file=sys.stderr)
    return 1


def write():
    with open(PAGE, "w") as f:
        f.write(page())


COMMANDS = {"list": show, "write": write, "check": check}


def main(arguments):
    command, *rest = arguments or [""]
    if command not in COMMANDS or len(rest) > (command == "list"):
        print("usage: catalogue.py list [DIR] | write | check", file=sys.stderr)
        return 2
    return COMMANDS[command](*rest) or 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Fail as fail:
        print(f"catalogue.py: {fail}", file=sys.stderr)
        sys.exit(2)
