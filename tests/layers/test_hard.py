from __future__ import annotations

import numpy as np

from labelviz.layers.making import make_targets
from labelviz.layers.policy import parse_policy
from tests.conftest import dataset_of


def test_all_mass_is_on_the_given_label():
    data = dataset_of([1, 0, -1])
    targets = make_targets(data, parse_policy("hard"))
    assert targets.values.tolist() == [[0, 1], [1, 0], [0.5, 0.5]]
    assert targets.weight.tolist() == [1, 1, 0]
    several = make_targets(dataset_of([[1, 0, -1]], ("a", "b", "c")), parse_policy("hard"))
    assert several.values[0, :2].tolist() == [1, 0]
    assert np.isnan(several.values[0, 2])
