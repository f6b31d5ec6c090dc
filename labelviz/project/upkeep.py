"""Upkeep: a workspace, or one of its runs, gets another name, is duplicated, or goes for good."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labelviz.core.files import beside, created_folder, read_json, why, write_json
from labelviz.errors import RunRefused, WorkspaceRefused, unharmed
from labelviz.processes import Process, locked
from labelviz.project.folder import KEY, MARK, is_workspace
from labelviz.project.runs import RUN_RECORD
from labelviz.store.backup import write_copy

if TYPE_CHECKING:
    from labelviz.project.workspace import Workspace

LONGEST = 100  # characters of a workspace's name
# What at its top a duplicate does without: what ran in the original, what is its own, and locks.
LEFT_OUT = ("jobs", "uploads", "backups", "review.db*", "*.lock", ".*")


@dataclass(frozen=True)
class Belongings:
    """What is in a workspace, and goes with it.

    Parameters
    ----------
    elsewhere : whether the decisions lie in a database that stays.
    bytes : of all files.
    """

    name: str
    samples: int
    decisions: int
    runs: int
    exports: int
    bytes: int
    elsewhere: bool = False


def belongings(workspace: Workspace) -> Belongings:
    """What goes when a workspace is deleted."""
    loaded = workspace.data.loaded
    store = workspace.decisions.store
    return Belongings(
        name=workspace.name,
        samples=len(workspace.dataset) if loaded else 0,
        decisions=len(store.events()) if loaded else 0,
        runs=len(workspace.runs.names),
        exports=sum(1 for each in (workspace.path / "exports").glob("*") if each.is_file()),
        bytes=sum(_size(each) for each in workspace.path.rglob("*")),
        elsewhere=workspace.decisions.elsewhere,
    )


def _size(path: Path) -> int:
    """Bytes of a file; 0 of a folder, and of a file that is gone again, as a backup's half is."""
    with suppress(FileNotFoundError):
        return path.stat().st_size if path.is_file() else 0
    return 0


def rename(workspace: Workspace, name: str) -> Path:
    """Give a workspace another name, beside where it lies; returns where it lies then.

    Raises
    ------
    WorkspaceRefused : no workspace can have the name, one has it, or this one is in use.
    """
    target = _free(workspace.path, name)
    with _alone(workspace):
        os.rename(workspace.path, target)
    return target


@unharmed("Nothing was copied.")
def duplicate(workspace: Workspace, name: str) -> Path:
    """Copy a workspace with its decisions, beside where it lies; returns where the copy lies.

    It appears whole or not at all.

    Raises
    ------
    WorkspaceRefused : no workspace can have the name, one has it, this one is in use elsewhere, or
        its decisions lie in a database that both would share. ExportRefused : the disk does not
        take the copy.
    """
    target, store = _free(workspace.path, name), workspace.decisions.store
    if workspace.decisions.elsewhere:
        raise WorkspaceRefused(
            f"{workspace.name} keeps its decisions in a database that a duplicate would share.",
            where=str(workspace.path),
            safe="Nothing was copied.",
            remedy="Load the file into a new workspace, and copy the decisions with "
            "`labelviz store copy`.",
        )
    store.hold()
    with created_folder(target) as part:
        left_out = _left_out(workspace.path)
        shutil.copytree(workspace.path, part, ignore=left_out, dirs_exist_ok=True)
        state = read_json(part / MARK)
        write_json(part / MARK, {name: state[name] for name in state if name != KEY})
        write_copy(store.database, part / store.database.path.name)
    return target


def delete(workspace: Workspace) -> None:
    """Remove a workspace with everything in it, for good.

    Raises
    ------
    WorkspaceRefused : it is in use.
    """
    gone = beside(workspace.path)
    with _alone(workspace):
        os.rename(workspace.path, gone)
    _remove(gone)


def rename_run(workspace: Workspace, run: str, name: str) -> None:
    """Give a run another name.

    Raises
    ------
    RunRefused : there is no such run, no run can have the name, or one has it. WorkspaceRefused :
        something runs in the workspace.
    """
    source, target = _run(workspace, run), _free_run(workspace, name)
    check_idle(workspace.path)
    check_unlocked(source)
    with _disk(source, "The run is as it was."):
        os.rename(source, target)


