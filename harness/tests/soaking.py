# SPDX-License-Identifier: GPL-2.0
"""
make soak: what it says of verdicts that a script in the place of run-scenarios comes to,
what its load is and that nothing of it is left; and, at the end, a minute of the real
thing.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = HERE, os.path.dirname(HERE)

from e2e import descendants, wait_until                 # noqa: E402
from soak import make_directory                         # noqa: E402

# What stands in for run-scenarios: leaves the results that the test has prepared.
COMMAND = '''\
#!/usr/bin/python3 -S
import json, os, signal, sys, time
home, results = os.path.dirname(sys.argv[0]), os.environ["RESULTS"]
if os.environ.get("MODRACE"):
    sys.exit("modrace: does not build" if os.path.exists(home + "/bad") else 0)
name = {"run": "results.json", "gate": "gate.json"}[sys.argv[1]]
signal.signal(signal.SIGINT, lambda *_: (open(home + "/told", "w"), sys.exit(2)))
open(home + "/began", "w").write(f"{os.getpid()} {os.environ.get('ONLY')}")
while os.path.exists(home + "/wait"):
    time.sleep(0.05)
if not os.path.exists(f"{home}/{name}"):
    sys.exit("modrace: nothing there")
os.makedirs(results + "/latest")
text = open(f"{home}/{name}").read()
open(f"{results}/latest/{name}", "w").write(text)
sys.exit(json.loads(text)["exit"])
'''


def run_of(name, verdict, expect="pass", mode="stress", title="", reason=""):
    scenario, variant = name.split("/")
    return {"scenario": scenario, "variant": variant, "mode": mode, "expect": expect,
            "verdict": verdict, "title": title, "reason": reason}


def known(name, expect="pass", mode="stress", titles=()):
    scenario, variant = name.split("/")
    return {"scenario": scenario, "variant": variant, "mode": mode, "expect": expect,
            "titles": list(titles)}


def judged(name, verdict, rule="", title=""):
    scenario, variant = name.split("/")
    return {"scenario": scenario, "variant": variant, "mode": "stress", "verdict": verdict,
            "rule": rule, "title": title}


def alive():
    """The processes below this one that have not ended."""
    found = set()
    for pid in descendants(os.getpid()):
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                if file.read().rsplit(")", 1)[1].split()[0] != "Z":
                    found.add(pid)
    return found


def session(pid):
    """The session of a process, None if it is gone."""
    with contextlib.suppress(OSError):
        return os.getsid(pid)
    return None


def state(pid):
    """Processor time of a process, clock ticks, and its memory, bytes."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return int(fields[11]), int(fields[21]) * os.sysconf("SC_PAGE_SIZE")


class Soak(unittest.TestCase):

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="modrace soak ")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        os.mkdir(os.path.join(self.dir, "harness"))
        os.symlink(os.path.join(TOP, "harness/soak.py"), self.path("soak.py"))
        os.symlink(os.path.join(TOP, "uml-config"), os.path.join(self.dir, "uml-config"))
        self.write("run-scenarios", COMMAND)
        os.chmod(self.path("run-scenarios"), 0o755)
        self.baseline(known("one/fixed"), known("one/broken", "fail"))
        self.results(run_of("one/fixed", "PASS"), run_of("one/broken", "XFAIL", "fail"))

    def path(self, name):
        return os.path.join(self.dir, "harness", name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text if isinstance(text, str) else json.dumps(text))

    def baseline(self, *runs):
        self.write("baseline.json", {"schema": 1, "kernels": {}, "runs": runs})

    def results(self, *runs, status=0):
        self.write("results.json", {"runs": runs, "exit": status})

    def environment(self, **knobs):
        return {**os.environ, "RESULTS": os.path.join(self.dir, "results"), "LOAD": "1",
                "LOAD_MEMORY": "0", "SOAK": "run", "BASELINE": self.path("baseline.json"), **knobs}

    def soak(self, status=0, **knobs):
        """Its output, that to stderr included, once it has ended with this status."""
        done = subprocess.run([self.path("soak.py")], env=self.environment(**knobs), text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=120)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertEqual(alive(), set())
        return done.stdout + done.stderr

    def start(self, **knobs):
        """One that is at its first command."""
        self.write("wait", "")
        soak = subprocess.Popen([self.path("soak.py")], env=self.environment(**knobs), text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                stdin=subprocess.DEVNULL)
        self.addCleanup(soak.stdout.close)
        self.addCleanup(soak.wait)
        self.addCleanup(soak.kill)
        wait_until(lambda: os.path.exists(self.path("began")) or soak.poll() is not None, 300)
        self.assertIsNone(soak.poll(), soak.returncode and soak.stdout.read())
        return soak


