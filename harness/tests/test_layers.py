# SPDX-License-Identifier: GPL-2.0
"""
The rule on includes between the rooms of the host program: what it refuses, and that
the program keeps it.
"""

import os
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import layers                                           # noqa: E402

README = "# Rooms\n\n## low/\n\nText.\n\n## high/\n\nText.\n"


class Layers(unittest.TestCase):

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="layers-")
        self.addCleanup(shutil.rmtree, self.dir)
        self.write("host/README.md", README)
        self.write("host/low/a.h", "")
        self.write("host/high/b.h", "")
        self.write("common/c.h", "")

    def write(self, name, text):
        path = os.path.join(self.dir, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def complaints(self, path, *included):
        self.write(f"host/{path}", "".join(f'#include "{name}"\n' for name in included))
        return list(layers.complaints(os.path.join(self.dir, "host")))

    def test_down_and_beside(self):
        self.assertEqual(self.complaints("high/x.c", "low/a.h", "high/b.h", "c.h"), [])

    def test_up(self):
        self.assertEqual(self.complaints("low/x.c", "low/a.h", "high/b.h"),
                         ['low/x.c: "high/b.h" runs up: low/ stands before high/'])

    def test_without_a_room(self):
        self.assertEqual(self.complaints("low/x.c", "a.h"), ['low/x.c: "a.h" names no room'])
        self.write("host/low/x.c", "")
        self.assertEqual(self.complaints("attic/x.c"), ["attic/x.c: is in no room of README.md"])

    def test_program(self):
        host = os.path.join(layers.TOP, "harness", "host")
        self.assertEqual(list(layers.complaints(host)), [])
        self.assertEqual(sorted(layers.rooms(host)),
                         sorted(entry.name for entry in os.scandir(host) if entry.is_dir()))


if __name__ == "__main__":
    unittest.main()
