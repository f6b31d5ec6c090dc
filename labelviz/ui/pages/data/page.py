"""The Data page: what was loaded, its probabilities, and another file."""

from __future__ import annotations

import streamlit as st

from labelviz.ui import state
from labelviz.ui.components import progress
from labelviz.ui.pages.data import loading, prediction, probabilities, report


def render() -> None:
    """Draw the page."""
    st.header("What is in this file, and is it read correctly?")
    name = state.workspace_name()
    workspace = state.workspace() if name else None
    if workspace is None or not workspace.data.loaded:
        loading.show()
        return
    report.show(workspace)
    st.subheader("Probabilities")
    busy = progress.show(workspace.path, ("predict", "flag"))
    left, right = st.columns(2, gap="large")
    with left:
        probabilities.show(workspace, busy=busy)
    with right:
        prediction.show(workspace, busy=busy)
    st.subheader("Another file")
    if st.toggle("Load a file into a new workspace", key=state.another(workspace.name)):
        loading.show()
