from __future__ import annotations

import pytest

from labelviz.layers.making import make_targets
from labelviz.layers.policy import parse_policy
from tests.conftest import dataset_of


def test_every_class_has_as_much_say_and_all_together_as_much_as_before():
    data = dataset_of([0, 0, 0, 1, -1])
    weight = make_targets(data, parse_policy("balance")).weight
    assert weight == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2, 0])
    root = make_targets(data, parse_policy("balance:power=0.5")).weight
    assert root.sum() == pytest.approx(4)
    assert root[3] / root[0] == pytest.approx(3**0.5)


def test_a_sample_with_several_labels_has_the_mean_of_their_weights():
    data = dataset_of([[1, 0], [1, 0], [1, 1], [0, 0]], ("a", "b"))
    weight = make_targets(data, parse_policy("balance")).weight
    a, b = 2 / 3, 2
    assert weight == pytest.approx([a, a, (a + b) / 2, 1])
