"""
What a kernel's source says of its options: which one brings an exported symbol, and
which files make a module.

    symbol --EXPORT_SYMBOL--> file --Makefile--> option
    option, or module --Makefile--> directory and files

The Makefiles are read, not run: obj-$(CONFIG_FOO) += foo.o, foo-y := a.o b.o and
obj-$(CONFIG_FOO) += foo/ are what nearly all of them are made of. Reading a whole tree
takes seconds, so what was read is kept in the cache, under the tree's name.
"""

import json
import os
import re
import subprocess

from . import steps

EXPORT = re.compile(r"([^\0:]+)\0.*?EXPORT_SYMBOL(?:_NS)?(?:_GPL)?(?:_FOR_\w+)?\((\w+)")
ASSIGNMENT = re.compile(r"\s*([\w.-]+?)-(?:\$[({](CONFIG_\w+)[)}]|(objs|y|m))\s*[:+]?=\s*(.*)")
# $(subst m,y,$(CONFIG_A)) and $(subst y,$(CONFIG_A),$(CONFIG_B)): A is the option that can be m.
SUBSTITUTED = re.compile(r"\$\(subst [my],(?:y,)?(\$\(CONFIG_\w+\))(?:,\$\(CONFIG_\w+\))?\)")
# Goes up when something else is read of the files: what is in the cache is of no use then.
READING = 2
# The type stands below the name, before the next entry, which begins in the first column.
TRISTATE = re.compile(r"(?m)^(?:menu)?config (\w+)\n(?:[ \t].*\n|\n|#.*\n)*?\s+"
                      r"(?:def_)?tristate\b")
CONDITION = re.compile(r"\s*#\s*(ifdef|ifndef|if|elif|else|endif)\b(.*)")
OPTION = re.compile(r"(?<!!)\b(?:IS_\w+\()?(CONFIG_\w+)")
# What is in a tree and is no part of the kernel that we build.
SKIPPED = re.compile(r"arch/(?!um|x86)[^/]+|tools|samples|scripts|Documentation|\.git")


def kbuild_file(directory):
    """The file that says what a directory builds, or None."""
    paths = (os.path.join(directory, name) for name in ("Kbuild", "Makefile"))
    return next((path for path in paths if os.path.isfile(path)), None)


def assignments(path):
    """The assignments of a Makefile to lists of objects: list, option, words."""
    with open(path, errors="replace") as f:
        text = re.sub(r"\\\n", " ", f.read())
    for line in text.splitlines():
        if found := ASSIGNMENT.match(SUBSTITUTED.sub(r"\1", line.split("#")[0])):
            yield found[1], found[2] or "y", found[4].split()


def read_makefiles(tree):
    """All assignments by directory, which is relative to the tree."""
    found = {}
    for top, dirs, _ in os.walk(tree):
        where = os.path.relpath(top, tree)
        dirs[:] = [d for d in dirs if not SKIPPED.fullmatch(os.path.normpath(f"{where}/{d}"))]
        if path := kbuild_file(top):
            found[where] = list(assignments(path))
    return found


def read_exports(tree):
    """By exported symbol, the file that exports it, relative to the tree."""
    done = subprocess.run(["grep", "-rZE", "--include=*.c", r"EXPORT_SYMBOL\w*\(", "."], cwd=tree,
                          capture_output=True, text=True, errors="replace", env=steps.build_env())
    found = (EXPORT.match(line) for line in done.stdout.splitlines())
    return {f[2]: os.path.normpath(f[1]) for f in found
            if f and not SKIPPED.match(os.path.normpath(f[1]))}


def read_tristates(tree):
    """The options that can be m."""
    found = set()
    for top, dirs, files in os.walk(tree):
        where = os.path.relpath(top, tree)
        dirs[:] = [d for d in dirs if not SKIPPED.fullmatch(os.path.normpath(f"{where}/{d}"))]
        for name in files:
            if name.startswith("Kconfig"):
                with open(os.path.join(top, name), errors="replace") as f:
                    found.update(TRISTATE.findall(f.read()))
    return sorted(f"CONFIG_{name}" for name in found)