class Verdicts(Soak):

    def test_as_expected(self):
        self.assertIn("round 2 of 2, run: 2 verdicts, 0 differ", self.soak(ROUNDS="2"))
        kept = os.listdir(os.path.join(self.dir, "results/soak"))
        for name in "round-1/run/output.txt", "round-2/run/latest/results.json":
            self.assertTrue(os.path.exists(os.path.join(self.dir, "results/soak", kept[0], name)))

    def test_within_a_second(self):
        """Those that begin in the same second have a directory each."""
        with mock.patch.dict(os.environ, RESULTS=self.dir), \
             mock.patch("time.strftime", return_value="now"):
            names = [os.path.basename(make_directory()) for _ in range(3)]
        self.assertEqual(names, ["now", "now.1", "now.2"])

    def test_each_kind(self):
        self.results(run_of("one/fixed", "FAIL", title="RCU stall"),
                     run_of("one/broken", "XPASS", "fail", reason="went well"),
                     run_of("two/fixed", "BROKEN", reason="out of memory"),
                     run_of("two/a", "TIMEOUT", reason="not through"),
                     run_of("two/b", "INCONCLUSIVE", reason="starved (12 % of the processor time)"),
                     run_of("two/c", "INCONCLUSIVE", reason="never overlapped"),
                     run_of("two/d", "PASS"), status=1)
        said = self.soak(1)
        self.assertIn("7 verdicts, 6 differ", said)
        self.assertRegex(said, r"(?m)^    FAIL +one/fixed +stress +RCU stall \(expected: PASS\)$")
        self.assertRegex(said, r"(?m)^    XPASS +one/broken +stress +went .* \(expected: XFAIL\)$")
        self.assertRegex(said, r"(?m)^ +FAIL +BROKEN +XPASS +TIMEOUT +INCONCLUSIVE +starved +other")
        self.assertRegex(said, r"(?m)^all +1 +1 +1 +1 +2 +1 +0$")

    def test_sum_of_the_rounds(self):
        self.results(run_of("one/fixed", "INCONCLUSIVE", reason="starved (3 %)"), status=2)
        said = self.soak(2, ROUNDS="3")
        self.assertRegex(said, r"(?m)^round 3 run +0 +0 +0 +0 +1 +1 +0$")
        self.assertRegex(said, r"(?m)^all +0 +0 +0 +0 +3 +3 +0$")

    def test_skipped(self):
        """A variant that the baseline leaves out of a scenario was skipped then."""
        self.results(run_of("one/extra", "SKIP"), run_of("one/fixed", "SKIP"))
        said = self.soak(2)
        self.assertRegex(said, r"(?m)^    SKIP +one/fixed .*\(expected: PASS\)$")
        self.assertNotIn("one/extra", said)
        self.assertRegex(said, r"(?m)^all +0 +0 +0 +0 +0 +0 +1$")

    def test_known_failure(self):
        self.baseline(known("one/fixed", titles=["KASAN: in f"]))
        self.results(run_of("one/fixed", "FAIL", title="KASAN: in f"), status=1)
        self.soak(0)
        self.results(run_of("one/fixed", "FAIL", title="KASAN: in g"), status=1)
        self.soak(1)

    def test_gate(self):
        verdicts = [judged("one/a", "PASS"), judged("one/b", "CONTROL"), judged("one/c", "KNOWN"),
                    judged("two/a", "INCONCLUSIVE", "BROKEN: out of memory"),
                    judged("two/b", "INCONCLUSIVE", "INCONCLUSIVE: starved (3 %)")]
        self.write("gate.json", {"verdicts": verdicts, "exit": 2})
        said = self.soak(2, SOAK="run gate")
        self.assertIn("round 1 of 1, gate: 5 verdicts, 2 differ", said)
        self.assertRegex(said, r"(?m)^round 1 gate +0 +1 +0 +0 +1 +1 +0$")
        verdicts[0] = judged("one/a", "UNCONFIRMED", "failed", "RCU stall")
        self.write("gate.json", {"verdicts": verdicts, "exit": 1})
        self.assertRegex(self.soak(1, SOAK="gate"), r"(?m)^all +1 +1 +0 +0 +1 +1 +0$")

    def test_refusals(self):
        for knobs, words in (({"LOAD": "many"}, "LOAD=many: not a number from 0 to 1000"),
                             ({"ROUNDS": "0"}, "ROUNDS=0: not a number from 1 to 1000"),
                             ({"LOAD_MEMORY": "-1"}, "LOAD_MEMORY=-1: not a number"),
                             ({"SOAK": "walk"}, "walk: neither run nor gate"),
                             ({"RESUME": "1"}, "RESUME: "),
                             ({"BASELINE": "/none"}, "/none: No such file or directory; make base"),
                             ({"BASELINE": self.path("soak.py")}, "soak.py: not a baseline"),
                             ({"LOAD_MEMORY": str(1 << 30)}, "LOAD_MEMORY=1073741824: not a number"),
                             ({"SOAK": "gate"}, "gate ended with status 1: modrace: nothing")):
            with self.subTest(knobs):
                lines = self.soak(2, **knobs).splitlines()
                self.assertEqual(lines[-1][:6], "soak: ")
                self.assertIn(words, lines[-1])

    def test_build_that_fails(self):
        """It is said before there is any load."""
        self.write("bad", "")
        said = self.soak(2)
        self.assertTrue(said.endswith("soak: modrace: does not build\n"), said)
        self.assertNotIn("load: ", said)


