"""A few samples that stand for many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelviz.core.arrays import Floats
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


def target_row(dataset: Dataset, targets: Targets, row: int) -> TargetRow:
    """One sample as text."""
    return TargetRow(
        sample=str(dataset.ids[row]),
        text=" / ".join(text[row][:LONGEST_TEXT] for text in dataset.texts),
        given=", ".join(dataset.label_names(dataset.given, row)),
        target=largest(dataset.classes, targets.values[row]),
        source=str(targets.source[row]),
    )


def largest(classes: tuple[str, ...], row: Floats) -> str:
    """The largest values of a target with their class names, for a table."""
    order = np.argsort(-np.nan_to_num(row, nan=-1.0), kind="stable")[:MOST_CLASSES]
    return "   ".join(
        f"{classes[k]} {'unknown' if np.isnan(row[k]) else f'{row[k]:.2f}'}"
        for k in order
        if not row[k] < 0.005
    )
