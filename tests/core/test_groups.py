from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.arrays import strings
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.groups import (
    broken_groups,
    folds,
    grouping,
    sharing_evidence,
    splits,
    untrained,
)
from labelviz.core.near_duplicates import connected
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
    assert grouping(data, 2).of.tolist() == [0, 1, 0, 2]


def test_samples_that_share_evidence_have_one_number_from_0():
    data = dataset_of([0, 1, 0, 1], texts=[["one", "two", "one", "three"]])
    assert sharing_evidence(data, np.array([3, 0, 2])).tolist() in ([1, 0, 0], [0, 1, 1])


def test_pairs_are_connected_through_either_side():
    left, right = ["a", "b", "d", "e"], ["b", "c", "e", "f"]
    data = dataset_of([0, 1, 0, 1], texts=[left, right])
    assert grouping(data, 2).of.tolist() == [0, 0, 1, 1]


def test_a_component_larger_than_a_part_falls_back_to_the_first_text():
    left, right = ["a", "a", "b", "c"], ["x", "y", "x", "x"]
    data = dataset_of([0, 1, 0, 1], texts=[left, right])
    assert grouping(data, 1).of.tolist() == [0, 0, 0, 0]
    assert grouping(data, 2).of.tolist() == [0, 0, 1, 2]


def test_only_the_component_that_is_too_large_is_taken_apart():
    left = ["a", "a", "b", "c", "p", "q", "r", "s"]
    right = ["x", "y", "x", "x", "k", "k", "l", "m"]
    found = grouping(dataset_of([0, 1] * 4, texts=[left, right]), 4)
    assert found.of.tolist() == [0, 0, 1, 2, 3, 3, 4, 5]
    assert str(found) == (
        "6 groups, pairs that share a record together; 4 pairs that are all connected are kept "
        "together by their first text only"
    )


def test_the_second_text_where_the_first_is_always_the_same():
    found = grouping(dataset_of([0, 1] * 2, texts=[["a"] * 4, ["x", "x", "y", "z"]]), 2)
    assert found.of.tolist() == [0, 0, 1, 2]
    assert "second text" in found.rule


def test_the_same_two_texts_where_either_side_is_always_the_same():
    left, right = ["a", "a", "a", "b"], ["a", "b", "c", "a"]
    found = grouping(dataset_of([0, 1] * 2, texts=[left, right]), 2)
    assert found.of.tolist() == [0, 1, 2, 1]
    assert "the same two texts" in found.rule


def test_a_pair_given_both_ways_round_is_one_group_even_then():
    left, right = ["a", "b", "a", "b", "c", "d"], ["b", "a", "x", "y", "x", "y"]
    found = grouping(dataset_of([0, 1] * 3, texts=[left, right]), 2).of
    assert found[0] == found[1]


def test_near_duplicates_are_one_group():
    same = "the price of this lamp is twelve dollars"
    data = dataset_of([0, 1, 0, 1], texts=[[same, "something else", f"{same}!", same.upper()]])
    found = grouping(data, 1)
    assert found.of.tolist() == [0, 1, 0, 0]
    assert found.rule == "near-duplicate texts together"


def test_texts_that_are_all_alike_fall_back_to_equal_text():
    texts = ["one text", "One text!", "one text", "ONE TEXT", "quite another"]
    found = grouping(dataset_of([0, 1, 0, 1, 1], texts=[texts]), 2)
    assert found.of.tolist() == [0, 1, 0, 2, 3]
    assert "4 samples that are all alike are kept together by equal text only" in found.rule


@given(datasets(), st.integers(2, 5))
def test_a_record_never_spans_folds_while_its_component_fits_a_fold(data: Dataset, k: int):
    if not data.is_pair:
        return
    left, right = data.texts
    joined = connected(
        2 * len(data),
        [(a, b) for a in range(len(data)) for b in range(a)
         if {left[a], right[a]} & {left[b], right[b]}],
    )[: len(data)]  # fmt: skip
    fits = np.bincount(joined)[joined] <= len(data) / k
    fold = folds(data, k, 0)
    for component in set(joined[fits].tolist()):
        assert len(set(fold[joined == component])) == 1


