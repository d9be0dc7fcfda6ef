"""
The kernel's source: where it comes from, and the patched tree that is built.

A tree comes from KERNEL_SRC, from the Debian mirror that the machine is
configured for, or from www.kernel.org, in this order. It is kept unchanged in
the cache as source/<key>; the patched trees beside it, source/<key>-<patches>,
share its files by hard links (git apply replaces files, it never writes into
them). Nothing is fetched again once it is there.
"""

import contextlib
import filecmp
import glob
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import urllib.error
import urllib.request
from typing import NamedTuple

from . import steps, versions
from .steps import Fail

KERNEL_ORG = "https://www.kernel.org/pub/linux/kernel"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


class Source(NamedTuple):
    """A kernel tree: what it is (identity), and where the cache keeps it."""
    kind: str
    version: str
    identity: str
    tree: str | None = None

    @property
    def path(self):
        key = steps.sha256_text(self.kind, self.identity)[:16]
        return os.path.join(steps.cache_dir(), "source", key)

    @property
    def named(self):
        return f"KERNEL_SRC={self.tree}" if self.tree else self.kind

    @property
    def series(self):
        """The version whose patches it gets."""
        return versions.choose(self.version, self.named)


def tree_version(tree, named):
    """The version that a kernel tree's Makefile states."""
    fields = {}
    with contextlib.suppress(OSError):
        with open(os.path.join(tree, "Makefile"), errors="replace") as f:
            fields = dict(re.findall(r"^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION) *= *(\S*)",
                                     f.read(4096), re.M))
    if not all(fields.get(name, "").isdecimal() for name in ("VERSION", "PATCHLEVEL")) or \
            not os.path.exists(os.path.join(tree, "arch/um/Kconfig")):
        raise Fail(f"{named} is not a Linux source tree (no Makefile with a version, or no arch/um)")
    return (f"{fields['VERSION']}.{fields['PATCHLEVEL']}.{fields.get('SUBLEVEL') or 0}"
            f"{fields.get('EXTRAVERSION', '')}")


# Comparing trees

def listing(tree):
    """The names of all files below a directory."""
    return {os.path.relpath(os.path.join(top, name), tree)
            for top, dirs, files in os.walk(tree)
            for name in files + [d for d in dirs if os.path.islink(os.path.join(top, d))]}


def same_file(one, other):
    """Whether two names are of one file, or of files that are the same to a build."""
    try:
        a, b = os.lstat(one), os.lstat(other)
    except (FileNotFoundError, NotADirectoryError):
        return False
    if stat.S_IFMT(a.st_mode) != stat.S_IFMT(b.st_mode) or (a.st_mode ^ b.st_mode) & 0o100:
        return False
    if stat.S_ISLNK(a.st_mode):
        return os.readlink(one) == os.readlink(other)
    return os.path.samestat(a, b) or filecmp.cmp(one, other, shallow=False)


# The user's tree

def git(tree, *args):
    """A git command's output in a tree that it must not touch; None if it fails."""
    done = subprocess.run(["git", "-c", "safe.directory=*", "-C", tree, *args],
                          capture_output=True,
                          env=steps.build_env(GIT_OPTIONAL_LOCKS="0"))
    return done.stdout if done.returncode == 0 else None


def is_git_tree(tree):
    """Whether the tree is the top of a git work tree that has a commit."""
    top = git(tree, "rev-parse", "--show-toplevel", "HEAD^{tree}")
    return bool(top) and os.path.realpath(os.fsdecode(top.split(b"\n")[0])) == tree


def git_identity(tree):
    """The committed tree, what was changed since, and what was never added."""
    head = git(tree, "rev-parse", "HEAD^{tree}").decode().strip()
    digest = hashlib.sha256(git(tree, "diff", "--binary", "--no-ext-diff", "HEAD"))
    for name in filter(None, git(tree, "ls-files", "-zo", "--exclude-standard").split(b"\0")):
        path = os.path.join(os.fsencode(tree), name)
        if os.path.isfile(path):
            digest.update(name + b"\0" + steps.sha256_file(path).encode())
    return f"git {head} {digest.hexdigest()}"


def directory_identity(tree):
    """The names, sizes and times of everything that is not built."""
    digest = hashlib.sha256()
    for top, dirs, files in os.walk(tree):
        dirs[:] = sorted(d for d in dirs if not d.startswith("."))
        for name in sorted(f for f in files if not steps.ARTEFACT.fullmatch(f)):
            file = os.lstat(os.path.join(top, name))
            digest.update(f"{top[len(tree):]}/{name} {file.st_size} {file.st_mtime_ns}\n".encode(
                errors="surrogateescape"))
    return f"directory {digest.hexdigest()}"


