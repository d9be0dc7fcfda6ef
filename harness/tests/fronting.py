# SPDX-License-Identifier: GPL-2.0
"""
The command line: what is understood, what is said of what is not, and that help, manual
page, completion, make and the programs behind it agree. What `explain` says is held
against all titles there are.
"""

import importlib.util
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import termios
import time
import unittest

import e2e

MODRACE = os.path.join(e2e.TOP, "harness", "modrace")
FRONT = os.path.join(e2e.TOP, "harness", "front")
REPORT = os.path.join(e2e.TOP, "harness", "report")
sys.path += [FRONT, REPORT]

import causes       # noqa: E402, they are not beside the tests
import commands     # noqa: E402
import explain      # noqa: E402
import pages        # noqa: E402

SPEC = importlib.util.spec_from_file_location("front", os.path.join(FRONT, "__main__.py"))
front = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(front)


# Where the variables of a command are read, if not in its program alone.
BEHIND = {name: ("harness/run-scenarios", "harness/kbuild/versions.py", "harness/kbuild/sources.py",
                 *more)
          for name, more in (("race", ()), ("run", ()), ("gate", ()), ("baseline", ()),
                             ("repro", ()), ("gdb", ()), ("shell", ("harness/front/shell.py",)),
                             ("soak", ("harness/soak.py",)))}


def read(path):
    with open(os.path.join(e2e.TOP, path), encoding="utf-8") as file:
        return file.read()


def options(command):
    """What a command takes, its operand among it."""
    return [*([command.operand] if command.operand else []), *command.options]


class Front(e2e.EndToEnd):

    def modrace(self, *words, cwd=None, **knobs):
        """What a user types, in a directory."""
        return subprocess.run([MODRACE, *words], env=self.environment(**knobs), cwd=cwd or self.dir,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL)

    def said(self, *words):
        """The variables that a command line stands for."""
        return front.Line(front.find_command(words[0]), words[1:]).read()


class Words(Front):
    """What flags come to."""

    def test_flags(self):
        self.assertEqual(self.said("race", "./x", "--cycles", "200", "--params=a=1", "--params",
                                   "b=2", "--dry", "--mode", "stress", "--mode", "explore"),
                         {"MODULE": "./x", "CYCLES": "200", "PARAMS": "a=1 b=2", "DRY": "1",
                          "MODE": "stress explore"})
        self.assertEqual(self.said("repro", "modrace-1 a/b x=1"), {"REPRO": "modrace-1 a/b x=1"})
        self.assertEqual(self.said("decode", "--", "-odd"), {"LOG": "-odd"})
        self.assertEqual(self.said("soak", "run", "gate"), {"SOAK": "run gate"})
        self.assertEqual(self.said("run-scenarios", "--only", "a"), {"ONLY": "a"})

    def test_wrong(self):
        """One line with the mend, status 2; nothing is built for it."""
        for words, *expected in (
                (["rce"], "rce: no such command", "did you mean race?"),
                (["zzz"], "zzz: no such command", "modrace --help"),
                (["race", ".", "--cycels", "3"], "--cycels", "did you mean --cycles?"),
                (["race", ".", "--zzz"], "--zzz: no option of race", "modrace race --help"),
                (["race", ".", "CYCLES=3"], "write --cycles 3"),
                (["race", ".", "more"], "more: unexpected", "modrace race --help"),
                (["race", "--cycles"], "--cycles needs an argument"),
                (["race", ".", "--dry=yes"], "--dry takes no argument"),
                (["run", "--seed", "1", "--seed", "2"], "--seed is given twice"),
                (["run", "--mode", "fast"], "fast is none of stress, explore, lockdep"),
                (["run", "--cycles", "many"], "CYCLES=many: not a number"),
                (["list", "words"], "words is none of scenarios, traffic, classes"),
                (["decode"], "LOG is not given"),
                (["decode", "none.log"], "none.log", "No such file"),
                (["new"], "NAME is not given"),
                (["help", "rce"], "did you mean race?")):
            with self.subTest(words):
                self.refused(self.modrace(*words), *expected)

    def test_nothing_said(self):
        result = self.modrace()
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("usage: modrace COMMAND", result.stderr)

    def test_list(self):
        """Ours, and those of a directory named relative to where one is."""
        self.write("mine/tick.ini", "[scenario]\nmodule = tick\ntitle = mine\n"
                   "[traffic t]\ntype = udp\n[variant v]\nexpect = pass\n")
        self.assertIn("nf-hook: netfilter hook", self.modrace("list").stdout)
        self.assertRegex(self.modrace("list", "--scenario-dir", "mine").stdout,
                         r"^tick: mine\n +v +pass")
        self.write("bad/tick.ini", "[scenario]\n[variant v]\nexpect = pass\n")
        self.refused(self.modrace("list", "--scenario-dir", "bad"), "bad/tick.ini", "module")
        self.assertIn("class:freed-text", self.modrace("list", "classes").stdout)
        self.assertIn("chardev: open", self.modrace("list", "traffic").stdout)

    def test_decode(self):
        log = os.path.join(e2e.HERE, "logs", "kasan-uaf.txt")
        shutil.copy(log, os.path.join(self.dir, "saved.log"))
        self.assertIn("KASAN: slab-use-after-free", self.modrace("decode", "saved.log").stdout)


