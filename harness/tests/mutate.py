#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
Mutants of the stress modules: is it noticed if one part is not ended as it should be?

Each module that is a table of parts (modules/include/parts.h) can leave a part unclosed or
unstopped, or stop it before it is closed. Each of these is raced as the module's fixed
variant is, in stress and in explore mode, in one step and in two: it is killed if it
fails, or if its traffic meets an error that it never meets, and has survived if it passes.
A survivor has to be explained by a line of the module's header,

     * Survives:	PART MUTANT [of NAME] [in MODE]: why

MODULES= names modules by shell patterns, MODE= modes;
CYCLES= and SCHEDULES= say how long each mutant is raced, and so what the whole costs. What
came of each is in results/mutate (RESULTS=), as scenarios named after the modules.

Exit status: 0 all killed or explained, 1 a survivor without an explanation, 2 a mutant that
could not be judged.
"""

import fnmatch
import json
import os
import re
import subprocess
import sys
import tempfile
from typing import NamedTuple

import catalogue

RUN = os.path.join(catalogue.TOP, "harness", "run-scenarios")
RESULTS = os.path.join(catalogue.TOP, "results", "mutate")
CYCLES, SCHEDULES = "300", "100"
MODES = "stress explore"
MOST = 8                # variants of a scenario file
# What a part must have for a mutant to make sense.
MUTANTS = {"unclosed": {"close"}, "unstopped": {"stop"}, "early": {"close", "stop"}}
VERDICTS = {"PASS": "survived", "FAIL": "killed"}
EXPLANATION = re.compile(r"(\w+) (unclosed|unstopped|early)(?: of (\w+))?(?: in (\w+))?: (.*)")


class Explanation(NamedTuple):
    """One Survives: of a module's header."""
    part: str
    mutant: str
    module: str
    mode: str
    reason: str

    def fits(self, outcome):
        return ((self.part, self.mutant) == (outcome.part, outcome.mutant)
                and self.module in (None, outcome.module) and self.mode in (None, outcome.mode))


class Outcome(NamedTuple):
    """A mutant in one mode, and what became of it."""
    module: str
    part: str
    mutant: str
    mode: str
    verdict: str
    words: str

    @property
    def fate(self):
        if self.verdict == "BROKEN" and self.words.startswith("traffic "):
            return "killed"
        return VERDICTS.get(self.verdict, "not judged")


def explanations(module):
    found = []
    for line in module.fields.get("Survives", []):
        matched = EXPLANATION.fullmatch(line)
        if not matched:
            raise catalogue.Fail(f"{module.name}: Survives: {line}: not PART MUTANT: why")
        found.append(Explanation(*matched.groups()))
    return found


def mutants(module):
    """All (part, mutant) of a module."""
    return [(part, mutant) for part, has in module.parts.items()
            for mutant, needs in MUTANTS.items() if needs <= set(has)]


def bases(patterns):
    """By module, the scenario and the variant that its mutants are raced as."""
    found = {}
    for scenario in catalogue.scenarios():
        for variant in scenario.variants:
            name = variant.module
            if variant.expect == "pass" and any(fnmatch.fnmatch(name, p) for p in patterns):
                found.setdefault(name, (scenario, variant))
    return {name: base for name, base in found.items()
            if mutants(catalogue.load_module(name))}


def without_variants(text):
    return re.split(r"^\[variant ", text, maxsplit=1, flags=re.M)[0]


def variant_text(base, part, mutant):
    params = f"{base.params} {mutant}={part}".strip()
    lines = [f"[variant {part}-{mutant}]", f"module = {base.module}", f"params = {params}",
             f"removal = {base.removal}", "expect = pass", f"modes = {base.modes}"]
    if base.requires:
        lines.append(f"requires = {base.requires}")
    return "\n".join(lines) + "\n"


def write_scenarios(directory, name, scenario, base):
    """Scenario files for the mutants of a module, named NAME-1.ini and so on."""
    todo = mutants(catalogue.load_module(name))
    for first in range(0, len(todo), MOST):
        text = without_variants(catalogue.read(scenario.path)) + "\n".join(
            variant_text(base, *mutant) for mutant in todo[first:first + MOST])
        path = os.path.join(directory, f"{name}-{first // MOST + 1}.ini")
        with open(path, "w") as f:
            f.write(text)


def race(directory):
    """Carries the scenarios out; what became of each mutant."""
    knobs = {"CYCLES": CYCLES, "SCHEDULES": SCHEDULES, "MODE": MODES, "RESULTS": RESULTS,
             **{k: v for k, v in os.environ.items() if v}, "FAILURES": "1",
             "SCENARIO_DIR": directory, "ONLY": "", "RESUME": ""}
    latest = os.path.join(knobs["RESULTS"], "latest")
    before = os.path.realpath(latest)
    subprocess.run([RUN], env=knobs, stdout=subprocess.DEVNULL)
    path = os.path.join(latest, "results.json")
    if os.path.realpath(latest) == before or not os.path.exists(path):
        raise catalogue.Fail("the scenarios could not be carried out")
    outcomes = []
    for run in json.loads(catalogue.read(path))["runs"]:
        part, mutant = run["variant"].rsplit("-", 1)
        outcomes.append(Outcome(run["scenario"].rsplit("-", 1)[0], part, mutant, run["mode"],
                                run["verdict"], run["title"] or run["reason"]))
    return outcomes


def count(outcomes, fate):
    return sum(o.fate == fate for o in outcomes)


def print_table(outcomes):
    modes = sorted({o.mode for o in outcomes}, reverse=True)
    print(f"{'module':28}" + "".join(f"{mode:>24}" for mode in modes))
    for name in sorted({o.module for o in outcomes}):
        cells = []
        for mode in modes:
            here = [o for o in outcomes if (o.module, o.mode) == (name, mode)]
            cells.append(f"{count(here, 'killed')} killed, {count(here, 'survived')} survived")
        print(f"{name:28}" + "".join(f"{cell:>24}" for cell in cells))


def judge(outcomes):
    """Prints what was not killed, and why; the exit status."""
    status = 0
    for o in outcomes:
        if o.fate == "killed":
            continue
        known = [e for e in explanations(catalogue.load_module(o.module)) if e.fits(o)]
        reason = f"{o.verdict}: {o.words}"
        if o.fate == "survived":
            reason = known[0].reason if known else "NOT EXPLAINED"
        print(f"{o.fate}: {o.module} {o.part} {o.mutant} in {o.mode}: {reason}")
        status = max(status, 2 if o.fate == "not judged" else int(not known))
    return status


def main():
    found = bases((os.environ.get("MODULES") or "*").split())
    if not found:
        raise catalogue.Fail(f"MODULES={os.environ['MODULES']}: no module with a table of "
                             "parts has such a name")
    with tempfile.TemporaryDirectory(prefix="modrace-mutate-") as directory:
        for name, (scenario, base) in found.items():
            write_scenarios(directory, name, scenario, base)
        outcomes = race(directory)
    print_table(outcomes)
    status = judge(outcomes)
    print(f"{len(outcomes)} mutants: {count(outcomes, 'killed')} killed, "
          f"{count(outcomes, 'survived')} survived, {count(outcomes, 'not judged')} not judged")
    return status


if __name__ == "__main__":
    try:
        sys.exit(main())
    except catalogue.Fail as fail:
        print(f"mutate.py: {fail}", file=sys.stderr)
        sys.exit(2)
