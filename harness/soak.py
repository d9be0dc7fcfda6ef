#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Do the verdicts hold on a busy machine? Runs scenarios and gate beside a load of its own.

    make soak LOAD=16 ROUNDS=5        or: harness/soak.py run|gate...

The load is LOAD busy processes, each in a session and so, where the host groups by
session, in a scheduling group of its own, and one that keeps LOAD_MEMORY MiB, half of
the free memory by default. Beside it come ROUNDS rounds of `make run-scenarios` and
`make gate`, or of those that SOAK= or the command line name. What run-scenarios and the
gate take applies: ONLY= MODE= CYCLES= JOBS= and so on. A verdict that differs from
the baseline's (BASELINE=) is printed, and in the end a table of all rounds.

Everything is kept: results/soak/TIME/ROUND/COMMAND/. The load ends with this program,
however that ends. Exit status: 0 nothing differed, 1 something failed or failed to
fail, 2 something else differed or could not be done.
"""

import collections
import contextlib
import ctypes
import itertools
import json
import mmap
import os
import re
import signal
import subprocess
import sys
import time
from typing import NamedTuple

from kbuild import steps
from kbuild.steps import Fail

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)

COMMANDS = ("run", "gate")
COLUMNS = ("FAIL", "BROKEN", "XPASS", "TIMEOUT", "INCONCLUSIVE", "starved", "other")
MOST = 1000
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15
TOUCH_PERIOD = 10       # seconds after which memory is touched again, so that it stays
GATE_GOOD = ("PASS", "CONTROL", "KNOWN")
GATE_FAILED = ("REGRESSION", "UNCONFIRMED")
ENDED = re.compile(r"(PASS|FAIL|XFAIL|XPASS|INCONCLUSIVE|TIMEOUT|BROKEN|SKIP) +\S+/\S+ ")


def burn():
    """A processor, all of it."""
    while True:
        pass


def hold(size):
    """Memory, touched, by whom the host may take it from first."""
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    while True:
        for at in range(0, size, mmap.PAGESIZE):
            memory[at] = 1
        time.sleep(TOUCH_PERIOD)


def begin(work, *args):
    """A process that does this and nothing else until this one ends."""
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        libc = ctypes.CDLL(None)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        libc.prctl(PR_SET_NAME, b"modrace-load")
        if os.getppid() == parent:
            work(*args)
    finally:
        os._exit(1)


class Load:
    """The load, for as long as a block takes."""

    def __init__(self, busy, memory):
        self.busy, self.memory, self.pids = busy, memory, []

    def __enter__(self):
        try:
            for _ in range(self.busy):
                self.pids.append(begin(burn))
            if self.memory:
                self.pids.append(begin(hold, self.memory << 20))
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        """None of it is left afterwards."""
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)
        while self.pids:
            os.waitpid(self.pids.pop(), 0)

    def check(self):
        """Fail if the host has ended a part of it."""
        for pid in self.pids:
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                raise Fail(f"process {pid} of the load was ended: the host is out of memory; "
                           "give less with LOAD_MEMORY=")


def free_memory():
    """What nobody uses, MiB."""
    with open("/proc/meminfo", encoding="ascii") as file:
        return int(re.search(r"MemFree: +(\d+) kB", file.read())[1]) >> 10


class Expected:
    """The verdicts that the baseline stands for."""

    def __init__(self, path):
        try:
            with open(path, encoding="utf-8") as file:
                runs = json.load(file)["runs"]
            self.runs = {(r["scenario"], r["variant"], r["mode"]): r for r in runs}
        except OSError as error:
            raise Fail(f"{path}: {error.strerror}; make baseline makes one") from error
        except (ValueError, KeyError, TypeError) as error:
            raise Fail(f"{path}: not a baseline; make baseline makes one") from error
        self.scenarios = {scenario for scenario, _, _ in self.runs}

    def verdict(self, run):
        """Of a run: what it came to before, or what its scenario says if it is new."""
        before = self.runs.get((run["scenario"], run["variant"], run["mode"]))
        if not before and run["scenario"] in self.scenarios:
            return "SKIP"
        if before and run["title"] in before["titles"]:
            return "FAIL"
        return "XFAIL" if run["expect"] == "fail" else "PASS"


class Difference(NamedTuple):
    """A verdict that is not as expected, by the column it is counted in."""
    name: str
    mode: str
    verdict: str
    expected: str
    words: str

    def columns(self):
        """Where it counts in the table."""
        column = self.verdict if self.verdict in COLUMNS else "other"
        starved = column == "INCONCLUSIVE" and "starved" in self.words
        return [column, "starved"] if starved else [column]

    def line(self):
        """For people."""
        return (f"    {self.verdict:12} {self.name:30} {self.mode:8} {self.words} "
                f"(expected: {self.expected})")


def run_differences(results, expected):
    """Of results.json, and how many verdicts there are."""
    found = []
    for run in results["runs"]:
        wanted = expected.verdict(run)
        if run["verdict"] != wanted:
            found.append(Difference(f"{run['scenario']}/{run['variant']}", run["mode"],
                                    run["verdict"], wanted, run["title"] or run["reason"]))
    return found, len(results["runs"])


def gate_differences(results, _):
    """Of gate.json: what it could not judge because a run was broken counts as that."""
    found = []
    for v in results["verdicts"]:
        if v["verdict"] in GATE_GOOD:
            continue
        why = re.match("(BROKEN|TIMEOUT): ", v["rule"])
        verdict = "FAIL" if v["verdict"] in GATE_FAILED else why[1] if why else v["verdict"]
        found.append(Difference(f"{v['scenario']}/{v['variant']}", v["mode"], verdict,
                                " or ".join(GATE_GOOD), v["title"] or v["rule"]))
    return found, len(results["verdicts"])


JUDGES = {"run": ("results.json", run_differences), "gate": ("gate.json", gate_differences)}


def follow(child, log, label):
    """Writes down what a command says, and shows how far it is."""
    live, ended, began = sys.stdout.isatty(), 0, time.monotonic()
    for line in child.stdout:
        log.write(line)
        ended += bool(ENDED.match(line))
        if live:
            print(f"\r\033[K{label}: {ended} ended, {time.monotonic() - began:.0f} s", end="",
                  flush=True)
    if live:
        print("\r\033[K", end="", flush=True)
    return child.wait(), time.monotonic() - began


def carry_out(command, directory, label, **knobs):
    """One command with results of its own; its exit status and the seconds it took."""
    os.makedirs(directory)
    with open(os.path.join(directory, "output.txt"), "w", encoding="utf-8") as log:
        child = subprocess.Popen([os.path.join(HERE, "run-scenarios"), command], text=True,
                                 errors="replace", stdin=subprocess.DEVNULL, bufsize=1,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 preexec_fn=steps.die_with_parent,
                                 env={**os.environ, "RESULTS": directory, **knobs})
        try:
            return follow(child, log, label)
        except BaseException:
            child.send_signal(signal.SIGINT)
            child.communicate()
            raise


def last_line(path):
    """What a command said last."""
    with open(path, encoding="utf-8") as file:
        return (file.read().strip().splitlines() or ["it said nothing"])[-1]


def prepare(directory):
    """Builds what is missing: that is nobody's race, and slow beside a load."""
    path = os.path.join(directory, "build")
    status, _ = carry_out("run", path, "build", MODRACE="true")
    if status:
        raise Fail(last_line(os.path.join(path, "output.txt")))