class Latest(Front):
    """A reproducer by the name of its run."""

    def latest_line(self, name):
        return subprocess.run([os.path.join(FRONT, "latest.py"), os.path.join(self.dir, "results"), name],
                              capture_output=True, text=True)

    def test_name(self):
        runs = [{"scenario": "lamp", "variant": variant, "reproducer": line}
                for variant, line in (("a", None), ("b", "modrace-1 lamp/b x"), ("c", "modrace-1 lamp/c y"))]
        runs.append({"scenario": "bell", "variant": "as-is", "reproducer": "modrace-1 bell/as-is z"})
        self.write("results/latest/results.json",
                   json.dumps({"runs": runs, "module": "./my bell", "kconfig": None}))
        self.assertEqual(self.latest_line("bell").stdout, "modrace-1 bell/as-is z\n./my bell\n\n")
        self.assertEqual(self.latest_line("lamp/c").stdout.splitlines()[0], "modrace-1 lamp/c y")
        for name, *words in (("lamp", "several", "lamp/b, lamp/c"), ("lamp/a", "no reproducer", "lamp/b"),
                             ("gong", "no reproducer", "bell/as-is")):
            self.refused(self.latest_line(name), f"REPRO={name}", *words)
            self.refused(self.modrace("repro", name), f"REPRO={name}", *words)

    def test_nothing(self):
        self.refused(self.modrace("gdb", "lamp"), "REPRO=lamp", "latest/results.json")


class OneSource(Front):
    """Help, manual page, completion, make, and the programs that read the variables."""

    def test_help(self):
        overview = self.modrace("--help")
        self.assertEqual((overview.returncode, overview.stderr), (0, ""))
        for command in commands.COMMANDS:
            self.assertRegex(overview.stdout, rf"(?m)^  {command.name} ")
            page = pages.about(command)
            for option in command.options:
                self.assertRegex(page, rf"(?m)^  {option.flag}\b")
            self.assertIsNone(self.said(command.name, "--help"))
        for words in ("gate", "--help"), ("help", "gate"), ("--help", "gate"):
            result = self.modrace(*words)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertIn("--gate-budget", result.stdout)

    def test_variables(self):
        """Each is read by the program it is for, and what run-scenarios reads can be said."""
        for command in (c for c in commands.COMMANDS if c.program):
            text = "".join(read(path) for path in BEHIND.get(command.name, command.program[:1]))
            for option in options(command):
                self.assertTrue(re.search(rf"\b{option.variable}\b", text), (command.name, option))
        said = {option.variable for command in commands.COMMANDS for option in options(command)}
        asked = set(re.findall(r"\$\{([A-Z_]+)[:}]", read("harness/run-scenarios")))
        self.assertEqual(asked - said, {"MODRACE"})

    def test_examples(self):
        """What the help shows is understood."""
        for command in commands.COMMANDS:
            for example in command.examples:
                words = re.search(r"modrace ([^|)]*)", example)[1]
                parsed = subprocess.run(["bash", "-c", f"printf '%s\\n' {words}"], text=True,
                                        capture_output=True, check=True).stdout.splitlines()
                self.assertIsNotNone(self.said(*parsed), example)

    def test_make(self):
        """A target for each command, and a command for each of these targets."""
        makefile = read("Makefile").replace("\\\n", " ")
        targets = set(re.search(r"(?m)^COMMANDS := (.*)", makefile)[1].split())
        self.assertEqual(targets, {c.alias or c.name for c in commands.COMMANDS if c.program})
        result = subprocess.run(["make", "-s", "-C", e2e.TOP, "race"], capture_output=True, text=True,
                                env=self.environment(), stdin=subprocess.DEVNULL)
        self.assertEqual(result.returncode, 2)
        self.assertIn("MODULE is not given", result.stderr)

    def test_manual(self):
        page = self.modrace("man").stdout
        checked = subprocess.run(["groff", "-man", "-Tascii", "-ww", "-P-cbou"], input=page, text=True,
                                 capture_output=True)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))
        for command in commands.COMMANDS:
            for option in command.options:
                self.assertTrue(option.flag in checked.stdout, option)
        self.assertRegex(checked.stdout, r"2 +something could not be judged")

    def complete(self, *words):
        """What bash offers for the last word."""
        script = self.write("completion", self.modrace("completion").stdout)
        line = f""". '{script}'; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _modrace
                   printf '%s\\n' "${{COMPREPLY[@]}}" """
        result = subprocess.run(["bash", "-c", line, "bash", MODRACE, *words], cwd=self.dir, text=True,
                                capture_output=True)
        self.assertEqual(result.stderr, "")
        return result.stdout.split()

    def test_completion(self):
        self.assertEqual(self.complete("ga"), ["gate"])
        self.assertEqual(self.complete("help", "sh"), ["shell"])
        self.assertEqual(self.complete("race", "--cy"), ["--cycles"])
        self.assertEqual(self.complete("run", "--mode", ""), list(commands.MODES))
        self.assertEqual(self.complete("run", "--only", "nf-h"), ["nf-hook"])
        self.assertEqual(self.complete("gdb", "x", "--stop", "s"), ["switch"])
        self.assertEqual(self.complete("run", "--cycles", ""), [])
        self.write("driver.c", "")
        self.assertEqual(self.complete("race", "dr"), ["driver.c"])
        self.assertEqual(self.complete("new", "x", "--from", ""), pages.words_of(commands.FROM))


