#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Finds the commit that made a race fail: git bisect with a race as the test.

    make bisect GOOD=v7.3 BAD=HEAD REPRO='make run-scenarios ...' KERNEL_SRC=/path/to/linux
    make bisect GOOD=0 BAD=lifecycle/0007 REPRO='...'

With KERNEL_SRC the commits are those of that tree; it is cloned, sharing its objects,
and stays untouched. Without, they are the patches of our own series: 0 is the pinned
kernel without any, a patch is named by its number or by the start of its name.

REPRO is what the gate prints: `make run-scenarios ONLY=SCENARIO/VARIANT MODE=... ...`,
or a reproducer of explore mode, whose race is then searched for in each build. A race
does not always show itself, so the BAD end is judged first, for a rate; from it follows
how many cycles without a failure make a commit good. Each commit is then

    bad     it failed
    good    it did not, in so many cycles that the rate would have shown itself
    skip    it could not be judged: does not build, does not boot, never overlaps

and what is printed in the end carries the probability that every good was one.
JUDGE=COMMAND replaces the race: it runs once for each trial in the checked-out tree,
and exits with 0 for good, 1 for bad and anything else for neither.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile

from kbuild import steps, versions
from kbuild.steps import Fail

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(os.path.dirname(HERE), "build")
GOOD, BAD, SKIP = 0, 1, 125
HITS = 5                # failures of the BAD end that give its rate well enough
MOST_TRIALS = 20000
KNOBS = ("ONLY", "MODE", "SEED", "SCENARIO_DIR", "MEMORY")
SCHEDULE = re.compile(r"\bmodrace-\d+ (\S+/\S+) .*\bseed=(\d+)")