def user_identity(tree):
    """What distinguishes the user's tree as it is now."""
    return git_identity(tree) if is_git_tree(tree) else directory_identity(tree)


def user_source(path):
    """The user's own tree, as it is now."""
    named = f"KERNEL_SRC={path}"
    tree = os.path.realpath(path)
    if not os.path.isdir(tree):
        raise Fail(f"{named} is not a directory")
    release = tree_version(tree, named)
    versions.choose(release, named)
    return Source("tree", release, user_identity(tree), tree)


def names_to_copy(tree):
    """What git knows or would add, or everything."""
    if not is_git_tree(tree):
        return sorted(listing(tree))
    names = git(tree, "ls-files", "-zco", "--exclude-standard").split(b"\0")
    paths = (os.path.join(tree, name) for name in map(os.fsdecode, filter(None, names)))
    return sorted({os.path.relpath(path, tree) for path in paths
                   if os.path.islink(path) or os.path.isfile(path)})


def newest_copy():
    """The unpatched tree that was put into the cache last, or None."""
    with os.scandir(os.path.join(steps.cache_dir(), "source")) as entries:
        trees = [e for e in entries if re.fullmatch("[0-9a-f]{16}", e.name)]
    return max(trees, key=lambda e: e.stat().st_mtime).path if trees else None


def copy_files(tree, dest, other):
    """Copy a tree; what is the same in another one of the cache is linked."""
    for name in names_to_copy(tree):
        mine, copy = os.path.join(tree, name), os.path.join(dest, name)
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        if other and same_file(mine, os.path.join(other, name)):
            os.link(os.path.join(other, name), copy, follow_symlinks=False)
        else:
            shutil.copy2(mine, copy, follow_symlinks=False)


def copy_user_tree(source, dest, log):
    """
    Copy the user's tree, without what was built in it. Of a tree that is edited and
    raced again and again, each copy takes the space of what has changed.
    """
    with steps.Progress(f"copying {source.tree}") as progress:
        copy_files(source.tree, dest, newest_copy())
        progress.outcome = "done"
    if not is_git_tree(source.tree):
        steps.step(["make", "-s", "-C", dest, "ARCH=um", "mrproper"], "cleaning the copy", log)
    if user_identity(source.tree) != source.identity:
        raise Fail(f"KERNEL_SRC={source.tree} changed while it was copied; run again")


# The pinned kernel

def pin_record(pin):
    """Where the cache notes which source stands for the pin."""
    key = steps.sha256_text(json.dumps(pin, sort_keys=True))[:16]
    return os.path.join(steps.cache_dir(), f"pin-{key}.json")


def pinned_source(pin):
    """The source fetched for the pin, or None."""
    try:
        with open(pin_record(pin)) as f:
            source = Source(**json.load(f))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return source if os.path.isdir(source.path) else None


def apt(program, *args, **options):
    """The output of an apt command with options."""
    flags = [f"-o{key.replace('_', '::')}={value}" for key, value in options.items()]
    return steps.capture([program, *flags, *args], cwd=options.get("Dir_Cache"))


def private_apt(work):
    """Options that keep apt's state in a directory of ours."""
    for name in ("lists/partial", "cache/archives/partial"):
        os.makedirs(os.path.join(work, name))
    return {"Dir_State_Lists": os.path.join(work, "lists"),
            "Dir_Cache": os.path.join(work, "cache"), "APT_Sandbox_User": "root",
            "Acquire_Languages": "none", "Acquire_Retries": "2"}


def mirrors(work):
    """The Debian mirrors that the machine is configured for."""
    query = ("apt-get", "indextargets", "--format", "$(LABEL)\t$(REPO_URI)")
    found = apt(*query)
    if not found:
        private = private_apt(os.path.join(work, "machine"))
        apt("apt-get", "update", **private)
        found = apt(*query, **private)
    rows = [line.split("\t") for line in found.splitlines()]
    return list(dict.fromkeys(uri for label, uri in rows if label == "Debian"))


