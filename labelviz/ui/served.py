"""Files and models on the server that a visitor may name by a path: none, unless it was said.

`LABELVIZ_FOLDERS` lists folders, as `PATH` does; what lies below one of them may be named. On a
server that others can reach too, `LABELVIZ_FOLDERS_FOR` says besides for whom: names that a login
or a proxy vouches for, or `*` for every visitor.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO

from labelviz.errors import FileRefused, LabelvizError, ModelRefused
from labelviz.models.folders import place_of
from labelviz.ui import identity

FOLDERS, VISITORS = "LABELVIZ_FOLDERS", "LABELVIZ_FOLDERS_FOR"
EVERYBODY = "*"
LONGEST = 4096  # characters of a path
REFUSED = "This path is not available here."
REMEDY = (
    "Upload the file, or name one in a folder that labelviz was started with, in LABELVIZ_FOLDERS."
)
REMEDY_MODEL = (
    "Name a model of the hub, or a folder in one that labelviz was started with, in "
    "LABELVIZ_FOLDERS."
)


def folders() -> tuple[Path, ...]:
    """The folders below which this visitor may name files, as they are on disk."""
    listed = [each for each in os.environ.get(FOLDERS, "").split(os.pathsep) if each.strip()]
    if not listed or (identity.is_shared() and not _is_named()):
        return ()
    return tuple(Path(each.strip()).expanduser().resolve() for each in listed)


def file(typed: str, kinds: Collection[str]) -> Path:
    """The file, or folder, that a visitor named by its path; relative to a folder, or absolute.

    Parameters
    ----------
    kinds : the ends of names that may be read, such as `.csv`.

    Raises
    ------
    FileRefused : it is missing, hidden, of another kind or elsewhere: which of these is not said.
    """
    found = _below(typed, folders())
    if found is None or not (found.is_dir() or found.suffix.lower() in kinds):
        raise FileRefused(REFUSED, where=typed[:LONGEST], remedy=REMEDY)
    return found


def opened(path: Path) -> BinaryIO:
    """A file in a folder that is open to this visitor, to be read.

    A link, or another folder, that takes a place on the way after it was looked at leads nowhere.

    Raises
    ------
    FileRefused : as `file`.
    """
    among = folders()
    found = _below(str(path), among)
    base = next((each for each in among if found is not None and found.is_relative_to(each)), None)
    if found is not None and base is not None:
        with suppress(OSError):
            return _without_links(base, found.relative_to(base))
    raise FileRefused(REFUSED, where=path.name[:LONGEST], remedy=REMEDY)


def model(typed: str, own: Path) -> str:
    """What a visitor named as a model: the id of one of the hub as it stands, or where a folder is.

    Parameters
    ----------
    own : the folder of the workspace, whose trained models whoever sees it may use.

    Raises
    ------
    ModelRefused : it is a path, and missing, hidden or elsewhere: which of these is not said.
    """
    found = _below(typed, (*folders(), (own / "runs").resolve()))
    if found is not None and found.is_dir():
        return str(found)
    if _is_hub_id(typed):
        return typed
    raise ModelRefused(REFUSED, where=typed[:LONGEST], remedy=REMEDY_MODEL)


def _is_named() -> bool:
    """Whether the owner of a shared server named this visitor."""
    names = [each.strip() for each in os.environ.get(VISITORS, "").split(",")]
    if EVERYBODY in names:
        return True
    if not identity.is_vouched():
        return False
    try:
        return identity.reviewer() in names
    except LabelvizError:
        return False


def _below(typed: str, among: Collection[Path]) -> Path | None:
    """What a path leads to, links followed, where that lies below one of these folders; else None.

    Names that start with a dot are settings and secrets, and nobody's data.
    """
    if len(typed) > LONGEST or not typed.strip():
        return None
    for base in among:
        try:
            found = (base / Path(typed).expanduser()).resolve(strict=True)
            regular = found.is_file() or found.is_dir()
        except (OSError, ValueError, RuntimeError):
            continue
        if not regular or not found.is_relative_to(base):
            continue
        if not any(part.startswith(".") for part in found.relative_to(base).parts):
            return found
    return None


def _without_links(base: Path, inner: Path) -> BinaryIO:
    """A regular file below a folder, to be read; no part of the way to it is a link.

    Raises
    ------
    OSError : a part is a link, or it is no regular file.
    """
    *above, name = inner.parts
    with ExitStack() as held:
        at = os.open(base, os.O_RDONLY | os.O_DIRECTORY)
        held.callback(os.close, at)
        for each in above:
            at = os.open(each, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            held.callback(os.close, at)
        last = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
    file = os.fdopen(last, "rb")
    if not stat.S_ISREG(os.fstat(last).st_mode):
        file.close()
        raise OSError(name)
    return file


def _is_hub_id(typed: str) -> bool:
    try:
        return len(typed) <= LONGEST and place_of(typed) is None
    except (OSError, ValueError, RuntimeError):
        return False
