"""Comparison: two training runs side by side on the samples neither was trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.groups import splits
from labelviz.core.metrics import Metric, evaluate, unlearned
from labelviz.errors import RunRefused

Reference = Literal["trusted", "reviewed", "given"]


@dataclass(frozen=True)
class Comparison:
    """Metrics of two runs on the test split.

    Parameters
    ----------
    runs : the two names.
    metrics : for each run, the same metrics in the same order.
    reference : trusted labels from a file, or the given labels.
    samples : how many test samples had a label to compare with.
    tested : how many test samples there are.
    unlearned : for each run why it learned nothing, in words; empty where it learned something.
    strangers : how many ids of the trusted labels are no samples.
    stranger : one of them.
    meant : the sample that this one may be, had it not lost a zero; empty where none may.
    """

    runs: tuple[str, str]
    metrics: tuple[tuple[Metric, ...], tuple[Metric, ...]]
    reference: Reference
    samples: int
    tested: int = 0
    unlearned: tuple[str, str] = ("", "")
    strangers: int = 0
    stranger: str = ""
    meant: str = ""

    def gaps(self) -> list[str]:
        """What the labels to compare with leave open, a line each."""
        lines = []
        if self.samples < self.tested:
            lines.append(
                f"{self.samples:,} of {self.tested:,} test samples have a {self.reference} label; "
                f"{self.tested - self.samples:,} have none"
            )
        if self.strangers:
            lost = f" (did {self.meant} lose its zero?)" if self.meant else ""
            lines.append(
                f"{self.strangers:,} ids of the file are no samples, e.g. {self.stranger}{lost}"
            )
        return lines

    def better(self, first: Metric, second: Metric) -> str:
        """The run that is better by one metric, empty where they are equal."""
        if first.value == second.value:
            return ""
        return self.runs[(first.value > second.value) != first.higher_is_better]


def compare(
    dataset: Dataset,
    runs: tuple[str, str],
    probabilities: tuple[Floats, Floats],
    truth: Integers | None = None,
    thresholds: tuple[Floats | None, Floats | None] = (None, None),
) -> Comparison:
    """Evaluate both runs on the test samples that carry a label.

    Parameters
    ----------
    probabilities : for each run (N, K) over the dataset's rows and classes.
    truth : trusted labels shaped like `Dataset.given`; the given labels where None.
    thresholds : for each run (K,) from which a class counts, as it was trained; as in `evaluate`.

    Raises
    ------
    RunRefused : no test sample carries a label.
    """
    labels = dataset.given if truth is None else truth
    rows = has_label(labels) & (splits(dataset) == "test")
    if not rows.any():
        raise RunRefused(
            "No sample of the test split has a label to compare with.",
            remedy="Give trusted labels of test samples, or a split column with test samples.",
        )
    first, second = (
        evaluate(values[rows], labels[rows], task=dataset.task, thresholds=cut)
        for values, cut in zip(probabilities, thresholds, strict=True)
    )
    nothing = [
        unlearned(values[rows], labels[rows], dataset.classes, dataset.task)
        for values in probabilities
    ]
    return Comparison(
        runs, (first, second), "given" if truth is None else "trusted", int(rows.sum()),
        tested=int((splits(dataset) == "test").sum()), unlearned=(nothing[0], nothing[1]),
    )  # fmt: skip


def has_label(labels: Integers) -> Booleans:
    """(N,) which samples have a label; of several labels, which have all cells."""
    present = labels != MISSING
    return np.asarray(present.all(axis=1) if labels.ndim == 2 else present)
