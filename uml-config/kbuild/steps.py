"""
What the build scripts share: a place in the cache, locks, and steps that run a
command with a complete log and come back with one line when it fails.

A script raises Fail for whatever the user has to mend. main() turns that, a
full disk and Ctrl-C into one line on stderr and an exit status, so that a step
only has to take care not to leave anything that looks finished.
"""

import argparse
import contextlib
import ctypes
import errno
import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time

# Nothing of the caller's make may leak into ours: neither its flags, nor its
# job server, nor kbuild variables that would change what is built.
FOREIGN_ENV = re.compile(r"MAKE.*|MFLAGS|GNUMAKEFLAGS|KBUILD_.*|KCONFIG_.*|ARCH|"
                         r"SUBARCH|CROSS_COMPILE|LLVM.*|O|V|W|C|CF|M|MO|GIT_.*|"
                         r"K[AC]?[CLPR].*FLAGS|LOCALVERSION|LANG|LC_.*|LANGUAGE")
ERROR_LINE = re.compile(r"(?:^|: )(?:fatal )?error:? |: warning: .*\[-Werror|\*\*\* |"
                        r"undefined reference|No space left on device", re.I)
NO_SPACE = os.strerror(errno.ENOSPC)
# What a build leaves among its sources, and what is hidden.
ARTEFACT = re.compile(r"\..*|.*\.(o|a|ko|cmd|mod|mod\.c|order|symvers)|vmlinux|linux")
PR_SET_PDEATHSIG = 1


class Fail(Exception):
    """Something the user has to mend; the text is one line."""


class Parser(argparse.ArgumentParser):
    """A command line parser whose complaint is one line, too."""

    def error(self, message):
        raise Fail(f"{message} (see {self.prog} --help)")


def cache_dir():
    """The directory that holds everything fetched and built."""
    base = os.environ.get("MODRACE_CACHE")
    if not base:
        xdg = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        base = os.path.join(xdg, "modrace")
    base = os.path.abspath(base)
    if re.search(r"[\s:]", base):
        raise Fail(f"the kernel's build cannot handle spaces or colons in '{base}'; "
                   "set MODRACE_CACHE to another directory")
    try:
        os.makedirs(base, exist_ok=True)
    except OSError as e:
        raise Fail(f"cannot create the cache {base}: {e.strerror}; "
                   "set MODRACE_CACHE to a directory that can be written")
    return base


def sha256_file(path):
    """The sha256 of a file's content."""
    digest = hashlib.sha256()
    with open(path, "rb") as f:
        while block := f.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def sha256_text(*parts):
    """The sha256 of several strings, each kept apart from its neighbours."""
    digest = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode()
        digest.update(b"%d:" % len(data) + data)
    return digest.hexdigest()


def find_files(directory):
    """The files below a directory that are not made by a build."""
    found = []
    for top, dirs, files in os.walk(directory):
        dirs[:] = [d for d in dirs if not d.startswith(".")]
        found += (os.path.relpath(os.path.join(top, name), directory)
                  for name in files if not ARTEFACT.fullmatch(name))
    return sorted(found)


