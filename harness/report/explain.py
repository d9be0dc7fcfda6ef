#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
Says what runs came to in words: what failed, what that means, what usually mends it, and
which scenario of the catalogue shows it right.

    explain.py --modrace PROGRAM --results DIR [RESULT]

RESULT is SCENARIO[/VARIANT[/MODE]] of the latest results, a directory of results, or the
directory of one run in it. Without it all runs of the latest results are told that were not
as they should be. The meanings are in causes.py. Exit status: 0, or 2 if there is nothing
of that name.
"""

import argparse
import functools
import os
import re
import subprocess
import sys
import textwrap

import catalogue
import causes
import report

VERDICTS = {
    "PASS": "All cycles went through, traffic overlapped the unloads, and nothing was reported.",
    "XFAIL": "It failed, as it is expected to: this is the twin that shows that a pass means something.",
    "FAIL": "It failed.",
    "XPASS": "It is expected to fail and did not: a pass of its fixed twin means nothing today. More "
             "cycles, more traffic or explore mode may show it.",
    "INCONCLUSIVE": "Nothing failed, and nothing is proved: the reason says what was missing.",
    "TIMEOUT": "It took longer than the scenario allows: give it more time (timeout =) or less to do "
               "(cycles =).",
    "BROKEN": "The harness or the guest could not do the work of this run; that says nothing of the "
              "module. The reason says what to mend.",
    "SKIP": "It was not run.",
}
WIDTH = 100


class Explainer:
    """Finds causes by titles; knows the classes of signatures from the host program."""

    def __init__(self, modrace):
        text = subprocess.run([modrace, "--list-classes"], check=True, capture_output=True,
                              text=True).stdout
        found = re.findall(r"(?m)^class:([\w-]+): .*\n\s+(.*)", text)
        self.classes = {name: expression.replace("{module}", r"[^]]*") for name, expression in found}

    def expression(self, title):
        """A cause's title with its classes written out."""
        return re.sub(r"class:([\w-]+)", lambda m: f"(?:{self.classes[m[1]]})", title)

    def find(self, title, functions):
        """The first cause that fits a title and the functions in its stacks."""
        for cause in causes.CAUSES:
            if re.match(self.expression(cause.title), title) and (
                    not cause.stack or any(re.fullmatch(cause.stack, f) for f in functions)):
                return cause
        raise AssertionError(title)


def functions_of(directory, title):
    """The functions in the stacks of the first report with that title."""
    told = report.read_optional(os.path.join(directory, "report.json")) or {"boots": []}
    for boot in told["boots"]:
        for one in boot["reports"]:
            if one["title"] == title:
                return [f["function"] for s in one["stacks"][:1] for f in s["frames"]]
    return []


def put(label, text):
    """One labelled paragraph."""
    print(textwrap.fill(text, WIDTH, initial_indent=f"  {label:12}", subsequent_indent=" " * 14,
                        break_long_words=False, break_on_hyphens=False))


@functools.cache
def shown(name):
    """A variant of ours with where it is and how it locks others out, in words."""
    scenario, variant = name.split("/")
    known = catalogue.load_scenario(os.path.join(catalogue.SCENARIOS, f"{scenario}.ini"))
    module = next(v.module for v in known.variants if v.name == variant)
    source = module.removesuffix("_lifecycle")
    return (f"{name} (modules/{source}.c), {known.title}. "
            f"Lockout: {catalogue.load_module(module).field('Lockout')}.")


def explain_failure(explainer, directory, title):
    """What one title means."""
    cause = explainer.find(title, functions_of(directory, title))
    put("failed with", title)
    put("which means", cause.means)
    put("usual mend", cause.mend)
    put("shown right", shown(cause.shown))
    if os.path.exists(os.path.join(directory, "report.txt")):
        put("read", os.path.join(directory, "report.txt"))
    told = os.path.join(directory, "timeline.txt")
    if os.path.exists(told):
        put("timeline", told)


def explain(explainer, top, run, results):
    """What one run came to."""
    directory = os.path.join(top, *report.key_of(run))
    print(f"{report.name_of(run)}, {run['mode']}: {run['verdict']}")
    put("verdict", VERDICTS[run["verdict"]])
    titles = dict.fromkeys(failure["title"] for failure in run["failure_list"])
    if run["reason"] and not titles:
        put("reason", run["reason"])
    for title in titles:
        explain_failure(explainer, directory, title)
    if titles:
        # One line, to be copied.
        print(f"  {'again with':12}{report.reproducer(run, results)}")


def results_above(directory):
    """The directory of results that a run's directory lies in, and the run's name."""
    parts = os.path.abspath(directory).split(os.sep)
    top = os.sep.join(parts[:-3])
    if os.path.exists(os.path.join(top, "results.json")):
        return top, "/".join(parts[-3:])
    raise report.Fail(f"{directory}: no results.json, nor is it the directory of a run")


def find_results(results, wanted):
    """The directory of results that is meant, and what of it."""
    if not os.path.isdir(wanted):
        return os.path.join(results, "latest"), wanted
    if os.path.exists(os.path.join(wanted, "results.json")):
        return wanted, ""
    return results_above(wanted)


def bad(run):
    """Whether somebody has to look at a run."""
    return run["verdict"] in report.BAD + report.UNJUDGED


def select(runs, wanted, top):
    """The runs that are meant."""
    if not wanted:
        return [run for run in runs if bad(run)]
    parts = wanted.rstrip("/").split("/")
    found = [run for run in runs if list(report.key_of(run))[:len(parts)] == parts]
    if found:
        return found
    names = ", ".join(dict.fromkeys(report.name_of(run) for run in runs))
    raise report.Fail(f"{wanted}: no such run in {top}; there are {names}")


def main(argv):
    """Explain what is asked for."""
    parser = argparse.ArgumentParser(prog="explain")
    parser.add_argument("--modrace", required=True)
    parser.add_argument("--results", required=True)
    parser.add_argument("result", nargs="?", default="")
    args = parser.parse_args(argv)
    top, wanted = find_results(args.results, args.result)
    results = report.read_json(os.path.join(top, "results.json"))
    chosen = select(results["runs"], wanted, top)
    if not chosen:
        print(f"All {len(results['runs'])} runs of {top} were as they should be; name one to have it "
              "explained.")
    explainer = Explainer(args.modrace)
    for number, run in enumerate(chosen):
        if number:
            print()
        explain(explainer, top, run, results)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (report.Fail, catalogue.Fail, OSError) as error:
        print(f"modrace: {error}", file=sys.stderr)
        sys.exit(2)
