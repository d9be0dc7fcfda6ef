#!/usr/bin/python3
"""
Builds somebody else's modules, as they are, for the kernels that fit them.

    outside.py MODULE MODE...

MODULE is a directory, a .c file, or the name or option of a module of the kernel's own
(see wanted.py). Kernels are built as they are needed (see kernels.py). Prints a line for
each mode: the mode, the kernel's directory, and an output directory, laid out as that of
build.py, with modules.json beside the modules: which there are, in the order in which
they can be loaded, what each depends on, and what was left out, and why.

Nothing is written to the source. Warnings are shown and are no reason to refuse; what
does not compile, or needs what the kernel has not got, is left out and named. With
--strict the rules of build.py hold instead.

    copy --make--> failed? --leave out--> make again --> symbols that nobody has?
      ^                                                   |  leave out, or is it
      |                                                   |  a module of the kernel's own?
      +-------- again, with what that exports ------------+--- build it, too
                                                          |
                                                     modules.json

The copy stays, so that one changed file is one file to compile. What it is a copy of,
and what the compiler has warned of, is noted beside it when a build has ended; without
that note, or with other files than those it names, the copy is made anew.
"""

import dataclasses
import functools
import json
import os
import re
import shutil
import sys
from typing import NamedTuple

import build as ours
import kernels
import wanted as sources
from kbuild import kconfig, kernel, steps
from kbuild.steps import Fail

RECIPE = {
    "args": ["ARCH=um", "KBUILD_MODPOST_WARN=1", "-k"],
    "flags": ["-Wno-error"],
    "kbuild": sources.ADDED + sources.LENIENT,
    "version": 6,
}
STRICT = {
    "args": [*ours.RECIPE["args"], "KBUILD_MODPOST_WARN=1", "-k"],
    "flags": ours.RECIPE["flags"],
    "kbuild": sources.ADDED,
    "version": 6,
}
COMPLAINT = re.compile(r"(?P<file>[^\s:]+):(?P<line>\d+)(?::\d+)?: "
                       r"(?P<kind>fatal error|error|warning): (?P<text>.*)")
FAILED = re.compile(r"make\[\d+\]: \*\*\* \[[^]]*?([^\s\]]+)\.(?:o|c|ko)\] Error")
COMPILED = re.compile(r"\s+CC \[M\]\s+(\S+)\.o")
# Where the build of modules notes what they export.
SYMBOLS = "Module.symvers"
MODPOST = re.compile(r"ERROR: modpost: (.*)")
# What the compiler does not know, in its words.
UNKNOWN = re.compile(r"(?:implicit declaration of function|undeclared \w+|has no member named|"
                     r"unknown type name|incomplete type) ['‘](?:struct )?(\w+)['’]|"
                     r"['‘](\w+)['’] undeclared|['‘]struct (\w+)['’] has an incomplete type|"
                     r"storage size of ['‘]\w+['’]")


class Reason(NamedTuple):
    """Why a module is left out, and the options that would help."""
    text: str
    options: list


@dataclasses.dataclass(eq=False)
class Module:
    """
    A built module: name as the kernel knows it, file, symbols that it needs, has and
    exports, what .modinfo says.
    """
    name: str
    path: str
    needs: set
    has: set
    gives: set
    info: dict


class Job:
    """One build: what, for which kernel, with which other ones, and what had to be left out."""

    def __init__(self, wanted, kernel_dir, tree, recipe, along=()):
        self.wanted, self.kernel_dir, self.tree = wanted, kernel_dir, tree
        self.recipe, self.along = recipe, with_theirs(along)
        self.left_out, self.warnings = {}, {}
        same = steps.sha256_text(wanted.name, wanted.source, ours.kernel_identity(kernel_dir),
                                 kernel.compiler_version(), json.dumps(recipe))[:16]
        self.work = os.path.join(steps.cache_dir(), "modules", "outside", f"{wanted.name}-{same}")
        self.hash = steps.sha256_text(same, *wanted.identity, *shared_headers(),
                                      *(job.hash for job in self.along))[:16]
        self.out = os.path.join(steps.cache_dir(), "modules", f"{wanted.name}-{self.hash}")
        self.log = self.out + ".log"

    @property
    def source(self):
        return self.wanted.source

    @property
    def note(self):
        """Where is noted what the copy holds."""
        return self.work + ".json"

    sparse = False


def with_theirs(jobs):
    """Some jobs and those that they are built along with, each once."""
    found = {}
    for job in jobs:
        found |= {one.hash: one for one in [*job.along, job]}
    return list(found.values())


