# SPDX-License-Identifier: GPL-2.0
"""
make bisect on small histories with a judge that costs nothing, and the patch series
with a judge that looks at the series.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
BISECT = os.path.join(HERE, "..", "bisect.py")
COMMITS = 24


def program():
    """bisect.py as a module; a library's has its name."""
    spec = importlib.util.spec_from_file_location("modrace_bisect", BISECT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Bisect(unittest.TestCase):

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="modrace-bisect-")
        self.addCleanup(shutil.rmtree, self.dir)
        self.tree = os.path.join(self.dir, "linux")

    def git(self, *args):
        done = subprocess.run(["git", "-C", self.tree, "-c", "user.name=t", "-c",
                               "user.email=t@localhost", *args], capture_output=True, text=True,
                              check=True)
        return done.stdout.strip()

    def history(self, bad_from, unjudgeable=()):
        """Commits 1 to COMMITS, each with its number in a file."""
        os.mkdir(self.tree)
        self.git("init", "-q")
        for number in range(1, COMMITS + 1):
            state = "skip" if number in unjudgeable else "bad" if number >= bad_from else "good"
            with open(os.path.join(self.tree, "state"), "w", encoding="utf-8") as file:
                file.write(f"{state} {number}\n")
            self.git("add", "state")
            self.git("commit", "-q", "-m", f"commit {number}")
            self.git("tag", f"c{number}")

    def bisect(self, **env):
        self.assertFalse(any(map(os.environ.get, ("GOOD", "BAD", "REPRO", "JUDGE"))))
        return subprocess.run([BISECT], capture_output=True, text=True, timeout=300,
                              env={**os.environ, "MODRACE_CACHE": self.dir, **env})

    def tree_state(self):
        return (self.git("status", "--porcelain"), self.git("for-each-ref"),
                self.git("rev-parse", "HEAD"), sorted(os.listdir(f"{self.tree}/.git")),
                sorted(os.listdir(self.tree)))

    def found(self, judge, **env):
        before = self.tree_state()
        done = self.bisect(GOOD="c1", BAD=f"c{COMMITS}", KERNEL_SRC=self.tree, JUDGE=judge, **env)
        self.assertEqual(self.tree_state(), before)
        self.assertEqual([n for n in os.listdir(self.dir) if n.startswith("bisect-")], [])
        return done

    def test_every_commit(self):
        for bad_from in (2, 13, COMMITS):
            with self.subTest(bad_from):
                shutil.rmtree(self.tree, ignore_errors=True)
                self.history(bad_from)
                done = self.found("! grep -q bad state")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertRegex(done.stdout, rf"first bad commit[\s\S]* commit {bad_from}\n")

    def test_race_of_one_in_three(self):
        """The judge fails at random: clean trials follow from the rate of the BAD end."""
        self.history(9)
        count = os.path.join(self.dir, "count")
        judge = (f'n=$(cat {count} 2>/dev/null || echo 7); n=$(((n * 1103515245 + 12345) % 2147483648)); '
                 f'echo $n >{count}; ! grep -q bad state || [ $((n / 65536 % 3)) != 0 ]')
        done = self.found(judge)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"first bad commit, with 9\d\.\d+ % confidence:[\s\S]* commit 9\n")
        trials = int(re.search(r"(\d+) clean trials", done.stdout)[1])
        self.assertGreater(trials, 15)

    def test_commits_that_do_not_build(self):
        self.history(12, unjudgeable=(10, 11, 13))
        done = self.found("grep -q skip state && exit 3; ! grep -q bad state")
        self.assertEqual(done.returncode, 2, done.stderr)
        for number in (10, 11, 12):
            self.assertIn(f"commit {number}\n", done.stdout)
        self.assertNotIn("commit 9\n", done.stdout.split("the first bad commit")[1])

    def test_ends_are_checked(self):
        self.history(5)
        done = self.bisect(GOOD="c8", BAD="c24", KERNEL_SRC=self.tree, JUDGE="! grep -q bad state")
        self.assertEqual(done.returncode, 2)
        self.assertIn("GOOD=c8: not good", done.stderr)
        done = self.bisect(GOOD="c1", BAD="c2", KERNEL_SRC=self.tree, JUDGE="true")
        self.assertEqual(done.returncode, 2)
        self.assertIn("BAD=c2: did not fail", done.stderr)

    def test_bad_input(self):
        self.history(5)
        for env, word in (({}, "GOOD="), ({"GOOD": "c1"}, "BAD="),
                          ({"GOOD": "c1", "BAD": "c2"}, "REPRO="),
                          ({"GOOD": "c1", "BAD": "nope", "JUDGE": "true",
                            "KERNEL_SRC": self.tree}, "BAD=nope: no such commit"),
                          ({"GOOD": "c1", "BAD": "c2", "JUDGE": "true",
                            "KERNEL_SRC": "/nonexistent"}, "not a git repository"),
                          ({"GOOD": "0", "BAD": "no-such", "JUDGE": "true"}, "no-such")):
            done = self.bisect(**env)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            self.assertIn(word, done.stderr)

    def test_reproducers(self):
        """What is taken of the two kinds of lines that the gate prints."""
        module = program()
        for text, knobs in (
                ("make run-scenarios ONLY=nf-hook/fixed MODE=stress SEED=7 CYCLES=900",
                 {"ONLY": "nf-hook/fixed", "MODE": "stress", "SEED": "7"}),
                ("make repro REPRO='modrace-1 nf-hook/broken kernel=0b41 modules=nf_hook:32b3 "
                 "mem=256 seed=3 traffic1@hook+0xb2[nf_hook]:1>last events=4 hash=5 end=3f'",
                 {"ONLY": "nf-hook/broken", "MODE": "explore", "SEED": "3"})):
            self.assertEqual(module.parse_repro(text), knobs)
        for text in ("", "make check", "make run-scenarios ONLY=nf-hook", "ONLY='a/b"):
            self.assertRaises(module.Fail, module.parse_repro, text)

    def test_patch_series(self):
        done = self.bisect(GOOD="0", BAD="9", JUDGE='[ "$(wc -l <series)" -lt 6 ]')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"first bad commit[\s\S]*    uml/\d{4}-")


if __name__ == "__main__":
    unittest.main()
