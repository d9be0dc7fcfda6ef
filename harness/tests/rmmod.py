# SPDX-License-Identifier: GPL-2.0
"""
rmmod, and Debian's lsmod, rmmod and modprobe, in a guest (tests/kernel/rmmod-guest).
"""

import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(HERE, "kernel"))

import guest                                            # noqa: E402

# What the script in the guest calls.
PROGRAMS = ("sh", "cat", "grep", "sleep", "timeout", "lsmod", "rmmod", "modprobe", "insmod")
MODULES = ("chardev_owner_lifecycle", "usb_hcd_bus", "fake_bus")


class Rmmod(unittest.TestCase):

    def stress_modules(self, kern):
        """The stress modules, built for a kernel."""
        built = subprocess.run([os.path.join(TOP, "modules", "build.py"), "--kernel-dir", kern.path,
                                os.path.join(TOP, "modules")],
                               capture_output=True, text=True, check=True).stdout.strip()
        return [os.path.join(built, "stripped", f"{name}.ko") for name in MODULES]

    def initramfs(self, kern):
        modules = self.stress_modules(kern)
        files = {**guest.programs(*PROGRAMS), **guest.module_tree(kern, modules),
                 **{f"/test/{os.path.basename(m)}": m for m in modules},
                 "/test/rmmod": os.path.join(TOP, "build", "rmmod"),
                 "/test/run": os.path.join(HERE, "kernel", "rmmod-guest")}
        work = guest.work_directory(kern.flavour, "rmmod")
        return guest.pack(kern, os.path.join(work, "rmmod.cpio"), files)

    def test_every_state(self):
        kern = guest.find_kernel("stress")
        outcome = guest.boot(kern, self.initramfs(kern), ["/usr/bin/sh", "/test/run"], 300,
                             show=lambda line: None)
        self.assertEqual(outcome.status, 0, outcome.output + outcome.console)
        self.assertIsNone(guest.COMPLAINT.search(outcome.console), outcome.console)
        score = guest.Score()
        score.read("rmmod", outcome.output)
        for name, result in score.results.items():
            with self.subTest(name):
                self.assertEqual(result, "ok")
        self.assertGreater(score.count("ok"), 50)


if __name__ == "__main__":
    unittest.main()
