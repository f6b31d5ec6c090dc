"""Groups: samples that must stay together, and folds and splits that keep them so."""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np

from labelviz.core.arrays import Floats, Integers, Strings, strings
from labelviz.core.dataset import MISSING, Dataset

SPLITS = ("train", "validation", "test")


def groups(dataset: Dataset, parts: int) -> Integers:
    """(N,) group numbers; samples of one group share evidence and never span two parts.

    The group column wins where the dataset has one. Pairs are grouped by record: a text on either
    side connects its pairs. Where one connected group would fill more than a part (N / parts
    samples), pairs are grouped by their first text only. Single texts are grouped by equal text.

    Parameters
    ----------
    parts : how many folds or splits the groups have to fill.
    """
    if dataset.group is not None and any(dataset.group):
        named = [g or f"\0{row}" for row, g in enumerate(dataset.group)]
        return _numbered(named)
    if not dataset.is_pair:
        return _numbered(list(dataset.texts[0]))
    connected = _connected(dataset.texts[0], dataset.texts[1])
    largest = Counter(connected.tolist()).most_common(1)[0][1] if len(dataset) else 0
    return connected if largest <= len(dataset) / parts else _numbered(list(dataset.texts[0]))


def _numbered(keys: list[str]) -> Integers:
    number: dict[str, int] = {}
    return np.array([number.setdefault(key, len(number)) for key in keys], dtype=np.int64)


def _connected(left: Strings, right: Strings) -> Integers:
    """Connected components of the graph whose nodes are texts and whose edges are pairs."""
    parent: dict[str, str] = {}

    def root(text: str) -> str:
        parent.setdefault(text, text)
        while parent[text] != text:
            parent[text] = parent[parent[text]]
            text = parent[text]
        return text

    for a, b in zip(left, right, strict=True):
        parent[root(a)] = root(b)
    return _numbered([root(a) for a in left])


def folds(dataset: Dataset, k: int, seed: int) -> Integers:
    """(N,) fold numbers from 0 to k - 1: groups whole, classes and sizes even.

    Groups are placed largest first, each into the fold that lacks its labels most; the seed breaks
    ties among groups of one size.
    """
    return _spread(dataset, np.full(k, 1 / k), seed)


def splits(dataset: Dataset) -> Strings:
    """(N,) of train, validation and test: the dataset's own, or 70/15/15 with groups kept whole.

    The made-up split depends on the dataset alone, so that any two runs can be compared.
    """
    if dataset.split is not None and any(dataset.split):
        return dataset.split
    return strings(SPLITS[part] for part in _spread(dataset, np.array([0.7, 0.15, 0.15]), seed=0))


def split_fingerprint(dataset: Dataset) -> str:
    """16 hex digits that change when a sample changes its split."""
    return hashlib.sha256("\n".join(splits(dataset)).encode()).hexdigest()[:16]


def _spread(dataset: Dataset, shares: Floats, seed: int) -> Integers:
    """Give every group to the part that is furthest below its share of the group's labels."""
    group = groups(dataset, len(shares))
    counts = _label_counts(dataset, group)
    order = np.random.default_rng(seed).permutation(len(counts))
    order = order[np.argsort(-counts[order].sum(axis=1), kind="stable")]
    wanted = np.outer(shares, np.maximum(counts.sum(axis=0), 1))
    filled = np.zeros_like(wanted)
    part_of = np.empty(len(counts), dtype=np.int64)
    for each in order:
        lack = ((wanted - filled) / wanted) @ counts[each]
        part_of[each] = part = int(np.argmax(lack))
        filled[part] += counts[each]
    return part_of[group]


def _label_counts(dataset: Dataset, group: Integers) -> Floats:
    """(G, K + 1) samples per group and class; the last column counts all, labelled or not."""
    counts = np.zeros((int(group.max()) + 1 if len(group) else 0, dataset.n_classes + 1))
    np.add.at(counts[:, -1], group, 1)
    if dataset.multilabel:
        np.add.at(counts[:, :-1], group, dataset.given == 1)
    else:
        present = dataset.given != MISSING
        np.add.at(counts, (group[present], dataset.given[present]), 1)
    return counts
