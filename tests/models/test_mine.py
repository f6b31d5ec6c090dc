from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from labelviz.core.dataset import Dataset
from labelviz.errors import StepMissing
from labelviz.models.mine import MOST_OF_RECORD, candidates, mine
from tests.conftest import dataset_of

KINDS = ("lamp", "chair", "table", "clock")


def shop(n: int = 40) -> Dataset:
    """Records of two shops: every second pair is the same thing, the others are not."""
    left = [f"{KINDS[row % 4]} model {row // 4} of oak wood" for row in range(n)]
    right = [f"oak {KINDS[row % 4]} no {row // 4}" for row in range(n)]
    other = right[::2] + right[1::2]
    rng = np.random.default_rng(0)
    flip = rng.permutation(n)
    texts = [left + left, right + [other[each] for each in flip]]
    given = [1] * n + [int(other[each] == right[row]) for row, each in enumerate(flip)]
    return dataset_of(given, ("different", "same"), texts=texts)


def test_candidates_are_near_and_were_never_paired():
    data = shop()
    left, right, near = candidates(data)
    paired = set(zip(*(side.tolist() for side in data.texts), strict=True))
    assert len(left) > 20
    assert not paired & set(zip(left, right, strict=True))
    assert (near > 0).all()
    assert near.tolist() == sorted(near, reverse=True)
    kinds = [a.split()[0] in b for a, b in zip(left[:20], right[:20], strict=True)]
    assert np.mean(kinds) > 0.8


def test_the_most_telling_come_first_and_no_record_too_often():
    data = shop()
    found = mine(data, 12)
    assert len(found.left) == len(found.match) == 12
    assert found.telling.tolist() == sorted(found.telling, reverse=True)
    assert found.telling == pytest.approx(1 - np.abs(2 * found.match - 1))
    for side in (found.left, found.right):
        assert max(Counter(side).values()) <= MOST_OF_RECORD
    assert found.candidates > 12


def test_pairs_of_records_whose_labels_are_doubted_are_more_telling():
    data = shop()
    doubt = np.array([float("lamp" in text) for text in data.texts[0]])
    plain, doubted = mine(data, 30), mine(data, 30, doubt)
    lamps = [sum("lamp" in text for text in found.left) for found in (plain, doubted)]
    assert lamps[1] > lamps[0]


def test_a_pair_that_stands_the_other_way_round_is_no_new_one():
    texts = [["red apple pie", "green pear cake"], ["green pear cake", "red apple pie"]]
    left, right, _ = candidates(dataset_of([0, 1], texts=texts))
    assert not {("red apple pie", "green pear cake"), ("red apple pie", "red apple pie")} & set(
        zip(left, right, strict=True)
    )


def test_only_pairs_of_two_classes_are_mined():
    with pytest.raises(StepMissing) as refused:
        mine(dataset_of([0, 1]), 5)
    assert "labelviz borders" in refused.value.remedy
    one = dataset_of([0], texts=[["one same text"], ["one same text"]])
    with pytest.raises(StepMissing, match="are paired already"):
        mine(one, 5)
