"""A chart under the sentence that says what it shows; a click on a mark is followed once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from labelviz.charts.data_map import chosen
from labelviz.charts.doors import behind
from labelviz.core.queue import Queue
from labelviz.ui.components import literal

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Found = TypeVar("Found")
NO_BUTTONS = {"displayModeBar": False}
DRAWING = {
    "displayModeBar": True,
    "displaylogo": False,
    "modeBarButtons": [["select2d", "lasso2d"]],
}


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


def show_map(finding: str, figure: Figure, key: str) -> Queue | None:
    """Show the data map; returns the queue of the box or lasso that was just drawn on it."""
    heading(finding)
    modes = ("box", "lasso")
    return _once(figure, key, finding, _chosen, selection_mode=modes, config=DRAWING)


def canvas(
    finding: str, figure: Figure, key: str, follow: Callable[[Mapping[str, Any]], None]
) -> None:
    """Show a chart to draw boxes and lassos on, under a heading that stands already.

    Parameters
    ----------
    follow : is told what is drawn on it, before the page is drawn again.
    """

    def drawn() -> None:
        follow((st.session_state.get(key) or {}).get("selection") or {})

    st.plotly_chart(
        figure, key=key, alt=finding, on_select=drawn, selection_mode=("box", "lasso"),
        config=DRAWING,
    )  # fmt: skip


def clicked(figure: Figure, key: str, finding: str) -> Queue | None:
    """The queue behind a mark that was just clicked, once."""
    return _once(figure, key, finding, followed, selection_mode="points", config=NO_BUTTONS)


def _once(
    figure: Figure, key: str, finding: str, read: Callable[[Any], Found | None], **looks: Any
) -> Found | None:
    """What was just selected on a chart, once.

    The browser keeps a selection as long as the chart keeps its key, so every selection that is
    followed gives the chart a new one.
    """
    turn = f"{key} turn"
    event: Any = st.plotly_chart(
        figure,
        key=f"{key} {st.session_state.get(turn, 0)}",
        alt=finding,
        on_select="rerun",
        **looks,
    )
    found = read(event)
    if found is not None:
        st.session_state[turn] = st.session_state.get(turn, 0) + 1
    return found


def _chosen(event: Any) -> Queue | None:
    return chosen((event or {}).get("selection", {}))


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
