"""
What there is to build of somebody else's code: a directory, one .c file, or a module of
the kernel's own by its name or option. outside.py builds it.

Each becomes a set of files for a directory of ours, some copied, some written:

    directory with a Kbuild or Makefile     all its files; lines are added to the Kbuild
    directory without                       its .c and .h files, and a Kbuild
    FILE.c                                  that, the headers beside it, and a Kbuild
    scsi_debug, CONFIG_SCSI_DEBUG           the module's directory of the kernel's source,
                                            and a Kbuild that takes its Makefile in
"""

import os
import re
from typing import NamedTuple

from kbuild import kconfig, steps
from kbuild.steps import Fail

LICENSE = re.compile(r"(?m)^\s*MODULE_LICENSE\s*\(")
VERMAGIC = re.compile(rb"\0vermagic=([^ \0]+)")
INCLUDED = re.compile(r'(?m)^\s*#\s*include\s*"([^"]+\.c)"')
CODE = (".c", ".h", ".S", ".asn1")
# The directories below its own that a Makefile takes objects from.
FOLDER = re.compile(r"([\w-]+(?:/[\w-]+)*)/[\w-]+\.o\b")
# What else a Makefile of the kernel may have built.
LISTS = ("obj-y", "lib-y", "lib-m", "subdir-y", "subdir-m", "always-y", "extra-y")
NAME = re.compile(r"[A-Za-z0-9][\w-]*")
# EXTRA_CFLAGS is how flags were added until kbuild stopped to read it.
ADDED = "ccflags-y += $(EXTRA_CFLAGS)\n"
# Their own idea of how warnings are to be treated holds for their own builds.
LENIENT = "ccflags-remove-y += -Werror\n"


class Wanted(NamedTuple):
    """
    What is built: its place for people, a short name, files to copy, texts to write, and
    what it is called when that place says too little.
    """
    source: str
    name: str
    files: dict
    texts: dict
    called: str = ""

    @property
    def title(self):
        """What is built, in words."""
        return self.called or f"the modules of {self.source}"

    @property
    def identity(self):
        """What distinguishes the contents."""
        return [self.name, *(n + steps.sha256_file(p) for n, p in sorted(self.files.items())),
                *(n + text for n, text in sorted(self.texts.items()))]

    def path(self, relative):
        """Where a person finds a file that we have a copy of."""
        return self.files.get(relative) or os.path.join(self.source, relative)


def read(path):
    """A source file."""
    with open(path, errors="replace") as f:
        return f.read()


def files_below(directory, names):
    """Files of a directory by their relative names."""
    return {name: os.path.join(directory, name) for name in names}


def kbuild_text(module, parts, flags=()):
    """The lines for one module."""
    lines = [f"obj-m += {module}.o"]
    if parts:
        lines.append(f"{module}-y := {' '.join(parts)}")
    return "\n".join([*lines, *flags]) + "\n"


def without_makefile(directory, names):
    """
    The Kbuild of .c files alone: each is a module, unless another includes it. If one
    of them alone has a license, all are parts of one module.
    """
    texts = {name: read(os.path.join(directory, name)) for name in names}
    included = {os.path.basename(i) for text in texts.values() for i in INCLUDED.findall(text)}
    alone = [name for name in names if name not in included]
    licensed = [name for name in alone if LICENSE.search(texts[name])]
    objects = [name.removesuffix(".c") + ".o" for name in alone]
    if len(licensed) == 1 and len(alone) > 1:
        module = re.sub(r"[^\w-]", "_", os.path.basename(directory))
        return kbuild_text(module if module + ".o" not in objects else module + "_all", objects)
    return "".join(kbuild_text(name.removesuffix(".c"), ()) for name in alone)


def makefile_directory(directory):
    """Where the Makefile is that names modules: here, or in the one directory below."""
    paths = [directory, *(e.path for e in os.scandir(directory) if e.is_dir())]
    named = [path for path in paths if (makefile := kconfig.kbuild_file(path))
             and any(target == "obj" for target, _, _ in kconfig.assignments(makefile))]
    if directory in named or not named:
        return directory
    if len(named) > 1:
        raise Fail(f"{directory}: modules are in {' and in '.join(sorted(named))}; name one")
    return named[0]


