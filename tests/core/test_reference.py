"""What models are judged by: which test samples, and how much each counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labelviz.core import reference as module
from labelviz.core.arrays import strings
from labelviz.core.dataset import MISSING
from labelviz.core.reference import has_label, reference_of, seen, shares_record
from labelviz.errors import RunRefused
from tests.conftest import dataset_of

SPLIT = strings(["train", "test", "test", "test"])
TEXTS = ["zero", "one or two", "three are four", "five by six"]


def test_only_labelled_test_samples_are_judged():
    data = dataset_of([1, 0, 1, MISSING], texts=[TEXTS], split=SPLIT)
    found = reference_of(data, "given", data.given)
    assert (found.rows.tolist(), found.labels.tolist()) == ([1, 2], [0, 1])
    assert (len(found), found.tested, found.left_out) == (2, 3, 0)
    assert found.weights.tolist() == [1, 1]
    assert sorted(found.units.tolist()) == [0, 1]


def test_what_the_labels_to_compare_with_leave_open():
    data = dataset_of([1, 0, 1, 0], texts=[TEXTS], split=SPLIT)
    found = reference_of(data, "trusted", np.array([MISSING, 1, MISSING, MISSING]))
    assert found.gaps() == ["1 of 3 test samples have a trusted label; 2 have none"]
    lost = replace(found, strangers=2, stranger="7", meant="007")
    assert lost.gaps()[1] == "2 ids of the file are no samples, e.g. 7 (did 007 lose its zero?)"
    assert reference_of(data, "given", data.given).gaps() == []


def test_weights_are_one_on_average_and_samples_without_any_are_no_reference():
    data = dataset_of([1, 0, 1, 0], texts=[TEXTS], split=SPLIT)
    found = reference_of(data, "reviewed", data.given, np.array([9.0, 1.0, 3.0, 0.0]))
    assert (found.rows.tolist(), found.weights.tolist()) == ([1, 2], [0.5, 1.5])
    (said,) = replace(found, drawn=30).gaps()
    assert said.startswith("2 of 3 test samples have a reviewed label that counts; 1 have none, or")


def test_a_multilabel_sample_counts_when_all_its_cells_are_known():
    labels = np.array([[1, 0], [1, MISSING], [MISSING, MISSING]])
    assert has_label(labels).tolist() == [True, False, False]
    assert has_label(np.array([1, MISSING])).tolist() == [True, False]


@pytest.mark.parametrize(
    ("labels", "split"), [([1, 0], ["train", "validation"]), ([1, MISSING], ["train", "test"])]
)
def test_no_labelled_test_sample_is_refused(labels, split):
    data = dataset_of(labels, split=strings(split))
    with pytest.raises(RunRefused, match="No test sample that no training sample") as refused:
        reference_of(data, "given", data.given)
    assert "trusted labels" in refused.value.remedy


def test_test_samples_that_training_saw_are_known():
    part = ["train", "test", "test", "validation", "test", ""]
    assert seen([1, 1, 2, 3, 3, 2], part).tolist() == [False, True, False, False, True, False]


def test_records_and_groups_that_training_saw_are_known():
    sides = [["a", "b", "c", "d"], ["x", "y", "a", "z"]]
    data = dataset_of([0, 1, 0, 1], texts=sides, split=SPLIT)
    assert shares_record(data).tolist() == [False, False, True, False]
    single = dataset_of([0, 1, 0, 1], texts=[TEXTS], split=SPLIT, group=strings(["g", "", "g", ""]))
    assert shares_record(single).tolist() == [False, False, True, False]


def test_those_that_share_a_record_are_left_out_where_enough_remain(monkeypatch):
    sides = [["a", "b", "c", "d"], ["x", "y", "a", "z"]]
    data = dataset_of([0, 1, 0, 1], texts=sides, split=SPLIT)
    few = reference_of(data, "given", data.given)
    assert (len(few), few.left_out, few.sharing) == (3, 0, 1)
    monkeypatch.setattr(module, "FEWEST_APART", 2)
    enough = reference_of(data, "given", data.given)
    assert (enough.rows.tolist(), enough.left_out, enough.sharing) == ([1, 3], 1, 0)


def test_those_that_say_the_same_are_always_left_out():
    data = dataset_of([1, 0, 1, 0], texts=[["alike", "alike", "other", "third"]], split=SPLIT)
    found = reference_of(data, "given", data.given)
    assert (found.rows.tolist(), found.left_out, found.gaps()) == ([2, 3], 1, [])
