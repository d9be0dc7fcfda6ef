"""
The command line of `modrace`: says what is wrong with it, or carries it out.

What it may be is in commands.py. What is said with flags goes into the environment, and
the program that a command names takes this one's place.
"""

import difflib
import os
import re
import subprocess
import sys

import commands
import pages
from kbuild import steps
from kbuild.steps import Fail

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ASSIGNMENT = re.compile(r"([A-Z_]+)=(.*)", re.S)


def near(word, known):
    """Words for what may have been meant, or none."""
    found = difflib.get_close_matches(word, known, 1)
    return f"; did you mean {found[0]}?" if found else ""


def find_command(name):
    """The command of that name."""
    names = {}
    for command in commands.COMMANDS:
        names |= {command.name: command, command.alias or command.name: command}
    if name not in names:
        raise Fail(f"{name}: no such command{near(name, names) or '; see modrace --help'}")
    return names[name]


def check_word(option, value):
    """Fail unless a value is one of the words that there are."""
    words = option.complete if isinstance(option.complete, tuple) else ()
    for word in value.split() if words else ():
        if word not in words:
            raise Fail(f"{option.flag} {value}: {word} is none of {', '.join(words)}")


def unexpected(command, word):
    """What is wrong with a word that has no place on the command line."""
    flags = {option.variable: option.flag for option in command.options}
    if word.startswith("-"):
        return f"{word}: no option of {command.name}" + (
            near(word, flags.values()) or f"; see modrace {command.name} --help")
    assigned = ASSIGNMENT.fullmatch(word)
    if assigned and assigned[1] in flags:
        return f"{word}: write {flags[assigned[1]]} {assigned[2]}, or {word} before the command"
    return f"{word}: unexpected; see modrace {command.name} --help"


class Line:
    """A command line that is read word by word into variables."""

    def __init__(self, command, words):
        self.command, self.words, self.said = command, list(words), {}
        self.flags = {option.flag: option for option in command.options}

    def argument(self, option, given):
        """What stands behind a flag."""
        if not option.takes:
            if given is not None:
                raise Fail(f"{option.flag} takes no argument")
            return "1"
        if given is None and not self.words:
            raise Fail(f"{option.flag} needs an argument: {option.takes}, {option.help}")
        return self.words.pop(0) if given is None else given

    def add(self, option, value):
        """Note what was said; what may be said more than once is joined."""
        check_word(option, value)
        before = self.said.get(option.variable)
        if before is not None and not option.many:
            what = option.flag if option in self.command.options else option.takes
            raise Fail(f"{what} is given twice: {before} and {value}")
        self.said[option.variable] = value if before is None else f"{before} {value}"

    def read_flag(self, word):
        """One flag, with what belongs to it."""
        flag, equals, given = word.partition("=")
        if flag not in self.flags:
            raise Fail(unexpected(self.command, word))
        option = self.flags[flag]
        self.add(option, self.argument(option, given if equals else None))

    def read(self):
        """All words; the variables, or nothing if help is asked for."""
        operand, plain = self.command.operand, False
        while self.words:
            word = self.words.pop(0)
            if word in ("-h", "--help") and not plain:
                return None
            if word == "--" and not plain:
                plain = True
            elif word.startswith("-") and word != "-" and not plain:
                self.read_flag(word)
            elif not operand or operand.variable in self.said and not operand.many or \
                    ASSIGNMENT.fullmatch(word) and word.partition("=")[0] in \
                    (option.variable for option in self.command.options):
                raise Fail(unexpected(self.command, word))
            else:
                self.add(operand, word)
        return self.said


def install(sections):
    """Install the packages that are missing."""
    program = os.path.join(TOP, "uml-config", "packages")
    status = subprocess.run([program, *sections]).returncode
    if status:
        sys.exit(status)


def carry_out(command, said):
    """Have the command's program take the place of this one."""
    if command.packages:
        install(command.packages)
    if not command.program:
        print(pages.render(command.name), end="")
        return 0
    program, *arguments = command.program
    path = os.path.join(TOP, program)
    os.execve(path, [path, *arguments], os.environ | said)
    return 2


def main():
    """Read the command line and do what it says."""
    words = sys.argv[1:]
    if not words:
        print(pages.overview(), end="", file=sys.stderr)
        return 2
    if words[0] in ("-h", "--help"):
        words = ["help", *words[1:]]
    if words[0] == "help":
        print(pages.about(find_command(words[1])) if words[1:] else pages.overview(), end="")
        return 0
    command = find_command(words[0])
    said = Line(command, words[1:]).read()
    if said is None:
        print(pages.about(command), end="")
        return 0
    return carry_out(command, said)


if __name__ == "__main__":
    steps.main("modrace", main)
