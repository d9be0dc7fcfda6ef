"""
Which kernels somebody else's modules are built for: the lean ones, if they build and
find their symbols there, else the wide ones, with what options more it takes.

    lean --lacks an option?--> wide, if it has that or can have it --lacks more?--> wide and more
      |                          ^                                                     |
      |                          +---------------------- again ------------------------+
      +--> that is it            KCONFIG=, at once

All modes get the same: what fits the first one is built for the others. It is decided by
what was built and by Kconfig alone, so that a reproducer finds its kernel again.
"""

import os

from kbuild import kernel, options, steps
from kbuild.steps import Fail

# The value of KCONFIG= that asks for a wide kernel as it is.
AS_IT_IS = "wide"


def own_fragment(kconfig):
    """The user's fragment, checked as far as it can be without a kernel's description."""
    if kconfig in (None, AS_IT_IS):
        return []
    try:
        fragment = kernel.read_fragment(os.path.abspath(kconfig))
    except UnicodeDecodeError as e:
        raise Fail(f"KCONFIG={kconfig}: no text") from e
    except OSError as e:
        raise Fail(f"KCONFIG={kconfig}: {e.strerror}") from e
    if not kernel.options(fragment):
        raise Fail(f"KCONFIG={kconfig}: sets no option (CONFIG_NAME=value)")
    return [fragment]


def configuration(mode, added):
    """What is on in the wide kernel of a mode, and can be turned on."""
    build, tree = kernel.prepare(mode + kernel.WIDE, None, added)
    return options.Configuration(tree, build.fragments)


def fits_lean(tree, option, mode):
    """Whether all that an option of the kernel's own depends on or selects is on in a lean kernel."""
    build, _ = kernel.prepare(mode, None)
    now = options.Configuration(tree.path, build.fragments)
    before = now.on() | {option}
    return now.turn_on(option) and not any(map(tree.matters, sorted(now.on() - before)))


def turn_on(lacking, mode, added):
    """Lines of a fragment for what is lacking; None if nothing of it can be had."""
    now = configuration(mode, added)
    there = [option for option in lacking if now.value(option) in ("y", "m")]
    new = [option for option in lacking if option not in there and now.turn_on(option)]
    return now.lines() if there or new else None


class Choice:
    """The kernels for one request: wide or not, and the fragments on top."""

    def __init__(self, modes, kconfig):
        self.modes, self.added = modes, own_fragment(kconfig)
        self.wide = kconfig is not None
        self.asked = set()      # options that were looked for, found or not

    def kernel_dir(self, mode):
        """The kernel of a mode, built."""
        flavour = mode + (kernel.WIDE if self.wide else "")
        return kernel.build_kernel(flavour, None, self.added).path

    def widen(self, name, lacking, mode):
        """Take a kernel that has what a module lacks; False if there is no more to be had."""
        new = sorted(set(lacking) - self.asked)
        self.asked.update(new)
        lines = turn_on(new, mode, self.added) if new else None
        if lines is None or (self.wide and not lines):
            return False
        steps.say(f"{name} needs {' '.join(new)}: built on the wide kernel"
                  f"{', with ' + ' '.join(lines) if lines else ''}")
        self.wide = True
        if lines:
            self.added.append(kernel.Fragment("added.config", "\n".join(lines) + "\n"))
        return True


def build_fitting(choice, build):
    """
    Build for the kernels that fit; build(mode, kernel directory, wide) does so for one and
    says what is lacking, as options by module. Returns the kernels' directories by mode.
    """
    while True:
        directories, widened = {}, False
        for mode in choice.modes:
            directories[mode] = choice.kernel_dir(mode)
            lacking = build(mode, directories[mode], choice.wide)
            if any([choice.widen(name, wanted, mode) for name, wanted in lacking.items()]):
                widened = True
                break
        if not widened:
            return directories