class New(Front):
    """Modules and scenarios to begin with."""

    def test_all(self):
        """Each runs at once, built as ours are: the broken variant fails, the fixed one passes."""
        kinds = pages.words_of(commands.FROM)
        for kind in kinds:
            result = self.modrace("new", f"my-{kind}", "--from", kind, "--dir", "mine")
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertIn(f"modrace run --scenario-dir mine --only 'my-{kind}/*'", result.stdout)
        for variant, knobs in (("broken", {}), ("fixed", {"CYCLES": "100", "SCHEDULES": "12"})):
            result = self.modrace("run", "--scenario-dir", "mine", "--only", f"*/{variant}", "--strict",
                                  **knobs)
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
            good = "XFAIL" if variant == "broken" else "PASS"
            verdicts = self.verdicts()
            self.assertEqual({verdict for key, verdict in verdicts.items()
                              if key != ("my-block", "fixed", "explore")}, {good})
            self.assertEqual(len(verdicts), 2 * len(kinds))

    def test_refused(self):
        """Nothing is written over, and nothing by a name that would not do."""
        self.assertEqual(self.modrace("new", "lamp", "--from", "timer", "--dir", ".").returncode, 0)
        before = read(os.path.join(self.dir, "lamp.c"))
        for words, *expected in (
                (["lamp", "--from", "proc", "--dir", "."], "./lamp.c: is there already"),
                (["lamp"], "FROM is not given: one of", "chardev", "nf-hook"),
                (["lamp", "--from", "laser", "--dir", "."], "laser", "none of", "chardev"),
                (["Lamp", "--from", "timer", "--dir", "."], "NAME=Lamp: not a name"),
                (["../x", "--from", "timer", "--dir", "."], "NAME=../x: not a name"),
                (["x" * 25, "--from", "timer", "--dir", "."], "not a name", "at most"),
                (["nf-hook", "--from", "timer", "--dir", "."], "NAME=nf-hook", "among modrace's"),
                (["nf-hook", "--from", "timer"], "modules/nf_hook.c: is there already"),
                (["x", "--from", "timer", "--dir", "lamp.c"], "lamp.c")):
            with self.subTest(words):
                self.refused(self.modrace("new", *words), *expected)
        self.assertEqual(read(os.path.join(self.dir, "lamp.c")), before)
        self.assertEqual(sorted(os.listdir(self.dir)), ["lamp.c", "lamp.ini"])

    def test_ours(self):
        """Without a directory it is a scenario of modrace's, which the catalogue takes."""
        for kind in pages.words_of(commands.FROM):
            module = os.path.join(e2e.TOP, "harness", "templates", f"{kind}.c")
            self.assertEqual(set(explain.catalogue.fields(module)), {"Lockout", "Breaks", "Origin"})


