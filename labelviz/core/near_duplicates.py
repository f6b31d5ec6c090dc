"""Near-duplicates: texts that say the same in almost the same characters.

A text and its copy with another price, typo or full stop tell a model the same thing. Where one is
judged by a model that learnt from the other, its label was known.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from labelviz.core.arrays import Floats, Integers, Strings

SHINGLE = 4  # characters per shingle
# Two texts that share 0.8 of their shingles meet in some band with probability 0.999.
BANDS, ROWS = 10, 3
PART = 2_000_000  # shingles hashed, or remembered, at once, which bounds memory
CHUNK = 100_000  # pairs that are handed out at once
HASH_SEED = 20_240_817
MARKS = re.compile(r"[\W_]+")

Hashes = npt.NDArray[np.uint64]
# (E,) left positions, right positions, and likeness of pairs of texts.
Pairs = tuple[Integers, Integers, Floats]


def plain(text: str) -> str:
    """A text without case, width, punctuation and spacing, for comparison only."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return MARKS.sub(" ", folded).strip() or text


def near_duplicates(texts: Sequence[str] | Strings, least: float = 0.8) -> Pairs:
    """Pairs among distinct texts that share at least `least` of their shingles.

    Likeness is the Jaccard index of the sets of character runs, 1 for texts that are equal but for
    `plain`. Candidates are found by banded min-hashes (Broder 1997, "On the resemblance and
    containment of documents"; Leskovec et al., "Mining of massive datasets", chapter 3) and then
    compared exactly, so that no pair below `least` is ever named. Of several texts in one bucket
    each is compared with the one before it and the first, not with all, so a cluster is connected
    but not every pair of it is listed. The order of the texts does not matter.

    Parameters
    ----------
    texts : (U,) distinct texts.
    least : in (0, 1].
    """
    keys = [plain(text) for text in texts]
    order = np.array(sorted(range(len(keys)), key=lambda row: (keys[row], texts[row])), np.int64)
    same = np.array([keys[a] == keys[b] for a, b in itertools.pairwise(order)], bool)
    equal = (order[:-1][same], order[1:][same], np.ones(int(same.sum())))
    heads = order[np.flatnonzero(np.concatenate([[True], ~same]))] if len(order) else order
    distinct = [keys[row] for row in heads]
    sets = _Shingles(distinct)
    found: list[tuple[int, int, float]] = []
    for a, b in _candidates(distinct):
        likeness = _jaccard(sets.of(a), sets.of(b))
        if likeness >= least:
            found.append((int(heads[a]), int(heads[b]), likeness))
    left, right, alike = zip(*found, strict=True) if found else ((), (), ())
    return (
        np.concatenate([equal[0], np.array(left, dtype=np.int64)]),
        np.concatenate([equal[1], np.array(right, dtype=np.int64)]),
        np.concatenate([equal[2], np.array(alike, dtype=np.float64)]),
    )


def connected(n: int, edges: Iterable[tuple[int, int]]) -> Integers:
    """(n,) component numbers of the graph with these edges, in the order of first appearance."""
    parent = list(range(n))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for a, b in edges:
        parent[root(a)] = root(b)
    number: dict[int, int] = {}
    return np.array(
        [number.setdefault(root(node), len(number)) for node in range(n)], dtype=np.int64
    )


class _Shingles:
    """The sets of character runs of texts; a bounded number of runs is remembered."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._known: dict[int, frozenset[str]] = {}
        self._held = 0

    def of(self, row: int) -> frozenset[str]:
        """Those of one text."""
        found = self._known.get(row)
        if found is None:
            text = self._texts[row]
            runs = max(len(text) - SHINGLE + 1, 1)
            found = frozenset(text[start : start + SHINGLE] for start in range(runs))
            if self._held > PART:
                self._known, self._held = {}, 0
            self._known[row] = found
            self._held += len(found)
        return found


def _jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    both = len(a & b)
    return both / (len(a) + len(b) - both)


def _candidates(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of positions that share a bucket in some band, in order."""
    if len(texts) < 2:
        return
    codes = np.concatenate(list(_signatures(texts)))  # (U, BANDS)
    pairs = np.empty(0, dtype=np.int64)  # left * U + right
    for band in codes.T:
        order = np.argsort(band, kind="stable")
        starts = np.flatnonzero(np.concatenate([[True], band[order][1:] != band[order][:-1]]))
        first = np.repeat(order[starts], np.diff([*starts, len(order)]))
        follows = np.ones(len(order), dtype=bool)
        follows[starts] = False
        befores = (first, np.concatenate([[0], order[:-1]]))
        more = [before[follows] * len(texts) + order[follows] for before in befores]
        pairs = np.unique(np.concatenate([pairs, *more]))
    for start in range(0, len(pairs), CHUNK):
        left, right = np.divmod(pairs[start : start + CHUNK], len(texts))
        yield from zip(left.tolist(), right.tolist(), strict=True)


def _signatures(texts: Sequence[str]) -> Iterator[Hashes]:
    """(u, BANDS) hashes of the bands of some texts after one another."""
    random = np.random.default_rng(HASH_SEED)
    factors = random.integers(1, 2**63, BANDS * ROWS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    begin = 0
    while begin < len(texts):
        end, size = begin, 0
        while end < len(texts) and (end == begin or size < PART):
            size += len(texts[end]) + SHINGLE
            end += 1
        yield _bands(texts[begin:end], factors)
        begin = end


def _bands(texts: Sequence[str], factors: Hashes) -> Hashes:
    """Min-hashes by multiply-shift hashing (Dietzfelbinger et al. 1997), folded band by band."""
    texts = [text.ljust(SHINGLE, "\0") for text in texts]
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    lengths = np.array([len(text) for text in texts])
    ends = np.cumsum(lengths)
    shingles = np.zeros(len(points), dtype=np.uint64)
    for offset in range(SHINGLE):  # a run that reaches into the next text is left out below
        shifted = np.zeros(len(points), dtype=np.uint64)
        shifted[: len(points) - offset] = points[offset:]
        shingles = shingles * np.uint64(0x100000001B3) + shifted
    shingles ^= shingles >> np.uint64(29)
    shingles *= np.uint64(0xBF58476D1CE4E5B9)
    shingles ^= shingles >> np.uint64(32)
    kept = np.ones(len(points), dtype=bool)
    for back in range(1, SHINGLE):
        kept[ends - back] = False
    values = shingles[kept]
    starts = np.concatenate([[0], np.cumsum(lengths - SHINGLE + 1)[:-1]])
    codes = np.zeros((len(texts), BANDS), dtype=np.uint64)
    for number, factor in enumerate(factors):
        least = np.minimum.reduceat((values * factor) >> np.uint64(32), starts)
        band = codes[:, number // ROWS]
        band *= np.uint64(0x9E3779B97F4A7C15)
        band += least + np.uint64(1)
    return codes
