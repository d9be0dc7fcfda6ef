"""
Builds the kernels: fetches the source, applies the patch series, merges the
configuration fragments, compiles.

    kernel.py build FLAVOUR...     build what is missing
    kernel.py path FLAVOUR         print the build directory
    kernel.py identity FLAVOUR     print what exactly was built, as JSON
    kernel.py source               print the patched source tree
    kernel.py series               print the file that lists its patches
    kernel.py sparse FLAVOUR       check the files that we add to it with sparse
    kernel.py checkout DIR         make a git history of the series, to change it (history.py)
    kernel.py refresh DIR          make the patches of that history's commits

Everything lives in the cache (MODRACE_CACHE), a build in kernel/<flavour>-<hash>
where the hash covers all that goes into it: the source, the patches, the files that
come with them, the fragments, the compiler and the recipe below. Same inputs, same
directory: a second build compiles nothing.

Compiled is in work/<flavour>, by one build after the other: make compiles again
what depends on what has changed since the last one. Whoever edits a kernel waits
for a few files and the linker, and what was interrupted is gone on with. It may be
removed at any time.

    source/<key>-<patches>  --what differs-->  work/<flavour>/tree
                                                     | make
    kernel/<flavour>-<hash>  <--no objects--   work/<flavour>/out

A flavour is kconfig/<flavour>.config on top of kconfig/common.config. With a
patch group come kconfig/group-<group>.config and, for one flavour only,
kconfig/group-<group>.<flavour>.config. <flavour>-wide has kconfig/wide.config on top,
and of the kernel's own modules compiles none: whoever needs one builds it. --add puts
more options on top of that.
"""

import contextlib
import hashlib
import json
import os
import re
import shlex
import shutil
import sys
from typing import NamedTuple

from . import history, sources, steps, versions
from .steps import Fail

KCONFIG = os.path.join(versions.CONFIG, "kconfig")

# How a kernel is built, beside its inputs. A change here makes new builds.
RECIPE = {
    "targets": ["linux", "modules"],
    # Debug information names linux/net/core/dev.c, wherever the cache is.
    "flags": "-fdebug-prefix-map={tree}=/linux -fdebug-prefix-map={out}=/linux",
    # The boot messages of equal inputs are equal, whoever built them.
    "env": {"KBUILD_BUILD_TIMESTAMP": "Thu Jan  1 00:00:00 UTC 1970",
            "KBUILD_BUILD_VERSION": "1", "KBUILD_BUILD_USER": "modrace",
            "KBUILD_BUILD_HOST": "modrace"},
    # Half of the disk space, needed neither to run nor to build modules.
    "remove": r".*\.(o|a|o\.cmd|a\.cmd)|vmlinux\.unstripped|\.tmp_vmlinux.*",
    "keep_under": ["scripts", "usr"],
}
# A wide kernel has nothing but what is built in: its symbols are all that there are.
WIDE = "-wide"
WIDE_RECIPE = RECIPE | {"targets": ["linux", "modules_prepare"],
                        "symbols": ["vmlinux.symvers", "Module.symvers"]}
TOOLS = (("make", "make"), ("flex", "flex"), ("bison", "bison"), ("bc", "bc"),
         ("git", "git"), ("xz", "xz-utils"), ("tar", "tar"), ("cp", "coreutils"))


# Releases before 0.6.5 know neither __typeof_unqual__, without which the kernel
# refuses them, nor that the strlen in MODULE_INFO() is a constant; and after
# one error they are silent.
SPARSE = ["C=2", "CHECK=sparse -D__typeof_unqual__=__typeof__ "
                 "'-D__builtin_strlen(x)=(sizeof(x)-1)'"]


class Option(NamedTuple):
    """One line of a fragment; the value n means not set."""
    name: str
    value: str
    where: str


class Fragment(NamedTuple):
    """A fragment as it was read."""
    path: str
    text: str

    @property
    def identity(self):
        return os.path.basename(self.path) + hashlib.sha256(self.text.encode()).hexdigest()


