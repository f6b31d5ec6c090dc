"""Uploaded files on disk, under a name that is safe and still theirs."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path, PurePosixPath
from typing import Protocol

import streamlit as st

FOLDER = "upload folder"


class Upload(Protocol):
    """A file as the browser sent it."""

    name: str

    def getvalue(self) -> bytes:
        """Its bytes."""
        ...


def keep(upload: Upload, folder: Path) -> Path:
    """Write an upload into a folder; the same name twice is the newer one."""
    path = folder / safe_name(upload.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = upload.getvalue()
    if not path.exists() or path.read_bytes() != content:
        path.write_bytes(content)
    return path


def safe_name(name: str) -> str:
    """A file name without folders, and without characters that mean something to a shell."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return re.sub(r"[^\w.-]+", "-", last).lstrip(".-") or "upload.csv"


def own_folder() -> Path:
    """A folder of this visitor, gone when the session is."""
    if FOLDER not in st.session_state:
        st.session_state[FOLDER] = tempfile.TemporaryDirectory(prefix="labelviz-")
    return Path(st.session_state[FOLDER].name)
