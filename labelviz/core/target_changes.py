"""Target changes: two sets of targets compared row by row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers, highest
from labelviz.core.distributions import Targets, labels_of

SAME = 1e-9  # by how much numbers may differ and count as the same


@dataclass(frozen=True, eq=False)
class TargetChanges:
    """What one set of targets has otherwise than another, of the same samples and classes.

    Parameters
    ----------
    first, second : the two.
    """

    first: Targets
    second: Targets

    @cached_property
    def distance(self) -> Floats:
        """(N,) in [0, 1]: of one label the mass on other classes, of several the largest change."""
        one, other = self.first.values, self.second.values
        if self.first.multilabel:
            one, other = (np.nan_to_num(each, nan=0.5) for each in (one, other))
            return highest(np.abs(one - other))
        return np.asarray(np.abs(one - other) @ np.full(one.shape[1], 0.5))

    @cached_property
    def reweighed(self) -> Booleans:
        """(N,) True where the weight is another."""
        return np.asarray(np.abs(self.first.weight - self.second.weight) > SAME)

    @cached_property
    def changed(self) -> Booleans:
        """(N,) True where the target or the weight is another."""
        return np.asarray((self.distance > SAME) | self.reweighed)

    @cached_property
    def turned(self) -> Booleans:
        """(N,) True where the label that the target stands for is another."""
        several = self.first.multilabel
        one, other = (
            labels_of(each.values, multilabel=several) for each in (self.first, self.second)
        )
        return np.asarray((one != other).any(axis=1) if several else one != other)

    def farthest(self, most: int) -> Integers:
        """Rows that changed, those whose target moved farthest first, then by weight."""
        moved = np.abs(self.first.weight - self.second.weight)
        order = np.lexsort((-moved, -self.distance.round(12)))
        rows: Integers = order[self.changed[order]][:most]
        return rows
