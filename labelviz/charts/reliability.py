"""Reliability diagram: how often a model is right when it says how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from labelviz.charts.palette import ACCENT, QUIET
from labelviz.charts.style import styled
from labelviz.charts.text import literal
from labelviz.core.calibration import Reliability
from labelviz.core.intervals import wilson

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def reliability_figure(name: str, shown: Reliability, others: Mapping[str, Reliability]) -> Figure:
    """The share of agreement in each bin with its 95 % interval, and other curves to compare.

    On the dotted line a model is as sure as it is right; below it, it is too sure.

    Parameters
    ----------
    name : of what is shown. others : quiet curves by name.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", showlegend=False, hoverinfo="skip",
        line={"color": QUIET, "dash": "dot", "width": 1},
    )  # fmt: skip
    for other, curve in others.items():
        filled = curve.count > 0
        figure.add_scatter(
            x=curve.sure[filled], y=curve.agree[filled], mode="lines", name=literal(other),
            line={"color": QUIET, "width": 1.5}, hoverinfo="text",
            hovertext=[literal(other)] * int(filled.sum()),
        )  # fmt: skip
    filled = shown.count > 0
    sure, agree, count = shown.sure[filled], shown.agree[filled], shown.count[filled]
    low, high = wilson(np.rint(agree * count).astype(np.int64), count)
    figure.add_scatter(
        x=sure, y=agree, mode="lines+markers", name=literal(name),
        line={"color": ACCENT, "width": 2}, marker={"color": ACCENT, "size": 8},
        error_y={
            "type": "data", "symmetric": False, "array": np.maximum(high - agree, 0),
            "arrayminus": np.maximum(agree - low, 0), "thickness": 1, "width": 3,
        },
        hoverinfo="text",
        hovertext=[
            f"{n:,} claims<br>sure: {s:.2f}<br>right: {a:.2f}"
            for n, s, a in zip(count, sure, agree, strict=True)
        ],
    )  # fmt: skip
    styled(figure, x="How sure the model is", y="Share that is the given label", height=320)
    figure.update_yaxes(range=[0, 1.03], dtick=0.2, tickformat=".1f")
    return figure.update_xaxes(range=[0, 1.03], dtick=0.2, tickformat=".1f")
