from __future__ import annotations

from dataclasses import replace

import numpy as np

from labelviz.core.arrays import strings
from labelviz.core.evidence import Embeddings
from labelviz.detectors.beyond_labels import beyond_labels, outliers
from tests.conftest import dataset_of
from tests.detectors.conftest import evidence_of


def issues(data) -> dict[str, tuple[int, ...]]:
    return {each.kind: each.rows for each in beyond_labels(evidence_of(data))}


def test_empty_and_garbled_texts():
    texts = ["fine", "  ", "bad \ufffd\ufffd text", "tab\tand\nline", "\x00\x01x", "长城 café 😀"]
    assert issues(dataset_of([0, 1] * 3, texts=[texts])) == {
        "empty texts": (1,), "garbled texts": (2, 4),
    }  # fmt: skip


def test_either_side_of_a_pair_counts():
    data = dataset_of([0, 1], texts=[["one thing", "other thing"], ["", "some place"]])
    assert issues(data) == {"empty texts": (0,)}


def test_copies_and_those_that_leak_into_the_held_out_part():
    same = "the very same words about one place"
    data = dataset_of([0, 1, 0, 1], texts=[[same, f"{same}!", "quite another text", same]])
    assert issues(data) == {"near-duplicates": (0, 1, 3)}
    split = replace(data, split=strings(["train", "test", "test", "train"]))
    assert issues(split)["in test or validation and in train alike"] == (1,)


def test_a_text_unlike_all_others_is_an_outlier():
    rng = np.random.default_rng(0)
    vectors = np.array([1, 0, 0, 0]) + 0.1 * rng.normal(size=(40, 4))
    vectors[7] = [-1, 0.2, 0.1, 0]
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    data = dataset_of([0, 1] * 20)
    evidence = evidence_of(data, embeddings=Embeddings(vectors, (np.arange(40),), "test"))
    assert np.flatnonzero(outliers(evidence)).tolist() == [7]
    assert not outliers(evidence_of(data)).any()
