from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labelviz.core.arrays import strings
from labelviz.core.comparison import compare
from labelviz.core.dataset import MISSING
from labelviz.errors import RunRefused
from tests.conftest import dataset_of

SPLIT = strings(["train", "test", "test", "test"])
SURE_NO, SURE_YES = [0.9, 0.1], [0.1, 0.9]
FIRST = np.array([SURE_NO, SURE_NO, SURE_YES, SURE_YES])
SECOND = np.array([SURE_NO, SURE_YES, SURE_YES, SURE_YES])


def test_both_runs_are_measured_on_the_labelled_test_samples():
    data = dataset_of([1, 0, 1, MISSING], split=SPLIT)
    found = compare(data, ("a", "b"), (FIRST, SECOND))
    accuracy = [metrics[0].value for metrics in found.metrics]
    assert (found.samples, found.reference, accuracy) == (2, "given", [1.0, 0.5])


def test_trusted_labels_go_before_the_given_ones():
    data = dataset_of([1, 0, 1, 0], split=SPLIT)
    truth = np.array([MISSING, 1, 1, 1])
    found = compare(data, ("a", "b"), (FIRST, SECOND), truth)
    accuracy = [metrics[0].value for metrics in found.metrics]
    assert (found.samples, found.reference) == (3, "trusted")
    assert accuracy == pytest.approx([2 / 3, 1.0])


def test_what_the_labels_to_compare_with_leave_open():
    data = dataset_of([1, 0, 1, 0], split=SPLIT)
    found = compare(data, ("a", "b"), (FIRST, SECOND), np.array([MISSING, 1, MISSING, MISSING]))
    assert found.gaps() == ["1 of 3 test samples have a trusted label; 2 have none"]
    lost = replace(found, strangers=2, stranger="7", meant="007")
    assert lost.gaps()[1] == "2 ids of the file are no samples, e.g. 7 (did 007 lose its zero?)"
    assert compare(data, ("a", "b"), (FIRST, SECOND)).gaps() == []


def test_better_follows_the_direction_of_each_metric():
    data = dataset_of([1, 0, 1, MISSING], split=SPLIT)
    found = compare(data, ("a", "b"), (FIRST, SECOND))
    winners = {x.name: found.better(x, y) for x, y in zip(*found.metrics, strict=True)}
    assert winners == {
        "accuracy": "a", "F1 (positive)": "a", "NLL": "a", "ECE": "a", "Brier": "a",
    }  # fmt: skip
    back = compare(data, ("b", "a"), (SECOND, FIRST))
    assert {back.better(x, y) for x, y in zip(*back.metrics, strict=True)} == {"a"}


def test_neither_is_better_where_they_are_equal():
    data = dataset_of([1, 0, 1, 0], split=SPLIT)
    found = compare(data, ("a", "b"), (FIRST, FIRST))
    assert {found.better(x, y) for x, y in zip(*found.metrics, strict=True)} == {""}


def test_a_multilabel_sample_counts_when_all_its_cells_are_known():
    data = dataset_of([[1, 0], [1, 0], [1, MISSING], [0, 1]], ("a", "b"), split=SPLIT)
    found = compare(data, ("a", "b"), (FIRST, SECOND))
    assert found.samples == 2


@pytest.mark.parametrize(
    ("labels", "split"), [([1, 0], ["train", "validation"]), ([1, MISSING], ["train", "test"])]
)
def test_no_labelled_test_sample_is_refused(labels, split):
    data = dataset_of(labels, split=strings(split))
    with pytest.raises(RunRefused, match="No sample of the test split") as refused:
        compare(data, ("a", "b"), (FIRST[:2], SECOND[:2]))
    assert "trusted labels" in refused.value.remedy


def test_a_run_that_answers_one_thing_learned_nothing():
    labels = [0, 1] * 10
    data = dataset_of(labels, split=strings(["test"] * 20))
    same, right = np.tile([0.9, 0.1], (20, 1)), np.eye(2)[labels] * 0.8 + 0.1
    first, second = compare(data, ("a", "b"), (same, right)).unlearned
    assert first == f"It answers only “{data.classes[0]}”."
    assert second == ""
