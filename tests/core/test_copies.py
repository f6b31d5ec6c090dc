from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.copies import Copies, same_records, same_samples
from tests.conftest import dataset_of


def test_copies_share_every_text():
    sides = [["a", "b", "a", "a"], ["x", "y", "x", "z"]]
    copies = Copies(dataset_of([0, 0, 1, 1], texts=sides))
    assert [copies.of(row).tolist() for row in range(4)] == [[2], [], [0], []]


@given(st.lists(st.sampled_from(["a", "b", "A", ""]), min_size=1, max_size=12))
def test_copies_are_those_of_a_plain_comparison(texts):
    copies = Copies(dataset_of([0] * len(texts), texts=[texts]))
    for row, text in enumerate(texts):
        others = [other for other, each in enumerate(texts) if each == text and other != row]
        assert copies.of(row).tolist() == others


def test_pairs_are_copies_either_way_round():
    texts = [["a", "b", "c", "a"], ["x", "a", "c", "b"]]
    assert same_samples(dataset_of([0, 1, 0, 1], texts=texts)).tolist() == [0, 1, 2, 1]
    single = dataset_of([0, 1, 0], texts=[["one text", "other", "One text!"]])
    assert same_samples(single).tolist() == [0, 1, 0]


def test_records_are_the_same_on_either_side():
    found = same_records(dataset_of([0, 1], texts=[["a", "b"], ["b", "c"]]))
    assert found.tolist() == [[0, 1], [1, 2]]
