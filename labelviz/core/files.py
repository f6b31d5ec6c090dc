"""Files on disk: written whole or not at all, and known by their hash."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from labelviz.errors import ExportRefused, WorkspaceRefused


def sync(path: Path) -> None:
    """Return when a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Give a temporary path to write; on success it takes the place of `path` in one step.

    Raises
    ------
    WorkspaceRefused : the disk does not take it; `path` is as it was.
    """
    temporary = _beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        sync(temporary)
        temporary.replace(path)
        sync(path.parent)
    except OSError as error:
        raise WorkspaceRefused(
            f"{path.name} cannot be written: {error.strerror or error}.",
            where=str(path),
            safe="What was there before is unharmed.",
            remedy="Check the folder and the disk.",
        ) from error
    finally:
        _remove(temporary)


@contextmanager
def created(path: Path) -> Iterator[Path]:
    """Give a temporary path to write; on success it becomes `path`, which must not exist.

    Raises
    ------
    ExportRefused : `path` exists, or its folder cannot be written.
    """
    if path.exists():
        raise ExportRefused(
            f"{path.name} exists already.",
            where=str(path),
            safe="It was left as it is.",
            remedy="Choose another name.",
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _beside(path)
        temporary.touch()
    except OSError as error:
        raise ExportRefused(
            f"The folder cannot be written: {error.strerror}.",
            where=str(path.parent),
            remedy="Choose another folder.",
        ) from error
    try:
        yield temporary
        sync(temporary)
        os.link(temporary, path)
        sync(path.parent)
    except FileExistsError as error:
        raise ExportRefused(
            f"{path.name} was created by somebody else meanwhile.",
            where=str(path),
            safe="It was left as it is.",
            remedy="Choose another name.",
        ) from error
    except OSError as error:
        raise ExportRefused(
            f"{path.name} cannot be written: {error.strerror or error}.",
            where=str(path),
            remedy="Choose another folder or disk.",
        ) from error
    finally:
        _remove(temporary)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file in one step."""
    with replaced(path) as temporary:
        temporary.write_text(text, "utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file in one step."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file that labelviz wrote.

    Raises
    ------
    WorkspaceRefused : the file is damaged.
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise WorkspaceRefused(
            f"{path.name} is missing or damaged.",
            where=str(path),
            remedy="Restore it from a backup, or load the data again into a new workspace.",
        ) from error


def _beside(path: Path) -> Path:
    """A path in the same folder that nobody else uses; a name has at most 255 bytes."""
    return path.with_name(f".{path.name[:40]}.{uuid.uuid4().hex}")


def _remove(temporary: Path) -> None:
    with suppress(OSError):
        temporary.unlink()
