"""The noise matrix: which classes are given where another one is true, or predicted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from labelviz.charts.doors import door
from labelviz.charts.style import named_ticks, styled
from labelviz.charts.text import literal
from labelviz.core.arrays import Floats, Integers
from labelviz.core.noise import ABSENT, GIVEN_RIGHT, GIVEN_WRONG, NoiseMatrix
from labelviz.core.queue import Queue

if TYPE_CHECKING:
    from plotly.graph_objects import Figure, Scatter

MOST_CLASSES = 16
# `palette.ALARM` from none to enough; numbers stay legible on it, on light and dark pages.
CLEAR, INK = "rgba(213,94,0,0)", "rgba(213,94,0,0.4)"
TRUE_PARTS = {GIVEN_RIGHT: "Given, right", GIVEN_WRONG: "Given, wrong", ABSENT: "Missed"}
PREDICTED_PARTS = {
    GIVEN_RIGHT: "Given, predicted",
    GIVEN_WRONG: "Given alone",
    ABSENT: "Predicted alone",
}


def noise_figure(noise: NoiseMatrix, *, true: bool) -> Figure:
    """A heat map whose colour is the share of the row; what is alike is left uncoloured.

    Parameters
    ----------
    true : whether the other labels are what reviewers said, and not what a model predicts.
    """
    import plotly.graph_objects as go

    chosen = noise.noisiest(MOST_CLASSES)
    names = [literal(noise.classes[k]) for k in chosen]
    coloured = _part(noise, noise.errors / np.maximum(noise.totals, 1e-9)[:, None], chosen)
    figure = go.Figure(
        go.Heatmap(
            z=coloured, zmin=0, zmax=max(float(coloured.max(initial=0)), 0.01),
            colorscale=[[0, CLEAR], [1, INK]], showscale=False, hoverinfo="skip",
            xgap=2, ygap=2,
        )
    )  # fmt: skip
    figure.add_trace(_cells(noise, chosen, true=true))
    parts = TRUE_PARTS if true else PREDICTED_PARTS
    columns = list(parts.values()) if noise.multilabel else names
    other = "True label" if true else "Predicted label"
    styled(
        figure,
        x="Where the class is named, or should be" if noise.multilabel else other,
        y="Class" if noise.multilabel else "Given label",
        height=110 + 30 * max(len(names), 4),
    )
    figure.update_layout(hoverdistance=-1)
    figure.update_xaxes(**named_ticks(columns), range=[-0.5, len(columns) - 0.5], showgrid=False)
    figure.update_yaxes(
        **named_ticks(names), range=[len(names) - 0.5, -0.5], showgrid=False, zeroline=False
    )
    return figure


def _part(noise: NoiseMatrix, values: Floats, chosen: Integers) -> Floats:
    return values[chosen] if noise.multilabel else values[np.ix_(chosen, chosen)]


def _cells(noise: NoiseMatrix, chosen: Integers, *, true: bool) -> Scatter:
    """Unseen marks over the cells, since a heat map itself cannot be clicked."""
    import plotly.graph_objects as go

    counts = _part(noise, noise.counts, chosen)
    rows, columns = (axis.ravel().tolist() for axis in np.indices(counts.shape))
    meant = [
        (int(chosen[row]), column if noise.multilabel else int(chosen[column]))
        for row, column in zip(rows, columns, strict=True)
    ]
    return go.Scatter(
        x=columns,
        y=rows,
        mode="markers+text",
        text=[f"{n:,.0f}" if n >= 0.5 else "" for n in counts.ravel()],
        marker={"opacity": 0, "size": 20},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        hoverinfo="text",
        hovertext=[_hover(noise, row, column, true=true) for row, column in meant],
        customdata=[door(_queue(noise, row, column)) for row, column in meant],
        showlegend=False,
    )


def _hover(noise: NoiseMatrix, row: int, column: int, *, true: bool) -> str:
    name, count = literal(noise.classes[row]), noise.counts[row, column]
    much = f"{count:,.0f} of {noise.totals[row]:,.0f} {'random ' if true else ''}samples"
    if noise.multilabel:
        part = (TRUE_PARTS if true else PREDICTED_PARTS)[column]
        return f"{name}<br>{part}: {much}"
    other = literal(noise.classes[column])
    return f"Given: {name}<br>{'True' if true else 'Predicted'}: {other}<br>{much}"


def _queue(noise: NoiseMatrix, row: int, column: int) -> Queue:
    name = noise.classes[row]
    if not noise.multilabel:
        return Queue(show="all", given=name, predicted=noise.classes[column])
    return Queue(
        show="all",
        given="" if column == ABSENT else name,
        predicted="" if column == GIVEN_WRONG else name,
    )
