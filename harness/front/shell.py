#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
A guest on the user's terminal: modules in /modules, our rmmod, and a shell.

    shell.py shell --kernel MODE=DIR --modules MODE=DIR... [what else run-scenarios passes]

ONLY=SCENARIO[/VARIANT] chooses whose modules there are, MODULE= makes it those that were
named; without either there are all. The terminal is the guest's console, in raw mode, so
that Ctrl-C is the guest's as well. It is put back by the warden, a process that outlives
this one and the guest, whatever ends them:

    shell.py ---- warden ---- linux ---- its processes
       |  killed?   | ends all below, puts the terminal back
"""

import argparse
import configparser
import contextlib
import ctypes
import fcntl
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
from typing import NamedTuple

from kbuild import steps
from kbuild.steps import Fail

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUSYBOX = "/bin/busybox"
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
WARDEN_SIGNALS = {signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD}
DEFAULT_MEMORY = "256"


class Module(NamedTuple):
    """A module in the order in which they are loaded, with its parameters."""
    name: str
    params: str


def read_scenario(directories, wanted):
    """The modules of SCENARIO[/VARIANT]: helpers first."""
    scenario, _, variant = wanted.partition("/")
    found = [path for path in (os.path.join(d, f"{scenario}.ini") for d in directories)
             if os.path.exists(path)]
    if not found:
        raise Fail(f"ONLY={wanted}: no scenario {scenario} in {', '.join(directories)}; see modrace list")
    ini = configparser.ConfigParser(comment_prefixes=(";",), interpolation=None)
    try:
        ini.read(found[0])
        return scenario_modules(ini, wanted, variant)
    except (configparser.Error, KeyError) as error:
        raise Fail(f"{found[0]}: {str(error).splitlines()[0]}") from error


def scenario_modules(ini, wanted, variant):
    """The same of a file that was read."""
    general = ini["scenario"]
    variants = [name.split()[1] for name in ini.sections() if name.startswith("variant ")]
    variant = variant or variants[0]
    if variant not in variants:
        raise Fail(f"ONLY={wanted}: no variant {variant}; there are {', '.join(variants)}")
    section = ini[f"variant {variant}"]
    helpers = [Module(name, ini.get(f"helper {name}", "params", fallback=""))
               for name in general.get("helpers", "").split()]
    return [*helpers, Module(section.get("module", general["module"]), section.get("params", ""))]


def read_list(directory, params):
    """The modules that modules/outside.py has built, with the parameters that each has."""
    with open(os.path.join(directory, "modules.json"), encoding="utf-8") as file:
        modules = json.load(file)["modules"]
    return [Module(m["name"], " ".join(p for p in params.split()
                                       if p.partition("=")[0] in m["parameters"]))
            for m in modules]


def module_file(directories, name):
    """The file that a guest loads."""
    paths = [os.path.join(d, "stripped", f"{name}.ko") for d in directories]
    found = [path for path in paths if os.path.exists(path)]
    if not found:
        raise Fail(f"{name}: no such module was built")
    return found[0]


def choose(args):
    """The modules to be had in the guest, and those that `load` loads."""
    directories = [text.partition("=")[2] for text in args.modules]
    if os.environ.get("MODULE"):
        chosen = read_list(directories[0], os.environ.get("PARAMS", ""))
    elif os.environ.get("ONLY"):
        chosen = read_scenario(args.scenarios, os.environ["ONLY"])
    else:
        names = {os.path.basename(p).removesuffix(".ko")
                 for d in directories for p in glob.glob(glob.escape(d) + "/stripped/*.ko")}
        return {name: module_file(directories, name) for name in sorted(names)}, []
    return {module.name: module_file(directories, module.name) for module in chosen}, chosen


def profile(chosen, kernel, mode):
    """What the guest's shell reads first."""
    names = " ".join(module.name for module in chosen)
    load = "; ".join(f"insmod /modules/{m.name}.ko {m.params}".rstrip() for m in chosen)
    with open(os.path.join(HERE, "guest-profile"), encoding="utf-8") as file:
        text = file.read()
    with open(os.path.join(kernel, "kernel.json"), encoding="utf-8") as file:
        version = json.load(file)["version"]
    columns, rows = shutil.get_terminal_size()
    return (f"stty rows {rows} columns {columns} 2>/dev/null\nKERNEL='{version} ({mode})' NAMES='{names}'\n"
            f"load() {{ {load or 'echo load: insmod /modules/NAME.ko'}; }}\n{text}")


