"""Copies: samples whose texts are the same, character by character."""

from __future__ import annotations

import numpy as np

from labelviz.core.arrays import Integers
from labelviz.core.dataset import Dataset


class Copies:
    """Finds the copies of a sample, among any number of samples, in 12 bytes per sample.

    Parameters
    ----------
    dataset : the samples.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._texts = dataset.texts
        keys = (hash(texts) for texts in zip(*dataset.texts, strict=True))
        hashes = np.fromiter(keys, np.int64, len(dataset))
        self._rows = np.argsort(hashes, kind="stable").astype(np.int32)
        self._hashes = hashes[self._rows]

    def of(self, row: int) -> Integers:
        """Row numbers of the other samples with these very texts, in order."""
        texts = tuple(side[row] for side in self._texts)
        first = np.searchsorted(self._hashes, hash(texts), "left")
        last = np.searchsorted(self._hashes, hash(texts), "right")
        alike = [
            int(other)
            for other in self._rows[first:last]
            if other != row and tuple(side[other] for side in self._texts) == texts
        ]
        return np.array(sorted(alike), dtype=np.int64)
