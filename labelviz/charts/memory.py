"""Memory: how many wrong labels a model repeats, and its loss, while it is trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from labelviz.charts.palette import ALARM, QUIET, set_colours
from labelviz.charts.style import styled
from labelviz.charts.text import literal
from labelviz.core.memorisation import Curve, Memory

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def memory_figure(curves: Sequence[Curve]) -> Figure:
    """The share of wrong labels that are repeated by epoch, and where that begins to be memory.

    Confirmed errors are drawn through, suspected ones dashed.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    unseen = None
    for curve, colour in zip(curves, set_colours(len(curves)), strict=True):
        for memory, dash in ((curve.confirmed, "solid"), (curve.suspected, "dash")):
            if memory is not None:
                kind = "confirmed" if dash == "solid" else "suspected"
                figure.add_scatter(
                    x=memory.epochs, y=[100 * each for each in memory.repeated],
                    name=f"{literal(curve.name)}, {memory.errors:,} {kind}",
                    mode="lines+markers", line={"color": colour, "width": 2, "dash": dash},
                    marker={"size": 5}, hovertemplate="Epoch %{x:.2f}<br>%{y:.0f} %<extra></extra>",
                )  # fmt: skip
                _mark_onset(figure, memory)
                unseen = memory.unseen if unseen is None else unseen
    if unseen is not None:
        figure.add_hline(
            y=100 * unseen, line={"color": QUIET, "width": 1, "dash": "dot"},
            annotation_text="a model that never saw them", annotation_position="bottom right",
        )  # fmt: skip
    styled(figure, x="Epoch", y="Wrong labels that are repeated, %", height=320)
    return figure.update_yaxes(rangemode="tozero")


def _mark_onset(figure: Figure, memory: Memory) -> None:
    if memory.onset is None:
        return
    place = memory.epochs.index(memory.onset)
    figure.add_scatter(
        x=[memory.onset], y=[100 * memory.repeated[place]], mode="markers", showlegend=False,
        marker={"size": 12, "symbol": "circle-open", "color": ALARM, "line": {"width": 2}},
        hovertemplate="Memory begins at epoch %{x:.2f}<extra></extra>",
    )  # fmt: skip


def losses_figure(curves: Sequence[Curve]) -> Figure:
    """Train and validation loss without their floors, mean over seeds; train is dashed."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for curve, colour in zip(curves, set_colours(len(curves)), strict=True):
        for losses, dash, kind in (
            (curve.train, "dash", "train"),
            (curve.validation, "solid", "validation"),
        ):
            known = np.isfinite(losses)
            if known.any():
                figure.add_scatter(
                    x=np.array(curve.epochs)[known].tolist(), y=np.array(losses)[known].tolist(),
                    name=f"{literal(curve.name)}, {kind}", mode="lines",
                    line={"color": colour, "width": 2, "dash": dash},
                    hovertemplate="Epoch %{x:.2f}<br>KL %{y:.3f}<extra></extra>",
                )  # fmt: skip
    return styled(figure, x="Epoch", y="KL against the targets (nats)", height=320)