def shared_headers():
    """The headers that all modules find."""
    names = steps.find_files(ours.INCLUDE) if os.path.isdir(ours.INCLUDE) else []
    return [n + steps.sha256_file(os.path.join(ours.INCLUDE, n)) for n in names]


def put(path, data):
    """Write a file, unless it is there with these contents: make goes by the time."""
    if os.path.isfile(path):
        with open(path, "rb") as f:
            if f.read() == data:
                return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def kbuild_texts(job):
    """The Kbuilds, ours and theirs, with what is added to them, by their paths."""
    texts = dict(job.wanted.texts)
    for name, path in job.wanted.files.items():
        directory = os.path.dirname(name)
        best = kconfig.kbuild_file(os.path.dirname(path))
        if best == path and os.path.join(directory, "Kbuild") not in texts:
            texts[name] = sources.read(path)
    for name, text in texts.items():
        here = os.path.join(job.work, os.path.dirname(name))
        bad = [os.path.relpath(path, here) + ".o" for path in job.left_out]
        texts[name] = f"{text}\n{job.recipe['kbuild']}obj-m := $(filter-out {' '.join(bad)},$(obj-m))\n"
    return texts


def synchronise(job):
    """Make the copy what the source is now."""
    texts = kbuild_texts(job)
    for name in steps.find_files(job.work) if os.path.isdir(job.work) else []:
        if name not in job.wanted.files and name not in texts:
            os.unlink(os.path.join(job.work, name))
    for name, path in job.wanted.files.items():
        if name not in texts:
            with open(path, "rb") as f:
                put(os.path.join(job.work, name), f.read())
    for name, text in texts.items():
        put(os.path.join(job.work, name), text.encode(errors="replace"))
    ours.link_headers(job.kernel_dir, job.work)


def person_path(job, name):
    """A file as the compiler names it, as a path that exists."""
    path = os.path.normpath(os.path.join(job.work, name))
    linux = os.path.join(job.work, ours.LINUX) + os.sep
    if path.startswith(linux):
        return os.path.join(os.path.realpath(linux), path[len(linux):])
    if path.startswith(job.work + os.sep):
        return job.wanted.path(os.path.relpath(path, job.work))
    return path


def complaints(job, lines):
    """What the compiler says: kind, path with line, text."""
    for line in lines:
        if found := COMPLAINT.match(line):
            where = f"{person_path(job, found['file'])}:{found['line']}"
            yield found["kind"], where, found["text"]


def lacking(job, options):
    """Those of some options that are off."""
    return [o for o in dict.fromkeys(options) if o and not kconfig.is_set(job.kernel_dir, o)]


def reason(text, options):
    """A reason, with the options in words."""
    return Reason(text + (f"; needs {' '.join(options)}" if options else ""), options)


def first_error(job, lines):
    """The first real error."""
    for kind, where, text in complaints(job, lines):
        if kind != "warning":
            found = UNKNOWN.search(text)
            name = next(filter(None, found.groups()), None) if found else None
            options = [job.tree().provider(name), *job.tree().guards(name)] if name else []
            return reason(f"{where}: {text}", lacking(job, options))
    errors = (found[1] for line in lines if (found := MODPOST.search(line)))
    return Reason(next(errors, None) or next((line.strip() for line in lines
                                              if steps.ERROR_LINE.search(line)),
                                             "make failed without saying why"), [])


def begin(job):
    """Keep the copy of the last build if it is whole and of the same files."""
    try:
        with open(job.note) as f:
            known = json.load(f)
        os.unlink(job.note)
    except FileNotFoundError:
        known = {}
    if known.get("files") == sorted(job.wanted.files):
        job.warnings = known["warnings"]
    else:
        shutil.rmtree(job.work, ignore_errors=True)
    os.makedirs(job.work, exist_ok=True)


def end(job):
    """The copy is whole."""
    steps.write_atomically(job.note, json.dumps({"files": sorted(job.wanted.files),
                                                 "warnings": job.warnings}) + "\n")


def note_warnings(job, lines):
    """Warnings are the author's affair, and shown in the end; old ones until their file is compiled."""
    compiled = {person_path(job, found[1] + ".c")
                for line in lines if (found := COMPILED.match(line))}
    job.warnings = {line: True for line in job.warnings if line.split(":")[0] not in compiled}
    for kind, where, text in complaints(job, lines):
        if kind == "warning" and where.startswith(job.source + os.sep):
            job.warnings[f"{where}: warning: {text}"] = True


def objects_of(mod_file):
    """The objects that a module is linked of, without .o, relative to the copy."""
    with open(mod_file) as f:
        return {line.strip().removesuffix(".o") for line in f if line.strip()}


