#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
Draws what the host program has written down.

    report.py DIRECTORY        results/latest, or any other directory of results

    timeline.json              -> timeline.svg and timeline.html beside it
    results.json               -> junit.xml and report.html

Everything is read from JSON, but for texts that are shown as they are. Each page is one
file that needs no network. report.html shows gate.json, if the gate ran, and of each
run report.json, a piece of console.log and the timeline; it is compared with the run
before it in the same parent directory. What they look like is in the templates.
"""

import base64
import collections
import glob
import itertools
import json
import math
import os
import shlex
import sys
import time

import jinja2

import timeline

HERE = os.path.dirname(os.path.abspath(__file__))
MODES = ("stress", "lockdep", "explore")
BAD = ("FAIL", "XPASS")
UNJUDGED = ("INCONCLUSIVE", "TIMEOUT", "BROKEN")
CONSOLE_BEFORE, CONSOLE_AFTER = 4, 36
# What JUnit's XML has in a test case that did not go well.
ELEMENTS = {"FAIL": "failure", "XPASS": "failure", "INCONCLUSIVE": "error", "TIMEOUT": "error",
            "BROKEN": "error", "SKIP": "skipped"}


class Fail(Exception):
    """What keeps something from being drawn, in one line."""


def read_bytes(path):
    """What a file holds, or nothing: a run that went well leaves fewer files."""
    if not os.path.isfile(path):
        return b""
    with open(path, "rb") as file:
        return file.read()


def read_text(path):
    """The same as text."""
    return read_bytes(path).decode(errors="replace")


def read_json(path):
    """A JSON file that must be there and whole."""
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except OSError as error:
        raise Fail(f"{path}: {error.strerror}; is it a finished run?") from error
    except ValueError as error:
        raise Fail(f"{path}: {error}") from error


def read_optional(path):
    """A JSON file, or nothing if it is not there."""
    return read_json(path) if os.path.isfile(path) else None


def write(path, text):
    """A file that appears whole or not at all."""
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".tmp", path)


# What went wrong

def findings(boots):
    """What the guest's own harness and the kernel have reported, boot by boot."""
    found = []
    for boot in boots:
        turn = f", turn {boot['turn']}," if boot.get("turn") else ""
        when = f"Boot {boot['boot']}{turn} ended in cycle {boot['cycle']}, phase {boot['phase']}"
        if boot["failure"]:
            found.append({"title": boot["failure"], "detail": [], "stacks": [], "boot": when})
        for report in boot["reports"]:
            lines = [report["headline"], *report["detail"]]
            if report["count"] > 1:
                lines.append(f"reported {report['count']} times, the first shown")
            found.append({**report, "detail": lines, "boot": when})
    return found


def console_excerpt(path, boots):
    """The console around the first report, or the end of the first boot that failed."""
    console = read_bytes(path)
    ends = [boot["console_start"] + boot["console_size"] for boot in boots]
    at = min((report["offset"] for boot in boots for report in boot["reports"]), default=None)
    if at is None:
        excerpt = console[:min(ends, default=len(console))].splitlines()[-CONSOLE_AFTER:]
    else:
        excerpt = console[:at].splitlines()[-CONSOLE_BEFORE:] + \
            console[at:].splitlines()[:CONSOLE_AFTER]
    return [line.decode(errors="replace") for line in excerpt]


# What a run is

def key_of(run):
    """What distinguishes a run from the others."""
    return run["scenario"], run["variant"], run["mode"]


def reproducer(run, results):
    """
    The line that shows a failure again: its schedule, or the command that found it. What
    was raced without a scenario is named by its module, and a kernel by the user's options.
    """
    module = results.get("module")
    what = "".join(f"{name}={shlex.quote(results[name.lower()])} "
                   for name in ("MODULE", "KCONFIG") if results.get(name.lower()))
    if run.get("reproducer"):
        line = run["reproducer"]
        return line if line.startswith("make ") else f"make repro {what}REPRO='{line}'"
    knob = "SCHEDULES" if run["mode"] == "explore" else "CYCLES"
    trials = max(run.get("first_failure_cycle") or 0, run["cycles"])
    command = "race" if module else "run-scenarios"
    return (f"make {command} {what}ONLY={name_of(run)} MODE={run['mode']} "
            f"SEED={run['seed']} {knob}={trials}")


def name_of(run):
    """What it is called in one mode."""
    return f"{run['scenario']}/{run['variant']}"


def drawn_timeline(directory):
    """The drawing of the failing schedule, as an image of its own, and its text."""
    svg = read_bytes(os.path.join(directory, "timeline.svg"))
    return base64.b64encode(svg).decode(), read_text(os.path.join(directory, "timeline.txt"))


def complete(run, top, results):
    """A run of results.json with all that the page shows of it."""
    directory = os.path.join(top, *key_of(run))
    run = dict(run, id="-".join(key_of(run)), directory="/".join(key_of(run)))
    run["rate"] = run["unloads"] / run["seconds"] if run["seconds"] > 0 else 0
    run["bad"] = run["verdict"] in BAD + UNJUDGED
    run["failed"] = run["failures"] > 0
    run["trial"] = "schedule" if run["mode"] == "explore" else "cycle"
    if run["failed"] or run["bad"]:
        boots = (read_optional(os.path.join(directory, "report.json")) or {"boots": []})["boots"]
        run["reports"] = findings(boots)
        run["console"] = console_excerpt(os.path.join(directory, "console.log"), boots)
        run["timeline_svg"], run["timeline_txt"] = drawn_timeline(directory)
        run["command"] = reproducer(run, results)
    return run


def matrix(runs):
    """Scenarios with their variants, a run or None for each mode."""
    rows = {}
    for run in runs:
        variants = rows.setdefault(run["scenario"], {})
        variants.setdefault(run["variant"], dict.fromkeys(MODES))[run["mode"]] = run
    return rows


