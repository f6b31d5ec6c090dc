from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labelviz.layers.ground import Ground
from labelviz.layers.making import Making
from labelviz.layers.policy import parse_policy
from labelviz.layers.thin import lot
from tests.conftest import dataset_of, probabilities_of
from tests.layers.conftest import ground_of


def test_easy_samples_weigh_less_and_likely_errors_gain_nothing():
    data = dataset_of([0, 0, 1])
    opinion = probabilities_of(data, [[1, 0], [0.75, 0.25], [0.6, 0.4]])
    making = Making(Ground(data, opinion), parse_policy("thin:keep=0.2,gate=0.3,by=margin"))
    # Without flags it is the model that says which are likely wrong: the last one, by 0.6.
    assert making.targets.weight == pytest.approx([0.2, 0.2 + 0.8 * 0.5, 0.2])


def test_a_share_of_them_is_left_out_the_same_every_time_in_any_order():
    ground = ground_of(400, 2, 1)
    calm = replace(ground, suspicion=replace(ground.suspicion, score=np.zeros(400)))
    policy = parse_policy("thin:keep=0.25,how=leave-out,by=margin")
    weight = Making(calm, policy).targets.weight
    part = 0.25 + 0.75 * calm.hardness("margin")
    assert set(weight) == {0, 1}
    assert weight.mean() == pytest.approx(part.mean(), abs=0.08)
    ids = ground.dataset.ids
    assert lot(ids[::-1]).tolist() == lot(ids)[::-1].tolist()
    assert lot(ids).mean() == pytest.approx(0.5, abs=0.06)
