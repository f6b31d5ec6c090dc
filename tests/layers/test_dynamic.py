from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.difficulty import data_map
from labelviz.errors import StepMissing
from labelviz.layers.ground import Ground
from labelviz.layers.making import Making, make_targets
from labelviz.layers.policy import parse_policy
from tests.conftest import dataset_of, probabilities_of

P = [[1, 0], [0.5, 0.5], [0.9, 0.1]]


def made(text: str, **more):
    data = dataset_of([0, 1, 0])
    ground = Ground(data, probabilities_of(data, P), **more)
    return Making(ground, parse_policy(text))


def test_any_range_will_do_and_every_class_may_have_its_own():
    text = 'dynamic:min=0.05,max=0.25,by=margin,"yes"=0.4'
    values = made(text).targets.values
    assert values[:, 0] == pytest.approx([0.95, 0.4, 1 - (0.05 + 0.2 * 0.2)])


@given(st.floats(0, 0.45), st.floats(0, 0.45), st.integers(0, 99))
def test_targets_lie_in_the_range_that_was_asked_for(low: float, high: float, seed: int):
    low, high = min(low, high), max(low, high)
    rng = np.random.default_rng(seed)
    data = dataset_of(rng.integers(0, 2, 20))
    opinion = probabilities_of(data, rng.dirichlet([1, 1], 20))
    policy = parse_policy(f"dynamic:by=margin,min={low!r},max={high!r}")
    values = make_targets(data, policy, opinion).values
    off = 1 - values[np.arange(20), data.given]
    assert ((off >= low - 1e-9) & (off <= high + 1e-9)).all()


def test_it_says_how_hard_a_sample_is():
    making = made("dynamic:by=margin")
    (layer,) = making.policy.layers
    assert layer.kind.why(layer, making.ground, 1) == "hard: margin 0.00"
    assert layer.kind.why(layer, making.ground, 2) == "easy: margin 0.80"
    (layer,) = parse_policy("dynamic").layers
    assert layer.kind.why(layer, making.ground, 0) == "easy: 0.00 by entropy"


def test_a_data_map_and_the_area_under_the_margin_tell_it_as_well():
    logits = np.array([[[3.0, 0], [0, 1], [1, 0]], [[3, 0], [2, 0], [1, 0]]])
    learned = data_map(np.array([0, 1, 0]), logits)
    by_map = made("dynamic:max=0.4,by=map", learned=learned).targets.values
    off = 1 - by_map[[0, 1, 2], [0, 1, 0]]
    assert off == pytest.approx(0.4 * learned.variability / 0.5)
    by_area = made("dynamic:max=0.4,by=area", learned=learned).targets.values
    assert 1 - by_area[[0, 1, 2], [0, 1, 0]] == pytest.approx([0, 0.4, 0.2])
    with pytest.raises(StepMissing, match="no training was logged"):
        made("dynamic:by=map").targets  # noqa: B018
