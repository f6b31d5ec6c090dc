"""Uploaded files: on disk for this visit alone, each by its content, and gone with the visit."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Protocol

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from labelviz.core.asked import entries, filled, flat
from labelviz.core.files import replaced
from labelviz.errors import LabelvizError, WorkspaceRefused
from labelviz.processes import let_go, locked, take
from labelviz.requests import Request
from labelviz.ui import state
from labelviz.ui.components import literal, message

FOLDER, KEPT, FAILED, TURN = "upload folder", "uploads", "failed upload", "turn"
# What all uploads of one visit take together; as much as the server takes of one.
MOST_BYTES = 500 * 2**20
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
            raise WorkspaceRefused(
                f"The upload cannot be kept: {error.strerror or error}.",
                where=str(uploads),
                safe="Nothing was loaded.",
                remedy="Check the folder and the disk.",
            ) from error
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
