"""What is missing or must be known, in one sentence, with room for the button that helps."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from labelviz.project.workspace import Workspace
from labelviz.ui import state
from labelviz.ui.components import literal

BEHIND = (
    "Decisions are saved, but what would bring them back if this disk failed is behind. {trouble} "
    "Once whoever runs labelviz has seen to that, it catches up by itself."
)


def missing(sentence: str, key: str) -> DeltaGenerator:
    """A quiet box for something that is not there yet; returns it for a button."""
    box = st.container(border=True, key=f"missing-{key}")
    with box:
        literal.block(f'<span style="opacity:.85">{literal.escaped(sentence)}</span>')
    return box


def loaded_workspace() -> Workspace | None:
    """The workspace in view; without data, None and the way to the Data page."""
    if state.workspace_name() is not None and state.workspace().data.loaded:
        return state.workspace()
    with missing("No data is loaded yet.", "data"):
        if st.button("Load a file", type="primary"):
            state.go("data")
    return None


def behind(workspace: Workspace) -> None:
    """Say so where decisions are saved, and what would bring them back is not kept."""
    if trouble := workspace.decisions.trouble:
        warning(BEHIND.format(trouble=trouble), "store")


def warning(sentence: str, key: str) -> None:
    """A prominent sentence; everything in it is literal."""
    with st.container(border=True, key=f"warning-{key}"):
        literal.block(
            '<div role="alert" style="border-left:4px solid #d55e00;padding-left:.7rem;'
            f'font-weight:600">{literal.escaped(sentence)}</div>'
        )


def quiet(*sentences: str) -> None:
    """Sentences in small letters, each on a line of its own; everything in them is literal."""
    lines = "".join(f"<div>{literal.escaped(each)}</div>" for each in sentences)
    literal.block(f'<div style="opacity:.72;font-size:.87rem">{lines}</div>')
