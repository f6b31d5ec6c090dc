"""Remember which columns meant what, and offer it again for a file with the same columns."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from labelviz.core.files import read_json, write_json
from labelviz.core.settings import TASKS
from labelviz.errors import WorkspaceRefused
from labelviz.processes import changing
from labelviz.tables.columns import Columns

FILE = "remembered-columns.json"
MOST = 100  # mappings that are kept; the oldest goes first


def remembered(names: Iterable[str], folder: Path) -> Columns | None:
    """How a file with these columns, in whatever order, was last loaded; None if it never was.

    Parameters
    ----------
    folder : the folder that holds the workspaces.
    """
    wanted = sorted(names)
    for entry in _entries(folder):
        if entry["names"] == wanted:
            columns = Columns.from_json(entry["columns"])
            return columns if set(columns.named()) <= set(wanted) else None
    return None


def remember(names: Iterable[str], columns: Columns, folder: Path) -> None:
    """Keep how a file with these columns was loaded. A folder that takes no file keeps nothing."""
    entry = {"names": sorted(names), "columns": columns.as_json()}
    with suppress(WorkspaceRefused, OSError), changing(folder / FILE):
        others = [each for each in _entries(folder) if each["names"] != entry["names"]]
        write_json(folder / FILE, {"labelviz_columns": [entry, *others][:MOST]})


def _entries(folder: Path) -> list[dict[str, Any]]:
    """What is kept, newest first; a damaged file has no entries."""
    with suppress(WorkspaceRefused, OSError):
        content = read_json(folder / FILE)
        kept = content.get("labelviz_columns") if isinstance(content, dict) else None
        if isinstance(kept, list):
            return [each for each in kept if _fits(each)]
    return []


def _fits(entry: Any) -> bool:
    """Whether an entry is whole, whatever somebody did to the file."""
    if not isinstance(entry, dict) or not isinstance(entry.get("names"), list):
        return False
    if not isinstance(entry.get("columns"), dict):
        return False
    usual = Columns().as_json()
    return entry["columns"].get("task", "") in ("", *TASKS) and all(
        name in usual and _alike(value, usual[name]) for name, value in entry["columns"].items()
    )


def _alike(value: Any, usual: Any) -> bool:
    """Whether a JSON value is of the kind that `Columns` holds in this place."""
    if isinstance(usual, tuple):
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    if isinstance(usual, dict):
        return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
    return isinstance(value, type(usual))