def write_atomically(path, text):
    """Write a file so that it is either complete or not there."""
    partial = f"{path}.{os.getpid()}.partial"
    try:
        with open(partial, "w") as f:
            f.write(text)
        os.replace(partial, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(partial)


def build_env(**extra):
    """The environment for make, git and the like: ours, in English."""
    env = {k: v for k, v in os.environ.items() if not FOREIGN_ENV.fullmatch(k)}
    return env | {"LC_ALL": "C"} | extra


def jobs():
    """How many compilers to run at once."""
    return len(os.sched_getaffinity(0))


def tool(name, package):
    """Fail unless a program is there."""
    if not shutil.which(name):
        raise Fail(f"{name} is not installed; apt-get install {package}")


@contextlib.contextmanager
def lock(name, what):
    """
    Hold a lock of the cache; yields its descriptor. The commands of a step
    inherit it, so that the lock outlives a script that was killed until the
    last of its compilers has gone.
    """
    directory = os.path.join(cache_dir(), "locks")
    os.makedirs(directory, exist_ok=True)
    fd = os.open(os.path.join(directory, name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another run that works on {what}")
            fcntl.flock(fd, fcntl.LOCK_EX)
        yield fd
    finally:
        os.close(fd)


def say(text):
    """One plain line of progress."""
    print(text, file=sys.stderr, flush=True)


class Progress:
    """
    A step on stderr: a live line on a terminal, a plain one elsewhere. The step
    has failed unless its outcome is set.
    """

    def __init__(self, label):
        self.label = label
        self.live = sys.stderr.isatty()
        self.began = self.shown = time.monotonic()
        self.files = 0
        self.outcome = "failed"

    def __enter__(self):
        if not self.live:
            say(f"{self.label} ...")
        return self

    def see(self, line):
        """Account for one line of a command's output."""
        made = re.match(r"\s+(?:CC|AS|LD|AR|HOSTCC)\S*\s+(?:\[M\])?\s*(\S+)", line)
        self.files += bool(made)
        now = time.monotonic()
        if self.live and now - self.shown > 0.2:
            self.shown = now
            self.draw(f"{self.label}: {self.files} files, {now - self.began:.0f} s  "
                      f"{made[1] if made else ''}")

    def draw(self, text):
        """Replace the live line."""
        width = shutil.get_terminal_size().columns - 1
        print("\r" + text[:width].ljust(width), end="", file=sys.stderr, flush=True)

    def __exit__(self, *_):
        text = f"{self.label}: {self.outcome}, {time.monotonic() - self.began:.0f} s"
        if self.live:
            self.draw("")
            print("\r" + text, file=sys.stderr, flush=True)
        else:
            say(text)


def die_with_parent():
    """In a child: leave when the script is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def run(argv, log, progress=None, lock_fd=None, stdin=None, **popen):
    """
    Run a command with its output in the log. Returns the exit status and the
    first line that looks like an error.
    """
    first_error = None
    child = subprocess.Popen(argv, stdin=stdin or subprocess.DEVNULL, text=True,
                             errors="replace", stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, start_new_session=True,
                             preexec_fn=die_with_parent,
                             pass_fds=() if lock_fd is None else (lock_fd,),
                             **({"env": build_env()} | popen))
    try:
        for line in child.stdout:
            if first_error is None and ERROR_LINE.search(line):
                first_error = line.strip()
            log.write(line)
            if progress:
                progress.see(line)
        return child.wait(), first_error
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)
        child.wait()
        raise


def disk_is_full(first_error):
    """Whether a failed command failed for lack of space."""
    if first_error and NO_SPACE in first_error:
        return True
    stat = os.statvfs(cache_dir())
    return stat.f_bavail * stat.f_frsize < 1 << 20 or (stat.f_files and not stat.f_favail)


def no_space():
    """The error of a full disk, for commands that only said so in words."""
    return OSError(errno.ENOSPC, NO_SPACE)


def capture(argv, **popen):
    """The output of a quick command; Fail carries its first complaint."""
    done = subprocess.run(argv, capture_output=True, text=True, **({"env": build_env()} | popen))
    if done.returncode == 0:
        return done.stdout
    complaints = done.stderr.splitlines() or [f"{argv[0]} exited with {done.returncode}"]
    if disk_is_full(done.stderr):
        raise no_space()
    raise Fail(next((line for line in complaints if re.match("E:|Err", line)), complaints[0]))


def step(argv, label, log_path, lock_fd=None, **popen):
    """Run a command as one step; Fail names its first error and its log."""
    with Progress(label) as progress, open(log_path, "a", buffering=1) as log:
        log.write(f"$ {' '.join(argv)}\n")
        status, error = run(argv, log, progress, lock_fd, **popen)
        if status == 0:
            progress.outcome = "done"
            return
    if disk_is_full(error):
        raise no_space()
    raise Fail(f"{label} failed: {error or f'{argv[0]} exited with {status}'} (log: {log_path})")


def terminated(_sig, _frame):
    """Let SIGTERM clean up as Ctrl-C does."""
    raise KeyboardInterrupt


def main(name, command):
    """Run a script's command and exit with its status."""
    signal.signal(signal.SIGTERM, terminated)
    try:
        sys.exit(command())
    except Fail as e:
        message, status = str(e), 2
    except KeyboardInterrupt:
        message, status = "interrupted; the next run goes on from here", 130
    except OSError as e:
        message, status = f"{e.filename or 'system'}: {e.strerror}", 2
        if e.errno in (errno.ENOSPC, errno.EDQUOT):
            message = (f"no space left in the cache {cache_dir()}; free about 4 GB "
                       "or set MODRACE_CACHE to a larger file system")
    say(f"{name}: {message}")
    sys.exit(status)
