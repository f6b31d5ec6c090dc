"""Contradictions: samples that say the same and are labelled differently."""

from __future__ import annotations

import numpy as np

from labelviz.core.arrays import Floats, Integers
from labelviz.core.dataset import Dataset
from labelviz.core.evidence import Evidence, Finding, NotChecked
from labelviz.core.near_duplicates import connected, near_duplicates

NAME = "contradictions"
UNGRANTED = 0.0  # they say that one of several labels is wrong, and not which


def contradictions(evidence: Evidence) -> Finding | NotChecked:
    """The share of a sample's copies whose label differs, drawn towards 0 by half a copy.

    Copies are samples with the same text or nearly so; of pairs both texts, either way round, so
    that a = b and b != a contradict each other too. Samples without a copy have nothing to say.
    """
    dataset = evidence.dataset
    cluster = same_samples(dataset)
    labelled = dataset.labelled
    size = np.bincount(cluster[labelled], minlength=int(cluster.max(initial=-1)) + 1)[cluster]
    if not (labelled & (size > 1)).any():
        return NotChecked(NAME, "No two samples say the same.")
    _, label = np.unique(dataset.given.reshape(len(dataset), -1), axis=0, return_inverse=True)
    label = label.reshape(-1)
    key = cluster * (label.max(initial=0) + 1) + label
    _, place = np.unique(key, return_inverse=True)
    same = np.bincount(place[labelled], minlength=int(place.max(initial=0)) + 1)[place]
    others = size - 1
    score: Floats = np.where(
        labelled & (others > 0), (size - same) / np.maximum(others + 0.5, 1), np.nan
    )

    def words(row: int) -> str:
        if np.isnan(score[row]) or size[row] == same[row]:
            return ""
        return (
            f"{size[row] - same[row]} of {others[row]} samples that say the same "
            "are labelled otherwise."
        )

    return Finding(NAME, score, words, granted=UNGRANTED)


def same_samples(dataset: Dataset) -> Integers:
    """(N,) numbers that samples share which say nearly the same; of pairs either way round."""
    if not dataset.is_pair:
        return dataset.near_duplicates
    texts: dict[str, int] = {}
    sides = [[texts.setdefault(text, len(texts)) for text in side] for side in dataset.texts]
    left, right, _ = near_duplicates(list(texts), least=0.95)
    joined = connected(len(texts), zip(left.tolist(), right.tolist(), strict=True))
    number: dict[tuple[int, int], int] = {}
    ends = ((int(joined[a]), int(joined[b])) for a, b in zip(*sides, strict=True))
    keys = ((min(a, b), max(a, b)) for a, b in ends)
    return np.array([number.setdefault(key, len(number)) for key in keys], dtype=np.int64)
