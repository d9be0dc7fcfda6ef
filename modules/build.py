#!/usr/bin/env python3
"""
Builds directories of kernel modules for one built kernel.

    build.py --kernel-dir DIR SRC_DIR...

prints one output directory for each SRC_DIR. It holds NAME.ko with debug
information, for symbols, and stripped/NAME.ko for the guest. Every .c file of
SRC_DIR is a module of its own, unless the directory brings a Kbuild or a
Makefile, which is then used as it is. The headers in modules/include are found
by all. Warnings are errors (W=1); with --sparse those of sparse are, too.

SRC_DIR is never written to: a copy is built, in the cache, under the hash of the
sources, the shared headers, the kernel, the compiler and the recipe below. What
is there already is not built again.
"""

import contextlib
import json
import os
import re
import shutil
from typing import NamedTuple

from kbuild import kernel, steps
from kbuild.steps import Fail

HERE = os.path.dirname(os.path.abspath(__file__))
INCLUDE = os.path.join(HERE, "include")

RECIPE = {
    "args": ["ARCH=um", "W=1"],
    "flags": ["-Werror"],
    "sparse": kernel.SPARSE,
    "strip": ["--strip-debug"],
}
# Where in the copy that is built the shared headers and the kernel's are.
HEADERS = ".include"
LINUX = ".linux"
OWN_KBUILD = ("Kbuild", "Makefile")
COMPLAINT = re.compile(r"(?P<file>[^\s:]+):(?P<line>\d+)(?::\d+)?: "
                       r"(?P<text>(?:fatal )?(?:error|warning): .*)")
# What sparse says of our files: the kernel's headers are the kernel's affair.
SPARSE = re.compile(r"(?!/)[^\s:]+:\d+:\d+: (warning|error): |.* C=2 specified, but")


class Modules(NamedTuple):
    """One directory of modules to be built for one kernel."""
    source: str
    kernel_dir: str
    files: list
    sparse: bool

    @property
    def own_kbuild(self):
        return any(name in OWN_KBUILD for name in self.files)

    @property
    def hash(self):
        shared = steps.find_files(INCLUDE) if os.path.isdir(INCLUDE) else []
        return steps.sha256_text(
            kernel_identity(self.kernel_dir), kernel.compiler_version(),
            os.path.basename(self.source), json.dumps(RECIPE), str(self.sparse),
            *(n + steps.sha256_file(os.path.join(self.source, n)) for n in self.files),
            *(n + steps.sha256_file(os.path.join(INCLUDE, n)) for n in shared))[:16]

    @property
    def out(self):
        name = re.sub(r"[^\w.-]", "_", os.path.basename(self.source))
        return os.path.join(steps.cache_dir(), "modules", f"{name}-{self.hash}")


def source_files(source):
    """What belongs to a directory's modules."""
    if not os.path.isdir(source):
        raise Fail(f"{source} is not a directory")
    top = sorted(e.name for e in os.scandir(source) if e.is_file())
    if any(name in OWN_KBUILD for name in top):
        return [n for n in steps.find_files(source) if not n.endswith(".py")]
    files = [n for n in top if n.endswith((".c", ".h")) and not n.endswith(".mod.c")]
    if not any(n.endswith(".c") for n in files):
        raise Fail(f"{source} holds no module: no .c file, no Kbuild, no Makefile")
    return files


def kernel_identity(kernel_dir):
    """What distinguishes a built kernel."""
    try:
        with open(os.path.join(kernel_dir, "kernel.json")) as f:
            return json.load(f)["hash"]
    except FileNotFoundError:
        return "".join(steps.sha256_file(os.path.join(kernel_dir, name))
                       for name in ("Module.symvers", ".config"))


def check_kernel(kernel_dir):
    """Fail unless modules can be built for the kernel."""
    if not os.path.isfile(os.path.join(kernel_dir, "Module.symvers")):
        raise Fail(f"{kernel_dir} is no built kernel (no Module.symvers); "
                   "run uml-config/kernel.py build FLAVOUR")


def link_headers(kernel_dir, work):
    """Put the shared headers and the kernel's where the flags of the compiler name them."""
    linux = os.path.join(work, LINUX)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(linux)
    os.symlink(os.path.realpath(os.path.join(kernel_dir, "source")), linux)
    if os.path.isdir(INCLUDE):
        shutil.copytree(INCLUDE, os.path.join(work, HEADERS), dirs_exist_ok=True)


def copy_sources(modules, work):
    """Copy the sources and the shared headers, and see to it that there is a Kbuild."""
    link_headers(modules.kernel_dir, work)
    for name in modules.files:
        os.makedirs(os.path.dirname(os.path.join(work, name)), exist_ok=True)
        shutil.copyfile(os.path.join(modules.source, name), os.path.join(work, name))
    if not modules.own_kbuild:
        objects = (n.removesuffix(".c") + ".o" for n in modules.files if n.endswith(".c"))
        with open(os.path.join(work, "Kbuild"), "w") as f:
            f.write(f"obj-m := {' '.join(objects)}\n")


