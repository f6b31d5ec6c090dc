from __future__ import annotations

import numpy as np

from labelviz.charts.samples import largest, target_row
from labelviz.layers.making import make_targets
from labelviz.layers.policy import parse_policy
from tests.conftest import dataset_of, probabilities_of


def test_a_target_names_its_largest_classes():
    assert largest(("a", "b", "c", "d"), np.array([0.1, 0.6, 0.25, 0.05])) == (
        "b 0.60   c 0.25   a 0.10"
    )
    assert largest(("a", "b"), np.array([1.0, 0.0])) == "a 1.00"
    assert largest(("a", "b"), np.array([np.nan, 0.5])) == "b 0.50   a unknown"


def test_a_sample_is_put_into_text():
    data = dataset_of([0, 1, 1], texts=[["one", "two", "x" * 500], ["eins", "zwei", "drei"]])
    opinion = probabilities_of(data, [[0.5, 0.5], [0, 1], [0.2, 0.8]])
    row = target_row(data, make_targets(data, parse_policy("dynamic:max=0.4"), opinion), 0)
    assert (row.sample, row.given, row.target) == ("s0", "no", "no 0.60   yes 0.40")
    assert (row.text, row.source) == ("one / eins", "policy")
