from __future__ import annotations

from labelviz.layers.making import Making
from labelviz.layers.policy import parse_policy
from tests.layers.conftest import ground_of


def test_suspicious_labels_weigh_less():
    ground = ground_of(20, 2, 0)
    weight = Making(ground, parse_policy("doubt:weight=0.2,above=0.6")).targets.weight
    expected = [0.2 if each >= 0.6 else 1.0 for each in ground.suspicion.score]
    assert weight.tolist() == expected
    assert set(expected) == {0.2, 1}