class Build(NamedTuple):
    """All that goes into one kernel."""
    flavour: str
    groups: list
    source: sources.Source
    patches: list
    files: list
    fragments: list
    compiler: str

    @property
    def recipe(self):
        return WIDE_RECIPE if self.flavour.endswith(WIDE) else RECIPE

    @property
    def hash(self):
        return steps.sha256_text(
            self.flavour, self.source.version, self.source.kind, self.source.identity,
            *(p.name + p.sha256 for p in self.patches),
            *(f.name + f.sha256 for f in self.files),
            *(f.identity for f in self.fragments),
            self.compiler, json.dumps(self.recipe, sort_keys=True))[:16]

    @property
    def path(self):
        return os.path.join(steps.cache_dir(), "kernel", f"{self.flavour}-{self.hash}")

    @property
    def complete(self):
        return os.path.exists(os.path.join(self.path, "kernel.json"))


def flavours():
    """The names of the flavours, less the wide ones."""
    names = (entry.removesuffix(".config") for entry in os.listdir(KCONFIG))
    return sorted(n for n in names
                  if n not in ("common", "wide") and not n.startswith(("group-", ".")))


def fragments(flavour, groups, added=()):
    """The fragments of a flavour in the order in which they are merged."""
    lean = flavour.removesuffix(WIDE)
    names = ["common", lean]
    for group in groups:
        names += [f"group-{group}", f"group-{group}.{lean}"]
    if flavour != lean:
        names.append("wide")
    paths = (os.path.join(KCONFIG, f"{name}.config") for name in names)
    return [read_fragment(path) for path in paths if os.path.exists(path)] + list(added)


def read_fragment(path):
    """A fragment, or any other configuration."""
    with open(path) as f:
        return Fragment(path, f.read())


def options(fragment):
    """The options of a fragment."""
    result = []
    for number, line in enumerate(fragment.text.splitlines(), 1):
        where, line = f"{fragment.path}:{number}", line.strip()
        unset = re.fullmatch(r"# (CONFIG_\w+) is not set", line)
        assigned = re.fullmatch(r"(CONFIG_\w+)=(.+)", line)
        if unset or assigned:
            result.append(Option((unset or assigned)[1], "n" if unset else assigned[2], where))
        elif line and not line.startswith("#"):
            raise Fail(f"{where}: '{line}' is no option (CONFIG_NAME=value) and no comment")
    return result


def compilers():
    """The programs that compile, as arguments for make."""
    return {name: os.environ.get(name) or "gcc" for name in ("CC", "HOSTCC")}


def compiler_version():
    """The first line of the compiler's version."""
    command = shlex.split(compilers()["CC"])
    if not command or not shutil.which(command[0]):
        raise Fail(f"no compiler: '{compilers()['CC']}' is not installed; "
                   "apt-get install gcc, or set CC")
    return steps.capture([*command, "--version"]).splitlines()[0]


def check_flavour(flavour):
    """Fail unless there is such a flavour."""
    if flavour.removesuffix(WIDE) not in flavours():
        raise Fail(f"unknown flavour '{flavour}' (known: {' '.join(flavours())})")


def describe(flavour, groups, source, added=()):
    """The build of a flavour from a source, with some fragments more."""
    patches = versions.read_series(source.series, groups)
    there = versions.groups_of(patches)
    groups = there if groups is None else groups
    return Build(flavour, groups, source, patches, versions.read_files(there),
                 fragments(flavour, groups, added), compiler_version())


def find_build(flavour, groups, added=()):
    """The finished build of the current inputs."""
    check_flavour(flavour)
    source = sources.find()
    build = describe(flavour, groups, source, added) if source else None
    if not build or not build.complete:
        raise Fail(f"the {flavour} kernel is not built for the current inputs; "
                   f"run uml-config/kernel.py build {flavour}")
    return build


def make(tree, out, *args):
    """The make command for a build directory."""
    variables = [f"{name}={value}" for name, value in compilers().items()]
    variables.append("KCFLAGS=" + RECIPE["flags"].format(tree=tree, out=out))
    return ["make", "-C", tree, "ARCH=um", f"O={out}", f"-j{steps.jobs()}", *variables, *args]


def check_config(build, out):
    """Fail if an option of a fragment did not survive the merge."""
    final = {o.name: o.value for o in options(read_fragment(os.path.join(out, ".config")))}
    wanted = {o.name: o for fragment in build.fragments for o in options(fragment)}
    for option in wanted.values():
        got = final.get(option.name, "n")
        if got != option.value:
            got = "not set" if got == "n" else got
            raise Fail(f"{option.where}: {option.name}={option.value} is {got} in the "
                       f"{build.flavour} kernel: a dependency is missing, or no such option")


