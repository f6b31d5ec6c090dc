from __future__ import annotations

import numpy as np
import pytest

from labelviz.errors import TargetsRefused
from labelviz.layers.ground import Ground
from labelviz.layers.making import Making
from labelviz.layers.policy import parse_policy
from tests.conftest import dataset_of

DATA = dataset_of([0, 0, 0, 0], confidence=np.array([0.9, 0.6, 0.99, np.nan]))


def test_only_the_order_counts_unless_the_numbers_are_believed():
    off = Making(Ground(DATA), parse_policy("confidence:max=0.2")).targets.values[:, 1]
    assert off == pytest.approx([0.1, 0.2, 0, 0])
    said = Making(Ground(DATA), parse_policy("confidence:max=0.4,as=said")).targets.values[:, 1]
    assert said == pytest.approx([0.04, 0.16, 0.004, 0])


def test_it_says_what_was_stated_and_refuses_where_nothing_was():
    (layer,) = parse_policy("confidence").layers
    assert layer.kind.why(layer, Ground(DATA), 1) == "stated with confidence 0.60"
    assert layer.kind.why(layer, Ground(DATA), 3) == "no confidence was stated"
    with pytest.raises(TargetsRefused, match="how sure the labels are"):
        Making(Ground(dataset_of([0])), parse_policy("confidence")).targets  # noqa: B018
