"""Beyond labels: texts that are empty, garbled, odd, repeated, or on both sides of a split."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import numpy as np

from labelviz.core.arrays import Booleans, Integers
from labelviz.core.copies import same_samples
from labelviz.core.dataset import Dataset
from labelviz.core.evidence import Evidence, TextIssue
from labelviz.detectors.neighbours import K, nearest, sample_vectors

GARBLED = 0.05  # share of a text's characters that no text in good order has
UNREADABLE = ("Cc", "Cn", "Co")  # controls, unassigned and private characters
# Quartile ranges below the lower quartile beyond which a likeness is odd (Tukey's far out).
FENCE = 3.0
MOST_FOR_OUTLIERS = 50_000


def beyond_labels(evidence: Evidence) -> tuple[TextIssue, ...]:
    """What is wrong with the samples whatever their labels, kind by kind; only kinds that occur."""
    dataset = evidence.dataset
    cluster = same_samples(dataset)
    size = np.bincount(cluster, minlength=1)[cluster] if len(dataset) else cluster
    found = [
        TextIssue("empty texts", _rows(_any(dataset, lambda text: not text.strip()))),
        TextIssue("garbled texts", _rows(_any(dataset, _is_garbled))),
        TextIssue("outliers, unlike every other text", _rows(outliers(evidence))),
        TextIssue("near-duplicates", _rows(size > 1)),
        TextIssue("in test or validation and in train alike", _rows(_leaked(dataset, cluster))),
    ]
    return tuple(each for each in found if each.rows)


def outliers(evidence: Evidence) -> Booleans:
    """(N,) samples whose ten nearest neighbours are far away, beyond Tukey's far-out fence.

    By mean cosine; Ramaswamy et al. 2000, doi:10.1145/335191.335437, on distances to neighbours.
    Up to 50,000 samples.
    """
    n = len(evidence.dataset)
    none = np.zeros(n, dtype=bool)
    if evidence.embeddings is None or not K < n <= MOST_FOR_OUTLIERS:
        return none
    vectors = sample_vectors(evidence.embeddings)
    _, cosine = nearest(vectors, vectors, K + 1)
    likeness = cosine[:, 1:].mean(axis=1)  # the first is the sample itself
    low, high = np.quantile(likeness, [0.25, 0.75])
    return np.asarray(likeness < low - FENCE * (high - low))


def _any(dataset: Dataset, test: Callable[[str], bool]) -> Booleans:
    wrong = np.zeros(len(dataset), dtype=bool)
    for side in dataset.texts:
        known = {text: test(text) for text in dict.fromkeys(side)}
        wrong |= np.array([known[text] for text in side], dtype=bool)
    return wrong


def _is_garbled(text: str) -> bool:
    """Whether so many characters are controls, unassigned, or marks of a failed decoding."""
    odd = sum(
        char == "\ufffd" or (char not in "\t\n\r" and unicodedata.category(char) in UNREADABLE)
        for char in text
    )
    return odd > GARBLED * len(text)


def _leaked(dataset: Dataset, cluster: Integers) -> Booleans:
    """(N,) held-out samples of which a copy is in the training part."""
    if dataset.split is None:
        return np.zeros(len(dataset), dtype=bool)
    train = dataset.split == "train"
    held = (dataset.split == "validation") | (dataset.split == "test")
    return np.asarray(held & np.isin(cluster, cluster[train]))


def _rows(mask: Booleans) -> tuple[int, ...]:
    return tuple(np.flatnonzero(mask).tolist())
