"""
What commands.py says, as text for a terminal, as a manual page and as bash's completion.
"""

import os
import shutil
import textwrap

import commands

HERE = os.path.dirname(os.path.abspath(__file__))
TEMPLATES = os.path.join(os.path.dirname(HERE), "templates")
WIDEST = 100
INDENT = 24


def width():
    """Columns of a page."""
    return min(shutil.get_terminal_size().columns, WIDEST)


def paragraph(text):
    """Text as wide as the page."""
    return textwrap.fill(text, width(), break_long_words=False, break_on_hyphens=False) + "\n"


def row(left, right):
    """A word and what it means."""
    first = f"  {left:{INDENT - 4}}  "
    if len(first) > INDENT:
        first = f"  {left}\n{' ' * INDENT}"
    lead, _, rest = first.rpartition("\n")
    filled = textwrap.fill(right, width(), initial_indent=rest, subsequent_indent=" " * INDENT,
                           break_long_words=False, break_on_hyphens=False)
    return f"{lead}\n{filled}\n" if lead else filled + "\n"


def said_as(option):
    """A flag with its argument."""
    return f"{option.flag} {option.takes}".rstrip()


def usage(command):
    """The command on one line."""
    operand = f" [{command.operand.takes}]" if command.operand else ""
    return f"modrace {command.name}{operand}{' [OPTION]...' if command.options else ''}"


def words_of(option):
    """The words that an option may be, or what completes it."""
    if option.complete == commands.TEMPLATES:
        return sorted({name.rpartition(".")[0] for name in os.listdir(TEMPLATES)})
    return list(option.complete) if isinstance(option.complete, tuple) else []


def help_of(option):
    """What an option is for, with the words it may be if these are not said."""
    words = words_of(option)
    unsaid = [word for word in words if word not in option.help]
    return option.help + (f": {', '.join(words)}" if unsaid else "")


def overview():
    """--help of the whole."""
    parts = ["usage: modrace COMMAND [ARGUMENT]...\n\n", f"modrace {commands.SUMMARY}.\n"]
    for group in commands.GROUPS:
        parts.append(f"\n{group.title}\n")
        parts += (row(command.name, command.summary) for command in group.commands)
    parts += ["\n", paragraph("modrace COMMAND --help says what a command takes. make has the "
                              "same commands, and more for work on modrace: make help.")]
    return "".join(parts)


def about(command):
    """--help of one command."""
    parts = [f"usage: {usage(command)}\n\n", paragraph(command.text)]
    if command.operand:
        parts += ["\n", row(command.operand.takes, f"{help_of(command.operand)}; as a variable "
                            f"{command.operand.variable}=")]
    if command.options:
        parts.append("\nOptions\n")
        parts += (row(said_as(option), help_of(option)) for option in command.options)
        parts += ["\n", paragraph(commands.VARIABLES)]
    if command.examples:
        parts += ["\nExamples\n", *(f"  {example}\n" for example in command.examples)]
    return "".join(parts)


def offer(option):
    """What bash is to offer for an argument."""
    if option.complete in ("file", "directory"):
        kind = "-f" if option.complete == "file" else "-d"
        return (f'compopt -o filenames 2>/dev/null; '
                f'mapfile -t COMPREPLY < <(compgen {kind} -- "$word")')
    words = "$(_modrace_scenarios)" if option.complete == "scenario" else " ".join(words_of(option))
    return f'mapfile -t COMPREPLY < <(compgen -W "{words}" -- "$word")' if words else ":"


def troff(text):
    """Text that troff takes as it is."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return f"\\&{text}" if text.startswith((".", "'")) else text


def render(name):
    """A page that is made from a template, by the command's name."""
    import jinja2  # it may have been installed by this very command

    env = jinja2.Environment(loader=jinja2.FileSystemLoader(HERE), trim_blocks=True,
                             lstrip_blocks=True, keep_trailing_newline=True,
                             undefined=jinja2.StrictUndefined)
    env.filters["troff"] = troff
    return env.get_template(f"{name}.j2").render(
        **{key: getattr(commands, key) for key in ("GROUPS", "COMMANDS", "SUMMARY", "VARIABLES",
                                                   "STATUS")},
        usage=usage, said_as=said_as, help_of=help_of, offer=offer)
