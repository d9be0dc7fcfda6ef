#!/usr/bin/env python3
"""
Tests of kernel.py and modules/build.py, without a network and without a kernel:
a copy of the scripts builds a tree of a few lines whose Makefile answers to the
targets that the scripts ask for. Each test states what a user would see.
"""

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest
from unittest import mock

from kbuild import kconfig, kernel, options, sources, versions
from kbuild.steps import Fail, sha256_file

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
MAKEFILE = """\
VERSION = 7
PATCHLEVEL = 3
SUBLEVEL = 4
EXTRAVERSION =
allnoconfig:
	grep -v DROPPED $(KCONFIG_ALLCONFIG) > $(O)/.config
modules_prepare:
	echo symbols > $(O)/vmlinux.symvers
linux:
	@echo "  CC      init/main.o"; echo built >> $(COUNT)
	sleep $(SLEEP)
	@if [ "$(BREAK)" ]; then echo "init/main.c:7:1: $(BREAK)"; exit 1; fi
	cp main.c $(O)/linux; touch $(O)/vmlinux.o
modules:
	touch $(O)/Module.symvers
mrproper:
	rm -f stale.o
"""
# What stands for a built kernel when modules are built.
KERNEL_DIR_MAKEFILE = """\
modules:
	cd $(M) && . ./Kbuild.sh && for o in $$objs; do \\
		echo "  CC [M]  $$o"; gcc -Wall $(KCFLAGS) -c -g $${o%.o}.c -o $${o%.o}.ko || exit; done
"""
PATCH = """\
From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
Subject: [PATCH] change main

---
--- a/main.c
+++ b/main.c
@@ -1,2 +1,2 @@
-one
+patched
 two
"""

MAIL = """\
From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
From: A Developer <a@example.org>
Date: Sun, 1 Nov 2026 10:00:00 +0000
Subject: [PATCH] {subject}

A reason.

Signed-off-by: A Developer <a@example.org>
---
 main.c | 2 +-
 1 file changed, 1 insertion(+), 1 deletion(-)

diff --git a/main.c b/main.c
index {index} 100644
--- a/main.c
+++ b/main.c
@@ -1,2 +1,2 @@
{hunk}
-- 
{git}

"""


def mail(subject, index, *hunk):
    """A patch as git writes it."""
    version = subprocess.run(["git", "version"], capture_output=True, text=True).stdout.split()[2]
    return MAIL.format(subject=subject, index=index, hunk="\n".join(hunk), git=version)


def read(*path):
    """A file's text."""
    with open(os.path.join(*path)) as f:
        return f.read()


class Project:
    """A copy of the scripts with fragments, a series and a tree of its own."""

    def __init__(self, top):
        self.top, self.scripts = top, os.path.join(top, "uml-config")
        self.tree, self.cache = os.path.join(top, "linux"), os.path.join(top, "cache")
        self.count = os.path.join(top, "count")
        for name in ("uml-config/kernel.py", "uml-config/7.3/kernel.pin", "modules/build.py"):
            self.copy(os.path.join(TOP, name), os.path.join(top, name))
        shutil.copytree(os.path.join(HERE, "kbuild"), os.path.join(self.scripts, "kbuild"))
        os.symlink("../uml-config/kbuild", os.path.join(top, "modules/kbuild"))
        self.fragment("common", "# a comment\nCONFIG_A=y\n")
        self.fragment("stress", "CONFIG_B=n\n")
        self.fragment("explore", "CONFIG_C=3\n")
        self.series("uml/0001-main.patch\n")
        self.write("uml-config/7.3/uml/0001-main.patch", PATCH)
        self.write("linux/Makefile", MAKEFILE)
        self.write("linux/main.c", "one\ntwo\n")
        self.write("linux/arch/um/Kconfig", "")

    @staticmethod
    def copy(source, dest):
        os.makedirs(os.path.dirname(dest), exist_ok=True)
        shutil.copy(source, dest)

    def write(self, name, text):
        path = os.path.join(self.top, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)
        return path

    def fragment(self, name, text):
        return self.write(f"uml-config/kconfig/{name}.config", text)

    def series(self, text):
        return self.write("uml-config/7.3/series", "# heading\n\n" + text)

    def version(self, name):
        """Another version with the same patches."""
        shutil.copytree(os.path.join(self.scripts, "7.3"), os.path.join(self.scripts, name))

    def release(self, name):
        """Make the tree one of another release."""
        major, minor, patch = name.split(".")
        text = MAKEFILE.replace("VERSION = 7", f"VERSION = {major}")
        text = text.replace("PATCHLEVEL = 3", f"PATCHLEVEL = {minor}")
        self.write("linux/Makefile", text.replace("SUBLEVEL = 4", f"SUBLEVEL = {patch}"))

    def git(self, *args):
        subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org",
                        "-C", self.tree, *args], check=True, capture_output=True)

    def commit(self):
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-qm", "tree")

    def start(self, *args, script="uml-config/kernel.py", **env):
        defaults = {"KERNEL_SRC": self.tree, "MODRACE_CACHE": self.cache, "COUNT": self.count,
                    "SLEEP": "0"}
        return subprocess.Popen([sys.executable, os.path.join(self.top, script), *args], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env=os.environ | defaults | env)

    def run(self, *args, **env):
        process = self.start(*args, **env)
        out, err = process.communicate(timeout=600)
        return process.returncode, out.strip(), err.strip().split("\n")

    def builds(self):
        """How often the compiler ran."""
        return read(self.count).count("\n") if os.path.exists(self.count) else 0

    def leftovers(self):
        """What an unfinished build or copy left in the cache."""
        return [name for top, dirs, files in os.walk(self.cache) for name in dirs + files
                if ".partial" in name or name.endswith((".work", ".names"))]


