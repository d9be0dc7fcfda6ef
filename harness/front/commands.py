"""
What can be said on the command line: the one source of what is understood, of --help, of
the manual page and of the completion in the shell.

An option is a variable of the environment, which make sets as well: CYCLES=200 is
--cycles 200. What carries a command out reads the variable and knows no flag.

    modrace run --cycles 200 --\\
    make run CYCLES=200 ---------> CYCLES=200 --> harness/run-scenarios run
"""

from typing import NamedTuple

MODES = ("stress", "explore", "lockdep")
TEMPLATES = "templates"     # words that are the names of what is in harness/templates


class Option(NamedTuple):
    """
    One thing that can be said. `takes` is what stands behind the flag, for people;
    `complete` what the shell offers: words, "file", "directory", "scenario", or nothing.
    """
    variable: str
    takes: str
    help: str
    complete: object = ()
    many: bool = False

    @property
    def flag(self):
        """The option as a flag."""
        return "--" + self.variable.lower().replace("_", "-")


class Command(NamedTuple):
    """
    One command. `program` is what carries it out, relative to the repository, with its
    arguments; the operand, if there is one, is what may be said without a flag.
    """
    name: str
    summary: str
    text: str
    program: tuple
    operand: object = None
    options: tuple = ()
    examples: tuple = ()
    alias: str = ""
    packages: tuple = ()


class Group(NamedTuple):
    """Commands that stand together."""
    title: str
    commands: tuple


ONLY = Option("ONLY", "PATTERN", "scenarios, or scenario/variant, by shell pattern (all)", "scenario")
MODE = Option("MODE", "MODE", "this mode only; may be given more than once "
              "(stress and explore; gate and baseline: all)", MODES, many=True)
CYCLES = Option("CYCLES", "N", "load-race-unload rounds of a run in stress and lockdep mode "
                "(what the scenario says)")
SCHEDULES = Option("SCHEDULES", "N", "schedules of a run in explore mode (what the scenario says)")
STRATEGY = Option("STRATEGY", "NAME", "one strategy of explore mode only (all take turns)")
RESTORE = Option("RESTORE", "HOW", "after a failure in explore mode: 0 boots, 1 goes back to a "
                 "checkpoint, verify compares as well (1)", ("0", "1", "verify"))
SEED = Option("SEED", "N", "draws the unload moments and the guest's random numbers (1)")
FAILURES = Option("FAILURES", "N", "failures after which a run ends (1 where one is expected, else 3)")
JOBS = Option("JOBS", "N", "guests at a time (what the host has room for)")
MEMORY = Option("MEMORY", "MIB", "memory of a guest (256)")
RESULTS = Option("RESULTS", "DIR", "where results go (results/ of modrace)", "directory")
RESUME = Option("RESUME", "", "go on with the last run if it was interrupted")
SCENARIO_DIR = Option("SCENARIO_DIR", "DIR", "scenarios of your own, with the modules beside them "
                      "(scenarios/ of modrace)", "directory")
STRICT = Option("STRICT", "", "build modules of your own as modrace's are: W=1, warnings are errors")
KERNEL = Option("KERNEL", "VERSION", "the kernel version whose pin is built (the newest)")
KERNEL_SRC = Option("KERNEL_SRC", "DIR", "a kernel tree to build instead; it is not written to",
                    "directory")
MODULE = Option("MODULE", "MODULE", "the module that `modrace race` has written scenarios for", "file")
KCONFIG = Option("KCONFIG", "FILE", "options that the kernel is to have besides, as in .config", "file")
PARAMS = Option("PARAMS", "NAME=VALUE", "module parameter; may be given more than once", many=True)
BASELINE = Option("BASELINE", "FILE", "the baseline (results/baseline.json of modrace)", "file")
REPRO = Option("REPRO", "LINE", "the reproducer that a failed run has printed, @FILE with it, or "
               "SCENARIO[/VARIANT]: that of the latest results")

KERNELS = (KERNEL, KERNEL_SRC)
RACING = (MODE, CYCLES, SCHEDULES, STRATEGY, RESTORE, SEED, FAILURES, JOBS, MEMORY, RESULTS)
WHOSE = (SCENARIO_DIR, MODULE, KCONFIG, STRICT)
RUN = ("harness/run-scenarios",)
FROM = Option("FROM", "KIND", "what the module is to be", TEMPLATES)