class Shell(Front):
    """A guest on a terminal."""

    def start(self, *words, by=()):
        """modrace shell on a terminal of its own, by a program; up to its first prompt."""
        pid, self.terminal = pty.fork()
        if not pid:
            os.environ["RESULTS"] = os.path.join(self.dir, "results")
            line = [*by, MODRACE, "shell", *words]
            os.execvp(line[0], line)
        self.addCleanup(os.close, self.terminal)
        self.before, self.text = termios.tcgetattr(self.terminal), ""
        return pid, self.expect("guest# ", 120)

    def expect(self, what, seconds=30):
        """What is shown up to these words."""
        deadline = time.monotonic() + seconds
        while what not in self.text and time.monotonic() < deadline:
            if select.select([self.terminal], [], [], 0.5)[0]:
                try:
                    self.text += os.read(self.terminal, 4096).decode(errors="replace")
                except OSError:
                    break
        self.assertIn(what, self.text)
        said, _, self.text = self.text.partition(what)
        return said

    def type(self, line):
        """A line typed, and what is shown up to the next prompt."""
        os.write(self.terminal, line.encode() + b"\r")
        return self.expect("guest# ")

    def over(self, pid):
        """It has ended, the terminal is as it was, and nothing is left."""
        _, status = os.waitpid(pid, 0)
        self.assertEqual(termios.tcgetattr(self.terminal), self.before)
        self.assertEqual(e2e.guests(), {})
        return os.waitstatus_to_exitcode(status)

    def test_session(self):
        """Our modules, our rmmod; Ctrl-C is the guest's; a report does not end it."""
        pid, said = self.start("chardev-owner/broken")
        self.assertIn("load loads: chardev_owner", said)
        self.type("load")
        self.assertIn("Y", self.type("cat /sys/module/chardev_owner/parameters/broken"))
        os.write(self.terminal, b"echo run''ning; sleep 1000\r")
        self.expect("running")
        os.write(self.terminal, b"\x03")
        self.expect("guest# ")
        self.assertIn("--unreg", self.type("rmmod --help"))
        self.assertIn("is there", self.type("ls /dev/stress_chardev && echo is th''ere"))
        self.type("rmmod chardev_owner")
        self.assertNotIn("chardev_owner", self.type("lsmod | tail -n +2"))
        os.write(self.terminal, b"exit\r")
        self.assertEqual(self.over(pid), 0)

    def test_crash(self):
        """What a report looks like; the guest's end is that of the command."""
        pid, _ = self.start("chardev-owner/broken")
        self.type("load")
        os.write(self.terminal, b"exec 9</dev/stress_chardev; rmmod chardev_owner; read x <&9\r")
        self.expect("BUG: KASAN: vmalloc-out-of-bounds")
        self.expect("Kernel panic - not syncing")
        self.assertEqual(self.over(pid), 0)

    def test_killed(self):
        """Whatever ends it, nothing is left of the guest."""
        path = os.path.join(e2e.HERE, "race", "door")
        pid, said = self.start("--module", path, "--params", "owned=1", by=["bash", "-c", '"$@"; cat',
                                                                            "bash"])
        self.assertIn("load loads: race_door", said)
        self.type("load")
        self.assertIn("race_door", self.type("lsmod"))
        os.kill(e2e.descendants(pid)[0], signal.SIGKILL)
        self.assertTrue(e2e.wait_until(
            lambda: not e2e.guests() and termios.tcgetattr(self.terminal) == self.before))
        os.kill(pid, signal.SIGKILL)
        self.over(pid)

    def test_refused(self):
        """Without a terminal there is nobody to type."""
        self.refused(self.modrace("shell", "chardev-owner"), "needs a terminal")
        for words, expected in (("nonsense",), "no scenario nonsense"), \
                (("nf-hook/odd",), "no variant odd; there are broken, fixed"):
            pid, self.terminal = pty.fork()
            if not pid:
                os.execv(MODRACE, [MODRACE, "shell", *words])
            self.addCleanup(os.close, self.terminal)
            self.before, self.text = termios.tcgetattr(self.terminal), ""
            self.expect(expected, 60)
            self.assertEqual(self.over(pid), 2)


