"""Neighbours: what the samples with the most similar texts were labelled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelviz.core.arrays import Floats, Integers
from labelviz.core.copies import same_samples
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.evidence import Embeddings, Evidence, Finding, NotChecked, of_given

NAME = "neighbours"
K = 10
LEAST_ALIKE = 0.005  # a cosine below it is shown as 0.00, and may be nothing but rounding
PRIOR = 1.0  # weight of the class shares against the votes of the neighbours
EXACT = 50_000  # samples up to which neighbours are found by comparing with all others
BLOCK = 1_000
# Lists per root of the rows, vectors that the centre of each is learned from, and its moves.
FINER, LEARNED_BY, ROUNDS = 4, 30, 6
# Queries whose true neighbours are known, the share of them to find, and lists to look into.
SAMPLED, RECALL, MOST_PROBED = 200, 0.97, 128
SPARE = 3  # neighbours asked for per neighbour wanted, since copies of a sample are passed over

Vectors = npt.NDArray[np.float32]


def neighbours(evidence: Evidence) -> Finding | NotChecked:
    """One minus the share of the given label among the ten nearest samples, weighted by likeness.

    Leave-one-out: neither the sample itself votes, nor its near-duplicates, which an LLM labels
    alike. A pair is near another whose two texts differ alike. Zhu et al. 2022, "Detecting
    Corrupted Labels Without Training a Model to Predict", arXiv:2110.06283.
    """
    dataset, embeddings = evidence.dataset, evidence.embeddings
    if embeddings is None:
        return NotChecked(NAME, "There are no embeddings of the texts.")
    labelled = np.flatnonzero(dataset.labelled)
    if len(labelled) <= K:
        return NotChecked(NAME, f"Fewer than {K + 1} samples have a label.")
    vectors = sample_vectors(embeddings)
    near, likeness = nearest(vectors, vectors[labelled], K * SPARE)
    near = np.where(near >= 0, labelled[near], -1)
    votes = _without_copies(dataset, near, likeness)
    opinion = _opinion(dataset, near, votes)
    own = of_given(dataset.given, opinion)
    score = 1 - (own.min(axis=1) if dataset.multilabel else own)
    score[votes.sum(axis=1) == 0] = np.nan

    def words(row: int) -> str:
        return _words(dataset, near[row], votes[row], dataset.given[row])

    def supports(row: int) -> bool:
        labels = dataset.given[near[row][votes[row] > 0]]
        if dataset.multilabel:
            return bool((labels == dataset.given[row]).all(axis=1).mean() > 0.5)
        return bool(_commonest(labels) == dataset.given[row])

    return Finding(NAME, np.clip(score, 0, 1), words, opinion, supports, "opinion")


@dataclass(frozen=True)
class Similar:
    """The samples most similar to one, as (row, cosine), the most similar first.

    Parameters
    ----------
    same : those with its given label.
    other : those with another one.
    """

    same: tuple[tuple[int, float], ...]
    other: tuple[tuple[int, float], ...]


def similar(dataset: Dataset, vectors: Vectors, row: int, count: int) -> Similar:
    """The samples most similar to one, among those with its label and among the others.

    Parameters
    ----------
    vectors : (N, F) of `sample_vectors`.
    count : how many of each, at most.
    """
    cosines = vectors @ vectors[row]
    alike = dataset.given == dataset.given[row]
    alike = alike.all(axis=1) if dataset.multilabel else alike
    candidates = (cosines >= LEAST_ALIKE) & dataset.labelled
    candidates[row] = False

    def nearest_of(rows: Integers) -> tuple[tuple[int, float], ...]:
        first = rows[np.argsort(-cosines[rows], kind="stable")[:count]]
        return tuple((int(each), float(cosines[each])) for each in first)

    return Similar(
        nearest_of(np.flatnonzero(candidates & alike)),
        nearest_of(np.flatnonzero(candidates & ~alike)),
    )


def sample_vectors(embeddings: Embeddings) -> Vectors:
    """(N, F) one vector of length 1 per sample: of a pair, how its two texts differ and agree.

    Of a pair |a - b| and a * b, the same either way round. Neighbours whose left texts are alike
    and whose right texts are alike foretell wrong labels worse: alone with LSA a mean AP of 0.070
    over the labels of abt-buy against 0.074, and 0.31 against 0.49 on restaurants.
    """
    rows = [embeddings.vectors[side] for side in embeddings.sides]
    if len(rows) == 2:
        left, right = rows
        rows = [np.abs(left - right), left * right]
        rows = [_unit(each) for each in rows]
    return _unit(np.hstack(rows).astype(np.float32))


def _unit(vectors: Vectors) -> Vectors:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = (vectors / np.where(length > 0, length, 1)).astype(np.float32)
    return unit


def nearest(queries: Vectors, base: Vectors, k: int) -> tuple[Integers, Floats]:
    """(N, k) positions in `base` by falling cosine, and the cosines; -1 where there are fewer.

    Exact up to 50,000 base vectors. Above, those in the lists of an inverted file that lie nearest
    to a query (Sivic & Zisserman 2003, doi:10.1109/ICCV.2003.1238663): as many lists as hold 97 %
    of the true neighbours of a sample of the queries, at most 128.

    Parameters
    ----------
    queries, base : rows of length 1 or 0.
    """
    k_found = min(k, len(base))
    search = _exact if len(base) <= EXACT else _approximate
    near, likeness = search(queries, base, k_found)
    if k_found < k:
        missing = ((0, 0), (0, k - k_found))
        near = np.pad(near, missing, constant_values=-1)
        likeness = np.pad(likeness, missing)
    return near, likeness


def _exact(queries: Vectors, base: Vectors, k: int) -> tuple[Integers, Floats]:
    near = np.empty((len(queries), k), dtype=np.int64)
    likeness = np.empty((len(queries), k))
    for start in range(0, len(queries), BLOCK):
        cosines = queries[start : start + BLOCK] @ base.T
        top = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
        values = np.take_along_axis(cosines, top, axis=1)
        order = np.lexsort((top, -values), axis=1)
        near[start : start + BLOCK] = np.take_along_axis(top, order, axis=1)
        likeness[start : start + BLOCK] = np.take_along_axis(values, order, axis=1)
    return near, likeness


def _approximate(queries: Vectors, base: Vectors, k: int) -> tuple[Integers, Floats]:
    """Look into the nearest lists of an inverted file, list by list, for all queries at once."""
    centres = _centres(base)
    home = np.concatenate([block.argmax(axis=1) for block in _products(base, centres)])
    members = np.split(
        np.argsort(home, kind="stable"), np.cumsum(np.bincount(home, minlength=len(centres)))[:-1]
    )
    probed = _enough(queries, base, centres, home)
    asked = np.concatenate(
        [
            np.argpartition(-block, probed - 1, axis=1)[:, :probed].astype(np.int32)
            for block in _products(queries, centres)
        ]
    )
    order = np.argsort(asked, axis=None, kind="stable")
    ends = np.cumsum(np.bincount(asked.ravel(), minlength=len(centres)))[:-1]
    asking = np.split(order // probed, ends)
    near = np.full((len(queries), k), -1, dtype=np.int32)
    likeness = np.full((len(queries), k), -np.inf, dtype=np.float32)
    for inside, rows in zip(members, asking, strict=True):
        for start in range(0, len(rows), 8 * BLOCK):
            some = rows[start : start + 8 * BLOCK]
            _merge(queries, base, (some, inside), (near, likeness))
    place = np.argsort(-likeness, axis=1, kind="stable")
    ids: Integers = np.take_along_axis(near, place, axis=1).astype(np.int64)
    cosines = np.take_along_axis(likeness, place, axis=1).astype(np.float64)
    return ids, np.where(ids >= 0, cosines, 0.0)


def _merge(
    queries: Vectors,
    base: Vectors,
    asked: tuple[Integers, Integers],
    found: tuple[npt.NDArray[np.int32], Vectors],
) -> None:
    """Put what some queries find in one list into what they found so far."""
    (rows, inside), (near, likeness) = asked, found
    cosines = queries[rows] @ base[inside].T
    k = near.shape[1]
    if len(inside) > k:
        top = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
        cosines, ids = np.take_along_axis(cosines, top, axis=1), inside[top]
    else:
        ids = np.broadcast_to(inside, cosines.shape)
    cosines = np.hstack([likeness[rows], cosines])
    ids = np.hstack([near[rows], ids.astype(np.int32)])
    top = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
    likeness[rows] = np.take_along_axis(cosines, top, axis=1)
    near[rows] = np.take_along_axis(ids, top, axis=1)


def _centres(base: Vectors) -> Vectors:
    """(C, F) centres of four times the root of the rows, by spherical k-means on a sample."""
    rng = np.random.default_rng(0)
    count = int(FINER * np.sqrt(len(base)))
    sample = base[np.sort(rng.choice(len(base), min(len(base), count * LEARNED_BY), replace=False))]
    centres = sample[rng.choice(len(sample), count, replace=False)]
    for _ in range(ROUNDS):
        home = np.concatenate([block.argmax(axis=1) for block in _products(sample, centres)])
        order = np.argsort(home, kind="stable")
        starts = np.searchsorted(home[order], np.arange(count))
        sums = np.add.reduceat(sample[order], np.minimum(starts, len(sample) - 1), axis=0)
        filled = np.bincount(home, minlength=count) > 0
        centres = np.where(filled[:, None], _unit(sums), centres).astype(np.float32)
    return centres


def _enough(queries: Vectors, base: Vectors, centres: Vectors, home: Integers) -> int:
    """How many lists hold nearly all true neighbours of a sample of the queries."""
    rows = np.random.default_rng(1).choice(len(queries), min(len(queries), SAMPLED), replace=False)
    held = []
    for query in queries[rows]:
        cosines = base @ query
        true = np.argpartition(-cosines, K)[: K + 1]
        true = true[true != cosines.argmax()]  # the query itself, which is found in any case
        nearer = np.argsort(np.argsort(-(centres @ query)))
        held.append(nearer[home[true]])
    last = int(np.quantile(np.concatenate(held), RECALL, method="higher"))
    return min(last + 1, MOST_PROBED, len(centres))


def _products(rows: Vectors, centres: Vectors) -> Iterator[Vectors]:
    """Inner products block by block."""
    for start in range(0, len(rows), 20 * BLOCK):
        yield rows[start : start + 20 * BLOCK] @ centres.T


def _without_copies(dataset: Dataset, near: Integers, likeness: Floats) -> Floats:
    """(N, k) weight of each neighbour: its cosine if among the first ten that are no copies."""
    copy = same_samples(dataset)
    usable = (near >= 0) & (likeness >= LEAST_ALIKE) & (copy[near] != copy[:, None])
    first = usable & (np.cumsum(usable, axis=1) <= K)
    return np.where(first, likeness, 0.0)


def _opinion(dataset: Dataset, near: Integers, votes: Floats) -> Floats:
    """(N, K) weighted vote shares, drawn towards the shares of the classes."""
    given, total = dataset.given, votes.sum(axis=1, keepdims=True)
    shape = (len(near), dataset.n_classes)
    counts = np.zeros(shape)
    for place in range(near.shape[1]):
        labels, weight = given[near[:, place]], votes[:, place]
        if dataset.multilabel:
            counts += weight[:, None] * (labels == 1)
        else:
            np.add.at(counts, (np.arange(len(near)), labels), weight)
    if dataset.multilabel:
        shares = (given[dataset.labelled] == 1).mean(axis=0)
    else:
        shares = np.bincount(given[given != MISSING], minlength=shape[1]) / dataset.labelled.sum()
    return np.asarray((counts + PRIOR * shares) / (total + PRIOR))


def _words(dataset: Dataset, near: Integers, votes: Floats, given: Integers) -> str:
    heard = near[votes > 0]
    if not len(heard):
        return ""
    labels = dataset.given[heard]
    if dataset.multilabel:
        same = int((labels == given).all(axis=1).sum())
        return f"{same} of its {len(heard)} nearest samples carry exactly these labels."
    top = _commonest(labels)
    count = (labels == top).sum()
    return f"{count} of its {len(heard)} nearest samples are labelled “{dataset.classes[top]}”."


def _commonest(labels: Integers) -> int:
    return int(np.bincount(labels).argmax())