def configure(build, tree, out, log, lock_fd):
    """Merge the fragments onto allnoconfig."""
    merged = os.path.join(out, "fragments.config")
    with open(merged, "w") as f:
        for fragment in build.fragments:
            f.writelines(f"{o.name}={o.value}\n" for o in options(fragment))
    steps.step(make(tree, out, "allnoconfig"), f"configuring the {build.flavour} kernel",
               log, lock_fd, env=steps.build_env(KCONFIG_ALLCONFIG=merged))
    check_config(build, out)


def copy_output(out, dest):
    """Copy what was built, without what only a further build would need."""
    keep = tuple(os.path.join(out, name) + os.sep for name in RECIPE["keep_under"])

    def objects(top, names):
        if (top + os.sep).startswith(keep):
            return []
        return [name for name in names if re.fullmatch(RECIPE["remove"], name)]
    shutil.copytree(out, dest, symlinks=True, ignore=objects, dirs_exist_ok=True)


def name_places(dest, places):
    """Let what modules are built by name places that stay; places maps old ones to new ones."""
    link, makefile = os.path.join(dest, "source"), os.path.join(dest, "Makefile")
    with contextlib.suppress(FileNotFoundError):
        target = places[os.readlink(link)]
        os.unlink(link)
        os.symlink(target, link)
    with contextlib.suppress(FileNotFoundError):
        with open(makefile) as f:
            text = f.read()
        for old, new in places.items():
            text = text.replace(old, new)
        steps.write_atomically(makefile, text)


def describe_json(build, out):
    """What kernel.json says of a build."""
    return {
        "schema": 1, "flavour": build.flavour, "version": build.source.version,
        "hash": build.hash, "source": {"kind": build.source.kind,
                                       "identity": build.source.identity},
        "options": changed_options(build), "compiler": build.compiler, "series": build.source.series, "groups": build.groups,
        "patches": [{"name": p.name, "sha256": p.sha256} for p in build.patches],
        "files": [{"name": f.name, "sha256": f.sha256} for f in build.files],
        "config_sha256": steps.sha256_file(os.path.join(out, ".config")),
    }


def changed_options(build):
    """The options of the fragments that do not come with the project, as they would be written."""
    return [f"{o.name}={o.value}" for fragment in build.fragments
            if os.path.dirname(fragment.path) != KCONFIG for o in options(fragment)]


def publish(build, places, out):
    """Make a finished build of what was compiled."""
    def fill(dest):
        copy_output(out, dest)
        if symbols := build.recipe.get("symbols"):
            shutil.copy(*(os.path.join(dest, name) for name in symbols))
        name_places(dest, places)
        steps.write_atomically(os.path.join(dest, "kernel.json"),
                               json.dumps(describe_json(build, dest), indent=1) + "\n")
    sources.make_tree(build.path, fill)


@contextlib.contextmanager
def workplace(build, tree, log):
    """Where a flavour is compiled, made ready; yields its tree, its output and its lock."""
    work = os.path.join(steps.cache_dir(), "work", build.flavour)
    copy, out = os.path.join(work, "tree"), os.path.join(work, "out")
    with steps.lock(f"work-{build.flavour}", f"another {build.flavour} kernel") as fd:
        os.makedirs(out, exist_ok=True)
        sources.update_tree(tree, copy, log)
        configure(build, copy, out, log, fd)
        yield copy, out, fd


def compile_kernel(build, tree):
    """Compile what has changed since the last build of the flavour."""
    log = build.path + ".log"
    with workplace(build, tree, log) as (copy, out, fd):
        steps.step(make(copy, out, *build.recipe["targets"]), f"building the {build.flavour} kernel",
                   log, fd, env=steps.build_env(**RECIPE["env"]))
        publish(build, {copy: tree, out: build.path}, out)


def prepare(flavour, groups, added=()):
    """What is to be built, and the patched tree for it."""
    os.makedirs(os.path.join(steps.cache_dir(), "kernel"), exist_ok=True)
    source, _, tree = sources.prepare(groups, os.path.join(steps.cache_dir(), "source.log"))
    return describe(flavour, groups, source, added), tree


