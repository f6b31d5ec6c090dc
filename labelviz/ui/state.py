"""What this visitor looks at: the workspace, the reviewer's name, and the way to other pages."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from labelviz.core.people import spelled
from labelviz.core.queue import Queue
from labelviz.errors import WorkspaceRefused
from labelviz.project.folder import workspaces_in
from labelviz.project.workspace import Workspace
from labelviz.ui import identity

HOME = Path("workspaces")
PEOPLE_SECONDS = 5  # so old may be what is known of who takes part


@st.cache_resource(max_entries=16)
def _open(path: Path) -> Workspace:
    """One object per workspace for all visitors: values are frozen, the store thread-safe.

    Streamlit collects garbage after every run of a script, which takes as long as there are objects
    and holds up whoever presses a key meanwhile. What stays anyway is taken out of it.
    """
    workspace = Workspace(path)
    if os.access(path, os.W_OK):  # else it can be read, and every decision says it is not saved
        workspace.decisions.store.hold()
    if workspace.data.loaded:
        _ = workspace.dataset.rows, workspace.review
        gc.collect()
        gc.freeze()
    return workspace


def asked_for() -> Path | None:
    """The workspace named on the command line."""
    return Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None


def home() -> Path:
    """The folder whose workspaces are on offer."""
    asked = asked_for()
    return asked.parent if asked else HOME.resolve()


def workspace_names() -> list[str]:
    """Names of the workspaces on offer."""
    return workspaces_in(home())


def workspace_name() -> str | None:
    """The workspace in view: the URL's, the visitor's last, the command line's, or any."""
    asked = asked_for()
    candidates = [
        st.query_params.get("workspace"),
        st.session_state.get("workspace"),
        asked.name if asked else None,
        *workspace_names(),
    ]
    names = workspace_names()
    chosen = next((name for name in candidates if name in names), None)
    if chosen:
        st.session_state["workspace"] = chosen
        put_in_url("workspace", chosen)
    return chosen


def put_in_url(name: str, value: str) -> None:
    """Name something in the URL, where it is not named already.

    A run that a clock starts may have set out before the browser heard of the latest URL. Whatever
    it writes brings the older one back, with the card that was left.
    """
    if st.query_params.get(name) != value:
        st.query_params[name] = value


def choose_workspace(name: str) -> None:
    """Look at another workspace."""
    st.session_state["workspace"] = name
    st.query_params.from_dict(place())


def forget(workspace: Workspace) -> None:
    """Open a workspace anew the next time, if it is there: it has moved, or is gone."""
    _open.clear(workspace.path)


def new_workspace() -> None:
    """Lead to the Data page, where a file makes a new workspace."""
    name = workspace_name()
    if name:
        st.session_state[another(name)] = True
    go("data")


def another(name: str) -> str:
    """The key of the switch that opens the form for another file beside a workspace."""
    return f"load another than {name}"


def workspace() -> Workspace:
    """The workspace in view.

    Raises
    ------
    WorkspaceRefused : there is none yet.
    """
    name = workspace_name()
    if name is None:
        raise WorkspaceRefused(
            "There is no workspace yet.", where=str(home()), remedy="Load a file on the Data page."
        )
    return _open(home() / name)


def place() -> dict[str, str]:
    """The workspace and the reviewer, as every URL of this visitor names them."""
    named = {name: st.session_state.get(name) for name in ("workspace", "reviewer")}
    return {name: str(value) for name, value in named.items() if value}


def keep_reviewer() -> None:
    """Take the reviewer's name from the URL after a refresh, and keep it there."""
    named = st.query_params.get("reviewer")
    if named and "reviewer" not in st.session_state:
        st.session_state["reviewer"] = named
    if st.session_state.get("reviewer"):
        put_in_url("reviewer", st.session_state["reviewer"])


def reviewer() -> str:
    """Who decides.

    Raises
    ------
    NotSaved : nobody is logged in.
    """
    name = identity.reviewer()
    at = workspace() if workspace_name() else None
    if at is None or not at.data.loaded:
        return name
    known = _people(at, at.path)
    return spelled(name, known if name in known else at.decisions.people)


@st.cache_resource(ttl=PEOPLE_SECONDS, show_spinner=False)
def _people(_workspace: Workspace, path: Path) -> frozenset[str]:  # noqa: ARG001 - the key
    return _workspace.decisions.people


def remember_pages(pages: Mapping[str, st.Page]) -> None:
    """Keep the pages of this run, so that a page can lead to another."""
    st.session_state["pages"] = dict(pages)


def go(page: str, queue: Queue | None = None) -> None:
    """Lead the visitor to another page, to Review with a queue."""
    query = place() | (queue or Queue()).to_query()
    st.switch_page(st.session_state["pages"][page], query_params=query)