# For each cause: a title it is for, and who was in the stack.
EXPLAINED = {
    "late-reference": ("KASAN: vmalloc-out-of-bounds in try_module_get, called from f [m]", ()),
    "pending-timer": ("ODEBUG: free active timer_list in f [m]", ()),
    "late-timer": ("jump into freed module text: f [m]", ("f", "call_timer_fn")),
    "late-tasklet": ("KASAN: slab-use-after-free in f [m]", ("tasklet_action_common",)),
    "late-rcu": ("jump into freed module text: f [m]", ("f", "rcu_do_batch")),
    "dying-queue": ("workqueue: cannot queue work on a dying queue in __queue_work", ()),
    "late-work": ("jump into freed module text: f [m]", ("f", "process_one_work")),
    "late-hook": ("KASAN: slab-use-after-free in f [m]", ("f", "nf_hook_slow")),
    "late-thread": ("jump into freed module text: f [m]", ("f", "kthread")),
    "late-release": ("jump into freed module text: f [m]", ("f", "device_release")),
    "open-file": ("KASAN: vmalloc-out-of-bounds in vfs_read, on f [m]", ("vfs_read", "ksys_read")),
    "used-after-free": ("KASAN: double-free in f", ("kfree",)),
    "freed-text": ("jump into freed module text: f [m]", ()),
    "freed-data": ("KASAN: vmalloc-out-of-bounds in g, on f [m]", ()),
    "wild": ("kernel fault in f [n]", ()),
    "reused-text": ("kernel mode signal 4 in f+0x1 [m]", ()),
    "nowhere": ("jump to NULL", ()),
    "pending-object": ("ODEBUG: init active rcu_head in f", ()),
    "lock-order": ("lockdep: possible circular locking dependency detected in f", ()),
    "removal-blocks": ("nothing else goes on while the removal is pending", ()),
    "hang": ("hang: no heartbeat in phase unload", ()),
    "thread-left": ("leftover: kernel thread worker", ()),
    "left-over": ("leftover: /dev/foo", ()),
    "leak": ("memory leak (kmemleak) in f", ()),
    "count": ("reference count of core changed", ()),
    "list": ("list_del corruption in f", ()),
    "broken-memory": ("KASAN: slab-out-of-bounds in f", ()),
    "checked": ("WARNING in f", ()),
}


class Explain(Front):
    """What a failure was, in words."""

    @classmethod
    def setUpClass(cls):
        cls.explainer = explain.Explainer(os.path.join(e2e.TOP, "build", "modrace"))

    def test_each_cause(self):
        self.assertEqual(list(EXPLAINED), [cause.name for cause in causes.CAUSES])
        for name, (title, stack) in EXPLAINED.items():
            self.assertEqual(self.explainer.find(title, stack).name, name, title)

    def test_known_titles(self):
        """All that our own variants fail with have a meaning of their own."""
        lines = read("harness/tests/titles").splitlines()
        for title in (line.partition(": ")[2] for line in lines if not line.startswith("#")):
            self.assertNotIn(self.explainer.find(title, ()).name, ("checked", "broken-memory"), title)

    def test_shown(self):
        """Who shows it right is there, and is expected to pass."""
        for cause in causes.CAUSES:
            scenario, variant = cause.shown.split("/")
            known = explain.catalogue.load_scenario(os.path.join(e2e.TOP, "scenarios",
                                                                 f"{scenario}.ini"))
            self.assertEqual([v.expect for v in known.variants if v.name == variant], ["pass"])
            self.assertIn("Lockout: ", explain.shown(cause.shown))

    def test_results(self):
        """By scenario, by directory of a run, and what is not there."""
        result = self.run_scenarios(ONLY="rcu-callback/*", MODE="stress", CYCLES="10")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        told = self.modrace("explain", "rcu-callback").stdout
        self.assertRegex(told, r"rcu-callback/broken, stress: XFAIL")
        self.assertRegex(told, r"usual mend .*rcu_barrier\(\)")
        self.assertRegex(told, r"shown right +rcu-callback/fixed \(modules/rcu_callback\.c\)")
        self.assertRegex(told, r"rcu-callback/fixed, stress: PASS")
        one = self.modrace("explain", self.latest("rcu-callback/broken/stress")).stdout
        self.assertEqual(one, told[told.index("rcu-callback/broken"):].split("\n\n")[0].rstrip() + "\n")
        self.assertRegex(self.modrace("explain").stdout, r"^All \d runs .* were as they should be")
        self.refused(self.modrace("explain", "nf-hook"), "nf-hook: no such run", "rcu-callback/fixed")
        self.refused(self.modrace("explain", "--results", "none"), "none/latest/results.json")
        with open(self.latest("results.json"), encoding="utf-8") as file:
            results = json.load(file)
        results["runs"][0].update(verdict="INCONCLUSIVE", reason="too idle", failure_list=[])
        self.write("old/results.json", json.dumps(results))
        told = self.modrace("explain", "old").stdout
        self.assertRegex(told, r"(?s)INCONCLUSIVE\n.*nothing is proved.*reason +too idle")


if __name__ == "__main__":
    unittest.main()
