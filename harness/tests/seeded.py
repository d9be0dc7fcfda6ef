#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
Seeded regressions: does the gate catch a fixed variant that has lost one step of its
teardown? Each seed is one change to a stress module, made on a copy of it.

    seeded.py [NAME...]        all, or those whose names begin like that

Prints a line for each seed, and how many were caught: the gate's status is 1, and the
command it prints shows the failure again.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from typing import NamedTuple

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RUN = os.path.join(TOP, "harness", "run-scenarios")


class Seed(NamedTuple):
    """A change to the module of a scenario."""
    name: str
    scenario: str
    module: str
    old: str
    new: str


SEEDS = [
    Seed("hook-freed-first", "nf-hook", "nf_hook", "\t\tunregister_hooks();\n\t\tfree_stats();",
         "\t\tfree_stats();\n\t\tunregister_hooks();"),
    Seed("hook-one-left", "nf-hook", "nf_hook",
         "nf_unregister_net_hooks(&init_net, hooks, ARRAY_SIZE(hooks));",
         "nf_unregister_net_hooks(&init_net, hooks, 1);"),
    Seed("hook-left", "nf-hook", "nf_hook",
         "\tnf_unregister_net_hooks(&init_net, hooks, ARRAY_SIZE(hooks));\n", ""),
    Seed("chardev-owner", "chardev-owner", "chardev_owner", "\t.owner = THIS_MODULE,\n", ""),
    Seed("chardev-left", "chardev-owner", "chardev_owner", "\t\tmisc_deregister(&chardev);",
         "\t\tbarrier();"),
    Seed("device-not-waited-for", "platform-device", "platform_device",
         "\t\tfake_loader_unregister_wait(&sensor->pdev);",
         "\t\tplatform_device_unregister(&sensor->pdev);"),
    Seed("device-left", "platform-device", "platform_device",
         "\t\tfake_loader_unregister_wait(&sensor->pdev);", "\t\tbarrier();"),
    Seed("callback-no-barrier", "rcu-callback", "rcu_callback", "\tif (!broken)\n\t\trcu_barrier();\n",
         ""),
    Seed("callback-wrong-barrier", "rcu-callback", "rcu_callback", "\t\trcu_barrier();",
         "\t\tsynchronize_rcu();"),
    Seed("callback-dir-left", "rcu-callback", "rcu_callback",
         "\tkobject_del(dir);\n\tkobject_put(dir);", "\tbarrier();"),
    Seed("callback-dir-last", "rcu-callback", "rcu_callback",
         "\tremove_dir();\n\tfree_last_limit();\n\tif", "\tfree_last_limit();\n\tremove_dir();\n\tif"),
    Seed("thread-not-waited-for", "stray-kthread", "stray_kthread", "\t\tkthread_stop(worker_task);",
         "\t\tWRITE_ONCE(stopping, true);"),
    Seed("thread-left", "stray-kthread", "stray_kthread", "\t\tkthread_stop(worker_task);",
         "\t\tbarrier();"),
    Seed("thread-dir-left", "stray-kthread", "stray_kthread",
         "\tkobject_del(dir);\n\tkobject_put(dir);", "\tbarrier();"),
    Seed("bus-not-waited-for", "usb-hcd-bus", "usb_hcd_bus", "fake_bus_unregister_wait(&hcd->bus);",
         "fake_bus_unregister(&hcd->bus);"),
    Seed("bus-left", "usb-hcd-bus", "usb_hcd_bus", "\t\tfake_bus_unregister_wait(&hcd->bus);",
         "\t\tbarrier();"),
    Seed("clean-no-barrier", "control-clean", "control_clean", "\t\trcu_barrier();",
         "\t\tbarrier();"),
    Seed("clean-work-left", "control-clean", "control_clean", "\tcancel_work_sync(&sum_work);",
         "\tbarrier();"),
    Seed("clean-hook-left", "control-clean", "control_clean",
         "\tnf_unregister_net_hook(&init_net, &hook_ops);", "\tbarrier();"),
    Seed("clean-netlink-left", "control-clean", "control_clean",
         "\tgenl_unregister_family(&family);", "\tbarrier();"),
]


def helpers(scenario):
    """The modules a scenario loads first: a module may need their symbols to be built."""
    with open(os.path.join(TOP, "scenarios", f"{scenario}.ini"), encoding="utf-8") as file:
        found = re.search(r"(?m)^helpers = (.*)$", file.read())
    return found[1].split() if found else []


def plant(seed, directory):
    """A directory of scenarios with the one scenario and its changed module."""
    shutil.copy(os.path.join(TOP, "scenarios", f"{seed.scenario}.ini"), directory)
    for name in [seed.module, *helpers(seed.scenario)]:
        shutil.copy(os.path.join(TOP, "modules", f"{name}.c"), directory)
    path = os.path.join(directory, f"{seed.module}.c")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if text.count(seed.old) != 1:
        raise SystemExit(f"seeded: {seed.name}: what it changes is not once in {seed.module}.c")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(seed.old, seed.new))


def carry_out(command, directory, **knobs):
    """A command of run-scenarios on the planted scenario; its exit status."""
    env = {**os.environ, "RESULTS": os.path.join(directory, "results"),
           "SCENARIO_DIR": directory, **knobs}
    return subprocess.run([RUN, command], env=env, stdout=subprocess.DEVNULL).returncode


def replay(repro, directory):
    """Does the command that the gate printed fail?"""
    knobs = dict(word.split("=", 1) for word in repro.split() if "=" in word)
    return carry_out("run", directory, **knobs) == 1


def judge(seed, directory):
    """What the gate says of a seed, in a few words, and whether that is right."""
    plant(seed, directory)
    baseline = os.path.join(directory, "baseline.json")
    with open(baseline, "w", encoding="utf-8") as file:
        json.dump({"schema": 1, "kernels": {}, "runs": []}, file)
    only = f"{seed.scenario}/[bf][ri]*"
    mode = os.environ.get("MODE", "stress")
    status = carry_out("gate", directory, ONLY=only, MODE=mode, BASELINE=baseline)
    path = os.path.join(directory, "results", "latest", "gate.json")
    if status != 1 or not os.path.exists(path):
        return f"NOT CAUGHT, exit status {status}", False
    with open(path, encoding="utf-8") as file:
        verdict = next(v for v in json.load(file)["verdicts"] if v["title"])
    again = replay(verdict["reproducer"], directory)
    return (f"{verdict['verdict']}: {verdict['title']}"
            + ("" if again else "; its reproducer did NOT fail")), again


def main(names):
    seeds = [s for s in SEEDS if not names or any(s.name.startswith(n) for n in names)]
    caught = 0
    for seed in seeds:
        with tempfile.TemporaryDirectory(prefix="modrace-seed-") as directory:
            words, right = judge(seed, directory)
        caught += right
        print(f"{seed.name:24} {seed.scenario:16} {words}", flush=True)
    print(f"{caught} of {len(seeds)} caught")
    return 0 if caught == len(seeds) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
