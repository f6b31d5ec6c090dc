"""Exports that are being written: they go on without the visitor who asked for them."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import streamlit as st

from labelviz.errors import LabelvizError
from labelviz.project.workspace import Workspace
from labelviz.requests import Export
from labelviz.ui.components import message, notice

ASKED = "export asked for"  # under which a visit has its own
AT_ONCE = 2  # exports of all workspaces; more wait
PATIENCE_SECONDS = 5.0  # so long whoever asked waits before the page shows that it goes on


@st.cache_resource(show_spinner=False)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="export")


@st.cache_resource(show_spinner=False)
def _latest() -> dict[Path, Future[Any]]:
    """The export of each workspace that was asked for last."""
    return {}


def start(workspace: Workspace, request: Export) -> None:
    """Have a file written, and wait a little, since most are written at once."""
    written = _threads().submit(request.run, workspace)
    _latest()[workspace.path] = written
    st.session_state[ASKED] = workspace.path, written
    with st.spinner("The file is being written and checked."):
        wait([written], PATIENCE_SECONDS)
    st.rerun()


def is_busy(workspace: Path) -> bool:
    """Whether a file of a workspace is being written."""
    written = _latest().get(workspace)
    return written is not None and not written.done()


def show(workspace: Path) -> bool:
    """Say that a file is being written, whoever asked for it; to who asked, why none was.

    Returns
    -------
    Whether one is being written.
    """
    where, mine = st.session_state.get(ASKED, (None, None))
    mine = mine if where == workspace else None
    for written in (_latest().get(workspace), mine):
        if written is not None and not written.done():
            _watch(written)
            return True
    if mine is None:
        return False
    del st.session_state[ASKED]
    try:
        mine.result()
    except LabelvizError as error:
        message.show(error)
    return False


@st.fragment(run_every=1)
@message.shows_errors
def _watch(written: Future[Any]) -> None:
    if written.done():
        st.rerun()
    with st.container(border=True, key="export"):
        notice.quiet(
            "A file is being written and checked. That goes on if you leave, and the file is "
            "listed here once it is whole."
        )
