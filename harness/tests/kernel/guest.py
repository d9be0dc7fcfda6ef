# SPDX-License-Identifier: GPL-2.0
"""
Guests for the kernel's own tests: an initramfs is packed with the kernel's
gen_init_cpio, a kernel from kernel.py's cache is booted, and what its tests
print (KTAP) is passed on and counted.
"""

import contextlib
import ctypes
import fcntl
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from typing import NamedTuple

from kbuild import kernel, sources, steps
from kbuild.steps import Fail

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
BUILD = os.path.join(TOP, "build", "kernel-tests")
LIFECYCLE = "tools/testing/selftests/module_lifecycle"
# KTAP, version 1: results may be nested, a number is there, a text need not be.
RESULT = re.compile(r"(\s*)(not ok|ok)\s+\d+\s*(?:-\s*)?([^#]*?)\s*(?:#\s*(\w+)(.*))?$")
KTAP = re.compile(r"\s*(KTAP version|TAP version|1\.\.\d+|# Subtest:|# Totals)")
STATUS = re.compile(r"# exit status (\d+)$")
# What a kernel says when something is wrong, whatever the tests make of it.
COMPLAINT = re.compile(r"BUG: |WARNING: |KASAN: |Kernel panic|possible recursive|INFO: task .* blocked"
                       r"|ODEBUG: |refcount_t: |Segfault|possible circular|suspicious RCU|inconsistent lock state")
PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG = 36, 1
FLAVOUR_ARGS = {"explore": ["time-travel=inf-cpu", "time-travel-start=1000000000000000000"]}
# Directories that are links, as they are on the system the programs come from.
MERGED = ("bin", "sbin", "lib", "lib64")


class Kernel(NamedTuple):
    """A built kernel and the tree it was built from."""
    flavour: str
    path: str
    tree: str

    def config(self, name):
        """Whether an option is set to y or m."""
        with open(os.path.join(self.path, ".config")) as f:
            return re.search(rf"^CONFIG_{name}=[ym]$", f.read(), re.M) is not None


def find_kernel(flavour, groups=None):
    """Builds what is missing of a kernel with the given patch groups (None: all)."""
    kernel.build_kernel(flavour, groups)
    tree = sources.prepare(groups, os.path.join(steps.cache_dir(), "source.log"))[2]
    return Kernel(flavour, kernel.find_build(flavour, groups).path, tree)


def work_directory(*names):
    """An empty directory under build/."""
    path = os.path.join(BUILD, *names)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path


def log_path(*names):
    """The log of a build step."""
    os.makedirs(BUILD, exist_ok=True)
    return os.path.join(BUILD, "-".join(names) + ".log")


def compile_static(out, source, *flags):
    """A static program for a guest."""
    steps.step(["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-O2", "-Wall", "-static", *flags,
                "-o", out, source], f"compiling {os.path.basename(source)}",
               log_path("programs"))
    return out


