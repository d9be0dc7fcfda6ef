# SPDX-License-Identifier: GPL-2.0
"""
docs/tutorial.md, carried out: its files are written, its commands typed one after the
other into one shell, and what it shows is held against what they print. A line "..."
stands for any lines; digits count as one number, whichever.
"""

import os
import re
import subprocess
import unittest

import e2e

PAGE = os.path.join(e2e.TOP, "docs", "tutorial.md")
BLOCK = re.compile(r"(?:`([\w.]+)`:\n\n)?```(\w+)\n(.*?)```\n", re.S)
END = "modrace-tutorial-end"
GDB = "(gdb) "


def steps():
    """What is to be done: ("write", name, text) and ("type", line, what it shows)."""
    with open(PAGE, encoding="utf-8") as file:
        for name, kind, text in BLOCK.findall(file.read()):
            if kind != "console":
                yield "write", name, text
                continue
            for command in re.split(r"^\$ ", text, flags=re.M)[1:]:
                line, _, shown = command.partition("\n")
                yield "type", line, shown.splitlines()


def plain(line):
    """A line without what is another each time."""
    return re.sub(r"\b[0-9a-f]{8,}\b|\d[\d,.]*", "#", re.sub(r"\s+", " ", line.strip()))


def missing(shown, printed):
    """The first line shown that is not printed where it should be; None if there is none."""
    at, anywhere = 0, False
    for line in shown:
        if line.strip() == "...":
            anywhere = True
            continue
        wanted = re.escape(plain(line)).replace(r"\.\.\.", ".*")
        found = next((i for i in range(at, len(printed) if anywhere else at + 1)
                      if i < len(printed) and re.fullmatch(wanted, plain(printed[i]))), None)
        if found is None:
            return line
        at, anywhere = found + 1, False
    return None if anywhere or at == len(printed) else f"(the end; there is more: {printed[at]})"


class Tutorial(e2e.EndToEnd):

    def type(self, line, typed):
        """What a command prints."""
        self.shell.stdin.write(f"{line}{typed} 2>&1; echo; echo {END}\n" if not typed else
                               f"{line} 2>&1 <<'TYPED'; echo; echo {END}\n{typed}TYPED\n")
        self.shell.stdin.flush()
        printed = []
        for said in self.shell.stdout:
            if said.strip() == END:
                return printed[:-1] if printed and not printed[-1] else printed
            printed.append(said.rstrip())
        self.fail(f"{line}: the shell has ended")
        return None

    def carry_out(self, line, shown):
        """One command; in gdb also what is typed there."""
        typed = "".join(said.removeprefix(GDB) + "\n" for said in shown if said.startswith(GDB))
        shown = [said for said in shown if not said.startswith(GDB)]
        printed = [said.removeprefix(GDB) for said in self.type(line, typed)]
        if typed:
            printed = [said for said in printed if said and said != GDB.strip()]
        printed = [said for said in printed if not said.startswith(("building ", "modrace: installing"))]
        absent = missing([s for s in shown if s], [s for s in printed if s])
        self.assertIsNone(absent, f"$ {line}\n" + "\n".join(printed))

    def test_all(self):
        """From a directory with the repository's harness in it, as if that were its top."""
        cache = os.environ.get("MODRACE_CACHE") or os.path.expanduser("~/.cache/modrace")
        # One guest at a time, so that runs end in the order in which they are shown.
        environment = self.environment(HOME=self.dir, MODRACE_CACHE=cache, JOBS="1")
        del environment["RESULTS"]
        self.shell = subprocess.Popen(["bash"], cwd=self.dir, env=environment, text=True, bufsize=1,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL)
        self.addCleanup(self.shell.communicate)
        os.symlink(os.path.join(e2e.TOP, "harness"), os.path.join(self.dir, "harness"))
        done = 0
        for kind, what, text in steps():
            if kind == "write":
                self.assertTrue(what, "a file without a name")
                self.write(os.path.join("lamp", what), text)
            else:
                self.carry_out(what, text)
                done += 1
        self.assertGreater(done, 12)
        self.assertEqual(e2e.guests(), {})


class Comparing(unittest.TestCase):
    """What is shown is compared in earnest."""

    def test_missing(self):
        for shown, printed, absent in (
                (["a 1"], ["a 22"], None),
                (["hash 2d311ac24fc798a1, 4"], ["hash 0cef86e4f597c1c0, 5"], None),
                (["a"], ["b"], "a"),
                (["a"], ["b", "a"], "a"),
                (["...", "a"], ["b", "a"], None),
                (["a", "..."], ["a", "b"], None),
                (["a ... c"], ["a b c"], None),
                (["...", "a", "b"], ["a", "c", "b"], "b"),
                (["a"], ["a", "b"], "(the end; there is more: b)")):
            self.assertEqual(missing(shown, printed), absent, (shown, printed))


if __name__ == "__main__":
    unittest.main()