def rate_of(hits, trials, *clean):
    """
    What the host program says of a rate: the least that HITS of TRIALS speak for, how
    many clean trials exclude it, and the probability that CLEAN ones miss it.
    """
    done = subprocess.run([os.path.join(BUILD, "modrace"), "rate", *map(str, (hits, trials, *clean))],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def build():
    """The host program, which the statistics are asked of before anything is raced."""
    subprocess.run(["make", "--no-print-directory", "-s", "-C", HERE, f"BUILD={BUILD}",
                    os.path.join(BUILD, "modrace")], check=True, stdout=subprocess.DEVNULL)


def parse_repro(text):
    """
    The knobs of a reproducer; only what names a race is taken. A schedule names places
    in one build's code: on others it is looked for anew.
    """
    if found := SCHEDULE.search(text):
        return {"ONLY": found[1], "SEED": found[2], "MODE": "explore"}
    try:
        knobs = dict(word.split("=", 1) for word in shlex.split(text) if "=" in word)
    except ValueError as error:
        raise Fail(f"REPRO={text}: {error}") from error
    knobs = {name: knobs[name] for name in KNOBS if name in knobs}
    if "/" not in knobs.get("ONLY", ""):
        raise Fail(f"REPRO={text}: names no race; give the line that the gate prints "
                   "(make run-scenarios ONLY=SCENARIO/VARIANT MODE=...)")
    knobs.setdefault("MODE", "stress")
    return knobs


class Race:
    """Judges a commit by racing, on a kernel built from it."""

    most = MOST_TRIALS

    def __init__(self, repro, work, variable):
        self.knobs, self.work, self.variable = parse_repro(repro), work, variable

    def sample(self, path, trials, hits):
        """Failures and trials, or None if there is no telling."""
        results = os.path.join(self.work, "results")
        size = "SCHEDULES" if self.knobs["MODE"] == "explore" else "CYCLES"
        env = {**steps.build_env(), **self.knobs, size: str(trials), "RESULTS": results,
               "FAILURES": str(min(hits, 16)), self.variable: path}
        done = subprocess.run([os.path.join(HERE, "run-scenarios")], env=env,
                              stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        latest = os.path.join(results, "latest", "results.json")
        if done.returncode not in (0, 1) or not os.path.exists(latest):
            return None
        with open(latest, encoding="utf-8") as file:
            run = json.load(file)["runs"][0]
        shutil.rmtree(results)
        cycles = max([f["cycle"] for f in run["failure_list"]], default=run["unloads"])
        return run["failures"], max(cycles, run["failures"], 1)


class Command:
    """Judges a commit by a command of the user's."""

    most = 200

    def __init__(self, command):
        self.command = command

    def sample(self, path, trials, hits):
        """Failures and trials, or None if there is no telling."""
        tree = os.path.dirname(path) if os.path.isfile(path) else path
        failed = 0
        for trial in range(1, trials + 1):
            status = subprocess.run(self.command, shell=True, cwd=tree,
                                    stdin=subprocess.DEVNULL).returncode
            if status not in (GOOD, BAD):
                return None
            failed += status == BAD
            if failed == hits:
                return failed, trial
        return failed, trials


def git(tree, *args, check=True):
    """The output of a git command."""
    done = subprocess.run(["git", "-C", tree, "-c", "advice.detachedHead=false",
                           "-c", "user.name=bisect", "-c", "user.email=bisect@localhost", *args],
                          capture_output=True, text=True)
    if check and done.returncode:
        raise Fail(f"git {args[0]}: {(done.stderr or done.stdout).strip().splitlines()[-1]}")
    return done.stdout.strip()


def clone(source, work):
    """The user's tree again: shares its objects, writes nothing to it."""
    tree = os.path.join(work, "tree")
    source = os.path.abspath(source)
    if git(source, "rev-parse", "--git-dir", check=False) == "":
        raise Fail(f"KERNEL_SRC={source}: not a git repository")
    subprocess.run(["git", "-c", "safe.directory=*", "clone", "-q", "--shared", "--no-checkout",
                    source, tree], check=True)
    return tree, tree


def series_history(work):
    """A history of one file: the series, cut off behind one patch more each commit."""
    tree = os.path.join(work, "series")
    path = os.path.join(tree, "series")
    os.makedirs(tree)
    git(tree, "init", "-q")
    names = [p.name for p in versions.read_series(versions.pinned())]
    for count in range(len(names) + 1):
        with open(path, "w", encoding="utf-8") as file:
            file.write("".join(f"{name}\n" for name in names[:count]))
        git(tree, "add", "series")
        git(tree, "commit", "-q", "--allow-empty", "-m", names[count - 1] if count else "none")
        git(tree, "tag", f"p{count}")
    return tree, path


def series_commit(tree, text):
    """The commit of a patch: by its number, or by the start of its name."""
    if text.isdigit():
        return f"p{text}"
    commits = git(tree, "log", "--format=%H %s").splitlines()
    found = [line.split()[0] for line in commits if line.split(" ", 1)[1].startswith(text)]
    if len(found) != 1:
        raise Fail(f"{text}: {'no' if not found else 'more than one'} patch of the series "
                   "begins like that")
    return found[0]


class Bisection:
    """git bisect over a tree, with a judge of commits."""

    def __init__(self, tree, path, judge):
        self.tree, self.path, self.judge = tree, path, judge
        self.seen, self.trials, self.doubt = (0, 0), 0, 0.0

    def measure(self, commit):
        """The rate of the BAD end."""
        git(self.tree, "checkout", "-q", commit)
        trials, sample = 200, None
        while trials <= self.judge.most:
            sample = self.judge.sample(self.path, trials, HITS)
            if sample is None:
                raise Fail(f"BAD={commit}: cannot be judged")
            if sample[0]:
                break
            trials *= 10
        if not sample[0]:
            raise Fail(f"BAD={commit}: did not fail in {sample[1]} trials")
        self.seen = sample
        found = rate_of(*sample)
        self.trials = min(MOST_TRIALS, found["clean"])
        print(f"BAD {commit}: failed {sample[0]} of {sample[1]} times, at least "
              f"{100 * found['least']:.2g} % (95 %); {self.trials} clean trials make a commit good",
              flush=True)

    def verdict(self, what):
        """Judges what is checked out."""
        sample = self.judge.sample(self.path, self.trials, 1)
        verdict = SKIP if sample is None else BAD if sample[0] else GOOD
        if verdict == GOOD:
            self.doubt += rate_of(*self.seen, sample[1])["missed"]
        words = {GOOD: "good", BAD: "bad", SKIP: "skip, cannot be judged"}
        print(f"{what}: {words[verdict]}"
              + (f" ({sample[0]} of {sample[1]})" if sample else ""), flush=True)
        return verdict

    def check_good(self, commit):
        git(self.tree, "checkout", "-q", commit)
        if self.verdict(f"GOOD {commit}") != GOOD:
            raise Fail(f"GOOD={commit}: not good; give an older one")

    def run(self, good, bad):
        """Narrows it down; the commits that are left, and whether that is one."""
        self.measure(bad)
        self.check_good(good)
        said = git(self.tree, "bisect", "start", bad, good)
        while "first bad commit" not in said and "only 'skip'ped" not in said:
            what = git(self.tree, "log", "-1", "--format=%h %s")
            word = {GOOD: "good", BAD: "bad", SKIP: "skip"}[self.verdict(what)]
            said = git(self.tree, "bisect", word, check=False)
        return said


def report(tree, said, doubt):
    """What was found, for people."""
    sure = 100 * max(0.0, 1 - doubt)
    found = re.search(r"([0-9a-f]{40}) is the first bad commit", said)
    if found:
        print(f"\nfirst bad commit, with {sure:.2f} % confidence:")
        print(git(tree, "log", "-1", "--format=%H%n    %s", found[1]))
        return 0
    commits = re.findall(r"^[0-9a-f]{40}$", said, re.M)
    print(f"\nthe first bad commit is one of these, with {sure:.2f} % confidence; "
          "the others could not be judged:")
    for commit in commits:
        print(git(tree, "log", "-1", "--format=%H%n    %s", commit))
    return 2


def command():
    """Everything comes from the environment, as make passes it."""
    env = {name: os.environ.get(name, "") for name in ("GOOD", "BAD", "REPRO", "KERNEL_SRC",
                                                       "JUDGE")}
    for name in ("GOOD", "BAD"):
        if not env[name]:
            raise Fail(f"{name}= is missing: make bisect GOOD=... BAD=... REPRO='...'")
    if not env["JUDGE"]:
        parse_repro(env["REPRO"])
    build()
    os.makedirs(steps.cache_dir(), exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bisect-", dir=steps.cache_dir()) as work:
        if env["KERNEL_SRC"]:
            tree, path = clone(env["KERNEL_SRC"], work)
            ends = env["GOOD"], env["BAD"]
        else:
            tree, path = series_history(work)
            ends = [series_commit(tree, env[name]) for name in ("GOOD", "BAD")]
        judge = Command(env["JUDGE"]) if env["JUDGE"] else \
            Race(env["REPRO"], work, "KERNEL_SRC" if env["KERNEL_SRC"] else "SERIES")
        for name, end in zip(("GOOD", "BAD"), ends):
            if not git(tree, "rev-parse", "-q", "--verify", f"{end}^{{commit}}", check=False):
                raise Fail(f"{name}={env[name]}: no such commit")
        bisection = Bisection(tree, path, judge)
        said = bisection.run(*ends)
        return report(tree, said, bisection.doubt)


if __name__ == "__main__":
    steps.main("bisect", command)
