"""Given label against the model's: which classes are taken for which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from labelviz.charts.doors import door
from labelviz.charts.style import named_ticks, styled
from labelviz.charts.text import literal
from labelviz.core.arrays import Floats, Integers
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.distributions import Probabilities
from labelviz.core.queue import Queue, predicted_labels

if TYPE_CHECKING:
    from plotly.graph_objects import Figure, Scatter

MOST_CLASSES = 16
CLEAR, INK = "rgba(213,94,0,0)", "rgba(213,94,0,0.75)"
"""`palette.ALARM` from none to enough; numbers stay legible on it, on light and dark pages."""
BOTH, ONLY_GIVEN, ONLY_PREDICTED = range(3)
PARTS = ("Given and predicted", "Only given", "Only predicted")


@dataclass(frozen=True, eq=False)
class Contradictions:
    """How labels and model agree, in samples.

    Parameters
    ----------
    classes : K names.
    counts : single-label (K, K): given class by predicted class. Multi-label (K, 3): given and
        predicted, only given, only predicted.
    multilabel : which of the two it is.
    """

    classes: tuple[str, ...]
    counts: Integers
    multilabel: bool

    @property
    def shares(self) -> Floats:
        """Counts as shares of the row's samples; rows without samples are 0."""
        totals = self.counts.sum(axis=1, keepdims=True)
        return np.asarray(self.counts / np.maximum(totals, 1))

    @property
    def agreeing(self) -> Integers:
        """(K,) samples on which both agree about a class."""
        return self.counts[:, BOTH] if self.multilabel else np.diagonal(self.counts)

    @property
    def worst(self) -> tuple[int, int, int] | None:
        """Row, column and count of the most frequent contradiction; None if there is none."""
        off = self.counts.copy()
        if self.multilabel:
            off[:, BOTH] = 0
        else:
            np.fill_diagonal(off, 0)
        if not off.any():
            return None
        row, column = divmod(int(off.argmax()), off.shape[1])
        return row, column, int(off[row, column])

    def most_contradicted(self, most: int = MOST_CLASSES) -> Integers:
        """Class indices, in class order, of the classes with the most contradictions."""
        if self.multilabel:
            disputed = self.counts[:, ONLY_GIVEN] + self.counts[:, ONLY_PREDICTED]
        else:
            disputed = self.counts.sum(axis=0) + self.counts.sum(axis=1) - 2 * self.agreeing
        chosen: Integers = np.sort(np.argsort(-disputed, kind="stable")[:most])
        return chosen


def contradictions(dataset: Dataset, probabilities: Probabilities) -> Contradictions:
    """Count given against predicted labels over the samples that have a label."""
    predicted, given, k = predicted_labels(probabilities), dataset.given, dataset.n_classes
    if dataset.multilabel:
        columns = (
            (given == 1) & (predicted == 1),
            (given == 1) & (predicted == 0),
            (given == 0) & (predicted == 1),
        )
        counts = np.stack([column.sum(axis=0) for column in columns], axis=1)
    else:
        rows = given != MISSING
        cells = given[rows] * k + predicted[rows]
        counts = np.bincount(cells, minlength=k * k).reshape(k, k)
    return Contradictions(dataset.classes, counts.astype(np.int64), dataset.multilabel)


def contradictions_figure(found: Contradictions) -> Figure:
    """A heat map whose colour is the share of the row; agreement is left uncoloured."""
    import plotly.graph_objects as go

    chosen = found.most_contradicted()
    names = [literal(found.classes[k]) for k in chosen]
    counts = found.counts[chosen] if found.multilabel else found.counts[np.ix_(chosen, chosen)]
    shares = found.shares[chosen] if found.multilabel else found.shares[np.ix_(chosen, chosen)]
    coloured = shares.copy()
    if found.multilabel:
        coloured[:, BOTH] = 0
    else:
        np.fill_diagonal(coloured, 0)
    figure = go.Figure(
        go.Heatmap(
            z=coloured, zmin=0, zmax=max(float(coloured.max(initial=0)), 0.01),
            colorscale=[[0, CLEAR], [1, INK]], showscale=False, hoverinfo="skip",
            xgap=2, ygap=2,
        )
    )  # fmt: skip
    figure.add_trace(_cells(found, chosen, counts, shares))
    columns = list(PARTS) if found.multilabel else names
    title = "Where the class was named" if found.multilabel else "Predicted by the model"
    styled(
        figure,
        x=title,
        y="Class" if found.multilabel else "Given label",
        height=110 + 30 * max(len(names), 4),
    )
    figure.update_layout(hoverdistance=-1)
    figure.update_xaxes(**named_ticks(columns), range=[-0.5, len(columns) - 0.5], showgrid=False)
    figure.update_yaxes(
        **named_ticks(names), range=[len(names) - 0.5, -0.5], showgrid=False, zeroline=False
    )
    return figure


def _cells(found: Contradictions, chosen: Integers, counts: Integers, shares: Floats) -> Scatter:
    """Unseen marks over the cells, since a heat map itself cannot be clicked."""
    import plotly.graph_objects as go

    rows, columns = (axis.ravel().tolist() for axis in np.indices(counts.shape))
    return go.Scatter(
        x=columns,
        y=rows,
        mode="markers+text",
        text=[f"{n:,}" if n else "" for n in counts.ravel()],
        marker={"opacity": 0, "size": 20},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        hoverinfo="text",
        hovertext=[
            _hover(found, chosen, row, column, (int(counts[row, column]), shares[row, column]))
            for row, column in zip(rows, columns, strict=True)
        ],
        customdata=[
            door(_queue(found, chosen, row, column))
            for row, column in zip(rows, columns, strict=True)
        ],
        showlegend=False,
    )


def _hover(
    found: Contradictions, chosen: Integers, row: int, column: int, much: tuple[int, float]
) -> str:
    name = literal(found.classes[chosen[row]])
    if found.multilabel:
        return f"{name}<br>{PARTS[column]}: {much[0]:,} samples, {much[1]:.0%}"
    other = literal(found.classes[chosen[column]])
    return f"Given: {name}<br>Predicted: {other}<br>{much[0]:,} samples, {much[1]:.0%} of the given"


def _queue(found: Contradictions, chosen: Integers, row: int, column: int) -> Queue:
    name = found.classes[chosen[row]]
    if not found.multilabel:
        return Queue(show="all", given=name, predicted=found.classes[chosen[column]])
    return Queue(
        show="all",
        given="" if column == ONLY_PREDICTED else name,
        predicted="" if column == ONLY_GIVEN else name,
    )