class ProjectTest(unittest.TestCase):
    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="test_kernel.")
        self.addCleanup(shutil.rmtree, self.top)
        self.project = Project(self.top)

    def build(self, *args, **env):
        status, _, err = self.project.run("build", "stress", *args, **env)
        self.assertEqual(status, 0, err)

    def path(self, *args, **env):
        status, out, err = self.project.run("path", "stress", *args, **env)
        self.assertEqual(status, 0, err)
        return out

    def fails(self, *args, says, **env):
        """A run that ends with status 2; its last line starts with the script's name."""
        status, out, err = self.project.run(*args, **env)
        self.assertEqual((status, out), (2, ""), err)
        self.assertRegex(err[-1], r"^(kernel|build)\.py: ")
        for text in [says] if isinstance(says, str) else says:
            self.assertIn(text, err[-1])
        return err


class Builds(ProjectTest):
    def test_second_build_compiles_nothing(self):
        self.build()
        self.build()
        self.assertEqual(self.project.builds(), 1)
        self.assertEqual(self.project.leftovers(), [])

    def test_result_is_patched_and_slim(self):
        self.build()
        self.assertEqual(read(self.path(), "linux"), "patched\ntwo\n")
        self.assertTrue(os.path.exists(self.path() + "/Module.symvers"))
        self.assertFalse(os.path.exists(self.path() + "/vmlinux.o"))

    def test_identity_says_what_was_built(self):
        self.build()
        _, out, _ = self.project.run("identity", "stress")
        identity = json.loads(out)
        self.assertEqual(identity, json.loads(read(self.path(), "kernel.json")))
        self.assertEqual((identity["version"], identity["flavour"]), ("7.3.4", "stress"))
        self.assertIn(identity["hash"], self.path())
        self.assertEqual([p["name"] for p in identity["patches"]], ["uml/0001-main.patch"])
        self.assertEqual(identity["config_sha256"], sha256_file(self.path() + "/.config"))

    def test_every_input_makes_another_build(self):
        self.build()
        paths = {self.path()}
        for change in (lambda: self.project.fragment("common", "CONFIG_A=m\n"),
                       lambda: self.project.write("linux/main.c", "one\ntwo\nthree\n"),
                       lambda: self.project.write("uml-config/7.3/uml/0001-main.patch",
                                                  PATCH.replace("patched", "mended")),
                       lambda: self.project.write("uml-config/files/uml/dir/new.c", "new\n"),
                       lambda: self.project.write("uml-config/files/uml/dir/new.c", "newer\n")):
            change()
            self.fails("path", "stress", says="run uml-config/kernel.py build stress")
            self.build()
            paths.add(self.path())
        self.assertEqual(len(paths), 6)

    def test_groups_limit_patches_and_fragments(self):
        self.project.fragment("group-uml", "CONFIG_G=y\n")
        self.project.fragment("group-uml.explore", "CONFIG_DROPPED=y\n")
        self.build()
        self.build("--groups", "")
        self.assertIn("CONFIG_G=y", read(self.path(), ".config"))
        plain = self.path("--groups", "")
        self.assertEqual(read(plain, "linux"), "one\ntwo\n")
        self.assertNotIn("CONFIG_G", read(plain, ".config"))
        self.assertEqual(self.path("--groups", "uml"), self.path())

    def test_two_at_once_build_once(self):
        runs = [self.project.start("build", "stress", SLEEP="0.5") for _ in range(2)]
        for run in runs:
            self.assertEqual((run.communicate(timeout=60), run.returncode)[1], 0)
        self.assertEqual(self.project.builds(), 1)

    def test_source_prints_the_patched_tree(self):
        _, out, _ = self.project.run("source")
        self.assertEqual(read(out, "main.c"), "patched\ntwo\n")


