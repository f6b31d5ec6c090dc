"""Borders: how many samples lie between two classes, and what they were labelled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from labelviz.charts.doors import door
from labelviz.charts.palette import ACCENT, ALARM, QUIET
from labelviz.charts.style import ROW, click_area, named_ticks, styled
from labelviz.charts.text import literal
from labelviz.core.borders import Border

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MOST_BORDERS: Final = 12
FIRST, SECOND, ELSEWHERE = "Labelled the first", "Labelled the second", "Neither"
THERE, NOT_THERE, UNLABELLED = "Given", "Not given", "No label"


def borders_figure(borders: Sequence[Border]) -> Figure:
    """One bar per border, parted by the given label; a bar leads to its samples."""
    import plotly.graph_objects as go

    shown, several = borders[:MOST_BORDERS], any(not each.second for each in borders)
    names = (THERE, NOT_THERE, UNLABELLED) if several else (FIRST, SECOND, ELSEWHERE)
    places = list(range(len(shown)))
    parts = [(each.with_first, each.with_second, each.elsewhere) for each in shown]
    figure = go.Figure()
    for k, (name, colour) in enumerate(zip(names, (ACCENT, QUIET, ALARM), strict=True)):
        figure.add_bar(
            x=[part[k] for part in parts], y=places, base=[sum(part[:k]) for part in parts],
            orientation="h", name=name, marker={"color": colour}, hoverinfo="skip",
            showlegend=any(part[k] for part in parts),
        )  # fmt: skip
    reach = max((each.near for each in shown), default=1)
    for place, each in zip(places, shown, strict=True):
        figure.add_annotation(
            x=1, xref="paper", y=place, xanchor="left", showarrow=False, xshift=6,
            text=f"{each.near:,}",
        )  # fmt: skip
    hover = [_hover(each, names) for each in shown]
    doors = [door(each.queue) for each in shown]
    figure.add_trace(click_area(places, reach, hover, doors, orientation="h", width=1))
    figure.update_layout(barmode="overlay")
    styled(figure, x="Samples", y="", height=110 + ROW * max(len(shown), 1))
    figure.update_layout(margin={"r": 60, "t": 40})
    figure.update_xaxes(range=[0, reach], nticks=6, showgrid=True, rangemode="tozero")
    return figure.update_yaxes(
        **named_ticks([_name(each) for each in shown]), range=[len(shown) - 0.5, -0.5],
        showgrid=False, zeroline=False,
    )  # fmt: skip


def _name(border: Border) -> str:
    if not border.second:
        return literal(border.first)
    return f"“{literal(border.first)}” | “{literal(border.second)}”"


def _hover(border: Border, names: Sequence[str]) -> str:
    counts = (border.with_first, border.with_second, border.elsewhere)
    lines = [f"{name}: {count:,}" for name, count in zip(names, counts, strict=True)]
    return "<br>".join([_name(border), *lines, f"Flagged: {border.flagged:,}"])