def value(kernel_dir, option):
    """The value of an option in a built kernel: n, m, y, or what else it is set to."""
    with open(os.path.join(kernel_dir, ".config")) as f:
        found = re.search(rf"(?m)^{option}=(.*)$", f.read())
    return found[1] if found else "n"


def is_set(kernel_dir, option):
    """Whether an option is on in a built kernel."""
    return value(kernel_dir, option) in ("y", "m")


def declarations(text, name):
    """For each place where a header declares a name, the options in whose #ifdefs that is."""
    declared = re.compile(rf"^(?!\s*[*/])[^=]*\b{name}\s*(?:\[[^]]*\]\s*)?(?::\s*\d+\s*)?[;({{]|"
                          rf"^\s*#\s*define\s+{name}\b")
    stack, found = [], []
    for line in text.splitlines():
        directive = CONDITION.match(line)
        if not directive:
            if declared.search(line):
                found.append([option for options in stack for option in options])
        elif directive[1].startswith("if"):
            stack.append([] if directive[1] == "ifndef" else OPTION.findall(directive[2]))
        elif stack:
            stack.pop()
            if directive[1] != "endif":
                stack.append(OPTION.findall(directive[2]) if directive[1] == "elif" else [])
    return found


def guards(texts, name):
    """
    The options without which headers do not declare a name; none if one of them does in
    any case, as with names that many have.
    """
    found = [options for text in texts for options in declarations(text, name)]
    return [] if [] in found else list(dict.fromkeys(sum(found, [])))


class Tree:
    """What is known of one source tree."""

    def __init__(self, path):
        self.path = os.path.realpath(path)
        name = os.path.basename(self.path)
        cached = os.path.join(steps.cache_dir(), f"kconfig-{name}-{READING}.json")
        with steps.lock(f"kconfig-{name}", "the options of the kernel"):
            if not os.path.exists(cached):
                known = {"exports": read_exports(self.path), "lists": read_makefiles(self.path),
                         "tristates": read_tristates(self.path)}
                steps.write_atomically(cached, json.dumps(known))
            with open(cached) as f:
                known = json.load(f)
        self.exports, self.lists = known["exports"], known["lists"]
        self.tristates = set(known["tristates"])

    def object_option(self, directory, name):
        """The option that an object of a directory is built for; None if no list has it."""
        for target, option, words in self.lists.get(directory, []):
            if name not in words:
                continue
            if target != "obj":
                option = self.object_option(directory, target + ".o")
            elif option == "y":
                option = self.directory_option(directory)
            if option:
                return option
        return None

    def directory_option(self, directory):
        """The option that a directory is entered for; None if it always is."""
        at = directory
        while at:
            at, below = os.path.dirname(at), os.path.relpath(directory, os.path.dirname(at) or ".")
            for _, option, words in self.lists.get(at or ".", []):
                if below + "/" in words:
                    return self.directory_option(at) if option == "y" else option
        return None

    def provider(self, symbol):
        """The option that brings an exported symbol, or None."""
        path = self.exports.get(symbol)
        if not path:
            return None
        name = os.path.basename(path).removesuffix(".c") + ".o"
        return self.object_option(os.path.dirname(path), name)

    def guards(self, name):
        """The options without which the kernel's headers do not declare a name."""
        done = subprocess.run(["grep", "-rlw", "--include=*.h", name, "include", "arch/um/include"],
                              cwd=self.path, capture_output=True, text=True)
        texts = []
        for header in done.stdout.split():
            with open(os.path.join(self.path, header), errors="replace") as f:
                texts.append(f.read())
        return guards(texts, name)

    def matters(self, option):
        """Whether it is more than a menu to a module: a Makefile or a header asks for it."""
        if any(option == asked for lists in self.lists.values() for _, asked, _ in lists):
            return True
        done = subprocess.run(["grep", "-rqw", "--include=*.h", option, "include", "arch/um/include"],
                              cwd=self.path)
        return done.returncode == 0

    def modules(self, name):
        """The modules of a name, or of an option CONFIG_NAME: directory, object, option."""
        folded = name.replace("-", "_") + ".o"
        for directory, lists in self.lists.items():
            for target, option, words in lists:
                if target != "obj" or option not in self.tristates:
                    continue
                yield from ((directory, word, option) for word in words if word.endswith(".o")
                            and (option == name or word.replace("-", "_") == folded))
