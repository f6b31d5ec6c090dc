"""Data map: how sure a model was of each label while it learned, and how much that varied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from labelviz.charts.palette import ACCENT, ALARM, QUIET
from labelviz.charts.style import styled
from labelviz.charts.text import literal
from labelviz.core.arrays import Integers
from labelviz.core.dataset import Dataset
from labelviz.core.difficulty import DataMap
from labelviz.core.evidence import control_order
from labelviz.core.intervals import percent
from labelviz.core.queue import HIGHEST_VARIABILITY, Queue

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MOST_POINTS: Final = 3_000


def drawn_rows(learned: DataMap) -> Integers:
    """Rows to draw: all that are known, or `MOST_POINTS` of them at random, always the same."""
    order = control_order(len(learned.known))
    return order[learned.known[order]][:MOST_POINTS]


def data_map_figure(dataset: Dataset, learned: DataMap, rows: Integers) -> Figure:
    """A point per sample, coloured by how often its label was put first; a drag draws a box."""
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.add_scatter(
        x=learned.variability[rows], y=learned.confidence[rows], mode="markers",
        marker={
            "color": learned.correctness[rows], "cmin": 0, "cmax": 1, "size": 6, "opacity": 0.7,
            "colorscale": [[0, ALARM], [0.5, QUIET], [1, ACCENT]],
            "colorbar": {
                "title": {"text": "Correct at", "side": "right"}, "tickformat": ".0%",
                "thickness": 12, "len": 0.85, "y": 0.42,
            },
        },
        hoverinfo="text",
        hovertext=[_hover(dataset, learned, row) for row in rows.tolist()],
    )  # fmt: skip
    styled(figure, x="Variability", y="Confidence: mean probability of the given label", height=420)
    figure.update_layout(dragmode="select")
    widest = float(np.nanmax(learned.variability[rows], initial=0.05))
    figure.update_xaxes(range=[-0.01, 1.05 * widest], tickformat=".2f")
    return figure.update_yaxes(range=[-0.02, 1.02], dtick=0.2, tickformat=".1f")


def _hover(dataset: Dataset, learned: DataMap, row: int) -> str:
    given = ", ".join(dataset.label_names(dataset.given, row))
    return (
        f"{literal(str(dataset.ids[row]))}<br>given: {literal(given)}"
        f"<br>confidence {learned.confidence[row]:.2f}, variability {learned.variability[row]:.2f}"
        f"<br>correct at {percent(learned.correctness[row])} of the checkpoints"
    )


def chosen(selection: Mapping[str, Any]) -> Queue | None:
    """The queue that a box or a lasso's bounding box stands for.

    The bounds are widened to hundredths. None where nothing was chosen.
    """
    for shape in (*(selection.get("box") or ()), *(selection.get("lasso") or ())):
        x_low, x_high = _bounds(shape["x"], HIGHEST_VARIABILITY)
        y_low, y_high = _bounds(shape["y"], 1)
        return Queue(
            show="all", variability_low=x_low, variability_high=x_high,
            confidence_low=y_low, confidence_high=y_high,
        )  # fmt: skip
    return None


def _bounds(values: list[float], most: float) -> tuple[float, float]:
    hundredths = np.clip(np.asarray(values, dtype=np.float64), 0, most) * 100
    low = np.floor(hundredths.min().round(6)) / 100
    high = np.ceil(hundredths.max().round(6)) / 100
    return float(low), float(high)
