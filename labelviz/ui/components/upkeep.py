"""Another name, a duplicate, or the end of a workspace or a run; what goes is named before."""

from __future__ import annotations

import streamlit as st

from labelviz.core.visible import one_line
from labelviz.errors import LabelvizError
from labelviz.project.upkeep import Belongings, belongings
from labelviz.project.workspace import Workspace
from labelviz.requests import Delete, Duplicate, Rename
from labelviz.ui import rights, state
from labelviz.ui.components import exporting, literal, message, notice

TITLE = "Rename, duplicate or delete"
NAME, COPY = "New name", "Name of the duplicate"
WHAT_GOES = (
    "Deleting {name} removes {samples:,} samples, {decisions:,} decisions, {runs:,} runs and "
    "{exports:,} exports: {size:,.1f} MB in all. Nothing brings them back. The file that was "
    "loaded stays where it lay."
)
RUN_GOES = (
    "Deleting this run removes its model, its checkpoints and its log. Nothing brings them back."
)
DECISIONS_STAY = "The decisions lie in a database elsewhere, and stay there."
EXPORTING = "A file is being exported from here. This can be done once it is written."
SURE = "Yes, delete it for good"


@st.dialog(TITLE)
def manage(workspace: Workspace) -> None:
    """Offer it for the workspace in view."""
    literal.plain(workspace.name)
    busy = exporting.is_busy(workspace.path)
    if busy:
        notice.quiet(EXPORTING)
    name = st.text_input(NAME, key="new name of workspace", placeholder=one_line(workspace.name))
    if st.button("Rename", disabled=busy or not name.strip()):
        _do(workspace, Rename(name=name.strip()), then=name.strip())
    copy = st.text_input(COPY, key="name of duplicate")
    if st.button("Duplicate", disabled=busy or not copy.strip()):
        _do(workspace, Duplicate(name=copy.strip()), then=copy.strip())
    there = belongings(workspace)
    notice.quiet(*what_goes(there))
    sure = st.checkbox(SURE, key="sure to delete workspace")
    if st.button("Delete", disabled=busy or not sure):
        _do(workspace, Delete(confirm=workspace.name), then="")


def what_goes(there: Belongings) -> list[str]:
    """What is deleted with a workspace, in sentences."""
    said = WHAT_GOES.format(
        name=there.name, samples=there.samples, decisions=there.decisions, runs=there.runs,
        exports=there.exports, size=there.bytes / 1e6,
    )  # fmt: skip
    return [said, DECISIONS_STAY] if there.elsewhere else [said]


def runs(workspace: Workspace, *, busy: bool) -> None:
    """Offer it for the runs of a workspace."""
    names = workspace.runs.names
    if not names:
        return
    with st.expander(TITLE, key="upkeep of runs"):
        shown = literal.options(names)
        run = st.selectbox("Run", names, format_func=shown.__getitem__, key="run to keep up")
        name = st.text_input(NAME, key=f"new name of {run}").strip()
        with st.container(horizontal=True, gap="small"):
            unnamed = busy or not name
            if st.button("Rename", key="rename run", disabled=unnamed):
                _of_run(workspace, Rename(name=name, run_name=run))
            if st.button("Duplicate", key="duplicate run", disabled=unnamed):
                _of_run(workspace, Duplicate(name=name, run_name=run))
        notice.quiet(RUN_GOES)
        sure = st.checkbox(SURE, key=f"sure to delete {run}")
        if st.button("Delete", key="delete run", disabled=busy or not sure):
            _of_run(workspace, Delete(run_name=run, confirm=run))


def _of_run(workspace: Workspace, request: Rename | Duplicate | Delete) -> None:
    try:
        rights.check("change", workspace)
        request.run(workspace)
    except LabelvizError as error:
        message.show(error)
        return
    st.rerun()


def _do(workspace: Workspace, request: Rename | Duplicate | Delete, *, then: str) -> None:
    """Do it, and look at what is there then; where nothing is named, at another or at none."""
    try:
        rights.check("change", workspace)
        request.run(workspace)
    except LabelvizError as error:
        message.show(error)
        return
    state.forget(workspace)
    state.choose_workspace(then)
    st.rerun()
