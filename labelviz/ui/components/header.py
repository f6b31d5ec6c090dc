"""Who, where, what runs: always in view above the page, with the way to another workspace."""

from __future__ import annotations

from html import escape

import streamlit as st

from labelviz import jobs
from labelviz.errors import LabelvizError
from labelviz.store.limits import LONGEST_NAME
from labelviz.ui import identity, rights, state
from labelviz.ui.components import literal, message, tour, upkeep

LOOK_SECONDS = 5
NOWHERE, NAMELESS = "no workspace", "no name yet"
RUNNING = {
    "predict": "computing probabilities",
    "flag": "looking for wrong labels",
    "map": "laying out the samples",
    "train": "training",
}


def show() -> None:
    """Draw it."""
    with st.container(key="who", horizontal=True, vertical_alignment="center", gap="small"):
        _chip()
        with st.popover("Switch", key="switch"):
            try:
                _switch()
                identity.show()
            except LabelvizError as error:
                message.show(error)


def ask_name() -> None:
    """Ask who reviews; nothing is decided in nobody's name."""
    with st.form("who reviews", width=420):
        st.text_input("Your name", key="asked name", max_chars=LONGEST_NAME)
        literal.block(f'<p class="lv-quiet">{escape(identity.WHY_A_NAME)}</p>')
        st.form_submit_button("Start reviewing", type="primary", on_click=_named)


def _named() -> None:
    st.session_state["reviewer"] = st.session_state["asked name"]


@st.fragment(key="chip", run_every=LOOK_SECONDS)
@message.shows_errors
def _chip() -> None:
    where = state.workspace_name() or NOWHERE
    parts = [("Workspace", where), ("Reviewer", _who()), ("Running", _running())]
    cells = "".join(
        f'<span title="{title}: {literal.escaped(words)}">{literal.escaped(words)}</span>'
        for title, words in parts
        if words
    )
    literal.block(f'<div class="lv-chip">{cells}</div>')


def _who() -> str:
    try:
        return state.reviewer() if identity.is_named() else NAMELESS
    except LabelvizError:
        return NAMELESS


def _running() -> str:
    """What runs in the workspace and how far it is; empty where nothing does."""
    name = state.workspace_name()
    job = None if name is None else jobs.latest(state.home() / name)
    if job is None or job.state != "running":
        return ""
    words, now = RUNNING.get(job.command, job.command), job.progress
    return f"{words} {now.done / now.total:.0%}" if now and now.total else words


def _switch() -> None:
    names, current = state.workspace_names(), state.workspace_name()
    if names:
        chosen = st.selectbox(
            "Workspace", names, index=names.index(current) if current else 0,
            format_func=literal.options(names).__getitem__,
        )  # fmt: skip
        if chosen != current:
            state.choose_workspace(chosen)
            st.rerun()
    if tour.is_offered() and st.button(tour.TITLE, key="take the tour"):
        tour.begin()
    if st.button("+ New workspace", key="new workspace"):
        state.new_workspace()
    mine = current and not identity.is_shared() and rights.may("change")
    if mine and st.button(upkeep.TITLE, key="manage"):
        upkeep.manage(state.workspace())
