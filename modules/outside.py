#!/usr/bin/env python3
"""
Builds somebody else's modules for one built kernel, as they are.

    outside.py --kernel-dir DIR MODULE

MODULE is a directory, a .c file, or the name or option of a module of the kernel's own
(see wanted.py). Prints one output directory, laid out as that of build.py, with
modules.json beside the modules: which there are, in the order in which they can be
loaded, what each depends on, and what was left out, and why.

Nothing is written to the source. Warnings are shown and are no reason to refuse; what
does not compile, or needs what the kernel has not got, is left out and named. With
--strict the rules of build.py hold instead.

    copy --make--> failed? --leave out--> make again --> symbols that nobody has?
                                                              |  leave out
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

import build as ours
import wanted as sources
from kbuild import kconfig, kernel, steps
from kbuild.steps import Fail

RECIPE = {
    "args": ["ARCH=um", "KBUILD_MODPOST_WARN=1", "-k"],
    "flags": ["-Wno-error"],
    "kbuild": sources.ADDED + sources.LENIENT,
    "version": 5,
}
STRICT = {
    "args": [*ours.RECIPE["args"], "KBUILD_MODPOST_WARN=1", "-k"],
    "flags": ours.RECIPE["flags"],
    "kbuild": sources.ADDED,
    "version": 5,
}
COMPLAINT = re.compile(r"(?P<file>[^\s:]+):(?P<line>\d+)(?::\d+)?: "
                       r"(?P<kind>fatal error|error|warning): (?P<text>.*)")
FAILED = re.compile(r"make\[\d+\]: \*\*\* \[[^]]*?([^\s\]]+)\.(?:o|c|ko)\] Error")
COMPILED = re.compile(r"\s+CC \[M\]\s+(\S+)\.o")
MODPOST = re.compile(r"ERROR: modpost: (.*)")
UNDECLARED = re.compile(r"(?:implicit declaration of function|undeclared \w+) ['‘](\w+)['’]|"
                        r"['‘](\w+)['’] undeclared")


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
    """One build: what, for which kernel, where, and what had to be left out."""

    def __init__(self, wanted, kernel_dir, tree, recipe):
        self.wanted, self.kernel_dir, self.tree = wanted, kernel_dir, tree
        self.recipe = recipe
        self.left_out, self.warnings = {}, {}
        same = steps.sha256_text(wanted.name, wanted.source, ours.kernel_identity(kernel_dir),
                                 kernel.compiler_version(), json.dumps(recipe))[:16]
        self.work = os.path.join(steps.cache_dir(), "modules", "outside", f"{wanted.name}-{same}")
        self.hash = steps.sha256_text(same, *wanted.identity, *shared_headers())[:16]
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


def option_hint(job, symbol):
    """The option that would bring a symbol, in words, or nothing."""
    option = job.tree().provider(symbol)
    if not option or kconfig.is_set(job.kernel_dir, option):
        return ""
    return f"; needs {option}"


def error_text(job, lines):
    """The first real error."""
    for kind, where, text in complaints(job, lines):
        if kind != "warning":
            found = UNDECLARED.search(text)
            hint = option_hint(job, found[1] or found[2]) if found else ""
            return f"{where}: {text}{hint}"
    errors = (found[1] for line in lines if (found := MODPOST.search(line)))
    return next(errors, None) or next((line.strip() for line in lines
                                       if steps.ERROR_LINE.search(line)),
                                      "make failed without saying why")


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
            failed[path] = error_text(job, lines_about(job, lines, mine))
    for line in lines:
        if (found := MODPOST.search(line)) and (named := re.search(r"[\w/.-]+\.(?:o|ko)\b", found[1])):
            path = os.path.join(job.work, re.sub(r"\.(o|ko)$", "", named[0]))
            failed.setdefault(path, re.sub(r"^\S+\.k?o: | in \S+\.o$", "", found[1]))
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
    label = f"building the modules of {job.source} for {os.path.basename(job.kernel_dir)}"
    command = ours.make_command(job, job.work, job.recipe)
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
            raise Fail(f"{error_text(job, lines)} (log: {job.log})")
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
    exported = read_symvers(os.path.join(job.work, "Module.symvers"))
    for path in ours.find_modules(job.work):
        if path.removesuffix(".ko") in job.left_out:
            continue
        file = os.path.basename(path).removesuffix(".ko")
        gives = {symbol for symbol, module in exported.items() if module == file}
        yield Module(file.replace("-", "_"), path, *symbols(path), gives, modinfo(path))


def drop_unresolved(job, modules):
    """Leave out what needs symbols that nobody has; returns the rest."""
    core = set(read_symvers(os.path.join(job.kernel_dir, "Module.symvers")))
    while True:
        known = core.union(*(m.gives for m in modules))
        bad = [m for m in modules if m.needs - known - {"_GLOBAL_OFFSET_TABLE_"}]
        if not bad:
            return modules
        for module in bad:
            missing = sorted(module.needs - known)
            hints = dict.fromkeys(filter(None, (option_hint(job, s) for s in missing)))
            named = missing[0] + (f" and {len(missing) - 1} more" if len(missing) > 1 else "")
            options = " ".join(hint.removeprefix("; needs ") for hint in hints)
            job.left_out[module.path.removesuffix(".ko")] = (
                f"the kernel has no {named}" + (f"; needs {options}" if options else ""))
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
            "target": not targets or module.name in targets,
            "parameters": [p.partition(":")[0] for p in module.info.get("parmtype", [])],
            "permanent": "init_module" in module.has and "cleanup_module" not in module.has,
            "alias": module.info.get("alias", []), "firmware": module.info.get("firmware", []),
        } for module, depends in ordered],
        "left_out": [{"name": os.path.basename(path).replace("-", "_"), "reason": reason,
                      "path": os.path.relpath(path, job.work)}
                     for path, reason in job.left_out.items()],
    }


def publish(job, ordered, targets):
    """Put the modules where they are found, all at once."""
    partial = job.out + ".partial"
    shutil.rmtree(partial, ignore_errors=True)
    os.makedirs(partial)
    for module, _ in ordered:
        shutil.copyfile(module.path, os.path.join(partial, module.name + ".ko"))
    ours.strip_modules(partial)
    steps.write_atomically(os.path.join(partial, "modules.json"),
                           json.dumps(describe(job, ordered, targets), indent=1) + "\n")
    shutil.rmtree(job.out, ignore_errors=True)
    os.rename(partial, job.out)


def build_one(job, lock_fd, targets=()):
    """Compile, look at what came of it, publish."""
    begin(job)
    compile_all(job, lock_fd)
    end(job)
    built = list(read_modules(job))
    if not built and not job.left_out:
        raise Fail(f"{job.source} builds no module: its Kbuild or Makefile names none in obj-m")
    publish(job, in_order(drop_unresolved(job, built)), targets)


def published(job):
    """What modules.json says."""
    with open(os.path.join(job.out, "modules.json")) as f:
        return json.load(f)


def tell(job):
    """Say what the compiler warned of and what was left out; fail if that is all there was."""
    known = published(job)
    for line in known["warnings"] if known["modules"] else ():
        steps.say(line)
    for one in known["left_out"]:
        if known["modules"]:
            steps.say(f"{one['name']} is left out: {one['reason']}")
    if not any(module["target"] for module in known["modules"]):
        reasons = [f"{one['name']}: {one['reason']}" for one in known["left_out"]]
        raise Fail("; ".join(dict.fromkeys(reasons)))


def build_outside(wanted, kernel_dir, tree, recipe=RECIPE, targets=()):
    """Build what is not there yet; returns the job."""
    job = Job(wanted, kernel_dir, tree, recipe)
    with steps.lock(os.path.basename(job.work), f"the modules of {job.source}") as fd:
        if not os.path.isdir(job.out):
            build_one(job, fd, targets)
    for one in published(job)["left_out"]:
        job.left_out[os.path.join(job.work, one["path"])] = one["reason"]
    return job


def missing_modules(job, tree):
    """The modules of the kernel's own that what was left out would need."""
    core = read_symvers(os.path.join(job.kernel_dir, "Module.symvers"))
    for path in job.left_out:
        needs = symbols(path + ".ko")[0] if os.path.exists(path + ".ko") else set()
        for symbol in needs - set(core):
            option = tree.provider(symbol)
            if option in tree.tristates:
                yield from tree.modules(option)


