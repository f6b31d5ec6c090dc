"""Files on disk: written whole or not at all, and known by their hash."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import re
import shutil
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from labelviz.core import points
from labelviz.errors import ExportRefused, WorkspaceRefused

TEMPORARY = re.compile(r"\..*\.[0-9a-f]{32}(-wal|-shm|-journal)?", re.DOTALL)
ABANDONED_SECONDS = 3600


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
    temporary = beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        sync(temporary)
        points.reach("file-written")
        temporary.replace(path)
        points.reach("file-placed")
        sync(path.parent)
    except OSError as error:
        raise not_written(path, error) from error
    finally:
        _remove(temporary)


@contextmanager
def replaced_folder(path: Path, temporary: Path | None = None) -> Iterator[Path]:
    """Give a temporary folder to fill; on success it becomes `path`, and what was there is gone.

    Parameters
    ----------
    temporary : the folder to fill, where one writer at a time has it to itself: what one that was
        killed left there makes room. One that nobody else uses, where not given.

    Raises
    ------
    WorkspaceRefused : the disk does not take it.
    """
    temporary = temporary or beside(path)
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        yield temporary
        sync_tree(temporary)
        points.reach("file-written")
        shutil.rmtree(path, ignore_errors=True)
        temporary.rename(path)
        points.reach("file-placed")
        sync(path.parent)
    except OSError as error:
        raise not_written(path, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def sync_tree(folder: Path) -> None:
    """Return when a file, or a folder with everything in it, is on the disk."""
    for path in (*folder.rglob("*"), folder):
        sync(path)


def size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    files = (each for each in (path, *path.rglob("*")) if each.is_file())
    return sum(each.stat().st_size for each in files)


def zipped(folder: Path) -> bytes:
    """A folder as a ZIP archive, in which its own name is the first."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            archive.write(path, path.relative_to(folder.parent))
    return content.getvalue()


def put(path: Path, to: Path) -> None:
    """Rename a file or folder that is on the disk, in one step; its new folder is made.

    Raises
    ------
    WorkspaceRefused : the disk does not take it.
    """
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        if to.is_dir():
            shutil.rmtree(to)
        points.reach("file-written")
        path.rename(to)
        points.reach("file-placed")
        sync(to.parent)
    except OSError as error:
        raise not_written(to, error) from error


def remove_abandoned(folder: Path) -> None:
    """Remove what writers that were killed left in a folder and in the folders of it."""
    for path in (*folder.glob(".*.*"), *folder.glob("*/.*.*")):
        with suppress(OSError):
            old = time.time() - path.lstat().st_mtime > ABANDONED_SECONDS
            if old and TEMPORARY.fullmatch(path.name):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def make_folder(path: Path) -> Path:
    """Make a folder that is not there yet, and the ones above it; returns it.

    Raises
    ------
    WorkspaceRefused : the disk does not take it, or it is there.
    """
    try:
        path.mkdir(parents=True)
    except OSError as error:
        raise not_written(path, error) from error
    return path


def not_written(path: Path, error: OSError) -> WorkspaceRefused:
    """That the disk did not take a file or folder, in words."""
    return WorkspaceRefused(
        f"{path.name} cannot be written: {why(error)}.",
        where=str(path),
        safe="What was there before is unharmed.",
        remedy="Check the folder and the disk.",
    )


def check_absent(path: Path) -> None:
    """Raise ExportRefused if there is something at a path."""
    if os.path.lexists(path):
        raise ExportRefused(
            f"{path.name} exists already.",
            where=str(path),
            safe="It was left as it is.",
            remedy="Choose another name.",
        )


@contextmanager
def created(path: Path) -> Iterator[Path]:
    """Give a temporary path to write; on success it becomes `path`, which must not exist.

    Raises
    ------
    ExportRefused : `path` exists, or its folder cannot be written.
    """
    with _appearing(path, Path.touch, os.link) as temporary:
        yield temporary


@contextmanager
def created_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder to fill; on success it becomes `path`, which must not exist.

    Raises
    ------
    ExportRefused : `path` exists, or its folder cannot be written.
    """
    with _appearing(path, Path.mkdir, os.rename) as temporary:
        yield temporary


@contextmanager
def _appearing(
    path: Path, make: Callable[[Path], None], place: Callable[[Path, Path], None]
) -> Iterator[Path]:
    """A temporary path that is made, and put in place unless something is there."""
    check_absent(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = beside(path)
        make(temporary)
    except OSError as error:
        raise ExportRefused(
            f"The folder cannot be written: {why(error)}.",
            where=str(path),
            remedy="Choose another folder.",
        ) from error
    try:
        yield temporary
        sync_tree(temporary)
        points.reach("file-written")
        place(temporary, path)
        points.reach("file-placed")
        sync(path.parent)
    except OSError as error:
        taken = isinstance(error, FileExistsError | NotADirectoryError)
        if taken or error.errno == errno.ENOTEMPTY:
            raise ExportRefused(
                f"{path.name} was created by somebody else meanwhile.",
                where=str(path),
                safe="It was left as it is.",
                remedy="Choose another name.",
            ) from error
        raise ExportRefused(
            f"{path.name} cannot be written: {why(error)}.",
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
    except (OSError, ValueError, RecursionError) as error:
        raise WorkspaceRefused(
            f"{path.name} is missing or damaged.",
            where=str(path),
            remedy="Restore it from a backup, or load the data again into a new workspace.",
        ) from error


def beside(path: Path) -> Path:
    """A path in the same folder that nobody else uses; a name has at most 255 bytes."""
    return path.with_name(f".{path.name[:40]}.{uuid.uuid4().hex}")


def why(error: OSError) -> str:
    """What went wrong with a file, in words; of several files that were copied, with the first."""
    if isinstance(error, shutil.Error) and isinstance(error.args[0], list):
        return str(error.args[0][0][-1])
    return os.strerror(error.errno) if error.errno else str(error)


def _remove(temporary: Path) -> None:
    with suppress(OSError):
        shutil.rmtree(temporary) if temporary.is_dir() else temporary.unlink()
