"""Uploaded files: on disk for this visit alone, each by its content, and gone with the visit."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Protocol

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from labelviz.core.asked import entries, filled, flat
from labelviz.core.files import replaced
from labelviz.errors import FileRefused, LabelvizError, WorkspaceRefused
from labelviz.processes import let_go, locked, take
from labelviz.requests import Request
from labelviz.tables.columnar import source_files
from labelviz.ui import served, state
from labelviz.ui.components import literal, message

FOLDER, KEPT, FAILED, TURN = "upload folder", "uploads", "failed upload", "turn"
COPIES = "copies of files on the server"
# What all uploads of one visit take together; as much as the server takes of one.
MOST_BYTES = 500 * 2**20
# What one file or folder on the server may take; reading takes several times as much memory.
MOST_COPIED = 2 * 2**30
BLOCK = 2**20  # bytes that are copied at a time
LONGEST_NAME = 80
HASH_DIGITS = 16
# Names that Windows takes for devices, whatever follows their dot.
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
OWN_LOCK = "lock"


class Upload(Protocol):
    """A file as the browser sent it."""

    name: str
    file_id: str

    def getvalue(self) -> bytes:
        """Its bytes."""
        ...


@dataclass(frozen=True)
class Kept:
    """One upload on disk, and its size in bytes."""

    path: Path
    size: int


def field(label: str, key: str, **looks: Any) -> Path | None:
    """A field to upload one file in; where the file lies, or None where there is none.

    What was uploaded is written to the disk at once, and the server's memory is free of it.

    Parameters
    ----------
    key : of the field; another field of that key has the same file.
    looks : kinds of files, as `type`, and help.
    """
    turn = f"{TURN} of {key}"
    place = st.container()
    upload = place.file_uploader(label, key=f"{key} {st.session_state.get(turn, 0)}", **looks)
    if upload is not None:
        st.session_state[turn] = st.session_state.get(turn, 0) + 1
        _take(upload, key)
        st.rerun()
    failed: LabelvizError | None = st.session_state.pop(f"{FAILED} of {key}", None)
    if failed is not None:
        message.show(failed)
    kept = _kept().get(key)
    if kept is None:
        return None
    with place:
        name, button = st.columns([4, 1], vertical_alignment="center")
        with name:
            literal.block(f"{literal.escaped(kept.path.name)} <small>{_size(kept.size)}</small>")
        button.button("Remove", key=f"remove {key}", on_click=_forget, args=(key,))
    return kept.path


def keep(upload: Upload, folder: Path) -> Kept:
    """Write an upload into a folder, whole or not at all; other bytes of one name lie elsewhere.

    Raises
    ------
    WorkspaceRefused : the disk does not take it.
    """
    content = upload.getvalue()
    path = folder / hashlib.sha256(content).hexdigest()[:HASH_DIGITS] / safe_name(upload.name)
    if not path.exists():
        with replaced(path) as temporary:
            temporary.write_bytes(content)
    return Kept(path, len(content))


def copied(found: Path, key: str) -> Path:
    """A copy of a file or a datasets folder on the server for this visit, made anew if it changes.

    Parameters
    ----------
    key : of the field that names it, which has one copy at most.

    Raises
    ------
    FileRefused : it is not open to this visitor any more, or a part of the folder is not.
    WorkspaceRefused : it is too large, or the disk does not take it.
    """
    parts = source_files(found) if found.is_dir() else [found]
    try:
        about = [(str(each), *_version(each)) for each in parts]
    except OSError as error:
        raise FileRefused(served.REFUSED, where=found.name, remedy=served.REMEDY) from error
    folder = own_folder() / hashlib.sha256(repr(about).encode()).hexdigest()[:HASH_DIGITS]
    known: dict[str, Path] = st.session_state.setdefault(COPIES, {})
    if known.get(key) != folder:
        _let_go(known.pop(key, None), known)
        _check_size(found, sum(size for *_, size, _ in about))
        with st.spinner("The file is being copied."), _kept_whole(folder):
            (folder if found.is_file() else folder / found.name).mkdir(parents=True, exist_ok=True)
            for each in parts:
                _copy(each, folder / each.relative_to(found.parent))
        known[key] = folder
    return folder / found.name


def content(path: Path | None) -> str:
    """What tells the content of an upload from any other; empty where there is none."""
    return path.parent.name if path is not None else ""


def handed_over(request: Request, workspace: Path) -> Request:
    """A request whose uploads lie in the workspace, so that a job has them after the visit.

    Those of earlier jobs are removed: at most one job runs, and only the latest can start again.

    Raises
    ------
    WorkspaceRefused : the disk does not take them.
    """
    mine = st.session_state.get(FOLDER)
    shared = workspace / KEPT
    values: dict[str, Any] = {}
    for each in entries(request):
        path = each.default
        if mine is None or not isinstance(path, Path) or not path.is_relative_to(mine.name):
            continue
        there = shared / path.relative_to(mine.name)
        if not there.exists():
            with replaced(there) as temporary:
                shutil.copyfile(path, temporary)
        values[each.name] = str(there)
    return filled(type(request), {**flat(request), **values}) if values else request


def discard_others(request: Request, workspace: Path) -> None:
    """Remove the uploads in a workspace that this request, now a job, does not name."""
    named = [each.default for each in entries(request) if isinstance(each.default, Path)]
    for folder in (workspace / KEPT).glob("[0-9a-f]" * HASH_DIGITS):
        if not any(path.is_relative_to(folder) for path in named):
            shutil.rmtree(folder, ignore_errors=True)


def safe_name(name: str) -> str:
    """A file name without folders, of at most 80 characters, that no shell or system minds."""
    last = PurePosixPath(name.replace("\\", "/")).name
    safe = re.sub(r"[^\w.-]+", "-", last).lstrip(".-") or "upload.csv"
    if RESERVED.match(safe):
        safe = f"file-{safe}"
    path = PurePosixPath(safe)
    ends = "".join(path.suffixes[-2:])[-12:]
    return safe if len(safe) <= LONGEST_NAME else safe[: LONGEST_NAME - len(ends)] + ends


def own_folder() -> Path:
    """A folder of this visitor beside the workspaces, gone when the session is.

    Raises
    ------
    WorkspaceRefused : the disk does not take it.
    """
    if FOLDER not in st.session_state:
        uploads = state.home() / ".uploads"
        try:
            own, _ = _of_this_server(uploads)
            st.session_state[FOLDER] = tempfile.TemporaryDirectory(dir=own)
        except OSError as error:
            raise _not_kept(uploads, error) from error
    return Path(st.session_state[FOLDER].name)


@st.cache_resource(show_spinner=False)
def _of_this_server(uploads: Path) -> tuple[Path, BinaryIO]:
    """The folder of this process, and its lock; what servers that ended left there is removed."""
    with locked(uploads / ".lock"):
        for left in uploads.iterdir():
            with suppress(OSError):
                let_go(take(left / OWN_LOCK, wait=False))
                shutil.rmtree(left)
        own = Path(tempfile.mkdtemp(dir=uploads))
        return own, take(own / OWN_LOCK, wait=False)


def _version(path: Path) -> tuple[int, int, int, int]:
    """What changes when a file is another one: device, number, size in bytes, time of change."""
    now = path.stat()
    return now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns


def _check_size(found: Path, size: int) -> None:
    if size > MOST_COPIED:
        raise WorkspaceRefused(
            f"{found.name} has {_size(size)}; the page takes up to {_size(MOST_COPIED)}.",
            where=found.name,
            safe="Nothing was loaded.",
            remedy="Load it with `labelviz load`, which takes any.",
        )


@contextmanager
def _kept_whole(folder: Path) -> Iterator[None]:
    """Nothing of a folder stays unless all of it was written."""
    try:
        yield
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise _not_kept(folder.parent, error) from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _copy(path: Path, to: Path) -> None:
    """Copy what is open to this visitor; of a file that grows meanwhile no more than is taken."""
    to.parent.mkdir(parents=True, exist_ok=True)
    left = MOST_COPIED
    with served.opened(path) as source, to.open("wb") as target:
        while left > 0 and (block := source.read(min(BLOCK, left))):
            target.write(block)
            left -= len(block)


def _let_go(folder: Path | None, known: Mapping[str, Path]) -> None:
    """Remove a copy, unless another field has the same."""
    if folder is not None and folder not in known.values():
        shutil.rmtree(folder, ignore_errors=True)


def _not_kept(where: Path, error: OSError) -> WorkspaceRefused:
    return WorkspaceRefused(
        f"The upload cannot be kept: {error.strerror or error}.",
        where=str(where),
        safe="Nothing was loaded.",
        remedy="Check the folder and the disk.",
    )


def _take(upload: Upload, key: str) -> None:
    """Keep what was uploaded in a field in place of what was there, or say why not."""
    others = sum(each.size for name, each in _kept().items() if name != key)
    try:
        if others + len(upload.getvalue()) > MOST_BYTES:
            raise WorkspaceRefused(
                f"All uploads of one visit may have {_size(MOST_BYTES)} together.",
                where=upload.name,
                safe="The other uploads are still there.",
                remedy="Remove one of them, or load the file with `labelviz load`.",
            )
        kept = keep(upload, own_folder())
    except LabelvizError as error:
        st.session_state[f"{FAILED} of {key}"] = error
    else:
        if _kept().get(key) != kept:
            _forget(key)
        _kept()[key] = kept
    finally:
        _free(upload)


def _free(upload: Upload) -> None:
    """Take an upload out of the server's memory."""
    context = get_script_run_ctx()
    remove = getattr(context and context.uploaded_file_mgr, "remove_file", None)
    if context is not None and remove is not None:
        remove(session_id=context.session_id, file_id=upload.file_id)


def _forget(key: str) -> None:
    """Remove the file of a field, unless another field has the same."""
    gone = _kept().pop(key, None)
    if gone is not None and gone not in _kept().values():
        shutil.rmtree(gone.path.parent, ignore_errors=True)


def _kept() -> dict[str, Kept]:
    """The uploads of this visit by the key of their field."""
    kept: dict[str, Kept] = st.session_state.setdefault(KEPT, {})
    return kept


def _size(count: int) -> str:
    return f"{count / 2**20:,.1f} MB" if count >= 2**20 else f"{-(-count // 1024):,} KB"