def mod_files(job):
    """The files, one for each module, that say what objects it is made of."""
    return [os.path.join(top, name) for top, _, files in os.walk(job.work)
            for name in files if name.endswith(".mod")]


def failed_modules(job, lines):
    """Which modules make gave up on, by path without ending, with the reason of each."""
    broken = {os.path.relpath(os.path.join(job.work, m[1]), job.work)
              for line in lines if (m := FAILED.search(line))}
    failed = {}
    for mod in mod_files(job):
        path = mod.removesuffix(".mod")
        parts = objects_of(mod) | {os.path.relpath(path, job.work)}
        mine = {os.path.relpath(os.path.join(job.work, p), job.work) for p in parts} & broken
        if mine and path not in job.left_out:
            failed[path] = first_error(job, lines_about(job, lines, mine))
    for line in lines:
        if (found := MODPOST.search(line)) and (named := re.search(r"[\w/.-]+\.(?:o|ko)\b", found[1])):
            path = os.path.join(job.work, re.sub(r"\.(o|ko)$", "", named[0]))
            failed.setdefault(path, Reason(re.sub(r"^\S+\.k?o: | in \S+\.o$", "", found[1]), []))
    return failed


def lines_about(job, lines, objects):
    """The complaints up to the failure of one of the objects."""
    about = []
    for line in lines:
        about.append(line)
        if found := FAILED.search(line):
            if os.path.relpath(os.path.join(job.work, found[1]), job.work) in objects:
                return about
            about = []
    return about


def make(job, lock_fd):
    """Run make once; its status and what it said."""
    label = f"building {job.wanted.title} for {os.path.basename(job.kernel_dir)}"
    command = ours.make_command(job, job.work, job.recipe)
    exports = (os.path.join(one.out, SYMBOLS) for one in job.along)
    command.append(f"KBUILD_EXTRA_SYMBOLS={' '.join(exports)}")
    env = steps.build_env(PWD=job.work)
    with steps.Progress(label) as progress, open(job.log, "w+", errors="replace") as log:
        status, error = steps.run(command, log, progress, lock_fd, env=env)
        log.seek(0)
        lines = log.read().splitlines()
        progress.outcome = "done" if status == 0 else "not all of them"
    if status and steps.disk_is_full(error):
        raise steps.no_space()
    return status, lines


def refuse_warnings(job, lines):
    """Where the rules are strict, what modpost says is an error, too."""
    said = [line for line in lines
            if ours.is_complaint(line, job) and not line.endswith("undefined!")]
    if job.recipe is STRICT and said:
        raise Fail(f"{said[0].strip().replace(job.work, job.source)} (log: {job.log})")


def compile_all(job, lock_fd):
    """Run make until it is content, leaving out what it gives up on."""
    while True:
        synchronise(job)
        status, lines = make(job, lock_fd)
        note_warnings(job, lines)
        if status == 0:
            refuse_warnings(job, lines)
            return
        failed = failed_modules(job, lines)
        if not set(failed) - set(job.left_out):
            raise Fail(f"{first_error(job, lines).text} (log: {job.log})")
        job.left_out |= failed
        if all(path.removesuffix(".mod") in job.left_out for path in mod_files(job)):
            return


def read_symvers(path):
    """By symbol, the module that exports it."""
    with open(path) as f:
        fields = (line.split("\t") for line in f)
        return {field[1]: os.path.basename(field[2]) for field in fields}


def symbols(path):
    """The symbols that a module lacks, and those that it has."""
    fields = [line.split() for line in steps.capture(["nm", path]).splitlines()]
    needs = {field[-1] for field in fields if field[-2] == "U"}
    return needs, {field[-1] for field in fields} - needs


def modinfo(path):
    """What .modinfo says: lists by tag."""
    section = path + ".modinfo"
    steps.capture(["objcopy", "-O", "binary", "--only-section=.modinfo", path, section])
    with open(section, "rb") as f:
        text = f.read().decode(errors="replace")
    os.unlink(section)
    info = {}
    for tag, _, value in (entry.partition("=") for entry in text.split("\0")):
        info.setdefault(tag, []).append(value)
    return info


def read_modules(job):
    """What make has built, less what was left out."""
    if all(path.removesuffix(".mod") in job.left_out for path in mod_files(job)):
        return
    exported = read_symvers(os.path.join(job.work, SYMBOLS))
    for path in ours.find_modules(job.work):
        if path.removesuffix(".ko") not in job.left_out:
            yield read_module(path, exported)


