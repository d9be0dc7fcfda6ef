# SPDX-License-Identifier: GPL-2.0
"""
Racing modules that there is no scenario for: from sources as they are to verdicts, and
what is said of those that cannot be raced. The modules are in race/.
"""

import importlib.machinery
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import e2e

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path += [os.path.join(TOP, "modules"), os.path.join(TOP, "uml-config")]

import kernels
import wanted
from kbuild import kconfig, kernel, steps

MODULES = os.path.join(HERE, "race")


class Race(e2e.EndToEnd):

    def race(self, module, **knobs):
        """make race, by its script; a name is one of our directories."""
        path = os.path.join(MODULES, module)
        knobs = {"CYCLES": "200", "SCHEDULES": "60", **knobs}
        environment = self.environment(MODULE=path if module and os.path.exists(path) else module,
                                       **knobs)
        return e2e.subprocess.run([e2e.RUN, "race"], env=environment, capture_output=True,
                                  text=True, stdin=e2e.subprocess.DEVNULL)

    def raced(self, name, mode):
        """The verdict and the title of one run."""
        run = next(r for r in self.results()["runs"]
                   if (r["scenario"], r["mode"]) == (name, mode))
        self.assertEqual(run["variant"], "as-is")
        return run["verdict"], run["title"]

    def scenario(self, name):
        with open(self.latest(f"race/{name}.ini"), encoding="utf-8") as file:
            return file.read()


class Verdicts(Race):

    def test_broken(self):
        """
        No Makefile, a hyphen in the name, no description: found in both modes, and the
        reproducer is good for make repro with the same MODULE.
        """
        result = self.race("door")
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertRegex(result.stderr, r"race-door\.c:\d+: warning: .*door_knock")
        self.assertRegex(result.stdout, r"character device: c /dev/race-door: open")
        for mode in "stress", "explore":
            verdict, title = self.raced("race_door", mode)
            self.assertEqual(verdict, "FAIL")
            self.assertRegex(title, r"\[race_door\]")
        self.assertEqual(e2e.guests(), {})
        line = next(r["reproducer"] for r in self.results()["runs"] if r["mode"] == "explore")
        path = os.path.join(MODULES, "door")
        with open(self.latest("report.html"), encoding="utf-8") as file:
            page = file.read()
        for command in "race", "repro":
            self.assertIn(f"make {command} MODULE={path} ", page)
        result = e2e.subprocess.run([e2e.RUN, "repro"], capture_output=True, text=True,
                                    env=self.environment(MODULE=path, REPRO=line),
                                    stdin=e2e.subprocess.DEVNULL)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("1 of 1 replays identical", result.stdout)

    def test_fixed(self):
        """The same module with the parameter that mends it, named as the .c file."""
        result = self.race("door/race-door.c", PARAMS="owned=1")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        for mode in "stress", "explore":
            self.assertEqual(self.raced("race_door", mode), ("PASS", ""))

    def test_dependencies(self):
        """Modules of a Makefile for people, one of which needs the other."""
        result = self.race("pair", MODE="stress")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("helpers = lender\n", self.scenario("borrower"))
        self.assertIn("path = /proc/borrower\n", self.scenario("borrower"))
        self.assertIn("type = module\nmodule = borrower\n", self.scenario("lender"))
        self.assertRegex(result.stdout, r"module that needs it: borrower: loaded")
        self.assertEqual(self.raced("borrower", "stress")[0], "PASS")
        self.assertEqual(self.raced("lender", "stress")[0], "PASS")

    def test_in_tree(self):
        """One of the kernel's own, by its option."""
        result = self.race("CONFIG_DUMMY", MODE="stress", CYCLES="20")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertRegex(result.stdout, r"network interface: /sys/class/net/dummy0: taken up")
        self.assertEqual(self.raced("dummy", "stress")[0], "PASS")