def debian_version(pin, private):
    """The pinned version of the package, or the newest there is."""
    package = pin["debian_package"]
    table = apt("apt-cache", "madison", package, **private)
    offered = [line.split("|")[1].strip() for line in table.splitlines()]
    if not offered:
        raise Fail(f"{pin['debian_suite']} has no {package}")
    if pin["debian_version"] in offered:
        return pin["debian_version"]
    steps.say(f"the mirror no longer has {package} {pin['debian_version']}, taking {offered[0]}")
    return offered[0]


def download_deb(pin, uri, work):
    """Fetch the package from one mirror; returns its version and its path."""
    private = private_apt(work)
    sources = os.path.join(work, "sources.list")
    signed = f"[signed-by={KEYRING}] " if os.path.exists(KEYRING) else ""
    with open(sources, "w") as f:
        f.write(f"deb {signed}{uri} {pin['debian_suite']} main\n")
    private |= {"Dir_Etc_sourcelist": sources, "Dir_Etc_sourceparts": "-"}
    apt("apt-get", "update", "-q", **private)
    version = debian_version(pin, private)
    apt("apt-get", "download", "-q", f"{pin['debian_package']}={version}", **private)
    return version, glob.glob(os.path.join(work, "cache", "*.deb"))[0]


def debian_tarball(pin, work):
    """The tarball in the Debian package; returns its version and path."""
    reasons = []
    for number, uri in enumerate(mirrors(work)):
        try:
            version, deb = download_deb(pin, uri, os.path.join(work, str(number)))
            break
        except Fail as e:
            reasons.append(str(e))
    else:
        raise Fail("; ".join(reasons) or "apt knows no Debian mirror")
    steps.capture(["dpkg-deb", "-x", deb, work])
    os.unlink(deb)
    return version, glob.glob(os.path.join(work, "usr/src/linux-source-*.tar.xz"))[0]


def fetch_debian(pin, work):
    """The pinned tarball, or one line on its replacement."""
    if not shutil.which("apt-get"):
        raise Fail("no apt-get here")
    version, tarball = debian_tarball(pin, work)
    digest = steps.sha256_file(tarball)
    if version == pin["debian_version"] and digest != pin["sha256"]:
        raise WrongHash(f"{pin['debian_package']} {version} holds a tarball with sha256 {digest}, "
                        f"kernel.pin says {pin['sha256']}; do not build it, or correct kernel.pin")
    return Source("debian", version, digest), tarball


class WrongHash(Fail):
    """What was fetched is not what it claims to be: no other source is tried."""


def fetch_kernel_org(pin, work):
    """The kernel.org tarball of the pinned version, checked against its list of sums."""
    name = f"linux-{pin['version']}.tar.xz"
    base = f"{KERNEL_ORG}/v{pin['version'].split('.')[0]}.x"
    tarball = os.path.join(work, name)
    try:
        with urllib.request.urlopen(f"{base}/sha256sums.asc", timeout=30) as f:
            sums = re.findall(r"^([0-9a-f]{64})  (\S+)$", f.read().decode(), re.M)
        with urllib.request.urlopen(f"{base}/{name}", timeout=30) as f, open(tarball, "wb") as out:
            shutil.copyfileobj(f, out, 1 << 20)
    except (urllib.error.URLError, TimeoutError) as e:
        raise Fail(f"www.kernel.org: {getattr(e, 'reason', e)}")
    digest = steps.sha256_file(tarball)
    if (digest, name) not in sums:
        raise WrongHash(f"{name} has sha256 {digest}, which its sha256sums.asc does not list; "
                        "try again later, or set KERNEL_SRC")
    return Source("kernel.org", pin["version"], digest), tarball


def fetch(pin, work):
    """The pinned source from the first place that has it."""
    reasons = []
    for place, fetcher in (("Debian mirror", fetch_debian), ("kernel.org", fetch_kernel_org)):
        with steps.Progress(f"fetching linux {pin['version']} ({place})") as progress:
            try:
                fetched = fetcher(pin, work)
                progress.outcome = "done"
                return fetched
            except WrongHash:
                raise
            except Fail as e:
                reasons.append(f"{place}: {e}")
    raise Fail(f"no kernel source: {'; '.join(reasons)}; set KERNEL_SRC=/path/to/linux-"
               f"{pin['version']}")


