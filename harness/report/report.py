#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
Writes report.html into a directory of results.

    report.py RESULTS          results/latest, or any other run's directory

The page is one file that needs no network. What it shows comes from the files of
the run: results.json, gate.json if the gate ran, and of each run report.txt,
console.log and timeline.svg. It is compared with the run before it in the same
parent directory. The page itself is in page.html.j2, its drawings in plots.svg.j2.
"""

import base64
import collections
import glob
import json
import math
import os
import re
import sys

import jinja2

HERE = os.path.dirname(os.path.abspath(__file__))
MODES = ("stress", "lockdep", "explore")
BAD = ("FAIL", "XPASS")
UNJUDGED = ("INCONCLUSIVE", "TIMEOUT", "BROKEN")
CONSOLE_BEFORE, CONSOLE_AFTER = 4, 36
FRAME = re.compile(r"    #(?P<index>\d+) +(?P<guess>\? )?(?P<function>\S+(?: \(inlined\))?) *"
                   r"(?P<source>[^\s\[]+:\d+)? *(?:\[(?P<module>\w+)\])?(?P<gone> \(unloaded\))?")
CRASH = re.compile(r"BUG:|WARNING:|ODEBUG:|Kernel panic|Oops|Modules linked in|refcount_t:|unreferenced")


class Fail(Exception):
    """What keeps the page from being written, in one line."""


def read_text(path):
    """A file's text, or nothing: a run that went well leaves fewer files."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def read_json(path):
    """A JSON file that must be there and whole."""
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except OSError as error:
        raise Fail(f"{path}: {error.strerror}; is it a finished run?") from error
    except ValueError as error:
        raise Fail(f"{path}: {error}") from error


# What report.txt says

def new_stack(line):
    """A stack from its heading, "  freed by: (11 frames left out)"."""
    name, _, note = line.strip().partition(":")
    return {"name": name, "note": note.strip(), "frames": []}


def parse_frame(line):
    """A frame, or None if the line is none."""
    match = FRAME.match(line)
    return match and {key: value.strip() if value else "" for key, value in
                      match.groupdict().items()}


def parse_report(text):
    """The decoded reports of a run, by boot."""
    reports, boot = [], ""
    for line in text.splitlines():
        frame = parse_frame(line)
        if line.startswith("Boot "):
            boot = line
        elif frame and reports and reports[-1]["stacks"]:
            reports[-1]["stacks"][-1]["frames"].append(frame)
        elif re.match(r"  [a-z ]+:( \(.*\))?$", line) and reports:
            reports[-1]["stacks"].append(new_stack(line))
        elif line.startswith("  ") and reports:
            reports[-1]["detail"].append(line.strip())
        elif line.strip():
            reports.append({"title": line, "boot": boot, "detail": [], "stacks": []})
    return reports


def console_excerpt(text):
    """The console around the first report in it, or its end."""
    lines = text.splitlines()
    at = next((i for i, line in enumerate(lines) if CRASH.search(line)), None)
    if at is None:
        return lines[-CONSOLE_AFTER:]
    return lines[max(at - CONSOLE_BEFORE, 0):at + CONSOLE_AFTER]


# What a run is

def key_of(run):
    """What distinguishes a run from the others."""
    return run["scenario"], run["variant"], run["mode"]


def reproducer(run):
    """The line that shows a failure again: its schedule, or the command that found it."""
    if run.get("reproducer"):
        line = run["reproducer"]
        return line if line.startswith("make ") else f"make repro REPRO='{line}'"
    knob = "SCHEDULES" if run["mode"] == "explore" else "CYCLES"
    trials = max(run.get("first_failure_cycle") or 0, run["cycles"])
    return (f"make run-scenarios ONLY={run['scenario']}/{run['variant']} MODE={run['mode']} "
            f"SEED={run['seed']} {knob}={trials}")


def timeline(directory):
    """The drawing of the failing schedule, as an image of its own, and its text."""
    svg = read_text(os.path.join(directory, "timeline.svg"))
    data = base64.b64encode(svg.encode()).decode() if svg else ""
    return data, read_text(os.path.join(directory, "timeline.txt"))


def complete(run, top):
    """A run of results.json with all that the page shows of it."""
    directory = os.path.join(top, *key_of(run))
    run = dict(run, id="-".join(key_of(run)), directory="/".join(key_of(run)))
    run["rate"] = run["unloads"] / run["seconds"] if run["seconds"] > 0 else 0
    run["bad"] = run["verdict"] in BAD + UNJUDGED
    run["failed"] = run["failures"] > 0
    run["trial"] = "schedule" if run["mode"] == "explore" else "cycle"
    if run["failed"] or run["bad"]:
        run["reports"] = parse_report(read_text(os.path.join(directory, "report.txt")))
        run["console"] = console_excerpt(read_text(os.path.join(directory, "console.log")))
        run["timeline_svg"], run["timeline_txt"] = timeline(directory)
        run["command"] = reproducer(run)
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
            plots.append({"name": f"{run['scenario']}/{run['variant']}", "mode": run["mode"],
                          "bars": run["sweep"], "top": max(run["sweep"]), "total": total, "parts": parts})
    return plots


def schedules(runs):
    """By strategy: which variants it made fail, by the number of schedules it took."""
    rows = {}
    for run in runs:
        if run.get("schedules") and run.get("strategy") and run["failed"]:
            dots = rows.setdefault(run["strategy"], {})
            dots.setdefault(run["schedules"], []).append(f"{run['scenario']}/{run['variant']}")
    return rows


def describe_time(top):
    """When the run began, from its directory's name."""
    match = re.match(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)", os.path.basename(os.path.realpath(top)))
    return "{}-{}-{} {}:{} UTC".format(*match.groups()) if match else ""


def tally(judged):
    """How many there are of each verdict."""
    return collections.Counter(item["verdict"] for item in judged)


def page(top):
    """Everything the template asks for."""
    results = read_json(os.path.join(top, "results.json"))
    gate = os.path.join(top, "gate.json")
    runs = [complete(run, top) for run in results["runs"]]
    before = previous_results(top)
    gate = read_json(gate) if os.path.exists(gate) else None
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


def render(top):
    """The page's text."""
    env = jinja2.Environment(loader=jinja2.FileSystemLoader(HERE), autoescape=True,
                             trim_blocks=True, lstrip_blocks=True,
                             undefined=jinja2.StrictUndefined)
    env.globals["decades"] = math.log10
    return env.get_template("page.html.j2").render(page(top))


def main(argv):
    if len(argv) != 2:
        raise Fail("usage: report.py RESULTS")
    path = os.path.join(argv[1], "report.html")
    text = render(argv[1])
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".tmp", path)


if __name__ == "__main__":
    try:
        main(sys.argv)
    except (Fail, OSError) as error:
        print(f"report: {error}", file=sys.stderr)
        sys.exit(2)
