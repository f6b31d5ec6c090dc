from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labelviz.core.arrays import strings
from labelviz.core.evidence import control_order
from labelviz.errors import StepMissing
from labelviz.layers.ground import HARD_BY, Ground, rank_share
from tests.conftest import dataset_of, probabilities_of
from tests.layers.conftest import ground_of


def test_the_share_below_a_value_counts_ties_half():
    values = np.array([3.0, 1.0, np.nan, 1.0])
    assert rank_share(values) == pytest.approx([1, 0.25, np.nan, 0.25], nan_ok=True)
    assert np.isnan(rank_share(np.array([np.nan]))).all()


@pytest.mark.parametrize("multilabel", [False, True])
@pytest.mark.parametrize("by", HARD_BY)
def test_hardness_lies_between_nothing_and_one(by: str, multilabel: bool):
    ground = ground_of(30, 3, 3, multilabel=multilabel)
    hard = ground.hardness(by)
    assert ((hard >= 0) & (hard <= 1)).all()
    assert ground.hardness(by) is hard


def test_what_is_missing_is_said_with_the_step_that_brings_it():
    ground = Ground(dataset_of([0, 1]))
    with pytest.raises(StepMissing) as refused:
        ground.wrong  # noqa: B018
    assert "labelviz flag" in refused.value.remedy
    with pytest.raises(StepMissing) as refused:
        ground.hardness("area")
    assert "--training-log" in refused.value.remedy


def test_reviewed_labels_are_those_that_people_settled():
    said = ground_of(12, 3, 0).reviewed
    assert said.rows.tolist() == sorted(control_order(12)[:3].tolist())
    assert said.truth.shape == (3,)
    assert len(Ground(dataset_of([0, 1])).reviewed) == 0


def test_what_reviewers_said_of_test_samples_makes_no_target():
    """They judge the models that learn from it."""
    whole = ground_of(100, 2, 0)
    split = strings(["test" if row % 2 else "train" for row in range(100)])
    parted = replace(whole, dataset=replace(whole.dataset, split=split))
    assert set(whole.reviewed.rows % 2) == {0, 1}
    assert set(parted.reviewed.rows % 2) == {0}


def test_the_margin_is_that_of_the_two_likeliest_classes():
    data = dataset_of([0, 1], ("a", "b", "c"))
    ground = Ground(data, probabilities_of(data, [[0.5, 0.3, 0.2], [1, 0, 0]]))
    assert ground.hardness("margin") == pytest.approx([0.8, 0])
