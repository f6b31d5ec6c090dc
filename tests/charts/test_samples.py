from __future__ import annotations

import numpy as np

from labelviz.charts.samples import largest, spread, target_rows
from labelviz.layers.making import make_targets
from labelviz.layers.policy import parse_policy
from tests.conftest import dataset_of, probabilities_of


def test_places_are_spread_through_the_order():
    assert spread(np.array([5.0, 1, 4, 2, 3]), 3).tolist() == [1, 4, 0]
    assert spread(np.array([2.0, np.nan, 1]), 3).tolist() == [2, 0, 1]
    assert spread(np.array([1.0]), 10).tolist() == [0]
    assert spread(np.array([]), 10).tolist() == []


def test_a_target_names_its_largest_classes():
    assert largest(("a", "b", "c", "d"), np.array([0.1, 0.6, 0.25, 0.05])) == (
        "b 0.60   c 0.25   a 0.10"
    )
    assert largest(("a", "b"), np.array([1.0, 0.0])) == "a 1.00"
    assert largest(("a", "b"), np.array([np.nan, 0.5])) == "b 0.50   a unknown"


def test_rows_go_from_the_softest_to_the_hardest():
    data = dataset_of([0, 1, 1], texts=[["one", "two", "x" * 500], ["eins", "zwei", "drei"]])
    opinion = probabilities_of(data, [[0.5, 0.5], [0, 1], [0.2, 0.8]])
    rows = target_rows(data, make_targets(data, parse_policy("dynamic:max=0.4"), opinion), 2)
    assert [row.sample for row in rows] == ["s0", "s1"]
    assert rows[0].given == "no"
    assert rows[0].target == "no 0.60   yes 0.40"
    assert rows[1].target == "yes 1.00"
    assert rows[0].text == "one / eins"
    assert rows[0].source == "policy"


def test_multilabel_rows_begin_with_the_most_undecided():
    data = dataset_of([[1, 0], [0, 1]], ("a", "b"))
    opinion = probabilities_of(data, [[0.0, 1.0], [0.5, 0.5]])
    rows = target_rows(data, make_targets(data, parse_policy("dynamic:max=0.4"), opinion), 2)
    assert [row.sample for row in rows] == ["s1", "s0"]
