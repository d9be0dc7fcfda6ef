"""
Turns options of the kernel on, with all that they depend on.

    configuration = Configuration(tree, build.fragments)
    configuration.turn_on("CONFIG_SENSORS_LM75")
    configuration.lines()       -> CONFIG_I2C=y CONFIG_HWMON=y CONFIG_SENSORS_LM75=m

An option that has a prompt is set once its dependencies hold; one that has none comes
with another that selects it, or by its default. Of several ways the first one that
leads there is taken, and what was tried in vain is taken back. Nothing is turned off.

The kernel's description of its options is read by kconfiglib, which takes some seconds.
"""

import contextlib
import io
import os
import re
import tempfile

import kconfiglib
from kconfiglib import AND, BOOL, EQUAL, NOT, OR, TRI_TO_STR, TRISTATE, UNEQUAL, expr_value

from . import steps
from .steps import Fail

PREFIX = "CONFIG_"
NO, MODULE, YES = 0, 1, 2
# What has come to the language since the library was written, in terms that it knows.
NEWER = ((re.compile(r"(?m)^\s+(?:transitional|modules)$"), ""),
         (re.compile(r"(?m)^(\s+)depends on ([^#\n]*?) if ([^#\n]*).*$"),
          r"\1depends on (\2) || !(\3)"))
# What is only turned on if it is named: it changes what kind of kernel this is.
CHARACTER = re.compile(r"lib/Kconfig\.(debug|k.san|ubsan)|kernel/(trace/)?Kconfig(\.(?!module).*)?|"
                       r"init/Kconfig|security/Kconfig.*")


class Language(kconfiglib.Kconfig):
    """The description of a kernel's options."""

    def _open(self, filename, mode):
        with super()._open(filename, mode) as file:
            text = file.read()
        for pattern, known in NEWER:
            text = pattern.sub(known, text)
        return io.StringIO(text)


@contextlib.contextmanager
def environment(tree):
    """What the kernel's Makefile tells its Kconfig, which is read in that directory."""
    before = dict(os.environ)
    os.environ.update(srctree=tree, ARCH="um", SRCARCH="um", SUBARCH="x86", HEADER_ARCH="x86",
                      CC=os.environ.get("CC") or "gcc", LD="ld", CC_VERSION_TEXT="",
                      KERNELVERSION="", RUSTC="", RUSTC_VERSION_TEXT="", BINDGEN="",
                      PAHOLE="", PAHOLE_VERSION="0", CLANG_FLAGS="")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def read_language(tree):
    """The description of a tree's options, all of them off."""
    try:
        with environment(tree):
            language = Language("Kconfig", warn=False)
    except (kconfiglib.KconfigError, OSError) as e:
        raise Fail(f"{tree}: its options cannot be read: {str(e).splitlines()[0]}; "
                   "name what is needed with KCONFIG=") from e
    for symbol in language.unique_defined_syms:
        if symbol.orig_type in (BOOL, TRISTATE):
            symbol.set_value(YES if symbol.is_allnoconfig_y else NO)
    return language


def terms(expression, operator):
    """The operands of a chain of one operator."""
    if isinstance(expression, tuple) and expression[0] is operator:
        return terms(expression[1], operator) + terms(expression[2], operator)
    return [expression]


class Configuration:
    """The options of a kernel: those of some fragments, and what is turned on."""

    def __init__(self, tree, fragments):
        self.language = read_language(tree)
        for fragment in fragments:
            with tempfile.NamedTemporaryFile("w", suffix=".config") as file:
                file.write(fragment.text)
                file.flush()
                self.language.load_config(file.name, replace=False)
        self.added = []         # symbols in the order in which they were set
        self.under_way = set()

    def symbol(self, option):
        """An option's symbol; None if this kernel has none of that name."""
        return self.language.syms.get(option.removeprefix(PREFIX))

    def value(self, option):
        """n, m, y, or what else an option is set to."""
        symbol = self.symbol(option)
        return symbol.str_value or "n" if symbol else "n"

    def on(self):
        """All options that are on, whoever turned them on."""
        return {PREFIX + symbol.name for symbol in self.language.unique_defined_syms
                if symbol.orig_type in (BOOL, TRISTATE) and symbol.tri_value}

    def lines(self):
        """What was turned on, as lines of a fragment."""
        return [f"{PREFIX}{symbol.name}={symbol.str_value}"
                for symbol in dict.fromkeys(self.added) if symbol.tri_value]

    def turn_on(self, option, level=MODULE):
        """Turn an option on, as a module at least if it can be one; False if there is no way."""
        symbol = self.symbol(option)
        return bool(symbol and symbol.nodes and self.raise_symbol(symbol, level))

    def attempt(self, step, *args):
        """Carry out a step, or leave everything as it was."""
        mark = len(self.added)
        if step(*args):
            return True
        for symbol in reversed(self.added[mark:]):
            symbol.set_value(NO)
        del self.added[mark:]
        return False

    def raise_symbol(self, symbol, level):
        """Bring a symbol to a level, in whatever way there is."""
        if symbol.orig_type == BOOL:
            level = YES
        if symbol.tri_value >= level:
            return True
        if symbol in self.under_way or not self.may_change(symbol):
            return False
        self.under_way.add(symbol)
        ways = (self.by_prompt, self.by_selection, self.by_default)
        try:
            return any(self.attempt(way, symbol, level) for way in ways)
        finally:
            self.under_way.discard(symbol)

    def may_change(self, symbol):
        """Whether a symbol may be turned on here: one of a choice was chosen by a fragment."""
        return (symbol.orig_type in (BOOL, TRISTATE) and not symbol.choice and
                not (self.under_way and CHARACTER.fullmatch(symbol.nodes[0].filename)))

    def by_prompt(self, symbol, level):
        """Set it as a person would, once its dependencies hold."""
        below = MODULE if symbol.orig_type == BOOL else level
        prompts = [node.prompt[1] for node in symbol.nodes if node.prompt]
        if not any(self.attempt(self.raise_expression, prompt, below) for prompt in prompts):
            return False
        self.added.append(symbol)
        symbol.set_value(level)
        return symbol.tri_value >= level

    def by_selection(self, symbol, level):
        """Turn on what selects it."""
        return any(self.attempt(self.reach, term, symbol, level)
                   for term in terms(symbol.rev_dep, OR))

    def by_default(self, symbol, level):
        """Let the condition of its default hold."""
        return any(self.attempt(self.reach, (AND, value, condition), symbol, level)
                   for value, condition in symbol.defaults)

    def reach(self, expression, symbol, level):
        """Let an expression hold, and a symbol with it."""
        below = MODULE if symbol.orig_type == BOOL else level
        return self.raise_expression(expression, below) and symbol.tri_value >= level

    def raise_expression(self, expression, level):
        """Bring an expression to a level."""
        if expr_value(expression) >= level:
            return True
        if not isinstance(expression, tuple):
            return not expression.is_constant and self.raise_symbol(expression, level)
        operator, *operands = expression
        if operator is AND:
            return all(self.raise_expression(operand, level) for operand in operands)
        if operator is OR:
            return any(self.attempt(self.raise_expression, operand, level)
                       for operand in operands)
        return operator is not NOT and self.raise_comparison(operator, *operands)

    def raise_comparison(self, operator, symbol, other):
        """Let a symbol be y, or not be n."""
        wanted = {(EQUAL, "y"): YES, (UNEQUAL, "n"): MODULE}.get((operator, other.name))
        return wanted is not None and not symbol.is_constant and self.raise_symbol(symbol, wanted)
