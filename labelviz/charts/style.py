"""How every figure looks: little ink, room for long names, one place for the mouse to ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from plotly.graph_objects import Bar, Figure

INVISIBLE: Final = "rgba(0,0,0,0)"
ROW: Final = 30  # pixels of one horizontal bar


def styled(figure: Figure, *, x: str, y: str, height: int) -> Figure:
    """Give a figure its axis titles, its size and the common looks."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        dragmode=False,
        hovermode="closest",
        bargap=0.25,
        hoverlabel={"align": "left"},
        legend={"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"},
    )
    figure.update_xaxes(title={"text": x, "standoff": 10}, fixedrange=True)
    figure.update_yaxes(title={"text": y, "standoff": 10}, fixedrange=True)
    return figure


def named_ticks(names: Sequence[str]) -> dict[str, Any]:
    """Axis settings that put names at 0, 1, 2, ...; the names went through `text.literal`."""
    return {"tickmode": "array", "tickvals": list(range(len(names))), "ticktext": list(names)}


def click_area(
    at: Sequence[float], reach: float, hover: Sequence[str], doors: Sequence[str], **settings: Any
) -> Bar:
    """Unseen bars of full length, so that a small bar answers the mouse as well as a long one.

    They need ``barmode="overlay"``, or an axis of their own.
    """
    import plotly.graph_objects as go

    across = settings.get("orientation") == "h"
    lengths = [reach] * len(at)
    return go.Bar(
        x=lengths if across else list(at),
        y=list(at) if across else lengths,
        marker={"color": INVISIBLE, "line": {"width": 0}},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        hoverinfo="text",
        hovertext=list(hover),
        customdata=list(doors),
        textposition="none",
        showlegend=False,
        **settings,
    )
