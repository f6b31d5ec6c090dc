from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from labelviz.core.dataset import MISSING
from labelviz.core.evidence import Embeddings, NotChecked
from labelviz.detectors import neighbours as module
from labelviz.detectors.neighbours import (
    Similar,
    nearest,
    neighbours,
    sample_vectors,
    similar,
)
from tests.conftest import dataset_of
from tests.detectors.conftest import evidence_of, found, rich


def unit(n: int, d: int = 6, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(n, d))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def around(labels, texts=None, **more):
    """Two tight bunches of samples by their true class, in three dimensions."""
    n = len(labels)
    truth = np.arange(n) % 2
    vectors = np.eye(3)[truth] + 0.01 * unit(n, 3)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    names = texts or [f"{row} text number {row * 7919}" for row in range(n)]
    data = dataset_of(labels, texts=[names], **more)
    return evidence_of(data, embeddings=Embeddings(vectors, (np.arange(n),), "test"))


def test_ten_neighbours_vote_and_the_sample_itself_does_not():
    labels = np.arange(30) % 2
    labels[4] = 1
    finding = found(neighbours, around(labels))
    share = 16 / 30  # the share of “yes”: the prior that counts as one vote
    assert finding.score[4] == pytest.approx(1 - share / 11, abs=0.01)
    assert finding.words(4) == "10 of its 10 nearest samples are labelled “no”."
    assert not finding.supports(4)
    assert finding.supports(6)
    assert finding.score[4] == finding.score.max()
    assert finding.opinion[4].sum() == pytest.approx(1)


def test_copies_of_a_sample_do_not_vote():
    labels = np.arange(30) % 2
    labels[:12:2] = 1
    text = "the very same long text about a place"
    texts = [text if row < 12 and row % 2 == 0 else f"{row} {row * 7919}" for row in range(30)]
    finding = found(neighbours, around(labels, texts))
    assert finding.words(0) == "9 of its 10 nearest samples are labelled “no”."


def test_exact_neighbours_are_scikit_learns():
    base = unit(80)
    near, cosine = nearest(base, base, 5)
    distance, other = NearestNeighbors(n_neighbors=5, metric="cosine").fit(base).kneighbors(base)
    assert near.tolist() == other.tolist()
    assert cosine == pytest.approx(1 - distance, abs=1e-5)


def test_approximate_neighbours_miss_few(monkeypatch: pytest.MonkeyPatch):
    base = unit(600, 16)
    exact, _ = nearest(base, base, 10)
    monkeypatch.setattr(module, "EXACT", 100)
    near, cosine = nearest(base, base, 10)
    hit = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(exact, near, strict=True)])
    assert hit > 0.95
    assert (np.diff(cosine, axis=1) <= 1e-6).all()
    assert cosine == pytest.approx(np.sum(base[:, None] * base[near], axis=2), abs=1e-5)


def test_as_many_lists_are_looked_into_as_hold_the_neighbours(monkeypatch: pytest.MonkeyPatch):
    """In clumps few lists do; where vectors lie anywhere, many."""
    rng = np.random.default_rng(0)
    anywhere = unit(2000, 16)
    clumps = unit(20, 16)[rng.integers(0, 20, 2000)] + 0.05 * rng.normal(size=(2000, 16))
    clumped = (clumps / np.linalg.norm(clumps, axis=1, keepdims=True)).astype(np.float32)
    lists = []
    for base in (clumped, anywhere):
        centres = module._centres(base)
        home = (base @ centres.T).argmax(axis=1)
        lists.append(module._enough(base, base, centres, home))
        exact, _ = module._exact(base, base, 11)
        near, _ = module._approximate(base, base, 11)
        hits = [len(set(a[1:]) & set(b)) / 10 for a, b in zip(exact, near, strict=True)]
        assert np.mean(hits) > 0.94
    assert lists[0] < lists[1]


