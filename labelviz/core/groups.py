"""Groups: samples that must stay together, and folds and splits that keep them so."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers, Strings, strings
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.near_duplicates import connected

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class Grouping:
    """Which samples stay together, and by what rule.

    Parameters
    ----------
    of : (N,) group numbers, counted in the order of first appearance.
    rule : the rule in words, with what it could not keep together.
    """

    of: Integers
    rule: str

    @property
    def count(self) -> int:
        """How many groups there are."""
        return int(self.of.max()) + 1 if len(self.of) else 0

    def __str__(self) -> str:
        return f"{self.count:,} groups, {self.rule}"


def grouping(dataset: Dataset, parts: int) -> Grouping:
    """Samples of one group share evidence and never span two parts.

    The group column wins where the dataset has one. Pairs are grouped by record: a text on either
    side connects its pairs. Single texts are grouped with their near-duplicates. A group that would
    fill more than a part (N / parts samples) is taken apart, it alone: pairs by their first text,
    else their second, else the same two texts either way round; single texts by equal text.

    Parameters
    ----------
    parts : how many folds or splits the groups have to fill.
    """
    if dataset.group is not None and any(dataset.group):
        named = [g or f"\0{row}" for row, g in enumerate(dataset.group)]
        return Grouping(_numbered(named), "by the group column")
    most = len(dataset) / parts
    if not dataset.is_pair:
        return _by_likeness(dataset, most)
    return _by_record(dataset, most)


def _by_likeness(dataset: Dataset, most: float) -> Grouping:
    alike = dataset.near_duplicates
    large = _larger_than(alike, most)
    rule = "near-duplicate texts together"
    if not large.any():
        return Grouping(alike, rule)
    texts = dataset.texts[0]
    keys = [f"text {texts[row]}" if large[row] else f"{alike[row]}" for row in range(len(dataset))]
    return Grouping(
        _numbered(keys),
        f"{rule}; {int(large.sum()):,} samples that are all alike are kept together "
        "by equal text only",
    )


def _by_record(dataset: Dataset, most: float) -> Grouping:
    left, right = dataset.texts
    records = {text: number for number, text in enumerate(dict.fromkeys([*left, *right]))}
    edges = [(records[a], records[b]) for a, b in zip(left, right, strict=True)]
    component = connected(len(records), edges)
    joined = _renumbered(component[[a for a, _ in edges]])
    large = _larger_than(joined, most)
    rule = "pairs that share a record together"
    if not large.any():
        return Grouping(joined, rule)
    side, words = _finer(dataset, large, most)
    keys = [f"{words} {side[row]}" if large[row] else f"{joined[row]}" for row in range(len(side))]
    return Grouping(
        _numbered(keys),
        f"{rule}; {int(large.sum()):,} pairs that are all connected are kept together "
        f"by {words} only",
    )


def _finer(dataset: Dataset, large: Booleans, most: float) -> tuple[list[str], str]:
    """What tells the pairs of a large group apart, and its name: the first rule that fits a part.

    A pair given both ways round stays together under every rule.
    """
    left, right = dataset.texts
    rows = np.flatnonzero(large)
    pairs = set(zip(left[rows], right[rows], strict=True))
    turned = {(a, b) for a, b in pairs if a != b and (b, a) in pairs}
    for texts, words in ((left, "their first text"), (right, "their second text")):
        names = list(dict.fromkeys(texts))
        number = {text: position for position, text in enumerate(names)}
        edges = [(number[a], number[b]) for a, b in turned if a in number and b in number]
        found = connected(len(names), edges)
        keys = [str(found[number[text]]) for text in texts]
        if max(Counter(keys[row] for row in rows).values()) <= most:
            return keys, words
    same = ["\0".join(min((a, b), (b, a))) for a, b in zip(left, right, strict=True)]
    return same, "the same two texts"


def _larger_than(group: Integers, most: float) -> Booleans:
    """(N,) which samples are in a group of more than so many."""
    large: Booleans = np.bincount(group, minlength=1)[group] > most
    return large


def _numbered(keys: list[str]) -> Integers:
    number: dict[str, int] = {}
    return np.array([number.setdefault(key, len(number)) for key in keys], dtype=np.int64)


def _renumbered(group: Integers) -> Integers:
    """The same groups, numbered in the order of first appearance."""
    return _numbered([str(each) for each in group.tolist()])


def sharing_evidence(dataset: Dataset, rows: Integers) -> Integers:
    """(M,) numbers from 0 that those of some samples share which share evidence."""
    return np.unique(grouping(dataset, len(SPLITS)).of[rows], return_inverse=True)[1].astype(
        np.int64
    )


def broken_groups(dataset: Dataset, fold: Integers) -> int:
    """How many groups of the group column span two folds or more.

    Parameters
    ----------
    fold : (N,) fold numbers.
    """
    if dataset.group is None:
        return 0
    pairs = {(name, each) for name, each in zip(dataset.group, fold.tolist(), strict=True) if name}
    return sum(count > 1 for count in Counter(name for name, _ in pairs).values())


def folds(dataset: Dataset, k: int, seed: int) -> Integers:
    """(N,) fold numbers from 0 to k - 1: groups whole, classes and sizes even.

    Groups are placed largest first and rarest label first, each into the fold that lacks its labels
    most; among equals the seed and the ids decide, so the order of the samples changes nothing.
    Fewer samples of a class than folds leave some folds without it.
    """
    return _spread(dataset, np.full(k, 1 / k), seed)


def splits(dataset: Dataset) -> Strings:
    """(N,) of train, validation and test: the dataset's own, or 70/15/15 with groups kept whole.

    The made-up split depends on the dataset alone, so that any two runs can be compared.
    """
    if dataset.split is not None and any(dataset.split):
        return dataset.split
    return strings(SPLITS[part] for part in _spread(dataset, np.array([0.7, 0.15, 0.15]), seed=0))


def untrained(dataset: Dataset) -> dict[str, int]:
    """Classes that no training sample is labelled with; how many test samples have each.

    Classes that no sample has at all are left out.
    """
    part = splits(dataset)
    found = {}
    for k, name in enumerate(dataset.classes):
        has = dataset.given[:, k] == 1 if dataset.multilabel else dataset.given == k
        if has.any() and not (has & (part == "train")).any():
            found[name] = int((has & (part == "test")).sum())
    return found


def split_fingerprint(dataset: Dataset) -> str:
    """16 hex digits that change when a sample changes its split."""
    return hashlib.sha256("\n".join(splits(dataset)).encode()).hexdigest()[:16]


def _spread(dataset: Dataset, shares: Floats, seed: int) -> Integers:
    """Give every group to the part that is furthest below its share of the group's labels."""
    group = grouping(dataset, len(shares)).of
    counts = _label_counts(dataset, group)
    wanted = np.outer(shares, np.maximum(counts.sum(axis=0), 1))
    filled = np.zeros_like(wanted)
    part_of = np.empty(len(counts), dtype=np.int64)
    for each in _hardest_first(dataset, group, counts, seed):
        lack = ((wanted - filled) / wanted) @ counts[each]
        part_of[each] = part = int(np.argmax(np.round(lack, 9)))  # not the order of additions
        filled[part] += counts[each]
    return part_of[group]


def _hardest_first(dataset: Dataset, group: Integers, counts: Floats, seed: int) -> list[int]:
    """The groups by size, then the rarest label in them, how many labels, and a hash of the ids.

    Rare labels first, while there is room everywhere: Sechidis et al. 2011, "On the stratification
    of multi-label data".
    """
    least = ["~"] * len(counts)
    for sample, number in zip(dataset.ids, group.tolist(), strict=True):
        digest = hashlib.blake2b(f"{seed} {sample}".encode("utf-8", "surrogatepass"), digest_size=8)
        least[number] = min(least[number], digest.hexdigest())
    totals = np.append(counts[:, :-1].sum(axis=0), np.inf)
    held = np.column_stack([counts[:, :-1] > 0, np.ones(len(counts), dtype=bool)])
    rarest, kinds = np.where(held, totals, np.inf).min(axis=1), held.sum(axis=1)
    keys = zip((-counts[:, -1]).tolist(), rarest.tolist(), (-kinds).tolist(), least, strict=True)
    ranks = list(keys)
    return sorted(range(len(counts)), key=ranks.__getitem__)


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