class Wide(ProjectTest):
    """A wide kernel, and what is added to it."""

    def setUp(self):
        super().setUp()
        self.build()
        self.lean = self.path()
        self.project.fragment("wide", "CONFIG_B=y\nCONFIG_INPUT=y\n")

    def build_wide(self, *args):
        status, _, err = self.project.run("build", *args, "stress-wide")
        self.assertEqual(status, 0, err)
        return self.project.run("path", *args, "stress-wide")[1]

    def test_lean_ones_stay(self):
        """Neither is the fragment part of them, nor are they built again for it."""
        self.assertEqual(self.path(), self.lean)
        self.assertNotIn("INPUT", read(self.lean, ".config"))

    def test_has_both_and_no_modules(self):
        wide = self.build_wide()
        self.assertRegex(wide, r"/stress-wide-\w{16}$")
        # What comes later counts: B is off in the stress fragment.
        self.assertEqual(read(wide, ".config").splitlines(),
                         ["CONFIG_A=y", "CONFIG_B=n", "CONFIG_B=y", "CONFIG_INPUT=y"])
        self.assertEqual(read(wide, "Module.symvers"), read(wide, "vmlinux.symvers"))

    def test_added_options(self):
        """A fragment of the user's makes another kernel, which names its options."""
        wide = self.build_wide()
        mine = self.project.write("mine.config", "# why\nCONFIG_MINE=m\n")
        added = self.build_wide("--add", mine)
        self.assertNotEqual(added, wide)
        self.assertIn("CONFIG_MINE=m", read(added, ".config"))
        known = [json.loads(read(path, "kernel.json")) for path in (self.lean, wide, added)]
        self.assertEqual([(k["flavour"], k["options"]) for k in known],
                         [("stress", []), ("stress-wide", []), ("stress-wide", ["CONFIG_MINE=m"])])
        self.project.write("mine.config", "CONFIG_MINE=m\nCONFIG_DROPPED=y\n")
        self.fails("build", "--add", mine, "stress-wide",
                   says=["mine.config:2", "CONFIG_DROPPED=y is not set in the stress-wide kernel"])

    def test_of_what(self):
        self.fails("build", "wide", says="unknown flavour 'wide'")
        self.fails("build", "none-wide", says="unknown flavour 'none-wide'")


KCONFIG = """\
mainmenu "Linux"
config MODULES
	bool "modules"
	modules
menu "buses"
	depends on BUSES
config BUS
	tristate "a bus"
	select CORE
endmenu
config BUSES
	bool "buses"
config CORE
	tristate
config OLD
	bool
	transitional
config DEVICE
	tristate "a device"
	depends on BUS
	depends on ANY if BUSES
config ANY
	tristate "any"
config ONLY_THERE
	bool "not on this machine"
	depends on MACHINE
config MACHINE
	bool
config EITHER
	bool "either way"
	depends on ONLY_THERE || DEVICE
config HIDDEN
	def_bool DEVICE && FINE
config FINE
	bool "fine"
choice
	prompt "one of"
config FAST
	bool "fast"
config SLOW
	bool "slow"
endchoice
config NEEDS_SLOW
	bool "needs slow"
	depends on SLOW
source "lib/Kconfig.debug"
config NEEDS_DEBUG
	bool "needs debug"
	depends on DEBUG
"""


class Options(unittest.TestCase):
    """Which options are turned on for the sake of one."""

    def setUp(self):
        self.tree = tempfile.mkdtemp(prefix="test_kernel.")
        self.addCleanup(shutil.rmtree, self.tree)
        self.write("Kconfig", KCONFIG)
        self.write("lib/Kconfig.debug", 'config DEBUG\n\tbool "debug"\n')

    def write(self, name, text):
        os.makedirs(os.path.dirname(os.path.join(self.tree, name)), exist_ok=True)
        with open(os.path.join(self.tree, name), "w", encoding="utf-8") as f:
            f.write(text)

    def turned_on(self, *names, level=options.MODULE):
        """What is added for the sake of some options; None if there is no way."""
        now = options.Configuration(self.tree, [kernel.Fragment("", "CONFIG_MODULES=y\nCONFIG_FAST=y\n")])
        found = [now.turn_on("CONFIG_" + name, level) for name in names]
        return now.lines() if all(found) else None

    def test_dependencies_come_first(self):
        self.assertEqual(self.turned_on("BUS"), ["CONFIG_BUSES=y", "CONFIG_BUS=m"])
        self.assertEqual(self.turned_on("DEVICE"),
                         ["CONFIG_BUSES=y", "CONFIG_BUS=m", "CONFIG_ANY=m", "CONFIG_DEVICE=m"])
        self.assertEqual(self.turned_on("BUS", level=options.YES), ["CONFIG_BUSES=y", "CONFIG_BUS=y"])

    def test_what_has_no_prompt(self):
        """It comes with what selects it, or by a default."""
        self.assertEqual(self.turned_on("CORE"), ["CONFIG_BUSES=y", "CONFIG_BUS=m"])
        self.assertEqual(self.turned_on("HIDDEN")[-2:], ["CONFIG_DEVICE=m", "CONFIG_FINE=y"])

    def test_all_that_is_on(self):
        now = options.Configuration(self.tree, [])
        self.assertTrue(now.turn_on("CONFIG_BUS", options.YES))
        self.assertEqual(now.on(), {"CONFIG_BUSES", "CONFIG_BUS", "CONFIG_CORE", "CONFIG_FAST"})

    def test_another_way(self):
        """What was tried in vain leaves nothing behind."""
        self.assertEqual(self.turned_on("EITHER")[-2:], ["CONFIG_DEVICE=m", "CONFIG_EITHER=y"])
        self.assertNotIn("CONFIG_ONLY_THERE=y", self.turned_on("EITHER"))

    def test_no_way(self):
        for name in "ONLY_THERE", "NONE_SUCH", "OLD", "NEEDS_SLOW", "NEEDS_DEBUG":
            self.assertIsNone(self.turned_on(name), name)
        self.assertEqual(self.turned_on("DEBUG"), ["CONFIG_DEBUG=y"])

    def test_language_of_tomorrow(self):
        self.write("Kconfig", KCONFIG + "config NEW\n\tquaternary\n")
        with self.assertRaisesRegex(Fail, "Kconfig:.*quaternary.*KCONFIG="):
            self.turned_on("BUS")