def test_lists_that_are_empty_or_shorter_than_what_is_asked_for_are_no_obstacle():
    base = np.repeat(unit(3), 40, axis=0)
    near, cosine = module._approximate(base, base, 30)
    assert (near >= 0).all()
    assert cosine == pytest.approx(np.ones((120, 30)), abs=1e-5)


def test_fewer_vectors_than_neighbours_leave_gaps():
    near, cosine = nearest(unit(2), unit(2), 4)
    assert near[:, 2:].tolist() == [[-1, -1]] * 2
    assert cosine[:, 2:].tolist() == [[0, 0]] * 2


def test_a_pair_is_near_another_that_differs_alike():
    vectors = unit(4)
    sides = (np.array([0, 1, 2]), np.array([1, 0, 3]))
    rows = sample_vectors(Embeddings(vectors, sides, "test"))
    assert rows[0] == pytest.approx(rows[1])
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1)


def test_without_vectors_or_labels_it_says_so():
    assert isinstance(neighbours(evidence_of(dataset_of([0, 1]))), NotChecked)
    assert isinstance(neighbours(around([0, 1] * 3)), NotChecked)
    assert isinstance(neighbours(around([MISSING] * 20 + [0, 1])), NotChecked)


@pytest.mark.parametrize("many", [False, True])
def test_order_changes_nothing(largest_change, many: bool):
    assert largest_change(neighbours, rich(many=many)) <= 1e-6


def test_similar_samples_come_nearest_first_by_label():
    data = dataset_of([0, 0, 1, 1, MISSING])
    vectors = np.array([[1, 0], [0.8, 0.6], [0.6, 0.8], [0, 1], [1, 0]], dtype=np.float32)
    found = similar(data, vectors, 0, count=2)
    assert found.same == ((1, pytest.approx(0.8)),)
    assert found.other == ((2, pytest.approx(0.6)),)
    assert similar(data, vectors, 3, count=1).other == ((1, pytest.approx(0.6)),)


def test_what_rounding_leaves_of_no_likeness_is_none():
    data = dataset_of([0, 0, 1])
    vectors = np.array([[1, 0], [1e-8, 1], [1e-8, 1]], dtype=np.float32)
    assert similar(data, vectors, 0, count=2) == Similar((), ())


def test_a_text_without_a_direction_stays_without_one():
    vectors = np.array([[0, 0], [0.6, 0.8]], dtype=np.float32)
    found = sample_vectors(Embeddings(vectors, (np.arange(2),), "test"))
    assert found == pytest.approx(vectors)


def test_samples_of_several_labels_are_alike_where_all_of_them_are():
    data = dataset_of([[1, 0], [1, 0], [1, 1]], ("a", "b"))
    vectors = np.array([[1, 0], [0.6, 0.8], [0.8, 0.6]], dtype=np.float32)
    found = similar(data, vectors, 0, count=2)
    assert found.same == ((1, pytest.approx(0.6)),)
    assert found.other == ((2, pytest.approx(0.8)),)


def test_samples_with_just_those_labels_support_them():
    labels = np.array([[1, 0], [0, 1]])[np.arange(30) % 2]
    labels[4] = [1, 1]
    finding = found(neighbours, around(labels))
    assert finding.supports(6)
    assert not finding.supports(4)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_few_neighbours_are_the_nearest(k: int):
    base = unit(500)
    near, _ = nearest(base[:50], base, k)
    assert near.tolist() == np.argsort(-(base[:50] @ base.T), axis=1)[:, :k].tolist()


def test_where_the_lists_that_are_looked_into_hold_fewer_there_are_gaps(monkeypatch):
    base = np.concatenate([np.repeat(np.eye(6, dtype=np.float32)[:1], 40, axis=0), unit(60)])
    monkeypatch.setattr(module, "_enough", lambda *_: 1)
    near, cosine = module._approximate(base, base, 90)
    assert (near == -1).any()
    assert (cosine[near == -1] == 0).all()
    assert (near >= -1).all()
    inside = np.sum(base[:, None] * base[near], axis=2)
    assert cosine[near >= 0] == pytest.approx(inside[near >= 0], abs=1e-5)
