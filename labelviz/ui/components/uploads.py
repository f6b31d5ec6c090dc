"""Uploaded files on disk, under a name that is safe and still theirs."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path, PurePosixPath
from typing import Protocol

import streamlit as st

from labelviz.core.files import replaced
from labelviz.errors import WorkspaceRefused
from labelviz.ui import state

FOLDER = "upload folder"
LONGEST_NAME = 80
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
"""Names that Windows takes for devices, whatever follows their dot."""


class Upload(Protocol):
    """A file as the browser sent it."""

    name: str
    file_id: str

    def getvalue(self) -> bytes:
        """Its bytes."""
        ...


def keep(upload: Upload, folder: Path) -> Path:
    """Write an upload into a folder, whole or not at all; the same name twice is the newer one.

    Raises
    ------
    WorkspaceRefused : the disk does not take it.
    """
    path = folder / safe_name(upload.name)
    mark = f"kept {path}"
    if path.exists() and st.session_state.get(mark) == upload.file_id:
        return path
    content = upload.getvalue()
    if not path.exists() or path.read_bytes() != content:
        with replaced(path) as temporary:
            temporary.write_bytes(content)
    st.session_state[mark] = upload.file_id
    return path


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
            uploads.mkdir(parents=True, exist_ok=True)
            st.session_state[FOLDER] = tempfile.TemporaryDirectory(dir=uploads)
        except OSError as error:
            raise WorkspaceRefused(
                f"The upload cannot be kept: {error.strerror or error}.",
                where=str(uploads),
                safe="Nothing was loaded.",
                remedy="Check the folder and the disk, or type the path of the file.",
            ) from error
    return Path(st.session_state[FOLDER].name)
