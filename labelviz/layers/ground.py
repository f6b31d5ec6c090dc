"""Ground: all that the layers of targets may rest on, and what is worked out of it once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.borders import top_two
from labelviz.core.copies import same_samples
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.decisions import Review
from labelviz.core.difficulty import DataMap, difficulty
from labelviz.core.distributions import Probabilities, hard_targets, labels_of
from labelviz.core.draws import Draws
from labelviz.core.evidence import of_given
from labelviz.core.groups import splits
from labelviz.core.reviewed import Reviewed, reviewed_of
from labelviz.core.suspicion import Suspicion
from labelviz.errors import StepMissing, TargetsRefused

Found = TypeVar("Found")
# By what a sample is hard, and the words for it.
HARD_BY = {
    "entropy": "how undecided the model is over all classes",
    "margin": "how near the model's two likeliest classes are",
    "map": "how much the model's opinion changed while it learned the label",
    "area": "how low the area under the margin is, among all samples",
}


@dataclass(frozen=True, eq=False)
class Ground:
    """What targets are made of.

    Parameters
    ----------
    dataset : N samples over K classes.
    probabilities : a model's opinion, aligned to the dataset; None where there is none.
    suspicion : what the detectors say; None where nothing was flagged.
    learned : how a model learned the given labels; None where no training was logged.
    review, draws : what people decided, and which of it was drawn at random, where it is asked for
        by a layer.
    """

    dataset: Dataset
    probabilities: Probabilities | None = None
    suspicion: Suspicion | None = None
    learned: DataMap | None = None
    review: Review | None = None
    draws: Draws | None = None
    _found: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, key: Any, make: Callable[[], Found]) -> Found:
        """What is worked out under a key, the first time anybody asks."""
        if key not in self._found:
            self._found[key] = make()
        found: Found = self._found[key]
        return found

    @cached_property
    def labels(self) -> Floats:
        """(N, K) the given labels as one-hot rows or cells."""
        return hard_targets(self.dataset)

    @property
    def opinion(self) -> Floats:
        """(N, K) the model's probabilities.

        Raises
        ------
        StepMissing : there are none.
        """
        if self.probabilities is None:
            raise StepMissing(
                "This policy needs a model's probabilities.",
                remedy="Get probabilities first: on the Data page, or with `labelviz predict`.",
            )
        return self.probabilities.values

    @property
    def wrong(self) -> Floats:
        """(N,) suspicion of each given label.

        Raises
        ------
        StepMissing : nothing was flagged.
        """
        if self.suspicion is None:
            raise StepMissing(
                "This policy needs to know which labels are suspicious.",
                remedy="Look for wrong labels first: on the Data page, or with `labelviz flag`.",
            )
        return self.suspicion.score

    def hardness(self, by: str) -> Floats:
        """(N,), or (N, K) for several labels, how hard each sample is, from 0 to 1.

        Raises
        ------
        StepMissing : there is nothing to tell it by.
        """
        return self.once(("hardness", by), lambda: self._hardness(by))

    def _hardness(self, by: str) -> Floats:
        if by in ("map", "area"):
            return self._learned(by)
        p = self.opinion
        if by == "entropy":
            assert self.probabilities is not None  # noqa: S101 - `opinion` looked
            return difficulty(self.probabilities)
        if self.dataset.multilabel:
            return np.asarray(1 - np.abs(2 * p - 1))
        return 1 - top_two(p)[2]

    def _learned(self, by: str) -> Floats:
        if self.learned is None:
            raise StepMissing(
                "This policy needs the log of a training, and no training was logged.",
                remedy="Train on the Retrain page, or with `labelviz train --judge-all`; or add "
                "the log of a training elsewhere with `labelviz flag --training-log FILE`.",
            )
        if by == "map":
            return np.nan_to_num(self.learned.variability / 0.5)
        return np.nan_to_num(rank_share(-self.learned.margin))

    @cached_property
    def reviewed(self) -> Reviewed:
        """The labels that people settled, as they stand for all; nothing before 30 random ones.

        Test samples are left out: they judge what is trained on these targets.
        """
        if self.review is None or self.draws is None:
            none = np.zeros(0, dtype=np.int64)
            return Reviewed(none, self.dataset.given[:0], none.astype(np.float64))
        return reviewed_of(self.review, self.draws, splits(self.dataset) != "test")

    @cached_property
    def clusters(self) -> Integers:
        """(N,) numbers that samples share which say nearly the same."""
        return same_samples(self.dataset)

    def column(self, name: str) -> Integers:
        """(N,) numbers of the values of a slice column.

        Raises
        ------
        TargetsRefused : there is no such column.
        """
        if name not in self.dataset.slices:
            there = ", ".join(self.dataset.slices) or "none"
            raise TargetsRefused(
                f"There is no slice column {name!r}.",
                remedy=f"Name one of the dataset's slice columns: {there}.",
            )
        number: dict[str, int] = {}
        cells = (number.setdefault(each, len(number)) for each in self.dataset.slices[name])
        return self.once(("column", name), lambda: np.fromiter(cells, np.int64))

    @cached_property
    def disagrees(self) -> Booleans:
        """(N,) True where the model's label is another than the given one."""
        other = labels_of(self.opinion, multilabel=self.dataset.multilabel) != self.dataset.given
        other &= self.dataset.given != MISSING
        return np.asarray(other.any(axis=1) if self.dataset.multilabel else other)

    def of_given(self) -> Floats:
        """(N,) or (N, K) the model's probability of what is given; NaN where nothing is."""
        return of_given(self.dataset.given, self.opinion)


def rank_share(values: Floats) -> Floats:
    """(N,) the share of the others that lie below each, ties half; NaN where the value is NaN."""
    known = ~np.isnan(values)
    found = np.full(len(values), np.nan)
    if not known.any():
        return found
    _, place, count = np.unique(values[known], return_inverse=True, return_counts=True)
    below = np.cumsum(count) - count
    others = max(int(count.sum()) - 1, 1)
    found[known] = (below + (count - 1) / 2)[place] / others
    return found
