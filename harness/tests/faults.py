# SPDX-License-Identifier: GPL-2.0
"""
The harness under faults: guests that die, babble or fall silent, a runner that is
killed, a full disk, a clock that jumps, two runs at once. The guests are played by
a script in the place of the kernel, so that each fault comes exactly when it should.

TORTURE=200 repeats what is random so many times (make torture).
"""

import contextlib
import glob
import json
import os
import pty
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest
import xml.etree.ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from e2e import descendants, guests, wait_until         # noqa: E402

TOP = os.path.dirname(os.path.dirname(HERE))
MODRACE = os.environ.get("MODRACE") or os.path.join(TOP, "build", "modrace")
REPORT = os.path.join(TOP, "harness", "report", "report.py")
ROUNDS = int(os.environ.get("TORTURE", "5"))
PHASES = ("boot", "load", "settle", "unload", "park", "audit")

# What stands in for a kernel. A test's own lines define what happens in fault().
KERNEL = '''\
#!/usr/bin/python3 -S
import os, sys, time
args = dict(word.split("=", 1) for word in sys.argv[sys.argv.index("--") + 1:])
first, last, boot = int(args["first"]), int(args["last"]), int(args["seed"]) - 1
open(sys.argv[0].replace("linux", "pids"), "a").write(f"{os.getpid()}\\n")

def say(text, fd=3):
    data = text if isinstance(text, bytes) else text.encode()
    while data:
        data = data[os.write(fd, data):]

def die():
    os.kill(os.getpid(), 9)

def fault(cycle, phase):
    pass

def beat(cycle, phase):
    done = cycle - first + (phase == "audit")
    say(f"B {cycle} {phase} {done} {done} 0\\n")
    fault(cycle, phase)

fault(0, "start")
say("H 2 stress 7.3.4\\n")
beat(first, "boot")
for cycle in range(first, last + 1):
    for phase in "load", "settle", "unload", "park", "audit":
        beat(cycle, phase)
    time.sleep(0.002)
count = last - first + 1
for step in "attempt", "park", "finish":
    say(f"R {step} {count}\\n")
say(f"T reader {count} 0\\nD {last} {count} {count} 0\\n")
'''

SCENARIO = """\
[scenario]
module = fake
cycles = 20
[traffic reader]
type = chardev
path = /dev/fake
[variant fixed]
expect = pass
"""


class Faults(unittest.TestCase):

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="modrace faults ")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.write("kernel/kernel.json", json.dumps({"version": "7.3.4", "hash": "fake"}))
        self.write("kernel/usr/gen_init_cpio", "#!/bin/sh\ncat\n", 0o755)
        self.write("modules/stripped/fake.ko", "")
        self.write("init", "")
        self.kernel()
        self.scenarios("one")

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.dir, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def kernel(self, lines="pass"):
        """A kernel whose fault() is these lines, of cycle, phase and boot (from 1)."""
        body = textwrap.indent(textwrap.dedent(lines).strip(), "    ")
        self.write("kernel/linux", KERNEL.replace("    pass\n", body + "\n"), 0o755)

    def scenarios(self, *names, text=SCENARIO):
        for name in names:
            self.write(f"scenarios/{name}.ini", text)

    def command(self, *more, results="results"):
        at = {name: os.path.join(self.dir, name)
              for name in ("kernel", "modules", "init", "scenarios", results)}
        return [MODRACE, "run", "--kernel", f"stress={at['kernel']}", "--modules",
                f"stress={at['modules']}", "--init", at["init"], "--scenarios", at["scenarios"],
                "--report", REPORT, "--results", at[results], *more]

    def without(self, option):
        argv = self.command()
        at = argv.index(option)
        return argv[:at] + argv[at + 2:]

    def carry_out(self, argv, env=None):
        return subprocess.run(argv, capture_output=True, text=True, errors="replace", timeout=300,
                              stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})})

    def run_it(self, *more, env=None):
        return self.carry_out(self.command(*more), env)

    def results(self):
        with open(os.path.join(self.dir, "results/latest/results.json"), encoding="utf-8") as f:
            return json.load(f)["runs"]

    def one(self, *more, status=0, verdict="PASS", env=None):
        """Runs one scenario; its run, after a look at what is left of it."""
        done = self.run_it(*more, env=env)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        run = self.results()[0]
        self.assertEqual(run["verdict"], verdict, run["reason"])
        xml.etree.ElementTree.parse(os.path.join(self.dir, "results/latest/junit.xml"))
        self.clean()
        return run

    def clean(self):
        """No process and no temporary file is left."""
        self.assertTrue(wait_until(lambda: not guests() and not self.players()),
                        (guests(), self.players()))
        left = glob.glob(f"{glob.escape(self.dir)}/results/**/*.tmp", recursive=True)
        left += glob.glob(f"{glob.escape(self.dir)}/results/.latest*")
        self.assertEqual(left, [])

    def players(self):
        """The scripts that played a kernel and are still alive."""
        with contextlib.suppress(OSError):
            with open(os.path.join(self.dir, "kernel/pids"), encoding="ascii") as file:
                below = descendants(os.getpid())
                return [pid for pid in map(int, file.read().split()) if pid in below]
        return []