def read_module(path, exported):
    """One module; exported has the symbols of all of them."""
    file = os.path.basename(path).removesuffix(".ko")
    name = file.replace("-", "_")
    gives = {symbol for symbol, module in exported.items() if module.replace("-", "_") == name}
    return Module(name, path, *symbols(path), gives, modinfo(path))


def modules_along(job):
    """The modules of the kernel's own that were built for the sake of this job's."""
    found = {}
    for one in job.along:
        exported = read_symvers(os.path.join(one.out, SYMBOLS))
        for known in published(one)["modules"]:
            if known["target"]:
                path = os.path.join(one.out, known["name"] + ".ko")
                found[known["name"]] = read_module(path, exported)
    return list(found.values())


def drop_unresolved(job, modules):
    """Leave out what needs symbols that nobody has; returns the rest."""
    exported = read_symvers(os.path.join(job.kernel_dir, SYMBOLS))
    core = {symbol for symbol, module in exported.items() if module == "vmlinux"}
    while True:
        known = core.union(*(m.gives for m in modules), {"_GLOBAL_OFFSET_TABLE_"})
        bad = [m for m in modules if m.needs - known]
        if not bad:
            return modules
        for module in bad:
            missing = sorted(module.needs - known)
            options = dict.fromkeys(filter(None, map(job.tree().provider, missing)))
            named = missing[0] + (f" and {len(missing) - 1} more" if len(missing) > 1 else "")
            job.left_out[module.path.removesuffix(".ko")] = Reason(
                reason(f"the kernel has no {named}", lacking(job, options)).text, list(options))
        modules = [m for m in modules if m not in bad]


def by_name(module):
    """Order for people."""
    return module.name


def in_order(modules):
    """With what each depends on; those that others depend on come first."""
    givers = {symbol: m for m in modules for symbol in m.gives}
    depends = {m: {givers[s] for s in m.needs if s in givers and givers[s] != m} for m in modules}
    done = []

    def visit(module):
        if module not in done:
            for other in sorted(depends[module], key=by_name):
                visit(other)
            done.append(module)
    for module in sorted(modules, key=by_name):
        visit(module)
    return [(m, [d for d in done if d in needed(m, depends)]) for m in done]


def needed(module, depends):
    """All that a module depends on, also through others."""
    found = set()
    new = set(depends[module])
    while new - found:
        found |= new
        new = set().union(*(depends[m] for m in found))
    return found


def describe(job, ordered, targets):
    """The contents of modules.json."""
    return {
        "source": job.source, "warnings": list(job.warnings),
        "modules": [{
            "name": module.name, "depends": [d.name for d in depends],
            "target": module.name in targets,
            "parameters": [p.partition(":")[0] for p in module.info.get("parmtype", [])],
            "permanent": "init_module" in module.has and "cleanup_module" not in module.has,
            "alias": module.info.get("alias", []), "firmware": module.info.get("firmware", []),
        } for module, depends in ordered],
        "left_out": [{"name": os.path.basename(path).replace("-", "_"), "reason": why.text,
                      "options": why.options, "path": os.path.relpath(path, job.work)}
                     for path, why in job.left_out.items()],
    }


def publish(job, ordered, targets):
    """Put the modules where they are found, all at once."""
    partial = job.out + ".partial"
    shutil.rmtree(partial, ignore_errors=True)
    os.makedirs(partial)
    for module, _ in ordered:
        shutil.copyfile(module.path, os.path.join(partial, module.name + ".ko"))
    ours.strip_modules(partial)
    if os.path.exists(exported := os.path.join(job.work, SYMBOLS)):
        shutil.copy(exported, partial)
    steps.write_atomically(os.path.join(partial, "modules.json"),
                           json.dumps(describe(job, ordered, targets), indent=1) + "\n")
    shutil.rmtree(job.out, ignore_errors=True)
    os.rename(partial, job.out)


def build_one(job, lock_fd):
    """Compile, look at what came of it, publish."""
    begin(job)
    compile_all(job, lock_fd)
    end(job)
    built = list(read_modules(job))
    if not built and not job.left_out:
        raise Fail(f"{job.source} builds no module: its Kbuild or Makefile names none in obj-m")
    ordered = in_order(drop_unresolved(job, built + modules_along(job)))
    wanted = {module for one, depends in ordered if one in built for module in [one, *depends]}
    publish(job, [(module, depends) for module, depends in ordered if module in wanted],
            [module.name for module in built])


def published(job):
    """What modules.json says."""
    with open(os.path.join(job.out, "modules.json")) as f:
        return json.load(f)


