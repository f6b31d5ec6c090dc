from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.arrays import strings
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.groups import folds, groups, splits
from tests.conftest import dataset_of

K = 3


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    """Single texts or pairs with repeated records, some labels missing."""
    n = draw(st.integers(1, 40))
    records = st.lists(st.integers(0, draw(st.integers(1, 60))).map(str), min_size=n, max_size=n)
    sides = [draw(records) for _ in range(draw(st.integers(1, 2)))]
    labels = draw(st.lists(st.integers(MISSING, K - 1), min_size=n, max_size=n))
    return dataset_of(labels, ("a", "b", "c"), sides)


def test_equal_single_texts_are_one_group():
    data = dataset_of([0, 1, 0, 1], texts=[["x", "y", "x", "z"]])
    assert groups(data, 2).tolist() == [0, 1, 0, 2]


def test_pairs_are_connected_through_either_side():
    left, right = ["a", "b", "d", "e"], ["b", "c", "e", "f"]
    data = dataset_of([0, 1, 0, 1], texts=[left, right])
    assert groups(data, 2).tolist() == [0, 0, 1, 1]


def test_a_component_larger_than_a_part_falls_back_to_the_first_text():
    left, right = ["a", "a", "b", "c"], ["x", "y", "x", "x"]
    data = dataset_of([0, 1, 0, 1], texts=[left, right])
    assert groups(data, 1).tolist() == [0, 0, 0, 0]
    assert groups(data, 2).tolist() == [0, 0, 1, 2]


def test_the_group_column_wins_and_empty_cells_stand_alone():
    data = dataset_of([0, 1, 0, 1], texts=[["x"] * 4], group=strings(["g", "", "g", ""]))
    assert groups(data, 2).tolist() == [0, 1, 0, 2]


def test_an_empty_group_column_counts_as_none():
    data = dataset_of([0, 1], texts=[["x", "x"]], group=strings(["", ""]))
    assert groups(data, 2).tolist() == [0, 0]


@given(datasets(), st.integers(2, 6), st.integers(0, 3))
def test_folds_never_split_a_group(data: Dataset, k: int, seed: int):
    fold, group = folds(data, k, seed), groups(data, k)
    of_group = defaultdict(set)
    for g, f in zip(group.tolist(), fold.tolist(), strict=True):
        of_group[g].add(f)
    assert all(len(found) == 1 for found in of_group.values())
    assert set(fold.tolist()) <= set(range(k))


@given(datasets(), st.integers(2, 6))
def test_fold_sizes_differ_by_no_more_than_the_largest_group(data: Dataset, k: int):
    sizes = np.bincount(folds(data, k, seed=0), minlength=k)
    assert sizes.max() - sizes.min() <= np.bincount(groups(data, k)).max() + 1


@given(
    st.lists(st.integers(0, K - 1), min_size=1, max_size=60), st.integers(2, 6), st.integers(0, 3)
)
def test_folds_of_distinct_texts_are_even_to_two_samples_in_size_and_class(labels, k, seed):
    data = dataset_of(labels, ("a", "b", "c"))
    fold = folds(data, k, seed)
    for members in (fold, *(fold[data.given == c] for c in range(K))):
        sizes = np.bincount(members, minlength=k)
        assert sizes.max() - sizes.min() <= 2


def test_folds_depend_on_the_seed_alone():
    data = dataset_of([0, 1] * 20)
    assert folds(data, 5, seed=1).tolist() == folds(data, 5, seed=1).tolist()
    assert folds(data, 5, seed=1).tolist() != folds(data, 5, seed=2).tolist()


def test_multilabel_folds_share_out_every_class():
    given = np.zeros((30, 2), dtype=int)
    given[:10, 0] = given[5:15, 1] = 1
    fold = folds(dataset_of(given, ("a", "b")), 5, seed=0)
    for k in (0, 1):
        assert np.bincount(fold[given[:, k] == 1], minlength=5).tolist() == [2] * 5


def test_splits_of_the_file_are_kept():
    own = strings(["test", "", "train", "validation"])
    assert splits(dataset_of([0, 1, 0, 1], split=own)).tolist() == own.tolist()


def test_made_up_splits_are_70_15_15_in_every_class():
    found = splits(dataset_of([0, 1] * 100))
    for part, size in (("train", 70), ("validation", 15), ("test", 15)):
        for start in (0, 1):
            assert (found[start::2] == part).sum() == size


def test_a_split_column_without_a_split_counts_as_none():
    data = dataset_of([0, 1] * 10, split=strings([""] * 20))
    assert sorted(set(splits(data))) == ["test", "train", "validation"]


@given(datasets())
def test_splits_never_divide_a_group(data: Dataset):
    split, group = splits(data), groups(data, 3)
    for g in set(group.tolist()):
        assert len(set(split[group == g])) == 1


@pytest.mark.bad_input("A02")
def test_nothing_to_share_out_gives_nothing():
    assert folds(dataset_of([]), 5, seed=0).shape == (0,)
    assert splits(dataset_of([])).shape == (0,)