def build_kernel(flavour, groups, added=()):
    """Build one flavour unless it is there; returns the build."""
    source = sources.find()
    if source:
        versions.announce(source.version, source.named)
        if (build := describe(flavour, groups, source, added)).complete:
            return build
    for name, package in TOOLS:
        steps.tool(name, package)
    build, tree = prepare(flavour, groups, added)
    with steps.lock(os.path.basename(build.path), f"the {flavour} kernel"):
        if not build.complete:
            compile_kernel(build, tree)
    return build


def sparse_complaints(build, output):
    """What sparse says of the files that we add, in terms of those."""
    paths = {file.name: file.path for file in build.files}
    names = "|".join(map(re.escape, paths))
    for name, line, text in re.findall(rf"(?m)^(?:\S*/)?({names}):(\d+):\d+: (\w+: .*)", output):
        yield f"{paths[name]}:{line}: {text}"


def check_files(flavour, groups):
    """Check the files that we add to a kernel with sparse."""
    steps.tool("sparse", "sparse")
    build, tree = prepare(flavour, groups)
    log = build.path + ".sparse.log"
    objects = [re.sub(r"\.c$", ".o", f.name) for f in build.files if f.name.endswith(".c")]
    with contextlib.suppress(FileNotFoundError):
        os.unlink(log)
    with workplace(build, tree, log) as (copy, out, fd):
        steps.step(make(copy, out, *SPARSE, *objects), "checking with sparse", log, fd,
                   env=steps.build_env(**RECIPE["env"]))
    with open(log, errors="replace") as f:
        if complaints := list(sparse_complaints(build, f.read())):
            raise Fail("\n".join(dict.fromkeys(complaints)))


def command_build(args):
    for flavour in args.flavour:
        check_flavour(flavour)
    for flavour in args.flavour:
        build_kernel(flavour, args.groups, args.add)


def command_path(args):
    print(find_build(args.flavour, args.groups, args.add).path)


def command_identity(args):
    with open(os.path.join(find_build(args.flavour, args.groups, args.add).path, "kernel.json")) as f:
        print(f.read(), end="")


def command_source(args):
    log = os.path.join(steps.cache_dir(), "source.log")
    print(sources.prepare(args.groups, log)[2])


def command_series(_args):
    source = sources.find()
    print(versions.series_path(source.series if source else versions.pinned()))


def command_sparse(args):
    check_flavour(args.flavour)
    check_files(args.flavour, args.groups)


def command_checkout(args):
    history.checkout(args.directory, os.path.join(steps.cache_dir(), "source.log"))


def command_refresh(args):
    history.refresh(args.directory)


def group_list(text):
    """The argument of --groups; an empty one means no patches."""
    return [name for name in text.split(",") if name]


def parse(argv):
    """The command line."""
    parser = steps.Parser(prog="kernel.py", description="Builds the kernels.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, function, nargs, text in (
            ("build", command_build, "+", "build what is missing"),
            ("path", command_path, None, "print the build directory"),
            ("identity", command_identity, None, "print what exactly was built, as JSON"),
            ("source", command_source, 0, "print the patched source tree"),
            ("series", command_series, 0, "print the file that lists its patches"),
            ("sparse", command_sparse, None, "check the files that we add to it")):
        sub = commands.add_parser(name, help=text)
        sub.set_defaults(function=function)
        sub.add_argument("--groups", type=group_list, metavar="LIST",
                         help="patch groups, comma separated (default: the whole series)")
        if nargs != 0:
            sub.add_argument("--add", type=read_fragment, action="append", default=[],
                             metavar="FILE", help="options on top of the flavour's")
            sub.add_argument("flavour", nargs=nargs, metavar="FLAVOUR",
                             help=f"{' or '.join(flavours())}, or one of them with {WIDE}")
    for name, function, text in (
            ("checkout", command_checkout, "make a git history of the series, to change it"),
            ("refresh", command_refresh, "make the patches of that history's commits")):
        sub = commands.add_parser(name, help=text)
        sub.set_defaults(function=function)
        sub.add_argument("directory", metavar="DIR")
    return parser.parse_args(argv)


def command():
    """Run the command of the command line."""
    args = parse(sys.argv[1:])
    args.function(args)