def remarks(job):
    """What the compiler warned of and what was left out; fail if that is all there was."""
    known = published(job)
    if not any(module["target"] for module in known["modules"]):
        reasons = [f"{one['name']}: {one['reason']}" for one in known["left_out"]]
        raise Fail("; ".join(dict.fromkeys(reasons)))
    left_out = [f"{one['name']} is left out: {one['reason']}" for one in known["left_out"]]
    return known["warnings"] + left_out


def build_outside(wanted, kernel_dir, tree, recipe, along=()):
    """Build what is not there yet; returns the job."""
    job = Job(wanted, kernel_dir, tree, recipe, along)
    with steps.lock(os.path.basename(job.work), f"the modules of {job.source}") as fd:
        if not os.path.isdir(job.out):
            build_one(job, fd)
    for one in published(job)["left_out"]:
        job.left_out[os.path.join(job.work, one["path"])] = Reason(one["reason"], one["options"])
    return job


def build_along(wanted, kernel_dir, tree, recipe):
    """
    Build, and those modules of the kernel's own, too, that what is wanted needs symbols
    of, as far as the kernel's configuration has them.
    """
    along = {}
    while True:
        job = build_outside(wanted, kernel_dir, tree, recipe, list(along.values()))
        new = [option for why in job.left_out.values() for option in why.options
               if option not in along and kconfig.value(kernel_dir, option) == "m"]
        if not new:
            return job
        for option in new:
            along[option] = build_own(option, list(tree().modules(option)), kernel_dir, tree)


def build_own(name, found, kernel_dir, tree):
    """Modules of the kernel's own, and those that they depend on."""
    wanted = sources.from_tree(tree(), name, found)
    return build_along(wanted, kernel_dir, tree, RECIPE)


class Request:
    """What the user wants built, and how."""

    def __init__(self, module, strict):
        self.module, self.recipe = module, STRICT if strict else RECIPE
        self.wanted = sources.find(module)
        self.jobs = {}

    def build(self, mode, kernel_dir, wide):
        """Build for one kernel; returns the options that are lacking, by module."""
        tree = functools.cache(lambda: kconfig.Tree(os.path.join(kernel_dir, "source")))
        if self.wanted:
            self.jobs[kernel_dir] = build_along(self.wanted, kernel_dir, tree, self.recipe)
        else:
            found = sources.find_in_tree(tree(), self.module)
            if self.is_lacking(mode, kernel_dir, wide, tree(), found[2]):
                return {self.module: [found[2]]}
            self.jobs[kernel_dir] = build_own(self.module, [found], kernel_dir, tree)
        job = self.jobs[kernel_dir]
        return {os.path.basename(path).replace("-", "_"): options
                for path, why in job.left_out.items() if (options := lacking(job, why.options))}

    def is_lacking(self, mode, kernel_dir, wide, tree, option):
        """Whether a module of the kernel's own needs another kernel; it must not be part of it."""
        now = kconfig.value(kernel_dir, option)
        if now == "y":
            raise Fail(f"MODULE={self.module}: {option}=y, it is built into "
                       f"{os.path.basename(kernel_dir)}; with {option}=m in KCONFIG= it is a module")
        return now != "m" and (wide or not kernels.fits_lean(tree, option, mode))

    def job(self, kernel_dir):
        """What was built for a kernel."""
        if kernel_dir not in self.jobs:
            raise Fail(f"MODULE={self.module}: its option cannot be turned on in a kernel for "
                       "User-Mode Linux")
        return self.jobs[kernel_dir]


def command():
    """Build what the command line names."""
    parser = steps.Parser(prog="outside.py", description="Builds somebody else's modules.")
    parser.add_argument("--strict", action="store_true", help="warnings are errors")
    parser.add_argument("--kconfig", metavar="FILE",
                        help="options on top of the wide kernel; 'wide': that kernel as it is")
    parser.add_argument("module", metavar="MODULE", help="a directory, a .c file, or a name")
    parser.add_argument("mode", metavar="MODE", nargs="+", help="a flavour of the kernel")
    args = parser.parse_args()
    for mode in args.mode:
        kernel.check_flavour(mode)
    request = Request(args.module, args.strict)
    directories = kernels.build_fitting(kernels.Choice(args.mode, args.kconfig), request.build)
    jobs = {mode: request.job(kernel_dir) for mode, kernel_dir in directories.items()}
    for line in dict.fromkeys(line for job in jobs.values() for line in remarks(job)):
        steps.say(line)
    for mode, job in jobs.items():
        print(mode, job.kernel_dir, job.out, sep="\t", flush=True)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    steps.main("outside.py", command)