class Guests(Faults):

    def test_nothing_wrong(self):
        run = self.one()
        self.assertEqual((run["unloads"], run["boots"]), (20, 1))

    def test_killed_in_every_phase(self):
        for phase in PHASES:
            with self.subTest(phase):
                at = 1 if phase == "boot" else 7
                self.kernel(f'if boot == 1 and cycle == {at} and phase == "{phase}": die()')
                run = self.one()
                self.assertEqual((run["boots"], run["unexplained_ends"]), (2, 1))
                self.assertGreaterEqual(run["unloads"], 20)

    def test_killed_again_and_again(self):
        self.kernel('if phase == "unload": die()')
        run = self.one(status=2, verdict="BROKEN")
        self.assertIn("phase unload", run["reason"])

    def test_killed_before_it_reports(self):
        self.kernel('say("mount failed: no root\\n", 1)\ndie()')
        run = self.one(status=2, verdict="BROKEN")
        self.assertIn("mount failed: no root", run["reason"])

    def test_cannot_be_started(self):
        self.write("kernel/linux", "#!/no/such/interpreter\n", 0o755)
        run = self.one(status=2, verdict="BROKEN")
        self.assertIn("cannot start", run["reason"])

    def test_channel_cut_off(self):
        """A last line without its end does not count, whatever it says."""
        self.kernel('if boot == 1 and cycle == 9: say("D 20 20 20 0"); die()')
        run = self.one()
        self.assertEqual((run["boots"], run["unexplained_ends"]), (2, 1))

    def test_channel_with_garbage(self):
        self.kernel('say(os.urandom(5000).replace(b"\\n", b" ") + b"\\nB 1\\nF\\nQ x\\n"'
                    ' + b"B " + b"9" * 5000 + b"\\n\\0\\0\\n")')
        run = self.one()
        self.assertEqual((run["unloads"], run["boots"]), (20, 1))

    def test_failure_said_twice(self):
        self.kernel('if cycle == 3: say("F 3 audit leftover: /dev/a\\nF 3 audit other\\n"); die()')
        run = self.one(status=1, verdict="FAIL")
        self.assertEqual(run["title"], "leftover: /dev/a")

    def test_timeout_of_a_silent_guest(self):
        """Whether it hangs or the host was busy nobody can say yet, but where it stood."""
        self.scenarios("one", text=SCENARIO.replace("cycles = 20", "cycles = 20\ntimeout = 8"))
        self.kernel('if (cycle, phase) == (5, "unload"): time.sleep(1000)')
        run = self.one(status=2, verdict="TIMEOUT")
        self.assertRegex(run["reason"], r"^not through after 8 s; no heartbeat for [1-8] s, "
                                        r"in cycle 5, phase unload: ")

    def starve(self, seconds):
        """Four who want processor 0 for so long; who is there at SCHED_IDLE gets next to nothing."""
        for _ in range(4):
            hog = subprocess.Popen([sys.executable, "-c", "import os, time\n"
                                    "os.sched_setaffinity(0, {0})\n"
                                    f"while time.monotonic() < {time.monotonic() + seconds}: pass"])
            self.addCleanup(hog.wait)
            self.addCleanup(hog.kill)

    def starving(self, condition):
        """What came of a guest that does not get what it asks for, if the condition holds."""
        self.scenarios("one", text=SCENARIO.replace("cycles = 20", "cycles = 20\ntimeout = 2"))
        self.kernel(f"""
            if (cycle, phase) == (5, "unload") and {condition}:
                os.sched_setaffinity(0, {{0}})
                os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
                end = time.process_time() + 2
                while time.process_time() < end: pass""")
        self.starve(60)
        done = self.run_it()
        self.clean()
        return done, self.results()[0]

    def test_starved_guest(self):
        """Neither hung nor broken, and no timeout: there was no room for it."""
        done, run = self.starving("True")
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertEqual(run["verdict"], "INCONCLUSIVE")
        self.assertRegex(run["reason"], r"^starved \([0-9]+ % of the processor time it asked for\): "
                                        r"ended after [0-9]+ of 20 unloads$")
        self.assertLess(run["processor_share"], 0.5)
        self.assertEqual(done.stdout.count("INCONCLUSIVE  one/fixed"), 2)

    def test_starved_guest_is_repeated(self):
        """Once there is room it comes to the verdict that it would have come to at once."""
        done, run = self.starving("len(open(sys.argv[0].replace('linux', 'pids')).readlines()) == 1")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("starved (", done.stdout)
        self.assertIn("once more when all others are through", done.stdout)
        self.assertEqual((run["verdict"], run["unloads"]), ("PASS", 20))

    def test_leftover_in_the_way(self):
        """What keeps the module from being loaded is the failure, of the cycle before."""
        self.kernel('''
            if (cycle, phase) == (5, "load"):
                say("sysfs: cannot create duplicate filename '/devices/platform/a.0'\\n", 1)
                time.sleep(0.1)
                say("F 4 audit leftover: /sys/devices/platform/a.0\\n")
                die()''')
        run = self.one(status=1, verdict="FAIL")
        self.assertEqual(run["title"], "leftover: /sys/devices/platform/a.0")
        self.assertEqual(run["failure_list"][0]["cycle"], 4)

    def says(self, *steps, then="die()"):
        """A guest that says so in cycle 5, and ends: (word, text) or what its kernel prints."""
        records = {"failure": "F 5 audit", "broken": "X"}
        lines = ['if (cycle, phase) == (5, "audit"):']
        for step in steps:
            word, text = (None, step) if isinstance(step, str) else step
            printed = f"modrace: {word}: {text}\n" if word else f"{text}\n"
            lines.append(f"    say({printed!r}, 1)")
            if word:
                lines.append(f"    say({f'{records[word]} {text}' + chr(10)!r})")
        self.kernel("\n".join([*lines, f"    {then}"]))

    STALL = "rcu: INFO: rcu_sched self-detected stall on CPU"
    OOM = "init invoked oom-killer: gfp_mask=0x0, order=0, oom_score_adj=0"
    IDLE = "broken", "traffic reader never reached the module"
    LEFT = "failure", "leftover: /dev/a"

    def test_broken_before_its_kernel_dies(self):
        """What a guest said about itself stands, whatever its dying kernel prints."""
        for echo in (self.STALL, self.OOM, "BUG: KASAN: wild-access in f+0x1/0x2 [fake]",
                     "Kernel panic - not syncing: Attempted to kill init!"):
            with self.subTest(echo):
                self.says(self.IDLE, echo)
                run = self.one(status=2, verdict="BROKEN")
                self.assertEqual((run["reason"], run["failures"]), (self.IDLE[1], 0))

    def test_failure_before_its_kernel_dies(self):
        for echo in self.STALL, self.OOM:
            with self.subTest(echo):
                self.says(self.LEFT, echo)
                run = self.one("--failures", "1", status=1, verdict="FAIL")
                self.assertEqual(run["title"], self.LEFT[1])
                self.assertEqual(run["failure_list"][0]["cycle"], 5)

    def test_report_before_the_word(self):
        """Then the guest only saw the echo."""
        for word in self.IDLE, self.LEFT:
            with self.subTest(word):
                self.says("BUG: KASAN: slab-use-after-free in f+0x1/0x2 [fake]", word, self.STALL)
                run = self.one("--failures", "1", status=1, verdict="FAIL")
                self.assertEqual(run["title"], "KASAN: slab-use-after-free in f [fake]")

    def test_out_of_memory_before_the_word(self):
        for word in self.IDLE, self.LEFT:
            with self.subTest(word):
                self.says(self.OOM, word, self.STALL)
                run = self.one(status=2, verdict="BROKEN")
                self.assertEqual(run["reason"], "out of memory")

    def test_first_of_two_words(self):
        self.says(self.IDLE, self.LEFT)
        self.assertEqual(self.one(status=2, verdict="BROKEN")["reason"], self.IDLE[1])
        self.says(self.LEFT, self.IDLE)
        run = self.one("--failures", "1", status=1, verdict="FAIL")
        self.assertEqual(run["title"], self.LEFT[1])

    def test_word_that_quotes_a_report(self):
        self.says(("broken", "BUG: KASAN: slab-use-after-free in f+0x1/0x2 [fake]"))
        run = self.one(status=2, verdict="BROKEN")
        self.assertIn("BUG: KASAN: slab-use-after-free", run["reason"])

    def test_word_without_a_record(self):
        """The guest died before it could send it: its kernel's report decides."""
        self.says("modrace: broken: what nobody heard", self.STALL)
        run = self.one("--failures", "1", status=1, verdict="FAIL")
        self.assertEqual(run["title"], "RCU stall")

    def test_word_is_in_the_report(self):
        """In the order of the console, the echo included."""
        self.says("sysfs: cannot create duplicate filename '/a'", self.IDLE, self.STALL)
        self.one("--failures", "1", status=1, verdict="FAIL")
        path = os.path.join(self.dir, "results/latest/one/fixed/stress/report.txt")
        with open(path, encoding="utf-8") as file:
            self.assertRegex(file.read(), rf"(?s)\nsysfs: .*\n{self.IDLE[1]}\n  said by .*"
                                          r"\nRCU stall")

    def test_flood_after_the_word(self):
        """Nor does it matter that it does not end."""
        self.says(self.IDLE, then='say(b"y" * (50 << 20), 1)')
        self.assertEqual(self.one(status=2, verdict="BROKEN")["reason"], self.IDLE[1])

    def test_done_is_no_word(self):
        """What the last unload left behind may strike while the guest powers off."""
        with open(os.path.join(self.dir, "kernel/linux"), "a", encoding="utf-8") as file:
            file.write('say("BUG: KASAN: wild-access in f+0x1/0x2 [fake]\\n", 1)\n')
        run = self.one("--failures", "1", status=1, verdict="FAIL")
        self.assertEqual(run["title"], "KASAN: wild-access in f [fake]")

    def test_report_before_leftover(self):
        """A report of a cycle before counts, whatever is found in the way later."""
        self.kernel('''
            if (cycle, phase) == (3, "unload"):
                say("sysfs: cannot create duplicate filename '/devices/platform/a.0'\\n", 1)
                time.sleep(0.1)
            if (cycle, phase) == (5, "load"):
                say("F 4 audit leftover: /sys/devices/platform/a.0\\n")
                die()''')
        run = self.one(status=1, verdict="FAIL")
        self.assertIn("cannot create duplicate filename", run["title"])

    def test_console_with_garbage(self):
        self.kernel('say(os.urandom(20000) + b"\\x1b[2J\\0\\r]]>&<\\n", 1)')
        run = self.one()
        self.assertEqual(run["unloads"], 20)

    def test_console_of_100_mb(self):
        """The guest is ended; memory, disk and time stay within bounds."""
        self.kernel('for i in range(100): say(b"x" * 79 + b"\\n" + b"y" * (1 << 20), 1)')
        run = self.one(status=1, verdict="FAIL")
        self.assertIn("console flood", run["title"])
        log = os.path.join(self.dir, "results/latest/one/fixed/stress/console.log")
        self.assertLess(os.path.getsize(log), 4 * (33 << 20))

    def test_report_before_the_flood(self):
        log = os.path.join(HERE, "logs", "kasan-uaf.txt")
        self.kernel(f"""
            if phase == "unload": say(open({log!r}, "rb").read(), 1)
            if phase == "unload": say(b"z" * (50 << 20), 1)""")
        run = self.one("--failures", "1", status=1, verdict="FAIL")
        self.assertIn("KASAN: slab-use-after-free", run["title"])

    def two_processors(self, headline):
        """The title, if one processor's panic cuts off what another one reports."""
        self.kernel(f"""
            if phase == "unload":
                say({headline + chr(10)!r}, 1)
                say("Kernel panic - not syncing: Kernel mode fault at addr 0x70814190, "
                    "ip 0x60012345: not mapped in the vmalloc range\\n", 1)
                say("Call Trace:\\n [<60451ba4>] sys_close+0x94/0x120\\n", 1)
                die()""")
        return self.one("--failures", "1", status=1, verdict="FAIL")["title"]

    def test_report_that_is_cut_off(self):
        title = self.two_processors("BUG: KASAN: vmalloc-out-of-bounds in vfs_read+0x8d6/0xb40")
        self.assertTrue(title.startswith("kernel fault in "), title)

    def test_report_that_names_a_module_before_it_is_cut_off(self):
        title = self.two_processors("BUG: KASAN: slab-use-after-free in hook+0x8/0x40 [nf_hook]")
        self.assertEqual(title, "KASAN: slab-use-after-free in hook [nf_hook]")

    def test_guest_that_forks(self):
        """Children of the kernel that outlive it go with it."""
        self.kernel('if phase == "boot" and not os.fork(): os.setsid(); time.sleep(300)')
        self.one()