def kernel_headers(kern, out, *names):
    """A directory with some of the kernel's own user space headers."""
    for name in names:
        path = os.path.join(out, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(os.path.join(kern.tree, "include/uapi", name), path)
    return out


def build_modules(kern, source, out, *prepare):
    """
    Builds the modules of a directory against a kernel in another one, after the
    given functions have put more into that; returns their paths.
    """
    shutil.copytree(source, out)
    for function in prepare:
        function(kern, out)
    steps.step(["make", "-C", kern.path, "ARCH=um", f"-j{steps.jobs()}",
                *(f"{k}={v}" for k, v in kernel.compilers().items()), f"M={out}", "modules"],
               f"building {os.path.basename(source)} for {kern.flavour}",
               log_path(kern.flavour, os.path.basename(source)))
    return sorted(os.path.join(d, n) for d, _, ns in os.walk(out) for n in ns
                  if n.endswith(".ko"))


def lifecycle_modules(kern, work):
    """The modules of the lifecycle selftests, in a guest."""
    source = os.path.join(kern.tree, LIFECYCLE)
    if not os.path.isdir(source):
        raise Fail(f"{kern.tree} has no {LIFECYCLE}: the lifecycle patches are not in the series")
    modules = build_modules(kern, os.path.join(source, "test_modules"),
                            os.path.join(work, "test_modules"))
    overlay = os.path.join(kern.path, "fs/overlayfs/overlay.ko")
    modules += [overlay] if os.path.exists(overlay) else []
    return {f"/test/test_modules/{os.path.basename(m)}": m for m in modules}


# What goes into an initramfs: a dictionary of the path there to the path here.

def in_guest(path):
    """Where a file of this system is put: everything is below /usr."""
    return path if path.startswith("/usr/") else "/usr" + path


def programs(*names):
    """Programs of this system with the libraries they need."""
    files = {}
    for name in names:
        path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        if not path:
            raise Fail(f"{name} is not installed; run uml-config/packages check")
        files[in_guest(path)] = os.path.realpath(path)
        done = subprocess.run(["ldd", path], capture_output=True, text=True)
        for library in re.findall(r"(/\S+) \(0x", done.stdout):
            files[in_guest(library)] = os.path.realpath(library)
    return files


def module_tree(kern, extra=()):
    """The kernel's modules, and others, as modprobe expects them."""
    with open(os.path.join(kern.path, "include/config/kernel.release")) as f:
        release = f.read().strip()
    base = work_directory(kern.flavour, "modules")
    top = os.path.join(base, "lib/modules", release)
    os.makedirs(os.path.join(top, "kernel"))
    with open(os.path.join(kern.path, "modules.order")) as f:
        built = [os.path.join(kern.path, line.strip().removesuffix(".o") + ".ko") for line in f]
    for path in [*built, *extra]:
        shutil.copy(path, os.path.join(top, "kernel"))
    for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
        shutil.copy(os.path.join(kern.path, name), top)
    depmod = shutil.which("depmod", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not depmod:
        raise Fail("depmod is not installed; run uml-config/packages check")
    steps.capture([depmod, "-b", base, release])
    return {in_guest("/" + os.path.relpath(os.path.join(d, n), base)): os.path.join(d, n)
            for d, _, ns in os.walk(top) for n in ns}


def pack(kern, out, files):
    """Packs an initramfs of some files with our init."""
    files = {"/init": compile_static(os.path.join(BUILD, "init"), os.path.join(HERE, "init.c")),
             **files}
    lines = [f"slink /{name} usr/{name} 0777 0 0" for name in MERGED]
    made = {"/", *(f"/{name}" for name in MERGED)}
    for path in ["/usr/bin/x", "/usr/sbin/x", "/usr/lib/x", "/usr/lib64/x", "/proc/x", "/sys/x",
                 "/dev/x", "/tmp/x", *files]:
        parts = path.split("/")[1:-1]
        for depth in range(1, len(parts) + 1):
            directory = "/" + "/".join(parts[:depth])
            if directory not in made:
                lines.append(f"dir {directory} 0755 0 0")
                made.add(directory)
    lines.append("nod /dev/console 0600 0 0 c 5 1")
    lines += [f"file {there} {here} 0755 0 0" for there, here in files.items()]
    with open(out + ".list", "w") as f:
        f.write("\n".join(lines) + "\n")
    with open(out, "wb") as f:
        subprocess.run([os.path.join(kern.path, "usr/gen_init_cpio"), out + ".list"],
                       stdout=f, check=True)
    return out


# Booting

def kill_descendants():
    """Ends every process that this one has started and not reaped."""
    while True:
        with open(f"/proc/self/task/{os.getpid()}/children") as f:
            for pid in f.read().split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def arguments(kern, initrd, directory, command, extra, reads):
    """The kernel's command line."""
    return [os.path.join(kern.path, "linux"), "mem=512M", f"initrd={initrd}",
            f"uml_dir={directory}/", "umid=guest", "seccomp=on", "con=null", "con0=null,fd:1",
            "ssl=null", f"ssl0={'fd:4' if reads else 'null'},fd:3", "rdinit=/init", "panic=-1",
            "rcupdate.rcu_expedited=1", *FLAVOUR_ARGS.get(kern.flavour, ["ncpus=2"]), *extra,
            "--", *command]


class Outcome(NamedTuple):
    """How a guest ended: its program's exit status, None if it never ended."""
    status: int | None
    output: str
    console: str
    log: str
    cpu: float


def boot(kern, initrd, command, timeout, extra=(), show=print, source=None):
    """
    Boots a guest that runs a command; each line of its output goes to show. What
    is written to source, a pipe, arrives at its terminal. The console is kept in
    build/. A guest that takes too long is ended.
    """
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    directory = tempfile.mkdtemp(prefix="modrace-")
    reader, writer = os.pipe()
    log = os.path.splitext(initrd)[0] + ".console"

    def prepare():
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        ends = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (writer, source) if fd is not None]
        for number, fd in enumerate(ends, 3):
            os.dup2(fd, number)

    lines, before = [], os.times()
    with open(log, "w") as console:
        child = subprocess.Popen(arguments(kern, initrd, directory, command, extra,
                                           source is not None),
                                 stdin=subprocess.DEVNULL, stdout=console,
                                 stderr=subprocess.STDOUT, start_new_session=True,
                                 preexec_fn=prepare, pass_fds=(3, 4) if source is not None else (3,))
        os.close(writer)
        timer = Deadline(timeout, child)
        try:
            with open(reader, errors="replace", newline="\n") as f:
                for line in f:
                    lines.append(line.rstrip("\r\n"))
                    show(lines[-1])
                    if STATUS.fullmatch(lines[-1]):
                        timer.set(10)
            child.wait()
        finally:
            timer.set(None)
            kill_descendants()
            shutil.rmtree(directory, ignore_errors=True)
    after = os.times()
    status = next((int(m[1]) for m in map(STATUS.fullmatch, reversed(lines)) if m), None)
    with open(log, errors="replace") as f:
        return Outcome(status, "\n".join(lines), f.read().replace("\r", ""), log,
                       sum(after[2:4]) - sum(before[2:4]))


class Deadline:
    """Ends a guest that does not end itself."""

    def __init__(self, seconds, child):
        self.child = child
        signal.signal(signal.SIGALRM, lambda *_: self.child.kill())
        self.set(seconds)

    def set(self, seconds):
        signal.alarm(seconds or 0)


# Results

class Score:
    """The results of some KTAP: a dictionary of a test's name to ok, not ok or skip."""

    def __init__(self):
        self.results = {}

    def read(self, prefix, text):
        """Account for the innermost results; a suite's own line only sums them up."""
        path = []
        for line in text.splitlines():
            if group := re.match(r"(\s*)# Subtest: (.*)", line):
                path = [*path[:max(len(group[1]) // 4 - 1, 0)], group[2].strip()]
            elif result := RESULT.match(line):
                depth = len(result[1]) // 4
                sums_up, path = path[depth:] == [result[3]], path[:depth]
                name = " ".join([prefix, *path, result[3]])
                self.add(name, result[2], (result[4] or "").upper() == "SKIP", sums_up)

    def add(self, name, result, skipped, sums_up):
        """One result; a sum counts only if it says what none of its parts says."""
        parts = [r for n, r in self.results.items() if n.startswith(name + " ")]
        if not (sums_up and parts and (result == "ok" or "not ok" in parts)):
            self.results[name] = "skip" if skipped else result

    def count(self, what):
        return sum(result == what for result in self.results.values())

    def compare(self, reference):
        """
        Judge by what a reference, without the patches, gives: what fails there, too,
        is known, and no failure; what passes there has to pass.
        """
        for name, result in reference.results.items():
            ours = self.results.get(name)
            if result == "ok" and ours != "ok":
                print(f"not ok - {name} passes without the series, but not with it")
                self.results[f"{name} got worse"] = "not ok"
            elif result == ours == "not ok":
                print(f"# {name} fails without the series, too")
                self.results[name] = "known"

    def summary(self):
        text = f"{self.count('ok')} passed, {self.count('not ok')} failed, {self.count('skip')} skipped"
        known = self.count("known")
        return f"{text}, {known} fail without the series, too" if known else text


def finish(score, kern, name, outcome, wanted_status=0):
    """Turn how the guest ended into results, too."""
    score.read(f"{kern.flavour} {name}", outcome.output)
    complaint = COMPLAINT.search(outcome.console)
    if outcome.status != wanted_status or complaint:
        line = complaint and outcome.console[complaint.start():].splitlines()[0]
        why = line or f"exit status {outcome.status}"
        print(f"not ok - {kern.flavour} {name}: {why} (see {outcome.log})", flush=True)
        score.results[f"{kern.flavour} {name}: {why}"] = "not ok"
