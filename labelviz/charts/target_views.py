"""Targets before and after: their entropy, by class and slice, and three classes as a triangle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from labelviz.charts import histograms
from labelviz.charts.doors import door
from labelviz.charts.histograms import Histogram, before_and_after, edges
from labelviz.charts.palette import ACCENT, QUIET, class_colours
from labelviz.charts.style import ROW, named_ticks, styled
from labelviz.charts.text import literal
from labelviz.core.arrays import Floats, Integers
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.distributions import Targets
from labelviz.core.queue import Queue

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

ENTROPY_BINS = 40
MOST_PARTS = 12  # classes or values of a slice that are drawn
MOST_POINTS = 2_000  # of a triangle: more would hide each other
NOTHING = "(empty)"
CORNERS = ((0.0, 0.0, "left"), (1.0, 0.0, "right"), (0.5, 1.0, "center"))  # of the triangle


def entropy(targets: Targets) -> Floats:
    """(N,) in [0, 1]: entropy over that of even shares; of several labels its mean over cells.

    Samples that are left out of training are NaN.
    """
    p = np.maximum(targets.values, 1e-300)
    if targets.multilabel:
        q = np.maximum(1 - targets.values, 1e-300)
        cells = -(p * np.log2(p) + q * np.log2(q))
        known = ~np.isnan(targets.values)
        total = np.where(known, cells, 0).sum(axis=1)
        found = total / np.maximum(known.sum(axis=1), 1)
    else:
        found = (p * np.log(p)) @ np.full(p.shape[1], -1 / np.log(p.shape[1]))
    return np.where(targets.weight > 0, np.clip(found, 0, 1), np.nan)


def entropy_histogram(before: Floats, after: Floats, bins: int = ENTROPY_BINS) -> Histogram:
    """How undecided targets are, before and after, of (N,) entropies; NaN is not counted."""
    sides = (before, after)
    first, second = (histograms.counted(each[~np.isnan(each)], bins) for each in sides)
    return Histogram(edges(bins), first, second)


@dataclass(frozen=True, eq=False)
class Parts:
    """How soft targets are in parts of the data, before and after.

    Parameters
    ----------
    names : of the parts. counts : samples in each.
    before, after : mean mass that labels lost, from 0; of several labels the mean over cells.
    weight : sum of the weights in each, after.
    queues : the samples of each.
    """

    names: tuple[str, ...]
    counts: Integers
    before: Floats
    after: Floats
    weight: Floats
    queues: tuple[Queue, ...]


def softness(dataset: Dataset, targets: Targets) -> Floats:
    """(N,) mass that the given label lost; of several labels the mean over cells; NaN without."""
    given = dataset.given
    if dataset.multilabel:
        lost = np.where(given == MISSING, np.nan, np.abs(targets.values - given))
        known = ~np.isnan(lost)
        total = np.where(known, lost, 0).sum(axis=1)
        return np.where(known.any(axis=1), total / np.maximum(known.sum(axis=1), 1), np.nan)
    own = targets.values[np.arange(len(given)), np.maximum(given, 0)]
    return np.where(given == MISSING, np.nan, 1 - own)


def lost_by_class(dataset: Dataset, before: Targets, after: Targets) -> Parts:
    """By given class; of several labels among the samples that carry it."""
    carries = [
        dataset.given[:, k] == 1 if dataset.multilabel else dataset.given == k
        for k in range(dataset.n_classes)
    ]
    queues = [Queue(show="all", given=name) for name in dataset.classes]
    return _parts(dataset, before, after, (list(dataset.classes), carries, queues))


def lost_by_slice(dataset: Dataset, before: Targets, after: Targets, column: str) -> Parts:
    """By the commonest values of a slice column."""
    number: dict[str, int] = {}
    cells = dataset.slices[column]
    place = np.fromiter((number.setdefault(each, len(number)) for each in cells), np.int64)
    values = list(number)
    first = np.argsort(-np.bincount(place), kind="stable")[:MOST_PARTS]
    names = [str(values[each]) or NOTHING for each in first]
    queues = [Queue(show="all", slice=column, value=str(values[each])) for each in first]
    return _parts(dataset, before, after, (names, [place == each for each in first], queues))


def _parts(
    dataset: Dataset, before: Targets, after: Targets,
    parts: tuple[list[str], list[np.ndarray], list[Queue]],
) -> Parts:  # fmt: skip
    lost = softness(dataset, before), softness(dataset, after)
    kept = [
        (name, inside & ~np.isnan(lost[0]), queue)
        for name, inside, queue in zip(*parts, strict=True)
        if (inside & ~np.isnan(lost[0])).any()
    ][:MOST_PARTS]
    return Parts(
        names=tuple(name for name, _, _ in kept),
        counts=np.array([inside.sum() for _, inside, _ in kept], dtype=np.int64),
        before=np.array([lost[0][inside].mean() for _, inside, _ in kept]),
        after=np.array([lost[1][inside].mean() for _, inside, _ in kept]),
        weight=np.array([after.weight[inside].sum() for _, inside, _ in kept]),
        queues=tuple(queue for _, _, queue in kept),
    )


def entropy_figure(histogram: Histogram) -> Figure:
    """Before and after side by side."""
    figure = before_and_after(histogram, "Entropy")
    styled(figure, x="Entropy (0: hard, 1: even shares)", y="Samples", height=300)
    figure.update_yaxes(tickformat=",")
    return figure.update_xaxes(range=[-0.01, 1.01], dtick=0.1, tickformat=".1f")


def parts_figure(parts: Parts) -> Figure:
    """Two bars for each part: what labels lose now, and with this policy; a bar is a door."""
    import plotly.graph_objects as go

    at = np.arange(len(parts.names), dtype=np.float64)
    figure = go.Figure()
    for place, (name, colour, values) in enumerate(
        (("In use now", QUIET, parts.before), ("With this policy", ACCENT, parts.after))
    ):
        figure.add_bar(
            y=at + (place - 0.5) * 0.38, x=values, width=0.36, orientation="h", name=name,
            marker={"color": colour}, hoverinfo="text",
            customdata=[door(queue) for queue in parts.queues],
            hovertext=[
                f"{literal(each)}<br>{name}: {value:.3f}<br>{count:,} samples, "
                f"weight {weight:,.0f}"
                for each, value, count, weight in zip(
                    parts.names, values, parts.counts, parts.weight, strict=True
                )
            ],
        )  # fmt: skip
    figure.update_layout(barmode="overlay")
    styled(figure, x="Mean off-label mass", y="", height=90 + ROW * len(parts.names))
    figure.update_xaxes(rangemode="tozero", tickformat=".2f")
    return figure.update_yaxes(
        named_ticks([f"{literal(name)} ({count:,})" for name, count in
                     zip(parts.names, parts.counts, strict=True)]), autorange="reversed",
    )  # fmt: skip


def triangle_points(targets: Targets, most: int = MOST_POINTS) -> Integers:
    """Rows to draw: all that are trained on, or as many drawn at random, the same every time."""
    rows = np.flatnonzero(targets.weight > 0)
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(0).choice(rows, most, replace=False))


def triangle(values: Floats) -> tuple[Floats, Floats]:
    """(M,) x and y of rows over three classes: the corners are (0, 0), (1, 0) and (1/2, 1)."""
    return values[:, 1] + values[:, 2] / 2, values[:, 2]


def triangle_figure(dataset: Dataset, targets: Targets) -> Figure:
    """Every sample as a point among three classes, coloured by its given label."""
    import plotly.graph_objects as go

    rows = triangle_points(targets)
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1, 0.5, 0], y=[0, 0, 1, 0], mode="lines", line={"color": QUIET, "width": 1},
        hoverinfo="skip", showlegend=False,
    )  # fmt: skip
    for k, (name, colour) in enumerate(
        zip(dataset.classes, class_colours(dataset.n_classes), strict=True)
    ):
        mine = rows[dataset.given[rows] == k]
        x, y = triangle(targets.values[mine])
        figure.add_scatter(
            x=x, y=y, mode="markers", name=literal(name), hoverinfo="text",
            marker={"color": colour, "size": 6, "opacity": 0.5},
            hovertext=[
                "<br>".join([
                    literal(str(dataset.ids[row])),
                    *(f"{literal(c)} {v:.2f}" for c, v in
                      zip(dataset.classes, targets.values[row], strict=True)),
                ])
                for row in mine
            ],
        )  # fmt: skip
    for name, (across, up, side) in zip(dataset.classes, CORNERS, strict=True):
        figure.add_annotation(
            x=across, y=up, text=literal(name), showarrow=False, xanchor=side,
            yanchor="bottom" if up else "top",
        )  # fmt: skip
    styled(figure, x="", y="", height=380)
    figure.update_xaxes(visible=False, range=[-0.08, 1.08])
    return figure.update_yaxes(visible=False, range=[-0.12, 1.12], scaleanchor="x", scaleratio=0.87)