# Comparison and drawings

def previous_results(top):
    """The run before this one: the newest older directory that is a finished run."""
    top = os.path.realpath(top)
    older = [path for path in glob.glob(os.path.join(glob.escape(os.path.dirname(top)), "*"))
             if not os.path.islink(path) and path < top
             and os.path.exists(os.path.join(path, "results.json"))]
    return max(older, default=None)


def verdict_of(run):
    """A verdict for a comparison, of a run that may not be there."""
    return run["verdict"] if run else "absent"


def compare(runs, before):
    """What differs from the run before, run by run."""
    now, then = {key_of(r): r for r in runs}, {key_of(r): r for r in before["runs"]}
    common = [key for key in now if key in then]
    changed = [(key, verdict_of(then.get(key)), verdict_of(now.get(key)))
               for key in sorted(now.keys() | then.keys())
               if verdict_of(then.get(key)) != verdict_of(now.get(key))]
    titles = [(key, then[key]["title"], now[key]["title"]) for key in common
              if now[key]["title"] != then[key]["title"]
              and now[key]["verdict"] == then[key]["verdict"]]
    return {"changed": changed, "titles": titles, "same": len(common) - len(
        [1 for key, _, _ in changed if key in common])}


def coverage(runs):
    """Histograms of where in the traffic's cycle the unloads fell."""
    plots = []
    for run in runs:
        total = sum(run["sweep"])
        if run["mode"] != "explore" and total:
            parts = sum(1 for n in run["sweep"] if n)
            plots.append({"name": name_of(run), "mode": run["mode"], "bars": run["sweep"],
                          "top": max(run["sweep"]), "total": total, "parts": parts})
    return plots


def schedules(runs):
    """By strategy: which variants it made fail, by the number of schedules it took."""
    rows = {}
    for run in runs:
        if run.get("schedules") and run.get("strategy") and run["failed"]:
            dots = rows.setdefault(run["strategy"], {})
            dots.setdefault(run["schedules"], []).append(name_of(run))
    return rows


def describe_time(top):
    """When the run began, from its directory's name."""
    name = os.path.basename(os.path.realpath(top))
    try:
        begun = time.strptime(name.partition(".")[0], "%Y%m%dT%H%M%SZ")
    except ValueError:
        return ""
    return time.strftime("%Y-%m-%d %H:%M UTC", begun)


def tally(judged):
    """How many there are of each verdict."""
    return collections.Counter(item["verdict"] for item in judged)


def page(top, results):
    """Everything the page's template asks for."""
    runs = [complete(run, top, results) for run in results["runs"]]
    before = previous_results(top)
    gate = read_optional(os.path.join(top, "gate.json"))
    if gate:
        gate["verdicts"].sort(key=lambda v: v["verdict"] in ("PASS", "CONTROL"))
    failures = [run for run in runs if run["failed"] or run["bad"]]
    return {
        "results": results, "runs": runs, "counts": tally(runs), "matrix": matrix(runs),
        "modes": [m for m in MODES if m in results["kernel"]],
        "failures": sorted(failures, key=lambda run: not run["bad"]),
        "gate": gate, "gate_counts": tally(gate["verdicts"]) if gate else {},
        "before": os.path.basename(before) if before else "",
        "comparison": compare(runs, read_json(os.path.join(before, "results.json")))
        if before else None,
        "coverage": coverage(runs), "schedules": schedules(runs), "when": describe_time(top),
    }


def suites(results):
    """One for each scenario; its runs follow one another."""
    found = []
    for name, group in itertools.groupby(results["runs"], lambda run: run["scenario"]):
        runs = list(group)
        elements = collections.Counter(ELEMENTS.get(run["verdict"]) for run in runs)
        found.append({"name": name, "runs": runs, "seconds": sum(run["seconds"] for run in runs),
                      **{element: elements[element] for element in set(ELEMENTS.values())}})
    return found


# Drawing

def environment():
    """Where the templates are, and what they need beside what they are given."""
    env = jinja2.Environment(loader=jinja2.FileSystemLoader(HERE), autoescape=True,
                             trim_blocks=True, lstrip_blocks=True,
                             undefined=jinja2.StrictUndefined)
    env.globals["decades"] = math.log10
    return env


def draw_timeline(env, path):
    """The timeline of one run, by itself and on a page."""
    told, directory = read_json(path), os.path.dirname(path)
    drawing = timeline.drawing(told)
    text = read_text(os.path.join(directory, "timeline.txt"))
    write(os.path.join(directory, "timeline.svg"),
          env.get_template("timeline.svg.j2").render(drawing))
    write(os.path.join(directory, "timeline.html"),
          env.get_template("timeline.html.j2").render({**told, **drawing}, text=text))


def draw_results(env, top):
    """All of a run of the host program, for people and for CI."""
    results = read_json(os.path.join(top, "results.json"))
    write(os.path.join(top, "junit.xml"),
          env.get_template("junit.xml.j2").render(suites=suites(results), elements=ELEMENTS))
    write(os.path.join(top, "report.html"),
          env.get_template("page.html.j2").render(page(top, results)))


def main(argv):
    if len(argv) != 2:
        raise Fail("usage: report.py DIRECTORY")
    env, top = environment(), argv[1]
    told = glob.glob(os.path.join(glob.escape(top), "**", "timeline.json"), recursive=True)
    for path in sorted(told):
        draw_timeline(env, path)
    if not told or os.path.exists(os.path.join(top, "results.json")):
        draw_results(env, top)


if __name__ == "__main__":
    try:
        main(sys.argv)
    except (Fail, OSError) as error:
        print(f"report: {error}", file=sys.stderr)
        sys.exit(2)
