"""Copies: samples whose texts are the same, character by character, or nearly so."""

from __future__ import annotations

import numpy as np

from labelviz.core.arrays import Integers
from labelviz.core.dataset import Dataset
from labelviz.core.near_duplicates import connected, near_duplicates


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


def same_samples(dataset: Dataset) -> Integers:
    """(N,) numbers that samples share which say nearly the same; of pairs either way round."""
    if not dataset.is_pair:
        return dataset.near_duplicates
    number: dict[tuple[int, int], int] = {}
    keys = ((min(a, b), max(a, b)) for a, b in same_records(dataset).tolist())
    return np.array([number.setdefault(key, len(number)) for key in keys], dtype=np.int64)


def same_records(dataset: Dataset) -> Integers:
    """(N, 2) of pairs, numbers that texts share which say nearly the same, on either side."""
    texts: dict[str, int] = {}
    sides = [[texts.setdefault(text, len(texts)) for text in side] for side in dataset.texts]
    left, right, _ = near_duplicates(list(texts), least=0.95)
    joined = connected(len(texts), zip(left.tolist(), right.tolist(), strict=True))
    return np.asarray(joined[np.array(sides)].T, dtype=np.int64)
