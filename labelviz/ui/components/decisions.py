"""The decisions on disk: whether they are sound, and their backups."""

from __future__ import annotations

import streamlit as st

from labelviz.errors import LabelvizError
from labelviz.project.workspace import Workspace
from labelviz.requests import BackUp, CheckStore
from labelviz.ui.components import literal, message, notice

TITLE = "The decisions on disk"
RESTORE = (
    "To bring a backup back, stop the server and run “labelviz store restore” with this workspace."
)


def show(workspace: Workspace) -> None:
    """Check the store, or back it up, on a press; and list the backups."""
    with st.expander(TITLE, key="decisions on disk"):
        with st.container(horizontal=True, gap="small"):
            check = st.button("Check them")
            back_up = st.button("Back up now")
        try:
            if check:
                _check(workspace)
            backups = BackUp(only_list=not back_up).run(workspace).every
        except LabelvizError as error:
            message.show(error)
            return
        if not backups:
            notice.quiet("There is no backup yet.")
            return
        st.dataframe(
            literal.table(
                {
                    "Backup": [each.path.name for each in backups],
                    "Made (UTC)": [f"{each.made:%Y-%m-%d %H:%M:%S}" for each in backups],
                    "Decisions": [each.sequence for each in backups],
                }
            ),
            hide_index=True,
            key="backups",
        )
        notice.quiet(RESTORE)


def _check(workspace: Workspace) -> None:
    found = CheckStore().run(workspace)
    st.dataframe(
        literal.table(
            {
                "Checked": [each.about for each in found],
                "Sound": ["yes" if each.sound else "NO" for each in found],
                "Found": [each.words for each in found],
            }
        ),
        hide_index=True,
        key="soundness",
    )