def from_directory(directory):
    """All modules of a directory."""
    directory = makefile_directory(directory)
    name = os.path.basename(directory)
    top = sorted(e.name for e in os.scandir(directory) if e.is_file())
    if kconfig.kbuild_file(directory):
        return Wanted(directory, name, files_below(directory, steps.find_files(directory)), {})
    sources = [n for n in top if n.endswith(".c") and not n.endswith(".mod.c")]
    if not sources:
        raise Fail(f"{directory} holds no module: no .c file, no Kbuild, no Makefile")
    headers = [n for n in steps.find_files(directory) if n.endswith(".h")]
    return Wanted(directory, name, files_below(directory, sources + headers),
                  {"Kbuild": without_makefile(directory, sources)})


def from_file(path):
    """The module of one .c file."""
    directory, name = os.path.split(path)
    headers = [e.name for e in os.scandir(directory) if e.is_file() and e.name.endswith(".h")]
    used = [i for i in INCLUDED.findall(read(path)) if os.path.isfile(os.path.join(directory, i))]
    module = name.removesuffix(".c")
    return Wanted(directory, module, files_below(directory, [name, *headers, *used]),
                  {"Kbuild": kbuild_text(module, ())})


def find_in_tree(tree, name):
    """The one module of the kernel's own that is meant."""
    found = list(tree.modules(name))
    if not found:
        raise Fail(f"MODULE={name}: no such file or directory, and no module of the kernel's own "
                   "has that name or option")
    if len(found) > 1:
        names = " ".join(sorted(f"{option} ({directory}/{module})"
                                for directory, module, option in found))
        raise Fail(f"MODULE={name}: several modules of the kernel's own are meant: {names}")
    return found[0]


def module_directory(tree, directory, modules):
    """
    A directory of the kernel's source, made one that is built outside of it: the kernel's
    own Makefile says what its modules are made of, and all that is not asked for is taken
    out of its lists.
    """
    place = os.path.join(tree.path, directory)
    makefile = kconfig.kbuild_file(place)
    folders = {""} | {f for f in FOLDER.findall(read(makefile))
                      if os.path.isdir(os.path.join(place, f))}
    names = [os.path.join(folder, name) for folder in folders
             for name in os.listdir(os.path.join(place, folder)) if name.endswith(CODE)]
    options = sorted({option for _, option in modules})
    text = "".join(f"{option} := m\n" for option in options)
    text += f"include $(srctree)/{directory}/{os.path.basename(makefile)}\n"
    text += "".join(f"{name} :=\n" for name in LISTS)
    text += f"obj-m := {' '.join(sorted(module for module, _ in modules))}\n"
    text += f"ccflags-y += -I$(srctree)/{directory} -I$(src)"
    text += "".join(f" -D{option}_MODULE=1" for option in options) + "\n"
    files = {os.path.join(directory, n): os.path.join(place, n) for n in names}
    return files, {os.path.join(directory, "Kbuild"): text}


def from_tree(tree, name, found):
    """Modules of the kernel's own; name is what they are called together."""
    files, texts, directories = {}, {}, {}
    for directory, module, option in found:
        directories.setdefault(directory, []).append((module, option))
    for directory, modules in directories.items():
        copied, written = module_directory(tree, directory, modules)
        files |= copied
        texts |= written
    texts["Kbuild"] = "".join(f"obj-m += {os.path.dirname(path)}/\n" for path in texts)
    return Wanted(tree.path, re.sub(r"\W", "_", name), files, texts,
                  f"the kernel's own {name}")


def kernel_of(path):
    """For which kernel a module was built, in words."""
    try:
        with open(path, "rb") as f:
            found = VERMAGIC.search(f.read())
    except OSError as e:
        raise Fail(f"MODULE={path}: {e.strerror}") from e
    return f" for linux {found[1].decode(errors='replace')}" if found else ""


def find(module):
    """What MODULE= means outside of the kernel's source; None if it may be in there."""
    if os.path.isdir(module):
        return from_directory(os.path.abspath(module))
    if module.endswith(".ko"):
        raise Fail(f"MODULE={module}: a module that was built{kernel_of(module)}; name its source")
    if os.path.isfile(module) and module.endswith(".c"):
        return from_file(os.path.abspath(module))
    if os.path.exists(module):
        raise Fail(f"MODULE={module}: neither a directory nor a .c file")
    if not NAME.fullmatch(module):
        raise Fail(f"MODULE={module}: no such file or directory")
    return None