RACE_GROUP = Group("Race", (
    Command(
        "race", "race modules as they are: no scenario to write",
        "Builds the module for the kernels here, loads it once to see what it registers, chooses "
        "traffic for that, and races it. MODULE is a directory, a .c file, or a module of the "
        "kernel's own by its name or CONFIG_ option. docs/race.md has what is looked for.",
        (*RUN, "race"),
        Option("MODULE", "MODULE", "a directory, a .c file, or the name of a module", "file"),
        (PARAMS, Option("DRY", "", "look at it and write the scenario, no more"),
         Option("SCENARIO", "FILE", "race it by this scenario, such as an edited one", "file"),
         KCONFIG, STRICT, *RACING, *KERNELS),
        ("modrace race ./driver", "modrace race driver.c --params debug=1 --cycles 200",
         "modrace race scsi_debug --dry")),
    Command(
        "run", "race scenarios and judge them",
        "Races the variants of each scenario in each mode. A variant that is expected to fail has to.",
        (*RUN, "run"), None, (ONLY, *RACING, *WHOSE, RESUME, *KERNELS),
        ("modrace run --only 'nf-hook/*' --mode stress --cycles 100",
         "modrace run --scenario-dir ./my-races"), alias="run-scenarios"),
    Command(
        "list", "what there is: scenarios, kinds of traffic, classes of failures",
        "Prints the variants of all scenarios, or the kinds of traffic with their keys, or the "
        "classes of failures that a signature can name.",
        (*RUN, "list"),
        Option("LIST", "WHAT", "scenarios, traffic or classes (scenarios)",
               ("scenarios", "traffic", "classes")),
        (SCENARIO_DIR,), ("modrace list", "modrace list traffic")),
    Command(
        "new", "write a module and a scenario to begin with",
        "Writes a module and the scenario that races it, with comments. It runs at once: with its "
        "parameter broken=1 the module fails, without it passes. With --dir both files go there, "
        "and `modrace run --scenario-dir` races them; without, they become a scenario of modrace's.",
        ("harness/front/new.py",),
        Option("NAME", "NAME", "of the scenario; the module's has _ for -"),
        (FROM,
         Option("DIR", "DIR", "where to, made if it is not there", "directory")),
        ("modrace new lamp --from chardev --dir ./lamp",), alias="new-scenario"),
))

FAILURE_GROUP = Group("Look at a failure", (
    Command(
        "explain", "what a failure was, its usual mend, and who shows it right",
        "Says in words what failed in a run of the latest results, what usually mends its class of "
        "failures, and which scenario of the catalogue shows that.",
        (*RUN, "explain"),
        Option("RESULT", "RESULT", "SCENARIO[/VARIANT[/MODE]], or a directory of results "
               "(all failures of the latest)", "scenario"),
        (RESULTS,), ("modrace explain", "modrace explain nf-hook/broken/stress")),
    Command(
        "repro", "carry a reproducer out",
        "Replays the schedule of a failure that explore mode has found, and says whether each replay "
        "is the same to the last event.",
        (*RUN, "repro"), REPRO,
        (Option("REPEAT", "N", "how often (1)"), JOBS, RESULTS, *WHOSE, *KERNELS),
        ("modrace repro nf-hook/broken --repeat 100", "modrace repro 'modrace-1 nf-hook/broken ...'")),
    Command(
        "gdb", "the same, and stop in gdb at the decisive switch",
        "Replays the schedule once to learn where modules lie, and once in gdb, with the symbols of "
        "kernel and modules, up to the switch that decides.",
        (*RUN, "gdb"), REPRO,
        (Option("STOP", "WHERE", "switch, or failure: the last event before it (switch)",
                ("switch", "failure")), RESULTS, *WHOSE, *KERNELS),
        ("modrace gdb nf-hook/broken", "modrace gdb @line.txt --stop failure")),
    Command(
        "shell", "a guest with the modules, and a shell in it",
        "Boots a guest on this terminal, with the modules of a variant, or of --module, in /modules. "
        "`load` loads them, `rmmod` is modrace's; `exit` ends it.",
        (*RUN, "shell"),
        Option("ONLY", "SCENARIO/VARIANT", "whose modules there are", "scenario"),
        (Option("MODULE", "MODULE", "these modules instead, as for race", "file"), PARAMS,
         Option("MODE", "MODE", "the kernel of this mode (stress)", ("stress", "lockdep")),
         MEMORY, SCENARIO_DIR, KCONFIG, STRICT, *KERNELS),
        ("modrace shell chardev-owner/broken", "modrace shell --module ./driver")),
    Command(
        "decode", "decode a stored console log",
        "Prints the reports in the console log of a UML kernel: titles, and stacks with source lines.",
        (*RUN, "decode"), Option("LOG", "FILE", "the log", "file"), (),
        ("modrace decode results/latest/nf-hook/broken/stress/console.log",)),
    Command(
        "report", "draw the pages of the latest results again",
        "Writes report.html, junit.xml and the timelines, which a run writes when it ends.",
        (*RUN, "report"), None, (RESULTS,), ("modrace report",)),
))