class Load(Soak):

    def members(self, soak):
        """The processes of the load: children of its in sessions of their own."""
        with open(self.path("began"), encoding="ascii") as file:
            command = int(file.read().split()[0])
        self.assertEqual(session(command), session(soak.pid))
        return [pid for pid in descendants(soak.pid) if pid != command]

    def test_what_it_is(self):
        """Each is in a session of its own; all but one use processors, the other memory."""
        soak = self.start(LOAD="3", LOAD_MEMORY="64", ONLY="one/*")
        self.assertTrue(wait_until(lambda: len(self.members(soak)) == 4))
        pids = self.members(soak)
        self.assertTrue(wait_until(lambda: [session(pid) for pid in pids] == pids))
        self.assertTrue(wait_until(lambda: sum(state(pid)[0] > 20 for pid in pids) >= 3))
        self.assertTrue(wait_until(
            lambda: sum(state(pid)[1] > 64 << 20 for pid in pids) == 1))
        self.assertEqual({os.getpriority(os.PRIO_PROCESS, pid) for pid in pids},
                         {os.getpriority(os.PRIO_PROCESS, 0)})
        with open(self.path("began"), encoding="ascii") as file:
            self.assertEqual(file.read().split()[1], "one/*")
        os.unlink(self.path("wait"))
        out, _ = soak.communicate(timeout=60)
        self.assertEqual(soak.returncode, 0, out)
        self.assertEqual(alive(), set())

    def test_interrupted(self):
        """The load ends, the command is told, and what was through is shown."""
        for sign in signal.SIGINT, signal.SIGTERM:
            with self.subTest(sign):
                soak = self.start(LOAD="2")
                soak.send_signal(sign)
                out, _ = soak.communicate(timeout=60)
                self.assertEqual(soak.returncode, 2, out)
                self.assertRegex(out, r"(?m)^all +0 .*\n\n.*\nsoak: interrupted")
                self.assertEqual(alive(), set())
                self.assertTrue(os.path.exists(self.path("told")))
                os.unlink(self.path("told"))
                os.unlink(self.path("began"))

    def test_killed(self):
        """Then nobody can end the load but the kernel."""
        soak = self.start(LOAD="2", LOAD_MEMORY="16")
        self.assertTrue(wait_until(lambda: len(self.members(soak)) == 3))
        soak.kill()
        soak.wait()
        self.assertTrue(wait_until(lambda: not alive()), alive())

    def test_load_that_is_killed(self):
        """Beside half of a load nothing is shown."""
        soak = self.start(LOAD="2")
        self.assertTrue(wait_until(lambda: len(self.members(soak)) == 2))
        os.kill(self.members(soak)[0], signal.SIGKILL)
        os.unlink(self.path("wait"))
        out, _ = soak.communicate(timeout=60)
        self.assertEqual(soak.returncode, 2, out)
        self.assertIn("of the load was ended", out)


# What has been seen to fail for no other reason than that the host was busy; None for
# all variants.
FRAIL = {"control-clean": None, "platform-device": ["fixed"], "scsi-host": ["lifecycle"],
         "usb-hcd-bus": ["lifecycle-wait"]}
FEW_CYCLES = "20"


class Short(unittest.TestCase):
    """A minute of the real thing: correct modules, raced by guests that are kept waiting."""

    def scenarios(self, directory):
        """Copies of scenarios with those variants alone."""
        for name, variants in FRAIL.items():
            with open(os.path.join(TOP, "scenarios", f"{name}.ini"), encoding="utf-8") as file:
                head, *sections = re.split(r"(?m)^(?=\[variant )", file.read())
            kept = [section for section in sections
                    if variants is None or re.match(r"\[variant (.*)\]", section)[1] in variants]
            self.assertEqual(len(kept), len(variants or sections))
            with open(os.path.join(directory, f"{name}.ini"), "w", encoding="utf-8") as file:
                file.write("".join([head, *kept]))

    def test_beside_sixteen(self):
        with tempfile.TemporaryDirectory(prefix="modrace-soak-") as directory:
            self.scenarios(directory)
            results = os.path.join(directory, "results")
            done = subprocess.run([os.path.join(TOP, "harness/soak.py"), "run"], text=True,
                                  capture_output=True, stdin=subprocess.DEVNULL,
                                  env={**os.environ, "LOAD": "16", "ROUNDS": "1", "MODE": "stress",
                                       "SCENARIO_DIR": directory, "CYCLES": FEW_CYCLES,
                                       "RESULTS": results})
            said = done.stdout + done.stderr
            names = re.search(r"(?m)^ +(FAIL .*)$", said)
            counts = re.search(r"(?m)^all +(.*)$", said)
            self.assertTrue(names and counts, f"{said}exit status {done.returncode}")
            counts = dict(zip(names[1].split(), map(int, counts[1].split())))
            starved = counts.pop("starved")
            self.assertLessEqual(starved, 1, said)
            self.assertEqual(counts.pop("INCONCLUSIVE"), starved, said)
            self.assertEqual(set(counts.values()), {0}, said)
            self.assertIn("7 verdicts", said)


if __name__ == "__main__":
    unittest.main()
