# SPDX-License-Identifier: GPL-2.0
"""
The examples of docs/ci, as far as they can be carried out here: the shell jobs are
run, of the YAML files the commands are looked at.
"""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
CI = os.path.join(TOP, "docs", "ci")
KTAP = """\
KTAP version 1
1..2
    KTAP version 1
    # Subtest: nf-hook
    1..2
    # XFAIL: failed as expected
    ok 1 broken.stress # XFAIL failed as expected
    ok 2 fixed.stress
ok 1 nf-hook
    KTAP version 1
    # Subtest: demo
    1..1
    ok 1 fixed.stress
ok 2 demo
"""
GATE = '#!/bin/sh\n[ "$1" = gate ] || exit 9\nmkdir -p "$RESULTS/latest"\n' \
       'echo page >"$RESULTS/latest/report.html"\nexit $STATUS\n'


class Examples(unittest.TestCase):

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="modrace-ci-")
        self.addCleanup(shutil.rmtree, self.dir)

    def yaml(self, name):
        with open(os.path.join(CI, name), encoding="utf-8") as file:
            return yaml.safe_load(file)

    def check_commands(self, commands):
        """Every make target that a job asks for is one, with variables that it takes."""
        asked = [line.split() for line in commands if line.startswith("make ")]
        self.assertTrue(asked)
        for _, target, *variables in asked:
            made = subprocess.run(["make", "-C", TOP, "-n", target], capture_output=True, text=True)
            self.assertEqual(made.returncode, 0, made.stderr)
            known = subprocess.run([os.path.join(TOP, "harness", "modrace"), target, "--help"],
                                   capture_output=True, text=True).stdout
            for variable in variables:
                flag = variable.split("=")[0].lower().replace("_", "-")
                self.assertRegex(known, rf"(?m)^  --{flag}\b")

    def test_gitlab(self):
        job = self.yaml("gitlab-ci.yml")["modrace"]
        self.check_commands(job["script"])
        self.assertIn("GATE_BUDGET", job["variables"])
        self.assertTrue(job["artifacts"]["reports"]["junit"].endswith("junit.xml"))

    def test_github(self):
        jobs = self.yaml("github-actions.yml")["jobs"]
        commands = [step["run"] for step in jobs["gate"]["steps"] if "run" in step]
        self.check_commands(commands)

    def test_shell(self):
        """The job, with a gate in the place of ours that ends as it is told to."""
        script = os.path.join(self.dir, "docs", "ci", "gate.sh")
        gate = os.path.join(self.dir, "harness", "modrace")
        with open(os.path.join(CI, "gate.sh"), encoding="utf-8") as file:
            job = file.read()
        for path, text in ((script, job), (gate, GATE)):
            os.makedirs(os.path.dirname(path))
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(path, 0o755)
        for status, words in ((0, "may be merged"), (1, "a regression"), (2, "not be judged")):
            keep = os.path.join(self.dir, f"kept{status}")
            done = subprocess.run([script, keep], capture_output=True, text=True, env={
                **os.environ, "RESULTS": f"{self.dir}/results", "STATUS": str(status)})
            self.assertEqual(done.returncode, status, done.stderr)
            self.assertIn(words, done.stdout)
            self.assertEqual(os.listdir(keep), ["report.html"])

    def ktap(self, text):
        path = os.path.join(self.dir, "results.ktap")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return subprocess.run([os.path.join(CI, "ktap.sh"), path], capture_output=True, text=True)

    def test_ktap(self):
        good = self.ktap(KTAP)
        self.assertEqual((good.returncode, good.stdout), (0, "3 tests, 0 not ok\n"))
        bad = self.ktap(KTAP.replace("    ok 2 fixed", "    not ok 2 fixed")
                        .replace("ok 1 nf", "not ok 1 nf"))
        self.assertEqual(bad.returncode, 1)
        self.assertIn("not ok nf-hook.fixed.stress", bad.stdout)
        cut = self.ktap(KTAP[:KTAP.index("ok 2 demo")])
        self.assertEqual(cut.returncode, 2)


class Unfinished(unittest.TestCase):

    def test_no_file(self):
        done = subprocess.run([os.path.join(CI, "ktap.sh"), "/nonexistent"],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertTrue(re.search("nonexistent", done.stderr))


if __name__ == "__main__":
    unittest.main()