class Kinds(Race):
    """Modules that nothing but the kind of traffic made for them can break; kinds/, stuck/."""

    CHOSEN = {
        "late_device": ("sysfs", "path = /sys/bus/late/new_device"),
        "late_link": ("rtnl", "kind = late"),
        "late_netns": ("netns", ""),
        "unowned_config": ("configfs", "path = /sys/kernel/config/unowned"),
        "unowned_family": ("socket", "family = 19"),
        "unowned_fs": ("mount", "filesystem = unownedfs"),
        "unowned_ldisc": ("ldisc", "number = 29"),
    }

    def verdicts(self, mode):
        """What came of each module."""
        return {run["scenario"]: (run["verdict"], run["title"])
                for run in self.results()["runs"] if run["mode"] == mode}

    def test_broken(self):
        """What each registers is seen, driven, and found to be broken by that."""
        result = self.race("kinds", MODE="stress", CYCLES="100")
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        verdicts = self.verdicts("stress")
        for name, (kind, key) in self.CHOSEN.items():
            with self.subTest(name):
                self.assertRegex(self.scenario(name), rf"(?m)^type = {kind}\n(.+\n)*?{key}")
                self.assertEqual(verdicts[name][0], "FAIL", verdicts[name])
                self.assertIn(f"[{name}]", verdicts[name][1])
        self.assertEqual(e2e.guests(), {})

    def test_fixed(self):
        """The same traffic, and nothing to be found."""
        result = self.race("kinds", PARAMS="broken=0", CYCLES="60", SCHEDULES="20")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        for mode in "stress", "explore":
            for name in self.CHOSEN:
                self.assertEqual(self.verdicts(mode)[name], ("PASS", ""))

    def test_schedules(self):
        """What a schedule finds with these kinds of traffic is found again, event by event."""
        result = self.race("kinds", MODE="explore", SCHEDULES="40")
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        for run in self.results()["runs"]:
            with self.subTest(run["scenario"]):
                self.assertEqual(run["verdict"], "FAIL")
                self.assertIn("modrace-1", run["reproducer"])

    def test_users(self):
        """A module that needs it comes and goes; it is raced itself with its helper loaded."""
        result = self.race("users", CYCLES="100", SCHEDULES="40")
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        for mode in "stress", "explore":
            verdict, title = self.verdicts(mode)["hub"]
            self.assertEqual(verdict, "FAIL")
            self.assertIn("[hub]", title)
        result = self.race("users", PARAMS="broken=0", CYCLES="60", SCHEDULES="20")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_stuck(self):
        """A reader asleep in the module is not woken up before the attempt is over."""
        result = self.race("stuck", MODE="explore", SCHEDULES="20")
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertRegex(self.verdicts("explore")["stuck"][1], r"hang|hung")
        result = self.race("stuck", PARAMS="broken=0", CYCLES="60", SCHEDULES="20")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


class Events(e2e.EndToEnd):
    """What happens to a module other than that it is removed; events/."""

    def test_each(self):
        """Each event finds what no unload does, and nothing in a module that is fine."""
        result = self.run_scenarios(SCENARIO_DIR=os.path.join(HERE, "events"))
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        for name, verdict in self.verdicts().items():
            self.assertEqual(verdict, "XFAIL" if name[1] == "broken" else "PASS", name)

    def test_no_such_device(self):
        """Nothing would have happened, and nobody would have noticed."""
        self.write("gone/gone.c", e2e.small_module())
        self.write("gone/gone.ini", "[scenario]\nmodule = gone\nevent = unbind\n"
                   "event_path = /sys/bus/platform/drivers/gone/gone.0\n"
                   "[traffic nobody]\ntype = none\n[variant only]\nexpect = pass\n")
        result = self.run_scenarios(SCENARIO_DIR=os.path.join(self.dir, "gone"), MODE="stress")
        self.assertEqual(result.returncode, 2)
        self.assertIn("event: /sys/bus/platform/drivers/gone/gone.0: No such file", result.stdout)


class Again(Race):
    """A directory that was built before."""

    def modules(self):
        """What is built of the directory now, and what was said."""
        result = self.race(os.path.join(self.dir, "again"), MODE="stress", DRY="1")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return re.findall(r"(?m)^(\w+) registers", result.stdout), result.stderr

    def test_other_files(self):
        """What is gone is not raced, and what is not compiled again warns all the same."""
        def source(name):
            return e2e.small_module(parts=f"int {name}_shut(void) {{ return 0; }}")
        for name in "again_first", "again_second":
            self.write(f"again/{name}.c", source(name))
        first, _ = self.modules()
        self.assertEqual(first, ["again_first", "again_second"])
        self.write("again/again_second.c", source("again_second") + "/* changed */\n")
        self.assertIn("again_first_shut", self.modules()[1])
        os.unlink(os.path.join(self.dir, "again/again_second.c"))
        left, said = self.modules()
        self.assertEqual(left, ["again_first"])
        self.assertIn("again_first_shut", said)