def build_in_tree(name, kernel_dir, tree):
    """A module of the kernel's own, and those that it depends on."""
    module = sources.find_in_tree(tree, name)[1].removesuffix(".o").replace("-", "_")
    more = []
    while True:
        job = build_outside(sources.from_tree(tree, kernel_dir, name, more), kernel_dir,
                            lambda: tree, targets=[module])
        new = [m for m in missing_modules(job, tree) if m not in more]
        if not new:
            return job
        more += dict.fromkeys(new)


def command():
    """Build what the command line names."""
    parser = steps.Parser(prog="outside.py", description="Builds somebody else's modules.")
    parser.add_argument("--kernel-dir", required=True, metavar="DIR", help="a built kernel")
    parser.add_argument("--strict", action="store_true", help="warnings are errors")
    parser.add_argument("module", metavar="MODULE", help="a directory, a .c file, or a name")
    args = parser.parse_args()
    kernel_dir = os.path.abspath(args.kernel_dir)
    ours.check_kernel(kernel_dir)
    wanted = sources.find(args.module)
    tree = functools.cache(lambda: kconfig.Tree(os.path.join(kernel_dir, "source")))
    recipe = STRICT if args.strict else RECIPE
    job = (build_outside(wanted, kernel_dir, tree, recipe) if wanted
           else build_in_tree(args.module, kernel_dir, tree()))
    tell(job)
    print(job.out, flush=True)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    steps.main("outside.py", command)
