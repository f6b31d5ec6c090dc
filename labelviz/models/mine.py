"""Mine: pairs of records that nobody paired yet, those first that would tell a model most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelviz.core.arrays import Floats, Integers, strings
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.progress import Report, silent
from labelviz.core.settings import FOLDS_TO_FINE_TUNE
from labelviz.errors import StepMissing
from labelviz.models.crossval import cross_validate
from labelviz.models.lsa import lsa

PER_RECORD = 5  # records of the other side, the nearest, that one is paired with
CHUNK = 2_000  # records that are compared with all others at a time
MOST_CANDIDATES = 50_000  # the nearest of all; more would take a model minutes to judge
MOST_OF_RECORD = 3  # pairs of one record among those that are asked for
# What a kind of pair whose labels are doubted adds to how undecided the model is, at most.
DOUBTED = 0.25
Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Mined:
    """New pairs, the most telling first.

    Parameters
    ----------
    left, right : (M,) texts.
    match : (M,) the model's probability of the second class.
    telling : (M,) how much a label would tell, from 0.
    near : (M,) cosine of the two texts.
    candidates : how many pairs they were chosen from.
    """

    left: tuple[str, ...]
    right: tuple[str, ...]
    match: Floats
    telling: Floats
    near: Floats
    candidates: int


def mine(
    dataset: Dataset, count: int, doubt: Floats | None = None, report: Report = silent
) -> Mined:
    """Near records that were never paired, ranked by what a label for them would tell.

    How undecided cross-validation on the labels is about a pair (uncertainty sampling, Lewis & Gale
    1994, arXiv:cmp-lg/9407020), and how much the labels of pairs with the same records are doubted.
    No record stands in more than three of them.

    Parameters
    ----------
    dataset : pairs with two classes.
    count : how many, at most.
    doubt : (N,) how doubtful each given label is, from 0 to 1, or how surely a person changed it.

    Raises
    ------
    StepMissing : there are no pairs of two classes, or no near records are left.
    """
    if not dataset.is_pair or dataset.task != "binary":
        raise StepMissing(
            "New pairs are mined among pairs of two classes; this dataset has others.",
            remedy="Look at the borders of the classes instead: `labelviz borders`.",
        )
    left, right, near = candidates(dataset)
    if not len(left):
        raise StepMissing("All records that are near each other are paired already.", remedy="")
    p = judged(dataset, left, right, report)
    telling = 1 - np.abs(2 * p - 1)
    if doubt is not None:
        telling = telling + DOUBTED * _around(dataset, left, right, doubt)
    rows = _spread_out(left, right, telling, count)
    return Mined(
        tuple(left[row] for row in rows), tuple(right[row] for row in rows),
        p[rows], telling[rows], near[rows], len(left),
    )  # fmt: skip


def candidates(dataset: Dataset) -> tuple[list[str], list[str], Floats]:
    """Left texts, right texts and (M,) cosines of near records that no sample pairs.

    For each record of either side the five nearest of the other that it was not paired with, by
    latent semantic analysis; the nearest 50,000 of all.
    """
    sides = [list(dict.fromkeys(side.tolist())) for side in dataset.texts]
    found = lsa(tuple(strings(side) for side in _columns(sides)))
    if found is None:
        return [], [], np.zeros(0)
    vectors = [found.vectors[found.sides[k][: len(sides[k])]] for k in (0, 1)]
    number = [{text: place for place, text in enumerate(side)} for side in sides]
    paired: set[tuple[int, int]] = set()
    for a, b in zip(*dataset.texts, strict=True):
        paired.add((number[0][a], number[1][b]))
        if b in number[0] and a in number[1]:  # either way round
            paired.add((number[0][b], number[1][a]))
    best: dict[tuple[int, int], float] = {}
    most = Counter(a for a, _ in paired), Counter(b for _, b in paired)
    for side in (0, 1):
        spare = PER_RECORD + max(most[side].values(), default=0)
        for row, others, cosines in _nearest(vectors[side], vectors[1 - side], spare):
            kept = 0
            for other, cosine in zip(others.tolist(), cosines.tolist(), strict=True):
                pair = (row, other) if side == 0 else (other, row)
                same = sides[0][pair[0]] == sides[1][pair[1]]
                if pair in paired or same or kept == PER_RECORD or cosine <= 0:
                    continue
                best[pair] = cosine
                kept += 1
    ordered = sorted(best, key=lambda pair: (-best[pair], pair))[:MOST_CANDIDATES]
    return (
        [sides[0][a] for a, _ in ordered],
        [sides[1][b] for _, b in ordered],
        np.array([best[pair] for pair in ordered]),
    )


def _columns(sides: list[list[str]]) -> list[list[str]]:
    """Two columns of one length that show every record."""
    longest = max(map(len, sides))
    return [side + side[:1] * (longest - len(side)) for side in sides]


def _nearest(
    queries: Vectors, keys: Vectors, count: int
) -> Iterator[tuple[int, Integers, Vectors]]:
    """For each query its number, and the numbers and cosines of its nearest keys."""
    top = min(count, len(keys))
    for start in range(0, len(queries), CHUNK):
        cosines = queries[start : start + CHUNK] @ keys.T
        first = np.argpartition(-cosines, top - 1, axis=1)[:, :top]
        for row, those in enumerate(first):
            order = those[np.argsort(-cosines[row, those], kind="stable")]
            yield start + row, order, cosines[row, order]


def judged(dataset: Dataset, left: list[str], right: list[str], report: Report) -> Floats:
    """(M,) probability of the second class for new pairs, by cross-validation on the labels."""
    n, m = len(dataset), len(left)
    ids = strings([*map(str, range(n + m))])
    texts = tuple(
        strings([*side.tolist(), *new])
        for side, new in zip(dataset.texts, (left, right), strict=True)
    )
    given = np.concatenate([dataset.given, np.full(m, MISSING)])
    whole = Dataset(dataset.task, dataset.classes, ids, texts, given)
    return cross_validate(whole, FOLDS_TO_FINE_TUNE, report=report).values[n:, 1]


def _around(dataset: Dataset, left: list[str], right: list[str], doubt: Floats) -> Floats:
    """(M,) mean doubt of pairs that share a record with a new one, over that of all; 0 to 1."""
    whole = float(np.nanmean(doubt)) if len(doubt) else 0.0
    sums: list[dict[str, list[float]]] = [{}, {}]
    for row in range(len(dataset)):
        for side in (0, 1):
            sums[side].setdefault(str(dataset.texts[side][row]), []).append(float(doubt[row]))
    found = np.zeros(len(left))
    for place, records in enumerate(zip(left, right, strict=True)):
        values = [v for side in (0, 1) for v in sums[side].get(records[side], ())]
        found[place] = np.mean(values) - whole if values else 0.0
    return np.clip(found, 0, 1)


def _spread_out(left: list[str], right: list[str], telling: Floats, count: int) -> Integers:
    """The most telling rows, no record in more than three of them; ties by what comes first."""
    seen: Counter[tuple[int, str]] = Counter()
    chosen: list[int] = []
    for row in np.argsort(-telling, kind="stable").tolist():
        ends = ((0, left[row]), (1, right[row]))
        if all(seen[each] < MOST_OF_RECORD for each in ends):
            seen.update(ends)
            chosen.append(row)
        if len(chosen) == count:
            break
    return np.array(chosen, dtype=np.int64)
