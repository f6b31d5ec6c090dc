"""The tour of the demo: three minutes from the first look to a file that a model trains on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import streamlit as st

from labelviz.project import demo
from labelviz.project.workspace import Workspace
from labelviz.ui import rights, state
from labelviz.ui.components import literal

ON: Final = "tour"  # under which a visit has how many exports there were when it began
TITLE, SKIP = "Take the tour of the demo", "Skip the tour"


@dataclass(frozen=True)
class Stop:
    """What is said on a page, and the button that leads on.

    Parameters
    ----------
    to : the page that the button leads to; empty where something has to be done first.
    """

    words: str
    on: str = ""
    to: str = ""


STOPS: Mapping[str, Stop] = MappingProxyType(
    {
        "overview": Stop(
            "Tour, 1 of 3. These pairs of places are invented, and some of their labels are wrong, "
            "as those of a language model are. This page says how many labels are flagged, where "
            "they lie, and what to do next.",
            "Look at the most suspicious", "review",
        ),
        "review": Stop(
            "Tour, 2 of 3. Beside the texts stands why a label is suspicious. W accepts what is "
            "suggested, Q keeps the label, Z takes it back. Give a name, and decide three or so.",
            "Go on to the targets", "targets",
        ),
        "targets": Stop(
            "Tour, 3 of 3. A policy makes a target of every label: smooth:off=0.1 makes 0.1 and "
            "0.9 of 0 and 1. What you decided stands above it. Now write an export file, further "
            "down."
        ),
    }
)  # fmt: skip
END: Final = Stop(
    "That was the tour. The file holds every column beside its target, for a training here, on "
    "the Retrain page, or elsewhere. Now load labels of your own.",
    "Load a file", "data",
)  # fmt: skip


def is_offered() -> bool:
    """Whether the workspace in view is the demo, and the visitor may do what it leads through."""
    here = state.workspace_name() == demo.NAME and state.workspace().data.loaded
    return here and rights.may("decide")


def begin_for_newcomers() -> None:
    """Begin where nobody has decided or exported anything yet."""
    if is_offered():
        workspace = state.workspace()
        if workspace.review.sequence == 0 and not _exports(workspace):
            st.session_state[ON] = 0


def begin() -> None:
    """Begin, and lead to where it begins."""
    st.session_state[ON] = _exports(state.workspace())
    state.go("overview")


def show(page: str) -> None:
    """Say what there is to see on a page, while the tour is on.

    Parameters
    ----------
    page : its name in the URL.
    """
    if page in STOPS and _is_on() and not (page == "targets" and _is_over()):
        _draw(STOPS[page])


def show_end() -> None:
    """Say that it is over, where the file is that was exported on the way."""
    if _is_on() and _is_over():
        _draw(END)


def _is_on() -> bool:
    return ON in st.session_state and is_offered()


def _is_over() -> bool:
    return bool(_exports(state.workspace()) > st.session_state[ON])


def _draw(stop: Stop) -> None:
    with st.container(border=True, key="tour", horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch"):
            literal.plain(stop.words)
        if stop.on and st.button(stop.on, key="tour on", type="primary"):
            if stop is END:
                del st.session_state[ON]
            state.go(stop.to)
        if stop is not END and st.button(SKIP, key="tour skip"):
            del st.session_state[ON]
            st.rerun()


def _exports(workspace: Workspace) -> int:
    """How many files were exported."""
    return len(workspace.goals.exports)
