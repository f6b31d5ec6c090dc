"""A few samples that stand for many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelviz.charts.histograms import target_of_label
from labelviz.core.arrays import Floats, Integers
from labelviz.core.dataset import Dataset
from labelviz.core.distributions import Targets

LONGEST_TEXT = 120
MOST_CLASSES = 3


@dataclass(frozen=True)
class TargetRow:
    """One sample with its label and its target, as text."""

    sample: str
    text: str
    given: str
    target: str
    source: str


def target_rows(dataset: Dataset, targets: Targets, count: int) -> list[TargetRow]:
    """Samples spread evenly from the softest to the hardest target of the given label."""
    values = target_of_label(dataset, targets)
    if dataset.multilabel:
        cells = values.reshape(len(dataset), -1)
        values = np.abs(np.nan_to_num(cells, nan=0.5) - 0.5).mean(axis=1)
    return [
        TargetRow(
            sample=dataset.ids[row],
            text=" / ".join(text[row][:LONGEST_TEXT] for text in dataset.texts),
            given=", ".join(dataset.label_names(dataset.given, row)),
            target=largest(dataset.classes, targets.values[row]),
            source=targets.source[row],
        )
        for row in spread(values, count)
    ]


def spread(values: Floats, count: int) -> Integers:
    """Places of at most `count` values, evenly through their ascending order; NaN comes last."""
    order = np.argsort(values, kind="stable")
    places = np.linspace(0, len(order) - 1, min(count, len(order))).round().astype(np.int64)
    chosen: Integers = order[places]
    return chosen


def largest(classes: tuple[str, ...], row: Floats) -> str:
    """The largest values of a target with their class names, for a table."""
    order = np.argsort(-np.nan_to_num(row, nan=-1.0), kind="stable")[:MOST_CLASSES]
    return "   ".join(
        f"{classes[k]} {'unknown' if np.isnan(row[k]) else f'{row[k]:.2f}'}"
        for k in order
        if not row[k] < 0.005
    )
