"""
The kernel versions we have patches for, a directory each, and what they do to a tree.

    7.3/kernel.pin  the release that is built unless KERNEL_SRC names a tree
    7.3/series      the patches in order; what is before the slash is the group
    7.3/GROUP/      the patches of a group
    files/GROUP/    the files that a group adds, under the names they have in the kernel

Those files are the same for all versions: what differs is in the patches, which hook
them in. They are there when the first patch of their group is applied.
"""

import functools
import os
import re
from typing import NamedTuple

from . import steps
from .steps import Fail

CONFIG = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
PIN_KEYS = {"version", "debian_package", "debian_suite", "debian_version", "sha256"}


class Patch(NamedTuple):
    """One patch of the series; the name starts with its group."""
    name: str
    path: str
    sha256: str

    @property
    def group(self):
        return self.name.split("/")[0]


class NewFile(NamedTuple):
    """A file that a group adds to the kernel; the name is the one it has there."""
    group: str
    name: str
    path: str
    sha256: str


def numbers(name):
    """The two numbers of 7.3, or of a release, 7.3.4-rc1."""
    return tuple(map(int, re.match(r"(\d+)\.(\d+)", name).groups()))


def known():
    """The versions we have patches for, the newest last."""
    names = (entry.name for entry in os.scandir(CONFIG)
             if re.fullmatch(r"\d+\.\d+", entry.name) and entry.is_dir())
    return sorted(names, key=numbers)


def pinned():
    """The version that is built unless KERNEL_SRC names a tree: KERNEL, or the newest."""
    name = os.environ.get("KERNEL") or known()[-1]
    if name not in known():
        raise Fail(f"KERNEL={name}: there are no patches for that (known: {' '.join(known())})")
    return name


def choose(release, tree):
    """The version whose patches a tree gets: its own, or the nearest older one."""
    major, minor = numbers(release)
    older = [name for name in known()
             if numbers(name)[0] == major and numbers(name)[1] <= minor]
    if not older:
        raise Fail(f"{tree} is linux {release}, and there are no patches for {major}.{minor} "
                   f"(known: {' '.join(known())})")
    return older[-1]


@functools.cache
def announce(release, tree):
    """Say so, once, if a tree gets the patches of another version."""
    if numbers(release) != numbers(name := choose(release, tree)):
        steps.say(f"{tree} is linux {release}: takes the patches for {name}, the nearest there are")


def read_pin(path=None):
    """The pinned release as a dictionary."""
    path, pin = path or os.path.join(CONFIG, pinned(), "kernel.pin"), {}
    for number, line in enumerate(open(path), 1):
        key, equals, value = (part.strip() for part in line.partition("="))
        if not key or key.startswith("#"):
            continue
        if not equals or key not in PIN_KEYS:
            raise Fail(f"{path}:{number}: unknown key '{key}' (known: {' '.join(sorted(PIN_KEYS))})")
        pin[key] = value
    if missing := PIN_KEYS - pin.keys():
        raise Fail(f"{path}: no value for {' '.join(sorted(missing))}")
    return pin


def series_path(version):
    """The file with the series of a version."""
    return os.path.join(CONFIG, version, "series")


def read_series(version, groups=None):
    """
    The patches of a version, in order; groups limits them to some groups. SERIES
    names another series file, for a part of the patches (make bisect).
    """
    base = os.path.join(CONFIG, version)
    series = os.environ.get("SERIES") or series_path(version)
    result, there = [], {entry.name for entry in os.scandir(base) if entry.is_dir()}
    if unknown := set(groups or ()) - there:
        raise Fail(f"unknown patch group '{min(unknown)}' (known: {' '.join(sorted(there))})")
    for number, line in enumerate(open(series), 1):
        name = line.strip()
        if not name or name.startswith("#"):
            continue
        path = os.path.join(base, name)
        if not os.path.isfile(path):
            raise Fail(f"{series}:{number}: no such patch: {name}")
        if groups is None or name.split("/")[0] in groups:
            result.append(Patch(name, path, steps.sha256_file(path)))
    return result


def groups_of(patches):
    """The groups of some patches in the order of their first one."""
    return list(dict.fromkeys(patch.group for patch in patches))


def read_files(groups):
    """The files that some groups add."""
    result = []
    for group in groups:
        top = os.path.join(CONFIG, "files", group)
        for name in steps.find_files(top):
            path = os.path.join(top, name)
            result.append(NewFile(group, name, path, steps.sha256_file(path)))
    return result
