from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labelviz.errors import StepMissing
from labelviz.layers.cautions import cautions
from labelviz.layers.ground import Ground
from labelviz.layers.making import Making
from labelviz.layers.policy import parse_policy
from tests.layers.conftest import ground_of


def test_suggestions_take_the_place_of_labels_that_are_very_likely_wrong():
    ground = ground_of(40, 3, 2)
    made = Making(ground, parse_policy("relabel:above=0.7")).targets.values
    likely = ground.suspicion.score >= 0.7
    expected = np.where(likely, ground.suspicion.suggested, ground.dataset.given)
    assert 0 < likely.sum() < 40
    assert made.argmax(axis=1).tolist() == expected.tolist()


def test_a_suspicion_that_only_ranks_replaces_nothing():
    ground = ground_of(8, 2, 0)
    score = Ground(ground.dataset, suspicion=replace(ground.suspicion, calibrated=False))
    making = Making(score, parse_policy("relabel:above=0.5"))
    assert making.targets.values.argmax(axis=1).tolist() == ground.dataset.given.tolist()
    assert cautions(making, making.targets)[0].startswith("Nothing is relabelled yet")
    with pytest.raises(StepMissing) as refused:
        Making(Ground(ground.dataset), parse_policy("relabel")).targets  # noqa: B018
    assert "labelviz flag" in refused.value.remedy


def test_a_label_that_a_reviewer_chose_is_not_replaced():
    ground = ground_of(8, 2, 0)
    sure = replace(ground.suspicion, score=np.ones(8), suggested=1 - ground.dataset.given)
    making = Making(replace(ground, suspicion=sure), parse_policy("relabel"))
    for k, name in enumerate(ground.dataset.classes):
        assert making.label(3, (name,)).argmax() == k