HEADER = """\
#ifndef _HEADER_H
#define _HEADER_H
struct one {
	int always;
#if IS_ENABLED(CONFIG_ONE) || defined(CONFIG_TWO)
	/* a comment on sometimes; */
	unsigned long sometimes;
#else
	int otherwise;
#endif
#ifdef CONFIG_TWO
# ifndef CONFIG_SMALL
	char nested[16];
# endif
	int always_too : 1;
#endif
	int always_too;
};
#ifdef CONFIG_ONE
void call_one(void);
#define MACRO_ONE 1
#endif
#endif
"""


class Guards(unittest.TestCase):
    """For what options a header has a name."""

    def test_names(self):
        for name, wanted in (("always", []), ("sometimes", ["CONFIG_ONE", "CONFIG_TWO"]),
                             ("otherwise", []), ("nested", ["CONFIG_TWO"]), ("always_too", []),
                             ("call_one", ["CONFIG_ONE"]), ("MACRO_ONE", ["CONFIG_ONE"]),
                             ("unheard_of", [])):
            self.assertEqual(kconfig.guards([HEADER], name), wanted, name)

    def test_name_that_many_have(self):
        """It is no option's affair if one header has it in any case."""
        self.assertEqual(kconfig.guards([HEADER, "struct two {\n\tint nested;\n};\n"], "nested"), [])
        self.assertEqual(kconfig.guards([HEADER, "static int f(int x)\n"], "nested"), ["CONFIG_TWO"])


# A patch to a file that comes with its group.
HOOK = PATCH.replace("main", "dir/new").replace("-one\n+patched\n two", "-new\n+hooked\n two")


class Files(ProjectTest):
    """The files that a patch group adds to the tree."""

    def setUp(self):
        super().setUp()
        self.mine = self.project.write("uml-config/files/uml/dir/new.c", "new\ntwo\n")

    def source(self, *args, **env):
        status, out, err = self.project.run("source", *args, **env)
        self.assertEqual(status, 0, err)
        return out

    def test_are_there_before_the_patches_of_their_group(self):
        self.project.write("uml-config/7.3/uml/0002-hook.patch", HOOK)
        self.project.series("uml/0001-main.patch\numl/0002-hook.patch\n")
        self.assertEqual(read(self.source(), "dir/new.c"), "hooked\ntwo\n")
        self.assertEqual(read(self.mine), "new\ntwo\n")

    def test_come_with_their_group_only(self):
        self.assertTrue(os.path.exists(self.source() + "/dir/new.c"))
        self.assertFalse(os.path.exists(self.source("--groups", "") + "/dir/new.c"))
        part = self.project.write("part", "# none\n")
        self.assertFalse(os.path.exists(self.source(SERIES=part) + "/dir/new.c"))

    def test_what_is_edited_is_built_again(self):
        self.build()
        identity = json.loads(self.project.run("identity", "stress")[1])
        self.assertEqual(identity["files"],
                         [{"name": "dir/new.c", "sha256": sha256_file(self.mine)}])
        self.project.write("uml-config/files/uml/dir/new.c", "edited\n")
        self.fails("path", "stress", says="not built")
        self.build()
        self.assertEqual(self.project.builds(), 2)
        work = os.path.join(self.project.cache, "work/stress/tree/dir/new.c")
        self.assertEqual(read(work), "edited\n")

    def test_what_an_editor_or_a_build_leaves_is_none(self):
        before = self.source()
        self.project.write("uml-config/files/uml/dir/.new.c.swp", "")
        self.project.write("uml-config/files/uml/dir/new.o", "")
        self.assertEqual(self.source(), before)

    def test_a_file_of_the_tree_is_not_replaced(self):
        self.project.write("linux/dir/new.c", "their own\n")
        self.fails("build", "stress", says=["another dir/new.c than", self.mine, "KERNEL_SRC="])
        self.project.write("linux/dir/new.c", read(self.mine))
        self.build()

    def test_are_checked_with_sparse(self):
        self.project.write("bin/sparse", "#!/bin/sh\n")
        os.chmod(self.top + "/bin/sparse", 0o755)
        path = f"{self.top}/bin:{os.environ['PATH']}"
        target = "dir/new.o:\n\t@echo '../tree/include/a.h:1:1: warning: theirs'; echo '$(SAYS)'\n"
        self.project.write("linux/Makefile", MAKEFILE + target)
        self.assertEqual(self.project.run("sparse", "stress", PATH=path)[0], 0)
        self.fails("sparse", "stress", PATH=path, SAYS="../tree/dir/new.c:7:9: warning: ours",
                   says=f"{self.mine}:7: warning: ours")


