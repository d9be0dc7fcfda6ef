#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
Tests of what is made from headers: the catalogue, the mutants of the modules, and the
example of docs/traffic.md. Nothing is raced here.
"""

import contextlib
import io
import os
import re
import subprocess
import tempfile
import unittest
from unittest import mock

import catalogue
import mutate
from mutate import Outcome

HARNESS = os.path.join(catalogue.TOP, "harness")
MODULE = """// SPDX-License-Identifier: GPL-2.0
/*
 * A module.
 *
 * Lockout:\texit, a user:
 *\t\tby waiting
 * Breaks:\treference: nobody knows
 * Origin:\tnone
 * Survives:\tb early in stress: why not
 */
static const struct part parts[] = {
\t{ "a", .start = a_start, .stop = a_stop },
\t{ "b", .start = b_start, .close = TWO_STEPS ? b_tell : b_close,
\t  .stop = b_stop },
\t{}
};
"""


class Headers(unittest.TestCase):
    """What is read from the top of a module."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, "m.c")

    def write(self, text):
        with open(self.path, "w") as f:
            f.write(text)

    def test_fields(self):
        self.write(MODULE)
        self.assertEqual(catalogue.fields(self.path)["Lockout"], ["exit, a user: by waiting"])
        self.assertEqual(catalogue.parts(self.path),
                         {"a": ["start", "stop"], "b": ["start", "close", "stop"]})

    def test_field_missing(self):
        for name in catalogue.MANDATORY:
            with self.subTest(name):
                self.write(MODULE.replace(f"{name}:", f"{name}"))
                with self.assertRaisesRegex(catalogue.Fail, f"m.c: .* has no {name}:"):
                    catalogue.fields(self.path)

    def test_half_unknown(self):
        self.write(MODULE.replace("reference:", "everything:"))
        with self.assertRaisesRegex(catalogue.Fail, "Breaks: begins with none of lockout, ref"):
            catalogue.fields(self.path)

    def test_no_header(self):
        self.write("int x;\n")
        with self.assertRaisesRegex(catalogue.Fail, "no comment at its top"):
            catalogue.fields(self.path)


class Catalogue(unittest.TestCase):
    """docs/catalogue.md and `make list`."""

    def test_current(self):
        self.assertEqual(catalogue.check(), 0)

    def test_not_current(self):
        with mock.patch.object(catalogue, "page", lambda: "other"), \
             contextlib.redirect_stderr(io.StringIO()) as said:
            self.assertEqual(catalogue.check(), 1)
        self.assertIn("docs/catalogue.md: not what the headers say", said.getvalue())

    def test_list(self):
        with contextlib.redirect_stdout(io.StringIO()) as said:
            catalogue.show()
        self.assertRegex(said.getvalue(), r"(?m)^nf-hook: .*\n    broken +fail .* nf_hook broken=1$")

    def test_every_raced_module_is_described(self):
        for scenario in catalogue.scenarios():
            for variant in scenario.variants:
                self.assertTrue(catalogue.load_module(variant.module).field("Lockout"))


class Mutants(unittest.TestCase):
    """mutate.py, without a race."""

    MODULE = catalogue.Module("m", {"Survives": ["b early in stress: why not"]},
                              {"a": ["start", "stop"], "b": ["start", "close", "stop"]})

    def judge(self, *outcomes):
        """The exit status, and what is said."""
        with mock.patch.object(catalogue, "load_module", lambda name: self.MODULE), \
             contextlib.redirect_stdout(io.StringIO()) as said:
            return mutate.judge(outcomes), said.getvalue()

    def test_which(self):
        self.assertEqual(mutate.mutants(self.MODULE),
                         [("a", "unstopped"), ("b", "unclosed"), ("b", "unstopped"),
                          ("b", "early")])

    def test_killed(self):
        self.assertEqual(self.judge(Outcome("m", "a", "unstopped", "stress", "FAIL", "t")), (0, ""))

    def test_survivor(self):
        status, said = self.judge(Outcome("m", "b", "early", "stress", "PASS", ""))
        self.assertEqual((status, said), (0, "survived: m b early in stress: why not\n"))
        status, said = self.judge(Outcome("m", "b", "early", "explore", "PASS", ""))
        self.assertEqual(status, 1)
        self.assertIn("NOT EXPLAINED", said)

    def test_traffic_that_meets_an_error(self):
        outcome = Outcome("m", "a", "unstopped", "stress", "BROKEN", "traffic t: open: I/O error")
        self.assertEqual(outcome.fate, "killed")

    def test_not_judged(self):
        status, said = self.judge(Outcome("m", "b", "early", "stress", "BROKEN", "no memory"))
        self.assertEqual(status, 2)
        self.assertIn("not judged: m b early in stress: BROKEN: no memory", said)

    def test_explanation_malformed(self):
        module = self.MODULE._replace(fields={"Survives": ["b sometimes: why"]})
        with self.assertRaisesRegex(catalogue.Fail, "m: Survives: b sometimes: why: not PART"):
            mutate.explanations(module)

    def test_all_explanations_name_a_mutant(self):
        for name in mutate.bases(["*"]):
            module = catalogue.load_module(name)
            for e in mutate.explanations(module):
                self.assertIn((e.part, e.mutant), mutate.mutants(module))

    def test_scenarios(self):
        """No file has more variants than the parser takes, and none is left out."""
        scenario, base = mutate.bases(["control_clean"])["control_clean"]
        with tempfile.TemporaryDirectory() as directory:
            mutate.write_scenarios(directory, "control_clean", scenario, base)
            texts = [catalogue.read(os.path.join(directory, name)) for name in os.listdir(directory)]
        found = [re.findall(r"^\[variant (.*)\]$", text, re.M) for text in texts]
        self.assertLessEqual(max(map(len, found)), mutate.MOST)
        self.assertEqual(sorted(sum(found, [])), sorted(
            f"{part}-{mutant}" for part, mutant in
            mutate.mutants(catalogue.load_module("control_clean"))))


class TrafficExample(unittest.TestCase):
    """The kind of traffic that docs/traffic.md adds."""

    def test_compiles(self):
        text = catalogue.read(os.path.join(catalogue.TOP, "docs", "traffic.md"))
        example = re.search(r"^```c\n(.*?)^```", text, re.M | re.S)[1]
        command = ["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror",
                   "-Wno-missing-field-initializers", "-fsyntax-only", "-xc", "-",
                   *(f"-I{os.path.join(HARNESS, name)}" for name in ("common", "traffic"))]
        done = subprocess.run(command, input=example, capture_output=True, text=True)
        self.assertEqual(done.stderr, "")


if __name__ == "__main__":
    unittest.main()