class Choice(unittest.TestCase):
    """Which kernels are taken, without building any."""

    HAS = {"lean": (), "wide": ("CONFIG_INPUT",), "more": ("CONFIG_INPUT", "CONFIG_ODD")}

    def setUp(self):
        self.said, self.asked = [], []
        self.enterContext(mock.patch.object(kernels.Choice, "kernel_dir", self.kernel_dir))
        self.enterContext(mock.patch.object(kernels, "turn_on", self.turn_on))
        self.enterContext(mock.patch.object(steps, "say", self.said.append))

    @staticmethod
    def kernel_dir(choice, mode):
        """Its name says what kind of a kernel it is."""
        kind = "more" if choice.added else "wide" if choice.wide else "lean"
        return f"{mode}-{kind}"

    def turn_on(self, lacking, _mode, _added):
        """INPUT is in the wide kernel, ODD can be turned on, and nothing else."""
        self.asked.append(lacking)
        if not {"CONFIG_INPUT", "CONFIG_ODD"} & set(lacking):
            return None
        return ["CONFIG_BUS=y", "CONFIG_ODD=m"] if "CONFIG_ODD" in lacking else []

    def chosen(self, *needs, kconfig=None):
        """What a module that needs some options is built for, in two modes."""
        def build(_mode, kernel_dir, _wide):
            lacking = [o for o in needs if o not in self.HAS[kernel_dir.split("-")[1]]]
            return {"mine": lacking} if lacking else {}
        choice = kernels.Choice(["stress", "explore"], kconfig)
        return kernels.build_fitting(choice, build)

    def test_lean_if_it_fits(self):
        self.assertEqual(self.chosen(), {"stress": "stress-lean", "explore": "explore-lean"})
        self.assertEqual((self.said, self.asked), ([], []))

    def test_wide_for_all_modes(self):
        self.assertEqual(self.chosen("CONFIG_INPUT"),
                         {"stress": "stress-wide", "explore": "explore-wide"})
        self.assertEqual(self.said, ["mine needs CONFIG_INPUT: built on the wide kernel"])

    def test_with_more_options(self):
        self.assertEqual(self.chosen("CONFIG_INPUT", "CONFIG_ODD"),
                         {"stress": "stress-more", "explore": "explore-more"})
        self.assertEqual(self.said, ["mine needs CONFIG_INPUT CONFIG_ODD: built on the wide "
                                     "kernel, with CONFIG_BUS=y CONFIG_ODD=m"])

    def test_what_cannot_be_had(self):
        """It is looked for once, and is no reason to build a wide kernel."""
        self.assertEqual(self.chosen("CONFIG_ACPI"),
                         {"stress": "stress-lean", "explore": "explore-lean"})
        self.assertEqual((self.said, self.asked), ([], [["CONFIG_ACPI"]]))

    def test_as_the_user_wants(self):
        self.assertEqual(self.chosen(kconfig="wide")["stress"], "stress-wide")
        with tempfile.NamedTemporaryFile("w", suffix=".config") as file:
            file.write("CONFIG_MINE=y\n")
            file.flush()
            self.assertEqual(self.chosen(kconfig=file.name)["stress"], "stress-more")