@given(datasets(), st.integers(2, 5), st.integers(0, 2), st.randoms(use_true_random=False))
def test_the_order_of_the_samples_changes_no_fold(data: Dataset, k: int, seed: int, random):
    rows = list(range(len(data)))
    random.shuffle(rows)
    shuffled = data.take(np.array(rows, dtype=np.int64))
    assert folds(shuffled, k, seed).tolist() == folds(data, k, seed)[rows].tolist()


def test_the_group_column_wins_and_empty_cells_stand_alone():
    data = dataset_of([0, 1, 0, 1], texts=[["x"] * 4], group=strings(["g", "", "g", ""]))
    assert grouping(data, 2).of.tolist() == [0, 1, 0, 2]


def test_an_empty_group_column_counts_as_none():
    data = dataset_of([0, 1], texts=[["x", "x"]], group=strings(["", ""]))
    assert grouping(data, 2).of.tolist() == [0, 0]


@given(datasets(), st.integers(2, 6), st.integers(0, 3))
def test_folds_never_split_a_group(data: Dataset, k: int, seed: int):
    fold, group = folds(data, k, seed), grouping(data, k).of
    of_group = defaultdict(set)
    for g, f in zip(group.tolist(), fold.tolist(), strict=True):
        of_group[g].add(f)
    assert all(len(found) == 1 for found in of_group.values())
    assert set(fold.tolist()) <= set(range(k))


@given(datasets(), st.integers(2, 6))
def test_fold_sizes_differ_by_no_more_than_the_largest_group(data: Dataset, k: int):
    sizes = np.bincount(folds(data, k, seed=0), minlength=k)
    assert sizes.max() - sizes.min() <= np.bincount(grouping(data, k).of).max() + 1


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
    texts = [f"{row * 7919:08d}" for row in range(30)]
    fold = folds(dataset_of(given, ("a", "b"), [texts]), 5, seed=0)
    for k in (0, 1):
        assert np.bincount(fold[given[:, k] == 1], minlength=5).tolist() == [2] * 5


def test_ids_with_half_a_character_are_placed_as_any():
    data = dataset_of([0, 1] * 10)
    odd = replace(data, ids=strings(f"{name}\ud800" for name in data.ids))
    assert np.bincount(folds(odd, 5, seed=0)).tolist() == [4] * 5


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


@pytest.mark.bad_input("K13")
@given(datasets())
def test_splits_never_divide_a_group(data: Dataset):
    split, group = splits(data), grouping(data, 3).of
    for g in set(group.tolist()):
        assert len(set(split[group == g])) == 1


@pytest.mark.bad_input("A02")
def test_nothing_to_share_out_gives_nothing():
    assert folds(dataset_of([]), 5, seed=0).shape == (0,)
    assert splits(dataset_of([])).shape == (0,)


def test_a_group_is_broken_where_its_samples_lie_in_two_folds():
    data = dataset_of([0, 1, 0, 1, 0], group=strings(["a", "b", "a", "", ""]))
    assert broken_groups(data, np.array([0, 1, 0, 0, 1])) == 0
    assert broken_groups(data, np.array([0, 1, 1, 0, 1])) == 1
    assert broken_groups(dataset_of([0, 1]), np.array([0, 1])) == 0
    assert broken_groups(data, folds(data, 2, seed=0)) == 0


def test_classes_that_no_training_sample_has():
    split = strings(["train", "test", "test", "validation"])
    data = dataset_of([0, 1, 1, 0], split=split)
    assert untrained(data) == {data.classes[1]: 2}
    assert untrained(dataset_of([0, 1, 1, 0], split=strings(["train"] * 4))) == {}
    several = dataset_of([[1, 0], [0, 1], [1, 1], [0, 0]], ("a", "b"), split=split)
    assert untrained(several) == {"b": 2}