# Two variants, and a kernel that gets one of them into trouble.
PAIR = SCENARIO + """\
[variant other]
expect = pass
"""


class OneRun(Faults):
    """What concerns one run makes that run BROKEN; all others go on."""

    def pair(self, lines, verdict="BROKEN", status=2, text=PAIR):
        """The run of the variant fixed, whose guest does this, beside one that goes well."""
        self.scenarios("one", text=text)
        own = os.path.join(self.dir, "results/latest/one/fixed/stress")
        self.kernel(f"own = {own!r}\nif args['variant'] == 'fixed':\n" +
                    textwrap.indent(textwrap.dedent(lines).strip(), "    "))
        done = self.run_it("--jobs", "1")
        self.assertEqual((done.returncode, done.stderr), (status, ""), done.stdout)
        runs = {run["variant"]: run for run in self.results()}
        self.assertEqual(runs["other"]["verdict"], "PASS", runs["other"]["reason"])
        self.assertEqual(runs["fixed"]["verdict"], verdict, runs["fixed"]["reason"])
        self.clean()
        return runs["fixed"]["reason"]

    def test_verdict_cannot_be_written(self):
        reason = self.pair('if cycle == 3 and phase == "load": os.mkdir(own + "/verdict.json")')
        self.assertIn("one/fixed/stress/verdict.json: cannot write: Is a directory", reason)

    def test_log_cannot_be_opened(self):
        for name in "console.log", "channel.log":
            with self.subTest(name):
                reason = self.pair(f"""
                    if cycle == 3 and phase == "load":
                        os.remove(own + "/{name}")
                        os.mkdir(own + "/{name}")
                        die()""")
                self.assertIn(f"one/fixed/stress/{name}: cannot open: Is a directory", reason)

    def test_report_cannot_be_written(self):
        """The failure is what counts, and its reason says what is missing."""
        for name in "report.txt", "report.json":
            with self.subTest(name):
                reason = self.pair(f"""
                    if cycle == 3 and phase == "load":
                        os.makedirs(own + "/{name}", exist_ok=True)
                        say("BUG: sleeping function called from invalid context at a.c:1\\n", 1)
                        die()""", "FAIL", 1)
                self.assertTrue(reason.startswith("failed in cycle "), reason)
                self.assertIn(f"; {self.own(name)}: cannot write: Is a directory", reason)

    def test_module_without_symbols(self):
        """What cannot be named may be the expected failure; if none is, it is one."""
        log = os.path.join(HERE, "logs", "kasan-uaf.txt")
        module = self.write("modules/fake.ko", "no ELF file")
        broken = PAIR.replace("pass", "fail\nsignature = ^KASAN: .*\\[fake\\]", 1)
        for loaded, text, verdict, status, reason in (
                (True, broken, "BROKEN", 2, f"{module}: its symbols cannot be read"),
                (False, broken, "FAIL", 1, "but not with the expected signature"),
                (True, PAIR, "FAIL", 1, f"phase load; {module}: its symbols cannot be read")):
            with self.subTest(loaded=loaded, verdict=verdict):
                self.assertIn(reason, self.pair(f"""
                    if cycle == 3 and phase == "load":
                        if {loaded}: say("S fake .text=0x70c43000\\n")
                        say(open({log!r}, "rb").read(), 1)
                        die()""", verdict, status, text))

    def own(self, name):
        latest = os.path.realpath(os.path.join(self.dir, "results/latest"))
        return os.path.join(latest, "one/fixed/stress", name)

    def test_directory_of_a_run(self):
        """One that cannot be made when an interrupted program is gone on with."""
        self.scenarios("one", text=PAIR)
        self.assertEqual(self.run_it().returncode, 0)
        above = os.path.dirname(os.path.realpath(self.own(".")))
        shutil.rmtree(above)
        with open(above, "w", encoding="utf-8"):
            pass
        done = self.run_it("--resume")
        self.assertEqual((done.returncode, done.stderr), (2, ""), done.stdout)
        runs = {run["variant"]: run for run in self.results()}
        self.assertEqual((runs["fixed"]["verdict"], runs["other"]["verdict"]), ("BROKEN", "PASS"))
        self.assertIn("one/fixed/stress: cannot create the directory", runs["fixed"]["reason"])

    def test_few_descriptors(self):
        """However few the system grants, all is said in a line, and nothing is left behind."""
        reasons = set()
        for limit in range(8, 40):
            limited = ["prlimit", f"--nofile={limit}", *self.without("--report"), "--jobs", "1"]
            done = self.carry_out(limited)
            self.assertIn(done.returncode, (0, 2), done.stdout + done.stderr)
            said = [line for line in done.stderr.splitlines() if line.startswith("modrace: ")]
            self.assertLessEqual(len(said), 1, done.stderr)
            self.assertTrue(done.returncode == 0 or said or "BROKEN" in done.stdout, limit)
            reasons.update(re.findall("guest cannot be started: .*|cannot open: .*", done.stdout))
            self.clean()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertTrue([r for r in reasons if "started: Too many open files" in r], reasons)

    def test_findings_for_programs(self):
        """report.json says of each boot what report.txt says, and where the console says so."""
        log = os.path.join(HERE, "logs", "kasan-uaf.txt")
        self.kernel(f"""
            if cycle == 3 and phase == "load": say("leftover: a line\\n" * boot, 1)
            if cycle == 3 and phase == "unload":
                say(open({log!r}, "rb").read(), 1)
                die()
            if boot == 2 and cycle == 7 and phase == "audit":
                say("F 7 audit leftover: /dev/a\\n")
                die()""")
        self.one(status=1, verdict="FAIL")
        own = os.path.join(self.dir, "results/latest/one/fixed/stress")
        with open(f"{own}/report.json", encoding="utf-8") as file:
            boots = json.load(file)["boots"]
        self.assertEqual([(b["boot"], b["cycle"], b["failure"]) for b in boots],
                         [(1, 3, None), (2, 7, "leftover: /dev/a")])
        self.assertEqual(boots[1]["reports"], [])
        report, = boots[0]["reports"]
        self.assertEqual(report["kind"], "kasan")
        self.assertTrue(report["headline"].startswith("BUG: KASAN: slab-use-after-free in "))
        self.assertEqual([s["name"] for s in report["stacks"]][:1], ["access"])
        with open(f"{own}/console.log", "rb") as file:
            console = file.read()
        self.assertIn(report["headline"].encode(),
                      console[report["offset"]:report["offset"] + report["length"]])
        with open(os.path.join(self.dir, "results/latest/report.html"), encoding="utf-8") as file:
            self.assertIn(report["title"], file.read())