def fetch_pinned(pin, log):
    """Fetch and unpack the pinned kernel, and note what stands for it."""
    work = os.path.join(steps.cache_dir(), "source", "fetch.partial")
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    try:
        source, tarball = fetch(pin, work)
        dest = os.path.join(work, "tree")
        os.mkdir(dest)
        steps.step(["tar", "-C", dest, "--strip-components=1", "-xJf", tarball],
                   "unpacking the source", log)
        source = source._replace(version=tree_version(dest, tarball))
        shutil.rmtree(source.path, ignore_errors=True)
        os.rename(dest, source.path)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    steps.write_atomically(pin_record(pin), json.dumps(source._asdict()))
    return source


# The patched tree

def misfit(patch, source, output):
    """One line on why git refused a patch."""
    where = re.search(r"patch failed: (\S+)|error: (\S+): |(corrupt patch at .*)", output)
    place = next(filter(None, where.groups()), "") if where else output.strip().split("\n")[0]
    return Fail(f"patch {patch.name} does not fit linux {source.version} ({source.named}): {place}; "
                f"rebase the patch, or build a tree of the version it is made for")


def add_file(source, file, dest):
    """Put a file of ours into the tree; one of the tree's own is not replaced."""
    path = os.path.join(dest, file.name)
    if os.path.lexists(path):
        if steps.sha256_file(path) != file.sha256:
            raise Fail(f"linux {source.version} ({source.named}) has another {file.name} than "
                       f"{file.path}; remove one of them")
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    shutil.copyfile(file.path, path)


def apply_patches(source, patches, dest):
    """Apply the patches without fuzz, those of a group after the files that it adds."""
    env = steps.build_env(GIT_CEILING_DIRECTORIES=os.path.dirname(dest))
    files = versions.read_files(versions.groups_of(patches))
    for patch in patches:
        for file in [f for f in files if f.group == patch.group]:
            add_file(source, file, dest)
            files.remove(file)
        done = subprocess.run(["git", "apply", "--whitespace=nowarn", patch.path], cwd=dest,
                              capture_output=True, text=True, env=env)
        if done.returncode:
            raise misfit(patch, source, done.stderr)


def make_tree(dest, fill):
    """Fill a directory of the cache that appears only when it is complete."""
    partial = dest + ".partial"
    shutil.rmtree(partial, ignore_errors=True)
    os.makedirs(partial)
    try:
        fill(partial)
        os.rename(partial, dest)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def update_tree(tree, dest, log):
    """
    Make a directory equal to a tree. What differs is copied and so has the time of
    now: make sees that it changed, even if it became what it was some time ago.
    """
    if not os.path.isdir(dest):
        steps.step(["cp", "-al", tree, dest], "linking the source", log)
    wanted = listing(tree)
    for name in listing(dest) - wanted:
        os.unlink(os.path.join(dest, name))
    for name in wanted:
        source, copy = os.path.join(tree, name), os.path.join(dest, name)
        if not same_file(source, copy):
            if os.path.isdir(copy) and not os.path.islink(copy):
                shutil.rmtree(copy)
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            shutil.copyfile(source, copy + ".new", follow_symlinks=False)
            shutil.copymode(source, copy + ".new", follow_symlinks=False)
            os.replace(copy + ".new", copy)


def patched_path(source, patches):
    """Where the cache keeps a source with some patches, and the files that come with them."""
    files = versions.read_files(versions.groups_of(patches))
    key = steps.sha256_text(*(p.sha256 for p in patches), *(f.name + f.sha256 for f in files))[:12]
    return f"{source.path}-{key}"


def find():
    """The source that would be built, or None when it has yet to be fetched."""
    path, name = os.environ.get("KERNEL_SRC"), os.environ.get("KERNEL")
    if path and name:
        raise Fail(f"KERNEL={name} and KERNEL_SRC={path}: give one of them, "
                   "a tree says which version it is")
    return user_source(path) if path else pinned_source(versions.read_pin())


def prepare(groups, log):
    """The source and the tree with its patches applied; fetches what is missing."""
    with steps.lock("source", "the kernel's source"):
        source = find() or fetch_pinned(versions.read_pin(), log)
        versions.announce(source.version, source.named)
        if not os.path.isdir(source.path):
            make_tree(source.path, lambda dest: copy_user_tree(source, dest, log))
        patches = versions.read_series(source.series, groups)
        tree = patched_path(source, patches)
        if not os.path.isdir(tree):
            def fill(dest):
                os.rmdir(dest)
                steps.step(["cp", "-al", source.path, dest], "linking the source", log)
                apply_patches(source, patches, dest)
            make_tree(tree, fill)
    return source, patches, tree