class History(ProjectTest):
    """The series as a git history that is edited and comes back."""

    def setUp(self):
        super().setUp()
        self.dir = os.path.join(self.top, "history")
        self.mine = self.project.write("uml-config/files/uml/dir/new.c", "new\ntwo\n")
        self.project.series("uml/0001-first.patch\n\n# second\nlifecycle/0001-second.patch\n")
        self.project.write("uml-config/7.3/uml/0001-first.patch",
                           mail("first", "814f4a4..17a8019", "-one", "+patched", " two"))
        self.project.write("uml-config/7.3/lifecycle/0001-second.patch",
                           mail("second", "17a8019..5db6457", " patched", "-two", "+mended"))
        os.unlink(f"{self.top}/uml-config/7.3/uml/0001-main.patch")

    def config(self):
        """All files below uml-config, and what they hold."""
        return {path: read(path) for top, _, names in os.walk(self.top + "/uml-config")
                for path in (os.path.join(top, name) for name in names)
                if "__pycache__" not in path}

    def run_well(self, *args):
        status, out, err = self.project.run(*args)
        self.assertEqual((status, out), (0, ""), err)

    def git(self, *args, **env):
        done = subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org",
                               "-C", self.dir, *args], env=os.environ | env,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def edit(self, name, text, *commit):
        self.project.write(f"history/{name}", text)
        self.git("commit", "-qam", *(commit or ["another"]))

    def test_there_and_back(self):
        before = self.config()
        self.run_well("checkout", self.dir)
        self.assertEqual(self.git("log", "--reverse", "--format=%s").splitlines(),
                         ["linux 7.3.4", "files of uml", "first", "files of lifecycle", "second"])
        self.assertEqual(read(self.dir, "dir/new.c"), "new\ntwo\n")
        self.assertEqual(read(self.dir, "main.c"), "patched\nmended\n")
        self.assertEqual(read(self.project.tree, "main.c"), "one\ntwo\n")
        self.run_well("refresh", self.dir)
        self.assertEqual(self.config(), before)

    def test_commits_that_come_and_go(self):
        self.run_well("checkout", self.dir)
        self.edit("main.c", "patched\nmended\nnew\n")
        self.run_well("refresh", self.dir)
        series = "# heading\n\numl/0001-first.patch\n\n# second\nlifecycle/0001-second.patch\n"
        self.assertEqual(read(self.top, "uml-config/7.3/series"),
                         series + "lifecycle/0002-another.patch\n")
        self.assertIn("+new", read(self.top, "uml-config/7.3/lifecycle/0002-another.patch"))
        self.git("reset", "-q", "--hard", "HEAD^")
        self.git("commit", "-q", "--amend", "-m", "second, in other words")
        self.run_well("refresh", self.dir)
        self.assertEqual(os.listdir(self.top + "/uml-config/7.3/lifecycle"),
                         ["0001-second-in-other-words.patch"])

    def test_a_file_of_ours_is_changed_in_its_marker(self):
        self.run_well("checkout", self.dir)
        self.edit("dir/new.c", "edited\ntwo\n")
        self.fails("refresh", self.dir, says=["changes dir/new.c", "--fixup"])
        marker = self.git("log", "--format=%h", "--grep=files of uml").strip()
        self.git("reset", "-q", "--soft", "HEAD^")
        self.git("commit", "-qa", f"--fixup={marker}")
        self.git("rebase", "-q", "-i", "--autosquash", "pinned", GIT_SEQUENCE_EDITOR=":")
        self.run_well("refresh", self.dir)
        self.assertEqual(read(self.mine), "edited\ntwo\n")

    def test_refusals(self):
        self.fails("refresh", self.dir, says=[self.dir, "no history"])
        self.run_well("checkout", self.dir)
        self.fails("checkout", self.dir, says=[self.dir, "exists"])
        self.project.write("history/main.c", "open\n")
        self.fails("refresh", self.dir, says=[self.dir, "not committed"])
        self.git("reset", "-q", "--hard", "HEAD~2")
        self.fails("refresh", self.dir, says=["group lifecycle", "needs its marker"])

    def test_patch_that_does_not_fit(self):
        self.project.write("linux/main.c", "three\n")
        self.fails("checkout", self.dir, says="uml/0001-first.patch")
        self.assertFalse(os.path.exists(self.dir))


class Versions(ProjectTest):
    """Each kernel version has its patches; a tree says which one it is."""

    def test_unknown_version_is_refused(self):
        for release in "6.12.3", "7.2.9", "8.0.0":
            self.project.release(release)
            for command in ("build", "stress"), ("path", "stress"), ("source",):
                err = self.fails(*command, says=[f"KERNEL_SRC={self.project.tree}", release,
                                                 "known: 7.3"])
                self.assertEqual(len(err), 1)
        self.assertEqual(self.project.builds(), 0)
        self.assertFalse(os.path.exists(os.path.join(self.project.cache, "source")))

    def test_another_patch_level_is_the_same_version(self):
        for release in "7.3.0", "7.3.9":
            self.project.release(release)
            status, _, err = self.project.run("build", "stress")
            self.assertEqual((status, [line for line in err if "nearest" in line]), (0, []))
            self.assertEqual(read(self.path(), "linux"), "patched\ntwo\n")

    def test_a_newer_version_takes_the_nearest_and_says_so(self):
        self.project.release("7.5.1")
        for _ in range(2):
            status, _, err = self.project.run("build", "stress", "explore")
            self.assertEqual(status, 0, err)
            self.assertEqual([line for line in err if "nearest" in line],
                             [f"KERNEL_SRC={self.project.tree} is linux 7.5.1: takes the patches "
                              "for 7.3, the nearest there are"])
        self.assertEqual(json.loads(self.project.run("identity", "stress")[1])["series"], "7.3")
        self.project.write("linux/main.c", "other\ntwo\n")
        self.fails("build", "stress", says=["uml/0001-main.patch does not fit linux 7.5.1"])

    def test_each_has_its_own(self):
        for name in "7.10", "6.12":
            self.project.version(name)
        self.project.write("uml-config/7.10/uml/0001-main.patch",
                           PATCH.replace("patched", "patched for 7.10"))
        for release, text in (("6.12.3", "patched"), ("7.3.4", "patched"), ("7.9.0", "patched"),
                              ("7.10.1", "patched for 7.10"), ("7.11.0", "patched for 7.10")):
            self.project.release(release)
            self.build()
            self.assertEqual(read(self.path(), "linux"), f"{text}\ntwo\n", release)
        self.assertEqual(self.project.run("series")[1], self.project.scripts + "/7.10/series")

    def test_choice_of_the_pin(self):
        self.fails("build", "stress", KERNEL_SRC="", KERNEL="7.4",
                   says="KERNEL=7.4: there are no patches for that (known: 7.3)")
        self.fails("build", "stress", KERNEL="7.3",
                   says=["KERNEL=7.3 and KERNEL_SRC=", "give one of them"])
        for name in "7.10", "6.12":
            self.project.version(name)
        for kernel, name in ("", "7.10"), ("6.12", "6.12"), ("7.3", "7.3"):
            out = self.project.run("series", KERNEL_SRC="", KERNEL=kernel)[1]
            self.assertEqual(out, f"{self.project.scripts}/{name}/series")


