#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
Seeded regressions: does the gate catch a variant that has lost one step of its
teardown, and a kernel that has lost a part of a lifecycle patch? Each seed is one
change to a stress module, made on a copy of it, or to the patched kernel, made by a
patch at the end of the series. That a whole part is not ended, or ended in the wrong
order, is not among them: mutate.py has that of all modules.

    seeded.py [NAME...]        all, or those whose names begin like that

Prints a line for each seed, and how many were caught: the gate's status is 1, and the
command it prints shows the failure again. The status is 0 if 19 of 20 are. MODE=
limits it to one mode. Each seed of the kernel needs two builds, which are thrown away
afterwards.
"""

import contextlib
import difflib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from typing import NamedTuple

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RUN = os.path.join(TOP, "harness", "run-scenarios")
KERNEL = os.path.join(TOP, "uml-config", "kernel.py")
BROKEN_AND_FIXED = "[bf][ri]*"
ENOUGH = 0.95           # of the seeds


class Seed(NamedTuple):
    """A change to a file, in modules/ or in the kernel, and the scenario it is raced in."""
    name: str
    scenario: str
    file: str
    old: str
    new: str
    variants: str = BROKEN_AND_FIXED

    @property
    def in_kernel(self):
        return "/" in self.file


SEEDS = [
    Seed("hook-one-left", "nf-hook", "nf_hook.c",
         "nf_unregister_net_hooks(&init_net, hooks, ARRAY_SIZE(hooks));",
         "nf_unregister_net_hooks(&init_net, hooks, 1);"),
    Seed("chardev-owner", "chardev-owner", "chardev_owner.c", "\t.owner = THIS_MODULE,\n", ""),
    Seed("device-not-waited-for", "platform-device", "platform_device.c",
         "\t\tfake_loader_unregister_wait(&sensor->pdev);",
         "\t\tplatform_device_unregister(&sensor->pdev);"),
    Seed("callback-wrong-barrier", "rcu-callback", "rcu_callback.c", "\t\trcu_barrier();",
         "\t\tsynchronize_rcu();"),
    Seed("callback-dir-last", "rcu-callback", "rcu_callback.c",
         '\t{ "limit", .start = limit_start, .stop = limit_stop },\n'
         '\t{ "dir", .start = add_dir, .close = remove_dir },\n',
         '\t{ "dir", .start = add_dir, .close = remove_dir },\n'
         '\t{ "limit", .start = limit_start, .stop = limit_stop },\n'),
    Seed("thread-not-waited-for", "stray-kthread", "stray_kthread.c", "\t\tkthread_stop(worker_task);",
         "\t\tWRITE_ONCE(stopping, true);"),
    Seed("bus-not-waited-for", "usb-hcd-bus", "usb_hcd_bus.c",
         "fake_bus_unregister_wait(&hcd->bus);", "fake_bus_unregister(&hcd->bus);"),
    Seed("clean-no-barrier", "control-clean", "control_clean.c", "\t\trcu_barrier();",
         "\t\tbarrier();"),
    Seed("clean-work-left", "control-clean", "control_clean.c", "\tcancel_work_sync(&sum_work);",
         "\tbarrier();"),
    Seed("clean-hook-not-waited", "control-clean", "control_clean.c", "\t\tsynchronize_net();",
         "\t\tbarrier();"),
    Seed("sessions-not-closed-first", "exit-try", "exit_try.c",
         "\tif (dir)\n\t\tclose_entry();\n\tif (!broken && count_sessions())\n\t\treturn -EBUSY;\n",
         "\tif (!broken && count_sessions())\n\t\treturn -EBUSY;\n\tif (dir)\n\t\tclose_entry();\n",
         "*"),
    Seed("sessions-queue-left", "exit-try", "exit_try.c",
         "\tdestroy_workqueue(sessions_wq);\n}\n\nmodule_init", "}\n\nmodule_init", "*"),
    Seed("kernel-waiter-told-early", "chardev-owner", "kernel/module/lifecycle.c",
         "\t\tif (wait)\n\t\t\treturn module_wait(removal, MODULE_WAIT_GONE);\n",
         "\t\tif (wait)\n\t\t\treturn 0;\n", "*"),
    Seed("kernel-reenable-untold", "held-forever", "kernel/module/lifecycle.c",
         "\tmodule_wake_waiters(removal, -ECANCELED, true);\n", "", "*"),
    Seed("kernel-last-put-unseen", "chardev-owner", "kernel/module/main.c",
         "\tif (refcnt < 0)\n\t\tmodule_refs_changed();\n", "", "*"),
    Seed("kernel-pollers-asleep", "held-forever", "fs/kernfs/dir.c",
         "\tif (kernfs_type(kn) == KERNFS_FILE)\n\t\tkernfs_wake_pollers(kn);\n", "", "*"),
    Seed("kernel-exit-try-unheard", "exit-try", "kernel/module/lifecycle.c",
         "if (ret && !removal->forced) {", "if (ret > 0 && !removal->forced) {", "*"),
    Seed("kernel-regained-ignored", "get-rcu", "kernel/module/lifecycle.c",
         "\t} else if (atomic_cmpxchg(&mod->refcnt, MODULE_REF_DISABLED, 0) !=\n"
         "\t\t   MODULE_REF_DISABLED) {\n",
         "\t} else if (atomic_xchg(&mod->refcnt, 0) > 0) {\n", "*"),
    Seed("kernel-pin-ignored", "platform-device", "kernel/module/main.c",
         "\tif (!module_free_later(mod))\n\t\tfree_going_module(mod);",
         "\tfree_going_module(mod);", "*"),
    Seed("kernel-release-untold", "usb-hcd-bus", "drivers/base/core.c",
         "\tif (p && p->release_wait)\n\t\tdevice_release_done(p->release_wait);\n", "", "*"),
    Seed("kernel-hook-not-held", "nf-conn", "net/netfilter/core.c",
         "\treturn module_get_unless_going(reg->owner);", "\treturn true;", "*"),
]


def changed(seed, text, where):
    """A text with the seed's change made."""
    if text.count(seed.old) != 1:
        raise SystemExit(f"seeded: {seed.name}: what it changes is not once in {where}")
    return text.replace(seed.old, seed.new)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def helpers(scenario):
    """The modules a scenario loads first: a module may need their symbols to be built."""
    found = re.search(r"(?m)^helpers = (.*)$",
                      read(os.path.join(TOP, "scenarios", f"{scenario}.ini")))
    return found[1].split() if found else []


