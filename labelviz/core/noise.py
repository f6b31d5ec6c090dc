"""Noise: how often a class is given where another one is true, or predicted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelviz.core.arrays import Floats, Integers, read_only
from labelviz.core.dataset import Dataset

# Columns of a class among several: in both labels, given alone, missing from the given one.
GIVEN_RIGHT, GIVEN_WRONG, ABSENT = range(3)


@dataclass(frozen=True, eq=False)
class NoiseMatrix:
    """Given against true or predicted labels, in samples.

    Parameters
    ----------
    classes : K names.
    counts : single-label (K, K): given class by the other one. Multi-label (K, 3): the class is in
        both labels, given alone, or missing from the given one.
    multilabel : which of the two it is.
    """

    classes: tuple[str, ...]
    counts: Floats
    multilabel: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "counts", read_only(self.counts, np.float64))

    @property
    def totals(self) -> Floats:
        """(K,) samples with a given class; of several, those that carry it or should."""
        return np.asarray(self.counts.sum(axis=1))

    @property
    def shares(self) -> Floats:
        """Counts as shares of their row; rows without samples are 0."""
        return np.asarray(self.counts / self._divisor)

    @property
    def errors(self) -> Floats:
        """Counts where given and true label differ, else 0."""
        off = np.array(self.counts)
        if self.multilabel:
            off[:, GIVEN_RIGHT] = 0
        else:
            np.fill_diagonal(off, 0)
        return off

    @property
    def worst(self) -> tuple[int, int] | None:
        """Row and column of the most frequent error; None where none reaches half a sample."""
        off = self.errors
        if not off.size or off.max() < 0.5:
            return None
        row, column = divmod(int(off.argmax()), off.shape[1])
        return row, column

    def noisiest(self, most: int) -> Integers:
        """Class indices, in class order, of the classes with the most errors."""
        off = self.errors
        much = off.sum(axis=1) if self.multilabel else off.sum(axis=0) + off.sum(axis=1)
        chosen: Integers = np.sort(np.argsort(-much, kind="stable")[:most])
        return chosen

    @property
    def _divisor(self) -> Floats:
        totals = self.totals[:, None]
        return np.where(totals > 0, totals, 1.0)


def counted(dataset: Dataset, rows: Integers, truth: Integers) -> NoiseMatrix:
    """Some samples' given labels against others.

    Parameters
    ----------
    rows : (R,) labelled samples.
    truth : the other labels, shaped like `Dataset.given`, none missing.
    """
    given, k = dataset.given[rows], dataset.n_classes
    if dataset.multilabel:
        columns = (given & truth, given & (1 - truth), (1 - given) & truth)
        cells = np.stack([each.sum(axis=0) for each in columns], axis=1)
    else:
        cells = np.bincount(given * k + truth, minlength=k * k).reshape(k, k)
    return NoiseMatrix(dataset.classes, cells.astype(np.float64), dataset.multilabel)
