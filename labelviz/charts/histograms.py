"""Histograms: suspicion with its flags, and targets before and after a policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from labelviz.charts.doors import door
from labelviz.charts.palette import ACCENT, ALARM, QUIET
from labelviz.charts.style import click_area, styled
from labelviz.core.arrays import Floats, Integers
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.distributions import Targets
from labelviz.core.queue import Queue
from labelviz.core.suspicion import Suspicion

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SUSPICION_BINS = 20
TARGET_BINS = 40


@dataclass(frozen=True, eq=False)
class Histogram:
    """Two counts over the same bins of [0, 1]; the last bin holds 1.

    Parameters
    ----------
    edges : (B + 1,) ascending.
    first, second : (B,) counts.
    """

    edges: Floats
    first: Integers
    second: Integers

    def queue(self, place: int) -> Queue:
        """All samples whose suspicion lies in one bin."""
        last = place == len(self.first) - 1
        high = 1.0 if last else float(np.nextafter(self.edges[place + 1], 0))
        return Queue(show="all", low=float(self.edges[place]), high=high)


def counted(values: Floats, bins: int) -> Integers:
    """(bins,) counts of values in [0, 1] over equal bins that hold their lower edge."""
    inner = edges(bins)[1:-1]
    counts: Integers = np.bincount(np.searchsorted(inner, values, side="right"), minlength=bins)
    return counts


def edges(bins: int) -> Floats:
    """(bins + 1,) edges of equal bins of [0, 1]."""
    return np.arange(bins + 1) / bins


def suspicion_histogram(suspicion: Suspicion, bins: int = SUSPICION_BINS) -> Histogram:
    """Flagged and unflagged samples by suspicion."""
    every = counted(suspicion.score, bins)
    flagged = counted(suspicion.score[suspicion.flagged], bins)
    return Histogram(edges(bins), flagged, every - flagged)


def target_histogram(
    dataset: Dataset, before: Targets, after: Targets, bins: int = TARGET_BINS
) -> Histogram:
    """What two targets say about the given label; about every known cell where multi-label."""
    sides = (target_of_label(dataset, targets) for targets in (before, after))
    first, second = (counted(values[~np.isnan(values)], bins) for values in sides)
    return Histogram(edges(bins), first, second)


def target_of_label(dataset: Dataset, targets: Targets) -> Floats:
    """(N,) target of the given label, NaN where there is none; all N * K cells where multi-label.

    Samples that are left out of training are NaN.
    """
    used = targets.weight > 0
    if dataset.multilabel:
        return np.where(used[:, None], targets.values, np.nan).ravel()
    rows = np.arange(len(dataset))
    values = targets.values[rows, np.maximum(dataset.given, 0)]
    return np.where(used & (dataset.given != MISSING), values, np.nan)


def suspicion_figure(histogram: Histogram, threshold: float) -> Figure:
    """Stacked bars with the line that flags begin at; a bar leads to its samples."""
    import plotly.graph_objects as go

    width = float(histogram.edges[1])
    middle = histogram.edges[:-1] + width / 2
    figure = go.Figure()
    for name, colour, counts in (
        ("Flagged", ALARM, histogram.first),
        ("Not flagged", QUIET, histogram.second),
    ):
        base = histogram.first if name == "Not flagged" else np.zeros_like(counts)
        figure.add_bar(
            x=middle, y=counts, base=base, width=width * 0.9, name=name,
            marker={"color": colour}, hoverinfo="skip",
        )  # fmt: skip
    total = histogram.first + histogram.second
    reach = float(max(total.max(initial=0), 1))
    figure.add_trace(
        click_area(
            middle.tolist(),
            reach,
            [_bin(histogram, place) for place in range(len(middle))],
            [door(histogram.queue(place)) for place in range(len(middle))],
            width=width,
        )
    )
    figure.update_layout(barmode="overlay")
    left = threshold < 0.6
    figure.add_vline(x=threshold, line={"color": ALARM, "width": 1, "dash": "dash"})
    figure.add_annotation(
        x=threshold, y=1, yref="paper", text=f"flagged from {threshold:.2f}",
        showarrow=False, xanchor="left" if left else "right", xshift=4 if left else -4,
    )  # fmt: skip
    styled(figure, x="Suspicion (0: fine, 1: look first)", y="Samples", height=320)
    figure.update_yaxes(tickformat=",")
    return figure.update_xaxes(range=[0, 1], dtick=0.1, tickformat=".1f")


def _bin(histogram: Histogram, place: int) -> str:
    low, high = histogram.edges[place], histogram.edges[place + 1]
    return (
        f"Suspicion {low:.2f} to {high:.2f}<br>{histogram.first[place]:,} flagged, "
        f"{histogram.second[place]:,} not flagged"
    )


def before_and_after(histogram: Histogram, value: str) -> Figure:
    """Bars of what is in use now and of what a policy would make, side by side.

    Parameters
    ----------
    value : what the edges are values of, as a hover label begins.
    """
    import plotly.graph_objects as go

    width = float(histogram.edges[1])
    figure = go.Figure()
    for place, (name, colour, counts) in enumerate(
        (("In use now", QUIET, histogram.first), ("With this policy", ACCENT, histogram.second))
    ):
        figure.add_bar(
            x=histogram.edges[:-1] + width * (0.27 + 0.46 * place), y=counts, width=width * 0.44,
            name=name, marker={"color": colour}, hoverinfo="text",
            hovertext=[
                f"{name}<br>{value} {low:.3f} to {high:.3f}<br>{count:,}"
                for low, high, count in zip(
                    histogram.edges[:-1], histogram.edges[1:], counts, strict=True
                )
            ],
        )  # fmt: skip
    figure.update_layout(barmode="overlay")
    return figure


def target_figure(histogram: Histogram, *, cells: bool) -> Figure:
    """Before and after side by side.

    Parameters
    ----------
    cells : whether the values are cells of all classes rather than targets of the given label.
    """
    figure = before_and_after(histogram, "Target")
    what = "Target of a class (every cell)" if cells else "Target of the given label"
    styled(figure, x=what, y="Cells" if cells else "Samples", height=300)
    figure.update_yaxes(tickformat=",")
    return figure.update_xaxes(range=[-0.01, 1.01], dtick=0.1, tickformat=".1f")
