"""Folder: where a workspace lies, its state on disk, and what was read of its files."""

from __future__ import annotations

import os
import re
import shutil
import threading
import uuid
from collections.abc import Callable, Collection
from contextlib import ExitStack, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from labelviz.core.files import read_json, write_json
from labelviz.errors import WorkspaceRefused
from labelviz.processes import changing, locked
from labelviz.store.database import SETTINGS

Value = TypeVar("Value")
MARK = "workspace.json"
KEY = "key"
DATA, SOURCE = "data", "source"
LAYERS = "layers"  # under which name the state says the policy
LOADING = ".loading.lock"
STANDS = "What was there before stands."


class Folder:
    """A workspace's folder.

    Safe to share between threads. A file is read once, and again when it has changed.

    Parameters
    ----------
    path : of a workspace.

    Raises
    ------
    WorkspaceRefused : it is not a workspace.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(os.path.realpath(path))
        if not is_workspace(self.path):
            raise WorkspaceRefused(
                f"{self.path.name} is not a labelviz workspace.",
                where=str(self.path),
                remedy="Load a file on the Data page, or with "
                "`labelviz load WORKSPACE FILE --text COL --label COL`.",
            )
        self.lock = threading.RLock()
        self._values: dict[object, tuple[object, Any]] = {}

    @staticmethod
    def create(path: Path | str) -> Path:
        """The folder of the workspace at a path, made if there is nothing yet.

        Raises
        ------
        WorkspaceRefused : the folder holds something else.
        """
        folder = Path(os.path.realpath(path))
        if is_workspace(folder):
            return folder
        if os.path.exists(folder) and (not folder.is_dir() or not _holds_nothing(folder)):
            raise WorkspaceRefused(
                f"{folder.name} exists and is not a labelviz workspace.",
                where=str(folder),
                safe="It was left as it is.",
                remedy="Choose a new folder.",
            )
        with changing(folder / MARK):
            if not is_workspace(folder):
                new = {"labelviz": version("labelviz"), "all_probabilities": []}
                write_json(folder / MARK, new)
        return folder

    @property
    def settings(self) -> Path:
        """The file in which people set the address of the store, and detectors of their own."""
        return self.path / SETTINGS

    @property
    def key(self) -> str:
        """What the workspace is known by outside it, whatever its name; empty where it has none.

        It gets one when it is first asked for, unless its files cannot be written.
        """
        if KEY not in self.state:
            with suppress(PermissionError):
                self.change(**{KEY: lambda known: known or uuid.uuid4().hex})
        return str(self.state.get(KEY, ""))

    @property
    def state(self) -> dict[str, Any]:
        """What is set in this workspace; the same object until somebody changes it."""
        return self.read(MARK, read_json)

    def change(self, **changes: Any) -> None:
        """Write what differs from what stands in the state now; all else others wrote stays.

        Parameters
        ----------
        changes : values by name, or functions of what stands there, which is None at first.
        """
        path = self.path / MARK
        with self.lock, changing(path):
            before: dict[str, Any] = read_json(path)
            after = dict(before)
            for name, change in changes.items():
                after[name] = change(before.get(name)) if callable(change) else change
            if after != before:
                write_json(path, after)

    def memo(self, key: object, version: object, make: Callable[[], Value]) -> Value:
        """What was made under a key, the same object until its version is another.

        Parameters
        ----------
        version : all that the value depends on, compared with `==`.
        """
        with self.lock:
            known = self._values.get(key)
            if known is None or known[0] != version:
                known = (version, make())
                self._values[key] = known
            value: Value = known[1]
            return value

    def read(
        self,
        name: str,
        reader: Callable[[Path], Value],
        kind: str = "",
        also: tuple[object, ...] = (),
    ) -> Value:
        """A value read from a file, the same object until the file changes.

        Parameters
        ----------
        name : the file, from the workspace's folder.
        kind : tells apart what is read of one file in several ways.
        also : what else the value depends on.
        """
        path = self.path / name
        return self.memo((name, kind), (version_of(path), *also), lambda: reader(path))

    def discard_if_empty(self) -> None:
        """Remove the folder of a workspace into which nothing was loaded, and nobody loads now."""
        with suppress(OSError), ExitStack() as held:
            for lock in (LOADING, f".{MARK}.lock"):
                held.enter_context(locked(self.path / lock, wait=False))
            if DATA not in self.state and _holds_nothing(self.path, MARK, LOADING, DATA):
                shutil.rmtree(self.path)


def is_workspace(path: Path) -> bool:
    """Whether a folder is a workspace."""
    return os.path.isfile(path / MARK)


def workspaces_in(folder: Path) -> list[str]:
    """Names of the workspaces that a folder holds, in order."""
    return sorted(mark.parent.name for mark in folder.glob(f"*/{MARK}"))


def version_of(path: Path) -> tuple[object, ...]:
    """What changes when a file is replaced.

    Raises
    ------
    WorkspaceRefused : it is missing.
    """
    try:
        stat = path.stat()
    except FileNotFoundError as error:
        raise WorkspaceRefused(f"{path.name} is missing.", where=str(path.parent)) from error
    return path, stat.st_mtime_ns, stat.st_ino


def free_name(taken: Collection[str], wanted: str, otherwise: str) -> str:
    """A name for a file that is not taken, numbered where need be.

    Parameters
    ----------
    otherwise : the name where nothing of the wanted one can stand in a file's name.
    """
    base = re.sub(r"[^\w.-]+", "-", wanted)[:60].strip("-.") or otherwise
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    return name


def _holds_nothing(folder: Path, *but: str) -> bool:
    """Whether a folder holds nothing but files of these names, empty folders of these names, and
    what a `create` that was killed left."""

    def is_something(each: Path) -> bool:
        known = each.name in but or each.name.startswith(f".{MARK}.")
        return not known or (each.is_dir() and any(each.iterdir()))

    return not any(map(is_something, folder.iterdir()))
