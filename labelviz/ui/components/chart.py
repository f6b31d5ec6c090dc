"""A chart under the sentence that says what it shows; a click on a mark is followed once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from labelviz.charts.doors import behind
from labelviz.core.queue import Queue
from labelviz.ui.components import literal

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

NO_BUTTONS = {"displayModeBar": False}


def show(finding: str, figure: Figure, key: str) -> None:
    """Show a chart whose marks lead nowhere.

    Parameters
    ----------
    finding : one sentence, plain text; it may quote data.
    """
    heading(finding)
    st.plotly_chart(figure, key=key, config=NO_BUTTONS, alt=finding)


def show_doors(finding: str, figure: Figure, key: str) -> Queue | None:
    """Show a chart whose marks are doors; returns the queue behind a mark that was just clicked."""
    heading(finding)
    return clicked(figure, key, finding)


def clicked(figure: Figure, key: str, finding: str) -> Queue | None:
    """The queue behind a mark that was just clicked, once.

    The browser keeps a selection as long as the chart keeps its key, so every click that is
    followed gives the chart a new one.
    """
    turn = f"{key} turn"
    event: Any = st.plotly_chart(
        figure,
        key=f"{key} {st.session_state.get(turn, 0)}",
        config=NO_BUTTONS,
        alt=finding,
        on_select="rerun",
        selection_mode="points",
    )
    queue = followed(event)
    if queue is not None:
        st.session_state[turn] = st.session_state.get(turn, 0) + 1
    return queue


def followed(event: Any) -> Queue | None:
    """The queue behind the first mark of a selection."""
    points = (event or {}).get("selection", {}).get("points") or [{}]
    return behind(points[0].get("customdata"))


def heading(finding: str) -> None:
    """A sentence above a chart or table; everything in it is literal."""
    literal.block(
        '<div role="heading" aria-level="3" style="font-weight:600;font-size:1.02rem;'
        f'line-height:1.35">{literal.escaped(finding)}</div>'
    )