class Headers(unittest.TestCase):
    """What user space includes of our kernel files stands in the tree, and alone."""

    def setUp(self):
        self.build = tempfile.mkdtemp(prefix="test_kernel.")
        self.addCleanup(shutil.rmtree, self.build)

    def test_interface_of_the_exploring_kernel(self):
        harness = os.path.join(TOP, "harness")
        done = subprocess.run(["make", "-n", "-C", harness, f"BUILD={self.build}",
                               f"{self.build}/guest-o/guest/explore.o"],
                              text=True, capture_output=True)
        flags = re.findall(r"(?m)-I\S+", done.stdout)
        done = subprocess.run(["gcc", "-M", "-Wall", "-Werror", *flags, "-x", "c", "-"], text=True,
                              cwd=harness, input="#include <linux/modrace_explore.h>\n",
                              capture_output=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        found = [os.path.realpath(os.path.join(harness, name)) for name in done.stdout.split()
                 if name.endswith("modrace_explore.h")]
        self.assertEqual(found, [os.path.join(HERE, "files/explore/include/uapi/linux",
                                              "modrace_explore.h")])


class Again(ProjectTest):
    """What is compiled again once something has changed."""

    def times(self):
        """Names and times of what the compiler reads."""
        top = os.path.join(self.project.cache, "work/stress/tree")
        return {name: os.stat(os.path.join(top, name)).st_mtime_ns
                for name in sources.listing(top)}

    def test_only_what_changed_is_new(self):
        self.project.write("linux/other.c", "other\n")
        self.build()
        first = self.times()
        self.project.write("linux/other.c", "another\n")
        self.build()
        second = self.times()
        self.assertEqual({name for name in first if first[name] != second[name]}, {"other.c"})

    def test_what_becomes_what_it_was_is_new(self):
        self.build()
        self.build("--groups", "")
        unpatched = self.times()["main.c"]
        self.project.fragment("common", "CONFIG_A=m\n")
        self.build()
        self.assertGreater(self.times()["main.c"], unpatched)
        self.assertEqual(read(self.path(), "linux"), "patched\ntwo\n")

    def test_what_vanishes(self):
        self.project.write("linux/dir/other.h", "other\n")
        self.build()
        self.assertIn("dir/other.h", self.times())
        shutil.rmtree(os.path.join(self.project.tree, "dir"))
        self.project.write("linux/dir", "a file now\n")
        self.build()
        self.assertNotIn("dir/other.h", self.times())
        self.assertIn("dir", self.times())


class Interrupted(ProjectTest):
    def interrupt(self, number):
        run = self.project.start("build", "stress", SLEEP="600")
        while not self.project.builds():
            time.sleep(0.05)
        run.send_signal(number)
        _, err = run.communicate(timeout=120)
        return run.returncode, err

    def goes_on(self):
        self.fails("path", "stress", says="not built")
        self.build()
        self.assertEqual(self.project.leftovers(), [])

    def test_ctrl_c_and_sigterm(self):
        for number in signal.SIGINT, signal.SIGTERM:
            status, err = self.interrupt(number)
            self.assertEqual(status, 130)
            self.assertNotIn("Traceback", err)
            os.unlink(self.project.count)
        self.goes_on()

    def test_sigkill_takes_the_compiler_along(self):
        status, _ = self.interrupt(signal.SIGKILL)
        self.assertEqual(status, -signal.SIGKILL)
        began = time.monotonic()
        self.goes_on()
        self.assertLess(time.monotonic() - began, 300)


class BadInput(ProjectTest):
    def test_command_line(self):
        self.fails("build", "nope", says="unknown flavour 'nope' (known: explore stress)")
        self.fails("build", says="--help")
        self.fails("build", "stress", "--groups", "nope", says="unknown patch group 'nope'")

    def test_kernel_src(self):
        self.fails("build", "stress", KERNEL_SRC="/nonexistent", says="not a directory")
        self.fails("build", "stress", KERNEL_SRC=self.top, says="not a Linux source tree")
        for line in "VERSION = x", "":
            self.project.write("linux/Makefile", MAKEFILE.replace("VERSION = 7", line, 1))
            self.fails("build", "stress", says="not a Linux source tree")

    def test_patch_that_does_not_fit(self):
        self.project.write("linux/main.c", "other\ntwo\n")
        self.fails("build", "stress", says=["uml/0001-main.patch", "main.c", "KERNEL_SRC="])
        os.unlink(self.project.tree + "/main.c")
        self.fails("build", "stress", says=["uml/0001-main.patch", "main.c"])
        self.assertEqual(self.project.leftovers(), [])

    def test_no_fuzz(self):
        self.project.write("linux/main.c", "one\nTWO\n")
        self.fails("build", "stress", says="does not fit")

    def test_broken_patch_and_series(self):
        self.project.write("uml-config/7.3/uml/0001-main.patch", PATCH[:-6])
        self.fails("build", "stress", says=["uml/0001-main.patch", "corrupt patch"])
        self.project.series("uml/0002-none.patch\n")
        self.fails("build", "stress", says=["series:3", "uml/0002-none.patch"])

    def test_dropped_option(self):
        self.project.fragment("stress", "\nCONFIG_DROPPED=y\n")
        self.fails("build", "stress", says=["stress.config:2", "CONFIG_DROPPED=y is not set"])
        self.project.fragment("stress", "CONFIG_B\n")
        self.fails("build", "stress", says=["stress.config:1", "CONFIG_B"])

    def test_compile_error_then_mended(self):
        self.fails("build", "stress", BREAK="error: oops", says=["main.c:7:1: error: oops", ".log"])
        self.fails("path", "stress", says="not built")
        self.build()

    def test_full_disk(self):
        self.fails("build", "stress", BREAK="error: No space left on device",
                   says=["no space left", "MODRACE_CACHE"])

    def test_cache_and_compiler(self):
        self.fails("build", "stress", MODRACE_CACHE="/proc/none", says="MODRACE_CACHE")
        self.fails("build", "stress", MODRACE_CACHE=self.top + "/a b", says="spaces")
        self.assertFalse(os.path.exists(self.top + "/a b"))
        self.fails("build", "stress", CC="no-such-cc", says="no-such-cc")


class UserTree(ProjectTest):
    def listing(self):
        """Every file of the tree with its time, git's own ones too."""
        return sorted((path, os.stat(path).st_mtime_ns) for top, _, files in
                      os.walk(self.project.tree) for path in (os.path.join(top, f) for f in files))

    def test_git_tree(self):
        self.project.write("linux/.gitignore", "*.o\n")
        self.project.commit()
        self.project.write("linux/stale.o", "")
        self.project.write("linux/new.c", "new\n")
        self.project.write("linux/main.c", "one\ntwo\nuncommitted\n")
        before = self.listing()
        self.build()
        self.assertEqual(self.listing(), before)
        self.assertIn("uncommitted", read(self.path(), "linux"))
        _, tree, _ = self.project.run("source")
        self.assertTrue(os.path.exists(tree + "/new.c"))
        self.assertFalse(os.path.exists(tree + "/stale.o"))

    def test_plain_directory(self):
        self.project.write("linux/stale.o", "")
        before = self.listing()
        self.build()
        self.assertEqual(self.listing(), before)
        self.assertFalse(os.path.exists(self.project.run("source")[1] + "/stale.o"))

    def test_next_copy_takes_little_space(self):
        def copies():
            tree = self.project.run("source")[1].rpartition("-")[0]
            return {name: os.stat(os.path.join(tree, name)).st_ino
                    for name in ("Makefile", "main.c")}
        first = copies()
        self.project.write("linux/main.c", "one\ntwo\nthree\n")
        second = copies()
        self.assertEqual(first["Makefile"], second["Makefile"])
        self.assertNotEqual(first["main.c"], second["main.c"])

    def test_cached_copy_stays_unpatched(self):
        _, tree, _ = self.project.run("source")
        copy = tree.rpartition("-")[0]
        self.assertEqual(read(copy, "main.c"), "one\ntwo\n")

    def test_cache_inside_a_git_tree(self):
        subprocess.run(["git", "init", "-q", self.top], check=True)
        _, tree, _ = self.project.run("source")
        self.assertEqual(read(tree, "main.c"), "patched\ntwo\n")


class Pinned(unittest.TestCase):
    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="test_kernel.")
        self.addCleanup(shutil.rmtree, self.top)
        env = mock.patch.dict(os.environ, {"MODRACE_CACHE": self.top})
        env.start()
        self.addCleanup(env.stop)
        os.environ.pop("KERNEL_SRC", None)
        stderr = mock.patch("sys.stderr", io.StringIO())
        self.stderr = stderr.start()
        self.addCleanup(stderr.stop)
        self.tarball = self.make_tarball()
        self.pin = versions.read_pin() | {"sha256": sha256_file(self.tarball)}

    def make_tarball(self):
        path = os.path.join(self.top, "linux.tar.xz")
        with tarfile.open(path, "w:xz") as tar:
            for name, text in (("Makefile", MAKEFILE), ("arch/um/Kconfig", "")):
                info = tarfile.TarInfo("linux/" + name)
                info.size = len(text)
                tar.addfile(info, io.BytesIO(text.encode()))
        return path

    def debian(self, version):
        return mock.patch.object(sources, "debian_tarball", lambda *_: (version, self.tarball))

    def fetch(self):
        return sources.fetch_pinned(self.pin, os.path.join(self.top, "log"))

    def test_pinned_package(self):
        with self.debian(self.pin["debian_version"]):
            source = self.fetch()
        self.assertEqual((source.kind, source.version), ("debian", "7.3.4"))
        self.assertEqual(sources.pinned_source(self.pin), source)
        self.assertTrue(os.path.exists(source.path + "/Makefile"))

    def test_wrong_hash_is_an_error(self):
        self.pin["sha256"] = "0" * 64
        with self.debian(self.pin["debian_version"]), self.assertRaisesRegex(Fail, "kernel.pin"):
            self.fetch()
        self.assertIsNone(sources.pinned_source(self.pin))

    def test_another_version_is_taken(self):
        table = "linux-source-7.3 | 7.3.9-1 | uri\nlinux-source-7.3 | 7.3.8-1 | uri\n"
        with mock.patch.object(sources, "apt", lambda *_, **__: table):
            self.assertEqual(sources.debian_version(self.pin, {}), "7.3.9-1")
        self.assertIn("taking 7.3.9-1", self.stderr.getvalue())
        with self.debian("7.3.9-1"):
            self.assertEqual(self.fetch().kind, "debian")

    def test_kernel_org_where_there_is_no_mirror(self):
        name = "linux-7.3.4.tar.xz"
        sums = f"{self.pin['sha256']}  {name}\n".encode()
        with open(self.tarball, "rb") as f:
            content = {"sha256sums.asc": sums, name: f.read()}
        with mock.patch("shutil.which", lambda _: None), mock.patch(
                "urllib.request.urlopen", lambda url, timeout: io.BytesIO(content[url.rpartition("/")[2]])):
            self.assertEqual(self.fetch().kind, "kernel.org")

    def test_no_source_at_all(self):
        error = sources.urllib.error.URLError("unreachable")
        with mock.patch("shutil.which", lambda _: None), \
                mock.patch("urllib.request.urlopen", side_effect=error), \
                self.assertRaisesRegex(Fail, "no apt-get.*unreachable.*KERNEL_SRC="):
            self.fetch()

    def test_pin_file(self):
        path = os.path.join(self.top, "pin")
        for text, says in (("version = 7.3.4\ncolour = red\n", "pin:2: .*colour"),
                           ("version = 7.3.4\n", "no value for .*sha256")):
            with open(path, "w") as f:
                f.write(text)
            with self.assertRaisesRegex(Fail, says):
                versions.read_pin(path)


