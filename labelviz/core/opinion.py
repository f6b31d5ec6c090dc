"""Opinion: what a model says of the samples, and from which probability on a class counts to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from labelviz.core.arrays import Floats, Integers, read_only
from labelviz.core.distributions import Probabilities, labels_of
from labelviz.core.thresholds import levelled


@dataclass(frozen=True, eq=False)
class Opinion:
    """A model's probabilities, as they are to be read.

    Parameters
    ----------
    thresholds : (K,) from which probability on a class counts as there, of two classes the second;
        None for the top class, and for 0.5 where a sample has several.
    """

    probabilities: Probabilities
    thresholds: Floats | None = None

    @cached_property
    def labels(self) -> Integers:
        """What the model predicts, shaped like `Dataset.given`."""
        values, several = self.probabilities.values, self.probabilities.multilabel
        if self.thresholds is not None:
            values = levelled(values, self.thresholds, multilabel=several)
        return read_only(labels_of(values, multilabel=several))
