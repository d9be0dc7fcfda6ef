#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Tests of the scripts that run the kernel's own tests: how KTAP is counted, what is
said about bad input, and the lifecycle selftests themselves on both kernels.
"""

import os
import re
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import guest                                            # noqa: E402


def run(*args):
    """A script's exit status, output and errors."""
    done = subprocess.run([sys.executable, os.path.join(HERE, args[0]), *args[1:]],
                          capture_output=True, text=True, errors="replace")
    return done.returncode, done.stdout, done.stderr


def score(text):
    """The results in some KTAP."""
    result = guest.Score()
    result.read("x", text)
    return result


class Ktap(unittest.TestCase):
    """Results are counted once each, whatever they are nested in."""

    def test_flat(self):
        s = score("TAP version 13\n1..3\nok 1 a\nnot ok 2 b\nok 3 c # SKIP no such device\n")
        self.assertEqual(s.results, {"x a": "ok", "x b": "not ok", "x c": "skip"})
        self.assertEqual(s.summary(), "1 passed, 1 failed, 1 skipped")

    def test_nested(self):
        s = score("KTAP version 1\n1..2\n    # Subtest: s\n    1..2\n    ok 1 a\n"
                  "    not ok 2 b\nnot ok 1 s\n    # Subtest: t\n    ok 1 a\nok 2 t\n")
        self.assertEqual(s.results, {"x s a": "ok", "x s b": "not ok", "x t a": "ok"})

    def test_deeper(self):
        s = score("    # Subtest: s\n        # Subtest: c\n        ok 1 one\n"
                  "        ok 2 two\n    ok 1 c\n    ok 2 d\nok 1 s\n")
        self.assertEqual(s.results, {"x s c one": "ok", "x s c two": "ok", "x s d": "ok"})

    def test_suite_that_fails_as_a_whole(self):
        s = score("    # Subtest: s\n    ok 1 a\nnot ok 1 s\n")
        self.assertEqual(s.results, {"x s a": "ok", "x s": "not ok"})

    def test_nothing(self):
        self.assertEqual(score("ok then\n# ok 1 a\n").results, {})


class Input(unittest.TestCase):
    def test_unknown_flavour(self):
        status, _, errors = run("kselftest", "strss")
        self.assertEqual(status, 2)
        self.assertEqual(errors, "kselftest: unknown flavour 'strss' "
                                 "(known: stress explore)\n")

    def test_unknown_group(self):
        status, _, errors = run("each-patch", "lifecycel", "stress")
        self.assertEqual(status, 2)
        self.assertRegex(errors, "no patches of the group 'lifecycel'\n$")


class Lifecycle(unittest.TestCase):
    """The selftests of the series pass on the kernels that everything else uses."""

    def test_both_flavours(self):
        status, output, errors = run("kselftest", "--new")
        bad = re.findall(r"^not ok.*", output, re.M)
        self.assertEqual((status, bad), (0, []), errors[-500:])
        passed = int(re.search(r"^(\d+) passed, 0 failed", output, re.M)[1])
        self.assertGreaterEqual(passed, 150)


if __name__ == "__main__":
    unittest.main()
