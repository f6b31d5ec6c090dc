from __future__ import annotations

import numpy as np
import pytest

from labelviz.layers.ground import Ground
from labelviz.layers.making import Making, make_targets
from labelviz.layers.policy import parse_policy
from tests.conftest import dataset_of

SOFT = np.array([[0.8, 0.2], [np.nan] * 2])


def test_a_soft_label_is_smoothed_as_torch_smooths_soft_targets():
    made = make_targets(dataset_of([0, 1], soft=SOFT), parse_policy("given + smooth:off=0.1"))
    assert made.values == pytest.approx(np.array([[0.74, 0.26], [0.1, 0.9]]))


def test_it_says_where_a_soft_label_came_from():
    ground = Ground(dataset_of([0, 1], soft=SOFT))
    (layer, *_), making = parse_policy("given").layers, Making(ground, parse_policy("given"))
    assert layer.kind.why(layer, ground, 0) == "it came with the data"
    assert layer.kind.why(layer, ground, 1) == "no soft label came with it"
    assert [each.samples for each in making.changed] == [1, 0]