def plant_module(seed, directory):
    """Knobs for a directory of scenarios with the one scenario and its changed module."""
    shutil.copy(os.path.join(TOP, "scenarios", f"{seed.scenario}.ini"), directory)
    for name in [seed.file, *(f"{name}.c" for name in helpers(seed.scenario))]:
        shutil.copy(os.path.join(TOP, "modules", name), directory)
    path = os.path.join(directory, seed.file)
    write(path, changed(seed, read(path), path))
    return {"SCENARIO_DIR": directory}


def plant_kernel(seed, directory):
    """Knobs for a kernel whose series has one patch more, which makes the change."""
    tree, series = (subprocess.run([KERNEL, what], check=True, capture_output=True,
                                   text=True).stdout.strip() for what in ("source", "series"))
    path = os.path.join(tree, seed.file)
    before, after = read(path), changed(seed, read(path), path)
    diff = difflib.unified_diff(before.splitlines(True), after.splitlines(True),
                                f"a/{seed.file}", f"b/{seed.file}")
    patch, longer = (os.path.join(directory, name) for name in ("seed.patch", "series"))
    write(patch, "".join(diff))
    group = os.path.join(os.path.dirname(series), "lifecycle")
    write(longer, f"{read(series)}\nlifecycle/{os.path.relpath(patch, group)}\n")
    return {"SERIES": longer}


def kernel_paths(knobs):
    """The source tree and the kernels that the cache has for these knobs."""
    found = []
    for arguments in (["source"], ["path", "stress"], ["path", "explore"], ["path", "lockdep"]):
        done = subprocess.run([KERNEL, *arguments], env={**os.environ, **knobs},
                              capture_output=True, text=True)
        found += done.stdout.split()
    return set(found)


@contextlib.contextmanager
def planted(seed):
    """A directory with the seed in it, and the knobs for run-scenarios; both go with it."""
    with tempfile.TemporaryDirectory(prefix="modrace-seed-") as directory:
        knobs = (plant_kernel if seed.in_kernel else plant_module)(seed, directory)
        yield directory, {**knobs, "RESULTS": os.path.join(directory, "results")}
        if seed.in_kernel:
            for path in kernel_paths(knobs) - kernel_paths({}):
                shutil.rmtree(path)


def carry_out(command, **knobs):
    """A command of run-scenarios; its exit status."""
    return subprocess.run([RUN, command], env={**os.environ, **knobs},
                          stdout=subprocess.DEVNULL).returncode


def replay(line, knobs):
    """Does the command that the gate printed show the failure?"""
    _, target, *words = shlex.split(line)
    knobs = {**knobs, **dict(word.split("=", 1) for word in words)}
    if target == "repro":
        return carry_out("repro", **knobs) == 0
    return carry_out("run", **knobs) == 1


def verdicts(directory):
    """Of what the gate judged, what failed."""
    path = os.path.join(directory, "results", "latest", "gate.json")
    if not os.path.exists(path):
        return []
    found = [v for v in json.loads(read(path))["verdicts"]
             if v["verdict"] in ("REGRESSION", "UNCONFIRMED")]
    return sorted(found, key=lambda v: v["verdict"] != "REGRESSION")


def judge(seed):
    """What the gate says of a seed, in a few words, and whether that is right."""
    with planted(seed) as (directory, knobs):
        baseline = os.path.join(directory, "baseline.json")
        write(baseline, json.dumps({"schema": 2, "kernels": {}, "runs": []}))
        status = carry_out("gate", ONLY=f"{seed.scenario}/{seed.variants}", BASELINE=baseline,
                           **knobs)
        found = verdicts(directory)
        if status != 1 or not found:
            return f"NOT CAUGHT, exit status {status}", False
        for verdict in found:
            if replay(verdict["reproducer"], knobs):
                return (f"{verdict['verdict']} of {verdict['variant']}, {verdict['mode']}: "
                        f"{verdict['title']}"), True
        return f"{found[0]['verdict']}: {found[0]['title']}; no reproducer showed it", False


def main(names):
    seeds = [s for s in SEEDS if not names or any(s.name.startswith(n) for n in names)]
    caught = 0
    for seed in seeds:
        words, right = judge(seed)
        caught += right
        print(f"{seed.name:24} {seed.scenario:16} {words}", flush=True)
    print(f"{caught} of {len(seeds)} caught")
    return 0 if caught >= ENOUGH * len(seeds) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