class Refusals(Faults):
    """Bad input gets one line that names it, status 2, and leaves no results."""

    def refuse(self, argv, *words):
        done = self.carry_out(argv)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("modrace: "), done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertFalse(glob.glob(f"{glob.escape(self.dir)}/results/**/results.json",
                                   recursive=True))
        self.clean()

    def test_options(self):
        for more, words in ((["--cycles", "0"], "CYCLES=0: not a number from 1 to 10000000"),
                            (["--seed", "99999999999999999999"], "SEED=99999999999999999999: not"),
                            (["--jobs", "2x"], "JOBS=2x: not a number"),
                            (["--strategy", "luck"], "STRATEGY=luck: is none of"),
                            (["--kernel", "stress"], "--kernel stress: not of the form MODE=DIR"),
                            (["--modules", "x=/tmp"], "--modules x: none of stress, explore, lockdep"),
                            (["--kernel", f"explore={self.dir}/kernel"], "--modules is missing"),
                            (["--only", "two*"], "no scenario matches 'two*'"),
                            (["leftover"], "leftover: unexpected argument")):
            with self.subTest(more):
                self.refuse(self.command(*more), words)
        for option in "--init", "--scenarios", "--results", "--kernel", "--modules":
            with self.subTest(option):
                self.refuse(self.without(option), f"{option} is missing")

    def test_usage(self):
        """Where nothing fits, the options are listed, and nothing else is done."""
        for argv in [], ["walk"], ["run", "--colour"], ["decode"], ["decode", "a", "b"]:
            with self.subTest(argv):
                done = self.carry_out([MODRACE, *argv])
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn("usage: modrace run", done.stderr)

    def test_list_of_traffic(self):
        """It says of each key what it means and what it is if it is left out."""
        done = self.carry_out([MODRACE, "--list-traffic"])
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"(?m)^chardev: ")
        self.assertRegex(done.stdout, r"(?m)^    path  .*; required$")
        self.assertRegex(done.stdout, r"(?m)^    hold  .*; default no$")

    def test_list_of_classes(self):
        """It has a line for people and the expression of each class that can be named."""
        done = self.carry_out([MODRACE, "--list-classes"])
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"(?m)^class:freed-text: \w.*\n    jump into freed module text")
        self.scenarios("one", text=SCENARIO + "[variant broken]\nexpect = fail\n"
                                              "signature = class:freed-txt\n")
        self.refuse(self.command(), "one.ini:11: signature: class:freed-txt is none of freed-text")

    def test_kernel(self):
        self.write("kernel/kernel.json", "{")
        self.refuse(self.command(), "kernel.json: ", "make kernels")
        self.write("kernel/kernel.json", '{"version": "7.3.4"}')
        self.refuse(self.command(), 'kernel.json: no "hash" in it')
        self.write("kernel/kernel.json", '{"version": "7.3.4", "hash": "fake"}')
        self.write("kernel/linux", "", 0o644)
        self.refuse(self.command(), "kernel/linux: no kernel there")

    def test_kernel_without_symbols(self):
        self.scenarios("one", text=SCENARIO + "requires = some_symbol\n")
        self.refuse(self.command(), "Module.symvers: No such file", "make kernels")

    def test_kernel_without_archiver(self):
        self.write("kernel/usr/gen_init_cpio", "#!/bin/sh\nexit 1\n", 0o755)
        self.refuse(self.command(), "gen_init_cpio failed for", "one.ini")

    def test_files(self):
        os.unlink(os.path.join(self.dir, "init"))
        self.refuse(self.command(), "init: cannot open: No such file")
        os.unlink(os.path.join(self.dir, "modules/stripped/fake.ko"))
        self.write("init", "")
        self.refuse(self.command(), "one.ini: no module fake: there is no fake.c beside it")
        os.unlink(os.path.join(self.dir, "scenarios/one.ini"))
        self.refuse(self.command(), "scenarios: no scenario files (*.ini) there")

    def test_scenarios_of_one_name(self):
        other = os.path.dirname(self.write("other/one.ini", SCENARIO))
        self.refuse(self.command("--scenarios", other), "scenarios/one.ini",
                    "other/one.ini: a scenario of the same name")

    def test_results(self):
        self.write("results", "a file where the directory should be")
        self.refuse(self.command(), "results", "cannot create the directory")
        os.unlink(os.path.join(self.dir, "results"))
        self.refuse(self.command("--resume"), "nothing to resume")

    def test_gate(self):
        argv = self.command()
        argv[1] = "gate"
        self.refuse(argv, "--baseline is missing")
        path = os.path.join(self.dir, "baseline.json")
        argv += ["--baseline", path]
        self.refuse(argv, f"{path}: no baseline: No such file", "make baseline makes one")
        self.refuse([*argv, "--resume"], "RESUME: ")
        runs = {"scenario": "one", "variant": "fixed", "mode": "stress", "kernel": "7.3.4",
                "expect": "pass", "hits": 2, "trials": 1, "cpu_ms": 1.0, "titles": []}
        for text, words in (("{", "baseline.json:1: "), ("{}", "not a baseline"),
                            ('{"schema": 99, "kernels": {}, "runs": []}', "of schema 99"),
                            ('{"schema": 2, "kernels": {}, "runs": [{}]}', 'entry 1 of "runs"'),
                            (json.dumps({"schema": 2, "kernels": {}, "runs": [runs]}),
                             'entry 1 of "runs" is no run')):
            with self.subTest(text):
                self.write("baseline.json", text)
                self.refuse(argv, path, words)

    def test_decode(self):
        """A console log of any guest becomes its reports; one without any is told by the status."""
        logs = os.path.join(HERE, "logs")
        done = self.carry_out([MODRACE, "decode", os.path.join(logs, "kasan-uaf.txt")])
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        self.assertTrue(done.stdout.startswith("KASAN: slab-use-after-free in "), done.stdout)
        self.assertIn("\n  freed by: ", done.stdout)
        done = self.carry_out([MODRACE, "decode", os.path.join(logs, "clean-stress.txt")])
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        none = os.path.join(self.dir, "none")
        self.refuse([MODRACE, "decode", none], f"{none}: No such file or directory")
        self.refuse([MODRACE, "decode", self.dir], f"{self.dir}: Is a directory")

    def test_skipped(self):
        """What the kernel has decides whether a variant is raced."""
        self.write("kernel/Module.symvers", "0x1\tother\tvmlinux\tEXPORT_SYMBOL\t\n")
        self.scenarios("one", text=SCENARIO + "requires = other some_symbol\n")
        self.assertEqual(self.run_it().returncode, 0)
        self.assertEqual(self.results()[0]["verdict"], "SKIP")
        self.assertEqual(self.results()[0]["reason"],
                         "the kernel does not export some_symbol, which this variant requires")
        self.scenarios("one", text=SCENARIO + "requires = other\n")
        self.assertEqual(self.run_it().returncode, 0)
        self.assertEqual(self.results()[0]["verdict"], "PASS")

    def test_skipped_without_feature(self):
        """A feature is there if all its symbols are; the reason says what is missing."""
        symbols = ("__device_unregister_wait", "__device_destroy_wait",
                   "__platform_device_unregister_wait", "module_get_unless_going", "module_pin",
                   "module_unpin", "nf_detach_net_hook", "nf_hook_get", "nf_hook_put")
        self.scenarios("one", text=SCENARIO + "requires = lifecycle\n")
        for missing in (*symbols, None):
            self.write("kernel/Module.symvers", "".join(
                f"0x1\t{symbol}\tvmlinux\tEXPORT_SYMBOL\t\n" for symbol in symbols
                if symbol != missing))
            self.assertEqual(self.run_it().returncode, 0)
            self.assertEqual(self.results()[0]["verdict"], "SKIP" if missing else "PASS")
            if missing:
                self.assertEqual(self.results()[0]["reason"],
                                 f"the kernel does not have the lifecycle patches (no {missing}), "
                                 "which this variant requires")

    def test_twin(self):
        """The verdict says which variant shows that a pass means something."""
        broken = "[variant broken]\nexpect = fail\nsignature = ^x\n"
        for text, twin in ((SCENARIO, None), (SCENARIO + broken, "broken"),
                           (SCENARIO + "module = fake2\n" + broken, None),
                           (SCENARIO + "module = fake2\ntwin = broken\n" + broken, "broken")):
            with self.subTest(text):
                self.write("modules/stripped/fake2.ko", "")
                self.scenarios("one", text=text)
                self.run_it("--only", "one/fixed")
                run = self.results()[0]
                self.assertEqual((run["verdict"], run["twin"]), ("PASS", twin))
                self.assertIn(f"; twin: {twin or 'none'};", run["reason"])