class OwnMakefile(unittest.TestCase):
    """The kernel's own Makefile says what a module of its directory is made of."""

    MAKEFILE = ("obj-$(subst y,$(CONFIG_PAIR),$(CONFIG_MORE)) += pair.o\n"
                "obj-$(CONFIG_OTHER) += other.o\nobj-y += always.o below/\n"
                "pair-objs := one.o\nifneq ($(CONFIG_THREE),)\npair-objs += below/three.o\nendif\n"
                "pair-$(subst m,y,$(CONFIG_TWO)) += two.o\n")

    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="modrace-tree-")
        self.addCleanup(shutil.rmtree, self.top)
        os.makedirs(os.path.join(self.top, "drivers/pair/below"))
        for name, text in (("Makefile", self.MAKEFILE), ("one.c", ""), ("below/three.c", ""),
                           ("below/notes", "")):
            with open(os.path.join(self.top, "drivers/pair", name), "w", encoding="utf-8") as file:
                file.write(text)

    def evaluated(self, kbuild, *options):
        """What make finds in the lists."""
        text = f"srctree := {self.top}\n" + "".join(f"{o}\n" for o in options) + kbuild
        text += "all:\n\t@echo $(obj-y) : $(obj-m) : $(pair-objs) $(pair-y)\n"
        return subprocess.run(["make", "-s", "-f", "-", "all"], input=text, capture_output=True,
                              text=True, check=True, cwd=self.top).stdout.strip()

    def test_lists(self):
        tree = mock.Mock(path=self.top)
        files, texts = wanted.module_directory(tree, "drivers/pair", [("pair.o", "CONFIG_PAIR")])
        self.assertEqual(sorted(files), ["drivers/pair/below/three.c", "drivers/pair/one.c"])
        kbuild = texts["drivers/pair/Kbuild"]
        self.assertEqual(self.evaluated(kbuild), ": pair.o : one.o")
        self.assertEqual(self.evaluated(kbuild, "CONFIG_TWO := m", "CONFIG_THREE := y",
                                        "CONFIG_OTHER := m"),
                         ": pair.o : one.o below/three.o two.o")

    def test_two_of_one_directory(self):
        """Their Makefile is taken in once."""
        found = [("drivers/pair", "pair.o", "CONFIG_PAIR"),
                 ("drivers/pair", "other.o", "CONFIG_OTHER")]
        text = wanted.from_tree(mock.Mock(path=self.top), "both", found).texts
        self.assertEqual(text["drivers/pair/Kbuild"].count("include "), 1)
        self.assertEqual(text["Kbuild"], "obj-m += drivers/pair/\n")
        self.assertIn("other.o pair.o", self.evaluated(text["drivers/pair/Kbuild"]))

    def test_option(self):
        """The option that may be m is the module's."""
        found = list(kconfig.assignments(os.path.join(self.top, "drivers/pair/Makefile")))
        self.assertIn(("obj", "CONFIG_PAIR", ["pair.o"]), found)
        self.assertIn(("pair", "CONFIG_TWO", ["two.o"]), found)


class Table(unittest.TestCase):
    """The rows of docs/in-tree.md."""

    SAID = ("gadget registers\n  character device: c /dev/gadget: open, read; held\n"
            "  device of a class: /sys/class/misc/gadget: no traffic for it\n"
            "PASS   gadget/as-is  stress  50 unloads\n")

    def setUp(self):
        loader = importlib.machinery.SourceFileLoader(
            "race_table", os.path.join(TOP, "harness", "race-table"))
        self.table = importlib.util.module_from_spec(
            importlib.machinery.ModuleSpec("race_table", loader, origin=loader.path))
        self.table.__file__ = loader.path
        loader.exec_module(self.table)
        self.table.KEPT = tempfile.mkdtemp(prefix="modrace-table-")
        self.addCleanup(shutil.rmtree, self.table.KEPT)

    def keep(self, name, stdout, stderr, runs):
        """What race has left of a module."""
        place = os.path.join(self.table.KEPT, name, "results/latest")
        os.makedirs(place)
        results = {"runs": runs, "kernel": {"stress": {"version": "7.3.4-wide"}}}
        for path, text in (("../../stdout", stdout), ("../../stderr", stderr),
                           ("results.json", json.dumps(results))):
            with open(os.path.join(place, path), "w", encoding="utf-8") as file:
                file.write(text)

    def line(self, name):
        return list(self.table.lines([self.table.row(name)]))[-1]

    def test_raced(self):
        run = {"scenario": "gadget", "mode": "stress", "verdict": "FAIL", "title": "a|b",
               "overlaps": 41, "unloads": 50}
        self.keep("gadget", self.SAID, "gadget needs CONFIG_X: ...\n", [run])
        self.assertEqual(self.line("gadget"),
                         "| gadget | wide | character device `c /dev/gadget`, device of a class "
                         "`/sys/class/misc/gadget` | open, read; held | 50, 41 | "
                         "FAIL: a\\|b |  |")

    def test_refused(self):
        self.keep("gadget", "", "linking ...\noutside.py: MODULE=gadget: it is not there\n", [])
        self.assertEqual(self.line("gadget"),
                         "| gadget |  |  |  |  | MODULE=gadget: it is not there |  |")

    def test_path(self):
        """A file of the kernel's is named as the kernel names it."""
        said = "outside.py: gadget: /home/me/cache/source/12-ab/drivers/gadget.c:1: no\n"
        self.keep("gadget", "", said, [])
        self.assertIn("| gadget: drivers/gadget.c:1: no |", self.line("gadget"))

    def test_not_raced(self):
        self.assertIsNone(self.table.row("gadget"))


class Wide(unittest.TestCase):

    def test_options_stick(self):
        """The kernel's own build keeps each of the wide kernels' options, in all modes."""
        out = tempfile.mkdtemp(prefix="modrace-wide-")
        self.addCleanup(shutil.rmtree, out)
        log = os.path.join(out, "log")
        for mode in "stress", "explore", "lockdep":
            build, tree = kernel.prepare(mode + kernel.WIDE, None)
            kernel.configure(build, tree, out, log, None)
            with open(os.path.join(out, ".config"), encoding="utf-8") as file:
                self.assertIn("CONFIG_INPUT=y\n", file.read())