def initramfs_list(modules, profile_path):
    """gen_init_cpio's list of what is in the guest."""
    lines = ["nod /dev/console 0600 0 0 c 5 1", "slink /bin/sh busybox 0777 0 0"]
    files = {"/bin/busybox": (BUSYBOX, "755"), "/sbin/rmmod": (f"{TOP}/build/rmmod", "755"),
             "/start": (os.path.join(HERE, "guest-start"), "755"),
             "/etc/profile": (profile_path, "644")}
    files |= {f"/modules/{name}.ko": (path, "644") for name, path in modules.items()}
    lines += (f"dir /{name} 0755 0 0" for name in
              ("bin", "sbin", "dev", "etc", "modules", "proc", "sys", "tmp"))
    return "\n".join(sorted(lines, key=lambda line: not line.startswith("dir "))
                     + [f"file {name} {path} {mode} 0 0" for name, (path, mode) in files.items()])


def make_initramfs(directory, kernel, mode, modules, chosen):
    """The archive, as an open file without a name."""
    path = os.path.join(directory, "profile")
    with open(path, "w", encoding="utf-8") as file:
        file.write(profile(chosen, kernel, mode))
    archive = os.memfd_create("initramfs")
    done = subprocess.run([os.path.join(kernel, "usr", "gen_init_cpio"), "-t", "0", "-"], text=True,
                          input=initramfs_list(modules, path), stdout=archive,
                          stderr=subprocess.PIPE)
    if done.returncode:
        raise Fail(f"gen_init_cpio failed: {done.stderr.strip()}; build the kernel again")
    os.set_inheritable(archive, True)
    return archive


def kernel_command(kernel, archive, directory):
    """The guest's command line: reports do not end it, as they do when it is raced."""
    return [os.path.join(kernel, "linux"), f"mem={os.environ.get('MEMORY') or DEFAULT_MEMORY}M",
            f"initrd=/proc/self/fd/{archive}", f"uml_dir={directory}/", "umid=guest", "seccomp=on",
            "con=null", "con0=fd:0,fd:1", "ssl=null", "quiet", "panic=-1", "kasan.fault=report",
            "rdinit=/bin/sh", "--", "/start"]


class Terminal:
    """How the terminal is before the guest has it, which makes it raw and not wait."""

    def __init__(self):
        self.modes = termios.tcgetattr(0)
        self.flags = [fcntl.fcntl(fd, fcntl.F_GETFL) for fd in (0, 1)]

    def restore(self):
        """As it was, unless it is gone."""
        for fd, flags in enumerate(self.flags):
            fcntl.fcntl(fd, fcntl.F_SETFL, flags)
        with contextlib.suppress(termios.error):
            termios.tcsetattr(0, termios.TCSADRAIN, self.modes)


def prctl(option, value):
    """prctl(2), which Python has not got."""
    ctypes.CDLL(None).prctl(option, value)


def end_children():
    """Nothing is left below this process."""
    while True:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
            for pid in file.read().split():
                os.kill(int(pid), signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def start_kernel(command):
    """The guest, which ends with the warden."""
    pid = os.fork()
    if pid:
        return pid
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    os.execv(command[0], command)
    return None


def await_end(kernel):
    """Until the guest ends, or somebody wants it to."""
    while True:
        if signal.sigwait(WARDEN_SIGNALS) != signal.SIGCHLD:
            return
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(kernel, os.WNOHANG)[0]:
                return


def warden(command, directory, parent):
    """Sees to it that nothing is left of the guest, and that the terminal is as it was."""
    signal.pthread_sigmask(signal.SIG_SETMASK, WARDEN_SIGNALS | {
        signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGTTOU})
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    terminal = Terminal()
    try:
        if os.getppid() == parent:
            await_end(start_kernel(command))
    finally:
        end_children()
        terminal.restore()
        shutil.rmtree(directory, ignore_errors=True)
        os._exit(0)


def supervise(pid):
    """Waits for the warden, and has it end all if this is to end."""
    def end(*_):
        os.kill(pid, signal.SIGTERM)
    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, end)
    os.waitpid(pid, 0)
    return 0


def command():
    """Boots it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--modules", action="append", default=[])
    parser.add_argument("--scenarios", action="append", default=[])
    args, _ = parser.parse_known_args()
    if not os.isatty(0) or not os.isatty(1):
        raise Fail("a shell needs a terminal; `modrace run` and `modrace race` do not")
    if not os.path.exists(BUSYBOX):
        raise Fail(f"{BUSYBOX} is missing; apt-get install busybox-static")
    mode, _, kernel = args.kernel.partition("=")
    modules, chosen = choose(args)
    directory = tempfile.mkdtemp(prefix="modrace-", dir="/tmp")
    archive = make_initramfs(directory, kernel, mode, modules, chosen)
    line = kernel_command(kernel, archive, directory)
    parent, pid = os.getpid(), os.fork()
    if not pid:
        warden(line, directory, parent)
    return supervise(pid)


if __name__ == "__main__":
    steps.main("modrace", command)