GATE_GROUP = Group("In CI", (
    Command(
        "gate", "may this be merged? compares with a baseline",
        "Runs for as long as it takes to say whether what passed still passes. docs/gate.md has the "
        "rules and the statistics.",
        (*RUN, "gate"), None,
        (ONLY, BASELINE, Option("GATE_BUDGET", "SECONDS", "no more trials are asked for after (900)"),
         Option("EXPLAIN", "", "print the rule that made each verdict"),
         *RACING, *WHOSE, *KERNELS),
        ("modrace gate --only 'nf-hook/*' --explain",)),
    Command(
        "baseline", "make the baseline",
        "Writes what the gate compares with. It belongs into version control.",
        (*RUN, "baseline"), None,
        (ONLY, BASELINE, Option("GATE_BUDGET", "SECONDS", "no more trials are asked for after (900)"),
         *RACING, *WHOSE, *KERNELS),
        ("modrace baseline --scenario-dir ./my-races --baseline my-races/baseline.json",)),
    Command(
        "bisect", "find the commit that made a race fail",
        "git bisect with a race as the test; docs/gate.md explains it.",
        ("harness/bisect.py",), None,
        (Option("GOOD", "COMMIT", "where the race did not fail"),
         Option("BAD", "COMMIT", "where it does"), REPRO, KERNEL_SRC,
         Option("JUDGE", "COMMAND", "instead of the race: ends with 0 for good, 1 for bad")),
        ("modrace bisect --good v7.3 --bad HEAD --kernel-src ./linux "
         "--repro 'make run-scenarios ONLY=nf-hook/fixed MODE=stress'",)),
    Command(
        "soak", "run scenarios and gate beside a load: do verdicts hold?",
        "Runs run, gate or both beside processes that keep the host busy, and says which verdicts differ "
        "from the baseline's.",
        ("harness/soak.py",),
        Option("SOAK", "COMMANDS", "run, gate or both ('run gate')", ("run", "gate"), many=True),
        (Option("LOAD", "N", "busy processes (16)"),
         Option("LOAD_MEMORY", "MIB", "memory that the load keeps (half of what is free)"),
         Option("ROUNDS", "N", "how often (1)"), ONLY, BASELINE,
         Option("GATE_BUDGET", "SECONDS", "no more trials are asked for after (900)"),
         *RACING, SCENARIO_DIR, *KERNELS),
        ("modrace soak --rounds 5",)),
))

HELP_GROUP = Group("The command itself", (
    Command(
        "man", "print the manual page",
        "Prints this as a manual page, for man -l.", (), None, (), ("modrace man | man -l -",),
        packages=("run",)),
    Command(
        "completion", "print the completion for bash",
        "Prints a script that has bash complete the commands, flags and names.", (), None, (),
        (". <(modrace completion)",), packages=("run",)),
))

GROUPS = (RACE_GROUP, FAILURE_GROUP, GATE_GROUP, HELP_GROUP)
COMMANDS = tuple(command for group in GROUPS for command in group.commands)

SUMMARY = "races module unloading against traffic in User-Mode Linux guests"
VARIABLES = ("Each option is also a variable of the environment, and an argument of make: "
             "--cycles 200 is CYCLES=200, and a flag without an argument, such as --dry, is DRY=1. "
             "A flag counts before the variable. Paths are relative to the directory you are in.")
STATUS = (
    ("0", "all as expected"),
    ("1", "something failed, or failed to fail"),
    ("2", "something could not be judged or could not be done"),
)
