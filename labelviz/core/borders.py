"""Borders: the samples over which a model wavers between two classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.dataset import Dataset
from labelviz.core.distributions import Probabilities
from labelviz.core.queue import Queue

# By how much the likelier of two classes is ahead on their border, at most (margin sampling,
# Scheffer et al. 2001, doi:10.1007/3-540-44816-0_31).
NEAR: Final = 0.2


@dataclass(frozen=True)
class Border:
    """The samples that lie between two classes, or about one of several labels.

    Parameters
    ----------
    first, second : class names; the second is empty where a sample may have several labels, and
        the border is that between having the first and not.
    near : samples on it.
    with_first, with_second : of those, how many were given the first, and the second; of several
        labels, how many have the first and how many do not. What is neither has another label, or
        none.
    flagged : of those, how many are flagged.
    """

    first: str
    second: str
    near: int
    with_first: int
    with_second: int
    flagged: int

    @property
    def elsewhere(self) -> int:
        """How many of its samples were given neither."""
        return self.near - self.with_first - self.with_second

    @property
    def queue(self) -> Queue:
        """Its samples, those first over which the model wavers most."""
        return Queue(show="all", sort="uncertain", between=self.first, versus=self.second)


def borders(dataset: Dataset, probabilities: Probabilities, flagged: Booleans) -> list[Border]:
    """All borders on which samples lie, the one with the most first.

    Parameters
    ----------
    flagged : (N,) True where a label is flagged.
    """
    classes, given = dataset.classes, dataset.given
    if dataset.multilabel:
        near = np.abs(2 * probabilities.values - 1) <= NEAR
        row, k = np.nonzero(near)
        pairs = [(name, "") for name in classes]
        first, second = given[row, k] == 1, given[row, k] == 0
    else:
        low, high, ahead = top_two(probabilities.values)
        row = np.flatnonzero(ahead <= NEAR)
        codes, k = np.unique(low[row] * len(classes) + high[row], return_inverse=True)
        pairs = [(classes[each // len(classes)], classes[each % len(classes)]) for each in codes]
        first, second = given[row] == low[row], given[row] == high[row]
    counts = [
        np.bincount(k, weights=each, minlength=len(pairs)).astype(int).tolist()
        for each in (np.ones(len(row)), first, second, flagged[row])
    ]
    found = [Border(*pair, *each) for pair, *each in zip(pairs, *counts, strict=True)]
    return sorted((each for each in found if each.near), key=lambda each: -each.near)


def on_border(probabilities: Probabilities, first: str, second: str = "") -> Booleans:
    """(N,) True where a sample lies between two classes, or the first and any other.

    Parameters
    ----------
    first : a class name; no sample lies about one that there is not.
    second : another, or empty for any; of several labels it does not count.
    """
    classes = probabilities.classes
    if first not in classes:
        return np.zeros(len(probabilities.ids), dtype=bool)
    if probabilities.multilabel:
        return np.asarray(apart(probabilities, first) <= NEAR)
    low, high, ahead = top_two(probabilities.values)
    near = ahead <= NEAR
    for name in (first, second):
        if name in classes:
            near &= (low == classes.index(name)) | (high == classes.index(name))
    return np.asarray(near)


def apart(probabilities: Probabilities, name: str) -> Floats:
    """(N,) by how much one of the two likeliest classes is ahead; of several labels, having this
    one or not having it."""
    p = probabilities.values
    if not probabilities.multilabel:
        return top_two(p)[2]
    return np.abs(2 * p[:, probabilities.classes.index(name)] - 1)


def top_two(p: Floats) -> tuple[Integers, Integers, Floats]:
    """(N,) and (N,) the two likeliest classes, the one that stands first before the other, and (N,)
    by how much one is ahead.

    Parameters
    ----------
    p : (N, K), K at least 2.
    """
    rows = np.arange(len(p))
    best = p.argmax(axis=1)
    others = p.copy()
    others[rows, best] = -1
    second = others.argmax(axis=1)
    return np.minimum(best, second), np.maximum(best, second), p[rows, best] - p[rows, second]
