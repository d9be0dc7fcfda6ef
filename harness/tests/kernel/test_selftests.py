#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Tests of the scripts that run the kernel's own tests: how KTAP is counted, how
kernels are compared and costs judged, what is said about bad input, and the
lifecycle selftests themselves on both kernels.
"""

import contextlib
import importlib.machinery
import importlib.util
import io
import math
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import guest                                            # noqa: E402


def run(*args):
    """A script's exit status, output and errors."""
    done = subprocess.run([sys.executable, os.path.join(HERE, args[0]), *args[1:]],
                          capture_output=True, text=True, errors="replace")
    return done.returncode, done.stdout, done.stderr


def script(*path):
    """A script as a module."""
    path = os.path.join(HERE, *path)
    loader = importlib.machinery.SourceFileLoader(os.path.basename(path).replace("-", "_"), path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


refcost = script("refcost-test")
bench_refs = script("..", "..", "bench", "refs", "bench-refs")


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


class Compare(unittest.TestCase):
    """What fails without the series, too, is no failure; what only fails with it is."""

    REFERENCE = "ok 1 a\nnot ok 2 b\nok 3 c\nok 4 d\n"

    def compare(self, text):
        """The results after the comparison, and what was printed."""
        result, printed = score(text), io.StringIO()
        with contextlib.redirect_stdout(printed):
            result.compare(score(self.REFERENCE))
        return result, printed.getvalue()

    def test_the_same(self):
        result, printed = self.compare(self.REFERENCE)
        self.assertEqual(result.count("not ok"), 0)
        self.assertEqual(printed, "# x b fails without the series, too\n")
        self.assertEqual(result.summary(),
                         "3 passed, 0 failed, 0 skipped, 1 fail without the series, too")

    def test_worse(self):
        for text in ("not ok 3 c", "ok 3 c # SKIP", ""):
            result, printed = self.compare(f"ok 1 a\nok 2 b\n{text}\nok 4 d\n")
            self.assertEqual(result.results["x c got worse"], "not ok", text)
            self.assertIn("not ok - x c passes without the series", printed)

    def test_new_test_that_fails(self):
        result, _ = self.compare(self.REFERENCE + "not ok 5 e\n")
        self.assertEqual(result.count("not ok"), 1)


class Refcost(unittest.TestCase):
    """The cost is judged by an interval, and by the instructions."""

    @staticmethod
    def rounds(ratios):
        return [{"pair": {"ratio": ratio}} for ratio in ratios]

    def test_interval(self):
        self.assertEqual(refcost.interval([3, 1, 2, 5, 4]), (-math.inf, math.inf))
        self.assertEqual(refcost.interval([3, 1, 2, 5, 4, 6]), (1, 6))
        self.assertEqual(refcost.interval(range(1, 21)), (6, 15))

    def test_verdict(self):
        for ratios, wanted in (([1.0, 0.99, 1.01] * 3, 0), ([1.3, 1.1, 1.8] * 3, 1),
                               ([0.9, 1.0, 1.1] * 3, 2), ([1.0] * 5, 2)):
            self.assertEqual(refcost.verdict(self.rounds(ratios), "pair"), wanted, ratios)

    def test_instructions(self):
        code = "f: test %rdi,%rdi; je 1f; lock incl (%rdi); ret; 1: nop; ret"
        with tempfile.TemporaryDirectory() as path:
            source = f'.globl f, main; .type f,@function\n{code}\n.size f, .-f\nmain: ret\n'
            subprocess.run(["gcc", "-x", "assembler", "-", "-o", os.path.join(path, "linux")],
                           input=source, text=True, check=True, capture_output=True)
            kern = guest.Kernel("bench", path, path)
            self.assertEqual(refcost.instructions(kern, "f"), 4)
            with self.assertRaises(guest.Fail):
                refcost.instructions(kern, "no_such_function")

    def test_processor_time(self):
        before = refcost.processor_ns()
        with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
            time.sleep(0.3)
            spent = refcost.processor_ns() - before
            busy.kill()
        self.assertGreater(spent, 10e6)


class Counter(unittest.TestCase):
    """What is counted is what the processes started since then did."""

    def test_task_clock(self):
        counter = bench_refs.Counter((1, 1))
        if counter.why_not:
            self.skipTest(f"the host lets us count nothing: {counter.why_not}")
        before = counter.read()
        subprocess.run([sys.executable, "-c", "sum(range(1000000))"], check=True)
        self.assertGreater(counter.read() - before, 1e6)
        counter.close()

    def test_no_such_event(self):
        counter = bench_refs.Counter((1, 9999))
        self.assertTrue(counter.why_not)
        self.assertIsNone(counter.read())


class Input(unittest.TestCase):
    def test_unknown_flavour(self):
        status, _, errors = run("kselftest", "strss")
        self.assertEqual(status, 2)
        self.assertEqual(errors, "kselftest: unknown flavour 'strss' "
                                 "(known: stress explore lockdep percpu)\n")

    def test_too_few_rounds(self):
        status, _, errors = run("refcost-test", "5")
        self.assertEqual(status, 2)
        self.assertEqual(errors, "refcost-test: 5 rounds tell nothing; 6 is the least\n")

    def test_unknown_group(self):
        status, _, errors = run("each-patch", "lifecycel", "stress")
        self.assertEqual(status, 2)
        self.assertRegex(errors, "no patches of the group 'lifecycel'\n$")


class WithoutSeries(unittest.TestCase):
    """Variants that need the series are skipped where it is missing, with the reason."""

    MISSING = ("nf_hook_get",)

    def less_kernel(self, path, out):
        """A kernel that does not export all that the series adds."""
        for name in os.listdir(path):
            os.symlink(os.path.join(path, name), os.path.join(out, name))
        os.unlink(os.path.join(out, "Module.symvers"))
        with open(os.path.join(path, "Module.symvers")) as old, \
             open(os.path.join(out, "Module.symvers"), "w") as new:
            new.writelines(line for line in old if line.split()[1] not in self.MISSING)

    def test_variants_are_skipped(self):
        kern = guest.find_kernel("stress")
        modules = subprocess.run([os.path.join(guest.TOP, "modules/build.py"), "--kernel-dir",
                                  kern.path, os.path.join(guest.TOP, "modules")],
                                 capture_output=True, text=True, check=True).stdout.strip()
        with tempfile.TemporaryDirectory() as work:
            less, results = os.path.join(work, "kernel"), os.path.join(work, "results")
            os.mkdir(less)
            self.less_kernel(kern.path, less)
            done = subprocess.run(
                [os.path.join(guest.TOP, "build/modrace"), "run", "--kernel", f"stress={less}",
                 "--modules", f"stress={modules}", "--init", os.path.join(guest.TOP, "build/init"),
                 "--scenarios", os.path.join(guest.TOP, "scenarios"), "--results", results,
                 "--only", "*/lifecycle*"], capture_output=True, text=True)
        runs = [line for line in done.stdout.splitlines() if "/lifecycle" in line]
        self.assertGreater(len(runs), 10, done.stderr)
        for line in runs:
            self.assertRegex(line, r"^SKIP .*the kernel does not have the lifecycle patches \(no "
                                   r"nf_hook_get\), which this variant requires$")


class Lifecycle(unittest.TestCase):
    """The selftests of the series pass on the kernels that everything else uses."""

    def test_both_flavours(self):
        status, output, errors = run("kselftest", "--new", "stress", "explore")
        bad = re.findall(r"^not ok.*", output, re.M)
        self.assertEqual((status, bad), (0, []), errors[-500:])
        passed = int(re.search(r"^(\d+) passed, 0 failed", output, re.M)[1])
        self.assertGreaterEqual(passed, 150)


if __name__ == "__main__":
    unittest.main()