@unharmed("Nothing was copied.")
def duplicate_run(workspace: Workspace, run: str, name: str) -> None:
    """Copy a run under another name; it appears whole or not at all.

    Raises
    ------
    As `rename_run`. ExportRefused : the disk does not take the copy.
    """
    source, target = _run(workspace, run), _free_run(workspace, name)
    check_idle(workspace.path)
    check_unlocked(source)
    with created_folder(target) as part:
        shutil.copytree(source, part, dirs_exist_ok=True)


def delete_run(workspace: Workspace, run: str) -> None:
    """Remove a run with its model, for good.

    Raises
    ------
    RunRefused : there is no such run. WorkspaceRefused : something runs in the workspace.
    """
    source = _run(workspace, run)
    check_idle(workspace.path)
    check_unlocked(source)
    gone = beside(source)
    with _disk(source, "The run is as it was."):
        os.rename(source, gone)
    _remove(gone)


def check_idle(path: Path) -> None:
    """Raise WorkspaceRefused where a job of a workspace runs, or may run on another machine."""
    for record in sorted(path.glob("jobs/*/job.json"))[-1:]:
        ended = any((record.parent / each).exists() for each in ("exit", "cancelled", "given-up"))
        noted = {} if ended else read_json(record)
        copied = noted.get("folder") not in (None, record.parent.stat().st_ino)
        known = None if copied else Process.from_json(noted.get("process"))
        if known is not None and known.standing in ("alive", "elsewhere"):
            raise _runs_in(path)


def check_unlocked(path: Path) -> None:
    """Raise WorkspaceRefused where a training or prediction runs within a folder, job or not."""
    from labelviz.models.runs import LOCK

    with _disk(path, "Nothing was changed."):
        for lock in (each for each in path.rglob(LOCK) if each.is_file()):
            try:
                with locked(lock, wait=False):
                    pass
            except BlockingIOError as error:
                raise _runs_in(path) from error


def _runs_in(path: Path) -> WorkspaceRefused:
    return WorkspaceRefused(
        f"Something is still running in {path.name}.",
        where=str(path),
        safe="Nothing was changed.",
        remedy="Wait until it ends, or cancel it.",
    )


def _left_out(top: Path) -> Callable[[str, list[str]], set[str]]:
    """What `copytree` leaves out: of the names at the top alone, since a run may be called so."""
    ignored = shutil.ignore_patterns(*LEFT_OUT)
    return lambda folder, names: ignored(folder, names) if Path(folder) == top else set()


@contextmanager
def _alone(workspace: Workspace) -> Iterator[None]:
    """No job of a workspace runs, no other process has its decisions, and this one lets them go."""
    store = workspace.decisions.store
    store.hold()
    check_idle(workspace.path)
    check_unlocked(workspace.path)
    store.close()
    with _disk(workspace.path, "The workspace is as it was."):
        yield


def _remove(gone: Path) -> None:
    with _disk(gone, "It is no longer listed, but part of it still lies there."):
        shutil.rmtree(gone)


@contextmanager
def _disk(where: Path, safe: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WorkspaceRefused(
            f"{where.name} cannot be moved or removed: {why(error)}.",
            where=str(where),
            safe=safe,
            remedy="Check the folder and the disk.",
        ) from error


def _free(path: Path, name: str) -> Path:
    """Where a workspace of this name would lie."""
    if len(name) > LONGEST or not re.fullmatch(r"\w[\w. -]*", name) or name != name.strip():
        raise WorkspaceRefused(
            f"{name[:LONGEST]!r} is no name for a workspace.",
            where=str(path.parent),
            remedy="Use letters, digits, spaces, dots, hyphens and underscores.",
        )
    target = path.with_name(name)
    if os.path.lexists(target):
        raise WorkspaceRefused(
            f"There is a workspace {name} already." if is_workspace(target) else
            f"There is something else called {name} already.",
            where=str(target),
            safe="Nothing was changed.",
            remedy="Choose another name.",
        )  # fmt: skip
    return target


def _run(workspace: Workspace, name: str) -> Path:
    path = workspace.runs.path(name)
    if not (path / RUN_RECORD).is_file():
        raise RunRefused(
            f"There is no run {name!r}.",
            where=str(path.parent),
            remedy="Look which there are on the Retrain page.",
        )
    return path


def _free_run(workspace: Workspace, name: str) -> Path:
    path = workspace.runs.path(name)
    if os.path.lexists(path):
        raise RunRefused(
            f"There is a run {name!r} already.",
            where=str(path.parent),
            safe="Nothing was changed.",
            remedy="Choose another name.",
        )
    return path