class Modules(ProjectTest):
    def setUp(self):
        super().setUp()
        self.kernel = os.path.join(self.top, "kernel")
        self.project.write("kernel/source/Makefile", KERNEL_DIR_MAKEFILE)
        self.project.write("kernel/Module.symvers", "")
        self.project.write("kernel/.config", "")
        self.project.write("mods/one.c", "int one;\n")
        self.project.write("mods/Kbuild.sh", "objs=one.o\n")
        self.project.write("mods/Kbuild", "obj-m := one.o\n")

    def modules(self, *args, **env):
        process = self.project.start("--kernel-dir", self.kernel, *args, script="modules/build.py", **env)
        out, err = process.communicate(timeout=600)
        return process.returncode, out.split(), err.strip().split("\n")

    def refuses(self, *args, says):
        status, out, err = self.modules(*args)
        self.assertEqual((status, out), (2, []), err)
        self.assertRegex(err[-1], says)
        self.assertEqual(self.project.leftovers(), [])

    def test_output(self):
        before = sorted(os.listdir(self.top + "/mods"))
        status, out, err = self.modules(self.top + "/mods")
        self.assertEqual((status, len(out)), (0, 1), err)
        self.assertEqual(sorted(os.listdir(out[0])), ["one.ko", "stripped"])
        size = [os.path.getsize(f"{out[0]}/{name}") for name in ("one.ko", "stripped/one.ko")]
        self.assertGreater(*size)
        self.assertEqual(sorted(os.listdir(self.top + "/mods")), before)
        self.assertEqual(self.modules(self.top + "/mods")[1:], (out, [""]))

    def test_a_changed_header_builds_again(self):
        first = self.modules(self.top + "/mods")[1]
        self.project.write("modules/include/shared.h", "")
        self.assertNotEqual(self.modules(self.top + "/mods")[1], first)

    def test_compile_error_names_the_users_file(self):
        self.project.write("mods/one.c", "\nint f(void) { int unused; return 0; }\n")
        self.refuses(self.top + "/mods", says=r"build.py: .*/mods/one.c:2: error: .*unused.*\(log: ")

    def test_nothing_to_build(self):
        os.mkdir(self.top + "/empty")
        self.refuses(self.top + "/empty", says="empty holds no module")
        self.refuses(self.top + "/none", says="none is not a directory")
        self.project.write("mods/Kbuild.sh", "objs=\n")
        self.refuses(self.top + "/mods", says="builds no module")

    def test_no_kernel(self):
        os.unlink(self.kernel + "/Module.symvers")
        self.refuses(self.top + "/mods", says="is no built kernel")


if __name__ == "__main__":
    unittest.main()
