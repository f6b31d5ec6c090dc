"""The noise matrix: which classes are given for which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from labelviz.charts.doors import door
from labelviz.charts.style import named_ticks, styled
from labelviz.charts.text import literal
from labelviz.core.arrays import Floats, Integers
from labelviz.core.intervals import percent
from labelviz.core.noise import ABSENT, RIGHT, WRONG, NoiseMatrix
from labelviz.core.queue import Queue
from labelviz.core.rates import Basis

if TYPE_CHECKING:
    from plotly.graph_objects import Figure, Scatter

MOST_CLASSES = 16
CLEAR, INK = "rgba(213,94,0,0)", "rgba(213,94,0,0.4)"
"""`palette.ALARM` from none to enough; numbers stay legible on it, on light and dark pages."""
PARTS = {RIGHT: "Given, right", WRONG: "Given, wrong", ABSENT: "Missed"}


def noise_figure(noise: NoiseMatrix, basis: Basis) -> Figure:
    """A heat map whose colour is the share of the row; what is right is left uncoloured."""
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
    figure.add_trace(_cells(noise, chosen, basis))
    columns = list(PARTS.values()) if noise.multilabel else names
    styled(
        figure,
        x="Where the class is named, or should be" if noise.multilabel else "Likely true label",
        y="Class" if noise.multilabel else "Given label",
        height=110 + 30 * max(len(names), 4),
    )
    figure.update_layout(hoverdistance=-1)
    figure.update_xaxes(**named_ticks(columns), range=[-0.5, len(columns) - 0.5], showgrid=False)
    figure.update_yaxes(
        **named_ticks(names), range=[len(names) - 0.5, -0.5], showgrid=False, zeroline=False
    )
    return figure


def share_in_words(noise: NoiseMatrix, row: int, column: int, basis: Basis) -> str:
    """A cell's count and share with its interval."""
    count, total = noise.counts[row, column], noise.totals[row]
    low, high = (float(bound[row, column]) for bound in noise.bounds)
    share = (
        f"{percent(noise.shares[row, column])} ({percent(low)} to {percent(high)})"
        if total
        else "none"
    )
    if basis == "reviews":
        return f"{count:,.0f} of {total:,.0f} reviewed samples, {share}"
    return f"about {count:,.0f} of {total:,.0f} samples, {share}"


def _part(noise: NoiseMatrix, values: Floats, chosen: Integers) -> Floats:
    return values[chosen] if noise.multilabel else values[np.ix_(chosen, chosen)]


def _cells(noise: NoiseMatrix, chosen: Integers, basis: Basis) -> Scatter:
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
        hovertext=[_hover(noise, row, column, basis) for row, column in meant],
        customdata=[door(_queue(noise, row, column)) for row, column in meant],
        showlegend=False,
    )


def _hover(noise: NoiseMatrix, row: int, column: int, basis: Basis) -> str:
    name, much = literal(noise.classes[row]), share_in_words(noise, row, column, basis)
    if noise.multilabel:
        return f"{name}<br>{PARTS[column]}: {much}"
    return f"Given: {name}<br>Likely true: {literal(noise.classes[column])}<br>{much}"


def _queue(noise: NoiseMatrix, row: int, column: int) -> Queue:
    name = noise.classes[row]
    if not noise.multilabel:
        return Queue(show="all", given=name, predicted=noise.classes[column])
    return Queue(
        show="all",
        given="" if column == ABSENT else name,
        predicted="" if column == WRONG else name,
    )