class Runner(Faults):

    def check_readable(self):
        pattern = f"{glob.escape(self.dir)}/results/*/**/*.json"
        for path in glob.glob(pattern, recursive=True):
            with open(path, encoding="utf-8") as file:
                json.load(file)

    def kill_and_resume(self, delay):
        shutil.rmtree(os.path.join(self.dir, "results"), ignore_errors=True)
        before = set(glob.glob("/tmp/modrace-*"))
        runner = subprocess.Popen(self.command("--jobs", "2"), stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        time.sleep(delay)
        runner.kill()
        runner.wait()
        self.assertTrue(wait_until(lambda: not guests() and not self.players()), delay)
        self.assertTrue(wait_until(lambda: not self.own(set(glob.glob("/tmp/modrace-*")) - before)))
        self.check_readable()
        resumable = os.path.lexists(os.path.join(self.dir, "results/latest"))
        done = self.run_it("--jobs", "2", *(["--resume"] if resumable else []))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual({run["verdict"] for run in self.results()}, {"PASS"})
        self.clean()

    def own(self, directories):
        """Of new temporary directories those that nobody alive uses: others run guests, too."""
        in_use = set()
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                with open(path, "rb") as file:
                    in_use.update(word[8:-1].decode() for word in file.read().split(b"\0")
                                  if word.startswith(b"uml_dir="))
        return directories - in_use

    def test_killed_at_random_moments(self):
        self.scenarios("one", "two", "three")
        dice = random.Random(1)
        for _ in range(ROUNDS):
            self.kill_and_resume(dice.uniform(0, 0.6))

    def test_two_at_once(self):
        self.scenarios("one", "two")
        pair = [subprocess.Popen(self.command("--jobs", "1"), stdout=subprocess.PIPE, text=True,
                                 stderr=subprocess.STDOUT) for _ in range(2)]
        for runner in pair:
            out, _ = runner.communicate(timeout=120)
            self.assertEqual(runner.returncode, 0, out)
        runs = [path for path in glob.glob(f"{glob.escape(self.dir)}/results/2*")]
        self.assertEqual(len(runs), 2)
        for path in runs:
            with open(f"{path}/results.json", encoding="utf-8") as file:
                self.assertEqual([r["verdict"] for r in json.load(file)["runs"]], ["PASS"] * 2)
        self.assertIn(os.path.realpath(os.path.join(self.dir, "results/latest")),
                      map(os.path.realpath, runs))
        self.clean()

    def test_interrupted_twice(self):
        """The second Ctrl-C changes nothing: the first is being obeyed."""
        self.kernel("time.sleep(0.05)")
        runner = subprocess.Popen(self.command(), stdout=subprocess.PIPE, text=True,
                                  stderr=subprocess.STDOUT)
        self.assertTrue(wait_until(self.players))
        runner.send_signal(signal.SIGINT)
        runner.send_signal(signal.SIGINT)
        out, _ = runner.communicate(timeout=60)
        self.assertEqual(runner.returncode, 2, out)
        self.assertIn("RESUME=1", out)
        self.clean()


class Terminal(Faults):
    """What a user sees: a table that is redrawn, or plain lines."""

    def watch(self, **env):
        """The output of a run on a terminal."""
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        runner = subprocess.Popen(self.command(), stdout=slave, stderr=subprocess.STDOUT,
                                  env={**os.environ, **env})
        os.close(slave)
        output = b""
        with contextlib.suppress(OSError):
            while data := os.read(master, 65536):
                output += data
        self.assertEqual(runner.wait(), 0)
        return output.decode()

    def test_table(self):
        self.kernel("time.sleep(0.02)")
        text = self.watch(TERM="xterm")
        self.assertRegex(text, r"running +mode +cycle +cycles/s +overlaps +failures +left")
        self.assertRegex(text, r"one/fixed +stress +\d+/20 +\d+\.\d +\d+ +0 +(\d+ s|-)")
        self.assertIn("0 of 1 runs ended", text)
        self.assertIn("\033[32mPASS", text)
        # A heading, a line for each guest, which there may be none of yet, and a footer.
        lines = text.count("running ") + len(re.findall(r"one/fixed +stress +\d+/20", text))
        self.assertEqual(text.count("\033[A"), lines)

    def test_no_color(self):
        text = self.watch(TERM="xterm", NO_COLOR="1")
        self.assertNotRegex(text, "\033\\[[0-9;]*m")
        self.assertIn("PASS", text)

    def test_plain(self):
        done = self.run_it()
        self.assertNotIn("\033", done.stdout)
        self.assertRegex(done.stdout, r"(?m)^PASS +one/fixed +stress +20 unloads")


CLOCK = """\
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static long jump(void) { static int calls; return calls++ % 2 ? 400 * 86400L : -400 * 86400L; }
int clock_gettime(clockid_t id, struct timespec *ts)
{
	int ret = syscall(SYS_clock_gettime, id, ts);
	if (!ret && id == CLOCK_REALTIME)
		ts->tv_sec += jump();
	return ret;
}
time_t time(time_t *t)
{
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	if (t)
		*t = ts.tv_sec;
	return ts.tv_sec;
}
"""


class Host(Faults):

    def test_clock_jumps(self):
        """The wall clock leaps by years at every look; nothing depends on it."""
        source, library = self.write("clock.c", CLOCK), os.path.join(self.dir, "clock.so")
        subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source], check=True)
        run = self.one(env={"LD_PRELOAD": self.short(library)})
        self.assertEqual(run["unloads"], 20)
        self.assertLess(run["seconds"], 60)

    def short(self, library):
        """LD_PRELOAD knows no blanks."""
        directory = tempfile.mkdtemp(prefix="modrace-clock-")
        self.addCleanup(shutil.rmtree, directory)
        return shutil.copy(library, directory)

    def on_small_disk(self, kilobytes):
        """Runs with results on a file system of this size, in a namespace of its own."""
        results = os.path.join(self.dir, "results")
        os.makedirs(results, exist_ok=True)
        script = ('mount -t tmpfs -o size="$1"k none "$2" || exit 77; shift 2; "$@"; status=$?; '
                  'find "$RESULTS" -name "*.json" -exec python3 -m json.tool {} /dev/null \\; >&2;'
                  'find "$RESULTS" -name "*.tmp" -o -name ".latest.*" >&2; exit $status')
        return subprocess.run(["unshare", "-rm", "sh", "-c", script, "sh", str(kilobytes),
                               results, *self.without("--report")], capture_output=True, text=True,
                              timeout=120, env={**os.environ, "RESULTS": results})

    def test_disk_full_at_each_write(self):
        self.kernel('say("some console text " * 60 + "\\n", 1)')
        if self.on_small_disk(1024).returncode == 77:
            self.skipTest("no user namespaces here")
        statuses = []
        for kilobytes in range(4, 400, 4 if ROUNDS > 5 else 24):
            done = self.on_small_disk(kilobytes)
            statuses.append(done.returncode)
            self.assertIn(done.returncode, (0, 2), done.stderr)
            if done.returncode:
                self.assertIn("No space left", done.stdout + done.stderr)
            # The program's own last words, if the disk was too full for results at all.
            self.assertLessEqual(done.stderr.count("\n"), done.returncode // 2, done.stderr)
            self.clean()
        self.assertIn(2, statuses)
        self.assertEqual(statuses[-1], 0)


class Slow(Faults):
    """What takes its time by design; make torture alone."""

    def setUp(self):
        if ROUNDS <= 5:
            self.skipTest("make torture")
        super().setUp()

    def test_silent_guest(self):
        self.kernel("if cycle == 5: time.sleep(1000)")
        run = self.one("--failures", "1", status=1, verdict="FAIL")
        self.assertEqual(run["title"], "hang: no heartbeat in phase load")

    def test_spinning_guest(self):
        """One that spins in two tasks on a busy host hangs all the same."""
        for _ in range(3):
            hog = subprocess.Popen([sys.executable, "-c", "import os\nos.sched_setaffinity(0, {0})\n"
                                    "while True: pass"])
            self.addCleanup(hog.wait)
            self.addCleanup(hog.kill)
        self.kernel("""
            if cycle == 5 and phase == "unload":
                os.sched_setaffinity(0, {0})
                os.fork()
                while True: pass""")
        run = self.one("--failures", "1", status=1, verdict="FAIL")
        self.assertEqual(run["title"], "hang: no heartbeat in phase unload")

    def test_starved_guest(self):
        """A guest that is not allowed to run is none that hangs."""
        hog = subprocess.Popen([sys.executable, "-c", "import os\nos.sched_setaffinity(0, {0})\n"
                                "while True: pass"])
        self.addCleanup(hog.wait)
        self.addCleanup(hog.kill)
        self.kernel("""
            os.sched_setaffinity(0, {0})
            if cycle == 5 and phase == "load":
                os.nice(19)
                end = time.process_time() + 0.6
                while time.process_time() < end: pass""")
        start = time.monotonic()
        self.one()
        self.assertGreater(time.monotonic() - start, 35)


if __name__ == "__main__":
    unittest.main()
