"""
The series as a git history, and back: patches are edited with git's own means.

    kernel.py checkout DIR    the pinned kernel and a commit for each patch
    (git rebase -i, git commit --amend, git cherry-pick in DIR)
    kernel.py refresh DIR     the commits become the patches again

        linux 7.3.4 ---- files of uml ---- 0001 ---- 0002 ---- files of explore ---- 0001
        tag "pinned"     a marker: where a group begins, and the files that it adds

The marker of a group without files is an empty commit. A commit behind a marker is a patch
of that group. Whatever is changed in a file that a group adds belongs into its marker.
"""

import os
import re
import shutil
import tempfile

from . import sources, steps, versions
from .steps import Fail

MARKER = "files of "
SUBJECT = re.compile(rf"{MARKER}(\w+)$")
FORMAT = ("--zero-commit", "--no-numbered", "--abbrev=7", "--no-base", "--no-renames", "--no-attach",
          "-p", "--stat", "--summary")
# Whoever has a git configuration of another mind gets the same patches.
NEUTRAL = ("core.abbrev=7", "format.pretty=medium", "diff.algorithm=myers", "diff.noprefix=false",
           "commit.gpgSign=false", "core.autocrlf=false", "core.hooksPath=/dev/null",
           "format.useAutoBase=false", "format.signOff=false")


def git(tree, *args):
    """The output of a git command in the history's tree."""
    options = [word for setting in NEUTRAL for word in ("-c", setting)]
    who = {f"GIT_COMMITTER_{key}": value for key, value in
           (("NAME", "modrace maintainers"), ("EMAIL", "modrace@example.org"))}
    author = {name.replace("COMMITTER", "AUTHOR"): value for name, value in who.items()}
    # Patches keep their authors: git am takes those from the patch.
    return steps.capture(["git", "-C", tree, *options, *args],
                         env=steps.build_env(**who, **(author if args[0] == "commit" else {})))


def commit(tree, subject):
    """A commit of everything there is."""
    git(tree, "add", "--all", "--force")
    git(tree, "commit", "--quiet", "--allow-empty", "-m", subject)


def add_group(source, tree, group, patches):
    """The commits of a group."""
    for file in versions.read_files([group]):
        sources.add_file(source, file, tree)
    commit(tree, MARKER + group)
    for patch in (p for p in patches if p.group == group):
        git(tree, "am", "--quiet", "--committer-date-is-author-date", patch.path)


def checkout(directory, log):
    """Make the history in a new directory."""
    directory = os.path.abspath(directory)
    if os.path.lexists(directory):
        raise Fail(f"{directory} exists; name a directory that does not")
    source, patches, _ = sources.prepare(None, log)
    try:
        steps.step(["cp", "-a", source.path, directory], "copying the source", log)
        with steps.Progress("committing the source") as progress:
            git(directory, "init", "--quiet")
            git(directory, "config", "gc.auto", "0")
            commit(directory, f"linux {source.version}")
            git(directory, "tag", "pinned")
            progress.outcome = "done"
        with steps.Progress(f"committing {len(patches)} patches") as progress:
            for group in versions.groups_of(patches):
                add_group(source, directory, group, patches)
            progress.outcome = "done"
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise


def read_groups(tree):
    """The commits of each group: its marker, and its patches in order."""
    if git(tree, "status", "--porcelain", "--untracked-files=no"):
        raise Fail(f"{tree} has changes that are not committed; commit them, or git stash")
    groups, patches = {}, None
    for line in git(tree, "log", "--reverse", "--format=%H %s", "pinned..HEAD").splitlines():
        name, subject = line.split(" ", 1)
        if marker := SUBJECT.match(subject):
            groups[marker[1]] = (name, patches := [])
        elif patches is None:
            raise Fail(f"{tree}: \"{subject}\" stands before the first group's marker, a commit "
                       f"with the subject \"{MARKER}GROUP\"")
        else:
            patches.append(name)
    return groups


def written(tree, before, patches, directory):
    """The patches of a group as files in a directory; their names."""
    if patches:
        git(tree, "format-patch", "--quiet", *FORMAT, "-o", directory,
            f"{before}..{patches[-1]}")
    return sorted(os.listdir(directory))


def check_ownership(tree, groups):
    """Fail if a patch changes a file that is ours."""
    ours = {file.name: file.group for file in versions.read_files(groups)}
    for patch in (patch for _, patches in groups.values() for patch in patches):
        changed = git(tree, "show", "--format=", "--name-only", patch).splitlines()
        for name in ours.keys() & changed:
            raise Fail(f"{tree}: commit {patch[:12]} changes {name}, which is no patch but a file "
                       f"of ours; move that to the marker, commit {groups[ours[name]][0][:12]} "
                       "(git commit --fixup)")


def refresh_group(tree, version, group, marker, patches):
    """Replace a group's patches and files; the names of the patches."""
    directory = os.path.join(versions.CONFIG, version, group)
    with tempfile.TemporaryDirectory(dir=os.path.dirname(directory)) as work:
        names = written(tree, marker, patches, work)
        for name in {n for n in os.listdir(directory) if n.endswith(".patch")} - set(names):
            os.unlink(os.path.join(directory, name))
        for name in names:
            shutil.copyfile(os.path.join(work, name), os.path.join(directory, name))
    for file in versions.read_files([group]):
        with open(file.path, "wb") as out:
            out.write(steps.capture(["git", "-C", tree, "show", f"{marker}:{file.name}"]).encode())
    return [f"{group}/{name}" for name in names]


def series_text(text, names):
    """A series with other names: each group's in the place of its first one."""
    left, lines = dict(names), []
    for line in text.splitlines():
        group = line.split("/")[0]
        if line.startswith("#") or group not in names:
            lines.append(line)
        else:
            lines += left.pop(group, [])
    return "\n".join(lines) + "\n"


def refresh(directory):
    """Make the patches of the history's commits."""
    directory = os.path.abspath(directory)
    if not os.path.exists(os.path.join(directory, ".git")):
        raise Fail(f"{directory}: no history; kernel.py checkout makes one")
    release = git(directory, "log", "-1", "--format=%s", "pinned").split()[1]
    version, groups = versions.choose(release, directory), read_groups(directory)
    known = versions.groups_of(versions.read_series(version))
    if lost := set(known) ^ set(groups):
        raise Fail(f"{directory}: group {min(lost)} is in one of history and series only; each "
                   f"group needs its marker, a commit with the subject \"{MARKER}GROUP\"")
    check_ownership(directory, groups)
    names = {group: refresh_group(directory, version, group, *commits)
             for group, commits in groups.items()}
    path = versions.series_path(version)
    with open(path, encoding="utf-8") as file:
        text = series_text(file.read(), names)
    steps.write_atomically(path, text)