def judge(command, directory, status, expected):
    """How the verdicts of a command differ from what is expected, and how many there are."""
    name, differences = JUDGES[command]
    path = os.path.join(directory, "latest", name)
    if status not in (0, 1, 2) or not os.path.exists(path):
        said = os.path.join(directory, "output.txt")
        raise Fail(f"{command} ended with status {status}: {last_line(said)} (see {said})")
    with open(path, encoding="utf-8") as file:
        return differences(json.load(file), expected)


class Soak:
    """All rounds, and what they came to."""

    def __init__(self, commands, rounds, load, expected, directory):
        self.commands, self.rounds, self.load = commands, rounds, load
        self.expected, self.directory = expected, directory
        self.table = []

    def one(self, number, command):
        """One command of one round."""
        label = f"round {number} of {self.rounds}, {command}"
        directory = os.path.join(self.directory, f"round-{number}", command)
        if not sys.stdout.isatty():
            print(f"{label} ...", flush=True)
        status, seconds = carry_out(command, directory, label)
        self.load.check()
        differences, verdicts = judge(command, directory, status, self.expected)
        print(f"{label}: {verdicts} verdicts, {len(differences)} differ from the baseline, "
              f"{seconds:.0f} s", flush=True)
        for difference in differences:
            print(difference.line(), flush=True)
        counts = collections.Counter(c for d in differences for c in d.columns())
        self.table.append((f"round {number} {command}", counts))

    def all(self):
        """All there is to do."""
        for number in range(1, self.rounds + 1):
            for command in self.commands:
                self.one(number, command)

    def total(self):
        """The sum of the table."""
        return sum((counts for _, counts in self.table), collections.Counter())

    def show(self):
        """The table, for people."""
        rows = [*self.table, ("all", self.total())]
        width = max(len(name) for name, _ in rows)
        print("\n" + " " * width + "".join(f"  {name:>6}" for name in COLUMNS))
        for name, counts in rows:
            print(f"{name:{width}}" + "".join(f"  {counts[column]:>{max(len(column), 6)}}"
                                              for column in COLUMNS))
        print(f"\nkept in {self.directory}", flush=True)

    def status(self):
        """The exit status."""
        total = self.total()
        if total["FAIL"] or total["XPASS"]:
            return 1
        return 2 if total else 0


def setting(name, default, least, most=MOST):
    """A variable that is a number."""
    text = os.environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise Fail(f"{name}={text}: not a number from {least} to {most}")
    return int(text)


def make_directory():
    """Where this soak's results go: named as those of a run are, by time and number."""
    parent = os.path.join(os.environ.get("RESULTS") or os.path.join(TOP, "results"), "soak")
    path = os.path.join(os.path.abspath(parent), time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()))
    for name in itertools.chain([path], (f"{path}.{i}" for i in itertools.count(1))):
        with contextlib.suppress(FileExistsError):
            os.makedirs(name)
            return name


def command():
    """Everything but the commands comes from the environment, as make passes it."""
    commands = sys.argv[1:] or (os.environ.get("SOAK") or " ".join(COMMANDS)).split()
    if unknown := set(commands) - set(COMMANDS):
        raise Fail(f"{min(unknown)}: neither run nor gate")
    if os.environ.get("RESUME"):
        raise Fail("RESUME: each round begins anew")
    busy, rounds = setting("LOAD", 16, 0), setting("ROUNDS", 1, 1)
    memory = setting("LOAD_MEMORY", free_memory() // 2, 0, free_memory())
    expected = Expected(os.environ.get("BASELINE") or os.path.join(TOP, "results/baseline.json"))
    directory = make_directory()
    prepare(directory)
    with Load(busy, memory) as load:
        soak = Soak(commands, rounds, load, expected, directory)
        print(f"load: {busy} busy processes, {memory} MiB of memory", flush=True)
        try:
            soak.all()
        except KeyboardInterrupt:
            raise Fail("interrupted; the table is of what was through") from None
        finally:
            load.end()
            soak.show()
    return soak.status()


if __name__ == "__main__":
    steps.main("soak", command)
