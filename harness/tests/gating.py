# SPDX-License-Identifier: GPL-2.0
"""
The gate's rounds, on guests played by a script as in faults.py: each variant fails in
the cycles that its test says, so that each rule of docs/gate.md is seen to be the one
that decides.
"""

import json
import os
import signal
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from e2e import wait_until                              # noqa: E402
from faults import Faults                               # noqa: E402

SCENARIO = """\
[scenario]
module = fake
cycles = 1000
[traffic reader]
type = chardev
path = /dev/fake
[variant broken]
expect = fail
signature = ^KASAN
[variant fixed]
expect = pass
"""


class Gate(Faults):

    mode = "stress"

    def setUp(self):
        super().setUp()
        self.write("kernel/.config", "#\nCONFIG_KASAN=y\n")
        self.scenarios("one", text=SCENARIO)
        self.baseline([])

    def baseline(self, runs):
        self.write("baseline.json", json.dumps({"schema": 2, "kernels": {}, "runs": runs}))

    def fails(self, slow=False, **when):
        """A kernel whose variants fail when these conditions hold, in the phase of unloading."""
        self.kernel(("" if slow else "time.sleep = lambda seconds: None\n") + "\n".join(
            f'if phase == "unload" and args["variant"] == "{name}" and ({condition}):\n'
            f'    say(f"F {{cycle}} unload KASAN: in {name}\\n")\n    die()'
            for name, condition in when.items()))

    def gate(self, *more, command="gate"):
        argv = self.command("--baseline", os.path.join(self.dir, "baseline.json"), "--jobs", "2",
                            *more)
        argv[1] = command
        return self.carry_out([word.replace("stress=", f"{self.mode}=") for word in argv])

    def verdict(self, verdict, *more, status=0):
        """The gate comes to this verdict of the variant that is to pass."""
        done = self.gate(*more)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        with open(os.path.join(self.dir, "results/latest/gate.json"), encoding="utf-8") as file:
            found = json.load(file)["verdicts"][0]
        self.assertEqual(found["verdict"], verdict, found)
        self.assertIn(verdict, done.stdout)
        self.clean()
        return found, done.stdout

    def test_frequent_race(self):
        """Three failures of the twin are enough, and 688 clean trials."""
        self.fails(broken="cycle % 3 == 0")
        found, _ = self.verdict("PASS")
        self.assertEqual((found["twin"]["hits"], found["twin"]["trials"]), (3, 9))
        self.assertEqual((found["sample"]["hits"], found["sample"]["trials"]), (0, 688))

    def test_twin(self):
        """A variant of another module has no twin until one is named; the verdict names it."""
        self.write("modules/stripped/other.ko", "")
        self.fails(broken="cycle % 3 == 0")
        text = SCENARIO + "module = other\n"
        self.scenarios("one", text=text)
        found, said = self.verdict("CONTROL")
        self.assertIsNone(found["twin"])
        self.assertIn("no twin", said)
        self.scenarios("one", text=text + "twin = broken\n")
        found, said = self.verdict("PASS", "--explain")
        self.assertEqual((found["twin"]["variant"], found["twin"]["hits"]), ("broken", 3))
        self.assertIn("the rate of its twin broken", said)

    def test_twin_that_is_gone(self):
        """What had a twin when the baseline was made is not passed without one."""
        self.fails(broken="cycle % 3 == 0")
        self.assertEqual(self.gate(command="baseline").returncode, 0)
        self.write("kernel/Module.symvers", "")
        self.scenarios("one", text=SCENARIO.replace("= ^KASAN", "= ^KASAN\nrequires = gone"))
        found, _ = self.verdict("INCONCLUSIVE", status=2)
        self.assertIn("its twin in the baseline, broken, has not been run", found["rule"])

    def test_rare_race(self):
        """A twin that fails one time in 150: both go on until it has failed ten times."""
        self.fails(broken="cycle % 150 == 0")
        found, _ = self.verdict("PASS")
        self.assertEqual((found["twin"]["hits"], found["twin"]["trials"]), (10, 1500))
        self.assertGreater(found["sample"]["trials"], 1500)
        self.assertLess(found["missed"], 0.001)

    def test_lockdep_mode(self):
        """A fifth of the cycles is all, and what a rare twin then leaves open is said."""
        self.mode = "lockdep"
        self.fails(broken="cycle % 3 == 0")
        found, _ = self.verdict("PASS")
        self.assertEqual((found["twin"]["hits"], found["sample"]["trials"]), (3, 200))
        self.fails(broken="cycle % 400 == 399")
        found, text = self.verdict("CONTROL")
        self.assertEqual((found["twin"]["hits"], found["sample"]["trials"]), (2, 200))
        self.assertRegex(text, r"missed 9\d %  CONTROL")

    def test_budget(self):
        """No time to go on: it is said how probable it is that a race was missed."""
        self.fails(slow=True, broken="cycle % 400 == 0")
        found, _ = self.verdict("INCONCLUSIVE", "--budget", "1", status=2)
        self.assertGreater(found["missed"], 0.001)
        self.assertRegex(found["rule"], "would be missed|not through after")

    def test_twin_that_does_not_fail(self):
        self.kernel()
        found, _ = self.verdict("INCONCLUSIVE", "--budget", "4", status=2)
        self.assertIn("did not fail", found["rule"])

    def test_regression(self):
        self.fails(broken="cycle % 3 == 0", fixed="cycle == 40")
        found, said = self.verdict("REGRESSION", status=1)
        self.assertEqual(found["again"]["hits"], 1)
        self.assertIn(found["reproducer"], said)

    def test_failure_that_does_not_come_back(self):
        marker = os.path.join(self.dir, "once")
        self.fails(broken="cycle % 3 == 0",
                   fixed=f'not os.path.exists("{marker}") and not open("{marker}", "w").close()')
        found, _ = self.verdict("UNCONFIRMED", status=1)
        self.assertEqual(found["again"]["hits"], 0)
        self.assertGreaterEqual(found["again"]["trials"], 688)

    def test_known_failure(self):
        self.fails(broken="cycle % 3 == 0", fixed="cycle % 100 == 0")
        known = {"scenario": "one", "variant": "fixed", "mode": "stress", "kernel": "7.3.9",
                 "expect": "pass", "hits": 7, "trials": 700, "cpu_ms": 1.0,
                 "titles": ["KASAN: in fixed"]}
        self.baseline([known])
        self.verdict("KNOWN")
        self.baseline([known | {"kernel": "7.4.0"}])
        self.verdict("REGRESSION", status=1)
        self.baseline([known])
        self.fails(broken="cycle % 3 == 0", fixed="cycle % 10 == 0")
        found, _ = self.verdict("REGRESSION", status=1)
        self.assertIn("3 times the rate", found["rule"])

    def test_baseline(self):
        """A baseline takes the twin's rate as well as it can be had, and nothing that is unclear."""
        self.fails(broken="cycle % 3 == 0")
        self.assertEqual(self.gate(command="baseline").returncode, 0)
        with open(os.path.join(self.dir, "baseline.json"), encoding="utf-8") as file:
            runs = {run["variant"]: run for run in json.load(file)["runs"]}
        self.assertEqual((runs["broken"]["hits"], runs["broken"]["trials"]), (10, 30))
        self.assertEqual(runs["fixed"]["titles"], [])
        self.scenarios("one", text=SCENARIO.replace("fixed", "mended"))
        self.assertEqual(self.gate(command="baseline").returncode, 0)
        with open(os.path.join(self.dir, "baseline.json"), encoding="utf-8") as file:
            self.assertEqual([run["variant"] for run in json.load(file)["runs"]],
                             ["broken", "mended"])
        self.kernel()
        done = self.gate("--budget", "2", command="baseline")
        self.assertEqual(done.returncode, 2)
        self.assertIn("not written", done.stderr)

    def test_interrupted(self):
        """Nothing is judged, nothing stays, and the next one begins anew."""
        self.fails(slow=True, broken="cycle % 3 == 0")
        argv = self.command("--baseline", os.path.join(self.dir, "baseline.json"))
        runner = subprocess.Popen([argv[0], "gate", *argv[2:]], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
        self.assertTrue(wait_until(self.players))
        runner.send_signal(signal.SIGINT)
        said, _ = runner.communicate(timeout=60)
        self.assertEqual(runner.returncode, 2, said)
        self.assertIn("interrupted; nothing was judged", said)
        self.clean()
        done = self.gate("--resume")
        self.assertEqual((done.returncode, len(done.stderr.splitlines())), (2, 1), done.stderr)
        self.assertIn("RESUME", done.stderr)

    def test_changes(self):
        """A detector that is off and a race that has become rare are said, and fail nothing."""
        self.fails(broken="cycle % 3 == 0")
        self.assertEqual(self.gate(command="baseline").returncode, 0)
        _, said = self.verdict("PASS")
        self.assertNotIn("changed since", said)
        self.write("kernel/.config", "#\nCONFIG_UBSAN=y\n")
        self.write("kernel/kernel.json", json.dumps({"version": "7.3.5", "hash": "other"}))
        self.fails(broken="cycle % 90 == 0")
        _, said = self.verdict("PASS")
        for line in ("CONFIG_KASAN was on and is off", "CONFIG_UBSAN was off and is on",
                     "7.3.4 (fake) in the baseline, now 7.3.5 (other)",
                     "one/broken stress: hit rate fell from 10/30 to "):
            self.assertIn(line, said)


if __name__ == "__main__":
    unittest.main()