class Refused(Race):

    def assert_lines(self, said, begin, lines):
        """Each name has one line that begins so, with these words."""
        for name, words in lines:
            with self.subTest(name):
                found = re.findall(rf"(?m)^{begin.format(name)}(.*)", said)
                self.assertEqual(len(found), 1, said)
                self.assertRegex(found[0], words)

    def test_bad_modules(self):
        """Each has its line, and is no reason not to look at the one that is fine."""
        result = self.race("bad", MODE="stress", DRY="1")
        self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
        self.assert_lines(result.stderr, "(?:modrace: )?{}:? ", (
                ("slip", r"is left out: \S*/bad/slip\.c:7: 'no_such_variable' undeclared"),
                ("option", r"is left out: the kernel has no acpi_\w+; needs CONFIG_ACPI$"),
                ("unlicensed", r"is left out: missing MODULE_LICENSE"),
                ("absent", r"cannot be loaded: .*No such device"),
                ("crash", r"fails while it is loaded: NULL dereference in "),
                ("forever", r"cannot be unloaded: it has no exit function"),
                ("selfish", r"cannot be unloaded: it is held by itself")))
        self.assertIn("fine registers", result.stdout)
        self.assertIn("module = fine\n", self.scenario("fine"))
        self.assertFalse(os.path.exists(self.latest("results.json")))
        self.assertEqual(e2e.guests(), {})

    def test_hard_to_load(self):
        """
        What never ends, or ends the kernel, in its init function, and what wants firmware,
        has its line; what takes its time, or talks without end, is raced for as long as
        that allows.
        """
        result = self.race("hard", MODE="stress", DRY="1")
        self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
        self.assert_lines(result.stderr, "modrace: {}: ", (
                ("stuck", r"cannot be loaded: its init does not end; see .*/console\.log"),
                ("flood", r"cannot be loaded: its init does not end|console flood"),
                ("panicking", r"fails while it is loaded: panic: no such hardware revision"),
                ("wares", r"cannot be loaded: .*; it needs firmware \(acme/wares\.bin\)")))
        self.assertEqual(e2e.guests(), {})
        for name, most, timeout in ("lazy", 118, None), ("slow", 20, 400), ("chatty", 1000, None):
            with self.subTest(name):
                scenario = self.scenario(name)
                self.assertLessEqual(int(re.search(r"(?m)^cycles = (\d+)", scenario)[1]), most)
                given = re.search(r"(?m)^timeout = (\d+)", scenario)
                self.assertEqual(timeout is None, given is None, scenario)
                self.assertGreaterEqual(int(given[1]) if given else 300, timeout or 300)

    def test_nothing_left(self):
        """A single module that cannot be built ends it with one line."""
        self.refused(self.race("bad/option.c", MODE="stress"), "needs CONFIG_ACPI")
        self.refused(self.race("door", MODE="stress", STRICT="1"), "race-door.c:29", "door_knock")

    def test_arguments(self):
        self.refused(self.race(""), "MODULE is not given")
        self.refused(self.race("./no/such"), "MODULE=./no/such", "no such file")
        self.refused(self.race("no_such_module", MODE="stress"), "no_such_module", "own")
        self.refused(self.race("fine", SCENARIO="none.ini"), "SCENARIO=none.ini")
        for content, words in ("", "was built; name"), ("\0vermagic=6.1.0-13 SMP\0", "linux 6.1.0-13;"):
            built = self.write("built.ko", content)
            self.refused(self.race(built, MODE="stress"), "built.ko", words)

    def test_own_options(self):
        """A fragment that is none, or is not kept; neither is a reason to build anything."""
        self.refused(self.race("fine", KCONFIG="none.config"), "KCONFIG=none.config", "No such")
        for text, words in (("", "sets no option"), ("INPUT=y\n", "mine.config:1"),
                            ("# why\nCONFIG_NO_SUCH=y\n", "mine.config:2")):
            mine = self.write("mine.config", text)
            self.refused(self.race("door", MODE="stress", KCONFIG=mine), words)

    def test_parameter(self):
        self.refused(self.race("pair", MODE="stress", PARAMS="owner=1"), "PARAMS=owner=1",
                     "no parameter owner")


if __name__ == "__main__":
    unittest.main()