def make_command(modules, work, recipe):
    """
    The make command of a recipe; debug information names the files as in the sources.

    No path of this machine gets into a module, so that its build ID is the same
    everywhere, and a reproducer that names it is good for others. KASAN keeps the
    names of headers as the compiler found them, so they are found by relative paths.
    """
    tree = os.path.realpath(os.path.join(modules.kernel_dir, "source"))
    names = {work: os.path.basename(modules.source), tree: "/linux",
             modules.kernel_dir: "/linux", HEADERS: "include", LINUX: "/linux"}
    flags = recipe["flags"] + [f"-I{HEADERS}"]
    flags += (f"-ffile-prefix-map={path}={name}" for path, name in names.items())
    first = ["-nostdinc", f"-I{LINUX}/arch/um/include", f"-I{LINUX}/include"]
    return ["make", "-C", tree, f"O={modules.kernel_dir}", f"M={work}", f"-j{steps.jobs()}",
            f"KCFLAGS={' '.join(flags)}", f"NOSTDINC_FLAGS={' '.join(first)}", *recipe["args"],
            *(f"{name}={value}" for name, value in kernel.compilers().items()),
            *(RECIPE["sparse"] if modules.sparse else []), "modules"]


def first_complaint(lines, modules, work):
    """The first complaint of a compiler, in terms of the user's files."""
    for line in lines:
        if found := COMPLAINT.match(line):
            path = os.path.relpath(os.path.join(work, found["file"]), work)
            where = found["file"] if path.startswith("..") else os.path.join(modules.source, path)
            return f"{where}:{found['line']}: {found['text']}"
    errors = (line for line in lines if steps.ERROR_LINE.search(line) or "WARNING: modpost" in line)
    return next(errors, "make failed without saying why").strip()


def is_complaint(line, modules):
    """Whether a line is a reason to refuse what make accepted."""
    return "WARNING: modpost" in line or (modules.sparse and SPARSE.match(line))


def compile_modules(modules, work, log_path, lock_fd):
    """Run make on the copy; Fail names the first complaint."""
    label = f"building the modules of {modules.source} for {os.path.basename(modules.kernel_dir)}"
    with steps.Progress(label) as progress, open(log_path, "w+", errors="replace") as log:
        status, error = steps.run(make_command(modules, work, RECIPE), log, progress, lock_fd)
        log.seek(0)
        lines = log.read().splitlines()
        if status == 0 and not any(is_complaint(line, modules) for line in lines):
            progress.outcome = "done"
            return
    if status and steps.disk_is_full(error):
        raise steps.no_space()
    raise Fail(f"{first_complaint(lines, modules, work)} (log: {log_path})")


def collect(modules, work, partial):
    """Move the modules out of the copy, and strip them for the guest."""
    built = list(find_modules(work))
    if not built:
        raise Fail(f"{modules.source} builds no module: its Kbuild or Makefile names none in obj-m")
    for path in built:
        shutil.move(path, os.path.join(partial, os.path.basename(path)))
    strip_modules(partial)


def strip_modules(directory):
    """Make the copies of a directory's modules that guests are given."""
    modules = list(find_modules(directory))
    os.makedirs(os.path.join(directory, "stripped"))
    for path in modules:
        steps.capture(["strip", *RECIPE["strip"], path,
                       "-o", os.path.join(directory, "stripped", os.path.basename(path))])


def find_modules(work):
    """The modules that a build left."""
    for top, _, files in os.walk(work):
        yield from (os.path.join(top, name) for name in sorted(files) if name.endswith(".ko"))


def build(modules):
    """Build a directory unless it is there; returns the output directory."""
    out = modules.out
    if os.path.isdir(out):
        return out
    os.makedirs(os.path.dirname(out), exist_ok=True)
    work, partial = out + ".work", out + ".partial"
    with steps.lock(os.path.basename(out), f"the modules of {modules.source}") as fd:
        if os.path.isdir(out):
            return out
        try:
            for directory in (work, partial):
                shutil.rmtree(directory, ignore_errors=True)
                os.mkdir(directory)
            copy_sources(modules, work)
            compile_modules(modules, work, out + ".log", fd)
            collect(modules, work, partial)
            os.rename(partial, out)
        finally:
            for directory in (work, partial):
                shutil.rmtree(directory, ignore_errors=True)
    return out


def command():
    """Build all directories of the command line."""
    parser = steps.Parser(prog="build.py", description="Builds kernel modules.")
    parser.add_argument("--kernel-dir", required=True, metavar="DIR", help="a built kernel")
    parser.add_argument("--sparse", action="store_true", help="check with sparse, too")
    parser.add_argument("source", nargs="+", metavar="SRC_DIR", help="a directory of modules")
    args = parser.parse_args()
    kernel_dir = os.path.abspath(args.kernel_dir)
    check_kernel(kernel_dir)
    if args.sparse:
        steps.tool("sparse", "sparse")
    wanted = [Modules(os.path.abspath(s), kernel_dir, source_files(s), args.sparse)
              for s in args.source]
    for modules in wanted:
        print(build(modules), flush=True)


if __name__ == "__main__":
    steps.main("build.py", command)
